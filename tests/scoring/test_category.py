"""Category on two levels after the classification manual, and the split (S7); the manual as a file that users edit."""

from __future__ import annotations

from functools import cache

import pytest

from scoring.assessment import Category
from scoring.brand import BrandFinder
from scoring.category import Classification, select_category
from scoring.emotion import CueEngine
from scoring.keywords import SPLITS
from scoring.manual import parse_manual, unknown_subcategories
from scoring.reading import Reading, read_mention
from scoring.scorer import Scorer
from scoring.shipped import shipped_industries, shipped_manual, shipped_rules, shipped_text, shipped_words
from scoring.wording import CATEGORIES, render_finding
from tests.scoring.builders import BRAND, post, score

SHIPPED = shipped_text("manuals", "default.yaml")


@cache
def finder() -> BrandFinder:
    return BrandFinder(BRAND, (), shipped_industries())


def reading(text: str) -> Reading:
    return read_mention(post(text), shipped_words(), finder(), 20_000)


def classify(text: str, opinion: dict[Category, float] | None = None) -> Classification:
    return select_category(reading(text), shipped_manual(), opinion)


@pytest.mark.parametrize(
    ("text", "category", "subcategory", "split"),
    [
        # the rulebook's example: product quality – functional fault
        ("星河咖啡的保温杯用了三天就坏了，无法使用", "product_quality", "functional_fault", "operational"),
        ("星河咖啡杯子开裂，掉漆", "product_quality", "appearance_defect", "operational"),
        ("星河咖啡六罐只到五罐，少发了，漏发也不补", "product_quality", "wrong_or_missing", "operational"),
        ("星河咖啡的豆子和宣传页描述不符，货不对板", "product_quality", "not_as_described", "operational"),
        ("星河咖啡难喝，口感差，像刷锅水", "product_quality", "experience", "operational"),
        ("星河咖啡店员态度恶劣，爱理不理", "service_attitude", "attitude", "attitude"),
        ("星河咖啡店员骂人，骂我买不起就滚", "service_attitude", "insult", "attitude"),  # settled: insult by staff
        (
            "星河咖啡拒载导盲犬，歧视残障人士",
            "service_attitude",
            "discrimination",
            "attitude",
        ),  # settled: discrimination
        ("星河咖啡客服打不通，踢皮球，已读不回", "service_attitude", "unreachable", "process"),
        ("星河咖啡外卖超时，物流不动，还没到", "logistics", "delivery", "operational"),
        ("星河咖啡的快递弄丢了，包裹丢失", "logistics", "lost", "operational"),
        ("星河咖啡寄来的杯子全碎了，压坏了，破损", "logistics", "damaged", "operational"),
        ("星河咖啡虚假签收，放驿站，不送货上门", "logistics", "false_sign", "attitude"),
        ("星河咖啡不给退款，七天无理由也不让退", "refund", "refund_refused", "process"),
        ("星河咖啡退款还没退，到账遥遥无期，一直处理中", "refund", "refund_late", "process"),
        ("星河咖啡充值卡，店关门了，余额不退，押金不退", "refund", "prepaid_lost", "operational"),
        ("星河咖啡app闪退，打不开", "tech_fault", "app_fault", "operational"),
        ("星河咖啡app登录失败，验证码收不到", "tech_fault", "login", "operational"),
        ("星河咖啡支付失败，重复扣款", "tech_fault", "payment", "operational"),
        ("星河咖啡又涨价，太贵喝不起", "price", "price", "operational"),
        ("星河咖啡未经同意自动续费，擅自扣费", "price", "unauthorised_charge", "operational"),
        ("星河咖啡杀熟，老用户比新用户贵", "price", "price_unfair", "operational"),
        ("星河咖啡喝出玻璃碎，嘴割破了", "safety", "foreign_body", "operational"),  # settled: foreign body
        ("喝完星河咖啡食物中毒，上吐下泻", "safety", "food_poisoning", "operational"),
        ("星河咖啡的壶把我手烫伤了", "safety", "injury", "operational"),  # settled: burning, injury
        ("星河咖啡的充电杯起火了", "safety", "fire", "operational"),
        ("星河咖啡把我的个人信息泄露出去了", "privacy", "data_leak", "operational"),
        ("星河咖啡排队排了两小时，太慢了", "other", "waiting", "process"),  # settled: queues
        ("星河咖啡虚假宣传，欺诈消费者", "other", "fraud", "operational"),  # settled: fraud, false advertising
        ("星河咖啡拖欠工资，员工罢工", "other", "labour", "process"),  # settled: labour disputes
    ],
)
def test_two_levels_and_the_split(text: str, category: str, subcategory: str, split: str) -> None:
    found = classify(text)
    assert (found.category, found.subcategory, found.split) == (Category(category), subcategory, split), found.reasons
    assert found.nature != "none" and found.problem and found.crisis_type


@pytest.mark.parametrize(
    "text",
    [
        "星河咖啡真好喝",
        "星河咖啡 第二杯半价 转发抽奖 优惠券",
        "网传星河咖啡喝出虫子系谣言，不属实",
        "请问星河咖啡几点开门",
    ],
)
def test_praise_advertising_denial_and_questions_are_none(text: str) -> None:
    found = score(text)
    assert (found.category, found.subcategory, found.split, found.nature) == (Category.NONE, None, None, "none")


def test_without_a_known_matter_the_product_or_other() -> None:
    assert classify("星河咖啡的轻享拿铁气死我了").category is Category.PRODUCT_QUALITY
    assert classify("星河咖啡气死我了").category is Category.OTHER


def test_safety_outranks_what_else_is_said() -> None:
    assert classify("星河咖啡态度恶劣，不给退款，客服敷衍，我只是喝出虫子").category is Category.SAFETY


def test_a_learned_opinion_decides_where_words_do_not() -> None:
    opinion = {Category.LOGISTICS: 0.7, Category.REFUND: 0.2, Category.NONE: 0.1}
    found = classify("星河咖啡的东西停在中转站十一天，我催到没脾气", opinion)
    assert found.category is Category.LOGISTICS and found.subcategory == "delivery"
    assert classify("星河咖啡气死我了", {Category.NONE: 0.9, Category.PRICE: 0.1}).category is Category.PRICE
    unsure = {Category.TECH_FAULT: 0.4, Category.SERVICE_ATTITUDE: 0.3}
    assert classify("星河咖啡店员态度恶劣", unsure).category is Category.SERVICE_ATTITUDE, (
        "words of a matter still count"
    )
    assert classify("星河咖啡喝出虫子", {Category.OTHER: 0.3, Category.SAFETY: 0.25}).category is Category.SAFETY


def test_every_category_of_the_manual_has_its_name_and_every_group_its_subcategory() -> None:
    manual = shipped_manual()
    assert set(manual.entries) == set(Category)
    assert unknown_subcategories(shipped_words().groups.values(), manual) == []
    assert {k: v for k, v in manual.category_names().items() if v != CATEGORIES[k]} == {}
    for entry in manual.entries.values():
        assert entry.about["zh"] and entry.about["en"] and (entry.lead or entry.category is Category.NONE)
        for sub in entry.subcategories:
            assert sub.split in SPLITS and sub.examples and sub.signs and sub.about["zh"], sub.key


def test_the_manuals_own_examples_and_names() -> None:
    assert render_finding("subcategory: functional_fault", "zh") == "细分类型：功能故障"
    assert render_finding("subcategory: functional_fault", "en") == "subcategory: functional fault"
    books = {"subcategory": {"brew": ("冲泡", "brewing")}, "checklist": {}, "category": {"other": ("杂项", "misc")}}
    assert render_finding("subcategory: brew", "zh", books=books) == "细分类型：冲泡"
    assert render_finding("category: other", "zh", books=books) == "问题类型：杂项"


def test_users_add_subcategories() -> None:
    text = SHIPPED.replace(
        "      - key: experience\n",
        "      - key: brewing\n        name: {zh: 冲泡, en: brewing}\n        split: process\n        signs: [冲不开, 沉淀]\n      - key: experience\n",
    )
    manual, problems = parse_manual(text, "mine.yaml")
    assert manual is not None, problems
    own = Scorer(shipped_words(), shipped_rules(), CueEngine(shipped_words()), {BRAND.name: BRAND}, manual=manual)
    item = post("星河咖啡的速溶粉冲不开，全是沉淀，质量太差")
    found = own.score([item])[0]
    assert (found.category, found.subcategory, found.split) == (Category.PRODUCT_QUALITY, "brewing", "process")
    assert found.rules_version != score(item.text).rules_version


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("categories: 3", 1, 'a list "categories"'),
        ("categories:\n  - key: rage\n    name: {zh: 怒}", 2, "accepted are product_quality"),
        ("categories:\n  - key: price", 2, "name of \"price\" is None"),
        ("categories:\n  - key: price\n    nam: {zh: a}", 3, 'did you mean "name"'),
        ("categories:\n  - key: price\n    name: {zh: a}\n    subcategories:\n      - key: Ä\n        name: {zh: b}", 5, "lower-case letters"),
        ("categories:\n  - key: price\n    name: {zh: a}\n    subcategories:\n      - key: b\n        name: {zh: b}\n        split: mood", 7, "accepted are operational, attitude, process"),
        ("categories:\n  - key: price\n    name: {zh: a}\n    subcategories:\n      - {key: b, name: {zh: b}}\n      - {key: b, name: {zh: c}}", 6, "stands twice"),
        ("categories:\n  - key: price\n    name: {zh: a}\n  - key: price\n    name: {zh: a}", 4, "stands twice"),
        ("categories:\n  - key: price\n    name: {zh: a}", 1, 'category "product_quality" is missing'),
        ("categories: [", 1, "not valid YAML"),
    ],
)  # fmt: skip
def test_wrong_manuals_name_line_and_what_is_accepted(text: str, line: int, said: str) -> None:
    found, problems = parse_manual(text, "m.yaml")
    assert found is None
    assert any(p.line == line and said in p.what for p in problems), problems
