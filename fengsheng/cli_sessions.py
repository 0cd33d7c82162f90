"""Commands about the operator's own sessions on platforms: log in by hand, and whether the session is alive."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fengsheng.arguments import Config, Json
from fengsheng.printing import local, print_json, print_plain
from fengsheng.wiring import House, load_house, system_clock
from records.errors import BadInput, Failed, Problem
from records.mention import Platform
from records.outcome import PollRequest, Task

ALWAYS_FOUND = "weather"
"""What is searched for where a platform's control query is off: each costs quota, but here it was asked for."""


def register(app: typer.Typer) -> None:
    app.command()(login)
    app.command()(session)


def login(
    platform: Annotated[
        str, typer.Argument(help="weibo, xiaohongshu, douyin, kuaishou, heimao, bilibili, zhihu or tieba.")
    ],
    state: Annotated[
        Path | None, typer.Option("--state", help="Take over a session saved elsewhere (state.json) instead.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="Take over the session of a Chromium profile folder instead.")
    ] = None,
    config: Config = None,
) -> None:
    """Open a browser window to log in to a platform by hand, and keep the session for the spiders.

    Nothing is typed or solved for you. The session lies in FENGSHENG_PROFILES (default: profiles beside the database), for
    your eyes only, and is sent to the platform itself only.
    """
    from fengsheng.sessions import bring_profile, bring_state, log_in, profiles_folder

    if state is not None and profile is not None:
        raise BadInput([Problem(file="--state", what="stands beside --profile: one of them is accepted")])
    house = load_house(config)
    chosen = _platform(platform)
    folder = profiles_folder(house.database, os.environ)
    if state is not None:
        saved = bring_state(chosen, folder, state)
    elif profile is not None:
        saved = bring_profile(chosen, folder, profile)
    else:
        saved = log_in(chosen, folder, environment=os.environ, say=print_plain)
    if house.database.exists():
        with house.open_store() as store:  # a source that waited for this login is tried again now
            store.hasten_probe(str(chosen), system_clock())
    print_plain(f"session saved in {saved}; fengsheng session {platform} tells whether it is alive")


def session(
    platform: Annotated[str, typer.Argument(help="A platform: weibo, xiaohongshu, bluesky …")],
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Another address, e.g. the instance of mastodon.")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Say whether the session (or key) of a platform is alive, and why not; exit 1 where it is not."""
    from fengsheng.sessions import check_has_session, check_session, with_profiles

    house = load_house(config)
    chosen = _platform(platform)
    check_has_session(chosen)
    environment = with_profiles(house.database, os.environ)
    now = system_clock()
    request = _control(house, chosen, base_url)
    report = check_session(chosen, environment=environment, now=now, request=request)
    held = report.held
    record: dict[str, Any] = {
        "platform": str(chosen),
        "session": report.verdict,
        "why": report.why,
        "outcome": str(report.outcome) if report.outcome else None,
        "file": str(held.path) if held else None,
        "saved_at": held.saved_at.isoformat() if held else None,
        "ends_at": held.ends_at.isoformat() if held and held.ends_at else None,
    }
    if json:
        print_json(record)
    else:
        print_plain(f"{platform}: {report.verdict} — {report.why}")
        if held is not None:
            print_plain(f"saved {_when(held.saved_at, house)} in {held.path}" + _end(held.ends_at, house))
    sys.stdout.flush()
    if report.verdict != "alive":
        raise Failed(
            f"the session of {platform} is {'not alive' if report.verdict == 'dead' else 'not known to be alive'}"
        )


def _when(at: datetime, house: House) -> str:
    return local(at, house.config.zone)


def _end(at: datetime | None, house: House) -> str:
    return f", its login runs out {_when(at, house)}" if at is not None else ""


def _platform(name: str) -> Platform:
    from crawlers.catalogue import CATALOGUE

    if name not in tuple(CATALOGUE):
        raise BadInput([Problem(file="platform", what=f'"{name}" is no source: {", ".join(CATALOGUE)} are accepted')])
    return Platform(name)


def _control(house: House, platform: Platform, base_url: str | None) -> PollRequest:
    """The control query of a platform, with the address and options of the first brand that watches it."""
    from crawlers.options import Options
    from fengsheng.polling import plan_requests

    planned = [p.request for p in plan_requests(house.config, house.words) if p.request.platform is platform]
    options = dict(planned[0].options) if house.configured and planned else {}
    word = Options(platform, options).text("control") or ALWAYS_FOUND
    options["pages"] = "1"
    address = base_url or (planned[0].base_url if house.configured and planned else None)
    if platform is Platform.MASTODON and address is None:
        raise BadInput(
            [Problem(file="--base-url", what="the instance's address is needed, e.g. https://mastodon.social")]
        )
    return PollRequest(
        platform=platform,
        brand="",
        query=word,
        base_url=address,
        limit=5,
        options=tuple(sorted(options.items())),
        task=Task.CONTROL,
    )
