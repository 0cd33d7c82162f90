"""How well scores agree with people's labels: the figures of ``fengsheng train`` and of the benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fengsheng.labels import Felt, Judged
from scoring.assessment import Assessment
from scoring.feelings import feeling_rows
from scoring.learned import EMOTIONS, Learned, gram_rows
from scoring.masking import mask_text
from scoring.ngrams import hash_grams
from scoring.text import fold_text

Measures = Mapping[str, float]
HIGHER_IS_WORSE = ("error", "missed")


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1, equal values share their mean rank."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=float)


def spearman(truth: Sequence[float], found: Sequence[float]) -> float:
    """Rank correlation; 0 where one side does not vary."""
    one, other = ranks(truth), ranks(found)
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def auc(truth: Sequence[bool], scores: Sequence[float]) -> float:
    """Area under the ROC curve (Mann–Whitney); 0.5 where one class is missing."""
    positive = int(sum(truth))
    negative = len(truth) - positive
    if not positive or not negative:
        return 0.5
    total = float(ranks(scores)[np.asarray(truth, dtype=bool)].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Mean F1 over the labels that people gave or we said."""
    scores = []
    for label in sorted({*truth, *found}):
        hits = sum(t == f == label for t, f in zip(truth, found, strict=True))
        scores.append(2 * hits / (truth.count(label) + found.count(label)))
    return sum(scores) / len(scores) if scores else 0.0


def measure_scores(posts: Sequence[Judged], found: Sequence[Assessment]) -> dict[str, float]:
    """Rank correlation and mean error of scores, macro F1 of classes, high levels called low or none."""
    measured: dict[str, float] = {}
    for name in ("topicality", "emotion", "completeness"):
        pairs = [(p.scores[name], getattr(a, name)) for p, a in zip(posts, found, strict=True) if name in p.scores]
        if len(pairs) >= 5:
            truth, own = [t for t, _ in pairs], [f for _, f in pairs]
            measured[f"{name} Spearman"] = spearman(truth, own)
            measured[f"{name} error"] = float(np.mean(np.abs(np.subtract(truth, own))))
    for name in ("level", "category", "target"):
        classes = [
            (str(getattr(p, name)), str(getattr(a, name)))
            for p, a in zip(posts, found, strict=True)
            if getattr(p, name)
        ]
        if len(classes) >= 5:
            measured[f"{name} F1"] = macro_f1([t for t, _ in classes], [f for _, f in classes])
    highs = [a for p, a in zip(posts, found, strict=True) if p.level == "high"]
    if highs:
        measured["high missed"] = sum(str(a.level) in ("low", "none") for a in highs) / len(highs)
    return measured


def negative_chances(texts: Sequence[str], learned: Learned) -> NDArray[np.float32]:
    """(texts, FEELING_HEADS) logits of the model of feeling; of the whole texts, as people label them."""
    masked = [mask_text(fold_text(t).text) for t in texts]
    return learned.feeling.logits(gram_rows(hash_grams(masked)), feeling_rows(masked))


def measure_moods(texts: Sequence[Felt], learned: Learned) -> dict[str, float]:
    """AUC of the negative mood, and macro F1 of the six emotions, where labelled."""
    measured: dict[str, float] = {}
    if not texts:
        return measured
    logits = negative_chances([t.text for t in texts], learned)
    known = [i for i, t in enumerate(texts) if t.negative is not None]
    if len(known) >= 20:
        measured["negative mood AUC"] = auc([(texts[i].negative or 0) > 0.5 for i in known], logits[known, 0].tolist())
    felt = [i for i, t in enumerate(texts) if t.emotion is not None]
    if len(felt) >= 50 and len({texts[i].emotion for i in felt}) == len(EMOTIONS):
        found = select_emotions(logits[felt, 1 : 1 + len(EMOTIONS)])
        measured["six emotions F1"] = macro_f1([str(texts[i].emotion) for i in felt], found)
    return measured


def select_emotions(logits: NDArray[np.float32]) -> list[str]:
    """The likeliest of the six emotions for each row of their logits."""
    return [EMOTIONS[place] for place in logits.argmax(axis=1)]


def is_better(name: str, new: float, old: float) -> bool:
    return new < old if name.endswith(HIGHER_IS_WORSE) else new > old
