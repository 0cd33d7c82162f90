"""Reddit's stand-in: tokens for clients, search, info, comments, and the public search feed.

A client whose secret begins with "wrong" is refused.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import reddit_pages as pages
from drill.feed_pages import ATOM_TYPE, LOGIN_PAGE, select_any
from drill.sites.base import Site, Stage
from drill.world import OutPost
from records.mention import Platform

View = Callable[[Request], Awaitable[Response]]


def routes(stage: Stage) -> Sequence[BaseRoute]:
    def api(view: View) -> View:
        """For clients only, each answer with the state of their budget."""

        async def answer(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in stage.tickets:
                return JSONResponse(pages.UNAUTHORIZED, 401)
            response = await view(request)
            response.headers.update(
                {"X-Ratelimit-Used": "3", "X-Ratelimit-Remaining": "597.0", "X-Ratelimit-Reset": "412"}
            )
            return response

        return answer

    async def token(request: Request) -> Response:
        client = _client(request)
        form = await request.form()
        if client is None or client[1].startswith("wrong"):
            return JSONResponse(pages.UNAUTHORIZED, 401)
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"})
        given = secrets.token_urlsafe(24)
        stage.tickets.add(given)
        return JSONResponse({"access_token": given, "token_type": "bearer", "expires_in": 86400, "scope": "*"})

    async def search(request: Request) -> Response:
        found = select_any(stage.out(Platform.REDDIT), request.query_params.get("q", ""))
        size, mode = _limit(request), stage.mode(Platform.REDDIT)
        after = request.query_params.get("after")
        start = next((n + 1 for n, out in enumerate(found) if out.id == after), 0)
        if mode == "repeat":
            start = 0
        elif mode == "endless":
            start = min(start, max(0, len(found) - 1) // size * size)
        shown = found[start : start + size]
        more = bool(shown) and (start + size < len(found) or mode in ("repeat", "endless"))
        children = [pages.thing("t3", pages.render_post(out, raw=_raw(request))) for out in shown]
        return JSONResponse(pages.listing(children, shown[-1].id if more else None))

    async def info(request: Request) -> Response:
        posts, children = {out.id: out for out in stage.out(Platform.REDDIT)}, []
        for ident in request.query_params.get("id", "").split(",")[:100]:
            if ident in posts:
                children.append(pages.thing("t3", pages.render_post(posts[ident], raw=_raw(request))))
            elif stage.was_deleted(Platform.REDDIT, ident):
                children.append(pages.thing("t3", pages.render_withdrawn(ident, stage.clock().timestamp())))
        return JSONResponse(pages.listing(children))

    async def comments(request: Request) -> Response:
        ident = f"t3_{request.path_params['ident']}"
        out = _find(stage, ident)
        if out is not None:
            return JSONResponse(pages.render_comments(out, _limit(request), raw=_raw(request)))
        if stage.was_deleted(Platform.REDDIT, ident):
            shell = pages.thing("t3", pages.render_withdrawn(ident, stage.clock().timestamp()))
            return JSONResponse([pages.listing([shell]), pages.listing([])])
        return JSONResponse(pages.NOT_FOUND, 404)

    async def more(request: Request) -> Response:
        out = _find(stage, request.query_params.get("link_id", ""))
        if out is None:
            return JSONResponse(pages.NOT_FOUND, 404)
        asked = request.query_params.get("children", "").split(",")
        return JSONResponse(pages.render_more(out, asked, raw=_raw(request)))

    async def feed(request: Request) -> Response:
        query = request.query_params.get("q", "")
        found = select_any(stage.out(Platform.REDDIT), query)[: _limit(request)]
        return Response(pages.render_feed(found, query, stage.clock()), media_type=ATOM_TYPE)

    async def login(request: Request) -> Response:
        return HTMLResponse(LOGIN_PAGE)

    return [
        Route("/api/v1/access_token", token, methods=["POST"]),
        Route("/search", api(search)),
        Route("/r/{subreddits}/search", api(search)),
        Route("/api/info", api(info)),
        Route("/comments/{ident}", api(comments)),
        Route("/api/morechildren", api(more)),
        Route("/search.rss", feed),
        Route("/r/{subreddits}/search.rss", feed),
        Route("/login", login),
    ]


def _find(stage: Stage, ident: str) -> OutPost | None:
    return next((out for out in stage.out(Platform.REDDIT) if out.id == ident), None)


def _client(request: Request) -> tuple[str, str] | None:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        ident, colon, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (ident, secret) if kind == "Basic" and colon and ident and secret else None


def _limit(request: Request) -> int:
    shown = request.query_params.get("limit", "25")
    return min(max(int(shown), 1), 100) if shown.isdecimal() else 25


def _raw(request: Request) -> bool:
    return request.query_params.get("raw_json") == "1"


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return JSONResponse(pages.UNAUTHORIZED, 401)
    if kind == "captcha":
        return HTMLResponse(pages.BLOCKED_PAGE, 403)
    if kind == "rate":
        return JSONResponse(pages.TOO_OFTEN, 429, headers={"Retry-After": "212", "X-Ratelimit-Remaining": "0.0"})
    if kind == "blank":
        return Response(b"", 200)
    if kind == "empty" and asked == "page":
        return Response('<feed xmlns="http://www.w3.org/2005/Atom"><id>/search.rss</id></feed>', media_type=ATOM_TYPE)
    if kind == "empty":
        return JSONResponse(pages.listing([]))
    return None


SITE = Site(
    platform=Platform.REDDIT,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"score", "ups", "num_comments", "num_crossposts"}),
    users=frozenset({"author"}),
    renamed={"children": "items", "feed": "board", "entry": "notice"},
    open_paths=("/robots.txt", "/login", "/api/v1/access_token"),
    page_paths=("/search.rss",),
)
"""Tokens are given whatever stands before the rest: the client is known, its requests are refused."""
