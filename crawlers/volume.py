"""How much usually comes from a source, by hour of day, and when nothing coming is no calm (W6). Pure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from records.source import HourCount

KEPT = timedelta(days=28)
"""Hours are kept and compared so long: four weeks, each day of the week alike."""
DAYS_NEEDED = 5
"""An hour of the day has an expectation once it was watched on so many days."""
SILENT_FROM = 7.0
"""Expected mentions of which none came. Where arrivals are independent, the chance of none where ``m`` are expected is
exp(-m) (Poisson; NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.6.19): exp(-7) = 0.0009. Posts come in bursts, so
quiet spells are likelier than that; the median, which bursts do not lift, is what is expected, for the same reason."""
LEARNT_AFTER = timedelta(days=7)
"""A silence is no measure of what usually comes; one that lasts longer slowly becomes the new normal (after two weeks)."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Polls succeed, and far fewer mentions come than usual: none."""

    since: datetime
    """Aware; the last mention that was new, or since when the source is seen again."""
    expected: float
    """Mentions that usually come in this time."""


def expected_by_hour(hours: Sequence[HourCount], *, now: datetime, zone: tzinfo) -> dict[int, float]:
    """Hour of day (0-23 in ``zone``) → mentions that usually come in it: the median over the days on which the source was
    seen in that hour. Hours with less than ``DAYS_NEEDED`` days are left out; so is the hour that is not over.
    """
    seen: dict[int, dict[date, int]] = defaultdict(dict)
    for count in hours:
        if count.looks and now - KEPT <= count.hour and count.hour + _HOUR <= now:
            local = count.hour.astimezone(zone)
            seen[local.hour][local.date()] = seen[local.hour].get(local.date(), 0) + count.new
    return {hour: statistics.median(days.values()) for hour, days in seen.items() if len(days) >= DAYS_NEEDED}


def expected_between(
    hours: Sequence[HourCount], expected: dict[int, float], *, since: datetime, now: datetime, zone: tzinfo
) -> float:
    """Mentions that usually come between two moments, over the hours in which the source was seen; parts of hours count
    in part."""
    total = 0.0
    for count in hours:
        begin, end = max(count.hour, since), min(count.hour + _HOUR, now)
        if count.looks and begin < end:
            total += expected.get(count.hour.astimezone(zone).hour, 0.0) * ((end - begin) / _HOUR)
    return total


def judge_silence(
    hours: Sequence[HourCount],
    *,
    last_new_at: datetime | None,
    seen_since: datetime | None,
    now: datetime,
    zone: tzinfo,
) -> Silence | None:
    """Whether a source that answers is suspiciously silent for a brand.

    Args:
        hours: of this source and brand, the present hour included.
        last_new_at: when a mention came last that was new; None = never, then nothing is expected either.
        seen_since: end of the last outage; what was not seen before it is no silence.
        now: aware.
        zone: people's zone, whose hours of day are compared.

    Returns:
        The silence where ``SILENT_FROM`` or more mentions usually come in the time since then.
    """
    if last_new_at is None:
        return None
    since = max(last_new_at, seen_since) if seen_since else last_new_at
    usual = expected_by_hour(hours, now=since if now - since < LEARNT_AFTER else now, zone=zone)
    expected = expected_between(hours, usual, since=since, now=now, zone=zone)
    return Silence(since=since, expected=expected) if expected >= SILENT_FROM else None
