from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.alert import Dimension, Level, Matter
from scoring.detectors.surge import detect_surge, detect_surge_now, surge_alert
from scoring.shipped import shipped_rules
from tests.scoring.builders import NOON

START = datetime(2026, 10, 1, tzinfo=UTC)
RULES = shipped_rules().surge


def day_and_night(hour: int) -> int:
    """About 2 by night and 38 at noon."""
    return round(20 - 18 * math.cos(2 * math.pi * hour / 24))


def series(days: int, step: int = 5, **peaks: float) -> list[tuple[datetime, float]]:
    """A quiet, wavering day-and-night series; ``peaks`` are h<hour since start>=factor."""
    points = []
    for i in range(days * 24 * 60 // step):
        at = START + timedelta(minutes=step * i)
        factor = peaks.get(f"h{int((at - START).total_seconds() // 3600)}", 1.0)
        points.append((at, float(round((day_and_night(at.hour) + (i * 7919 % 5) - 2) * factor))))
    return points


def alarms(points: list[tuple[datetime, float]]) -> list[float]:
    return [(p.at - START).total_seconds() / 3600 for p in detect_surge(points) if p.alarm]


def test_a_surge_alarms_once_and_early() -> None:
    assert len(alarms(series(10, h200=4, h201=4, h202=4))) == 1
    (hour,) = alarms(series(10, h200=4, h201=4, h202=4))
    assert 200 <= hour < 201


def test_day_and_night_are_no_surge() -> None:
    assert alarms(series(14)) == []


def test_small_counts_do_not_shout() -> None:
    points = [(START + timedelta(hours=i), 1.0 if i % 5 == 0 else 0.0) for i in range(500)]
    points[400] = (points[400][0], 4.0)
    assert alarms(points) == []


def test_a_surge_by_night_counts_against_the_night() -> None:
    (hour,) = alarms(series(28, h602=9))
    assert 602 <= hour < 603


@given(st.integers(1, 700), st.lists(st.integers(0, 500), min_size=1, max_size=20))
@settings(max_examples=20, deadline=None)
def test_a_points_score_uses_only_the_past(cut: int, future: list[int]) -> None:
    points = series(3)
    tail = [(points[-1][0] + timedelta(minutes=5 * (i + 1)), float(v)) for i, v in enumerate(future)]
    whole = detect_surge(points[:cut] + [(at, v * 9) for at, v in points[cut:]] + tail)
    assert detect_surge(points[:cut]) == whole[:cut]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(allow_nan=True, allow_infinity=True)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_series_is_judged(rows: list[tuple[int, float]]) -> None:
    points = [(START + timedelta(seconds=s), v) for s, v in sorted(rows, key=lambda r: r[0])]
    found = detect_surge(points)
    assert len(found) == len(points)
    assert all(0.0 <= p.score <= 1.0 for p in found)


def test_missing_hours_and_another_sampling_change_little() -> None:
    whole = series(10, h200=5, h201=5, h202=5)
    holes = [p for i, p in enumerate(whole) if i % 11 and not 1000 < i < 1200]
    assert len(alarms(holes)) == 1 and 200 <= alarms(holes)[0] < 202
    assert len(alarms(series(10, step=60, h200=5, h201=5, h202=5))) == 1


def hours(days: int, last: int) -> list[int]:
    """Complaint counts by hour whose last hour, one at noon, brings ``last``."""
    return [day_and_night((i - days * 24 + 12) % 24) + (i * 31 % 5) - 2 for i in range(days * 24)] + [last]


@pytest.mark.parametrize(
    ("hourly", "alarm"),
    [
        ([], False),
        ([1, 2, 60], False),  # too little history
        (hours(14, 38), False),
        (hours(14, 41), False),  # less than 30 %
        (hours(14, 75), True),
        ([0] * 300 + [3], False),  # small counts
        ([0] * 300 + [5], False),
        ([0] * 300 + [9], True),
        ([5, 6, 4, 5, 7, 5] * 50 + [9], False),  # may be chance
        ([5, 6, 4, 5, 7, 5] * 50 + [25], True),
        ([500] * 300 + [640], False),
        ([500] * 300 + [700], True),
        ([4000] * 300 + [6000], True),
    ],
)
def test_the_last_hour_against_its_own_baseline(hourly: list[int], alarm: bool) -> None:
    decision = detect_surge_now(hourly, RULES)
    assert decision.alarm is alarm, decision
    assert decision.reason


def test_the_same_count_is_a_surge_by_night_and_none_at_noon() -> None:
    night = [day_and_night(i % 24) for i in range(14 * 24)] + [30]
    assert detect_surge_now(night, RULES).alarm
    assert not detect_surge_now(hours(14, 30), RULES).alarm


def test_last_weeks_crisis_is_no_baseline() -> None:
    row = hours(21, 75)
    row[-1 - 168] = 900
    assert detect_surge_now(row, RULES).alarm


@given(st.lists(st.integers(0, 3000), max_size=400))
@settings(max_examples=60, deadline=None)
def test_more_complaints_are_never_less_of_a_surge(hourly: list[int]) -> None:
    calm = detect_surge_now(hourly, RULES)
    assert 0.0 <= calm.probability <= 1.0
    if calm.alarm:
        assert detect_surge_now([*hourly[:-1], hourly[-1] + 50], RULES).alarm


def test_the_alert_of_d3_says_against_what() -> None:
    decision = detect_surge_now(hours(14, 90), RULES)
    matter = Matter(brand="星河咖啡", product="轻享拿铁")
    alert = surge_alert(decision, RULES, matter, dimension=Dimension.PRODUCT, value="轻享拿铁", at=NOON)
    assert alert is not None
    assert (alert.rule, alert.level, alert.since) == ("D3", Level.ORANGE, NOON - timedelta(hours=1))
    assert "expected" in " ".join(r.evidence for r in alert.reasons)
    assert (
        surge_alert(detect_surge_now([], RULES), RULES, matter, dimension=Dimension.PRODUCT, value="", at=NOON) is None
    )
