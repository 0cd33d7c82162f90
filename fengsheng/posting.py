"""What an incident says goes into the outbox here: which chats, how loud, and never history (rules L and D)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from fengsheng.config import ChatConfig
from fengsheng.views import Views
from fengsheng.wiring import House
from notifier.due import SendContext, decide_send
from playbooks.state import IncidentState, Notice
from records.chat import Message, OutboxItem, Press, Priority
from scoring.alert import Alert, Level
from storage.sqlite import Store

CHATS = ("crisis", "managers", "duty", "operators")
"""Logical chats that incidents are seen in."""


def queue_operations(
    store: Store, house: House, message: Message, *, now: datetime, besides: str | None = None
) -> None:
    """Tell the operators, never the crisis group (W6); in quiet hours silently (L).

    Args:
        besides: a channel that is itself in trouble: the others are used.
    """
    context = SendContext(now=now, drill=house.drill, drill_chat=house.drill, quiet_until=house.quiet_until(now))
    items = []
    for target in house.targets("operators"):
        if target.channel == besides:
            continue
        item = OutboxItem(
            chat="operators",
            channel=target.channel,
            target=target.target,
            kind="operations",
            priority=Priority.ESCALATION,
            created_at=now,
            message=message,
        )
        decision = decide_send(item, context)
        if decision.send:
            items.append(dataclasses.replace(item, silent=decision.silent, not_before=decision.not_before))
    store.queue(items, now=now)


class Posting:
    """Queues messages; call it inside the transaction of the events that cause them."""

    def __init__(self, *, store: Store, house: House, views: Views) -> None:
        self._store = store
        self._house = house
        self._views = views

    def chat_for(self, level: Level) -> str:
        """Yellow goes to the duty supervisor, orange to the managers, red to the emergency group (L)."""
        chats = self._house.config.chats
        if level <= Level.YELLOW and chats.duty:
            return "duty"
        if level <= Level.ORANGE and chats.managers:
            return "managers"
        return "crisis"

    def queue_alert(self, state: IncidentState, now: datetime, alerts: Sequence[Alert] = ()) -> None:
        """Tell the level's chat that an incident began or rose."""
        message = self._views.alert(state, now=now, alerts=alerts)
        self._post(state, "alert", Priority.ALERT, now, message)

    def queue_notice(self, state: IncidentState, notice: Notice, now: datetime) -> None:
        """A reminder, a hand-over or an overdue step."""
        self._post(state, "reminder", Priority.ESCALATION, now, self._views.notice(notice, state, now=now))

    def queue_card(self, state: IncidentState, now: datetime) -> None:
        """Draw the card anew: in the level's chat, and in every other chat that has one from when the level was another."""
        self._post(state, "card", Priority.CARD, now, None, collapse=f"card:{state.id}")

    def queue_answer(self, state: IncidentState, press: Press, message: Message) -> None:
        """Answer a press in the chat it came from."""
        places = [(chat, target) for chat in CHATS for target in self._house.targets(chat)]
        here = (
            chat
            for chat, t in places
            if t.channel == press.channel
            and self._store.current_target(t.channel, t.target)
            == self._store.current_target(press.channel, press.target)
        )
        item = OutboxItem(
            chat=next(here, "crisis"),
            channel=press.channel,
            target=press.target,
            kind="answer",
            priority=Priority.ANSWER,
            created_at=press.at,
            message=message,
            incident=state.id,
            reply_to_incident=True,
        )
        self._store.queue([item], now=press.at)

    def _places(self, state: IncidentState, kind: str) -> list[tuple[str, ChatConfig]]:
        chat = self.chat_for(state.level)
        places = [(chat, target) for target in self._house.targets(chat)]
        if kind == "card":
            known = {(t.channel, t.target) for _, t in places}
            for other in CHATS:
                places += [
                    (other, t)
                    for t in self._house.targets(other)
                    if (t.channel, t.target) not in known and self._store.load_card(state.id, t.channel, t.target)
                ]
        return places

    def _post(
        self,
        state: IncidentState,
        kind: str,
        priority: int,
        now: datetime,
        message: Message | None,
        collapse: str | None = None,
    ) -> None:
        context = SendContext(
            now=now,
            level=state.level,
            drill=state.drill,
            drill_chat=self._house.drill,
            historic=state.historic,
            quiet_until=self._house.quiet_until(now),
        )
        items = []
        for chat, target in self._places(state, kind):
            if kind == "card" and target.channel == "apprise":
                continue  # one-way services cannot edit: a card would be one more message each time
            item = OutboxItem(
                chat=chat,
                channel=target.channel,
                target=target.target,
                kind=kind,
                priority=priority,
                created_at=now,
                message=message,
                incident=state.id,
                collapse=collapse,
                silent=kind == "card",  # the alert rings; the card only stands there
                reply_to_incident=kind == "reminder",
            )
            decision = decide_send(item, context)
            if decision.send:
                items.append(dataclasses.replace(item, silent=decision.silent, not_before=decision.not_before))
        self._store.queue(items, now=now)
