"""Bluesky by its own API, without a login where the server allows it, else with an app password; and by its stream."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import ClassVar
from urllib.parse import urlencode

from crawlers.parsers import bluesky, jetstream
from crawlers.parsers.bluesky_posts import parse_address
from crawlers.poll import BLOCKS, Spent, Unseen
from crawlers.settings import USER_AGENT
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import as_stored, look_at_each, revisit_batches
from crawlers.streams import has_path, listen_to_socket, stream_address
from records.mention import Mention, Platform
from records.outcome import Outcome, Page, Target, Task

PAGE_SIZE = 100
"""The API's own limit."""
BATCH = 25
"""Actors in one getProfiles and posts in one getPosts request, the API's own limit."""
DEPTH = 6
"""Levels of answers read under a post."""

NO_ACCOUNT = Page(outcome=Outcome.SUSPECT, detail="the address of a post names no account that can be found")

Given = Sequence[tuple[str, str]]


class BlueskySpider(PollSpider):
    name = "bluesky"
    platform: ClassVar[Platform] = Platform.BLUESKY
    default_url: ClassVar[str] = "https://public.api.bsky.app"
    login_url: ClassVar[str] = "https://bsky.social"
    stream_url: ClassVar[str] = "wss://jetstream2.us-east.bsky.network"

    async def look_search(self) -> None:
        cursor: str | None = None
        most = self.poll.options.count("pages")
        for read in range(1, most + 1):
            page = await self._search(cursor)
            fresh = self.poll.take(page)
            await self._follow_up(fresh)
            if not self.poll.goes_on(page, read=read, most=most):
                return
            cursor = page.next

    async def _search(self, cursor: str | None) -> Page:
        wanted = min(PAGE_SIZE, max(1, self.poll.request.limit - len(self.poll.mentions)))
        is_control = self.poll.request.task is Task.CONTROL  # what narrows the search must not make the proof fail
        given = {
            "q": self.query,
            "sort": "latest",
            "limit": str(wanted),
            "cursor": cursor,
            "since": "" if is_control else self.poll.options.text("since"),
            "lang": "" if is_control else self.poll.options.text("lang"),
        }
        return await self._read(
            "app.bsky.feed.searchPosts", [(k, v) for k, v in given.items() if v], bluesky.parse_search
        )

    async def look_figures(self) -> None:
        await revisit_batches(self.poll, BATCH, self._revisit)
        await self._follow_up(self.poll.mentions)

    async def _revisit(self, targets: Sequence[Target]) -> Page:
        """The posts of a batch. One that is missing among others is gone; where all are missing, one of them is asked
        for by itself: only the platform's own "not found" says that an empty answer is no fault."""
        uris = await self._uris(targets)
        if not uris:
            return NO_ACCOUNT
        page = await self._read("app.bsky.feed.getPosts", [("uris", uri) for uri in uris.values()], bluesky.parse_posts)
        if page.outcome not in (Outcome.ITEMS, Outcome.EMPTY):
            return page
        if not page.mentions and not page.gone:
            asked = await self._thread(next(iter(uris.values())), depth=0)
            if asked.outcome is not Outcome.GONE:
                doubt = "none of the posts is shown, but they are not said to be deleted"
                return asked if asked.outcome in BLOCKS else Page(outcome=Outcome.SUSPECT, detail=doubt)
        shown = {m.id: m for m in page.mentions}
        kept = tuple(as_stored(shown[uri], t) for t in targets if (uri := uris.get(t.id, "")) in shown)
        gone = tuple(ident for ident, uri in uris.items() if uri not in shown)
        detail = "an account was not to be found" if len(uris) < len(targets) else ""
        return Page(outcome=Outcome.ITEMS if kept else Outcome.GONE, mentions=kept, gone=gone, detail=detail)

    async def look_comments(self) -> None:
        (await look_at_each(self.poll, self._comments_of)).conclude()
        await self._follow_up(self.poll.mentions)

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        uris = await self._uris([target])
        yield await self._thread(uris[target.id], depth=DEPTH) if uris else NO_ACCOUNT

    async def _thread(self, uri: str, *, depth: int) -> Page:
        given = [("uri", uri), ("depth", str(depth)), ("parentHeight", "0")]
        return await self._read("app.bsky.feed.getPostThread", given, bluesky.parse_thread)

    async def _uris(self, targets: Sequence[Target]) -> dict[str, str]:
        """Target's id → at:// address. Stored ids hide the account, permalinks name it, older ones by its handle."""
        named = {t.id: found for t in targets if (found := parse_address(t.url) or parse_address(t.id))}
        handles = [who for who, _ in named.values() if not who.startswith("did:")]
        dids: dict[str, str] = {}
        if handles:
            answer = await self._get("app.bsky.actor.getProfiles", [("actors", h) for h in handles], self._session())
            dids.update(bluesky.parse_handles(answer.body, status=answer.status, content_type=answer.content_type))
        places = {
            ident: (who if who.startswith("did:") else dids.get(who, ""), key) for ident, (who, key) in named.items()
        }
        return {ident: f"at://{did}/{jetstream.COLLECTION}/{key}" for ident, (did, key) in places.items() if did}

    async def look_stream(self) -> None:
        """The stream from the cursor (or from now on) up to the present, or for as long as the option ``listen`` says."""
        address = self._stream_address()
        if address is None:
            raise Unseen(Outcome.CHANGED, "option stream_url of bluesky is no address: wss://… is accepted")
        if self.poll.allowance is not None and self.poll.requests >= self.poll.allowance:
            raise Spent
        start = jetstream.parse_cursor(self.poll.request.cursor)
        heard = jetstream.Hearing(
            wanted=jetstream.parse_alternatives(self.query),
            langs=frozenset(code for code in [self.poll.options.text("lang").lower()[:2]] if code),
            start=start,
            began=self.poll.clock(),
        )
        given = {"wantedCollections": jetstream.COLLECTION} | ({"cursor": str(heard.asks_from)} if start else {})
        seconds = min(self.poll.options.number("listen"), self.poll.options.number("timeout") * 0.8)
        self.poll.requests += 1
        ended = await listen_to_socket(
            f"{address}?{urlencode(given)}",
            lambda frame: heard.take(frame, self.poll.clock()),
            seconds=seconds,
            proxy=self.poll.options.text("proxy"),
            user_agent=self.poll.options.text("user_agent") or USER_AGENT,
        )
        self._conclude(heard, Page(outcome=ended.outcome, detail=ended.detail) if ended.outcome else None, seconds)
        await self._follow_up(self.poll.mentions)

    def _conclude(self, heard: jetstream.Hearing, trouble: Page | None, seconds: float) -> None:
        if trouble is not None:
            self.poll.take(trouble)
        self.poll.take(heard.page(seconds))
        for mention in heard.mentions:  # a stream's limit is its time: what it brought does not come again
            self.poll.put(mention)
        self.poll.cursor = heard.cursor or self.poll.request.cursor
        self.poll.caught_up = heard.is_caught_up and heard.gap is None
        if heard.gap:
            self.poll.note(heard.gap)
        forms = jetstream.deleted_forms(heard.deleted, self.poll.clock())
        stored = self.poll.stored(forms) if forms else frozenset()
        for mention in forms:
            if mention.key in stored:
                self.poll.lose(Target(platform=self.platform, kind=mention.kind, id=mention.id, url=mention.url))

    def _stream_address(self) -> str | None:
        named = self.poll.options.text("stream_url") or self.poll.request.base_url or self.stream_url
        address = stream_address(named, socket=True)
        return address if address is None or has_path(address) else f"{address}/subscribe"

    async def _read(self, method: str, given: Given, parse: Callable[..., Page]) -> Page:
        """Ask and parse; where a login is asked for and there is one, log in (or renew the session) and ask once more."""
        session = self._session()
        answer = await self._get(method, given, session)
        page = parse(answer.body, **answer.of(), signed_in=session is not None)
        if page.outcome is not Outcome.BLOCKED_LOGIN or not self._credentials():
            return page
        if session is not None and bluesky.parse_error(answer.body) == "ExpiredToken":
            await self._open("com.atproto.server.refreshSession", session)
        else:
            self.poll.memory.drop("bluesky", self._host())
            await self._open("com.atproto.server.createSession", None)
        answer = await self._get(method, given, self._session())
        return parse(answer.body, **answer.of(), signed_in=True)

    async def _get(self, method: str, given: Given, session: bluesky.Session | None) -> Answer:
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
        """Follower counts, which posts do not show, in batches; without them they stay unknown."""
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
