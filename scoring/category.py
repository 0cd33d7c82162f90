"""Category (问题类型, S7) on two levels after the classification manual, the split, and what else follows: problem, nature, crisis type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.assessment import Category, Reason
from scoring.keywords import Hit, WordGroup
from scoring.manual import Manual
from scoring.often import made_often
from scoring.reading import Reading

NATURE_OF = {
    Category.SAFETY: "compliance", Category.PRIVACY: "compliance", Category.REFUND: "financial", Category.PRICE: "financial",
    Category.SERVICE_ATTITUDE: "reputation", Category.PRODUCT_QUALITY: "business", Category.TECH_FAULT: "business",
    Category.LOGISTICS: "business", Category.OTHER: "business", Category.NONE: "none",
}  # fmt: skip
CRISIS_OF = {
    Category.SAFETY: "sudden_event", Category.PRIVACY: "sudden_event", Category.PRICE: "customer_satisfaction",
    Category.OTHER: "customer_satisfaction",
}  # fmt: skip
"""Crisis type (P4) where no word group names one; service quality for the rest."""
_REPLACEABLE = frozenset({"suggestion", "shortcoming", "waiting", "process"})
"""Groups that say how, not what: another matter beside them names the category."""
_WORD_SHARE, _GRAVE_SHARE = 0.2, 0.2
"""What words add to the learned opinion (a probability): any matter, and a matter of safety with a claim of fact."""
_PRECISE = 6.5
"""Groups of this gravity say the subcategory by themselves; weaker ones are refined by the manual's signs."""


@made_often()
class Classification:
    category: Category
    subcategory: str | None
    split: str | None
    problem: str | None
    nature: str
    crisis_type: str | None
    reasons: tuple[Reason, ...]


NO_COMPLAINT = Classification(
    category=Category.NONE,
    subcategory=None,
    split=None,
    problem=None,
    nature="none",
    crisis_type=None,
    reasons=(),
)


def select_category(
    reading: Reading, manual: Manual, opinion: Mapping[Category, float] | None = None
) -> Classification:
    """The category of a complaint: by its words, and by a learned opinion where there is one.

    Safety before all (rubric); then gravity, number of words and being named first.

    Args:
        opinion: probability of each category; words of a matter still speak for theirs.
    """
    hits = reading.of("matter", "aggravator")
    weights, groups = _weigh(reading, hits)
    best = max([(_is_grave(groups[k]), w, k) for k, w in weights.items()])[2] if weights else None
    by_words = groups[best].category if best else None
    category = by_words or _unnamed(reading)
    evidence, at = reading.presence.product or "no known matter", None
    if opinion:
        category, evidence = _weigh_opinion(opinion, by_words, best is not None and _is_grave(groups[best]))
    own = [(w, k) for k, w in weights.items() if groups[k].category is category]
    key = max(own)[1] if own else None
    group = groups[key] if key else None
    if key:
        hit = next(h for h in hits if h.group.key == key)
        evidence, at = hit.text, hit.at
    reasons = [Reason("S7", f"category: {category}", evidence, 0.0, at)]
    sub, sign = _subcategory(reading, manual, category, group)
    if sub is not None and sign:
        reasons.append(Reason("S7", f"subcategory: {sub}", sign))
    entry = manual.subcategory(category, sub)
    named = group.name.get("zh") if group else (entry.name["zh"] if entry else None)
    return Classification(
        category=category,
        subcategory=sub,
        split=(entry.split if entry else None) or (group.split if group else None) or "operational",
        problem=named,
        nature=(group.nature if group else None) or NATURE_OF[category],
        crisis_type=(group.crisis_type if group else None) or CRISIS_OF.get(category, "service_quality"),
        reasons=tuple(reasons),
    )


def _weigh(reading: Reading, hits: Sequence[Hit]) -> tuple[dict[str, float], dict[str, WordGroup]]:
    """Weight of each word group that names a category."""
    weights: dict[str, float] = {}
    groups: dict[str, WordGroup] = {}
    for place, hit in enumerate(hits):
        group = hit.group
        if group.category is None or (group.kind == "aggravator" and not reading.has("demand", "refusal")):
            continue
        first = 0.3 if place == 0 else 0.0
        groups[group.key] = group
        weights[group.key] = weights.get(group.key, (group.gravity or 5.0) * 0.8) + 0.5 + first
    if not _REPLACEABLE.isdisjoint(weights) and not _REPLACEABLE.issuperset(weights):
        weights = {k: w - (1.5 if k in _REPLACEABLE else 0.0) for k, w in weights.items()}
    return weights, groups


def _is_grave(group: WordGroup) -> bool:
    return group.category is Category.SAFETY and (group.gravity or 0) >= 7


def _weigh_opinion(opinion: Mapping[Category, float], by_words: Category | None, grave: bool) -> tuple[Category, str]:
    share = _GRAVE_SHARE if grave else _WORD_SHARE
    chances: list[tuple[float, Category]] = [
        (chance + share if category is by_words else chance, category)
        for category, chance in opinion.items()
        if category is not Category.NONE
    ]
    if by_words is Category.NONE:
        chances.append((share, by_words))
    _, category = max(chances)
    return category, f"learned: {opinion.get(category, 0.0):.0%}"


def _unnamed(reading: Reading) -> Category:
    """A complaint that names no known matter: a product in the text makes it product quality, else other."""
    return Category.PRODUCT_QUALITY if reading.presence.product is not None else Category.OTHER


def _subcategory(
    reading: Reading, manual: Manual, category: Category, group: WordGroup | None
) -> tuple[str | None, str | None]:
    """Second level and the sign that says so: a precise word group itself, else the manual's signs, else the word group."""
    stated = group.subcategory if group else None
    if group is not None and stated and (group.gravity or 0) >= _PRECISE:
        return stated, None
    refined = manual.refine(category, reading.words.text)
    if refined is None:
        return stated, None
    return refined[0].key, refined[1]
