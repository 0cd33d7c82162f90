"""Hearing what a page's own script asks for: its answers are read, nothing is asked in its name."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response

HEAVY = frozenset({"image", "media", "font"})
LOOK_EVERY = 0.25
"""Seconds between two looks at the page's address while waiting."""


_WESTERN = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(256)}
"""Character → byte of the charset that browsers take for text of which none is told."""


def original_bytes(body: bytes, content_type: str) -> bytes:
    """A body as the site sent it: what is text without a charset, the browser hands over read as Western text."""
    if not content_type.startswith("text/") or "charset" in content_type:
        return body
    try:
        return bytes(_WESTERN[c] for c in body.decode("utf-8"))
    except (KeyError, UnicodeDecodeError):
        return body


def is_heavy(request: Request) -> bool:
    """Pictures, films and fonts are not loaded: nothing here looks at them."""
    return request.resource_type in HEAVY


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One answer to the page's own request."""

    url: str
    status: int
    content_type: str
    body: bytes
    asked: str
    """Body of the page's request, which labels the answer (keyword, page)."""

    def argument(self, name: str) -> str | None:
        """A value of the request's JSON body or of its query string; None where it carries none."""
        try:
            body = json.loads(self.asked) if self.asked else {}
        except ValueError:
            body = {}
        told = body.get(name) if isinstance(body, dict) else None
        return str(told) if told is not None else parse_qs(urlsplit(self.url).query).get(name, [None])[0]


class Listener:
    """Collects the answers whose path ends in one of the suffixes (hosts move, paths stay)."""

    def __init__(self, *suffixes: str) -> None:
        self._suffixes = suffixes
        self._heard: list[Heard] = []
        self._news = asyncio.Event()

    async def hear(self, response: Response) -> None:
        """Handler of the page's ``response`` event: the body is read at once, a navigation would lose it."""
        if not urlsplit(response.url).path.endswith(self._suffixes) or response.request.method == "OPTIONS":
            return
        try:
            body = await response.body()
            content_type = (await response.all_headers()).get("content-type", "")
            asked = response.request.post_data or ""
        except (PlaywrightError, UnicodeDecodeError):
            return
        self._heard.append(
            Heard(
                url=response.url,
                status=response.status,
                content_type=content_type,
                body=original_bytes(body, content_type.lower()),
                asked=asked,
            )
        )
        self._news.set()

    def take(self, suffix: str | tuple[str, ...], wanted: Callable[[Heard], bool] = lambda _: True) -> Heard | None:
        """The next answer of that kind (or one of these kinds) that was not taken yet."""
        for place, heard in enumerate(self._heard):
            if urlsplit(heard.url).path.endswith(suffix) and wanted(heard):
                return self._heard.pop(place)
        return None

    async def wait(
        self,
        suffix: str | tuple[str, ...],
        *,
        page: Page,
        seconds: float,
        wanted: Callable[[Heard], bool] = lambda _: True,
        is_wall: Callable[[str], bool] = lambda _: False,
    ) -> Heard | None:
        """The next wanted answer, or None when the time is over, the page closed, or its address became a wall's."""
        until = time.monotonic() + seconds
        while True:
            heard = self.take(suffix, wanted)
            left = until - time.monotonic()
            if heard is not None or left <= 0 or page.is_closed() or is_wall(page.url):
                return heard
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(left, LOOK_EVERY))
            except TimeoutError:
                continue


async def content_of(page: Page) -> str:
    """The page as it stands; "" where it is gone or still moving."""
    try:
        return await page.content()
    except PlaywrightError:
        return ""


async def close_quietly(page: Any) -> None:
    try:
        await page.close()
    except PlaywrightError:
        return
