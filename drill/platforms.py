"""The drill's servers on 127.0.0.1: a stand-in for every platform and the Telegram Bot API, each on a free port of its own.

They speak the platforms' real shapes, so that a drill runs the same crawler and the same bot code as the real thing (P11).
``DrillServer`` runs them in one thread with its own event loop and drives the scripted group.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from drill.group import Move, Refused, ScriptedGroup
from drill.scenario import GroupScript, Scenario
from drill.sites import load_sites
from drill.sites.base import Site, misbehaving
from drill.telegram import BotApi, Clock, Counts, failure
from drill.walls import Walls, misbehaviours
from drill.world import OutPost, PublishedPost, World, everyday
from records.errors import Failed
from records.mention import Platform

ROBOTS = "User-agent: *\nAllow: /\n"
Pause = Callable[[float], Awaitable[None]]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Stage:
    """What the sites share: the world once the story began, the walls, and the Bot API's state."""

    def __init__(
        self, scenario: Scenario, *, speed: float, clock: Clock, pause: Pause = asyncio.sleep, scripted: bool = True
    ) -> None:
        self.scenario, self.speed, self.clock = scenario, speed, clock
        self._pause = pause
        self.began = clock()
        self.asked: defaultdict[Platform, list[tuple[datetime, str]]] = defaultdict(list)
        """Every request: when, and its path."""
        self.world: World | None = None
        self.walls = Walls()
        script = scenario.group if scripted else GroupScript()
        self.group = ScriptedGroup(script, scenario.people, speed)
        self.tickets: set[str] = set()
        names = {m.telegram: m.name for m in scenario.people}
        self.bot = BotApi(names=names, group=self.group, clock=clock, first_update=secrets.randbelow(10**8) + 1)

    def out(self, platform: Platform) -> list[OutPost]:
        """What is listed now, newest first; the everyday posts stand at the end."""
        return [*(self.world.out(self.clock(), platform) if self.world else []), *everyday(platform, self.began)]

    def pause(self, seconds: float, /) -> Awaitable[None]:
        return self._pause(seconds)

    def mode(self, platform: Platform) -> str | None:
        return self.walls.now(platform)

    def was_deleted(self, platform: Platform, ident: str) -> bool:
        return self.world.was_deleted(platform, ident, self.clock()) if self.world else False

    def site_app(self, site: Site) -> ASGIApp:
        app = misbehaving(Starlette(routes=[Route("/robots.txt", robots), *site.routes(self)]), site, self)

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] in ("http", "websocket"):
                self.asked[site.platform].append((self.clock(), scope["path"]))
            await app(scope, receive, send)

        return counted

    def telegram_app(self) -> Starlette:
        async def call(request: Request) -> Response:
            kind = self.walls.now("telegram")
            if kind == "rate":
                status, body = failure(429, "Too Many Requests: retry after 3", retry_after=3)
                return JSONResponse(body, status)
            if kind == "down":
                return Response("<html><body>502 Bad Gateway</body></html>", 502, media_type="text/html")
            try:
                params = await _params(request)
            except ValueError:
                status, body = failure(400, "Bad Request: can't parse the request body")
                return JSONResponse(body, status)
            status, body = await self.bot.call(request.path_params["method"], params)
            return JSONResponse(body, status)

        return Starlette(routes=[Route("/bot{token}/{method}", call, methods=["GET", "POST"])])

    async def drive(self) -> None:
        """Let the scripted group act when its time comes, until cancelled."""
        while True:
            self.bot.activity.clear()
            now = self.clock()
            for move in self.group.due(now):
                self.bot.deliver(move)
            due = self.group.next_at()
            wait = None if due is None else max(0.0, (due - self.clock()).total_seconds())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.bot.activity.wait(), wait)


async def robots(request: Request) -> Response:
    return PlainTextResponse(ROBOTS)


async def _params(request: Request) -> dict[str, Any]:
    """The parameters of a Bot API call from the query, a form or a JSON body."""
    params: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        body = json.loads(await request.body() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("the body is no object")
        return params | body
    async with request.form() as form:
        return params | {k: v for k, v in form.items() if isinstance(v, str)}


class _Server(uvicorn.Server):
    """A uvicorn server that says when it listens and stays out of signal handling."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class DrillServer:
    """The invented world on local ports. ``start`` returns when all of them listen; the story begins with ``begin``."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        speed: float = 60.0,
        scripted: bool = True,
        clock: Clock = utc_now,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Args:
        scenario: what happens.
        speed: story seconds per real second, above 0.
        scripted: the scenario's group presses the buttons; False where real people do.
        clock: current aware UTC time; called in the server's thread.
        pause: how "slow" answers wait.
        scripted: the scenario's group acts; without, its chat only holds what the bot writes and people act elsewhere.
        """
        if not speed > 0:
            raise Failed(f"speed is {speed:g}: a number above 0 is accepted.")
        self._stage = Stage(scenario, speed=speed, clock=clock, pause=pause, scripted=scripted)
        self._clock = clock
        self._scripted = scripted
        self._sockets: list[socket.socket] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._servers: list[_Server] = []
        self._listening = threading.Semaphore(0)
        self.weibo_url = self.xiaohongshu_url = self.telegram_url = ""
        """Base addresses without a trailing slash; the Bot API's methods are at ``{telegram_url}/bot{token}/…``."""
        self.urls: dict[Platform, str] = {}
        """Platform → base address of its stand-in, for every platform."""

    def start(self, *, begin: bool = True, timeout: float = 20.0) -> None:
        """Listen on a free port for each platform; with ``begin`` the story starts at once.

        Raises:
            Failed: the ports cannot be opened, or the servers did not come up within ``timeout`` seconds.
        """
        sites = load_sites()
        try:
            self._sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(len(sites) + 1)]
        except OSError as error:
            raise Failed(f"The drill's server cannot listen on 127.0.0.1: {error.strerror}.") from error
        for sock in self._sockets:  # else every answer but the first on a kept connection comes 40 ms late
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        addresses = [f"http://127.0.0.1:{s.getsockname()[1]}" for s in self._sockets]
        self.telegram_url = addresses[-1]
        self.urls = dict(zip(sites, addresses, strict=False))
        self.weibo_url, self.xiaohongshu_url = self.urls[Platform.WEIBO], self.urls[Platform.XIAOHONGSHU]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="drill-server", daemon=True)
        self._thread.start()
        for _ in self._sockets:
            if not self._listening.acquire(timeout=timeout):
                self.stop()
                raise Failed(f"The drill's server did not come up within {timeout:g} s.")
        if begin:
            self.begin()

    def begin(self) -> World:
        """Start the story now; posts appear from here on. Beginning twice changes nothing."""
        if self._stage.world is None:
            now = self._clock()
            self._stage.group.begin(now)
            self._stage.world = World(scenario=self._stage.scenario, speed=self._stage.speed, started_at=now)
        return self._stage.world

    def stop(self) -> None:
        """Stop listening and end the thread; stopping twice changes nothing."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._ask_to_stop)
        if self._thread is not None:
            self._thread.join(timeout=10)
        for sock in self._sockets:
            sock.close()
        self._thread = self._loop = None

    def __enter__(self) -> DrillServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def world(self) -> World | None:
        """The world once the story began."""
        return self._stage.world

    @property
    def counts(self) -> Counts:
        """What the bot did at the Telegram stand-in."""
        return self._stage.bot.counts

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages that stand in the stand-in's chats."""
        return self._stage.bot.messages

    @property
    def moves(self) -> list[tuple[datetime, Move]]:
        """What the scripted group did, with times."""
        return list(self._stage.group.moves)

    @property
    def refused(self) -> list[Refused]:
        """The presses that the bot refused."""
        return list(self._stage.group.refused)

    def asked(self, platform: Platform) -> list[tuple[datetime, str]]:
        """What the stand-in of a platform was asked so far: when, and for which path."""
        return list(self._stage.asked[platform])

    def published(self, now: datetime) -> list[PublishedPost]:
        """Truth about what is out at ``now``, oldest first; empty before the story began."""
        return self.world.published(now) if self.world else []

    def misbehave(self, platform: str, kind: str | None) -> None:
        """Put a wall before a platform, or take it away with None.

        Raises:
            Failed: the platform or the kind is unknown.
        """
        known = misbehaviours()
        accepted = known.get(platform)
        if accepted is None:
            raise Failed(f'platform is "{platform}": accepted are {", ".join(known)}.')
        if kind is not None and kind not in accepted:
            raise Failed(f'kind of misbehaviour is "{kind}": accepted for {platform} are {", ".join(accepted)}.')
        self._stage.walls.put(platform, kind)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        stage = self._stage
        apps: list[ASGIApp] = [*(stage.site_app(site) for site in load_sites().values()), stage.telegram_app()]
        for app in apps:
            config = uvicorn.Config(
                app,
                log_config=None,
                log_level="critical",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
            self._servers.append(_Server(config, self._listening.release))
        driver = asyncio.create_task(stage.drive() if self._scripted else asyncio.sleep(0))
        try:
            await asyncio.gather(
                *(s.serve(sockets=[sock]) for s, sock in zip(self._servers, self._sockets, strict=True))
            )
        finally:
            driver.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await driver

    def _ask_to_stop(self) -> None:
        self._stage.bot.close()
        for server in self._servers:
            server.should_exit = True
