"""Weibo over plain HTTP: its mobile pages' answers, the desktop search where the mobile one is walled, the hot list.

Every address hangs on one of Weibo's own hosts, or on the poll's ``base_url`` alone where that stands in for them all.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.parsers import weibo, weibo_comments, weibo_html, weibo_topics
from crawlers.parsers.weibo_posts import digits
from crawlers.poll import BLOCKS, Spent, Unseen
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import look_at_each
from crawlers.spiders.weibo_session import DESKTOP, MOBILE, SEARCH, TOPIC
from crawlers.spiders.weibo_session import session_headers as session_headers
from records.mention import Kind, Mention, Platform, replace
from records.outcome import Outcome, Page, Target

_SORTS = {"latest": "61", "all": "1", "hot": "60"}
_HTML_SORTS = {"latest": "time", "hot": "hot"}

_WALLS = (Outcome.BLOCKED_LOGIN, Outcome.BLOCKED_BOT)
"""What the other way may get around; a captcha and "too often" ask to be left alone, on either way."""

WALL_HOLDS = timedelta(hours=1)
"""How long the mobile search is left alone once it was walled and the desktop search was not."""

_Fetch = Callable[[str], Awaitable[weibo.SearchPage]]
"""One page of posts by its cursor ("" for the first)."""


class WeiboSpider(PollSpider):
    name = "weibo"
    platform: ClassVar[Platform] = Platform.WEIBO
    default_url: ClassVar[str] = MOBILE

    async def look_search(self) -> None:
        way = self.poll.options.text("way")
        in_order = self.poll.options.text("sort") == "latest"
        if way == "auto":
            await self._search_either_way(in_order)
            return
        fetch = self._search_mobile if way == "mobile" else self._search_html
        await self._read(await self._first(fetch), fetch, in_order=in_order)

    async def _search_either_way(self, in_order: bool) -> None:
        """The mobile search tells more; where it is walled the desktop search is read, and that is said."""
        held = self._known_wall()
        mobile = held or await self._first(self._search_mobile)
        if mobile.outcome not in _WALLS:
            await self._read(mobile, self._search_mobile, in_order=in_order)
            return
        html = await self._first(self._search_html)
        if html.outcome.saw or html.mentions:
            if held is None:
                value = (self.poll.clock() + WALL_HOLDS, mobile)
                self.poll.memory.put("weibo", "mobile wall", self.base_url, value=value)
            await self._read(html, self._search_html, in_order=in_order)
            self.poll.note(
                f"read from the desktop search, which shows no followers and no regions; mobile search: {mobile.detail}"
            )
            return
        if held is not None:
            self.poll.memory.drop("weibo", "mobile wall", self.base_url)
            mobile = await self._first(self._search_mobile)
            if mobile.outcome not in _WALLS:
                await self._read(mobile, self._search_mobile, in_order=in_order)
                return
        self.poll.refuse(mobile.outcome, f"{mobile.detail}; desktop search: {html.detail}")

    def _known_wall(self) -> weibo.SearchPage | None:
        held: tuple[datetime, weibo.SearchPage] | None = self.poll.memory.get("weibo", "mobile wall", self.base_url)
        return held[1] if held is not None and self.poll.clock() < held[0] else None

    async def look_account(self) -> None:
        if digits(self.query) is None:
            raise Unseen(Outcome.CHANGED, f'the account is "{self.query[:30]}": its number is accepted')
        await self._read(await self._first(self._account), self._account, in_order=True)

    async def look_figures(self) -> None:
        (await look_at_each(self.poll, self._figures_of, is_limited=False)).conclude()

    async def _figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        mid = self._post_of(target)
        if mid is None:
            return
        page = await self._page(
            MOBILE, f"/statuses/show?id={mid}", lambda a: weibo.parse_status(a.body, **a.of()), f"/detail/{mid}"
        )
        yield page
        for mention in page.mentions:
            if mention.id in page.cut:
                await self._complete(mention, may_fetch=True)

    async def look_comments(self) -> None:
        (await look_at_each(self.poll, self._comments_of)).conclude()

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        mid = self._post_of(target)
        if mid is None:
            return
        after, most = "max_id_type=0", self.poll.options.count("comment_pages")
        for read in range(1, most + 1):
            answer = await self._get(MOBILE, f"/comments/hotflow?id={mid}&mid={mid}&{after}", f"/detail/{mid}")
            page = weibo_comments.parse_comments(answer.body, **answer.of(), post=mid)
            yield page
            # the most liked come first: known ones prove nothing about the rest
            if page.next is None or not self.poll.goes_on(page, read=read, most=most, in_order=False):
                return
            after = page.next

    async def look_topics(self) -> None:
        answer = await self._get(DESKTOP, "/ajax/side/hotSearch", "/")
        page = weibo_topics.parse_hot_list(answer.body, **answer.of(), words=self.query)
        for topic in self.poll.take(page) if page.outcome is Outcome.ITEMS else self.poll.take(page)[:0]:
            asked = urlencode({"q": topic.text})
            try:
                answer = await self._get(TOPIC, f"/ajax_topic/detail?{asked}", "/")
            except Spent:
                raise
            except Unseen as error:
                self.poll.note(f"the reads of topics were not to be had: {error.detail}")
                return
            figures = weibo_topics.parse_topic(answer.body, **answer.of())
            if figures.outcome is Outcome.ITEMS:
                self.poll.put(replace(topic, metrics=figures.metrics))
            elif figures.outcome is Outcome.BLOCKED_RATE:
                self.poll.refuse(figures.outcome, f"reads of topics: {figures.detail}")
                return
            else:
                self.poll.note(f"the reads of topics were not to be had: {figures.detail}")
                if figures.outcome in BLOCKS:
                    return

    def _post_of(self, target: Target) -> str | None:
        """The post's number; None for what is no post, which is noted."""
        mid = digits(target.id) if target.kind is Kind.POST else None
        if mid is None:
            self.poll.note("some targets are no posts with a number: they are not looked at")
        return mid

    async def _first(self, fetch: _Fetch) -> weibo.SearchPage:
        """The first page; an empty answer that proves nothing is asked for once more."""
        page = await fetch("")
        return await fetch("") if page.outcome is Outcome.SUSPECT else page

    async def _read(self, page: weibo.SearchPage, fetch: _Fetch, *, in_order: bool) -> None:
        """Take a first page and those after it, and the whole texts of cut posts, within limits."""
        left = self.poll.options.count("long_texts")
        most = self.poll.options.count("pages")
        read = 1
        while True:
            taken = self.poll.take(page)
            for mention in taken:
                if mention.id in page.cut and self.poll.outcome is Outcome.ITEMS:
                    left -= await self._complete(mention, may_fetch=left > 0)
            if page.next is None or not self.poll.goes_on(page, read=read, most=most, in_order=in_order):
                return
            page = await fetch(page.next)
            read += 1

    async def _search_mobile(self, cursor: str) -> weibo.SearchPage:
        container = quote(f"100103type={_SORTS[self.poll.options.text('sort')]}&q={self.query}&t=0", safe="")
        path = f"/api/container/getIndex?containerid={container}&page_type=searchall&page={cursor or 1}"
        return await self._page(
            MOBILE, path, lambda a: weibo.parse_search(a.body, **a.of()), f"/p/searchall?containerid={container}"
        )

    async def _search_html(self, cursor: str) -> weibo.SearchPage:
        asked = {"q": self.query, "typeall": "1", "suball": "1"}
        if order := _HTML_SORTS.get(self.poll.options.text("sort")):
            asked["xsort"] = order
        path = f"/weibo?{urlencode({**asked, 'page': cursor or '1'})}"
        page = await self._page(SEARCH, path, lambda a: weibo_html.parse_search_page(a.body, **a.of()), "/")
        if page.cut:
            self.poll.note(f"{len(page.cut)} posts of the desktop search are shown cut")
        return weibo.SearchPage(
            outcome=page.outcome, mentions=page.mentions, detail=page.detail, skipped=page.skipped, next=page.next
        )

    async def _account(self, cursor: str) -> weibo.SearchPage:
        since = f"&since_id={quote(cursor, safe='')}" if cursor else ""
        path = f"/api/container/getIndex?type=uid&value={self.query}&containerid=107603{self.query}{since}"
        return await self._page(MOBILE, path, lambda a: weibo.parse_account(a.body, **a.of()), f"/u/{self.query}")

    async def _complete(self, mention: Mention, *, may_fetch: bool) -> int:
        """Put the whole text of a cut post; returns 1 when that took a request."""
        edition = mention.edited_at.isoformat() if mention.edited_at else ""
        held = self.poll.memory.get("weibo", mention.id, edition)
        if held is not None:
            self.poll.put(weibo.with_longtext(mention, held))
            return 0
        if not may_fetch:
            return 0
        try:
            answer = await self._get(MOBILE, f"/statuses/extend?id={mention.id}", f"/detail/{mention.id}")
        except Unseen as error:
            self.poll.note(f"a long text was not to be had: {error.detail}")
            return 1
        long = weibo.parse_longtext(answer.body, **answer.of())
        if long.outcome in BLOCKS:
            self.poll.refuse(long.outcome, f"long text: {long.detail}")
        elif long.outcome in (Outcome.ITEMS, Outcome.EMPTY):
            self.poll.memory.put("weibo", mention.id, edition, value=long)
            self.poll.put(weibo.with_longtext(mention, long))
        else:
            self.poll.note(f"a long text was not to be had: {long.detail}")
        return 1

    async def _page(
        self, host: str, path: str, parse: Callable[[Answer], weibo.SearchPage], referer: str
    ) -> weibo.SearchPage:
        try:
            return parse(await self._get(host, path, referer))
        except Spent:
            raise
        except Unseen as error:
            return weibo.SearchPage(outcome=error.outcome, detail=error.detail)

    async def _get(self, host: str, path: str, referer: str) -> Answer:
        """One answer of one of Weibo's hosts, or of the address that stands in for all of them."""
        given = self.poll.request.base_url
        base = (given or host).rstrip("/")
        headers = {"Referer": base + referer, **session_headers(given, os.environ, host, now=self.poll.clock())}
        if host == SEARCH:
            headers["Accept"] = "text/html,application/xhtml+xml"
        else:
            headers |= {"Accept": "application/json, text/plain, */*", "X-Requested-With": "XMLHttpRequest"}
        if host == MOBILE:
            headers["MWeibo-Pwa"] = "1"
        return await self.fetch(base + path, headers=headers)
