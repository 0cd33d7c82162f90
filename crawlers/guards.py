"""What stands between spiders and sites: robots.txt, waiting as told, and a name for every way the world can fail."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from records.mention import mention_to_json
from records.outcome import ROBOTS_TEXT, Outcome, RobotsSeen

LONGEST_WAIT = 86400.0
"""Seconds; a site that asks for more is asked again after a day."""

ROBOTS_KEPT = 3600.0
"""Seconds a site's robots.txt is believed before it is read again."""

_DISCONNECTED = ("has been closed", "ECONNREFUSED", "disconnected", "Target closed", "crashed", "connect_over_cdp")


class StandingRobots(RobotsTxtMiddleware):
    """robots.txt, obeyed (G3), and remembered over the repeated polls of a long-lived process.

    What was fetched goes into the poll's ``robots``, so that it can be recorded where the database is at hand.
    """

    _known: dict[str, tuple[float, RobotParser | None]] = {}  # noqa: RUF012 - shared by all polls on purpose

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._fetched: dict[str, tuple[int | None, str]] = {}
        """Site → status and text, of files fetched in this poll and not yet handed over."""

    async def robot_parser(self, request: Request) -> RobotParser | None:
        site = site_of(request)
        held = self._known.get(site)
        if held is not None and time.monotonic() - held[0] < ROBOTS_KEPT:
            return held[1]
        parser = await super().robot_parser(request)
        if parser is not None:  # where it could not be read the next poll tries again
            self._known[site] = (time.monotonic(), parser)
        return parser

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest:
            self._hand_over(request, allowed=False)
            raise
        self._hand_over(request, allowed=True)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        text = response.body[: ROBOTS_TEXT * 4].decode("utf-8", "replace")[:ROBOTS_TEXT]
        self._fetched[site_of(request)] = (response.status, text)
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        for scheme in ("https", "http"):
            self._fetched.setdefault(f"{scheme}://{netloc}", (None, ""))
        super()._robots_error(exc, netloc)

    def _hand_over(self, request: Request, *, allowed: bool) -> None:
        poll = getattr(self.crawler.spider, "poll", None)
        fetched = self._fetched.pop(site_of(request), None)
        if poll is not None and fetched is not None:
            status, text = fetched
            poll.robots.append(RobotsSeen(site=site_of(request), status=status, text=text, allowed=allowed))


def site_of(request: Request) -> str:
    """Scheme and host of a request."""
    return "{0.scheme}://{0.netloc}".format(urlparse_cached(request))


class MentionJson:
    """Item pipeline: what ``scrapy crawl -o`` writes has the shape of ``fengsheng crawl``."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MentionJson:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        return mention_to_json(item)


def parse_retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds a site asks to wait: Retry-After (seconds or date), or a reset time once the remaining budget is 0.

    Args:
        headers: header names in lower case.
        now: aware time the answer arrived.
    """
    told = headers.get("retry-after", "").strip()
    if told:
        return _bounded(float(told) if _is_number(told) else _until(told, now))
    for prefix in ("x-ratelimit", "ratelimit"):
        reset = headers.get(f"{prefix}-reset", "").strip()
        if not reset or headers.get(f"{prefix}-remaining", "0").strip() != "0":
            continue
        if not _is_number(reset):
            return _bounded(_until(reset, now))
        seconds = float(reset)
        return _bounded(seconds - now.timestamp() if seconds > 1e9 else seconds)
    return None


def _is_number(text: str) -> bool:
    return len(text) < 16 and text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal()


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def classify_failure(error: BaseException) -> tuple[Outcome, str] | None:
    """The outcome of a request that brought no response; None for what is no failure of the world (our bugs)."""
    if isinstance(error, DownloadTimeoutError | PlaywrightTimeout | TimeoutError):
        return Outcome.NETWORK, "no answer within the time allowed"
    if isinstance(error, CannotResolveHostError):
        return Outcome.NETWORK, "the host's name cannot be resolved"
    if isinstance(error, DownloadConnectionRefusedError):
        return Outcome.NETWORK, "the connection is refused"
    if isinstance(error, IgnoreRequest):
        if "robots" in str(error):
            detail = "robots.txt of the site forbids this address to robots; option robots: ignore overrides it"
            return Outcome.BLOCKED_BOT, detail
        return Outcome.CHANGED, "the answer was refused as too large or malformed"
    if isinstance(error, DownloadCancelledError):
        return Outcome.CHANGED, "the answer is larger than any page of this kind"
    if isinstance(error, ResponseDataLossError):
        return Outcome.NETWORK, "the answer broke off"
    if isinstance(error, UnsupportedURLSchemeError):
        return Outcome.CHANGED, "the address is of a kind that is not fetched"
    if isinstance(error, PlaywrightError):
        return Outcome.NETWORK, _playwright_detail(str(error))
    if type(error).__module__.startswith(("twisted.", "scrapy.", "OpenSSL", "ssl")) or isinstance(error, OSError):
        return Outcome.NETWORK, f"the connection failed ({type(error).__name__})"
    return None


def _playwright_detail(message: str) -> str:
    if "net::ERR_" in message:
        name = message.partition("net::")[2].split()[0]
        return f"the page could not be loaded ({name})"
    if any(sign in message for sign in _DISCONNECTED):
        return "the browser ended during the poll"
    return "the browser could not show the page"
