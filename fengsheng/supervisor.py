"""Keeps the crawl worker alive: starts it, watches its heartbeat, ends and restarts it when it dies or hangs.

A hung page, a dead browser or a leaking spider lives in the worker and never stops alerts (design 2).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

HUNG_AFTER = timedelta(seconds=60)
"""Without a heartbeat for so long the worker counts as hung."""
LONGEST_PAUSE = 60.0
"""Seconds between restarts at most; it doubles from 1 while the worker keeps dying young."""
YOUNG = timedelta(seconds=60)


class Supervisor:
    """One worker process, in a process group of its own.

    Args:
        command: what to start.
        last_beat: when the worker last gave a sign of life; None = never.
        say: told (text) when something happened, for progress and log.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        last_beat: Callable[[], datetime | None],
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._last_beat = last_beat
        self._clock = clock
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._started: datetime | None = None
        self._not_before: datetime | None = None
        self._deaths = 0
        self._stopped = False
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def watch(self) -> None:
        """Start the worker if it is not running, end it if it hangs; call about once a second."""
        if self._stopped:
            return
        now = self._clock()
        if self._process is not None and self._process.returncode is None:
            if self._hung(now):
                await self._end(signal.SIGKILL)
                self._plan_restart(now, f"the crawl worker gave no sign of life for {HUNG_AFTER.seconds} s")
        elif self._process is not None and self._not_before is None:
            self._kill_group()  # what it started must not run on beside what the next one starts
            self._plan_restart(now, f"the crawl worker ended with code {self._process.returncode}")
        if self.pid is None and not self._stopped and (self._not_before is None or now >= self._not_before):
            await self._start(now)

    def _plan_restart(self, now: datetime, why: str) -> None:
        if self._not_before is not None:
            return
        lived = now - (self._started or now)
        self._deaths = 1 if lived > YOUNG else self._deaths + 1
        pause = min(LONGEST_PAUSE, 2.0 ** min(self._deaths - 1, 10))
        self._not_before = now + timedelta(seconds=pause)
        self._say(f"{why}; it is started again in {pause:g} s")

    def _hung(self, now: datetime) -> bool:
        beat = self._last_beat()
        started = self._started or now
        return now - max(beat or started, started) > HUNG_AFTER

    async def _start(self, now: datetime) -> None:
        again = self._started is not None
        self._started, self._not_before = now, None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            self._plan_restart(now, f"the crawl worker cannot be started ({error.strerror or error})")
            return
        self.restarts += again
        if self._stopped:  # asked to stop while it was being started
            await self._end(signal.SIGKILL)

    async def stop(self, patience: float = 8.0) -> None:
        """Ask the worker to end, for good; what does not end within ``patience`` seconds is killed with its children."""
        self._stopped = True
        if self._process is None or self._process.returncode is not None:
            return
        await self._end(signal.SIGTERM, patience)
        if self._process.returncode is None:
            await self._end(signal.SIGKILL)
        self._kill_group()

    async def _end(self, kind: signal.Signals, patience: float = 5.0) -> None:
        assert self._process is not None
        if kind is signal.SIGKILL:
            self._kill_group()
        else:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(kind)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), patience)

    def _kill_group(self) -> None:
        """Kill the worker and what it left behind; its group's number is its own as long as anything of it lives."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def worker_command(config: str | None, database: str, *, drill: bool) -> list[str]:
    """How the worker is started."""
    command = [sys.executable, "-m", "fengsheng.worker", "--database", database, "--parent", str(os.getpid())]
    return command + (["--config", config] if config else []) + (["--drill"] if drill else [])
