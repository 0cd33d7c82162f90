"""Use cases of incidents: raise, attach, press, tick. Each is one transaction of events, projection, deadlines and outbox."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fengsheng.views import Views
from fengsheng.wiring import House
from notifier import messages
from notifier.due import SendContext, decide_send
from playbooks.decision import Decision
from playbooks.escalation import decide_due, plan_after, plan_deadlines
from playbooks.incident import (
    attach_alert,
    attach_mentions,
    close_incident,
    confirm_step,
    finish_step,
    fold,
    mark_alert_sent,
    note,
    open_incident,
    override_level,
    skip_step,
    take_step,
)
from playbooks.playbook import Playbook
from playbooks.selector import select_playbook
from playbooks.state import Deadline, EventKind, IncidentState, Notice
from records.chat import Message, OutboxItem, Press, Priority
from records.errors import Failed
from records.event import Event, Person
from records.mention import Mention
from scoring.alert import Alert, Level, Matter
from scoring.assessment import Assessment
from scoring.detectors.matter import matter_of, select_home, select_incident
from scoring.rules import RuleSet
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the person who acted is told."""

    text: str
    refused: bool = False
    incident: str | None = None
    asks: Literal["", "evidence", "reason"] = ""
    """Nothing was done yet: the person has to type this first."""


class Incidents:
    """Incidents over one store (one thread)."""

    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._house = house
        self.views = Views(store=store, house=house)

    @property
    def rules(self) -> RuleSet:
        return self._house.rules

    # -- reading ---------------------------------------------------------------------------------------------------

    def state(self, incident: str) -> IncidentState | None:
        """Fold the incident's events; None where there is no such incident."""
        events = self._store.load_events(incident)
        return fold(events) if events else None

    def playbook(self, state: IncidentState) -> Playbook:
        return self.views.playbook(state)

    def card(self, incident: str, *, now: datetime) -> Message | None:
        """The card as it stands; None where there is no such incident any more."""
        state = self.state(incident)
        return self.views.card(state, now=now) if state else None

    # -- raising ---------------------------------------------------------------------------------------------------

    def raise_alert(self, alert: Alert, *, now: datetime, undated: bool = False) -> str | None:
        """Open an incident or raise the one the alert belongs to (D7).

        Args:
            undated: made of imported mentions of unknown time: history, whatever the clock says.

        Returns:
            The incident's id, or None where the same rule said this already and nothing rose: nobody is told twice.
        """
        historic = undated or self.is_historic(alert.at, now)
        if not historic and self._is_answered_for(alert):
            return None
        matters, levels = self.open_matters(alert.matter.brand, historic, alert.at)
        found, _why = select_incident(alert, matters, levels)
        with self._store.transaction():
            return self._open(alert, historic, now) if found is None else self._raise(found, alert, now)

    def is_historic(self, happened_at: datetime, now: datetime) -> bool:
        """Older than the longest window: makes history, never an alert in a live chat (rulebook D)."""
        return now - happened_at > timedelta(hours=self.rules.longest_hours)

    def _is_answered_for(self, alert: Alert) -> bool:
        """A closed incident answers for what was posted before it was closed: only newer posts raise the matter again."""
        for closed_at, incident in self._store.last_closing(alert.matter.brand, alert.at):
            row = self._store.load_incident(incident)
            if row is not None and select_incident(alert, [(incident, row.matter)], {incident: row.level})[0]:
                return alert.at <= closed_at
        return False

    def open_matters(
        self, brand: str, historic: bool, at: datetime
    ) -> tuple[list[tuple[str, Matter]], dict[str, Level]]:
        """Open incidents of a brand that something of the time ``at`` may belong to, the highest level first.

        Their matters carry the product that most of their mentions name.

        History is open for nobody to close: it takes only what lies within the longest window of its own mentions.
        """
        rows = [r for r in self._store.load_incidents(status="open", brand=brand) if r.historic == historic]
        if historic:
            rows = [r for r in rows if self._is_near(r.id, at)]
        rows.sort(key=lambda r: (-r.level, -r.opened_at.timestamp(), r.id))
        matters = []
        for row in rows:
            matter = row.matter
            if matter.product is None and (matter.category or matter.problem):
                matter = dataclasses.replace(matter, product=self._store.incident_product(row.id))
            matters.append((row.id, matter))
        return matters, {r.id: r.level for r in rows}

    def _is_near(self, incident: str, at: datetime) -> bool:
        span = self._store.incident_span(incident)
        window = timedelta(hours=self.rules.longest_hours)
        return span is None or span[0] - window <= at <= span[1] + window

    def _open(self, alert: Alert, historic: bool, now: datetime) -> str:
        day = now.astimezone(self._house.config.zone).date()
        incident = self._store.next_incident_id(day, self._house.drill)
        playbook = self._select(alert)
        decision = open_incident(incident, alert, playbook, at=now, historic=historic, drill=self._house.drill)
        state = self._commit(None, decision, now)
        self._store.save_alert(
            alert.rule, alert.matter.brand, str(alert.dimension), alert.value, incident, alert.at, alert.level
        )
        state = self._attach_keys(state, alert.mentions, now)
        self._queue_alert(state, now, alert)
        return incident

    def _raise(self, incident: str, alert: Alert, now: datetime) -> str | None:
        before = self._required(incident)
        playbook = self._select(alert) if alert.risk.rank > before.risk.rank else None
        decision = attach_alert(before, alert, playbook, at=now)
        if not decision.events:
            return None
        state = self._commit(before, decision, now)
        self._store.save_alert(
            alert.rule, alert.matter.brand, str(alert.dimension), alert.value, incident, alert.at, alert.level
        )
        state = self._attach_keys(state, alert.mentions, now)
        if state.level > before.level:
            self._queue_alert(state, now, alert)
        return incident

    def _select(self, alert: Alert) -> Playbook:
        playbook = select_playbook(alert.risk, None, self._house.playbooks.values()).playbook
        self._store.save_playbook(playbook.name, playbook.version, playbook.text)
        return playbook

    # -- attaching -------------------------------------------------------------------------------------------------

    def attach(
        self,
        complaints: Sequence[tuple[Mention, Assessment]],
        *,
        now: datetime,
        undated: Collection[str] = (),
    ) -> list[str]:
        """Attach complaints to the open incidents about their matter (D7); their cards update themselves.

        Args:
            undated: keys of mentions that are history because nobody knows their time.

        Returns:
            Ids of the incidents that grew.
        """
        by_incident: dict[str, list[str]] = defaultdict(list)
        for mention, assessment in complaints:
            at = mention.happened_at
            historic = mention.key in undated or self.is_historic(at, now)
            matters, levels = self.open_matters(assessment.brand, historic, at)
            found, _why = select_home(matter_of(assessment), matters, levels)
            if found is not None:
                by_incident[found].append(mention.key)
        with self._store.transaction():
            for incident, keys in by_incident.items():
                self._attach_keys(self._required(incident), keys, now)
        return list(by_incident)

    def _attach_keys(self, state: IncidentState, keys: Sequence[str], now: datetime) -> IncidentState:
        if not keys or not self._store.attach_mentions(state.id, keys):
            return state
        first, last = self._store.incident_span(state.id) or (None, None)
        count = self._store.count_incident(state.id)
        decision = attach_mentions(state, keys, count, last, at=now, first_post_at=first)
        return self._commit(state, decision, now) if decision.events else state

    def refresh_cards(self, brand: str, *, now: datetime) -> None:
        """Draw the cards of a brand's open incidents anew (what is not visible changed, W6)."""
        for row in self._store.load_incidents(status="open", brand=brand, limit=500):
            if not row.historic:
                self._queue_card(self._required(row.id), now)

    # -- pressing --------------------------------------------------------------------------------------------------

    def press(self, press: Press) -> Answer:
        """A button was pressed on some channel: resolve it, act by role, and say what became of it (P8)."""
        target = self._store.load_button(press.token)
        lang = self._house.config.language
        if target is None:
            return Answer(text=STALE_BUTTON[lang], refused=True)
        person = self._person(press)
        if person is None:
            stranger = self._store.person_id(f"{press.channel}:{press.account}")
            data = {"action": target.action, "code": "unknown_person", "channel": press.channel}
            if target.step:
                data["step"] = target.step
            event = Event(
                incident=target.incident, kind=EventKind.PRESS_REFUSED, at=press.at, actor=stranger, data=data
            )
            self._store.append_events([event])
            return Answer(text=UNKNOWN_PERSON[lang], refused=True, incident=target.incident)
        if target.action == "detail":
            return self._detail(target.incident, press)
        return self.act(
            target.action, target.incident, target.step, person, typed=press.typed, now=press.at, may_ask=True
        )

    def _person(self, press: Press) -> Person | None:
        """Who has this account: on the local page the account is the person id that the page's session stands for."""
        for person in self._store.load_people():
            account = person.id if press.channel == "web" else person.accounts.get(press.channel)
            if account == press.account:
                return person
        return None

    def _detail(self, incident: str, press: Press) -> Answer:
        """The evidence with every reason, sent into the chat the press came from."""
        state = self._required(incident)
        message = self.views.detail(state, now=press.at)
        chat = next(
            (
                c
                for c in ("crisis", "duty", "managers", "operators")
                for t in self._house.targets(c)
                if t.channel == press.channel
            ),
            "crisis",
        )
        item = self._item(state, chat, press.channel, press.target, "answer", Priority.ANSWER, press.at, message)
        self._store.queue([item], now=press.at)
        return Answer(text=messages.say_pressed("detail", "", self._house.config.language), incident=incident)

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
            typed: evidence, reason or note; it goes into the erasable texts, the log holds its id.
            may_ask: the channel can ask for missing words; the answer then says so and nothing is logged yet.

        Raises:
            Failed: there is no such incident or step.
        """
        with self._store.transaction():
            state = self._required(incident)
            playbook = self.playbook(state)
            key = self._step_key(playbook, step) if step is not None and action != "override" else step
            text = self._store.save_text(typed, incident=incident, at=now) if typed else None
            decision = self._decide(action, state, playbook, key, person, text, now)
            if may_ask and typed is None and decision.refusal and decision.refusal.code in ASKABLE:
                return self._question(action, state, playbook, key, ASKABLE[decision.refusal.code])
            if decision.events:
                state = self._commit(state, decision, now)
            return self._answer(action, state, playbook, key, decision)

    def _decide(
        self,
        action: str,
        state: IncidentState,
        playbook: Playbook,
        key: str | None,
        person: Person,
        text: str | None,
        now: datetime,
    ) -> Decision:
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

    def _answer(
        self, action: str, state: IncidentState, playbook: Playbook, key: str | None, decision: Decision
    ) -> Answer:
        lang, zone = self._house.config.language, self._house.config.zone
        titles = {s.key: s.title.get(lang, s.key) for s in playbook.steps}
        if decision.refusal is None:
            what = titles.get(key or "", state.id)
            return Answer(text=messages.say_pressed(action, what, lang), incident=state.id)
        names = {p.id: p.name for p in self._store.load_people()}
        refusal = decision.refusal
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

    def _step_key(self, playbook: Playbook, step: str) -> str:
        if step.isdigit() and 1 <= int(step) <= len(playbook.steps):
            return playbook.steps[int(step) - 1].key
        if playbook.step(step) is None:
            accepted = ", ".join(f"{n} {s.key}" for n, s in enumerate(playbook.steps, 1))
            raise Failed(f'no step "{step}" in this incident\'s playbook: {accepted} are its steps')
        return step

    # -- the clock -------------------------------------------------------------------------------------------------

    def tick(self, *, now: datetime) -> int:
        """Everything that is due by the clock: reminders, hand-overs, overdue steps (P6). Returns how many were due."""
        due = self._store.due_deadlines(now)
        for deadline in due:
            with self._store.transaction():
                self._due(deadline, now)
        return len(due)

    def _due(self, deadline: Deadline, now: datetime) -> None:
        self._store.finish_deadline(deadline, now)
        state = self.state(deadline.incident)
        if state is None or not state.open:
            return
        due = decide_due(state, self.playbook(state), deadline, at=now)
        if due.events:
            state = self._commit(state, Decision(events=due.events), now, plan=False)
        self._store.save_deadlines(due.next)
        for notice in due.notices:
            self._queue_notice(state, notice, now)

    def note_alert_sent(self, incident: str, at: datetime) -> None:
        """The first alert left for a chat: the clock of the first press starts (P7)."""
        state = self.state(incident)
        if state is None:
            return
        decision = mark_alert_sent(state, at=at)
        if decision.events:
            with self._store.transaction():
                self._commit(state, decision, at, card=False)

    # -- writing ---------------------------------------------------------------------------------------------------

    def _commit(
        self, before: IncidentState | None, decision: Decision, now: datetime, *, card: bool = True, plan: bool = True
    ) -> IncidentState:
        """Append events, save the projection, plan deadlines and queue the card's edit; inside one transaction."""
        with self._store.transaction():
            self._store.append_events(decision.events)
            incident = decision.events[0].incident
            assert incident is not None
            state = self._required(incident)
            self._store.save_incident(state)
            if plan:
                self._plan(before, state, decision.events, now)
            if card and any(e.kind != EventKind.PRESS_REFUSED for e in decision.events):
                self._queue_card(state, now)
            return state

    def _plan(self, before: IncidentState | None, state: IncidentState, events: Iterable[Event], now: datetime) -> None:
        playbook = self.playbook(state)
        if not state.open:
            self._store.drop_deadlines(state.id)
            return
        if before is None or before.playbook_version != state.playbook_version:
            self._store.drop_deadlines(state.id)
            self._store.save_deadlines(plan_deadlines(state, playbook, at=now))
            return
        for event in events:
            self._store.save_deadlines(plan_after(state, playbook, event))

    def _required(self, incident: str) -> IncidentState:
        state = self.state(incident)
        if state is None:
            raise Failed(f'no incident "{incident}": fengsheng incidents lists them')
        return state

    # -- the outbox ------------------------------------------------------------------------------------------------

    def chat_for(self, level: Level) -> str:
        """Yellow goes to the duty supervisor, orange to the managers, red to the emergency group (L)."""
        chats = self._house.config.chats
        if level is Level.YELLOW and chats.duty:
            return "duty"
        if level in (Level.YELLOW, Level.ORANGE) and chats.managers:
            return "managers"
        return "crisis"

    def _queue_alert(self, state: IncidentState, now: datetime, alert: Alert) -> None:
        message = self.views.alert(state, now=now, alerts=(alert,))
        self._post(state, "alert", Priority.ALERT, now, message)

    def _queue_notice(self, state: IncidentState, notice: Notice, now: datetime) -> None:
        self._post(state, "reminder", Priority.ESCALATION, now, self.views.notice(notice, state, now=now))

    def _queue_card(self, state: IncidentState, now: datetime) -> None:
        self._post(state, "card", Priority.CARD, now, None, collapse=f"card:{state.id}")

    def _post(
        self,
        state: IncidentState,
        kind: str,
        priority: int,
        now: datetime,
        message: Message | None,
        collapse: str | None = None,
    ) -> None:
        chat = self.chat_for(state.level)
        context = SendContext(
            now=now,
            level=state.level,
            drill=state.drill,
            drill_chat=self._house.drill,
            historic=state.historic,
            quiet_until=self._house.quiet_until(now),
        )
        items = []
        for target in self._house.targets(chat):
            item = self._item(state, chat, target.channel, target.target, kind, priority, now, message, collapse)
            decision = decide_send(item, context)
            if decision.send:
                items.append(dataclasses.replace(item, silent=decision.silent, not_before=decision.not_before))
        self._store.queue(items, now=now)

    def _item(
        self,
        state: IncidentState,
        chat: str,
        channel: str,
        target: str,
        kind: str,
        priority: int,
        now: datetime,
        message: Message | None,
        collapse: str | None = None,
    ) -> OutboxItem:
        return OutboxItem(
            chat=chat,
            channel=channel,
            target=target,
            kind=kind,
            priority=priority,
            created_at=now,
            message=message,
            incident=state.id,
            collapse=collapse,
            reply_to_incident=kind in ("reminder", "answer"),
        )
