"""Reading stored mentions back, with their assessments, incidents and history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from records.mention import Engagement
from scoring.assessment import Assessment, Risk
from storage.connection import Connection, chunks, marks
from storage.results import EarlierText, JudgedMention, StoredMention, Verdict
from storage.rows import row_to_assessment, row_to_engagement, row_to_mention, time_from_text, time_or_none


class Loading(Connection):
    def known_keys(self, keys: Iterable[str], brand: str) -> set[str]:
        """Which of these mentions have been assessed for the brand."""
        found: set[str] = set()
        for part in chunks(list(keys)):
            rows = self._rows(
                "SELECT m.key FROM mentions m JOIN assessments a ON a.mention = m.id AND a.brand = ? "
                f"WHERE m.key IN ({marks(part)})",
                (brand, *part),
            )
            found.update(r["key"] for r in rows)
        return found

    def load_mention(self, key: str) -> StoredMention | None:
        """One mention with its history of figures and earlier texts; None = unknown key."""
        row = self._row("SELECT id FROM mentions WHERE key = ?", (key,))
        return next(self._load_stored([row["id"]], whole=True), None) if row else None

    def _load_stored(self, ids: Sequence[int], *, whole: bool = False) -> Iterator[StoredMention]:
        """Stored mentions in the order of ``ids``."""
        for part in chunks(ids):
            rows = {r["id"]: r for r in self._rows(f"SELECT * FROM mentions WHERE id IN ({marks(part)})", part)}
            assessments: dict[int, dict[str, Assessment]] = {}
            for r in self._rows(
                f"SELECT mention, brand, record FROM assessments WHERE mention IN ({marks(part)}) ORDER BY id", part
            ):
                assessments.setdefault(r["mention"], {})[r["brand"]] = row_to_assessment(r)
            incidents: dict[int, list[str]] = {}
            for r in self._rows(
                "SELECT m.id, i.incident FROM mentions m JOIN incident_mentions i ON i.mention = m.key "
                f"WHERE m.id IN ({marks(part)}) ORDER BY i.incident",
                part,
            ):
                incidents.setdefault(r["id"], []).append(r["incident"])
            for id in part:
                if id in rows:
                    yield StoredMention(
                        mention=row_to_mention(rows[id], self._seal),
                        author_hash=rows[id]["author_hash"],
                        assessments=assessments.get(id, {}),
                        stored_at=time_from_text(rows[id]["stored_at"]),
                        incidents=tuple(incidents.get(id, ())),
                        history=self._history(id) if whole else (),
                        earlier_texts=self._earlier_texts(id) if whole else (),
                        gone_at=time_or_none(rows[id]["gone_at"]),
                    )

    def _load_judged(self, ids: Sequence[int]) -> Iterator[JudgedMention]:
        """Mentions with what they were judged to be, in the order of ``ids``."""
        for part in chunks(ids):
            verdicts: dict[int, dict[str, Verdict]] = {}
            for r in self._rows(
                "SELECT mention, brand, complaint, level, rules_version FROM assessments "
                f"WHERE mention IN ({marks(part)}) ORDER BY id",
                part,
            ):
                verdict = Verdict(bool(r["complaint"]), Risk(r["level"]), r["rules_version"] or "")
                verdicts.setdefault(r["mention"], {})[r["brand"]] = verdict
            rows = {r["id"]: r for r in self._rows(f"SELECT * FROM mentions WHERE id IN ({marks(part)})", part)}
            for id in part:
                if id in rows:
                    mention = row_to_mention(rows[id], self._seal)
                    yield JudgedMention(mention, rows[id]["author_hash"], verdicts.get(id, {}))

    def _history(self, id: int) -> tuple[tuple[datetime, Engagement], ...]:
        rows = self._rows("SELECT * FROM engagement WHERE mention = ? ORDER BY at", (id,))
        return tuple((time_from_text(r["at"]), row_to_engagement(r)) for r in rows)

    def _earlier_texts(self, id: int) -> tuple[EarlierText, ...]:
        return tuple(
            EarlierText(
                title=r["title"] or None,
                text=r["text"],
                sha256=r["sha256"],
                seen_at=time_from_text(r["seen_at"]),
                replaced_at=time_from_text(r["replaced_at"]),
            )
            for r in self._rows("SELECT * FROM mention_texts WHERE mention = ? ORDER BY seen_at, sha256", (id,))
        )
