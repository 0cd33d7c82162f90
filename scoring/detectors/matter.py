"""What a complaint is about, and which open incident it belongs to (D7): one matter, one incident, however many posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.alert import Alert, Level, Matter
from scoring.assessment import Assessment, Category

GRAVE = frozenset({Category.SAFETY, Category.PRIVACY})
AFTERMATH = frozenset(
    {
        Category.PRODUCT_QUALITY,
        Category.REFUND,
        Category.SERVICE_ATTITUDE,
        Category.OTHER,
        Category.LOGISTICS,
        Category.PRICE,
    }
)
"""What people complain of in the wake of a grave matter: refunds not paid, staff that does not answer."""
CRISIS_TALK = frozenset({Category.PRODUCT_QUALITY, Category.REFUND, Category.SERVICE_ATTITUDE})
"""What, without naming another product, is said about a brand in a red crisis because of that crisis."""


def matter_of(assessment: Assessment) -> Matter:
    """The matter of one mention."""
    category = assessment.category if assessment.category is not Category.NONE else None
    return Matter(brand=assessment.brand, product=assessment.product, category=category, problem=assessment.problem)


def select_incident(
    alert: Alert, open_matters: Sequence[tuple[str, Matter]], levels: Mapping[str, Level] | None = None
) -> tuple[str | None, str]:
    """The open incident that an alert belongs to.

    Args:
        open_matters: (incident id, matter) of the open incidents, highest level first where ``levels`` is not given.
        levels: level by incident id.

    Returns:
        (incident id, reason), or (None, reason) where a new incident is to be opened.
    """
    mine = [(incident, matter) for incident, matter in open_matters if matter.brand == alert.matter.brand]
    if not mine:
        return None, "no open incident of this brand"
    if levels:
        mine.sort(key=lambda pair: -levels.get(pair[0], Level.NONE))
    if _is_wide(alert.matter):
        return mine[0][0], "brand-wide alert joins the brand's highest open incident"
    return _closest(alert.matter, alert.level, mine, levels)


def select_home(
    matter: Matter, open_matters: Sequence[tuple[str, Matter]], levels: Mapping[str, Level] | None = None
) -> tuple[str | None, str]:
    """The open incident that an ordinary complaint joins without raising anything; one that says nothing of its matter
    joins brand-wide incidents only. Arguments and answer as of ``select_incident``."""
    mine = [(incident, other) for incident, other in open_matters if other.brand == matter.brand]
    if _is_wide(matter):
        mine = [(incident, other) for incident, other in mine if _is_wide(other)]
    return _closest(matter, Level.NONE, mine, levels)


def _closest(
    new: Matter, level: Level, mine: Sequence[tuple[str, Matter]], levels: Mapping[str, Level] | None
) -> tuple[str | None, str]:
    best: tuple[int, str, str] | None = None
    for incident, matter in mine:
        closeness, reason = _closeness(new, level, matter, levels.get(incident) if levels else None)
        if closeness and (best is None or closeness > best[0]):
            best = closeness, incident, reason
    crisis = next(
        ((i, m) for i, m in mine if levels and levels.get(i) is Level.RED and _is_crisis_talk(new, level, m)), None
    )
    if best and not (crisis and levels and _goes_to_crisis(new, level, crisis[1], levels.get(best[1], Level.NONE))):
        return best[1], best[2]
    if crisis:
        return crisis[0], "said in the wake of the running red crisis"
    return None, "another matter than the open incidents"


def _goes_to_crisis(new: Matter, level: Level, crisis: Matter, other: Level) -> bool:
    """Whether the running red crisis takes it although a milder incident is closer: a wave does not make a second crisis
    of what was a small matter, and what names the crisis's product is about the crisis."""
    return other < Level.RED and (level >= Level.ORANGE or (new.product is not None and new.product == crisis.product))


def _is_crisis_talk(new: Matter, level: Level, crisis: Matter) -> bool:
    """One crisis, one incident: staff, refunds, regulators and insiders are talked of because of it (D7)."""
    if new.problem is None and new.category in GRAVE and new.category is crisis.category:
        return (
            True  # a grave complaint that says of no harm of its own is about the running one, whatever else it names
        )
    if new.product and crisis.product and new.product != crisis.product:
        return False
    if level >= Level.ORANGE:
        return new.category is None or new.category is crisis.category or new.category in AFTERMATH
    if new.category is Category.PRODUCT_QUALITY and new.product and not crisis.product:
        return False  # which product the crisis is about is not known yet
    return new.category in CRISIS_TALK or new.category is crisis.category


def _is_wide(matter: Matter) -> bool:
    return matter.product is None and matter.category is None and matter.problem is None


def _closeness(new: Matter, at: Level, matter: Matter, level: Level | None) -> tuple[int, str]:
    """How surely the incident's matter is the new one: 0 = another matter, higher = closer."""
    if _is_wide(matter):
        # A brand-wide incident covers all, but a graver matter deserves an incident (and a playbook) of its own.
        covered = level is None or level >= at
        return (1, "the brand-wide incident covers it") if covered else (0, "")
    if new.product and matter.product and new.product != matter.product:
        return 0, ""
    same_product = new.product is not None and new.product == matter.product
    if new.problem and new.problem == matter.problem:
        return (6 if same_product else 5), f"same problem: {new.problem}"
    if new.category is not None and new.category == matter.category:
        if new.category is Category.OTHER and new.problem and matter.problem:
            return 0, ""  # "other" is a drawer, not a matter
        if same_product:
            return 4, f"same product and category: {new.product}, {new.category}"
        return 3, f"same category: {new.category}"
    if same_product and (new.category is None or matter.category is None):
        return 4, f"same product: {new.product}"
    if same_product and matter.category in GRAVE and new.category in AFTERMATH:
        return 2, f"aftermath of the same product: {new.product}"
    return 0, ""
