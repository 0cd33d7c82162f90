"""The crawl worker: a long-lived process that claims due polls, crawls, ingests, and keeps the sources' health.

It shares nothing with the chat process but the database. ``python -m fengsheng.worker`` is what the supervisor starts.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from crawlers.arrival import note_poll
from crawlers.catalogue import CATALOGUE
from crawlers.runner import Runner
from fengsheng.detection import Detection
from fengsheng.eyes import Eyes
from fengsheng.incidents import Incidents
from fengsheng.ingest import Ingest, Ingested
from fengsheng.opinion_queue import OpinionQueue
from fengsheng.polling import plan_requests
from fengsheng.watching import Watching, implies_brand, templates_of
from fengsheng.wiring import Clock, House, load_house, system_clock
from notifier.wording import source_name
from records.mention import replace
from records.outcome import PollRequest, PollResult, Task
from records.query import QueryState, query_key
from storage.sqlite import Store

log = logging.getLogger("fengsheng.worker")

PULSE = 0.25
"""Seconds between two looks at the table of polls."""
AT_ONCE = 6
"""Polls that run side by side: one of each site, and one of all that need the browser."""
QUERIED = frozenset({Task.SEARCH, Task.ACCOUNT, Task.TOPICS, Task.STREAM})
"""Tasks that are polled for ever, so that their pace is kept."""


class Desk:
    """What the worker writes: one thread, one store. ``take`` is the only door."""

    def __init__(self, house: House, clock: Clock, say: Callable[[str], None]) -> None:
        self._house = house
        self._clock = clock
        self._say = say
        self._store: Store | None = None
        self._ingest: Ingest | None = None
        self._eyes: Eyes | None = None
        self._watching: Watching | None = None

    def _open(self) -> tuple[Store, Ingest, Eyes]:
        if self._store is None or self._ingest is None or self._eyes is None:
            self._store = self._house.open_store()
            self._watching = make_watching(self._house, self._store)
            incidents = Incidents(store=self._store, house=self._house)
            self._eyes = Eyes(store=self._store, house=self._house, incidents=incidents, say=self._say)
            self._ingest = Ingest(
                store=self._store,
                scorer=self._house.scorer(),
                detection=Detection(store=self._store, house=self._house),
                incidents=incidents,
                opinions=OpinionQueue(store=self._store, house=self._house),
            )
        return self._store, self._ingest, self._eyes

    def warm(self) -> None:
        """Load what is slow (the emotion model) before the first poll comes back, and look after blind sources."""
        _, _, eyes = self._open()
        eyes.resume(self._clock())
        self._house.engine.score(["先把情绪模型装好，第一条投诉不必等"])

    def take(self, poll: int, result: PollResult) -> Ingested:
        """Store what a poll brought, and how its source is.

        A kill between the two leaves the poll unfinished: it is claimed again and brings nothing twice.
        """
        store, ingest, eyes = self._open()
        now = self._clock()
        brand = result.request.brand
        found = () if result.request.task is Task.CONTROL else result.mentions
        known = store.known_mentions(found, brand)
        ingested = ingest.ingest(
            (replace(m, brand=brand, query=m.query or result.request.query) for m in found),
            now=now,
            implied=implies_brand(result),
        )
        with store.transaction():
            store.finish_poll(
                poll,
                outcome=str(result.outcome),
                now=now,
                detail=result.detail,
                mentions=ingested.new,
                requests=result.requests,
                skipped=result.skipped,
            )
            eyes.note(result, new=ingested.new, now=now)
            self._note_pace(store, result, known, now)
            if self._watching is not None:
                self._watching.note(result, ingested.new, now)
        return ingested

    @staticmethod
    def _note_pace(store: Store, result: PollResult, known: frozenset[str], now: datetime) -> None:
        """What the poll says of how often its query is worth asking (W4)."""
        request = result.request
        if request.task not in QUERIED:
            return
        state = store.load_query(query_key(request)) or QueryState(
            source=request.source, brand=request.brand, task=request.task, query=request.query, planned_at=now
        )
        store.save_queries([note_poll(state, result, known, now)])

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def make_watching(house: House, store: Store) -> Watching:
    """What is looked at again, on this store."""
    templates = templates_of([p.request for p in plan_requests(house.config, house.words)])
    return Watching(store=store, config=house.config, templates=templates)


class Worker:
    def __init__(
        self, house: House, runner: Runner, *, clock: Clock = system_clock, say: Callable[[str], None] = print
    ) -> None:
        self._house = house
        self._runner = runner
        self._clock = clock
        self._say = say
        self._desk = Desk(house, clock, say)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest")
        self._running: dict[asyncio.Task[None], PollRequest] = {}

    async def run(self, stop: asyncio.Event, parent: int | None = None) -> None:
        """Work until ``stop`` is set or the parent process is gone."""
        loop = asyncio.get_running_loop()
        await self._runner.start()
        store = self._house.open_store()
        store.release_polls()
        warming = loop.run_in_executor(self._thread, self._desk.warm)
        try:
            while not stop.is_set() and (parent is None or os.getppid() == parent):
                now = self._clock()
                store.beat("worker", os.getpid(), now)
                self._claim(store, now)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PULSE)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await self._runner.stop()
            with contextlib.suppress(Exception):
                await warming
            await loop.run_in_executor(self._thread, self._desk.close)
            self._thread.shutdown()
            store.close()

    def _claim(self, store: Store, now: datetime) -> None:
        """Take polls that are due, of sites that are not being asked: what waits for its turn would only keep others out."""
        lanes = {lane_of(r) for r in self._running.values()}

        def fits(request: PollRequest) -> bool:
            lane = lane_of(request)
            is_free = lane not in lanes
            lanes.add(lane)
            return is_free

        for poll, request in store.claim_polls(now, AT_ONCE - len(self._running), fits=fits):
            task = asyncio.create_task(self._poll(store, poll, request))
            self._running[task] = request
            task.add_done_callback(self._running.pop)

    async def _poll(self, store: Store, poll: int, request: PollRequest) -> None:
        """Make one poll; ``store`` is the one of this thread, in which the spiders run too."""
        result = await self._runner.fetch(
            request,
            now=self._clock(),
            known=lambda mentions: store.known_mentions(mentions, request.brand),
            allowance=store.load_allowance(poll),
        )
        try:
            ingested = await asyncio.get_running_loop().run_in_executor(self._thread, self._desk.take, poll, result)
        except Exception:
            # The poll stays claimed, goes stale and is tried again; what was stored stays stored once.
            log.exception("a poll's mentions could not be stored; it is tried again")
            return
        self._report(request, result, ingested)

    def _report(self, request: PollRequest, result: PollResult, ingested: Ingested) -> None:
        lang, zone = self._house.config.language, self._house.config.zone
        if not ingested.new:
            return
        at = self._clock().astimezone(zone).strftime("%H:%M:%S")
        name = source_name(request.source, lang)
        if lang == "zh":
            self._say(f"{at} {name} · {request.brand}：新提及 {ingested.new} 条，其中投诉 {ingested.new_complaints} 条")
        else:
            self._say(
                f"{at} {name} · {request.brand}: {ingested.new} new mention(s), {ingested.new_complaints} complaint(s)"
            )


def lane_of(request: PollRequest) -> str:
    """Polls of one lane are made one after another: those of one site, and all that need the one browser."""
    info = CATALOGUE.get(request.platform)
    return "browser" if info is not None and info.needs_browser else f"{request.source} {request.base_url or ''}"


def set_up_log(*, debug: bool) -> None:
    """Errors of the program go to the terminal; what the world does is an outcome and is said once, where people read."""
    logging.basicConfig(
        level=logging.WARNING if debug else logging.ERROR, format="%(asctime)s %(name)s %(levelname)s %(message)s"
    )
    # Scrapy calls every request that failed to the end an error, with its whole address, at each poll.
    logging.getLogger("scrapy.downloadermiddlewares.retry").setLevel(logging.WARNING if debug else logging.CRITICAL)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fengsheng.worker", description=__doc__)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--drill", action="store_true")
    parser.add_argument("--parent", type=int)
    options = parser.parse_args(arguments)
    set_up_log(debug=bool(os.environ.get("FENGSHENG_DEBUG")))
    house = load_house(options.config, database=options.database, drill=options.drill)

    async def work() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for kind in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(kind, stop.set)
        await Worker(house, Runner(), say=lambda text: print(text, flush=True)).run(stop, options.parent)

    asyncio.run(work())
    return 0


if __name__ == "__main__":
    sys.exit(main())
