"""Mentions and their assessments: saved once, merged when seen again, found by key (W4, S13, G3)."""

from __future__ import annotations

import dataclasses
import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.mention import COUNT_NAMES, Author, Engagement, Mention, replace
from scoring.assessment import Assessment
from storage.connection import chunks, marks
from storage.grams import document, index_words
from storage.loading import Loading
from storage.merge import merge_sight
from storage.results import Saved
from storage.rows import (
    MASKED,
    ORDINARY,
    assessment_to_row,
    engagement_to_row,
    mask_id,
    mask_ids,
    mention_to_row,
    names_author,
    row_to_engagement,
    row_to_mention,
    time_from_text,
    time_to_text,
)

_ENGAGEMENT = ("mention", "at", *COUNT_NAMES, "approximate")
_TEXTS = ("mention", "sha256", "title", "text", "seen_at", "replaced_at")


@dataclass(slots=True)
class _Known:
    """A mention on its way through one batch."""

    id: int
    mention: Mention
    author_hash: str | None
    new: bool = False
    changed: bool = False
    sealed: bool = False
    """Its address names an ordinary author."""
    indexed: str | None = None
    """The document the index holds; None = not in the index."""


class _Batch:
    """What one ``save_mentions`` is going to write."""

    def __init__(self, known: dict[str, _Known], records: dict[tuple[int, str], str], next_id: int) -> None:
        self.known = known
        self.records = records
        """(mention, brand) → assessment as it is stored."""
        self.next_id = next_id
        self.assessed: dict[tuple[int, str], dict[str, Any]] = {}
        self.engagement: list[tuple[Any, ...]] = []
        self.texts: list[tuple[Any, ...]] = []


class Mentions(Loading):
    def author_hash(self, platform: str, author: Author) -> str | None:
        """Keyed hash of an account, the same for the same account for ever; by name where the platform tells no id."""
        who = author.id or author.name
        return None if who is None else self._hash("author", str(platform), who)[:32]

    def fill_known(self, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions as they will stand once saved: with the fuller text, time and figures known from earlier sights,
        and with account ids in post ids made hashes. Score these, and use their keys, so that a cut text on a list page
        does not lower a score. The author shown now is kept for scoring."""
        masked = [mask_ids(m, self._key) for m in mentions]
        known = self._load_known([m.key for m in masked])
        filled = []
        for mention in masked:
            entry = known.get(mention.key)
            if entry is not None:
                merged = merge_sight(entry.mention, mention)
                mention = replace(merged.mention, brand=mention.brand, query=mention.query)
            filled.append(mention)
        return filled

    def load_histories(self, keys: Sequence[str], last: int = 12) -> dict[str, tuple[tuple[datetime, Engagement], ...]]:
        """Key → the last figures seen of each of these posts, the oldest first; posts that were never seen are left out."""
        found: dict[str, list[tuple[datetime, Engagement]]] = {}
        for part in chunks(list(dict.fromkeys(keys))):
            rows = self._rows(
                "SELECT * FROM (SELECT m.key, e.*, row_number() OVER (PARTITION BY e.mention ORDER BY e.at DESC) AS place "
                f"FROM mentions m JOIN engagement e ON e.mention = m.id WHERE m.key IN ({marks(part)})) "
                "WHERE place <= ? ORDER BY at",
                [*part, last],
            )
            for row in rows:
                found.setdefault(row["key"], []).append((time_from_text(row["at"]), row_to_engagement(row)))
        return {key: tuple(looks) for key, looks in found.items()}

    def save_mentions(self, items: Sequence[tuple[Mention, Assessment]], *, now: datetime) -> list[Saved]:
        """Save mentions with their assessments, in one transaction; saving the same twice changes nothing.

        Figures that changed are added to the time series; an edited text keeps the earlier one as evidence; of ordinary
        authors (not verified) only a keyed hash, the followers and the badge are kept.

        Returns:
            One ``Saved`` per item, in order.
        """
        saved = []
        with self.transaction():
            masked = [(mask_ids(m, self._key), self._masked(m, a)) for m, a in items]
            batch = self._open_batch([m.key for m, _ in masked])
            for mention, assessment in masked:
                saved.append(self._add(batch, mention, assessment, now))
            self._write(batch, now)
        return saved

    def _load_known(self, keys: Sequence[str]) -> dict[str, _Known]:
        known = {}
        for part in chunks(list(dict.fromkeys(keys))):
            for row in self._rows(f"SELECT * FROM mentions WHERE key IN ({marks(part)})", part):
                mention = row_to_mention(row, self._seal)
                known[row["key"]] = _Known(
                    id=row["id"],
                    mention=mention,
                    author_hash=row["author_hash"],
                    sealed=row["url_sealed"] is not None,
                    indexed=document(mention.title, mention.text),
                )
        return known

    def _open_batch(self, keys: Sequence[str]) -> _Batch:
        known = self._load_known(keys)
        records = {}
        for part in chunks([k.id for k in known.values()]):
            for r in self._rows(
                f"SELECT mention, brand, record FROM assessments WHERE mention IN ({marks(part)})", part
            ):
                records[r["mention"], r["brand"]] = r["record"]
        row = self._row("SELECT coalesce(max(id), 0) + 1 AS next FROM mentions")
        return _Batch(known, records, row["next"] if row else 1)

    def _add(self, batch: _Batch, mention: Mention, assessment: Assessment, now: datetime) -> Saved:
        entry, changed, partial = batch.known.get(mention.key), False, False
        if entry is None:
            hashed = self.author_hash(mention.platform, mention.author)
            entry = _Known(id=batch.next_id, mention=self._pseudonymised(mention), author_hash=hashed, new=True)
            entry.sealed = names_author(mention)
            batch.known[mention.key] = entry
            batch.next_id += 1
            if any(getattr(mention.metrics, name) is not None for name in COUNT_NAMES):
                batch.engagement.append(engagement_to_row(entry.id, mention.collected_at, mention.metrics))
        else:
            changed, partial = self._see_again(batch, entry, mention, now)
        key = (entry.id, assessment.brand)
        before = batch.records.get(key)
        row = assessment_to_row(assessment)
        if before is None or (row["record"] != before and not partial):
            batch.assessed[key] = row
            batch.records[key] = row["record"]
            changed = True
        state = "new" if before is None else "updated" if changed else "known"
        return Saved(key=mention.key, brand=assessment.brand, state=state)  # type: ignore[arg-type]

    def _see_again(self, batch: _Batch, entry: _Known, seen: Mention, now: datetime) -> tuple[bool, bool]:
        """(whether anything changed, whether the sight showed less text than is known)."""
        late = seen.collected_at < entry.mention.collected_at
        merged = merge_sight(entry.mention, seen)
        evidence = None if merged.replaced is None else self._evidence(entry.id, merged.replaced, now)
        kept = evidence is not None and self._row(
            "SELECT 1 FROM mention_texts WHERE mention = ? AND sha256 = ? AND title = ?", evidence[:3]
        )
        if evidence is not None and not kept:
            batch.texts.append(evidence)
        mention = self._pseudonymised(merged.mention)
        entry.sealed = mention.author.verified in ORDINARY and (entry.sealed or names_author(merged.mention))
        hashed = entry.author_hash or self.author_hash(seen.platform, seen.author)
        changed = (
            hashed != entry.author_hash or replace(mention, collected_at=entry.mention.collected_at) != entry.mention
        )
        if merged.figures_changed or (late and seen.metrics != mention.metrics):
            figures = seen.metrics if late else mention.metrics
            batch.engagement.append(engagement_to_row(entry.id, seen.collected_at, figures))
        if changed:
            entry.mention, entry.author_hash, entry.changed = mention, hashed, True
        return changed or (evidence is not None and not kept), merged.partial

    def _masked(self, mention: Mention, assessment: Assessment) -> Assessment:
        if mention.platform not in MASKED:
            return assessment
        return dataclasses.replace(assessment, id=mask_id(assessment.id, self._key))

    @staticmethod
    def _pseudonymised(mention: Mention) -> Mention:
        """As it is read back: ordinary authors without id and name."""
        if mention.author.verified not in ORDINARY:
            return mention
        author = mention.author
        nameless = Author(followers=author.followers, verified=author.verified)
        return mention if author == nameless else replace(mention, author=nameless)

    @staticmethod
    def _evidence(id: int, earlier: Mention, now: datetime) -> tuple[Any, ...]:
        digest = hashlib.sha256(earlier.text.encode("utf-8", "replace")).hexdigest()
        seen_at = time_to_text(earlier.collected_at)
        return (id, digest, earlier.title or "", earlier.text, seen_at, time_to_text(now))

    def _write(self, batch: _Batch, now: datetime) -> None:
        stored_at = time_to_text(now)
        entries = batch.known.values()
        fresh = [e for e in entries if e.new]
        edited = [e for e in entries if e.changed and not e.new]
        if fresh:
            rows = [self._row_of(e) for e in fresh]
            columns = ("id", *rows[0], "stored_at")
            self._insert(
                "mentions", columns, [(e.id, *r.values(), stored_at) for e, r in zip(fresh, rows, strict=True)]
            )
        for entry in edited:
            row = self._row_of(entry)
            sets = ",".join(f"{name} = ?" for name in row)
            self._conn.execute(f"UPDATE mentions SET {sets} WHERE id = ?", (*row.values(), entry.id))
        self._index([*fresh, *edited])
        if batch.assessed:
            columns = ("mention", *next(iter(batch.assessed.values())), "assessed_at")
            sets = ",".join(f"{name} = excluded.{name}" for name in columns[2:])
            self._conn.executemany(
                f"INSERT INTO assessments ({','.join(columns)}) VALUES ({marks(columns)}) "
                f"ON CONFLICT (mention, brand) DO UPDATE SET {sets}",
                [(id, *row.values(), stored_at) for (id, _), row in batch.assessed.items()],
            )
        for table, columns, rows_of in (
            ("engagement", _ENGAGEMENT, batch.engagement),
            ("mention_texts", _TEXTS, batch.texts),
        ):
            self._conn.executemany(
                f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks(columns)}) ON CONFLICT DO NOTHING", rows_of
            )

    def _row_of(self, entry: _Known) -> dict[str, Any]:
        return mention_to_row(entry.mention, entry.author_hash, self._seal if entry.sealed else None)

    def _index(self, entries: Sequence[_Known]) -> None:
        stale, words = [], []
        for entry in entries:
            text = document(entry.mention.title, entry.mention.text)
            if text == entry.indexed:
                continue
            if entry.indexed:
                stale.append(("delete", entry.id, index_words(entry.indexed)))
            if text:
                words.append((entry.id, index_words(text)))
        self._conn.executemany("INSERT INTO mention_index (mention_index, rowid, words) VALUES (?, ?, ?)", stale)
        self._conn.executemany("INSERT INTO mention_index (rowid, words) VALUES (?, ?)", words)

    def _rebuild_index(self) -> None:
        """Index every text anew: folding or Unicode's tables changed since it was built."""
        self._conn.execute("INSERT INTO mention_index (mention_index) VALUES ('delete-all')")
        after = 0
        while rows := self._rows("SELECT id, title, text FROM mentions WHERE id > ? ORDER BY id LIMIT 500", (after,)):
            self._index_rows(rows)
            after = rows[-1]["id"]

    def _index_rows(self, rows: Sequence[sqlite3.Row]) -> None:
        words = [(r["id"], index_words(document(r["title"], r["text"]))) for r in rows if r["title"] or r["text"]]
        self._conn.executemany("INSERT INTO mention_index (rowid, words) VALUES (?, ?)", words)
