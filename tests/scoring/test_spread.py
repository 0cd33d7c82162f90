"""The spread index (S6): weights, and the floor for strong anger described clearly; the rulebook's example end to end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rules import parse_rules
from scoring.shipped import shipped_rules
from scoring.spread import score_spread
from tests.scoring.builders import score

RULES = shipped_rules().spread
NAMES = ("topicality", "emotion", "reach", "completeness", "scope", "already_spread")
FLOOR = "floor: strong anger described clearly"


def index(*values: float) -> float:
    return score_spread(dict(zip(NAMES, values, strict=True)), RULES)[0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 1, 1, 1, 1, 1), 1), ((10, 10, 10, 10, 10, 10), 10), ((5, 5, 5, 5, 5, 5), 5),
        ((10, 1, 1, 1, 1, 1), 3.7), ((1, 10, 1, 1, 1, 1), 2.8), ((1, 1, 10, 1, 1, 1), 2.8), ((1, 1, 1, 10, 1, 1), 1.9), ((1, 1, 1, 1, 10, 1), 1.9),
        ((1, 1, 1, 1, 1, 10), 1.9), ((6, 4, 3, 4, 2, 2), 4), ((9, 6, 2, 6, 2, 2), 5.3),
        # the rulebook: emotion 8 or more and completeness 7 or more is 8 or more whatever the weights
        ((5, 8, 1, 7, 1, 1), 8), ((4, 10, 1, 10, 1, 1), 8), ((1, 8, 1, 7, 1, 1), 8), ((10, 10, 10, 8, 8, 8), 9.4),
        ((5, 7.9, 1, 7, 1, 1), 4.2), ((5, 8, 1, 6.9, 1, 1), 4.2), ((5, 8.1, 1, 7.1, 1, 1), 8), ((8, 8, 8, 8, 8, 8), 8), ((10, 8, 9, 7, 9, 9), 8.9),
    ],
)  # fmt: skip
def test_weights_and_floor(values: tuple[float, ...], expected: float) -> None:
    assert index(*values) == pytest.approx(expected, abs=0.051)


def test_the_floor_is_a_reason_of_its_own() -> None:
    value, reasons = score_spread(dict(zip(NAMES, (5, 9, 1, 8, 1, 1), strict=True)), RULES)
    assert value == 8 and reasons[-1].what == FLOOR and reasons[-1].weight > 0
    value, reasons = score_spread(dict(zip(NAMES, (10, 10, 10, 10, 10, 10), strict=True)), RULES)
    assert value == 10 and all(r.what != FLOOR for r in reasons)


def test_the_rulebooks_example_end_to_end() -> None:
    """Strong anger described clearly, from a nobody whom nobody answered: 8 or more."""
    text = (
        "2026年11月3日下午三点，星河咖啡人民路店，订单号A12345678，花了68元，轻享拿铁里有虫！！！有录音有照片为证，傻逼店员还骂我，骗子公司！！！"
        "11月4日起打了五次客服电话，答复“已记录”，垃圾！必须退款给我道歉，三天不解决就曝光你们！！！"
    )
    found = score(text, followers=20, likes=0, comments=0, reposts=0, media=frozenset({"image"}))
    assert found.emotion >= 8 and found.completeness >= 7, (found.emotion, found.completeness)
    assert found.spread >= 8
    assert any(r.rule == "S6" and r.what == FLOOR for r in found.reasons)
    calm = score(text.replace("！", "。").replace("傻逼", "").replace("骗子公司", "").replace("垃圾", ""), followers=20)
    assert calm.spread < 8


def test_users_set_weights_and_floor() -> None:
    text = "name: mine\nextends: default\nspread: {weights: {topicality: 0, emotion: 0, reach: 5, completeness: 0, scope: 0, already_spread: 5}, floor: {emotion: 9}}\n"
    rules, problems = parse_rules(text, "r.yaml")
    assert rules is not None, problems
    assert score_spread(dict(zip(NAMES, (9, 8.5, 4, 8, 9, 6), strict=True)), rules.spread)[0] == 5


@given(
    st.fixed_dictionaries({n: st.integers(10, 100).map(lambda v: v / 10) for n in NAMES}),
    st.sampled_from(NAMES),
    st.integers(0, 90),
)
def test_in_range_adding_up_and_never_lower_for_more(factors: dict[str, float], name: str, more: int) -> None:
    value, reasons = score_spread(factors, RULES)
    assert 1 <= value <= 10
    assert sum(r.weight for r in reasons) == pytest.approx(value)
    raised: dict[str, Any] = factors | {name: min(10.0, factors[name] + more / 10)}
    assert score_spread(raised, RULES)[0] >= value
