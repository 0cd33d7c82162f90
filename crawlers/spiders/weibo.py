"""Weibo by its mobile search, over plain HTTP; the whole text of cut posts is fetched within limits."""

from __future__ import annotations

import os
from typing import ClassVar
from urllib.parse import quote

from crawlers.parsers import weibo
from crawlers.poll import BLOCKS, Unseen
from crawlers.spiders.base import PollSpider
from records.mention import Mention, Platform
from records.outcome import Outcome

_SORTS = {"latest": "61", "all": "1", "hot": "60"}


def session_headers(base_url: str | None, environment: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """The operator's own session cookie, for Weibo itself only: an address that stands in for it never gets it."""
    cookie = environment.get("FENGSHENG_WEIBO_COOKIE", "").strip()
    return {"Cookie": cookie} if cookie and base_url is None else {}


class WeiboSpider(PollSpider):
    name = "weibo"
    platform: ClassVar[Platform] = Platform.WEIBO
    default_url: ClassVar[str] = "https://m.weibo.cn"

    async def look_search(self) -> None:
        options = self.poll.options
        left = options.count("long_texts")
        for number in range(1, options.count("pages") + 1):
            page = await self._search(number)
            if number == 1 and page.outcome is Outcome.SUSPECT:
                page = await self._search(number)
            cut = page.cut
            for mention in self.poll.take(page):
                if mention.id in cut and self.poll.outcome is Outcome.ITEMS:
                    left -= await self._complete(mention, may_fetch=left > 0)
            if page.next is None or self.poll.is_full or self.poll.outcome is not Outcome.ITEMS:
                return

    async def _search(self, number: int) -> weibo.SearchPage:
        container = quote(f"100103type={_SORTS[self.poll.options.text('sort')]}&q={self.query}&t=0", safe="")
        address = f"{self.base_url}/api/container/getIndex?containerid={container}&page_type=searchall&page={number}"
        try:
            answer = await self.fetch(address, headers=self._headers(container))
        except Unseen as error:
            return weibo.SearchPage(outcome=error.outcome, detail=error.detail)
        return weibo.parse_search(answer.body, **answer.of())

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
            answer = await self.fetch(f"{self.base_url}/statuses/extend?id={mention.id}", headers=self._headers(""))
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

    def _headers(self, container: str) -> dict[str, str]:
        referer = f"{self.base_url}/p/searchall?containerid={container}" if container else f"{self.base_url}/"
        return {
            "Accept": "application/json, text/plain, */*",
            "X-Requested-With": "XMLHttpRequest",
            "Referer": referer,
            **session_headers(self.poll.request.base_url, os.environ),
        }
