"""YouTube by its Data API with the operator's own key. A search costs one of about a hundred a day; all else is cheap."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from scrapy.settings import BaseSettings

from crawlers.parsers import youtube
from crawlers.parsers.times import parse_time
from crawlers.poll import BLOCKS, Unseen
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import as_stored, look_at_each, revisit_batches
from records.mention import Mention, Platform
from records.outcome import Outcome, Page, Target, Task

BATCH = 50
"""Ids in one request and results on one page, the API's own limit."""
COMMENTS = 100
"""Comments on one page, the API's own limit."""
NO_VIDEO = Page(outcome=Outcome.SUSPECT, detail="the post's address names no video")
LATE = timedelta(days=2)
"""Videos are found up to days after they were published: so much is searched again every time."""


class YoutubeSpider(PollSpider):
    name = "youtube"
    platform: ClassVar[Platform] = Platform.YOUTUBE
    default_url: ClassVar[str] = "https://www.googleapis.com"

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """What an operator's own key may ask for is said by the API's terms, not by a robots.txt."""
        super().update_settings(settings)
        settings.set("ROBOTSTXT_OBEY", False, priority="spider")

    async def look(self) -> None:
        if not self._key():
            raise Unseen(Outcome.BLOCKED_LOGIN, youtube.NO_KEY)
        await super().look()

    async def look_search(self) -> None:
        token: str | None = None
        most = self.poll.options.count("pages")
        given = {"part": "snippet", "type": "video", "order": "date", "q": self.query, "maxResults": str(BATCH)}
        if self.poll.request.task is not Task.CONTROL:
            given["publishedAfter"] = self._since().strftime("%Y-%m-%dT%H:%M:%SZ")
        for read in range(1, most + 1):
            answer = await self._get("search", given | ({"pageToken": token} if token else {}))
            page = self._refused_or(youtube.parse_search(answer.body, **answer.of()))
            fresh = self.poll.take(page)
            await self._complete(fresh)
            token = page.next
            if not self.poll.goes_on(page, read=read, most=most):
                break
        self._end()

    def _since(self) -> datetime:
        """How far back to search: from a while before the newest video of the last poll; deep passes and first polls
        from as many days ago as the option says."""
        now = self.poll.clock().astimezone(UTC)
        furthest = now - timedelta(days=self.poll.options.number("days"))
        known = parse_time(self.poll.request.cursor, collected_at=now)[0]
        return furthest if known is None or self.poll.request.deep else max(furthest, known - LATE)

    def _end(self) -> None:
        """The newest video's time, the cursor; it never moves back, and stays where reading was cut off."""
        times = [m.published_at for m in self.poll.mentions if m.published_at]
        known = parse_time(self.poll.request.cursor, collected_at=self.poll.clock())[0]
        if times and self.poll.caught_up and self.poll.request.task is not Task.CONTROL:
            self.poll.cursor = max([*times, *([known] if known else [])]).isoformat()

    async def _complete(self, mentions: Sequence[Mention]) -> None:
        """Figures and whole descriptions, which a search does not show, and the channels' subscribers."""
        for first in range(0, len(mentions), BATCH):
            part = mentions[first : first + BATCH]
            try:
                page = await self._videos([m.id for m in part])
            except Unseen as error:
                page = Page(outcome=error.outcome, detail=error.detail)
            if page.outcome is Outcome.ITEMS:
                for mention in page.mentions:
                    self.poll.put(mention)
            elif page.outcome in BLOCKS:
                self.poll.take(page)
                return
            else:
                self.poll.note(f"figures were not to be had: {page.detail}")
        await self._add_subscribers({m.id for m in mentions})

    async def _videos(self, idents: Sequence[str]) -> Page:
        answer = await self._get(
            "videos", {"part": "snippet,statistics", "id": ",".join(idents), "maxResults": str(BATCH)}
        )
        return self._refused_or(youtube.parse_videos(answer.body, **answer.of()))

    async def _add_subscribers(self, idents: set[str]) -> None:
        held = [m for m in self.poll.mentions if m.id in idents]
        channels = list(dict.fromkeys(m.author.id for m in held if m.author.id))
        for first in range(0, len(channels), BATCH):
            ids = ",".join(channels[first : first + BATCH])
            try:
                answer = await self._get("channels", {"part": "statistics", "id": ids, "maxResults": str(BATCH)})
            except Unseen as error:
                self.poll.note(f"subscriber counts were not to be had: {error.detail}")
                return
            found = youtube.parse_subscribers(answer.body, status=answer.status, content_type=answer.content_type)
            for mention in held:
                if mention.author.id in found:
                    self.poll.put(youtube.with_subscribers(mention, found))

    async def look_figures(self) -> None:
        await revisit_batches(self.poll, BATCH, self._revisit)
        if self.poll.outcome is Outcome.ITEMS:
            await self._add_subscribers({m.id for m in self.poll.mentions})

    async def _revisit(self, targets: Sequence[Target]) -> Page:
        idents = {t.id: ident for t in targets if (ident := _video_of(t))}
        if not idents:
            return NO_VIDEO
        page = await self._videos(list(dict.fromkeys(idents.values())))
        if page.outcome not in (Outcome.ITEMS, Outcome.EMPTY):
            return page
        shown = {m.id: m for m in page.mentions}
        kept = tuple(as_stored(shown[idents[t.id]], t) for t in targets if idents.get(t.id) in shown)
        gone = tuple(stored for stored, ident in idents.items() if ident not in shown)
        return Page(outcome=Outcome.ITEMS if kept else Outcome.GONE, mentions=kept, gone=gone)

    async def look_comments(self) -> None:
        (await look_at_each(self.poll, self._comments_of)).conclude()

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        video, most = _video_of(target), self.poll.options.count("comment_pages")
        if video is None:
            yield NO_VIDEO
            return
        given = {"part": "snippet,replies", "videoId": video, "order": "time", "textFormat": "plainText"}
        given["maxResults"] = str(COMMENTS)
        token: str | None = None
        for read in range(1, most + 1):
            answer = await self._get("commentThreads", given | ({"pageToken": token} if token else {}))
            page = self._refused_or(youtube.parse_comments(answer.body, **answer.of(), video=video))
            yield page
            token = page.next
            if not self.poll.goes_on(page, read=read, most=most):
                return

    def _refused_or(self, page: Page) -> Page:
        """The page; where the day's quota is used up, it is also said when it is renewed."""
        if page.outcome is Outcome.BLOCKED_QUOTA:
            self.poll.wait_at_least(youtube.seconds_to_reset(self.poll.clock()))
        return page

    async def _get(self, method: str, given: dict[str, str]) -> Answer:
        """One request; the key goes in a header, so that no address that is logged or kept ever holds it."""
        headers = {"Accept": "application/json", "X-Goog-Api-Key": self._key()}
        return await self.fetch(f"{self.base_url}/youtube/v3/{method}?{urlencode(given)}", headers=headers)

    @staticmethod
    def _key() -> str:
        return os.environ.get(youtube.KEY, "").strip()


def _video_of(target: Target) -> str | None:
    return youtube.video_id(target.url) or youtube.video_id(target.id)
