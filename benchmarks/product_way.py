"""The product's side of the whole way: its own crawl worker on a database of its own, from planned polls to the last commit.

``python -m benchmarks.product_way JOB`` prints ``{"seconds", "posts", "complaints", "incidents", "alerts",
"processor_seconds"}``; JOB is a file with a JSON object ``{"sites": [base addresses], "sets", "pages", "mode", "folder"}`` with mode

- ``whole``: as shipped;
- ``cues``: the emotion engine without SnowNLP;
- ``fetch``: the spiders alone, nothing is scored or stored.

Loading (Python, Scrapy, the emotion model, word lists) is not timed: a worker lives for weeks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import sys
import time
from dataclasses import fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.invented import BRAND, PRODUCTS
from benchmarks.page_server import query_of
from crawlers.runner import Runner
from fengsheng.wiring import House, load_house
from fengsheng.worker import AT_ONCE, Worker
from records.mention import Platform
from records.outcome import PollRequest
from scoring.emotion import CueEngine, EmotionEngine

CONFIG = f"""\
brands:
  - name: {BRAND}
    products: [{", ".join(PRODUCTS)}]
    sources: {{weibo: {{base_url: "http://127.0.0.1:9"}}}}
chats:
  crisis: {{channel: console}}
"""
LOOK_EVERY = 0.02
PATIENCE = 600.0
"""Seconds after which a run that does not come to its end is given up."""


class HouseWithoutModel(House):
    """The house as it would be without SnowNLP's voice."""

    @cached_property
    def engine(self) -> EmotionEngine:
        return CueEngine(self.words)

    @classmethod
    def of(cls, house: House) -> HouseWithoutModel:
        return cls(**{f.name: getattr(house, f.name) for f in fields(house)})


def load_bench_house(folder: Path, mode: str) -> House:
    config = folder / "watch.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    house = load_house(config, environment={}, database=folder / "watch.sqlite")
    if mode != "whole":
        house = HouseWithoutModel.of(house)
    return house


def plan(job: dict[str, Any]) -> list[PollRequest]:
    """One poll for each set of results; the sites take turns."""
    sites, pages = job["sites"], job["pages"]
    options = (("delay", "0"), ("long_texts", "0"), ("pages", str(pages)))
    return [
        PollRequest(
            platform=Platform.WEIBO,
            brand=BRAND,
            query=query_of(BRAND, number),
            base_url=sites[number % len(sites)],
            limit=pages * 10,
            options=options,
        )
        for number in range(job["sets"])
    ]


async def work(house: House, requests: list[PollRequest]) -> tuple[float, float]:
    """Seconds and processor seconds of the worker for all polls."""
    stop = asyncio.Event()
    with house.open_store() as store:
        house.engine.score(["加载模型需要四个以上的汉字"])
        running = asyncio.create_task(Worker(house, Runner(), say=lambda text: None).run(stop))
        while store.last_beat("worker") is None:
            await asyncio.sleep(LOOK_EVERY)
        now = datetime.now(UTC)
        began, busy = time.perf_counter(), time.process_time()
        with store.transaction():
            for request in requests:
                store.plan_poll(request, now)
        await _all_done(house.database, running)
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
    stop.set()
    await running
    return seconds, busy


async def _all_done(database: Path, running: asyncio.Task[None]) -> None:
    deadline = time.monotonic() + PATIENCE
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        while connection.execute("SELECT count(*) FROM polls WHERE state <> 'done'").fetchone()[0]:
            if running.done() or time.monotonic() > deadline:
                raise SystemExit("the worker did not finish its polls")
            await asyncio.sleep(LOOK_EVERY)


async def fetch_only(requests: list[PollRequest]) -> tuple[float, float, int]:
    """The spiders alone, as many polls at once as the worker runs."""
    runner = Runner()
    await runner.start()
    turns = asyncio.Semaphore(AT_ONCE)
    posts = 0

    async def one(request: PollRequest) -> None:
        nonlocal posts
        async with turns:
            result = await runner.fetch(request, now=datetime.now(UTC))
            posts += len(result.mentions)

    began, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(r) for r in requests))
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    await runner.stop()
    return seconds, busy, posts


def main(job: dict[str, Any]) -> None:
    requests, folder = plan(job), Path(job["folder"])
    answer: dict[str, Any]
    if job["mode"] == "fetch":
        seconds, busy, posts = asyncio.run(fetch_only(requests))
        answer = {"posts": posts}
    else:
        house = load_bench_house(folder, job["mode"])
        seconds, busy = asyncio.run(work(house, requests))
        answer = _stored(house)
    print(json.dumps({"seconds": seconds, "processor_seconds": busy, **answer}))


def _stored(house: House) -> dict[str, int]:
    """What came of it, so that a fast run that lost something shows."""
    with house.open_store(read_only=True) as store:
        complaints = incidents = 0
        posts = 0
        for mention in store.iter_mentions():
            posts += 1
            complaints += any(a.complaint for a in mention.assessments.values())
        incidents = len(store.load_incidents())
        alerts = sum(q.item.kind == "alert" for q in store.ledger(limit=10_000))
    return {"posts": posts, "complaints": complaints, "incidents": incidents, "alerts": alerts}


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
