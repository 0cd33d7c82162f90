from __future__ import annotations

import pytest

from scoring.alert import Dimension, Level
from scoring.assessment import Risk
from scoring.rules import parse_rules
from scoring.shipped import shipped_rules, shipped_text


def test_the_shipped_figures_are_the_missions() -> None:
    rules = shipped_rules()
    first, second = rules.concentration
    assert (first.rule, first.more_than, first.hours, first.counts, first.level) == (
        "D1",
        50,
        3,
        "voices",
        Level.ORANGE,
    )
    assert first.dimensions == (Dimension.PRODUCT, Dimension.PROBLEM)
    assert (second.rule, second.more_than, second.hours, second.level, second.risk) == (
        "D2",
        10,
        1,
        Level.RED,
        Risk.HIGH,
    )
    assert (rules.surge.rise, rules.surge.level) == (0.3, Level.ORANGE)
    assert (rules.spread.floor_emotion, rules.spread.floor_completeness, rules.spread.floor_value) == (8, 7, 8)
    assert sum(rules.spread.weights.values()) == pytest.approx(1)
    assert rules.single.audience == 100_000


def test_the_version_follows_the_text() -> None:
    text = shipped_text("rules", "default.yaml")
    one, _ = parse_rules(text, "a")
    other, _ = parse_rules(text.replace("more_than: 10", "more_than: 12"), "a")
    assert one and other and one.version != other.version
    assert one.version.startswith("default-")


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ("more_than: 50", "more_than: many", "concentration.0.more_than"),
        ("level: red, risk: high}", "level: purple, risk: high}", "accepted are yellow, orange, red"),
        ("dimensions: [all]", "dimensions: [alll]", "dimensions"),
        ("topicality: 30,", "topicalty: 30,", 'did you mean "topicality"'),
        ("[30, 1.1]", "[30, 14]", "both rising"),
        ("rise: 0.30", "rise: 0", "from 0.01 to 100"),
        ("text_limit: 20000", "text_limit: yes", "windows.text_limit"),
    ],
)
def test_wrong_rules_become_problems_with_their_place(find: str, put: str, said: str) -> None:
    text = shipped_text("rules", "default.yaml")
    assert find in text
    rules, problems = parse_rules(text.replace(find, put, 1), "r.yaml")
    assert rules is None
    line = text[: text.index(find)].count("\n") + 1
    assert any(said in p.what and p.line == line for p in problems), problems


def test_an_empty_file_is_no_rule_set_and_no_crash() -> None:
    rules, problems = parse_rules("", "r.yaml")
    assert rules is None and problems
