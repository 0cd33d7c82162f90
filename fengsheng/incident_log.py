"""An incident's events and what follows from them: projection, deadlines, card. One commit is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fengsheng.posting import Posting
from fengsheng.views import Views
from playbooks.decision import Decision
from playbooks.escalation import plan_after, plan_deadlines
from playbooks.incident import apply, fold
from playbooks.state import EventKind, IncidentState
from records.errors import Failed
from records.event import Event
from storage.sqlite import Store


class IncidentLog:
    def __init__(self, *, store: Store, views: Views, posting: Posting) -> None:
        self._store = store
        self._views = views
        self._posting = posting

    def state(self, incident: str) -> IncidentState | None:
        """Fold the incident's events; None where there is no such incident."""
        events = self._store.load_events(incident)
        return fold(events) if events else None

    def required(self, incident: str) -> IncidentState:
        """As ``state``.

        Raises:
            Failed: there is no such incident.
        """
        state = self.state(incident)
        if state is None:
            raise Failed(f'no incident "{incident}": fengsheng incidents lists them')
        return state

    def commit(
        self, before: IncidentState | None, decision: Decision, now: datetime, *, card: bool = True, plan: bool = True
    ) -> IncidentState:
        """Append events, save the projection, plan deadlines and queue the card's edit.

        Args:
            before: the state as it was read in this transaction; None where the incident begins.
            decision: with at least one event, all of one incident.
            plan: False where the caller saves the deadlines itself.
        """
        with self._store.transaction():
            self._store.append_events(decision.events)
            state = before
            for event in decision.events:
                state = apply(state, event)
            assert state is not None
            self._store.save_incident(state)
            if plan:
                self._plan(before, state, decision.events, now)
            if card and any(e.kind != EventKind.PRESS_REFUSED for e in decision.events):
                self._posting.queue_card(state, now)
            return state

    def _plan(self, before: IncidentState | None, state: IncidentState, events: Iterable[Event], now: datetime) -> None:
        playbook = self._views.playbook(state)
        if not state.open:
            self._store.drop_deadlines(state.id)
            return
        if before is None or before.playbook_version != state.playbook_version:
            self._store.drop_deadlines(state.id)
            self._store.save_deadlines(plan_deadlines(state, playbook, at=now))
            return
        for event in events:
            self._store.save_deadlines(plan_after(state, playbook, event))
