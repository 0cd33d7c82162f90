"""Bluesky's stand-in: search, posts, threads, profiles and logins, and the stream of all posts over a WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from drill import bluesky_pages as pages
from drill.happenings import Chronicle
from drill.sites.base import Site, Stage, page_of
from drill.world import OutPost, select_matching
from records.mention import Platform

TICK = 0.1
"""Seconds between two frames of the stream's noise."""


def routes(stage: Stage) -> Sequence[BaseRoute]:
    chronicle = Chronicle()

    def posts() -> list[OutPost]:
        return stage.out(Platform.BLUESKY)

    async def search(request: Request) -> Response:
        asked = request.query_params
        size = max(1, min(100, int(asked.get("limit", "25"))))
        place = int(asked["cursor"]) if asked.get("cursor", "").isdecimal() else 0
        found = select_matching(posts(), asked.get("q", ""))
        shown, more = page_of(found, place // size + 1, size, stage.mode(Platform.BLUESKY))
        return JSONResponse(pages.render_search(shown, len(found), str(place + size) if more else None))

    async def some(request: Request) -> Response:
        asked = request.query_params.getlist("uris")
        if len(asked) > 25:
            return JSONResponse({"error": "InvalidRequest", "message": "uris must not have more than 25 elements"}, 400)
        return JSONResponse({"posts": [pages.render_post(p) for p in posts() if p.id in asked]})

    async def thread(request: Request) -> Response:
        found = next((p for p in posts() if p.id == request.query_params.get("uri")), None)
        if found is None:
            return JSONResponse({"error": "NotFound", "message": "Post not found"}, 400)
        return JSONResponse(pages.render_thread(found))

    async def profiles(request: Request) -> Response:
        asked = request.query_params.getlist("actors")
        known = {p.author_id: p.post.author for p in posts()}
        known |= {c.author_id: c.comment.author for p in posts() for c in p.comments}
        found = [(i, a) for i, a in known.items() if i in asked or pages.render_handle(i) in asked]
        return JSONResponse({"profiles": [pages.render_profile(i, a.name, a.followers, a.verified) for i, a in found]})

    async def session(request: Request) -> Response:
        return JSONResponse({"accessJwt": "drill-access", "refreshJwt": "drill-refresh", "did": "did:plc:drill"})

    async def subscribe(socket: WebSocket) -> None:
        """What happened since the cursor, then what happens. Noise of other accounts never pauses."""
        await socket.accept()
        told = 0
        cursor = socket.query_params.get("cursor", "")
        start = _now(stage)
        if cursor.isdecimal():
            start = max(datetime.fromtimestamp(int(cursor) / 1_000_000, UTC), start - pages.REACH)
        try:
            await socket.send_text(json.dumps(pages.render_other_frame(start)))
            while True:
                chronicle.observe(posts(), stage.clock())
                happened = chronicle.since(start)
                for happening in happened[told:]:
                    await socket.send_text(json.dumps(pages.render_frame(happening), ensure_ascii=False))
                told = len(happened)
                await socket.send_text(json.dumps(pages.render_other_frame(_now(stage), active=True)))
                await asyncio.sleep(TICK)
        except WebSocketDisconnect:
            return

    return [
        Route("/xrpc/app.bsky.feed.searchPosts", search),
        Route("/xrpc/app.bsky.feed.getPosts", some),
        Route("/xrpc/app.bsky.feed.getPostThread", thread),
        Route("/xrpc/app.bsky.actor.getProfiles", profiles),
        Route("/xrpc/com.atproto.server.createSession", session, methods=["POST"]),
        Route("/xrpc/com.atproto.server.refreshSession", session, methods=["POST"]),
        WebSocketRoute("/subscribe", subscribe),
    ]


def _now(stage: Stage) -> datetime:
    """The stream's own clock, which never lies behind its listeners': in tests the story's clock stands still."""
    return max(stage.clock(), datetime.now(UTC))


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "login":
        return JSONResponse(pages.NO_LOGIN, 401)
    if kind == "rate":
        return JSONResponse(pages.TOO_OFTEN, 429, headers={"RateLimit-Remaining": "0", "Retry-After": "77"})
    if kind == "empty":
        return JSONResponse({"posts": []})
    return None


SITE = Site(
    platform=Platform.BLUESKY,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"replyCount", "repostCount", "likeCount", "quoteCount", "followersCount"}),
    users=frozenset({"author"}),
    renamed={"posts": "items", "record": "value", "thread": "conversation"},
)
