"""The default emotion engine: a hashed n-gram model over whole batches, with the stretches of text that weighed as reasons (S2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.assessment import Reason
from scoring.emotion import NEGATIVE_FROM, EmotionScore
from scoring.feelings import feeling_rows
from scoring.learned import EMOTIONS, FEELING_HEADS, FEELS, Array, Learned, LinearModel, gram_rows, middle_score
from scoring.masking import mask_text
from scoring.ngrams import hash_grams
from scoring.text import Folded, fold_text, own_words

_BATCH = 1024
_QUOTED = 512
"""Characters of a text within which a quotation is looked for."""
NEGATIVE_SHARE = 0.5
"""Of the logit "the mood is negative" in each logit "this strong or more". The strength was learned from posts about brands, the mood from
texts of all kinds: with it the score orders strangers' texts better (AUC 0.82 → 0.87 on half of SMP2020, 0.79 → 0.86 on half of
weibo2018) and errs as little on brand posts (0.95 points on the 79 gold posts read without their brand)."""
_WINDOW = 5
_QUOTES = 3
_SHOUT_POINTS = ((1, 0.2), (3, 0.5), (6, 0.8))
"""So many exclamation marks add so many points to a text that is not calm: they are no n-grams, so they can never lower it."""


class ModelEngine:
    """Emotion of texts alone, without brand, account or word libraries; the scorer refines it with those."""

    def __init__(self, learned: Learned) -> None:
        self.learned = learned
        self.name = "model"
        self.version = learned.version
        first = len(FEELS)
        model = learned.feeling
        # Of the model's heads the nine that say the strength are enough here, each with a share of the one that says whether the mood
        # is negative at all: logits are sums, so the share is put into the weights once.
        mixing = _mixing(len(model.heads), first)
        self._model = LinearModel(
            heads=FEELING_HEADS[first:], weights=model.weights @ mixing, dense=model.dense @ mixing, bias=model.bias @ mixing,
            features=model.features, network=None if model.network is None else model.network.mixed(mixing),
        )  # fmt: skip
        self._slope = self._model.weights.mean(axis=1)

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts,) 1.0 calm or positive … 10.0 fury."""
        parts = [self._score(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        words = [own_words(text) for text in texts]
        masked = [mask_text(fold_text(w).text) for w in words]
        logits = self._model.logits(gram_rows(hash_grams(masked)), feeling_rows(masked))
        values = middle_score(logits)
        shouts = np.fromiter((_shouting(w) for w in words), dtype=np.float32, count=len(words))
        return np.where(values >= 2.0, np.minimum(10.0, values + shouts), values).astype(np.float32)

    def explain(self, texts: Sequence[str]) -> list[EmotionScore]:
        values = self.score(texts)
        feeling = self._feelings(texts)
        return [
            self._explain(text, float(value), mood) for text, value, mood in zip(texts, values, feeling, strict=True)
        ]

    def _feelings(self, texts: Sequence[str]) -> list[str]:
        masked = [mask_text(fold_text(own_words(t)).text) for t in texts]
        logits = self.learned.feeling.logits(gram_rows(hash_grams(masked)), feeling_rows(masked))
        return [EMOTIONS[i] for i in logits[:, 1 : 1 + len(EMOTIONS)].argmax(axis=1)] if texts else []

    def _explain(self, text: str, value: float, emotion: str) -> EmotionScore:
        shown = round(value, 1)
        words = fold_text(own_words(text))
        stretches = self._stretches(words)
        rest = round(shown - 1.0, 1)
        reasons = [Reason(rule="S2", what="lowest score", evidence="", weight=1.0)]
        total = sum(w for w, _ in stretches)
        for weight, at in stretches:
            share = round(rest * weight / total, 1)
            if share:
                place = words.span(*at)
                quoted = words.original[place[0] : place[1]]
                reasons.append(Reason(rule="S2", what="learned: wording", evidence=quoted, weight=share, at=place))
        left = round(shown - sum(r.weight for r in reasons), 1)
        if left:
            reasons.append(Reason(rule="S2", what="learned: findings together", evidence=emotion, weight=left))
        mood = "negative" if shown >= NEGATIVE_FROM else "positive" if emotion == "happy" and shown < 2.0 else "neutral"
        return EmotionScore(value=shown, mood=mood, reasons=tuple(reasons), heat=shown)

    def _stretches(self, words: Folded) -> list[tuple[float, tuple[int, int]]]:
        """The stretches of the folded text that lift the score most, with their weights, none overlapping."""
        text = words.text[:_QUOTED]
        grams = hash_grams([text])
        weight = np.zeros(len(text) + 2 + 3)
        share = self._slope[grams.bucket] / grams.length
        for offset in range(3):
            there = grams.length > offset
            np.add.at(weight, grams.place[there] + offset, share[there])
        found: list[tuple[float, tuple[int, int]]] = []
        weight = weight[1 : len(text) + 1]
        for _ in range(_QUOTES):
            if weight.size == 0:
                break
            sums = np.convolve(weight, np.ones(min(_WINDOW, weight.size)), mode="valid")
            start = int(sums.argmax())
            if sums[start] <= 0:
                break
            end = min(start + _WINDOW, len(text))
            if text[start:end].strip():
                found.append((float(sums[start]), (start, end)))
            weight = weight.copy()
            weight[start:end] = min(0.0, float(weight.min()))
        return found


def _mixing(heads: int, first: int) -> Array:
    """(heads, heads from ``first`` on): each of those as it is, and the share of the negative mood."""
    mixing = np.zeros((heads, heads - first), dtype=np.float32)
    mixing[first:] = np.eye(heads - first, dtype=np.float32)
    mixing[FEELING_HEADS.index("negative")] = NEGATIVE_SHARE
    return mixing


def _shouting(text: str) -> float:
    count = text.count("!") + text.count("！") + text.count("‼")
    return next((points for least, points in reversed(_SHOUT_POINTS) if count >= least), 0.0) if count else 0.0
