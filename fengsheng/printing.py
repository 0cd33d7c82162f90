"""What commands print: JSON lines for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_json(record: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON line, UTF-8, safe for a terminal: control characters are escaped by JSON itself."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """A table for people; cells are plain text, never markup."""
    table = Table(title=title, show_lines=False, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    console().print(table)


def console() -> Console:
    return Console(soft_wrap=False, highlight=False, emoji=False)


def plain(value: Any) -> Text:
    """Text that cannot steer the terminal: escape sequences and other control characters are dropped."""
    shown = "" if value is None else str(value)
    return Text("".join(c for c in shown if c == "\n" or c.isprintable()))


def print_plain(text: str) -> None:
    console().print(plain(text))


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """A time in people's own zone, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def shorten(text: str, length: int = 60) -> str:
    """One line of at most ``length`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"
