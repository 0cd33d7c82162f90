"""Cheap tests before costly patterns let nothing through that the patterns would find."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import facts, matching
from scoring.facts import parse_facts
from scoring.masking import mask_text

PIECES = st.sampled_from(
    "订单 单号 尾号 尾号为 车牌 沪 a b12 京a 京a·1 g g12 d301 c7 次 ： : # - * 1 23 456 7890 13800138000 20260101 no. id 编号 。 咖啡".split()
)


@given(st.lists(PIECES, max_size=9).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_number_of_an_order_is_overlooked(text: str) -> None:
    found = facts._ORDER.search(text)
    assert parse_facts(text).order_at == (found.span() if found else None)


@pytest.mark.parametrize("text", ["订单88231", "尾号8a1", "尾号为123", "乘g12次", "京a·12345", "abcd-12345678"])
def test_orders_of_every_kind_are_found(text: str) -> None:
    assert parse_facts(text).order_at is not None


BEFORE = st.lists(
    st.sampled_from(
        [*"有没不未无非是么啥会再何现生被太很怕万小避防免了吗的，。 \n", *"not no never n't 什么 发现 会不会".split()]
    ),
    max_size=6,
).map("".join)


@given(BEFORE, st.sampled_from(["", "了", "吗", "的"]))
@settings(max_examples=600, deadline=None)
def test_no_denial_is_overlooked(before: str, after: str) -> None:
    text = f"{before}异物{after}"
    window = text[max(0, len(before) - 7) : len(before)]
    feared = matching._FEARED.search(window) and after != "了"
    found = matching._NEGATED.search(window)
    denied = found and not matching._NOT_NEGATING.search(window) and not (found[0].startswith("不是") and after == "吗")
    assert matching._is_negated(text, len(before), len(before) + 2) is bool(feared or denied)


@given(st.text(alphabet="12a!！‼❗店 ０٣", max_size=12))
def test_numbers_and_marks_are_masked_alike_with_and_without_handles(text: str) -> None:
    assert mask_text(f"{text}。@") == f"{mask_text(text)}。@"
