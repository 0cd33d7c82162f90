"""What the lexicon of feelings says of a text in sixteen figures: the second input of the model of feeling beside the n-grams (S2)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.lexicons import Found, shipped_lexicon

CLASSES = ("happy", "angry", "sad", "fear", "surprise", "disgust")
FIGURES = (
    "good sum", "bad sum", "best", "worst", "good words", "bad words", "balance", "tendency", "last word", "more bad than good",
    *(f"class {name}" for name in CLASSES),
)  # fmt: skip
"""Each about 0 … 3; "balance", "tendency", "last word" and "more bad than good" are -1 … 1, above 0 for bad."""
_CLASS_AT = {name: place for place, name in enumerate(CLASSES, start=10)}
_NEGATIONS = frozenset("不没無无未别")


def find_feelings(masked: str) -> list[Found]:
    """Entries of the lexicon of feelings in a masked text."""
    return shipped_lexicon("emotions").find(masked)


def sum_feelings(masked: str, found: Sequence[Found]) -> list[float]:
    """The ``FIGURES`` of one text. A denied word counts half for the other side ("没有不开心" is two words of which one is denied)."""
    row = [0.0] * len(FIGURES)
    if not found:
        return row
    good = bad = best = worst = last = 0.0
    ups = downs = 0
    for start, _, hint in found:
        value = hint.value
        denied = start > 0 and (masked[start - 1] in _NEGATIONS or (start > 1 and masked[start - 2] in _NEGATIONS))
        if denied:
            value *= -0.5
        else:
            place = _CLASS_AT.get(hint.family)
            if place is not None:
                row[place] += hint.strength
        if value > 0:
            good += value
            ups += 1
            if value > best:
                best = value
        elif value < 0:
            bad -= value
            downs += 1
            if -value > worst:
                worst = -value
        else:
            continue
        last = value
    row[0], row[1] = min(good, 9.0) / 3, min(bad, 9.0) / 3
    row[2], row[3] = best / 3, worst / 3
    row[4], row[5] = min(ups, 4) / 2, min(downs, 4) / 2
    row[6] = (bad - good) / (good + bad + 2)
    row[7] = math.tanh((bad - good) / 4)
    row[8] = -last / 3
    row[9] = (downs - ups) / (ups + downs + 1)
    for place in _CLASS_AT.values():
        if row[place]:
            row[place] = min(row[place], 6.0) / 3
    return row


def feeling_rows(masked: Sequence[str]) -> NDArray[np.float32]:
    """(texts, FIGURES)"""
    if not masked:
        return np.zeros((0, len(FIGURES)), dtype=np.float32)
    found = [find_feelings(text) for text in masked]
    return np.array([sum_feelings(text, each) for text, each in zip(masked, found, strict=True)], dtype=np.float32)
