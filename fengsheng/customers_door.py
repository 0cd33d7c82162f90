"""What the HTTP door takes of the customer register (W7): the shape of customers and tickets, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fengsheng.customer_columns import LONGEST, MOST_MARKS
from fengsheng.customers import Registered
from records.customer import CustomerKind
from records.errors import BadInput, Problem
from records.mention import Platform

MOST = 1000
"""Customers and tickets of one request."""


def customer_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of one customer or ticket."""

    def text(about: str, name: str | None = None) -> dict[str, Any]:
        return {"type": ["string", "null"], "description": about} | ({"maxLength": LONGEST[name]} if name else {})

    key = {"type": ["string", "integer"]}
    platforms = [str(p) for p in Platform if p is not Platform.IMPORT]
    account = {
        "type": "object",
        "required": ["platform", "id"],
        "properties": {"platform": {"enum": platforms}, "id": key | {"description": "Account id, handle or name."}},
    }
    customer = {
        "title": "Customer",
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": key | {"description": "Your own id. The same id again updates; what is absent or null stays."},
            "kind": {
                "description": "Default ordinary; several in a list.",
                "anyOf": [{"enum": [str(k) for k in CustomerKind]}, {"type": "array"}],
            },
            "name": text("Stored sealed, shown masked.", "name"),
            "accounts": {
                "description": "platform:id or platform:name; kept as keyed hashes. A list takes the place of the stored one.",
                "type": "array",
                "maxItems": MOST_MARKS,
                "items": {"anyOf": [{"type": "string"}, account]},
            },
            "contacts": {
                "description": "Phone numbers and mail addresses; kept as keyed hashes.",
                "type": "array",
                "maxItems": MOST_MARKS,
                "items": {"type": "string"},
            },
            "since": text("2021, 2021-03 or 2021-03-05.", "since"),
            "note": text("Stored sealed.", "note"),
        },
    }
    ticket = {
        "title": "Ticket",
        "type": "object",
        "required": ["kind", "customer"],
        "properties": {
            "kind": {"enum": ["ticket", "order"]},
            "customer": key | {"description": "Id of the customer."},
            "ticket": key | {"description": "Its own number: the same again updates."},
            "at": {"type": ["string", "null"], "format": "date-time"},
            "channel": text("hotline, email, chat, store, or your own word.", "channel"),
            "subject": text("Stored sealed.", "subject"),
            "outcome": text("Stored sealed.", "outcome"),
            "order_number": text("Stored sealed.", "order_number"),
            "satisfaction": text("As you rate it, e.g. 2/5.", "satisfaction"),
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Customer register",
        "description": 'One object, a list, JSON lines, or {"customers": [...], "tickets": [...]}.',
        "anyOf": [ticket, customer],
    }


def spread_records(records: Sequence[Any]) -> list[Any]:
    """The customers and tickets of a request, those of {"customers": […], "tickets": […]} one after another.

    Raises:
        BadInput: too many, or none.
    """
    found: list[Any] = []
    for record in records:
        if not isinstance(record, Mapping) or not any(
            isinstance(record.get(n), list) for n in ("customers", "tickets")
        ):
            found.append(record)
            continue
        found += record.get("customers") or []
        found += [
            {"kind": "ticket", **{k: v for k, v in t.items() if k != "kind" or v}} if isinstance(t, Mapping) else t
            for t in record.get("tickets") or []
        ]
    if not found:
        raise BadInput([Problem(file="body", what="the body holds no customer and no ticket")])
    if len(found) > MOST:
        raise BadInput(
            [Problem(file="size", what=f"{len(found)} customers and tickets: at most {MOST} in one request")]
        )
    return found


def registered_record(total: Registered) -> dict[str, Any]:
    """What became of an import, for programs."""

    def counts(tally: Any) -> dict[str, int]:
        return {"new": tally.new, "updated": tally.updated, "known": tally.known}

    return {
        "received": total.rows,
        "customers": counts(total.customers),
        "tickets": counts(total.tickets),
        "removed_earlier": total.removed,
        "recognised": total.recognised,
        "incidents": total.incidents,
        "unread_columns": total.unread,
        "bad": [{"place": p.line, "what": p.what} for p in total.bad],
    }
