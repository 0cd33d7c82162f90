"""Finds a browser or installs one: an existing one, Playwright's own, or the system's package.

``python -m fengsheng.browser_setup`` is what ``make run`` calls. It always exits 0: without any browser the product goes
on with its HTTP sources and says on what it is blind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from crawlers.browser import BrowserFound, find_browser

_ASK_NOTHING = ("env", "DEBIAN_FRONTEND=noninteractive")
Run = Callable[[Sequence[str], float], bool]


def run_quietly(command: Sequence[str], timeout: float) -> bool:
    """Run a command without showing its output; True when it ended well within ``timeout`` seconds.

    What takes longer is ended together with the processes it started.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(timeout) == 0
    except BaseException as error:  # ctrl-C too must not leave an installer running
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
        if isinstance(error, subprocess.TimeoutExpired):
            return False
        raise


def system_commands(root: bool, which: Callable[[str], str | None] = shutil.which) -> list[list[str]]:
    """The system's own ways to install Chromium, in the order to try; empty where none is allowed without a password."""
    prefix: list[str] = [] if root else (["sudo", "-n"] if which("sudo") else [])
    if not root and not prefix:
        return []
    ways = {
        "apt-get": [
            [*_ASK_NOTHING, "apt-get", "update"],
            [*_ASK_NOTHING, "apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
        ],
        "dnf": [["dnf", "install", "-y", "chromium"]],
        "apk": [["apk", "add", "chromium", "font-noto-cjk"]],
        "pacman": [["pacman", "-Sy", "--noconfirm", "chromium"]],
    }
    for tool, commands in ways.items():
        if which(tool):
            return [[*prefix, *command] for command in commands]
    return []


def main(
    run: Run = run_quietly,
    say: Callable[[str], None] = print,
    find: Callable[[], BrowserFound] = find_browser,
    environment: Mapping[str, str] = os.environ,
    root: bool | None = None,
) -> int:
    """Find a browser, or install one and find it; always 0, what came of it is said.

    Args:
        root: whether packages may be installed without sudo; default: whether this process is root.
    """
    found = find()
    if not found and not environment.get("FENGSHENG_BROWSER", "").strip():
        found = _installed(run, say, find, _is_root() if root is None else root)
    if found:
        say(f"browser: {found.path}")
    else:
        say(
            f"browser: none — {found.reason}. Install Chromium or Chrome, or name one in FENGSHENG_BROWSER; "
            "until then the HTTP sources work and Xiaohongshu (小红书) is reported as blind."
        )
    return 0


def _installed(run: Run, say: Callable[[str], None], find: Callable[[], BrowserFound], root: bool) -> BrowserFound:
    say("browser: none found, fetching Playwright's own (up to 3 minutes)…")
    run([sys.executable, "-m", "playwright", "install", "chromium"], 180)
    found = find()
    if found:
        return found
    commands = system_commands(root=root)
    if commands:
        say("browser: not to be had there, installing the system's Chromium package (up to 10 minutes)…")
    for command in commands:
        run(command, 600)
    return find()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


if __name__ == "__main__":
    sys.exit(main())
