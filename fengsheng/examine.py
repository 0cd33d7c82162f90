"""What ``doctor`` tests: files, database, log, browser, sessions and keys, emotion model, every source, every channel."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawlers.browser import find_browser
from crawlers.catalogue import info_of
from crawlers.health import has_seen, outcome_of
from crawlers.sessions import KEYS, LOGINS, find_state, read_state
from fengsheng.crawling import fetch_once
from fengsheng.opinion_answer import Unusable
from fengsheng.opinion_endpoint import EndpointFault
from fengsheng.opinion_trial import try_endpoint
from fengsheng.opinion_words import say_fault
from fengsheng.polling import plan_requests
from fengsheng.printing import local
from fengsheng.service import TOKEN
from fengsheng.sessions import with_profiles
from fengsheng.wiring import House
from notifier.advice import say_to_do
from notifier.channels.telegram import TelegramChannel
from notifier.delivery import ChannelError
from notifier.wording import OUTCOMES, Lang, pick, source_name
from records.errors import FengshengError
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.source import Outage

if TYPE_CHECKING:
    from fengsheng.cli_setup import Finding


NEEDS_KEY = frozenset({Platform.YOUTUBE})
"""Platforms that show nothing without a key; the others with a key show more, and are tried without."""

CONTROL = {True: ("对照词搜得到", "control query passed"), False: ("对照词也搜不到", "control query failed")}


def _finding(what: str, ok: bool, detail: str, *, group: str = "", to_do: str = "") -> Finding:
    from fengsheng.cli_setup import Finding

    return Finding(what, ok, detail, group, to_do)


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
        yield _finding("browser", False, f"{found.reason}; sources that are read in a browser stay blind without one")
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


def examine_sessions(house: House, now: datetime) -> Iterator[Finding]:
    """Saved sessions and keys of the configured platforms, by name only; nothing of their content is shown."""
    environment = with_profiles(house.database, house.environment)
    for platform in dict.fromkeys(r.platform for r in _one_each(house)):
        if platform in KEYS:
            missing = _missing(KEYS[platform], environment)
            needed = platform in NEEDS_KEY
            detail = f"{' and '.join(missing)} not set" if missing else f"{' and '.join(KEYS[platform])} set"
            if missing and not needed:
                detail += ": what can be read without is read"
            yield _finding(f"key {platform}", not (missing and needed), detail)
        elif platform in LOGINS:
            held = read_state(platform, environment, now=now)
            path = find_state(platform, environment)
            if held is None and path is not None:
                yield _finding(f"session {platform}", False, f"{path} is no session of {platform}")
            elif held is None:
                detail = f"none saved; fengsheng login {platform} makes one where a login is asked for"
                yield _finding(f"session {platform}", True, detail)
            else:
                ended = held.has_proof is False
                detail = f"saved {local(held.saved_at, house.config.zone)}"
                yield _finding(f"session {platform}", not ended, detail + (": its login has run out" if ended else ""))


def examine_sources(house: House) -> Iterator[Finding]:
    """One cheap poll of each source, with its control query where nothing is found."""
    lang = house.config.language
    environment = with_profiles(house.database, house.environment)
    browser = find_browser()
    for request in _one_each(house):
        what = f"source {source_name(request.source, lang)}"
        info = info_of(request.platform)
        missing = _missing(KEYS[request.platform], environment) if request.platform in NEEDS_KEY else []
        if missing:
            yield _finding(
                what, False, f"{' and '.join(missing)} not set", group="untested", to_do=_set_key(missing, lang)
            )
        elif info is not None and info.needs_browser and not browser.path:
            outage = _outage(request, Outcome.NETWORK, f"no browser: {browser.reason}")
            yield _finding(what, False, browser.reason, group="untested", to_do=say_to_do(outage, lang))
        else:
            found = _examined(request, what, environment, lang)
            if found.ok and house.database.exists():  # what was set right need not wait for its next try
                with house.open_store() as store:
                    store.hasten_probe(request.source, datetime.now(UTC))
            yield found


def _examined(request: PollRequest, what: str, environment: Mapping[str, str], lang: Lang) -> Finding:
    options = {**dict(request.options), "pages": "1"}
    cheap = dataclasses.replace(request, limit=10, options=tuple(sorted(options.items())))
    try:
        result = fetch_once(cheap, environment={**os.environ, **environment})
    except FengshengError as error:
        return _finding(what, False, str(error), group="untested")
    detail = _said(result, lang)
    if has_seen(result):
        return _finding(what, True, detail, group="seen")
    to_do = say_to_do(_outage(request, outcome_of(result), result.detail), lang)
    return _finding(what, False, detail, group="unseen", to_do=to_do)


def _said(result: PollResult, lang: Lang) -> str:
    """What a poll ended with, in people's words."""
    parts = [pick(OUTCOMES[result.outcome], lang)]
    if result.mentions:
        count = len(result.mentions)
        parts.append(f"{count} 条" if lang == "zh" else f"{count} post{'' if count == 1 else 's'}")
    if result.control:
        passed = result.control == "passed"
        parts.append(pick(CONTROL[passed], lang))
    said = ("，" if lang == "zh" else ", ").join(parts)
    return f"{said}{'：' if lang == 'zh' else ': '}{result.detail}" if result.detail else said


def _one_each(house: House) -> list[PollRequest]:
    """One search of each source of the config."""
    planned = plan_requests(house.config, house.words) if house.configured else []
    found: dict[str, PollRequest] = {}
    for one in planned:
        if one.request.task is Task.SEARCH:
            found.setdefault(one.request.source, one.request)
    return list(found.values())


def _missing(names: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    return [name for name in names if not environment.get(name, "").strip()]


def _set_key(names: Sequence[str], lang: Lang) -> str:
    said = " ".join(names)
    return f"设置环境变量 {said}" if lang == "zh" else f"set {said} in the environment"


def _outage(request: PollRequest, outcome: Outcome, detail: str) -> Outage:
    return Outage(
        source=request.source, brands=(request.brand,), began=datetime.now(UTC), outcome=outcome, detail=detail
    )


def examine_second_opinion(house: House) -> Iterator[Finding]:
    """One request about an invented post, where an endpoint is configured."""
    config, lang = house.config.second_opinion, house.config.language
    if not config.on:
        return
    try:
        opinion, seconds = asyncio.run(try_endpoint(config, house.environment, lang))
    except (EndpointFault, Unusable) as error:
        yield _finding("second opinion", False, f"{config.base_url}: {say_fault(error.fault, error.detail, lang)}")
        return
    detail = f"{opinion.model} at {config.base_url} answered in {seconds:.1f} s: level {opinion.level}"
    grave = opinion.level == "none"
    yield _finding("second opinion", not grave, detail + (" for a piece of plastic in a drink" if grave else ""))


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
