"""Playbooks (预案) and the incident's state machine (floor 2): pure. State is a fold over events."""
