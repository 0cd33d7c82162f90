"""Xiaohongshu in a real browser: the search page is opened as a person would, and what its own script receives is read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from playwright.async_api import Error as PlaywrightError

from crawlers.listening import Heard, close_quietly, content_of
from crawlers.parsers import xiaohongshu
from crawlers.poll import BLOCKS, Unseen
from crawlers.spiders.browsing import SCROLL_ANSWERED, BrowserSpider, Opened
from records.mention import Mention, Platform
from records.outcome import Outcome, Page

SEARCH, NOTE, AUTHOR = "/search/notes", "/feed", "/user/otherinfo"
DETAIL_KEPT = timedelta(hours=6)
"""A note that was opened is opened again only after this: by then it may have been edited."""
AUTHOR_FOLLOWS = 1.5
"""Seconds the note's page may take after its text to ask for its author."""


class XiaohongshuSpider(BrowserSpider):
    name = "xiaohongshu"
    platform: ClassVar[Platform] = Platform.XIAOHONGSHU
    default_url: ClassVar[str] = "https://www.xiaohongshu.com"
    walls = ("/website-login/", "/404?")

    async def look_search(self) -> None:
        given = {"keyword": self.query, "source": "web_explore_feed", "sort": self.poll.options.text("sort")}
        opened = await self.open(f"{self.base_url}/search_result?{urlencode(given, quote_via=quote)}", SEARCH)
        tokens: dict[str, str] = {}
        try:
            for number in range(self.poll.options.count("pages")):
                page = await self._results(opened, first=number == 0)
                if page is None:
                    break
                self.poll.take(page)
                tokens |= page.tokens
                if page.next is None or self.poll.is_full or self.poll.outcome is not Outcome.ITEMS:
                    break
        finally:
            await close_quietly(opened.page)
        if self.poll.outcome is Outcome.ITEMS:
            await self._complete(tokens)

    async def _results(self, opened: Opened, *, first: bool) -> xiaohongshu.SearchPage | None:
        """What the script got for our words; on the first screen an unanswered page is judged, later it is the end."""
        wait = self.poll.options.number("wait")
        if not first:
            try:
                await opened.page.mouse.wheel(0, 15_000)
            except PlaywrightError:
                return None
        heard = await opened.listener.wait(
            SEARCH,
            page=opened.page,
            seconds=wait if first else min(wait, SCROLL_ANSWERED),
            wanted=self._is_ours,
            is_wall=self.is_wall,
        )
        if heard is not None:
            return xiaohongshu.parse_search(heard.body, **self.of_heard(heard))
        if not first:
            return None
        html = await content_of(opened.page)
        return xiaohongshu.parse_search_page(
            html, status=opened.answer.status, url=opened.page.url, collected_at=self.poll.clock()
        )

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words (recommendations, prefetched) are not ours."""
        keyword = heard.argument("keyword")
        return keyword is None or keyword == self.query

    async def _complete(self, tokens: dict[str, str]) -> None:
        """Text and followers of the notes, from memory or by opening their pages within the limits."""
        details, self._profiles_left = self.poll.options.count("details"), self.poll.options.count("profiles")
        for mention in self.poll.mentions:
            held: tuple[Mention, xiaohongshu.Profile | None] | None = self.poll.memory.get("xhs", mention.id)
            if held is not None and mention.collected_at - held[0].collected_at < DETAIL_KEPT:
                self._put(mention, *held)
            elif details > 0 and mention.id in tokens:
                details -= 1
                if not await self._read_note(mention, tokens[mention.id]):
                    return

    async def _read_note(self, mention: Mention, token: str) -> bool:
        """Open one note; False when that met a block, after which nothing more is opened."""
        given = urlencode({"xsec_token": token, "xsec_source": "pc_search"})
        try:
            opened = await self.open(f"{self.base_url}/explore/{mention.id}?{given}", NOTE, AUTHOR)
        except Unseen as error:
            self.poll.refuse(error.outcome, f"note: {error.detail}")
            return error.outcome not in BLOCKS
        try:
            page = await self._note(opened)
            heard = await self._author_heard(opened, mention) if page.outcome is Outcome.ITEMS else None
        finally:
            await close_quietly(opened.page)
        detail = next((m for m in page.mentions if m.id == mention.id), None)
        if detail is None:
            if page.outcome in BLOCKS:
                self.poll.refuse(page.outcome, f"note: {page.detail}")
                return False
            self.poll.note(f"a note's text was not to be had: {page.detail or 'another note was shown'}")
            return True
        profile = await self._profile(mention, heard)
        if profile is not None and profile.outcome in BLOCKS:
            self.poll.refuse(profile.outcome, f"author: {profile.detail}")
        self.poll.memory.put("xhs", mention.id, value=(detail, profile))
        self._put(mention, detail, profile)
        return self.poll.outcome is Outcome.ITEMS

    async def _note(self, opened: Opened) -> Page:
        wait = self.poll.options.number("wait")
        heard = await opened.listener.wait(NOTE, page=opened.page, seconds=wait, is_wall=self.is_wall)
        if heard is not None:
            return xiaohongshu.parse_detail(heard.body, **self.of_heard(heard))
        html = await content_of(opened.page)
        return xiaohongshu.parse_detail_page(
            html, status=opened.answer.status, url=opened.page.url, collected_at=self.poll.clock()
        )

    async def _author_heard(self, opened: Opened, mention: Mention) -> Heard | None:
        return await opened.listener.wait(
            AUTHOR,
            page=opened.page,
            seconds=min(AUTHOR_FOLLOWS, self.poll.options.number("wait")),
            wanted=lambda h: h.argument("target_user_id") == mention.author.id,
        )

    async def _profile(self, mention: Mention, heard: Heard | None) -> xiaohongshu.Profile | None:
        """The author's figures: as the note's page heard them, as known, or from the author's own page within limits."""
        author = mention.author.id
        if heard is not None:
            profile = xiaohongshu.parse_author(heard.body, **self.of_heard(heard))
        elif author is None or not re.fullmatch(r"[0-9a-f]{16,32}", author):
            return None
        elif (held := self.poll.memory.get("xhs-author", author)) is not None:
            return held
        elif self._profiles_left <= 0:
            return None
        else:
            self._profiles_left -= 1
            read = await self._read_author(author)
            if read is None:
                return None
            profile = read
        if profile.outcome is Outcome.ITEMS and author:
            self.poll.memory.put("xhs-author", author, value=profile)
        return profile

    async def _read_author(self, author: str) -> xiaohongshu.Profile | None:
        try:
            opened = await self.open(f"{self.base_url}/user/profile/{author}", AUTHOR)
        except Unseen as error:
            self.poll.note(f"an author's figures were not to be had: {error.detail}")
            return None
        try:
            wait = self.poll.options.number("wait")
            heard = await opened.listener.wait(AUTHOR, page=opened.page, seconds=wait, is_wall=self.is_wall)
        finally:
            await close_quietly(opened.page)
        return xiaohongshu.parse_author(heard.body, **self.of_heard(heard)) if heard is not None else None

    def _put(self, mention: Mention, detail: Mention, profile: xiaohongshu.Profile | None) -> None:
        whole = xiaohongshu.with_detail(mention, detail)
        self.poll.put(xiaohongshu.with_author(whole, profile) if profile is not None else whole)
