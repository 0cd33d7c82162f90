"""Idle rounds of the worker: the planning tick, the polls that are due, and what is written down of them.

``python -m benchmarks.idle_rounds JOB`` prints ``{"tick", "fetch", "take"}``, processor seconds of every timed round, and
``{"polls"}``, how many each round made; JOB is a file with a JSON object ``{"urls": {platform: base address}, "rounds",
"folder"}``. One round an hour by a clock of its own, each after a planning tick as the service makes it; only rounds that
stored nothing new are timed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.invented import BRAND
from benchmarks.product_way import HouseWithoutModel
from crawlers.runner import Runner
from fengsheng.scheduling import Scheduling
from fengsheng.wiring import House, load_house
from fengsheng.worker import Desk
from records.mention import Platform
from storage.sqlite import Store

SETTLING = 6
"""Rounds within which everything has to be stored, and which are not timed."""


def config_text(urls: dict[str, str]) -> str:
    sources: dict[str, Any] = {}
    for name, url in urls.items():
        source: dict[str, Any] = {"base_url": url, "options": {"delay": 0}}
        match Platform(name):
            case Platform.RSS:
                source = {"urls": [f"{url}/feed.xml"], "options": {"delay": 0}}
            case Platform.APPSTORE:
                source["apps"] = ["cn/900000001"]
            case Platform.MASTODON:
                source["tags"] = [BRAND]
            case _:
                source["queries"] = [BRAND]
        sources[name] = source
    document = {
        "brands": [{"name": BRAND, "sources": sources}],
        "polling": {"every": 60, "slowest": 1800, "deep_every": 86_400},
        "chats": {"crisis": {"channel": "console"}},
    }
    return json.dumps(document, ensure_ascii=False)


class Rounds:
    """The worker's work, one thing after another in one thread, so that each can be timed."""

    def __init__(self, house: House, store: Store, runner: Runner) -> None:
        self._store, self._runner = store, runner
        self.now = datetime.now(UTC)
        self._scheduling = Scheduling(store=store, config=house.config, words=house.words)
        self._desk = Desk(house, lambda: self.now, lambda text: None)

    async def one(self) -> tuple[dict[str, float], int, int]:
        """Processor seconds by part, polls made, and new mentions."""
        spent, new, polls = dict.fromkeys(("tick", "fetch", "take"), 0.0), 0, 0
        began = time.process_time()
        self._scheduling.tick(self.now)
        claimed = self._store.claim_polls(self.now, 100)
        spent["tick"] = time.process_time() - began
        for poll, request in claimed:
            began = time.process_time()
            brand = request.brand
            result = await self._runner.fetch(
                request,
                now=self.now,
                known=lambda mentions, brand=brand: self._store.known_mentions(mentions, brand),  # type: ignore[misc]
                allowance=self._store.load_allowance(poll),
            )
            fetched = time.process_time()
            if not result.outcome.saw:
                raise SystemExit(f"{request.source} {request.task}: {result.outcome} {result.detail}")
            new += self._desk.take(poll, result).new
            polls += 1
            spent["fetch"] += fetched - began
            spent["take"] += time.process_time() - fetched
        self.now += timedelta(hours=1)
        return spent, polls, new

    def close(self) -> None:
        self._desk.close()


async def work(job: dict[str, Any]) -> dict[str, Any]:
    folder, runner = Path(job["folder"]), Runner()
    config = folder / "watch.yaml"
    config.write_text(config_text(job["urls"]), encoding="utf-8")
    house = load_house(config, environment={}, database=folder / "watch.sqlite")
    # nothing is scored in a round that finds nothing new: the emotion model need not be loaded
    house = HouseWithoutModel.of(house)
    await runner.start()
    answer: dict[str, Any] = {"tick": [], "fetch": [], "take": [], "polls": 0}
    try:
        with house.open_store() as store:
            rounds = Rounds(house, store, runner)
            for number in range(SETTLING + job["rounds"]):
                spent, polls, new = await rounds.one()
                if number < SETTLING:
                    continue
                if new:
                    raise SystemExit(f"round {number} stored {new} new mentions")
                for name, seconds in spent.items():
                    answer[name].append(seconds)
                answer["polls"] = polls
            rounds.close()
    finally:
        await runner.stop()
    return answer


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # as the worker does
    print(json.dumps(asyncio.run(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))
