"""Finds a browser or installs one: an existing one, Playwright's own, or the system's package.

``python -m fengsheng.browser_setup`` is what ``make run`` calls. It always exits 0: without any browser the product goes
on with its HTTP sources and says on what it is blind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

from crawlers.browser import find_browser

Run = Callable[[Sequence[str], float], bool]


def run_quietly(command: Sequence[str], timeout: float) -> bool:
    """Run a command without showing its output; True when it ended well within ``timeout`` seconds."""
    try:
        done = subprocess.run(command, timeout=timeout, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def system_commands(root: bool, which: Callable[[str], str | None] = shutil.which) -> list[list[str]]:
    """The system's own ways to install Chromium, in the order to try; empty where none is allowed without a password."""
    prefix: list[str] = [] if root else (["sudo", "-n"] if which("sudo") else [])
    if not root and not prefix:
        return []
    ways = {
        "apt-get": [
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
        ],
        "dnf": [["dnf", "install", "-y", "chromium"]],
        "apk": [["apk", "add", "chromium", "font-noto-cjk"]],
        "pacman": [["pacman", "-Sy", "--noconfirm", "chromium"]],
    }
    for tool, commands in ways.items():
        if which(tool):
            return [[*prefix, *command] for command in commands]
    return []


def main(run: Run = run_quietly, say: Callable[[str], None] = print) -> int:
    found = find_browser()
    if found.path:
        say(f"browser: {found.path}")
        return 0
    say("browser: none found, fetching Playwright's own (up to 3 minutes)…")
    run([sys.executable, "-m", "playwright", "install", "chromium"], 180)
    found = find_browser()
    if not found.path:
        commands = system_commands(root=hasattr(os, "geteuid") and os.geteuid() == 0)
        if commands:
            say("browser: not to be had there, installing the system's Chromium package (up to 10 minutes)…")
        for command in commands:
            run(command, 600)
        found = find_browser()
    if found.path:
        say(f"browser: {found.path}")
    else:
        say(
            "browser: none can be had — install Chromium or Chrome, or name one in FENGSHENG_BROWSER; "
            "until then the HTTP sources work and Xiaohongshu (小红书) is reported as blind."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
