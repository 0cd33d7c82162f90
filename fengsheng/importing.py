"""Import of posts and complaints from files (W2): the same way as a poll's mentions, bad rows listed, good ones kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fengsheng.detection import Detection
from fengsheng.incidents import Incidents
from fengsheng.ingest import Ingest, Ingested
from fengsheng.reading import BadLine, parse_imported, parse_rows
from fengsheng.wiring import House
from records.errors import BadRecord, Problem
from records.event import Event
from records.mention import Mention
from scoring.assessment import BrandTerms
from storage.sqlite import Store


@dataclass(kw_only=True)
class Imported:
    ingested: Ingested = field(default_factory=Ingested)
    rows: int = 0
    bad: list[Problem] = field(default_factory=list)


def import_files(
    house: House, store: Store, files: Iterable[Path], *, brand: str | None, now: datetime
) -> Iterator[Imported]:
    """Import files; yields the running total after each batch, for progress.

    A row without a published time is history: nobody knows when it was, so it is counted in no window and alerts nobody.
    """
    total = Imported()
    ingests: dict[str, Ingest] = {}
    incidents = Incidents(store=store, house=house)
    detection = Detection(store=store, house=house)

    def ingest(mentions: list[Mention]) -> None:
        for name in dict.fromkeys(m.brand or "" for m in mentions):
            if name not in ingests:
                scorer = house.scorer([BrandTerms(name=name)])
                ingests[name] = Ingest(store=store, scorer=scorer, detection=detection, incidents=incidents)
            group = [m for m in mentions if m.brand == name]
            total.ingested.add(ingests[name].ingest(group, now=now, undated_is_history=True, implied=True))

    for file in files:
        batch: list[Mention] = []
        for mention in _mentions(file, brand, now, total, house.config.zone):
            batch.append(mention)
            if len(batch) >= 200:
                ingest(batch)
                batch = []
                yield total
        if batch:
            ingest(batch)
            yield total
    data = {"rows": total.rows, "new": total.ingested.new, "bad": len(total.bad)}
    store.append_events([Event(incident=None, kind="import", at=now, data=data)])
    yield total


def _mentions(file: Path, brand: str | None, now: datetime, total: Imported, zone: ZoneInfo) -> Iterator[Mention]:
    for line, row in parse_rows(file):
        total.rows += 1
        if isinstance(row, BadLine):
            total.bad.append(Problem(file=str(file), line=line, what=row.why))
            continue
        try:
            yield parse_imported(row, brand=brand, now=now, zone=zone)
        except BadRecord as error:
            total.bad.append(Problem(file=str(file), line=line, what=str(error)))
