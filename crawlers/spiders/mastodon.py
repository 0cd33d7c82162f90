"""Mastodon: tag timelines of an instance, or its search where a token is given."""

from __future__ import annotations

import os
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.parsers import mastodon
from crawlers.parsers.rss import select_matching
from crawlers.poll import each_once
from crawlers.spiders.base import Answer, PollSpider
from records.mention import Platform
from records.outcome import Outcome, Page

PAGE_SIZE = 40
"""The API's own limit."""


class MastodonSpider(PollSpider):
    name = "mastodon"
    platform: ClassVar[Platform] = Platform.MASTODON
    default_url: ClassVar[str] = "https://mastodon.social"

    async def look_search(self) -> None:
        mode, tags = self.poll.options.text("mode"), each_once(self.poll.options.text("tags").split(","))
        if mode == "search" or (mode == "auto" and not tags and self._token()):
            await self._look_by_search()
            return
        words = self.query.split()
        rest = "" if tags else " ".join(words[1:])
        for tag in tags or words[:1]:
            await self._look_at_tag(tag.lstrip("#"), rest)

    async def _look_at_tag(self, tag: str, rest: str) -> None:
        """A tag's posts: newest first, or from ``min_id`` on forward without gaps. ``rest`` are words they must hold."""
        forward = self.poll.options.text("min_id")
        place = {"min_id": forward} if forward else {}
        for _ in range(self.poll.options.count("pages")):
            answer = await self._get(f"/api/v1/timelines/tag/{quote(tag, safe='')}", {"limit": str(PAGE_SIZE), **place})
            page = mastodon.parse_tag(answer.body, **answer.of())
            self.poll.take(_narrowed(page, rest))
            newest = mastodon.newest_id(answer.body)
            if page.next is None or newest is None or self.poll.is_full or page.outcome is not Outcome.ITEMS:
                return
            place = {"min_id": newest} if forward else {"max_id": page.next}

    async def _look_by_search(self) -> None:
        page = await self._search(self.query, proven=False)
        if page.outcome is Outcome.SUSPECT and self._token():
            control = await self._search(self.poll.options.text("control"), proven=False)
            if control.outcome is Outcome.ITEMS:
                page = Page(outcome=Outcome.EMPTY, detail="no post matches, while the control query finds posts")
        self.poll.take(page)

    async def _search(self, query: str, *, proven: bool) -> Page:
        given = {"q": query, "type": "statuses", "limit": str(PAGE_SIZE)}
        if forward := self.poll.options.text("min_id"):
            given["min_id"] = forward
        answer = await self._get("/api/v2/search", given)
        return mastodon.parse_search(answer.body, **answer.of(), proven=proven)

    async def _get(self, path: str, given: dict[str, str]) -> Answer:
        headers = {"Accept": "application/json"}
        if token := self._token():
            headers["Authorization"] = f"Bearer {token}"
        return await self.fetch(f"{self.base_url}{path}?{urlencode(given)}", headers=headers)

    @staticmethod
    def _token() -> str:
        return os.environ.get("FENGSHENG_MASTODON_TOKEN", "").strip()


def _narrowed(page: Page, rest: str) -> Page:
    kept = select_matching(page.mentions, rest)
    if page.outcome is not Outcome.ITEMS or len(kept) == len(page.mentions):
        return page
    if not kept:
        return Page(
            outcome=Outcome.EMPTY, detail="no post of the tag holds the query's other words", skipped=page.skipped
        )
    return Page(outcome=page.outcome, mentions=kept, skipped=page.skipped, next=page.next)
