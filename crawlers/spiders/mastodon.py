"""Mastodon: tag timelines of an instance, its search where a token is given, single posts, and the stream of a tag."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.guards import parse_retry_after
from crawlers.parsers import mastodon
from crawlers.parsers.mastodon_marks import Mark, read_place, tag_name, with_place
from crawlers.parsers.mastodon_stream import Hearing
from crawlers.parsers.rss import select_matching
from crawlers.poll import BLOCKS, Spent, Unseen, each_once, host_of
from crawlers.settings import USER_AGENT
from crawlers.spiders.base import Answer, PollSpider
from crawlers.spiders.known_posts import as_stored, look_at_each, revisit_batches
from crawlers.streams import listen_to_lines, stream_address
from records.mention import Platform
from records.outcome import Outcome, Page, Target, Task

PAGE_SIZE = 40
"""The API's own limit."""
PROOF_HOLDS = timedelta(hours=1)
"""For so long a search that found something vouches for one that finds nothing."""
TOKEN = "FENGSHENG_MASTODON_TOKEN"


class MastodonSpider(PollSpider):
    name = "mastodon"
    platform: ClassVar[Platform] = Platform.MASTODON
    default_url: ClassVar[str] = "https://mastodon.social"

    async def look_search(self) -> None:
        if self._searches():
            await self._look_by_search()
        else:
            await self._look_at_tags()

    def _searches(self) -> bool:
        """By options and token alone, so that the control query goes the way of the poll that it proves."""
        mode = self.poll.options.text("mode")
        return mode == "search" or (mode == "auto" and not self.poll.options.text("tags") and bool(self._token()))

    def _tags(self) -> list[tuple[str, str]]:
        """Tags to read, each with the further words its posts must hold."""
        is_control = self.poll.request.task is Task.CONTROL
        tags = [] if is_control else each_once(self.poll.options.text("tags").split(","))
        if tags:
            return [(tag.lstrip("#"), "") for tag in tags]
        queries = [words for part in self.query.split("|") if (words := part.split())]
        return [(words[0].lstrip("#"), " ".join(words[1:])) for words in queries]

    async def _look_at_tags(self) -> None:
        for tag, words in self._tags():
            await self._read_tag(tag, words)
            if self.poll.outcome in BLOCKS:
                return

    async def _read_tag(self, tag: str, words: str) -> None:
        """A tag's posts: from where the last poll ended on forward, so that none is missed; else the newest first."""
        if self.poll.is_full:
            self.poll.caught_up = False
            return
        mark = Mark(self._start(tag))
        forward = bool(mark.start)
        place = {"min_id": mark.start} if forward else {}
        most = self.poll.options.count("pages")
        others, self.poll.caught_up = self.poll.caught_up, True
        page = narrowed = Page(outcome=Outcome.EMPTY)
        is_cut = False
        for read in range(1, most + 1):
            answer = await self._get(_timeline(tag), {"limit": self._room(), **place})
            page = mastodon.parse_tag(answer.body, **answer.of())
            mark.see(answer.body, now=answer.collected_at, oldest=page.next)
            narrowed = _narrowed(page, words)
            if narrowed.outcome is Outcome.EMPTY:  # nothing for us on this page says nothing of the next
                goes_on = page.outcome is Outcome.ITEMS and read < most
                is_cut = page.outcome is Outcome.ITEMS and read == most
            else:
                self._take(narrowed, answer.body)
                goes_on = self.poll.goes_on(narrowed, read=read, most=most, in_order=not forward)
                is_cut = not self.poll.caught_up
            came_from, place = place, {"min_id": mark.newest} if forward else {"max_id": page.next or ""}
            if not goes_on or place == came_from:  # a server that shows the same page for ever has no more
                break
        if self.poll.outcome is None:
            nothing = forward and page.outcome is Outcome.EMPTY
            self.poll.take(Page(outcome=Outcome.EMPTY, detail="nothing new under the tag") if nothing else narrowed)
        self.poll.caught_up = others and not is_cut
        if self.poll.request.task is not Task.CONTROL:
            end = mark.ends_at(is_cut=is_cut and forward)
            self.poll.cursor = with_place(self.poll.cursor, self._name(tag), end)

    def _start(self, tag: str) -> str:
        """Local id to read on from; "" reads backwards from the newest. Proofs and deep passes do not go on."""
        if self.poll.request.task is Task.CONTROL or self.poll.request.deep:
            return ""
        return read_place(self.poll.request.cursor, self._name(tag)) or self.poll.options.text("min_id")

    def _name(self, tag: str) -> str:
        return tag_name(host_of(self.base_url), tag)

    def _room(self) -> str:
        """Posts to ask for: never more than the poll may still take, or the rest of a page would be passed over."""
        return str(max(1, min(PAGE_SIZE, self.poll.request.limit - len(self.poll.mentions))))

    async def _look_by_search(self) -> None:
        self.poll.stays_in_doubt = not self._token()  # without one servers find nothing for anybody, whatever tags show
        place: dict[str, str] = {}
        most = self.poll.options.count("pages")
        for read in range(1, most + 1):
            given = {"q": self.query, "type": "statuses", "limit": self._room(), **place}
            if (least := self.poll.options.text("min_id")) and self.poll.request.task is not Task.CONTROL:
                given["min_id"] = least
            answer = await self._get("/api/v2/search", given)
            page = mastodon.parse_search(answer.body, **answer.of(), proven=self._is_proven())
            self._take(page, answer.body)
            if page.outcome is Outcome.ITEMS:
                self.poll.memory.put("mastodon", self.base_url, "search", value=self.poll.clock())
            if not self.poll.goes_on(page, read=read, most=most):
                return
            place = {"max_id": page.next or ""}

    def _is_proven(self) -> bool:
        proved = self.poll.memory.get("mastodon", self.base_url, "search")
        return proved is not None and bool(self._token()) and self.poll.clock() - proved < PROOF_HOLDS

    def _take(self, page: Page, body: str | bytes) -> None:
        self._remember(page, body)
        self.poll.take(page)

    def _remember(self, page: Page, body: str | bytes) -> None:
        """Which local ids posts have: deletions name nothing else, and posts of other instances are asked for by them."""
        host, ids = host_of(self.base_url), mastodon.local_ids(body)
        for mention in page.mentions:
            if local := ids.get(mention.id):
                target = Target(platform=self.platform, kind=mention.kind, id=mention.id, url=mention.url)
                self.poll.memory.put("mastodon", host, "post", local, value=target)
                self.poll.memory.put("mastodon", host, "local", mention.url or mention.id, value=local)

    async def look_figures(self) -> None:
        await revisit_batches(self.poll, 1, self._revisit)

    async def _revisit(self, targets: Sequence[Target]) -> Page:
        target = targets[0]
        page = await self._status(target)
        if page.outcome is Outcome.GONE:
            return Page(outcome=Outcome.GONE, gone=(target.id,))
        return Page(
            outcome=page.outcome, detail=page.detail, mentions=tuple(as_stored(m, target) for m in page.mentions[:1])
        )

    async def _status(self, target: Target) -> Page:
        return await self._ask(target, "", mastodon.parse_status)

    async def _ask(self, target: Target, path: str, parse: Callable[..., Page]) -> Page:
        """Ask the instance that knows a post about it. A refusal by a post's home is that server's matter, no wall before
        the source."""
        found = await self._find(target)
        if found is None:
            return Page(outcome=Outcome.SUSPECT, detail="the instance does not find the post by its address")
        base, local = found
        try:
            answer = await self._get(f"/api/v1/statuses/{local}{path}", base=base)
            page = parse(answer.body, **answer.of())
        except Spent:
            raise
        except Unseen as error:
            page = Page(outcome=error.outcome, detail=error.detail)
        if base != self.base_url and page.outcome in BLOCKS:
            return Page(outcome=Outcome.SUSPECT, detail=f"the post's own instance does not show it: {page.detail}")
        return page

    async def look_comments(self) -> None:
        (await look_at_each(self.poll, self._comments_of)).conclude()

    async def _comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        yield await self._context(target)

    async def _context(self, target: Target) -> Page:
        root = target.id
        if not root.startswith(("https://", "http://")):  # stored in another form: the post itself knows its id
            page = await self._status(target)
            if not page.mentions:
                return page
            root = page.mentions[0].id
        return await self._ask(target, "/context", partial(mastodon.parse_context, root_id=root))

    async def _find(self, target: Target) -> tuple[str, str] | None:
        """(address of an instance, the post's local id there): the watched instance where it knows the post, else its home."""
        held = self.poll.memory.get("mastodon", host_of(self.base_url), "local", target.url or target.id)
        if held is not None:
            return self.base_url, held
        home = mastodon.home_of(target.url) or mastodon.home_of(target.id)
        if home and (home[0] == host_of(self.base_url) or home[0] == (await self._instance()).domain):
            return self.base_url, home[1]
        if self._token():
            given = {"q": target.url or target.id, "type": "statuses", "resolve": "true", "limit": "1"}
            answer = await self._get("/api/v2/search", given)
            page = mastodon.parse_search(answer.body, **answer.of(), proven=True)
            if page.outcome in BLOCKS:
                raise Unseen(page.outcome, page.detail)
            self._remember(page, answer.body)
            ids = list(mastodon.local_ids(answer.body).values())
            return (self.base_url, ids[0]) if page.mentions and ids else None
        return (f"https://{home[0]}", home[1]) if home and mastodon.is_public_host(home[0]) else None

    async def look_stream(self) -> None:
        """What was written since the last look, by the tags' timelines, and then their streams for the time of ``listen``."""
        if not self._token():
            raise Unseen(Outcome.BLOCKED_LOGIN, f"Mastodon's stream asks for a login: {TOKEN} names no token")
        if self.poll.request.cursor:
            await self._look_at_tags()
            if self.poll.outcome in BLOCKS:
                return
        caught_up = self.poll.caught_up
        if self.poll.outcome is Outcome.EMPTY:
            self.poll.begin_again()  # what the stream says stands above a quiet timeline
        host = await self._streaming_host()
        tags = self._tags()
        for _ in tags:
            if self.poll.allowance is not None and self.poll.requests >= self.poll.allowance:
                raise Spent
            self.poll.requests += 1
        pages = await asyncio.gather(*(self._listen(host, tag, words) for tag, words in tags))
        for page in sorted(pages, key=lambda p: p.outcome in (Outcome.ITEMS, Outcome.EMPTY)):
            self.poll.take(page)
            for mention in page.mentions:  # a stream's limit is its time: what it brought does not come again
                self.poll.put(mention)
            if page.outcome is Outcome.SUSPECT and self.poll.outcome is not Outcome.SUSPECT:
                self.poll.note(page.detail)
        self.poll.caught_up = caught_up

    async def _streaming_host(self) -> str:
        named = (await self._instance()).streaming
        return (stream_address(named, socket=False) if named else None) or self.base_url

    async def _listen(self, host: str, tag: str, words: str) -> Page:
        heard = Hearing()
        address = f"{host}/api/v1/streaming/hashtag?{urlencode({'tag': tag})}"
        seconds = min(self.poll.options.number("listen"), self.poll.options.number("timeout") * 0.8)
        agent = self.poll.options.text("user_agent") or USER_AGENT
        ended = await listen_to_lines(
            address,
            lambda line: heard.take(line, self.poll.clock()),
            seconds=seconds,
            headers={"Authorization": f"Bearer {self._token()}", "User-Agent": agent},
            proxy=self.poll.options.text("proxy"),
        )
        page = _narrowed(heard.page(url=address), words)
        mark = Mark()
        for data, collected_at in heard.statuses:
            self._remember(page, data)
            mark.see(data, now=collected_at)
        for local in heard.deleted:
            if (target := self.poll.memory.get("mastodon", host_of(self.base_url), "post", local)) is not None:
                self.poll.lose(target)
        self.poll.cursor = with_place(self.poll.cursor, self._name(tag), mark.ends_at(is_cut=False))
        if ended.outcome is not None:
            self.poll.wait_at_least(parse_retry_after(ended.headers or {}, now=self.poll.clock()))
            return Page(outcome=ended.outcome, detail=ended.detail, mentions=page.mentions, skipped=page.skipped)
        if ended.heard == 0:
            return Page(
                outcome=Outcome.SUSPECT, detail=f"the stream sent nothing in {seconds:g} s, not even a heartbeat"
            )
        return page

    async def _instance(self) -> mastodon.Instance:
        """What the instance says of itself, asked once a process."""
        held: mastodon.Instance | None = self.poll.memory.get("mastodon", host_of(self.base_url), "instance")
        if held is not None:
            return held
        answer = await self._get("/api/v2/instance", {})
        instance = mastodon.parse_instance(answer.body, status=answer.status, content_type=answer.content_type)
        if answer.status in (200, 404):
            self.poll.memory.put("mastodon", host_of(self.base_url), "instance", value=instance)
        return instance

    async def _get(self, path: str, given: dict[str, str] | None = None, *, base: str | None = None) -> Answer:
        """One request to the watched instance, or to a post's home: that one never sees the token."""
        headers = {"Accept": "application/json"}
        if (token := self._token()) and base in (None, self.base_url):
            headers["Authorization"] = f"Bearer {token}"
        asked = f"?{urlencode(given)}" if given else ""
        return await self.fetch(f"{base or self.base_url}{path}{asked}", headers=headers)

    @staticmethod
    def _token() -> str:
        return os.environ.get(TOKEN, "").strip()


def _timeline(tag: str) -> str:
    return f"/api/v1/timelines/tag/{quote(tag, safe='')}"


def _narrowed(page: Page, words: str) -> Page:
    """The posts that hold all the words; a page without any says so."""
    kept = select_matching(page.mentions, words)
    if len(kept) == len(page.mentions):
        return page
    if not kept and page.outcome is Outcome.ITEMS:
        detail = "no post of the tag holds the query's other words"
        return Page(outcome=Outcome.EMPTY, detail=detail, skipped=page.skipped)
    return Page(outcome=page.outcome, mentions=kept, detail=page.detail, skipped=page.skipped, next=page.next)
