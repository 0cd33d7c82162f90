"""The rival of the standing browser: plain scrapy-playwright that starts a browser of its own for every page.

``python -m benchmarks.plain_browser JOB`` prints ``{"seconds", "posts", "pages"}``; JOB is a file with a JSON object
``{"pages": [{"platform", "address"}]}``. Each page is opened, the answer its own script gets is read and given to the same
parser as the product's, then page and browser are closed. Seconds run from the start of a crawl until its answer is parsed:
Scrapy's own closing is left out, the browser's start is what is compared.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from playwright.async_api import Response as PageResponse
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.settings import Settings

from crawlers.browser import find_browser
from crawlers.parsers import bilibili, xiaohongshu
from crawlers.reactor import start_reactor, stop_threads
from records.mention import Platform

PATIENCE = 20.0
"""Seconds to wait for the page's own request."""
PARSERS: Mapping[Platform, tuple[str, Callable[..., Any]]] = {
    Platform.XIAOHONGSHU: ("/search/notes", xiaohongshu.parse_search),
    Platform.BILIBILI: ("/search/type", bilibili.parse_search),
}
"""Platform → end of the path that the page's script asks for, and the parser of its answer."""
HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"


class PageSpider(Spider):
    """One page in one browser."""

    name = "page"

    def __init__(self, platform: Platform, address: str, found: dict[str, float]) -> None:
        super().__init__()
        self.platform, self.address, self.found = platform, address, found
        self.words = parse_qs(urlsplit(address).query)["keyword"][0]
        self.answer: asyncio.Future[tuple[str, bytes]] = asyncio.get_running_loop().create_future()

    async def start(self) -> AsyncIterator[Request]:
        meta = {
            "playwright": True,
            "playwright_include_page": True,
            "playwright_page_event_handlers": {"response": self.hear},
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded"},
        }
        yield Request(self.address, meta=meta, dont_filter=True)

    async def hear(self, response: PageResponse) -> None:
        """The first answer for our words: the stand-ins' scripts, as the real ones, also ask for others'."""
        if PARSERS[self.platform][0] not in response.url or response.request.method == "OPTIONS":
            return
        body = await response.body()
        if self.words in unquote_plus(f"{response.url} {response.request.post_data or ''}") and not self.answer.done():
            self.answer.set_result((response.url, body))

    async def parse(self, response: Response) -> None:
        url, body = await asyncio.wait_for(self.answer, PATIENCE)
        page = PARSERS[self.platform][1](
            body, status=200, url=url, collected_at=datetime.now(UTC), content_type="application/json"
        )
        self.found["posts"] += len(page.mentions)
        self.found["pages"] += 1
        self.found["ended"] = time.perf_counter()
        await response.meta["playwright_page"].close()
        raise CloseSpider("done")  # else Scrapy would wait for its heartbeat


def settings() -> Settings:
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return Settings(
        {
            "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
            "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
            "ROBOTSTXT_OBEY": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": find_browser().path, "args": arguments},
            "PLAYWRIGHT_ABORT_REQUEST": "crawlers.listening.is_heavy",
            "LOG_LEVEL": "ERROR",
        }
    )


async def work(job: dict[str, Any]) -> dict[str, float]:
    start_reactor()
    runner = AsyncCrawlerRunner(settings())
    found = {"seconds": 0.0, "posts": 0, "pages": 0, "ended": 0.0}
    for page in job["pages"]:
        crawler = Crawler(PageSpider, settings())
        began = time.perf_counter()
        await runner.crawl(crawler, platform=Platform(page["platform"]), address=page["address"], found=found)
        found["seconds"] += found["ended"] - began
    stop_threads()
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))
