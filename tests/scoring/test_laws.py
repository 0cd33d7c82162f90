"""Laws that hold for every text: ranges, reasons add up, marks and followers never lower, order never matters."""

from __future__ import annotations

import json
import time
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import Assessment, ScoreInput, assessment_to_json
from scoring.reach import score_reach
from scoring.shipped import shipped_rules, shipped_words
from scoring.spread import score_spread
from scoring.wording import FINDINGS, PREFIXES, render_finding
from tests.scoring.builders import cue_scorer, post, score

WORDS = [w.replace("…", "了") for g in shipped_words().groups.values() for w in g.words[::7]]
PIECES = st.one_of(
    st.sampled_from(
        [*WORDS, "星河咖啡", "轻享拿铁", "云朵咖啡", "//@甲:", "！", "？", "★☆☆☆☆", "三个人", "没有", "\n"]
    ),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
COUNTS = st.none() | st.integers(0, 10**9)
VERIFIED = st.sampled_from(["none", "personal", "enterprise", "media", "government", "unknown"])
SCORES = {
    "S1": "topicality", "S2": "emotion", "S3": "reach", "S4:completeness": "completeness", "S4:scope": "scope",
    "S5": "already_spread", "S6": "spread",
}  # fmt: skip
INPUTS = st.builds(
    ScoreInput, id=st.just("1"), brand=st.just("星河咖啡"), text=TEXTS, platform=st.sampled_from(["weibo", "appstore", "news", "import"]),
    followers=COUNTS, verified=VERIFIED, likes=COUNTS, comments=COUNTS, reads=COUNTS, media=st.sampled_from([frozenset(), frozenset({"image"})]),
    author_name=st.sampled_from([None, "甲", "星河小助手"]),
)  # fmt: skip


def check(found: Assessment) -> None:
    for rule, name in SCORES.items():
        value = getattr(found, name)
        assert 1.0 <= value <= 10.0 and round(value, 1) == value
        assert sum(r.weight for r in found.reasons if r.rule == rule) == pytest.approx(value, abs=1e-6), name
    assert found.rules_version
    assert (found.level == "none") is (found.topicality < 4.0)
    json.dumps(assessment_to_json(found), ensure_ascii=False).encode("utf-8")


@given(INPUTS)
@settings(max_examples=150, deadline=None)
def test_scores_stay_in_range_and_reasons_add_up(item: ScoreInput) -> None:
    found = cue_scorer().score([item])[0]
    check(found)
    for reason in found.reasons:
        known = reason.what in FINDINGS or reason.what.partition(": ")[0] in PREFIXES
        assert known, f"no wording for {reason.what}"
        assert render_finding(reason.what, "zh") and render_finding(reason.what, "en")
        if reason.at is not None:
            assert 0 <= reason.at[0] < reason.at[1] <= len(item.text)


@given(TEXTS, st.sampled_from(["!!!", "！！！", "!"]))
@settings(max_examples=200, deadline=None)
def test_adding_marks_never_lowers_emotion(text: str, marks: str) -> None:
    if "//@" not in text:
        assert score(text + marks).emotion >= score(text).emotion


@given(COUNTS, st.integers(0, 10**9), st.integers(0, 10**9), VERIFIED)
def test_more_known_followers_never_lower_reach(likes: int | None, one: int, other: int, verified: str) -> None:
    few, many = sorted((one, other))
    rules = shipped_rules().reach
    small = score_reach(post("", followers=few, likes=likes, verified=verified), rules)
    large = score_reach(post("", followers=many, likes=likes, verified=verified), rules)
    assert large.value >= small.value


@given(st.lists(TEXTS, min_size=2, max_size=6), st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_a_batch_changes_nothing(texts: list[str], random: object) -> None:
    items = [post(t, id=str(i)) for i, t in enumerate(texts)]
    mixed = sorted(items, key=lambda i: hash(i.text))
    alone = {i.id: cue_scorer().score([i])[0] for i in items}
    assert [a.id for a in cue_scorer().score(mixed)] == [i.id for i in mixed]
    assert {a.id: a for a in cue_scorer().score(mixed)} == alone


@given(st.fixed_dictionaries({n: st.integers(10, 100).map(lambda v: v / 10) for n in shipped_rules().spread.weights}))
def test_the_spread_index_is_the_weighted_mean_or_the_floor(factors: dict[str, float]) -> None:
    rules = shipped_rules().spread
    value, reasons = score_spread(factors, rules)
    mean = sum(factors[n] * w for n, w in rules.weights.items())
    floor = factors["emotion"] >= 8 and factors["completeness"] >= 7
    assert value == pytest.approx(max(mean, 8.0) if floor else mean, abs=0.051)
    assert sum(r.weight for r in reasons) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "😡😡😡", "\ud800", "星河咖啡\x00\udfff退款", "‮星河咖啡‬", "星河咖啡" + "e" + "\u0301" * 500, "<script>星河咖啡</script>", "[", "//@", "//@//@//@",
        "(((((((((", "\\", "…", "星河咖啡" * 50, "ﷺ" * 40, "𝕏星河咖啡𝕏𝔟𝔞𝔡",
    ],
)  # fmt: skip
def test_hostile_texts_are_scored_like_any_other(text: str) -> None:
    check(score(text))


@pytest.mark.parametrize(
    "text",
    ["星河咖啡退款" * 170_000, "1" * 20_000, "等了 " * 7000, "投 诉" * 7000, "@" * 20_000, "一" * 20_000, "“" * 20_000],
)
def test_long_texts_are_cut_and_cost_little(text: str) -> None:
    began = time.perf_counter()
    found = score(text)
    assert time.perf_counter() - began < 5
    cut = [k for k, _ in groupby(r.what for r in found.reasons if r.rule == "S13")]
    assert bool(cut) is (len(text) > 20_000)
    check(found)
