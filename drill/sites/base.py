"""What a stand-in of a platform is, what it may use of the drill, and how any stand-in misbehaves on command (W6).

A stand-in is one module ``drill/sites/<platform>.py`` with ``SITE = Site(...)``: its routes speak the platform's real
shapes, ``refuse`` its real walls. What every platform can do wrong alike (cut JSON, renamed keys, wrong charset, slow
bytes) happens around it, in ``misbehaving``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drill.world import OutPost, short_count
from records.mention import Platform

REFUSALS = ("login", "captcha", "rate", "empty", "blank", "redirect")
"""Kinds that a platform answers in its own shape: login wall, human check, too often, status 200 with an empty list that
proves nothing, status 200 with no body, redirect to the login page."""
DAMAGES = ("truncated", "changed", "counts", "userless", "charset", "drip")
"""Kinds that damage a good answer: cut JSON, renamed keys, counts as "1.2万", no author, wrong charset, slow bytes."""
PAGINGS = ("endless", "repeat")
"""Kinds that concern paging: pages never end (the last page comes again and promises more), every page is the first."""
KINDS = (*REFUSALS, *DAMAGES, *PAGINGS, "slow", "down")
"""All kinds; slow waits before the answer, down is HTTP 502."""


class Stage(Protocol):
    """What the stand-ins need of the drill."""

    tickets: set[str]
    """Tickets of pages that were opened: requests without one come from no page."""

    def out(self, platform: Platform) -> list[OutPost]:
        """What is listed now, newest first, with a few everyday posts about nothing (control queries find them)."""

    def was_deleted(self, platform: Platform, ident: str) -> bool: ...
    def clock(self) -> datetime: ...
    def pause(self, seconds: float, /) -> Awaitable[None]: ...
    def mode(self, platform: Platform) -> str | None:
        """The misbehaviour that stands before a platform now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    platform: Platform
    routes: Callable[[Stage], Sequence[BaseRoute]]
    refuse: Callable[[str, str], Response | None]
    """(kind of REFUSALS, "page" or "api") → the platform's own refusal; None where it has no such wall there."""
    counts: frozenset[str] = frozenset()
    """Keys of counts in its JSON."""
    users: frozenset[str] = frozenset()
    """Keys of author objects in its JSON."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Keys → new names for a changed layout; the parser must not find what it needs afterwards."""
    open_paths: tuple[str, ...] = ("/robots.txt", "/fe/")
    """Paths that no wall stands before."""
    page_paths: tuple[str, ...] = ()
    """Beginnings of paths that people open (HTML), as against what scripts ask for."""


def page_of(found: Sequence[OutPost], number: int, size: int, mode: str | None) -> tuple[Sequence[OutPost], bool]:
    """One page of results and whether there are more; pages count from 1.

    With ``endless`` the last page comes again for ever, with ``repeat`` every page is the first.
    """
    number = max(1, number)
    if mode == "repeat":
        return found[:size], bool(found)
    last = max(1, -(-len(found) // size))
    if mode == "endless":
        number = min(number, last)
        return found[(number - 1) * size : number * size], bool(found)
    return found[(number - 1) * size : number * size], number < last


def misbehaving(app: ASGIApp, site: Site, stage: Stage) -> ASGIApp:
    """The stand-in with the misbehaviour that stands now."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        mode = stage.mode(site.platform) if scope["type"] in ("http", "websocket") else None
        if mode is None or mode in PAGINGS or scope["path"].startswith(site.open_paths):
            await app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            if mode in ("slow", "drip", *DAMAGES):
                await app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1013})
            return
        if mode == "slow":
            await stage.pause(45.0)
            await app(scope, receive, send)
        elif mode in REFUSALS or mode == "down":
            refusal = Response("Bad Gateway", 502) if mode == "down" else _refusal(site, mode, _asked(scope, site))
            await (refusal or app)(scope, receive, send)
        else:
            await _damaged(app, site, stage, mode, scope, receive, send)

    return answer


def _asked(scope: Scope, site: Site) -> str:
    """ "page" for what a person opens, "api" for what a script asks for."""
    return "page" if site.page_paths and scope["path"].startswith(site.page_paths) else "api"


def _refusal(site: Site, kind: str, asked: str) -> Response | None:
    own = site.refuse(kind, asked)
    if own is None and kind == "blank" and asked == "api":
        return Response(b"", 200, media_type="application/json")
    if own is None and kind == "redirect":
        return RedirectResponse("/login?redirect=search", 302)
    return own


async def _damaged(
    app: ASGIApp, site: Site, stage: Stage, mode: str, scope: Scope, receive: Receive, send: Send
) -> None:
    """Let the stand-in answer, and damage the answer on its way; pages and scripts of a browser site stay whole."""
    start: Message = {}
    body = b""

    async def keep(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
        else:
            body += message.get("body", b"")

    await app(scope, receive, keep)
    told = b"".join(v for k, v in start["headers"] if k.lower() == b"content-type")
    if not (b"html" in told or b"javascript" in told or b"css" in told):
        body, told = damage(body, told, mode, site)
    headers = [(k, v) for k, v in start["headers"] if k.lower() not in (b"content-length", b"content-type")]
    headers += [(b"content-type", told), (b"content-length", str(len(body)).encode())]
    await send({**start, "headers": headers})
    if mode == "drip":
        step = max(1, len(body) // 8)
        for place in range(0, len(body), step):
            await stage.pause(0.05)
            await send({"type": "http.response.body", "body": body[place : place + step], "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})


def damage(body: bytes, content_type: bytes, mode: str, site: Site) -> tuple[bytes, bytes]:
    """A good answer gone wrong: (body, content type)."""
    if mode == "truncated":
        return body[: max(1, len(body) * 2 // 3)], content_type
    if mode == "charset":
        return body.decode("utf-8", "replace").encode("gb18030"), re.sub(rb";.*", b"", content_type)
    if mode not in ("changed", "counts", "userless"):
        return body, content_type
    try:
        document = json.loads(body)
    except ValueError:
        return _rewritten_lines(body, mode, site), content_type
    return json.dumps(_rewritten(document, mode, site), ensure_ascii=False).encode(), content_type


def _rewritten_lines(body: bytes, mode: str, site: Site) -> bytes:
    """Text that is not one JSON document: objects that stand on lines of their own, perhaps behind a line with their
    length in hex; and in anything else the names of keys."""
    lines = body.split(b"\r\n")
    for place, line in enumerate(lines):
        if line.startswith(b"{"):
            lines[place] = json.dumps(_rewritten(json.loads(line), mode, site), ensure_ascii=False).encode()
            if place and lines[place - 1] == b"%x" % len(line):
                lines[place - 1] = b"%x" % len(lines[place])
        elif mode == "changed":
            text = line.decode("utf-8", "replace")
            for old, new in site.renamed.items():
                text = re.sub(rf"\b{re.escape(old)}\b", new, text)
            lines[place] = text.encode()
    return b"\r\n".join(lines)


def _rewritten(node: Any, mode: str, site: Site) -> Any:
    if isinstance(node, list):
        return [_rewritten(item, mode, site) for item in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if mode == "changed" and key in site.renamed:
            found[site.renamed[key]] = _rewritten(value, mode, site)
        elif mode == "userless" and key in site.users:
            found[key] = None
        elif mode == "counts" and key in site.counts and isinstance(value, int) and not isinstance(value, bool):
            found[key] = str(short_count(value))
        else:
            found[key] = _rewritten(value, mode, site)
    return found
