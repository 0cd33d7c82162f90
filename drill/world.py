"""The invented world at one moment: which posts are out, under which ids, with which figures. Pure; time is given."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from drill.scenario import Growth, Post, Scenario
from records.mention import Platform, mention_key

_WEIBO_EPOCH = 515_483_463
"""Offset of the seconds in the high bits of a Weibo id."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedPost:
    """Truth about one post that is out, for the score card."""

    id: str
    """The platform's id, as the server shows it."""
    platform: Platform
    key: str
    """Key of the mention a crawler makes of it (``records.mention.mention_key``)."""
    published_at: datetime
    """Aware UTC, whole seconds: what the server shows."""
    about_brand: bool
    """Names the brand by its full name."""
    complaint: bool
    crisis: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OutPost:
    """A post that is out, as its platform would show it now."""

    post: Post
    id: str
    author_id: str
    published_at: datetime
    metrics: Mapping[str, int]
    """Figures at this moment; a name that is absent is not shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    scenario: Scenario
    speed: float
    """Story seconds per real second, above 0."""
    started_at: datetime
    """Aware UTC: when the story began."""

    def story_seconds(self, now: datetime) -> float:
        """Seconds of story time at ``now``; negative before the start."""
        return (now - self.started_at).total_seconds() * self.speed

    def appears_at(self, post: Post) -> datetime:
        return self.started_at + timedelta(seconds=post.at / self.speed)

    @property
    def all_out_at(self) -> datetime:
        """When the last post appears."""
        return max(self.appears_at(p) for p in self.scenario.posts)

    @property
    def ends_at(self) -> datetime:
        """When the story's duration is over."""
        return self.started_at + timedelta(seconds=self.scenario.duration / self.speed)

    def out(self, now: datetime, platform: Platform | None = None) -> list[OutPost]:
        """What is out at ``now``, newest first."""
        story = self.story_seconds(now)
        found = [
            self._show(place, post, story)
            for place, post in enumerate(self.scenario.posts)
            if post.at <= story and platform in (None, post.platform)
        ]
        return found[::-1]

    def published(self, now: datetime) -> list[PublishedPost]:
        """Truth about everything that is out at ``now``, oldest first."""
        return [
            PublishedPost(
                id=out.id,
                platform=out.post.platform,
                key=mention_key(out.post.platform, "post", out.id),
                published_at=out.published_at,
                about_brand=self.scenario.about_brand(out.post),
                complaint=out.post.complaint,
                crisis=out.post.crisis,
            )
            for out in reversed(self.out(now))
        ]

    def _show(self, place: int, post: Post, story: float) -> OutPost:
        published = self.appears_at(post).replace(microsecond=0)
        seconds = int(published.timestamp())
        digest = hashlib.sha256(f"{post.platform}|{post.author.name}".encode()).hexdigest()
        if post.platform is Platform.WEIBO:
            ident = str(((seconds - _WEIBO_EPOCH) << 22) + place * 101 + 1)
            author = str(9_000_000_000 + int(digest[:10], 16) % 999_999_999)
        else:
            ident = f"{seconds:08x}{hashlib.sha256(post.full_text.encode()).hexdigest()[:16]}"
            author = "5f" + digest[:22]
        return OutPost(
            post=post,
            id=ident,
            author_id=author,
            published_at=published,
            metrics={
                name: grown(end, post.growth, post.at, story, self.scenario.duration)
                for name, end in post.metrics.items()
            },
        )


def grown(end: int, growth: Growth, at: float, story: float, duration: float) -> int:
    """A figure at story second ``story``: 0 when the post appears, ``end`` when the story is over, never falling."""
    share = 1.0 if duration <= at else min(1.0, max(0.0, (story - at) / (duration - at)))
    curve = {Growth.STEADY: share, Growth.BURST: 1 - (1 - share) ** 4, Growth.LATE: share**3}[growth]
    return int(end * curve)


def select_matching(posts: list[OutPost], query: str) -> list[OutPost]:
    """The posts whose title, text or topics hold every word of the query (a platform's "brand AND word" search)."""
    words = fold(query).split()
    if not words:
        return []
    return [p for p in posts if all(word in fold(p.post.full_text) for word in words)]


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def short_count(value: int) -> int | str:
    """A count as the platforms show it: whole below ten thousand, then "1.2万", "1.2亿" (cut, not rounded)."""
    for unit, size in (("亿", 100_000_000), ("万", 10_000)):
        if value >= size:
            tenths = value * 10 // size
            return f"{tenths // 10}{unit}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}{unit}"
    return value
