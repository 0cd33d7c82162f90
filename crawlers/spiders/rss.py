"""Any feed: RSS, Atom, JSON Feed, RSSHub routes; and Google News as the search of ``news``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlsplit

from crawlers.parsers import rss
from crawlers.poll import Unseen
from crawlers.spiders.base import PollSpider
from records.errors import BadRecord
from records.mention import Platform
from records.outcome import Outcome, Page

FULL_AFTER = timedelta(minutes=30)
"""A feed is read in full at least this often, so that entries lost after a poll come again."""

ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
NEWS_SEARCH = "/rss/search?q={query}+when:7d&hl=zh-CN&gl=CN&ceid=CN:zh-Hans"


class RssSpider(PollSpider):
    name = "rss"
    platform: ClassVar[Platform] = Platform.RSS
    default_url: ClassVar[str] = f"https://news.google.com{NEWS_SEARCH}"

    @classmethod
    def _platform(cls, arguments: Mapping[str, str]) -> Platform:
        """``-a platform=news`` searches Google News; else ``-a base_url=`` names the feed."""
        if arguments.get("platform", "rss") not in ("rss", "news"):
            raise BadRecord(f'platform is "{arguments["platform"]}": rss and news are accepted')
        return Platform(arguments.get("platform", "rss"))

    async def look_search(self) -> None:
        request = self.poll.request
        template = self._template()
        asks_itself = "{query}" in template
        address = template.replace("{query}", quote(self.query, safe=""))
        key = ("feed", address, request.brand, self.query)
        held = self._held(key)
        answer = await self.fetch(address, headers={"Accept": ACCEPT, **held}, follow=True)
        if answer.status == 304 and held:
            self.poll.take(Page(outcome=Outcome.EMPTY, detail="the feed has not changed since the last poll"))
            return
        filtered = "" if asks_itself else self.query
        page = rss.parse_search(answer.body, **answer.of(), platform=request.platform, query=filtered)
        self.poll.take(page)
        if page.outcome.saw and self.poll.caught_up:
            self._remember(key, answer.headers, answer.collected_at)

    def _template(self) -> str:
        """The feed's address, with {query} where it is asked for words; a bare host of ``news`` is asked as Google is."""
        given = self.poll.request.base_url
        if self.poll.request.platform is Platform.NEWS:
            if given is None:
                return self.default_url
            bare = urlsplit(given).path in ("", "/") and not urlsplit(given).query
            return given.rstrip("/") + NEWS_SEARCH if bare else given
        if given is None:
            raise Unseen(Outcome.CHANGED, "no feed is named: base_url has to hold the feed's address")
        return given

    def _held(self, key: tuple[str, ...]) -> dict[str, str]:
        """The headers that ask for the feed only where it has changed; none where it is to be read in full."""
        held: tuple[datetime, str, str] | None = self.poll.memory.get(*key)
        if held is None or self.poll.request.deep or self.poll.clock() - held[0] >= FULL_AFTER:
            return {}
        headers = {"If-None-Match": held[1]} if held[1] else {}
        return headers | ({"If-Modified-Since": held[2]} if held[2] else {})

    def _remember(self, key: tuple[str, ...], headers: Mapping[str, str], at: datetime) -> None:
        tag, changed = headers.get("etag", ""), headers.get("last-modified", "")
        if tag or changed:
            self.poll.memory.put(*key, value=(at, tag, changed))
