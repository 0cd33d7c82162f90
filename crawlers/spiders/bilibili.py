"""Bilibili in a real browser: the pages are opened as a person would; what the server wrote into them and what their own
scripts receive is read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import ClassVar
from urllib.parse import quote, urlencode

from playwright.async_api import Error as PlaywrightError

from crawlers.listening import Heard
from crawlers.parsers import bilibili
from crawlers.parsers.bilibili_comments import parse_comments
from crawlers.poll import BLOCKS
from crawlers.spiders.browsing import Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Platform
from records.outcome import Outcome, Page, Target

SEARCH = "/search/type"
VIDEO = ("/view", "/view/detail")
COMMENTS = ("/reply/main", "/reply/wbi/main")
NEWEST = "2"
"""How the page's request for comments names the order by time."""
SCROLLS = 4
"""Comments are asked for once they come into view."""

_RESULTS = """() => {
  const store = window.__pinia && window.__pinia.searchTypeResponse;
  const found = store && store.searchTypeResponse;
  const told = found && (Array.isArray(found.result) || found.seid || found.v_voucher);
  return told ? JSON.stringify(found) : null;
}"""
"""Reads the results that the server wrote into the search page: its state is a program, no JSON."""


class BilibiliSpider(RevisitingSpider):
    name = "bilibili"
    platform: ClassVar[Platform] = Platform.BILIBILI
    default_url: ClassVar[str] = "https://search.bilibili.com"
    video_url: ClassVar[str] = "https://www.bilibili.com"
    walls = ("passport.bilibili.com/", "/login?")

    async def look_search(self) -> None:
        order = self.poll.options.text("sort")

        async def following(number: int) -> tuple[Page | None, bool]:
            return await self._results(number, order), order == "pubdate"

        await self.read_results(following)

    async def _results(self, number: int, order: str) -> Page:
        """One page of results: as written into the page, else as its script asked for them, else what the page is."""
        given = {"keyword": self.query, "order": order, "page": str(number)}
        opened = await self.open(f"{self.base_url}/video?{urlencode(given, quote_via=quote)}", SEARCH)
        try:
            shown = bilibili.parse_search_page(opened.answer.body, **self.of_page(opened))
            if shown.outcome in BLOCKS or opened.answer.status != 200:
                return shown
            written = await self._written(opened)
            if written is not None:
                return bilibili.parse_search_state(written, **self.of_page(opened))
            heard = await self.hear(opened, SEARCH, wanted=self._is_ours)
            if heard is not None:
                return bilibili.parse_search(heard.body, **self.of_heard(heard))
            return bilibili.parse_search_page(await self.html_of(opened), **self.of_page(opened))
        finally:
            await self.close_page(opened)

    async def _written(self, opened: Opened) -> str | None:
        try:
            found = await opened.page.evaluate(_RESULTS)
        except PlaywrightError:
            return None
        if not isinstance(found, str):
            return None
        self.poll.last_body = found.encode("utf-8", "replace")
        return found

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words and for other kinds of results are not ours."""
        keyword, kind = heard.argument("keyword"), heard.argument("search_type")
        return keyword in (None, self.query) and kind in (None, "video")

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        opened = await self._open_video(target, *VIDEO)
        try:
            yield self.of_target(await self._video(opened, target), target)
        finally:
            await self.close_page(opened)

    async def _video(self, opened: Opened, target: Target) -> Page:
        """The video as the server wrote it into the page, else as the page's script asked for it."""
        page = await self._page_of(opened)
        if page.outcome is not Outcome.SUSPECT:
            return page
        heard = await self.hear(
            opened,
            "",
            wanted=lambda h: h.argument("bvid") in (None, target.id) and h.url.partition("?")[0].endswith(VIDEO),
        )
        if heard is not None:
            return bilibili.parse_video(heard.body, **self.of_heard(heard))
        return await self._page_of(opened)

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """Comments as the page first shows them (pinned and liked ones), then the newest ones by its own order."""
        opened = await self._open_video(target, *COMMENTS)
        try:
            heard = None
            shown = await self._page_of(opened)
            if shown.outcome in (Outcome.ITEMS, Outcome.SUSPECT):
                heard = await self._first_comments(opened)
                shown = await self._page_of(opened) if heard is None else shown
            if heard is None:
                yield shown if shown.outcome not in (Outcome.ITEMS, Outcome.SUSPECT) else _unasked()
                return
            page = self._comments(heard, target)
            yield page
            newest = await self._newest_first(opened) if page.next is not None else None
            if newest is not None:
                page = self._comments(newest, target)
                yield page
            read, most = 1, self.poll.options.count("comment_pages")
            while self.poll.goes_on(page, read=read, most=most, in_order=newest is not None):
                heard = await self.hear(opened, "", first=False, wanted=lambda h: _has_order(h, newest is not None))
                if heard is None:
                    self.poll.caught_up = False
                    return
                page, read = self._comments(heard, target), read + 1
                yield page
        finally:
            await self.close_page(opened)

    async def _first_comments(self, opened: Opened) -> Heard | None:
        for _ in range(SCROLLS):
            heard = await self.hear(opened, "", first=False, wanted=lambda h: _has_order(h, False))
            if heard is not None or self.is_wall(opened.page.url):
                return heard
        return None

    async def _newest_first(self, opened: Opened) -> Heard | None:
        """What the page asks for when its order by time is chosen; None where it offers none (without a login)."""
        await self.rest()
        try:
            places = opened.page.locator("bili-comments, #commentapp, .reply-header")
            await places.get_by_text("最新", exact=True).first.click(timeout=2000)
        except PlaywrightError:
            return None
        return await self.hear(opened, "", wanted=lambda h: _has_order(h, True))

    def _comments(self, heard: Heard, target: Target) -> Page:
        return parse_comments(heard.body, **self.of_heard(heard), post=target.id)

    async def _page_of(self, opened: Opened) -> Page:
        return bilibili.parse_video_page(await self.html_of(opened), **self.of_page(opened))

    async def _open_video(self, target: Target, *suffixes: str) -> Opened:
        base = (self.poll.request.base_url or self.video_url).rstrip("/")
        return await self.open(f"{base}/video/{quote(target.id, safe='')}/", *suffixes)


def _has_order(heard: Heard, newest: bool) -> bool:
    """Whether an answer holds comments in the order by time, or in the order that the page starts with."""
    return heard.url.partition("?")[0].endswith(COMMENTS) and (heard.argument("mode") == NEWEST) is newest


def _unasked() -> Page:
    return Page(outcome=Outcome.CHANGED, detail="the page never asked for comments (/reply/main)")
