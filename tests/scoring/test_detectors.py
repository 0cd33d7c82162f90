from __future__ import annotations

from datetime import timedelta

import pytest

from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Assessment, Category, Reason, Risk
from scoring.detectors.concentration import detect_concentration, select_windows
from scoring.detectors.matter import matter_of, select_home, select_incident
from scoring.detectors.single import detect_single
from scoring.shipped import shipped_rules, shipped_words
from tests.scoring.builders import NOON, assessment, post

RULES, WORDS = shipped_rules(), shipped_words()


def windows(found: Assessment) -> dict[tuple[str, str], object]:
    return {(w.rule, str(w.dimension)): w for w in select_windows(found, RULES, WORDS)}


def test_a_complaint_asks_for_its_product_problem_brand_and_word_groups() -> None:
    found = windows(assessment(product="轻享拿铁", problem="异物", word_groups=("refund",)))
    assert set(found) == {("D1", "product"), ("D1", "problem"), ("D2", "all"), ("D6", "word_group")}


def test_what_is_no_complaint_asks_for_nothing() -> None:
    assert select_windows(assessment(level=Risk.NONE), RULES, WORDS) == ()
    assert select_windows(assessment(target="none"), RULES, WORDS) == ()


@pytest.mark.parametrize(
    ("rule", "dimension", "voices", "level"),
    [
        ("D1", "product", 50, None),
        ("D1", "product", 51, Level.ORANGE),
        ("D1", "problem", 51, Level.ORANGE),
        ("D2", "all", 10, None),
        ("D2", "all", 11, Level.RED),
        ("D6", "word_group", 4, None),
        ("D6", "word_group", 5, Level.ORANGE),
    ],
)
def test_thresholds_count_independent_voices(rule: str, dimension: str, voices: int, level: Level | None) -> None:
    window = windows(assessment(product="轻享拿铁", problem="异物", word_groups=("refund",)))[(rule, dimension)]
    alert = detect_concentration(window, Count(raw=500, voices=voices), at=NOON, mentions=[str(i) for i in range(20)])  # type: ignore[arg-type]
    assert (alert.level if alert else None) == level
    if alert:
        assert alert.rule == rule and alert.at == NOON and alert.since < NOON
        assert len(alert.mentions) == 10
        assert f"{voices} voices" in " ".join(r.evidence for r in alert.reasons)


def test_windows_are_as_long_as_the_rules_say() -> None:
    found = windows(assessment(product="轻享拿铁"))
    assert found[("D1", "product")].since(NOON) == NOON - timedelta(hours=3)  # type: ignore[attr-defined]
    assert found[("D2", "all")].since(NOON) == NOON - timedelta(hours=1)  # type: ignore[attr-defined]


def single(found: Assessment, **fields: object) -> list[tuple[str, Level]]:
    item = post("", **{k: v for k, v in fields.items() if k not in ("customer", "audience")})
    more = {k: v for k, v in fields.items() if k in ("customer", "audience")}
    return [(a.rule, a.level) for a in detect_single(found, item, RULES, WORDS, key="weibo:post:1", at=NOON, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "fields", "expected"),
    [
        ({}, {}, []),
        ({"level": Risk.HIGH}, {}, [("S12", Level.RED)]),
        ({"word_groups": ("refund",)}, {}, [("L", Level.YELLOW)]),
        ({"word_groups": ("taste",)}, {}, []),
        ({"emotion": 8.0}, {}, [("L", Level.YELLOW)]),
        ({"word_groups": ("anger",)}, {}, [("L", Level.YELLOW)]),
        ({}, {"followers": 100_000, "verified": "personal"}, [("D6", Level.ORANGE)]),
        ({}, {"followers": 99_999, "verified": "personal"}, []),
        ({"reach": 8.0}, {"followers": 2_000_000}, [("D6", Level.ORANGE)]),
        ({}, {"audience": 100_001}, [("D6", Level.ORANGE)]),
        ({}, {"audience": 100_000}, []),
        ({}, {"reads": 250_000}, [("D6", Level.ORANGE)]),
        ({}, {"customer": "vip"}, [("D6", Level.ORANGE)]),
        ({}, {"customer": "partner"}, [("D6", Level.ORANGE)]),
        ({}, {"customer": "enterprise"}, []),
        ({}, {"customer": "ordinary"}, []),
        (
            {"level": Risk.HIGH, "emotion": 9.0},
            {"customer": "vip"},
            [("S12", Level.RED), ("D6", Level.ORANGE), ("L", Level.YELLOW)],
        ),
        ({"level": Risk.NONE, "emotion": 9.0}, {"customer": "vip"}, []),
    ],
)
def test_one_mention_alone(
    changes: dict[str, object], fields: dict[str, object], expected: list[tuple[str, Level]]
) -> None:
    assert single(assessment(**changes), **fields) == expected


def test_alerts_carry_their_reason_and_evidence() -> None:
    found = assessment(level=Risk.HIGH, reasons=(Reason(rule="S12", what="grave subject", evidence="topicality 9"),))
    (alert,) = detect_single(found, post(""), RULES, WORDS, key="weibo:post:1", at=NOON)
    assert alert.mentions == ("weibo:post:1",) and alert.reasons[0].what == "grave subject" and alert.risk is Risk.HIGH


def alert_on(level: Level = Level.ORANGE, **matter: object) -> Alert:
    return Alert(
        rule="S12",
        matter=Matter(brand="星河咖啡", **matter),
        dimension=Dimension.PROBLEM,
        value="",
        level=level,
        risk=Risk.HIGH,
        since=NOON,
        at=NOON,  # type: ignore[arg-type]
    )


SAFETY, REFUND, PRIVACY = Category.SAFETY, Category.REFUND, Category.PRIVACY


@pytest.mark.parametrize(
    ("new", "open_matter", "joins"),
    [
        (
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            True,
        ),
        ({"category": SAFETY, "problem": "食品致病"}, {"product": "拿铁", "category": SAFETY, "problem": "异物"}, True),
        (
            {"product": "美式", "category": SAFETY, "problem": "异物"},
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            False,
        ),
        (
            {"product": "拿铁", "category": REFUND, "problem": "要求退款"},
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            True,
        ),
        (
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            {"product": "拿铁", "category": REFUND, "problem": "要求退款"},
            False,
        ),
        (
            {"category": PRIVACY, "problem": "隐私泄露"},
            {"product": "拿铁", "category": SAFETY, "problem": "异物"},
            False,
        ),
        (
            {"category": Category.OTHER, "problem": "欺诈"},
            {"category": Category.OTHER, "problem": "等待时间太长"},
            False,
        ),
        ({"product": "拿铁"}, {"product": "拿铁", "category": SAFETY, "problem": "异物"}, True),
        ({}, {"product": "拿铁", "category": SAFETY, "problem": "异物"}, True),
    ],
)
def test_one_matter_is_one_incident(new: dict[str, object], open_matter: dict[str, object], joins: bool) -> None:
    found, reason = select_incident(alert_on(**new), [("FS-1", Matter(brand="星河咖啡", **open_matter))])  # type: ignore[arg-type]
    assert (found == "FS-1") is joins and reason


def test_other_brands_incidents_are_never_joined() -> None:
    assert select_incident(alert_on(), [("FS-1", Matter(brand="云朵咖啡"))])[0] is None


def test_a_brand_wide_alert_joins_the_highest_incident_of_the_brand() -> None:
    matters = [("FS-1", Matter(brand="星河咖啡", category=REFUND)), ("FS-2", Matter(brand="星河咖啡", category=SAFETY))]
    assert select_incident(alert_on(Level.RED), matters, {"FS-1": Level.YELLOW, "FS-2": Level.RED})[0] == "FS-2"


def test_the_closest_incident_wins_over_a_brand_wide_one() -> None:
    matters = [("FS-1", Matter(brand="星河咖啡")), ("FS-2", Matter(brand="星河咖啡", category=SAFETY, problem="异物"))]
    assert select_incident(alert_on(category=SAFETY, problem="异物"), matters)[0] == "FS-2"
    assert select_incident(alert_on(category=REFUND, problem="要求退款"), matters)[0] == "FS-1"


def test_a_graver_matter_gets_an_incident_of_its_own_beside_a_brand_wide_one() -> None:
    matters = [("FS-1", Matter(brand="星河咖啡"))]
    assert select_incident(alert_on(Level.RED, category=SAFETY), matters, {"FS-1": Level.ORANGE})[0] is None
    assert select_incident(alert_on(Level.RED, category=SAFETY), matters, {"FS-1": Level.RED})[0] == "FS-1"


def test_a_vague_complaint_joins_a_brand_wide_incident_only() -> None:
    wide, narrow = Matter(brand="星河咖啡"), Matter(brand="星河咖啡", category=SAFETY, problem="异物")
    assert select_home(Matter(brand="星河咖啡"), [("FS-1", narrow)])[0] is None
    assert select_home(Matter(brand="星河咖啡"), [("FS-1", narrow), ("FS-2", wide)])[0] == "FS-2"
    assert select_home(narrow, [("FS-1", narrow)])[0] == "FS-1"


def test_the_matter_of_a_mention() -> None:
    assert matter_of(assessment(category=Category.NONE)) == Matter(brand="星河咖啡")
    assert matter_of(assessment(product="拿铁", problem="异物", category=SAFETY)).problem == "异物"


CRISIS = Matter(brand="星河咖啡", product="轻享拿铁", category=Category.SAFETY, problem="异物")
SMALL = Matter(brand="星河咖啡", product="轻享拿铁", category=Category.PRODUCT_QUALITY)
RUNNING = {"RED": Level.RED, "SMALL": Level.YELLOW}


@pytest.mark.parametrize(
    ("level", "new", "home"),
    [
        # A wave about the product does not make a second crisis of the small matter that is closer to it.
        (Level.RED, {"product": "轻享拿铁", "category": Category.PRODUCT_QUALITY}, "RED"),
        (Level.RED, {"product": "轻享拿铁"}, "RED"),
        (Level.ORANGE, {"category": Category.SERVICE_ATTITUDE, "problem": "服务差"}, "RED"),
        (Level.ORANGE, {"category": Category.OTHER, "problem": "监管与诉讼"}, "RED"),
        (Level.YELLOW, {"category": Category.REFUND, "problem": "要求退款"}, "RED"),
        # Another product, another grave matter, and a queue are not the crisis.
        (Level.RED, {"product": "抹茶乌龙", "category": Category.PRODUCT_QUALITY}, None),
        (Level.RED, {"category": Category.PRIVACY, "problem": "隐私泄露"}, None),
        (Level.YELLOW, {"category": Category.OTHER, "problem": "等待时间太长"}, None),
        (Level.YELLOW, {"category": Category.LOGISTICS}, None),
    ],
)
def test_one_crisis_is_one_red_incident(level: Level, new: dict[str, object], home: str | None) -> None:
    found, _ = select_incident(alert_on(level, **new), [("RED", CRISIS), ("SMALL", SMALL)], RUNNING)
    assert found == home


def test_an_ordinary_complaint_about_the_crisis_product_is_about_the_crisis() -> None:
    new = Matter(brand="星河咖啡", product="轻享拿铁", category=Category.PRODUCT_QUALITY)
    assert select_home(new, [("RED", CRISIS), ("SMALL", SMALL)], RUNNING)[0] == "RED"


def test_while_the_crisis_has_no_product_yet_a_products_quality_is_its_own_matter() -> None:
    crisis = Matter(brand="星河咖啡", category=Category.SAFETY, problem="异物")
    new = Matter(brand="星河咖啡", product="抹茶乌龙", category=Category.PRODUCT_QUALITY)
    assert select_home(new, [("RED", crisis)], {"RED": Level.RED})[0] is None


def test_a_grave_complaint_that_says_of_no_harm_of_its_own_is_about_the_running_crisis() -> None:
    """ "They raffle off drink B while parents ask about their children": drink B is no second crisis."""
    crisis = Matter(brand="澄川", product="宝宝杯", category=Category.SAFETY, problem="异物")
    levels = {"A": Level.RED}
    other = Matter(brand="澄川", product="云顶", category=Category.SAFETY, problem=None)
    assert select_home(other, [("A", crisis)], levels)[0] == "A"
    own = Matter(brand="澄川", product="云顶", category=Category.SAFETY, problem="烫伤")
    assert select_home(own, [("A", crisis)], levels)[0] is None
