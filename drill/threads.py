"""Which comments of the story answer which: one that begins with "@name" answers what that name wrote before. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drill.world import OutComment

_ADDRESSED = re.compile(r"@([^\s:：,，]{1,30})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """A comment with the replies to it, the oldest first."""

    comment: OutComment
    replies: tuple[OutComment, ...]


def select_threads(comments: Sequence[OutComment]) -> list[Thread]:
    """The threads of a post's comments, the newest first; replies to replies stand in the same thread.

    Args:
        comments: the newest first, as a post has them.
    """
    heads: list[OutComment] = []
    replies: dict[str, list[OutComment]] = {}
    thread_of: dict[str, str] = {}  # name → id of the thread that name spoke in last
    for comment in reversed(comments):
        addressed = _ADDRESSED.match(comment.comment.text)
        head = thread_of.get(addressed[1]) if addressed else None
        if head is None:
            heads.append(comment)
            head = comment.id
            replies[head] = []
        else:
            replies[head].append(comment)
        thread_of[comment.comment.author.name] = head
    return [Thread(comment=c, replies=tuple(replies[c.id])) for c in reversed(heads)]
