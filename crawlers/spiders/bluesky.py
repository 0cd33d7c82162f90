"""Bluesky by its own API: without a login where the server allows it, else with an app password."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlencode

from crawlers.parsers import bluesky
from crawlers.poll import Unseen
from crawlers.spiders.base import Answer, PollSpider
from records.mention import Mention, Platform
from records.outcome import Outcome, Page

PAGE_SIZE = 100
"""The API's own limit."""
BATCH = 25
"""Actors in one getProfiles request, the API's own limit."""


class BlueskySpider(PollSpider):
    name = "bluesky"
    platform: ClassVar[Platform] = Platform.BLUESKY
    default_url: ClassVar[str] = "https://public.api.bsky.app"
    login_url: ClassVar[str] = "https://bsky.social"

    async def look_search(self) -> None:
        cursor: str | None = None
        for _ in range(self.poll.options.count("pages")):
            page = await self._search(cursor)
            await self._follow_up(self.poll.take(page))
            cursor = page.next
            if cursor is None or self.poll.is_full or self.poll.outcome is not Outcome.ITEMS:
                return

    async def _search(self, cursor: str | None) -> Page:
        session = self._session()
        answer, page = await self._ask(cursor, session)
        if page.outcome is not Outcome.BLOCKED_LOGIN or not self._credentials():
            return page
        if session is not None and bluesky.parse_error(answer.body) == "ExpiredToken":
            await self._open("com.atproto.server.refreshSession", session)
        else:
            self.poll.memory.drop("bluesky", self._host())
            await self._open("com.atproto.server.createSession", None)
        return (await self._ask(cursor, self._session()))[1]

    async def _ask(self, cursor: str | None, session: bluesky.Session | None) -> tuple[Answer, Page]:
        wanted = min(PAGE_SIZE, max(1, self.poll.request.limit - len(self.poll.mentions)))
        given = {
            "q": self.query,
            "sort": "latest",
            "limit": str(wanted),
            "cursor": cursor,
            "since": self.poll.options.text("since"),
            "lang": self.poll.options.text("lang"),
        }
        answer = await self._get("app.bsky.feed.searchPosts", [(k, v) for k, v in given.items() if v], session)
        return answer, bluesky.parse_search(answer.body, **answer.of(), signed_in=session is not None)

    async def _get(self, method: str, given: Sequence[tuple[str, str]], session: bluesky.Session | None) -> Answer:
        base = self._host() if session is not None else self.base_url
        headers = {"Accept": "application/json"}
        if session is not None:
            headers["Authorization"] = f"Bearer {session.access}"
        return await self.fetch(f"{base}/xrpc/{method}?{urlencode(given)}", headers=headers)

    async def _open(self, method: str, session: bluesky.Session | None) -> None:
        """Log in, or renew a session; the tokens stay in memory (logins are counted by the server). Raises Unseen."""
        handle, password = self._credentials() or ("", "")
        headers = {"Accept": "application/json"}
        body = ""
        if session is None:
            headers["Content-Type"] = "application/json"
            body = json.dumps({"identifier": handle, "password": password})
        else:
            headers["Authorization"] = f"Bearer {session.refresh}"
        answer = await self.fetch(f"{self._host()}/xrpc/{method}", method="POST", headers=headers, body=body)
        opened = bluesky.parse_session(answer.body, status=answer.status, content_type=answer.content_type)
        if isinstance(opened, bluesky.Session):
            self.poll.memory.put("bluesky", self._host(), value=opened)
            return
        self.poll.memory.drop("bluesky", self._host())
        raise Unseen(opened.outcome, f"login: {opened.detail}")

    async def _follow_up(self, mentions: Sequence[Mention]) -> None:
        """Follower counts, which search does not show, in batches; without them they stay unknown."""
        dids = list(dict.fromkeys(m.author.id for m in mentions if m.author.id and m.author.followers is None))
        for first in range(0, len(dids), BATCH):
            actors = [("actors", did) for did in dids[first : first + BATCH]]
            try:
                answer = await self._get("app.bsky.actor.getProfiles", actors, self._session())
            except Unseen as error:
                self.poll.note(f"follower counts were not to be had: {error.detail}")
                return
            followers = bluesky.parse_profiles(answer.body, status=answer.status, content_type=answer.content_type)
            for mention in mentions:
                if mention.author.id in followers:
                    self.poll.put(bluesky.with_followers(mention, followers))

    def _session(self) -> bluesky.Session | None:
        return self.poll.memory.get("bluesky", self._host())

    def _host(self) -> str:
        return (self.poll.request.base_url or self.login_url).rstrip("/")

    @staticmethod
    def _credentials() -> tuple[str, str] | None:
        handle = os.environ.get("FENGSHENG_BLUESKY_HANDLE", "").strip()
        password = os.environ.get("FENGSHENG_BLUESKY_APP_PASSWORD", "").strip()
        return (handle, password) if handle and password else None
