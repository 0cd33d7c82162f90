"""How fast a post spreads (已传播的速度, S5): reactions and reads an hour over its latest stretch, from its figures over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.mention import Engagement
from scoring.assessment import ScoreInput

SHORTEST = timedelta(minutes=15)
"""Two looks that are closer say little: a jump of a few seconds is no speed."""
_FROM_BIRTH = timedelta(days=2)
"""First figures seen later than this after the post appeared tell no speed: nobody knows when they came."""
_REACTIONS = ("likes", "comments", "reposts", "saves")
_NOTHING = Engagement(reads=0, likes=0, comments=0, reposts=0, saves=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Figures an hour over the latest stretch; None = not told."""

    reactions: float | None
    reads: float | None
    hours: float
    """Length of the stretch."""
    age: float | None
    """Hours from publication to the last look; None where the time of publication is not known."""


def measure_speed(item: ScoreInput) -> Speed | None:
    """The speed at which a post's figures grew at last; None where only one look, or none, is known.

    A fall (deleted reactions) counts as no growth.
    """
    looks = _looks(item)
    if len(looks) < 2:
        return None
    end, last = looks[-1]
    before = [look for look in looks[:-1] if end - look[0] >= SHORTEST]
    start, first = before[-1] if before else looks[0]
    hours = max(end - start, SHORTEST) / timedelta(hours=1)
    age = (end - item.published_at) / timedelta(hours=1) if item.published_at is not None else None
    return Speed(
        reactions=_growth(first, last, _REACTIONS, hours),
        reads=_growth(first, last, ("reads",), hours),
        hours=hours,
        age=age,
    )


def _looks(item: ScoreInput) -> list[tuple[datetime, Engagement]]:
    """Every known look, the oldest first, with the empty post at its publication where that is near enough."""
    if not item.history and (item.seen_at is None or item.published_at is None):
        return []
    looks = dict(item.history)
    if item.seen_at is not None:
        looks[item.seen_at] = Engagement(
            reads=item.reads, likes=item.likes, comments=item.comments, reposts=item.reposts, saves=item.saves
        )
    order = sorted(looks)
    born = item.published_at
    if born is not None and timedelta(0) < order[0] - born <= _FROM_BIRTH:
        return [(born, _NOTHING), *((at, looks[at]) for at in order)]
    return [(at, looks[at]) for at in order]


def _growth(first: Engagement, last: Engagement, names: tuple[str, ...], hours: float) -> float | None:
    """Growth an hour of the figures that both looks tell."""
    grown = [
        max(0, now - then)
        for name in names
        if (then := getattr(first, name)) is not None and (now := getattr(last, name)) is not None
    ]
    return sum(grown) / hours if grown else None
