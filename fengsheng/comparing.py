"""Two models on the same held-out labels: every figure of both, and whether their difference is more than chance.

Chance is judged by drawing the held-out brands anew (posts, where there are few brands; texts, where a mood is all that is known), each
time with both models on the same draw: the paired bootstrap (Efron 1979). Fixed seed: the same files give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fengsheng.label_rows import CLASSES
from fengsheng.labels import Felt, Judged
from fengsheng.measuring import auc, negative_chances, select_emotions, spearman
from scoring.assessment import Assessment
from scoring.learned import EMOTIONS, Learned

DRAWS, MANY, FEWER_DRAWS = 400, 5000, 100
"""Draws; of more than so many posts or texts fewer draws are enough."""
SURE = 0.99
"""A figure is worse (better) where at least this share of the draws says so: with a dozen figures one of them misleads by chance else."""
FEW, FEW_HIGH, FEW_BRANDS = 30, 10, 8
"""Fewer labels (high-risk posts) say nothing; of fewer brands the posts are drawn."""
TOLERANCE, POINTS = 0.005, 0.02
"""Differences of correlations and shares, and of mean errors in points, that are no difference."""
LOWER_IS_BETTER = ("error", "missed")
Array = NDArray[Any]
Verdict = Literal["better", "worse", "same", "first", "seen", "few"]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure of the model in use and of the new one."""

    name: str
    part: str
    """Where the labels are from: "" = the user's posts, "corpus", or a file of texts."""
    old: float | None
    """None: there is no model in use, or too few labels."""
    new: float | None
    """None: too few labels."""
    items: int
    groups: int
    """Brands among them; 0 for texts."""
    verdict: Verdict
    """first: nothing to compare with; seen: the model in use learned from these very labels, so it is not compared."""

    @property
    def worse(self) -> bool:
        return self.verdict == "worse"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Labels of one kind with what both models say."""

    name: str
    measure: Callable[[Array, Array], float]
    truth: Array
    old: Array | None
    new: Array
    groups: Array
    """Brand of each, "" for texts."""
    fewest: int = FEW


def mean_error(truth: Array, found: Array) -> float:
    return float(np.mean(np.abs(truth - found)))


def share_missed(truth: Array, found: Array) -> float:
    """Share of the high ones that were called low or none (ranks 1 and 0)."""
    return float(np.mean(found <= 1))


def coded_f1(truth: Array, found: Array) -> float:
    """Macro F1 of classes given as whole numbers."""
    size = int(max(truth.max(), found.max())) + 1
    table = np.bincount(truth * size + found, minlength=size * size).reshape(size, size)
    both = table.sum(axis=0) + table.sum(axis=1)
    return float((2 * np.diag(table)[both > 0] / both[both > 0]).mean())


def rank_correlation(truth: Array, found: Array) -> float:
    return spearman(truth.tolist(), found.tolist())


def mood_auc(truth: Array, found: Array) -> float:
    return auc(truth.tolist(), found.tolist())


def compare_posts(
    posts: Sequence[Judged],
    old: Sequence[Assessment] | None,
    new: Sequence[Assessment],
    part: str = "",
    *,
    seen: bool = False,
    slack: float = 1.0,
) -> list[Compared]:
    """Every figure that judged posts can tell.

    Args:
        old: what the model in use says; None = there is none.
        seen: the model in use learned from these posts.
        slack: how many times the usual tolerance a figure may lose.
    """  # fmt: skip
    return [_compared(case, part, seen, slack) for case in _post_cases(posts, old, new)]


def _post_cases(posts: Sequence[Judged], old: Sequence[Assessment] | None, new: Sequence[Assessment]) -> Iterator[Case]:
    brands = np.array([p.group for p in posts])

    def sides(own: list[int], read: Callable[[Assessment], Any]) -> tuple[Array | None, Array]:
        before = None if old is None else np.array([read(old[i]) for i in own])
        return before, np.array([read(new[i]) for i in own])

    for name in ("topicality", "emotion", "completeness"):
        if own := [i for i, p in enumerate(posts) if name in p.scores]:
            truth = np.array([posts[i].scores[name] for i in own])
            before, after = sides(own, attrgetter(name))
            for kind, measure in (("Spearman", rank_correlation), ("error", mean_error)):
                yield Case(name=f"{name} {kind}", measure=measure, truth=truth, old=before, new=after, groups=brands[own])  # fmt: skip
    for name, classes in CLASSES.items():
        if own := [i for i, p in enumerate(posts) if getattr(p, name)]:
            truth = np.array([classes.index(getattr(posts[i], name)) for i in own])
            before, after = sides(own, lambda a, name=name, classes=classes: classes.index(str(getattr(a, name))))  # type: ignore[misc]
            yield Case(name=f"{name} F1", measure=coded_f1, truth=truth, old=before, new=after, groups=brands[own])
    if own := [i for i, p in enumerate(posts) if p.level == "high"]:
        before, after = sides(own, attrgetter("level.rank"))
        yield Case(
            name="high missed", measure=share_missed, truth=np.full(len(own), 3), old=before, new=after, groups=brands[own],
            fewest=FEW_HIGH,
        )  # fmt: skip


def compare_texts(
    texts: Sequence[Felt], old: Learned | None, new: Learned, part: str, *, seen: bool = False, slack: float = 1.0
) -> list[Compared]:
    """Negative mood and the six emotions of texts."""
    if not texts:
        return []
    words = [t.text for t in texts]
    before = None if old is None else negative_chances(words, old)
    after = negative_chances(words, new)
    found = []
    known = [i for i, t in enumerate(texts) if t.negative is not None]
    truth = np.array([(texts[i].negative or 0) > 0.5 for i in known])
    if 0 < truth.sum() < truth.size:
        case = Case(
            name="negative mood AUC", measure=mood_auc, truth=truth, old=None if before is None else before[known, 0],
            new=after[known, 0], groups=np.full(len(known), ""),
        )  # fmt: skip
        found.append(_compared(case, part, seen, slack))
    felt = [i for i, t in enumerate(texts) if t.emotion is not None]
    if len({texts[i].emotion for i in felt}) > 1:
        code = {e: k for k, e in enumerate(EMOTIONS)}
        first, last = 1, 1 + len(EMOTIONS)
        sides = [
            None if s is None else np.array([code[e] for e in select_emotions(s[felt, first:last])])
            for s in (before, after)
        ]
        truth = np.array([code[str(texts[i].emotion)] for i in felt])
        if sides[1] is not None:
            case = Case(name="six emotions F1", measure=coded_f1, truth=truth, old=sides[0], new=sides[1], groups=np.full(len(felt), ""))  # fmt: skip
            found.append(_compared(case, part, seen, slack))
    return found


def _compared(case: Case, part: str, seen: bool, slack: float) -> Compared:
    brands = {str(g) for g in case.groups} - {""}
    new = case.measure(case.truth, case.new)
    old = None if case.old is None else case.measure(case.truth, case.old)
    verdict: Verdict = "first"
    if case.truth.size < case.fewest:
        old, new_shown, verdict = None, None, "few"
    else:
        new_shown = new
        if old is not None and case.old is not None:
            verdict = "seen" if seen else _verdict(case, new - old, slack)
    return Compared(
        name=case.name, part=part, old=old, new=new_shown, items=case.truth.size, groups=len(brands), verdict=verdict
    )


def _verdict(case: Case, gain: float, slack: float) -> Verdict:
    sign = -1.0 if case.name.endswith(LOWER_IS_BETTER) else 1.0
    gain *= sign
    tolerance = (POINTS if case.name.endswith("error") else TOLERANCE) * slack
    if abs(gain) <= tolerance or case.old is None:
        return "same"
    random = np.random.default_rng(0)
    worse = better = 0
    draws = DRAWS if case.truth.size <= MANY else FEWER_DRAWS
    places = _brands(case.groups)
    for _ in range(draws):
        some = random.integers(0, len(places) or case.truth.size, len(places) or case.truth.size)
        pick = np.concatenate([places[i] for i in some]) if places else some
        truth = case.truth[pick]
        drawn = sign * (case.measure(truth, case.new[pick]) - case.measure(truth, case.old[pick]))
        worse += drawn < 0
        better += drawn > 0
    if gain < 0:
        return "worse" if worse >= SURE * draws else "same"
    return "better" if better >= SURE * draws else "same"


def _brands(groups: Array) -> list[Array]:
    """Places of each brand's posts, which are drawn together; none where the brands are few and each post is drawn alone."""
    names, inverse = np.unique(groups, return_inverse=True)
    if names.size < FEW_BRANDS:
        return []
    return np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
