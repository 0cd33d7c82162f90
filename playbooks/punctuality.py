"""Punctuality of steps (P7, P11): how many were taken and done within their limits."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from playbooks.playbook import Playbook, Step
from playbooks.state import IncidentState, StepState, StepStatus


class Punctuality(NamedTuple):
    in_time: int
    """Rounds of steps taken within ``take_within`` and done (outward ones confirmed) within ``done_within``."""
    out_of_time: int
    """Rounds that missed one of the limits, still open ones included once a limit was noted as passed."""
    open: int
    """Required or taken steps that are not finished and have missed nothing so far."""


def score_punctuality(state: IncidentState, playbook: Playbook) -> Punctuality:
    """Count the rounds of an incident's steps by punctuality (P7).

    A step skipped in time is not counted (nothing was done); an optional one counts once somebody takes it; every
    finished round of a recurring step counts.
    """
    counts = {True: 0, False: 0}
    unfinished = 0
    for step in playbook.steps:
        now = state.steps.get(step.key)
        if now is None:
            continue
        counts[True] += now.rounds - now.late_rounds
        counts[False] += now.late_rounds
        if now.status is StepStatus.SKIPPED:
            counts[False] += not settled_in_time(step, now)
        elif now.status is StepStatus.DONE:
            counts[settled_in_time(step, now)] += 1
        elif now.take_overdue or now.done_overdue or not _taken_in_time(step, now):
            counts[False] += 1
        elif not step.optional or now.status is not StepStatus.OPEN:
            unfinished += 1
    return Punctuality(counts[True], counts[False], unfinished)


def settled_in_time(step: Step, now: StepState) -> bool:
    """Whether a done or skipped step was taken and settled within its limits; for other states False."""
    settled_at = now.confirmed_at or now.done_at
    if not now.status.settled or settled_at is None or now.take_overdue or now.done_overdue:
        return False
    in_time = settled_at <= now.started_at + timedelta(minutes=step.done_within)
    if now.status is StepStatus.SKIPPED:
        return in_time or step.optional
    return in_time and _taken_in_time(step, now)


def _taken_in_time(step: Step, now: StepState) -> bool:
    return now.taken_at is None or now.taken_at <= now.started_at + timedelta(minutes=step.take_within)
