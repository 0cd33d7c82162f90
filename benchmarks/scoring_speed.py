"""Scoring: full assessments with reasons and the emotion alone, against bare SnowNLP's one figure for the same texts.

All sides compute on one core without waiting for anything, so processor time is taken: it counts the work, while the clock on
a busy machine also counts whoever else got the core. The sides take turns within every round. The product is used as the crawl
worker uses it: the learned model, batches of a thousand.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks.bare_snownlp import BareSnowNLP
from benchmarks.held_out import corpus_labels
from benchmarks.invented import BRAND, PRODUCTS, invented_texts
from benchmarks.report import Result, Rounds
from scoring.assessment import Assessment, BrandTerms, ScoreInput
from scoring.emotion_model import ModelEngine
from scoring.scorer import Scorer
from scoring.shipped import shipped_learned, shipped_rules, shipped_words

NAME = "scoring"
LENGTH = 43
BATCH = 1000
BARE = "bare SnowNLP sentiments"
FULL = "Fengsheng, full assessments"
EMOTION = "Fengsheng, emotion alone"
BARE_REAL = f"{BARE}, real lengths"
FULL_REAL = f"{FULL}, real lengths"


def inputs_of(texts: Sequence[str]) -> list[ScoreInput]:
    return [
        ScoreInput(
            id=f"weibo:post:{number}",
            brand=BRAND,
            text=text,
            platform="weibo",
            author_name=f"路人{number}",
            followers=number * 37 % 5000,
            verified="none",
            likes=number % 50,
            comments=number % 9,
            reposts=number % 3,
        )
        for number, text in enumerate(texts)
    ]


def run(rounds: int, *, quick: bool, count: int | None = None) -> Result:
    """Measure posts per second of processor time; every round scores new texts with all sides."""
    count = count or (200 if quick else BATCH)
    posts, terms = _real_posts()
    scorer = _scorer({BRAND: BrandTerms(name=BRAND, products=PRODUCTS)} | terms)
    engine = ModelEngine(shipped_learned())
    scorer.score(inputs_of(invented_texts(50, length=LENGTH, seed=1)))
    # A brand's names are prepared once, as in a service that runs.
    scorer.score(list({post.brand: post for post in posts}.values()))
    figures = Rounds()
    reasons: list[Assessment] = []
    with BareSnowNLP() as bare:
        for number in range(rounds):
            items = inputs_of(invented_texts(count, length=LENGTH, seed=100 + number))
            real = random.Random(number).sample(posts, count)
            texts, others = [i.text for i in items], [i.text for i in real]
            sides: list[tuple[str, str, Callable[[], float]]] = [
                (BARE, "", partial(_bare_seconds, bare, texts)),
                (FULL, BARE, partial(_full_seconds, scorer, items, reasons)),
                (EMOTION, BARE, partial(_emotion_seconds, engine, texts)),
                (BARE_REAL, "", partial(_bare_seconds, bare, others)),
                (FULL_REAL, BARE_REAL, partial(_full_seconds, scorer, real, [])),
            ]
            seconds = {name: side() for name, _, side in (sides if number % 2 == 0 else sides[::-1])}
            for name, rival, _ in sides:
                figures.add(name, count / seconds[name], "posts/s", rival)
    mean = sum(len(p.text) for p in posts) / len(posts)
    about = (
        f"{count:,} posts a round, new ones every round, in batches of {min(count, BATCH):,}; per second of processor time on one core; "
        f"invented ones of {LENGTH} characters, and posts of the corpus of {mean:.0f} on average"
    )
    notes = (
        f"an assessment carries {sum(len(a.reasons) for a in reasons) / len(reasons):.0f} reasons on average; bare SnowNLP gives one "
        "figure and no reason",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def _real_posts() -> tuple[list[ScoreInput], dict[str, BrandTerms]]:
    """The posts of the corpus, whose lengths are those of the platforms, and their brands."""
    judged = corpus_labels().judged
    return [p.item for p in judged], {p.item.brand: p.terms for p in judged}


def _scorer(brands: Mapping[str, BrandTerms]) -> Scorer:
    learned = shipped_learned()
    return Scorer(shipped_words(), shipped_rules(), ModelEngine(learned), brands, learned=learned)


def _bare_seconds(bare: BareSnowNLP, texts: list[str]) -> float:
    return bare.score(texts)[0]


def _full_seconds(scorer: Scorer, items: list[ScoreInput], kept: list[Assessment]) -> float:
    began = time.process_time()
    found = scorer.score(items)
    took = time.process_time() - began
    kept[:] = found
    return took


def _emotion_seconds(engine: ModelEngine, texts: list[str]) -> float:
    began = time.process_time()
    engine.score(texts)
    return time.process_time() - began
