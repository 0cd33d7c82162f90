import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.counts import LARGEST, Count, parse_count, parse_engagement


@pytest.mark.parametrize(
    ("shown", "value", "approximate"),
    [
        (12, 12, False),
        ("12", 12, False),
        ("1,024", 1024, False),
        ("１２", 12, False),
        (12.0, 12, False),
        ("1.2万", 12_000, True),
        ("1.2w", 12_000, True),
        ("1.2W", 12_000, True),
        ("433.8万", 4_338_000, True),
        ("1.2亿", 120_000_000, True),
        ("100万+", 1_000_000, True),
        ("10万+", 100_000, True),
        ("10+", 10, True),
        ("89万次播放", 890_000, True),
        ("3.2万次观看", 32_000, True),
        ("120次播放", 120, False),
        ("转发", 0, False),
        ("赞", 0, False),
        ("收藏", 0, False),
        ("1.2K", 1200, True),
        ("3M", 3_000_000, True),
        (0, 0, False),
        ("0", 0, False),
    ],
)
def test_counts_as_platforms_print_them(shown, value, approximate):
    assert parse_count(shown) == Count(value=value, approximate=approximate)


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "-",
        "--",
        None,
        True,
        False,
        -1,
        "-3",
        "1.2",
        1.5,
        float("nan"),
        float("inf"),
        "很多",
        "1,02",
        "12,34",
        [],
        {},
        "1e5",
        "1" * 30,
        10**16,
        "9" * 16 + "亿",
        "0x10",
        "1 2",
        "赞12",
        "1.2.3万",
    ],
)
def test_what_is_no_certain_count_is_unknown_never_a_number(shown):
    assert parse_count(shown) is None


@given(st.integers(0, LARGEST))
def test_whole_numbers_read_back_exactly(number):
    assert parse_count(number) == parse_count(str(number)) == parse_count(f"{number:,}") == Count(value=number)


@given(st.text(max_size=50) | st.integers() | st.floats() | st.none() | st.booleans())
def test_anything_is_a_count_in_range_or_unknown(shown):
    count = parse_count(shown)
    assert count is None or 0 <= count.value <= LARGEST


def test_engagement_keeps_unknown_apart_from_zero_and_names_the_rounded():
    figures = parse_engagement(likes="1.2万", comments=0, reposts="", reads=None)
    assert (figures.likes, figures.comments, figures.reposts, figures.reads) == (12_000, 0, None, None)
    assert figures.approximate == {"likes"}
