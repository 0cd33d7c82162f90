"""知乎 in a real browser: the search page, and the pages of answers, articles, videos and questions with their comments."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.listening import Heard
from crawlers.parsers import zhihu
from crawlers.parsers.payload import split_address
from crawlers.parsers.zhihu_comments import parse_comments
from crawlers.poll import BLOCKS
from crawlers.spiders.browsing import Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Kind, Mention, Platform
from records.outcome import Outcome, Page, Target

SEARCH, COMMENTS = "/search_v3", "/root_comment"
NEWEST = "created_time"
OPENS_COMMENTS = 'button.ContentItem-action:has-text("评论")'
NEWEST_COMMENTS = '[role=tab]:has-text("最新"), button:text-is("最新"), div.Comments-container div:text-is("最新")'
BY_TIME = "ts"
"""How the page's request for comments names the order by time."""
_ANSWER = re.compile(r"/question/\d+/answer/\d+")


class ZhihuSpider(RevisitingSpider):
    name = "zhihu"
    platform: ClassVar[Platform] = Platform.ZHIHU
    default_url: ClassVar[str] = "https://www.zhihu.com"
    articles_url: ClassVar[str] = "https://zhuanlan.zhihu.com"
    walls = ("/account/unhuman", "/signin?", "/signup?")

    async def look_search(self) -> None:
        given = {"type": "content", "q": self.query}
        if (sort := self.poll.options.text("sort")) != "default":
            given["sort"] = sort
        opened = await self.open(f"{self.base_url}/search?{urlencode(given, quote_via=quote)}", SEARCH)
        try:
            await self.read_results(lambda number: self._results(opened, first=number == 1))
        finally:
            await self.close_page(opened)

    async def _results(self, opened: Opened, *, first: bool) -> tuple[Page | None, bool]:
        """The next answer, and whether it is sorted by time; a page that is a wall is named at once."""
        if first and (wall := await self._judged(opened)).outcome in BLOCKS:
            return wall, False
        heard = await self.hear(opened, SEARCH, first=first, wanted=self._is_ours)
        if heard is not None:
            return zhihu.parse_search(heard.body, **self.of_heard(heard)), heard.argument("sort") == NEWEST
        return (await self._judged(opened) if first else None), False

    async def _judged(self, opened: Opened) -> Page:
        return zhihu.parse_search_page(await self.html_of(opened), **self.of_page(opened))

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words (suggested, corrected) are not ours."""
        return heard.argument("q") in (None, self.query)

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self.open(self._address(target))
        try:
            yield self.of_target(await self._content(opened), target)
        finally:
            await self.close_page(opened)

    async def _content(self, opened: Opened) -> Page:
        return zhihu.parse_content(await self.html_of(opened), **self.of_page(opened))

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """Comments are asked for once their button is pressed; by time where the page offers that order."""
        opened = await self.open(self._address(target), COMMENTS)
        try:
            content = self.of_target(await self._content(opened), target)
            if content.outcome is not Outcome.ITEMS:
                yield content
                return
            shown = content.mentions[0]
            if shown.metrics.comments == 0:
                yield Page(outcome=Outcome.EMPTY, detail="the post has no comments")
                return
            async for page in self._comments(opened, shown):
                yield page
        finally:
            await self.close_page(opened)

    async def _comments(self, opened: Opened, shown: Mention) -> AsyncGenerator[Page, None]:
        await self.press(opened, OPENS_COMMENTS)
        heard = await self.hear(opened, COMMENTS)
        if heard is None:
            yield Page(outcome=Outcome.CHANGED, detail="the page never asked for comments (/root_comment)")
            return
        in_order = heard.argument("order_by") == BY_TIME
        if not in_order and await self.press(opened, NEWEST_COMMENTS):
            sorted_anew = await self.hear(opened, COMMENTS, wanted=lambda h: h.argument("order_by") == BY_TIME)
            heard, in_order = (sorted_anew, True) if sorted_anew is not None else (heard, False)
        most = self.poll.options.count("comment_pages")
        for read in range(1, most + 1):
            page = parse_comments(heard.body, **self.of_heard(heard), link=shown.url)
            if page.outcome is Outcome.GONE:  # the post itself stands: only its comments are closed
                page = Page(outcome=Outcome.EMPTY, detail="the post's comments are closed")
            yield page
            if not self.poll.goes_on(page, read=read, most=most, in_order=in_order):
                return
            following = await self.hear(opened, COMMENTS, first=False, over=".Comments-container")
            if following is None:
                self.poll.caught_up = False
                return
            heard = following

    def _address(self, target: Target) -> str:
        """The post's page at the platform, or at the stand-in that is asked in its place."""
        ident = quote(target.id, safe="/")
        if target.kind is Kind.ARTICLE:
            return f"{self.base_url if self.poll.request.base_url else self.articles_url}/p/{ident}"
        if target.kind is Kind.VIDEO:
            return f"{self.base_url}/zvideo/{ident}"
        if target.id.startswith("question/"):
            return f"{self.base_url}/{ident}"
        told = split_address(target.url)
        if told is not None and _ANSWER.fullmatch(told.path.rstrip("/")):
            return f"{self.base_url}{told.path.rstrip('/')}"
        return f"{self.base_url}/answer/{ident}"
