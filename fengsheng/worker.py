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
from pathlib import Path

from crawlers.runner import Runner
from fengsheng.detection import Detection
from fengsheng.eyes import Eyes
from fengsheng.incidents import Incidents
from fengsheng.ingest import Ingest, Ingested
from fengsheng.wiring import Clock, House, load_house, system_clock
from notifier.wording import source_name
from records.mention import replace
from records.outcome import PollRequest, PollResult, Task
from storage.sqlite import Store

log = logging.getLogger("fengsheng.worker")

PULSE = 0.25
"""Seconds between two looks at the table of polls."""
AT_ONCE = 4
"""Polls that run side by side (the browser sources queue for their one browser)."""


class Desk:
    """What the worker writes: one thread, one store. ``take`` is the only door."""

    def __init__(self, house: House, clock: Clock, say: Callable[[str], None]) -> None:
        self._house = house
        self._clock = clock
        self._say = say
        self._store: Store | None = None
        self._ingest: Ingest | None = None
        self._eyes: Eyes | None = None

    def _open(self) -> tuple[Store, Ingest, Eyes]:
        if self._store is None or self._ingest is None or self._eyes is None:
            self._store = self._house.open_store()
            incidents = Incidents(store=self._store, house=self._house)
            self._eyes = Eyes(store=self._store, house=self._house, incidents=incidents, say=self._say)
            self._ingest = Ingest(
                store=self._store,
                scorer=self._house.scorer(),
                detection=Detection(store=self._store, house=self._house),
                incidents=incidents,
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
        ingested = ingest.ingest(
            (replace(m, brand=brand, query=m.query or result.request.query) for m in found), now=now
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
        return ingested

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


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
        self._running: set[asyncio.Task[None]] = set()

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
                for poll, request in store.claim_polls(now, AT_ONCE - len(self._running)):
                    task = asyncio.create_task(self._poll(poll, request))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
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

    async def _poll(self, poll: int, request: PollRequest) -> None:
        result = await self._runner.fetch(request, now=self._clock())
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fengsheng.worker", description=__doc__)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--drill", action="store_true")
    parser.add_argument("--parent", type=int)
    options = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.WARNING if os.environ.get("FENGSHENG_DEBUG") else logging.ERROR,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
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
