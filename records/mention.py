"""The one record of what a platform showed: a mention (提及) and the words shared about it.

Only what the platform showed stands here. ``None`` means "not shown"; ``0`` means "shown as zero". Judgements
(scores, categories, levels) live in ``scoring.assessment``.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from records.errors import BadRecord

E = TypeVar("E", bound=StrEnum)


class Platform(StrEnum):
    WEIBO = "weibo"
    XIAOHONGSHU = "xiaohongshu"
    DOUYIN = "douyin"
    HEIMAO = "heimao"
    BILIBILI = "bilibili"
    ZHIHU = "zhihu"
    TIEBA = "tieba"
    KUAISHOU = "kuaishou"
    APPSTORE = "appstore"
    NEWS = "news"
    RSS = "rss"
    REDDIT = "reddit"
    HACKERNEWS = "hackernews"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    YOUTUBE = "youtube"
    TWITTER = "twitter"
    IMPORT = "import"


class Kind(StrEnum):
    POST = "post"
    COMMENT = "comment"
    REPLY = "reply"
    REVIEW = "review"
    COMPLAINT = "complaint"
    ARTICLE = "article"
    VIDEO = "video"
    TOPIC = "topic"


class Verified(StrEnum):
    NONE = "none"
    PERSONAL = "personal"
    ENTERPRISE = "enterprise"
    MEDIA = "media"
    GOVERNMENT = "government"
    UNKNOWN = "unknown"


class Media(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    LIVE = "live"
    AUDIO = "audio"
    LINK = "link"


class TimePrecision(StrEnum):
    EXACT = "exact"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who wrote the mention, as the platform showed it."""

    id: str | None = None
    """The platform's account id; None when missing, anonymous or deleted."""
    name: str | None = None
    """Display name; None when missing."""
    followers: int | None = None
    """Follower count, 0 or more; None when the platform did not tell (a platform's "0 = not told" becomes None)."""
    verified: Verified = Verified.UNKNOWN
    """Kind of verification (认证) badge; UNKNOWN when the payload does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Engagement:
    """The post's figures at ``Mention.collected_at``; every count is 0 or more, None = not told."""

    reads: int | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    saves: int | None = None
    approximate: frozenset[str] = frozenset()
    """Names of the counts the platform rounded ("1.2万"): a change of one step is not a change of one."""


COUNT_NAMES = ("reads", "likes", "comments", "reposts", "saves")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """One public post, comment, review, complaint or article that a source showed."""

    platform: Platform
    kind: Kind = Kind.POST
    id: str
    """The platform's own id, always a string (some exceed 2**53)."""
    url: str | None = None
    """Permalink without tracking or session tokens."""
    author: Author = field(default_factory=Author)
    title: str | None = None
    text: str = ""
    """The writer's words, cleaned of markup; may be empty with meaning (a picture comment)."""
    published_at: datetime | None = None
    """Aware, UTC; None when the platform did not tell."""
    time_precision: TimePrecision = TimePrecision.EXACT
    edited_at: datetime | None = None
    collected_at: datetime
    """Aware, UTC: when the response that showed it arrived."""
    metrics: Engagement = field(default_factory=Engagement)
    region: str | None = None
    """Province (short form, e.g. 浙江) or country as the platform's IP label says; never an address."""
    media: frozenset[Media] = frozenset()
    topics: tuple[str, ...] = ()
    """Hashtags without #."""
    parent_id: str | None = None
    root_id: str | None = None
    brand: str | None = None
    """Name of the watched brand whose query found it."""
    query: str | None = None
    """The query that found it."""

    @property
    def key(self) -> str:
        """Identity over all platforms, ``platform:kind:id``: what storage keys on and ``explain`` takes."""
        return mention_key(self.platform, self.kind, self.id)

    @property
    def happened_at(self) -> datetime:
        """The time that windows run over: published, or collected where unknown (rulebook D)."""
        return self.published_at or self.collected_at

    @property
    def full_text(self) -> str:
        """Title and text together, what scorers read."""
        if self.title and self.title not in self.text:
            return f"{self.title}\n{self.text}" if self.text else self.title
        return self.text


def mention_key(platform: str, kind: str, id: str) -> str:
    return f"{platform}:{kind}:{id}"


def clean_unicode(text: str) -> str:
    """Drop what no database or page can carry: lone surrogates, NUL and other control characters but tab and newline."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def mention_to_json(mention: Mention) -> dict[str, Any]:
    """The JSON of ``fengsheng crawl`` and the default columns of ``import`` (times as ISO 8601 with offset)."""
    return {
        "id": mention.id,
        "platform": str(mention.platform),
        "kind": str(mention.kind),
        "url": mention.url,
        "brand": mention.brand,
        "query": mention.query,
        "author": {
            "id": mention.author.id,
            "name": mention.author.name,
            "followers": mention.author.followers,
            "verified": str(mention.author.verified),
        },
        "title": mention.title,
        "text": mention.text,
        "published_at": mention.published_at.isoformat() if mention.published_at else None,
        "time_precision": str(mention.time_precision),
        "edited_at": mention.edited_at.isoformat() if mention.edited_at else None,
        "collected_at": mention.collected_at.isoformat(),
        "metrics": {name: getattr(mention.metrics, name) for name in COUNT_NAMES},
        "region": mention.region,
        "media": sorted(str(m) for m in mention.media),
        "topics": list(mention.topics),
        "parent_id": mention.parent_id,
        "root_id": mention.root_id,
    }


_MEDIA_NONE = {"", "none", "no", "false", "0"}


def mention_from_json(record: Mapping[str, Any], *, collected_at: datetime, needs_text: bool = True) -> Mention:
    """Read one record in the form of ``mention_to_json`` or of ``score`` input (``has_media``, ``author``, ``metrics`` optional).

    Args:
        record: a mapping; only ``text`` (or ``title``) and ``id`` are needed here, unknown values are null or absent.
        collected_at: aware UTC time used where the record has none.
        needs_text: False where a record without any words is accepted (a picture alone, ``score``).

    Raises:
        BadRecord: one sentence naming the field, the value and what is accepted.
    """
    author = _mapping(record, "author")
    metrics = _mapping(record, "metrics")
    text = _string(record, "text") or ""
    title = _string(record, "title")
    if needs_text and not text and not title:
        raise BadRecord("text is missing: a non-empty string is needed in text (or title)")
    ident = _string(record, "id")
    if not ident:
        raise BadRecord("id is missing: a non-empty string or number is needed")
    published, precision = _time(record, "published_at")
    if record.get("time_precision"):
        precision = _choice(TimePrecision, record["time_precision"], "time_precision")
    collected, _ = _time(record, "collected_at")
    edited, _ = _time(record, "edited_at")
    return Mention(
        platform=_choice(Platform, record.get("platform") or "import", "platform"),
        kind=_choice(Kind, record.get("kind") or "post", "kind"),
        id=ident,
        url=_string(record, "url"),
        author=Author(
            id=_string(author, "id", "author.id"),
            name=_string(author, "name", "author.name"),
            followers=_count(author, "followers", "author.followers"),
            verified=_choice(Verified, author.get("verified") or "unknown", "author.verified"),
        ),
        title=title,
        text=text,
        published_at=published,
        time_precision=precision if published else TimePrecision.UNKNOWN,
        edited_at=edited,
        collected_at=collected or collected_at,
        metrics=Engagement(
            reads=_count(metrics, "reads", "metrics.reads"),
            likes=_count(metrics, "likes", "metrics.likes"),
            comments=_count(metrics, "comments", "metrics.comments"),
            reposts=_count(metrics, "reposts", "metrics.reposts"),
            saves=_count(metrics, "saves", "metrics.saves"),
        ),
        region=_string(record, "region"),
        media=_media(record),
        topics=_topics(record),
        parent_id=_string(record, "parent_id"),
        root_id=_string(record, "root_id"),
        brand=_string(record, "brand"),
        query=_string(record, "query"),
    )


def replace(mention: Mention, **changes: Any) -> Mention:
    """A copy of the mention with the named fields changed."""
    return dataclasses.replace(mention, **changes)


def _mapping(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadRecord(f"{name} is {type(value).__name__}: an object is accepted")
    return value


def _string(record: Mapping[str, Any], name: str, where: str | None = None) -> str | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRecord(f"{where or name} is {type(value).__name__}: text is accepted")
    return clean_unicode(str(value)).strip() or None


def _count(record: Mapping[str, Any], name: str, where: str) -> int | None:
    value = record.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise BadRecord(f"{where} is {value!r}: a whole number of 0 or more, or null, is accepted")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadRecord(f"{where} is {value!r}: a whole number of 0 or more, or null, is accepted") from None
    if number != number or number < 0 or number > 1e15 or number != int(number):
        raise BadRecord(f"{where} is {value!r}: a whole number of 0 or more, or null, is accepted")
    return int(number)


def _choice(kind: type[E], value: Any, where: str) -> E:
    try:
        return kind(str(value).strip().lower())
    except ValueError:
        accepted = ", ".join(str(v) for v in kind)
        raise BadRecord(f"{where} is {value!r}: accepted are {accepted}") from None


def _time(record: Mapping[str, Any], name: str) -> tuple[datetime | None, TimePrecision]:
    value = record.get(name)
    if value is None or value == "":
        return None, TimePrecision.UNKNOWN
    if isinstance(value, datetime):
        parsed = value
    else:
        shown = str(value).strip()
        if re.fullmatch(r"(\d{10}|\d{13})(\.\d+)?", shown):
            seconds = float(shown) / (1000 if len(shown.partition(".")[0]) == 13 else 1)
            return datetime.fromtimestamp(seconds, UTC), TimePrecision.EXACT
        try:
            parsed = datetime.fromisoformat(shown.replace("/", "-"))
        except ValueError:
            raise BadRecord(
                f"{name} is {value!r}: ISO 8601 such as 2026-11-20T12:00:00+08:00, or epoch seconds, is accepted"
            ) from None
    if parsed.tzinfo is None:
        raise BadRecord(f"{name} is {value!r} without a time zone: add an offset such as +08:00")
    try:
        return parsed.astimezone(UTC), TimePrecision.EXACT
    except OverflowError:
        raise BadRecord(f"{name} is {value!r}: a year from 2 to 9998 is accepted") from None


def _media(record: Mapping[str, Any]) -> frozenset[Media]:
    value = record.get("media")
    if value is None:
        value = record.get("has_media")
    if isinstance(value, str) and value.strip().lower() in ("true", "yes", "1"):
        value = True
    if value in (None, False, 0):
        return frozenset()
    if value in (True, 1):
        return frozenset({Media.IMAGE})
    parts = re.split(r"[,;|\s]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset):
        raise BadRecord(f"media is {value!r}: a list of {', '.join(Media)} is accepted, or true or false")
    return frozenset(_choice(Media, p, "media") for p in parts if str(p).strip().lower() not in _MEDIA_NONE)


def _topics(record: Mapping[str, Any]) -> tuple[str, ...]:
    value = record.get("topics")
    if value is None or value == "":
        return ()
    parts = re.split(r"[,;|，；]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str | int | float) for p in parts):
        raise BadRecord(f"topics is {type(value).__name__}: a list of hashtags is accepted")
    return tuple(t for t in (clean_unicode(str(p)).strip().strip("#") for p in parts) if t)
