"""The table of aims of the scores: brand posts, moods, intensity, reach and speed, with bare SnowNLP in the same run.

``--only judgement-trained`` (``benchmarks.judgement_trained``) prints what the same code reaches when trained on everything at hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import held_out, influence, scoring_speed
from benchmarks.bare_snownlp import BareSnowNLP
from benchmarks.labelled import CORPUS, GOLD, Post, data_folder, drawn, load_moods, load_posts
from benchmarks.report import Result, Row
from fengsheng.labels import Felt, Labels
from fengsheng.measuring import auc, macro_f1, negative_chances, select_emotions, spearman
from scoring.assessment import Assessment
from scoring.emotion_model import ModelEngine
from scoring.learned import EMOTIONS, Learned
from scoring.scorer import Scorer
from scoring.shipped import shipped_learned, shipped_rules, shipped_words

NAME = "judgement"
RIVAL = "bare SnowNLP"
SCORES = {"topicality": (0.90, 0.8), "emotion": (0.85, 1.0), "reach": (0.97, 0.5), "completeness": (None, 1.0)}
"""Score → aims of rank correlation and mean error."""
CLASSES = {"level": 0.80, "category": 0.75}
"""Class → aim of macro F1."""
TARGET = 0.85
MOODS = {"smp2020_usual": 0.85, "weibo2018_bin": 0.83, "waimai_10k": 0.92}
"""Set → aim of the AUC of the negative mood, shipped weights."""
SIX = ("smp2020_usual", "smp2020_virus")
REACH = {"reach, account alone": "≥ 0.31", "reach, with the first hour": "≥ 0.60"}
"""Line of ``benchmarks.influence`` → aim of its rank correlation."""
FEWEST = 10
"""A figure of fewer posts than this is not shown."""


def run(rounds: int, *, quick: bool, folder: Path | None = None, gold: Path = GOLD, corpus: Path = CORPUS) -> Result:
    """Measure all rows; ``rounds`` counts for the speed alone, quality does not vary."""
    folder = folder or data_folder()
    learned = shipped_learned()
    rows: list[Row] = []
    notes = [
        "gold-dev: words and rules were written looking at these posts; expect less on others",
        "second person: the other person's labels judged by the first one's (scores: mean of both for us, one by the other for them)",
        "bare SnowNLP's emotion is 1 + 9 × (1 − its probability of positive); its negative mood is that probability turned round",
    ]
    with BareSnowNLP() as bare:
        if gold.is_file():
            rows += brand_rows("gold-dev", load_posts([gold]), learned, bare)
        labels = held_out.corpus_labels()
        split = held_out.held_out(_fewer(labels) if quick else labels)
        blind = held_out.train_without(split.train, steps=4 if quick else held_out.STEPS)
        kept = {p.item.id for p in split.test.judged}
        posts = [p for p in load_posts(sorted(corpus.glob("*.jsonl"))) if p.item.id in kept]
        rows += brand_rows("held-out brands", posts, blind, bare)
        notes.append(
            f"held-out brands: {len(posts)} posts of the corpus, by a model trained in this run without them and all other posts of "
            f"their {len({p.item.brand for p in posts})} brands; the shipped model learned from them"
        )
        rows += mood_rows(folder, learned, bare, 100 if quick else 2000, notes)
        rows += intensity_rows(corpus, split.test.felt, blind, bare, notes)
    rows += reach_rows(folder, notes)
    rows += speed_rows(rounds, quick, notes)
    about = "every aim of the scores, the model as shipped unless a row says otherwise"
    return Result(name=NAME, about=about, rows=tuple(rows), rival=RIVAL, notes=tuple(notes))


def _fewer(labels: Labels) -> Labels:
    """A tenth of the corpus' texts and posts, whole brands."""
    brands = sorted({p.group for p in labels.judged})[::10]
    return Labels(judged=[p for p in labels.judged if p.group in brands], felt=labels.felt[::10])


def brand_rows(name: str, posts: Sequence[Post], learned: Learned, bare: BareSnowNLP) -> list[Row]:
    """Scores and classes of brand posts; the rival has an emotion alone."""
    if len(posts) < FEWEST:
        return []
    brands = {p.item.brand: p.terms for p in posts}
    scorer = Scorer(shipped_words(), shipped_rules(), ModelEngine(learned), brands, learned=learned)
    found = scorer.score([p.item for p in posts])
    _, positive = bare.score([p.item.text for p in posts])
    rival = [1 + 9 * (1 - p) for p in positive]
    rows = []
    for score, (order, error) in SCORES.items():
        known = [i for i, p in enumerate(posts) if all(score in label for label in p.labels)]
        if len(known) < FEWEST:
            continue
        truth = [posts[i].mean(score) for i in known]
        own = [float(getattr(found[i], score)) for i in known]
        other = [rival[i] for i in known] if score == "emotion" else None
        two = [posts[i] for i in known if len(posts[i].labels) > 1]
        one, second = ([float(p.labels[k][score]) for p in two] for k in (0, 1))
        both = len(two) >= FEWEST
        rows.append(
            Row(
                what=f"{name}, {score}: Spearman", aim=f"≥ {order:.2f}" if order else "", ours=spearman(truth, own),
                rival=spearman(truth, other) if other else None, person=spearman(one, second) if both else None,
            )
        )  # fmt: skip
        rows.append(
            Row(
                what=f"{name}, {score}: mean error", aim=f"≤ {error:.1f}", ours=_error(truth, own),
                rival=_error(truth, other) if other else None, person=_error(one, second) if both else None,
            )
        )  # fmt: skip
    return rows + _class_rows(name, posts, found)


def _class_rows(name: str, posts: Sequence[Post], found: Sequence[Assessment]) -> list[Row]:
    rows = []
    two = [p for p in posts if len(p.labels) > 1]
    for kind, aim in CLASSES.items():
        truth, own = [p.labels[0][kind] for p in posts], [str(getattr(a, kind)) for a in found]
        person = macro_f1(*([p.labels[k][kind] for p in two] for k in (0, 1))) if len(two) >= FEWEST else None
        rows.append(Row(what=f"{name}, {kind}: macro F1", aim=f"≥ {aim:.2f}", ours=macro_f1(truth, own), person=person))
    missed = sum(
        str(a.level) in ("low", "none") for p, a in zip(posts, found, strict=True) if p.labels[0]["level"] == "high"
    )
    others = sum(p.labels[1]["level"] in ("low", "none") for p in two if p.labels[0]["level"] == "high")
    what = f"{name}, level: high called low or none (posts)"
    rows.append(Row(what=what, aim="≤ 0", ours=float(missed), person=float(others) if two else None))
    right = float(np.mean([p.labels[0]["target"] == a.target for p, a in zip(posts, found, strict=True)]))
    person = float(np.mean([p.labels[0]["target"] == p.labels[1]["target"] for p in two])) if two else None
    rows.append(Row(what=f"{name}, target: accuracy", aim=f"≥ {TARGET:.2f}", ours=right, person=person))
    return rows


def _error(truth: Sequence[float], found: Sequence[float]) -> float:
    return float(np.mean(np.abs(np.subtract(truth, found))))


def mood_rows(folder: Path, learned: Learned, bare: BareSnowNLP, count: int, notes: list[str]) -> list[Row]:
    """Negative mood and six emotions on hand-labelled posts that no shipped weight has seen."""
    rows = []
    for name in dict.fromkeys((*MOODS, *SIX)):
        texts = load_moods(folder, name)
        if not texts:
            notes.append(
                f"{name}: not measured, no {name}.csv.gz in {folder} (FENGSHENG_DATA or --data names another folder)"
            )
            continue
        if name in MOODS:
            rows += _auc_rows(name, texts, learned, bare, count)
        if name in SIX:
            felt = [t for t in drawn(texts, len(texts) if count > 1000 else count) if t.emotion is not None]
            chosen = select_emotions(negative_chances([t.text for t in felt], learned)[:, 1 : 1 + len(EMOTIONS)])
            f1 = macro_f1([str(t.emotion) for t in felt], chosen)
            rows.append(Row(what=f"{name}, six emotions: macro F1", aim="", ours=f1))
    if rows:
        notes.append(
            "negative mood: angry, sad and fear against happy and neutral (surprise left out) where emotions are labelled; "
            f"both sides judged on the same {count:,} posts drawn by hash, ours on all of them in the row below"
        )
        notes.append("six emotions: the aims (0.72 / 0.61) are those of the model trained on everything")
    return rows


def _auc_rows(name: str, texts: Sequence[Felt], learned: Learned, bare: BareSnowNLP, count: int) -> list[Row]:
    known = [t for t in texts if t.negative is not None]
    few = drawn(known, count)
    _, positive = bare.score([t.text for t in few])
    truth = [(t.negative or 0) > 0.5 for t in few]
    aim = f"≥ {MOODS[name]:.2f}"
    scorer = ModelEngine(learned)
    rows = [
        Row(
            what=f"{name}, negative mood: AUC", aim=aim, ours=auc(truth, _negative(few, learned)),
            rival=auc(truth, [1 - p for p in positive]),
        ),
        Row(what=f"{name}, emotion as score() gives it: AUC", aim="", ours=auc(truth, scorer.score([t.text for t in few]).tolist())),
    ]  # fmt: skip
    if len(known) > len(few) and count > 1000:
        every = [(t.negative or 0) > 0.5 for t in known]
        what = f"{name}, negative mood, all {len(known):,}: AUC"
        rows.append(Row(what=what, aim=aim, ours=auc(every, _negative(known, learned))))
    return rows


def _negative(texts: Sequence[Felt], learned: Learned) -> list[float]:
    chances: list[float] = negative_chances([t.text for t in texts], learned)[:, 0].tolist()
    return chances


def intensity_rows(
    corpus: Path, kept: Sequence[Felt], blind: Learned, bare: BareSnowNLP, notes: list[str]
) -> list[Row]:
    """How far emotion follows the strength 0–3 that the corpus' own writers gave to negative and neutral texts."""
    held = {t.text for t in kept}
    rated: dict[str, float] = {}
    for row in _mood_lines(corpus):
        if row["text"] in held and row.get("mood") != "positive" and row.get("intensity") is not None:
            rated[str(row["text"])] = float(row["intensity"]) if row["mood"] == "negative" else 0.0
    if len(rated) < FEWEST:
        return []
    texts, truth = list(rated), list(rated.values())
    own = ModelEngine(blind).score(texts).tolist()
    _, positive = bare.score(texts)
    notes.append(
        f"intensity: no human ratings 0–3 are at hand; a proxy is shown, the strength that the corpus' writers gave to {len(texts)} of "
        "their own negative and neutral texts, which the model of this row did not learn from"
    )
    rival = spearman(truth, [1 - p for p in positive])
    return [Row(what="intensity, proxy on held-out texts: Spearman", aim="", ours=spearman(truth, own), rival=rival)]


def _mood_lines(corpus: Path) -> list[Mapping[str, Any]]:
    files = sorted((corpus / "moods").glob("*.jsonl"))
    return [json.loads(line) for f in files for line in f.read_text(encoding="utf-8").split("\n") if line.strip()]


def reach_rows(folder: Path, notes: list[str]) -> list[Row]:
    """Reach against what posts became, from the benchmark of its own."""
    found = influence.run(1, quick=False, data=folder)
    if found.skipped:
        notes.append(f"reach against final reposts: not measured, {found.skipped}")
        return []
    notes += [f"reach against final reposts: {note}" for note in found.notes]
    return [
        Row(what=f"final reposts, {line.what}: Spearman", aim=REACH.get(line.what, ""), ours=line.median)
        for line in found.lines
    ]


def speed_rows(rounds: int, quick: bool, notes: list[str]) -> list[Row]:
    """Posts per second of processor time, from the speed benchmark of the same run."""
    return rows_of_speed(scoring_speed.run(rounds, quick=quick), notes)


def rows_of_speed(speed: Result, notes: list[str]) -> list[Row]:
    full, alone = speed.line(scoring_speed.FULL), speed.line(scoring_speed.EMOTION)
    bare = speed.line(scoring_speed.BARE).median
    notes += [f"speed: {note}" for note in speed.notes]
    ratio = float(np.median(speed.ratios(full)))
    return [
        Row(what="full assessments with reasons, 43 characters: posts/s", aim="≥ 10,000", ours=full.median, rival=bare),
        Row(what="the same as a multiple of bare SnowNLP", aim="≥ 50", ours=ratio, rival=1.0),
        Row(what="emotion alone, 43 characters: posts/s", aim="≥ 50,000", ours=alone.median, rival=bare),
        Row(
            what="full assessments, real lengths: posts/s",
            aim="",
            ours=speed.line(scoring_speed.FULL_REAL).median,
            rival=speed.line(scoring_speed.BARE_REAL).median,
        ),
    ]
