"""What commands print: JSON lines for programs, tables for people."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200
"""Columns of a table that is not shown on a terminal."""
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON leaves unescaped and yet steers a terminal, turns the direction of text, or ends a line."""


def json_line(record: Mapping[str, Any] | Sequence[Any]) -> str:
    """One line of JSON without its end: nothing in it steers a terminal or splits the line for any reader of lines."""
    text = json.dumps(record, ensure_ascii=False, default=str)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(record: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON line on standard output; where that cannot carry Chinese, as ASCII escapes."""
    line = json_line(record) + "\n"
    try:
        sys.stdout.write(line)
    except UnicodeEncodeError:
        sys.stdout.write(json.dumps(record, ensure_ascii=True, default=str) + "\n")


@contextmanager
def progress_on_stderr() -> Iterator[None]:
    """What this process and its children print meanwhile goes to standard error: standard output stays JSON lines."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, whole: Collection[int] = ()) -> None:
    """A table for people; cells are plain text, never markup.

    Args:
        whole: places of the columns that are never broken over lines: ids that people copy.
    """
    table = Table(box=SIMPLE_HEAD, show_lines=False, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(plain(column), overflow="fold", no_wrap=place in whole)
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    console(wide=True).print(table)


def console(*, wide: bool = False) -> Console:
    """The terminal; with ``wide``, a pipe or file is as wide as a table of many columns needs."""
    width = PIPE_WIDTH if wide and not sys.stdout.isatty() and not os.environ.get("COLUMNS") else None
    return Console(soft_wrap=False, highlight=False, emoji=False, width=width)


def plain(value: Any) -> Text:
    """Text that cannot steer the terminal: escape sequences and other control characters are dropped."""
    shown = "" if value is None else str(value)
    return Text("".join(c if c == "\n" or c.isprintable() else " " if c.isspace() else "" for c in shown))


def print_plain(text: str) -> None:
    """Lines as they are: a long one is left to the terminal, so that what is piped or copied stays whole."""
    console().print(plain(text), soft_wrap=True)


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """A time in people's own zone, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def shorten(text: str, length: int = 60) -> str:
    """One line of at most ``length`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: max(0, length - 1)] + "…"
