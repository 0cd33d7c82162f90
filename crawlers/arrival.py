"""What the polls of a query teach about it: how fast new posts come, what a poll costs, whether it keeps up (W4). Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from records.mention import Mention, TimePrecision
from records.outcome import PollResult
from records.query import QueryState

FAST, SLOW = 900.0, 6 * 3600.0
"""Time constants of the two estimates in seconds: one follows a burst, the other remembers the day."""
PRIOR_NEW, PRIOR_SECONDS = 0.5, 1800.0
"""What is believed of a query before its first poll: half a post in half an hour."""
DAY = 86400.0
LATE = timedelta(minutes=10)
"""A post that was published longer than this before the last poll surfaced late: it says nothing about the rate."""
LAST = 3
"""A poll has reached what was known if its last so many mentions were, even where it ended at a limit."""
EXACT = (TimePrecision.EXACT, TimePrecision.MINUTE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rates:
    """New posts a second."""

    fast: float
    slow: float

    @property
    def expected(self) -> float:
        """What is planned with: the burst while there is one, else the habit."""
        return max(self.fast, self.slow)


PRIOR = Rates(fast=PRIOR_NEW / PRIOR_SECONDS, slow=PRIOR_NEW / PRIOR_SECONDS)


def rates_of(state: QueryState | None) -> Rates:
    """What is believed of a query now; the prior before anything of it was seen."""
    if state is None or state.last_seen_at is None:
        return PRIOR
    return Rates(fast=state.rate_fast, slow=state.rate_slow)


def first_rates(ages: Sequence[float], *, whole: bool) -> Rates:
    """The rates that a first look shows by the ages of its posts, held back by the prior.

    Args:
        ages: seconds since its posts were published.
        whole: True where the look reached the end of the results, so that the silence before the oldest post is real.
    """
    recent = [age for age in ages if age <= DAY]
    seconds = DAY
    if not whole and recent and len(recent) == len(ages):
        seconds = max(60.0, max(recent))
    rate = (len(recent) + PRIOR_NEW) / (seconds + PRIOR_SECONDS)
    return Rates(fast=rate, slow=rate)


def learn_rates(rates: Rates, new: int, seconds: float) -> Rates:
    """The rates after a poll: exponentially weighted by the time that it covers.

    Args:
        rates: before the poll.
        new: posts that came since the last look.
        seconds: time since then.
    """
    seconds = max(seconds, 1.0)

    def after(rate: float, constant: float) -> float:
        kept = math.exp(-seconds / constant)
        return rate * kept + new / seconds * (1 - kept)

    return Rates(fast=after(rates.fast, FAST), slow=after(rates.slow, SLOW))


def learn_cost(cost: float, requests: int, polls: int) -> float:
    """Mean requests of a poll: the first poll says it alone, later ones count a fifth."""
    return max(1.0, float(requests) if polls == 0 else cost + (requests - cost) * 0.2)


def note_poll(state: QueryState, result: PollResult, known: frozenset[str], now: datetime) -> QueryState:
    """What is known of a query after a poll.

    Args:
        state: before it.
        result: how it went.
        known: keys of those of its mentions that were stored before it.
        now: end of the poll, aware.
    """
    new = sum(m.key not in known for m in result.mentions)
    after = dataclasses.replace(
        state,
        polls=state.polls + 1,
        cost=learn_cost(state.cost, result.requests, state.polls) if result.requests else state.cost,
        last_at=now,
        new=new,
        found=state.found + new,
        cursor=result.cursor if result.outcome.saw else state.cursor,
    )
    if not result.outcome.saw:
        return after
    rates = _rates_after(state, result, known, now)
    first = state.last_seen_at is None
    reached = first or result.caught_up or _joins(result.mentions, known)
    return dataclasses.replace(
        after,
        rate_fast=rates.fast,
        rate_slow=rates.slow,
        last_seen_at=now,
        last_deep_at=now if first or result.request.deep else state.last_deep_at,
        behind=0 if reached else state.behind + 1,
    )


def _rates_after(state: QueryState, result: PollResult, known: frozenset[str], now: datetime) -> Rates:
    before = state.last_seen_at
    if before is None:
        ages = [(now - m.happened_at).total_seconds() for m in result.mentions if m.key not in known]
        return first_rates(ages, whole=result.caught_up)
    since = before - LATE
    fresh = [m for m in result.mentions if m.key not in known and _came_after(m, since)]
    seconds = (now - before).total_seconds()
    if not result.caught_up and not _joins(result.mentions, known) and fresh:
        # cut off in the flood: what was read covers less time than has passed
        oldest = min(m.happened_at for m in fresh)
        seconds = min(seconds, max(1.0, (now - oldest).total_seconds()))
    return learn_rates(rates_of(state), len(fresh), seconds)


def _came_after(mention: Mention, since: datetime) -> bool:
    return mention.time_precision not in EXACT or mention.happened_at > since


def _joins(mentions: Sequence[Mention], known: frozenset[str]) -> bool:
    return bool(mentions) and all(m.key in known for m in mentions[-LAST:])
