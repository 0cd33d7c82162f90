"""The web chat: a page on this machine (or behind a login) where the crisis group reads and presses.

No table of its own: the page draws the ledger's delivered rows and the cards as they stand now.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from notifier.channels.web_guard import LOOPBACK, Guard, is_loopback
from notifier.channels.web_page import Page, WebFeed, WebSettings, show_asset
from notifier.delivery import Pace, Receipt
from records.chat import Message, Press
from records.event import Person

__all__ = ["WebChannel", "WebFeed", "WebSettings", "make_web_app"]


class WebChannel:
    """Delivering is being in the ledger: the page draws from there. Answers go back with the press itself."""

    name = "web"
    interactive = True

    def pace(self, target: str) -> Pace:
        return Pace()

    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt:
        return Receipt(external_id="web-" + secrets.token_hex(8))

    async def edit(self, target: str, external_id: str, message: Message) -> Receipt:
        return Receipt(external_id=external_id)

    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None:
        """Nothing: the page shows what ``on_press`` returned."""

    async def close(self) -> None:
        """Nothing is held open."""


def make_web_app(
    feed: WebFeed,
    on_press: Callable[[Press], Awaitable[str]],
    people: Callable[[], Sequence[Person]],
    render_card: Callable[[str, str, str], Message | None],
    settings: WebSettings,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    incidents: Callable[[], Sequence[tuple[str, str]]] | None = None,
) -> Starlette:
    """The page as an ASGI app, to be served in the event loop and thread that the store belongs to.

    Args:
        feed: the ledger.
        on_press: carries out a press (channel "web", account = person id) and returns the sentence to show.
        people: the members of the group as they are now.
        render_card: (incident, "web", target) → the card as it stands, with issued buttons.
        settings: see ``WebSettings``.
        incidents: (incident, target) of the cards to show, in order; None = those of the feed, newest first.

    Raises:
        ValueError: the host is not loopback and nobody has a password.
    """
    if not is_loopback(settings.host) and not settings.passwords:
        raise ValueError(f"the web chat on {settings.host} is reachable from outside: a passwords file is needed")
    page = Page(feed, on_press, people, render_card, settings, clock, incidents)
    bound = () if settings.host in ("0.0.0.0", "::", "") else (settings.host.strip("[]"),)
    hosts = frozenset(h.lower() for h in (*LOOPBACK, *bound, *settings.names))
    routes = [
        Route("/", page.show, methods=["GET"]),
        Route("/feed", page.show_feed, methods=["GET"]),
        Route("/press", page.press, methods=["POST"]),
        Route("/me", page.choose_person, methods=["POST"]),
        Route("/login", page.login, methods=["GET", "POST"]),
        Route("/logout", page.logout, methods=["POST"]),
        Route("/assets/{name}", show_asset, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=hosts)])
