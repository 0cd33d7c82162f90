"""黑猫投诉's stand-in: the search page and the front page, whose scripts ask for complaints, and complaints' pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import heimao_pages as pages
from drill.sites.base import Site, Stage, page_of
from drill.ticketed import Ticketed, page_files, read_number
from drill.world import select_matching
from records.mention import Platform

_HERE = Platform.HEIMAO


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: JSONResponse(pages.refusal(11, "签名错误", stage.clock())))

    async def search_page(request: Request) -> Response:
        return site.page("heimao.html", title=f"{request.query_params.get('keywords', '')}_黑猫投诉搜索")

    async def front_page(request: Request) -> Response:
        return site.page("heimao.html", title="黑猫投诉")

    async def search(request: Request) -> Response:
        now = stage.clock()
        query = request.query_params.get("keywords", "")
        found, number = select_matching(stage.out(_HERE), query), read_number(request.query_params.get("page"), least=1)
        part, more = page_of(found, number, pages.PAGE_SIZE, stage.mode(_HERE))
        return JSONResponse(pages.render_list(part, total=len(found), number=number, more=more, now=now, query=query))

    async def feed(request: Request) -> Response:
        now, callback = stage.clock(), request.query_params.get("callback", "")
        if request.query_params.get("ts") not in stage.tickets:
            answer = pages.refusal(11, "签名错误", now)
        else:
            found, number = stage.out(_HERE), read_number(request.query_params.get("page"), least=1)
            part, more = page_of(found, number, pages.PAGE_SIZE, stage.mode(_HERE))
            answer = pages.render_list(part, total=len(found), number=number, more=more, now=now)
        if re.fullmatch(r"\w{1,60}", callback):
            return Response(pages.as_jsonp(answer, callback), media_type="application/javascript")
        return JSONResponse(answer)

    async def complaint(request: Request) -> Response:
        ident = request.path_params["sn"]
        out = next((p for p in stage.out(_HERE) if p.id == ident), None)
        if out is not None:
            return HTMLResponse(pages.render_complaint(out))
        gone = stage.was_deleted(_HERE, ident)
        return HTMLResponse(pages.WITHDRAWN_PAGE, 200) if gone else HTMLResponse("<html></html>", 404)

    async def login(request: Request) -> Response:
        return HTMLResponse(pages.LOGIN_PAGE)

    return [
        Route("/", front_page),
        Route("/index/search/", search_page),
        Route("/complaint/view/{sn}/", complaint),
        Route("/api/index/s", site.needed(search)),
        Route("/api/index/feed", feed),
        page_files("heimao.js"),
        Route("/login", login),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    """Search and complaints lie behind the login; the front page and its newest complaints stay public."""
    now = datetime.now(UTC)
    if asked == "page":
        if kind == "login":
            return RedirectResponse("/login?entry=general", 302)
        return HTMLResponse(pages.CHECK_PAGE) if kind == "captcha" else None
    if kind == "captcha":
        return JSONResponse(pages.refusal(21, "请完成验证", now))
    if kind == "rate":
        return JSONResponse(pages.refused_list(now))
    if kind == "empty":
        return JSONResponse(pages.envelope({"lists": [], "pager": {}}, now))
    return None


SITE = Site(
    platform=_HERE,
    routes=routes,
    refuse=refuse,
    users=frozenset({"author"}),
    renamed={"main": "body", "lists": "rows"},
    open_paths=("/robots.txt", "/fe/", "/login"),
    page_paths=("/index/search/", "/complaint/"),
)
