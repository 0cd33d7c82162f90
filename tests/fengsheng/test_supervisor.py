"""The supervisor with real child processes and a clock that is set by hand: nothing here waits for time to pass."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest_asyncio

from fengsheng.supervisor import HUNG_AFTER, LONGEST_PAUSE, YOUNG, Supervisor, worker_command

T0 = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DIES = [sys.executable, "-c", "raise SystemExit(3)"]
LIVES = [sys.executable, "-c", "import sys; sys.stdin.read(); import signal; signal.pause()"]
"""Standard input is empty: it reads its end and waits for a signal."""


class Bench:
    """A supervisor on a bench: its clock, its heartbeat, and what it said."""

    def __init__(self) -> None:
        self.now = T0
        self.beat: datetime | None = None
        self.said: list[str] = []
        self.made: list[Supervisor] = []

    def supervisor(self, command: list[str], environment: dict[str, str] | None = None) -> Supervisor:
        made = Supervisor(
            command,
            environment=dict(os.environ) if environment is None else environment,
            last_beat=lambda: self.beat,
            clock=lambda: self.now,
            say=self.said.append,
        )
        self.made.append(made)
        return made


async def ended(supervisor: Supervisor) -> int:
    assert supervisor._process is not None
    return await asyncio.wait_for(supervisor._process.wait(), 20)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    for supervisor in made.made:
        await supervisor.stop(patience=0)


async def test_the_first_watch_starts_the_worker_and_later_ones_leave_it(bench: Bench) -> None:
    supervisor = bench.supervisor(LIVES)
    assert supervisor.pid is None
    await supervisor.watch()
    pid = supervisor.pid
    assert pid is not None
    assert os.getpgid(pid) == pid
    bench.now += HUNG_AFTER
    await supervisor.watch()
    assert (supervisor.pid, supervisor.restarts, bench.said) == (pid, 0, [])


async def test_a_dead_worker_is_started_again_after_a_pause_that_doubles(bench: Bench) -> None:
    supervisor = bench.supervisor(DIES)
    await supervisor.watch()
    pauses = []
    for restarts in range(8):
        await ended(supervisor)
        await supervisor.watch()
        said = bench.said.pop()
        assert said.startswith("the crawl worker ended with code 3; it is started again in ")
        pause = float(said.split()[-2])
        pauses.append(pause)
        bench.now += timedelta(seconds=pause) - SECOND / 100
        await supervisor.watch()
        assert (supervisor.restarts, bench.said) == (restarts, [])
        bench.now += SECOND / 100
        await supervisor.watch()
        assert supervisor.restarts == restarts + 1
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE]


async def test_a_worker_that_lived_long_is_started_again_at_once(bench: Bench) -> None:
    supervisor = bench.supervisor(DIES)
    await supervisor.watch()
    for _ in range(3):
        await ended(supervisor)
        await supervisor.watch()
        bench.now += timedelta(seconds=LONGEST_PAUSE)
        await supervisor.watch()
    await ended(supervisor)
    bench.now += YOUNG + SECOND
    await supervisor.watch()
    assert bench.said[-1].endswith("in 1 s")


async def test_a_worker_without_a_heartbeat_is_killed_with_its_children(bench: Bench, tmp_path: Path) -> None:
    told = tmp_path / "child"
    os.mkfifo(told)
    program = (
        "import pathlib, signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        f"pathlib.Path({str(told)!r}).write_text(str(child.pid))\n"
        "signal.pause()\n"
    )
    supervisor = bench.supervisor([sys.executable, "-c", program])
    await supervisor.watch()
    child = psutil.Process(int(await asyncio.wait_for(asyncio.to_thread(told.read_text), 20)))
    pid = supervisor.pid
    bench.beat = T0 + timedelta(seconds=30)
    bench.now = bench.beat + HUNG_AFTER
    await supervisor.watch()
    assert supervisor.pid == pid
    bench.now += SECOND
    await supervisor.watch()
    assert supervisor.pid is None
    assert "gave no sign of life for 60 s; it is started again in 1 s" in bench.said[-1]
    await asyncio.to_thread(psutil.wait_procs, [child], 20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    bench.now += SECOND
    await supervisor.watch()
    assert supervisor.restarts == 1
    assert supervisor.pid not in (None, pid)


async def test_a_beat_of_the_worker_before_does_not_count(bench: Bench) -> None:
    bench.beat = T0 - timedelta(days=1)
    supervisor = bench.supervisor(LIVES)
    await supervisor.watch()
    bench.now += HUNG_AFTER
    await supervisor.watch()
    assert supervisor.pid is not None
    bench.now += SECOND
    await supervisor.watch()
    assert supervisor.pid is None


async def test_what_a_dead_worker_left_behind_is_ended(bench: Bench, tmp_path: Path) -> None:
    told = tmp_path / "child"
    program = (
        "import pathlib, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        f"pathlib.Path({str(told)!r}).write_text(str(child.pid))\n"
    )
    supervisor = bench.supervisor([sys.executable, "-c", program])
    await supervisor.watch()
    assert await ended(supervisor) == 0
    child = psutil.Process(int(told.read_text()))
    assert child.is_running()
    await supervisor.watch()
    await asyncio.to_thread(psutil.wait_procs, [child], 20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_stop_asks_first_and_is_for_good(bench: Bench, tmp_path: Path) -> None:
    ready, file = tmp_path / "ready", tmp_path / "said goodbye"
    os.mkfifo(ready)
    program = (
        "import pathlib, signal, sys\n"
        f"def end(*_): pathlib.Path({str(file)!r}).write_text('bye'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(ready)!r}).write_text('ready')\n"
        "signal.pause()\n"
    )
    supervisor = bench.supervisor([sys.executable, "-c", program])
    await supervisor.watch()
    await asyncio.wait_for(asyncio.to_thread(ready.read_text), 20)
    await supervisor.stop(patience=20)
    assert supervisor.pid is None
    assert file.read_text() == "bye"
    bench.now += timedelta(hours=1)
    await supervisor.watch()
    assert (supervisor.pid, supervisor.restarts, bench.said) == (None, 0, [])
    await supervisor.stop()


async def test_stop_kills_what_does_not_listen(bench: Bench, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    program = (
        "import pathlib, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).write_text('ready')\n"
        "while True: signal.pause()\n"
    )
    supervisor = bench.supervisor([sys.executable, "-c", program])
    await supervisor.watch()
    await asyncio.wait_for(asyncio.to_thread(ready.read_text), 20)
    await supervisor.stop(patience=0.05)
    assert supervisor.pid is None


async def test_stop_before_the_first_start_and_after_a_death_does_nothing(bench: Bench) -> None:
    await bench.supervisor(LIVES).stop()
    supervisor = bench.supervisor(DIES)
    await supervisor.watch()
    await ended(supervisor)
    await supervisor.stop()
    await supervisor.watch()
    assert bench.said == []


async def test_a_worker_that_cannot_be_started_is_said_and_tried_again(bench: Bench) -> None:
    supervisor = bench.supervisor(["/nosuch/program"])
    await supervisor.watch()
    await supervisor.watch()
    assert bench.said == ["the crawl worker cannot be started (No such file or directory); it is started again in 1 s"]
    bench.now += SECOND
    await supervisor.watch()
    assert bench.said[1:] == [
        "the crawl worker cannot be started (No such file or directory); it is started again in 2 s"
    ]


async def test_the_worker_gets_its_own_environment(bench: Bench) -> None:
    program = "import os, sys; sys.exit(7 if os.environ.get('MARK') == '风' and 'HOME' not in os.environ else 8)"
    supervisor = bench.supervisor([sys.executable, "-c", program], {"MARK": "风"})
    await supervisor.watch()
    assert await ended(supervisor) == 7


def test_how_the_worker_is_started() -> None:
    start = [sys.executable, "-m", "fengsheng.worker", "--database", "d.sqlite", "--parent", str(os.getpid())]
    assert worker_command(None, "d.sqlite", drill=False) == start
    assert worker_command("w.yaml", "d.sqlite", drill=True) == [*start, "--config", "w.yaml", "--drill"]
