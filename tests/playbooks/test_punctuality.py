"""Punctuality of steps (P7, P11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from playbooks.punctuality import score_punctuality
from playbooks.state import IncidentState, StepState, StepStatus
from tests.playbooks.samples import BOOK, T0, minutes, opened


def with_step(key: str, **changes: object) -> IncidentState:
    state = opened()
    return replace(state, steps={**state.steps, key: StepState(key=key, started_at=T0, **changes)})  # type: ignore[arg-type]


def m(minute: float) -> datetime:
    return minutes(minute)


DONE, TAKEN, SKIPPED = StepStatus.DONE, StepStatus.TAKEN, StepStatus.SKIPPED
AWAITING = StepStatus.AWAITING_CONFIRMATION


@pytest.mark.parametrize(
    ("key", "changes", "counted"),
    [
        # three required steps, all open: (in time, out of time, open)
        ("assemble", {}, (0, 0, 3)),
        ("assemble", {"status": TAKEN, "taken_at": m(10)}, (0, 0, 3)),
        ("assemble", {"status": TAKEN, "taken_at": m(10.1)}, (0, 1, 2)),
        ("assemble", {"take_overdue": True}, (0, 1, 2)),
        ("assemble", {"status": TAKEN, "taken_at": m(1), "done_overdue": True}, (0, 1, 2)),
        ("assemble", {"status": DONE, "taken_at": m(10), "done_at": m(100)}, (1, 0, 2)),
        ("assemble", {"status": DONE, "taken_at": m(11), "done_at": m(12)}, (0, 1, 2)),
        ("assemble", {"status": DONE, "taken_at": m(1), "done_at": m(100.1)}, (0, 1, 2)),
        ("statement", {"status": AWAITING, "taken_at": m(1), "done_at": m(2)}, (0, 0, 3)),
        ("statement", {"status": DONE, "taken_at": m(1), "done_at": m(2), "confirmed_at": m(200)}, (1, 0, 2)),
        ("statement", {"status": DONE, "taken_at": m(1), "done_at": m(2), "confirmed_at": m(201)}, (0, 1, 2)),
        ("assemble", {"status": SKIPPED, "done_at": m(90)}, (0, 0, 2)),
        ("assemble", {"status": SKIPPED, "done_at": m(101)}, (0, 1, 2)),
        ("report", {"rounds": 3, "late_rounds": 1}, (2, 1, 3)),
        ("experts", {"status": TAKEN, "taken_at": m(1)}, (0, 0, 4)),
        ("experts", {"status": DONE, "taken_at": m(0), "done_at": m(5)}, (1, 0, 3)),
        ("experts", {"status": SKIPPED, "done_at": m(5000)}, (0, 0, 3)),
    ],
)
def test_counting(key: str, changes: dict, counted: tuple[int, int, int]) -> None:
    assert score_punctuality(with_step(key, **changes), BOOK) == counted


def test_the_parts_have_names() -> None:
    punctuality = score_punctuality(opened(), BOOK)
    assert (punctuality.in_time, punctuality.out_of_time, punctuality.open) == (0, 0, 3)
