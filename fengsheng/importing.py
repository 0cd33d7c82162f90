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
from fengsheng.mail import is_mail
from fengsheng.reading import BadLine, parse_import, parse_rows
from fengsheng.wiring import House
from records.complaint import Complaint
from records.errors import BadRecord, Problem
from records.event import Event
from records.mention import Mention
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

    A row without a published time is history: nobody knows when it was, so it is counted in no window and alerts nobody.
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

    def parse(self, row: Mapping[str, Any], *, brandless: bool = False) -> tuple[Mention, Complaint | None]:
        """Read one row; raises BadRecord with one sentence.

        Args:
            brandless: it comes from where nobody writes the brand (mail, HTTP): the config's only brand is meant.
        """
        brand = self._brand
        if brand is None and brandless and not row.get("brand"):
            brand = self._only
        columns = self._house.config.imports.columns
        return parse_import(row, brand=brand, now=self._now, zone=self._house.config.zone, names=columns)

    def store(self, rows: Imports) -> None:
        """Score, store and detect rows; what stands beside a complaint's words is stored with them or not at all."""
        for name in dict.fromkeys(m.brand or "" for m, _ in rows):
            if name not in self._ingests:
                self._ingests[name] = Ingest(
                    store=self._store,
                    scorer=self._house.scorer([BrandTerms(name=name)]),
                    detection=self._detection,
                    incidents=self._incidents,
                )
            group = [(m, c) for m, c in rows if m.brand == name]
            mentions = [m for m, _ in group]
            with self._store.transaction():
                self.total.ingested.add(
                    self._ingests[name].ingest(mentions, now=self._now, undated_is_history=True, implied=True)
                )
                keys = self._store.masked_keys(mentions)
                self._store.save_complaints((k, c) for k, (_, c) in zip(keys, group, strict=True) if c is not None)

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
                batch.append(importing.parse(row, brandless=is_mail(file)))
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
            good.append(importing.parse({str(k).lower(): v for k, v in record.items()}, brandless=True))
        except BadRecord as error:
            total.bad.append(Problem(file="complaints", line=place, what=str(error)))
    for start in range(0, len(good), BATCH):
        importing.store(good[start : start + BATCH])
    importing.finish()
    return total
