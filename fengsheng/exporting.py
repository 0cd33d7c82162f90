"""Export of mentions to CSV, JSON lines, XLSX and Parquet (R6). Post text is hostile: cells never become formulas."""

from __future__ import annotations

import contextlib
import csv
import itertools
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from fengsheng.printing import json_line
from records.errors import BadInput, Problem
from records.mention import COUNT_NAMES, mention_to_json
from scoring.assessment import Assessment, assessment_to_json
from storage.results import StoredMention

FORMATS = (".csv", ".jsonl", ".xlsx", ".parquet")
FIGURES = "topicality emotion reach completeness scope already_spread spread".split()
SCORES = (
    "topicality emotion mood reach completeness scope already_spread spread level nature impact category subcategory "
    "split target product problem crisis_type rules_version"
).split()
LISTS = ("checklist", "word_groups", "uncertain")
"""Lists of an assessment, joined by spaces."""
TEXT, NUMBER, WHOLE = "text", "number", "whole"
COLUMNS: dict[str, str] = {
    **dict.fromkeys(("mention", "platform", "kind", "url", "brand", "query", "published_at", "collected_at"), TEXT),
    **dict.fromkeys(("author_name", "author_verified"), TEXT),
    "author_followers": WHOLE,
    **dict.fromkeys(("title", "text", "region", "media", "topics"), TEXT),
    **dict.fromkeys(COUNT_NAMES, WHOLE),
    **{name: NUMBER if name in FIGURES else TEXT for name in SCORES},
    **dict.fromkeys((*LISTS, "incidents", "reasons"), TEXT),
}
"""Column → kind, in the order of every format."""
XLSX_ROWS = 1_048_575
"""Rows of one sheet at most, beside its header."""
XLSX_CELL = 32_767
"""UTF-16 units of one cell at most."""
FORMULA = "=+-@＝＋－＠"
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV injection), full-width forms included."""


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
        "incidents": " ".join(stored.incidents),
    }
    row |= {f"author_{n}": record["author"][n] for n in ("name", "followers", "verified")}
    row |= record["metrics"]
    if assessment is not None:
        judged = assessment_to_json(assessment)
        row |= {name: judged[name] for name in SCORES}
        row |= {name: " ".join(judged[name]) for name in LISTS}
        row["reasons"] = json.dumps(judged["reasons"], ensure_ascii=False)
    return {name: row.get(name) for name in COLUMNS}


def neutral_cell(value: Any) -> Any:
    """Text that a spreadsheet would read as a formula gets a leading apostrophe; what nobody sees before it is no cover."""
    if not isinstance(value, str):
        return value
    first = next((c for c in value if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")), "")
    return "'" + value if value[:1] in ("\t", "\r") or first in tuple(FORMULA) else value


def save_export(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write the rows; the file appears whole or not at all, and a failure leaves an older file as it was.

    Returns:
        Number of rows written.

    Raises:
        BadInput: the ending is not one of FORMATS, the place cannot be written, or XLSX cannot hold so many rows.
    """
    kind = path.suffix.lower()
    writers: dict[str, Callable[[Iterable[Mapping[str, Any]], Path], int]] = {
        ".csv": _save_csv,
        ".jsonl": _save_jsonl,
        ".xlsx": _save_xlsx,
        ".parquet": _save_parquet,
    }
    if kind not in writers:
        raise _refused(path, f'"{kind or path.name}" is no format: {", ".join(FORMATS)} are accepted')
    if path.is_dir():
        raise _refused(path, "is a folder: the name of a file is accepted")
    if not path.parent.is_dir():
        raise _refused(path, f"cannot be written: there is no folder {path.parent}")
    partial = path.with_name(f".{path.name[:100]}.{os.getpid()}.partial")
    try:
        count = writers[kind](rows, partial)
        partial.replace(path)
    except OSError as error:
        raise _refused(path, f"cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)
    return count


def _refused(path: Path, what: str) -> BadInput:
    return BadInput([Problem(file=str(path), what=what)])


def _cells(row: Mapping[str, Any]) -> list[Any]:
    """The row's values in the order of COLUMNS; text without half characters, which no file can carry."""
    values = (row.get(name) for name in COLUMNS)
    return [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]


def _save_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark lets spreadsheets read the Chinese
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([neutral_cell(v) for v in _cells(row)])
            count += 1
    return count


def _save_jsonl(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json_line(dict(zip(COLUMNS, _cells(row), strict=True))) + "\n")
            count += 1
    return count


def _save_xlsx(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("mentions")
    sheet.append(list(COLUMNS))
    count = 0
    try:
        for row in rows:
            if count >= XLSX_ROWS:
                raise _refused(path, f"XLSX holds {XLSX_ROWS:,} rows at most: .csv, .jsonl and .parquet hold more")
            sheet.append([_xlsx_cell(sheet, value) for value in _cells(row)])
            count += 1
        book.save(path)
    finally:
        if not sheet.closed:
            sheet.close()
        with contextlib.suppress(
            OSError, ValueError
        ):  # the rows so far lie in a temporary file; save removes it itself
            sheet._writer.cleanup()
    return count


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet)
    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.value = text.encode("utf-16-le")[: 2 * XLSX_CELL].decode("utf-16-le", "ignore")
        cell.data_type = "s"  # a string, whatever it begins with
    else:
        cell.value = value
    return cell


def _save_parquet(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    kinds = {TEXT: pa.string(), NUMBER: pa.float64(), WHOLE: pa.int64()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for chunk in _chunks(rows, 2000):
            columns = zip(*(_cells(row) for row in chunk), strict=True)
            writer.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True)), schema=schema))
            count += len(chunk)
    return count


def _chunks(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    rest = iter(rows)
    while chunk := list(itertools.islice(rest, size)):
        yield chunk
