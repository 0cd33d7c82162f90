"""Finding a Chromium and keeping one standing: started when first needed, replaced when dead or grown, always ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from records.errors import Failed

PROFILE_PREFIX = "fengsheng-browser-"
START_WITHIN = 20.0
"""Seconds a browser may take until its debugging port is open."""
MEMORY_BOUND = 1_000_000_000
"""Bytes of all its processes together above which the browser is replaced between two polls."""

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
_MAC_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_OWN_DOWNLOADS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
    "chromium_headless_shell-*/chrome-*/headless_shell*",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell*",
)
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--use-mock-keychain",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrowserFound:
    path: str | None
    """Path of the program; None where there is none."""
    reason: str
    """Where it was found, or in one sentence why there is none."""

    def __bool__(self) -> bool:
        return self.path is not None


def find_browser(environment: Mapping[str, str] | None = None, *, home: Path | None = None) -> BrowserFound:
    """The browser to use: FENGSHENG_BROWSER, then Playwright's own download, then the system's Chromium, Chrome or Edge.

    A FENGSHENG_BROWSER that is no program is said so and nothing else is taken in its place.
    """
    environment = os.environ if environment is None else environment
    named = environment.get("FENGSHENG_BROWSER", "").strip()
    if named:
        path = shutil.which(named, path=environment.get("PATH"))
        if path is None:
            return BrowserFound(
                path=None, reason=f'FENGSHENG_BROWSER is "{named}", which is no program that can be run'
            )
        return BrowserFound(path=path, reason="named in FENGSHENG_BROWSER")
    for folder in _download_folders(environment, home or Path.home()):
        for pattern in _OWN_DOWNLOADS:
            for program in sorted(folder.glob(pattern), reverse=True):
                if program.is_file() and os.access(program, os.X_OK):
                    return BrowserFound(path=str(program), reason="Playwright's own download")
    for name in SYSTEM_NAMES:
        path = shutil.which(name, path=environment.get("PATH"))
        if path is not None:
            return BrowserFound(path=path, reason=f"the system's {name}")
    for known in _MAC_PATHS:
        if sys.platform == "darwin" and os.access(known, os.X_OK):
            return BrowserFound(path=known, reason="the system's browser")
    return BrowserFound(path=None, reason="no Chromium, Chrome or Edge is installed, and FENGSHENG_BROWSER names none")


def _download_folders(environment: Mapping[str, str], home: Path) -> list[Path]:
    named = environment.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named and named != "0":
        return [Path(named)]
    return [
        home / ".cache" / "ms-playwright",
        home / "Library" / "Caches" / "ms-playwright",
        home / "AppData" / "Local" / "ms-playwright",
    ]


class StandingBrowser:
    """One Chromium with its debugging port open on this machine only, in its own process group and throw-away profile."""

    def __init__(self, path: str | None = None, *, memory_bound: int = MEMORY_BOUND) -> None:
        self._path = path
        self._memory_bound = memory_bound
        self._process: subprocess.Popen[bytes] | None = None
        self._profile: Path | None = None
        self._address = ""
        self.started = 0
        """How many browsers were started so far."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def memory(self) -> int:
        """Bytes held by the browser and its children alone, shared pages left out; 0 when it is not running."""
        return sum(_held(p) for p in self._family()) if self.is_alive() else 0

    async def ready(self) -> str:
        """The address to connect to; starts a browser, or replaces one that is dead or has grown beyond the bound.

        Raises:
            Failed: there is no browser on this machine, or it does not start; one sentence says which.
        """
        if self.is_alive() and self.memory() <= self._memory_bound:
            return self._address
        await self.stop()
        path = self._path or find_browser().path
        if path is None:
            raise Failed(f"no browser on this machine: {find_browser().reason}")
        remove_leftovers()
        self._profile = Path(tempfile.mkdtemp(prefix=PROFILE_PREFIX))
        (self._profile / "owner").write_text(str(os.getpid()))
        try:
            self._process = subprocess.Popen(
                self._command(path, self._profile),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            await self.stop()
            raise Failed(f"the browser {path} cannot be run: {error.strerror or error}") from None
        self.started += 1
        self._address = await self._wait_for_port(path)
        return self._address

    @staticmethod
    def _command(path: str, profile: Path) -> list[str]:
        command = [path, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        # so that the kernel ends it even when this process is killed without a chance to
        keeper = shutil.which("setpriv")
        return [keeper, "--pdeathsig", "KILL", *command] if keeper else command

    async def _wait_for_port(self, path: str) -> str:
        assert self._profile is not None
        told = self._profile / "DevToolsActivePort"
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError, IndexError):
                lines = told.read_text().split()
                return f"ws://127.0.0.1:{int(lines[0])}{lines[1]}"
            if not self.is_alive():
                break
            await asyncio.sleep(0.05)
        ended = not self.is_alive()
        await self.stop()
        raise Failed(f"the browser {path} {'ended at once' if ended else 'did not open its port'}")

    def _family(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        with contextlib.suppress(psutil.Error):
            head = psutil.Process(self._process.pid)
            return [head, *head.children(recursive=True)]
        return []

    async def stop(self) -> None:
        """End the browser and all its children, and remove the profile. Safe to call twice."""
        await asyncio.to_thread(self.kill)

    def kill(self) -> None:
        """``stop`` for where there is no event loop any more."""
        process, profile = self._process, self._profile
        family = self._family()
        self._process = self._profile = None
        self._address = ""
        if process is not None:
            _end(process, family)
        if profile is not None:
            shutil.rmtree(profile, ignore_errors=True)


def _end(process: subprocess.Popen[bytes], family: list[psutil.Process]) -> None:
    process.terminate()
    psutil.wait_procs(family, timeout=2)
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0


def remove_leftovers(folder: Path | None = None) -> int:
    """Remove profiles (and end browsers) whose owner was killed before it could; returns how many profiles."""
    removed = 0
    for profile in (folder or Path(tempfile.gettempdir())).glob(f"{PROFILE_PREFIX}*"):
        try:
            owner = int((profile / "owner").read_text())
        except (OSError, ValueError):
            continue
        if psutil.pid_exists(owner):
            continue
        for process in psutil.process_iter(["cmdline"]):
            if f"--user-data-dir={profile}" in (process.info["cmdline"] or []):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        shutil.rmtree(profile, ignore_errors=True)
        removed += 1
    return removed
