"""Risk level (风险等级, S12) by the way that the rule set names (S9), and the impact of S8."""

from __future__ import annotations

from scoring.alternatives import select_by_matrix, select_by_probability, select_by_sum, select_impact
from scoring.assessment import Reason, Risk
from scoring.conditions import Case, select_conditions
from scoring.often import made_often
from scoring.rules import RuleSet


@made_often()
class Judgement:
    """Level and impact of one mention with what decided them."""

    level: Risk
    impact: str
    """high, medium or low."""
    reasons: tuple[Reason, ...]


def select_level(case: Case, target: str, register: str, rules: RuleSet) -> Judgement:
    """Level and impact of one mention.

    Args:
        target: brand, other or none: whom the blame falls on.
        register: how the mention was read, said where it blames nobody.
    """
    topicality = case.scores["topicality"]
    least = rules.level.low_topicality
    if topicality < least:
        return _plain(Risk.NONE, "no complaint", f"topicality {topicality:g} < {least:g}")
    if target != "brand" and (target != "other" or topicality < rules.level.others_topicality):
        return _plain(Risk.LOW, "no blame on the brand", register)
    if target != "brand":
        level, reasons = _by_guide(case, rules)
        return Judgement(level=level, impact="low", reasons=reasons)
    impact, cell, why = select_impact(case, rules)
    method = rules.level.method
    if method == "single_factor":
        level, reasons = select_by_sum(case, rules.single_factor)
    elif method == "matrix":
        level, reasons = select_by_matrix(case, impact, cell)
    elif method == "impact_probability":
        level, reasons = select_by_probability(case, rules.impact_probability)
    else:
        level, reasons = _by_guide(case, rules)
    return Judgement(level=level, impact=impact, reasons=(*reasons, *why))


def _by_guide(case: Case, rules: RuleSet) -> tuple[Risk, tuple[Reason, ...]]:
    """The rubric's guide: high where any of its conditions holds, else medium likewise, else low."""
    for level, conditions in ((Risk.HIGH, rules.level.high), (Risk.MEDIUM, rules.level.medium)):
        found = select_conditions(conditions, case)
        if found:
            return level, tuple(_reason(what or str(level), said) for what, said in found)
    return Risk.LOW, (_reason("ordinary complaint", f"topicality {case.scores['topicality']:g}"),)


def _plain(level: Risk, what: str, evidence: str) -> Judgement:
    return Judgement(level=level, impact="low", reasons=(_reason(what, evidence),))


def _reason(what: str, evidence: str) -> Reason:
    return Reason(rule="S12", what=what, evidence=evidence)
