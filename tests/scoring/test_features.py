"""What the learned models read beside n-grams: named findings, and nothing that names a brand or a person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.judging import Read, Reader, features_of
from scoring.learned import FEELS
from scoring.shipped import shipped_industries, shipped_words
from tests.scoring.builders import BRAND, post

READER = Reader(shipped_words(), 20_000, {BRAND.name: BRAND}, shipped_industries())


def read(text: str, **fields: Any) -> Read:
    return READER.read(post(text, **fields))


def features(text: str, feeling: float = 0.0, **fields: Any) -> dict[str, float]:
    said = np.full((1, len(FEELS)), feeling, dtype=np.float32)
    return dict(features_of([read(text, **fields)], said)[0])


@pytest.mark.parametrize(
    ("text", "fields", "names"),
    [
        ("星河咖啡喝出虫子", {}, {"platform:weibo", "kind:post", "brand:named", "group:foreign_body", "words:matter", "rules:8.8"}),
        ("轻享拿铁漏了", {}, {"product named"}),
        ("闪退", {"platform": "appstore", "kind": "review"}, {"platform:appstore", "kind:review"}),
        ("新品上市", {"author_name": "星河小助手", "verified": "enterprise"}, {"official", "verified:enterprise"}),
        ("星河咖啡停业", {"verified": "media"}, {"newsroom", "verified:media"}),
        ("云朵咖啡喝出虫子，还是星河咖啡好", {}, {"blame on others"}),
        ("星河咖啡慢！！！为什么？？", {}, {"shouts:1", "shouts:3", "asks:1", "asks:2"}),
        ("11月3日下午三点在星河咖啡人民路店花了68元", {}, {"fact:when", "fact:amount"}),
        ("星河咖啡，看图", {"media": frozenset({"image"})}, {"media"}),
        ("星河咖啡★☆☆☆☆", {}, {"stars:1"}),
        ("星河咖啡" + "慢" * 50, {}, {"length:6", "length:12", "length:25", "length:45"}),
    ],
)  # fmt: skip
def test_findings_become_named_features(text: str, fields: dict[str, Any], names: set[str]) -> None:
    assert names <= set(features(text, **fields))


def test_what_is_not_there_is_not_named() -> None:
    found = features("星河咖啡九点开门")
    assert not any(n.startswith(("shouts", "asks", "stars", "group:foreign", "safety and")) for n in found)
    assert "official" not in found and "media" not in found


def test_the_model_of_feeling_is_heard_within_limits() -> None:
    assert features("星河咖啡", feeling=2.0)["model:negative"] == 0.5
    assert features("星河咖啡", feeling=99.0)["model:negative"] == 1.0
    assert features("星河咖啡", feeling=-99.0)["model:negative"] == -1.0


def test_features_name_no_brand_author_or_word_of_the_text() -> None:
    one = features("星河咖啡的退款拖了三周", author_name="甲")
    other = features("初禾奶粉的退款拖了三周", brand="初禾奶粉", author_name="乙")
    assert set(one) == set(other)
    assert not any("星河" in name or "甲" in name for name in one)


@given(st.text(max_size=60))
def test_each_feature_is_given_once_and_is_small(text: str) -> None:
    rows = features_of([read("星河咖啡" + text)], np.zeros((1, len(FEELS)), dtype=np.float32))[0]
    assert len({name for name, _ in rows}) == len(rows)
    assert all(-3.0 <= value <= 3.0 for _, value in rows)
