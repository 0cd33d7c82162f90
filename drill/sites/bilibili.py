"""Bilibili's stand-in: search pages, video pages, and what their own script asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import bilibili_pages as pages
from drill.sites.base import Site, Stage
from drill.ticketed import Ticketed, page_files, read_number
from records.mention import Platform

_HERE = Platform.BILIBILI


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: JSONResponse(pages.NO_TICKET))

    def shown(template: str, title: str, state: str) -> Response:
        return site.page(template, title=title, STATE=state, YEAR=str(stage.clock().year))

    async def search_page(request: Request) -> Response:
        """The first page lets its script ask; the server writes later ones into the page."""
        keyword, number = (
            request.query_params.get("keyword", ""),
            read_number(request.query_params.get("page"), least=1),
        )
        state = ""
        if number > 1:
            data = pages.find_results(stage.out(_HERE), keyword, number, stage.mode(_HERE))
            state = pages.written_state(data)
        return shown("bilibili_search.html", f"{keyword}-哔哩哔哩_bilibili", state)

    async def video_page(request: Request) -> Response:
        bvid = request.path_params["bvid"]
        if any(p.id == bvid for p in stage.out(_HERE)):
            return shown("bilibili_video.html", "视频_哔哩哔哩_bilibili", "")
        if not stage.was_deleted(_HERE, bvid):
            return HTMLResponse(
                pages.TOO_OFTEN_PAGE.replace("由于触发安全风控策略，该次访问请求被拒绝。", "啊叻？"), 404
            )
        state = f"window.__INITIAL_STATE__={json.dumps(pages.GONE_STATE, ensure_ascii=False)};(function(){{}}());"
        return shown("bilibili_video.html", "视频去哪了呢？_哔哩哔哩_bilibili", state)

    async def search(request: Request) -> Response:
        asked = request.query_params
        found = pages.find_results(
            stage.out(_HERE), asked.get("keyword", ""), read_number(asked.get("page"), least=1), stage.mode(_HERE)
        )
        return JSONResponse(pages.answered(found))

    async def view(request: Request) -> Response:
        return JSONResponse(pages.render_view(stage.out(_HERE), request.query_params.get("bvid", "")))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        found = pages.render_comments(
            stage.out(_HERE),
            asked.get("oid", ""),
            asked.get("mode", "3"),
            _offset(asked.get("pagination_str", "")),
            stage.mode(_HERE),
        )
        return JSONResponse(found)

    return [
        Route("/video", search_page),
        Route("/video/{bvid}", video_page),
        Route("/video/{bvid}/", video_page),
        Route("/login", _login),
        page_files("bilibili.js", "bilibili.css"),
        Route("/x/web-interface/wbi/search/type", site.needed(search)),
        Route("/x/web-interface/wbi/view/detail", site.needed(view)),
        Route("/x/v2/reply/wbi/main", site.needed(comments)),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        if kind in ("login", "redirect"):
            return RedirectResponse("/login?gourl=search", 302)
        if kind == "captcha":
            return HTMLResponse(pages.CAPTCHA_PAGE)
        if kind == "rate":
            return HTMLResponse(pages.TOO_OFTEN_PAGE, 412)
        return None
    answers = {
        "login": JSONResponse(pages.refusal(-101, "账号未登录")),
        "captcha": JSONResponse(pages.VOUCHER),
        "rate": JSONResponse(pages.refusal(-412, "请求被拦截"), 412),
        "empty": JSONResponse(pages.UNPROVEN),
    }
    return answers.get(kind)


async def _login(request: Request) -> Response:
    return HTMLResponse(pages.LOGIN_PAGE)


def _offset(told: str) -> str:
    try:
        return str(json.loads(told).get("offset", ""))
    except (ValueError, AttributeError):
        return ""


SITE = Site(
    platform=Platform.BILIBILI,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"play", "like", "review", "favorites", "view", "reply", "share", "favorite", "follower"}),
    users=frozenset({"author", "mid", "owner", "member", "Card"}),
    renamed={"bvid": "video_key", "result": "entries", "View": "Archive", "replies": "threads"},
    open_paths=("/robots.txt", "/fe/", "/login"),
    page_paths=("/video",),
)
