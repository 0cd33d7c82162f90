"""Influencer reach (S3): the rubric's table, its settled cases, and the laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.mention import Engagement
from scoring.reach import Reach, score_reach
from scoring.shipped import shipped_rules
from scoring.speed import measure_speed
from tests.scoring.builders import post

RULES = shipped_rules().reach
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
QUIET = {"likes": 0, "comments": 0, "reposts": 0}


def reach(text: str = "", **fields: Any) -> Reach:
    item = post(text, **fields)
    return score_reach(item, RULES, measure_speed(item))


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({"followers": 12, **QUIET}, 1, 1.4),
        ({"followers": 83, **QUIET}, 1, 1.4),
        ({"followers": 60, "likes": 3}, 1.5, 2.3),
        ({"followers": 95, "likes": 9, "comments": 1}, 1.9, 2.4),
        ({"followers": 400}, 2.8, 3.3),
        ({"followers": 1000}, 3.7, 4.3),
        ({"followers": 10_000}, 4.7, 5.3),
        ({"followers": 50_000}, 5.7, 6.3),
        ({"followers": 200_000}, 6.7, 7.3),
        ({"followers": 1_000_000}, 7.7, 8.3),
        ({"followers": 5_000_000}, 8.7, 9.3),
        ({"followers": 20_000_000}, 10, 10),
        ({"followers": 200, "likes": 240, "comments": 131}, 4.7, 5.3),  # ordinary account, several hundred reactions
        ({"followers": 200, "likes": 4000, "comments": 500, "reposts": 500}, 6.7, 7.3),  # settled: about 5,000
        ({"followers": 640, "likes": 25_000, "reposts": 5000}, 7.6, 8.3),  # tens of thousands
        ({"followers": 80_000, "verified": "media"}, 7, 7.5),  # local media
        ({"verified": "media"}, 7, 7.5),
        ({"followers": 134_000, "verified": "government", "author_name": "南屏消防"}, 8, 9),  # settled: fire brigade
        ({"followers": 40_000, "verified": "government", "author_name": "云州市场监管"}, 8, 9),  # settled: regulator
        ({"author_name": "南屏公安", "verified": "government"}, 8, 9),
        ({"followers": 60_000, "verified": "government", "author_name": "云州教育"}, 7, 8),
        ({"author_name": "新华社", "verified": "media"}, 9, 9),
        ({"author_name": "我爱人民日报", "followers": 30, "verified": "none"}, 1, 1.5),  # only called so
        ({"followers": 4000, "verified": "personal"}, 4.2, 5.2),
        ({"reads": 120_000_000}, 10, 10),
        ({"platform": "news", "author_name": "江临网", "verified": "unknown"}, 6, 6),
    ],
)  # fmt: skip
def test_the_rubrics_table(fields: dict[str, Any], low: float, high: float) -> None:
    assert low <= reach(**fields).value <= high


def test_enterprise_verification_adds_nothing() -> None:
    assert reach(followers=90_000, verified="enterprise").value == reach(followers=90_000, verified="none").value


def test_verification_raises_by_at_most_one_or_two() -> None:
    for followers in (500, 5000, 50_000, 500_000, 5_000_000, 15_000_000):
        plain = reach(followers=followers).value
        assert 0 <= reach(followers=followers, verified="personal").value - plain <= 1
        if followers >= 200_000:
            assert 0 <= reach(followers=followers, verified="media").value - plain <= 2


def test_unknown_followers_are_judged_from_reactions_and_badge_alone() -> None:
    assert reach(**QUIET).value == 1  # settled: unknown followers and no reactions
    assert reach().value == 2 and reach().uncertain  # nothing known
    assert reach(likes=300).value == reach(likes=300, followers=40).value
    assert reach(likes=300).uncertain and not reach(likes=300, followers=40).uncertain


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("刚才冲上热搜了", True),
        ("已经登上微博热搜", True),
        ("星河咖啡都上热搜了还不道歉", True),
        ("热搜第三了", True),
        ("求上热搜", False),
        ("不上热搜不解决是吧", False),
        ("帮我送上热搜", False),
        ("去年登上过热搜", False),
        ("热搜又是这种事", False),
    ],
)
def test_a_post_on_the_hot_search_list_is_ten(text: str, listed: bool) -> None:
    assert (reach(text, followers=50).value == 10) is listed


def test_a_young_post_is_expected_to_go_on_at_its_pace() -> None:
    slow = reach(followers=200, reposts=400, published_at=NOON, seen_at=NOON + timedelta(hours=30))
    fast = reach(followers=200, reposts=400, published_at=NOON, seen_at=NOON + timedelta(hours=1))
    assert fast.value > slow.value == reach(followers=200, reposts=400).value
    assert any(r.what == "reactions expected" for r in fast.reasons)


COUNTS = st.none() | st.integers(0, 10**9)
VERIFIED = st.sampled_from(["none", "personal", "enterprise", "media", "government", "unknown"])
FIELDS = st.fixed_dictionaries(
    {
        "followers": COUNTS, "likes": COUNTS, "comments": COUNTS, "reposts": COUNTS, "reads": COUNTS, "verified": VERIFIED,
        "author_name": st.sampled_from([None, "南屏公安", "新华社", "甲"]), "platform": st.sampled_from(["weibo", "news"]),
    }
)  # fmt: skip


@given(FIELDS)
def test_within_the_scale_and_the_reasons_add_up(fields: dict[str, Any]) -> None:
    found = reach(**fields)
    assert 1 <= found.value <= 10 and found.value == round(found.value, 1)
    assert sum(r.weight for r in found.reasons) == pytest.approx(found.value)


@given(
    FIELDS,
    st.sampled_from(["followers", "likes", "comments", "reposts", "reads"]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
)
def test_more_followers_or_reactions_never_lower_it(fields: dict[str, Any], name: str, one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert reach(**(fields | {name: many})).value >= reach(**(fields | {name: few})).value


@given(FIELDS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_earlier_figures_never_lower_it(fields: dict[str, Any], likes: int, minutes: int) -> None:
    looks = ((NOON + timedelta(minutes=minutes % 600), Engagement(likes=likes)),)
    timed = fields | {"published_at": NOON, "seen_at": NOON + timedelta(hours=12)}
    assert reach(**timed, history=looks).value >= reach(**fields).value
