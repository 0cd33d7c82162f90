"""百度贴吧's stand-in. Its newer pages, whose scripts ask for everything, stand at its address; the older ones, which the
server writes, under ``/old``."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import tieba_old_pages, tieba_pages
from drill.sites.base import Site, Stage, page_of
from drill.ticketed import Ticketed, page_files, read_number
from drill.world import OutPost, select_matching
from records.mention import Platform

_HERE = Platform.TIEBA


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: JSONResponse(tieba_pages.refusal(2150040, "need verify")))

    def find(ident: str) -> OutPost | None:
        return next((p for p in stage.out(_HERE) if p.id == ident), None)

    def matching(query: str, number: int) -> tuple[Sequence[OutPost], bool]:
        found = select_matching(stage.out(_HERE), query)
        return page_of(found, number, tieba_pages.PAGE_SIZE, stage.mode(_HERE))

    async def search_page(request: Request) -> Response:
        return site.page("tieba.html", title=f"{request.query_params.get('qw', '')}_百度贴吧搜索")

    async def thread_page(request: Request) -> Response:
        return site.page("tieba.html", title="百度贴吧")

    async def search(request: Request) -> Response:
        query, number = request.query_params.get("word", ""), read_number(request.query_params.get("pn"), least=1)
        shown, more = matching(query, number)
        return JSONResponse(tieba_pages.render_search(shown, number=number, more=more, query=query))

    async def thread(request: Request) -> Response:
        asked = {k: v[0] for k, v in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        out = find(asked.get("kz", ""))
        if out is None:
            return JSONResponse(tieba_pages.GONE)
        page = tieba_pages.page_with(out, asked["pid"]) if "pid" in asked else read_number(asked.get("pn"), least=1)
        return JSONResponse(tieba_pages.render_thread(out, page))

    async def old_search_page(request: Request) -> Response:
        query, number = request.query_params.get("qw", ""), read_number(request.query_params.get("pn"), least=1)
        shown, more = matching(query, number)
        return HTMLResponse(tieba_old_pages.render_results(shown, number=number, more=more, query=query))

    async def old_thread_page(request: Request) -> Response:
        out = find(request.path_params["tid"])
        if out is None:
            return HTMLResponse(tieba_old_pages.GONE_PAGE, 404)
        pid = request.query_params.get("pid")
        page = tieba_pages.page_with(out, pid) if pid else read_number(request.query_params.get("pn"), least=1)
        return HTMLResponse(tieba_old_pages.render_thread(out, page, site.ticket()))

    async def under_floors(request: Request) -> Response:
        out = find(request.query_params.get("tid", ""))
        if out is None:
            return JSONResponse(tieba_pages.refusal(2150040, "need verify"))
        return JSONResponse(
            tieba_old_pages.render_under_floors(out, read_number(request.query_params.get("pn"), least=1))
        )

    async def check(request: Request) -> Response:
        return HTMLResponse(tieba_pages.CHECK_PAGE)

    return [
        Route("/f/search/res", search_page),
        Route("/p/{tid:int}", thread_page),
        Route("/mo/q/search/multsearch", site.needed(search)),
        Route("/c/f/pb/page_pc", site.needed(thread), methods=["POST"]),
        Route("/old/f/search/res", old_search_page),
        Route("/old/p/totalComment", site.needed(under_floors)),
        Route("/old/p/{tid}", old_thread_page),
        Route("/static/captcha/tuxing.html", check),
        page_files("tieba.js"),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        if kind == "captcha":
            return RedirectResponse("/static/captcha/tuxing.html?ak=drill", 302)
        return RedirectResponse("/login?u=search", 302) if kind == "login" else None
    if kind == "login":
        return JSONResponse(tieba_pages.refusal(1, "user need login"))
    if kind == "captcha":
        return JSONResponse(tieba_pages.refusal(2150040, "need verify"))
    if kind == "rate":
        return JSONResponse(tieba_pages.refusal(2150021, "操作过于频繁，请稍后再试"))
    if kind == "empty":
        return JSONResponse({"no": 0, "error": "success", "data": {"has_more": 1, "card_list": []}})
    return None


SITE = Site(
    platform=_HERE,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"post_num", "reply_num", "sub_post_number"}),
    users=frozenset({"user"}),
    renamed={"card_list": "cards", "post_list": "floors"},
    open_paths=("/robots.txt", "/fe/", "/login", "/static/"),
    page_paths=("/f/search/", "/p/", "/old/f/", "/old/p/"),
)
