"""What browser spiders share whose pages show comments by scrolling and more replies at a press."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from crawlers.listening import Heard
from crawlers.poll import BLOCKS
from crawlers.spiders.browsing import SCROLL_ANSWERED, Opened
from crawlers.spiders.revisiting import RevisitingSpider
from records.outcome import Outcome, Page


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentList:
    """How the comments of an opened page are read."""

    suffix: str
    """End of the path of the page's own requests for comments."""
    replies: str
    """End of the path of its requests for more replies to one."""
    parse: Callable[..., Page]
    wanted: Callable[[Heard], bool]
    """Leaves out answers about another post."""
    scroller: str
    """Selector of the part of the page that scrolls by itself and holds the comments."""
    unfold: str
    """Selector of what shows more replies to one comment."""


class CommentingSpider(RevisitingSpider):
    async def read_comments(self, opened: Opened, under: CommentList) -> AsyncGenerator[Page, None]:
        """Comments by scrolling (option ``comment_pages``), then more replies (option ``replies``), page by page.

        A first page is always given, also where it is empty or a refusal; behind good pages only more of them and blocks.
        """
        most = self.poll.options.count("comment_pages")
        for read in range(1, most + 1):
            heard = await self.hear(opened, under.suffix, first=read == 1, wanted=under.wanted, over=under.scroller)
            if heard is None and read > 1:
                self.poll.caught_up = False  # more was promised, and the page did not ask for it
                break
            page = (
                under.parse(heard.body, **self.of_heard(heard))
                if heard is not None
                else Page(outcome=Outcome.CHANGED, detail=f"the page never asked for comments ({under.suffix})")
            )
            if page.outcome is not Outcome.ITEMS:
                if read == 1 or page.outcome in BLOCKS:
                    yield page
                    return
                break
            yield page
            if not self.poll.goes_on(page, read=read, most=most, in_order=False):
                break
        async for page in self._unfolded(opened, under):
            yield page

    async def _unfolded(self, opened: Opened, under: CommentList) -> AsyncGenerator[Page, None]:
        """More replies of the first comments that have more."""
        wait = min(SCROLL_ANSWERED, self.poll.options.number("wait"))
        for _ in range(self.poll.options.count("replies")):
            if self.poll.is_full or not await self.press(opened, under.unfold):
                return
            heard = await self.hear(opened, under.replies, wanted=under.wanted, seconds=wait)
            if heard is None:
                return
            page = under.parse(heard.body, **self.of_heard(heard))
            if page.outcome is Outcome.ITEMS or page.outcome in BLOCKS:
                yield page
            if page.outcome in BLOCKS:
                return
