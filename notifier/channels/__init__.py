"""Channels: how a message leaves and a press comes back."""
