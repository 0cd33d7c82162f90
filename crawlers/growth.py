"""How soon a known post is looked at again (W4): faster while it grows, slower as it calms. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.mention import Engagement

SHARE = 0.25
"""A post is looked at again when its figures are expected to have grown by this share."""
SMALLEST = 10
"""Fewer reactions than this count as so many: from 1 like to 2 is no doubling."""
FIRST = 900.0
"""Seconds to the second look at a young post."""
FASTEST, SLOWEST = 300.0, 12 * 3600.0
"""Seconds between two looks at one post, at least and at most."""
YOUNG = timedelta(hours=6)
CALM_AFTER, OVER_AFTER = timedelta(days=7), timedelta(days=30)
"""A calm post is let go after the first age, any post after the second."""
APART = 60.0
"""Seconds two sights have to be apart to be compared."""

_REACTIONS = ("likes", "comments", "reposts", "saves")

Sight = tuple[datetime, Engagement]


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    per_hour: float | None
    """Share by which the reactions grow in an hour, 0 or more; None = not known (one sight, or rounded figures)."""
    reactions: int | None
    """Likes, comments, reposts and saves together at the last sight (reads where nothing else is shown); None = not shown."""


def measure_growth(history: Sequence[Sight]) -> Growth:
    """Growth between the last sight and the latest one before it that is at least a minute older.

    Rounded figures ("1.2万") that did not change say nothing: they move in steps of a thousand.

    Args:
        history: (when, figures), the oldest first.
    """
    if not history:
        return Growth(per_hour=None, reactions=None)
    at, figures = history[-1]
    total = _reactions(figures)
    for before_at, before in reversed(history[:-1]):
        seconds = (at - before_at).total_seconds()
        earlier = _reactions(before)
        if seconds < APART or earlier is None or total is None:
            continue
        rounded = figures.approximate | before.approximate
        if total <= earlier and rounded:
            return Growth(per_hour=None, reactions=total)
        return Growth(per_hour=max(0, total - earlier) / max(earlier, SMALLEST) * 3600 / seconds, reactions=total)
    return Growth(per_hour=None, reactions=total)


def next_look(growth: Growth, *, every: float | None, age: timedelta, looked: bool = True) -> float | None:
    """Seconds until a post is looked at again; None = let go.

    Args:
        growth: what the sights so far say.
        every: seconds between the last two looks; None for the first.
        age: how long ago the post was published.
        looked: False where a search showed it. Several queries find a new post within a minute: that it did not grow from
            one to the next says nothing, so the wait does not grow beyond a quarter of the post's age.
    """
    if age > OVER_AFTER:
        return None
    if growth.per_hour:
        wait = SHARE / growth.per_hour * 3600
    elif every is None:
        wait = FIRST if age < YOUNG else 4 * FIRST
    else:
        wait = every * (2 if growth.per_hour == 0 else 1.5)
        if not looked:
            wait = max(every, min(wait, age.total_seconds() / 4))
    if wait >= SLOWEST and age > CALM_AFTER:
        return None
    return min(max(wait, FASTEST), SLOWEST)


def next_comments(new: int, *, every: float | None, age: timedelta) -> float | None:
    """Seconds until the comments under a post are read again; None = let go.

    Args:
        new: comments that the last reading brought and nobody had seen.
        every: seconds between the last two readings; None for the first.
        age: how long ago the post was published.
    """
    if age > OVER_AFTER:
        return None
    if every is None:
        return FASTEST
    wait = every / 2 if new >= 5 else every if new else every * 2
    if wait >= SLOWEST and age > CALM_AFTER:
        return None
    return min(max(wait, FASTEST), SLOWEST)


def _reactions(figures: Engagement) -> int | None:
    shown = [n for n in (getattr(figures, name) for name in _REACTIONS) if n is not None]
    return sum(shown) if shown else figures.reads
