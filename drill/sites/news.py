"""Google News' stand-in: one search feed without pages."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from drill import feed_pages
from drill.sites.base import Site, Stage
from records.mention import Platform


def routes(stage: Stage) -> Sequence[BaseRoute]:
    async def search(request: Request) -> Response:
        query = request.query_params.get("q", "")
        found = feed_pages.select_any(stage.out(Platform.NEWS), feed_pages.news_words(query))
        body = feed_pages.render_news(found, query, stage.clock()) if found else feed_pages.NO_NEWS
        return Response(body, media_type="application/xml")

    async def sorry(request: Request) -> Response:
        return HTMLResponse(
            "<html><head><title>Sorry...</title></head><body><form id='captcha-form'></form></body></html>"
        )

    async def login(request: Request) -> Response:
        return HTMLResponse(feed_pages.LOGIN_PAGE)

    return [Route("/rss/search", search), Route("/sorry/index", sorry), Route("/login", login)]


def refuse(kind: str, asked: str) -> Response | None:
    if kind == "captcha":
        return RedirectResponse("/sorry/index?continue=https://news.google.com/rss/search", 302)
    if kind == "rate":
        return HTMLResponse(feed_pages.UNUSUAL_PAGE, 429)
    if kind == "empty":
        return Response(feed_pages.NO_NEWS, media_type="application/xml")
    return None


SITE = Site(
    platform=Platform.NEWS,
    routes=routes,
    refuse=refuse,
    renamed={"rss": "bulletin", "channel": "board", "item": "notice"},
    open_paths=("/robots.txt", "/login", "/sorry/"),
)
