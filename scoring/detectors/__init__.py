"""Detectors: pure functions from counts to alerts with a reason (rules D)."""
