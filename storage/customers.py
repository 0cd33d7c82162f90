"""The customer register (W7): names and tickets sealed, accounts and contacts as keyed hashes only, all of it erasable (G3)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from records.customer import (
    Account,
    Customer,
    CustomerKind,
    MatchedBy,
    RegisterEntry,
    Ticket,
    TicketSort,
    sort_kinds,
)
from records.mention import Author
from storage.complaints import Complaints
from storage.customer_marks import EXACT_NAMES, account_marks, fold_handle, looks_like_id
from storage.mentions import Mentions
from storage.rows import Row, storable, text_or_none, time_or_none, time_to_text

State = Literal["new", "updated", "known", "removed", "unknown"]
"""removed: erased earlier, left out; unknown: a ticket of nobody in the register."""

_TOLD = ("id", "name", "since", "note")
_TICKET_TOLD = ("customer", "number", "subject", "outcome", "order_number")
_EVERY_KIND = TicketSort.TICKET, TicketSort.ORDER


class _Mark(NamedTuple):
    """One row of customer_marks beside its customer."""

    mark: str
    item: str
    """Keyed hash of the account or contact as told: several marks may stand for one."""
    found_by: str
    platform: str


class CustomerRegister(Mentions, Complaints):
    def customer_mark(self, id: str) -> str:
        """Keyed hash of the house's id of a customer, the only form in which a customer enters the log."""
        return f"c_{self._hash('customer', id.strip())[:16]}"

    def save_customers(self, customers: Iterable[Customer], *, now: datetime, restore: bool = False) -> list[State]:
        """Save customers, in one transaction; saving the same again changes nothing. Accounts and contacts that are told take
        the place of the stored ones; what is not told stays.

        Args:
            restore: take back who was removed earlier; else they are left out.

        Returns:
            One state per customer, in order.
        """
        with self.transaction():
            return [self._save_customer(c, now, restore=restore) for c in customers]

    def _save_customer(self, told: Customer, now: datetime, *, restore: bool) -> State:
        mark = self.customer_mark(told.id)
        row = self._row("SELECT * FROM customers WHERE customer = ?", (mark,))
        if row is not None and row["removed_at"] is not None:
            if not restore:
                return "removed"
            row = None
        held = self._stored_customer(row) if row is not None else None
        whole = _filled(told, held)
        marks, before = self._marks_of(told), self._stored_marks(mark)
        wanted = (before - self._replaced(told, before)) | marks
        changed = held is None or whole != held
        if not changed and wanted == before:
            return "known"
        if changed:
            self._conn.execute(
                "INSERT INTO customers (customer, kinds, told_sealed, updated_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (customer) DO UPDATE SET kinds = excluded.kinds, told_sealed = excluded.told_sealed, "
                "updated_at = excluded.updated_at, removed_at = NULL",
                (mark, " ".join(whole.kinds or ()), self._sealed_record(whole, _TOLD), time_to_text(now)),
            )
        for gone in {m.mark for m in before} - {m.mark for m in wanted}:
            for table in ("customer_mentions", "customer_marks"):  # what it recognised, it recognised by mistake
                self._conn.execute(f"DELETE FROM {table} WHERE customer = ? AND mark = ?", (mark, gone))
        self._conn.executemany(
            "INSERT OR REPLACE INTO customer_marks (customer, mark, item, found_by, platform) VALUES (?, ?, ?, ?, ?)",
            [(mark, *m) for m in sorted(wanted - before)],
        )
        return "new" if held is None else "updated"

    def _stored_marks(self, mark: str) -> set[_Mark]:
        rows = self._rows("SELECT mark, item, found_by, platform FROM customer_marks WHERE customer = ?", (mark,))
        return {_Mark(*r) for r in rows}

    @staticmethod
    def _replaced(told: Customer, before: set[_Mark]) -> set[_Mark]:
        """Stored marks in whose place others are told now."""
        return {m for m in before if (told.contacts if m.found_by == MatchedBy.CONTACT else told.accounts) is not None}

    def _marks_of(self, told: Customer) -> set[_Mark]:
        found: dict[str, _Mark] = {}
        for account in told.accounts or ():
            item = self._hash("customer account", account.platform, account.value)[:32]
            for mark, by in self._account_marks(account):
                found.setdefault(mark, _Mark(mark, item, by, account.platform))
        for contact in told.contacts or ():
            mark = self.contact_hash(contact)
            found.setdefault(mark, _Mark(mark, mark, MatchedBy.CONTACT, ""))
        return set(found.values())

    def _account_marks(self, account: Account) -> list[tuple[str, str]]:
        """(mark, what it is recognised by) of an account: as an author's id or name, and as a handle however written."""
        exact, handle = account_marks(account)
        sure = looks_like_id(account.value) or account.platform in EXACT_NAMES
        by = str(MatchedBy.ACCOUNT if sure else MatchedBy.NAME)
        hashes = [self.author_hash(account.platform, Author(id=value)) for value in exact]
        return [(h, by) for h in hashes if h] + ([(self.handle_mark(account.platform, handle), by)] if handle else [])

    def handle_mark(self, platform: str, name: str) -> str:
        """Keyed hash of a handle or display name, the same however it is written."""
        return self._hash("handle", str(platform), fold_handle(name))[:32]

    # -- tickets ---------------------------------------------------------------------------------------------------

    def save_tickets(self, tickets: Iterable[Ticket]) -> list[State]:
        """Save tickets and orders, in one transaction; the same ticket again changes nothing or adds what is told later."""
        with self.transaction():
            return [self._save_ticket(t) for t in tickets]

    def _save_ticket(self, told: Ticket) -> State:
        customer = self.customer_mark(told.customer)
        row = self._row("SELECT removed_at FROM customers WHERE customer = ?", (customer,))
        if row is None or row["removed_at"] is not None:
            return "unknown" if row is None else "removed"
        known_by = (
            [told.number]
            if told.number
            else [text_or_none(told.at) or "", told.channel or "", told.subject or "", told.order_number or ""]
        )
        ticket = self._hash("ticket", customer, told.sort, *known_by)[:32]
        row = self._row("SELECT * FROM customer_tickets WHERE ticket = ?", (ticket,))
        held = self._stored_ticket(row) if row is not None else None
        fields = ("number", "at", "channel", "subject", "outcome", "order_number", "satisfaction")
        changes = {n: getattr(held, n) for n in fields if held is not None and getattr(told, n) is None}
        whole = replace(told, customer=told.customer.strip(), **changes)
        if whole == held:
            return "known"
        self._conn.execute(
            "INSERT INTO customer_tickets (ticket, customer, sort, at, channel, satisfaction, told_sealed) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ticket) DO UPDATE SET at = excluded.at, "
            "channel = excluded.channel, satisfaction = excluded.satisfaction, told_sealed = excluded.told_sealed",
            (
                ticket,
                customer,
                whole.sort,
                text_or_none(whole.at),
                whole.channel and storable(whole.channel),
                whole.satisfaction and storable(whole.satisfaction),
                self._sealed_record(whole, _TICKET_TOLD),
            ),
        )
        return "new" if held is None else "updated"

    # -- reading and removing --------------------------------------------------------------------------------------

    def has_customers(self) -> bool:
        return self._row("SELECT 1 FROM customer_marks LIMIT 1") is not None

    def load_customers(self) -> list[RegisterEntry]:
        """The register, by kind and id."""
        rows = self._rows(f"{_ENTRIES} WHERE c.removed_at IS NULL")
        return sorted((self._entry(r) for r in rows), key=lambda e: (e.kind.rank, e.id))

    def load_customer(self, id: str) -> tuple[RegisterEntry, tuple[Ticket, ...]] | None:
        """One customer with all tickets and orders, newest first; None where the register has nobody with this id."""
        mark = self.customer_mark(id)
        row = self._row(f"{_ENTRIES} WHERE c.removed_at IS NULL AND c.customer = ?", (mark,))
        return (self._entry(row), tuple(self._load_tickets(mark, None))) if row is not None else None

    def remove_customer(self, id: str, *, now: datetime) -> str | None:
        """Erase a customer with accounts, contacts, tickets and what was recognised; only the keyed hash of the id stays,
        so that the next import of an old list does not bring them back.

        Returns:
            The customer's mark, for the log; None where the register has nobody with this id.
        """
        mark = self.customer_mark(id)
        with self.transaction():
            if self._row("SELECT 1 FROM customers WHERE customer = ? AND removed_at IS NULL", (mark,)) is None:
                return None
            for table in ("customer_mentions", "customer_tickets", "customer_marks"):
                self._conn.execute(f"DELETE FROM {table} WHERE customer = ?", (mark,))
            self._conn.execute(
                "UPDATE customers SET kinds = NULL, told_sealed = NULL, updated_at = NULL, removed_at = ? "
                "WHERE customer = ?",
                (time_to_text(now), mark),
            )
        return mark

    def _load_tickets(self, mark: str, most: int | None, sorts: Sequence[TicketSort] = _EVERY_KIND) -> list[Ticket]:
        rows = self._rows(
            "SELECT * FROM customer_tickets WHERE customer = ? AND sort IN (?, ?) "
            "ORDER BY at IS NULL, at DESC, ticket LIMIT ?",
            (mark, sorts[0], sorts[-1], -1 if most is None else most),
        )
        return [self._stored_ticket(r) for r in rows]

    def _entry(self, row: sqlite3.Row) -> RegisterEntry:
        stored = self._stored_customer(row)
        return RegisterEntry(
            mark=row["customer"],
            id=stored.id,
            kinds=stored.kinds or (CustomerKind.ORDINARY,),
            name=stored.name,
            since=stored.since,
            note=stored.note,
            platforms=tuple((row["platforms"] or "").split()),
            **{name: row[name] for name in ("contacts", "tickets", "orders", "complaints")},
        )

    def _stored_customer(self, row: Row) -> Customer:
        """As stored: without accounts and contacts, which cannot be read back."""
        kinds = sort_kinds(tuple(CustomerKind(k) for k in (row["kinds"] or "").split()))
        return Customer(**({"id": "?"} | self._opened_record(row["told_sealed"])), kinds=kinds)

    def _stored_ticket(self, row: sqlite3.Row) -> Ticket:
        return Ticket(
            sort=TicketSort(row["sort"]),
            at=time_or_none(row["at"]),
            channel=row["channel"],
            satisfaction=row["satisfaction"],
            **({"customer": "?"} | self._opened_record(row["told_sealed"])),
        )

    def _sealed_record(self, record: object, names: Sequence[str]) -> str:
        told = {n: storable(v) for n in names if (v := getattr(record, n)) is not None}
        return self._seal.close(json.dumps(told, ensure_ascii=False))

    def _opened_record(self, sealed: str | None) -> dict[str, Any]:
        return json.loads((sealed and self._seal.open(sealed)) or "{}")


_ENTRIES = """SELECT c.*,
    (SELECT group_concat(platform, ' ') FROM (SELECT DISTINCT item, platform FROM customer_marks k
        WHERE k.customer = c.customer AND k.found_by <> 'contact' ORDER BY platform)) AS platforms,
    (SELECT count(*) FROM customer_marks k WHERE k.customer = c.customer AND k.found_by = 'contact') AS contacts,
    (SELECT count(*) FROM customer_tickets t WHERE t.customer = c.customer AND t.sort = 'ticket') AS tickets,
    (SELECT count(*) FROM customer_tickets t WHERE t.customer = c.customer AND t.sort = 'order') AS orders,
    (SELECT count(DISTINCT mention) FROM customer_mentions m WHERE m.customer = c.customer) AS complaints
    FROM customers c"""


def _filled(told: Customer, held: Customer | None) -> Customer:
    """What is told now, what is stored where nothing is; an empty text takes back what was told before."""
    changes: dict[str, Any] = {"id": told.id.strip(), "accounts": None, "contacts": None}
    for name in ("name", "since", "note"):
        value = getattr(told, name)
        changes[name] = (value if value is not None else held and getattr(held, name)) or None
    changes["kinds"] = sort_kinds(told.kinds or (held.kinds if held else None) or ())
    return replace(told, **changes)
