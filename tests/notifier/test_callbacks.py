"""Buttons fit Telegram and ask for what the rules need."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notifier.callbacks import lay_buttons, make_token, plan_buttons, select_asks, valid_token
from tests.notifier.builders import NOW, make_playbook, make_state


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_tokens_are_short_ascii_and_stable(nonce: str | bytes) -> None:
    if isinstance(nonce, str):
        nonce = nonce.encode("utf-8", "replace")
    token = make_token(nonce)
    assert valid_token(token) and len(token.encode()) <= 40
    assert make_token(nonce) == token


def test_different_nonces_give_different_tokens() -> None:
    assert len({make_token(str(n)) for n in range(500)}) == 500


def test_foreign_callback_data_is_refused() -> None:
    for data in ("", "x" * 41, "a b", "接手", "a;DROP"):
        assert not valid_token(data)


def test_evidence_is_asked_only_where_the_step_needs_it() -> None:
    playbook = make_playbook()
    assert select_asks("done", playbook.step("assemble")) == "evidence"
    assert select_asks("done", playbook.step("experts")) == ""
    assert select_asks("skip", playbook.step("assemble")) == "reason"
    assert select_asks("close", None) == "reason"
    assert select_asks("take", playbook.step("assemble")) == ""


def test_buttons_without_a_token_are_left_out() -> None:
    plans = plan_buttons(make_state(), make_playbook())
    rows = lay_buttons(plans, {("take", "stopgap"): "t1"})
    assert [[b.token for b in row] for row in rows] == [["t1"]]


def test_a_closed_incident_plans_only_the_look_back() -> None:
    plans = plan_buttons(make_state(closed_at=NOW), make_playbook())
    assert [p.action for p in plans] == ["detail"]
