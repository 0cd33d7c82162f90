"""知乎's stand-in: the search page, whose script asks for results, and posts' pages with their state and comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import zhihu_pages as pages
from drill.sites.base import Site, Stage, page_of
from drill.ticketed import Ticketed, View, page_files, page_state, read_number
from drill.world import OutPost, select_matching
from records.mention import Platform

_HERE = Platform.ZHIHU


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: JSONResponse(pages.ROBOT, 403))

    def shown(title: str, state: dict[str, Any], body: str = "") -> Response:
        return site.page("zhihu.html", title=title, STATE=page_state(state), BODY=body)

    def find(request: Request) -> OutPost | None:
        ident = request.path_params["id"]
        return next((p for p in stage.out(_HERE) if p.id == ident), None)

    async def search_page(request: Request) -> Response:
        query = request.query_params.get("q", "")
        return shown(f"{query} - 搜索结果 - 知乎", {"initialState": {"entities": {}}})

    async def answer_link(request: Request) -> Response:
        out = find(request)
        if out is None:
            return HTMLResponse(pages.GONE_PAGE, 404)
        return RedirectResponse(f"/question/{pages.question_of(out.id)}/answer/{out.id}", 302)

    def page(path: str) -> View:
        async def view(request: Request) -> Response:
            out = find(request)
            if out is None:
                return HTMLResponse(pages.GONE_PAGE, 404)
            return shown("知乎", pages.render_state(out, path), pages.render_body(out))

        return view

    async def search(request: Request) -> Response:
        query, offset = request.query_params.get("q", ""), read_number(request.query_params.get("offset"), least=0)
        found, mode = select_matching(stage.out(_HERE), query), stage.mode(_HERE)
        part, more = page_of(found, offset // pages.PAGE_SIZE + 1, pages.PAGE_SIZE, mode)
        return JSONResponse(pages.render_search(part, offset=offset, more=more, query=query))

    async def comments(request: Request) -> Response:
        out, offset = find(request), read_number(request.query_params.get("offset"), least=0)
        if out is None:
            return JSONResponse(pages.NO_SUCH, 404)
        all_of = list(out.comments)
        if request.query_params.get("order_by") != "ts":
            all_of.sort(key=lambda c: c.comment.likes, reverse=True)
        part = all_of[offset : offset + pages.COMMENTS_SIZE]
        return JSONResponse(pages.render_comments(part, total=len(all_of), offset=offset))

    async def signin(request: Request) -> Response:
        return HTMLResponse(pages.SIGNIN_PAGE)

    async def unhuman(request: Request) -> Response:
        return HTMLResponse(pages.UNHUMAN_PAGE)

    return [
        Route("/search", search_page),
        Route("/answer/{id}", answer_link),
        Route("/question/{question}/answer/{id}", page("answer")),
        Route("/p/{id}", page("p")),
        Route("/zvideo/{id}", page("zvideo")),
        Route("/signin", signin),
        Route("/account/unhuman", unhuman),
        page_files("zhihu.js"),
        Route("/api/v4/search_v3", site.needed(search)),
        Route("/api/v4/comment_v5/{kind}/{id}/root_comment", site.needed(comments)),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        if kind in ("login", "redirect"):
            return RedirectResponse("/signin?next=%2Fsearch", 302)
        return RedirectResponse("/account/unhuman?type=unhuman&need_login=true", 302) if kind == "captcha" else None
    if kind == "login":
        return JSONResponse(pages.UNKNOWN_USER, 401)
    if kind == "captcha":
        return JSONResponse(pages.CHECK, 403)
    if kind == "rate":
        return JSONResponse(pages.ROBOT, 403)
    if kind == "empty":
        return JSONResponse({"data": [], "paging": {"is_end": False, "next": ""}})
    return None


SITE = Site(
    platform=_HERE,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"voteup_count", "comment_count", "favorites_count", "follower_count", "like_count"}),
    users=frozenset({"author"}),
    renamed={"data": "results", "object": "target"},
    open_paths=("/robots.txt", "/fe/", "/signin", "/account/"),
    page_paths=("/search", "/answer/", "/question/", "/p/", "/zvideo/"),
)
