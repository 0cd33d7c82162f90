"""Use cases of incidents: raise, attach, press, tick. Each is one transaction of events, projection, deadlines and outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from fengsheng.belonging import Belonging, OpenIncidents
from fengsheng.incident_log import IncidentLog
from fengsheng.posting import Posting
from fengsheng.pressing import Answer, Pressing
from fengsheng.views import Views
from fengsheng.wiring import House
from playbooks.decision import Decision
from playbooks.escalation import decide_due
from playbooks.incident import attach_alert, attach_mentions, mark_alert_sent, open_incident
from playbooks.playbook import Playbook
from playbooks.selector import select_playbook
from playbooks.state import Deadline, IncidentState
from records.chat import Message, Press
from records.event import Person
from records.mention import Mention
from scoring.alert import Alert
from scoring.assessment import Assessment
from scoring.detectors.matter import matter_of
from storage.sqlite import Store

__all__ = ["Answer", "Incidents"]


class Incidents:
    """Incidents over one store (one thread)."""

    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._house = house
        self.views = Views(store=store, house=house)
        self._posting = Posting(store=store, house=house, views=self.views)
        self._log = IncidentLog(store=store, views=self.views, posting=self._posting)
        self._belonging = Belonging(store=store, rules=house.rules)
        self._pressing = Pressing(store=store, house=house, views=self.views, log=self._log, posting=self._posting)
        self._unnoted: dict[str, list[str]] = defaultdict(list)
        """Mentions of the present transaction that were attached and are not in their incident's log yet."""

    # -- reading ---------------------------------------------------------------------------------------------------

    def state(self, incident: str) -> IncidentState | None:
        """Fold the incident's events; None where there is no such incident."""
        return self._log.state(incident)

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
        historic = undated or self._belonging.is_historic(alert.at, now)
        if not historic and self._belonging.is_answered_for(alert):
            return None
        with self._store.transaction():
            found = self._belonging.select_for_alert(alert, historic=historic)
            return self._open(alert, historic, now) if found is None else self._raise(found, alert, now)

    def _open(self, alert: Alert, historic: bool, now: datetime) -> str:
        day = now.astimezone(self._house.config.zone).date()
        incident = self._store.next_incident_id(day, self._house.drill)
        playbook = self._select(alert)
        decision = open_incident(incident, alert, playbook, at=now, historic=historic, drill=self._house.drill)
        state = self._gather(self._log.commit(None, decision, now), alert, now)
        self._posting.queue_alert(state, now, (alert,))
        return incident

    def _raise(self, incident: str, alert: Alert, now: datetime) -> str | None:
        if alert.count is None and self._store.was_said(incident, alert.rule, alert.level, alert.risk):
            # The common case, told without reading the incident's whole log; ``attach`` notes it there.
            self._unnoted[incident] += alert.mentions if self._store.attach_mentions(incident, alert.mentions) else ()
            return None
        before = self._log.required(incident)
        playbook = self._select(alert) if alert.risk.rank > before.risk.rank else None
        decision = attach_alert(before, alert, playbook, at=now)
        if not decision.events:
            if alert.count is not None:  # said already, but the wave has grown
                self._attach_keys(before, self._made_of(alert, before), now)
            return None
        state = self._gather(self._log.commit(before, decision, now), alert, now)
        if state.level > before.level:
            self._posting.queue_alert(state, now, (alert,))
        return incident

    def _gather(self, state: IncidentState, alert: Alert, now: datetime) -> IncidentState:
        """Attach what the alert is made of, and what came before it and belongs to it."""
        self._store.save_alert(
            alert.rule, alert.matter.brand, str(alert.dimension), alert.value, state.id, alert.at, alert.level
        )
        state = self._attach_keys(state, self._made_of(alert, state), now)
        late = self._belonging.stragglers(alert, state.id, historic=state.historic, now=now)
        return self._attach_keys(state, late, now)

    def _made_of(self, alert: Alert, state: IncidentState) -> list[str]:
        if alert.count is None:
            return list(alert.mentions)
        return [c.key for c in self._belonging.counted(alert, state.matter.product or alert.matter.product)]

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
        under: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Attach complaints to the open incidents about their matter (D7); their cards update themselves.

        Args:
            undated: keys of mentions that are history because nobody knows their time.
            under: comment's key → platform id of the post it stands under: it joins the incident of its post.

        Returns:
            Ids of the incidents that complaints belong to.
        """
        by_incident: dict[str, list[str]] = defaultdict(list)
        open_ones: dict[tuple[str, bool], OpenIncidents] = {}
        for mention, assessment in complaints:
            at = mention.happened_at
            historic = mention.key in undated or self._belonging.is_historic(at, now)
            kind = (assessment.brand, historic)
            if kind not in open_ones:
                open_ones[kind] = self._belonging.near(assessment.brand, historic=historic)
            root = (under or {}).get(mention.key)
            found = self._store.open_incident_of(mention.platform, root, assessment.brand) if root else None
            found = found or open_ones[kind].home(matter_of(assessment), at)
            if found is not None:
                by_incident[found].append(mention.key)
        with self._store.transaction():
            for incident in dict.fromkeys((*by_incident, *self._unnoted)):
                state = self.state(incident)
                if state is not None:
                    self._attach_keys(state, by_incident.get(incident, []), now)
        return list(by_incident)

    def _attach_keys(self, state: IncidentState, keys: Sequence[str], now: datetime) -> IncidentState:
        keys = list(dict.fromkeys((*self._unnoted.pop(state.id, ()), *keys)))
        if not keys:
            return state
        self._store.attach_mentions(state.id, keys)
        first, last = self._store.incident_span(state.id) or (None, None)
        count = self._store.count_incident(state.id)
        decision = attach_mentions(state, keys, count, last, at=now, first_post_at=first)
        return self._log.commit(state, decision, now) if decision.events else state

    def refresh_cards(self, brand: str, *, now: datetime) -> None:
        """Draw the cards of a brand's open incidents anew (what is not visible changed, W6)."""
        for row in self._store.open_incidents(brand):
            self._posting.queue_card(self._log.required(row.id), now)

    def refresh_card(self, incident: str, *, now: datetime) -> None:
        """Draw the card of one open incident anew."""
        state = self.state(incident)
        if state is not None and state.open:
            self._posting.queue_card(state, now)

    # -- pressing --------------------------------------------------------------------------------------------------

    def press(self, press: Press) -> Answer:
        """A button was pressed on some channel, see ``Pressing.press``."""
        return self._pressing.press(press)

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
        """Take, finish, confirm, skip, note, close or override, see ``Pressing.act``."""
        return self._pressing.act(action, incident, step, person, typed=typed, now=now, may_ask=may_ask)

    # -- the clock -------------------------------------------------------------------------------------------------

    def tick(self, *, now: datetime) -> int:
        """Everything that is due by the clock: reminders, hand-overs, overdue steps (P6). Returns how many were due."""
        due = self._store.due_deadlines(now)
        for deadline in due:
            with self._store.transaction():
                self._due(deadline, now)
        return len(due)

    def _due(self, deadline: Deadline, now: datetime) -> None:
        if not self._store.finish_deadline(deadline, now):
            return  # dropped or replaced by an earlier one of this round, or finished by another process
        state = self.state(deadline.incident)
        if state is None or not state.open:
            return
        due = decide_due(state, self.playbook(state), deadline, at=now)
        if due.events:
            state = self._log.commit(state, Decision(events=due.events), now, plan=False)
        self._store.save_deadlines(due.next)
        for notice in due.notices:
            self._posting.queue_notice(state, notice, now)

    def note_alert_sent(self, incident: str, at: datetime) -> None:
        """The first alert left for a chat: the clock of the first press starts (P7)."""
        with self._store.transaction():
            state = self.state(incident)
            decision = mark_alert_sent(state, at=at) if state else Decision()
            if decision.events:
                self._log.commit(state, decision, at, card=False)
