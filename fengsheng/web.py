"""Serves the local chat page in the event loop of the chat process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn

from fengsheng.incidents import Incidents
from fengsheng.serving import QuietServer, listen
from fengsheng.wiring import Clock, House
from notifier.channels.passwords import parse_passwords
from notifier.channels.web import WebChannel, WebSettings, make_web_app
from records.chat import Press, QueuedItem
from records.errors import BadInput, Problem
from storage.keys import keyed_hash
from storage.sqlite import Store

SHOWN_FOR = timedelta(hours=24)
"""A closed incident's card stays on the page for so long."""


class _Feed:
    """The ledger as the page wants it: what was said on it, however many cards were drawn meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ledger(self, incident: str | None = None, limit: int = 100, /) -> Sequence[QueuedItem]:
        return self._store.delivered("web", limit)


def cards_shown(store: Store, now: datetime) -> list[tuple[str, str]]:
    """(incident, target) of the cards on the page: open ones, the highest level first, then those closed of late."""
    rows = [r for r in store.load_incidents(limit=500) if not r.historic]
    rows = [r for r in rows if r.status == "open" or (r.closed_at is not None and now - r.closed_at < SHOWN_FOR)]
    rows.sort(key=lambda r: (r.status != "open", -r.level, -r.opened_at.timestamp()))
    return [(r.id, "web") for r in rows[:20]]


class WebServer:
    """The page and its channel; ``address`` is known once started."""

    def __init__(self, house: House, store: Store, *, press: Callable[[Press], Awaitable[str]], clock: Clock) -> None:
        web = house.config.web
        incidents = Incidents(store=store, house=house)
        settings = WebSettings(
            secret=bytes.fromhex(keyed_hash(house.key, "web sessions")),
            host=web.host,
            passwords=load_passwords(web.passwords) if web.passwords else {},
            lang=house.config.language,
            zone=house.config.zone,
            drill=house.drill,
        )
        app = make_web_app(
            _Feed(store),
            press,
            store.load_people,
            lambda incident, channel, target: incidents.card(incident, now=clock()),
            settings,
            clock=clock,
            incidents=lambda: cards_shown(store, clock()),
        )
        self.channel = WebChannel()
        self.address = ""
        self._host, self._port = web.host, web.port
        self._server = QuietServer(
            uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        )
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            Failed: the address is taken or not ours, naming it.
        """
        remedy = "web.port (FENGSHENG_WEB_PORT), or --port of a drill, names another port; 0 takes any free one"
        self._socket, address = listen(self._host, self._port, what="the local page", remedy=remedy)
        self.address = f"{address}/"
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()


def load_passwords(path: Path) -> Mapping[str, str]:
    """Read the file of login names and password hashes.

    Raises:
        BadInput: with every problem of the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be read: {error.strerror}")]) from None
    passwords, problems = parse_passwords(text, str(path))
    if problems:
        raise BadInput(problems)
    return passwords
