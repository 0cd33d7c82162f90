"""Settings of all tests: laws are tested without a stopwatch, because speed is a benchmark and never a test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("fengsheng", deadline=None, print_blob=True)
settings.load_profile("fengsheng")
