"""Files that come in: JSON lines for ``score``, CSV / JSON lines / XLSX for ``import``, series for ``surge``.

A bad line is reported with its number and reason; the rest is kept.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fengsheng.import_columns import FLAT as FLAT
from fengsheng.import_columns import parse_columns
from fengsheng.import_complaints import take_complaint
from fengsheng.mail import is_mail, load_mail
from fengsheng.tables import BadLine as BadLine
from fengsheng.tables import load_csv_rows, load_xlsx_rows
from records.complaint import Complaint
from records.errors import BadInput, BadRecord, Problem
from records.mention import COUNT_NAMES, Engagement, Kind, Mention, Platform, clean_unicode, mention_from_json, replace
from scoring.assessment import ScoreInput

Row = tuple[int, "dict[str, Any] | BadLine"]

_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d{2,}")


def parse_json_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    """(line number, object or BadLine) for every line that is not blank."""
    for number, raw in enumerate(lines, 1):
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            yield number, BadLine(line=number, why="not UTF-8 text: a JSON object in UTF-8 is accepted")
            continue
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
            yield number, BadLine(line=number, why=f"{_kind(value)} instead of a JSON object")


def _kind(value: Any) -> str:
    names = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number", dict: "an object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def parse_score_input(record: Mapping[str, Any], line: int) -> ScoreInput:
    """One line of ``score``'s input; only text and brand are needed, unknown is null or absent, text may be empty.

    Raises:
        BadRecord: one sentence.
    """
    text, brand = record.get("text"), record.get("brand")
    if not isinstance(text, str):
        raise BadRecord(f"text is {'missing' if text is None else _kind(text)}: a string is needed")
    brand = clean_unicode(brand).strip() if isinstance(brand, str) else brand
    if not isinstance(brand, str) or not brand:
        raise BadRecord(f"brand is {'missing' if brand in (None, '') else _kind(brand)}: a non-empty string is needed")
    aliases = record.get("brand_aliases") or []
    if not isinstance(aliases, list) or not all(isinstance(a, str) for a in aliases):
        raise BadRecord("brand_aliases is not accepted: a list of strings is needed, or null")
    ident = record.get("id")
    mention = mention_from_json(
        {**record, "id": f"line-{line}" if ident is None or ident == "" else ident},
        collected_at=datetime.fromtimestamp(0, UTC),
        needs_text=False,
    )
    return ScoreInput(
        id=mention.id,
        brand=brand,
        brand_aliases=tuple(a for a in (clean_unicode(a).strip() for a in aliases) if a),
        text=mention.full_text if mention.title else clean_unicode(text),
        platform=str(mention.platform),
        author_name=mention.author.name,
        followers=mention.author.followers,
        verified=str(mention.author.verified),
        published_at=mention.published_at,
        seen_at=mention.collected_at if record.get("collected_at") else None,
        history=_parse_history(record.get("history")),
        media=frozenset(str(m) for m in mention.media),
        region=mention.region,
        kind=str(mention.kind),
        **{name: getattr(mention.metrics, name) for name in COUNT_NAMES},
    )


def _parse_history(rows: Any) -> tuple[tuple[datetime, Engagement], ...]:
    """The post's earlier figures: ``[{"at", "likes", "comments", "reposts", "reads", "saves"}]``, unknown figures null or absent."""
    if rows is None:
        return ()
    accepted = "a list of objects with at (ISO 8601 with offset) and figures is accepted, or null"
    if not isinstance(rows, list):
        raise BadRecord(f"history is {_kind(rows)}: {accepted}")
    found = []
    for place, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or row.get("at") in (None, ""):
            raise BadRecord(f"history entry {place} has no time: {accepted}")
        try:
            look = mention_from_json(
                {"id": "-", "collected_at": row["at"], "metrics": {n: row.get(n) for n in COUNT_NAMES}},
                collected_at=datetime.fromtimestamp(0, UTC),
                needs_text=False,
            )
        except BadRecord as error:
            said = str(error).replace("collected_at", "at").replace("metrics.", "")
            raise BadRecord(f"history entry {place}: {said}") from None
        found.append((look.collected_at, look.metrics))
    return tuple(found)


def parse_rows(path: Path) -> Iterator[Row]:
    """Rows of a CSV, JSON lines or XLSX file with their line numbers, messages of an .eml or mbox file with theirs, column names as they stand there (lower case).

    Raises:
        BadInput: the file is missing, of another kind, or not readable at all.
    """
    kind = path.suffix.lower()
    try:
        if kind in (".jsonl", ".ndjson", ".json"):
            with path.open("rb") as lines:
                yield from parse_json_lines(lines)
        elif kind == ".csv":
            yield from load_csv_rows(path)
        elif kind == ".xlsx":
            yield from load_xlsx_rows(path)
        elif is_mail(path):
            yield from load_mail(path)
        else:
            what = f'"{kind or path.name}" is not read: .csv, .jsonl, .xlsx, .eml and .mbox are accepted'
            raise BadInput([Problem(file=str(path), what=what)])
    except FileNotFoundError:
        raise BadInput([Problem(file=str(path), what="no such file")]) from None
    except IsADirectoryError:
        raise BadInput([Problem(file=str(path), what="is a folder: a file is accepted")]) from None
    except OSError as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be read: {error.strerror or error}")]) from None


def parse_imported(
    record: Mapping[str, Any], *, brand: str | None, now: datetime, zone: ZoneInfo | None = None
) -> Mention:
    """The mention of one imported row, see ``parse_import``."""
    return parse_import(record, brand=brand, now=now, zone=zone)[0]


def parse_import(
    record: Mapping[str, Any],
    *,
    brand: str | None,
    now: datetime,
    only: str | None = None,
    zone: ZoneInfo | None = None,
    names: Mapping[str, str] | None = None,
    kind: Kind | None = None,
) -> tuple[Mention, Complaint | None]:
    """One imported post or complaint, and what stands beside a complaint's words (W2).

    Without an id it gets one from its platform, words, author, address and time, so that importing twice stores once
    and grown figures (likes, followers) are an update. Rows that are equal in all of these count as one.

    Args:
        record: a row of ``parse_rows``; names as in ``import_columns``.
        brand: brand of all rows; default the row's own.
        now: aware UTC time of the import.
        only: brand of rows that name none.
        zone: the zone of times without an offset; None refuses them.
        kind: what a record of no platform is that does not say so; default a complaint where it has a complaint's
            columns, else a post. The same id as another kind is another record.

    Raises:
        BadRecord: one sentence.
    """
    found = parse_columns(record, zone, names)
    if brand is not None:
        found["brand"] = brand
    elif only is not None and found.get("brand") in (None, ""):
        found["brand"] = only
    _refuse_rounded(found)
    complaint = take_complaint(found)
    if kind is not None and found.get("platform") in (None, "", Platform.IMPORT):
        found.setdefault("kind", str(kind))
    known = found.get("id") not in (None, "")
    mention = mention_from_json(found if known else {**found, "id": "-"}, collected_at=now)
    if not mention.brand:
        raise BadRecord("brand is missing: a brand column or --brand is needed")
    return (mention if known else replace(mention, id=_id_of(mention))), complaint


def _refuse_rounded(record: Mapping[str, Any]) -> None:
    """Spreadsheets keep 15 digits of a number: a longer id has become another post's id, or nobody's."""
    author = record.get("author")
    for where, value in (
        *((name, record.get(name)) for name in ("id", "parent_id", "root_id")),
        ("author.id", author.get("id") if isinstance(author, Mapping) else None),
    ):
        if isinstance(value, float) or (isinstance(value, str) and _ROUNDED.fullmatch(value.strip())):
            raise BadRecord(f"{where} is {value}, a number rounded by a spreadsheet: format that column as text")


def _id_of(mention: Mention) -> str:
    at = mention.published_at.isoformat() if mention.published_at else None
    author = mention.author.id or mention.author.name
    parts = [str(mention.platform), mention.title, mention.text, at, author, mention.url]
    return "h" + hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:24]


def parse_series(path: Path) -> list[tuple[datetime, float]]:
    """The points of ``surge``: CSV with the columns timestamp and value, in the order of the file; naive times are UTC.

    Raises:
        BadInput: with every bad line.
    """
    problems: list[Problem] = []
    points: list[tuple[datetime, float]] = []
    header = "a header timestamp,value and one line a point is accepted"
    for number, row in parse_rows(path):
        if isinstance(row, BadLine):
            problems.append(Problem(file=str(path), line=number, what=row.why))
            continue
        missing = [name for name in ("timestamp", "value") if name not in row]
        if missing and not points and path.suffix.lower() == ".csv":
            problems.append(Problem(file=str(path), line=1, what=f"no column {' and '.join(missing)}: {header}"))
            break
        try:
            points.append(_point(row))
        except BadRecord as error:
            problems.append(Problem(file=str(path), line=number, what=str(error)))
    if not points and not problems:
        problems.append(Problem(file=str(path), what=f"no data: {header}"))
    if problems:
        raise BadInput(problems)
    return points


def _point(row: Mapping[str, Any]) -> tuple[datetime, float]:
    shown = str(row.get("timestamp") or "").strip()
    try:
        at = datetime.fromisoformat(shown)
    except ValueError:
        raise BadRecord(f'timestamp is "{shown[:60]}": ISO 8601 such as 2026-11-20 12:00:00 is accepted') from None
    text = "" if row.get("value") is None else str(row["value"]).strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise BadRecord(f'value is "{text[:60]}": a number of 0 or more is accepted')
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), value
