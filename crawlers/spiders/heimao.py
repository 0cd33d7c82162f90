"""黑猫投诉 in a real browser: its search page, its page of newest complaints, and the pages of complaints."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.listening import Heard
from crawlers.parsers import heimao
from crawlers.poll import BLOCKS, Unseen
from crawlers.spiders.browsing import Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Platform
from records.outcome import Outcome, Page, Target

SEARCH, FEED = "/api/index/s", "/api/index/feed"
DETAIL_KEPT = timedelta(hours=6)
"""A complaint that was opened is opened again by a search only after this: by then it may have been answered."""


class HeimaoSpider(RevisitingSpider):
    name = "heimao"
    platform: ClassVar[Platform] = Platform.HEIMAO
    default_url: ClassVar[str] = "https://tousu.sina.com.cn"
    walls = ("login.sina.com.cn", "passport.weibo.", "passport.sina.", "/login?")

    async def look_search(self) -> None:
        """Search, newest first; where only a login hides it, the public feed is read besides, and the block stands."""
        way = self.poll.options.text("way")
        if way != "feed":
            await self._search()
        if way == "feed" or (way == "auto" and self.poll.outcome is Outcome.BLOCKED_LOGIN):
            await self._feed()
        if self.poll.outcome is Outcome.ITEMS:
            await self._complete()

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        yield self.of_target(await self._complaint(target), target)

    async def _search(self) -> None:
        given = urlencode({"keywords": self.query, "t": "1"}, quote_via=quote)
        opened = await self.open(f"{self.base_url}/index/search/?{given}", SEARCH)

        async def following(number: int) -> tuple[Page | None, bool]:
            return await self._next(opened, SEARCH, first=number == 1), True

        try:
            await self.read_results(following)
        finally:
            await self.close_page(opened)

    async def _feed(self) -> None:
        """The newest complaints about anyone, matched here; read back to where the last look began."""
        opened = await self.open(f"{self.base_url}/", FEED)
        most, seen_until = self.poll.options.count("pages"), self.poll.memory.get("heimao-feed", self.query)
        newest = seen_until
        try:
            for read in range(1, most + 1):
                page = await self._next(opened, FEED, first=read == 1)
                if page is None:
                    self.poll.caught_up = False  # more was promised, and the page asked for nothing
                    break
                self.poll.take(heimao.matching(page, self.query))
                times = [m.published_at for m in page.mentions if m.published_at is not None]
                newest = max([*times, *([newest] if newest else [])], default=None)
                if page.outcome is not Outcome.ITEMS or page.next is None:
                    break
                if times and seen_until is not None and min(times) <= seen_until:
                    break
            else:
                self.poll.caught_up = False
        finally:
            await self.close_page(opened)
        if newest is not None:
            self.poll.memory.put("heimao-feed", self.query, value=newest)

    async def _next(self, opened: Opened, suffix: str, *, first: bool) -> Page | None:
        """The next answer; a page that is a wall is named at once, one whose script asks for nothing after the wait."""
        if first and (wall := await self._judged(opened)).outcome in BLOCKS:
            return wall
        heard = await self.hear(opened, suffix, first=first, wanted=self._is_ours)
        if heard is not None:
            return heimao.parse_search(heard.body, **self.of_heard(heard))
        return await self._judged(opened) if first else None

    async def _judged(self, opened: Opened) -> Page:
        return heimao.parse_search_page(await self.html_of(opened), **self.of_page(opened))

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words, and other lists of the front page, are not ours."""
        words, kind = heard.argument("keywords"), heard.argument("type")
        return words in (None, self.query) if words is not None else kind in (None, "1")

    async def _complete(self) -> None:
        """The whole words of the newest complaints, from memory or by opening their pages within the limit."""
        left = self.poll.options.count("details")
        for mention in self.poll.mentions:
            held: Page | None = self.poll.memory.get("heimao", mention.id)
            if held is not None and mention.collected_at - held.mentions[0].collected_at < DETAIL_KEPT:
                self.poll.put(heimao.with_details(mention, held))
                continue
            if left <= 0:
                continue
            left -= 1
            target = Target(platform=mention.platform, kind=mention.kind, id=mention.id, url=mention.url)
            try:
                page = await self._complaint(target)
            except Unseen as error:
                page = Page(outcome=error.outcome, detail=error.detail)
            if page.outcome is Outcome.ITEMS:
                self.poll.memory.put("heimao", mention.id, value=page)
                self.poll.put(heimao.with_details(mention, page))
                continue
            self.poll.refuse(page.outcome, f"complaint: {page.detail}")
            if page.outcome in BLOCKS:
                return

    async def _complaint(self, target: Target) -> Page:
        opened = await self.open(f"{self.base_url}/complaint/view/{quote(target.id, safe='')}/")
        try:
            return heimao.parse_complaint(await self.html_of(opened), **self.of_page(opened))
        finally:
            await self.close_page(opened)
