"""Which playbook runs, and why (P1–P4)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.selector import select_playbook
from scoring.assessment import Risk
from tests.playbooks.samples import BOOK, shipped

RUMOUR = replace(BOOK, name="rumour", risks=("high", "medium"), crisis_types=("sudden_event",))
LOW_ONLY = replace(BOOK, name="low_only", risks=("low",))
HIGH_ONLY = replace(BOOK, name="high_only", risks=("high",))
EVERY = (*shipped().values(), RUMOUR)


@pytest.mark.parametrize(
    ("risk", "crisis_type", "playbooks", "name", "rule"),
    [
        (Risk.HIGH, None, EVERY, "p1_high_risk", "P1"),
        (Risk.MEDIUM, None, EVERY, "p2_medium", "P2"),
        (Risk.LOW, None, EVERY, "p3_low", "P3"),
        (Risk.NONE, None, EVERY, "p3_low", "P3"),
        (Risk.HIGH, "sudden_event", EVERY, "rumour", "P4"),
        (Risk.LOW, "sudden_event", EVERY, "p3_low", "P3"),
        (Risk.HIGH, "service_quality", EVERY, "p1_high_risk", "P1"),
        (Risk.MEDIUM, None, (LOW_ONLY, HIGH_ONLY), "high_only", "P1"),
        (Risk.HIGH, None, (LOW_ONLY,), "low_only", "P3"),
        (Risk.LOW, None, (HIGH_ONLY, replace(HIGH_ONLY, name="mid", risks=("medium",))), "mid", "P2"),
        (Risk.HIGH, None, (replace(HIGH_ONLY, name="b"), replace(HIGH_ONLY, name="a")), "a", "P1"),
    ],
)
def test_selection(risk: Risk, crisis_type: str | None, playbooks: tuple, name: str, rule: str) -> None:
    selection = select_playbook(risk, crisis_type, playbooks)
    assert (selection.playbook.name, selection.rule) == (name, rule)
    assert selection.reason["zh"] and selection.reason["en"]


def test_a_substitute_is_said_to_be_one() -> None:
    assert "中风险没有对应预案" in select_playbook(Risk.MEDIUM, None, (LOW_ONLY, HIGH_ONLY)).reason["zh"]
    assert "no risk" in select_playbook(Risk.NONE, None, EVERY).reason["en"]


@given(st.sampled_from(list(Risk)), st.permutations(list(EVERY)))
def test_the_order_of_the_files_does_not_matter(risk: Risk, playbooks: list) -> None:
    assert select_playbook(risk, "sudden_event", playbooks) == select_playbook(risk, "sudden_event", EVERY)


def test_only_playbooks_of_types_are_not_enough() -> None:
    with pytest.raises(ValueError, match="no general playbook"):
        select_playbook(Risk.HIGH, None, (RUMOUR,))
