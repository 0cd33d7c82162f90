from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.times import EARLIEST, parse_time
from records.mention import TimePrecision
from tests.crawlers.conftest import BEIJING, NOW


def beijing(*parts):
    return datetime(*parts, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("shown", "moment", "precision"),
    [
        ("Fri Nov 13 11:32:08 +0800 2026", beijing(2026, 11, 13, 11, 32, 8), "exact"),
        (1_794_540_000, datetime.fromtimestamp(1_794_540_000, UTC), "exact"),
        ("1794540000", datetime.fromtimestamp(1_794_540_000, UTC), "exact"),
        (1_794_540_000_123, datetime.fromtimestamp(1_794_540_000.123, UTC), "exact"),
        ("1794540000000", datetime.fromtimestamp(1_794_540_000, UTC), "exact"),
        ("2026-11-13T03:30:00.123Z", datetime(2026, 11, 13, 3, 30, 0, 123000, UTC), "exact"),
        ("刚刚", NOW, "minute"),
        ("30秒前", NOW - timedelta(seconds=30), "minute"),
        ("5分钟前", NOW - timedelta(minutes=5), "minute"),
        ("3小时前", NOW - timedelta(hours=3), "hour"),
        ("今天14:20", beijing(2026, 11, 13, 14, 20), "minute"),
        ("今天 14:20", beijing(2026, 11, 13, 14, 20), "minute"),
        ("昨天 12:03", beijing(2026, 11, 12, 12, 3), "minute"),
        ("前天 08:00", beijing(2026, 11, 11, 8), "minute"),
        ("4天前", NOW - timedelta(days=4), "day"),
        ("2周前", NOW - timedelta(days=14), "day"),
        ("3个月前", NOW - timedelta(days=90), "day"),
        ("06-23", beijing(2026, 6, 23), "day"),
        ("12-30", beijing(2025, 12, 30), "day"),
        ("11-12 22:14", beijing(2026, 11, 12, 22, 14), "minute"),
        ("11月12日 22:14", beijing(2026, 11, 12, 22, 14), "minute"),
        ("02-29", beijing(2024, 2, 29), "day"),
        ("2025-06-18", beijing(2025, 6, 18), "day"),
        ("2025年06月18日 20:03", beijing(2025, 6, 18, 20, 3), "minute"),
        ("2025-06-18 20:03:07", beijing(2025, 6, 18, 20, 3, 7), "exact"),
        ("编辑于 昨天 12:03", beijing(2026, 11, 12, 12, 3), "minute"),
    ],
)
def test_times_as_platforms_print_them(shown, moment, precision):
    assert parse_time(shown, collected_at=NOW) == (moment, TimePrecision(precision))


@pytest.mark.parametrize(
    "shown", ["", None, 0, "0", True, "很久以前", "13-45", "2026-02-30", -5, float("nan"), 1e30, [], {}]
)
def test_what_is_no_time_is_unknown(shown):
    assert parse_time(shown, collected_at=NOW) == (None, TimePrecision.UNKNOWN)


@pytest.mark.parametrize("shown", ["Fri Nov 20 11:32:08 +0800 2026", 1_900_000_000, "2027-01-01"])
def test_a_post_from_the_future_is_damage_not_a_post(shown):
    assert parse_time(shown, collected_at=NOW)[0] is None


def test_a_date_without_year_minds_january():
    new_year = datetime(2026, 1, 2, 1, 0, tzinfo=BEIJING)
    assert parse_time("12-31", collected_at=new_year)[0] == beijing(2025, 12, 31)


def test_days_are_counted_in_beijing_even_when_the_moment_is_told_in_utc():
    early = datetime(2026, 11, 12, 17, 0, tzinfo=UTC)  # already the 13th in Beijing
    assert parse_time("昨天 12:03", collected_at=early)[0] == beijing(2026, 11, 12, 12, 3)


@given(st.text(max_size=40) | st.integers() | st.floats() | st.none())
def test_anything_is_a_sane_utc_time_or_unknown(shown):
    moment, precision = parse_time(shown, collected_at=NOW)
    if moment is None:
        assert precision is TimePrecision.UNKNOWN
    else:
        assert moment.tzinfo is UTC and EARLIEST <= moment <= NOW + timedelta(days=1)
