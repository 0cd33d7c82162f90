"""What people do on an incident, by a button or from a shell: resolved, done by role, answered in words (P8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fengsheng.incident_log import IncidentLog
from fengsheng.posting import Posting
from fengsheng.views import Views
from fengsheng.wiring import House
from notifier import messages
from playbooks.decision import Decision
from playbooks.incident import (
    close_incident,
    confirm_step,
    finish_step,
    note,
    override_level,
    skip_step,
    take_step,
)
from playbooks.playbook import Playbook
from playbooks.state import EventKind, IncidentState
from records.chat import Press
from records.errors import Failed
from records.event import Event, Person
from scoring.alert import Level
from storage.results import ButtonTarget
from storage.sqlite import Store

UNKNOWN_PERSON = {
    "zh": "您不在本应急小组名单中，操作未生效（已记录）。请联系管理员把您的账号加入配置。",
    "en": "You are not in this crisis group, so nothing was done (and it was logged). Ask for your account to be configured.",
}
ASKABLE: dict[str, Literal["evidence", "reason"]] = {
    "evidence_missing": "evidence",
    "reason_missing": "reason",
    "steps_open": "reason",
}
"""Refusals that only lack typed words: the chat asks for them instead of refusing."""
STALE_BUTTON = {
    "zh": "这个按钮已失效，请在最新的事件卡片上操作。",
    "en": "This button is no longer valid: use the newest card of the incident.",
}
NOT_SAVED_YET = "not saved yet"
"""Stands for the id of typed words until it is known that they are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the person who acted is told."""

    text: str
    refused: bool = False
    incident: str | None = None
    asks: Literal["", "evidence", "reason"] = ""
    """Nothing was done yet: the person has to type this first."""


class Pressing:
    def __init__(self, *, store: Store, house: House, views: Views, log: IncidentLog, posting: Posting) -> None:
        self._store = store
        self._house = house
        self._views = views
        self._log = log
        self._posting = posting

    def press(self, press: Press) -> Answer:
        """A button was pressed on some channel: resolve it, act by role, and say what became of it (P8)."""
        target = self._store.load_button(press.token)
        lang = self._house.config.language
        if target is None:
            return Answer(text=STALE_BUTTON[lang], refused=True)
        person = self._person(press)
        if person is None:
            self._note_stranger(target, press)
            return Answer(text=UNKNOWN_PERSON[lang], refused=True, incident=target.incident)
        if target.action == "detail":
            return self._detail(target.incident, press)
        if target.step and target.step not in self._log.required(target.incident).steps:
            return Answer(text=STALE_BUTTON[lang], refused=True, incident=target.incident)  # of an earlier playbook
        return self.act(
            target.action, target.incident, target.step, person, typed=press.typed, now=press.at, may_ask=True
        )

    def act(
        self,
        action: str,
        incident: str,
        step: str | None,
        person: Person,
        *,
        typed: str | None,
        now: datetime,
        may_ask: bool = False,
    ) -> Answer:
        """Take, finish, confirm, skip, note, close or override; whoever is outside the role is refused with a reason.

        Args:
            step: step key or number; for override the level's name.
            typed: evidence, reason or note; it goes into the erasable texts, the log holds its id. Blank = none.
            may_ask: the channel can ask for missing words; the answer then says so and nothing is logged yet.

        Raises:
            Failed: there is no such incident or step, or the note is empty.
        """
        typed = (typed or "").strip() or None
        if action == "note" and typed is None:
            raise Failed("the note is empty: type what is to be noted")
        with self._store.transaction():
            state = self._log.required(incident)
            playbook = self._views.playbook(state)
            key = step_key(playbook, step) if step is not None and action != "override" else step
            decision = decide(action, state, playbook, key, person, NOT_SAVED_YET if typed else None, now)
            if may_ask and typed is None and decision.refusal and decision.refusal.code in ASKABLE:
                return self._question(action, state, playbook, key, ASKABLE[decision.refusal.code])
            if typed and decision.events and decision.refusal is None:
                # Words are kept only where an event holds their id (G3).
                text = self._store.save_text(typed, incident=incident, at=now)
                decision = decide(action, state, playbook, key, person, text, now)
            if decision.events:
                after = self._log.commit(state, decision, now)
                if after.level > state.level:
                    self._posting.queue_alert(after, now)
                state = after
            return self._answer(action, state, playbook, key, decision)

    def _person(self, press: Press) -> Person | None:
        """Who has this account: on the local page the account is the person id that the page's session stands for."""
        for person in self._store.load_people():
            account = person.id if press.channel == "web" else person.accounts.get(press.channel)
            if account == press.account:
                return person
        return None

    def _note_stranger(self, target: ButtonTarget, press: Press) -> None:
        stranger = self._store.person_id(f"{press.channel}:{press.account}")
        data = {"action": target.action, "code": "unknown_person", "channel": press.channel}
        if target.step:
            data["step"] = target.step
        kind = EventKind.PRESS_REFUSED
        self._store.append_events([Event(incident=target.incident, kind=kind, at=press.at, actor=stranger, data=data)])

    def _detail(self, incident: str, press: Press) -> Answer:
        """The evidence with every reason, sent into the chat the press came from."""
        state = self._log.required(incident)
        with self._store.transaction():
            self._posting.queue_answer(state, press, self._views.detail(state, now=press.at))
        return Answer(text=messages.say_pressed("detail", "", self._house.config.language), incident=incident)

    def _answer(
        self, action: str, state: IncidentState, playbook: Playbook, key: str | None, decision: Decision
    ) -> Answer:
        lang, zone = self._house.config.language, self._house.config.zone
        titles = {s.key: s.title.get(lang, s.key) for s in playbook.steps}
        refusal = decision.refusal
        if refusal is None:
            what = titles.get(key or "", state.id)
            return Answer(text=messages.say_pressed(action, what, lang), incident=state.id)
        names = {p.id: p.name for p in self._store.load_people(former=True)}
        text = refusal.text(
            lang,
            who=names.get(refusal.person or ""),
            when=refusal.at.astimezone(zone).strftime("%m-%d %H:%M") if refusal.at else None,
            titles=titles,
        )
        return Answer(text=text, refused=True, incident=state.id)

    def _question(
        self,
        action: str,
        state: IncidentState,
        playbook: Playbook,
        key: str | None,
        asks: Literal["evidence", "reason"],
    ) -> Answer:
        lang = self._house.config.language
        step = playbook.step(key) if key else None
        what = step.title.get(lang, step.key) if step else state.id
        return Answer(text=messages.say_question(asks, what, lang), incident=state.id, asks=asks)


def decide(
    action: str,
    state: IncidentState,
    playbook: Playbook,
    key: str | None,
    person: Person,
    text: str | None,
    now: datetime,
) -> Decision:
    """The playbook's decision on one action.

    Args:
        key: step key; for override the level's name.
        text: id of the typed words.

    Raises:
        LookupError: there is no such action.
    """
    step = key or ""
    if action == "take":
        return take_step(state, playbook, step, person, at=now)
    if action == "done":
        return finish_step(state, playbook, step, person, at=now, evidence_text_id=text)
    if action == "confirm":
        return confirm_step(state, playbook, step, person, at=now)
    if action == "skip":
        return skip_step(state, playbook, step, person, at=now, reason_text_id=text)
    if action == "close":
        return close_incident(state, playbook, person, at=now, reason_text_id=text)
    if action == "override":
        return override_level(state, person, Level[step.upper()], at=now, reason_text_id=text)
    if action == "note":
        return note(state, person, text or "", at=now)
    raise LookupError(f"unknown action {action}")


def step_key(playbook: Playbook, step: str) -> str:
    """The key of a step given by key or number.

    Raises:
        Failed: the playbook has no such step.
    """
    if step.isdecimal() and 1 <= int(step) <= len(playbook.steps):
        return playbook.steps[int(step) - 1].key
    if playbook.step(step) is None:
        accepted = ", ".join(f"{n} {s.key}" for n, s in enumerate(playbook.steps, 1))
        raise Failed(f'no step "{step}" in this incident\'s playbook: {accepted} are its steps')
    return step
