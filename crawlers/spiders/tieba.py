"""百度贴吧 in a real browser: results and threads as the server wrote them into the page, else as its script asked for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.listening import Heard
from crawlers.parsers import tieba, tieba_html
from crawlers.parsers.tieba import Thread, replies_of
from crawlers.poll import BLOCKS
from crawlers.spiders.browsing import Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Kind, Platform
from records.outcome import Outcome, Page, Target

SEARCH, THREAD, UNDER_FLOORS = "/multsearch", "/pb/page_pc", "/p/totalComment"
PAGE_SIZE = 20
UNDER_FLOORS_FOLLOW = 2.0
"""Seconds an older thread page may take after it is loaded to ask for the replies under its floors."""


class TiebaSpider(RevisitingSpider):
    name = "tieba"
    platform: ClassVar[Platform] = Platform.TIEBA
    default_url: ClassVar[str] = "https://tieba.baidu.com"
    walls = ("wappass.baidu.com", "seccaptcha.baidu.com", "passport.baidu.com", "/static/captcha")

    async def look_search(self) -> None:
        """Newest first. An older page is turned by its address, a newer one by scrolling."""
        opened, is_written = await self._open_results(1), False

        async def following(number: int) -> tuple[Page | None, bool]:
            nonlocal opened, is_written
            if number > 1 and is_written:
                await self.close_page(opened)
                opened = await self._open_results(number)
            page, is_written = await self._results(opened, first=number == 1)
            return page, True

        try:
            await self.read_results(following)
        finally:
            await self.close_page(opened)

    async def _open_results(self, number: int) -> Opened:
        given = {"ie": "utf-8", "qw": self.query, "rn": str(PAGE_SIZE), "sm": "1", "pn": str(number)}
        return await self.open(f"{self.base_url}/f/search/res?{urlencode(given, quote_via=quote)}", SEARCH)

    async def _results(self, opened: Opened, *, first: bool) -> tuple[Page | None, bool]:
        """The next results, and whether the server wrote them; a page that is a wall is named at once."""
        html = await self.html_of(opened)
        shown = tieba_html.parse_search_page(html, **self.of_page(opened))
        if tieba_html.is_written(html) or shown.outcome in BLOCKS:
            return shown, True
        heard = await self.hear(opened, SEARCH, first=first, wanted=self._is_ours)
        if heard is not None:
            return tieba.parse_search(heard.body, **self.of_heard(heard)), False
        if not first:
            return None, False
        html = await self.html_of(opened)
        return tieba_html.parse_search_page(html, **self.of_page(opened)), False

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words are not ours."""
        return heard.argument("word") in (None, self.query)

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """A thread by its first page, a floor or what stands under it by the page that its address leads to."""
        opened = await self._open_thread(target, 1)
        try:
            thread, written = await self._thread(opened)
            under = await self._under_floors(opened, thread) if written and target.kind is Kind.REPLY else None
        finally:
            await self.close_page(opened)
        if target.kind is Kind.POST or thread.outcome is not Outcome.ITEMS:
            yield self.of_target(thread.post, target)
            return
        shown = (*thread.replies, *(under.mentions if under else ()))
        found = tuple(m for m in shown if m.id == target.id)
        page = Page(outcome=Outcome.ITEMS, mentions=found)
        yield (
            page if found else Page(outcome=Outcome.SUSPECT, detail="the reply is not on the page its address leads to")
        )

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """The thread's first page, then the newest floors: from the last page backwards."""
        most = self.poll.options.count("comment_pages")
        thread, pages = await self._replies(target, 1)
        for page in pages:
            yield page
        for read, number in enumerate(range(thread.pages, 1, -1), start=1):
            # what is known of the oldest floors, on the first page, says nothing about the newest
            if read > 1 and not self.poll.goes_on(pages[0], read=read, most=most):
                return
            if read >= most or self.poll.is_full:
                self.poll.caught_up = False
                return
            thread, pages = await self._replies(target, number)
            for page in pages:
                yield page

    async def _replies(self, target: Target, number: int) -> tuple[Thread, list[Page]]:
        """One page of a thread, and on it the floors, then what stands under them where that comes apart."""
        opened = await self._open_thread(target, number)
        try:
            thread, written = await self._thread(opened)
            under = await self._under_floors(opened, thread) if written else None
        finally:
            await self.close_page(opened)
        floors = replies_of(thread, following=str(number))
        return thread, [floors, *([under] if under is not None else [])]

    async def _open_thread(self, target: Target, number: int) -> Opened:
        given = {"pn": str(number)} if number > 1 else {}
        if target.kind is not Kind.POST:
            given["pid"] = tieba_html.floor_in(target.url) or target.id
        thread = quote(tieba_html.thread_in(target.url) or target.id, safe="")
        address = f"{self.base_url}/p/{thread}" + (f"?{urlencode(given)}" if given else "")
        return await self.open(address, THREAD, UNDER_FLOORS)

    async def _thread(self, opened: Opened) -> tuple[Thread, bool]:
        """A page of a thread, and whether the server wrote it."""
        html = await self.html_of(opened)
        shown = tieba_html.parse_thread_page(html, **self.of_page(opened))
        if tieba_html.is_written(html) or shown.outcome is not Outcome.CHANGED:
            return shown, True
        heard = await self.hear(opened, THREAD)
        if heard is not None:
            return tieba.parse_thread(heard.body, **self.of_heard(heard)), False
        return tieba_html.parse_thread_page(await self.html_of(opened), **self.of_page(opened)), False

    async def _under_floors(self, opened: Opened, thread: Thread) -> Page | None:
        """The replies under the floors, which an older page's script asks for by itself."""
        if not any(m.metrics.comments for m in thread.replies):
            return None
        heard = await self.hear(opened, UNDER_FLOORS, seconds=UNDER_FLOORS_FOLLOW)
        return tieba_html.parse_under_floors(heard.body, **self.of_heard(heard)) if heard is not None else None
