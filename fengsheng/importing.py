"""Import of posts and complaints from files, mail and HTTP (W2): the same way as a poll's mentions; bad rows are listed,
good ones kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fengsheng.detection import Detection
from fengsheng.incidents import Incidents
from fengsheng.ingest import Ingest, Ingested
from fengsheng.opinion_queue import OpinionQueue
from fengsheng.reading import BadLine, parse_import, parse_rows
from fengsheng.wiring import House
from records.complaint import Complaint
from records.errors import BadRecord, Problem
from records.event import Event
from records.mention import Kind, Mention, Platform, TimePrecision, replace
from scoring.assessment import BrandTerms
from storage.sqlite import Store

BATCH = 200
"""Rows that are stored together."""

Imports = Sequence[tuple[Mention, Complaint | None]]


@dataclass(kw_only=True)
class Imported:
    ingested: Ingested = field(default_factory=Ingested)
    rows: int = 0
    bad: list[Problem] = field(default_factory=list)


class Importing:
    """One import over one store (one thread).

    A row of a file without a published time is history: nobody knows when it was, so it is counted in no window and
    alerts nobody. A complaint that is handed in over HTTP without one arrived now.
    """

    def __init__(self, house: House, store: Store, *, brand: str | None, now: datetime) -> None:
        """
        Args:
            brand: brand of all rows; default each row's own.
            now: aware UTC.
        """
        self.total = Imported()
        self._house = house
        self._store = store
        self._brand = brand
        self._only = house.config.brands[0].name if house.configured and len(house.config.brands) == 1 else None
        self._now = now
        self._ingests: dict[str, Ingest] = {}
        self._incidents = Incidents(store=store, house=house)
        self._detection = Detection(store=store, house=house)

    def parse(self, row: Mapping[str, Any], *, kind: Kind | None = None) -> tuple[Mention, Complaint | None]:
        """Read one row; one without a brand is about the config's only one. Raises BadRecord with one sentence."""
        config = self._house.config
        return parse_import(
            row,
            brand=self._brand,
            only=self._only,
            now=self._now,
            zone=config.zone,
            names=config.imports.columns,
            kind=kind,
        )

    def parse_now(self, row: Mapping[str, Any]) -> tuple[Mention, Complaint | None]:
        """Read what is handed in as it arrives: of a complaint without a time it is now; a time told later wins."""
        mention, complaint = self.parse(row, kind=Kind.COMPLAINT)
        if mention.published_at is None and mention.platform is Platform.IMPORT:
            mention = replace(mention, published_at=self._now, time_precision=TimePrecision.HOUR)
        return mention, complaint

    def store(self, rows: Imports) -> None:
        """Score, store and detect rows; what stands beside a complaint's words is stored with them or not at all."""
        for name in dict.fromkeys(m.brand or "" for m, _ in rows):
            if name not in self._ingests:
                self._ingests[name] = Ingest(
                    store=self._store,
                    scorer=self._house.scorer([BrandTerms(name=name)]),
                    detection=self._detection,
                    incidents=self._incidents,
                    opinions=OpinionQueue(store=self._store, house=self._house),
                )
            group = [(m, c) for m, c in rows if m.brand == name]
            mentions = [m for m, _ in group]
            with self._store.transaction():
                keys = self._store.masked_keys(mentions)
                # Before the mentions: the register of customers recognises them by the contact, too (W7).
                self._store.save_complaints((k, c) for k, (_, c) in zip(keys, group, strict=True) if c is not None)
                self.total.ingested.add(
                    self._ingests[name].ingest(mentions, now=self._now, undated_is_history=True, implied=True)
                )

    def finish(self) -> None:
        """Note the import in the log."""
        data = {"rows": self.total.rows, "new": self.total.ingested.new, "bad": len(self.total.bad)}
        self._store.append_events([Event(incident=None, kind="import", at=self._now, data=data)])


def import_files(
    house: House, store: Store, files: Iterable[Path], *, brand: str | None, now: datetime
) -> Iterator[Imported]:
    """Import files; yields the running total after each batch, for progress."""
    importing = Importing(house, store, brand=brand, now=now)
    total = importing.total
    for file in files:
        batch: list[tuple[Mention, Complaint | None]] = []
        for line, row in parse_rows(file):
            total.rows += 1
            if isinstance(row, BadLine):
                total.bad.append(Problem(file=str(file), line=line, what=row.why))
                continue
            try:
                batch.append(importing.parse(row))
            except BadRecord as error:
                total.bad.append(Problem(file=str(file), line=line, what=str(error)))
                continue
            if len(batch) >= BATCH:
                importing.store(batch)
                batch = []
                yield total
        if batch:
            importing.store(batch)
            yield total
    importing.finish()
    yield total


def import_records(house: House, store: Store, records: Sequence[Any], *, brand: str | None, now: datetime) -> Imported:
    """Import the objects of one HTTP request; ``bad`` names them by their place, from 1."""
    importing = Importing(house, store, brand=brand, now=now)
    total, good = importing.total, []
    for place, record in enumerate(records, 1):
        total.rows += 1
        try:
            if not isinstance(record, Mapping):
                raise BadRecord("is no object: a complaint as the schema describes it is accepted")
            good.append(importing.parse_now({str(k).lower(): v for k, v in record.items()}))
        except BadRecord as error:
            total.bad.append(Problem(file="complaints", line=place, what=str(error)))
    for start in range(0, len(good), BATCH):
        importing.store(good[start : start + BATCH])
    importing.finish()
    return total
