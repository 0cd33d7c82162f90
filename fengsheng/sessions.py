"""Use cases of the operator's own sessions: log in, bring one made elsewhere, and say whether it is alive and why not."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from crawlers.login import display_fault, fetch_login
from crawlers.sessions import KEYS, LOGINS, PROFILES, STATE, Held, Login, parse_state, read_state, save_state
from fengsheng.crawling import fetch_once
from records.errors import BadInput, BadRecord, Failed, Problem
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult

Verdict = Literal["alive", "dead", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionReport:
    platform: Platform
    verdict: Verdict
    why: str
    """One sentence."""
    outcome: Outcome | None = None
    """How the look at the platform ended; None where none was made."""
    held: Held | None = None


def profiles_folder(database: Path, environment: Mapping[str, str]) -> Path:
    """Where sessions are kept: FENGSHENG_PROFILES, else ``profiles`` beside the database."""
    named = environment.get(PROFILES, "").strip()
    return Path(named) if named else database.parent / "profiles"


def with_profiles(database: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for crawlers: it names the folder of the sessions."""
    return {**environment, PROFILES: str(profiles_folder(database, environment))}


def login_of(platform: Platform) -> Login:
    """How one logs in to a platform with a browser.

    Raises:
        BadInput: it takes a key or no login at all; the sentence says which.
    """
    login = LOGINS.get(platform)
    if login is not None:
        return login
    if platform in KEYS:
        names = " and ".join(KEYS[platform])
        what = f"{platform} takes no browser login but a key: set {names} in the environment"
    else:
        what = f"{platform} needs no login; accepted are {', '.join(LOGINS)}"
    raise BadInput([Problem(file="platform", what=what)])


def check_has_session(platform: Platform) -> None:
    """Raises BadInput for a platform that takes neither a browser login nor a key."""
    if platform not in KEYS:
        login_of(platform)


def log_in(platform: Platform, folder: Path, *, environment: Mapping[str, str], say: Callable[[str], None]) -> Path:
    """Open a window, wait until the person has logged in, and save the session; returns its file.

    Raises:
        BadInput: the platform has no browser login.
        Failed: no display, no browser, or nobody logged in.
    """
    login = login_of(platform)
    fault = display_fault(environment)
    if fault is not None:
        raise Failed(fault)
    say(f"A browser window opens on {platform}. Log in there by hand; then close the window, or press Enter here.")
    return _save(folder, platform, asyncio.run(_log_in(login, folder / platform / "browser", say)))


async def _log_in(login: Login, profile: Path, say: Callable[[str], None]) -> dict[str, Any]:
    finished = asyncio.Event()
    if sys.stdin is not None and sys.stdin.isatty():
        loop = asyncio.get_running_loop()

        def wait_for_enter() -> None:
            sys.stdin.readline()
            loop.call_soon_threadsafe(finished.set)

        threading.Thread(target=wait_for_enter, daemon=True).start()
    return await fetch_login(login, profile, finished=finished, say=say)


def bring_state(platform: Platform, folder: Path, file: Path) -> Path:
    """Take over a session saved elsewhere (a browser state as ``fengsheng login`` or Playwright writes it).

    Raises:
        BadInput: the file cannot be read or is no session of this platform.
    """
    login = login_of(platform)
    try:
        state = parse_state(file.read_text(encoding="utf-8"), login)
    except FileNotFoundError:
        raise BadInput([Problem(file=str(file), what="no such file")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([Problem(file=str(file), what=f"cannot be read: {type(error).__name__}")]) from None
    except BadRecord as error:
        raise BadInput([Problem(file=str(file), what=str(error))]) from None
    return _save(folder, platform, state)


def bring_profile(platform: Platform, folder: Path, profile: Path) -> Path:
    """Take over the session of a Chromium profile folder made elsewhere; the folder itself is not changed.

    Raises:
        BadInput: it is no folder.
        Failed: no browser here opens it, or it holds no cookie of the platform.
    """
    login = login_of(platform)
    if not profile.is_dir():
        raise BadInput([Problem(file=str(profile), what="is no folder: a Chromium profile folder is accepted")])

    async def read(copy: Path) -> dict[str, Any]:
        finished = asyncio.Event()
        finished.set()
        here = Login(address="about:blank", domain=login.domain, proof=None)
        return await fetch_login(here, copy, finished=finished, headless=True)

    with tempfile.TemporaryDirectory(prefix="fengsheng-profile-") as space:
        copy = Path(space) / "browser"
        shutil.copytree(profile, copy, symlinks=True, ignore=shutil.ignore_patterns("Singleton*"))
        return _save(folder, platform, asyncio.run(read(copy)))


def _save(folder: Path, platform: Platform, state: Mapping[str, Any]) -> Path:
    path = folder / platform / STATE
    save_state(path, state)
    return path


def check_session(
    platform: Platform,
    *,
    environment: Mapping[str, str],
    now: datetime,
    request: PollRequest,
    fetch: Callable[[PollRequest], PollResult] | None = None,
) -> SessionReport:
    """Is the session of a platform alive, and why not? The platform itself is asked, with its control query.

    Args:
        environment: holds the keys and the folder of the profiles.
        request: a CONTROL poll of the platform.
        fetch: makes the poll; by default in a child process.
    """
    held = read_state(platform, environment, now=now)
    if platform in LOGINS and held is not None and held.has_proof is False:
        ended = f", it ran out on {held.ends_at:%Y-%m-%d}" if held.ends_at else ""
        why = f"the saved session holds no valid login cookie{ended}: fengsheng login {platform}"
        return SessionReport(platform=platform, verdict="dead", why=why, held=held)
    if platform in KEYS and not all(environment.get(name, "").strip() for name in KEYS[platform]):
        missing = [n for n in KEYS[platform] if not environment.get(n, "").strip()]
        why = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        return SessionReport(platform=platform, verdict="dead", why=why)
    result = fetch(request) if fetch is not None else fetch_once(request, environment=environment)
    verdict, why = _judge(platform, held, result)
    return SessionReport(platform=platform, verdict=verdict, why=why, outcome=result.outcome, held=held)


def _judge(platform: Platform, held: Held | None, result: PollResult) -> tuple[Verdict, str]:
    detail = f" ({result.detail})" if result.detail else ""
    if result.outcome is Outcome.ITEMS:
        whose = "with the saved session" if held is not None else "without a saved session"
        return "alive", f"{platform} answers a search {whose if platform in LOGINS else 'with the key'}"
    if result.outcome is Outcome.BLOCKED_LOGIN:
        remedy = (
            f"fengsheng login {platform}" if platform in LOGINS else f"check {' and '.join(KEYS.get(platform, ()))}"
        )
        first = (
            "the saved session is not accepted" if held is not None else "no session is saved and a login is asked for"
        )
        return "dead", f"{first if platform in LOGINS else 'the key is not accepted'}{detail}: {remedy}"
    if result.outcome is Outcome.BLOCKED_CAPTCHA:
        return "dead", f"{platform} asks for a human check{detail}: fengsheng login {platform} and pass it by hand"
    return (
        "unknown",
        f"the look ended with {result.outcome}{detail}: that says nothing about the session, try again later",
    )
