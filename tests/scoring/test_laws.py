"""Laws that hold for every text: ranges, reasons add up, marks and followers never lower, order never matters."""

from __future__ import annotations

import json
import random
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from scoring.assessment import Assessment, ScoreInput, assessment_to_json
from scoring.reach import score_reach
from scoring.shipped import shipped_rules, shipped_words
from scoring.spread import score_spread
from scoring.wording import FINDINGS, PREFIXES, render_finding
from tests.scoring.builders import BRAND, cue_scorer, judge, post, score, shipped_scorer

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


@cache
def corpus_texts() -> tuple[str, ...]:
    """Texts as people write them, with the brand of these tests in the place of their own."""
    folder = Path(__file__).parents[2] / "scoring" / "corpus"
    posts = [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    chosen = random.Random(7).sample(posts, 400)
    return tuple(p["text"].replace(p["brand"], BRAND.name) for p in chosen)


def check_reasons(item: ScoreInput, found: Assessment) -> None:
    for reason in found.reasons:
        known = reason.what in FINDINGS or reason.what.partition(": ")[0] in PREFIXES
        assert known, f"no wording for {reason.what}"
        assert render_finding(reason.what, "zh") and render_finding(reason.what, "en")
        if reason.at is not None:
            start, end = reason.at
            assert 0 <= start < end <= len(item.text)


@given(INPUTS)
@settings(max_examples=100, deadline=None)
def test_scores_stay_in_range_and_reasons_add_up(item: ScoreInput) -> None:
    for scorer in (shipped_scorer(), cue_scorer()):
        found = scorer.score([item])[0]
        check(found)
        check_reasons(item, found)


def test_ranges_and_sums_hold_for_what_people_write() -> None:
    items = [post(text, id=str(i)) for i, text in enumerate(corpus_texts())]
    for item, found in zip(items, shipped_scorer().score(items), strict=True):
        check(found)
        check_reasons(item, found)


def test_placed_evidence_quotes_the_text() -> None:
    items = [post(text, id=str(i)) for i, text in enumerate(corpus_texts())]
    placed = 0
    for item, found in zip(items, shipped_scorer().score(items), strict=True):
        for reason in found.reasons:
            if reason.at is not None:
                placed += 1
                quoted = "".join(item.text[slice(*reason.at)].split())
                assert "".join(reason.evidence.split()).startswith(quoted[:20]), reason
    assert placed > len(items)


@given(TEXTS, st.sampled_from(["!!!", "！！！", "!"]))
@settings(max_examples=150, deadline=None)
def test_adding_marks_never_lowers_emotion(text: str, marks: str) -> None:
    if "//@" not in text:
        assert judge(text + marks).emotion >= judge(text).emotion
        assert score(text + marks).emotion >= score(text).emotion


@pytest.mark.parametrize("marks", ["!!!", "！！！", "!"])
def test_adding_marks_never_lowers_emotion_of_what_people_write(marks: str) -> None:
    texts = [t for t in corpus_texts() if "//@" not in t]
    plain = shipped_scorer().score([post(t) for t in texts])
    marked = shipped_scorer().score([post(t + marks) for t in texts])
    assert not [t for t, a, b in zip(texts, plain, marked, strict=True) if b.emotion < a.emotion]


def bare(found: Assessment) -> dict[str, Any]:
    """Without quotations, which keep the writer's script."""
    told = assessment_to_json(found)
    reasons = [{"rule": r.rule, "what": r.what, "weight": r.weight} for r in found.reasons]
    return told | {"reasons": reasons}


def test_traditional_and_simplified_words_are_judged_alike() -> None:
    to_traditional, to_simplified = OpenCC("s2t"), OpenCC("t2s")
    traditional = [to_traditional.convert(t) for t in corpus_texts()]
    simplified = [to_simplified.convert(t) for t in traditional]
    assert sum(t != s for t, s in zip(traditional, simplified, strict=True)) > 300
    one, other = (shipped_scorer().score([post(t) for t in texts]) for texts in (traditional, simplified))
    for text, a, b in zip(traditional, one, other, strict=True):
        assert bare(a) == bare(b), text


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_any_traditional_text_is_judged_as_its_simplified_one(text: str) -> None:
    assert bare(judge(text)) == bare(judge(OpenCC("t2s").convert(text)))


@given(COUNTS, st.integers(0, 10**9), st.integers(0, 10**9), VERIFIED)
def test_more_known_followers_never_lower_reach(likes: int | None, one: int, other: int, verified: str) -> None:
    few, many = sorted((one, other))
    rules = shipped_rules().reach
    small = score_reach(post("", followers=few, likes=likes, verified=verified), rules)
    large = score_reach(post("", followers=many, likes=likes, verified=verified), rules)
    assert large.value >= small.value


@given(st.sampled_from(["weibo", "news"]), VERIFIED, COUNTS, st.lists(st.integers(0, 10**9), min_size=2, max_size=2))
@settings(max_examples=60, deadline=None)
def test_more_known_followers_never_lower_the_reach_of_an_assessment(
    platform: str, verified: str, likes: int | None, followers: list[int]
) -> None:
    items = [
        post("星河咖啡退款拖了三周", followers=f, verified=verified, likes=likes, platform=platform)
        for f in sorted(followers)
    ]
    few, many = shipped_scorer().score(items)
    assert many.reach >= few.reach


@given(st.lists(TEXTS, min_size=2, max_size=6), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_the_order_of_a_batch_changes_nothing(texts: list[str], seed: int) -> None:
    items = [post(t, id=str(i)) for i, t in enumerate(texts)]
    mixed = random.Random(seed).sample(items, len(items))
    for scorer in (shipped_scorer(), cue_scorer()):
        alone = {i.id: scorer.score([i])[0] for i in items}
        found = scorer.score(mixed)
        assert [a.id for a in found] == [i.id for i in mixed]
        assert {a.id: a for a in found} == alone


def test_an_assessment_is_the_same_alone_and_in_a_batch_of_any_size() -> None:
    texts = [*corpus_texts(), "", "😡", "星河咖啡" * 400, "\ud800"]
    items = [post(t, id=str(i)) for i, t in enumerate(texts)]
    whole = shipped_scorer().score(items * 4)  # more than one inner batch
    assert whole == whole[: len(items)] * 4
    assert [shipped_scorer().score([i])[0] for i in items[::5]] == whole[: len(items) : 5]
    small = [a for at in range(0, len(items), 7) for a in shipped_scorer().score(items[at : at + 7])]
    assert small == whole[: len(items)]


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
    check(judge(text))


@pytest.mark.parametrize(
    "text",
    ["星河咖啡退款" * 170_000, "1" * 20_000, "等了 " * 7000, "投 诉" * 7000, "@" * 20_000, "一" * 20_000, "“" * 20_000],
)
def test_long_texts_are_cut_and_say_so(text: str) -> None:
    found = judge(text)
    cut = [k for k, _ in groupby(r.what for r in found.reasons if r.rule == "S13")]
    assert bool(cut) is (len(text) > 20_000)
    check(found)
