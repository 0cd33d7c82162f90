"""Full-text search and streaming over stored mentions (R6). Every text that contains the query is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Any

from storage.connection import marks
from storage.grams import Query, document, parse_query
from storage.mentions import Mentions
from storage.results import JudgedMention, StoredMention
from storage.rows import time_to_text

_PIECE = 200


class Search(Mentions):
    def search(
        self,
        query: str,
        *,
        brand: str | None = None,
        level: str | None = None,
        category: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        platform: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[StoredMention]:
        """Mentions whose title or text contains every word of the query, newest first.

        Case, full-width forms and compatibility characters make no difference; one and two Chinese characters are found
        as well as pieces of words; "a phrase in quotes" is kept together; an empty query means every mention.

        Args:
            level: risk level (high, medium, low, none) of an assessment, for ``brand`` where it is given.
            category: first level of the category, likewise.
            since: earliest time the mention happened, itself included.
            until: latest time, itself excluded.
        """
        where, values = _conditions(brand, level, category, since, until, platform)
        found = self._found(parse_query(query), where, values, newest=True, most=offset + limit)
        ids = islice(found, offset, offset + limit)
        return list(self._load_stored(list(ids)))

    def iter_mentions(
        self,
        *,
        query: str = "",
        brand: str | None = None,
        level: str | None = None,
        category: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        platform: str | None = None,
    ) -> Iterator[StoredMention]:
        """All mentions that ``search`` would find, oldest first, in pieces: memory stays small and no writer waits."""
        where, values = _conditions(brand, level, category, since, until, platform)
        found = self._found(parse_query(query), where, values, newest=False)
        while ids := list(islice(found, _PIECE)):
            yield from self._load_stored(ids)

    def iter_judged(
        self, *, brand: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[JudgedMention]:
        """All mentions, oldest first, as ``iter_mentions`` but several times quicker: assessments without their reasons."""
        where, values = _conditions(brand, None, None, since, until, None)
        found = self._found(parse_query(""), where, values, newest=False)
        while ids := list(islice(found, _PIECE)):
            yield from self._load_judged(ids)

    def count_mentions(self) -> int:
        row = self._row("SELECT count(*) AS n FROM mentions")
        return row["n"] if row else 0

    def _found(
        self, query: Query, where: list[str], values: list[Any], *, newest: bool, most: int = -1
    ) -> Iterator[int]:
        """Ids in order. The index names candidates, whose texts are then looked at, only as many as are wanted."""
        where, values = list(where), list(values)
        source = "mentions m"
        if query.terms and self._index_ready:
            source = "mention_index f CROSS JOIN mentions m ON m.id = f.rowid"
            where.insert(0, "mention_index MATCH ?")
            values.insert(0, query.match)
        order = "DESC" if newest else "ASC"
        values.append(-1 if query.terms else most)  # candidates may fall out, so only an empty query is cut here
        sql = f"SELECT m.id FROM {source} WHERE {' AND '.join(where) or '1'} ORDER BY m.happened_at {order}, m.id {order} LIMIT ?"
        with closing(self._conn.execute(sql, values)) as cursor:
            # Ids only are held at once (8 bytes each): a cursor left open would keep the write-ahead log from shrinking.
            ids = [row["id"] for row in cursor]
        for start in range(0, len(ids), _PIECE):
            piece = ids[start : start + _PIECE]
            yield from (piece if not query.terms else self._checked(query, piece))

    def _checked(self, query: Query, ids: list[int]) -> list[int]:
        rows: dict[int, sqlite3.Row] = {
            r["id"]: r for r in self._rows(f"SELECT id, title, text FROM mentions WHERE id IN ({marks(ids)})", ids)
        }
        return [i for i in ids if i in rows and query.occurs_in(document(rows[i]["title"], rows[i]["text"]))]


def _conditions(
    brand: str | None,
    level: str | None,
    category: str | None,
    since: datetime | None,
    until: datetime | None,
    platform: str | None,
) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    judged = {"a.brand": brand, "a.level": level, "a.category": category}
    given = {name: str(value) for name, value in judged.items() if value is not None}
    if given:
        same = " AND ".join(f"{name} = ?" for name in given)
        where.append(f"EXISTS (SELECT 1 FROM assessments a WHERE a.mention = m.id AND {same})")
        values.extend(given.values())
    for condition, value in (
        ("m.platform = ?", platform and str(platform)),
        ("m.happened_at >= ?", since and time_to_text(since)),
        ("m.happened_at < ?", until and time_to_text(until)),
    ):
        if value is not None:
            where.append(condition)
            values.append(value)
    return where, values
