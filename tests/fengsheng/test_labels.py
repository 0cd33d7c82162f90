"""Labelled files: what is read as a label, what is left out and how it is said (labels invented here)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fengsheng.labels import Felt, Judged, Labels, input_of_row, load_labels, settle_repeats, terms_of_row, thin_labels
from records.errors import BadRecord, Problem


def load(path: Path) -> tuple[Labels, list[str]]:
    problems: list[Problem] = []
    return load_labels(path, problems), [str(p).removeprefix(f"{path.parent}/") for p in problems]


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return path


def test_several_people_are_averaged_and_the_first_ones_class_counts(tmp_path: Path) -> None:
    people = [
        {"topicality": 6, "emotion": 4, "level": "low", "category": "refund"},
        {"topicality": 7, "level": "medium"},
    ]
    row = {
        "brand": "甲",
        "text": "退款拖着",
        "labels": people,
        "products": ["乙"],
        "brand_aliases": ["甲店"],
        "kind": "comment",
    }
    found, problems = load(lines(tmp_path / "a.jsonl", row))
    (post,) = found.judged
    assert not problems
    assert (post.scores, post.level, post.category, post.target) == (
        {"topicality": 6.5, "emotion": 4.0},
        "low",
        "refund",
        None,
    )
    assert post.terms.products == ("乙",) and post.terms.aliases == ("甲店",) and post.group == "甲"
    assert post.item.brand_implied and post.item.text == "退款拖着"


def test_a_level_alone_is_a_label(tmp_path: Path) -> None:
    found, problems = load(
        lines(tmp_path / "a.jsonl", {"brand": "甲", "text": "好", "labels": [{"level": "none"}], "weight": 0.5})
    )
    assert not problems and found.judged[0].level == "none" and found.judged[0].weight == 0.5


def test_tables_have_chinese_or_english_columns_and_values(tmp_path: Path) -> None:
    head = "品牌,正文,话题性,情绪强度,风险等级,问题类型,指向,粉丝数,核对人\n"
    (tmp_path / "标注.csv").write_text(head + "甲,等了两小时,5,4,低风险,物流配送,品牌,1.2万,林\n", "gb18030")
    found, problems = load(tmp_path / "标注.csv")
    (post,) = found.judged
    assert not problems
    assert (post.scores, post.level, post.category, post.target) == (
        {"topicality": 5.0, "emotion": 4.0},
        "low",
        "logistics",
        "brand",
    )
    assert post.item.followers == 12_000

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["brand", "text", "topicality", "level"])
    sheet.append(["甲", "等了两小时", 5, "low"])
    book.save(tmp_path / "a.xlsx")
    (post,) = load(tmp_path / "a.xlsx")[0].judged
    assert (post.scores, post.level) == ({"topicality": 5.0}, "low")


def test_what_the_scorer_wrote_is_no_label_until_a_person_stands_behind_it(tmp_path: Path) -> None:
    row = {
        "brand": "甲",
        "text": "退款",
        "topicality": 6.1,
        "level": "low",
        "rules_version": "x",
        "media": "image video",
    }
    found, problems = load(lines(tmp_path / "a.jsonl", row, {**row, "checked": " "}, {**row, "checked": "林"}))
    assert [p.scores["topicality"] for p in found.judged] == [6.1]
    assert found.judged[0].item.media == {"image", "video"}
    assert problems == [
        "a.jsonl:1: scores of the scorer itself: a column checked with the name of who checked the row is needed (and 1 more rows like this)"
    ]
    assert found.skipped == {"a.jsonl": 2}


def test_moods_under_any_of_their_names(tmp_path: Path) -> None:
    rows = "text,label\n好,pos\n糟,负面\n气,anger\n惊,surprise\n平,none\n怕,恐惧\n"
    (tmp_path / "m.csv.gz").write_bytes(gzip.compress(rows.encode()))
    found, problems = load(tmp_path / "m.csv.gz")
    assert not problems
    assert [(f.negative, f.emotion) for f in found.felt] == [
        (0.0, None), (1.0, None), (1.0, "angry"), (None, "surprise"), (0.0, "neutral"), (1.0, "fear"),
    ]  # fmt: skip
    assert {f.source for f in found.felt} == {"m.csv.gz"}
    six, _ = load(lines(tmp_path / "six.jsonl", {"text": "天啊", "emotion": "surprise", "mood": "positive"}))
    assert six.felt == [Felt(text="天啊", negative=0.0, emotion="surprise", source="six.jsonl")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"brand": "甲", "text": "好", "labels": [{"topicality": 11}]},
            'topicality is "11": a number from 1 to 10 is accepted',
        ),
        ({"brand": "甲", "text": "好", "labels": [{"topicality": True}]}, "a number from 1 to 10"),
        ({"brand": "甲", "text": "好", "topicality": "高"}, 'topicality is "高"'),
        (
            {"brand": "甲", "text": "好", "labels": [{"level": "huge"}]},
            'level is "huge": accepted are high, medium, low, none',
        ),
        ({"brand": "甲", "text": "好", "labels": [{"level": "low"}], "weight": 0}, 'weight is "0"'),
        ({"brand": "甲", "labels": [{"level": "low"}]}, "text is missing"),
        ({"text": "好", "labels": [{"topicality": 5}]}, "brand is missing: scores are judged for a brand"),
        ({"brand": "甲", "text": "好", "labels": [{"level": "low"}], "platform": "myspace"}, "platform"),
        ({"text": "好", "label": "weird"}, "1 rows without a label that is understood (weird ×1)"),
        ({"label": "pos"}, "text is missing"),
        ("{oops", "not JSON"),
        ("[1]", "instead of a JSON object"),
    ],
)
def test_a_row_that_is_no_label_is_said_with_its_line_and_the_others_are_kept(
    tmp_path: Path, row: Any, said: str
) -> None:
    found, problems = load(lines(tmp_path / "a.jsonl", {"text": "好", "label": "pos"}, row))
    (problem,) = problems
    assert said in problem
    assert problem.startswith("a.jsonl: " if "without a label" in said else "a.jsonl:2: ")
    assert len(found.felt) == 1 and not found.judged and found.skipped == {"a.jsonl": 1}


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.csv.gz").write_bytes(b"no gzip")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "folder").mkdir()
    assert load(tmp_path / "gone.csv")[1] == ["gone.csv: no such file: labelled JSON lines, CSV or XLSX are accepted"]
    assert "cannot be read" in load(tmp_path / "broken.csv.gz")[1][0]
    assert "no rows" in load(tmp_path / "empty.csv")[1][0]
    assert "is not read" in load(tmp_path / "a.parquet")[1][0]
    assert "no file ending in" in load(tmp_path / "folder")[1][0]


def test_a_folder_is_read_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    lines(tmp_path / "inner" / "a.jsonl", {"text": "好", "label": "pos"})
    (tmp_path / "b.csv").write_text("text,label\n糟,neg\n", "utf-8")
    (tmp_path / "README.md").write_text("not labels")
    found, problems = load(tmp_path)
    assert sorted(f.source for f in found.felt) == ["a.jsonl", "b.csv"] and not problems


def test_emoticons_that_made_the_labels_are_taken_out(tmp_path: Path) -> None:
    rows = "\n".join(f"第{n}天真的很开心[哈哈],pos" for n in range(249))
    (tmp_path / "made.csv").write_text(f"text,label\n{rows}\n[哈哈][泪],neg\n", "utf-8")
    found, problems = load(tmp_path / "made.csv")
    assert len(found.felt) == 249 and not any("[" in f.text for f in found.felt)
    assert {f.weight for f in found.felt} == {0.3}
    assert "250 of 250 texts carry [emoticons]" in found.notes[0]
    assert problems == ["made.csv: 1 texts without a word were left out"]


def test_emoticons_that_a_few_texts_carry_are_left(tmp_path: Path) -> None:
    rows = "\n".join(f"第{n}天{'[哈哈]' if n % 3 else ''},pos" for n in range(300))
    (tmp_path / "few.csv").write_text(f"text,label\n{rows}\n", "utf-8")
    found, _ = load(tmp_path / "few.csv")
    assert any("[哈哈]" in f.text for f in found.felt) and not found.notes


def judged(text: str, brand: str = "甲", topicality: float = 5.0) -> Judged:
    row = {"brand": brand, "text": text}
    return Judged(
        item=input_of_row(row), terms=terms_of_row(row), scores={"topicality": topicality}, mood=None, level=None, category=None,
        target=None,
    )  # fmt: skip


def test_what_is_labelled_again_counts_as_it_was_labelled_last() -> None:
    labels = Labels(judged=[judged("好"), judged("好", "乙"), judged("好", topicality=2.0)])
    settled = settle_repeats(labels)
    assert [(p.group, p.scores["topicality"]) for p in settled.judged] == [("甲", 2.0), ("乙", 5.0)]
    assert settled.notes == ["1 rows repeat a text of the same brand or file: the last one counts"]


def test_too_many_are_thinned_out_evenly_and_always_the_same() -> None:
    labels = Labels(felt=[Felt(text=f"第{n}条", negative=1.0, emotion=None, source="x") for n in range(100)])
    few = thin_labels(labels, texts=10)
    assert len(few.felt) == 10 and "10 of 100 texts were drawn" in few.notes[0]
    again = thin_labels(Labels(felt=labels.felt[::-1]), texts=10)
    assert {f.text for f in again.felt} == {f.text for f in few.felt}
    assert thin_labels(labels).felt == labels.felt


def test_a_row_of_score_input_is_refused_with_the_field() -> None:
    with pytest.raises(BadRecord, match="followers"):
        input_of_row({"brand": "甲", "text": "好", "author": {"followers": "many"}})
