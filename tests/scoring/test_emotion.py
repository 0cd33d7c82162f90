"""Emotion (S2) as shipped: how strong the writer's own negative feeling is, by the rubric's table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scoring.builders import judge

OWN: dict[str, Any] = {"author_name": "星河小助手", "verified": "enterprise", "followers": 1_000_000}
PRESS: dict[str, Any] = {"verified": "media", "followers": 800_000, "platform": "news"}
MISSED = {
    "a cold demand with a threat": "the model hears formal words as calm: 3.0–4.0",
    "English anger": "the corpus has little English fury: 3.7–4.0",
}
"""Cases that the shipped model does not reach, with what it says instead."""
CASES: list[tuple[str, dict[str, Any], float, float, str, str]] = [
    # 1: positive, or neutral and calm
    ("星河咖啡真好喝，开心", {}, 1, 1.9, "positive neutral", "praise"),
    ("约了同学三点在星河咖啡见", {}, 1, 2, "positive neutral", "daily life"),
    ("请问星河咖啡几点开门", {}, 1, 2, "neutral positive", "a question"),
    ("谢谢星河咖啡的小姐姐，帮我找回了钱包", {}, 1, 2, "positive", "thanks"),
    ("新品上市，第二杯半价", OWN, 1, 2, "neutral positive", "its own advertisement"),
    ("我们深表歉意，涉事门店已停业整顿", OWN, 1, 2, "neutral", "its own apology has no feeling"),
    ("市场监管局通报：星河咖啡三家门店使用过期原料，已立案", PRESS, 1, 2.4, "neutral", "a report"),
    ("", {}, 1, 1.5, "neutral", "nothing written"),
    # 2–3: a shade of regret
    ("星河咖啡涨价了，有点可惜", {}, 1.8, 4.2, "neutral negative", "a shade of regret"),
    ("要是星河咖啡晚点关门就好了", {}, 1, 3.6, "neutral negative", "a wish"),
    ("星河咖啡那家店关了，挺舍不得的", {}, 1.2, 4, "neutral negative", "regret"),
    # 4–5: dissatisfied, disappointed, worried
    ("星河咖啡送错了，没人接电话", {}, 3.5, 5.9, "negative", "dissatisfied"),
    ("对星河咖啡挺失望的，退款拖了两周", {}, 3.7, 6, "negative", "disappointed"),
    ("星河咖啡又排了四十分钟", {}, 3, 5.5, "negative neutral", "a delay told calmly"),
    ("喝完星河咖啡肚子有点不舒服，有点担心", {}, 3.6, 6.2, "negative", "worried"),
    # 6–7: clearly angry, sad or afraid; blames
    ("星河咖啡太过分了，投诉三次都敷衍我，凭什么？", {}, 5.2, 7.9, "negative", "angry, blames"),
    ("孩子喝了星河咖啡上吐下泻，我在急诊室哭了一晚上", {}, 5.2, 9, "negative", "afraid for a child"),
    ("真的受够了星河咖啡的客服，每次都踢皮球，恶心", {}, 5.2, 8, "negative", "fed up"),
    ("请星河咖啡三日内书面答复并退还全部费用，逾期将向法院起诉", {}, 4.4, 7.4, "negative", "a cold demand with a threat"),
    # 8: furious
    ("骗子！！！气死我了，星河咖啡不退钱就曝光你！！！", {}, 7.2, 9.5, "negative", "furious, threatens to expose"),
    ("星河咖啡你们还有没有良心！！！立刻给我道歉！！！", {}, 6.8, 9.2, "negative", "repeated marks and a demand"),
    ("气炸了！！星河咖啡店员当着我妈的面骂人，垃圾，投诉到底！！", {}, 6.8, 9.4, "negative", "strong words"),
    # 9–10: enraged or desperate
    ("傻逼星河咖啡，cnm，全家死绝的垃圾公司！！！", {}, 8.4, 10, "negative", "insults and curses"),
    ("星河咖啡去死吧！畜生公司，所有人一起抵制，倒闭才好！！！", {}, 8, 10, "negative", "curses, all-out boycott"),
    ("我操你妈星河咖啡，黑心狗东西，不得好死！！！", {}, 8.4, 10, "negative", "curses"),
    # whoever it aims at; other scripts and tongues
    ("太慢啦[怒][怒]星河咖啡你是用脚做的吗", {}, 4.6, 8.2, "negative", "emoticons of anger"),
    ("星河咖啡的客服態度惡劣，氣死我了", {}, 5, 8.6, "negative", "traditional characters"),
    ("Worst service ever at 星河coffee, I am so angry!!!", {}, 5.4, 9.2, "negative", "English anger"),
]  # fmt: skip


def case(text: str, fields: dict[str, Any], low: float, high: float, moods: str, why: str) -> Any:
    marks = [pytest.mark.xfail(reason=MISSED[why], strict=True)] if why in MISSED else []
    return pytest.param(text, fields, low, high, moods.split(), id=why, marks=marks)


@pytest.mark.parametrize(("text", "fields", "low", "high", "moods"), [case(*c) for c in CASES])
def test_emotion_follows_the_rubric(
    text: str, fields: dict[str, Any], low: float, high: float, moods: list[str]
) -> None:
    found = judge(text, **fields)
    assert low <= found.emotion <= high, [(r.what, r.evidence, r.weight) for r in found.reasons if r.rule == "S2"]
    assert found.mood in moods


def test_the_table_is_long_enough_and_each_case_has_its_own_name() -> None:
    assert len(CASES) >= 25 and len({c[0] for c in CASES}) == len(CASES)


def test_insults_quoted_from_others_are_not_the_writers() -> None:
    quoted = judge("星河咖啡店员说“你个傻逼滚出去吧”")
    own = judge("星河咖啡店员你个傻逼滚出去吧")
    assert own.emotion > quoted.emotion


def test_a_repost_counts_the_writers_own_feeling() -> None:
    assert judge("转发微博//@路人:星河咖啡骗子，气死我了！！！").emotion <= 2
    assert judge("骗子，气死我了！！！//@路人:星河咖啡真好喝").emotion >= 5


def test_stronger_words_and_more_marks_feel_stronger() -> None:
    scores = [
        judge(f"星河咖啡{t}").emotion
        for t in ("真好喝", "有点慢", "太差了，气人", "太差了，气死我了！！！垃圾骗子！！！")
    ]
    assert scores == sorted(scores) and scores[-1] - scores[0] >= 5
