"""Taking, finishing, confirming, returning and skipping steps (P8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from playbooks.decision import WORDING, Decision, Refusal
from playbooks.handling import confirm_step, finish_step, return_step, skip_step, take_step, waiting_steps
from playbooks.incident import apply, close_incident, note
from playbooks.roles import CONFIRMERS
from playbooks.state import EventKind, IncidentState, StepStatus
from records.event import Person
from tests.playbooks.samples import BOOK, DUTY, GUEST, LEAD, LEGAL, PR_A, PR_B, SENIOR, TECH, after, minutes, opened

Do = Callable[[IncidentState, float], Decision]


def take(step: str, person: Person) -> Do:
    return lambda state, at: take_step(state, BOOK, step, person, at=minutes(at))


def done(step: str, person: Person, evidence: str | None = "t_1") -> Do:
    return lambda state, at: finish_step(state, BOOK, step, person, at=minutes(at), evidence_text_id=evidence)


def confirm(step: str, person: Person) -> Do:
    return lambda state, at: confirm_step(state, BOOK, step, person, at=minutes(at))


def back(step: str, person: Person, reason: str | None = "t_why") -> Do:
    return lambda state, at: return_step(state, BOOK, step, person, at=minutes(at), reason_text_id=reason)


def skip(step: str, person: Person, reason: str | None = "t_why") -> Do:
    return lambda state, at: skip_step(state, BOOK, step, person, at=minutes(at), reason_text_id=reason)


def close(person: Person, reason: str | None = "t_why") -> Do:
    return lambda state, at: close_incident(state, BOOK, person, at=minutes(at), reason_text_id=reason)


def played(*presses: Do) -> IncidentState:
    """The state after presses at minutes 1, 2, 3…, all of which must be accepted."""
    state = opened()
    for at, press in enumerate(presses, 1):
        decision = press(state, at)
        assert decision.refusal is None, decision.refusal
        state = after(state, decision.events)
    return state


STATEMENT_DONE = (done("assemble", TECH), take("statement", PR_A), done("statement", PR_A))

ACCEPTED: list[tuple[tuple[Do, ...], str, StepStatus]] = [
    ((), "assemble", StepStatus.OPEN),
    ((take("assemble", PR_A),), "assemble", StepStatus.TAKEN),
    ((take("assemble", PR_B),), "assemble", StepStatus.TAKEN),
    ((take("assemble", TECH),), "assemble", StepStatus.TAKEN),
    ((take("assemble", PR_A), done("assemble", PR_A)), "assemble", StepStatus.DONE),
    ((take("assemble", PR_A), done("assemble", TECH)), "assemble", StepStatus.DONE),
    ((done("assemble", PR_A),), "assemble", StepStatus.DONE),
    ((done("report", TECH, None),), "report", StepStatus.DONE),
    (STATEMENT_DONE, "statement", StepStatus.AWAITING_CONFIRMATION),
    ((*STATEMENT_DONE, confirm("statement", PR_B)), "statement", StepStatus.DONE),
    ((*STATEMENT_DONE, confirm("statement", SENIOR)), "statement", StepStatus.DONE),
    ((*STATEMENT_DONE, back("statement", LEAD)), "statement", StepStatus.TAKEN),
    (
        (*STATEMENT_DONE, back("statement", LEAD), done("statement", PR_A, "t_2")),
        "statement",
        StepStatus.AWAITING_CONFIRMATION,
    ),
    ((skip("assemble", PR_B),), "assemble", StepStatus.SKIPPED),
    ((take("assemble", PR_A), skip("assemble", PR_A)), "assemble", StepStatus.SKIPPED),
    (
        (skip("assemble", PR_A), take("statement", PR_A), done("statement", PR_A)),
        "statement",
        StepStatus.AWAITING_CONFIRMATION,
    ),
    ((*STATEMENT_DONE, skip("statement", PR_A)), "statement", StepStatus.SKIPPED),
    ((take("experts", LEGAL),), "experts", StepStatus.TAKEN),
]


@pytest.mark.parametrize(("presses", "step", "status"), ACCEPTED)
def test_accepted(presses: tuple[Do, ...], step: str, status: StepStatus) -> None:
    assert played(*presses).steps[step].status is status


@pytest.mark.parametrize(("presses", "step", "status"), [case for case in ACCEPTED if case[0]])
def test_pressing_twice_equals_once(presses: tuple[Do, ...], step: str, status: StepStatus) -> None:
    assert presses[-1](played(*presses), 50) == Decision()


REFUSED: list[tuple[tuple[Do, ...], Do, str, str | None, int | None]] = [
    # presses before, the press, code, who was first, at which minute
    ((), take("assemble", LEGAL), "wrong_role", None, None),
    ((), take("assemble", GUEST), "wrong_role", None, None),
    ((), take("assemble", LEAD), "wrong_role", None, None),
    ((), take("cook", PR_A), "unknown_step", None, None),
    ((take("assemble", PR_A),), take("assemble", PR_B), "already_taken", "p_pra", 1),
    ((take("assemble", PR_A), done("assemble", PR_A)), take("assemble", TECH), "already_done", "p_pra", 2),
    ((skip("assemble", PR_A),), take("assemble", PR_A), "already_skipped", "p_pra", 1),
    ((skip("assemble", PR_A),), take("assemble", PR_B), "already_skipped", "p_pra", 1),
    ((), done("assemble", PR_A, None), "evidence_missing", None, None),
    ((), done("assemble", LEGAL), "wrong_role", None, None),
    ((), done("statement", PR_A), "too_early", None, None),
    ((take("assemble", PR_A),), done("statement", PR_A), "too_early", None, None),
    ((done("assemble", PR_A),), done("assemble", PR_B), "already_done", "p_pra", 1),
    ((skip("assemble", PR_A),), done("assemble", PR_A), "already_skipped", "p_pra", 1),
    (STATEMENT_DONE, done("statement", PR_B), "already_done", "p_pra", 3),
    (STATEMENT_DONE, confirm("statement", PR_A), "second_person_needed", "p_pra", 3),
    (STATEMENT_DONE, confirm("statement", TECH), "wrong_role", None, None),
    (STATEMENT_DONE, back("statement", PR_A), "second_person_needed", "p_pra", 3),
    (STATEMENT_DONE, back("statement", DUTY), "wrong_role", None, None),
    (STATEMENT_DONE, back("statement", PR_B, None), "reason_missing", None, None),
    ((*STATEMENT_DONE, confirm("statement", LEAD)), confirm("statement", SENIOR), "already_confirmed", "p_lead", 4),
    ((*STATEMENT_DONE, confirm("statement", LEAD)), skip("statement", PR_A), "already_done", "p_pra", 3),
    ((), confirm("statement", LEAD), "not_done_yet", None, None),
    ((done("assemble", PR_A),), confirm("assemble", LEAD), "nothing_to_confirm", None, None),
    ((), skip("assemble", PR_A, None), "reason_missing", None, None),
    ((), skip("assemble", LEAD), "wrong_role", None, None),
    ((take("assemble", PR_A),), skip("assemble", PR_B), "already_taken", "p_pra", 1),
    ((skip("assemble", PR_A),), skip("assemble", PR_B), "already_skipped", "p_pra", 1),
    ((close(LEAD),), take("assemble", PR_A), "closed", "p_lead", 1),
    ((close(LEAD),), close(SENIOR), "closed", "p_lead", 1),
    ((), close(LEAD, None), "steps_open", None, None),
    ((), close(PR_A), "wrong_role", None, None),
]


@pytest.mark.parametrize(("presses", "press", "code", "first", "minute"), REFUSED)
def test_refused(presses: tuple[Do, ...], press: Do, code: str, first: str | None, minute: int | None) -> None:
    state = played(*presses)
    decision = press(state, 60)
    refusal = decision.refusal
    assert refusal is not None
    assert (refusal.code, refusal.person, refusal.at) == (code, first, None if minute is None else minutes(minute))
    (line,) = decision.events
    assert line.kind == EventKind.PRESS_REFUSED and line.data["code"] == code and line.actor and line.at == minutes(60)
    assert after(state, decision.events) == state
    if first is not None and code != "second_person_needed":
        assert first in refusal.zh and f"02:{minute:02} UTC" in refusal.en


def test_of_two_people_at_once_the_first_wins_and_the_second_is_told() -> None:
    """Both decide on the same state; the log holds the first, and deciding again on it refuses the second by name and time."""
    state = opened()
    first = take_step(state, BOOK, "assemble", PR_A, at=minutes(1))
    second = take_step(state, BOOK, "assemble", PR_B, at=minutes(1.01))
    both = after(state, (*first.events, *second.events))
    assert both.steps == after(state, first.events).steps
    told = take_step(after(state, first.events), BOOK, "assemble", PR_B, at=minutes(1.01)).refusal
    assert (
        told is not None
        and told.text(who="林", when="10:01", titles={"assemble": "集合"}) == "步骤“集合”已由林于10:01领取。"
    )


def test_a_step_handed_to_the_lead_may_be_taken_by_leaders() -> None:
    state = opened()
    step = replace(state.steps["assemble"], holder="lead")
    handed = replace(state, steps={**state.steps, "assemble": step})
    assert take_step(handed, BOOK, "assemble", SENIOR, at=minutes(30)).refusal is None
    refusal = take_step(handed, BOOK, "assemble", DUTY, at=minutes(30)).refusal
    assert refusal is not None and set(refusal.roles) == {"pr", "tech", "lead", "senior"}


def test_a_leader_may_skip_what_somebody_of_the_role_holds() -> None:
    leader = Person(id="p_both", name="何", roles={"lead": "A", "pr": "B"})
    assert (
        skip_step(played(take("assemble", PR_A)), BOOK, "assemble", leader, at=minutes(9), reason_text_id="t").refusal
        is None
    )


def test_reporting_an_untaken_step_takes_it_first() -> None:
    kinds = [e.kind for e in done("assemble", PR_A)(opened(), 3).events]
    assert kinds == [EventKind.STEP_TAKEN, EventKind.STEP_DONE]
    step = played(done("assemble", PR_A)).steps["assemble"]
    assert (step.taken_by, step.done_by, step.evidence) == ("p_pra", "p_pra", "t_1")


def test_returned_wording_keeps_the_taker_and_the_reason() -> None:
    step = played(*STATEMENT_DONE, back("statement", LEAD)).steps["statement"]
    assert (step.taken_by, step.done_by, step.done_at, step.evidence, step.reason) == (
        "p_pra",
        None,
        None,
        None,
        "t_why",
    )


def test_an_optional_step_starts_when_it_is_taken() -> None:
    state = after(opened(), take("experts", LEGAL)(opened(), 500).events)
    assert state.steps["experts"].started_at == minutes(500)
    assert after(opened(), take("assemble", PR_A)(opened(), 5).events).steps["assemble"].started_at == minutes(0)


def test_only_the_first_press_of_a_role_stops_the_clock_of_p7() -> None:
    state = opened()
    noted = after(state, note(state, GUEST, "t", at=minutes(1)).events)
    noted = after(noted, note(noted, PR_A, "t", at=minutes(2)).events)
    assert noted.first_press_at is None
    assert played(take("assemble", PR_A), done("assemble", PR_A)).first_press_at == minutes(1)


def test_closing() -> None:
    everything = (*STATEMENT_DONE, confirm("statement", LEAD), done("report", TECH, None))
    assert waiting_steps(opened(), BOOK) == ("assemble", "statement", "report")
    closed = played(*everything, close(LEAD, None))
    assert (closed.open, closed.closed_by, closed.close_reason) == (False, "p_lead", None)
    assert close(LEAD, None)(closed, 70) == Decision()
    early = opened()
    refusal = close(SENIOR, None)(early, 5).refusal
    assert refusal is not None and refusal.steps == ("assemble", "statement", "report")
    event = close(SENIOR, "t_x")(early, 5).events[0]
    assert event.data == {"reason": "t_x", "waiting": ["assemble", "statement", "report"]}


def test_another_version_of_the_playbook_is_not_accepted() -> None:
    other = replace(BOOK, version="0" * 12)
    with pytest.raises(ValueError, match="runs on small"):
        take_step(opened(), other, "assemble", PR_A, at=minutes(1))
    with pytest.raises(ValueError, match="runs on small"):
        close_incident(opened(), other, LEAD, at=minutes(1))


def test_no_event_carries_a_name_or_text() -> None:
    """Only ids, numbers and rule words enter the log (G3)."""
    state = opened()
    for press in (
        *STATEMENT_DONE,
        confirm("statement", PR_A),
        confirm("statement", LEAD),
        skip("report", TECH),
        close(LEAD),
    ):
        for event in press(state, 9).events:
            assert not any(name in repr(event) for name in ("林", "王", "吴"))
            state = apply(state, event)
    assert not state.open


@pytest.mark.parametrize("code", sorted(WORDING))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_is_one_full_sentence(code: str, language: str) -> None:
    refusal = Refusal(code=code, step="s", steps=("a", "b"), roles=CONFIRMERS, person="p_1", at=minutes(0))
    text = refusal.text(language)
    assert text.endswith("。" if language == "zh" else ".") and "{" not in text and "?" not in text
    assert text == getattr(refusal, language)
