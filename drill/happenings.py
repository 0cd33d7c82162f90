"""What happens to the posts of a platform, in order: for stand-ins that have a stream. Pure; time is given."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from drill.world import OutPost


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    at: datetime
    what: str
    """create, update (an edit) or delete."""
    post: OutPost


class Chronicle:
    """Keeps what happened, by comparing what is out now with what was out when it was last looked at."""

    def __init__(self) -> None:
        self.seen: list[Happening] = []
        """In the order of their being noticed."""
        self._by_time: list[Happening] = []
        self._out: dict[str, OutPost] = {}

    def observe(self, posts: Sequence[OutPost], now: datetime) -> None:
        """Note what is new, edited or no longer out. A post that is listed late happens when it is listed."""
        for post in reversed(posts):
            before = self._out.get(post.id)
            if before is None:
                late = post.post.surfaces is not None and bool(self._out)
                self._note(Happening(at=now if late else post.published_at, what="create", post=post))
            elif post.edited_at is not None and before.edited_at is None:
                self._note(Happening(at=post.edited_at, what="update", post=post))
        out = {p.id: p for p in posts}
        for ident, before in self._out.items():
            if ident not in out:
                self._note(Happening(at=now, what="delete", post=before))
        self._out = out

    def since(self, moment: datetime) -> list[Happening]:
        """What happened at or after a moment, in order of time."""
        return [h for h in self._by_time if h.at >= moment]

    def _note(self, happening: Happening) -> None:
        self.seen.append(happening)
        insort(self._by_time, happening, key=lambda h: h.at)
