"""Is a source seen or not (W6)? Pure: the last poll and what was known before give what is known now, and the change.

Every eye (a source's search over all brands; each further task of a source) has a breaker, closed while it sees::

    closed ──a block, a changed page, a failed control query, or the third unproven look in a row──▶ open
    open   ──at the next try a cheap probe is made (half-open)──▶ closed where it sees, else open with a longer wait
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from crawlers.options import Options
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.source import Breaker, SourceHealth

Change = Literal["went_blind", "recovered"]

SUSPECTS_UNTIL_BLIND = 3
"""Unproven or failed looks in a row that count as not seeing; a block or a changed page counts at once."""

MINUTE, HOUR = 60.0, 3600.0

BACK_OFF: dict[Outcome, tuple[float, float, float]] = {
    Outcome.NETWORK: (15, 2, 15 * MINUTE),
    Outcome.SUSPECT: (15, 2, 30 * MINUTE),
    Outcome.BLOCKED_RATE: (15 * MINUTE, 4, 24 * HOUR),
    Outcome.BLOCKED_LOGIN: (10 * MINUTE, 2, 6 * HOUR),
    Outcome.BLOCKED_CAPTCHA: (30 * MINUTE, 2, 12 * HOUR),
    Outcome.BLOCKED_BOT: (HOUR, 4, 24 * HOUR),
    Outcome.BLOCKED_GEO: (HOUR, 4, 24 * HOUR),
    Outcome.BLOCKED_QUOTA: (HOUR, 2, 24 * HOUR),
    Outcome.CHANGED: (5 * MINUTE, 2, 6 * HOUR),
    Outcome.GONE: (HOUR, 2, 24 * HOUR),
}
"""Outcome → first wait in seconds, factor for each further poll in a row, longest wait. Rate limits wait 15 min, 1 h, 4 h,
16 h; refusals that a person has to lift (login, captcha) are looked at again a few times a day."""

JITTER = 0.1
"""A wait is lengthened by up to this share, so that sources which failed together are not tried in one moment."""

RELAPSE = timedelta(hours=1)
"""A source that fails in the same way so soon after it became well was not well: its wait goes on growing."""

PROBE_GRACE = timedelta(minutes=10)
"""A probe that has not come back so long after it was due was lost: normal polls go through again."""

_OF_ALL_TASKS = frozenset({Outcome.BLOCKED_RATE, Outcome.BLOCKED_CAPTCHA, Outcome.BLOCKED_BOT})
"""Refusals of whoever asks, whatever was asked for; a login or a layout may be missing for one task only."""


def has_seen(result: PollResult) -> bool:
    """True when the eyes worked: mentions came, or a positive "nothing"; a control query has to find something."""
    if result.control == "failed":
        return False
    if result.request.task is Task.CONTROL:
        return result.outcome is Outcome.ITEMS
    return result.outcome.saw


def note_look(previous: SourceHealth | None, result: PollResult, *, new: int, now: datetime) -> SourceHealth:
    """What is known of a source for one brand after a poll of its search; whether it is blind is the breaker's matter.

    Args:
        previous: what was known before; None for the first poll.
        result: how the poll ended.
        new: mentions it brought that were not known.
        now: aware time of the judgement.
    """
    before = previous or SourceHealth(
        source=result.request.source, brand=result.request.brand, outcome=result.outcome, last_try_at=now
    )
    saw = has_seen(result)
    same = previous is not None and previous.outcome.saw == saw
    return dataclasses.replace(
        before,
        outcome=outcome_of(result),
        detail=result.detail,
        last_try_at=now,
        last_good_at=now if saw else before.last_good_at,
        streak=before.streak + 1 if same else 1,
        mentions_total=before.mentions_total + new,
        last_new_at=now if new else before.last_new_at,
        control=result.control or before.control,
        control_at=now if result.control else before.control_at,
    )


def task_of_eye(result: PollResult) -> str:
    """Whose sight a poll tells of: "" the source's search, else the task."""
    task = result.request.task
    searches = task in (Task.SEARCH, Task.CONTROL)
    return "" if searches or result.outcome in _OF_ALL_TASKS else str(task)


def judge_breaker(
    previous: Breaker | None, result: PollResult, *, now: datetime, speed: float = 1.0
) -> tuple[Breaker, Change | None]:
    """An eye's breaker after a poll.

    A poll that was under way when another one failed says nothing about now: while the eye rests only a longer
    Retry-After and the latest kind of trouble are taken from it.

    Args:
        previous: the breaker before, of the eye that ``task_of_eye`` names; None for the first poll.
        result: how the poll ended, for whichever brand and query.
        now: aware time of the judgement.
        speed: how much faster than the clock time runs (a drill): waits are divided by it, but not a wait that the site
            itself asked for.

    Returns:
        (breaker, change): ``went_blind`` when it opened, ``recovered`` when it closed, None otherwise. Between two
        ``recovered`` there is exactly one ``went_blind``.
    """
    before = previous or Breaker(source=result.request.source, task=task_of_eye(result))
    resting = before.next_try_at is not None and now < before.next_try_at
    if _says_nothing(result):
        return before, None
    if before.is_open and resting:
        return (before if has_seen(result) else _worse(before, result, now)), None
    if has_seen(result):
        return _closed(before, result, now)
    if not before.is_open and not _is_certain(result):
        if resting:
            return before, None
        if before.doubts + 1 < SUSPECTS_UNTIL_BLIND:
            doubted = dataclasses.replace(_told_by(before, result), doubts=before.doubts + 1)
            return _resting(doubted, result, doubted.doubts, now, speed), None
    return _opened(before, result, now, speed)


def _closed(before: Breaker, result: PollResult, now: datetime) -> tuple[Breaker, Change | None]:
    well = dataclasses.replace(
        _told_by(before, result),
        is_open=False,
        last_good_at=now,
        unseen_since=None,
        doubts=0,
        next_try_at=None,
        closed_at=now if before.is_open else before.closed_at,
    )
    if before.is_open:  # how it failed is remembered for RELAPSE
        return dataclasses.replace(well, outcome=before.outcome), "recovered"
    if well.closed_at is None or now - well.closed_at > RELAPSE:
        return dataclasses.replace(well, tries=0), None
    return dataclasses.replace(well, outcome=before.outcome), None


def _opened(before: Breaker, result: PollResult, now: datetime, speed: float) -> tuple[Breaker, Change | None]:
    goes_on = before.is_open or (before.closed_at is not None and now - before.closed_at <= RELAPSE)
    tries = before.tries + 1 if goes_on and before.outcome is outcome_of(result) else 1
    if not before.is_open and result.outcome in (Outcome.NETWORK, Outcome.SUSPECT):
        tries = max(tries, SUSPECTS_UNTIL_BLIND)  # the doubts before it were tries too
    opened = dataclasses.replace(
        _told_by(before, result),
        is_open=True,
        unseen_since=before.unseen_since if before.is_open else before.last_good_at or now,
        doubts=0,
        tries=tries,
    )
    return _resting(opened, result, tries, now, speed), None if before.is_open else "went_blind"


def _worse(before: Breaker, result: PollResult, now: datetime) -> Breaker:
    asked = now + timedelta(seconds=result.retry_after or 0.0)
    later = max(before.next_try_at or asked, asked)
    return dataclasses.replace(_told_by(before, result), next_try_at=later)


def _resting(breaker: Breaker, result: PollResult, streak: int, now: datetime, speed: float) -> Breaker:
    wait = wait_after(result, streak, speed=speed, seed=f"{breaker.eye} {now.isoformat()}")
    return dataclasses.replace(breaker, next_try_at=now + wait)


def _told_by(before: Breaker, result: PollResult) -> Breaker:
    return dataclasses.replace(before, outcome=outcome_of(result), detail=result.detail, brand=result.request.brand)


def outcome_of(result: PollResult) -> Outcome:
    """The poll's outcome, where a control query that found nothing is no positive "nothing"."""
    return Outcome.SUSPECT if result.outcome.saw and not has_seen(result) else result.outcome


def wait_after(result: PollResult, streak: int, *, speed: float = 1.0, seed: str | None = None) -> timedelta:
    """How long a source that was not seen is left alone: growing per kind, and never shorter than the site asked for.

    Args:
        streak: failures of this kind in a row, from 1.
        seed: what the jitter is drawn from; None = no jitter.
    """
    first, factor, longest = BACK_OFF.get(outcome_of(result), BACK_OFF[Outcome.NETWORK])
    seconds = min(first * factor ** min(streak - 1, 20), longest) / speed
    if seed is not None:
        seconds *= 1 + JITTER * random.Random(seed).random()
    return timedelta(seconds=max(seconds, result.retry_after or 0.0))


def _says_nothing(result: PollResult) -> bool:
    """True for a poll that ended before it saw anything because its share of the budget was used up: our own doing."""
    return result.outcome is Outcome.SUSPECT and not result.caught_up and not result.control


def _is_certain(result: PollResult) -> bool:
    if outcome_of(result) is Outcome.SUSPECT:
        return result.control == "failed" or result.request.task is Task.CONTROL
    return result.outcome is not Outcome.NETWORK


# -- resting and probing ----------------------------------------------------------------------------------------------


def is_resting(request: PollRequest, breakers: Iterable[Breaker], now: datetime) -> bool:
    """True while a poll is not to be made, because what it would look with does not see.

    While a source's search is open, no poll of any brand and task is made but its probe, once that is due. An eye of one
    task rests that task alone, and its next normal poll is its probe.

    Args:
        request: a poll that is about to be planned or made.
        breakers: all breakers, or those of the request's source.
    """
    for breaker in breakers:
        if breaker.source != request.source or breaker.next_try_at is None:
            continue
        if breaker.task not in ("", str(request.task)):
            continue
        until = breaker.next_try_at
        if breaker.is_open and not breaker.task and request.task is not Task.CONTROL and _has_control(request):
            until += PROBE_GRACE
        if now < until:
            return True
    return False


def make_probe(template: PollRequest) -> PollRequest:
    """The cheapest look that proves a source's eyes: its control query, or where it has none the template's own search;
    one page."""
    word = Options.of(template).text("control")
    options = {**dict(template.options), "pages": "1"}
    return dataclasses.replace(
        template,
        task=Task.CONTROL if word else Task.SEARCH,
        query=word or template.query,
        limit=5 if word else template.limit,
        options=tuple(sorted(options.items())),
        targets=(),
        cursor=None,
        deep=False,
    )


def _has_control(request: PollRequest) -> bool:
    return bool(Options.of(request).text("control"))
