"""The rival of the whole way: plain Scrapy that fetches the same pages and writes their posts as JSON lines.

``python -m benchmarks.plain_scrapy JOB`` prints ``{"seconds", "posts", "pages", "processor_seconds"}``; JOB is a file with a JSON
object ``{"addresses": [page addresses], "at_once", "out"}``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response


class PageSpider(Spider):
    """Every page once; one item for every card with a post."""

    name = "pages"

    def __init__(self, addresses: list[str], times: dict[str, float]) -> None:
        super().__init__()
        self.addresses, self.times = addresses, times

    async def start(self) -> AsyncIterator[Request]:
        self.times["began"], self.times["busy"] = time.perf_counter(), time.process_time()
        for address in self.addresses:
            yield Request(address, dont_filter=True)

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        self.times["pages"] += 1
        for card in json.loads(response.body)["data"]["cards"]:
            for inner in (card, *card.get("card_group", ())):
                if blog := inner.get("mblog"):
                    yield _item(blog)

    def note_item(self) -> None:
        """Scrapy waits for its heartbeat before it closes; the time counts until the last item was written."""
        self.times["posts"] += 1
        self.times["ended"], self.times["rested"] = time.perf_counter(), time.process_time()


def _item(blog: dict[str, Any]) -> dict[str, Any]:
    user = blog["user"]
    return {
        "id": blog["mid"] if "mid" in blog else blog["id"],
        "text": blog["text"],
        "created_at": blog.get("created_at"),
        "author": {"id": user.get("id"), "name": user.get("screen_name"), "followers": user.get("followers_count")},
        "likes": blog.get("attitudes_count"),
        "comments": blog.get("comments_count"),
        "reposts": blog.get("reposts_count"),
        "region": blog.get("region_name"),
    }


def main(job: dict[str, Any]) -> None:
    times: dict[str, float] = {"posts": 0, "pages": 0}
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": job["at_once"],
            "CONCURRENT_REQUESTS_PER_DOMAIN": job["at_once"],
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "COOKIES_ENABLED": False,
            "LOG_LEVEL": "WARNING",
            "FEEDS": {job["out"]: {"format": "jsonlines", "encoding": "utf-8", "overwrite": True}},
        }
    )
    crawler = process.create_crawler(PageSpider)
    crawler.signals.connect(lambda spider: spider.note_item(), signals.item_scraped, weak=False)
    process.crawl(crawler, addresses=job["addresses"], times=times)
    process.start()
    answer = {
        "seconds": times["ended"] - times["began"],
        "posts": times["posts"],
        "pages": times["pages"],
        "processor_seconds": times["rested"] - times["busy"],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
