"""``python -m benchmarks.soak`` (= ``make soak``): the real worker against a world that grows and misbehaves, for long.

A hundred queries over eight platforms, accelerated time, faults sprinkled in. Afterwards every published matching post has
to be stored exactly once and nothing that nobody published, no platform may have been asked more often than its budget in
any hour, and the worker's memory has to be flat. Prints a table (or ``--json``) and ends with 1 where any of that fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks.soak_story import BUDGET, FAULTS, PLATFORMS, config_text, invent, marks_of
from crawlers.runner import Runner
from drill.identities import kind_of
from drill.platforms import DrillServer
from drill.scenario import Post
from fengsheng.scheduling import Scheduling
from fengsheng.wiring import House, load_house
from fengsheng.worker import Worker, make_watching
from records.mention import Mention, Platform
from scoring.emotion import CueEngine
from storage.sqlite import Store

NIGHTS, NIGHT = 2, 12.0
"""After the last post and the last fault the clock jumps so often by so many hours: late posts have surfaced, blocked sources
are tried again, deep passes are due."""
PATIENCE = 45.0
"""Seconds a night may take until every query was polled in it."""


@dataclass(kw_only=True)
class Report:
    seconds: float
    story_hours: float
    queries: int
    posts: int
    """Published posts that match a query and were not deleted."""
    stored: int
    missing: list[str]
    invented: list[str]
    wrong_words: list[str]
    twice: list[str]
    requests: dict[str, int]
    """Of each platform in its busiest hour."""
    budget: int
    faults: int
    outcomes: dict[str, int]
    seen_after: float
    """Median seconds of story time from publishing to storing."""
    memory: list[float]
    """Median MB of the first, second, third and last quarter of the time."""
    polls: int
    deep: int = 0
    blind_told: int = 0

    @property
    def problems(self) -> list[str]:
        found = []
        for name in ("missing", "invented", "wrong_words", "twice"):
            keys = getattr(self, name)
            if keys:
                found.append(f"{len(keys)} posts {name.replace('_', ' ')}, such as {', '.join(keys[:5])}")
        found += [
            f"{p} was asked {n} times in one hour: {self.budget} allowed"
            for p, n in self.requests.items()
            if n > self.budget
        ]
        if self.memory[-1] > max(self.memory[1] * 1.15, self.memory[1] + 25):
            found.append(f"memory grew from {self.memory[1]:.0f} to {self.memory[-1]:.0f} MB")
        return found


@dataclass
class Clock:
    """Story time: real time, accelerated, and jumps."""

    speed: float
    began: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _at: float = field(default_factory=time.monotonic)
    _ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return self.began + timedelta(seconds=(time.monotonic() - self._at) * self.speed) + self._ahead

    def jump(self, hours: float) -> None:
        self._ahead += timedelta(hours=hours)


ENVIRONMENT = {
    "FENGSHENG_MASTODON_TOKEN": "token-1",
    "FENGSHENG_YOUTUBE_KEY": "key-1",
    "FENGSHENG_REDDIT_CLIENT_ID": "id-1",
    "FENGSHENG_REDDIT_CLIENT_SECRET": "secret-1",
}
"""Keys that the stand-ins accept; nothing else does."""


class Soak:
    def __init__(self, *, seconds: float, speed: float, per_hour: int, seed: int, folder: Path) -> None:
        self._seconds, self._speed, self._folder = seconds, speed, folder
        self._draw = random.Random(seed + 1)
        self._clock = Clock(speed=speed)
        hours = seconds * speed / 3600
        self._hours = hours
        self._scenario = invent(hours, per_hour, seed)
        self._beat = min(seconds, 400.0)
        """What the length of a fault and of the rest after it is measured by, in seconds."""
        self._memory: list[float] = []
        self._faults = 0

    async def run(self) -> Report:
        server = DrillServer(self._scenario, speed=1, scripted=False, clock=self._clock, pause=_no_pause)
        server.start()
        try:
            path = self._folder / "soak.yaml"
            path.write_text(config_text(server), encoding="utf-8")
            house = load_house(path, database=self._folder / "soak.db", environment={})
            house.__dict__["engine"] = CueEngine(house.words)  # the emotion model is not what is tried here
            return await self._play(server, house)
        finally:
            server.stop()

    async def _play(self, server: DrillServer, house: House) -> Report:
        began, stop = time.monotonic(), asyncio.Event()
        worker = Worker(house, Runner(settings={"RETRY_TIMES": 1}), clock=self._clock, say=lambda text: None)
        with house.open_store() as store:
            watching = make_watching(house, store)
            scheduling = Scheduling(store=store, config=house.config, words=house.words, more=watching.plan)
            running = asyncio.create_task(worker.run(stop))
            try:
                await self._until(began + self._seconds, server, scheduling, running, faulty=True)
                for platform in PLATFORMS:
                    server.misbehave(str(platform), None)
                for _ in range(NIGHTS):
                    self._clock.jump(NIGHT)
                    dawn, until = self._clock(), time.monotonic() + PATIENCE
                    while time.monotonic() < until and not _all_polled(store, dawn):
                        await self._until(time.monotonic() + 1.0, server, scheduling, running)
            finally:
                stop.set()
                await asyncio.wait({running}, timeout=30)
            if running.done() and (error := running.exception()) is not None:
                raise error
            return self._report(server, store, len(scheduling.planned), time.monotonic() - began)

    async def _until(
        self,
        until: float,
        server: DrillServer,
        scheduling: Scheduling,
        running: asyncio.Task[None],
        *,
        faulty: bool = False,
    ) -> None:
        """Plan polls until a moment; with ``faulty`` a platform misbehaves now and then, one at a time."""
        me, standing = psutil.Process(), None
        ends = time.monotonic()
        while time.monotonic() < until and not running.done():
            scheduling.tick(self._clock())
            self._memory.append(me.memory_info().rss / 1e6)
            if faulty and time.monotonic() >= ends:
                if standing is not None:
                    server.misbehave(standing, None)
                    standing = None
                    ends = time.monotonic() + self._draw.uniform(0.01, 0.04) * self._beat
                else:
                    standing = str(self._draw.choice(PLATFORMS))
                    server.misbehave(standing, self._draw.choice(FAULTS))
                    self._faults += 1
                    ends = time.monotonic() + self._draw.uniform(0.02, 0.06) * self._beat
            await asyncio.sleep(0.1)
        if standing is not None:
            server.misbehave(standing, None)

    # -- what came of it -------------------------------------------------------------------------------------------

    def _report(self, server: DrillServer, store: Store, queries: int, seconds: float) -> Report:
        now = self._clock()
        assert server.world is not None
        standing = {self._key(store, o.post.platform, o.id): o for p in PLATFORMS for o in server.world.out(now, p)}
        words = self._words()
        stored = list(_stored(store))
        seen: Counter[str] = Counter(key for key, *_ in stored)
        posts = [(key, text, kind) for key, text, kind, *_ in stored if kind not in ("comment", "reply")]
        delays = sorted(
            (stored_at - standing[key].published_at).total_seconds()
            for key, _, _, stored_at in stored
            if key in standing
        )
        polls = store._rows("SELECT outcome, request FROM polls WHERE state = 'done'")
        return Report(
            seconds=round(seconds, 1),
            story_hours=round(self._hours, 2),
            queries=queries,
            posts=len(standing),
            stored=len(posts),
            missing=sorted(set(standing) - set(seen)),
            invented=sorted(key for key, text, _ in posts if not any(w in words for w in marks_of(text))),
            wrong_words=sorted(
                key
                for key, text, _ in posts
                if key in standing and not any(_plain(w) in _plain(text) for w in self._versions(standing[key].post))
            ),
            twice=sorted(key for key, count in seen.items() if count > 1) + _same_words(posts),
            requests={str(p): _busiest([at for at, _ in server.asked(p)]) for p in PLATFORMS},
            budget=BUDGET,
            faults=self._faults,
            outcomes=dict(Counter(str(r["outcome"]) for r in polls)),
            seen_after=delays[len(delays) // 2] if delays else 0.0,
            memory=_quarters(self._memory),
            polls=len(polls),
            deep=sum('"deep":true' in r["request"] for r in polls),
            blind_told=len([q for q in store.ledger(limit=10_000) if q.item.kind == "operations"]),
        )

    @staticmethod
    def _key(store: Store, platform: Platform, ident: str) -> str:
        mention = Mention(platform=platform, kind=kind_of(platform), id=ident, collected_at=datetime.now(UTC))
        return store.masked_keys([mention])[0]

    def _words(self) -> frozenset[str]:
        return frozenset(m for p in self._scenario.posts for m in marks_of(p.full_text))

    @staticmethod
    def _versions(post: Post) -> list[str]:
        if post.platform is Platform.NEWS:
            return [post.title or ""]  # a search result there is a headline
        return [post.text, *([post.edit.text] if post.edit else [])]


def _all_polled(store: Store, since: datetime) -> bool:
    states = store.load_queries()
    return bool(states) and all(s.last_seen_at is not None and s.last_seen_at >= since for s in states)


async def _no_pause(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


def _stored(store: Store) -> Iterator[tuple[str, str, str, datetime]]:
    for row in store._rows("SELECT key, title, text, kind, stored_at FROM mentions"):
        text = f"{row['title'] or ''}\n{row['text']}"
        yield row["key"], text, row["kind"], datetime.fromisoformat(row["stored_at"])


def _same_words(posts: Sequence[tuple[str, str, str]]) -> list[str]:
    """Posts of one platform that are stored under two ids: their number tells."""
    by_mark: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for key, text, _ in posts:
        for mark in set(marks_of(text)):
            by_mark[key.split(":")[0], mark].append(key)
    return [" = ".join(keys) for keys in by_mark.values() if len(keys) > 1]


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _busiest(times: Sequence[datetime]) -> int:
    """Most requests in any hour."""
    ordered, first, most = sorted(times), 0, 0
    for place, at in enumerate(ordered):
        while at - ordered[first] >= timedelta(hours=1):
            first += 1
        most = max(most, place - first + 1)
    return most


def _quarters(values: Sequence[float]) -> list[float]:
    size = max(1, len(values) // 4)
    return [
        round(
            sorted(values[i * size : (i + 1) * size] or values)[len(values[i * size : (i + 1) * size] or values) // 2],
            1,
        )
        for i in range(4)
    ]


def render(report: Report) -> list[str]:
    lines = [
        f"{report.queries} queries over {len(PLATFORMS)} platforms, {report.story_hours} h of story in {report.seconds:.0f} s, "
        f"{report.faults} faults",
        f"published and matching {report.posts}, stored {report.stored}; missing {len(report.missing)}, invented "
        f"{len(report.invented)}, twice {len(report.twice)}, other words {len(report.wrong_words)}",
        f"seen after {report.seen_after:.0f} s of story (median); {report.polls} polls, {report.deep} of them deep",
        "busiest hour: " + ", ".join(f"{p} {n}" for p, n in report.requests.items()) + f" (budget {report.budget})",
        "outcomes: " + ", ".join(f"{o} {n}" for o, n in sorted(report.outcomes.items())),
        f"memory by quarter: {', '.join(f'{m:.0f}' for m in report.memory)} MB; messages to operators {report.blind_told}",
    ]
    return lines + [f"FAILED: {problem}" for problem in report.problems]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of real time before settling (default 30)")
    parser.add_argument("--speed", type=float, default=20.0, help="story seconds a real second (default 20)")
    parser.add_argument("--per-hour", type=int, default=240, help="posts an hour of story (default 240)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    import os

    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory(prefix="fengsheng-soak-") as folder:
        soak = Soak(
            seconds=options.minutes * 60,
            speed=options.speed,
            per_hour=options.per_hour,
            seed=options.seed,
            folder=Path(folder),
        )
        report = asyncio.run(soak.run())
    if options.json:
        print(json.dumps({**report.__dict__, "problems": report.problems}, ensure_ascii=False))
    else:
        print("\n".join(render(report)))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
