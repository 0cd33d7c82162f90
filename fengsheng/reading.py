"""Files that come in: JSON lines for ``score``, CSV / JSON lines / XLSX for ``import``, series for ``surge``.

A bad line is reported with its number and reason; the rest is kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl

from records.errors import BadInput, BadRecord, Problem
from records.mention import COUNT_NAMES, Mention, clean_unicode, mention_from_json
from scoring.assessment import ScoreInput

csv.field_size_limit(8_000_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that cannot be read, and why."""

    line: int
    why: str


def parse_json_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    """(line number, object or BadLine) for every line that is not blank."""
    for number, raw in enumerate(lines, 1):
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
        if not text:
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield number, BadLine(line=number, why=f"not JSON: {' '.join(str(error).split())}")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            yield number, BadLine(line=number, why=f"{type(value).__name__} instead of a JSON object")


def parse_score_input(record: Mapping[str, Any], line: int) -> ScoreInput:
    """One line of ``score``'s input; only text and brand are needed, unknown is null or absent.

    Raises:
        BadRecord: one sentence.
    """
    text, brand = record.get("text"), record.get("brand")
    if not isinstance(text, str):
        raise BadRecord("text is missing: a string is needed")
    if not isinstance(brand, str) or not brand.strip():
        raise BadRecord("brand is missing: a non-empty string is needed")
    aliases = record.get("brand_aliases") or []
    if not isinstance(aliases, list):
        raise BadRecord(f"brand_aliases is {type(aliases).__name__}: a list of strings is accepted")
    ident = record.get("id")
    mention = mention_from_json(
        {
            **record,
            "id": str(ident) if ident not in (None, "") else f"line-{line}",
            "text": text or " ",
            "title": record.get("title"),
        }
        if text.strip()
        else {**record, "id": str(ident) if ident not in (None, "") else f"line-{line}", "text": "-"},
        collected_at=datetime.fromtimestamp(0, UTC),
    )
    return ScoreInput(
        id=mention.id,
        brand=brand.strip(),
        brand_aliases=tuple(str(a) for a in aliases if str(a).strip()),
        text=clean_unicode(text) if not mention.title else mention.full_text,
        platform=str(mention.platform),
        author_name=mention.author.name,
        followers=mention.author.followers,
        verified=str(mention.author.verified),
        published_at=mention.published_at,
        media=frozenset(str(m) for m in mention.media),
        region=mention.region,
        kind=str(mention.kind),
        **{name: getattr(mention.metrics, name) for name in COUNT_NAMES},
    )


FLAT = {f"author_{n}": ("author", n) for n in ("id", "name", "followers", "verified")} | {
    n: ("metrics", n) for n in COUNT_NAMES
}
"""Flat column names of tables beside the dotted ones (author.name, metrics.likes)."""


def parse_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    """Rows of a CSV, JSON lines or XLSX file with their line numbers.

    Raises:
        BadInput: the file is missing, of another kind, or not readable at all.
    """
    kind = path.suffix.lower()
    try:
        if kind in (".jsonl", ".ndjson", ".json"):
            with path.open("rb") as lines:
                yield from parse_json_lines(lines)
        elif kind == ".csv":
            yield from _csv_rows(path)
        elif kind == ".xlsx":
            yield from _xlsx_rows(path)
        else:
            raise BadInput([Problem(file=str(path), what=f'"{kind}" is not read: .csv, .jsonl and .xlsx are accepted')])
    except FileNotFoundError:
        raise BadInput([Problem(file=str(path), what="no such file")]) from None
    except IsADirectoryError:
        raise BadInput([Problem(file=str(path), what="is a folder: a file is accepted")]) from None
    except PermissionError:
        raise BadInput([Problem(file=str(path), what="may not be read: permission denied")]) from None


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    data = path.read_bytes()
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    broken = text is None
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig", "replace") if text is None else text, newline=""))
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, BadLine(line=start, why=f"not CSV: {error}")
            continue
        if not header:
            header = [c.strip() for c in row]
            continue
        if not any(c.strip() for c in row):
            continue
        if len(row) > len(header):
            yield start, BadLine(line=start, why=f"{len(row)} cells where the header has {len(header)}")
        elif broken and any("�" in c for c in row):
            yield start, BadLine(line=start, why="not UTF-8 text")
        else:
            yield start, _nested(dict(zip(header, row, strict=False)))


def _xlsx_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadLine]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Exception as error:  # openpyxl raises many kinds for a file that is no workbook
        raise BadInput([Problem(file=str(path), what=f"is not readable as XLSX: {type(error).__name__}")]) from None
    sheet = book.worksheets[0]
    header: list[str] = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if not any(cell is not None and str(cell).strip() for cell in row):
            continue
        if not header:
            header = [str(c or "").strip() for c in row]
            continue
        cells = {
            name: cell.replace(tzinfo=None).isoformat() + "+08:00" if isinstance(cell, datetime) else cell
            for name, cell in zip(header, row, strict=False)
        }
        yield number, _nested(cells)


def _nested(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Columns author.name / author_name / likes become the nested form; empty cells are unknown."""
    record: dict[str, Any] = {}
    for name, value in cells.items():
        if not name or value is None or (isinstance(value, str) and not value.strip()):
            continue
        outer, _, inner = name.partition(".")
        if not inner and name in FLAT:
            outer, inner = FLAT[name]
        if inner:
            section = record.setdefault(outer, {})
            if isinstance(section, dict):
                section[inner] = value
        elif name in ("media", "topics") and isinstance(value, str):
            record[name] = [p.strip() for p in value.replace("，", ",").replace(";", ",").split(",") if p.strip()]
        else:
            record[name] = value
    return record


def parse_imported(record: Mapping[str, Any], *, brand: str | None, now: datetime) -> Mention:
    """One imported post; without an id it gets one from its words, author and time, so that importing twice stores once.

    Raises:
        BadRecord: one sentence.
    """
    found = dict(record)
    if found.get("id") in (None, ""):
        author = found.get("author") if isinstance(found.get("author"), Mapping) else {}
        parts = [found.get("platform"), found.get("text"), found.get("title"), found.get("published_at"), author]
        text = json.dumps(parts, ensure_ascii=False, default=str, sort_keys=True)
        found["id"] = "h" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
    if brand is not None:
        found["brand"] = brand
    if not found.get("brand"):
        raise BadRecord("brand is missing: a brand column or --brand is needed")
    return mention_from_json(found, collected_at=now)


def parse_series(path: Path) -> list[tuple[datetime, float]]:
    """The points of ``surge``: CSV with the columns timestamp and value, in the order of the file.

    Raises:
        BadInput: with every bad line.
    """
    problems: list[Problem] = []
    points: list[tuple[datetime, float]] = []
    header_seen = False
    for number, row in parse_rows(path):
        header_seen = True
        if isinstance(row, BadLine):
            problems.append(Problem(file=str(path), line=number, what=row.why))
            continue
        try:
            points.append(_point(row))
        except BadRecord as error:
            problems.append(Problem(file=str(path), line=number, what=str(error)))
    if not header_seen:
        problems.append(
            Problem(file=str(path), what="no data: a header timestamp,value and one line a point is accepted")
        )
    if problems:
        raise BadInput(problems)
    return points


def _point(row: Mapping[str, Any]) -> tuple[datetime, float]:
    shown = str(row.get("timestamp", "")).strip()
    try:
        at = datetime.fromisoformat(shown)
    except ValueError:
        raise BadRecord(f'timestamp is "{shown}": ISO 8601 such as 2026-11-20 12:00:00 is accepted') from None
    try:
        value = float(str(row.get("value", "")).strip())
    except ValueError:
        raise BadRecord(f'value is "{row.get("value", "")}": a number is accepted') from None
    if not math.isfinite(value) or value < 0:
        raise BadRecord(f'value is "{row.get("value")}": a number of 0 or more is accepted')
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), value
