"""The compliance checklist (S10): which clauses a complaint touches; the checklist as a file that users edit."""

from __future__ import annotations

from functools import cache

import pytest

from scoring.assessment import Assessment, BrandTerms
from scoring.checklist import join_checklists, parse_checklist, unknown_tags
from scoring.emotion import CueEngine
from scoring.scorer import Scorer
from scoring.shipped import shipped_checklist, shipped_manual, shipped_rules, shipped_text, shipped_words
from scoring.wording import ROLES, render_finding
from tests.scoring.builders import post, score

BANK = BrandTerms(name="安澜银行", aliases=("安澜",))
INSURER = BrandTerms(name="平宁保险")


@cache
def scorer() -> Scorer:
    return Scorer(
        shipped_words(), shipped_rules(), CueEngine(shipped_words()), {BANK.name: BANK, INSURER.name: INSURER}
    )


def of_bank(text: str, brand: str = BANK.name) -> Assessment:
    return scorer().score([post(text, brand=brand)])[0]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        # the rulebook's items
        ("星河咖啡未经同意扣了会员费", {"service_agreement"}),
        ("星河咖啡自动续费，默认勾选", {"service_agreement"}),
        ("星河咖啡七天无理由也不给退货", {"seven_day_return"}),
        ("星河咖啡不给退款", {"seven_day_return"}),
        ("星河咖啡迟迟不发货，物流不动", {"delivery_time"}),
        ("星河咖啡外卖超时，全洒了", {"delivery_time"}),
        ("星河咖啡把我的个人信息泄露出去了", {"personal_information", "account_security"}),
        ("星河咖啡会员账号被盗，别人的订单都看得到", {"account_security"}),
        # further ones
        ("星河咖啡喝出一只虫子", {"food_safety"}),
        ("星河咖啡后厨发霉，用过期牛奶", {"food_safety"}),
        ("星河咖啡的壶炸裂，把手烫伤了", {"product_safety"}),
        ("星河咖啡的保温杯坏了，保修不认", {"three_guarantees"}),
        ("星河咖啡虚假宣传，欺诈消费者", {"false_advertising"}),
        ("星河咖啡杀熟，先涨后降", {"price_marking"}),
        ("星河咖啡充值卡，店跑路了，要求退款", {"prepaid_money"}),
        ("孩子充值打赏星河咖啡直播两千块，不给退款", {"minors"}),
        ("星河咖啡歧视残障人士，不让轮椅进", {"elderly_disabled"}),
        ("星河咖啡拖欠工资，员工罢工", {"labour_law"}),
        ("星河咖啡太离谱了，我打了12315投诉，不给退款", {"authority_inquiry"}),
    ],
)  # fmt: skip
def test_a_complaint_is_tagged(text: str, items: set[str]) -> None:
    found = score(text)
    assert items <= set(found.checklist), (found.checklist, found.level)
    for key in found.checklist:
        assert sum(r.what == f"checklist: {key}" and r.rule == "S10" for r in found.reasons) == 1


@pytest.mark.parametrize(
    ("text", "brand", "item"),
    [
        ("安澜银行态度恶劣，三个窗口只开一个", BANK.name, "banking_norms"),
        ("安澜取不出钱，门口排队", BANK.name, "banking_norms"),
        ("安澜银行冻结了我的卡，无法转账", BANK.name, "banking_norms"),
        ("平宁保险拒赔，理赔拖了三个月", INSURER.name, "insurance_sales"),
    ],
)
def test_norms_of_a_trade_stand_beside_its_names_or_words(text: str, brand: str, item: str) -> None:
    assert item in of_bank(text, brand).checklist
    assert item not in score("星河咖啡店员态度恶劣，等了一个小时").checklist


@pytest.mark.parametrize(
    "text",
    [
        "星河咖啡真好喝",
        "请问星河咖啡几点开门",
        "网传星河咖啡喝出虫子，系谣言，不属实",
        "云朵咖啡喝出虫子。还是星河咖啡好喝",
    ],
)
def test_no_complaint_has_no_items(text: str) -> None:
    assert score(text).checklist == ()


def test_every_item_is_whole_and_refers_to_what_exists() -> None:
    shipped = shipped_checklist()
    assert {"service_agreement", "banking_norms", "seven_day_return", "delivery_time", "personal_information"} <= set(
        shipped.items
    )
    assert unknown_tags(shipped, shipped_words().groups, shipped_manual().names()) == []
    named = {item for group in shipped_words().groups.values() for item in group.checklist}
    assert named <= set(shipped.items)
    for item in shipped.items.values():
        for said in (item.name, item.clause, item.question):
            assert said["zh"] and said["en"] and said["zh"] != said["en"]
        assert item.role in ROLES and "？" in item.question["zh"], item.key
        assert render_finding(f"checklist: {item.key}", "zh") == f"合规核查：{item.name['zh']}"


MINE = """
name: mine
items:
  - key: cup_deposit
    name: {zh: 杯子押金, en: cup deposit}
    clause: {zh: 本公司押金规定}
    question: {zh: 押金何时退？}
    role: finance
    tags: {words: [杯子押金], categories: [refund]}
  - key: delivery_time
    name: {zh: 我们的时效}
    clause: {zh: 30 分钟必达}
    question: {zh: 晚了多久？}
    role: duty
    tags: {groups: [logistics]}
"""


def test_users_add_and_replace_items() -> None:
    own, problems = parse_checklist(MINE, "mine.yaml")
    assert own is not None, problems
    joined = join_checklists([shipped_checklist(), own])
    assert (
        joined.items["delivery_time"].name["en"] == "我们的时效"
        and len(joined.items) == len(shipped_checklist().items) + 1
    )
    assert joined.version != shipped_checklist().version
    mine = Scorer(shipped_words(), shipped_rules(), CueEngine(shipped_words()), {}, checklist=joined)
    found = mine.score([post("星河咖啡的杯子押金不退")])[0]
    assert "cup_deposit" in found.checklist
    assert unknown_tags(joined, {"refund"}, ()) and (
        "delivery_time",
        'tags: word group "logistics" is in no word library',
    ) in unknown_tags(joined, (), ())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("items: 3", 1, 'a list "items"'),
        ("items: [3]", 1, "an item is a mapping"),
        ("items:\n  - key: A", 2, "lower-case letters"),
        ("items:\n  - key: a\n    nam: {zh: a}", 3, 'did you mean "name"'),
        ("items:\n  - key: a\n    name: {zh: a}\n    clause: {zh: b}\n    question: {zh: c}\n    role: boss\n    tags: {words: [d]}", 6, 'role is "boss": accepted are legal'),
        ("items:\n  - key: a\n    name: {zh: a}\n    clause: {zh: b}\n    question: {zh: c}\n    role: legal", 2, "tags of item \"a\" are missing"),
        ("items:\n  - key: a\n    name: {zh: a}\n    clause: {zh: b}\n    question: {zh: c}\n    role: legal\n    tags: {word: [d]}", 7, 'did you mean "words"'),
        ("items:\n  - key: a\n    name: {zh: a}\n    clause: {zh: b}\n    question: {zh: c}\n    role: legal\n    tags: {categories: [rage]}", 7, 'category "rage"'),
        ("items:\n  - key: a\n    name: {zh: a}\n    question: {zh: c}\n    role: legal\n    tags: {words: [d]}", 2, "clause of item"),
    ],
)  # fmt: skip
def test_wrong_checklists_name_line_and_what_is_accepted(text: str, line: int, said: str) -> None:
    found, problems = parse_checklist(text, "c.yaml", ("legal", "pr"))
    assert found is None
    assert any(p.line == line and said in p.what for p in problems), problems


def test_the_shipped_checklist_is_a_file_like_the_users() -> None:
    found, problems = parse_checklist(shipped_text("checklists", "default.yaml"), "default.yaml", tuple(ROLES))
    assert found is not None and not problems
