"""The invented world (floor 3): a scenario, and a local server that speaks the platforms' real shapes."""
