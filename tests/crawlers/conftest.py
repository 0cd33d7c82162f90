"""Shared by the crawler tests: the frozen moment of the fixtures, and reading them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 13, 20, 0, tzinfo=BEIJING)
"""The moment all fixtures were invented for."""


def fixture_bytes(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()
