"""The rival of the spiders: plain Scrapy that fetches the same pages and gives each body to the same parser.

``python -m benchmarks.plain_parsing JOB`` prints ``{"seconds", "processor_seconds", "posts", "pages"}``; JOB is a file with a
JSON object ``{"platform", "addresses", "at_once"}``. Posts are counted, not even yielded as items: nothing is done but
fetching and parsing.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from crawlers.parsers import appstore, bluesky, hackernews, mastodon, reddit, rss, weibo, youtube
from records.mention import Platform

SETTINGS: Mapping[str, Any] = {
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "COOKIES_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}

Parse = Callable[..., Any]
SEARCHES: Mapping[Platform, Mapping[str, Parse]] = {
    Platform.WEIBO: {"/api/container/getIndex": weibo.parse_search},
    Platform.NEWS: {"/rss/search": rss.parse_search},
    Platform.RSS: {"/feed.xml": rss.parse_search},
    Platform.REDDIT: {"/search": reddit.parse_listing},
    Platform.HACKERNEWS: {"/api/v1/search_by_date": hackernews.parse_search},
    Platform.MASTODON: {"/api/v1/timelines/tag/": mastodon.parse_tag},
    Platform.BLUESKY: {"/xrpc/app.bsky.feed.searchPosts": bluesky.parse_search},
    Platform.APPSTORE: {"/cn/rss/customerreviews/": appstore.parse_reviews},
    Platform.YOUTUBE: {"/youtube/v3/search": youtube.parse_search},
}
"""Platform → beginning of a path → the parser of pages that show posts."""
FURTHER: Mapping[str, Parse] = {
    "/xrpc/app.bsky.actor.getProfiles": bluesky.parse_profiles,
    "/youtube/v3/channels": youtube.parse_subscribers,
    "/youtube/v3/videos": youtube.parse_videos,
}
"""Parsers of pages that tell more about posts shown before."""


class PageSpider(Spider):
    """Every page once."""

    name = "pages"

    def __init__(self, platform: Platform, addresses: list[str], times: dict[str, float]) -> None:
        super().__init__()
        self.platform, self.addresses, self.times = platform, addresses, times

    async def start(self) -> AsyncIterator[Request]:
        self.times["began"], self.times["busy"] = time.perf_counter(), time.process_time()
        for address in self.addresses:
            yield Request(address, dont_filter=True)

    def parse(self, response: Response) -> None:
        self.times["posts"] += self._count(response)
        self.times["pages"] += 1
        # Scrapy waits for its heartbeat before it closes; the time counts until the last page was parsed
        self.times["ended"], self.times["rested"] = time.perf_counter(), time.process_time()

    def _count(self, response: Response) -> int:
        """Parse the body; posts that it shows for the first time."""
        path = urlsplit(response.url).path
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        told = {"status": response.status, "content_type": kind}
        whole = {**told, "url": response.url, "collected_at": datetime.now(UTC)}
        for beginning, parse in SEARCHES[self.platform].items():
            if path.startswith(beginning):
                given = {"platform": self.platform} if parse is rss.parse_search else {}
                return len(parse(response.body, **whole, **given).mentions)
        for beginning, parse in FURTHER.items():
            if path.startswith(beginning):
                parse(response.body, **(whole if parse is youtube.parse_videos else told))
                return 0
        raise SystemExit(f"no parser is named for {path}")


def main(job: dict[str, Any]) -> None:
    times: dict[str, float] = {"posts": 0, "pages": 0}
    at_once = job["at_once"]
    settings = {**SETTINGS, "CONCURRENT_REQUESTS": at_once, "CONCURRENT_REQUESTS_PER_DOMAIN": at_once}
    process = AsyncCrawlerProcess(settings)
    process.crawl(PageSpider, platform=Platform(job["platform"]), addresses=job["addresses"], times=times)
    process.start()
    answer = {
        "seconds": times["ended"] - times["began"],
        "processor_seconds": times["rested"] - times["busy"],
        "posts": times["posts"],
        "pages": times["pages"],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
