"""Is a source seen or not (W6)? Pure: the last poll and what was known before give what is known now, and the change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from records.outcome import Outcome, PollResult
from records.source import SourceHealth

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


def judge_health(
    previous: SourceHealth | None,
    result: PollResult,
    *,
    brand: str,
    now: datetime,
    speed: float = 1.0,
) -> tuple[SourceHealth, Change | None]:
    """What is known of a source after a poll.

    Args:
        previous: what was known before; None for the first poll.
        result: how the poll ended.
        brand: brand the source is watched for.
        now: aware time of the judgement.
        speed: how much faster than the clock time runs (a drill): waits are divided by it, but not a wait that the site
            itself asked for.

    Returns:
        (health, change): ``went_blind`` when a source that was seen is not seen any more (one block or change of page, or
        three unproven looks in a row), ``recovered`` when a blind source is seen again, None otherwise. ``next_try_at``
        is None for a source that is seen: the schedule's own interval holds.
    """
    saw = result.outcome.saw
    was_blind = previous is not None and previous.blind_since is not None
    same = previous is not None and previous.outcome.saw == saw
    streak = previous.streak + 1 if previous is not None and same else 1
    blind = not saw and (was_blind or _is_certain(result.outcome) or streak >= SUSPECTS_UNTIL_BLIND)
    last_good = now if saw else previous.last_good_at if previous else None
    blind_since = None
    if blind:
        blind_since = previous.blind_since if previous and was_blind else last_good or now
    health = SourceHealth(
        source=result.request.source,
        brand=brand,
        outcome=result.outcome,
        detail=result.detail,
        last_try_at=now,
        last_good_at=last_good,
        blind_since=blind_since,
        streak=streak,
        next_try_at=None if saw else now + wait_after(result, streak, speed=speed),
        told_at=previous.told_at if previous and blind and was_blind else None,
        mentions_total=(previous.mentions_total if previous else 0) + len(result.mentions),
    )
    change: Change | None = None
    if blind != was_blind:
        change = "went_blind" if blind else "recovered"
    return health, change


def wait_after(result: PollResult, streak: int, *, speed: float = 1.0) -> timedelta:
    """How long a source that was not seen is left alone: growing per kind, and never shorter than the site asked for."""
    first, factor, longest = BACK_OFF.get(result.outcome, BACK_OFF[Outcome.NETWORK])
    seconds = min(first * factor ** min(streak - 1, 20), longest) / speed
    return timedelta(seconds=max(seconds, result.retry_after or 0.0))


def _is_certain(outcome: Outcome) -> bool:
    return outcome not in (Outcome.SUSPECT, Outcome.NETWORK)
