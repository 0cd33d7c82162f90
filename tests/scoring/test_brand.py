"""Is it about the brand? Everyday names against deer and fruit, excluded and required words, accounts, reposts, rivals (S1)."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from scoring.assessment import BrandTerms
from scoring.brand import BrandFinder, Presence
from scoring.shipped import shipped_industries
from scoring.text import fold_text
from scoring.wording import FINDINGS
from tests.scoring.builders import score

DEER = BrandTerms(name="小鹿", aliases=("小鹿快递", "小鹿速运", "小鹿驿站"), excluded=("小鹿妆",), rivals=("飞驿速递",))
ORANGE = BrandTerms(
    name="橙子",
    aliases=("橙子茶饮", "橙子家", "Chengzi Tea"),
    products=("满杯橙橙",),
    official_accounts=("橙子小助手",),
)
SNOW = BrandTerms(
    name="初雪", aliases=("初雪护肤", "Chuxue"), products=("初雪面霜", "精华"), excluded=("初雪（第一场雪）",)
)
MATCH = BrandTerms(name="火柴", aliases=("火柴装修", "火柴全屋定制"), products=("整装套餐",), rivals=("栎家",))
TAIL = BrandTerms(name="尾巴", aliases=("尾巴商城", "尾巴宠物"), excluded=("摇尾巴", "尾巴骨"))
CORNER = BrandTerms(name="路口出行", aliases=("路口", "路口打车"), excluded=("十字路口",))
SHUTTLE = BrandTerms(name="云梭出行", aliases=("云梭", "云梭打车"))
CALM = BrandTerms(name="安澜银行", aliases=("安澜",))
RICE = BrandTerms(name="小米粒", aliases=("米粒",), required=("App", "借款"))
WHALE = BrandTerms(name="蓝鲸手机", aliases=("蓝鲸", "蓝鲸X3"))


@cache
def finder(terms: BrandTerms) -> BrandFinder:
    return BrandFinder(terms, (), shipped_industries())


def find(terms: BrandTerms, text: str, **fields: Any) -> Presence:
    given = {"platform": "weibo", "kind": "post", "official": False, "commerce": False} | fields
    return finder(terms).find(fold_text(text), **given)


COMMENT = {"kind": "comment", "implied": True}
ABOUT = [
    (ORANGE, "从包里掏出来那罐橙子茶饮，已经馊了", {}, "named", "橙子茶饮"),
    (ORANGE, "点了杯橙子，喝到一半发现没放糖", {}, "context", "橙子"),
    (ORANGE, "在楼下橙子坐了一下午，续杯两次", {}, "context", "橙子"),
    (ORANGE, "橙子的店员今天心情不错，多给了我一勺小料", {}, "context", "橙子"),
    (ORANGE, "橙子你们的小程序又崩了", {}, "context", "橙子"),
    (ORANGE, "满杯橙橙有股怪味", {}, "product", "满杯橙橙"),
    (ORANGE, "@橙子 出来挨打", {}, "context", "橙子"),
    (ORANGE, "橙子家出新品了", {}, "context", "橙子家"),
    (ORANGE, "Chengzi Tea gave me the wrong cup again", {}, "named", "Chengzi Tea"),
    (ORANGE, "味道怪怪的", {"kind": "review"}, "platform", ""),
    (ORANGE, "不好喝", {"platform": "appstore"}, "platform", ""),
    (ORANGE, "再也不买了", {"platform": "import"}, "platform", ""),
    (ORANGE, "各位周末愉快", {"official": True}, "official", ""),
    (ORANGE, "同感，我那杯也是", COMMENT, "under a post about it", ""),
    (DEER, "小鹿寄丢了我的包裹，客服让我等", {}, "context", "小鹿"),
    (DEER, "小鹿快递的小哥脾气真好", {}, "named", "小鹿快递"),
    (DEER, "投诉小鹿！三天没派件", {}, "context", "小鹿"),
    (DEER, "用小鹿快递寄的小鹿妆教程书被压坏了", {}, "named", "小鹿快递"),
    (DEER, "面单上写的是飞驿速递，实际是小鹿送的，件都烂了", {}, "context", "小鹿"),
    (SNOW, "同事从包里掏出来那罐精华，我不用看就知道叫初雪", {}, "context", "初雪"),
    (SNOW, "初雪面霜搓泥", {}, "product", "初雪面霜"),
    (SNOW, "避雷初雪，用了三天脸红得发烫", {}, "context", "初雪"),
    (MATCH, "火柴的设计师第四次改图，工期又往后推", {}, "context", "火柴"),
    (MATCH, "火柴和栎家选哪个，有装过的吗", {}, "context", "火柴"),
    (MATCH, "火柴装修跑路了", {}, "named", "火柴装修"),
    (TAIL, "在尾巴买的猫粮全是碎渣", {}, "context", "尾巴"),
    (TAIL, "尾巴商城到底退不退钱", {}, "named", "尾巴商城"),
    (CORNER, "路口司机绕路，多收我十二块", {}, "context", "路口"),
    (CORNER, "在十字路口等路口打车，等了半小时没人接单", {}, "named", "路口打车"),
    (SHUTTLE, "打了个云梭去医院看外婆", {}, "named", "云梭"),
    (SHUTTLE, "云梭你没有心", {}, "named", "云梭"),
    (CALM, "北岭银行三个窗口开一个，隔壁安澜都换号三轮了", {}, "named", "安澜"),
    (RICE, "米粒App催收爆我通讯录", {}, "context", "米粒"),
    (RICE, "小米粒借款利息太高", {}, "context", "小米粒"),
    (WHALE, "枕头边的蓝鲸充电时突然冒烟", {}, "context", "蓝鲸"),
    (WHALE, "X2放口袋里自己发热，客服让我寄回检测，屏也绿了", {}, "context", ""),
    (SHUTTLE, "我也遇到过！", {"reposted": "//@阿蘅:云梭出行司机拒载"}, "in the reposted words", ""),
]


@pytest.mark.parametrize(("terms", "text", "fields", "how", "evidence"), ABOUT)
def test_it_is_about_the_brand(terms: BrandTerms, text: str, fields: dict[str, Any], how: str, evidence: str) -> None:
    found = find(terms, text, **fields)
    assert (found.about, found.how, found.evidence) == (True, how, evidence), found.clues
    assert found.weight > 0
    if found.at is not None:
        assert text[slice(*found.at)] == evidence


NOT_ABOUT = [
    (ORANGE, "橙子吃多了手掌会发黄，停一两周自己会退", {}),
    (ORANGE, "外婆寄来一筐橙子，剥开满屋子香", {}),
    (ORANGE, "阳台上那棵橙子树开花了", {}),
    (ORANGE, "给大家画了一颗橙子，挂在床头", {}),
    (DEER, "跟着教程画小鹿妆，鼻头那个点总不对", {}),
    (DEER, "动物园里三只小鹿在吃草，眼睛真大", {}),
    (SNOW, "今年的初雪来得早，第一场雪落在麦田里", {}),
    (SNOW, "初雪落下来的时候，我们正走到山口", {}),
    (MATCH, "停电了，奶奶划亮一根火柴，照见墙上的年画", {}),
    (MATCH, "《卖火柴的小女孩》我每次讲都哭", {}),
    (TAIL, "它冲我摇尾巴，尾巴尖上还沾着雪", {}),
    (TAIL, "猫的尾巴炸毛了，耳朵也压下去", {}),
    (CORNER, "村口那个十字路口站满了等儿女的老人", {}),
    (CORNER, "你们站在人生的路口，别怕", {}),
    (SHUTTLE, "今天天气真好", {}),
    (SHUTTLE, "转发微博", {"reposted": "//@甲:今天天气真好"}),
    (RICE, "碗里还剩几颗米粒，爸说要吃干净", {}),
    (RICE, "米粒掉了一桌子", {"commerce": True}),
    (WHALE, "一米八的蓝鲸抱枕，晚上抱着睡", {}),
    (WHALE, "纪录片里那头蓝鲸跃出海面", {}),
]


@pytest.mark.parametrize(("terms", "text", "fields"), NOT_ABOUT)
def test_it_is_another_meaning(terms: BrandTerms, text: str, fields: dict[str, Any]) -> None:
    found = find(terms, text, **fields)
    assert not found.about, found.clues
    assert found.weight <= 0
    assert found.how in ("other meaning", "not named", "excluded")


def test_an_excluded_word_counts_where_nothing_names_the_brand_clearly() -> None:
    assert find(DEER, "小鹿妆教程来了").how == "excluded"
    assert find(DEER, "小鹿快递弄丢了我的小鹿妆教程").about
    assert find(SNOW, "第一场雪，初雪，真冷").weight < find(SNOW, "初雪，真冷").weight, (
        "what stands in brackets is a sense"
    )


def test_a_decision_that_stands_on_little_is_said_to_be_uncertain() -> None:
    assert not find(ORANGE, "同感", kind="comment", implied=True).certain
    assert not find(MATCH, "我爸也说火柴").certain
    assert find(ORANGE, "避雷橙子，奶茶里喝出虫，店员说很正常").certain
    assert find(ORANGE, "橙子茶饮倒闭了").certain


def test_the_weighed_decision_says_what_was_weighed() -> None:
    text = "投诉小鹿！三天没派件"
    found = find(DEER, text)
    assert {"everyday word", "spoken of as a company", "words of its trade"} <= {c.what for c in found.clues}
    assert sum(c.weight for c in found.clues) == pytest.approx(found.weight)
    reasons = found.reasons(fold_text(text))
    assert reasons and all(r.rule == "S1" and r.weight == 0.0 and r.what in FINDINGS for r in reasons)
    placed = [r for r in reasons if r.at]
    assert placed and all(r.evidence.startswith(text[slice(*r.at)]) for r in placed if r.at)


@pytest.mark.parametrize(
    ("author", "verified", "official"),
    [
        ("橙子小助手", "unknown", True), ("橙子茶饮官方", "none", True), ("橙子茶饮城西店", "enterprise", True), ("橙子茶饮", "personal", False),
        ("爱吃橙子的猫", "none", False), ("爱吃橙子的猫", "personal", False), (None, "enterprise", False), ("", "none", False),
    ],
)  # fmt: skip
def test_the_brands_own_accounts(author: str | None, verified: str, official: bool) -> None:
    assert finder(ORANGE).is_official(author, verified) is official


def test_an_ordinary_handle_is_no_name_of_the_brand() -> None:
    handle = find(ORANGE, "回复@橙子味的夏天:哈哈哈")
    assert handle.weight < find(ORANGE, "回复@橙子:哈哈哈").weight
    assert find(ORANGE, "回复@橙子茶饮:还我钱").about


def test_rivals_platforms_and_other_brands_are_told_apart() -> None:
    found = find(MATCH, "栎家的板材比火柴好")
    assert [fold_text("栎家的板材比火柴好").text[s:e] for s, e in found.rivals] == ["栎家"]
    text = fold_text("在小红书看到北岭银行和安澜银行都限额，附近银行都排队，手机银行也登不上")
    besides = finder(CALM).besides(text)
    assert [text.text[s:e] for s, e in besides.platforms] == ["小红书"]
    assert [text.text[s:e] for s, e in besides.others] == ["北岭银行"]


def test_a_comment_that_turns_to_a_rival_is_not_about_the_brand() -> None:
    assert not find(MATCH, "栎家才垃圾好吧", kind="comment", implied=True).about
    assert find(MATCH, "你们吵归吵", kind="comment", implied=True).about


def test_the_score_tells_why_a_mention_was_taken_for_the_brand() -> None:
    found = score("昨晚的星河真美，可惜没带三脚架", brand="星河", brand_aliases=("星河咖啡",))
    assert found.level == "none"
    assert {"not about the brand", "everyday word"} <= {r.what for r in found.reasons if r.rule == "S1"}


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "小鹿",
                "小鹿快递",
                "包裹",
                "客服",
                "@",
                "#",
                "《",
                "》",
                "的",
                "在",
                "，",
                "。",
                "\n",
                "小鹿妆",
                "飞驿速递",
                "🦌",
                "xiaolu",
                "某鹿",
                "小lu",
                "*",
                "12",
            ]
        ),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)


@given(TEXTS, st.booleans(), TEXTS)
@settings(max_examples=200, deadline=None)
def test_any_text_gives_an_answer_that_adds_up(text: str, implied: bool, reposted: str) -> None:
    found = find(DEER, text, implied=implied, reposted=reposted, author=text[:5])
    assert (found.weight > 0) is found.about
    assert not found.clues or sum(c.weight for c in found.clues) == pytest.approx(found.weight, abs=1e-6)
    assert {c.what for c in found.clues} <= set(FINDINGS)
    folded = fold_text(text)
    for start, end in (*found.places, *found.rivals):
        assert 0 <= start < end <= len(folded.text)
    for reason in found.reasons(folded):
        assert reason.at is None or 0 <= reason.at[0] < reason.at[1] <= len(text)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_traditional_and_simplified_give_the_same(text: str) -> None:
    simple = OpenCC("t2s").convert(text)
    one, other = find(DEER, text), find(DEER, simple)
    assert (one.about, one.how, one.weight) == (other.about, other.how, other.weight)


@pytest.mark.parametrize("piece", ["小鹿妆", "小鹿包裹", "某鹿快递", "小🦌", "飞驿速递小鹿", "@小鹿", "银行"])
def test_work_grows_with_the_length_of_the_text_only(piece: str) -> None:
    few, many = (_count_steps(piece * times) for times in (300, 600))
    assert many <= 2.5 * max(few, 100)


def _count_steps(text: str) -> int:
    count = 0

    def on_call(*_: object) -> None:
        nonlocal count
        count += 1

    folded, seeker = fold_text(text), finder(DEER)
    sys.setprofile(on_call)
    try:
        seeker.find(folded, platform="weibo", kind="post", official=False, commerce=False)
        seeker.besides(folded)
    finally:
        sys.setprofile(None)
    return count
