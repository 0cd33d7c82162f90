"""Posts that are looked at again: their figures (W4), the comments under them (W5), and whether they still stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from records.mention import Engagement, Kind, Mention, Platform
from records.outcome import Target, Task
from storage.connection import chunks, marks
from storage.mentions import Mentions
from storage.rows import Row, mask_id, mask_ids, row_to_engagement, row_to_mention, time_from_text, time_to_text

_FOLLOWED = ("comment", "reply", "topic")
"""Kinds that are not looked at again themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """One post that is looked at again for one brand and one purpose."""

    target: Target
    brand: str
    task: Task
    """FIGURES or COMMENTS."""
    next_at: datetime
    every: float | None
    """Seconds between the last two looks; None before the second."""
    growth: float | None = None
    """Share an hour; None = not known."""
    published_at: datetime
    """Published, or collected where unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighted:
    """A stored complaint with its figures over time."""

    target: Target
    history: tuple[tuple[datetime, Engagement], ...]
    """The last few, the oldest first."""
    published_at: datetime
    gone: bool


class WatchedPosts(Mentions):
    def sighted_complaints(self, mentions: Sequence[Mention], brand: str) -> list[Sighted]:
        """Of the mentions those that are stored as complaints about the brand (posts, not comments), as they stand."""
        keys = list(dict.fromkeys(mask_ids(m, self._key).key for m in mentions))
        found = []
        for part in chunks(keys):
            rows = self._rows(
                f"SELECT m.* FROM mentions m JOIN assessments a ON a.mention = m.id WHERE m.key IN ({marks(part)}) "
                f"AND a.brand = ? AND a.complaint = 1 AND m.kind NOT IN ({marks(_FOLLOWED)})",
                [*part, brand, *_FOLLOWED],
            )
            for row in rows:
                mention = row_to_mention(row, self._seal)
                history = self._rows(
                    "SELECT * FROM engagement WHERE mention = ? ORDER BY at DESC LIMIT 12", (row["id"],)
                )
                found.append(
                    Sighted(
                        target=target_of(mention),
                        history=tuple((time_from_text(h["at"]), row_to_engagement(h)) for h in history[::-1]),
                        published_at=mention.happened_at,
                        gone=row["gone_at"] is not None,
                    )
                )
        return found

    def incident_targets(self, brand: str, platforms: Iterable[Platform], limit: int) -> list[tuple[Target, datetime]]:
        """Posts of the brand's open live incidents whose comments are worth following: those with the most comments first.

        Returns:
            (target, published or collected at), at most ``limit`` for each incident.
        """
        wanted = [str(p) for p in platforms]
        rows = self._rows(
            "SELECT * FROM (SELECT m.*, row_number() OVER (PARTITION BY i.incident "
            "ORDER BY coalesce(m.comments, 0) DESC, m.happened_at DESC) AS place "
            "FROM incidents n JOIN incident_mentions i ON i.incident = n.id JOIN mentions m ON m.key = i.mention "
            "WHERE n.brand = ? AND n.status = 'open' AND n.historic = 0 AND m.gone_at IS NULL "
            f"AND m.kind NOT IN ({marks(_FOLLOWED)}) AND m.platform IN ({marks(wanted)})) WHERE place <= ?",
            [brand, *_FOLLOWED, *wanted, limit],
        )
        mentions = [row_to_mention(r, self._seal) for r in rows]
        return [(target_of(m), m.happened_at) for m in mentions]

    def open_incident_of(self, platform: Platform, post: str, brand: str) -> str | None:
        """The open live incident of a brand that has a post, the gravest first; None where there is none."""
        row = self._row(
            "SELECT n.id FROM mentions m JOIN incident_mentions i ON i.mention = m.key JOIN incidents n ON n.id = i.incident "
            "WHERE m.platform = ? AND m.platform_id = ? AND n.brand = ? AND n.status = 'open' AND n.historic = 0 "
            "ORDER BY n.level DESC, n.opened_at DESC LIMIT 1",
            (str(platform), mask_id(post, self._key), brand),
        )
        return str(row["id"]) if row else None

    def save_watched(self, watched: Iterable[Watched]) -> None:
        """Save looks; one stands per post, brand and task, the latest word counts."""
        with self.transaction():
            self._conn.executemany(
                "INSERT INTO watched (mention, brand, task, platform, kind, platform_id, url_sealed, next_at, every, "
                "growth, published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mention, brand, task) DO "
                "UPDATE SET next_at = excluded.next_at, every = excluded.every, growth = excluded.growth",
                [
                    (
                        w.target.key,
                        w.brand,
                        str(w.task),
                        str(w.target.platform),
                        str(w.target.kind),
                        w.target.id,
                        self._seal.close(w.target.url) if w.target.url else None,
                        time_to_text(w.next_at),
                        w.every,
                        w.growth,
                        time_to_text(w.published_at),
                    )
                    for w in watched
                ],
            )

    def load_watched(self, keys: Iterable[str], brand: str, task: Task) -> dict[str, Watched]:
        """Key → look of those posts that are watched for the brand and the task."""
        found: dict[str, Watched] = {}
        for part in chunks(list(dict.fromkeys(keys))):
            rows = self._rows(
                f"SELECT * FROM watched WHERE brand = ? AND task = ? AND mention IN ({marks(part)})",
                [brand, str(task), *part],
            )
            found |= {r["mention"]: self._watched(r) for r in rows}
        return found

    def due_watched(self, now: datetime, limit: int = 500) -> list[Watched]:
        """Looks that are due, those that grow fastest first."""
        rows = self._rows(
            "SELECT * FROM watched WHERE next_at <= ? ORDER BY growth IS NULL, growth DESC, next_at, mention LIMIT ?",
            (time_to_text(now), limit),
        )
        return [self._watched(r) for r in rows]

    def postpone_watched(self, watched: Iterable[Watched], until: datetime) -> None:
        """A look was planned: it is not planned again before ``until``, when it will have said when the next is due."""
        with self.transaction():
            self._conn.executemany(
                "UPDATE watched SET next_at = ? WHERE mention = ? AND brand = ? AND task = ?",
                [(time_to_text(until), w.target.key, w.brand, str(w.task)) for w in watched],
            )

    def drop_watched(self, keys: Iterable[str], brand: str, task: Task) -> None:
        with self.transaction():
            self._conn.executemany(
                "DELETE FROM watched WHERE mention = ? AND brand = ? AND task = ?",
                [(key, brand, str(task)) for key in keys],
            )

    def drop_comments_but(self, brand: str, kept: Iterable[str]) -> int:
        """Let go of the comments of a brand's posts that are followed no longer (their incident is closed); how many."""
        kept = set(kept)
        rows = self._rows("SELECT mention FROM watched WHERE brand = ? AND task = 'comments'", (brand,))
        gone = [r["mention"] for r in rows if r["mention"] not in kept]
        self.drop_watched(gone, brand, Task.COMMENTS)
        return len(gone)

    def mark_gone(self, keys: Iterable[str], now: datetime) -> list[str]:
        """The platform says that these posts are deleted or hidden: since when is noted, and the text that stood there is
        kept as evidence with its SHA-256 and times. Keys may hold the platform's own ids.

        Returns:
            The keys that were not noted as gone before.
        """
        fresh = []
        with self.transaction():
            for key in dict.fromkeys(mask_id(k, self._key) for k in keys):
                row = self._row("SELECT * FROM mentions WHERE key = ? AND gone_at IS NULL", (key,))
                if row is None:
                    continue
                self._conn.execute("UPDATE mentions SET gone_at = ? WHERE id = ?", (time_to_text(now), row["id"]))
                self._conn.execute(
                    "INSERT INTO mention_texts (mention, sha256, title, text, seen_at, replaced_at) "
                    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    self._evidence(row["id"], row_to_mention(row, self._seal), now),
                )
                fresh.append(key)
        return fresh

    def mark_back(self, mentions: Sequence[Mention]) -> list[str]:
        """These posts were opened again: they are not gone (a hidden post came back); the keys of those that were."""
        keys = [mask_ids(m, self._key).key for m in mentions]
        back = []
        with self.transaction():
            for part in chunks(list(dict.fromkeys(keys))):
                rows = self._rows(
                    f"SELECT key FROM mentions WHERE gone_at IS NOT NULL AND key IN ({marks(part)})", part
                )
                back += [r["key"] for r in rows]
            self._conn.executemany("UPDATE mentions SET gone_at = NULL WHERE key = ?", [(k,) for k in back])
        return back

    def changed_posts(self, incident: str) -> tuple[int, int]:
        """(posts of an incident that are gone, posts that were edited and still stand)."""
        row = self._row(
            "SELECT count(*) FILTER (WHERE m.gone_at IS NOT NULL) AS gone, count(*) FILTER (WHERE m.gone_at IS NULL "
            "AND EXISTS (SELECT 1 FROM mention_texts t WHERE t.mention = m.id AND t.text <> m.text)) AS edited "
            "FROM incident_mentions i JOIN mentions m ON m.key = i.mention WHERE i.incident = ?",
            (incident,),
        )
        return (row["gone"], row["edited"]) if row else (0, 0)

    def masked_keys(self, mentions: Sequence[Mention]) -> list[str]:
        """The keys under which these mentions are stored, in order."""
        return [mask_ids(m, self._key).key for m in mentions]

    def _watched(self, row: Row) -> Watched:
        sealed = row["url_sealed"]
        return Watched(
            target=Target(
                platform=Platform(row["platform"]),
                kind=Kind(row["kind"]),
                id=row["platform_id"],
                url=self._seal.open(sealed) if sealed is not None else None,
            ),
            brand=row["brand"],
            task=Task(row["task"]),
            next_at=time_from_text(row["next_at"]),
            every=row["every"],
            growth=row["growth"],
            published_at=time_from_text(row["published_at"]),
        )


def target_of(mention: Mention) -> Target:
    return Target(platform=mention.platform, kind=mention.kind, id=mention.id, url=mention.url)
