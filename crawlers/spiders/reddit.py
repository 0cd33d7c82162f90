"""Reddit: its API with the operator's own client (``FENGSHENG_REDDIT_CLIENT_ID``, ``…_SECRET``), else its public search feed.

The client's secrets live in the environment only and the token in memory: neither is ever an option, a detail or a log line.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from scrapy import Request

from crawlers.parsers import reddit, reddit_walls
from crawlers.poll import Unseen, each_once
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import Answers, look_at_each
from records.mention import Kind, Platform
from records.outcome import Outcome, Page, Target, Task

PAGE_SIZE = 100
BATCH = 100
"""Things that one /api/info answers for."""
EARLY = timedelta(seconds=60)
"""A token is renewed this much before it ends."""
ADVICE = "set FENGSHENG_REDDIT_CLIENT_ID and FENGSHENG_REDDIT_CLIENT_SECRET (reddit.com/prefs/apps)"


class RedditSpider(PollSpider):
    name = "reddit"
    platform: ClassVar[Platform] = Platform.REDDIT
    default_url: ClassVar[str] = "https://oauth.reddit.com"
    public_url: ClassVar[str] = "https://www.reddit.com"
    """Where tokens are given and the public feed is; a base_url stands for both."""

    async def look_search(self) -> None:
        if _client() is None:
            await self._look_at_feed()
            return
        given = {"q": self.query, "sort": "new", "type": "link", "limit": str(min(PAGE_SIZE, self.poll.request.limit))}
        most, after = self.poll.options.count("pages"), ""
        for number in range(1, most + 1):
            answer = await self._api(f"{self._where()}/search", **given, **({"after": after} if after else {}))
            page = reddit.parse_listing(answer.body, **answer.of())
            if page.outcome is Outcome.SUSPECT:
                page = replace(page, outcome=Outcome.BLOCKED_LOGIN, detail=f"{page.detail}: option subreddits names it")
            self.poll.take(page)
            if not self.poll.goes_on(page, read=number, most=most):
                return
            if self._rest() is not None:
                self.poll.caught_up = False
                return
            after = page.next or ""

    async def _look_at_feed(self) -> None:
        given = {"q": self.query, "sort": "new", "limit": str(min(PAGE_SIZE, self.poll.request.limit))}
        given |= {"restrict_sr": "on"} if self._where() else {}
        address = f"{self._public}{self._where()}/search.rss?{urlencode(given)}"
        try:
            answer = await self.fetch(address, headers={"Accept": "application/atom+xml"})
        except Unseen as error:
            raise Unseen(error.outcome, f"public search: {error.detail}; {ADVICE}") from None
        page = reddit.parse_feed(answer.body, **answer.of())
        if not page.outcome.saw:
            page = replace(page, detail=f"public search: {page.detail}; {ADVICE}")
        self.poll.take(page)

    async def look_figures(self) -> None:
        """Posts and comments, a hundred at a time. What is not listed at all may be in a closed subreddit: it is not lost."""
        self._need_client()
        answers, targets = Answers(self.poll), self.poll.request.targets
        for place in range(0, len(targets), BATCH):
            batch = {_name(t): t for t in targets[place : place + BATCH]}
            answer = await self._api("/api/info", id=",".join(batch))
            page = reddit.parse_listing(answer.body, **answer.of())
            for ident in page.gone:
                if ident in batch:
                    self.poll.lose(batch[ident])
            # an empty page is judged by its parts: posts that were taken away, and posts that are not listed
            if page.outcome is not Outcome.EMPTY and not answers.judge(page):
                return
            told = {*page.gone, *(m.id for m in page.mentions)}
            if page.outcome in (Outcome.ITEMS, Outcome.EMPTY) and (missing := batch.keys() - told):
                detail = f"{len(missing)} of {len(batch)} posts are not listed"
                answers.doubt(Page(outcome=Outcome.SUSPECT, detail=detail))
        answers.conclude()

    async def look_comments(self) -> None:
        self._need_client()
        (await look_at_each(self.poll, self._comments_of)).conclude()

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        if target.kind is not Kind.POST:
            return  # replies to a comment come with its post
        name = _name(target)
        answer = await self._api(f"/comments/{name[3:]}", sort="new", limit=str(PAGE_SIZE))
        page = reddit.parse_comments(answer.body, **answer.of())
        yield page
        waiting = list(page.more)
        for _ in range(1, self.poll.options.count("comment_pages")):
            if not waiting or page.outcome is not Outcome.ITEMS or self.poll.is_full or self._rest() is not None:
                break
            asked, waiting = waiting[:PAGE_SIZE], waiting[PAGE_SIZE:]
            answer = await self._api(
                "/api/morechildren", link_id=name, children=",".join(asked), sort="new", api_type="json"
            )
            page = reddit.parse_more(answer.body, **answer.of())
            yield page
            waiting += [i for i in page.more if i not in waiting]
        if waiting:
            self.poll.caught_up = False

    # the way in

    async def _api(self, path: str, **given: str) -> Answer:
        """One request to the API; a token that is refused is renewed once.

        Raises:
            Unseen: no client, a refused client, or a budget that is used up until a time Reddit named.
        """
        if (until := self._rest()) is not None:
            left = (until - self.poll.clock()).total_seconds()
            self.poll.wait_at_least(left)
            raise Unseen(Outcome.BLOCKED_RATE, f"Reddit's budget of requests is used up for another {left:.0f} s")
        address = f"{self.base_url}{path}?{urlencode({**given, 'raw_json': '1'})}"
        answer = await self._send(address, {"Authorization": f"Bearer {await self._token()}"})
        if answer.status == 401:
            self.poll.memory.drop(*self._token_key())
            answer = await self._send(address, {"Authorization": f"Bearer {await self._token()}"})
        self._note_budget(answer)
        return answer

    async def _token(self) -> str:
        client = self._need_client()
        held: tuple[str, datetime] | None = self.poll.memory.get(*self._token_key())
        if held is not None and self.poll.clock() < held[1]:
            return held[0]
        basic = base64.b64encode(":".join(client).encode()).decode()
        answer = await self._send(
            f"{self._public}/api/v1/access_token",
            {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
            method="POST",
            body="grant_type=client_credentials",
        )
        self.poll.last_body = b""  # never kept, whatever it holds
        given = reddit_walls.parse_token(
            answer.body, status=answer.status, url=answer.url, content_type=answer.content_type
        )
        if given.outcome is not Outcome.ITEMS:
            raise Unseen(given.outcome, given.detail)
        until = answer.collected_at + max(timedelta(seconds=given.seconds) - EARLY, timedelta())
        self.poll.memory.put(*self._token_key(), value=(given.token, until))
        return given.token

    async def _send(self, url: str, headers: Mapping[str, str], method: str = "GET", body: str = "") -> Answer:
        """A request with the operator's own client. robots.txt, which speaks to crawlers of the site, does not cover the
        API: its terms and its budget do."""
        meta: dict[str, Any] = {"dont_redirect": True, "dont_obey_robotstxt": True}
        if proxy := self.poll.options.text("proxy"):
            meta["proxy"] = proxy
        known = {"Accept": "application/json", **headers}
        return self.answer(
            await self.download(Request(url, method=method, headers=known, body=body, meta=meta, dont_filter=True))
        )

    def _note_budget(self, answer: Answer) -> None:
        """X-Ratelimit-Remaining and -Reset (seconds): with less than one request left, Reddit is left alone till then."""
        left, seconds = (
            _number(answer.headers.get("x-ratelimit-remaining")),
            _number(answer.headers.get("x-ratelimit-reset")),
        )
        if left is not None and seconds is not None and left < 1:
            until = answer.collected_at + timedelta(seconds=min(seconds, 3600))
            self.poll.memory.put("reddit", "rest", self.base_url, value=until)

    def _rest(self) -> datetime | None:
        """Until when Reddit is to be left alone; None where it may be asked."""
        until: datetime | None = self.poll.memory.get("reddit", "rest", self.base_url)
        return until if until is not None and self.poll.clock() < until else None

    def _need_client(self) -> tuple[str, str]:
        client = _client()
        if client is None:
            raise Unseen(Outcome.BLOCKED_LOGIN, f"Reddit tells this only to a client of its API: {ADVICE}")
        return client

    def _token_key(self) -> tuple[str, ...]:
        """Another client's token is another token."""
        digest = hashlib.sha256("\0".join(_client() or ()).encode()).hexdigest()
        return "reddit", "token", self._public, digest

    @property
    def _public(self) -> str:
        return self.base_url if self.poll.request.base_url else self.public_url

    def _where(self) -> str:
        """ "/r/a+b" for the option subreddits, "" for all of Reddit, where a control query looks: it has to find something."""
        if self.poll.request.task is Task.CONTROL:
            return ""
        named = each_once(
            s.strip().removeprefix("/").removeprefix("r/") for s in self.poll.options.text("subreddits").split(",")
        )
        return f"/r/{quote('+'.join(named), safe='+')}" if named else ""


def _client() -> tuple[str, str] | None:
    """Id and secret of the operator's client; None where neither is set.

    Raises:
        Unseen: one of the two is missing.
    """
    given = [os.environ.get(f"FENGSHENG_REDDIT_CLIENT_{name}", "").strip() for name in ("ID", "SECRET")]
    if any(given) and not all(given):
        lacking = "SECRET" if given[0] else "ID"
        raise Unseen(Outcome.BLOCKED_LOGIN, f"FENGSHENG_REDDIT_CLIENT_{lacking} is not set, its other half is")
    return (given[0], given[1]) if all(given) else None


def _name(target: Target) -> str:
    return reddit.full_name(target.id)


def _number(shown: str | None) -> float | None:
    try:
        number = float(shown) if shown is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e9 else None
