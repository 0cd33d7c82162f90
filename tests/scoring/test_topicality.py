"""Topicality (S1) as shipped: about the brand? a complaint? shared? how grave? By the rubric's table, its own examples first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scoring.builders import judge

OWN: dict[str, Any] = {"author_name": "星河小助手", "verified": "enterprise", "followers": 1_000_000}
GRAVE = {"followers": 80}
CASES: list[tuple[str, dict[str, Any], float, float, str]] = [
    # 1: not about the brand
    ("昨晚的星河真美，可惜没带三脚架", {}, 1, 2, "the same word with another meaning"),
    ("今天天气真好", {}, 1, 2, "not about the brand"),
    ("星河咖啡 云朵咖啡 山风咖啡 雨季咖啡 大量收代金券", {}, 1, 2.4, "spam that only lists the name"),
    # 2–3: in passing, praise, question, advertisement, daily life
    ("星河咖啡的新品真好喝，推荐给大家", {}, 1.6, 3.4, "praise"),
    ("请问星河咖啡几点开门", {}, 1.6, 3.4, "a question"),
    ("星河咖啡内部券 5折起 秒发 看主页", {}, 1, 3.4, "an advertisement"),
    ("约了同学三点在星河咖啡见", {}, 1.6, 3.4, "daily life"),
    ("云朵咖啡喝出虫子，恶心。还是星河咖啡好喝", {}, 1.6, 3.4, "a complaint about a rival"),
    ("星河咖啡漏发了一杯，客服两分钟就补了，点赞", {}, 1.6, 3.6, "solved and praised"),
    ("亲亲您好，给您带来不便请私信我们", OWN, 1.6, 3.6, "the brand's reply to one customer"),
    # 4: mild dissatisfaction, suggestion; denied rumours and digests
    ("建议星河咖啡加个大杯", {}, 3.4, 4.9, "a suggestion"),
    ("星河咖啡又涨价了，一杯要三十", {}, 3.6, 5, "price"),
    ("星河咖啡今天队好长，等得有点烦", {}, 3.5, 5, "a queue"),
    ("星河咖啡这次的拿铁有点淡，没以前好喝", {}, 3.5, 5, "taste"),
    ("关于网传视频的说明：不属实，请勿传谣", OWN, 3.5, 4.4, "its own denial"),
    ("网传星河咖啡喝出虫子一事不属实，系谣言", {"verified": "media", "followers": 100_000}, 3.4, 4.6, "a rumour denied"),
    # 5–6: plain complaints
    ("星河咖啡外卖超时一个小时，送到都凉了", {}, 4.3, 6.6, "delay"),
    ("星河咖啡不给退款，客服态度恶劣", {}, 4.6, 6.9, "refund and attitude"),
    ("星河咖啡的保温杯用了两天就漏水", {}, 4.4, 6.6, "a product that does not work"),
    ("星河咖啡app一直闪退，点不了单", {}, 4.3, 6.6, "an app that does not work"),
    # 7: shared, calls on others, authorities, refusal
    ("姐妹们避雷星河咖啡！服务差得离谱", {}, 6, 7.9, "a call on others"),
    ("星河咖啡拒不退卡，已经打12315投诉，大家别办他家的卡", {}, 6, 8, "refusal, regulator, a call on others"),
    ("@人民日报 @央视新闻 管管星河咖啡，三百多人的预付卡退不了", {}, 6.4, 8.9, "tags media, many victims"),
    # 8: law, privacy, discrimination, fraud, a shared defect, an apology owed
    ("星河咖啡泄露我的手机号，已经有人打电话来了", {}, 6.8, 9, "privacy"),
    ("星河咖啡店员说不接待外地人，让我滚出去", {}, 6.5, 9, "discrimination"),
    ("星河咖啡虚假宣传，说是现磨其实全是速溶粉，这是欺诈", {}, 6.2, 9, "fraud"),
    ("听说星河咖啡有人喝完过敏了，不知道真假", {}, 4.5, 8.4, "hearsay: 8 at most"),
    ("我们决定召回轻享拿铁全部批次，深表歉意", OWN, 8, 10, "its own recall confirms the event"),
    # 9: health or safety with a claim of fact
    ("星河咖啡里喝出一只虫子", GRAVE, 8, 9.9, "foreign body"),
    ("喝完星河咖啡上吐下泻，同事三个都这样", GRAVE, 8, 10, "illness"),
    ("星河咖啡店员把热水洒我手上，起了一片水泡", GRAVE, 7.5, 10, "injury"),
    ("星河咖啡的充电宝在店里起火了，烧黑半张桌子", GRAVE, 7.5, 10, "fire"),
    # 10: with hospital, death, police, regulator or proof
    ("孩子喝完星河咖啡拉肚子住院了", GRAVE, 9, 10, "hospital"),
    ("喝了星河咖啡食物中毒，诊断书在图里", {"media": frozenset({"image"})}, 8.6, 10, "proof that the text points to"),
    ("星河咖啡喝出刀片割破喉咙，已经报警，警察在店里", GRAVE, 9, 10, "police"),
]  # fmt: skip


def case(text: str, fields: dict[str, Any], low: float, high: float, why: str) -> Any:
    return pytest.param(text, fields, low, high, id=why)


@pytest.mark.parametrize(("text", "fields", "low", "high"), [case(*c) for c in CASES])
def test_topicality_follows_the_rubric(text: str, fields: dict[str, Any], low: float, high: float) -> None:
    found = judge(text, **fields)
    assert low <= found.topicality <= high, [(r.what, r.evidence, r.weight) for r in found.reasons if r.rule == "S1"]


def test_the_table_is_long_enough_and_each_case_has_its_own_name() -> None:
    assert len(CASES) >= 25 and len({c[4] for c in CASES}) == len(CASES)
    assert sum(low >= 7.5 for _, _, low, _, _ in CASES) >= 7 and sum(high <= 3.6 for _, _, _, high, _ in CASES) >= 8


@pytest.mark.parametrize(
    ("graver", "lighter"),
    [
        ("星河咖啡喝出玻璃渣，嘴割破了", "星河咖啡把我的身份证照片发到群里"),
        ("星河咖啡把我的身份证照片发到群里", "星河咖啡的杯子漏水"),
        ("星河咖啡退款拖了一个月不给", "星河咖啡有点贵"),
        ("星河咖啡的店员骂人", "星河咖啡今天排队有点久"),
    ],
)
def test_safety_stands_above_privacy_above_fault_above_price(graver: str, lighter: str) -> None:
    assert judge(graver).topicality > judge(lighter).topicality


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("星河咖啡的店员骂人，退款也不给", "brand"),
        ("云朵咖啡喝出虫子，还是星河咖啡好", "other"),
        ("星河咖啡真好喝", "none"),
        ("请问星河咖啡几点开门", "none"),
    ],
)
def test_the_target_is_whom_the_blame_falls_on(text: str, target: str) -> None:
    assert judge(text).target == target
