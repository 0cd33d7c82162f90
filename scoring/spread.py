"""Spread index (传播指数, S6): the weighted mean of S1–S5, and the floor for strong anger described clearly."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.assessment import Reason
from scoring.rules import SpreadRules


def score_spread(factors: Mapping[str, float], rules: SpreadRules) -> tuple[float, tuple[Reason, ...]]:
    """Spread index 1.0–10.0 with one reason per factor; their weights add up to it.

    Args:
        factors: topicality, emotion, reach, completeness, scope, already_spread, each 1–10.
    """
    total, largest, parts = 0.0, "", {}
    for name, weight in rules.weights.items():
        if weight > 0:
            share = weight * factors[name]
            total += share
            parts[name] = round(share, 2)
            largest = largest if largest and parts[largest] >= parts[name] else name
    value = round(total, 1)
    # Rounding of the index goes to the largest part, so that what is shown adds up to what is shown.
    parts[largest] = round(parts[largest] + value - sum(parts.values()), 2)
    reasons = [
        Reason(rule="S6", what=name, evidence=f"{factors[name]:g} × {rules.percent[name]}", weight=part)
        for name, part in parts.items()
    ]
    angry_and_clear = factors["emotion"] >= rules.floor_emotion and factors["completeness"] >= rules.floor_completeness
    if angry_and_clear and value < rules.floor_value:
        evidence = f"emotion {factors['emotion']:g} ≥ {rules.floor_emotion:g}, completeness {factors['completeness']:g} ≥ {rules.floor_completeness:g}"
        reasons.append(
            Reason(
                rule="S6",
                what="floor: strong anger described clearly",
                evidence=evidence,
                weight=round(rules.floor_value - value, 2),
            )
        )
        value = rules.floor_value
    return value, tuple(reasons)
