"""Risk level (S12) by the rubric's guide (S9), and the impact of S8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scoring.assessment import Category, Reason, Risk
from scoring.reading import Reading
from scoring.rules import LevelRules

DEFECTS = frozenset({Category.PRODUCT_QUALITY, Category.TECH_FAULT, Category.SAFETY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The scores that the level is decided on."""

    topicality: float
    emotion: float
    reach: float
    scope: float


def is_public_figure(reading: Reading, rules: LevelRules) -> bool:
    """A verified person of influence (S3): personal verification and at least the followers that the rules ask for."""
    item = reading.item
    return item.verified == "personal" and (item.followers or 0) >= rules.figure_followers


def select_level(
    reading: Reading, scores: Scores, category: Category, target: str, register: str, rules: LevelRules
) -> tuple[Risk, tuple[Reason, ...]]:
    """Level of one mention and the conditions that decided it."""
    if scores.topicality < rules.low_topicality:
        return Risk.NONE, (_reason("no complaint", f"topicality {scores.topicality:g} < {rules.low_topicality:g}"),)
    if target != "brand":
        return Risk.LOW, (_reason("no blame on the brand", register),)
    for level, conditions in ((Risk.HIGH, _high), (Risk.MEDIUM, _medium)):
        found = conditions(reading, scores, category, rules)
        if found:
            return level, tuple(_reason(what, evidence) for what, evidence in found)
    return Risk.LOW, (_reason("ordinary complaint", f"topicality {scores.topicality:g}"),)


Found = list[tuple[str, str]]
_Conditions = Callable[[Reading, Scores, Category, LevelRules], Found]


def _high(reading: Reading, scores: Scores, category: Category, rules: LevelRules) -> Found:
    found: Found = []
    if scores.topicality >= rules.high_topicality:
        found.append(("grave subject", f"topicality {scores.topicality:g} ≥ {rules.high_topicality:g}"))
    topicality, reach = rules.high_reach
    if scores.topicality >= topicality and scores.reach >= reach:
        found.append(
            (
                "shared subject with reach",
                f"topicality {scores.topicality:g} ≥ {topicality:g}, reach {scores.reach:g} ≥ {reach:g}",
            )
        )
    topicality, emotion = rules.high_anger
    if scores.topicality >= topicality and scores.emotion >= emotion and _has_evidence(reading):
        found.append(
            ("grave, angry and with evidence", f"topicality {scores.topicality:g}, emotion {scores.emotion:g}")
        )
    heavy = [h for h in reading.of("matter") if h.group.heavy]
    if heavy and scores.topicality >= rules.heavy_topicality:
        found.append(("threat of heavy loss", heavy[0].text))
    if is_public_figure(reading, rules) and scores.topicality >= rules.figure_topicality and category in DEFECTS:
        found.append(("public figure complains of a defect", f"{reading.item.followers} followers, {category}"))
    if reading.official and scores.topicality >= 8:
        found.append(("own apology or recall", f"topicality {scores.topicality:g}"))
    return found


def _medium(reading: Reading, scores: Scores, category: Category, rules: LevelRules) -> Found:
    found: Found = []
    if scores.topicality >= rules.medium_topicality:
        if scores.emotion >= rules.medium_emotion:
            found.append(("angry complaint", f"emotion {scores.emotion:g} ≥ {rules.medium_emotion:g}"))
        if scores.reach >= rules.medium_reach:
            found.append(("complaint with reach", f"reach {scores.reach:g} ≥ {rules.medium_reach:g}"))
        people = reading.facts.people or 0
        if people >= rules.medium_people or (reading.has("victims") and scores.topicality >= 6):
            found.append(
                ("several people affected", reading.quote(reading.facts.people_at) or reading.of("victims")[0].text)
            )
    grave = [h for h in reading.of("matter", "aggravator") if h.group.grave or h.group.category is Category.SAFETY]
    if grave and scores.topicality >= rules.grave_topicality:
        found.append(("grave dispute", grave[0].text))
    return found


def select_impact(level: Risk, scope: float, people: int, enterprise: bool) -> tuple[str, tuple[Reason, ...]]:
    """Impact high, medium or low (S8); above 100 enterprise customers it is high (S4)."""
    if enterprise and people > 100:
        return "high", (Reason(rule="S8", what="more than 100 enterprise customers", evidence=str(people)),)
    if level is Risk.HIGH or scope >= 8:
        return "high", (Reason(rule="S8", what="impact", evidence=f"level {level}, scope {scope:g}"),)
    if level is Risk.MEDIUM or scope >= 5:
        return "medium", (Reason(rule="S8", what="impact", evidence=f"level {level}, scope {scope:g}"),)
    return "low", (Reason(rule="S8", what="impact", evidence=f"level {level}, scope {scope:g}"),)


def _has_evidence(reading: Reading) -> bool:
    return bool(reading.item.media & {"image", "video", "live", "audio"}) or reading.has("evidence")


def _reason(what: str, evidence: str) -> Reason:
    return Reason(rule="S12", what=what, evidence=evidence, weight=0.0)
