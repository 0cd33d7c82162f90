"""What messages are rendered from: the state of an incident with its evidence, people, texts and blind sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from fengsheng.wiring import House
from notifier import messages
from notifier.callbacks import make_token, plan_buttons
from notifier.view import Earlier, EvidenceView, IncidentView, evidence_view
from playbooks.playbook import Playbook, parse_playbook
from playbooks.state import EventKind, IncidentState, Notice
from records.chat import Message
from records.customer import PRIORITY
from records.event import Event
from records.source import Outage
from scoring.alert import Alert, Count, Dimension, Level
from scoring.assessment import Assessment, Reason, Risk
from storage.keys import keyed_hash
from storage.results import StoredMention
from storage.sqlite import Store

EVIDENCE = 5
"""Mentions that a view carries as evidence."""
CUSTOMERS = 5
"""Customers of the register that a view tells of."""
BEFORE = timedelta(days=1)
"""An incident's life begins with its first post, but not longer than this before it was opened (an imported past)."""


class Views:
    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._house = house
        self._kept: dict[tuple[str, str], Playbook] = {}

    def playbook(self, state: IncidentState) -> Playbook:
        """The version the incident runs on (P5).

        Raises:
            LookupError: it is not stored (it is written in the transaction that opens the incident).
        """
        known = self._house.playbooks.get(state.playbook)
        if known is not None and known.version == state.playbook_version:
            return known
        key = (state.playbook, state.playbook_version)
        if key not in self._kept:
            text = self._store.load_playbook(*key)
            playbook, problems = parse_playbook(text or "", state.playbook)
            if playbook is None:
                raise LookupError(f"playbook {state.playbook} {state.playbook_version} of {state.id}: {problems}")
            self._kept[key] = playbook
        return self._kept[key]

    def card(self, state: IncidentState, *, now: datetime, buttons: bool = True) -> Message:
        """The incident's card as it stands now."""
        view = self.view(state, now=now, buttons=buttons)
        return messages.render_card(view) if state.open else messages.render_closed(view)

    def alert(self, state: IncidentState, *, now: datetime, alerts: Sequence[Alert] = ()) -> Message:
        return messages.render_alert(self.view(state, now=now, alerts=alerts))

    def notice(self, notice: Notice, state: IncidentState, *, now: datetime) -> Message:
        return messages.render_notice(notice, self.view(state, now=now))

    def detail(self, state: IncidentState, *, now: datetime) -> Message:
        return messages.render_detail(self.view(state, now=now))

    def view(
        self, state: IncidentState, *, now: datetime, alerts: Sequence[Alert] = (), buttons: bool = True
    ) -> IncidentView:
        """Gather the view. ``buttons`` saves the tokens of the buttons, which needs a store that may write."""
        playbook = self.playbook(state)
        events = self._store.load_events(state.id)
        mentions = self._store.incident_mentions(state.id, EVIDENCE)
        labels = {key: group.name[self._house.config.language] for key, group in self._house.words.groups.items()}
        fresh = [dataclasses.replace(a, label=labels.get(a.value)) for a in alerts]
        known = {a.rule for a in fresh}
        found = [*fresh, *(a for a in alerts_of(state, events, labels) if a.rule not in known)]
        found = [self._with_customer(a) for a in found]
        texts = {i for s in state.steps.values() for i in (s.evidence, s.reason) if i}
        texts |= {*state.notes, *(i for i in (state.override_reason, state.close_reason) if i)}
        return IncidentView(
            state=state,
            playbook=playbook,
            now=now,
            alerts=tuple(sorted(found, key=lambda a: (-a.level, a.rule))),
            evidence=tuple(evidence_of(mentions, state.matter.brand)),
            people=tuple(self._store.load_people(former=True)),
            texts={i: t for i in texts if (t := self._store.load_text(i)) is not None},
            customers=tuple(self._store.incident_customers(state.id, CUSTOMERS)),
            customer_counts=self._store.count_customers(state.id),
            opinions=tuple(self._store.incident_opinions(state.id)),
            not_visible=tuple(self._not_visible(state, now)),
            earlier=earlier_of(state, events),
            zone=self._house.config.zone,
            lang=self._house.config.language,
            chain_head=self._store.chain_head()[1],
            tokens=self._tokens(state, playbook) if buttons else {},
        )

    def _with_customer(self, alert: Alert) -> Alert:
        """A D6 alert of the log, which tells no reasons (G3), with the one that the register still knows."""
        if alert.rule != "D6" or alert.reasons:
            return alert
        kinds = (self._store.customer_kind_of(key) for key in alert.mentions)
        kind = next((k for k in kinds if k in PRIORITY), None)
        if kind is None:
            return alert
        return dataclasses.replace(alert, reasons=(Reason(rule="D6", what="known customer", evidence=str(kind)),))

    def _not_visible(self, state: IncidentState, now: datetime) -> list[Outage]:
        """When the brand's sources could not be seen while the incident lived, those that came back too (W6)."""
        began = state.first_post_at
        if began is None or not state.opened_at - BEFORE <= began <= state.opened_at:
            began = state.opened_at
        return self._store.load_outages(since=began, until=state.closed_at or now, brand=state.matter.brand)

    def _tokens(self, state: IncidentState, playbook: Playbook) -> Mapping[tuple[str, str | None], str]:
        """A token for every button of the state; the same button keeps its token, another round gets a new one."""
        tokens: dict[tuple[str, str | None], str] = {}
        for plan in plan_buttons(state, playbook, self._house.config.language):
            at = state.steps.get(plan.step or "")
            parts = (state.id, plan.action, plan.step or "", str(at.rounds if at else 0), state.playbook_version)
            token = make_token(keyed_hash(self._house.key, "button", *parts))
            step = playbook.step(plan.step) if plan.step else None
            self._store.save_button(
                token, incident=state.id, action=plan.action, step=plan.step, roles=step.roles if step else ()
            )
            tokens[(plan.action, plan.step)] = token
        return tokens


def evidence_of(mentions: Iterable[StoredMention], brand: str) -> list[EvidenceView]:
    """Evidence for one brand, the gravest first, then the widest spread."""
    judged: list[tuple[StoredMention, Assessment]] = [
        (m, m.assessments[brand]) for m in mentions if brand in m.assessments
    ]
    judged.sort(key=lambda p: (-p[1].level.rank, -p[1].spread, p[0].key))
    return [evidence_view(m.mention, a) for m, a in judged]


def alerts_of(state: IncidentState, events: Iterable[Event], labels: Mapping[str, str] | None = None) -> list[Alert]:
    """The alerts that the log tells of, latest of each rule; their words lie with the mentions, not in the log (G3)."""
    found: dict[str, Alert] = {}
    for event in events:
        if event.kind not in (EventKind.OPENED, EventKind.ALERT_ATTACHED):
            continue
        data = event.data
        counted = data.get("raw") is not None
        found[str(data["rule"])] = Alert(
            rule=str(data["rule"]),
            matter=state.matter,
            dimension=Dimension(data["dimension"]),
            value=str(data["value"]),
            label=(labels or {}).get(str(data["value"])),
            level=Level(data["level"]),
            risk=Risk(data["risk"]),
            since=datetime.fromisoformat(data["since"]),
            at=datetime.fromisoformat(data["until"]),
            count=Count(raw=data["raw"], voices=data.get("voices", data["raw"])) if counted else None,
            threshold=data.get("threshold"),
            mentions=tuple(data.get("mentions", ())),
        )
    return list(found.values())


def earlier_of(state: IncidentState, events: Sequence[Event]) -> Earlier | None:
    """How the incident stood once it was opened, with all that came in at that moment: what "since then" on the card
    compares with; None while nothing came after it."""
    opened = next((e for e in events if e.kind == EventKind.OPENED), None)
    if opened is None:
        return None
    attached = (e for e in events if e.kind == EventKind.MENTIONS_ATTACHED and e.at <= opened.at)
    first = max(attached, key=lambda e: int(e.data.get("raw", 0)), default=None)
    if first is None or state.raw == first.data.get("raw"):
        return None
    return Earlier(
        at=opened.at,
        raw=int(first.data.get("raw", 0)),
        voices=int(first.data.get("voices", 0)),
        level=Level(opened.data.get("level", 0)),
    )
