"""Looking at posts that are known: how they stand now (W4), what is said under them (W5), and one outcome over it all."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace as with_values

from crawlers.poll import BLOCKS, Poll, Spent, Unseen
from records.mention import Mention, replace
from records.outcome import Outcome, Page, Target

Look = Callable[[Target], AsyncGenerator[Page, None]]
"""Looks at one post; each page is taken before the next is asked for."""
Read = Callable[[Sequence[Target]], Awaitable[Page]]
"""Looks at a batch. Mentions as its targets are stored (``as_stored``), in ``gone`` the targets' ids that are gone; ITEMS
or GONE where all is told, any other outcome or a detail where something was not to be seen."""


class Answers:
    """Takes what is certain at once; what is doubtful becomes the outcome only where nothing else was seen."""

    def __init__(self, poll: Poll, *, is_limited: bool = False) -> None:
        """
        Args:
            is_limited: whether the poll's limit holds, as it does for comments; posts that were asked for by their ids
                are all wanted.
        """
        self._poll, self._is_limited = poll, is_limited
        self._doubts: list[tuple[Page, bytes]] = []

    @property
    def is_in_doubt(self) -> bool:
        return bool(self._doubts)

    def judge(self, page: Page, *targets: Target) -> bool:
        """Take one answer; False where the source cannot be seen, so that asking on is useless.

        Args:
            targets: the posts it is about. Those that ``gone`` names are lost; so is a single one where the outcome is
                GONE, which is the platform's own word that it is deleted or hidden.
        """
        for target in targets:
            if target.id in page.gone or (page.outcome is Outcome.GONE and len(targets) == 1):
                self._poll.lose(target)
        if page.outcome in (Outcome.ITEMS, Outcome.EMPTY) or page.outcome in BLOCKS:
            self._take(page)
        elif page.outcome is not Outcome.GONE:
            self.doubt(page)
        return self._poll.outcome not in BLOCKS

    def _take(self, page: Page) -> None:
        if self._is_limited:
            self._poll.take(page)
            return
        self._poll.take(with_values(page, mentions=()))
        for mention in page.mentions:
            self._poll.put(mention)

    def doubt(self, page: Page) -> None:
        """Something was not to be seen, and the page says why."""
        self._doubts.append((page, self._poll.last_body))

    def conclude(self) -> None:
        """Name the outcome once every post was asked for."""
        for page, body in self._doubts:
            if self._poll.outcome is None:
                self._poll.last_body = body
                self._poll.take(page)
            else:
                self._poll.note(f"a post was not to be seen: {page.detail}")
        if self._poll.outcome is None:
            gone = len(self._poll.gone)
            self._poll.refuse(Outcome.EMPTY, f"{gone} posts are deleted or hidden" if gone else "no posts were given")


async def look_at_each(poll: Poll, look: Look, *, is_limited: bool = True) -> Answers:
    """Look at the targets one by one. A block ends it, any other trouble with one post leaves the others alone."""
    answers = Answers(poll, is_limited=is_limited)
    for target in poll.request.targets:
        if is_limited and poll.is_full:
            poll.caught_up = False
            break
        try:
            async with aclosing(look(target)) as pages:
                async for page in pages:
                    if not answers.judge(page, target):
                        break
        except Spent:
            raise
        except Unseen as error:
            answers.judge(Page(outcome=error.outcome, detail=error.detail), target)
        if poll.outcome in BLOCKS:
            break
    return answers


async def revisit_batches(poll: Poll, size: int, read: Read) -> None:
    """The present form of every target, ``size`` of them in one request. A block ends it, other trouble is noted."""
    answers, targets = Answers(poll), poll.request.targets
    for first in range(0, len(targets), size):
        batch = targets[first : first + size]
        try:
            page = await read(batch)
        except Spent:
            raise
        except Unseen as error:
            page = Page(outcome=error.outcome, detail=error.detail)
        is_told = page.outcome in (Outcome.ITEMS, Outcome.GONE)
        if not answers.judge(with_values(page, detail="") if is_told else page, *batch):
            return
        if is_told and page.detail:
            answers.doubt(Page(outcome=Outcome.SUSPECT, detail=page.detail))
    answers.conclude()


def as_stored(mention: Mention, target: Target) -> Mention:
    """The mention under the key its target is stored by: ids may be stored hashed, and kinds have been told differently."""
    if mention.key == target.key:
        return mention
    return replace(mention, id=target.id, kind=target.kind)
