"""Customers of the register (W7) recognised in mentions: by the author's account or the complaint's contact, with what was
before. Only complaints are remembered as a customer's: who praises is nobody's business (G3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from records.customer import CustomerHistory, CustomerKind, MatchedBy, PastComplaint, TicketSort, sort_kinds
from records.mention import Mention
from storage.connection import chunks, marks
from storage.customer_marks import handles_of
from storage.customers import CustomerRegister
from storage.rows import Row, time_from_text, time_to_text

SHOWN = 3
"""Complaints and tickets that a history names."""


class CustomerMatches(CustomerRegister):
    # -- recognising -----------------------------------------------------------------------------------------------

    def link_customers(self, complaints: Sequence[Mention]) -> dict[str, CustomerKind]:
        """Recognise the customers behind complaints that are stored, and remember them.

        Args:
            complaints: as ingested, with the author as the platform showed it.

        Returns:
            Mention's key → the kind that weighs most of the customers recognised; nobody else's keys.
        """
        if not complaints or not self.has_customers():
            return {}
        by_mark: dict[str, set[str]] = defaultdict(set)
        for mention in complaints:
            for mark in self._marks_shown(mention):
                by_mark[mark].add(mention.key)
        for key, contact in self._contact_marks([m.key for m in complaints]):
            by_mark[contact].add(key)
        found: dict[str, list[CustomerKind]] = defaultdict(list)
        with self.transaction():
            for part in chunks(list(by_mark)):
                for row in self._rows(
                    "SELECT k.customer, k.mark, c.kinds FROM customer_marks k "
                    f"JOIN customers c ON c.customer = k.customer WHERE k.mark IN ({marks(part)})",
                    part,
                ):
                    for key in by_mark[row["mark"]]:
                        found[key] += _kinds(row)
                        self._conn.execute(
                            "INSERT INTO customer_mentions (customer, mention, mark) VALUES (?, ?, ?) "
                            "ON CONFLICT DO NOTHING",
                            (row["customer"], key, row["mark"]),
                        )
        return {key: sort_kinds(tuple(kinds))[0] for key, kinds in found.items()}

    def _marks_shown(self, mention: Mention) -> Iterable[str]:
        author, platform = mention.author, str(mention.platform)
        hashed = self.author_hash(platform, author)
        if hashed is not None:
            yield hashed
        for handle in handles_of(platform, author):
            yield self.handle_mark(platform, handle)

    def _contact_marks(self, keys: Sequence[str]) -> Iterable[tuple[str, str]]:
        for part in chunks(keys):
            for row in self._rows(
                "SELECT mention, contact_hash FROM complaint_details "
                f"WHERE contact_hash IS NOT NULL AND mention IN ({marks(part)})",
                part,
            ):
                yield row["mention"], row["contact_hash"]

    def link_stored(self, ids: Collection[str]) -> list[str]:
        """Recognise these customers in complaints that were stored before the register knew them.

        Of stored posts only the hash of the account is left, so they are found by account id or contact, and by name on
        platforms that show no id.

        Returns:
            Keys of the mentions that nobody had recognised by that account or contact before.
        """
        found: dict[str, None] = {}
        with self.transaction():
            for part in chunks([self.customer_mark(id) for id in ids]):
                for source in (_BY_ACCOUNT, _BY_CONTACT):
                    rows = self._rows(
                        f"INSERT INTO customer_mentions (customer, mention, mark) {source} "
                        f"AND k.customer IN ({marks(part)}) ON CONFLICT DO NOTHING RETURNING mention",
                        part,
                    )
                    found.update(dict.fromkeys(r["mention"] for r in rows))
        return list(found)

    def customer_kind_of(self, mention: str) -> CustomerKind | None:
        """The kind that weighs most of the customers recognised in a mention; None = nobody."""
        rows = self._rows(f"SELECT DISTINCT c.kinds {_LINKS} WHERE l.mention = ?", (mention,))
        kinds = tuple(k for row in rows for k in _kinds(row))
        return sort_kinds(kinds)[0] if kinds else None

    # -- telling ---------------------------------------------------------------------------------------------------

    def incident_customers(self, incident: str, most: int | None = None) -> list[CustomerHistory]:
        """The customers of an incident with what was before, the weightiest kind first, then who complained most."""
        row = self._row("SELECT brand FROM incidents WHERE id = ?", (incident,)) if self.has_customers() else None
        if row is None:
            return []
        rows = self._rows(
            f"{_RECOGNISED} JOIN incident_mentions i ON i.mention = l.mention {_IN_INCIDENT}", (incident,)
        )
        return self._histories(rows, row["brand"], {incident}, most)

    def mention_customers(self, mention: str, brand: str) -> list[CustomerHistory]:
        """The customers recognised in one mention with what was before it."""
        rows = self._rows(f"{_RECOGNISED} WHERE l.mention = ?", (mention,))
        own = self._rows("SELECT incident FROM incident_mentions WHERE mention = ?", (mention,))
        return self._histories(rows, brand, {r["incident"] for r in own}, None)

    def count_customers(self, incident: str) -> Mapping[CustomerKind, int]:
        """How many customers of each kind an incident touches (S4); a VIP enterprise counts as both. Several customers
        with one contact, of whom one complained, count once."""
        if not self.has_customers():
            return {}
        rows = self._rows(
            f"{_RECOGNISED} JOIN incident_mentions i ON i.mention = l.mention {_IN_INCIDENT}", (incident,)
        )
        first: dict[str, Row] = {}
        for row in sorted(rows, key=lambda r: (_kinds(r)[0].rank, r["customer"])):
            first.setdefault(row["mark"], row)
        distinct = {row["customer"]: _kinds(row) for row in first.values()}
        return Counter(kind for kinds in distinct.values() for kind in kinds)

    def customers_incidents(self, ids: Collection[str]) -> list[str]:
        """Open incidents that touch any of these customers."""
        found: dict[str, None] = {}
        for part in chunks([self.customer_mark(id) for id in ids]):
            rows = self._rows(
                f"SELECT DISTINCT n.id {_LINKED_INCIDENTS} AND l.customer IN ({marks(part)}) ORDER BY n.id", part
            )
            found.update(dict.fromkeys(r["id"] for r in rows))
        return list(found)

    def _histories(
        self, rows: Sequence[Row], brand: str, own: Collection[str], most: int | None
    ) -> list[CustomerHistory]:
        mine: dict[str, list[Row]] = defaultdict(list)
        sharing: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            mine[row["customer"]].append(row)
            sharing[row["mark"]].add(row["customer"])
        ranked = sorted(mine.values(), key=lambda r: (_kinds(r[0])[0].rank, -len(r), r[0]["customer"]))
        return [
            self._history_of(found, brand, own, max(len(sharing[r["mark"]]) for r in found) - 1)
            for found in ranked[:most]
        ]

    def _history_of(self, rows: Sequence[Row], brand: str, own: Collection[str], shared: int) -> CustomerHistory:
        mark, keys = rows[0]["customer"], tuple(dict.fromkeys(r["mention"] for r in rows))
        stored = self._stored_customer(rows[0])
        before = [p for p in self._complaints_of(mark, brand, rows[-1]["happened_at"]) if p.mention != keys[-1]]
        counts = self._row(
            "SELECT total(sort = 'ticket') AS tickets, total(sort = 'order') AS orders FROM customer_tickets "
            "WHERE customer = ?",
            (mark,),
        )
        others = self._rows(f"SELECT DISTINCT n.id {_LINKED_INCIDENTS} AND l.customer = ? ORDER BY n.id", (mark,))
        return CustomerHistory(
            id=stored.id,
            kinds=stored.kinds or (CustomerKind.ORDINARY,),
            name=stored.name,
            since=stored.since,
            by=min((MatchedBy(r["found_by"]) for r in rows), key=list(MatchedBy).index),
            mentions=keys,
            shared_with=shared,
            complaints=len(before),
            last_complaints=tuple(before[:SHOWN]),
            tickets=int(counts["tickets"]) if counts else 0,
            orders=int(counts["orders"]) if counts else 0,
            last_tickets=tuple(self._load_tickets(mark, SHOWN, (TicketSort.TICKET,))),
            incidents=tuple(r["id"] for r in others if r["id"] not in own),
        )

    def _complaints_of(self, mark: str, brand: str, until: str) -> list[PastComplaint]:
        """Complaints about a brand up to a time, newest first."""
        rows = self._rows(
            "SELECT DISTINCT m.key, m.happened_at, m.platform, a.level, a.category, a.problem FROM customer_mentions l "
            "JOIN mentions m ON m.key = l.mention JOIN assessments a ON a.mention = m.id AND a.brand = ? "
            "WHERE a.complaint AND l.customer = ? AND m.happened_at <= ? ORDER BY m.happened_at DESC, m.id DESC",
            (brand, mark, until),
        )
        return [
            PastComplaint(
                mention=r["key"],
                at=time_from_text(r["happened_at"]),
                platform=r["platform"],
                level=r["level"],
                category=r["category"],
                problem=r["problem"],
            )
            for r in rows
        ]

    def customer_brands(self, id: str) -> list[str]:
        """Brands that a customer complained about."""
        rows = self._rows(
            "SELECT DISTINCT a.brand FROM customer_mentions l JOIN mentions m ON m.key = l.mention "
            "JOIN assessments a ON a.mention = m.id WHERE a.complaint AND l.customer = ? ORDER BY a.brand",
            (self.customer_mark(id),),
        )
        return [r["brand"] for r in rows]

    def complaints_of(self, id: str, brand: str, until: datetime) -> list[PastComplaint]:
        """The stored complaints of a customer about a brand up to a time, newest first."""
        return self._complaints_of(self.customer_mark(id), brand, time_to_text(until))


_LINKS = "FROM customer_mentions l JOIN customers c ON c.customer = l.customer"
_RECOGNISED = (
    "SELECT DISTINCT l.customer, l.mention, l.mark, k.found_by, c.kinds, c.told_sealed, m.happened_at "
    f"{_LINKS} JOIN customer_marks k ON k.customer = l.customer AND k.mark = l.mark JOIN mentions m ON m.key = l.mention"
)
_IN_INCIDENT = "WHERE i.incident = ? ORDER BY m.happened_at, m.id"
_LINKED_INCIDENTS = (
    "FROM customer_mentions l JOIN incident_mentions i ON i.mention = l.mention JOIN incidents n ON n.id = i.incident "
    "WHERE n.status = 'open' AND NOT n.historic"
)
_IS_COMPLAINT = "EXISTS (SELECT 1 FROM assessments a WHERE a.mention = m.id AND a.complaint)"
_BY_ACCOUNT = (
    "SELECT k.customer, m.key, k.mark FROM customer_marks k JOIN mentions m ON m.author_hash = k.mark "
    f"WHERE k.found_by <> 'contact' AND {_IS_COMPLAINT}"
)
_BY_CONTACT = (
    "SELECT k.customer, m.key, k.mark FROM customer_marks k JOIN complaint_details d ON d.contact_hash = k.mark "
    f"JOIN mentions m ON m.key = d.mention WHERE k.found_by = 'contact' AND {_IS_COMPLAINT}"
)


def _kinds(row: Row) -> tuple[CustomerKind, ...]:
    return sort_kinds(tuple(CustomerKind(k) for k in (row["kinds"] or "").split()))
