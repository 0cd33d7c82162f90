"""Hacker News by Algolia's index: stories and comments, the newest first; figures in batches; comments by the item's tree."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.parsers import hackernews
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import Answers, look_at_each
from records.mention import Kind, Platform
from records.outcome import Outcome, Page, Target

PAGE_SIZE = 100
BATCH = 50
"""Stories whose figures one request asks for: their ids have to fit into an address."""


class HackernewsSpider(PollSpider):
    name = "hackernews"
    platform: ClassVar[Platform] = Platform.HACKERNEWS
    default_url: ClassVar[str] = "https://hn.algolia.com"

    async def look_search(self) -> None:
        most, number = self.poll.options.count("pages"), 0
        since = self.poll.clock() - timedelta(days=self.poll.options.number("days"))
        while True:
            answer = await self._ask(
                "/api/v1/search_by_date",
                query=self.query,
                tags="(story,comment)",
                numericFilters=f"created_at_i>{int(since.timestamp())}",
                typoTolerance="false",
                hitsPerPage=str(min(PAGE_SIZE, self.poll.request.limit)),
                page=str(number),
            )
            page = hackernews.parse_search(answer.body, **answer.of())
            self.poll.take(page)
            number += 1
            if not self.poll.goes_on(page, read=number, most=most):
                return

    async def look_figures(self) -> None:
        """Stories in batches by the index; what it does not list there, and comments, one by one."""
        answers, found = Answers(self.poll), set[str]()
        stories = [t for t in self.poll.request.targets if t.kind is Kind.POST]
        for place in range(0, len(stories), BATCH):
            found |= await self._stories(stories[place : place + BATCH], answers)
        for target in self.poll.request.targets:
            if target.id in found:
                continue
            answer = await self._ask(f"/api/v1/items/{quote(target.id, safe='')}")
            if not answers.judge(hackernews.parse_item(answer.body, **answer.of()), target):
                return
        answers.conclude()

    async def _stories(self, stories: Sequence[Target], answers: Answers) -> set[str]:
        """Ids of the stories that the index lists; an empty list says nothing about any of them."""
        listed = ",".join(f"story_{t.id}" for t in stories)
        answer = await self._ask("/api/v1/search", query="", tags=f"story,({listed})", hitsPerPage=str(len(stories)))
        page = hackernews.parse_search(answer.body, **answer.of())
        asked = {t.id for t in stories}
        page = replace(page, mentions=tuple(m for m in page.mentions if m.id in asked))
        if page.outcome is Outcome.ITEMS and page.mentions:
            answers.judge(page)
        return {m.id for m in page.mentions}

    async def look_comments(self) -> None:
        (await look_at_each(self.poll, self._comments_of)).conclude()

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        answer = await self._ask(f"/api/v1/items/{quote(target.id, safe='')}")
        yield hackernews.parse_comments(answer.body, **answer.of())

    async def _ask(self, path: str, **given: str) -> Answer:
        query = f"?{urlencode(given)}" if given else ""
        return await self.fetch(f"{self.base_url}{path}{query}", headers={"Accept": "application/json"})
