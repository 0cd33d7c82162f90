"""Kuaishou's stand-in: search pages, video pages, and what their own script asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import kuaishou_pages as pages
from drill.sites.base import Site, Stage
from drill.ticketed import Ticketed, View, page_files, read_body
from records.mention import Platform

_View = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
_HERE = Platform.KUAISHOU


def routes(stage: Stage) -> Sequence[BaseRoute]:
    site = Ticketed(stage, lambda: JSONResponse(pages.NO_TICKET))

    def api(view: _View) -> View:
        async def answer(request: Request) -> Response:
            return JSONResponse(await view(await read_body(request)))

        return site.needed(answer)

    async def search_page(request: Request) -> Response:
        return site.page("kuaishou_search.html", title=f"{request.query_params.get('searchKey', '')}-快手")

    async def video_page(request: Request) -> Response:
        video = request.path_params["video"]
        if any(p.id == video for p in stage.out(_HERE)) or not stage.was_deleted(_HERE, video):
            return site.page("kuaishou_video.html", title="短视频-快手", STATE="")
        return site.page("kuaishou_video.html", title="快手", STATE=pages.written_state(video, 207))

    async def search(asked: dict[str, Any]) -> dict[str, Any]:
        keyword, cursor = str(asked.get("keyword", "")), str(asked.get("pcursor", ""))
        return pages.render_search(stage.out(_HERE), keyword, cursor, stage.mode(_HERE))

    async def graphql(asked: dict[str, Any]) -> dict[str, Any]:
        variables = asked.get("variables")
        video = str(variables.get("photoId", "")) if isinstance(variables, dict) else ""
        if asked.get("operationName") != "visionVideoDetail":
            return pages.refusal(50, "接口已下线")
        return pages.render_video(stage.out(_HERE), video)

    async def comments(asked: dict[str, Any]) -> dict[str, Any]:
        video, cursor = str(asked.get("photoId", "")), str(asked.get("pcursor", ""))
        return pages.render_comments(stage.out(_HERE), video, cursor, stage.mode(_HERE))

    async def replies(asked: dict[str, Any]) -> dict[str, Any]:
        root = str(asked.get("rootCommentId", ""))
        return pages.render_replies(stage.out(_HERE), str(asked.get("photoId", "")), root)

    return [
        Route("/search/video", search_page),
        Route("/short-video/{video}", video_page),
        Route("/login", _login),
        page_files("kuaishou.js", "kuaishou.css"),
        Route("/rest/v/search/feed", api(search), methods=["POST"]),
        Route("/graphql", api(graphql), methods=["POST"]),
        Route("/rest/v/photo/comment/list", api(comments), methods=["POST"]),
        Route("/rest/v/photo/comment/sublist", api(replies), methods=["POST"]),
    ]


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        if kind == "login":
            return HTMLResponse(pages.LOGIN_POPUP_PAGE)
        if kind == "redirect":
            return RedirectResponse("/login?redirectURI=search", 302)
        if kind == "captcha":
            return HTMLResponse(pages.CAPTCHA_PAGE)
        return None
    answers = {
        "login": JSONResponse(pages.refusal(109, "未登录")),
        "captcha": JSONResponse(pages.CAPTCHA),
        "rate": JSONResponse(pages.refusal(2, "请求过快，请稍后重试")),
        "empty": JSONResponse(pages.UNPROVEN),
    }
    return answers.get(kind)


async def _login(request: Request) -> Response:
    return HTMLResponse(pages.LOGIN_PAGE)


SITE = Site(
    platform=Platform.KUAISHOU,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"likeCount", "viewCount", "commentCountV2"}),
    users=frozenset({"author"}),
    renamed={"photo": "work", "rootCommentsV2": "commentItems"},
    open_paths=("/robots.txt", "/fe/", "/login"),
    page_paths=("/search/video", "/short-video/"),
)
