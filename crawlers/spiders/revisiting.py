"""What browser spiders share that look again at posts they know, one page a post."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from crawlers.spiders.browsing import BrowserSpider
from crawlers.spiders.known_posts import Answers, look_at_each
from records.outcome import Outcome, Page, Target

PRESS_REST = 3.0
"""Seconds at most before something is pressed that makes the page ask once more (the option ``delay`` where less)."""


class RevisitingSpider(BrowserSpider):
    """Subclasses say what one post's page shows.

    A page with outcome GONE is the platform's own word that the post is deleted or hidden; a block ends the poll; any
    other trouble with one post leaves the others alone.
    """

    async def look_figures(self) -> None:
        self.conclude(await look_at_each(self.poll, self.figures_of))

    async def look_comments(self) -> None:
        self.conclude(await look_at_each(self.poll, self.comments_of))

    def figures_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """The post as it stands now."""
        raise NotImplementedError

    def comments_of(self, target: Target) -> AsyncGenerator[Page, None]:
        """Pages of comments under the post; each is taken before the next is asked for."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Wait as a person would before pressing something."""
        await asyncio.sleep(min(self.poll.options.number("delay"), PRESS_REST))

    def conclude(self, answers: Answers) -> None:
        """Name the outcome once every post was looked at."""
        answers.conclude()

    @staticmethod
    def of_target(page: Page, target: Target) -> Page:
        """The page, if it shows the very post that was asked for."""
        if page.outcome is Outcome.ITEMS and all(m.id != target.id for m in page.mentions):
            return Page(outcome=Outcome.CHANGED, detail="another post was shown than the one that was asked for")
        return page
