"""App Store reviews of one app in one storefront; the query names both ("cn/414478124")."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from crawlers.parsers import appstore
from crawlers.poll import Unseen
from crawlers.spiders.base import PollSpider
from records.mention import Platform
from records.outcome import Outcome, Page

_QUERY = re.compile(r"(?:(?P<country>[a-z]{2})/)?(?:id)?(?P<app>\d{3,15})", re.IGNORECASE)


class AppstoreSpider(PollSpider):
    name = "appstore"
    platform: ClassVar[Platform] = Platform.APPSTORE
    default_url: ClassVar[str] = "https://itunes.apple.com"

    async def look_search(self) -> None:
        asked = _QUERY.fullmatch(self.query.strip())
        if asked is None:
            raise Unseen(
                Outcome.CHANGED,
                f'query "{self.query}" names no app: country/id is accepted, e.g. cn/414478124 (several apps: several queries)',
            )
        country, app = (asked["country"] or "cn").lower(), asked["app"]
        most = min(self.poll.options.count("pages"), appstore.LAST_PAGE)
        for number in range(1, most + 1):
            page = await self._first(country, app) if number == 1 else await self._page(country, app, number)
            self.poll.take(page)
            if not self.poll.goes_on(page, read=number, most=most):
                return

    async def _first(self, country: str, app: str) -> Page:
        """The newest reviews. Where the JSON form is empty or fails, the XML form, which fails on its own, is asked."""
        page = await self._page(country, app, 1)
        if page.outcome in (Outcome.SUSPECT, Outcome.NETWORK):
            other = await self._page(country, app, 1, form="xml")
            page = other if other.outcome is Outcome.ITEMS else page
        key = ("appstore", self.base_url, country, app)
        if page.outcome is Outcome.ITEMS:
            self.poll.memory.put(*key, value=True)
        elif page.outcome is Outcome.SUSPECT and self.poll.memory.get(*key):
            self.poll.stays_in_doubt = True  # that another app's reviews are shown says nothing of this one's
            return replace(
                page, detail="the feed of reviews is empty, though this app had reviews before: Apple's feed fails"
            )
        return page

    async def _page(self, country: str, app: str, number: int, form: str = "json") -> Page:
        address = f"{self.base_url}/{country}/rss/customerreviews/page={number}/id={app}/sortBy=mostRecent/{form}"
        answer = await self.fetch(address, headers={"Accept": "application/json, application/xml;q=0.9, */*;q=0.5"})
        return appstore.parse_reviews(answer.body, **answer.of())
