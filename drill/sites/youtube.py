"""YouTube's stand-in: the Data API's search, videos, channels and comment threads, for whoever shows a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import youtube_pages as pages
from drill.sites.base import Site, Stage, page_of
from drill.world import OutPost, select_matching
from records.mention import Platform

WRONG = "wrong"
"""A key that is refused; any other is accepted."""
SILENT = "关评论"
"""Comments are turned off under videos that say this."""

Answer = Callable[[Request], Awaitable[Response]]


def routes(stage: Stage) -> Sequence[BaseRoute]:
    def posts() -> list[OutPost]:
        return stage.out(Platform.YOUTUBE)

    async def search(request: Request) -> Response:
        asked = request.query_params
        after = asked.get("publishedAfter")
        matching = [p for part in asked.get("q", "").split("|") for p in select_matching(posts(), part)]
        found = list(
            {p.id: p for p in matching if not after or p.published_at >= datetime.fromisoformat(after)}.values()
        )
        number = int(asked["pageToken"].removeprefix("PAGE")) if asked.get("pageToken") else 1
        shown, more = page_of(found, number, int(asked.get("maxResults", "5")), stage.mode(Platform.YOUTUBE))
        items = [pages.render_found(p) for p in shown]
        if items and number == 1:
            items.insert(1, pages.render_channel_found(asked.get("q", "")))
        token = f"PAGE{number + 1}" if more else None
        return JSONResponse(pages.render_list("search", items, total=len(found), token=token))

    async def videos(request: Request) -> Response:
        asked = request.query_params.get("id", "").split(",")
        if len(asked) > 50:
            return JSONResponse(pages.render_refusal(400, "invalidFilters", "youtube.parameter"), 400)
        return JSONResponse(pages.render_list("video", [pages.render_video(p) for p in posts() if p.id in asked]))

    async def channels(request: Request) -> Response:
        asked = request.query_params.get("id", "").split(",")
        known = {p.author_id: p.post.author.followers for p in posts()}
        items = [pages.render_channel(ident, count) for ident, count in known.items() if ident in asked]
        return JSONResponse(pages.render_list("channel", items))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        found = next((p for p in posts() if p.id == asked.get("videoId")), None)
        if found is None:
            return JSONResponse(pages.render_refusal(404, "videoNotFound", "youtube.commentThread"), 404)
        if SILENT in found.post.full_text:
            return JSONResponse(pages.render_refusal(403, "commentsDisabled", "youtube.commentThread"), 403)
        number = int(asked["pageToken"].removeprefix("PAGE")) if asked.get("pageToken") else 1
        size = int(asked.get("maxResults", "20"))
        shown = found.comments[(number - 1) * size : number * size]
        token = f"PAGE{number + 1}" if number * size < len(found.comments) else None
        items = [pages.render_comment_thread(found, c) for c in shown]
        return JSONResponse(pages.render_list("commentThread", items, token=token))

    asked = {"search": search, "videos": videos, "channels": channels, "commentThreads": comments}
    return [Route(f"/youtube/v3/{name}", _with_key(answer)) for name, answer in asked.items()]


def _with_key(answer: Answer) -> Answer:
    async def check(request: Request) -> Response:
        key = request.headers.get("x-goog-api-key") or request.query_params.get("key", "")
        if not key:
            return JSONResponse(pages.render_refusal(403, "forbidden", "global"), 403)
        if key == WRONG:
            return JSONResponse(pages.render_refusal(400, "keyInvalid", "usageLimits"), 400)
        return await answer(request)

    return check


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return JSONResponse(pages.render_refusal(400, "keyInvalid", "usageLimits"), 400)
    if kind == "rate":
        return JSONResponse(pages.render_refusal(403, "quotaExceeded"), 403)
    if kind == "empty":
        return JSONResponse(pages.render_list("search", [], total=0))
    return None


SITE = Site(
    platform=Platform.YOUTUBE,
    routes=routes,
    refuse=refuse,
    renamed={"items": "entries", "snippet": "outline"},
)
