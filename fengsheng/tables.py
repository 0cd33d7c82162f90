"""Tables that come in, CSV and XLSX, row by row: what is broken is one bad line, never the end of the file."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from records.errors import BadInput, Problem

LONGEST_CELL = 8_000_000
"""Characters of one CSV cell at most."""
DAMAGE = "\ufffd"
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, kw_only=True, slots=True)
class BadLine:
    """A line that cannot be read, and why."""

    line: int
    why: str


Rows = Iterator[tuple[int, "dict[str, Any] | BadLine"]]


def load_csv_rows(path: Path) -> Rows:
    """Rows of a CSV file: UTF-8, UTF-16 with a mark, or GB18030; comma, semicolon or tab, as the header says."""
    yield from parse_csv_rows(path.read_bytes())


def parse_csv_rows(data: bytes) -> Rows:
    """Rows of a CSV file's content, as ``load_csv_rows``."""
    text, damaged = decode_text(data)
    lines = list(io.StringIO(text, newline=""))
    delimiter = max(",\t;", key=lines[0].count) if lines else ","
    header: list[str] | None = None
    for number, row in _records(lines, delimiter):
        if isinstance(row, BadLine):
            yield number, row
        elif not any(cell.strip() for cell in row):
            continue
        elif header is None:
            header = _header(row)
        elif damaged and any(DAMAGE in cell for cell in row):
            yield number, BadLine(line=number, why="text that is damaged: UTF-8 or GB18030 is accepted")
        else:
            yield number, _named(header, row, number)


def decode_text(data: bytes) -> tuple[str, bool]:
    """(text, whether bytes of it were damaged and stand as U+FFFD).

    UTF-8 with a few broken bytes is often readable as GB18030 nonsense, so the lines vote.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), True
    with contextlib.suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig"), False
    votes = [_is_utf8(line) for line in data.split(b"\n") if not line.isascii()]
    encoding = "utf-8-sig" if sum(votes) * 2 > len(votes) else "gb18030"
    return data.decode(encoding, "replace"), True


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str] | BadLine]]:
    """(1-based line a record begins on, its cells). After a broken record reading goes on at the next line.

    A quote that is never closed would otherwise swallow the rows behind it.
    """
    begin = 0
    while begin < len(lines):
        reader = csv.reader((lines[i] for i in range(begin, len(lines))), delimiter=delimiter, strict=True)
        done = 0
        try:
            for row in reader:
                yield begin + done + 1, row
                done = reader.line_num
        except csv.Error as error:
            yield begin + done + 1, BadLine(line=begin + done + 1, why=f"not CSV: {_why(str(error))}")
            begin += done + 1
        else:
            return


def _why(said: str) -> str:
    if "end of data" in said:
        return "a quote that is never closed; inside a cell it is written twice"
    if "expected after" in said:
        return "text behind a closing quote; inside a cell a quote is written twice"
    return f"a cell of more than {LONGEST_CELL:,} characters" if "field limit" in said else said


def load_xlsx_rows(path: Path) -> Rows:
    """Rows of a workbook's first sheet; values of formulas as last computed.

    Raises:
        BadInput: the file is no workbook, or its sheet is damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError:
        raise
    except Exception as error:  # openpyxl raises many kinds for a file that is no workbook
        raise BadInput([Problem(file=str(path), what=f"is not readable as XLSX: {type(error).__name__}")]) from None
    with contextlib.closing(book):
        if not book.worksheets:
            raise BadInput([Problem(file=str(path), what="has no sheet with cells")])
        header: list[str] | None = None
        for number, row in _sheet_rows(book.worksheets[0], path):
            if not any(cell is not None and str(cell).strip() for cell in row):
                continue
            if header is None:
                header = _header(row)
            else:
                yield number, _named(header, row, number)


def _sheet_rows(sheet: Any, path: Path) -> Iterator[tuple[int, tuple[Any, ...]]]:
    sheet.reset_dimensions()  # some programs write a wrong size, and columns would be lost
    rows = enumerate(sheet.iter_rows(values_only=True), 1)
    number = 0
    while True:
        try:
            number, row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # a damaged sheet raises many kinds
            what = f"the sheet is damaged from here on: {type(error).__name__}"
            raise BadInput([Problem(file=str(path), line=number + 1, what=what)]) from None
        yield number, row


def _header(row: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip().lower() for cell in row]


def _named(header: Sequence[str], row: Sequence[Any], number: int) -> dict[str, Any] | BadLine:
    """Column → cell; more cells than the header has are a broken row, missing ones are unknown."""
    beyond = row[len(header) :]
    if any(cell is not None and str(cell).strip() for cell in beyond):
        return BadLine(line=number, why=f"{len(row)} cells where the header has {len(header)}")
    named: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=False):
        if name and (name not in named or named[name] in (None, "")):
            named[name] = _whole(cell)
    return named


def _whole(cell: Any) -> Any:
    """Numbers of spreadsheets: 12.0 is 12, and what has more than 15 digits was rounded and stays a float."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not math.isfinite(cell):
        return cell
    if abs(cell) >= 1e15:
        return float(cell)
    return int(cell) if cell == int(cell) else cell
