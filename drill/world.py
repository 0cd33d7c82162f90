"""The invented world at one moment: which posts are out, under which ids, with which figures. Pure; time is given."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from drill.identities import account_id, comment_id, full_id, kind_of, post_id
from drill.scenario import Account, Comment, Growth, Post, Scenario
from records.mention import Platform, mention_key


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
class OutComment:
    """A comment that is out."""

    comment: Comment
    id: str
    author_id: str
    published_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OutPost:
    """A post that is out, as its platform would show it now."""

    post: Post
    """With the words that stand there now."""
    id: str
    author_id: str
    published_at: datetime
    metrics: Mapping[str, int]
    """Figures at this moment; a name that is absent is not shown."""
    edited_at: datetime | None = None
    comments: tuple[OutComment, ...] = ()
    """Those that are out, the newest first."""


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
        """What is out and listed at ``now``, newest first: not what was deleted, nor what surfaces later."""
        story = self.story_seconds(now)
        found = [
            self._show(place, post, story)
            for place, post in enumerate(self.scenario.posts)
            if post.listed_at <= story and not post.is_deleted(story) and platform in (None, post.platform)
        ]
        return found[::-1]

    def was_deleted(self, platform: Platform, ident: str, now: datetime) -> bool:
        """True for a post that was out once and is deleted now."""
        story = self.story_seconds(now)
        return any(
            self._show(place, post, story).id == ident
            for place, post in enumerate(self.scenario.posts)
            if post.platform is platform and post.is_deleted(story)
        )

    def published(self, now: datetime) -> list[PublishedPost]:
        """Truth about everything that is out at ``now``, oldest first."""
        return [
            PublishedPost(
                id=out.id,
                platform=out.post.platform,
                key=mention_key(out.post.platform, kind_of(out.post.platform), out.id),
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
        edited = post.edit is not None and post.edit.at <= story
        account = account_id(post.platform, post.author.name)
        return OutPost(
            post=dataclasses.replace(post, text=post.edit.text) if post.edit is not None and edited else post,
            id=full_id(post.platform, account, post_id(post.platform, seconds, place, post.full_text)),
            author_id=account,
            published_at=published,
            metrics={
                name: grown(end, post.growth, post.at, story, self.scenario.duration)
                for name, end in post.metrics.items()
            },
            edited_at=self._at(post.edit.at) if post.edit is not None and edited else None,
            comments=tuple(self._comments(place, post, story)),
        )

    def _at(self, story: float) -> datetime:
        return (self.started_at + timedelta(seconds=story / self.speed)).replace(microsecond=0)

    def _comments(self, place: int, post: Post, story: float) -> list[OutComment]:
        out = []
        for number, comment in enumerate(post.comments):
            if comment.at <= story:
                at = self._at(comment.at)
                account = account_id(post.platform, comment.author.name)
                ident = comment_id(post.platform, int(at.timestamp()), place, number)
                out.append(
                    OutComment(
                        comment=comment,
                        id=full_id(post.platform, account, ident),
                        author_id=account,
                        published_at=at,
                    )
                )
        return sorted(out, key=lambda c: c.published_at, reverse=True)


EVERYDAY = (
    ("今天的天气", "今天天气不错，傍晚出门走了走，一切都好。nice weather, mastodon and bluesky friends"),
    ("天气预报", "天气预报说明天有小雨，出门记得带伞，退款的雨伞也找到了。software weather report"),
    ("周末天气", "周末天气转晴，想去河边坐坐。weekend weather software notes"),
)
"""What people write about when nothing happens: control queries find it, no brand's query does."""


def everyday(platform: Platform, began: datetime) -> list[OutPost]:
    """The everyday posts of a platform, from the hours before the story."""
    found = []
    for place, (title, text) in enumerate(EVERYDAY):
        published = (began - timedelta(hours=2 + place)).replace(microsecond=0)
        author = Account(name=f"路人{place + 1}", followers=100 + place)
        account = account_id(platform, author.name)
        post = Post(at=0, platform=platform, author=author, title=title, text=text)
        found.append(
            OutPost(
                post=post,
                id=full_id(platform, account, post_id(platform, int(published.timestamp()), 9000 + place, text)),
                author_id=account,
                published_at=published,
                metrics={"likes": 3, "comments": 0, "reposts": 0},
            )
        )
    return found


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
