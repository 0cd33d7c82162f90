"""Arguments that several commands share."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
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

    Raises:
        BadInput: naming the option.
    """
    if text is None:
        return None
    age = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if age:
        unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[age[2]]
        return now - timedelta(**{unit: int(age[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        what = f'"{text}" is no time: 2026-11-20, 2026-11-20T12:00, or an age such as 30m, 24h, 7d is accepted'
        raise BadInput([Problem(file=option, what=what)]) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
