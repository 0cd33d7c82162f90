"""The stand-in of Algolia's index of Hacker News: search by date, search by relevance, items."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from drill import hackernews_pages as pages
from drill.sites.base import Site, Stage
from records.mention import Platform

_FILTERS = re.compile(r"(?:(?:created_at_i|points|num_comments)(?:<|>|=|<=|>=)\d+(?:,|$))*")


def routes(stage: Stage) -> Sequence[BaseRoute]:
    async def search(request: Request) -> Response:
        given = request.query_params
        filters = given.get("numericFilters", "")
        if not _FILTERS.fullmatch(filters):
            return JSONResponse({"message": "invalid numericFilters", "status": 400}, 400)
        size = min(max(_whole(given.get("hitsPerPage"), 20), 1), 1000)
        number, mode = _whole(given.get("page"), 0), stage.mode(Platform.HACKERNEWS)
        things = pages.everything(stage.out(Platform.HACKERNEWS))
        found = pages.select_things(things, given.get("query", ""), given.get("tags", ""), filters)
        last = max(0, -(-len(found) // size) - 1)
        shown = 0 if mode == "repeat" else min(number, last) if mode == "endless" else number
        listed = found[shown * size : (shown + 1) * size][: max(0, pages.MOST_HITS - shown * size)]
        has_more = bool(found) and mode in ("repeat", "endless")
        query = given.get("query", "")
        return JSONResponse(pages.render_search(listed, query, number, size, total=len(found), has_more=has_more))

    async def item(request: Request) -> Response:
        found = pages.render_item(stage.out(Platform.HACKERNEWS), request.path_params["ident"])
        return JSONResponse(found) if found is not None else JSONResponse(pages.NOT_FOUND, 404)

    return [
        Route("/api/v1/search_by_date", search),
        Route("/api/v1/search", search),
        Route("/api/v1/items/{ident}", item),
    ]


def _whole(shown: str | None, default: int) -> int:
    return int(shown) if shown is not None and shown.isdecimal() else default


def refuse(kind: str, asked: str) -> Response | None:
    """The index knows neither a login nor a human check."""
    if kind == "rate":
        return JSONResponse(pages.TOO_OFTEN, 429)
    if kind == "empty":
        return JSONResponse(pages.render_search([], "", 0, 20, total=0, has_more=False))
    return None


SITE = Site(
    platform=Platform.HACKERNEWS,
    routes=routes,
    refuse=refuse,
    counts=frozenset({"points", "num_comments"}),
    users=frozenset({"author"}),
    renamed={"hits": "results", "objectID": "objectKey", "id": "key", "children": "answers"},
)
