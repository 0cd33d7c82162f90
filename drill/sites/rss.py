"""A forum with feeds of all three forms, and an RSSHub beside it; feeds are sent again only where they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from drill import feed_pages
from drill.sites.base import Site, Stage
from drill.world import OutPost
from records.mention import Platform


def routes(stage: Stage) -> Sequence[BaseRoute]:
    def listed(request: Request) -> list[OutPost]:
        posts = stage.out(Platform.RSS)
        query = request.query_params.get("q", "")
        return feed_pages.select_any(posts, query) if query else posts

    def unless_known(request: Request, body: str, kind: str) -> Response:
        """The feed, or 304 for a reader that has it as it is; a feed that misbehaves is not the one the reader has."""
        tag = _tag(body, kind)
        if request.headers.get("if-none-match") == tag and stage.mode(Platform.RSS) is None:
            return Response(status_code=304, headers={"ETag": tag})
        return Response(body, media_type=kind, headers={"ETag": tag})

    async def rss(request: Request) -> Response:
        return unless_known(request, feed_pages.render_rss(listed(request), stage.clock()), feed_pages.RSS_TYPE)

    async def atom(request: Request) -> Response:
        return unless_known(request, feed_pages.render_atom(listed(request), stage.clock()), feed_pages.ATOM_TYPE)

    async def json_feed(request: Request) -> Response:
        return unless_known(request, feed_pages.render_json_feed(listed(request)), feed_pages.JSON_TYPE)

    async def weibo(request: Request) -> Response:
        query = request.path_params["query"]
        found = feed_pages.select_any(stage.out(Platform.WEIBO), query)
        if not found:
            return HTMLResponse(
                feed_pages.rsshub_error("Error: this route is empty, please check the original site"), 503
            )
        return Response(feed_pages.render_rsshub_weibo(found, query, stage.clock()), media_type="application/xml")

    async def login(request: Request) -> Response:
        return HTMLResponse(feed_pages.LOGIN_PAGE)

    async def no_route(request: Request) -> Response:
        return HTMLResponse(feed_pages.rsshub_error("NotFoundError: wrong path"), 404)

    async def withdrawn(request: Request) -> Response:
        return Response("Gone", 410)

    return [
        Route("/", rss),
        Route("/feed.xml", rss),
        Route("/atom.xml", atom),
        Route("/feed.json", json_feed),
        Route("/old.xml", withdrawn),
        Route("/weibo/keyword/{query}", weibo),
        Route("/weibo/{rest:path}", no_route),
        Route("/login", login),
    ]


def _tag(body: str, kind: str) -> str:
    """A mark of what the feed holds; the time of its making does not count."""
    stable = body.partition("<lastBuildDate>")[0] + body.partition("</lastBuildDate>")[2]
    if kind == feed_pages.ATOM_TYPE:
        stable = body.partition("<entry>")[2]
    return f'"{hashlib.sha256((stable or body).encode()).hexdigest()[:16]}"'


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return HTMLResponse(feed_pages.rsshub_error("RejectError: Authentication failed. Access denied."), 403)
    if kind == "captcha":
        return HTMLResponse(feed_pages.GUARD_PAGE, 403)
    if kind == "rate":
        message = 'FetchError: [GET] "https://bbs.example/api": 429 Too Many Requests'
        return HTMLResponse(feed_pages.rsshub_error(message), 503)
    if kind == "empty":
        return Response(feed_pages.NO_ITEMS, media_type=feed_pages.RSS_TYPE)
    return None


SITE = Site(
    platform=Platform.RSS,
    routes=routes,
    refuse=refuse,
    renamed={
        "rss": "bulletin",
        "channel": "board",
        "item": "notice",
        "feed": "board",
        "entry": "notice",
        "items": "rows",
    },
    open_paths=("/robots.txt", "/login"),
)
"""Redirects lead to /login, which stands open."""
