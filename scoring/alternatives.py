"""Other ways to the level than the guide (S9), selectable in the rule set: single factors, the matrix, impact × probability."""

from __future__ import annotations

from scoring.assessment import Reason, Risk
from scoring.conditions import Case, Conditions, select_conditions
from scoring.rules import Cell, ImpactProbabilityRules, RuleSet, SingleFactorRules

Level = tuple[Risk, tuple[Reason, ...]]
PROBABILITIES = ("low", "medium", "high")


def select_by_sum(case: Case, rules: SingleFactorRules) -> Level:
    """Factor scores, each times its weight, added and mapped to a level: scope 9 + spread 7 = 16 → high."""
    parts = {name: weight * case.scores[name] for name, weight in rules.factors.items() if weight > 0}
    total = round(sum(parts.values()), 1)
    said = " + ".join(f"{name} {part:g}" for name, part in parts.items()) + f" = {total:g}"
    always = _first(rules.always_high, case)
    if always is not None and total < rules.high:
        return Risk.HIGH, (_reason("sum of factors", said), _reason(always[0] or "whatever the sum", always[1]))
    if total >= rules.high:
        return Risk.HIGH, (_reason("sum of factors", f"{said} ≥ {rules.high:g}"),)
    if total >= rules.medium:
        return Risk.MEDIUM, (_reason("sum of factors", f"{said} ≥ {rules.medium:g}"),)
    return Risk.LOW, (_reason("sum of factors", f"{said} < {rules.medium:g}"),)


def select_by_matrix(case: Case, impact: str, cell: Cell) -> Level:
    """The level that the cell of nature and impact names (S8)."""
    return cell.level, (_reason("matrix", f"{case.nature} × {impact} → {cell.level}"),)


def select_by_probability(case: Case, rules: ImpactProbabilityRules) -> Level:
    """Impact 1–5 × probability low, medium, high."""
    impact, why = 1, "no condition of a higher impact holds"
    for row in (5, 4, 3, 2):
        found = _first(rules.impact[row], case)
        if found is not None:
            impact, why = row, found[1]
            break
    probability, because = "low", "no condition of a higher probability holds"
    for name in ("high", "medium"):
        found = _first(rules.probability[name], case)
        if found is not None:
            probability, because = name, found[1]
            break
    level = rules.levels[impact][PROBABILITIES.index(probability)]
    return level, (
        Reason(rule="S9", what="impact 1–5", evidence=f"{impact}: {why}"),
        Reason(rule="S9", what="probability of spreading", evidence=f"{probability}: {because}"),
        _reason("impact × probability", f"{impact} × {probability} → {level}"),
    )


def select_impact(case: Case, rules: RuleSet) -> tuple[str, Cell, tuple[Reason, ...]]:
    """Impact high, medium or low: the gravest cell of the nature whose conditions hold (S8), with what met them."""
    cells = rules.matrix[case.nature]
    for impact in ("high", "medium"):
        found = select_conditions(cells[impact].when, case)
        if found:
            reasons = [
                Reason(rule="S8", what=what or "impact", evidence=f"{case.nature} × {impact}: {said}")
                for what, said in found
            ]
            return impact, cells[impact], tuple(reasons)
    low = Reason(rule="S8", what="impact", evidence=f"{case.nature} × low")
    return "low", cells["low"], (low,)


def _first(conditions: Conditions, case: Case) -> tuple[str, str] | None:
    for alternative in conditions:
        said = alternative.evidence(case)
        if said is not None:
            return alternative.what, said
    return None


def _reason(what: str, evidence: str) -> Reason:
    return Reason(rule="S12", what=what, evidence=evidence)
