"""Scoring: full assessments with reasons, against bare SnowNLP's one figure for the same texts.

All sides compute on one core without waiting for anything, so processor time is taken: it counts the work, while the clock on
a busy machine also counts whoever else got the core. The sides take turns over small slices of the texts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.bare_snownlp import BareSnowNLP
from benchmarks.invented import BRAND, PRODUCTS, invented_texts
from benchmarks.report import Result, Rounds
from scoring.assessment import Assessment, BrandTerms, ScoreInput
from scoring.emotion import CueEngine
from scoring.emotion_snownlp import make_engine
from scoring.scorer import Scorer
from scoring.shipped import shipped_rules, shipped_words

NAME = "scoring"
LENGTH = 43
SLICE = 50
BARE = "bare SnowNLP sentiments"
FULL = "Fengsheng, full assessments"
CUES = "Fengsheng, full assessments without SnowNLP"


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
    """Measure posts per second of processor time; every round scores its own new texts with all three."""
    count = count or (200 if quick else 800)
    words, rules = shipped_words(), shipped_rules()
    brands = {BRAND: BrandTerms(name=BRAND, products=PRODUCTS)}
    full = Scorer(words, rules, make_engine(words), brands)
    cues = Scorer(words, rules, CueEngine(words), brands)
    for scorer in (full, cues):
        scorer.score(inputs_of(invented_texts(5, length=LENGTH, seed=1)))
    figures, reasons = Rounds(), 0
    with BareSnowNLP() as bare:
        for number in range(rounds):
            texts = invented_texts(count, length=LENGTH, seed=100 + number)
            sides: list[tuple[str, Callable[[list[str]], float]]] = [
                (BARE, lambda t: bare.score(t)[0]),
                (FULL, lambda t: _seconds(full, t)),
                (CUES, lambda t: _seconds(cues, t)),
            ]
            seconds = dict.fromkeys((name for name, _ in sides), 0.0)
            for start in range(0, count, SLICE):
                for name, side in sides if (number + start // SLICE) % 2 == 0 else sides[::-1]:
                    seconds[name] += side(texts[start : start + SLICE])
            for name, _ in sides:
                figures.add(name, count / seconds[name], "posts/s", "" if name == BARE else BARE)
        reasons = sum(len(a.reasons) for a in _scored(cues, texts))
    about = f"{count:,} invented posts of {LENGTH} characters a round, new ones every round; per second of processor time on one core"
    notes = (
        f"an assessment carries {reasons / count:.0f} reasons on average; bare SnowNLP gives one figure and no reason",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def _scored(scorer: Scorer, texts: Sequence[str]) -> list[Assessment]:
    return scorer.score(inputs_of(texts))


def _seconds(scorer: Scorer, texts: Sequence[str]) -> float:
    items = inputs_of(texts)
    began = time.process_time()
    scorer.score(items)
    return time.process_time() - began
