"""Concentration of complaints: D1 (a product or problem), D2 (a brand), and the word-group thresholds of D6.

The counts come from storage's counters; ``select_windows`` says which counts a new complaint makes worth asking for, and
``detect_concentration`` judges each answer. The cost per mention does not grow with volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Assessment, Category, Reason, Risk
from scoring.keywords import WordLibrary
from scoring.rules import RuleSet

MENTIONS_SHOWN = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """One count to ask for: complaints of a brand by dimension and value within the last hours."""

    rule: str
    brand: str
    dimension: Dimension
    value: str
    hours: float
    counts: str
    """voices (independent, D5) or raw."""
    more_than: float
    """An alarm where the count is above this."""
    level: Level
    risk: Risk
    matter: Matter

    def since(self, at: datetime) -> datetime:
        """Start of the half-open window (since, at]."""
        return at - timedelta(hours=self.hours)


def select_windows(assessment: Assessment, rules: RuleSet, words: WordLibrary) -> tuple[Window, ...]:
    """The windows that this mention belongs to; none where it is no complaint about the brand."""
    if not assessment.complaint:
        return ()
    windows = []
    for rule in rules.concentration:
        for dimension in rule.dimensions:
            for value in _values(assessment, dimension):
                windows.append(
                    Window(
                        rule=rule.rule, brand=assessment.brand, dimension=dimension, value=value, hours=rule.hours, counts=rule.counts,
                        more_than=rule.more_than, level=rule.level, risk=rule.risk, matter=_matter(assessment, dimension, value),
                    )
                )  # fmt: skip
    for key in assessment.word_groups:
        group = words.groups.get(key)
        # A threshold of 1 is a single hit, which is not a matter of counting (scoring.detectors.single).
        if group is None or group.alert_count is None or group.alert_count < 2:
            continue
        risk = max((assessment.level, Risk.MEDIUM), key=lambda r: r.rank)
        windows.append(
            Window(
                rule="D6", brand=assessment.brand, dimension=Dimension.WORD_GROUP, value=key, hours=group.alert_hours, counts="voices",
                more_than=group.alert_count - 1, level=group.alert_level, risk=risk,
                matter=Matter(brand=assessment.brand, category=group.category or assessment.category, problem=group.name["zh"]),
            )
        )  # fmt: skip
    return tuple(windows)


def detect_concentration(window: Window, count: Count, *, at: datetime, mentions: Sequence[str] = ()) -> Alert | None:
    """An alert where the window's count is above its threshold, None otherwise.

    Args:
        at: published time of the mention that may have completed the window (aware UTC).
        mentions: keys of the evidence, strongest first.
    """
    counted = count.voices if window.counts == "voices" else count.raw
    if counted <= window.more_than:
        return None
    since = window.since(at)
    hours = f"{window.hours:g} h"
    reasons = (
        Reason(
            rule=window.rule,
            what="complaints in window",
            evidence=f"{counted} {window.counts} in {hours}, more than {window.more_than:g}",
        ),
        Reason(rule="D5", what="raw and voices", evidence=f"{count.raw} raw, {count.voices} voices"),
        Reason(rule=window.rule, what="counted by", evidence=f"{window.dimension}: {window.value or window.brand}"),
    )
    return Alert(
        rule=window.rule,
        matter=window.matter,
        dimension=window.dimension,
        value=window.value,
        level=window.level,
        risk=window.risk,
        since=since,
        at=at,
        count=count,
        threshold=window.more_than,
        reasons=reasons,
        mentions=tuple(mentions[:MENTIONS_SHOWN]),
    )


def _values(assessment: Assessment, dimension: Dimension) -> tuple[str, ...]:
    if dimension is Dimension.ALL:
        return ("",)
    value = {
        Dimension.PRODUCT: assessment.product,
        Dimension.CATEGORY: str(assessment.category) if assessment.category is not Category.NONE else None,
        Dimension.PROBLEM: assessment.problem,
    }.get(dimension)
    return (value,) if value else ()


def _matter(assessment: Assessment, dimension: Dimension, value: str) -> Matter:
    """What the alert is about: no narrower than what was counted."""
    if dimension is Dimension.PRODUCT:
        return Matter(brand=assessment.brand, product=value)
    if dimension is Dimension.PROBLEM:
        return Matter(brand=assessment.brand, category=assessment.category, problem=value)
    if dimension is Dimension.CATEGORY:
        return Matter(brand=assessment.brand, category=assessment.category)
    return Matter(brand=assessment.brand)
