"""How far the scores agree with people, on invented posts that two people labelled, next to bare SnowNLP's emotion.

The posts are those of the test suite: the word lists and thresholds were made looking at them, so these figures flatter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bare_snownlp import BareSnowNLP
from benchmarks.report import Result, Rounds
from scoring.assessment import Assessment, ScoreInput
from scoring.emotion_snownlp import make_engine
from scoring.scorer import Scorer
from scoring.shipped import shipped_rules, shipped_words

NAME = "agreement"
POSTS = Path(__file__).resolve().parent.parent / "tests" / "scoring" / "fixtures" / "gold_posts.jsonl"
SCORES = ("topicality", "emotion", "reach")
KINDS = ("level", "category", "target")


def run(rounds: int, *, quick: bool, file: Path = POSTS) -> Result:
    """Agreement of the scores as shipped; the figures do not vary, so ``rounds`` and ``quick`` change nothing."""
    about = "invented posts labelled by two people; rank correlation and distance (of 1–10) to their mean, F1 of a matching label"
    if not file.is_file():
        return Result(name=NAME, about=about, skipped=f"no labelled posts at {file}")
    posts = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    words = shipped_words()
    found = Scorer(words, shipped_rules(), make_engine(words), {}).score([input_of(p) for p in posts])
    with BareSnowNLP() as bare:
        _, positive = bare.score([p["text"] for p in posts])
    figures = Rounds()
    for name in SCORES:
        truth = [mean_label(p, name) for p in posts]
        own = [float(getattr(a, name)) for a in found]
        figures.add(f"{name}, Fengsheng", spearman(truth, own), "Spearman")
        figures.add(f"{name}, Fengsheng, distance", distance(truth, own), "of 1–10")
        if name == "emotion":
            rival = [1 + 9 * (1 - p) for p in positive]
            figures.add(f"{name}, bare SnowNLP", spearman(truth, rival), "Spearman")
            figures.add(f"{name}, bare SnowNLP, distance", distance(truth, rival), "of 1–10")
        first, second = ([mean_label(p, name, person) for p in posts] for person in (0, 1))
        figures.add(f"{name}, one person and the other", spearman(first, second), "Spearman")
    for name in KINDS:
        figures.add(f"{name}, Fengsheng", macro_f1(*_labels(posts, found, name)), "macro F1")
        one, other = ([p["labels"][person][name] for p in posts] for person in (0, 1))
        figures.add(f"{name}, one person and the other", macro_f1(one, other), "macro F1")
    notes = (
        f"{len(posts)} posts; the word lists were written looking at them: expect less on others",
        "F1 of Fengsheng takes either person's label as right, F1 of the two people takes one as the truth: not quite alike",
        "bare SnowNLP's emotion: 1 + 9 × (1 − its probability of positive)",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def input_of(post: dict[str, Any]) -> ScoreInput:
    author, metrics, media = post["author"], post["metrics"], post["has_media"]
    return ScoreInput(
        id=post["id"],
        brand=post["brand"],
        brand_aliases=tuple(post["brand_aliases"]),
        platform=post["platform"],
        text=post["text"],
        author_name=author["name"],
        followers=author["followers"],
        verified=author["verified"],
        likes=metrics["likes"],
        comments=metrics["comments"],
        reposts=metrics["reposts"],
        reads=metrics["reads"],
        media=frozenset() if media in (None, "none") else frozenset({media}),
        region=post["region"],
    )


def mean_label(post: dict[str, Any], name: str, person: int | None = None) -> float:
    labels = post["labels"] if person is None else [post["labels"][person]]
    return sum(float(label[name]) for label in labels) / len(labels)


def _labels(posts: Sequence[dict[str, Any]], found: Sequence[Assessment], name: str) -> tuple[list[str], list[str]]:
    """People's and our labels; where the two people differ, either of theirs counts as right."""
    truth, own = [], []
    for post, assessment in zip(posts, found, strict=True):
        given, said = [label[name] for label in post["labels"]], str(getattr(assessment, name))
        truth.append(said if said in given else given[0])
        own.append(said)
    return truth, own


def distance(truth: Sequence[float], found: Sequence[float]) -> float:
    """Mean absolute error."""
    return float(np.mean(np.abs(np.asarray(truth) - np.asarray(found))))


def ranks(values: Sequence[float]) -> np.ndarray:
    """Ranks from 1, equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: np.ndarray = (ends - (counts - 1) / 2)[inverse]
    return shared


def spearman(truth: Sequence[float], found: Sequence[float]) -> float:
    return float(np.corrcoef(ranks(truth), ranks(found))[0, 1])


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Mean F1 over the labels that people gave or we said."""
    scores = []
    for label in sorted({*truth, *found}):
        hits = sum(t == f == label for t, f in zip(truth, found, strict=True))
        scores.append(2 * hits / (truth.count(label) + found.count(label)))
    return sum(scores) / len(scores)
