"""Risk level (S12) by the rubric's guide, and nature × impact (S8): the rulebook's examples end to end, settled cases, laws."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.assessment import Category, Risk
from scoring.brand import BrandFinder
from scoring.category import NATURE_OF
from scoring.conditions import SCORES, Case
from scoring.reading import read_mention
from scoring.risk import Judgement, select_level
from scoring.rules import RuleSet, parse_rules
from scoring.shipped import shipped_industries, shipped_rules, shipped_words
from scoring.wording import render_finding
from tests.scoring.builders import BRAND, post, score

H, M, L, N = Risk.HIGH, Risk.MEDIUM, Risk.LOW, Risk.NONE
IMAGE, VIDEO = frozenset({"image"}), frozenset({"video"})


@cache
def finder() -> BrandFinder:
    return BrandFinder(BRAND, (), shipped_industries())


def case_of(
    text: str = "", *, category: str = "other", nature: str | None = None, speed: float | None = None, scores: dict[str, float] | None = None, **fields: Any
) -> Case:  # fmt: skip
    kind = Category(category)
    return Case(
        reading=read_mention(post(text, **fields), shipped_words(), finder(), 20_000),
        scores=dict.fromkeys(SCORES, 2.0) | (scores or {}),
        category=kind,
        nature=nature or NATURE_OF[kind],
        figure_followers=shipped_rules().level.figure_followers,
        speed=speed,
    )


def judge(
    topicality: float, emotion: float = 4, reach: float = 2, text: str = "", target: str = "brand", rules: RuleSet | None = None, **fields: Any
) -> Judgement:  # fmt: skip
    scores = {"topicality": topicality, "emotion": emotion, "reach": reach} | fields.pop("scores", {})
    return select_level(case_of(text, scores=scores, **fields), target, "complaint", rules or shipped_rules())


@pytest.mark.parametrize(
    ("topicality", "emotion", "reach", "text", "fields", "level"),
    [
        (3, 9, 9, "", {}, N),
        (3.9, 2, 2, "", {}, N),
        (4, 2, 7, "", {}, L),
        (4, 9, 2, "", {}, L),
        # the rubric's guide
        (9, 1, 1, "", {}, H),
        (10, 5, 2, "", {}, H),
        (7, 3, 7, "", {}, H),
        (8, 8, 3, "有录音为证", {}, H),
        (8, 8, 3, "", {"media": IMAGE}, H),
        (8, 8, 3, "", {}, M),
        (8, 7, 3, "", {"media": IMAGE}, M),
        (6, 6, 2, "", {}, M),
        (5, 4, 5, "", {}, M),
        (7, 6, 2, "", {}, M),
        (5, 4, 2, "", {}, L),
        (6, 4, 2, "", {}, L),
        # settled: one angry person with a small matter stays low whatever the tone, unless threats and reach say otherwise
        (5, 9, 2, "", {}, L),
        (5, 10, 1, "", {}, L),
        (5, 9, 5, "", {}, M),
        (5, 9, 2, "不退钱就曝光你，法庭见", {}, M),
        # settled: calm but grave disputes are medium
        (8, 2, 2, "", {}, M),
        (7, 3, 3, "", {"category": "privacy"}, M),
        # settled: panic about money, strikes, group actions are high
        (8, 5, 2, "取不出钱了，要倒闭", {}, H),
        (8, 6, 2, "司机兄弟一起罢工，三十个人", {}, H),
        (8, 6, 3, "已有213户签字，准备起诉", {}, H),
        (8, 5, 2, "拖欠工资，大家避雷", {}, H),
        # a public figure complains of a defect
        (5.2, 3, 6, "杯子漏了", {"verified": "personal", "followers": 150_000, "category": "product_quality"}, H),
        (5.2, 3, 6, "态度不好", {"verified": "personal", "followers": 150_000, "category": "service_attitude"}, M),
        (5.2, 3, 4, "杯子漏了", {"verified": "none", "followers": 9000, "category": "product_quality"}, L),
        (7, 4, 6, "", {"verified": "personal", "followers": 40_000}, H),
        # large audience, several people, hard handling
        (7, 4, 4, "直播间15万人在线观看", {}, H),
        (5.5, 4, 2, "十五个人都这样", {}, M),
        (5.5, 4, 2, "三个人都这样", {}, L),
        (5.2, 4, 2, "拒绝处理，拖了三周，律师说可以起诉", {}, M),
    ],
)  # fmt: skip
def test_the_guide(
    topicality: float, emotion: float, reach: float, text: str, fields: dict[str, Any], level: Risk
) -> None:
    found = judge(topicality, emotion, reach, text, **fields)
    assert found.level is level, found.reasons
    assert any(r.rule == "S12" for r in found.reasons)


def test_without_blame_on_the_brand_it_is_low() -> None:
    assert judge(9, 9, 9, target="none").level is L
    assert judge(4, 1, 9, target="other").level is L
    assert judge(8, 1, 9, target="other").level is L


def test_a_grave_matter_is_high_even_where_others_are_to_blame() -> None:
    assert judge(9, 1, 9, target="other").level is H


@pytest.mark.parametrize(
    ("text", "fields", "level"),
    [
        # the rulebook's examples of S12
        ("星河咖啡的保温杯炸裂，把我手烫伤了，满手血，去医院缝了五针", {"followers": 300}, H),
        (
            "我是做测评的，星河咖啡这批杯子冲热水会炸裂，已经有人烫伤，视频为证，今晚直播演示，预计观众超过10万",
            {"followers": 820_000, "verified": "personal", "media": VIDEO},
            H,
        ),
        ("浙江大约500个用户无法登录星河咖啡app，客服说修复要3天", {"followers": 300}, M),
        ("星河咖啡店员态度不好，希望补偿一张券", {"followers": 120}, L),
        # S3: a public figure or company head who posts a defect
        ("星河咖啡的杯子漏了，质量太差", {"followers": 300_000, "verified": "personal"}, H),
        ("星河咖啡的杯子漏了，质量太差", {"followers": 300}, L),
    ],
)
def test_the_rulebooks_examples_end_to_end(text: str, fields: dict[str, Any], level: Risk) -> None:
    found = score(text, **fields)
    assert found.level is level, [r for r in found.reasons if r.rule in ("S1", "S12")]


# -- S8 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "topicality", "text", "fields", "impact"),
    [
        # the rulebook: high business risk: more than 100 people affected and more than 100,000 CNY at stake
        ("business", 6, "300人受影响，涉及20万元", {}, "high"),
        ("business", 6, "101人受影响，涉及100001元", {}, "high"),
        ("business", 6, "100人受影响，涉及20万元", {}, "medium"),
        ("business", 6, "300人受影响，涉及10万元", {}, "medium"),
        ("business", 6, "300人每人损失2000元", {}, "high"),
        ("business", 6, "2000名用户无法登录", {}, "high"),
        ("business", 6, "150家企业客户无法使用", {}, "high"),  # S4: above 100 enterprise customers
        ("business", 6, "100家企业客户无法使用", {}, "low"),
        ("business", 9, "喝出玻璃", {}, "high"),
        ("business", 7, "很多人这样", {}, "medium"),
        ("business", 6, "花了两万元", {}, "medium"),
        ("business", 5, "坏了", {}, "low"),
        ("financial", 6, "合计约270万元", {}, "high"),
        ("financial", 6, "23人合计约20万元", {}, "medium"),
        ("financial", 8, "取不出钱，要倒闭了", {}, "high"),
        ("financial", 5, "退我196块", {}, "low"),
        ("reputation", 7, "", {"scores": {"reach": 7}}, "high"),
        ("reputation", 5, "", {"scores": {"already_spread": 8}}, "high"),
        ("reputation", 5, "", {"verified": "personal", "followers": 200_000}, "high"),
        ("reputation", 5, "", {"scores": {"reach": 5}}, "medium"),
        ("reputation", 5, "", {}, "low"),
        ("compliance", 9, "", {}, "high"),
        ("compliance", 8, "已经报警，警方到场", {}, "high"),
        ("compliance", 8, "全国门店都这样", {}, "high"),
        ("compliance", 7, "", {}, "medium"),
        ("compliance", 5, "我要打12315", {}, "medium"),
        ("compliance", 5, "", {}, "low"),
    ],
)  # fmt: skip
def test_nature_and_impact(nature: str, topicality: float, text: str, fields: dict[str, Any], impact: str) -> None:
    found = judge(topicality, text=text, nature=nature, **fields)
    assert found.impact == impact, found.reasons
    reason = next(r for r in found.reasons if r.rule == "S8")
    assert nature in reason.evidence and impact in reason.evidence


def test_impact_names_the_facts_that_met_the_condition() -> None:
    found = judge(6, text="300人受影响，涉及20万元", nature="business")
    reason = next(r for r in found.reasons if r.rule == "S8")
    assert "people 300 > 100" in reason.evidence and "amount 200000 > 100000" in reason.evidence


@pytest.mark.parametrize(
    ("text", "nature", "impact"),
    [
        ("星河咖啡app闪退，300个用户合计损失30万元", "business", "high"),
        ("星河咖啡不给退款，退我196块", "financial", "low"),
        ("星河咖啡店员态度恶劣", "reputation", "low"),
        ("星河咖啡里喝出虫子", "compliance", "high"),
        ("星河咖啡真好喝", "none", "low"),
    ],
)
def test_nature_and_impact_end_to_end(text: str, nature: str, impact: str) -> None:
    found = score(text, followers=100)
    assert (found.nature, found.impact) == (nature, impact)


# -- rules of one's own, laws ----------------------------------------------------------------------------------------


def own(text: str) -> RuleSet:
    rules, problems = parse_rules(f"name: own\nextends: default\n{text}", "own.yaml")
    assert rules is not None, problems
    return rules


def test_conditions_are_data() -> None:
    rules = own(
        "level:\n  high: [{is: 医美纠纷, groups: [allergy], topicality: 5}]\n  medium: [{speed_over: 100}, {followers_under: 50, emotion: 7}]\n"
    )
    found = judge(6, text="用完满脸红疹", rules=rules)
    assert found.level is H and any(r.what == "医美纠纷" for r in found.reasons)
    assert judge(6, text="慢", rules=rules, speed=101.0).level is M
    assert judge(6, text="慢", rules=rules, speed=100.0).level is L
    assert judge(6, 7, rules=rules, followers=49).level is M
    assert judge(6, 7, rules=rules).level is L, "unknown followers meet no condition"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("level: {high: [{topicalty: 9}], medium: []}", 3, 'unknown condition "topicalty"'),
        ("level: {high: [{topicality: high}], medium: []}", 3, "topicality is 'high': a number is accepted"),
        ("level: {high: [{evidence: 3}], medium: []}", 3, "evidence is 3: true or false is accepted"),
        ("level: {high: [{category: []}], medium: []}", 3, "one word or a list of words is accepted"),
        ("level: {high: [{is: nothing}], medium: []}", 3, "a mapping such as"),
        ("level: {high: 9}", 3, "level.high is missing or no list"),
        ("matrix: {business: {low: {level: low, when: [{topicality: 5}]}}}", 3, "low is what no other cell holds"),
        ("matrix: {buisness: {}}", 3, 'did you mean "business"'),
        ("extends: nosuch", 3, "extends"),
        ("level_method: dice", 3, "accepted are guide, single_factor, matrix, impact_probability"),
        ("single_factor: {high: 5, medium: 9}", 3, "high begins above"),
        ("impact_probability: {levels: {5: [high, high]}}", 3, "three levels"),
        ("reach: {authorities: {names: 3}}", 3, "a list of words is accepted"),
    ],
)
def test_wrong_conditions_name_line_and_what_is_accepted(text: str, line: int, said: str) -> None:
    head = "name: own\nextends: default\n" if not text.startswith("extends") else "name: own\n# own\n"
    rules, problems = parse_rules(head + text, "own.yaml")
    assert rules is None
    assert any(said in p.what and p.line == line for p in problems), problems


SCORES_OF = st.fixed_dictionaries({n: st.integers(10, 100).map(lambda v: v / 10) for n in SCORES})
TEXTS = st.sampled_from(
    ["", "取不出钱", "五百个用户", "有录音为证", "拒绝处理，法庭见", "300家企业客户", "全国都这样", "20万元"]
)


@given(SCORES_OF, TEXTS, st.sampled_from(list(Category)[:-1]), st.sampled_from(SCORES), st.integers(0, 90))
def test_higher_scores_never_lower_level_or_impact(
    scores: dict[str, float], text: str, category: Category, name: str, more: int
) -> None:
    case = case_of(text, scores=scores, category=category)
    raised = case_of(text, scores=scores | {name: min(10.0, scores[name] + more / 10)}, category=category)
    one, other = (select_level(c, "brand", "complaint", shipped_rules()) for c in (case, raised))
    assert other.level.rank >= one.level.rank
    order = ("low", "medium", "high")
    assert order.index(other.impact) >= order.index(one.impact)
    for reason in other.reasons:
        assert render_finding(reason.what, "zh") != reason.what, reason
