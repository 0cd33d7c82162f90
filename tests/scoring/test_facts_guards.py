"""Cheap tests before costly patterns let nothing through that the patterns would find."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import facts
from scoring.facts import parse_facts

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
