"""What knows all (floor 4): config, wiring, use cases and the command line."""
