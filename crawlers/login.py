"""A visible browser in which the operator logs in by hand, on a profile that stays; what it keeps becomes the session.

Nothing is typed, clicked or solved for the person: the window is theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, async_playwright
from playwright.async_api import Error as PlaywrightError

from crawlers.browser import FLAGS, find_browser
from crawlers.sessions import Login
from records.errors import Failed

LOOK_EVERY = 1.0
"""Seconds between two looks at what the browser keeps."""
AFTER_PROOF = 3.0
"""Seconds the window stays after the login shows, for what the page still writes."""
LONGEST = 900.0
"""Seconds a person may take."""


def display_fault(environment: Mapping[str, str]) -> str | None:
    """Why no window can be shown on this machine, in one sentence; None where one can."""
    if sys.platform in ("win32", "darwin") or environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return None
    return (
        "this machine has no display for a browser window: log in on one that has (fengsheng login there, same version), "
        "copy its state.json here, and give it with --state FILE; or bring a whole Chromium profile folder with --profile DIR"
    )


async def fetch_login(
    login: Login,
    profile: Path,
    *,
    finished: asyncio.Event,
    headless: bool = False,
    say: Callable[[str], None] = lambda text: None,
    longest: float = LONGEST,
) -> dict[str, Any]:
    """Open the login page and keep what the browser holds once the person is done.

    Done is: the cookie that proves a login is there, ``finished`` was set (the person said so), or the window was closed.

    Args:
        profile: folder of the browser's profile; made where it is missing.
        headless: without a window (tests, reading a profile made elsewhere).
        say: told when the login shows.
        longest: seconds the person may take.

    Returns:
        The browser's state (cookies and local storage).

    Raises:
        Failed: no browser, it does not start, or nobody logged in within the time.
    """
    found = find_browser()
    if found.path is None:
        raise Failed(f"no browser on this machine: {found.reason}")
    profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    arguments = [f for f in FLAGS if not f.startswith(("--headless", "--mute"))]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    async with async_playwright() as play:
        try:
            context = await play.chromium.launch_persistent_context(
                profile, headless=headless, executable_path=found.path, args=arguments, locale="zh-CN", no_viewport=True
            )
        except PlaywrightError as error:
            lines = str(error).splitlines()
            raise Failed(
                f"the browser {found.path} does not open the profile {profile} (is it open elsewhere?): {lines[0][:200]}"
            ) from None
        try:
            return await _watch(context, login, finished, say, longest)
        finally:
            with contextlib.suppress(PlaywrightError):
                await context.close()


async def _watch(
    context: BrowserContext, login: Login, finished: asyncio.Event, say: Callable[[str], None], longest: float
) -> dict[str, Any]:
    page = context.pages[0] if context.pages else await context.new_page()
    with contextlib.suppress(PlaywrightError):  # a slow or half-loaded page is the person's to see
        await page.goto(login.address, wait_until="commit")
    closed = asyncio.Event()
    context.on("close", lambda _: closed.set())
    kept: dict[str, Any] = {"cookies": [], "origins": []}
    loop = asyncio.get_running_loop()
    until = loop.time() + longest
    while True:
        if not context.pages:
            closed.set()
        try:
            kept = dict(await context.storage_state())
        except PlaywrightError:
            closed.set()
        proved = login.proof is not None and any(c["name"] == login.proof for c in kept["cookies"])
        if proved:
            say("logged in")
            await _wait(closed, AFTER_PROOF if not finished.is_set() else 0)
            with contextlib.suppress(PlaywrightError):
                kept = dict(await context.storage_state())
        if proved or closed.is_set() or finished.is_set():
            break
        if loop.time() > until:
            raise Failed(f"nobody logged in within {longest / 60:g} minutes; nothing was saved")
        await _wait(closed, LOOK_EVERY, finished)
    if not any(login.domain in c["domain"] for c in kept["cookies"]):
        raise Failed("the window was closed before anybody logged in; nothing was saved")
    return kept


async def _wait(one: asyncio.Event, seconds: float, other: asyncio.Event | None = None) -> None:
    waiting = [asyncio.ensure_future(e.wait()) for e in (one, other) if e is not None]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
