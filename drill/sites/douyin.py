"""Douyin's stand-in: pages that carry no results, and the requests of their own script."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import douyin_pages as pages
from drill.sites.base import Site, Stage
from drill.ticketed import Ticketed, page_files, read_number
from records.mention import Platform

_API = "/aweme/v1/web"


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: Response(pages.NO_TICKET))

    def shown(title: str, start: str, state: str) -> Response:
        return site.page("douyin.html", title=title, START=start, STATE=state)

    async def search_page(request: Request) -> Response:
        return shown(f"{request.path_params['keyword']} - 抖音搜索", "startSearch", pages.render_data(None))

    async def post_page(request: Request) -> Response:
        ident = request.path_params["ident"]
        out = next((p for p in stage.out(Platform.DOUYIN) if p.id == ident and pages.is_written(p)), None)
        return shown("抖音", "startPost", pages.render_data(out))

    def screen(request: Request) -> list[dict[str, object]]:
        asked = request.query_params
        posts, mode = stage.out(Platform.DOUYIN), stage.mode(Platform.DOUYIN)
        return pages.render_search(
            posts, asked.get("keyword", ""), read_number(asked.get("offset"), least=0), mode, stage.clock()
        )

    async def first_screen(request: Request) -> Response:
        return Response(pages.render_chunks(screen(request)), media_type="text/plain")

    async def next_screen(request: Request) -> Response:
        return JSONResponse(screen(request)[0])

    async def videos(request: Request) -> Response:
        asked = request.query_params
        posts, mode = stage.out(Platform.DOUYIN), stage.mode(Platform.DOUYIN)
        offset = read_number(asked.get("offset"), least=0)
        return JSONResponse(pages.render_videos(posts, asked.get("keyword", ""), offset, mode, stage.clock()))

    async def detail(request: Request) -> Response:
        ident = request.query_params.get("aweme_id", "")
        was_deleted = stage.was_deleted(Platform.DOUYIN, ident)
        return JSONResponse(pages.render_detail(stage.out(Platform.DOUYIN), ident, was_deleted=was_deleted))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        posts = stage.out(Platform.DOUYIN)
        return JSONResponse(
            pages.render_comments(posts, asked.get("aweme_id", ""), read_number(asked.get("cursor"), least=0))
        )

    async def replies(request: Request) -> Response:
        asked = request.query_params
        found = pages.render_replies(
            stage.out(Platform.DOUYIN),
            asked.get("item_id", ""),
            asked.get("comment_id", ""),
            read_number(asked.get("cursor"), least=0),
            read_number(asked.get("count"), least=0) or 3,
        )
        return JSONResponse(found)

    return [
        Route("/search/{keyword:path}", search_page),
        Route("/video/{ident}", post_page),
        Route("/note/{ident}", post_page),
        Route("/login", _login),
        page_files("douyin.js"),
        Route(f"{_API}/general/search/stream/", site.needed(first_screen)),
        Route(f"{_API}/general/search/single/", site.needed(next_screen)),
        Route(f"{_API}/search/item/", site.needed(videos)),
        Route(f"{_API}/aweme/detail/", site.needed(detail)),
        Route(f"{_API}/comment/list/reply/", site.needed(replies)),
        Route(f"{_API}/comment/list/", site.needed(comments)),
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
