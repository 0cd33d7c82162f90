"""Walls on command: which misbehaviour stands before which platform, so that a drill shows that a blind source is said
aloud (W6)."""

from __future__ import annotations

from collections.abc import Mapping

from drill.sites import load_sites
from drill.sites.base import KINDS

TELEGRAM = ("rate", "down")
"""For the chat: 429 and 502."""


def misbehaviours() -> Mapping[str, tuple[str, ...]]:
    """Platform → kinds of misbehaviour it can be put to."""
    return {**{str(p): KINDS for p in load_sites()}, "telegram": TELEGRAM}


class Walls:
    """Which wall stands before which platform. Set from any thread."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}

    def put(self, platform: str, kind: str | None) -> None:
        if kind is None:
            self._standing.pop(platform, None)
        else:
            self._standing[platform] = kind

    def now(self, platform: str) -> str | None:
        return self._standing.get(platform)
