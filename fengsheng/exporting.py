"""Export of mentions to CSV, JSON lines, XLSX and Parquet (R6). Post text is hostile: cells never become formulas."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell

from records.errors import BadInput, Problem
from records.mention import COUNT_NAMES, mention_to_json
from scoring.assessment import Assessment, assessment_to_json
from storage.rows import StoredMention

FORMATS = (".csv", ".jsonl", ".xlsx", ".parquet")
SCORES = (
    "topicality emotion mood reach completeness scope already_spread spread level nature impact category subcategory "
    "split target product problem crisis_type rules_version"
).split()
TEXT, NUMBER, WHOLE = "text", "number", "whole"
COLUMNS: dict[str, str] = {
    **dict.fromkeys(("mention", "platform", "kind", "url", "brand", "query", "published_at", "collected_at"), TEXT),
    **dict.fromkeys(("author_name", "author_verified"), TEXT),
    "author_followers": WHOLE,
    **dict.fromkeys(("title", "text", "region", "media", "topics"), TEXT),
    **dict.fromkeys(COUNT_NAMES, WHOLE),
    **{
        n: NUMBER
        if n in ("topicality", "emotion", "reach", "completeness", "scope", "already_spread", "spread")
        else TEXT
        for n in SCORES
    },
    "reasons": TEXT,
}
"""Column → kind, in the order of every format."""


def flat_row(stored: StoredMention, brand: str, assessment: Assessment | None) -> dict[str, Any]:
    """One row of an export: a mention as judged for one brand; None is an empty cell, 0 is zero."""
    mention = stored.mention
    record = mention_to_json(mention)
    row: dict[str, Any] = {
        name: record.get(name)
        for name in ("platform", "kind", "url", "query", "published_at", "collected_at", "title", "text", "region")
    }
    row |= {
        "mention": mention.key,
        "brand": brand,
        "media": " ".join(record["media"]),
        "topics": " ".join(record["topics"]),
    }
    row |= {f"author_{n}": record["author"][n] for n in ("name", "followers", "verified")}
    row |= record["metrics"]
    if assessment is not None:
        judged = assessment_to_json(assessment)
        row |= {name: judged[name] for name in SCORES}
        row["reasons"] = json.dumps(judged["reasons"], ensure_ascii=False)
    return {name: row.get(name) for name in COLUMNS}


def neutral_cell(value: Any) -> Any:
    """Text that a spreadsheet would read as a formula gets a leading apostrophe (OWASP, CSV injection)."""
    if isinstance(value, str) and value.lstrip(" \n")[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"):
        return "'" + value
    return value


def save_export(rows: Iterable[dict[str, Any]], path: Path) -> int:
    """Write the rows; the file appears whole or not at all.

    Returns:
        Number of rows written.

    Raises:
        BadInput: the ending is not one of FORMATS, or the place cannot be written.
    """
    kind = path.suffix.lower()
    writers = {".csv": _save_csv, ".jsonl": _save_jsonl, ".xlsx": _save_xlsx, ".parquet": _save_parquet}
    if kind not in writers:
        raise BadInput([Problem(file=str(path), what=f'"{kind}" is no format: {", ".join(FORMATS)} are accepted')])
    partial = path.with_name(f".{path.name}.partial")
    try:
        count = writers[kind](rows, partial)
        partial.replace(path)
    except OSError as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be written: {error.strerror or error}")]) from None
    finally:
        partial.unlink(missing_ok=True)
    return count


def _save_csv(rows: Iterable[dict[str, Any]], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark lets spreadsheets read the Chinese
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([neutral_cell(v) for v in row.values()])
            count += 1
    return count


def _save_jsonl(rows: Iterable[dict[str, Any]], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _save_xlsx(rows: Iterable[dict[str, Any]], path: Path) -> int:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("mentions")
    sheet.append(list(COLUMNS))
    count = 0
    for row in rows:
        cells = []
        for value in row.values():
            cell = WriteOnlyCell(sheet)
            if isinstance(value, str):
                cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value)[:32767]
                cell.data_type = "s"  # a string, whatever it begins with
            else:
                cell.value = value
            cells.append(cell)
        sheet.append(cells)
        count += 1
    book.save(path)
    return count


def _save_parquet(rows: Iterable[dict[str, Any]], path: Path) -> int:
    kinds = {TEXT: pa.string(), NUMBER: pa.float64(), WHOLE: pa.int64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for chunk in _chunks(rows, 2000):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
            count += len(chunk)
    return count


def _chunks(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
