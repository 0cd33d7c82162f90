"""Arguments that several commands share."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from records.errors import BadInput, Problem
from scoring.assessment import Category, Risk

Config = Annotated[Path | None, typer.Option("--config", "-c", help="Config file (FENGSHENG_CONFIG).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Levels = Annotated[Risk | None, typer.Option("--level", help="Only this risk level.")]
Categories = Annotated[Category | None, typer.Option("--category", help="Only this category.")]


def parse_moment(text: str | None, option: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """A time as people write it: a date, a date and time (their own zone), or an age such as 24h, 7d, 30m.

    Returns:
        Aware UTC; None where the option was not given.

    Raises:
        BadInput: naming the option.
    """
    if text is None:
        return None
    written = text.strip()
    what = f'"{written[:60]}" is no time: 2026-11-20, 2026-11-20T12:00, or an age such as 30m, 24h, 7d is accepted'
    age = re.fullmatch(r"([0-9]{1,6})\s*([mhdw])", written)
    try:
        if age:
            unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[age[2]]
            return now - timedelta(**{unit: int(age[1])})
        at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput([Problem(file=option, what=what)]) from None
