"""Completeness and scope (S4), already spread and its speed (S5): the rubric's and the rulebook's cases, and the laws."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.mention import Engagement
from scoring.assessment import BrandTerms, ScoreInput
from scoring.brand import BrandFinder
from scoring.extent import Extent, score_already_spread, score_completeness, score_scope
from scoring.reading import Reading, read_mention
from scoring.shipped import shipped_industries, shipped_rules, shipped_words
from scoring.speed import measure_speed
from tests.scoring.builders import BRAND, post

RULES = shipped_rules()
BORN = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
CORPUS = Path(__file__).parents[2] / "scoring" / "corpus"


@cache
def finder() -> BrandFinder:
    return BrandFinder(BRAND, (), shipped_industries())


def reading(text: str, **fields: Any) -> Reading:
    return read_mention(post(text, **fields), shipped_words(), finder(), 20_000)


def completeness(text: str, **fields: Any) -> float:
    return score_completeness(reading(text, **fields)).value


IMAGE = frozenset({"image"})
FULL = (
    "2026年3月4日12:20，我在星河咖啡（成都玉林北街店）买轻享拿铁一杯，38元，订单号XH20260304001，喝到一半发现杯底有玻璃碎片，嘴唇割破，当晚到华西医院处理。"
    "3月5日起三次联系客服，答复“已记录”，至今没有结果。小票、病历和开封视频见附件。诉求：退款并赔偿医药费1264元，公布该批次处理结果。"
)


@pytest.mark.parametrize(
    ("text", "fields", "low", "high"),
    [
        ("垃圾！！！", {}, 1, 2.4),
        ("😡😡😡", {}, 1, 1.5),
        ("星河不行", {}, 1, 2.4),
        ("呵呵", {"kind": "comment"}, 1, 1.5),
        ("星河咖啡太慢了", {}, 1.8, 3.2),
        ("星河咖啡店员态度恶劣", {}, 1.8, 3.4),
        ("星河咖啡等了五十分钟还没做好，问就是系统问题，到底要等多久", {}, 3, 4.6),
        ("点的燕麦奶给我换成全脂，我特意备注了三遍。打电话过去，店员说“那你下次当面说”", {}, 3.4, 5.4),
        ("昨天在星河咖啡人民路店买的轻享拿铁，喝完拉肚子，店员不承认", {}, 3.4, 5.5),
        ("11月3日在星河咖啡人民路店，花了68元买的轻享拿铁里有一只虫子，店长说正常，要求退款", {}, 5, 7),
        ("11月3日在星河咖啡人民路店，花了68元买的轻享拿铁里有一只虫子，店长说正常，要求退款", {"media": IMAGE}, 5.8, 7.8),
        (FULL, {}, 8, 10),
        (FULL, {"media": IMAGE}, 9, 10),
    ],
)  # fmt: skip
def test_completeness_by_the_rubric(text: str, fields: dict[str, Any], low: float, high: float) -> None:
    found = score_completeness(reading(text, **fields))
    assert low <= found.value <= high, found.reasons


def test_no_complaint_has_completeness_one() -> None:
    assert score_completeness(reading("11月3日在星河咖啡人民路店花了68元，真好喝"), False).value == 1


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("，11月3日买的", "time"), ("，昨天买的", "time"), ("，拖了三周", "how long"), ("，在人民路店", "place"), ("，我在成都", "place"),
        ("，订单号A1234567", "order or staff number"), ("，花了68元", "amount"), ("，说了三遍", "how often"), ("，有录音为证", "proof in the text"),
        ("，要求退款", "what is asked for"), ("，还有七个人也这样", "people"),
    ],
)  # fmt: skip
def test_each_fact_makes_a_complaint_more_complete(more: str, what: str) -> None:
    plain = "星河咖啡的杯子漏了，洒了一身，质量太差"
    found = score_completeness(reading(plain + more))
    assert found.value > completeness(plain)
    assert any(r.what == what and r.weight > 0 for r in found.reasons), found.reasons


@cache
def labelled() -> tuple[tuple[dict[str, Any], float], ...]:
    """Complaints of the corpus with the mean of people's labels."""
    found = []
    for file in sorted(CORPUS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            labels = record["labels"]
            if labels[0]["target"] == "brand" and all(label["topicality"] >= 4 for label in labels):
                found.append((record, sum(label["completeness"] for label in labels) / len(labels)))
    return tuple(found)


def test_completeness_agrees_with_people_on_the_corpus() -> None:
    """The issue asks for an error of at most 1.0 on at least 100 posts; two people differ by 0.5–0.7 here."""
    posts = labelled()
    assert len(posts) >= 1000
    values = []
    for record, _ in posts:
        terms = BrandTerms(name=record["brand"], aliases=tuple(record["brand_aliases"]))
        media = frozenset() if record["has_media"] == "none" else frozenset({record["has_media"]})
        item = ScoreInput(
            id="1", brand=terms.name, text=record["text"], platform=record["platform"], media=media, kind=record["kind"]
        )
        read = read_mention(item, shipped_words(), BrandFinder(terms, (), shipped_industries()), 20_000)
        values.append(score_completeness(read).value)
    truth = np.array([label for _, label in posts])
    assert np.mean(np.abs(np.array(values) - truth)) <= 1.0
    assert np.corrcoef(values, truth)[0, 1] >= 0.75  # by the facts alone; most posts are short and state few


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("星河咖啡真好喝", 1, 1),
        ("星河咖啡太慢了", 2, 2),
        ("我们三个人喝完都拉肚子", 4, 5),
        ("喝完十个人都不舒服，拉肚子", 5, 5),
        ("全家都拉肚子了", 5, 5),
        ("大约500个用户无法登录", 7, 8),
        ("1000名用户打不开", 8, 8),
        ("一万个用户打不开", 9, 9),
        ("210万用户打不开", 10, 10),
        ("全国门店都用不了", 7, 7),
        ("成都、武汉、郑州的店都打不开", 5.9, 6.1),
        ("同批次产品都发霉", 5, 5),
        ("150家企业客户打不开", 8, 9),
        ("星河咖啡系统故障，300家企业客户、300个客户都无法使用", 8, 9),
        ("很多企业客户打不开", 3, 6),
        ("二十多家加盟商被扣货款", 6, 7),
    ],
)
def test_scope_as_the_text_claims(text: str, low: float, high: float) -> None:
    found = score_scope(reading(text), RULES.scope)
    assert low <= found.value <= high, found.reasons


def spread(**fields: Any) -> Extent:
    item = post("星河咖啡", **fields)
    return score_already_spread(item, RULES.reach, RULES.speed, measure_speed(item))


def look(hours: float, **figures: int) -> tuple[datetime, Engagement]:
    return BORN + timedelta(hours=hours), Engagement(**figures)


@pytest.mark.parametrize(
    ("fields", "low", "high"),
    [
        ({}, 1, 1),
        ({"likes": 0, "comments": 0}, 1, 1),
        ({"likes": 10}, 1.8, 2.3),
        ({"likes": 100, "comments": 30}, 3.5, 4.2),
        ({"likes": 5000}, 6.7, 7.2),
        ({"reads": 1_000_000}, 6.8, 7.2),
        ({"likes": 600_000}, 10, 10),
        ({"likes": 200, "published_at": BORN, "seen_at": BORN + timedelta(hours=1)}, 4.9, 5.2),
        ({"likes": 200, "published_at": BORN, "seen_at": BORN + timedelta(days=9)}, 4, 4.6),
        ({"likes": 700, "history": (look(1, likes=0),), "seen_at": BORN + timedelta(hours=2)}, 5.9, 6.1),
        ({"history": (look(0, reads=0), look(1, reads=200_000))}, 6.9, 7.1),
        ({"history": (look(0, likes=5), look(3, likes=5))}, 1, 1),
        ({"history": (look(3, likes=5), look(0, likes=305))}, 1, 1),
        ({"history": (look(2, reposts=2500), look(1, reposts=0))}, 6.9, 7.1),
        ({"likes": 90, "history": (look(0.99, likes=0),), "seen_at": BORN + timedelta(hours=1)}, 5.1, 5.6),
    ],
)  # fmt: skip
def test_figures_and_their_speed(fields: dict[str, Any], low: float, high: float) -> None:
    found = spread(**fields)
    assert low <= found.value <= high, found.reasons


def test_speed_is_named_and_unknown_figures_are_uncertain() -> None:
    fast = spread(likes=900, history=(look(1, likes=300),), seen_at=BORN + timedelta(hours=2))
    assert any(r.what == "reactions per hour" and r.evidence.startswith("600") for r in fast.reasons)
    assert spread().uncertain and not spread(likes=0).uncertain and not fast.uncertain


FIGURES = st.fixed_dictionaries(
    {n: st.none() | st.integers(0, 10**8) for n in ("reads", "likes", "comments", "reposts")}
)
LOOKS = st.lists(st.tuples(st.integers(0, 200), FIGURES), max_size=4)


@given(
    FIGURES,
    LOOKS,
    st.sampled_from(["reads", "likes", "comments", "reposts"]),
    st.integers(0, 10**8),
    st.integers(0, 10**8),
)
def test_more_figures_never_lower_it_and_the_reasons_add_up(
    fields: dict[str, Any], looks: list[tuple[int, dict[str, Any]]], name: str, one: int, other: int
) -> None:
    history = tuple((BORN + timedelta(hours=h), Engagement(**f)) for h, f in looks)
    timed = fields | {"published_at": BORN, "seen_at": BORN + timedelta(hours=201), "history": history}
    few, many = (spread(**(timed | {name: n})) for n in sorted((one, other)))
    assert many.value >= few.value
    for found in (few, many):
        assert 1 <= found.value <= 10
        assert sum(r.weight for r in found.reasons) == pytest.approx(found.value)


PIECES = st.lists(
    st.sampled_from(["星河咖啡", "有虫子", "昨天", "11月3日", "人民路店", "花了68元", "三个人", "要求退款", "录音为证", "全国", "成都", "！", "订单号A1234567", "垃圾"]),
    max_size=20,
).map("".join)  # fmt: skip


@given(PIECES, st.sampled_from(["post", "comment"]))
def test_completeness_and_scope_stay_within_the_scale_and_add_up(text: str, kind: str) -> None:
    read = reading(text, kind=kind)
    for found in (score_completeness(read), score_scope(read, RULES.scope)):
        assert 1 <= found.value <= 10 and found.value == round(found.value, 1)
        assert sum(r.weight for r in found.reasons) == pytest.approx(found.value)
