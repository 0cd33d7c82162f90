"""What every part shares (floor 0): the mention, the event, the chat message, the located problem. No I/O, no clock."""
