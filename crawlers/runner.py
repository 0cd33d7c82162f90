"""Runs polls one after another in a long-lived process: Scrapy on the asyncio reactor, one browser kept standing."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler

from crawlers.browser import StandingBrowser
from crawlers.catalogue import CATALOGUE
from crawlers.options import Options
from crawlers.poll import Known, Memory, Poll, host_of, none_known
from crawlers.reactor import start_reactor, stop_threads
from crawlers.settings import BROWSER_HANDLER, DOWNLOAD_HANDLERS, STANDING, load_settings
from crawlers.spiders.base import PollSpider
from records.errors import BadRecord, Failed
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult, Task

logger = logging.getLogger(__name__)

ENDS_WITHIN = 10.0
"""Seconds a poll that was cut off may take to close before it is abandoned."""
PROOF_HOLDS = 3600.0
"""Seconds for which a source that showed something is believed when it positively says that nothing matches."""
DOUBT_HOLDS = 900.0
"""The same for an empty answer that says nothing."""


class Runner:
    """Makes polls. One per process, used from one running event loop (``asyncio.run``).

    Polls of different sites may run at the same time; polls of one site wait for each other and keep its delay between
    them. Polls that need the browser run one at a time.
    """

    def __init__(self, *, settings: Mapping[str, Any] | None = None, browser: StandingBrowser | None = None) -> None:
        """
        Args:
            settings: Scrapy settings above all others (tests: DOWNLOAD_TIMEOUT); never secrets, Scrapy may log them.
            browser: the browser to keep; by default the first that ``find_browser`` finds, started when first needed.
        """
        self._settings = dict(settings or {})
        self.browser = browser or StandingBrowser()
        self._memory: defaultdict[Platform, Memory] = defaultdict(Memory)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._browser_turn = asyncio.Lock()
        self._proved: dict[str, float] = {}
        """Source → when it last showed something, so that an empty answer can be believed."""
        self._last_end: dict[str, float] = {}
        self._is_started = False
        self._crawls: dict[asyncio.Task[None], Crawler] = {}
        """What is under way. Scrapy's own runner would merge its settings into those of every crawl once more."""

    async def start(self) -> None:
        """Start the reactor on the running loop. Raises Failed where the process already runs another one."""
        start_reactor()
        self._is_started = True

    async def fetch(
        self,
        request: PollRequest,
        *,
        now: datetime,
        known: Known = none_known,
        allowance: int | None = None,
    ) -> PollResult:
        """Make one poll. Whatever the world does ends in a named outcome; mentions seen before trouble are kept.

        A search that finds nothing is proven by the source's control query, which finds something where the eyes work;
        where it finds nothing either, the answer is no calm but blindness (W6).

        Args:
            request: what to look for and where.
            now: aware time of the call; times of arrival are counted on from it.
            known: tells which mentions are stored already, so that the poll stops at them.
            allowance: requests it may make at most; None = no bound but the poll's own options.
        """
        if not self._is_started:
            raise RuntimeError("Runner.start() has to be awaited before fetch()")
        began = time.monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=time.monotonic() - began)

        try:
            spider = _spider_of(request.platform)
            poll = Poll(request, memory=self._memory[request.platform], clock=clock, known=known, allowance=allowance)
        except BadRecord as error:
            return _refused(request, now, str(error))
        site = host_of(request.base_url or spider.default_url)
        async with self._turns[site]:
            await self._keep_distance(site, poll)
            started_at = clock()
            await self._make(spider, poll)
            self._last_end[site] = time.monotonic()
            result = poll.result(started_at=started_at, ended_at=clock())
            if poll.stays_in_doubt or self._is_proven(result):
                return result if poll.stays_in_doubt else self._believed(result)
            left = None if allowance is None else allowance - result.requests
            if left is not None and left <= 0:
                return result
            await self._keep_distance(site, poll)
            control = Poll(self._control_of(result), memory=self._memory[request.platform], clock=clock, allowance=left)
            await self._make(spider, control)
            self._last_end[site] = time.monotonic()
        return self._judged(result, control.result(started_at=started_at, ended_at=clock()))

    def _is_proven(self, result: PollResult) -> bool:
        """True where no control query is called for; an answer with items is itself the proof for a while."""
        request = result.request
        if result.outcome is Outcome.ITEMS:
            self._proved[_eyes(request)] = time.monotonic()
        if result.outcome not in (Outcome.EMPTY, Outcome.SUSPECT) or request.task not in (Task.SEARCH, Task.CONTROL):
            return True
        if request.task is Task.CONTROL or not Options.of(request).text("control"):
            return True
        held = PROOF_HOLDS if result.outcome is Outcome.EMPTY else DOUBT_HOLDS
        return time.monotonic() - self._proved.get(_eyes(request), float("-inf")) < held

    def _believed(self, result: PollResult) -> PollResult:
        """An empty answer that says nothing, of a source that showed posts minutes ago: nothing matches. A source without
        a control query (a feed) vouches for nothing: one that held posts and holds none now is in doubt."""
        request = result.request
        if not Options.of(request).text("control"):
            return result
        age = time.monotonic() - self._proved.get(_eyes(request), float("-inf"))
        if result.outcome is not Outcome.SUSPECT or request.task is not Task.SEARCH or age >= DOUBT_HOLDS:
            return result
        detail = f"nothing matches; the source showed posts {age / 60:.0f} min ago"
        return dataclasses.replace(result, outcome=Outcome.EMPTY, detail=detail, control="passed")

    @staticmethod
    def _control_of(result: PollResult) -> PollRequest:
        request = result.request
        options = {**dict(request.options), "pages": "1"}
        return dataclasses.replace(
            request,
            task=Task.CONTROL,
            query=Options.of(request).text("control"),
            limit=5,
            options=tuple(sorted(options.items())),
        )

    def _judged(self, result: PollResult, control: PollResult) -> PollResult:
        requests = result.requests + control.requests
        if control.outcome is Outcome.ITEMS:
            self._proved[_eyes(result.request)] = time.monotonic()
            detail = (
                result.detail if result.outcome is Outcome.EMPTY else "nothing matches; the control query finds posts"
            )
            return dataclasses.replace(
                result, outcome=Outcome.EMPTY, detail=detail, requests=requests, control="passed"
            )
        if control.outcome in (Outcome.EMPTY, Outcome.SUSPECT):
            detail = f'the control query "{control.request.query}", which always finds posts, finds nothing either'
            return dataclasses.replace(
                result, outcome=Outcome.SUSPECT, detail=detail, requests=requests, control="failed"
            )
        return dataclasses.replace(
            result,
            outcome=control.outcome,
            detail=f"nothing found, and the control query says: {control.detail}",
            requests=requests,
            control="failed",
            retry_after=control.retry_after,
            payload=control.payload,
        )

    async def stop(self) -> None:
        """End running polls, the browser with all its children, and the reactor's threads."""
        crawls = dict(self._crawls)
        if crawls:
            await asyncio.gather(*(crawler.stop_async() for crawler in crawls.values()), return_exceptions=True)
            await asyncio.wait(crawls)
        await self.browser.stop()
        stop_threads()

    async def _keep_distance(self, site: str, poll: Poll) -> None:
        passed = time.monotonic() - self._last_end.get(site, float("-inf"))
        left = poll.options.number("delay") - passed
        if left > 0:
            await asyncio.sleep(left)

    async def _make(self, spider: type[PollSpider], poll: Poll) -> None:
        overrides = _overrides(poll)
        scheme = urlsplit(poll.request.base_url or spider.default_url).scheme
        if not spider.needs_browser:
            await self._crawl(spider, poll, overrides)
            return
        overrides["DOWNLOAD_HANDLERS"] = {**DOWNLOAD_HANDLERS, scheme: BROWSER_HANDLER}
        async with self._browser_turn:
            for is_last in (False, True):
                try:
                    overrides["PLAYWRIGHT_CDP_URL"] = await self.browser.ready()
                except Failed as error:
                    poll.refuse(Outcome.NETWORK, str(error))
                    return
                await self._crawl(spider, poll, overrides)
                if self.browser.is_alive() or poll.mentions or poll.was_cut_off:
                    return
                poll.begin_again()  # the browser died under the poll: once more with a new one
                if is_last:  # what its page seemed to be says nothing of the site
                    poll.refuse(Outcome.NETWORK, "the browser ended during the poll")

    async def _crawl(self, spider: type[PollSpider], poll: Poll, overrides: Mapping[str, Any]) -> None:
        crawler = Crawler(spider, load_settings({**STANDING, **overrides, **self._settings}))
        seconds = poll.options.number("timeout")
        crawl = asyncio.ensure_future(crawler.crawl_async(poll=poll))
        self._crawls[crawl] = crawler
        crawl.add_done_callback(self._crawls.pop)
        await asyncio.wait({crawl}, timeout=seconds)
        if not crawl.done():
            poll.was_cut_off = True
            poll.refuse(Outcome.NETWORK, f"the poll was cut off after {seconds:g} s")
            if spider.needs_browser:
                await self.browser.stop()
            await self._abandon(crawler, crawl)
        if crawl.done() and not crawl.cancelled() and (error := crawl.exception()) is not None:
            logger.error("the crawl of %s failed", poll.request.source, exc_info=error)
            poll.refuse(Outcome.CHANGED, f"the crawl failed ({type(error).__name__}), see the log")

    async def _abandon(self, crawler: Crawler, crawl: asyncio.Task[None]) -> None:
        closing = asyncio.ensure_future(crawler.stop_async())
        await asyncio.wait({crawl, closing}, timeout=ENDS_WITHIN, return_when=asyncio.ALL_COMPLETED)
        for task in (crawl, closing):
            if not task.done():
                logger.warning("a cut-off crawl did not close within %g s", ENDS_WITHIN)
                task.cancel()


def _eyes(request: PollRequest) -> str:
    """What a proof is good for: one platform at one address."""
    return f"{request.source} {request.base_url or ''}"


def _spider_of(platform: Platform) -> type[PollSpider]:
    """The spider of a platform, loaded when first needed.

    Raises:
        BadRecord: the platform has none.
    """
    info = CATALOGUE.get(platform)
    if info is None:
        raise BadRecord(f"platform {platform} has no spider: accepted are {', '.join(CATALOGUE)}")
    module, _, name = info.spider.partition(":")
    spider: type[PollSpider] = getattr(importlib.import_module(module), name)
    return spider


def _overrides(poll: Poll) -> dict[str, Any]:
    options = poll.options
    overrides: dict[str, Any] = {"DOWNLOAD_DELAY": options.number("delay")}
    if options.text("robots") == "ignore":
        overrides["ROBOTSTXT_OBEY"] = False
    if agent := options.text("user_agent"):
        overrides["USER_AGENT"] = agent
    return overrides


def _refused(request: PollRequest, now: datetime, detail: str) -> PollResult:
    return PollResult(request=request, outcome=Outcome.CHANGED, detail=detail, started_at=now, ended_at=now)
