"""Looking again: faster while it grows, slower as it calms, never beyond the bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.growth import (
    CALM_AFTER,
    FASTEST,
    FIRST,
    OVER_AFTER,
    SLOWEST,
    Growth,
    measure_growth,
    next_comments,
    next_look,
)
from records.mention import Engagement

T0 = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sights(*figures: tuple[float, int], approximate: frozenset[str] = frozenset()):
    return [(T0 + timedelta(minutes=m), Engagement(likes=n, approximate=approximate)) for m, n in figures]


def test_growth_is_a_share_an_hour_between_the_last_two_sights_that_are_apart() -> None:
    assert measure_growth(sights((0, 100), (30, 150))).per_hour == pytest.approx(1.0)
    assert measure_growth(sights((0, 100), (59.5, 100), (60, 150))).per_hour == pytest.approx(0.5)
    assert measure_growth(sights((0, 1), (60, 2))).per_hour == pytest.approx(0.1), "from 1 to 2 is no doubling"


def test_what_is_not_known_is_not_zero() -> None:
    assert measure_growth([]) == Growth(per_hour=None, reactions=None)
    assert measure_growth(sights((0, 100))).per_hour is None
    assert measure_growth([(T0, Engagement()), (T0 + HOUR, Engagement(likes=3))]).per_hour is None
    rounded = sights((0, 12000), (60, 12000), approximate=frozenset({"likes"}))
    assert measure_growth(rounded).per_hour is None
    assert measure_growth(sights((0, 100), (60, 100))).per_hour == 0
    plays = [(T0, Engagement(reads=100)), (T0 + HOUR, Engagement(reads=200))]
    assert measure_growth(plays) == Growth(per_hour=1.0, reactions=200)


def test_a_growing_post_is_looked_at_sooner_and_a_calm_one_later() -> None:
    first = next_look(Growth(per_hour=None, reactions=5), every=None, age=HOUR)
    assert first == FIRST
    fast = next_look(Growth(per_hour=1.0, reactions=5), every=first, age=HOUR)
    faster = next_look(Growth(per_hour=2.0, reactions=5), every=first, age=HOUR)
    assert (fast, faster) == (900.0, 450.0)
    calm = next_look(Growth(per_hour=0.0, reactions=5), every=900.0, age=HOUR)
    unknown = next_look(Growth(per_hour=None, reactions=5), every=900.0, age=HOUR)
    assert (calm, unknown) == (1800.0, 1350.0)


def test_a_calm_old_post_is_let_go_and_a_rising_old_one_is_not() -> None:
    old = CALM_AFTER + HOUR
    assert next_look(Growth(per_hour=0.0, reactions=5), every=SLOWEST, age=old) is None
    assert next_look(Growth(per_hour=0.5, reactions=5), every=SLOWEST, age=old) == 1800.0
    assert next_look(Growth(per_hour=9.0, reactions=5), every=300.0, age=OVER_AFTER + HOUR) is None


def test_comments_are_read_sooner_while_they_come() -> None:
    assert next_comments(0, every=None, age=HOUR) == FASTEST
    assert [next_comments(n, every=1200.0, age=HOUR) for n in (0, 1, 5, 50)] == [2400.0, 1200.0, 600.0, 600.0]
    assert next_comments(0, every=SLOWEST, age=CALM_AFTER + HOUR) is None


@given(
    rate=st.none() | st.floats(0, 1e9),
    more=st.floats(0, 1e9),
    every=st.none() | st.floats(FASTEST, SLOWEST),
    hours=st.floats(0, 24 * 40),
)
def test_more_growth_never_waits_longer_and_waits_stay_in_bounds(rate, more, every, hours) -> None:
    age = timedelta(hours=hours)
    wait = next_look(Growth(per_hour=rate, reactions=1), every=every, age=age)
    assert wait is None or FASTEST <= wait <= SLOWEST
    if rate and wait is not None:
        sooner = next_look(Growth(per_hour=rate + more, reactions=1), every=every, age=age)
        assert sooner is not None and sooner <= wait


def test_a_new_post_that_many_queries_find_at_once_is_looked_at_no_later() -> None:
    every = next_look(Growth(per_hour=None, reactions=5), every=None, age=HOUR / 3)
    for growth in (None, 0.0) * 4:
        again = next_look(Growth(per_hour=growth, reactions=5), every=every, age=HOUR / 3, looked=False)
        assert again == every
    old = next_look(Growth(per_hour=0.0, reactions=5), every=every, age=10 * HOUR, looked=False)
    assert old == 2 * every, "what stands calm in the searches for hours is calm"
