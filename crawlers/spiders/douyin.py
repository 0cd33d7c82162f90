"""Douyin in a real browser: its pages are opened as a person would, and what their own script receives is read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.listening import Heard
from crawlers.parsers import douyin
from crawlers.parsers.douyin_comments import parse_comments
from crawlers.poll import BLOCKS, Unseen
from crawlers.spiders.browsing import Opened
from crawlers.spiders.commenting import CommentingSpider, CommentList
from records.mention import Author, Mention, Platform, Verified
from records.outcome import Outcome, Page, Target, Task

SEARCH = ("/general/search/stream/", "/general/search/single/", "/search/item/")
"""The first screen, further screens, and the video tab."""
DETAIL, COMMENTS, REPLIES = "/aweme/detail/", "/comment/list/", "/comment/list/reply/"
SCROLLER = ".comment-mainContent"
"""The part of a post's page that holds the comments."""
UNFOLD = 'button:text-matches("展开.{0,8}条回复") >> visible=true'
"""What shows more replies to one comment."""
SORTS = {"general": "0", "liked": "1", "latest": "2"}
ATTEMPTS = 2
"""Times a search is opened that gets an empty list without a word of why: such answers are often right on the second."""


class DouyinSpider(CommentingSpider):
    name = "douyin"
    platform: ClassVar[Platform] = Platform.DOUYIN
    default_url: ClassVar[str] = "https://www.douyin.com"
    walls = ("/passport/", "/login?")

    async def look_search(self) -> None:
        for attempt in range(ATTEMPTS):
            if attempt:
                self.poll.begin_again()
            await self._search()
            if self.poll.outcome is not Outcome.SUSPECT:
                break
        if self.poll.outcome is Outcome.ITEMS and self.poll.request.task is not Task.CONTROL:
            await self._complete()

    async def _search(self) -> None:
        sort = SORTS[self.poll.options.text("sort")]
        given = urlencode({"type": self.poll.options.text("tab"), "sort_type": sort})
        opened = await self.open(f"{self.base_url}/search/{quote(self.query, safe='')}?{given}", *SEARCH)
        try:
            wall = douyin.parse_search_page(opened.answer.body, **self.of_page(opened))
            if wall.outcome in BLOCKS:
                self.poll.take(wall)
                return
            await self.read_results(lambda number: self._results(opened, first=number == 1))
        finally:
            await self.close_page(opened)

    async def _results(self, opened: Opened, *, first: bool) -> tuple[Page | None, bool]:
        """What the script got for our words. An empty list proves nothing: the page must say that there is nothing."""
        heard = await self.hear(opened, SEARCH, first=first, wanted=self._is_ours)
        if heard is None:
            return (await self._judged(opened) if first else None), False
        page, in_order = (
            douyin.parse_search(heard.body, **self.of_heard(heard)),
            heard.argument("sort_type") == SORTS["latest"],
        )
        if page.outcome is Outcome.SUSPECT and not self.poll.mentions:
            shown = await self._judged(opened)
            return (shown if shown.outcome is Outcome.EMPTY or shown.outcome in BLOCKS else page), in_order
        return page, in_order

    async def _judged(self, opened: Opened) -> Page:
        return douyin.parse_search_page(await self.html_of(opened), **self.of_page(opened))

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words (recommendations, prefetched) are not ours."""
        keyword = heard.argument("keyword")
        return keyword is None or keyword == self.query

    async def _complete(self) -> None:
        """Followers and badges of the authors whom the search did not tell, those of the most liked posts first."""
        left = self.poll.options.count("details")
        for mention in sorted(self.poll.mentions, key=lambda m: -(m.metrics.likes or 0)):
            if mention.author.id is None or mention.author.followers is not None:
                continue
            known: Author | None = self.poll.memory.get("author", mention.author.id)
            if known is None and left > 0:
                left -= 1
                known = await self._read_author(mention)
                if self.poll.outcome in BLOCKS:
                    return
            if known is not None:
                self.poll.put(douyin.with_author(mention, known))

    async def _read_author(self, mention: Mention) -> Author | None:
        try:
            opened = await self._open_post(mention.url, mention.id, DETAIL)
        except Unseen as error:
            self.poll.note(f"an author's figures were not to be had: {error.detail}")
            return None
        try:
            page = await self._post(opened, mention.id)
        finally:
            await self.close_page(opened)
        found = next((m for m in page.mentions if m.id == mention.id), None)
        if page.outcome in BLOCKS:
            self.poll.refuse(page.outcome, f"post: {page.detail}")
        elif found is None:
            self.poll.note(f"an author's figures were not to be had: {page.detail or 'another post was shown'}")
        return self._remembered(found)

    def _remembered(self, found: Mention | None) -> Author | None:
        """The author of an opened post, kept for later posts where the page told of followers or badge."""
        if found is None or found.author.id is None:
            return None
        if found.author.followers is not None or found.author.verified is not Verified.UNKNOWN:
            self.poll.memory.put("author", found.author.id, value=found.author)
        return found.author

    async def _post(self, opened: Opened, ident: str) -> Page:
        """The post as the server wrote it into the page, or as the page's script received it."""
        written = douyin.parse_detail_page(opened.answer.body, **self.of_page(opened))
        if written.outcome is not Outcome.CHANGED:
            return written
        heard = await self.hear(opened, DETAIL, wanted=lambda h: h.argument("aweme_id") in (ident, None))
        if heard is not None:
            return douyin.parse_detail(heard.body, **self.of_heard(heard))
        return douyin.parse_detail_page(await self.html_of(opened), **self.of_page(opened))

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self._open_post(target.url, target.id, DETAIL)
        try:
            page = self.of_target(await self._post(opened, target.id), target)
            for mention in page.mentions:
                self._remembered(mention)
            yield page
        finally:
            await self.close_page(opened)

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self._open_post(target.url, target.id, DETAIL, COMMENTS, REPLIES)
        try:
            post = self.of_target(await self._post(opened, target.id), target)
            if post.outcome is not Outcome.ITEMS:
                yield post
                return
            async for page in self.read_comments(opened, _comments_under(target)):
                yield page
        finally:
            await self.close_page(opened)

    async def _open_post(self, url: str | None, ident: str, *suffixes: str) -> Opened:
        """A post's page; picture posts have pages of another kind."""
        kind = "note" if url and "/note/" in url else "video"
        return await self.open(f"{self.base_url}/{kind}/{ident}", *suffixes)


def _comments_under(target: Target) -> CommentList:
    return CommentList(
        suffix=COMMENTS,
        replies=REPLIES,
        parse=parse_comments,
        wanted=lambda h: {h.argument("aweme_id"), h.argument("item_id")} <= {target.id, None},
        scroller=SCROLLER,
        unfold=UNFOLD,
    )
