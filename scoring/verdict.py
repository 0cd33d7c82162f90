"""From what the word libraries say and what the models say to one value with reasons that add up to it (S1, S2, S4, S13).

The libraries' tally stands first, word by word. What the model, which learned from thousands of labelled posts, thinks beyond it is
one further reason with the stretch of text that weighed most, so that a reader sees both and the sum is the score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.assessment import Category, Reason, Risk
from scoring.emotion import NEGATIVE_FROM, EmotionScore
from scoring.extent import Extent
from scoring.judging import Judgement, Read
from scoring.learned import (
    CATEGORIES,
    EMOTIONS,
    JUDGEMENT_HEADS,
    LEVELS,
    ORDINAL,
    TARGETS,
    THRESHOLDS,
    Learned,
    middle_score,
    sigmoid,
)  # fmt: skip
from scoring.masking import SIGNS
from scoring.ngrams import LONGEST
from scoring.often import made_often
from scoring.plain import GRAVE, NOT_TOLD, is_plain, plain_blame, stated_harm
from scoring.topicality import LEAST_COMPLAINT, Topicality

_WINDOW = 5
"""Characters of a quotation at most."""
_QUOTED = 400
"""Characters of a text within which a quotation is looked for."""
_WIDTH = len(THRESHOLDS)
_NOT_ABOUT = 1.5
_ABSENT = frozenset({"excluded", "not named"})
"""The brand is not in the text under any spelling, nor is the text said beside it: no model may think otherwise."""
_RAISED_FROM, _LOWERED_BELOW = 0.5, 0.2
"""Chances at which the learned level raises or lowers the guide's; chosen on held-out brands (docs/model-card.md)."""
_NEARLY, _COMPLAINT_FROM = 3.0, 0.45
"""From such a topicality, and such a chance that people call it a complaint, it is one; chosen on held-out brands."""
_FAR_APART = 3.0
"""Where the libraries and the model are so many points apart, the score is uncertain."""
_TARGET_BIAS = np.array([2.0 if t == "other" else 0.0 for t in TARGETS], dtype=np.float32)
"""Blame on others is rare in the corpus, so its logit is low: this much lifts its F1 most on held-out brands."""
_CATEGORY_BIAS = np.array([-0.8 if c == "other" else 0.0 for c in CATEGORIES], dtype=np.float32)
"""What has a name of its own is lost to the commonest category, so that one's logit is lowered; chosen like the bias above."""
_CATEGORIES = tuple(Category(c) for c in CATEGORIES)
_DECIDING = frozenset({"matter", "aggravator", "authority", "call", "threat"})


_SETTLED = ("complaint", "denial")
"""The brand's own account owns up or denies: the rubric settles the value (of the corpus's 84 such posts the words err by 0.1)."""
_STATED = 9.0
"""Rubric: health or safety with a claim of fact."""


@made_often()
class Opinion:
    """What the models say of one mention."""

    topicality: float
    emotion: float
    completeness: float
    target: str
    chances: Sequence[float]
    """Of the categories, in the order of ``CATEGORIES``."""
    levels: Sequence[float]
    """Chances that the level is at least low, medium, high."""
    positive: float
    """Chance that the mood is happy, 0–1."""
    quotes: tuple[tuple[int, int], tuple[int, int]]
    """For topicality and emotion: where the stretch begins that lifts most, and the one that lowers most, in ``^masked$``."""

    @property
    def categories(self) -> Mapping[Category, float]:
        """Chance of each category."""
        return dict(zip(_CATEGORIES, self.chances, strict=True))


def form_opinions(reads: Sequence[Read], judgement: Judgement, learned: Learned) -> list[Opinion]:
    """One opinion a mention, in order."""
    table = judgement.judgement
    values = [middle_score(table[:, i * _WIDTH : (i + 1) * _WIDTH]).tolist() for i in range(len(ORDINAL))]
    at = len(ORDINAL) * _WIDTH
    targets = (table[:, at : at + len(TARGETS)] + _TARGET_BIAS).argmax(axis=1).tolist()
    chances = sigmoid(table[:, at + len(TARGETS) : at + len(TARGETS) + len(CATEGORIES)] + _CATEGORY_BIAS)
    levels = sigmoid(table[:, -len(LEVELS) :]).tolist()
    categories = (chances / np.maximum(chances.sum(axis=1, keepdims=True), 1e-6)).tolist()
    happy = sigmoid(judgement.feeling[:, 1 + EMOTIONS.index("happy")]).tolist()
    quotes = _quote(reads, judgement, learned) if reads else []
    return [
        Opinion(
            topicality=values[0][i], emotion=values[1][i], completeness=values[2][i], target=TARGETS[targets[i]],
            chances=categories[i], levels=levels[i], positive=happy[i], quotes=quotes[i],
        )
        for i in range(len(reads))
    ]  # fmt: skip


def _quote(
    reads: Sequence[Read], judgement: Judgement, learned: Learned
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the stretches begin whose n-grams move topicality and emotion most, either way.

    All texts stand in one line, each with as many noughts behind it as a window is long: none reaches into the next text, so what is
    quoted of a text hangs on no other.
    """
    grams = judgement.grams
    lengths = np.array([min(len(r.masked), _QUOTED) + 2 for r in reads], dtype=np.int64)
    spaces = lengths + _WINDOW
    starts = np.cumsum(spaces) - spaces
    size = int(spaces.sum())
    inside = grams.place + grams.length <= np.repeat(lengths, grams.counts)
    place = ((grams.length - 1).astype(np.int64) * size + np.repeat(starts, grams.counts) + grams.place)[inside]
    buckets, sizes = grams.bucket[inside], grams.length[inside]
    behind = np.arange(size) >= np.repeat(starts + lengths, spaces)
    found = []
    for slope in learned.judgement.slopes[:2]:
        shares = np.zeros((LONGEST, size))
        shares.ravel()[place] = slope[buckets] / sizes
        windows = _windows(shares)
        lifts = _first_places(np.where(behind, -np.inf, windows), np.maximum, starts, spaces)
        found.append((lifts, _first_places(np.where(behind, np.inf, windows), np.minimum, starts, spaces)))
    (up, down), (hotter, cooler) = found
    return [((up[i], down[i]), (hotter[i], cooler[i])) for i in range(len(reads))]


def _windows(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(places,) weight of the window of ``_WINDOW`` characters that begins there.

    Args:
        shares: (LONGEST, places) what each character of the n-gram of 1, 2, 3 characters that begins there weighs.
    """
    one, two, three = shares
    weight = one + two + three
    weight[1:] += (two + three)[:-1]
    weight[2:] += three[:-2]
    windows = weight.copy()
    for distance in range(1, _WINDOW):
        windows[:-distance] += weight[distance:]
    return windows


def _first_places(
    windows: NDArray[np.float64], best: np.ufunc, starts: NDArray[np.int64], spaces: NDArray[np.int64]
) -> list[int]:
    """The first place of the best window of each text, counted from the text's start."""
    places = np.flatnonzero(windows == np.repeat(best.reduceat(windows, starts), spaces))
    first: list[int] = (places[np.searchsorted(places, starts)] - starts).tolist()
    return first


def _stretch(masked: str, start: int) -> str:
    """The longest run without signs in the window that starts at ``start`` of ``^masked$``."""
    window = masked[max(0, start - 1) : max(0, start - 1 + _WINDOW)]
    return max(SIGNS.split(window), key=len) if SIGNS.search(window) else window


def settle_topicality(read: Read, opinion: Opinion, learned_groups: Collection[str]) -> Topicality:
    """Topicality of the libraries moved to the model's, with what outranks both: other meanings, word groups the user added.

    Args:
        learned_groups: names of the features the model learned, "group:…" among them; a group that is not there decides by its
            own gravity.
    """
    base, reading = read.topicality, read.reading
    if is_plain(read):
        return base
    value = round(opinion.topicality, 1)
    target = opinion.target
    reasons = list(base.reasons)
    if reading.presence.how in _ABSENT and not reading.presence.about:
        value, target = min(value, _NOT_ABOUT), "none"
    elif reading.official and base.register in _SETTLED:
        value, target = base.value, base.target
    if value != base.value:
        up = value > base.value
        reasons.append(_moved("S1", base.value, value, opinion.quotes[0][0 if up else 1], read))
    if (
        _NEARLY <= value < LEAST_COMPLAINT
        and opinion.levels[0] >= _COMPLAINT_FROM
        and target == "brand"
        and not reading.has(*NOT_TOLD, "question")
    ):
        # A mild complaint shelved as none is worse than a mild one too many.
        what = "learned: like posts that people rated so"
        weight = round(LEAST_COMPLAINT - value, 1)
        reasons.append(Reason(rule="S1", what=what, evidence=f"{opinion.levels[0]:.0%}", weight=weight))
        value = LEAST_COMPLAINT
    blame = plain_blame(read)
    if blame is not None and (value < blame[0] or target != "brand"):
        sure, hit = blame
        if value < sure:
            weight = round(sure - value, 1)
            reasons.append(Reason("S1", f"{hit.group.kind}: {hit.group.key}", hit.text, weight, hit.at))
        value, target = max(value, sure), "brand"
    own = [
        h
        for h in reading.hits
        if h.group.kind in _DECIDING and h.group.gravity and f"group:{h.group.key}" not in learned_groups
    ]
    least = min(base.value, _STATED)
    stated = stated_harm(read) if value < least and least >= GRAVE else None
    if stated is not None:
        what = f"matter: {stated.group.key}"
        reasons.append(Reason(rule="S1", what=what, evidence=stated.text, weight=round(least - value, 1), at=stated.at))
        value, target = least, "brand"
    worst = max(own, key=lambda h: h.group.gravity or 0.0, default=None)
    gravity = round(worst.group.gravity or 0.0, 1) if worst else 0.0
    if worst and reading.presence.about and gravity > value:
        what = f"{'matter' if worst.group.kind == 'aggravator' else worst.group.kind}: {worst.group.key}"
        reasons.append(Reason(rule="S1", what=what, evidence=worst.text, weight=round(gravity - value, 1), at=worst.at))
        value, target = gravity, "brand"
    if value < LEAST_COMPLAINT and target == "brand":
        target = "none"
    return Topicality(value=value, reasons=tuple(reasons), target=target, register=base.register)


def is_disputed(read: Read, opinion: Opinion) -> bool:
    """Do the libraries and the model read the mention so differently that a person should look (S13)?"""
    return not is_plain(read) and abs(read.topicality.value - opinion.topicality) >= _FAR_APART


def settle_feeling(read: Read, opinion: Opinion) -> EmotionScore:
    """Emotion of the words moved to the model's; the mood goes with it."""
    base = read.feeling
    if is_plain(read):
        return base
    value = round(opinion.emotion, 1)
    reasons = list(base.reasons)
    if value != base.value:
        up = value > base.value
        reasons.append(_moved("S2", base.value, value, opinion.quotes[1][0 if up else 1], read))
    if value >= NEGATIVE_FROM:
        mood = "negative"
    else:
        mood = "positive" if value < 2.0 and (opinion.positive >= 0.5 or base.mood == "positive") else "neutral"
    return EmotionScore(value=value, mood=mood, reasons=tuple(reasons), heat=base.heat)


def settle_completeness(base: Extent, opinion: Opinion, complaint: bool) -> Extent:
    """Completeness of the facts found moved to the model's; what is no complaint has 1 (docs/scores.md)."""
    value = round(opinion.completeness, 1) if complaint else 1.0
    if value == base.value:
        return base
    what = "learned: how fully it is told" if complaint else "no complaint to complete"
    moved = Reason(rule="S4:completeness", what=what, evidence="", weight=round(value - base.value, 1))
    return Extent(value=value, reasons=(*base.reasons, moved), uncertain=base.uncertain)


def settle_level(level: Risk, target: str, opinion: Opinion) -> tuple[Risk, tuple[Reason, ...]]:
    """The guide's level raised to what people would likelier than not have said; medium lowered where they hardly would (S12).

    High is never lowered and a complaint stays one: missing a crisis is worse than one look too many.
    """
    if level is Risk.NONE or target != "brand":
        return level, ()
    _, medium, high = opinion.levels
    wanted = level
    if level in (Risk.LOW, Risk.MEDIUM) and min(medium, high) >= _RAISED_FROM:
        wanted = Risk.HIGH
    elif level is Risk.LOW and medium >= _RAISED_FROM:
        wanted = Risk.MEDIUM
    elif level is Risk.MEDIUM and medium < _LOWERED_BELOW:
        wanted = Risk.LOW
    if wanted is level:
        return level, ()
    chance = high if wanted is Risk.HIGH else medium
    what = "learned: like posts that people rated so"
    return wanted, (Reason(rule="S12", what=what, evidence=f"{level} → {wanted}: {chance:.0%}"),)


def _moved(rule: str, old: float, new: float, start: int, read: Read) -> Reason:
    words, quote = read.reading.words, _stretch(read.masked, start)
    place = words.text.find(quote) if quote else -1
    weight = round(new - old, 1)
    if place < 0:
        return Reason(rule, "learned: findings together", "", weight)
    at = words.span(place, place + len(quote))
    return Reason(rule, "learned: wording", words.original[at[0] : at[1]], weight, at)


assert len(JUDGEMENT_HEADS) == len(ORDINAL) * _WIDTH + len(TARGETS) + len(CATEGORIES) + len(LEVELS)
