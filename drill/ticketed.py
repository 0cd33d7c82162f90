"""What stand-ins share whose pages ask by their own script: page files, a ticket in every opened page without which no
request is answered, and reading what was asked."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from drill.sites.base import Stage

View = Callable[[Request], Awaitable[Response]]
HEADER = "x-page-ticket"
_KINDS = {".js": "text/javascript", ".css": "text/css"}


def load_page(name: str) -> str:
    """The text of one of the page files."""
    return (Path(__file__).parent / "pages" / name).read_text(encoding="utf-8")


def page_files(*names: str) -> Route:
    """The scripts and style sheets that a site's pages load."""

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in (*names, "page.js"):
            return Response("", 404)
        return Response(load_page(name), media_type=_KINDS[Path(name).suffix])

    return Route("/fe/{name}", file)


def page_state(state: Any) -> str:
    """JSON as a page's script holds it, escaped so that no text can end the script."""
    return json.dumps(state, ensure_ascii=False).replace("<", "\\u003c")


class Ticketed:
    """A site's pages with their tickets, and its interfaces that are for such pages only."""

    def __init__(self, stage: Stage, refusal: Callable[[], Response]) -> None:
        """
        Args:
            refusal: the platform's own answer to requests that come from no page.
        """
        self._stage, self._refusal = stage, refusal

    def ticket(self) -> str:
        made = secrets.token_urlsafe(18)
        self._stage.tickets.add(made)
        return made

    def page(self, template: str, *, title: str, **values: str) -> Response:
        """A page file with a new ticket, its title as text, and values (names in upper case) as they are."""
        given = {"TITLE": html.escape(title), "TICKET": self.ticket(), **values}
        return HTMLResponse(re.sub(r"%%([A-Z]+)%%", lambda found: given[found[1]], load_page(template)))

    def needed(self, view: View) -> View:
        async def answer(request: Request) -> Response:
            if request.headers.get(HEADER) not in self._stage.tickets:
                return self._refusal()
            return await view(request)

        return answer


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request; empty where it is none."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read_number(shown: str | None, *, least: int) -> int:
    """A page's number or an offset as it stands in an address; ``least`` where it is none."""
    return max(least, int(shown)) if shown is not None and shown.isdecimal() and len(shown) < 10 else least
