"""Short ways to make inputs for scorer tests."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from scoring.assessment import Assessment, BrandTerms, Category, Risk, ScoreInput
from scoring.emotion import CueEngine
from scoring.emotion_model import ModelEngine
from scoring.scorer import Scorer
from scoring.shipped import shipped_learned, shipped_rules, shipped_words

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
BRAND = BrandTerms(
    name="星河咖啡",
    aliases=("星河", "星河coffee"),
    products=("轻享拿铁",),
    rivals=("云朵咖啡",),
    official_accounts=("星河小助手",),
)


@cache
def cue_scorer() -> Scorer:
    """The shipped words and rules alone, without any learned model."""
    return Scorer(shipped_words(), shipped_rules(), CueEngine(shipped_words()), {BRAND.name: BRAND})


@cache
def shipped_scorer() -> Scorer:
    """The scorer as it is shipped: words, rules and learned models."""
    learned = shipped_learned()
    return Scorer(shipped_words(), shipped_rules(), ModelEngine(learned), {BRAND.name: BRAND}, learned=learned)


def post(text: str, **fields: Any) -> ScoreInput:
    given = {"id": "1", "brand": BRAND.name, "platform": "weibo", "verified": "none"} | fields
    return ScoreInput(text=text, **given)


def score(text: str, **fields: Any) -> Assessment:
    """By words alone."""
    return cue_scorer().score([post(text, **fields)])[0]


def judge(text: str, **fields: Any) -> Assessment:
    """As shipped."""
    return shipped_scorer().score([post(text, **fields)])[0]


def assessment(**fields: Any) -> Assessment:
    given: dict[str, Any] = {
        "id": "1", "brand": "星河咖啡", "topicality": 5.0, "emotion": 5.0, "mood": "negative", "reach": 3.0, "completeness": 3.0,
        "scope": 2.0, "already_spread": 2.0, "spread": 4.0, "level": Risk.LOW, "nature": "business", "impact": "low",
        "category": Category.PRODUCT_QUALITY, "target": "brand", "rules_version": "t",
    }  # fmt: skip
    return Assessment(**(given | fields))
