"""Storage (floor 3): schema, rows and the store. Nothing outside knows which database it is."""
