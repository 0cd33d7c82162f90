"""What benchmarks measure and how it is shown: figures of every round, medians, and ratios of rounds of one run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

PACKAGES = ("scrapy", "snownlp", "sqlite-utils", "numpy", "ahocorasick-rs", "uvicorn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One measured thing, with its figure of every round."""

    what: str
    unit: str
    rounds: tuple[float, ...]
    rival: str = ""
    """What it is compared with: the ``what`` of another line of the same result."""

    @property
    def median(self) -> float:
        return median(self.rounds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One thing that has an aim, with what others reach; None = not known, or nothing that it can do."""

    what: str
    aim: str
    """With its sign: "≥ 0.85", "≤ 1.0"; "" where none is set."""
    ours: float
    rival: float | None = None
    person: float | None = None
    """A second person, judged by the first one's labels."""

    @property
    def met(self) -> bool | None:
        if not self.aim:
            return None
        sign, _, figure = self.aim.partition(" ")
        limit = float(figure.replace(",", ""))
        return self.ours >= limit if sign == "≥" else self.ours <= limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One benchmark's outcome."""

    name: str
    about: str
    """What was measured and at which size, one sentence or two."""
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    """A table of aims, beside or instead of lines."""
    rival: str = ""
    """Who the rival of the rows is."""
    notes: tuple[str, ...] = ()
    skipped: str = ""
    """Why it was not run; empty where it was."""

    def line(self, what: str) -> Line:
        """The line of that name; KeyError where there is none."""
        for line in self.lines:
            if line.what == what:
                return line
        raise KeyError(what)

    def row(self, what: str) -> Row:
        """The row of that name; KeyError where there is none."""
        for row in self.rows:
            if row.what == what:
                return row
        raise KeyError(what)

    def ratios(self, line: Line) -> tuple[float, ...]:
        """Figure of the line over its rival's figure in the same round; empty where it has no rival."""
        if not line.rival:
            return ()
        return tuple(own / other for own, other in zip(line.rounds, self.line(line.rival).rounds, strict=True))


@dataclass(kw_only=True)
class Rounds:
    """Collects figures round by round and keeps the order in which they were first named."""

    units: dict[str, str] = field(default_factory=dict)
    rivals: dict[str, str] = field(default_factory=dict)
    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, value: float, unit: str, rival: str = "") -> None:
        self.units[what], self.rivals[what] = unit, rival
        self.figures.setdefault(what, []).append(value)

    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(what=what, unit=self.units[what], rounds=tuple(values), rival=self.rivals[what])
            for what, values in self.figures.items()
        )


def load_environment(now: datetime) -> dict[str, Any]:
    """The machine and the versions that the figures belong to."""
    return {
        "date": now.strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": [round(x, 1) for x in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "versions": {name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), platform.machine())


def render_environment(environment: Mapping[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in environment["versions"].items())
    load = environment["load_average"]
    return [
        f"{environment['date']} · {environment['processor']}, {environment['cores']} core(s) · {environment['system']}",
        f"Python {environment['python']}, {versions}",
        f"load average at the start: {' '.join(str(x) for x in load) if load else 'not known here'}",
    ]


def render_result(result: Result) -> Iterator[str]:
    """The result as lines of plain text: median, range over the rounds, ratio to the rival of the same rounds."""
    yield f"== {result.name}: {result.about}"
    if result.skipped:
        yield f"   skipped: {result.skipped}"
    wide = max((len(x.what) for x in result.lines), default=0)
    for line in result.lines:
        yield f"   {line.what:{wide}}  {_line_figures(result, line)}"
    yield from _render_rows(result)
    for note in result.notes:
        yield f"   - {note}"


def _render_rows(result: Result) -> Iterator[str]:
    if not result.rows:
        return
    wide = max(len(row.what) for row in result.rows)
    beside = max(len(result.rival), 9)
    yield f"   {'':{wide}}  {'aim':>9}  {'ours':>9}       {result.rival:>{beside}}  second person"
    for row in result.rows:
        said = {None: "    ", True: "met ", False: "MISS"}[row.met]
        figures = (
            f"{row.aim:>9}  {shown(row.ours):>9}  {said} {_or_dash(row.rival):>{beside}}  {_or_dash(row.person):>13}"
        )
        yield f"   {row.what:{wide}}  {figures}"


def _or_dash(value: float | None) -> str:
    return "–" if value is None else shown(value)


def _line_figures(result: Result, line: Line) -> str:
    text = f"{shown(line.median):>9} {line.unit}"
    if len(line.rounds) > 1:
        text += f"  ({shown(min(line.rounds))}–{shown(max(line.rounds))})"
    if ratios := result.ratios(line):
        text += f"  = {median(ratios):.2f} × {line.rival}"
        if len(ratios) > 1:
            text += f" ({min(ratios):.2f}–{max(ratios):.2f})"
    return text


def shown(value: float) -> str:
    """A figure with three or more digits that count."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def result_to_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "about": result.about,
        "skipped": result.skipped or None,
        "lines": [_line_to_json(result, line) for line in result.lines],
        "rows": [_row_to_json(row, result.rival) for row in result.rows],
        "notes": list(result.notes),
    }


def _row_to_json(row: Row, rival: str) -> dict[str, Any]:
    return {
        "what": row.what,
        "aim": row.aim or None,
        "ours": row.ours,
        "met": row.met,
        "rival": rival if row.rival is not None else None,
        "rival_figure": row.rival,
        "person": row.person,
    }


def _line_to_json(result: Result, line: Line) -> dict[str, Any]:
    ratios: Sequence[float] = result.ratios(line)
    return {
        "what": line.what,
        "unit": line.unit,
        "median": line.median,
        "rounds": list(line.rounds),
        "rival": line.rival or None,
        "ratio": median(ratios) if ratios else None,
        "ratio_rounds": list(ratios),
    }
