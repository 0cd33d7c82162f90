"""The requests of the web chat: show, poll, press, say who one is, log in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from notifier.callbacks import valid_token
from notifier.channels.passwords import check_password
from notifier.channels.web_guard import LoginBrake, Session, Sessions, csrf_fits, is_loopback, same_origin
from notifier.channels.web_view import etag_of, select_card_incidents, show_history, show_message
from notifier.channels.web_words import WORDS
from notifier.plain import plain_line, plain_text
from notifier.view import SHANGHAI
from notifier.wording import Lang, role_name
from records.chat import Message, Press, QueuedItem
from records.event import Person

_PAGES = Path(__file__).resolve().parent.parent / "pages"
_ASSETS = {"chat.css": "text/css", "chat.js": "text/javascript", "icon.svg": "image/svg+xml"}
_TYPED_CHARS = 4000
_BODY_BYTES = 64 * 1024
_HISTORY = 200
# What an unknown name is checked against, so that a login takes as long whether the name exists or not.
_NOBODY = "scrypt$16384$8$1$AAAAAAAAAAAAAAAAAAAAAA==$" + "A" * 43 + "="


class WebFeed(Protocol):
    """What the page reads; a ``storage`` store fits."""

    def ledger(self, incident: str | None = None, limit: int = 100, /) -> Sequence[QueuedItem]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    secret: bytes
    """Signs sessions; 32 random bytes that outlive a restart, or logins do not."""
    host: str = "127.0.0.1"
    """The address the server is bound to."""
    names: tuple[str, ...] = ()
    """Further host names under which the page is reached, e.g. behind a proxy."""
    passwords: Mapping[str, str] = field(default_factory=dict)
    """Person's name → hash (see ``passwords.parse_passwords``). Needed where ``host`` is not loopback."""
    https: bool = False
    lang: Lang = "zh"
    zone: tzinfo = SHANGHAI
    target: str | None = None
    """Show only this chat; None = all chats of the web channel."""
    title: str = "风声"
    drill: bool = False
    """The whole page belongs to a drill and says so."""

    @property
    def login(self) -> bool:
        return bool(self.passwords) or not is_loopback(self.host)


async def show_asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        return Response(status_code=404)
    return FileResponse(_PAGES / name, media_type=_ASSETS[name])


class Page:
    """Handlers over one feed; see ``web.make_web_app``."""

    def __init__(
        self,
        feed: WebFeed,
        on_press: Callable[[Press], Awaitable[str]],
        people: Callable[[], Sequence[Person]],
        render_card: Callable[[str, str, str], Message | None],
        settings: WebSettings,
        clock: Callable[[], datetime],
        incidents: Callable[[], Sequence[tuple[str, str]]] | None = None,
    ) -> None:
        self._incidents = incidents
        self._feed = feed
        self._on_press = on_press
        self._people = people
        self._render_card = render_card
        self._settings = settings
        self._clock = clock
        self._words = WORDS[settings.lang]
        self._sessions = Sessions(settings.secret, secure=settings.https, clock=clock)
        self._brake = LoginBrake()
        self._templates = Environment(
            loader=FileSystemLoader(_PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )

    async def show(self, request: Request) -> Response:
        session = self._sessions.load(request)
        if self._locked(session):
            return RedirectResponse("/login", status_code=303)
        return self._answer("chat.html", session, **self._content(session))

    async def show_feed(self, request: Request) -> Response:
        """The moving part of the page; 304 while nothing changed."""
        session = self._sessions.load(request)
        if self._locked(session):
            return Response(status_code=401)
        content = self._content(session)
        if request.headers.get("if-none-match") == content["etag"]:
            return Response(status_code=304, headers={"etag": content["etag"]})
        html = self._templates.get_template("feed.html").render(**self._common(session), **content)
        return HTMLResponse(html, headers={"etag": content["etag"]})

    async def press(self, request: Request) -> Response:
        session = self._sessions.load(request)
        form = await _small_form(request)
        if (
            self._locked(session)
            or form is None
            or not same_origin(request)
            or not csrf_fits(session, form.get("csrf"))
        ):
            return self._told(request, self._words["stale"], ok=False, status=403)
        person = self._person(session)
        if person is None:
            return self._told(request, self._words["who_first"], ok=False, status=400)
        token, typed = str(form.get("token", "")), plain_text(str(form.get("typed", "")))[:_TYPED_CHARS]
        asks = str(form.get("asks", ""))
        if not valid_token(token):
            return self._told(request, self._words["stale"], ok=False, status=400)
        if asks in ("evidence", "reason") and not typed:
            return self._told(request, self._words["needs_" + asks], ok=False, status=400)
        press = Press(
            channel="web",
            account=person.id,
            target=plain_line(str(form.get("target", "")), 100) or self._settings.target or "",
            token=token,
            typed=typed or None,
            at=self._clock(),
        )
        return self._told(request, await self._on_press(press), ok=True)

    async def choose_person(self, request: Request) -> Response:
        """On a machine of one's own: "I am …"; behind a login nobody can choose."""
        session = self._sessions.load(request)
        form = await _small_form(request)
        if self._settings.login or form is None or not same_origin(request) or not csrf_fits(session, form.get("csrf")):
            return self._told(request, self._words["stale"], ok=False, status=403)
        chosen = str(form.get("person", ""))
        known = any(p.id == chosen for p in self._people())
        response = RedirectResponse("/", status_code=303)
        self._sessions.save(response, self._sessions.named(session, chosen if known else None))
        return response

    async def login(self, request: Request) -> Response:
        session = self._sessions.load(request)
        if not self._settings.login:
            return RedirectResponse("/", status_code=303)
        if request.method == "GET":
            return self._answer("login.html", session)
        form = await _small_form(request)
        if form is None or not same_origin(request) or not csrf_fits(session, form.get("csrf")):
            return self._answer("login.html", session, status=403, problem=self._words["stale"])
        name, password = str(form.get("name", ""))[:100], str(form.get("password", ""))[:1000]
        now, keys = self._clock(), (f"ip {request.client.host if request.client else ''}", f"name {name}")
        if any(self._brake.held(key, now) for key in keys):
            return self._answer("login.html", session, status=429, problem=self._words["too_many"])
        stored = self._settings.passwords.get(name, _NOBODY)
        fits = await asyncio.to_thread(check_password, password, stored)
        person = next((p for p in self._people() if p.name == name), None)
        if not fits or person is None or name not in self._settings.passwords:
            for key in keys:
                self._brake.note_failure(key, now)
            return self._answer("login.html", session, status=403, problem=self._words["wrong"])
        response = RedirectResponse("/", status_code=303)
        self._sessions.save(response, self._sessions.named(session, person.id))
        return response

    async def logout(self, request: Request) -> Response:
        session = self._sessions.load(request)
        form = await _small_form(request)
        if form is None or not csrf_fits(session, form.get("csrf")):
            return self._told(request, self._words["stale"], ok=False, status=403)
        response = RedirectResponse("/login" if self._settings.login else "/", status_code=303)
        self._sessions.save(response, self._sessions.named(session, None))
        return response

    def _locked(self, session: Session) -> bool:
        return self._settings.login and self._person(session) is None

    def _person(self, session: Session) -> Person | None:
        return next((p for p in self._people() if p.id == session.person), None)

    def _content(self, session: Session) -> dict[str, Any]:
        rows, now, target = self._feed.ledger(None, _HISTORY), self._clock(), self._settings.target
        cards, carded = [], set()
        for incident, chat in self._incidents() if self._incidents else select_card_incidents(rows, target):
            message = self._render_card(incident, "web", chat)
            if message is not None:
                carded.add(incident)
                cards.append(show_message(message, f"c-{incident}", kind="card", target=chat))
        history = show_history(rows, now=now, zone=self._settings.zone, target=target, carded=carded)
        # The small print carries the minute; it alone is no change.
        mark = etag_of(
            [[repr(replace(card, foot="")) for card in cards], [(h.ident, h.folded) for h in history], session.person]
        )
        return {"cards": cards, "history": history, "etag": mark}

    def _common(self, session: Session) -> dict[str, Any]:
        person = self._person(session)
        return {
            "w": self._words,
            "settings": self._settings,
            "csrf": session.csrf,
            "me": person,
            "people": self._people() if not self._settings.login else (),
            "roles_of": lambda p: "、".join(f"{role_name(r, self._settings.lang)} {ab}" for r, ab in p.roles.items()),
        }

    def _answer(self, template: str, session: Session, *, status: int = 200, **values: Any) -> Response:
        html = self._templates.get_template(template).render(**{"problem": "", **self._common(session), **values})
        response = HTMLResponse(html, status_code=status)
        self._sessions.save(response, session)
        return response

    def _told(self, request: Request, text: str, *, ok: bool, status: int = 200) -> Response:
        """The outcome of a form: JSON for the page's script, a page with the sentence without it."""
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"ok": ok, "text": text}, status_code=status)
        return self._answer("told.html", self._sessions.load(request), status=status, told=text)


async def _small_form(request: Request) -> Mapping[str, Any] | None:
    """The form of a request, or None where it is no form or larger than any of ours."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _BODY_BYTES:
        return None
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    return await request.form()
