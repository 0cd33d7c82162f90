"""What browser spiders share that look again at posts they know: one page a post, and one outcome over all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from crawlers.poll import BLOCKS, Spent, Unseen
from crawlers.spiders.browsing import BrowserSpider
from records.outcome import Outcome, Page, Target

PRESS_REST = 3.0
"""Seconds at most before something is pressed that makes the page ask once more (the option ``delay`` where less)."""

Look = Callable[[Target], AsyncGenerator[Page, None]]


class RevisitingSpider(BrowserSpider):
    """Subclasses say what one post's page shows.

    A page with outcome GONE is the platform's own word that the post is deleted or hidden; a block ends the poll; any
    other trouble with one post leaves the others alone.
    """

    async def look_figures(self) -> None:
        await self._each(self.figures_of)

    async def look_comments(self) -> None:
        await self._each(self.comments_of)

    def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """The post as it stands now."""
        raise NotImplementedError

    def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """Pages of comments under the post; each is taken before the next is asked for."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Wait as a person would before pressing something."""
        await asyncio.sleep(min(self.poll.options.number("delay"), PRESS_REST))

    async def _each(self, look: Look) -> None:
        doubt: tuple[Page, bytes] | None = None
        for target in self.poll.request.targets:
            if self.poll.is_full:
                self.poll.caught_up = False
                break
            try:
                async with aclosing(look(target)) as pages:
                    async for page in pages:
                        doubt = self._judge(page, target) or doubt
            except Spent:
                raise
            except Unseen as error:
                doubt = self._judge(Page(outcome=error.outcome, detail=error.detail), target) or doubt
            if self.poll.outcome in BLOCKS:
                return
        self._conclude(doubt)

    def _judge(self, page: Page, target: Target) -> tuple[Page, bytes] | None:
        """Take what is certain; hand back what is not, with its payload."""
        if page.outcome is Outcome.GONE:
            self.poll.lose(target)
        elif page.outcome in (Outcome.ITEMS, Outcome.EMPTY) or page.outcome in BLOCKS:
            self.poll.take(page)
        else:
            return page, self.poll.last_body
        return None

    def _conclude(self, doubt: tuple[Page, bytes] | None) -> None:
        if doubt is not None and self.poll.outcome is None:
            page, self.poll.last_body = doubt
            self.poll.take(page)
        elif doubt is not None:
            self.poll.note(f"a post was not to be seen: {doubt[0].detail}")
        elif self.poll.outcome is None:
            gone = len(self.poll.gone)
            self.poll.refuse(Outcome.EMPTY, f"{gone} posts are deleted or hidden" if gone else "no posts were given")

    @staticmethod
    def of_target(page: Page, target: Target) -> Page:
        """The page, if it shows the very post that was asked for."""
        if page.outcome is Outcome.ITEMS and all(m.id != target.id for m in page.mentions):
            return Page(outcome=Outcome.CHANGED, detail="another post was shown than the one that was asked for")
        return page
