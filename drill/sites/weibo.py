"""Weibo's stand-in. One address stands for all of its hosts: the mobile pages' answers (search, account, post, long text,
comments), the desktop search page, the hot list and topic details."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import weibo_html, weibo_pages, weibo_topics
from drill.sites.base import Site, Stage
from drill.world import OutPost
from records.mention import Platform


def routes(stage: Stage) -> Sequence[BaseRoute]:
    def posts() -> list[OutPost]:
        return stage.out(Platform.WEIBO)

    async def container(request: Request) -> Response:
        asked = request.query_params.get("containerid", "")
        mode = stage.mode(Platform.WEIBO)
        if uid := weibo_pages.parse_account(asked):
            since = request.query_params.get("since_id", "")
            return JSONResponse(weibo_pages.render_account(posts(), uid, since, mode))
        query = weibo_pages.parse_query(asked)
        if not query:
            return JSONResponse(weibo_pages.EMPTY)
        return JSONResponse(weibo_pages.render_search(posts(), query, _page(request), stage.clock(), mode))

    async def show(request: Request) -> Response:
        return JSONResponse(weibo_pages.render_status(posts(), request.query_params.get("id", "")))

    async def extend(request: Request) -> Response:
        return JSONResponse(weibo_pages.render_extend(posts(), request.query_params.get("id", "")))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        after, mode = asked.get("max_id", "0"), stage.mode(Platform.WEIBO)
        return JSONResponse(weibo_pages.render_comments(posts(), asked.get("id", ""), after, mode))

    async def search_page(request: Request) -> Response:
        query, mode = request.query_params.get("q", ""), stage.mode(Platform.WEIBO)
        return HTMLResponse(weibo_html.render_search_page(posts(), query, _page(request), stage.clock(), mode))

    async def hot(request: Request) -> Response:
        return JSONResponse(weibo_topics.render_hot_list(posts(), stage.clock()))

    async def topic(request: Request) -> Response:
        return JSONResponse(weibo_topics.render_topic(posts(), request.query_params.get("q", "")))

    return [
        Route("/api/container/getIndex", container),
        Route("/statuses/show", show),
        Route("/statuses/extend", extend),
        Route("/comments/hotflow", comments),
        Route("/weibo", search_page),
        Route("/ajax/side/hotSearch", hot),
        Route("/ajax_topic/detail", topic),
    ]


def _page(request: Request) -> int:
    page = request.query_params.get("page", "1")
    return int(page) if page.isdecimal() and len(page) < 5 else 1


def refuse(kind: str, asked: str) -> Response | None:
    """Its walls: the login envelope, the captcha, HTTP 432, empty lists; visitor and bot shells before pages."""
    if kind == "rate":
        return HTMLResponse(weibo_pages.TOO_OFTEN_PAGE, 432)
    if kind == "redirect":
        host = "passport.weibo.com/sso/signin" if asked == "page" else "visitor.passport.weibo.cn/visitor/visitor"
        return RedirectResponse(f"https://{host}?entry=drill", 302)
    if asked == "page":
        pages = {
            "login": weibo_html.VISITOR_SHELL,
            "captcha": weibo_html.CAPTCHA_PAGE,
            "empty": weibo_html.empty_page(),
            "blank": weibo_html.BOT_SHELL,
        }
        return HTMLResponse(pages[kind]) if kind in pages else None
    answers = {
        "login": weibo_pages.LOGIN,
        "captcha": weibo_pages.CAPTCHA,
        "empty": {"ok": 1, "data": {"cards": [], "data": [], "realtime": []}},
    }
    return JSONResponse(answers[kind]) if kind in answers else None


SITE = Site(
    platform=Platform.WEIBO,
    routes=routes,
    refuse=refuse,
    counts=frozenset(
        {"reposts_count", "comments_count", "attitudes_count", "followers_count", "like_count", "read", "mention"}
    ),
    users=frozenset({"user"}),
    renamed={
        "mblog": "status_card",
        "mid": "status_key",
        "created_at": "posted_at",
        "realtime": "rows",
        "count": "sums",
    },
    page_paths=("/weibo",),
)
