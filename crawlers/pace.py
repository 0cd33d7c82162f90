"""Which query of a platform is polled next, and when (W4): the requests of an hour go where new posts are expected. Pure.

A query that gets λ new posts a second and is polled r times a second shows each post 1/(2 r) seconds late on average.
With polls that cost c requests and B requests to spend, the sum of all delays Σ λ/(2 r) under Σ c·r ≤ B is smallest for
r ∝ √(λ/c): a query with four times as many posts is polled twice as often (Sia, Cho & Cho, "Efficient Monitoring Algorithm
for Fast News Alerts", IEEE TKDE 19(7), 2007). Here r is also kept between a floor and a ceiling.

All times are seconds on one clock.
"""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

HOUR = 3600.0
RESERVE = 0.05
"""Share of the budget that ordinary polls leave to growing queries."""
ENTITLED = 0.9
"""Share of the budget that floors may take: what goes beyond stretches all floors alike."""
EXTRA_SHARE = 0.3
"""Share of the budget that polls of known posts (figures, comments) are sure of while some wait."""
WORTH = 1.0
"""Seconds of delay of one post that one request is worth at least: a quiet query is not polled for its own sake."""
GREW = 5
"""So many new posts in one poll: the next one comes soon."""
SOON = 5.0
"""Seconds after a poll that did not reach what was known."""
DEEPER = 3
"""Polls in a row that read twice as deep each, before what was missed is given up."""
JITTER = 0.15
"""Share by which a poll may come earlier, so that polls form no pattern."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One query of a platform as pace sees it."""

    key: str
    rate: float
    """New posts expected a second."""
    cost: float = 1.0
    """Requests of a poll on average, 1 or more."""
    last: float | None = None
    """End of its last poll; None = never polled: its turn is at ``first``."""
    first: float = 0.0
    """When a query that was never polled is due."""
    fastest: float
    """Never polled oftener, in seconds (but to reach what it missed)."""
    slowest: float
    """Polled at least so often, in seconds, where the budget allows it."""
    behind: int = 0
    """Polls in a row that did not reach what was known."""
    new: int = 0
    """New posts of its last poll."""
    waits: bool = False
    """Its poll is planned or runs, or its source rests: not to be planned now."""
    delay: float = 0.0
    """Seconds the site wants between two requests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What a platform may be asked, over all brands."""

    hourly: int
    """Requests in any hour."""
    history: Sequence[tuple[float, float]] = ()
    """(end, requests) of the polls of the last hour, the oldest first."""
    reserved: float = 0.0
    """Requests that planned and running polls may still make."""
    extra_spent: float = 0.0
    """The part of history and reserve that went to polls of known posts."""
    extra_waits: bool = False
    """Polls of known posts wait for their turn."""

    def room(self, at: float) -> float:
        """Requests that may still be made by then, if nothing else is made until then."""
        return self.hourly - self.reserved - sum(requests for end, requests in self.history if end > at - HOUR)

    def is_extra_turn(self, now: float) -> bool:
        """True where polls of known posts had less than their share of what was made so far."""
        return self.extra_waits and self.extra_spent < EXTRA_SHARE * (self.hourly - self.room(now))

    @property
    def extra_owed(self) -> float:
        """What is kept free for polls of known posts."""
        return max(0.0, EXTRA_SHARE * self.hourly - self.extra_spent) if self.extra_waits else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A query whose poll is due and can be paid."""

    key: str
    due: float
    every: float
    """Seconds between two of its polls as the budget is spread now."""
    allowance: int
    """Requests the poll may make: with it the budget holds in every hour."""


def stretch_of(queries: Sequence[Query], budget: Budget) -> float:
    """By how much every floor has to be stretched so that all fit into the budget; 1 where they fit."""
    share = ENTITLED - (EXTRA_SHARE if budget.extra_waits else 0.0)
    return max(1.0, floor_need(queries) / (share * budget.hourly))


def floor_need(queries: Sequence[Query]) -> float:
    """Requests an hour that the floors alone need."""
    return sum(q.cost * HOUR / q.slowest for q in queries)


def spread(queries: Sequence[Query], budget: Budget) -> list[float]:
    """Seconds between two polls of each query, in order: the square-root rule between floor and ceiling."""
    if not queries:
        return []
    stretch = stretch_of(queries, budget)
    slow = [max(q.slowest * stretch, q.fastest) for q in queries]
    ideal = [math.sqrt(q.cost / max(q.rate, 1e-12)) for q in queries]
    share = 1 - RESERVE - (EXTRA_SHARE if budget.extra_waits else 0.0)
    per_second = share * budget.hourly / HOUR

    def intervals(price: float) -> list[float]:
        return [min(max(price * i, q.fastest), s) for i, q, s in zip(ideal, queries, slow, strict=True)]

    def cost(price: float) -> float:
        return sum(q.cost / t for q, t in zip(queries, intervals(price), strict=True))

    low = math.sqrt(WORTH)
    if cost(low) <= per_second:
        return intervals(low)
    high = max(s / i for s, i in zip(slow, ideal, strict=True))
    if high <= low or cost(high) >= per_second:
        return slow
    for _ in range(30):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if cost(middle) <= per_second else (middle, high)
        if high / low < 1.01:
            break
    return intervals(high)


def due_at(query: Query, every: float, *, seed: int = 0) -> float:
    """When a query is due again, given the seconds between two of its polls."""
    if query.last is None:
        return query.first
    if 0 < query.behind <= DEEPER:
        return query.last + min(every, max(SOON, query.delay))
    if query.behind or query.new >= GREW:
        every = max(query.fastest, every / 2)
    early = JITTER * zlib.crc32(f"{seed}|{query.key}|{query.last:.3f}".encode()) / 2**32
    return query.last + max(query.fastest, every * (1 - early))


def choose(
    queries: Sequence[Query],
    budget: Budget,
    now: float,
    every: Sequence[float],
    *,
    seed: int = 0,
    floors: bool = True,
) -> Turn | None:
    """The query whose turn it is, or None where none is due or the budget has no room.

    First come queries whose floor is reached, and while one of them waits for room nobody else is served; then the others,
    by how late they are for their pace. Nobody takes the room that the floors of the others still need in this hour, so
    that a burst starves no quiet query.

    Args:
        queries: all queries of the platform.
        budget: of the platform.
        now: seconds.
        every: seconds between two polls of each query, in order, as ``spread`` finds them or as somebody fixed them.
        seed: of the jitter.
        floors: False: the intervals are fixed, no floor is kept.
    """
    stretch = stretch_of(queries, budget) if floors else 1.0
    due = []
    for place, (query, seconds) in enumerate(zip(queries, every, strict=True)):
        if query.waits or (at := due_at(query, seconds, seed=seed)) > now:
            continue
        floor = query.slowest * stretch
        on_floor = floors and (query.last is None or now - query.last >= floor * (1 - JITTER))
        began = query.last if query.last is not None else at - seconds
        late = (now - began) / (floor if on_floor else max(at - began, 1.0))
        due.append((not on_floor, -late, place, at))
    owing = _owing(queries, stretch, now) if floors and due else []
    for not_floor, _, place, at in sorted(due):
        query = queries[place]
        needs = min(_needs(query), budget.hourly)
        others = [o for o in owing if o[2] != place]
        again = _owing([dataclasses.replace(query, waits=True)], stretch, now) if floors else []
        room = math.floor(_free(budget, sorted([*others, *again]), now) - budget.extra_owed + 1e-9)
        if not not_floor and budget.room(now) >= needs:
            room = max(room, needs)  # its turn is before those of the others
        if room >= needs:
            return Turn(key=query.key, due=at, every=every[place], allowance=room)
        if not not_floor:
            return None
    return None


def room_for_extra(queries: Sequence[Query], budget: Budget, now: float) -> int:
    """Requests that a poll of known posts may make now: what the floors of the queries do not need."""
    return max(0, math.floor(_free(budget, _owing(queries, stretch_of(queries, budget), now), now) + 1e-9))


def _needs(query: Query) -> int:
    """Requests without which its poll is not begun."""
    return math.ceil(query.cost - 1e-9)


def _owing(queries: Sequence[Query], stretch: float, now: float) -> list[tuple[float, float, int]]:
    """(when, requests, place) of the polls that the floors demand within the next hour, the earliest first."""
    owing = []
    for place, query in enumerate(queries):
        if query.last is None and not query.waits:
            continue
        every = query.slowest * stretch
        at = now + every if query.waits or query.last is None else max(now, query.last + every)
        while at <= now + HOUR:
            owing.append((at, float(_needs(query)), place))
            at += every
    return sorted(owing)


def _free(budget: Budget, owing: Sequence[tuple[float, float, int]], now: float) -> float:
    """Requests that can be made now without taking the room of a poll that a floor demands later in this hour."""
    free = budget.room(now)
    history, spent, oldest = budget.history, budget.hourly - budget.reserved - budget.room(now), 0
    while oldest < len(history) and history[oldest][0] <= now - HOUR:
        oldest += 1
    demanded = 0.0
    for at, cost, _ in owing:
        while oldest < len(history) and history[oldest][0] <= at - HOUR:
            spent -= history[oldest][1]
            oldest += 1
        demanded += cost
        free = min(free, budget.hourly - budget.reserved - spent - demanded)
    return free
