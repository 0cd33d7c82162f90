"""Spread index (传播指数, S6): the weighted mean of S1–S5, and the floor for strong anger described clearly."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scoring.assessment import Reason
from scoring.rules import SpreadRules


@lru_cache(maxsize=4096)
def _share(name: str, factor: float, weight: float, percent: str) -> tuple[float, Reason]:
    """What one factor adds, and the reason that says so: scores have one decimal, so there are few of them."""
    share = weight * factor
    return share, Reason("S6", name, f"{factor:g} × {percent}", round(share, 2))


def score_spread(factors: Mapping[str, float], rules: SpreadRules) -> tuple[float, tuple[Reason, ...]]:
    """Spread index 1.0–10.0 with one reason per factor; their weights add up to it.

    Args:
        factors: topicality, emotion, reach, completeness, scope, already_spread, each 1–10.
    """
    total = said = 0.0
    largest = -1
    reasons: list[Reason] = []
    for name, weight in rules.weights.items():
        if weight > 0:
            share, reason = _share(name, factors[name], weight, rules.percent[name])
            total += share
            said += reason.weight
            if largest < 0 or reason.weight > reasons[largest].weight:
                largest = len(reasons)
            reasons.append(reason)
    value = round(total, 1)
    # Rounding of the index goes to the largest part, so that what is shown adds up to what is shown.
    part = round(reasons[largest].weight + value - said, 2)
    reasons[largest] = reasons[largest]._replace(weight=part)
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
