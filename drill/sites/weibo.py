"""Weibo's stand-in: mobile search, one post, long texts."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import weibo_pages
from drill.sites.base import Site, Stage
from records.mention import Platform


def routes(stage: Stage) -> Sequence[BaseRoute]:
    async def search(request: Request) -> Response:
        query = weibo_pages.parse_query(request.query_params.get("containerid", ""))
        page = request.query_params.get("page", "1")
        number = int(page) if page.isdecimal() else 1
        if not query:
            return JSONResponse(weibo_pages.EMPTY)
        return JSONResponse(weibo_pages.render_search(stage.out(Platform.WEIBO), query, number, stage.clock()))

    async def show(request: Request) -> Response:
        return JSONResponse(weibo_pages.render_status(stage.out(Platform.WEIBO), request.query_params.get("id", "")))

    async def extend(request: Request) -> Response:
        return JSONResponse(weibo_pages.render_extend(stage.out(Platform.WEIBO), request.query_params.get("id", "")))

    return [
        Route("/api/container/getIndex", search),
        Route("/statuses/show", show),
        Route("/statuses/extend", extend),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return JSONResponse(weibo_pages.LOGIN)
    if kind == "captcha":
        return JSONResponse(weibo_pages.CAPTCHA)
    if kind == "rate":
        return HTMLResponse(weibo_pages.TOO_OFTEN_PAGE, 432)
    if kind == "empty":
        return JSONResponse({"ok": 1, "data": {"cards": []}})
    return None


SITE = Site(
    platform=Platform.WEIBO,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"reposts_count", "comments_count", "attitudes_count", "followers_count"}),
    users=frozenset({"user"}),
    renamed={"mblog": "status_card", "mid": "status_key"},
)
