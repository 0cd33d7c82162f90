"""Surges (D3): ``detect_surge`` over a time series, ``detect_surge_now`` for the live hourly complaint counts of a brand.

Both are causal: a point is judged by its past only. Counts are compared as square roots, where the scatter of a Poisson
count is the same at every height, so that 1 → 3 complaints do not shout.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.alert import Alert, Count, Dimension, Matter
from scoring.assessment import Reason
from scoring.rules import SurgeRules

SMOOTH = timedelta(minutes=30)
LEVEL_HALF_LIFE = 7 * 24.0
"""Hours after which the slow level has gone half of the way to a new one."""
SPREAD_HALF_LIFE = 4 * 24.0
SPREAD_HALF_LIFE_AT_FIRST = 12.0
"""For three days, until the scatter is known at all."""
PROFILE_RATE = 0.12
"""How far an hour of the day (or day of the week) moves to what was seen, per observed hour."""
RECORD_FADE = 0.04
"""The record surge fades by this rate a day (half in 17 days): a new alarm has to beat it."""
LEAST_SCATTER = 0.35
LEAST_SURGE = 3.0
"""Scatters above the baseline below which nothing alarms."""
WARM_UP = 24.0
"""Hours of history before the first alarm, and before records count."""
STRANGE = 2.0
"""While an hour of the day is not yet known, its surge has to be this many times clearer."""
QUIET = timedelta(hours=24)
"""No second alarm within this time: one surge, one alarm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgePoint:
    at: datetime
    value: float
    score: float
    """0–1; 0.5 and more = above every fading record of the past."""
    alarm: bool


class _Baseline:
    """Slow level plus offsets of hour and weekday, robust against what it is to find (residuals are clipped)."""

    def __init__(self) -> None:
        self.level: float | None = None
        self.variance = 1.0
        self._hours = [0.0] * 24
        self._hours_seen = [0.0] * 24
        self._days = [0.0] * 7
        self._days_seen = [0.0] * 7

    def knows(self, at: datetime) -> bool:
        """Has this hour of the day been seen on two days?"""
        return self._hours_seen[at.hour] >= 2

    def expect(self, at: datetime) -> float | None:
        if self.level is None:
            return None
        hour, day = at.hour, at.weekday()
        expected = self.level
        if self.knows(at):
            expected += self._hours[hour]
        if self._days_seen[day] >= 48:
            expected += self._days[day]
        return expected

    @property
    def scatter(self) -> float:
        return max(math.sqrt(self.variance), LEAST_SCATTER)

    def learn(self, at: datetime, root: float, hours: float, age: float) -> None:
        """Take in one smoothed point (square root) that stands for ``hours`` of time, ``age`` hours after the start."""
        expected = self.expect(at)
        if self.level is None or expected is None:
            self.level = root
            return
        clip = 3 * self.scatter
        residual = min(max(root - expected, -clip), clip)
        plain = min(max(root - self.level, -clip), clip)
        self.level += (1 - 0.5 ** (hours / LEVEL_HALF_LIFE)) * residual
        if self.knows(at) or age <= 24:
            # On the second day only where day and night are no longer a surprise.
            half_life = SPREAD_HALF_LIFE_AT_FIRST if age <= 72 else SPREAD_HALF_LIFE
            self.variance += (1 - 0.5 ** (hours / half_life)) * (residual * residual - self.variance)
        hour, day = at.hour, at.weekday()
        known = self.knows(at)
        # Slowly: a profile learned in a few odd days would hide what it should show.
        self._hours[hour] += min(1.0, PROFILE_RATE * hours) * (residual if known else plain)
        self._hours_seen[hour] += hours
        self._days[day] += min(1.0, PROFILE_RATE * hours / 24) * residual
        self._days_seen[day] += hours


def detect_surge(
    points: Sequence[tuple[datetime, float]], *, smallest: float = 5.0, rise: float = 0.3
) -> list[SurgePoint]:
    """Judge every point of a series by the points before it.

    Args:
        points: (time, count), oldest first; any sampling, missing points allowed. Negative and non-finite counts are read as 0.
        smallest: least sum of the smoothed half hour that may alarm.
        rise: least share above the baseline, 0.3 = 30 % (D3).

    Returns:
        One ``SurgePoint`` per point, in order; linear time.
    """
    baseline, recent = _Baseline(), deque[tuple[datetime, float]]()
    result: list[SurgePoint] = []
    record = 0.0
    previous: datetime | None = None
    quiet_until: datetime | None = None
    for at, raw in points:
        value = raw if math.isfinite(raw) and raw > 0 else 0.0
        hours = 1 / 12 if previous is None else min(max((at - previous).total_seconds() / 3600, 0.0), 6.0)
        record *= math.exp(-RECORD_FADE * hours / 24)
        recent.append((at, value))
        while recent[0][0] <= at - SMOOTH and len(recent) > 1:
            recent.popleft()
        total = sum(v for _, v in recent)
        mean = total / len(recent)
        root = math.sqrt(mean + 0.375)
        age = (at - points[0][0]).total_seconds() / 3600
        expected = baseline.expect(at)
        surge = 0.0 if expected is None else max(0.0, (root - expected) / baseline.scatter)
        known = baseline.knows(at)
        threshold = max(LEAST_SURGE if known else LEAST_SURGE * STRANGE, record)
        usual = max((expected or 0.0) ** 2 - 0.375, 0.0)
        counts = total >= smallest and mean >= usual * (1 + rise) and age >= WARM_UP
        score = surge / (surge + threshold) if counts else min(0.49, surge / (surge + threshold))
        alarm = score > 0.5 and (quiet_until is None or at >= quiet_until)
        if alarm:
            quiet_until = at + QUIET
        result.append(SurgePoint(at=at, value=raw, score=round(score, 4), alarm=alarm))
        if known and age >= WARM_UP:
            record = max(record, surge)
        baseline.learn(at, root, hours, age)
        previous = at
    return result


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeDecision:
    """What the last hour says against its own baseline."""

    alarm: bool
    count: int
    baseline: float
    """Complaints to be expected in such an hour."""
    rise: float
    """Share above the baseline, 0.3 = 30 %."""
    probability: float
    """Of so many or more under the baseline."""
    reason: str


def detect_surge_now(hourly: Sequence[int], rules: SurgeRules) -> SurgeDecision:
    """Judge the last of a row of hourly counts (oldest first, no hour left out, the last one ending now).

    The baseline is what this hour of the day brought before, this weekday's above all where three weeks are known, drawn
    towards the mean of the last week, each without its highest hours (a past crisis is no baseline); its scatter is taken from the same hours. An alarm needs the rise of D3 (30 %), at least
    ``rules.smallest`` complaints, and a probability below 1 - ``rules.certainty``.
    """
    count, past = (hourly[-1] if hourly else 0), list(hourly[:-1])
    if len(past) < 6:
        return SurgeDecision(
            alarm=False,
            count=count,
            baseline=0.0,
            rise=0.0,
            probability=1.0,
            reason="too little history: 6 hours are needed",
        )
    overall = _mean(_trimmed(past[-7 * 24 :]))
    days = range(1, 29) if len(past) < 3 * 168 else (*range(1, 8), *range(14, 57, 7))
    seen = _trimmed([past[-24 * day] for day in days if 24 * day <= len(past)])
    # Three imagined hours at the week's mean keep a few odd days from making a baseline of their own.
    baseline = max((sum(seen) + 3 * overall) / (len(seen) + 3), 0.1)
    spread = sum((c - baseline) ** 2 for c in seen) / len(seen) if len(seen) >= 3 else baseline
    probability = _tail(count, baseline, max(spread, baseline))
    rise = count / baseline - 1
    for refused, reason in (
        (count < rules.smallest, f"{count} complaints, fewer than {rules.smallest}"),
        (rise < rules.rise, f"{rise:+.0%} against {baseline:.1f}, less than {rules.rise:+.0%}"),
        (probability > 1 - rules.certainty, f"{count} against {baseline:.1f} may be chance (p = {probability:.3f})"),
    ):
        if refused:
            return SurgeDecision(
                alarm=False, count=count, baseline=baseline, rise=rise, probability=probability, reason=reason
            )
    return SurgeDecision(
        alarm=True,
        count=count,
        baseline=baseline,
        rise=rise,
        probability=probability,
        reason=f"{count} against {baseline:.1f}, {rise:+.0%}",
    )


def surge_alert(
    decision: SurgeDecision,
    rules: SurgeRules,
    matter: Matter,
    *,
    dimension: Dimension,
    value: str,
    at: datetime,
    count: Count | None = None,
    mentions: Sequence[str] = (),
) -> Alert | None:
    """The alert of D3 for a decision, None where it is none. ``at`` is the end of the hour judged (aware UTC)."""
    if not decision.alarm:
        return None
    reasons = (
        Reason(rule="D3", what="complaints in window", evidence=f"{decision.count} in {rules.hours:g} h"),
        Reason(
            rule="D3",
            what="baseline",
            evidence=f"{decision.baseline:.1f} expected, {decision.rise:+.0%}, from {rules.rise:+.0%} on",
        ),
        Reason(rule="D3", what="probability", evidence=f"{decision.probability:.2g} by chance"),
    )
    return Alert(
        rule="D3", matter=matter, dimension=dimension, value=value, level=rules.level, risk=rules.risk, since=at - timedelta(hours=rules.hours),
        at=at, count=count, threshold=round(decision.baseline * (1 + rules.rise), 2), reasons=reasons, mentions=tuple(mentions[:10]),
    )  # fmt: skip


def _trimmed(counts: Sequence[int]) -> list[int]:
    """Without the highest of five or more, or the highest twentieth of many: last week's crisis is no baseline."""
    ordered = sorted(counts)
    return ordered[: -max(1, len(ordered) // 20)] if len(ordered) >= 5 else ordered


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts) if counts else 0.0


def _tail(count: int, mean: float, variance: float) -> float:
    """P(X ≥ count) for a Poisson count, or a negative binomial one where the variance is above the mean."""
    if count <= 0:
        return 1.0
    if count > 2000 or mean > 500:
        return 0.5 * math.erfc((count - 0.5 - mean) / math.sqrt(2 * variance))
    if variance <= mean * 1.001:
        term = math.exp(-mean)
        below = term
        for k in range(1, count):
            term *= mean / k
            below += term
        return max(0.0, 1.0 - below)
    size = mean * mean / (variance - mean)
    share = mean / variance
    log_term = size * math.log(share)
    below = math.exp(log_term)
    for k in range(1, count):
        log_term += math.log((size + k - 1) / k * (1 - share))
        below += math.exp(log_term)
    return max(0.0, 1.0 - below)
