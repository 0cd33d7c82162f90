"""People's corrections as labels: levels that were set by hand become rows that ``fengsheng train`` reads, both values side by side (R8).

A level is set for an incident, a label is of a post. Where people lowered the level, it is said of the posts that had raised it above;
where they raised it, of the gravest posts, and each counts half, for the number of posts may have been the reason. What was set back to
the rules' own level, and the incidents of drills, teach nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fengsheng.printing import json_line
from playbooks.state import EventKind
from records.errors import BadInput, Problem
from records.event import Event
from records.mention import mention_to_json
from scoring.alert import Level
from scoring.assessment import Assessment, BrandTerms, Risk, assessment_to_json
from storage.results import StoredMention
from storage.sqlite import Store

RISK_OF = {Level.RED: Risk.HIGH, Level.ORANGE: Risk.MEDIUM, Level.YELLOW: Risk.LOW}
"""Level of an incident → risk of the posts that make it so (rulebook L)."""
GRAVEST = 3
"""Posts that a raised level is said of, at most."""
HALF = 0.5
_FIELDS = ("platform", "kind", "published_at", "metrics", "media", "region")
_COMPUTED = ("topicality", "emotion", "completeness", "level", "category", "target", "rules_version")


def find_corrections(
    store: Store,
    terms: Mapping[str, BrandTerms],
    *,
    brand: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[dict[str, Any]]:
    """One row a post and correction, incidents newest first.

    Args:
        terms: words of the configured brands; they go into the rows, for the labels hold for these words.
        since: corrections made from this time on, aware.
    """
    for row in store.load_incidents(status=None, brand=brand):
        if row.drill:
            continue
        event = _standing(store.load_events(row.id))
        if event is None or (since and event.at < since) or (until and event.at > until):
            continue
        to = RISK_OF.get(Level(event.data["level"]))
        if to is None:
            continue
        name = row.matter.brand
        for stored, assessment, weight in _meant(store.incident_mentions(row.id), name, to):
            yield _row(stored, assessment, terms.get(name) or BrandTerms(name=name), to, weight, event)


def _standing(events: Iterable[Event]) -> Event | None:
    """The last level set by hand, where it is not the one it was before all of them."""
    set_by_hand = [e for e in events if e.kind == EventKind.LEVEL_OVERRIDDEN]
    if not set_by_hand or set_by_hand[-1].data["level"] == set_by_hand[0].data["from_level"]:
        return None
    return set_by_hand[-1]


def _meant(found: Sequence[StoredMention], brand: str, to: Risk) -> Iterator[tuple[StoredMention, Assessment, float]]:
    """The posts that a level set by hand speaks of."""
    judged = [(m, m.assessments[brand]) for m in found if brand in m.assessments]
    above = [(m, a) for m, a in judged if a.level.rank > to.rank]
    if above:
        yield from ((m, a, 1.0) for m, a in above)
        return
    gravest = sorted(judged, key=lambda pair: (-pair[1].level.rank, -pair[1].topicality, pair[0].key))[:GRAVEST]
    yield from ((m, a, HALF) for m, a in gravest if a.level.rank < to.rank)


def _row(
    stored: StoredMention, assessment: Assessment, terms: BrandTerms, to: Risk, weight: float, event: Event
) -> dict[str, Any]:
    """The form of a labelled post; nothing of the author but what scores are made from, nobody's name of the house."""
    record, judged = mention_to_json(stored.mention), assessment_to_json(assessment)
    return {
        "id": stored.key,
        "brand": terms.name,
        "brand_aliases": list(terms.aliases),
        "products": list(terms.products),
        "rivals": list(terms.rivals),
        "excluded": list(terms.excluded),
        "official_accounts": list(terms.official_accounts),
        "text": stored.mention.full_text,
        "author": {name: record["author"][name] for name in ("followers", "verified")},
        **{name: record[name] for name in _FIELDS},
        "labels": [{"level": str(to)}],
        "weight": weight,
        "computed": {name: judged[name] for name in _COMPUTED},
        "correction": {
            "incident": event.incident,
            "from": Level(event.data["from_level"]).name.lower(),
            "to": Level(event.data["level"]).name.lower(),
            "at": event.at.isoformat(),
        },
    }


def save_corrections(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write JSON lines; the file appears whole or not at all.

    Returns:
        Number of rows written.

    Raises:
        BadInput: the ending is not .jsonl, or the place cannot be written.
    """
    if path.suffix.lower() != ".jsonl":
        raise BadInput([Problem(file=str(path), what="corrections are written as .jsonl, which fengsheng train reads")])
    partial = path.with_name(f".{path.name[:100]}.{os.getpid()}.partial")
    count = 0
    try:
        with partial.open("w", encoding="utf-8", errors="replace") as file:
            for row in rows:
                file.write(json_line(row) + "\n")
                count += 1
        partial.replace(path)
    except OSError as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be written: {error.strerror or error}")]) from None
    finally:
        if partial.exists():
            partial.unlink()
    return count
