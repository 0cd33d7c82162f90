"""SnowNLP as one voice in the emotion score. The only file that imports snownlp: loading takes 2–3 s and about 420 MB."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.assessment import Reason
from scoring.emotion import NEGATIVE_FROM, CueEngine, EmotionScore
from scoring.keywords import WordLibrary

_NO_WORDS = re.compile(r"[^\w]+|_+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_READ = 300
"""Characters given to SnowNLP: its cost grows with the text, its opinion hardly."""

_lock = threading.Lock()
_loaded: Callable[[str], Any] | None = None


def load_snownlp() -> Callable[[str], Any]:
    """Load the model (2–3 s, once per process); safe to call from several threads."""
    global _loaded
    with _lock:
        if _loaded is None:
            from snownlp import SnowNLP

            _loaded = SnowNLP
        return _loaded


class SnowModel:
    """SnowNLP's probability of a negative mood, from words alone: marks and emoticons are counted elsewhere."""

    def negative(self, text: str) -> float | None:
        """0 positive … 1 negative; None where fewer than four Chinese characters are left to judge by."""
        plain = _NO_WORDS.sub(" ", text[: _READ * 3]).strip()[:_READ]
        if len(_CHINESE.findall(plain)) < 4:
            return None
        return 1.0 - snownlp_positive(plain)


def snownlp_positive(text: str) -> float:
    """SnowNLP's own figure: probability that the text is positive, 0–1."""
    snownlp = _loaded or load_snownlp()
    return float(snownlp(text).sentiments)


def make_engine(words: WordLibrary) -> CueEngine:
    """The word libraries with SnowNLP's opinion as a small contribution. SnowNLP is loaded at the first score."""
    return CueEngine(words, SnowModel(), name="words+snownlp", version="1")


class SnowEngine:
    """SnowNLP alone: 1 + 9 × its probability that the text is negative. To compare with; it knows no complaint that is no mood."""

    name = "snownlp"
    version = "0"

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([1.0 + 9.0 * self._negative(text) for text in texts], dtype=np.float32)

    def explain(self, texts: Sequence[str]) -> list[EmotionScore]:
        found = []
        for text in texts:
            chance = self._negative(text)
            value = round(1.0 + 9.0 * chance, 1)
            reasons = (
                Reason(rule="S2", what="lowest score", evidence="", weight=1.0),
                Reason(
                    rule="S2", what="statistical model", evidence=f"{chance:.2f} negative", weight=round(value - 1.0, 1)
                ),
            )
            mood = "negative" if value >= NEGATIVE_FROM else "positive" if chance < 0.2 else "neutral"
            found.append(EmotionScore(value=value, mood=mood, reasons=reasons, heat=value))
        return found

    def _negative(self, text: str) -> float:
        chance = SnowModel().negative(text)
        return 0.0 if chance is None else chance
