"""Import of the customer register (W7) from files and HTTP: good rows kept, bad ones listed, the same again changes nothing.

Complaints that are stored already are recognised afterwards: their incidents show the customer, and what happened within
the rules' longest window raises the priority as if the register had known it (S3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fengsheng.customer_columns import RegisterReader
from fengsheng.incidents import Incidents
from fengsheng.ingest import score_input
from fengsheng.reading import BadLine, parse_rows
from fengsheng.wiring import Clock, House
from records.customer import Customer, Ticket
from records.errors import BadInput, BadRecord, Problem
from records.event import Event
from scoring.detectors.single import detect_single
from storage.customers import State
from storage.sqlite import Store

BATCH = 500
"""Rows a transaction holds at most: the write lock is never kept long."""
TOLD_BAD = 5
"""Lines that are named of the bad rows in the config's file."""


Placed = tuple[str, int, Ticket]
"""A ticket with its file and line."""


@dataclass(kw_only=True)
class Tally:
    """What became of rows of one sort."""

    new: int = 0
    updated: int = 0
    known: int = 0

    def add(self, state: State) -> None:
        if state in ("new", "updated", "known"):
            setattr(self, state, getattr(self, state) + 1)


@dataclass(kw_only=True)
class Registered:
    rows: int = 0
    customers: Tally = field(default_factory=Tally)
    tickets: Tally = field(default_factory=Tally)
    """Tickets and orders."""
    removed: int = 0
    """Rows of customers who were removed earlier: left out."""
    recognised: int = 0
    """Stored complaints in which a customer was recognised only now."""
    incidents: list[str] = field(default_factory=list)
    """Incidents that began or rose because of that."""
    unread: list[str] = field(default_factory=list)
    """Columns that were not understood."""
    bad: list[Problem] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """Rows that stand in the register now."""
        return sum(t.new + t.updated + t.known for t in (self.customers, self.tickets))


class Registering:
    """One import of customers over one store (one thread)."""

    def __init__(self, house: House, store: Store, *, now: datetime, restore: bool = False) -> None:
        """
        Args:
            now: aware UTC.
            restore: take back customers who were removed earlier.
        """
        self.total = Registered()
        self._house = house
        self._store = store
        self._now = now
        self._restore = restore
        self._reader = RegisterReader(house.config.zone, house.config.customers.columns)
        self._customers: dict[str, Customer] = {}
        self._tickets: list[Placed] = []
        self._late: list[Placed] = []
        """Tickets of customers whom the register does not know yet: they may stand behind them."""
        self._touched: set[str] = set()

    def take(self, file: str, line: int, row: Mapping[str, Any] | BadLine) -> None:
        """One row; ``file`` and ``line`` are its place, for what is said of a bad one."""
        self.total.rows += 1
        try:
            if isinstance(row, BadLine):
                raise BadRecord(row.why)
            told = self._reader.read(row)
        except BadRecord as error:
            self.total.bad.append(Problem(file=file, line=line, what=str(error)))
            return
        if isinstance(told, Customer):  # tables with a row for each phone number name a customer several times
            self._customers[told.id] = _merged(self._customers.get(told.id), told)
            return
        self._tickets.append((file, line, told))
        if len(self._tickets) >= BATCH:
            self._late += self._save_tickets(self._tickets)
            self._tickets = []

    def finish(self) -> None:
        """Save what is left; then recognise the customers in what is stored already."""
        customers = list(self._customers.values())
        for start in range(0, len(customers), BATCH):
            self._save_customers(customers[start : start + BATCH])
        for start in range(0, len(left := self._tickets + self._late), BATCH):
            for file, line, _ in self._save_tickets(left[start : start + BATCH]):
                what = "the customer is not in the register: import customers before their tickets or with them"
                self.total.bad.append(Problem(file=file, line=line, what=what))
        self.total.unread = list(self._reader.unread)
        self._recognise()
        self._note()

    def _save_customers(self, batch: Sequence[Customer]) -> None:
        for state in self._store.save_customers(batch, now=self._now, restore=self._restore):
            self.total.customers.add(state)
            self.total.removed += state == "removed"
        self._touched.update(c.id for c in batch)

    def _save_tickets(self, batch: Sequence[Placed]) -> list[Placed]:
        """Save tickets; those of customers who are not in the register come back."""
        states = self._store.save_tickets(t for _, _, t in batch)
        for placed, state in zip(batch, states, strict=True):
            self.total.tickets.add(state)
            self.total.removed += state == "removed"
            self._touched.add(placed[2].customer)
        return [placed for placed, state in zip(batch, states, strict=True) if state == "unknown"]

    def _note(self) -> None:
        """Numbers for the log, where anything changed; no ids and no names."""
        total = self.total
        changed = {"customers": total.customers.new, "tickets": total.tickets.new}
        changed["updated"] = total.customers.updated + total.tickets.updated
        if any(changed.values()):
            data = {"rows": total.rows, **changed, "bad": len(total.bad)}
            self._store.append_events([Event(incident=None, kind="customers_import", at=self._now, data=data)])

    def _recognise(self) -> None:
        keys = self._store.link_stored(self._touched)
        self.total.recognised = len(keys)
        incidents = Incidents(store=self._store, house=self._house)
        since = self._now - timedelta(hours=self._house.rules.longest_hours)
        for key in keys:
            stored = self._store.load_mention(key)
            if stored is None or not since <= stored.mention.happened_at <= self._now:
                continue
            for assessment in stored.assessments.values():
                found = detect_single(
                    assessment,
                    score_input(stored.mention),
                    self._house.rules,
                    self._house.words,
                    key=key,
                    at=stored.mention.happened_at,
                    customer=self._store.customer_kind_of(key),
                )
                for alert in found:
                    if any(r.what == "known customer" for r in alert.reasons):
                        raised = incidents.raise_alert(alert, now=self._now)
                        self.total.incidents += [raised] if raised and raised not in self.total.incidents else []
        touched = {i: self._store.load_incident(i) for i in self._store.customers_incidents(self._touched)}
        for brand in dict.fromkeys(row.matter.brand for row in touched.values() if row is not None):
            incidents.refresh_cards(brand, now=self._now)


def _merged(held: Customer | None, told: Customer) -> Customer:
    """Two rows about one customer: accounts and contacts of both, of the rest what the later one tells."""
    if held is None:
        return told

    def both(one: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return None if one is None and other is None else tuple(dict.fromkeys((*(one or ()), *(other or ()))))

    return Customer(
        id=told.id,
        kinds=told.kinds or held.kinds,
        name=told.name or held.name,
        accounts=both(held.accounts, told.accounts),
        contacts=both(held.contacts, told.contacts),
        since=told.since or held.since,
        note=told.note or held.note,
    )


def import_customers(
    house: House, store: Store, files: Iterable[Path], *, now: datetime, restore: bool = False
) -> Registered:
    """Import files of customers and tickets, in any order.

    Raises:
        BadInput: a file is missing, of another kind, or not readable at all.
    """
    registering = Registering(house, store, now=now, restore=restore)
    for file in files:
        for line, row in parse_rows(file):
            registering.take(str(file), line, row)
    registering.finish()
    return registering.total


def import_customer_records(house: House, store: Store, records: Sequence[Any], *, now: datetime) -> Registered:
    """Import the objects of one HTTP request; ``bad`` names them by their place, from 1."""
    registering = Registering(house, store, now=now)
    for place, record in enumerate(records, 1):
        if isinstance(record, Mapping):
            registering.take("customers", place, record)
        else:
            why = "is no object: a customer or ticket as the schema describes it is accepted"
            registering.take("customers", place, BadLine(line=place, why=why))
    registering.finish()
    return registering.total


def problems_of(house: House, file: Path) -> list[Problem]:
    """What is wrong with a file of the config, the first rows of it; nothing is stored."""
    reader = RegisterReader(house.config.zone, house.config.customers.columns)
    found: list[Problem] = []
    try:
        for line, row in parse_rows(file):
            try:
                if isinstance(row, BadLine):
                    raise BadRecord(row.why)
                reader.read(row)
            except BadRecord as error:
                found.append(Problem(file=str(file), line=line, what=str(error)))
    except BadInput as error:
        return error.problems
    if len(found) > TOLD_BAD:
        found[TOLD_BAD:] = [Problem(file=str(file), what=f"… and {len(found) - TOLD_BAD} more bad rows")]
    return found


def load_configured(house: House, clock: Clock) -> list[str]:
    """Load the files that the config names where they changed since they were last loaded whole.

    Returns:
        What the operators must know: files and rows that could not be read; nothing where all is well.
    """
    files = house.config.customers.file
    with house.open_store() as store:
        try:
            content = hashlib.sha256(b"".join(hashlib.sha256(f.read_bytes()).digest() for f in files)).hexdigest()
        except OSError as error:
            return [f"{error.filename}: {error.strerror or error}"]
        if store.setting("customers_file") == content:
            return []
        try:
            total = import_customers(house, store, files, now=clock())
        except BadInput as error:
            return [str(p) for p in error.problems]
        store.save_setting("customers_file", content)
    return [
        _unreadable(file, [p.line for p in total.bad if p.file == str(file)], house.config.language)
        for file in files
        if any(p.file == str(file) for p in total.bad)
    ]


def _unreadable(file: Path, lines: Sequence[int | None], lang: str) -> str:
    """Where rows could not be read, without what stands in them: chats see no customers' cells (G3)."""
    shown = ", ".join(str(n) for n in lines[:TOLD_BAD]) + (" …" if len(lines) > TOLD_BAD else "")
    if lang == "zh":
        return f"{file.name}：{len(lines)} 行读不了（第 {shown} 行），其余已载入；fengsheng customers import 会列出原因"
    return f"{file.name}: {len(lines)} row(s) could not be read (line {shown}), the rest is loaded; fengsheng customers import lists why"
