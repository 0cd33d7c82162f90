"""The other ways to the level (S9), shipped as rule sets: the rulebook's example, tables, and end to end through the scorer."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.assessment import Assessment, Risk
from scoring.conditions import SCORES
from scoring.emotion import CueEngine
from scoring.risk import select_level
from scoring.rules import LEVEL_METHODS, RuleSet, parse_rules
from scoring.scorer import Scorer
from scoring.shipped import shipped_rules, shipped_words
from scoring.wording import render_finding
from tests.scoring.builders import BRAND, post
from tests.scoring.test_risk import SCORES_OF, TEXTS, case_of

H, M, L, N = Risk.HIGH, Risk.MEDIUM, Risk.LOW, Risk.NONE


def own(text: str) -> RuleSet:
    rules, problems = parse_rules(f"name: own\nextends: default\n{text}", "own.yaml")
    assert rules is not None, problems
    return rules


@cache
def scorer(method: str) -> Scorer:
    return Scorer(shipped_words(), shipped_rules(method), CueEngine(shipped_words()), {BRAND.name: BRAND})


def score(method: str, text: str, **fields: object) -> Assessment:
    return scorer(method).score([post(text, **fields)])[0]


def level(method: str, text: str = "", nature: str = "business", **scores: float) -> Risk:
    given_scores = dict.fromkeys(SCORES, 1.0) | {"topicality": 5.0} | scores
    return select_level(
        case_of(text, scores=given_scores, nature=nature), "brand", "complaint", shipped_rules(method)
    ).level


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"scope": 9, "spread": 7}, H),  # the rulebook: scope 9 + spread 7 = 16 → high
        ({"scope": 8, "spread": 8}, H),
        ({"scope": 10, "spread": 6}, H),
        ({"scope": 9, "spread": 6.9}, M),
        ({"scope": 5, "spread": 5}, M),
        ({"scope": 7, "spread": 4}, M),
        ({"scope": 2, "spread": 7.9}, L),
        ({"scope": 2, "spread": 4}, L),
        ({"scope": 1, "spread": 1}, L),
        ({"scope": 2, "spread": 5, "topicality": 9}, H),  # a grave subject, whatever the sum
        ({"scope": 10, "spread": 10, "topicality": 3}, N),
    ],
)  # fmt: skip
def test_single_factors_are_added(scores: dict[str, float], expected: Risk) -> None:
    assert level("single_factor", **scores) is expected


@pytest.mark.parametrize(
    ("text", "nature", "scores", "expected"),
    [
        ("300人受影响，涉及20万元", "business", {}, H),
        ("300人受影响", "business", {}, M),
        ("坏了", "business", {}, L),
        ("150家企业客户无法使用", "financial", {}, H),
        ("花了两万元", "financial", {}, M),
        ("退我20块", "financial", {}, L),
        ("", "reputation", {"topicality": 7, "reach": 7}, H),
        ("", "reputation", {"already_spread": 5}, M),
        ("", "compliance", {"topicality": 9}, H),
        ("", "compliance", {"topicality": 7}, M),
        ("", "compliance", {"topicality": 3}, N),
    ],
)  # fmt: skip
def test_the_matrix_names_the_level(text: str, nature: str, scores: dict[str, float], expected: Risk) -> None:
    assert level("matrix", text, nature, **scores) is expected


@pytest.mark.parametrize(
    ("text", "scores", "expected"),
    [
        ("", {"topicality": 9.7, "reach": 1}, H),  # 5 × low
        ("", {"topicality": 9, "reach": 1}, M),  # 4 × low
        ("", {"topicality": 9, "reach": 5}, H),  # 4 × medium
        ("", {"topicality": 7, "reach": 1}, L),  # 3 × low
        ("", {"topicality": 7, "reach": 5}, M),  # 3 × medium
        ("有录音为证", {"topicality": 7, "reach": 1}, M),
        ("", {"topicality": 7, "reach": 8}, H),  # 3 × high
        ("", {"topicality": 7, "already_spread": 6}, H),
        ("", {"topicality": 5, "reach": 5}, L),  # 2 × medium
        ("", {"topicality": 5, "reach": 9}, M),  # 2 × high
        ("", {"topicality": 4, "reach": 9}, L),  # 1 × high
        ("涉及200万元", {"topicality": 5}, H),
        ("涉及2万元", {"topicality": 5, "reach": 5}, M),
        ("200人受影响", {"topicality": 5}, M),
    ],
)  # fmt: skip
def test_impact_times_probability(text: str, scores: dict[str, float], expected: Risk) -> None:
    assert level("impact_probability", text, **scores) is expected


@pytest.mark.parametrize("method", ["single_factor", "matrix", "impact_probability"])
def test_each_way_is_a_shipped_rule_set_and_says_how_it_came_to_the_level(method: str) -> None:
    found = score(method, "星河咖啡里喝出虫子，三百个客户拉肚子，涉及20万元", followers=900_000, likes=9000)
    assert found.level is H
    assert found.rules_version.startswith(f"{method}-")
    decided = [r for r in found.reasons if r.rule in ("S9", "S12")]
    assert decided and all(render_finding(r.what, "zh") != r.what for r in decided)
    assert score(method, "星河咖啡真好喝").level is N
    assert score(method, "云朵咖啡喝出虫子。还是星河咖啡好喝").level is N
    assert score(method, "星河咖啡有点贵", followers=30).level is L


def test_the_rulebooks_sum_end_to_end() -> None:
    """Scope 9 (ten thousand users) and a spread index of 7 make 16: high by the sum of the factors."""
    text = "星河咖啡app打不开！！一万个用户都登不上，气死我了，避雷！昨天起客服不回，要求赔偿，有截图为证"
    found = score("single_factor", text, followers=4_000_000, likes=60_000, media=frozenset({"image"}))
    assert found.scope == 9 and found.spread >= 7, (found.scope, found.spread)
    reason = next(r for r in found.reasons if r.what == "sum of factors")
    assert found.level is H and "scope 9 + spread" in reason.evidence and "≥ 16" in reason.evidence


def test_factors_and_borders_are_the_users() -> None:
    rules = own(
        "level_method: single_factor\nsingle_factor: {factors: {scope: 0, spread: 0, emotion: 2, reach: 1}, high: 20, medium: 12, always_high: []}\n"
    )
    scores = dict.fromkeys(SCORES, 1.0) | {"topicality": 9.0, "emotion": 5.0, "reach": 4.0}
    found = select_level(case_of(scores=scores), "brand", "", rules)
    assert found.level is M and "emotion 10 + reach 4 = 14" in found.reasons[0].evidence


@given(SCORES_OF, TEXTS, st.sampled_from(LEVEL_METHODS), st.sampled_from(SCORES), st.integers(0, 90))
def test_higher_scores_never_lower_the_level(
    scores: dict[str, float], text: str, method: str, name: str, more: int
) -> None:
    rules = shipped_rules("default" if method == "guide" else method)
    raised = scores | {name: min(10.0, scores[name] + more / 10)}
    one, other = (
        select_level(case_of(text, scores=s, nature="business"), "brand", "", rules).level for s in (scores, raised)
    )
    assert other.rank >= one.rank
