"""How the libraries' word and the models' opinion become one value with reasons that add up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from scoring.assessment import BrandTerms, Risk
from scoring.emotion_model import ModelEngine
from scoring.extent import Extent
from scoring.judging import Read, Reader, judge
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.learned import CATEGORIES
from scoring.scorer import Scorer
from scoring.shipped import shipped_industries, shipped_learned, shipped_rules, shipped_words
from scoring.verdict import (
    Opinion,
    form_opinions,
    is_disputed,
    settle_completeness,
    settle_feeling,
    settle_level,
    settle_topicality,
)  # fmt: skip
from tests.scoring.builders import BRAND, post, shipped_scorer

READER = Reader(shipped_words(), 20_000, {BRAND.name: BRAND}, shipped_industries())
GROUPS = frozenset(shipped_learned().judgement.index)


def read(text: str, **fields: Any) -> Read:
    return READER.read(post(text, **fields))


def opinion(**fields: Any) -> Opinion:
    given: dict[str, Any] = {
        "topicality": 5.0, "emotion": 4.0, "completeness": 3.0, "target": "brand", "chances": [0.1] * len(CATEGORIES),
        "levels": (1.0, 0.3, 0.0), "positive": 0.0, "quotes": ((0, 0), (0, 0)),
    }  # fmt: skip
    given |= fields
    if "levels" not in fields and given["topicality"] < 4.0:
        given["levels"] = (0.2, 0.1, 0.0)
    return Opinion(**given)


def total(reasons: Sequence[Any], rule: str) -> float:
    return round(sum(r.weight for r in reasons if r.rule == rule), 6)


@pytest.mark.parametrize("value", [1.0, 2.34, 5.06, 9.96, 10.0])
def test_the_models_value_stands_and_the_reasons_add_up_to_it(value: float) -> None:
    one = read("星河咖啡退款拖了三周，客服不理")
    topic = settle_topicality(one, opinion(topicality=value), GROUPS)
    feeling = settle_feeling(one, opinion(emotion=value))
    assert topic.value == feeling.value == round(value, 1)
    assert total(topic.reasons, "S1") == topic.value and total(feeling.reasons, "S2") == feeling.value


def test_nothing_is_added_where_both_agree() -> None:
    one = read("星河咖啡喝出虫子")
    settled = settle_topicality(one, opinion(topicality=one.topicality.value), GROUPS)
    assert settled.reasons == one.topicality.reasons


def test_the_move_is_quoted_from_the_text_where_it_stands_there() -> None:
    one = read("星河咖啡的杯子漏了，店員說沒辦法")
    marked = f"^{one.masked}$"
    cup, nothing_done = marked.index("杯子漏了"), marked.index("说没办法")
    quotes = ((nothing_done, cup), (0, 0))
    up = settle_topicality(one, opinion(topicality=9.0, quotes=quotes), GROUPS).reasons[-1]
    assert (up.what, up.evidence, up.at) == ("learned: wording", "說沒辦法", (12, 16))
    down = settle_topicality(one, opinion(topicality=1.0, quotes=quotes), GROUPS).reasons[-1]
    assert (down.evidence, down.at) == ("杯子漏了，", (5, 10)) and down.weight < 0


def test_a_move_without_a_quotation_says_so() -> None:
    none = settle_topicality(read("星河咖啡"), opinion(topicality=9.0), GROUPS).reasons[-1]
    assert (none.what, none.evidence, none.at) == ("learned: findings together", "", None)


@pytest.mark.parametrize("text", ["", "   \n", "！！！", "\u200b"])
def test_nothing_is_thought_of_a_post_in_which_nothing_is_written(text: str) -> None:
    one = read(text)
    assert settle_topicality(one, opinion(topicality=9.0), GROUPS) == one.topicality
    assert settle_feeling(one, opinion(emotion=9.0)) == one.feeling


@pytest.mark.parametrize("text", ["星河咖啡真好喝", "星河咖啡 好喝！！！", "推荐星河咖啡"])
def test_praise_and_nothing_more_is_praise(text: str) -> None:
    one = read(text)
    assert settle_topicality(one, opinion(topicality=6.0), GROUPS).value <= 3.0
    assert settle_feeling(one, opinion(emotion=6.0)).value <= 1.5


def test_a_name_that_holds_praise_is_no_praise() -> None:
    terms = BrandTerms(name="完美西饼")
    kept = Reader(shipped_words(), 20_000, {terms.name: terms}, shipped_industries())
    one = kept.read(post("完美西饼关门了", brand=terms.name))
    assert settle_topicality(one, opinion(topicality=4.4), GROUPS).value == 4.4


def test_a_rival_that_is_better_is_no_praise_of_the_brand() -> None:
    terms = BrandTerms(name="星河咖啡", rivals=("云朵咖啡",))
    kept = Reader(shipped_words(), 20_000, {terms.name: terms}, shipped_industries())
    one = kept.read(post("云朵咖啡比星河咖啡好喝", brand=terms.name))
    assert settle_feeling(one, opinion(emotion=3.0)).value == 3.0


def test_what_the_libraries_settle_is_not_disputed() -> None:
    assert not is_disputed(read("星河咖啡真好喝"), opinion(topicality=8.0))
    assert is_disputed(read("星河咖啡的包装换了新的样子"), opinion(topicality=8.0))


@pytest.mark.parametrize(
    "text",
    [
        "星河咖啡真好喝，等了一小时才到", "星河咖啡真好喝，喝完拉肚子", "星河咖啡真棒啊，测速37", "好喝🙄星河咖啡", "星河咖啡最好倒闭",
        "星河咖啡很快就凉了", "谢谢星河咖啡让我失业", "星河咖啡好喝个鬼", "星河咖啡便宜没好货",
    ],
)  # fmt: skip
def test_praise_of_something_may_be_mockery(text: str) -> None:
    assert settle_feeling(read(text), opinion(emotion=6.0)).value == 6.0


def test_a_curse_beside_the_name_is_of_the_brand() -> None:
    longer = "星河咖啡骗子，昨天和隔壁桌的大哥聊了半天，他也这么说"
    settled = settle_topicality(read(longer), opinion(topicality=3.0, target="other"), GROUPS)
    assert (settled.value, settled.target) == (4.0, "brand") and total(settled.reasons, "S1") == 4.0
    assert settled.reasons[-1].what.startswith("anger: ") and settled.reasons[-1].at is not None
    graver = settle_topicality(read(longer), opinion(topicality=6.0, target="other"), GROUPS)
    assert (graver.value, graver.target) == (6.0, "brand")


@pytest.mark.parametrize(
    ("text", "least"), [("投诉星河咖啡", 5.0), ("举报星河咖啡！", 6.5), ("抵制星河咖啡", 6.5), ("星河咖啡退钱", 5.0)]
)
def test_the_name_with_a_word_of_complaint_is_no_less_than_that(text: str, least: float) -> None:
    settled = settle_topicality(read(text), opinion(topicality=2.3, target="none"), GROUPS)
    assert settled.value >= least and settled.target == "brand" and total(settled.reasons, "S1") == settled.value
    assert settle_topicality(read(text), opinion(topicality=9.0), GROUPS).value == 9.0


@pytest.mark.parametrize(
    "text",
    [
        "我在星河咖啡投诉组上班",
        "怎么投诉星河咖啡",
        "星河咖啡退款很快，好评",
        "星河咖啡绝了！",
        "星河咖啡真牛",
        "星河咖啡厉害了",
    ],
)
def test_more_than_that_is_left_to_the_model(text: str) -> None:
    assert settle_topicality(read(text), opinion(topicality=2.3, target="none"), GROUPS).value == 2.3


@pytest.mark.parametrize(
    "text",
    [
        "外卖小哥把星河咖啡洒了，骗子",
        "之前吐槽星河咖啡，今天已经解决了，好评",
        "刚出星河咖啡 气死我了，路上堵车堵了两个小时才到家",
        "有人在评论里说“星河咖啡骗子”，我倒是不同意这个说法的",
    ],
)
def test_a_curse_elsewhere_is_left_to_the_model(text: str) -> None:
    assert settle_topicality(read(text), opinion(topicality=3.0, target="other"), GROUPS).target == "other"


def test_a_calm_mention_has_no_target() -> None:
    assert settle_topicality(read("星河咖啡九点开门"), opinion(topicality=3.9), GROUPS).target == "none"
    assert (
        settle_topicality(read("星河咖啡九点开门"), opinion(topicality=3.9, target="other"), GROUPS).target == "other"
    )
    assert settle_topicality(read("星河咖啡太慢"), opinion(topicality=4.0), GROUPS).target == "brand"


def test_an_excluded_word_keeps_it_down_whatever_the_model_says() -> None:
    terms = BrandTerms(name="小灶外卖", aliases=("小灶",), excluded=("开小灶",))
    kept = Reader(shipped_words(), 20_000, {terms.name: terms}, shipped_industries())
    one = kept.read(post("老师给他开小灶，气死我了，必须投诉", brand="小灶外卖"))
    assert one.reading.presence.how == "excluded"
    settled = settle_topicality(one, opinion(topicality=9.9), GROUPS)
    assert settled.value <= 1.5 and settled.target == "none"
    assert total(settled.reasons, "S1") == settled.value


def own_words(text: str = "拼单翻车", kind: str = "matter", gravity: float = 8.4) -> WordLibrary:
    own, problems = parse_words(
        f"groups:\n  - key: own_group\n    name: {{zh: 自己的}}\n    kind: {kind}\n    category: product_quality\n"
        f"    gravity: {gravity}\n    words: [{text}]\n",
        "own.yaml",
    )
    assert own, problems
    return join_words([shipped_words(), own])


@cache
def own_scorer() -> Scorer:
    learned = shipped_learned()
    return Scorer(own_words(), shipped_rules(), ModelEngine(learned), {BRAND.name: BRAND}, learned=learned)


def test_a_users_own_word_group_outranks_the_model_upwards() -> None:
    text = "星河咖啡今天拼单翻车，哈哈"
    plain, own = shipped_scorer().score([post(text)])[0], own_scorer().score([post(text)])[0]
    assert plain.topicality < 8.4 <= own.topicality
    assert own.target == "brand" and own.level is not Risk.NONE
    reason = next(r for r in own.reasons if r.what == "matter: own_group" and r.rule == "S1")
    assert text[slice(*(reason.at or (0, 0)))] == "拼单翻车"
    assert total(own.reasons, "S1") == own.topicality


def test_a_users_own_word_counts_neither_denied_nor_where_the_brand_is_not_meant() -> None:
    for text in ("拼单翻车了，和谁都没关系", "今天天气好，拼单翻车"):
        assert own_scorer().score([post(text)])[0].topicality < 8.4, text


def test_the_shipped_groups_are_known_to_the_model_so_they_do_not_decide_alone() -> None:
    one = read("星河咖啡的新款真是炸了，起火了")
    assert one.topicality.value >= 8.5
    assert settle_topicality(one, opinion(topicality=3.0), GROUPS).value == 3.0
    assert settle_topicality(one, opinion(topicality=3.0), frozenset()).value >= 8.5


@pytest.mark.parametrize(
    "text",
    [
        "星河咖啡喝出一只虫子", "在星河咖啡吃出玻璃渣", "星河咖啡的蛋糕里有一根铁丝", "星河咖啡杯底发现死虫", "喝了星河咖啡一直拉肚子", "星河咖啡喝出蟑螂，店員說是葡萄乾",
    ],
)  # fmt: skip
def test_harm_that_is_plainly_told_stays_grave_whatever_the_model_says(text: str) -> None:
    one = read(text)
    settled = settle_topicality(one, opinion(topicality=3.0, target="none"), GROUPS)
    assert settled.value >= 8.5 and settled.target == "brand", one.reading.hits
    assert total(settled.reasons, "S1") == settled.value
    assert settle_topicality(one, opinion(topicality=9.7), GROUPS).value == 9.7


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("要是星河咖啡喝出虫子怎么办", {}),
        ("星河咖啡没有喝出过虫子", {}),
        ("听说有人在星河咖啡喝出虫子", {}),
        ("云朵咖啡喝出虫子，还是星河咖啡好", {}),
        ("科普：星河咖啡喝出虫子能不能要十倍赔偿", {}),
        ("星河咖啡的蛋糕里有一根头发", {}),
        ("媒体报道星河咖啡喝出虫子一事", {"verified": "media"}),
        ("星河咖啡的杯子起火了", {}),
    ],
)
def test_what_is_supposed_heard_denied_or_a_rivals_is_left_to_the_model(text: str, fields: dict[str, Any]) -> None:
    assert settle_topicality(read(text, **fields), opinion(topicality=3.0), GROUPS).value == 3.0


@pytest.mark.parametrize(
    ("text", "value", "target"),
    [("我们决定召回全部批次，深表歉意", 9.0, "brand"), ("关于网传视频的说明：不属实", 4.0, "none")],
)
def test_the_brands_own_confession_or_denial_is_what_the_rubric_settles(text: str, value: float, target: str) -> None:
    one = read(text, author_name="星河小助手", verified="enterprise")
    for said in (2.0, 9.9):
        settled = settle_topicality(one, opinion(topicality=said, target="other"), GROUPS)
        assert (settled.value, settled.target) == (value, target)
        assert total(settled.reasons, "S1") == value


@pytest.mark.parametrize(
    ("emotion", "positive", "mood"),
    [
        (1.2, 0.9, "positive"),
        (1.2, 0.1, "neutral"),
        (2.5, 0.9, "neutral"),
        (3.5, 0.9, "negative"),
        (9.0, 0.0, "negative"),
    ],
)
def test_the_mood_goes_with_the_emotion(emotion: float, positive: float, mood: str) -> None:
    assert settle_feeling(read("星河咖啡九点开门"), opinion(emotion=emotion, positive=positive)).mood == mood


def test_completeness_is_the_models_for_a_complaint_and_one_for_none() -> None:
    base = Extent(value=4.0, reasons=(), uncertain=False)
    assert settle_completeness(base, opinion(completeness=6.26), True).value == 6.3
    calm = settle_completeness(base, opinion(completeness=6.2), False)
    assert calm.value == 1.0 and calm.reasons[-1].weight == -3.0
    same = Extent(value=6.3, reasons=(), uncertain=False)
    assert settle_completeness(same, opinion(completeness=6.26), True).reasons == ()


@pytest.mark.parametrize(
    ("level", "levels", "wanted"),
    [
        (Risk.LOW, (1.0, 0.6, 0.1), Risk.MEDIUM),
        (Risk.LOW, (1.0, 0.9, 0.7), Risk.HIGH),
        (Risk.LOW, (1.0, 0.3, 0.9), Risk.LOW),
        (Risk.LOW, (1.0, 0.49, 0.0), Risk.LOW),
        (Risk.MEDIUM, (1.0, 0.8, 0.6), Risk.HIGH),
        (Risk.MEDIUM, (1.0, 0.1, 0.0), Risk.LOW),
        (Risk.MEDIUM, (1.0, 0.3, 0.0), Risk.MEDIUM),
        (Risk.HIGH, (0.0, 0.0, 0.0), Risk.HIGH),
        (Risk.NONE, (1.0, 1.0, 1.0), Risk.NONE),
    ],
)
def test_the_level_is_raised_where_likelier_than_not_and_high_never_lowered(
    level: Risk, levels: tuple[float, ...], wanted: Risk
) -> None:
    found, reasons = settle_level(level, "brand", opinion(levels=levels))
    assert found is wanted and bool(reasons) is (found is not level)
    assert settle_level(level, "other", opinion(levels=levels)) == (level, ())


def test_quotations_begin_in_the_masked_text_and_are_the_same_in_any_batch() -> None:
    texts = [
        "星河咖啡喝出虫子，客服不理人",
        "",
        "😡",
        "好",
        "星河咖啡" * 40,
        "a" * 900,
        "轻享拿铁凉了，退款拖了三周，气死",
    ]
    reads = [read(t) for t in texts]
    learned = shipped_learned()
    together = form_opinions(reads, judge(reads, learned), learned)
    for one, found in zip(reads, together, strict=True):
        assert form_opinions([one], judge([one], learned), learned) == [found]
        for start in (*found.quotes[0], *found.quotes[1]):
            assert 0 <= start < len(one.masked) + 2
        assert sum(found.categories.values()) == pytest.approx(1.0, abs=1e-3)


def test_what_people_would_hardly_less_likely_call_a_complaint_is_one() -> None:
    one = read("星河咖啡今天的杯子有点小")
    shelved = settle_topicality(one, opinion(topicality=3.4, levels=(0.3, 0.0, 0.0)), GROUPS)
    assert (shelved.value, shelved.target) == (3.4, "none")
    kept = settle_topicality(one, opinion(topicality=3.4, levels=(0.48, 0.0, 0.0)), GROUPS)
    assert (kept.value, kept.target) == (4.0, "brand") and total(kept.reasons, "S1") == 4.0
    assert settle_topicality(one, opinion(topicality=2.0, levels=(0.48, 0.0, 0.0)), GROUPS).value == 2.0


def test_a_short_post_that_names_a_harm_and_a_hospital_is_grave_whatever_the_model_thinks() -> None:
    told = read("星河咖啡食物中毒，两个同事在医院挂水")
    assert settle_topicality(told, opinion(topicality=4.0), GROUPS).value >= 8.5
    long = read("星河咖啡食物中毒，两个同事在医院挂水" + "。下班后我们又聊起上个月看的电影" * 5)
    assert settle_topicality(long, opinion(topicality=4.0), GROUPS).value == 4.0


def test_words_and_model_far_apart_leave_the_score_uncertain() -> None:
    told = read("星河咖啡食物中毒，两个同事在医院挂水")
    assert is_disputed(told, opinion(topicality=4.0)) and not is_disputed(told, opinion(topicality=9.5))
