"""What ``doctor`` tests: files, database, log, browser, emotion model, every source, every channel."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from crawlers.browser import find_browser
from fengsheng.crawling import fetch_once
from fengsheng.polling import plan_requests
from fengsheng.service import TOKEN
from fengsheng.wiring import House
from notifier.channels.telegram import TelegramChannel
from notifier.delivery import ChannelError
from records.errors import FengshengError

if TYPE_CHECKING:
    from fengsheng.cli_setup import Finding


def _finding(what: str, ok: bool, detail: str) -> Finding:
    from fengsheng.cli_setup import Finding

    return Finding(what, ok, detail)


def examine_files(house: House) -> Iterator[Finding]:
    brands = ", ".join(b.name for b in house.config.brands)
    detail = f"brands {brands}" if house.configured else "none found; fengsheng init writes one"
    yield _finding("config", True, detail)
    yield _finding(
        "library",
        True,
        f"{len(house.words.groups)} word groups, rules {house.rules.version}, {len(house.playbooks)} playbooks",
    )


def examine_database(house: House, now: datetime) -> Iterator[Finding]:
    try:
        with house.open_store() as store:
            report = store.verify_chain()
            yield _finding("database", True, f"{house.database}, {store.count_mentions()} mentions")
            detail = f"{report.count} events intact" if report.ok else "; ".join(report.problems)
            yield _finding("log", report.ok, detail)
    except (FengshengError, OSError) as error:
        yield _finding("database", False, str(error))
        return
    mode = stat.S_IMODE(house.key_file.stat().st_mode)
    yield _finding(
        "key file",
        not mode & 0o077,
        f"{house.key_file}, mode {mode:o}" + (": others can read it" if mode & 0o077 else ""),
    )


def examine_browser() -> Iterator[Finding]:
    found = find_browser()
    if not found.path:
        yield _finding("browser", False, f"{found.reason}; Xiaohongshu stays blind without one")
        return
    try:
        done = subprocess.run([found.path, "--version"], capture_output=True, text=True, timeout=20, check=False)
        said = (done.stdout.strip() or done.stderr.strip()).splitlines() or [f"ended with code {done.returncode}"]
        yield _finding("browser", done.returncode == 0, f"{found.path}: {said[-1]}")
    except (OSError, subprocess.TimeoutExpired) as error:
        yield _finding("browser", False, f"{found.path} does not start: {type(error).__name__}")


def examine_scorer(house: House) -> Iterator[Finding]:
    began = time.monotonic()
    try:
        house.engine.score(["客服态度太差了，要求退款"])
    except Exception as error:  # a broken installation of the model shows here and not in a crisis
        yield _finding("emotion model", False, f"{type(error).__name__}: {error}")
        return
    yield _finding("emotion model", True, f"{house.engine.name}, loaded in {time.monotonic() - began:.1f} s")


def examine_sources(house: House) -> Iterator[Finding]:
    """One poll of each source of each brand, with its first query."""
    done: set[tuple[str, str]] = set()
    for planned in plan_requests(house.config, house.words):
        request = planned.request
        if (request.source, request.brand) in done:
            continue
        done.add((request.source, request.brand))
        what = f"source {request.source} ({request.brand})"
        try:
            result = fetch_once(request)
        except FengshengError as error:
            yield _finding(what, False, str(error))
            continue
        detail = f"{result.outcome}, {len(result.mentions)} mention(s)" + (
            f": {result.detail}" if result.detail else ""
        )
        yield _finding(what, result.outcome.saw, detail)


def examine_channels(house: House) -> Iterator[Finding]:
    chats = house.config.chats
    uses = {t.channel for chat in type(chats).model_fields for t in house.targets(chat)} if house.configured else set()
    if "telegram" in uses:
        yield asyncio.run(_examine_telegram(house))
    for chat in type(chats).model_fields if house.configured else ():
        for target in house.targets(chat):
            if target.channel == "apprise" and not os.environ.get(target.url_env or ""):
                yield _finding(
                    f"chat {chat}", False, f"{target.url_env} is not set: it must hold the service's address"
                )


async def _examine_telegram(house: House) -> Finding:
    token = house.environment.get(TOKEN, "").strip()
    if not token:
        return _finding("telegram", False, f"{TOKEN} is not set")
    config = house.config.telegram
    channel = TelegramChannel(token, base_url=config.base_url, proxy=config.proxy)
    try:
        name = await channel.fetch_name()
        return _finding("telegram", True, f"{config.base_url} knows the bot as @{name}")
    except ChannelError as error:
        return _finding("telegram", False, str(error))
    finally:
        await channel.close()
