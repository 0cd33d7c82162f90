"""``fengsheng run`` as users start it: killed at any moment it loses nothing, leaves nothing behind, and goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from crawlers.browser import find_browser
from drill.library import load_scenario
from drill.platforms import DrillServer
from fengsheng.wiring import House, load_house, system_clock
from scoring.alert import Level
from storage.sqlite import Store

SPEED = 150.0
"""Story seconds in one real second: the crisis of 35 minutes takes 14 seconds."""
TOKEN = "1000000:AAF-secret_of_the_end_to_end_test_0123456789"


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def server() -> Iterator[DrillServer]:
    scenario, problems = load_scenario()
    assert scenario is not None, problems
    running = DrillServer(scenario, speed=SPEED, scripted=False)
    running.start(begin=False)
    yield running
    running.stop()


@pytest.fixture
def config(server: DrillServer, tmp_path: Path) -> Path:
    """Weibo of the local server; with a browser Xiaohongshu too, so that one stands when the kill comes."""
    scenario, _ = load_scenario()
    assert scenario is not None
    crawl = {"every": 1, "limit": 100, "queries": [scenario.brand]}
    sources: dict[str, object] = {
        "weibo": {**crawl, "base_url": server.weibo_url, "options": {"delay": 0, "pages": 10, "long_texts": 10}}
    }
    if find_browser():
        options = {"delay": 0, "pages": 6, "details": 0, "profiles": 0, "wait": 8}
        sources["xiaohongshu"] = {**crawl, "every": 3, "base_url": server.xiaohongshu_url, "options": options}
    brand = {"name": scenario.brand, "aliases": [*scenario.aliases], "products": [*scenario.products]}
    document = {
        "brands": [{**brand, "rivals": [*scenario.rivals], "excluded": [*scenario.excluded], "sources": sources}],
        "people": [{"name": m.name, "roles": dict(m.roles), "telegram": m.telegram} for m in scenario.people],
        "chats": {"crisis": [{"channel": "telegram", "id": -42}], "operators": [{"channel": "console"}]},
        "telegram": {"base_url": f"{server.telegram_url}/bot"},
        "polling": {"adaptive": False},
        "budgets": {"weibo": 100_000, "xiaohongshu": 100_000},
    }
    file = tmp_path / "watch.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="safe", pure=True).dump(document, out)
    return file


class Running:
    """``fengsheng run`` in a process of its own, and all that it starts."""

    def __init__(self, config: Path) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FENGSHENG_") or k == "FENGSHENG_BROWSER"}
        self._said = config.with_name("said.txt")
        with self._said.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fengsheng", "run", "-c", str(config)],
                cwd=config.parent,
                env={**clean, "FENGSHENG_DATABASE": str(config.with_name("watch.db")), "TELEGRAM_BOT_TOKEN": TOKEN},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return list(psutil.Process(self.process.pid).children(recursive=True))
        return []

    def worker(self) -> psutil.Process | None:
        for child in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "fengsheng.worker" in child.cmdline():
                    return child
        return None

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def end(self, kind: signal.Signals) -> int:
        self.process.send_signal(kind)
        return self.process.wait(20)


@pytest.fixture
def run(config: Path) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(config))
        return started[-1]

    yield start
    for running in started:
        left = running.family()
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(10)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@contextlib.contextmanager
def opened(config: Path) -> Iterator[tuple[House, Store]]:
    house = load_house(config, environment={}, database=config.with_name("watch.db"))
    with house.open_store(read_only=True) as store:
        yield house, store


def test_killed_twice_it_loses_nothing_leaves_nothing_and_goes_on(
    server: DrillServer, config: Path, run: Callable[[], Running]
) -> None:
    first = run()
    database = config.with_name("watch.db")
    until(lambda: database.exists() and "正在监测" in first.said(), 30, "the start")
    with opened(config) as (_, store):
        until(lambda: {s.source for s in store.load_sources()} >= watched(), 40, "a look at every source")
        server.begin()
        until(lambda: any("红色预警" in m["text"] for m in server.messages), 20, "the first red alert")

        # The worker dies: the supervisor starts another.
        worker = first.worker()
        assert worker is not None
        worker.kill()
        until(lambda: (w := first.worker()) is not None and w.pid != worker.pid, 15, "another worker")

        # The whole product dies: the orphaned worker ends by itself and takes its browser with it.
        until(lambda: store.count_mentions() >= 20, 20, "mentions")
        orphans = first.family()
        assert orphans
        first.end(signal.SIGKILL)
        before = store.count_mentions()
        until(lambda: not alive(orphans), 20, "the end of the orphaned worker and its browser")

        # Started again it goes on where it was.
        second = run()
        until(lambda: missing(server, store) == set(), 40, "everything that was published")
        until(lambda: all(q.state == "sent" for q in store.ledger(limit=1000) if q.item.kind == "alert"), 20, "alerts")
        assert store.count_mentions() > before
        children = second.family()
        assert second.end(signal.SIGINT) == 0
        until(lambda: not alive(children), 10, "the end of everything after ctrl-C")
        check_the_end(server, store)
    assert TOKEN.partition(":")[2] not in first.said()
    assert "Traceback" not in first.said()


def watched() -> set[str]:
    return {"weibo", "xiaohongshu"} if find_browser() else {"weibo"}


def missing(server: DrillServer, store: Store) -> set[str]:
    """Published posts of the brand that are not stored; while the story is told, everything counts as missing."""
    world = server.world
    assert world is not None
    now = system_clock()
    if now < world.all_out_at:
        return {"the story is still being told"}
    stored = {m.key for m in store.iter_mentions()}
    return {p.key for p in server.published(now) if p.about_brand and str(p.platform) in watched()} - stored


def check_the_end(server: DrillServer, store: Store) -> None:
    report = store.verify_chain()
    assert report.ok, report.problems
    keys = [m.key for m in store.iter_mentions()]
    assert len(keys) == len(set(keys)) == store.count_mentions()
    red = [row for row in store.load_incidents() if row.level is Level.RED]
    assert red
    assert not any(row.historic for row in red)
    for row in red:
        attached = [m.key for m in store.incident_mentions(row.id, 1000)]
        assert len(attached) == len(set(attached)) == row.raw
    alerts = [q for q in store.ledger(limit=1000) if q.item.kind == "alert"]
    assert all(q.attempts <= 2 for q in alerts)
    in_chat = Counter(row.id for row in red for m in server.messages if row.id in m["text"])
    for row in red:
        sent = len([q for q in alerts if q.item.incident == row.id])
        assert sent <= in_chat[row.id] <= sent + 2, "an alert may at worst be repeated once for each kill"
