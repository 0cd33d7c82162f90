"""Douyin's stand-in: pages that carry no results, and the requests of their own script."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import douyin_pages as pages
from drill.sites.base import Site, Stage
from records.mention import Platform

View = Callable[[Request], Awaitable[Response]]
_API = "/aweme/v1/web"


def load_page(name: str) -> str:
    """The text of one of the page files."""
    return (Path(__file__).parents[1] / "pages" / name).read_text(encoding="utf-8")


def routes(stage: Stage) -> Sequence[BaseRoute]:
    def api(view: View) -> View:
        async def answer(request: Request) -> Response:
            if request.headers.get("x-page-ticket") not in stage.tickets:
                return Response(pages.NO_TICKET)
            return await view(request)

        return answer

    def shown(title: str, start: str, state: str) -> Response:
        ticket = secrets.token_urlsafe(18)
        stage.tickets.add(ticket)
        values = {"TITLE": html.escape(title), "TICKET": ticket, "START": start, "STATE": state}
        return HTMLResponse(re.sub(r"%%([A-Z]+)%%", lambda match: values[match[1]], load_page("douyin.html")))

    async def search_page(request: Request) -> Response:
        return shown(f"{request.path_params['keyword']} - 抖音搜索", "startSearch", pages.render_data(None))

    async def post_page(request: Request) -> Response:
        ident = request.path_params["ident"]
        out = next((p for p in stage.out(Platform.DOUYIN) if p.id == ident and pages.is_written(p)), None)
        return shown("抖音", "startPost", pages.render_data(out))

    def screen(request: Request) -> list[dict[str, object]]:
        asked = request.query_params
        posts, mode = stage.out(Platform.DOUYIN), stage.mode(Platform.DOUYIN)
        return pages.render_search(posts, asked.get("keyword", ""), _whole(asked.get("offset")), mode, stage.clock())

    async def first_screen(request: Request) -> Response:
        return Response(pages.render_chunks(screen(request)), media_type="text/plain")

    async def next_screen(request: Request) -> Response:
        return JSONResponse(screen(request)[0])

    async def videos(request: Request) -> Response:
        asked = request.query_params
        posts, mode = stage.out(Platform.DOUYIN), stage.mode(Platform.DOUYIN)
        offset = _whole(asked.get("offset"))
        return JSONResponse(pages.render_videos(posts, asked.get("keyword", ""), offset, mode, stage.clock()))

    async def detail(request: Request) -> Response:
        ident = request.query_params.get("aweme_id", "")
        was_deleted = stage.was_deleted(Platform.DOUYIN, ident)
        return JSONResponse(pages.render_detail(stage.out(Platform.DOUYIN), ident, was_deleted=was_deleted))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        posts = stage.out(Platform.DOUYIN)
        return JSONResponse(pages.render_comments(posts, asked.get("aweme_id", ""), _whole(asked.get("cursor"))))

    async def replies(request: Request) -> Response:
        asked = request.query_params
        found = pages.render_replies(
            stage.out(Platform.DOUYIN),
            asked.get("item_id", ""),
            asked.get("comment_id", ""),
            _whole(asked.get("cursor")),
            _whole(asked.get("count")) or 3,
        )
        return JSONResponse(found)

    return [
        Route("/search/{keyword:path}", search_page),
        Route("/video/{ident}", post_page),
        Route("/note/{ident}", post_page),
        Route("/login", _login),
        Route("/fe/douyin.js", _script),
        Route(f"{_API}/general/search/stream/", api(first_screen)),
        Route(f"{_API}/general/search/single/", api(next_screen)),
        Route(f"{_API}/search/item/", api(videos)),
        Route(f"{_API}/aweme/detail/", api(detail)),
        Route(f"{_API}/comment/list/reply/", api(replies)),
        Route(f"{_API}/comment/list/", api(comments)),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        return HTMLResponse(pages.CAPTCHA_PAGE) if kind == "captcha" else None
    if kind == "login":
        return JSONResponse(pages.LOGIN)
    if kind == "captcha":
        return JSONResponse(pages.CAPTCHA)
    if kind == "rate":
        return Response("", 429)
    if kind == "empty":
        return JSONResponse(pages.SILENT)
    return None


async def _login(request: Request) -> Response:
    return HTMLResponse(pages.LOGIN_PAGE)


async def _script(request: Request) -> Response:
    return Response(load_page("douyin.js"), media_type="text/javascript")


def _whole(value: str | None) -> int:
    return int(value) if value is not None and value.isdecimal() and len(value) < 10 else 0


SITE = Site(
    platform=Platform.DOUYIN,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"digg_count", "comment_count", "share_count", "collect_count", "follower_count"}),
    users=frozenset({"author", "user"}),
    renamed={"aweme_info": "item_info", "aweme_detail": "item_detail", "comments": "comment_list"},
    open_paths=("/robots.txt", "/fe/", "/login"),
    page_paths=("/search/", "/video/", "/note/"),
)
