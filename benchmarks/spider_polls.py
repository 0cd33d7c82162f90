"""The product's side of the crawlers' benchmarks: its own Runner in a process of its own, nothing is scored or stored.

``python -m benchmarks.spider_polls JOB`` with JOB a file with a JSON object ``{"polls": [polls], "mode", "times"}``:

- mode ``speed`` makes all polls, as many at once as the worker runs, and prints ``{"seconds", "processor_seconds",
  "posts", "polls", "requests"}``;
- mode ``idle`` makes every poll once and then ``times`` times more, one after another, when all that it finds is known,
  and prints ``{"processor_seconds": {platform: a poll's}, "around": {platform: the part of it outside of the spider},
  "requests": {platform: a poll's}}``.

Loading (Python, Scrapy) is not timed: a worker lives for weeks.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.source_polls import by_site, request_of
from crawlers.runner import Runner
from crawlers.spiders.base import PollSpider
from records.mention import Mention
from records.outcome import Outcome, PollRequest, PollResult

SETTLED = 2
"""Idle polls that are not timed: the first ones of a process load what is loaded late."""


async def fetch(runner: Runner, request: PollRequest, known: frozenset[str] = frozenset()) -> PollResult:
    """One poll that has to see something.

    Raises:
        SystemExit: it did not; its speed would mean nothing.
    """

    def stored(mentions: Sequence[Mention]) -> frozenset[str]:
        return known & {m.key for m in mentions}

    result = await runner.fetch(request, now=datetime.now(UTC), known=stored)
    if not result.outcome.saw or (result.outcome is Outcome.EMPTY and not known):
        raise SystemExit(f"{request.source} {request.query}: {result.outcome} {result.detail}")
    return result


async def speed(runner: Runner, polls: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = {"posts": 0, "requests": 0}

    async def one_site(requests: Sequence[PollRequest]) -> None:
        for request in requests:
            result = await fetch(runner, request)
            found["posts"] += len(result.mentions)
            found["requests"] += result.requests

    sites = list(by_site(polls))
    for requests in sites[:1]:
        # loads the spider; for another brand, so that the feed is not remembered
        await fetch(runner, replace(requests[0], brand="别的"))
    found = {"posts": 0, "requests": 0}
    began, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_site(requests) for requests in sites))
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    return {"seconds": seconds, "processor_seconds": busy, "polls": len(polls), **found}


class Watch:
    """Processor time that the spiders themselves take, apart from what is built up and closed around them."""

    def __init__(self) -> None:
        self.spent = 0.0
        look = PollSpider.look

        async def timed(spider: PollSpider) -> None:
            began = time.process_time()
            try:
                await look(spider)
            finally:
                self.spent += time.process_time() - began

        PollSpider.look = timed  # type: ignore[assignment,method-assign]


async def idle(runner: Runner, polls: Sequence[dict[str, Any]], times: int) -> dict[str, Any]:
    watch = Watch()
    answer: dict[str, Any] = {"processor_seconds": {}, "around": {}, "requests": {}}
    for poll in polls:
        request = request_of(poll)
        known = frozenset(m.key for m in (await fetch(runner, request)).mentions)
        taken, around, requests = [], [], []
        for number in range(times + SETTLED):
            began, inside = time.process_time(), watch.spent
            result = await fetch(runner, request, known)
            busy, inside = time.process_time() - began, watch.spent - inside
            if any(m.key not in known for m in result.mentions):
                raise SystemExit(f"{request.source} found something new in an idle poll")
            if number >= SETTLED:
                taken.append(busy)
                around.append(busy - inside)
                requests.append(result.requests)
        answer["processor_seconds"][poll["platform"]] = median(taken)
        answer["around"][poll["platform"]] = median(around)
        answer["requests"][poll["platform"]] = median(requests)
    return answer


async def work(job: dict[str, Any]) -> dict[str, Any]:
    runner = Runner()
    await runner.start()
    try:
        if job["mode"] == "idle":
            return await idle(runner, job["polls"], job["times"])
        return await speed(runner, job["polls"])
    finally:
        await runner.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # as the worker does
    print(json.dumps(asyncio.run(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))
