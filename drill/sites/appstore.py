"""The App Store's stand-in: reviews of any app in both forms, ten pages of fifty."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import appstore_pages as pages
from drill.sites.base import Site, Stage, page_of
from records.mention import Platform

_PART = re.compile(r"(page|id|sortby)=(\w+)")


def routes(stage: Stage) -> Sequence[BaseRoute]:
    async def reviews(request: Request) -> Response:
        country, rest = request.path_params["country"].lower(), request.path_params["rest"].lower()
        given = dict(_PART.findall(rest))
        if len(country) != 2 or not given.get("id", "").isdecimal():
            return HTMLResponse("<html><head><title>Bad Request</title></head></html>", 400)
        number = int(given["page"]) if given.get("page", "").isdecimal() else 1
        if number > pages.LAST_PAGE:
            return HTMLResponse("<html><head><title>Bad Request</title></head></html>", 400)
        found = pages.reviews_of(stage.out(Platform.APPSTORE), given["id"])
        shown, has_more = page_of(found, number, pages.PAGE_SIZE, stage.mode(Platform.APPSTORE))
        if rest.endswith("/xml"):
            return Response(pages.render_xml(shown, country, given["id"]), media_type="application/xml")
        return JSONResponse(pages.render_json(shown, country, given["id"], number, has_more))

    return [Route("/{country}/rss/customerreviews/{rest:path}", reviews)]


def refuse(kind: str, asked: str) -> Response | None:
    """Apple knows neither a login nor a human check here; its usual failure is an empty feed."""
    if kind == "rate":
        return HTMLResponse("<html><head><title>Too Many Requests</title></head></html>", 429)
    if kind == "empty":
        return JSONResponse(pages.render_json([], "cn", "900000000", 1, has_more=False))
    return None


SITE = Site(
    platform=Platform.APPSTORE,
    routes=routes,
    refuse=refuse,
    users=frozenset({"author"}),
    renamed={"feed": "reviews", "im:rating": "stars"},
)
