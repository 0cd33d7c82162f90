"""What plain HTTP spiders share: what did not fit into a poll, and one outcome over the answers about several posts."""

from __future__ import annotations

from crawlers.poll import BLOCKS, Poll
from records.outcome import Outcome, Page, Target


class Answers:
    """Takes what is certain at once; what is doubtful becomes the outcome only where nothing else was seen."""

    def __init__(self, poll: Poll) -> None:
        self._poll = poll
        self._doubt: tuple[Page, bytes] | None = None

    def judge(self, page: Page, target: Target | None = None) -> bool:
        """Take one answer; False where the source cannot be seen, so that asking on is useless.

        Mentions of a page are held whatever the poll's limit is: each was asked for.

        Args:
            target: the post it is about; lost where the outcome is GONE. None for an answer about several.
        """
        if page.outcome is Outcome.GONE and target is not None:
            self._poll.lose(target)
        elif page.outcome in (Outcome.ITEMS, Outcome.EMPTY) or page.outcome in BLOCKS:
            self._poll.take(Page(outcome=page.outcome, detail=page.detail, skipped=page.skipped))
            for mention in page.mentions:
                self._poll.put(mention)
        else:
            self._doubt = page, self._poll.last_body
        return self._poll.outcome not in BLOCKS

    def conclude(self) -> None:
        """Name the outcome once every post was asked for."""
        if self._doubt is not None and self._poll.outcome is None:
            page, self._poll.last_body = self._doubt
            self._poll.take(page)
        elif self._doubt is not None:
            self._poll.note(f"a post was not to be seen: {self._doubt[0].detail}")
        elif self._poll.outcome is None:
            gone = len(self._poll.gone)
            self._poll.refuse(Outcome.EMPTY, f"{gone} posts are deleted or hidden" if gone else "no posts were given")
