"""Every word that tables show has a name in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fengsheng
from fengsheng.naming import FACTS, WORDS, fact, fact_value, level_name, score_name, word, words
from scoring.alert import Level
from scoring.assessment import Category, Risk


def test_words_of_heads_and_states() -> None:
    assert (word("incident", "zh"), word("incident", "en")) == ("事件", "incident")
    assert words("level status", "zh") == ["级别", "状态"]
    assert word("no such word", "zh") == "no such word"


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_has_two_languages(key: str) -> None:
    assert all(WORDS[key])


def test_every_word_that_tables_ask_for_is_there() -> None:
    folder = Path(fengsheng.__file__).parent
    code = "\n".join(p.read_text(encoding="utf-8") for p in folder.glob("*.py"))
    asked = {k for found in re.findall(r'\bwords?\("([a-z_ ]+)"', code) for k in found.split()}
    assert asked and asked <= set(WORDS)


def test_facts_are_named_with_their_values() -> None:
    assert fact("level", str(Risk.HIGH), "zh") == "风险: 高风险"
    assert fact("level", str(Risk.HIGH), "en").startswith("risk: ")
    assert fact("product", "轻享拿铁", "en") == "product: 轻享拿铁", "people's own words stay"
    for category in Category:
        assert fact_value("category", str(category), "zh") != ""
    assert set(FACTS) >= {"level", "nature", "impact", "category", "product", "problem", "crisis_type"}


def test_levels_and_scores_have_names() -> None:
    assert level_name(Level.RED, "zh").startswith("红") and level_name(Level.RED, "en").lower().startswith("red")
    assert {level_name(v, "zh") for v in Level} and len({level_name(v, "en") for v in Level}) == len(Level)
    assert score_name("topicality", "zh") != "topicality"
