"""Kuaishou in a real browser: the pages are opened as a person would; what the server wrote into them and what their own
scripts receive is read. The search has no order by time, so every poll reads its screens to the end."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from playwright.async_api import Error as PlaywrightError

from crawlers.listening import Heard
from crawlers.parsers import kuaishou
from crawlers.parsers.payload import at, mapping
from crawlers.poll import BLOCKS
from crawlers.spiders.browsing import Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Platform
from records.outcome import Outcome, Page, Target

GRAPHQL = "/graphql"
SEARCH = ("/search/feed", "visionSearchPhoto")
VIDEO = ("", "visionVideoDetail")
COMMENTS = ("/comment/list", "commentListQuery")
REPLIES = ("/comment/sublist", "visionSubCommentList")
"""What a request is for: end of its path, or its name in the older transport."""
COMMENTS_FOLLOW = 2.0
"""Seconds a video's page may take after the video to ask for its comments, whose number only they tell."""
UNFOLD = re.compile(r"^\s*展开.{0,12}回复\s*$")
REPLIES_FOLLOW = 1.5
"""Seconds the page may take to ask for the replies that were unfolded."""


class KuaishouSpider(RevisitingSpider):
    name = "kuaishou"
    platform: ClassVar[Platform] = Platform.KUAISHOU
    default_url: ClassVar[str] = "https://www.kuaishou.com"
    walls = ("//captcha.", "passport.kuaishou.com/", "/login?")

    async def look_search(self) -> None:
        given = urlencode({"searchKey": self.query}, quote_via=quote)
        opened = await self.open(f"{self.base_url}/search/video?{given}", SEARCH[0], GRAPHQL)
        try:
            await self.read_results(lambda number: self._results(opened, first=number == 1))
        finally:
            await self.close_page(opened)

    async def _results(self, opened: Opened, *, first: bool) -> tuple[Page | None, bool]:
        """The next answer of the search, which knows no order of time."""
        is_error = opened.answer.status != 200
        heard = None if is_error else await self.hear(opened, "", first=first, wanted=self._is_ours)
        if heard is not None:
            return kuaishou.parse_search(heard.body, **self.of_heard(heard)), False
        if not first:
            return None, False
        return kuaishou.parse_search_page(await self.html_of(opened), **self.of_page(opened)), False

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words (recommended, prefetched) are not ours."""
        return is_for(heard, SEARCH) and asked_value(heard, "keyword") in (None, self.query)

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self._open_video(target)
        try:
            page = self.of_target(await self._video(opened, target), target)
            told = await self._comments_beside(opened, target) if page.outcome is Outcome.ITEMS else None
            if told is not None:
                whole = tuple(kuaishou.with_comment_total(m, told) for m in page.mentions)
                page = Page(outcome=page.outcome, mentions=whole, detail=page.detail, skipped=page.skipped)
            yield page
            if told is not None and told.outcome in BLOCKS:
                yield told
        finally:
            await self.close_page(opened)

    async def _video(self, opened: Opened, target: Target) -> Page:
        """The video as the server wrote it into the page, else as the page's script asked for it."""
        page = await self._page_of(opened, target)
        if self._is_settled(opened, page):
            return page
        heard = await self.hear(opened, "", wanted=lambda h: is_for(h, VIDEO) and _is_about(h, target))
        if heard is not None:
            return kuaishou.parse_video(heard.body, **self.of_heard(heard))
        return await self._page_of(opened, target)

    def _is_settled(self, opened: Opened, page: Page) -> bool:
        """Whether the page alone says how it stands: what lies over it at first (a login to close) may say nothing."""
        told = page.outcome in (Outcome.ITEMS, Outcome.GONE)
        return told or opened.answer.status != 200 or self.is_wall(opened.page.url)

    async def _comments_beside(self, opened: Opened, target: Target) -> kuaishou.CommentPage | None:
        """The first comments that the page asks for by itself; None where it asks for none soon."""
        seconds = min(COMMENTS_FOLLOW, self.poll.options.number("wait"))
        heard = await self._next_comments(opened, target, seconds=seconds)
        return self._comments(heard, target) if heard is not None else None

    async def _next_comments(
        self, opened: Opened, target: Target, *, first: bool = True, seconds: float | None = None
    ) -> Heard | None:
        return await self.hear(
            opened, "", first=first, seconds=seconds, wanted=lambda h: is_for(h, COMMENTS) and _is_about(h, target)
        )

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self._open_video(target)
        most = self.poll.options.count("comment_pages")
        try:
            shown = await self._page_of(opened, target)
            heard = None
            if shown.outcome is Outcome.ITEMS or not self._is_settled(opened, shown):
                heard = await self._next_comments(opened, target)
                shown = await self._page_of(opened, target) if heard is None else shown
            if heard is None:
                yield shown if shown.outcome not in (Outcome.ITEMS, Outcome.SUSPECT) else _unasked()
                return
            unfolds = self.poll.options.count("replies")
            for number in range(1, most + 1):
                page = self._comments(heard, target)
                yield page
                async for replies in self._replies(opened, target, unfolds if page.mentions else 0):
                    yield replies
                    unfolds -= 1
                if not self.poll.goes_on(page, read=number, most=most, in_order=False):
                    return
                heard = await self._next_comments(opened, target, first=False)
                if heard is None:
                    self.poll.caught_up = False
                    return
        finally:
            await self.close_page(opened)

    async def _replies(self, opened: Opened, target: Target, most: int) -> AsyncGenerator[Page, None]:
        """Replies that the page asks for when a person unfolds them."""
        for _ in range(most):
            try:
                places = opened.page.locator("[class*=comment]").get_by_text(UNFOLD)
                if not await places.count():
                    return
                await self.rest()
                await places.first.click(timeout=1000)
            except PlaywrightError:
                return
            heard = await self.hear(opened, "", seconds=REPLIES_FOLLOW, wanted=lambda h: is_for(h, REPLIES))
            if heard is None:
                return
            root = asked_value(heard, "rootCommentId")
            if root is not None:
                yield self._comments(heard, target, root=root)

    def _comments(self, heard: Heard, target: Target, *, root: str | None = None) -> kuaishou.CommentPage:
        return kuaishou.parse_comments(heard.body, **self.of_heard(heard), post=target.id, root=root)

    async def _page_of(self, opened: Opened, target: Target) -> Page:
        html = await self.html_of(opened)
        return kuaishou.parse_video_page(html, **self.of_page(opened), video=target.id)

    async def _open_video(self, target: Target) -> Opened:
        address = f"{self.base_url}/short-video/{quote(target.id, safe='')}"
        return await self.open(address, COMMENTS[0], REPLIES[0], GRAPHQL)


def is_for(heard: Heard, kind: tuple[str, str]) -> bool:
    """Whether an answer belongs to a request of that kind, of either transport."""
    path, operation = urlsplit(heard.url).path, kind[1]
    if path.endswith(GRAPHQL):
        return asked_value(heard, "operationName") == operation
    return bool(kind[0]) and path.endswith(kind[0])


def asked_value(heard: Heard, name: str) -> str | None:
    """A value of the page's request; the older transport holds them among its variables."""
    try:
        body: Any = json.loads(heard.asked) if heard.asked else None
    except (ValueError, RecursionError):
        body = None
    told = mapping(body).get(name, at(body, "variables", name))
    return str(told) if told is not None else None


def _is_about(heard: Heard, target: Target) -> bool:
    return asked_value(heard, "photoId") in (None, target.id)


def _unasked() -> Page:
    return Page(outcome=Outcome.CHANGED, detail="the page never asked for comments (/comment/list)")
