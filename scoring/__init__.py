"""Scores and detectors (floor 1): pure functions of values, with their reasons. No I/O, no clock."""
