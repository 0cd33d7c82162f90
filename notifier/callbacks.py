"""Buttons: which ones a state shows, what they ask for, and the short tokens they carry."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from notifier.plain import plain_line
from notifier.wording import Lang, Pair, pick
from playbooks.playbook import Playbook, Step, in_language
from playbooks.state import IncidentState, StepState, StepStatus
from records.chat import Button

Asks = Literal["", "evidence", "reason"]

MAX_TOKEN = 40
"""ASCII characters of a token: with room to spare under Telegram's 64 bytes of callback data."""

ACTIONS: dict[str, Pair] = {
    "take": ("接手", "Take"),
    "done": ("完成", "Done"),
    "confirm": ("确认", "Confirm"),
    "skip": ("跳过", "Skip"),
    "close": ("结案", "Close incident"),
    "detail": ("看依据", "Why?"),
}
_LABEL_UNITS = 36
"""Longer labels are cut off by phone clients anyway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonPlan:
    """A button that a state should show; the caller issues its token and saves it before the message is queued."""

    action: str
    """take, done, confirm, skip, close or detail."""
    step: str | None
    """Step key; None for close and detail."""
    label: str
    asks: Asks = ""
    row: int
    """Buttons of one row stand side by side."""


def make_token(nonce: str | bytes) -> str:
    """A token of 20 ASCII characters (letters, digits, - and _) from a nonce.

    The same nonce gives the same token: derive the nonce from a secret and (incident, action, step, round), and a card
    that is drawn again carries the same buttons; or pass random bytes.
    """
    raw = nonce.encode() if isinstance(nonce, str) else nonce
    return base64.urlsafe_b64encode(hashlib.sha256(b"fengsheng button\0" + raw).digest()[:15]).decode("ascii")


def valid_token(token: str) -> bool:
    """True for anything ``make_token`` could have made; presses with other data are not looked up."""
    return 0 < len(token) <= MAX_TOKEN and token.isascii() and all(c.isalnum() or c in "-_" for c in token)


def select_asks(action: str, step: Step | None) -> Asks:
    """What the person has to type for an action: evidence of what was done, a reason, or nothing (P8)."""
    if action == "done":
        return "evidence" if step is None or step.needs_evidence else ""
    return "reason" if action in ("skip", "close") else ""


def plan_buttons(
    state: IncidentState, playbook: Playbook, lang: Lang = "zh", *, kind: Literal["card", "alert"] = "card"
) -> tuple[ButtonPlan, ...]:
    """The buttons of an incident's card (every open step) or of an alert (taking only, the card has the rest).

    A closed incident keeps only the look at its evidence.
    """
    plans: list[ButtonPlan] = []
    if state.open:
        for number, step in enumerate(playbook.steps, 1):
            at = state.steps.get(step.key)
            if at is not None:
                plans += _step_buttons(number, step, at, lang, kind)
    row = len(playbook.steps) + 1
    plans.append(ButtonPlan(action="detail", step=None, label="🔍 " + pick(ACTIONS["detail"], lang), row=row))
    if state.open and kind == "card":
        label = "🏁 " + pick(ACTIONS["close"], lang)
        plans.append(ButtonPlan(action="close", step=None, label=label, asks="reason", row=row))
    return tuple(plans)


def _step_buttons(number: int, step: Step, at: StepState, lang: Lang, kind: str) -> list[ButtonPlan]:
    def plan(action: str, label: str) -> ButtonPlan:
        return ButtonPlan(action=action, step=step.key, label=label, asks=select_asks(action, step), row=number)

    title = plain_line(in_language(step.title, lang))
    main = {StepStatus.OPEN: "take", StepStatus.TAKEN: "done", StepStatus.AWAITING_CONFIRMATION: "confirm"}.get(
        at.status
    )
    if main is None or (kind == "alert" and main != "take"):
        return []
    buttons = [plan(main, plain_line(f"{pick(ACTIONS[main], lang)} {number} {title}", _LABEL_UNITS))]
    if kind == "card" and main in ("take", "done"):
        buttons.append(plan("skip", f"{pick(ACTIONS['skip'], lang)} {number}"))
    return buttons


def lay_buttons(
    plans: tuple[ButtonPlan, ...], tokens: Mapping[tuple[str, str | None], str]
) -> tuple[tuple[Button, ...], ...]:
    """The planned buttons that have a token, in their rows."""
    rows: dict[int, list[Button]] = {}
    for plan in plans:
        token = tokens.get((plan.action, plan.step))
        if token is not None:
            rows.setdefault(plan.row, []).append(Button(label=plan.label, token=token, asks=plan.asks))
    return tuple(tuple(row) for _, row in sorted(rows.items()))
