"""Exports: hostile cells stay text, what is unknown stays apart from zero, and a failure leaves the old file."""

from __future__ import annotations

import csv
import gc
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng import exporting
from fengsheng.exporting import COLUMNS, FORMATS, NUMBER, TEXT, WHOLE, flat_row, neutral_cell, save_export
from records.errors import BadInput
from records.mention import Author, Engagement, Media, Mention, Platform, Verified
from scoring.assessment import Assessment, Category, Reason, Risk
from storage.results import StoredMention

T0 = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def stored(**more: Any) -> StoredMention:
    fields: dict[str, Any] = {
        "platform": Platform.WEIBO,
        "id": "1",
        "text": "喝出异物",
        "author": Author(name="官方", followers=0, verified=Verified.MEDIA),
        "published_at": T0,
        "collected_at": T0,
        "metrics": Engagement(likes=0, comments=7),
        "media": frozenset({Media.VIDEO, Media.IMAGE}),
        "topics": ("a", "b"),
    }
    return StoredMention(
        mention=Mention(**(fields | more)),
        author_hash=None,
        assessments={},
        stored_at=T0,
        incidents=("FS-20261120-01",),
    )


def judged() -> Assessment:
    return Assessment(
        id="weibo:post:1", brand="澄川", topicality=7.1, emotion=6.0, mood="negative", reach=2.0, completeness=5.5,
        scope=2.0, already_spread=1.0, spread=4.4, level=Risk.MEDIUM, nature="reputation", impact="low",
        category=Category.SAFETY, word_groups=("food", "refund"), rules_version="default@1",
        reasons=(Reason(rule="S1", what="complaint act", evidence="异物", weight=1.5, at=(2, 4)),),
    )  # fmt: skip


def row(**more: Any) -> dict[str, Any]:
    return flat_row(stored(**more), "澄川", judged())


def load(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), r, strict=True)) for r in rest]


def test_a_row_has_every_column_in_order() -> None:
    found = row()
    assert list(found) == list(COLUMNS)
    assert (found["mention"], found["brand"], found["level"], found["category"]) == (
        "weibo:post:1",
        "澄川",
        "medium",
        "safety",
    )
    assert (found["media"], found["topics"], found["incidents"], found["word_groups"]) == (
        "image video",
        "a b",
        "FS-20261120-01",
        "food refund",
    )
    assert json.loads(found["reasons"])[0]["evidence"] == "异物"
    kinds = {TEXT: str, NUMBER: float, WHOLE: int}
    assert all(v is None or isinstance(v, kinds[COLUMNS[n]]) for n, v in found.items())


def test_a_mention_that_was_not_judged_is_exported_too() -> None:
    found = flat_row(stored(), "澄川", None)
    assert list(found) == list(COLUMNS)
    assert found["level"] is None and found["reasons"] is None and found["likes"] == 0


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_unknown_stays_apart_from_zero(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"a{ending}"
    assert save_export([row(), flat_row(stored(id="2"), "澄川", None)], file) == 2
    first, second = load(file)
    assert list(first) == list(COLUMNS)
    zero, nothing = ("0", "") if ending == ".csv" else (0, None)
    assert (first["likes"], first["author_followers"], first["reads"], first["saves"]) == (zero, zero, nothing, nothing)
    assert (first["text"], first["mention"], second["mention"]) == ("喝出异物", "weibo:post:1", "weibo:post:2")
    assert second["topicality"] == nothing
    assert float(first["topicality"]) == 7.1


@pytest.mark.parametrize("ending", FORMATS)
def test_no_rows_are_a_file_with_its_columns(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"A{ending.upper()}"
    assert save_export([], file) == 0
    assert file.stat().st_size > 0 or ending == ".jsonl"
    if ending == ".parquet":
        assert pq.read_table(file).column_names == list(COLUMNS)


HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0", "＝1+1", "＋1", "－1", "＠A1",
    "\u3000=1", "\u00a0@x", "\ufeff=1", "\u200b=1", "\x1f=1", "\tplain", "\rplain", '=HYPERLINK("http://evil","x")',
    "=1\n=2", "-", "\u202e=1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_cells_are_text_in_a_csv(tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.csv"
    save_export([row(text=text, title=text)], file)
    (found,) = load(file)
    assert found["text"] == "'" + text
    assert found["title"] == "'" + text


@pytest.mark.parametrize("text", ["普通", "1-2=3", "a@b", "难喝=垃圾", "", " ", "'=1", "（=1）", "5"])
def test_plain_cells_are_left_alone(text: str) -> None:
    assert neutral_cell(text) == text
    assert neutral_cell(-5) == -5
    assert neutral_cell(None) is None


@given(st.text(max_size=20))
def test_no_cell_of_a_csv_begins_a_formula(text: str) -> None:
    cell = neutral_cell(text)
    assert cell.lstrip()[:1] not in tuple("=+-@＝＋－＠")
    assert cell[:1] not in ("\t", "\r")
    assert cell.removeprefix("'") in (text, text.removeprefix("'"))
    assert neutral_cell(cell) == cell


def test_hostile_cells_are_never_formulas_in_a_workbook(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    save_export([row(text=text, url=text, region=text) for text in HOSTILE], file)
    sheet = openpyxl.load_workbook(file).worksheets[0]
    kinds = {cell.data_type for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    assert kinds <= {"s", "inlineStr", "n"}
    text = list(COLUMNS).index("text")
    assert sheet.cell(2, text + 1).value == "=1+1"
    assert sheet.cell(2, text + 1).data_type in ("s", "inlineStr")


@pytest.mark.parametrize("ending", FORMATS)
def test_text_that_no_file_can_carry_does_not_stop_an_export(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"a{ending}"
    nasty = "a\ud800b\x0bc\u2028d\x85e" + "😀" * 20_000
    assert save_export([row(text=nasty), row(id="2")], file) == 2
    found = load(file)
    assert len(found) == 2
    assert found[0]["text"].startswith("a")
    assert found[0]["text"].rstrip("😀").endswith("e")
    if ending == ".xlsx":
        assert len(found[0]["text"].encode("utf-16-le")) <= 2 * 32_767
    else:
        assert found[0]["text"].count("😀") == 20_000


texts = st.text(max_size=12).map(lambda t: t.encode("utf-8", "replace").decode())


@given(st.lists(st.tuples(texts, st.none() | st.integers(0, 10**15)), max_size=4))
def test_parquet_and_json_lines_give_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, int | None]]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    rows = [row() | {"text": text, "likes": likes} for text, likes in cells]
    for ending in (".parquet", ".jsonl"):
        assert save_export(rows, folder / f"a{ending}") == len(rows)
        assert load(folder / f"a{ending}") == rows


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("error", [RuntimeError("the database is gone"), OSError(28, "No space left on device")])
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    error: Exception,
) -> None:
    file = tmp_path / f"a{ending}"
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    save_export([row()], file)
    before = file.read_bytes()

    def failing() -> Iterator[dict[str, Any]]:
        yield row(id="2")
        raise error

    with pytest.raises(BadInput if isinstance(error, OSError) else RuntimeError) as caught:
        save_export(failing(), file)
    if isinstance(error, OSError):
        assert "cannot be written: No space left on device" in str(caught.value)
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [file.name]
    assert list(elsewhere.iterdir()) == []  # nor anything with people's words in the temporary folder
    gc.collect()


def test_rows_are_taken_in_the_order_of_the_columns_whatever_their_own(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    save_export([dict(reversed(row().items())), {"text": "only"}], file)
    first, second = load(file)
    assert first["mention"] == "weibo:post:1"
    assert (second["text"], second["mention"]) == ("only", "")


@pytest.mark.parametrize(
    ("name", "what"),
    [("a.pdf", '".pdf" is no format: .csv, .jsonl, .xlsx, .parquet are accepted'), ("noending", '"noending" is no format'),
     ("nosuch/a.csv", "there is no folder"), ("folder.csv", "is a folder")],
)  # fmt: skip
def test_places_that_cannot_be_written(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput) as caught:
        save_export([row()], tmp_path / name)
    assert what in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.csv"]


def test_a_workbook_that_cannot_hold_all_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "XLSX_ROWS", 2)
    assert save_export([row()] * 2, tmp_path / "a.xlsx") == 2
    with pytest.raises(BadInput, match=r"XLSX holds 2 rows at most: \.csv"):
        save_export([row()] * 3, tmp_path / "b.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_rows_are_written_as_they_come(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that keeps all rows would ask for more than one chunk before anything is written."""
    alive = 0
    most = 0

    class Row(dict[str, Any]):
        def __init__(self, *given_: Any) -> None:
            nonlocal alive, most
            super().__init__(*given_)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    plain = row()
    assert save_export((Row(plain) for _ in range(6000)), tmp_path / f"a{ending}") == 6000
    assert most <= 4001
