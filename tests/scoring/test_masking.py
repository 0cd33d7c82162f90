"""What the learned models never see: names, numbers, handles, links and exclamation marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.masking import BRAND, PRODUCT, RIVAL, mask_text
from scoring.text import fold_text

NAMES, PRODUCTS, RIVALS = ("星河咖啡", "星河"), ("轻享拿铁",), ("云朵咖啡",)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("星河咖啡的轻享拿铁比云朵咖啡好", f"{BRAND}的{PRODUCT}比{RIVAL}好"),
        ("星河星河咖啡", f"{BRAND}{BRAND}"),
        ("等了50分钟，花了12.5元", "等了0分钟，花了0.0元"),
        ("@小王 @a-b·c 来看", "@ @ 来看"),
        ("看https://t.cn/Abc?x=1，", "看，"),
        ("太慢了！！！!!‼", "太慢了"),
        ("慢   a  b c", "慢 a b c"),
        ("", ""),
        ("ＡＰＲ", "apr"),
    ],
)
def test_names_numbers_handles_and_links_become_signs(text: str, masked: str) -> None:
    assert mask_text(fold_text(text).text, NAMES, PRODUCTS, RIVALS) == masked


def test_what_is_learned_of_one_brand_holds_for_another() -> None:
    one = mask_text("星河咖啡喝出虫子，订单883", ("星河咖啡",))
    assert one == mask_text("初禾奶粉喝出虫子，订单12", ("初禾奶粉",))


@given(st.text(max_size=30), st.sampled_from(["!", "！！！", "!!!!!!", "‼"]))
def test_exclamation_marks_never_change_the_masked_text(text: str, marks: str) -> None:
    folded = fold_text(text).text
    if "http" not in folded:
        assert mask_text(folded + marks) == mask_text(folded)


@given(st.text(max_size=30))
def test_no_folded_text_holds_a_sign_of_its_own(text: str) -> None:
    assert not set(mask_text(fold_text(text).text)) & {BRAND, PRODUCT, RIVAL}
