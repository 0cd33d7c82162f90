"""What spiders share that read a real browser's page: it is opened as a person would, and what its own script receives
is read (nothing is asked in its name, nothing is signed)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page as BrowserPage
from scrapy import Request
from scrapy.settings import BaseSettings

from crawlers.browser import find_browser
from crawlers.listening import Heard, Listener, close_quietly, content_of
from crawlers.sessions import find_state
from crawlers.settings import BROWSER_HANDLER
from crawlers.spiders.base import Answer, PollSpider
from records.outcome import Page

SCROLL_ANSWERED = 5.0
"""Seconds a page may take to ask for more after it was scrolled; one that asks for nothing has no more."""
SCROLL_REST = 6.0
"""Seconds at most between two scrolls (the option ``delay`` where that is less): each makes the page ask once more."""
PRESS_WITHIN = 2.0
"""Seconds a press on something in the page may take; what cannot be pressed by then is covered or gone."""


Following = Callable[[int], Awaitable[tuple[Page | None, bool]]]
"""The results with this number, counted from 1, and whether they are sorted by time; None where the page asks for no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    page: BrowserPage
    listener: Listener
    answer: Answer


class BrowserSpider(PollSpider):
    """Subclasses open addresses and read answers by the suffix of their path. Always close what was opened."""

    needs_browser: ClassVar[bool] = True
    walls: ClassVar[tuple[str, ...]] = ()
    """Parts of an address (path or query) that only the platform's walls have."""

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        handlers = dict.fromkeys(("http", "https"), BROWSER_HANDLER)
        settings.set("DOWNLOAD_HANDLERS", {**settings.getdict("DOWNLOAD_HANDLERS"), **handlers}, "spider")
        found = None if settings.get("PLAYWRIGHT_CDP_URL") else find_browser()
        if found is not None and found.path:
            root = hasattr(os, "geteuid") and os.geteuid() == 0
            arguments = ["--disable-quic", *(["--no-sandbox"] if root else [])]
            settings.set("PLAYWRIGHT_LAUNCH_OPTIONS", {"executable_path": found.path, "args": arguments}, "spider")

    def is_wall(self, url: str) -> bool:
        """Waiting ends where the page's address became a wall's."""
        return any(part in url for part in self.walls)

    async def open(self, address: str, *suffixes: str) -> Opened:
        """Open an address in a new page that listens for answers with these path suffixes.

        Raises:
            Unseen: the page does not load.
        """
        listener = Listener(*suffixes)
        meta: dict[str, Any] = {
            "playwright": True,
            "playwright_include_page": True,
            "playwright_context_kwargs": self.context(),
            "playwright_page_event_handlers": {"response": listener.hear},
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
            "dont_retry": True,
            "dont_redirect": True,
        }
        request = Request(address, meta=meta, dont_filter=True)
        try:
            response = await self.download(request)
        except BaseException:
            if request.meta.get("playwright_page") is not None:
                await close_quietly(request.meta["playwright_page"])
            raise
        return Opened(page=response.meta["playwright_page"], listener=listener, answer=self.answer(response))

    async def close_page(self, opened: Opened) -> None:
        await close_quietly(opened.page)

    async def read_results(self, following: Following) -> None:
        """Take results page by page (option ``pages``), as long as there is more to read."""
        most = self.poll.options.count("pages")
        for read in range(1, most + 1):
            page, in_order = await following(read)
            if page is None:
                self.poll.caught_up = False  # more was promised, and the page asked for nothing
                return
            self.poll.take(page)
            if not self.poll.goes_on(page, read=read, most=most, in_order=in_order):
                return

    async def hear(
        self,
        opened: Opened,
        suffix: str | tuple[str, ...],
        *,
        first: bool = True,
        wanted: Callable[[Heard], bool] = lambda _: True,
        seconds: float | None = None,
        over: str = "",
    ) -> Heard | None:
        """The next answer the page's own script gets; None where none came (judge the page then, with ``html_of``).

        Args:
            suffix: end of the answer's path, or several.
            first: False scrolls down first, which makes the page ask for more; waiting is short then.
            wanted: leaves out answers for other words.
            seconds: to wait; default the option ``wait``.
            over: selector of the part of the page that scrolls by itself; the mouse is put over it first.
        """
        wait = seconds if seconds is not None else self.poll.options.number("wait")
        if not first:
            await asyncio.sleep(min(self.poll.options.number("delay"), SCROLL_REST))
            try:
                await self._mouse_over(opened, over)
                await opened.page.mouse.wheel(0, 15_000)
            except PlaywrightError:
                return None
            wait = min(wait, SCROLL_ANSWERED)
        heard = await opened.listener.wait(suffix, page=opened.page, seconds=wait, wanted=wanted, is_wall=self.is_wall)
        if heard is not None:
            self.poll.last_body = heard.body
        return heard

    async def _mouse_over(self, opened: Opened, selector: str) -> None:
        part = await opened.page.query_selector(selector) if selector else None
        box = await part.bounding_box() if part is not None else None
        if box is not None:
            await opened.page.mouse.move(box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, 800))

    async def press(self, opened: Opened, selector: str) -> bool:
        """Press the first thing that the selector finds; False where there is none, or it cannot be pressed."""
        try:
            part = await opened.page.query_selector(selector)
            if part is not None:
                await part.click(timeout=PRESS_WITHIN * 1000)
        except PlaywrightError:
            return False
        return part is not None

    async def html_of(self, opened: Opened) -> str:
        """The page as it stands, for judging one whose script asked for nothing."""
        html = await content_of(opened.page)
        self.poll.last_body = html.encode("utf-8", "replace")
        return html

    def of_page(self, opened: Opened) -> dict[str, Any]:
        """The arguments a parser takes beside the page's own HTML."""
        return {"status": opened.answer.status, "url": opened.page.url, "collected_at": self.poll.clock()}

    def of_heard(self, heard: Heard) -> dict[str, Any]:
        """The arguments a parser takes beside a heard body."""
        return {
            "status": heard.status,
            "url": heard.url,
            "collected_at": self.poll.clock(),
            "content_type": heard.content_type,
        }

    def context(self) -> dict[str, Any]:
        """A fresh context; for the platform itself with the operator's own saved login. A stand-in never gets it."""
        context: dict[str, Any] = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}}
        saved = find_state(self.platform, os.environ) if self.poll.request.base_url is None else None
        if saved is not None:
            context["storage_state"] = str(saved)
        if proxy := self.poll.options.text("proxy"):
            context["proxy"] = {"server": proxy}
        return context
