"""``fengsheng customers``: the customer register (W7): list, import, show, remove."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from fengsheng.arguments import Config, Json
from fengsheng.naming import fact_value, word, words
from fengsheng.printing import local, print_json, print_plain, print_table, shorten
from fengsheng.wiring import House, load_house, system_clock
from notifier.customers import day_words, say_customer
from notifier.wording import CUSTOMER_KINDS, INTAKES, Lang, name_of, pick, platform_name
from records.customer import CustomerHistory, RegisterEntry, Ticket, masked_id, masked_name
from records.errors import Failed
from records.event import Event

SHOWN_BAD = 200
"""Bad rows that are listed; beyond it their number is said."""


def register_customers(app: typer.Typer) -> None:
    app.callback()(customers)
    app.command("import")(import_)
    for function in (show, remove):
        app.command()(function)


def customers(context: typer.Context, config: Config = None, json: Json = False) -> None:
    """The customer register: without a command, everybody in it with masked names."""
    if context.invoked_subcommand is not None:
        return
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        entries = store.load_customers()
    lang = _lang(house)
    if json:
        for entry in entries:
            print_json(_entry_record(entry))
        return
    print_table(
        ["ID", *words("kind name accounts contacts tickets orders complaints since", lang)],
        (
            (
                masked_id(e.id),
                "·".join(pick(CUSTOMER_KINDS[k], lang) for k in e.kinds),
                masked_name(e.name, e.kinds),
                "、".join(platform_name(p, lang) for p in e.platforms),
                e.contacts or "",
                e.tickets or "",
                e.orders or "",
                e.complaints or "",
                e.since,
            )
            for e in entries
        ),
        whole=(0,),
    )
    print_plain(f"{len(entries)} customer(s)")


def _entry_record(entry: RegisterEntry) -> dict[str, Any]:
    return {
        "id": masked_id(entry.id),
        "kinds": [str(k) for k in entry.kinds],
        "name": masked_name(entry.name, entry.kinds) or None,
        "accounts": list(entry.platforms),
        "contacts": entry.contacts,
        "tickets": entry.tickets,
        "orders": entry.orders,
        "complaints": entry.complaints,
        "since": entry.since,
    }


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="CSV, JSONL or XLSX of customers, and of their tickets and orders; see docs/customers.md."),
    ],
    restore: Annotated[
        bool, typer.Option("--restore", help="Take back customers of these files who were removed earlier.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Import customers, tickets and orders; bad rows are listed with line and reason, the same again changes nothing."""
    from fengsheng.customers import import_customers
    from fengsheng.customers_door import registered_record

    house = load_house(config)
    with house.open_store() as store:
        total = import_customers(house, store, files, now=system_clock(), restore=restore)
    for problem in total.bad[:SHOWN_BAD]:
        print(problem, file=sys.stderr)
    if len(total.bad) > SHOWN_BAD:
        print(f"… and {len(total.bad) - SHOWN_BAD} more bad rows", file=sys.stderr)
    if total.unread:
        print(f"columns that were not read: {', '.join(total.unread)}", file=sys.stderr)
    if total.removed:
        said = f"{total.removed} row(s) of customers who were removed earlier are left out: --restore takes them back"
        print(said, file=sys.stderr)
    if json:
        record = registered_record(total)
        print_json({**record, "bad": len(total.bad)})
    else:
        people, tickets = total.customers, total.tickets
        print_plain(
            f"{total.rows} row(s): customers {people.new} new, {people.updated} updated, {people.known} known; "
            f"tickets and orders {tickets.new} new, {tickets.updated} updated, {tickets.known} known; "
            f"{len(total.bad)} bad; recognised in {total.recognised} stored complaint(s); "
            f"incidents: {', '.join(total.incidents) or 'none'}"
        )
    if not total.rows:
        raise Failed("nothing to import: a header and one row a customer (CSV, XLSX), or one JSON object a line")
    if total.bad and not total.stored:
        raise Failed("no row could be read")


def show(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="Your own id of the customer.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Everything that is stored of one customer, the name in full; accounts and contacts are hashes and cannot be shown."""
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        found = store.load_customer(customer_id)
        if found is None:
            raise _nobody(customer_id)
        entry, tickets = found
        now = system_clock()
        complaints = {b: store.complaints_of(entry.id, b, now) for b in store.customer_brands(entry.id)}
    lang, zone = _lang(house), house.config.zone
    if json:
        print_json(
            {
                **_entry_record(entry),
                "id": entry.id,
                "name": entry.name,
                "note": entry.note,
                "tickets": [_ticket_record(t) for t in tickets],
                "complaints": [
                    {"brand": b, "mention": c.mention, "at": c.at.isoformat(), "level": c.level, "category": c.category}
                    for b, group in complaints.items()
                    for c in group
                ],
            }
        )
        return
    told = {
        "kind": "·".join(pick(CUSTOMER_KINDS[k], lang) for k in entry.kinds),
        "name": entry.name,
        "since": entry.since,
        "note": entry.note,
        "accounts": "、".join(platform_name(p, lang) for p in entry.platforms),
        "contacts": entry.contacts or None,
    }
    print_plain(entry.id)
    for name, value in told.items():
        if value:
            print_plain(f"{word(name, lang)}: {value}")
    if tickets:
        print_table(
            words("time kind channel subject outcome order_number satisfaction", lang),
            (
                (
                    local(t.at, zone),
                    word(f"{t.sort}s", lang),
                    name_of(INTAKES, t.channel or "", lang),
                    shorten(t.subject or t.number or ""),
                    shorten(t.outcome or ""),
                    t.order_number,
                    t.satisfaction,
                )
                for t in tickets
            ),
        )
    if any(complaints.values()):
        print_table(
            words("time brand level complaints", lang),
            (
                (local(c.at, zone), b, fact_value("level", c.level, lang), c.mention)
                for b, group in complaints.items()
                for c in group
            ),
        )


def _ticket_record(ticket: Ticket) -> dict[str, Any]:
    return {
        "kind": str(ticket.sort),
        "ticket": ticket.number,
        "at": ticket.at.isoformat() if ticket.at else None,
        "channel": ticket.channel,
        "subject": ticket.subject,
        "outcome": ticket.outcome,
        "order_number": ticket.order_number,
        "satisfaction": ticket.satisfaction,
    }


def remove(
    customer_id: Annotated[str, typer.Argument(metavar="ID", help="Your own id of the customer.")],
    config: Config = None,
) -> None:
    """Erase a customer with tickets, orders and everything recognised; later imports leave them out."""
    house = load_house(config)
    house.open_store(read_only=True).close()  # a database is not made for this
    with house.open_store() as store, store.transaction():
        now = system_clock()
        mark = store.remove_customer(customer_id, now=now)
        if mark is None:
            raise _nobody(customer_id)
        store.append_events([Event(incident=None, kind="customer_removed", at=now, data={"customer": mark})])
    print_plain("removed, with tickets, orders and everything recognised; later imports leave this customer out")


def _nobody(id: str) -> Failed:
    return Failed(f'nobody in the register has the id "{id}": fengsheng customers lists them')


def print_histories(house: House, found: Sequence[CustomerHistory]) -> None:
    """The customers recognised in a mention, as the chat words them."""
    for customer in found:
        lines = say_customer(customer, _lang(house), day_words(system_clock(), house.config.zone))
        print_plain("\n  ".join([f"{word('customer', house.config.language)}: {lines[0]}", *lines[1:]]))


def history_record(customer: CustomerHistory) -> dict[str, Any]:
    """A recognised customer for programs, masked as in chat."""
    return {
        "id": masked_id(customer.id),
        "kinds": [str(k) for k in customer.kinds],
        "name": masked_name(customer.name, customer.kinds) or None,
        "since": customer.since,
        "found_by": str(customer.by),
        "shared_with": customer.shared_with,
        "mentions": list(customer.mentions),
        "complaints": customer.complaints,
        "last_complaints": [
            {
                "mention": c.mention,
                "at": c.at.isoformat(),
                "level": c.level,
                "category": c.category,
                "problem": c.problem,
            }
            for c in customer.last_complaints
        ],
        "tickets": customer.tickets,
        "orders": customer.orders,
        "last_tickets": [_ticket_record(t) for t in customer.last_tickets],
        "open_incidents": list(customer.incidents),
    }


def _lang(house: House) -> Lang:
    return "zh" if house.config.language == "zh" else "en"
