"""One spider per platform: how to get there."""
