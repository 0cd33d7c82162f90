"""What every spider shares: one poll from request to outcome, written as a straight line of awaited requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings

from crawlers.guards import classify_failure, parse_retry_after
from crawlers.options import Options, accepted_options
from crawlers.poll import Poll, Spent, Unseen, poll_request
from records.mention import Mention, Platform
from records.outcome import Outcome, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One response, in the terms the parsers take."""

    body: bytes
    status: int
    url: str
    """Final address; for a redirect that is not followed, where it points."""
    content_type: str
    collected_at: datetime
    headers: Mapping[str, str]

    def of(self) -> dict[str, Any]:
        """The arguments every parser takes beside the payload."""
        return {
            "status": self.status,
            "url": self.url,
            "collected_at": self.collected_at,
            "content_type": self.content_type,
        }


class PollSpider(Spider):
    """A spider that makes one poll. Subclasses say how to look; the base keeps the one outcome and the politeness.

    A subclass writes ``look_search`` and one ``look_…`` for each further task that its entry in the catalogue names.
    """

    platform: ClassVar[Platform]
    default_url: ClassVar[str]
    needs_browser: ClassVar[bool] = False

    def __init__(self, *, poll: Poll | None = None, name: str | None = None, **arguments: str) -> None:
        """``poll`` comes from the Runner; the command line gives query, brand, base_url, limit and options as text.

        Raises:
            BadRecord: an argument that is not accepted, in one sentence.
        """
        super().__init__(name)
        self.poll = poll or Poll(poll_request(self._platform(arguments), arguments))
        self._yields_items = poll is None

    @classmethod
    def _platform(cls, arguments: Mapping[str, str]) -> Platform:
        return cls.platform

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.set("DOWNLOAD_DELAY", Options(cls.platform, {}).number("delay"), priority="spider")
        if "robots" in accepted_options(cls.platform) and cls.needs_browser:
            settings.set("ROBOTSTXT_OBEY", False, priority="spider")

    @property
    def base_url(self) -> str:
        return (self.poll.request.base_url or self.default_url).rstrip("/")

    @property
    def query(self) -> str:
        return self.poll.request.query

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._count_request, signal=signals.request_reached_downloader)
        return spider

    def _count_request(self) -> None:
        """Everything that leaves for the site counts, retries and robots.txt included."""
        self.poll.requests += 1

    async def look(self) -> None:
        """Make the poll: requests, parsers, ``self.poll``. Raises Unseen where a request leads nowhere."""
        task = self.poll.request.task
        name = "look_search" if task is Task.CONTROL else f"look_{task}"
        way = getattr(self, name, None)
        if way is None:
            raise Unseen(Outcome.CHANGED, f"{self.poll.request.platform} has no way to look for {task}")
        await way()

    async def look_search(self) -> None:
        """Posts that match the query, the newest first where the platform can."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Mention]:
        try:
            await self.look()
        except Spent as error:
            self.poll.caught_up = False
            self.poll.refuse(error.outcome, error.detail)
        except Unseen as error:
            self.poll.caught_up = self.poll.outcome is None
            self.poll.refuse(error.outcome, error.detail)
        except Exception as error:
            # a defect of ours must not look like silence either: operators are told, the log has the traceback
            self.logger.exception("the spider failed")
            self.poll.refuse(Outcome.CHANGED, f"the spider failed ({type(error).__name__}), see the log")
        outcome = self.poll.outcome
        level = self.logger.info if outcome is not None and outcome.saw else self.logger.warning
        level("outcome %s, %d mentions. %s", outcome, len(self.poll.mentions), self.poll.detail)
        # the Runner takes the mentions from the poll: items still on their way at the end would cost it Scrapy's
        # heartbeat of 5 s
        for mention in self.poll.mentions if self._yields_items else ():
            yield mention

    async def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: str = "",
        follow: bool = False,
    ) -> Answer:
        """One HTTP request through Scrapy's downloader (delay, robots, retries); any status is an answer.

        Raises:
            Unseen: the world gave no answer, with its name.
        """
        meta: dict[str, Any] = {} if follow else {"dont_redirect": True}
        if proxy := self.poll.options.text("proxy"):
            meta["proxy"] = proxy
        try:
            request = Request(url, method=method, headers=dict(headers or {}), body=body, meta=meta, dont_filter=True)
        except ValueError:
            raise Unseen(Outcome.CHANGED, "the address is of a kind that is not fetched") from None
        return self.answer(await self.download(request))

    async def download(self, request: Request) -> Response:
        """Scrapy's downloader with every failure of the world named (raises Unseen; Spent where no request is left)."""
        if self.poll.allowance is not None and self.poll.requests >= self.poll.allowance:
            raise Spent
        if self.poll.allowance is not None:  # retries count too
            room = self.poll.allowance - self.poll.requests - 1
            request.meta["max_retry_times"] = min(room, self.settings.getint("RETRY_TIMES"))
        assert self.crawler.engine is not None
        try:
            return await self.crawler.engine.download_async(request)
        except Exception as error:
            known = classify_failure(error)
            if known is None:
                raise
            raise Unseen(*known) from None

    def answer(self, response: Response) -> Answer:
        now = self.poll.clock()
        headers = {k.decode("latin-1").lower(): b",".join(v).decode("latin-1") for k, v in response.headers.items()}
        if response.status != 200:
            self.poll.wait_at_least(parse_retry_after(headers, now=now))
        self.poll.last_body = response.body
        target = headers.get("location") if 300 <= response.status < 400 else None
        return Answer(
            body=response.body,
            status=response.status,
            url=response.urljoin(target) if target else response.url,
            content_type=headers.get("content-type", ""),
            collected_at=now,
            headers=headers,
        )
