"""Category (问题类型, S7) on two levels, the split, and what else the word groups tell: problem, crisis type, checklist (S10)."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.assessment import Category, Reason
from scoring.keywords import WordGroup
from scoring.reading import Reading

NATURE_OF = {
    Category.SAFETY: "compliance", Category.PRIVACY: "compliance", Category.REFUND: "financial", Category.PRICE: "financial",
    Category.SERVICE_ATTITUDE: "reputation", Category.PRODUCT_QUALITY: "business", Category.TECH_FAULT: "business",
    Category.LOGISTICS: "business", Category.OTHER: "business", Category.NONE: "none",
}  # fmt: skip
_REPLACEABLE = frozenset({"suggestion", "waiting", "process"})
"""Groups that say how, not what: another matter beside them names the category."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Classification:
    category: Category
    subcategory: str | None
    split: str | None
    problem: str | None
    nature: str
    crisis_type: str | None
    checklist: tuple[str, ...]
    reasons: tuple[Reason, ...]


NO_COMPLAINT = Classification(
    category=Category.NONE,
    subcategory=None,
    split=None,
    problem=None,
    nature="none",
    crisis_type=None,
    checklist=(),
    reasons=(),
)


def select_category(reading: Reading) -> Classification:
    """The category whose words weigh most. Safety before all (rubric); then gravity, number of words and being named first."""
    weights: dict[str, float] = {}
    groups: dict[str, WordGroup] = {}
    for place, hit in enumerate(reading.of("matter", "aggravator")):
        group = hit.group
        if group.category is None or (group.kind == "aggravator" and not reading.has("demand", "refusal")):
            continue
        first = 0.3 if place == 0 else 0.0
        groups[group.key] = group
        weights[group.key] = weights.get(group.key, _start(group)) + 0.5 + first
    if not weights:
        return _unnamed(reading)
    if any(k not in _REPLACEABLE for k in weights):
        weights = {k: w - (1.5 if k in _REPLACEABLE else 0.0) for k, w in weights.items()}
    best = max(
        weights, key=lambda k: (groups[k].category is Category.SAFETY and (groups[k].gravity or 0) >= 7, weights[k], k)
    )
    group = groups[best]
    category = group.category or Category.OTHER
    hit = next(h for h in reading.of("matter", "aggravator") if h.group.key == best)
    reason = Reason(rule="S7", what=f"category: {category}", evidence=hit.text, weight=0.0, at=hit.at)
    items = dict.fromkeys(i for h in reading.of("matter", "authority") for i in h.group.checklist)
    checklist = tuple(Reason(rule="S10", what=f"checklist: {i}", evidence=hit.text, weight=0.0) for i in items)
    return Classification(
        category=category,
        subcategory=group.subcategory,
        split=group.split,
        problem=group.name.get("zh"),
        nature=group.nature or NATURE_OF[category],
        crisis_type=group.crisis_type,
        checklist=tuple(items),
        reasons=(reason, *checklist),
    )


def _start(group: WordGroup) -> float:
    return (group.gravity or 5.0) * 0.8


def _unnamed(reading: Reading) -> Classification:
    """A complaint that names no known matter: a product in the text makes it product quality, else other."""
    named = reading.presence.product is not None
    category = Category.PRODUCT_QUALITY if named else Category.OTHER
    evidence = reading.presence.product or "no known matter"
    return Classification(
        category=category,
        subcategory=None,
        split="operational",
        problem=None,
        nature=NATURE_OF[category],
        crisis_type="customer_satisfaction",
        checklist=(),
        reasons=(Reason(rule="S7", what=f"category: {category}", evidence=evidence, weight=0.0),),
    )
