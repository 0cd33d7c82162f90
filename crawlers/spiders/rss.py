"""Any feed: RSS, Atom, JSON Feed, RSSHub routes; and Google News as the search of ``news``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from crawlers.parsers import rss
from crawlers.poll import Unseen
from crawlers.spiders.base import PollSpider
from records.errors import BadRecord
from records.mention import Platform
from records.outcome import Outcome, Page

FULL_AFTER = timedelta(minutes=30)
"""A feed is read in full at least this often, so that entries lost after a poll come again."""

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class RssSpider(PollSpider):
    name = "rss"
    platform: ClassVar[Platform] = Platform.RSS
    default_url: ClassVar[str] = "https://news.google.com/rss/search?q={query}+when:7d&hl=zh-CN&gl=CN&ceid=CN:zh-Hans"

    @classmethod
    def _platform(cls, arguments: Mapping[str, str]) -> Platform:
        """``-a platform=news`` searches Google News; else ``-a base_url=`` names the feed."""
        if arguments.get("platform", "rss") not in ("rss", "news"):
            raise BadRecord(f'platform is "{arguments["platform"]}": rss and news are accepted')
        return Platform(arguments.get("platform", "rss"))

    async def look_search(self) -> None:
        request = self.poll.request
        template = request.base_url or (self.default_url if request.platform is Platform.NEWS else None)
        if template is None:
            raise Unseen(Outcome.CHANGED, "no feed is named: base_url has to hold the feed's address")
        asks_itself = "{query}" in template
        address = template.replace("{query}", quote(self.query, safe=""))
        key = ("feed", address, request.brand, self.query)
        answer = await self.fetch(address, headers=self._headers(key), follow=True)
        if answer.status == 304:
            self.poll.take(Page(outcome=Outcome.EMPTY, detail="the feed has not changed since the last poll"))
            return
        filtered = "" if asks_itself else self.query
        page = rss.parse_search(answer.body, **answer.of(), platform=request.platform, query=filtered)
        self.poll.take(page)
        if page.outcome.saw:
            self._remember(key, answer.headers, answer.collected_at)

    def _headers(self, key: tuple[str, ...]) -> dict[str, str]:
        held: tuple[datetime, str, str] | None = self.poll.memory.get(*key)
        headers = {"Accept": ACCEPT}
        if held is not None and self.poll.clock() - held[0] < FULL_AFTER:
            headers |= {"If-None-Match": held[1]} if held[1] else {}
            headers |= {"If-Modified-Since": held[2]} if held[2] else {}
        return headers

    def _remember(self, key: tuple[str, ...], headers: Mapping[str, str], at: datetime) -> None:
        tag, changed = headers.get("etag", ""), headers.get("last-modified", "")
        if tag or changed:
            self.poll.memory.put(*key, value=(at, tag, changed))
