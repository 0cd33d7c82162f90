"""Notifier (floor 3): messages, outbox and channels."""
