"""Reading commands on the whole: incidents, incident, ledger, and the log's verification."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

import typer

from fengsheng.arguments import Config, Json
from fengsheng.cli_customers import history_record
from fengsheng.incidents import Incidents
from fengsheng.naming import DELIVERIES, EVENTS, MESSAGES, fact_value, level_name, word, words
from fengsheng.printing import console, local, print_json, print_plain, print_table
from fengsheng.wiring import load_house, system_clock
from notifier.messages import say_matter
from playbooks.state import IncidentState
from records.errors import BadInput, Failed, Problem
from scoring.wording import name_of
from storage.results import IncidentRow
from storage.sqlite import Store


def register(app: typer.Typer) -> None:
    for function in (incidents, incident, ledger):
        app.command()(function)


def register_audit(app: typer.Typer) -> None:
    @app.callback()
    def _() -> None:
        """The tamper-evident log of incidents."""

    app.command()(verify)


def incidents(
    status: Annotated[str, typer.Option(help="open, closed or all.")] = "all",
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    config: Config = None,
    json: Json = False,
) -> None:
    """List incidents, newest first."""
    if status not in ("open", "closed", "all"):
        raise BadInput([Problem(file="--status", what=f'"{status}" is no status: open, closed or all is accepted')])
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        rows = store.load_incidents(status=None if status == "all" else status, brand=brand, limit=limit)
    if json:
        for row in rows:
            print_json(_row_record(row))
        return
    lang, zone = house.config.language, house.config.zone
    print_table(
        words("incident level status matter mentions opened updated", lang),
        (
            (
                row.id,
                f"{level_name(row.level, lang)} · {fact_value('level', str(row.risk), lang)}",
                word(row.status, lang) + (f" · {word('historic', lang)}" if row.historic else ""),
                f"{row.matter.brand} · {matter_words(row, lang)}",
                f"{row.raw} ({row.voices})",
                local(row.opened_at, zone),
                local(row.updated_at, zone),
            )
            for row in rows
        ),
        whole=(0,),
    )


def matter_words(row: IncidentRow, lang: str) -> str:
    """What an incident is about, as the chat words it."""
    return say_matter(row.matter, "zh" if lang == "zh" else "en")


def _row_record(row: IncidentRow) -> dict[str, Any]:
    matter = row.matter
    return {
        "id": row.id,
        "brand": matter.brand,
        "product": matter.product,
        "category": str(matter.category) if matter.category else None,
        "problem": matter.problem,
        "level": row.level.name.lower(),
        "risk": str(row.risk),
        "status": row.status,
        "opened_at": row.opened_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "historic": row.historic,
        "drill": row.drill,
        "playbook": row.playbook,
        "playbook_version": row.playbook_version,
        "mentions": row.raw,
        "voices": row.voices,
    }


def incident(
    incident_id: Annotated[str, typer.Argument(help="Incident, e.g. FS-20261121-01.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """One incident: its card, its steps, its evidence and every event of its log."""
    from notifier.channels.console import ConsoleChannel

    house = load_house(config)
    with house.open_store(read_only=True) as store:
        use = Incidents(store=store, house=house)
        state = use.state(incident_id)
        if state is None:
            raise Failed(f'no incident "{incident_id}": fengsheng incidents lists them')
        if json:
            print_json(_state_record(use, store, state))
            return
        card = use.views.card(state, now=system_clock(), buttons=False)
        asyncio.run(ConsoleChannel(console(), lang=house.config.language).send("", card))
        people = {p.id: p.name for p in store.load_people()}
        print_table(
            words("time event who data", house.config.language),
            (
                (
                    local(e.at, house.config.zone),
                    name_of(EVENTS, e.kind, house.config.language),
                    people.get(e.actor or "", e.actor or ""),
                    _short_data(e.data),
                )
                for e in store.load_events(incident_id)
            ),
        )


def _short_data(data: Any) -> str:
    return ", ".join(
        f"{k}={len(v)} items" if isinstance(v, list | tuple) and len(v) > 3 else f"{k}={v}" for k, v in data.items()
    )


def _state_record(use: Incidents, store: Store, state: IncidentState) -> dict[str, Any]:
    people = {p.id: p.name for p in store.load_people()}
    row = next(
        r for r in store.load_incidents(status=None, brand=state.matter.brand, limit=100_000) if r.id == state.id
    )
    playbook = use.playbook(state)
    return {
        **_row_record(row),
        "alert_sent_at": _iso(state.alert_sent_at),
        "first_press_at": _iso(state.first_press_at),
        "steps": [
            {
                "number": number,
                "key": step.key,
                "title": dict(step.title),
                "roles": list(step.roles),
                "status": str(at.status),
                "taken_by": people.get(at.taken_by or "", at.taken_by),
                "taken_at": _iso(at.taken_at),
                "done_by": people.get(at.done_by or "", at.done_by),
                "done_at": _iso(at.done_at),
                "confirmed_by": people.get(at.confirmed_by or "", at.confirmed_by),
                "evidence": store.load_text(at.evidence) if at.evidence else None,
                "reason": store.load_text(at.reason) if at.reason else None,
            }
            for number, step in enumerate(playbook.steps, 1)
            if (at := state.steps.get(step.key)) is not None
        ],
        "customers": [history_record(c) for c in store.incident_customers(state.id, 20)],
        "customer_counts": {str(kind): n for kind, n in store.count_customers(state.id).items()},
        "evidence": [m.key for m in store.incident_mentions(state.id, 20)],
        "events": [
            {"kind": e.kind, "at": e.at.isoformat(), "actor": people.get(e.actor or "", e.actor), "data": dict(e.data)}
            for e in store.load_events(state.id)
        ],
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None


def ledger(
    incident: Annotated[str | None, typer.Option(help="Only this incident.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    config: Config = None,
    json: Json = False,
) -> None:
    """What was sent where: queued, sent, ambiguous, failed; newest first."""
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        found = store.ledger(incident=incident, limit=limit)
    for q in found if json else ():
        print_json(
            {
                "id": q.id,
                "chat": q.item.chat,
                "channel": q.item.channel,
                "kind": q.item.kind,
                "incident": q.item.incident,
                "state": q.state,
                "attempts": q.attempts,
                "created_at": _iso(q.item.created_at),
                "sent_at": _iso(q.sent_at),
                "external_id": q.external_id,
                "error": q.error,
            }
        )
    if not json:
        zone, lang = house.config.zone, house.config.language
        print_table(
            words("time chat kind incident state sent error", lang),
            (
                (
                    local(q.item.created_at, zone),
                    f"{q.item.chat} · {q.item.channel}",
                    name_of(MESSAGES, q.item.kind, lang),
                    q.item.incident,
                    f"{name_of(DELIVERIES, q.state, lang)} ({q.attempts})",
                    local(q.sent_at, zone),
                    q.error,
                )
                for q in found
            ),
            whole=(3,),
        )


def verify(
    head: Annotated[
        str | None, typer.Option(help="A head noted earlier, SEQ:HASH: it must stand in the log unchanged.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Verify the log: exit 1 and every problem where it was changed, cut, reordered or added to."""
    given: tuple[int, str] | None = None
    if head is not None:
        match = re.fullmatch(r"(\d+):([0-9a-f]{8,64})", head.strip())
        if match is None:
            raise BadInput([Problem(file="--head", what=f'"{head}" is no head: SEQ:HASH as audit verify prints it')])
        given = (int(match[1]), match[2])
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        report = store.verify_chain(given)
    if json:
        print_json(
            {
                "ok": report.ok,
                "events": report.count,
                "head": f"{report.head_seq}:{report.head_hash}",
                "problems": report.problems,
            }
        )
    elif report.ok:
        print_plain(f"log intact: {report.count} event(s), head {report.head_seq}:{report.head_hash}")
    if not report.ok:
        raise Failed("the log was altered:\n" + "\n".join(report.problems))
