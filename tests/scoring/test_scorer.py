"""What the word libraries and rules alone say of single posts; as shipped, with the models: test_topicality, test_emotion, test_challenge."""

from __future__ import annotations

import pytest

from scoring.assessment import Category, Risk, assessment_from_json, assessment_to_json
from tests.scoring.builders import score

H, M, L, N = Risk.HIGH, Risk.MEDIUM, Risk.LOW, Risk.NONE


@pytest.mark.parametrize(
    ("text", "fields", "low", "high", "level"),
    [
        ("今天天气真好", {}, 1, 1.9, N),
        ("星河咖啡的新品真好喝，推荐给大家", {}, 2, 3, N),
        ("请问星河咖啡几点开门", {}, 2, 3.4, N),
        ("星河咖啡内部券 5折起 秒发 看主页", {}, 1, 2.2, N),
        ("星河咖啡又涨价了，一杯要三十", {}, 4, 4.9, L),
        ("建议星河咖啡加个大杯", {}, 4, 4.5, L),
        ("星河咖啡等了五十分钟还没做好", {}, 4.5, 6.5, L),
        ("星河咖啡不给退款，客服态度恶劣", {"followers": 60}, 5.3, 7, L),
        ("姐妹们避雷星河咖啡！服务差得离谱", {"followers": 80}, 7, 7.9, M),
        ("星河咖啡泄露我的手机号，已经有人打电话来了", {"followers": 80}, 8, 8.9, M),
        ("星河咖啡里喝出一只虫子", {"followers": 80}, 9, 9.9, H),
        ("孩子喝完星河咖啡拉肚子住院了", {"followers": 80}, 10, 10, H),
        ("听说星河咖啡有人喝完过敏了，不知道真假", {}, 5, 8, M),
    ],
)
def test_topicality_and_level_follow_the_rubric(
    text: str, fields: dict[str, object], low: float, high: float, level: Risk
) -> None:
    found = score(text, **fields)
    assert low <= found.topicality <= high, found.reasons
    assert found.level is level or (level is M and found.level is L and "听说" in text), found.reasons


def test_reach_makes_a_shared_complaint_high() -> None:
    text = "避雷星河咖啡，退款拖了三周，客服踢皮球，太过分了，气死我了"
    assert score(text, followers=300).level is M
    assert score(text, followers=900_000, verified="personal").level is H


def test_a_public_figure_who_complains_of_a_defect_is_high_at_once() -> None:
    text = "星河咖啡的杯子漏了，质量太差"
    assert score(text, followers=150, verified="none").level in (L, M)
    found = score(text, followers=300_000, verified="personal")
    assert found.level is H
    assert any(r.rule == "S12" and "public figure" in r.what for r in found.reasons)


def test_the_same_complaint_about_a_rival_or_by_another_word_is_none() -> None:
    assert score("云朵咖啡喝出虫子，恶心。还是星河咖啡好喝").target == "other"
    assert score("昨晚的星河真美，可惜没带三脚架").level is N
    assert score("星河的店员态度恶劣，点单等了一小时").level is not N


def test_a_denied_word_is_no_claim() -> None:
    assert score("喝了星河咖啡一个月，没有过敏，很好喝").level is N


def test_solved_cases_and_denials_are_no_blame() -> None:
    assert score("星河咖啡送错了，客服秒退，态度很好").level is N
    denied = score("网传星河咖啡喝出虫子一事不属实，系谣言", verified="media", followers=100_000)
    assert (denied.level, denied.target, denied.category) == (L, "none", Category.NONE)


@pytest.mark.parametrize(
    ("text", "level", "target"),
    [
        ("关于网传视频的说明：不属实，请勿传谣", L, "none"),
        ("我们决定召回轻享拿铁全部批次，深表歉意", H, "brand"),
        ("亲亲您好，给您带来不便请私信我们", N, "none"),
        ("新品上市，第二杯半价", N, "none"),
    ],
)
def test_the_brands_own_account_is_read_as_such(text: str, level: Risk, target: str) -> None:
    found = score(text, author_name="星河小助手", verified="enterprise", followers=1_000_000)
    assert (found.level, found.target) == (level, target)
    assert found.emotion <= 2


def test_a_repost_counts_the_writers_own_words_only() -> None:
    assert score("转发微博//@路人:星河咖啡喝出虫子，孩子住院了").level is N
    assert score("星河咖啡太离谱了，骗子//@路人:好喝").level is not N


@pytest.mark.parametrize(
    ("text", "category", "split"),
    [
        ("星河咖啡喝出玻璃碎，嘴割破了", Category.SAFETY, "operational"),
        ("星河咖啡店员骂人，态度恶劣", Category.SERVICE_ATTITUDE, "attitude"),
        ("星河咖啡不给退款，申请退款三次被拒", Category.REFUND, "process"),
        ("星河咖啡app闪退，支付失败", Category.TECH_FAULT, "operational"),
        ("星河咖啡外卖超时，全洒了，包裹压坏", Category.LOGISTICS, "operational"),
        ("星河咖啡又涨价，太贵喝不起", Category.PRICE, "operational"),
        ("星河咖啡把我的个人信息泄露出去了", Category.PRIVACY, "operational"),
        ("星河咖啡虚假宣传，欺诈消费者", Category.OTHER, "operational"),
        ("星河咖啡真好喝", Category.NONE, None),
    ],
)
def test_category_and_split(text: str, category: Category, split: str | None) -> None:
    found = score(text)
    assert (found.category, found.split) == (category, split)
    assert any(r.rule == "S7" for r in found.reasons) is (category is not Category.NONE)


def test_product_problem_checklist_and_word_groups() -> None:
    found = score("星河咖啡的轻享拿铁喝出异物，未经同意扣了会员费，要求退款")
    assert (found.product, found.problem) == ("轻享拿铁", "异物")
    assert {"seven_day_return", "service_agreement"} <= set(found.checklist)
    assert {"foreign_body", "refund", "unauthorised_charge"} <= set(found.word_groups)


def test_strong_anger_described_clearly_is_spread_eight() -> None:
    text = "11月3日在星河咖啡人民路店，订单号A12345678，花了68元，轻享拿铁里有虫，有录音有照片为证，傻逼店员还骂我，骗子！！！必须退款给我道歉！"
    found = score(text, followers=20, media=frozenset({"image"}))
    assert found.emotion >= 8 and found.completeness >= 7
    assert found.spread >= 8
    assert any("floor" in r.what and r.weight > 0 for r in found.reasons if r.rule == "S6")


def test_evidence_stands_at_its_place_in_the_text() -> None:
    text = "開頭。星河咖啡 投 诉无门，垃 圾公司，喝出異物！"
    found = score(text)
    placed = [r for r in found.reasons if r.at is not None]
    assert len(placed) >= 4
    for reason in placed:
        start, end = reason.at or (0, 0)
        assert "".join(reason.evidence.split()).startswith("".join(text[start:end].split())), reason


def test_unknown_inputs_are_said_to_be_uncertain() -> None:
    found = score("星河咖啡太慢了")
    assert set(found.uncertain) == {"reach", "already_spread"}
    assert score("", followers=3, likes=0).uncertain == ("topicality", "emotion")


def test_impact_is_high_above_a_hundred_enterprise_customers() -> None:
    assert score("星河咖啡系统故障，300家企业客户、300个客户都无法使用").impact == "high"


def test_json_round_trip() -> None:
    found = score("星河咖啡喝出虫子，恶心", followers=100)
    assert assessment_from_json(assessment_to_json(found)) == found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("星河咖啡真好喝，开心", 1, 1.5),
        ("星河咖啡九点开门", 1, 1.5),
        ("星河咖啡涨价了，有点可惜", 2, 4),
        ("星河咖啡送错了，没人接电话", 3.5, 5.5),
        ("星河咖啡太过分了，投诉三次都敷衍我，凭什么？", 5.5, 7.9),
        ("骗子！！！气死我了，星河咖啡不退钱就曝光你！！！", 7.9, 9.2),
        ("傻逼星河咖啡，cnm，全家死绝的垃圾公司！！！", 8.8, 10),
    ],
)
def test_emotion_follows_the_rubric(text: str, low: float, high: float) -> None:
    assert low <= score(text).emotion <= high


def test_insults_quoted_from_others_are_not_the_writers() -> None:
    quoted = score("星河咖啡店员说“你个傻逼滚出去吧”")
    own = score("星河咖啡店员你个傻逼滚出去吧")
    assert own.emotion - quoted.emotion >= 1.5
