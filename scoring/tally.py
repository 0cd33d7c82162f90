"""A score that is built from reasons, so that the reasons always add up to it (S13)."""

from __future__ import annotations

from functools import cache

from scoring.assessment import Reason

Place = tuple[int, int]
_make = tuple.__new__
"""Makes a reason in half the time, without looking for names and defaults: most reasons are made here."""


@cache
def _lowest(rule: str) -> Reason:
    return Reason(rule, "lowest score", "", 1.0)


class Tally:
    """Adds contributions in tenths of a point; what was added is what the score is.

    Starts at 1.0, the lowest score, with a reason of that weight.
    """

    __slots__ = ("_reasons", "_rule", "_tenths")

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._tenths = 10
        self._reasons = [_lowest(rule)]

    @property
    def value(self) -> float:
        return self._tenths / 10

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return tuple(self._reasons)

    def add(self, what: str, evidence: str, weight: float, at: Place | None = None) -> None:
        """Move the score by ``weight`` points (rounded to tenths); nothing is noted where that is 0."""
        tenths = round(weight * 10)
        if tenths:
            self._tenths += tenths
            self._reasons.append(_make(Reason, (self._rule, what, evidence, tenths / 10, at)))

    def raise_to(self, value: float, what: str, evidence: str, at: Place | None = None) -> None:
        """Lift the score to at least ``value``."""
        weight = value - self._tenths / 10
        if weight > 0:
            self.add(what, evidence, weight, at)

    def cap_at(self, value: float, what: str, evidence: str, at: Place | None = None) -> None:
        """Lower the score to at most ``value``."""
        weight = value - self._tenths / 10
        if weight < 0:
            self.add(what, evidence, weight, at)

    def finish(self) -> float:
        """Keep within 1.0–10.0, with a reason where that changed something."""
        if not 10 <= self._tenths <= 100:
            self.cap_at(10.0, "end of the scale", "10")
            self.raise_to(1.0, "end of the scale", "1")
        return self._tenths / 10
