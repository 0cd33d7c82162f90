"""Looking at known posts again where the platform shows several in one answer (W4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from crawlers.poll import BLOCKS, Poll, Spent, Unseen
from records.mention import Mention, replace
from records.outcome import Outcome, Page, Target

Read = Callable[[Sequence[Target]], Awaitable[Page]]
"""Looks at a batch. Mentions as its targets are stored (``as_stored``), in ``gone`` the targets' ids that are gone; ITEMS
or GONE where all is told, any other outcome or a detail where something was not to be seen."""


async def revisit_batches(poll: Poll, size: int, read: Read) -> None:
    """The present form of every target, ``size`` of them in one request. A block ends it, other trouble is noted."""
    troubles: list[Page] = []
    targets = poll.request.targets
    for first in range(0, len(targets), size):
        batch = targets[first : first + size]
        try:
            page = await read(batch)
        except Spent:
            raise
        except Unseen as error:
            page = Page(outcome=error.outcome, detail=error.detail)
        for target in batch:
            if target.id in page.gone:
                poll.lose(target)
        if page.mentions:
            poll.take(Page(outcome=Outcome.ITEMS))
            for mention in page.mentions:  # all of them: a poll's limit is for what it finds, not for what it is asked
                poll.put(mention)
        if page.outcome in BLOCKS:
            poll.take(page)
            return
        if page.outcome not in (Outcome.ITEMS, Outcome.GONE) or page.detail:
            troubles.append(page)
    for trouble in troubles:
        if poll.outcome is None:
            poll.take(trouble)
        else:
            poll.note(f"a post was not to be seen: {trouble.detail}")
    if poll.outcome is None:
        say = f"all {len(poll.gone)} posts are deleted or hidden" if poll.gone else "there was no post to look at"
        poll.refuse(Outcome.EMPTY, say)


def as_stored(mention: Mention, target: Target) -> Mention:
    """The mention under the key its target is stored by: ids may be stored hashed, and kinds have been told differently."""
    if mention.key == target.key:
        return mention
    return replace(mention, id=target.id, kind=target.kind)
