"""A stand-in for all platforms on 127.0.0.1: the first part of the path says how it behaves (/ok/…, /wall/…)."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.crawlers.conftest import fixture_bytes

JSON = "application/json; charset=utf-8"
NOTE = json.loads(fixture_bytes("xhs_feed.json"))["data"]["items"][0]["id"]
AUTHOR = "5e" + "1".rjust(22, "0")

SEARCH_SCRIPT = """
const mode = location.pathname.split('/')[1];
const ask = (path, body) => fetch('/' + mode + path, body ? {method: 'POST', body: JSON.stringify(body)} : {});
const keyword = new URLSearchParams(location.search).get('keyword');
"""
PAGES = {
    "ok": SEARCH_SCRIPT
    + "ask('/api/sns/web/v2/search/notes', {keyword: 'recommended words', page: 1});"
    + "setTimeout(() => ask('/api/sns/web/v2/search/notes', {keyword, page: 1}), 80);"
    + "addEventListener('scroll', () => ask('/api/sns/web/v2/search/notes', {keyword, page: 2}), {once: true});",
    "silent": "",
    "wall": SEARCH_SCRIPT + "ask('/api/sns/web/v1/search/notes', {keyword, page: 1});",
    "captcha": "setTimeout(() => { location.href = '/captcha/website-login/captcha?redirectPath=x'; }, 100);",
    "throttled": SEARCH_SCRIPT + "ask('/api/sns/web/v1/search/notes', {keyword, page: 1});",
}
NOTE_SCRIPT = (
    SEARCH_SCRIPT
    + "ask('/api/sns/web/v1/feed', {source_note_id: location.pathname.split('/').pop()}).then(() =>"
    + f" ask('/api/sns/web/v1/user/otherinfo?target_user_id={AUTHOR}'));"
)


@dataclass
class Site:
    """What was asked, for tests to look at, and where the site stands."""

    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    """What happens while a search for notes waits for its answer."""

    def url(self, mode: str) -> str:
        return f"http://127.0.0.1:{self.port}/{mode}"

    def paths(self, mode: str) -> list[str]:
        return [p.removeprefix(f"/{mode}") for p, _ in self.asked if p.startswith(f"/{mode}/")]


SITE = Site()


def note_request(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    SITE.asked.append((request.url.path + query, dict(request.headers)))
    return str(request.path_params["mode"])


def page(script: str, body: str = "") -> Response:
    return HTMLResponse(
        f"<!doctype html><html><head><title>搜索</title></head><body>{body}<script>{script}</script></body></html>"
    )


async def weibo_search(request: Request) -> Response:
    mode = note_request(request)
    if mode == "ok":
        if request.query_params["page"] != "1":
            return JSONResponse({"ok": 0, "msg": "这里还没有内容"})
        return Response(fixture_bytes("weibo_search.json"), media_type=JSON)
    if mode == "late-wall" and request.query_params["page"] == "1":
        return Response(fixture_bytes("weibo_search.json"), media_type=JSON)
    if mode in ("wall", "late-wall"):
        return JSONResponse({"ok": -100, "url": "https://passport.weibo.com/sso/signin"})
    if mode == "redirect":
        return RedirectResponse("https://passport.weibo.com/sso/signin?x=1", 302)
    if mode == "432":
        return HTMLResponse("", 432, headers={"Retry-After": "120"})
    if mode == "cut":
        return Response(fixture_bytes("weibo_search.json")[:2000], media_type=JSON)
    if mode == "slow":
        await asyncio.sleep(3)
    return JSONResponse({"ok": 1, "data": {"cards": []}})


async def weibo_extend(request: Request) -> Response:
    note_request(request)
    return Response(fixture_bytes("weibo_longtext.json"), media_type=JSON)


async def xhs_page(request: Request) -> Response:
    mode = note_request(request)
    body = "<div class='login-container'>登录后查看搜索结果</div>" if mode == "wall" else ""
    return page(PAGES[mode], body + "<div style='height: 5000px'></div>")


async def xhs_captcha(request: Request) -> Response:
    return page("", "<div>为保护账号安全，请完成验证</div>")


async def xhs_search(request: Request) -> Response:
    mode = note_request(request)
    SITE.meanwhile()
    if mode == "wall":
        return JSONResponse({"code": -100, "success": False, "msg": "登录已过期", "data": {}})
    if json.loads(await request.body())["keyword"] == "recommended words":
        item = {"id": "6af6d000" + "f" * 16, "model_type": "note", "note_card": {"display_title": "别人的推荐"}}
        return JSONResponse({"code": 0, "success": True, "data": {"has_more": False, "items": [item]}})
    if json.loads(await request.body())["page"] == 2:
        items = [{"id": "6af6a999" + "2" * 16, "model_type": "note", "note_card": {"display_title": "第二屏"}}]
        return JSONResponse({"code": 0, "success": True, "data": {"has_more": False, "items": items}})
    return Response(fixture_bytes("xhs_search.json"), media_type=JSON)


async def xhs_note(request: Request) -> Response:
    note_request(request)
    return page(NOTE_SCRIPT)


async def xhs_feed(request: Request) -> Response:
    mode = note_request(request)
    asked = json.loads(await request.body())["source_note_id"]
    if mode == "throttled":
        return JSONResponse({"code": 0, "success": True, "data": {"items": []}})
    if asked != NOTE:
        return JSONResponse({"code": -510000, "success": False, "msg": "笔记不存在"})
    return Response(fixture_bytes("xhs_feed.json"), media_type=JSON)


async def xhs_author(request: Request) -> Response:
    note_request(request)
    return Response(fixture_bytes("xhs_author.json"), media_type=JSON)


async def bluesky_search(request: Request) -> Response:
    mode = note_request(request)
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if mode == "closed" and not token:
        return HTMLResponse("<html><h1>403 Forbidden</h1>Request forbidden by administrative rules.</html>", 403)
    if mode == "closed" and token == "first":
        return JSONResponse({"error": "ExpiredToken", "message": "Token has expired"}, 400)
    if request.query_params.get("cursor"):
        return JSONResponse({"posts": []})
    return Response(fixture_bytes("bluesky_search.json"), media_type=JSON)


async def bluesky_session(request: Request) -> Response:
    note_request(request)
    if request.url.path.endswith("refreshSession"):
        good = request.headers.get("authorization") == "Bearer again"
        return JSONResponse(
            {"accessJwt": "second", "refreshJwt": "again"} if good else {"error": "InvalidToken"}, 200 if good else 400
        )
    given = json.loads(await request.body())
    if given == {"identifier": "watch.example", "password": "abcd-efgh"}:
        return JSONResponse({"accessJwt": "first", "refreshJwt": "again"})
    return JSONResponse({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401)


async def bluesky_profiles(request: Request) -> Response:
    note_request(request)
    actors = request.query_params.getlist("actors")
    return JSONResponse({"profiles": [{"did": did, "followersCount": 812} for did in actors]})


async def mastodon_tag(request: Request) -> Response:
    mode = note_request(request)
    if mode == "closed":
        return JSONResponse({"error": "This method requires an authenticated user"}, 401)
    if mode == "limited":
        return JSONResponse({"error": "Too many requests"}, 429, headers={"Retry-After": "77"})
    if "max_id" in request.query_params or request.query_params.get("min_id", "") > "1155":
        return JSONResponse([])
    return Response(fixture_bytes("mastodon_tag.json"), media_type=JSON)


async def mastodon_search(request: Request) -> Response:
    mode = note_request(request)
    known = request.headers.get("authorization") == "Bearer token-1" and mode == "ok"
    found = json.loads(fixture_bytes("mastodon_tag.json")) if known and request.query_params["q"] != "没人说过" else []
    return JSONResponse({"accounts": [], "statuses": found, "hashtags": []})


async def feed(request: Request) -> Response:
    mode = note_request(request)
    if mode == "down":
        return HTMLResponse("<html><title>Welcome to RSSHub!</title>Looks like something went wrong: 432</html>", 503)
    if mode == "moved":
        return RedirectResponse("/ok/feed.xml", 301)
    if request.headers.get("if-none-match") == '"v1"':
        return Response(status_code=304)
    headers = {"ETag": '"v1"'} if mode == "etag" else {}
    return Response(fixture_bytes("rsshub_weibo.xml"), media_type="application/xml", headers=headers)


async def many(request: Request) -> Response:
    """Endless pages of ten posts, for measuring."""
    cards = json.loads(fixture_bytes("weibo_search.json"))["data"]["cards"][1:2] * 10
    number = int(request.query_params["page"])
    for place, card in enumerate(cards := [json.loads(json.dumps(c)) for c in cards]):
        card["mblog"].update(mid=str(5 * 10**15 + number * 100 + place), isLongText=False)
    return JSONResponse({"ok": 1, "data": {"cardlistInfo": {"page": number + 1}, "cards": cards}})


async def robots(request: Request) -> Response:
    SITE.asked.append(("/robots.txt", {}))
    return PlainTextResponse("User-agent: *\nDisallow: /forbidden/\n")


APP = Starlette(
    routes=[
        Route("/robots.txt", robots),
        Route("/many/api/container/getIndex", many),
        Route("/{mode}/api/container/getIndex", weibo_search),
        Route("/{mode}/statuses/extend", weibo_extend),
        Route("/{mode}/search_result", xhs_page),
        Route("/{mode}/website-login/captcha", xhs_captcha),
        Route("/{mode}/api/sns/web/v2/search/notes", xhs_search, methods=["POST"]),
        Route("/{mode}/api/sns/web/v1/search/notes", xhs_search, methods=["POST"]),
        Route("/{mode}/explore/{note}", xhs_note),
        Route("/{mode}/api/sns/web/v1/feed", xhs_feed, methods=["POST"]),
        Route("/{mode}/api/sns/web/v1/user/otherinfo", xhs_author),
        Route("/{mode}/xrpc/app.bsky.feed.searchPosts", bluesky_search),
        Route("/{mode}/xrpc/com.atproto.server.createSession", bluesky_session, methods=["POST"]),
        Route("/{mode}/xrpc/com.atproto.server.refreshSession", bluesky_session, methods=["POST"]),
        Route("/{mode}/xrpc/app.bsky.actor.getProfiles", bluesky_profiles),
        Route("/{mode}/api/v1/timelines/tag/{tag}", mastodon_tag),
        Route("/{mode}/api/v2/search", mastodon_search),
        Route("/{mode}/feed.xml", feed),
    ]
)


@contextmanager
def serve() -> Iterator[Site]:
    """The site on a free port in a thread."""
    server = uvicorn.Server(uvicorn.Config(APP, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until and thread.is_alive():
        time.sleep(0.01)
    SITE.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield SITE
    finally:
        server.should_exit = True
        thread.join(5)
