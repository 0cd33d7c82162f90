"""Expected volume by hour of day, and the silence that is no calm."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.volume import DAYS_NEEDED, SILENT_FROM, expected_between, expected_by_hour, judge_silence
from records.source import HourCount
from tests.crawlers.conftest import NOW

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
TODAY = NOW.replace(minute=0, second=0, microsecond=0)


def history(days=10, new=3, *, until=TODAY, looks=4):
    """So many days of hours that each brought ``new`` mentions, up to ``until``."""
    return [HourCount(hour=until - HOUR * n, looks=looks, new=new) for n in range(1, days * 24 + 1)]


def test_the_median_of_the_same_hours_is_expected_in_peoples_zone():
    hours = []
    for day, new in enumerate([2, 2, 3, 90, 3, 4], 1):
        hours.append(HourCount(hour=TODAY - timedelta(days=day), looks=9, new=new))
    expected = expected_by_hour(hours, now=NOW, zone=ZONE)
    assert expected == {TODAY.astimezone(ZONE).hour: 3.0}, "a burst of one day lifts nothing"


def test_hours_that_were_not_watched_or_are_not_over_or_too_old_count_for_nothing():
    few = history(DAYS_NEEDED - 1)
    assert expected_by_hour(few, now=NOW, zone=ZONE) == {}
    unwatched = history(DAYS_NEEDED + 5, looks=0)
    assert expected_by_hour(unwatched, now=NOW, zone=ZONE) == {}
    assert len(expected_by_hour(history(DAYS_NEEDED), now=NOW, zone=ZONE)) == 24
    old = history(DAYS_NEEDED, until=TODAY - timedelta(days=40))
    assert expected_by_hour(old, now=NOW, zone=ZONE) == {}


def quiet(hours_quiet, **past):
    """A history, and then hours of polls that brought nothing new."""
    now = TODAY + HOUR * hours_quiet
    silent = [HourCount(hour=TODAY + HOUR * n, looks=4, new=0) for n in range(hours_quiet + 1)]
    return [*history(**past), *silent], now


@pytest.mark.parametrize(("hours_quiet", "silent"), [(2, False), (3, True)])
def test_a_source_is_silent_once_seven_were_to_be_expected(hours_quiet, silent):
    hours, now = quiet(hours_quiet)
    found = judge_silence(hours, last_new_at=TODAY, seen_since=None, now=now, zone=ZONE)
    assert (found is not None) == silent
    if found:
        assert found.since == TODAY and found.expected == pytest.approx(9)


def test_parts_of_hours_count_in_part():
    hours, now = quiet(3)
    expected = expected_by_hour(hours, now=now, zone=ZONE)
    since = TODAY + timedelta(minutes=20)
    found = expected_between(hours, expected, since=since, now=TODAY + timedelta(minutes=80), zone=ZONE)
    assert found == pytest.approx(3)


def test_what_was_not_seen_is_no_silence():
    hours, now = quiet(6)
    assert judge_silence(hours, last_new_at=TODAY, seen_since=now - HOUR, now=now, zone=ZONE) is None
    unseen = [h if h.hour < TODAY else HourCount(hour=h.hour, looks=0, new=0) for h in hours]
    assert judge_silence(unseen, last_new_at=TODAY, seen_since=None, now=now, zone=ZONE) is None


def test_a_source_that_never_had_volume_never_is_suspicious():
    hours, now = quiet(27 * 24, days=1, new=0)
    assert judge_silence(hours, last_new_at=None, seen_since=None, now=now, zone=ZONE) is None
    assert judge_silence(hours, last_new_at=TODAY, seen_since=None, now=now, zone=ZONE) is None


def test_a_new_normal_is_learnt():
    hours, now = quiet(20 * 24, days=10)
    assert judge_silence(hours, last_new_at=TODAY, seen_since=None, now=now, zone=ZONE) is None


@given(st.integers(0, 20), st.integers(0, 12), st.integers(1, 12))
def test_silence_needs_what_is_said_and_grows_with_time(new, hours_quiet, days):
    hours, now = quiet(hours_quiet, days=days, new=new)
    found = judge_silence(hours, last_new_at=TODAY, seen_since=None, now=now, zone=ZONE)
    told = new * hours_quiet if days >= DAYS_NEEDED else 0
    assert (found is not None) == (told >= SILENT_FROM)
