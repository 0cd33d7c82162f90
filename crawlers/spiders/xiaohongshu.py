"""Xiaohongshu in a real browser: its pages are opened as a person would, and what their own script receives is read."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from crawlers.listening import Heard
from crawlers.parsers import xiaohongshu
from crawlers.parsers.xiaohongshu_comments import parse_comments
from crawlers.parsers.xiaohongshu_walls import Doubt
from crawlers.poll import BLOCKS, Poll, Unseen
from crawlers.spiders.browsing import Opened
from crawlers.spiders.commenting import CommentingSpider, CommentList
from crawlers.spiders.known_posts import Answers
from records.mention import Mention, Platform
from records.outcome import Outcome, Page, Target, Task

SEARCH, NOTE, AUTHOR = "/search/notes", "/feed", "/user/otherinfo"
COMMENTS, REPLIES = "/comment/page", "/comment/sub/page"
SCROLLER = ".note-scroller"
"""The part of a note's page that scrolls by itself and holds the comments."""
UNFOLD = ".show-more >> visible=true"
"""What shows more replies to one comment."""
DETAIL_KEPT = timedelta(hours=6)
"""A note that was opened is opened again only after this: by then it may have been edited."""
DOUBT_HOLDS = timedelta(hours=1)
"""A note that may be gone is taken to be gone when it is still not to be seen after this."""
AUTHOR_FOLLOWS = 1.5
"""Seconds the note's page may take after its text to ask for its author."""
NO_LINK = "no search of this process has shown the note, and without the link from there it cannot be opened: left out"


class XiaohongshuSpider(CommentingSpider):
    """A note opens only with a short-lived token out of a search; tokens live in the poll's memory and nowhere else."""

    name = "xiaohongshu"
    platform: ClassVar[Platform] = Platform.XIAOHONGSHU
    default_url: ClassVar[str] = "https://www.xiaohongshu.com"
    walls = ("/website-login/", "/404?", "/login?")

    def __init__(self, *, poll: Poll | None = None, name: str | None = None, **arguments: str) -> None:
        super().__init__(poll=poll, name=name, **arguments)
        self._profiles_left = 0
        self._doubts: list[str] = []
        """What is told of targets that were left out."""

    async def look_search(self) -> None:
        await self._search()
        if self.poll.outcome is Outcome.ITEMS and self.poll.request.task is not Task.CONTROL:
            await self._complete()

    async def _search(self) -> None:
        given = {"keyword": self.query, "source": "web_explore_feed", "sort": self.poll.options.text("sort")}
        opened = await self.open(f"{self.base_url}/search_result?{urlencode(given, quote_via=quote)}", SEARCH)
        try:
            await self.read_results(lambda number: self._results(opened, first=number == 1))
        finally:
            await self.close_page(opened)

    async def _results(self, opened: Opened, *, first: bool) -> tuple[Page | None, bool]:
        """What the script got for our words; a first screen that asked for nothing is judged by the page."""
        heard = await self.hear(opened, SEARCH, first=first, wanted=self._is_ours)
        if heard is None and not first:
            return None, False
        if heard is None:
            return xiaohongshu.parse_search_page(await self.html_of(opened), **self.of_page(opened)), False
        page = xiaohongshu.parse_search(heard.body, **self.of_heard(heard))
        for note, token in page.tokens.items():
            self.poll.memory.put("token", note, value=token)
            self.poll.memory.drop("doubt", note)
        return page, heard.argument("sort") == "time_descending"

    def _is_ours(self, heard: Heard) -> bool:
        """Answers for other words (recommendations, prefetched) are not ours."""
        keyword = heard.argument("keyword")
        return keyword is None or keyword == self.query

    async def _complete(self) -> None:
        """Text and followers of the notes, from memory or by opening their pages within the limits."""
        details, self._profiles_left = self.poll.options.count("details"), self.poll.options.count("profiles")
        for mention in self.poll.mentions:
            held: tuple[Mention, xiaohongshu.Profile | None] | None = self.poll.memory.get("note", mention.id)
            if held is not None and mention.collected_at - held[0].collected_at < DETAIL_KEPT:
                self._put(mention, *held)
            elif details > 0 and self.poll.memory.get("token", mention.id) is not None:
                details -= 1
                if not await self._read_note(mention):
                    return

    async def _read_note(self, mention: Mention) -> bool:
        """Open one note; False when that met a block, after which nothing more is opened."""
        try:
            opened = await self.open(self._link(mention.id), NOTE, AUTHOR)
        except Unseen as error:
            self.poll.refuse(error.outcome, f"note: {error.detail}")
            return error.outcome not in BLOCKS
        try:
            page = await self._note(opened, mention.id)
            heard = await self._author_heard(opened, mention) if page.outcome is Outcome.ITEMS else None
        finally:
            await self.close_page(opened)
        detail = next((m for m in page.mentions if m.id == mention.id), None)
        if detail is None:
            if page.outcome in BLOCKS:
                self.poll.refuse(page.outcome, f"note: {page.detail}")
                return False
            self.poll.note(f"a note's text was not to be had: {page.detail or 'another note was shown'}")
            return True
        profile = await self._profile(mention, heard)
        if profile is not None and profile.outcome in BLOCKS:
            self.poll.refuse(profile.outcome, f"author: {profile.detail}")
        self.poll.memory.put("note", mention.id, value=(detail, profile))
        self._put(mention, detail, profile)
        return self.poll.outcome is Outcome.ITEMS

    def _link(self, note: str) -> str:
        given = {"xsec_token": self.poll.memory.get("token", note), "xsec_source": "pc_search"}
        return f"{self.base_url}/explore/{note}?{urlencode(given)}"

    async def _note(self, opened: Opened, note: str) -> xiaohongshu.NotePage:
        """The note as the server wrote it into the page, or as the page's script received it."""
        written = xiaohongshu.parse_detail_page(opened.answer.body, **self.of_page(opened))
        if written.outcome not in (Outcome.CHANGED, Outcome.BLOCKED_LOGIN):
            return written
        heard = await self.hear(opened, NOTE, wanted=lambda h: h.argument("source_note_id") in (note, None))
        if heard is not None:
            return xiaohongshu.parse_detail(heard.body, **self.of_heard(heard))
        return xiaohongshu.parse_detail_page(await self.html_of(opened), **self.of_page(opened))

    async def _author_heard(self, opened: Opened, mention: Mention) -> Heard | None:
        if mention.author.id is None:
            return None
        return await opened.listener.wait(
            AUTHOR,
            page=opened.page,
            seconds=min(AUTHOR_FOLLOWS, self.poll.options.number("wait")),
            wanted=lambda h: h.argument("target_user_id") == mention.author.id,
        )

    async def _profile(self, mention: Mention, heard: Heard | None) -> xiaohongshu.Profile | None:
        """The author's figures: as the note's page heard them, as known, or from the author's own page within limits."""
        author = mention.author.id
        if heard is not None:
            profile = xiaohongshu.parse_author(heard.body, **self.of_heard(heard))
        elif author is None or not re.fullmatch(r"[0-9a-f]{16,32}", author):
            return None
        elif (held := self.poll.memory.get("author", author)) is not None:
            return held
        elif self._profiles_left <= 0:
            return None
        else:
            self._profiles_left -= 1
            read = await self._read_author(author)
            if read is None:
                return None
            profile = read
        if profile.outcome is Outcome.ITEMS and author:
            self.poll.memory.put("author", author, value=profile)
        return profile

    async def _read_author(self, author: str) -> xiaohongshu.Profile | None:
        try:
            opened = await self.open(f"{self.base_url}/user/profile/{author}", AUTHOR)
        except Unseen as error:
            self.poll.note(f"an author's figures were not to be had: {error.detail}")
            return None
        try:
            heard = await self.hear(opened, AUTHOR)
        finally:
            await self.close_page(opened)
        return xiaohongshu.parse_author(heard.body, **self.of_heard(heard)) if heard is not None else None

    def _put(self, mention: Mention, detail: Mention, profile: xiaohongshu.Profile | None) -> None:
        whole = xiaohongshu.with_detail(mention, detail)
        self.poll.put(xiaohongshu.with_author(whole, profile) if profile is not None else whole)

    async def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        if not self._can_open(target):
            return
        opened = await self.open(self._link(target.id), NOTE)
        try:
            page = self.of_target(await self._note(opened, target.id), target)
            if page.outcome is Outcome.ITEMS:
                yield Page(outcome=Outcome.ITEMS, mentions=tuple(self._known(m) for m in page.mentions))
            elif self._is_certain(page, target):
                yield page
        finally:
            await self.close_page(opened)

    async def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        if not self._can_open(target):
            return
        opened = await self.open(self._link(target.id), NOTE, COMMENTS, REPLIES)
        try:
            note = self.of_target(await self._note(opened, target.id), target)
            if note.outcome is Outcome.ITEMS:
                async for page in self.read_comments(opened, _comments_under(target)):
                    yield page
            elif self._is_certain(note, target):
                yield note
        finally:
            await self.close_page(opened)

    def _can_open(self, target: Target) -> bool:
        if self.poll.memory.get("token", target.id) is not None:
            return True
        self._doubts.append(NO_LINK)
        return False

    def _known(self, found: Mention) -> Mention:
        """A note seen again with what is known of its author; it need not be opened soon for its text."""
        profile: xiaohongshu.Profile | None = self.poll.memory.get("author", found.author.id or "")
        self.poll.memory.put("note", found.id, value=(found, profile))
        return xiaohongshu.with_author(found, profile) if profile is not None else found

    def _is_certain(self, page: Page, target: Target) -> bool:
        """False for a note that may be gone: it is so where that is said for sure, or still said after a while."""
        doubt = page.doubt if isinstance(page, xiaohongshu.NotePage) else Doubt.NONE
        if page.outcome is not Outcome.GONE or doubt is Doubt.NONE:
            return True
        if doubt is Doubt.LINK:
            self.poll.memory.drop("token", target.id)
            self._doubts.append(f"{page.detail}, maybe as the link is old: left out")
            return False
        now = self.poll.clock()
        since: datetime | None = self.poll.memory.get("doubt", target.id)
        if since is None:
            self.poll.memory.put("doubt", target.id, value=now)
        elif now - since >= DOUBT_HOLDS:
            return True
        self._doubts.append(f"{page.detail}: not certain yet, it is looked at again")
        return False

    def conclude(self, answers: Answers) -> None:
        """Targets that were left out are told; where they were all there was, nothing is wrong with the source."""
        told = list(dict.fromkeys(self._doubts))
        if told and not answers.is_in_doubt and self.poll.outcome is None and not self.poll.gone:
            self.poll.refuse(Outcome.EMPTY, told.pop(0))
        super().conclude(answers)
        for sentence in told:
            self.poll.note(sentence)


def _comments_under(target: Target) -> CommentList:
    return CommentList(
        suffix=COMMENTS,
        replies=REPLIES,
        parse=parse_comments,
        wanted=lambda h: h.argument("note_id") in (target.id, None),
        scroller=SCROLLER,
        unfold=UNFOLD,
    )
