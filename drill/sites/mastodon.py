"""Mastodon's stand-in: tag timelines, search, single posts with answers, and the stream of a tag."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from drill import mastodon_pages as pages
from drill.happenings import Chronicle
from drill.identities import short_id
from drill.sites.base import Site, Stage
from drill.world import OutPost, select_matching
from records.mention import Platform

TICK = 0.05
"""Seconds between two looks at what has happened."""
EXPIRED = "expired"
"""A token that the instance refuses; any other is accepted."""


def routes(stage: Stage) -> Sequence[BaseRoute]:
    chronicle = Chronicle()
    told: dict[str, int] = {}
    """Tag → how much of the chronicle was told to its last listener."""

    def posts() -> list[OutPost]:
        return stage.out(Platform.MASTODON)

    def page(request: Request, found: list[OutPost]) -> tuple[list[OutPost], bool]:
        asked = request.query_params
        limit = max(1, min(40, int(asked.get("limit", "20"))))
        mode = stage.mode(Platform.MASTODON)
        bounds = {name: asked.get(name, "") for name in ("max_id", "min_id")}
        return pages.render_page(found, limit=limit, mode=mode, **bounds)

    async def tag(request: Request) -> Response:
        name = request.path_params["tag"]
        shown, _ = page(request, select_matching(posts(), name))
        address = f"http://{request.url.netloc}/api/v1/timelines/tag/{quote(name, safe='')}"
        headers = {"Link": pages.render_link(address, shown)} if shown else {}
        return JSONResponse([pages.render_status(p, name) for p in shown], headers=headers)

    async def search(request: Request) -> Response:
        if _token(request) == EXPIRED:
            return JSONResponse(pages.NO_TOKEN, 401)
        query = request.query_params.get("q", "")
        found = [p for p in posts() if query.endswith(f"/{short_id(p.id)}")] or select_matching(posts(), query)
        shown = page(request, found)[0] if _token(request) else []
        statuses = [pages.render_status(p) for p in shown]
        return JSONResponse({"accounts": [], "statuses": statuses, "hashtags": []})

    async def status(request: Request) -> Response:
        for post in posts():
            if short_id(post.id) == request.path_params["id"]:
                return JSONResponse(pages.render_status(post))
            for answer in post.comments:
                if short_id(answer.id) == request.path_params["id"]:
                    return JSONResponse(pages.render_answer(post, answer))
        return JSONResponse(pages.NO_RECORD, 404)

    async def context(request: Request) -> Response:
        found = next((p for p in posts() if short_id(p.id) == request.path_params["id"]), None)
        return JSONResponse(pages.NO_RECORD, 404) if found is None else JSONResponse(pages.render_context(found))

    async def instance(request: Request) -> Response:
        return JSONResponse(pages.render_instance(f"ws://{request.url.netloc}"))

    async def listen(request: Request) -> Response:
        if _token(request) in ("", EXPIRED):
            return JSONResponse({"error": "Error: Missing access token"}, 401)
        return StreamingResponse(events(request), media_type="text/event-stream")

    async def events(request: Request) -> AsyncIterator[str]:
        """What happens to a tag's posts; first what happened since its last listener left, for story time stands still
        in tests. The first listener hears of nothing that was there before."""
        name = request.query_params.get("tag", "")
        yield ":)\n"
        chronicle.observe(posts(), stage.clock())
        place = told.get(name, len(chronicle.seen))
        while not await request.is_disconnected():
            chronicle.observe(posts(), stage.clock())
            for happening in chronicle.seen[place:]:
                if select_matching([happening.post], name):
                    yield pages.render_event(happening, name)
            place = told[name] = len(chronicle.seen)
            yield ":thump\n"
            await asyncio.sleep(TICK)

    return [
        Route("/api/v1/timelines/tag/{tag}", tag),
        Route("/api/v2/search", search),
        Route("/api/v1/statuses/{id}", status),
        Route("/api/v1/statuses/{id}/context", context),
        Route("/api/v2/instance", instance),
        Route("/api/v1/streaming/hashtag", listen),
    ]


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return JSONResponse(pages.NO_LOGIN, 401)
    if kind == "rate":
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "Retry-After": "77"}
        return JSONResponse(pages.TOO_OFTEN, 429, headers=headers)
    if kind == "empty":
        return JSONResponse([])
    if kind == "redirect":
        return RedirectResponse("/auth/sign_in", 302)
    return None


SITE = Site(
    platform=Platform.MASTODON,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"replies_count", "reblogs_count", "favourites_count", "quotes_count", "followers_count"}),
    users=frozenset({"account"}),
    renamed={"uri": "object_id", "content": "body", "statuses": "results", "descendants": "answers"},
)
