"""How fast mentions are stored, against raw sqlite3 writing the same rows; ``python -m benchmarks.storage_speed [ROWS]``
alone measures more of the store once.

That prints rows/s of ``save_mentions`` in batches of 200 (merging, pseudonyms, index, assessments, figures), of a bare
executemany of the finished rows into the same tables, of counting complaints, and the time of searches.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.report import Result, Rounds
from records.mention import Author, Engagement, Mention, Platform, Verified
from scoring.assessment import Assessment, Category, Reason, Risk
from storage.grams import document, index_words
from storage.results import Fact
from storage.sqlite import Store, open_store

NAME = "storing"
SAVED = "Fengsheng, save_mentions"
INDEXED = "raw executemany, same rows and index"
BARE = "raw executemany, same rows, no index"
BATCH = 200
START = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = "星河咖啡 轻享拿铁 喝出 异物 要求退款 客服 不理 太慢了 今天 门店 天气 朋友 店员 态度 很差 投诉 曝光 一直 没有 解决 iPhone APP".split()


def invented(count: int) -> list[tuple[Mention, Assessment]]:
    chance = random.Random(7)
    items = []
    for n in range(count):
        strange = "".join(chr(0x4E00 + int(chance.paretovariate(0.7)) % 4000) for _ in range(50))
        text = "".join(chance.choices(WORDS, k=15)) + f"，第{n}单！{strange}"
        mention = Mention(
            platform=Platform.WEIBO,
            id=str(5_000_000_000_000_000 + n),
            url=f"https://m.weibo.cn/detail/{5_000_000_000_000_000 + n}",
            author=Author(
                id=str(7_000_000_000 + n % 5000), name=f"用户{n % 5000}", followers=n % 999, verified=Verified.NONE
            ),
            text=text,
            published_at=START + timedelta(seconds=20 * n),
            collected_at=START + timedelta(seconds=20 * n + 90),
            metrics=Engagement(likes=n % 50, comments=n % 9, reposts=0),
            brand="星河咖啡",
            query="星河咖啡 投诉",
        )
        reasons = tuple(
            Reason(rule=f"S{r}", what="complaint act", evidence="要求退款", weight=0.5, at=(r, r + 4))
            for r in range(1, 9)
        )
        assessment = Assessment(
            id=mention.key,
            brand="星河咖啡",
            topicality=6.0,
            emotion=5.0,
            mood="negative",
            reach=2.0,
            completeness=4.0,
            scope=2.0,
            already_spread=1.0,
            spread=round(1 + 9 * chance.random(), 1),
            level=Risk.LOW,
            nature="reputation",
            impact="low",
            category=Category.REFUND,
            target="brand",
            product="轻享拿铁",
            problem="异物",
            reasons=reasons,
            rules_version="default@1",
        )
        items.append((mention, assessment))
    return items


def batches(items: Sequence[Any], size: int = BATCH) -> list[Sequence[Any]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def run(rounds: int, *, quick: bool, count: int | None = None) -> Result:
    """Measure; every round writes the same rows into new databases."""
    count = count or (2_000 if quick else 10_000)
    items, figures = invented(count), Rounds()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "watch.db", key=b"k" * 32) as store:
            seconds = {SAVED: _seconds(lambda: _save(store, items))[0]}
            for what, index in ((INDEXED, True), (BARE, False)):
                seconds[what] = raw(Path(name), store, index=index)[0]
        for what, rival in ((INDEXED, ""), (BARE, ""), (SAVED, INDEXED)):
            figures.add(what, count / seconds[what], "rows/s", rival)
    about = (
        f"{count:,} invented mentions in transactions of {BATCH}, synchronous=FULL, three tables and the search index"
    )
    notes = (
        "the raw side writes finished rows and finished index words; merging, pseudonyms, JSON and splitting into index "
        "words are the store's work",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def _save(store: Store, items: Sequence[tuple[Mention, Assessment]]) -> None:
    for batch in batches(items):
        store.save_mentions(batch, now=START)


def _seconds(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds and processor seconds."""
    start, busy = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - start, time.process_time() - busy


def timed(name: str, count: int, action: Callable[[], object]) -> None:
    told(name, count, *_seconds(action))


def told(name: str, count: int, seconds: float, busy: float) -> None:
    print(f"{name:48} {count / seconds:10,.0f} rows/s  ({seconds:.2f} s, of which {busy:.2f} s of processor)")


def raw(folder: Path, store: Store, *, index: bool) -> tuple[float, float]:
    """Seconds and processor seconds in which sqlite3 alone writes a store's rows again into another database's tables."""
    tables = ("mentions", "assessments", "engagement")
    rows = {t: [tuple(r) for r in store._rows(f"SELECT * FROM {t}")] for t in tables}
    words = [
        (r["id"], index_words(document(r["title"], r["text"])))
        for r in store._rows("SELECT id, title, text FROM mentions")
    ]
    path = folder / f"raw{index}.db"
    open_store(path, key=b"k" * 32).close()
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA synchronous = FULL")

    def write() -> None:
        for start in range(0, len(words), BATCH):
            conn.execute("BEGIN IMMEDIATE")
            for table, every in rows.items():
                marks = ",".join("?" * len(every[0]))
                conn.executemany(f"INSERT INTO {table} VALUES ({marks})", every[start : start + BATCH])
            if index:
                conn.executemany("INSERT INTO mention_index (rowid, words) VALUES (?, ?)", words[start : start + BATCH])
            conn.execute("COMMIT")

    taken = _seconds(write)
    conn.close()
    return taken


def main(count: int) -> None:
    items = invented(count)
    with tempfile.TemporaryDirectory() as name, open_store(Path(name) / "watch.db", key=b"k" * 32) as store:
        timed("save_mentions, new", count, lambda: [store.save_mentions(b, now=START) for b in batches(items)])
        told(INDEXED, count, *raw(Path(name), store, index=True))
        told(BARE, count, *raw(Path(name), store, index=False))
        timed("save_mentions, all known", count, lambda: [store.save_mentions(b, now=START) for b in batches(items)])
        facts = [
            Fact(
                key=m.key,
                brand=a.brand,
                minute=m.happened_at,
                voice=str(n % 5000),
                dims=(("all", ""), ("product", "轻享拿铁"), ("category", "refund"), ("problem", "异物")),
            )
            for n, (m, a) in enumerate(items)
        ]
        timed("add_complaints, 4 dimensions", count, lambda: [store.add_complaints(b) for b in batches(facts)])
        until = items[-1][0].happened_at
        for query in ("退款", "款", "客服不理太慢了", "第77单", "APP登录不了"):
            start = time.perf_counter()
            hits = len(store.search(query, limit=50))
            print(
                f"search {query:12} {hits:3} hits {1000 * (time.perf_counter() - start):8.1f} ms of {count:,} mentions"
            )
        for name_, call in (
            ("count, 3 h, exact", lambda: store.count("星河咖啡", "all", "", until - timedelta(hours=3), until)),
            ("count_upper, 3 h", lambda: store.count_upper("星河咖啡", "all", "", until - timedelta(hours=3), until)),
            ("hourly, 8 weeks", lambda: store.hourly("星河咖啡", "all", "", until - timedelta(weeks=8), until)),
        ):
            start = time.perf_counter()
            for _ in range(100):
                call()
            print(f"{name_:20} {10 * (time.perf_counter() - start):8.3f} ms")
        size = (Path(name) / "watch.db").stat().st_size
        print(f"database: {size / count:,.0f} bytes a mention")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
