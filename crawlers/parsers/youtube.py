"""YouTube's Data API v3: search, videos, channels and comments. Payload in, mentions or a named outcome out.

Figures come as text. A like count that is absent is hidden by the uploader, subscriber counts are rounded to three
digits. A refusal is told by ``error.errors[0].reason``; the platform's own sentence may name the key's project and is
never repeated.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    judge_items,
    load_answer,
    mapping,
    readable,
    sequence,
    status_verdict,
    word,
)
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified, replace
from records.outcome import Outcome, Page

KEY = "FENGSHENG_YOUTUBE_KEY"
"""Environment variable of the API key."""
NO_KEY = f"YouTube asks for an API key: {KEY} names none"

_QUOTA: Verdict = (
    Outcome.BLOCKED_QUOTA,
    "the key's quota of today is used up (it is renewed at midnight Pacific time)",
)
_RATE: Verdict = (Outcome.BLOCKED_RATE, "too many requests in a short time")
_KEY: Verdict = (Outcome.BLOCKED_LOGIN, f"the API key in {KEY} is not valid")
_CLOSED: Verdict = (
    Outcome.BLOCKED_LOGIN,
    f"the key in {KEY} may not use the YouTube Data API v3: it is not enabled for its project, or the key is restricted",
)
_GONE: Verdict = (Outcome.GONE, "the video is deleted, private or unknown")
_REASONS: dict[str, Verdict] = {
    "quotaExceeded": _QUOTA,
    "dailyLimitExceeded": _QUOTA,
    "rateLimitExceeded": _RATE,
    "userRateLimitExceeded": _RATE,
    "RATE_LIMIT_EXCEEDED": _RATE,
    "keyInvalid": _KEY,
    "keyExpired": _KEY,
    "API_KEY_INVALID": _KEY,
    "required": _KEY,
    "authError": _KEY,
    "accessNotConfigured": _CLOSED,
    "SERVICE_DISABLED": _CLOSED,
    "ipRefererBlocked": _CLOSED,
    "API_KEY_SERVICE_BLOCKED": _CLOSED,
    "API_KEY_IP_ADDRESS_BLOCKED": _CLOSED,
    "API_KEY_HTTP_REFERRER_BLOCKED": _CLOSED,
    "forbidden": _CLOSED,
    "commentsDisabled": (Outcome.EMPTY, "comments are turned off under the video"),
    "videoNotFound": _GONE,
    "backendError": (Outcome.NETWORK, "the API has a fault of its own"),
    "processingFailure": (Outcome.NETWORK, "the API has a fault of its own"),
}
_PACIFIC = ZoneInfo("America/Los_Angeles")
_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")
_COMMENT = re.compile(r"[A-Za-z0-9_.-]{6,120}")
_ADDRESS = re.compile(
    r"https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch\?(?:[^#\s]{0,300}&)?v=|shorts/|live/)|youtu\.be/)([A-Za-z0-9_-]{6,20})"
)
_TAG = re.compile(r"(?<![\w&/])#(\w{1,60})")


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One page of found videos, without figures and with shortened descriptions; ``next`` is the page token."""
    try:
        root = _list_of(payload, status, content_type, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    videos = [i for i in sequence(root["items"]) if at(i, "id", "kind") in (None, "youtube#video")]
    found, skipped = readable(_video(mapping(v), collected_at, escaped=True) for v in videos)
    total = parse_count(at(root, "pageInfo", "totalResults"))
    doubt = not sequence(root["items"]) and total is not None and total.value > 0
    none = (
        (Outcome.SUSPECT, "no video is shown although totalResults is not 0")
        if doubt
        else (Outcome.EMPTY, "no video matches")
    )
    outcome, detail = judge_items(found, skipped, none=none)
    following = word(root.get("nextPageToken")) if found else None
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=following)


def parse_videos(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """Videos that were asked for by id, with their figures. Those that are deleted or private are simply absent."""
    try:
        root = _list_of(payload, status, content_type, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    found, skipped = readable(_video(mapping(v), collected_at, escaped=False) for v in sequence(root["items"]))
    outcome, detail = judge_items(found, skipped, none=(Outcome.EMPTY, "none of the videos is there"))
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped)


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "", video: str
) -> Page:
    """Comments under a video with the first of their replies, as the API sorts them; turned off comments are empty."""
    try:
        root = _list_of(payload, status, content_type, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    found, skipped = readable(m for thread in sequence(root["items"]) for m in _thread(thread, collected_at, video))
    outcome, detail = judge_items(found, skipped, none=(Outcome.EMPTY, "nobody has commented"))
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=word(root.get("nextPageToken")))


def _thread(thread: Any, collected_at: datetime, video: str) -> Iterator[Mention | None]:
    """A comment and the first of its replies."""
    top = _comment(at(thread, "snippet", "topLevelComment"), collected_at, video=video, parent=video)
    if top is None:
        yield None
        return
    figures = parse_engagement(
        likes=at(thread, "snippet", "topLevelComment", "snippet", "likeCount"),
        comments=at(thread, "snippet", "totalReplyCount"),
    )
    yield replace(top, metrics=figures)
    for reply in sequence(at(thread, "replies", "comments")):
        read = _comment(reply, collected_at, video=video, parent=top.id)
        yield replace(read, kind=Kind.REPLY) if read is not None else None


def parse_subscribers(payload: str | bytes, *, status: int, content_type: str = "") -> Mapping[str, int]:
    """Channel id → subscribers; a channel that hides them is absent, a refused answer is empty."""
    try:
        root = _list_of(payload, status, content_type)
    except Unreadable:
        return {}
    found: dict[str, int] = {}
    for channel in sequence(root["items"]):
        ident, count = word(at(channel, "id")), parse_count(at(channel, "statistics", "subscriberCount"))
        if ident and count and at(channel, "statistics", "hiddenSubscriberCount") is not True:
            found[ident] = count.value
    return found


def with_subscribers(mention: Mention, subscribers: Mapping[str, int]) -> Mention:
    author = mention.author
    if author.id is None or author.id not in subscribers:
        return mention
    known = Author(id=author.id, name=author.name, followers=subscribers[author.id], verified=author.verified)
    return replace(mention, author=known)


def video_id(address: str | None) -> str | None:
    """The video's id in its address, or the address itself where it is an id."""
    found = _ADDRESS.match(address) if address else None
    if found:
        return found[1]
    return address if address and _VIDEO.fullmatch(address) else None


def seconds_to_reset(now: datetime) -> float:
    """Seconds until midnight Pacific time, when quotas are renewed (with its daylight saving)."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), tzinfo=_PACIFIC)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()


def _list_of(payload: str | bytes, status: int, content_type: str, url: str = "") -> dict[str, Any]:
    """The envelope of a list; its ``items`` is a list."""
    text = decode_text(payload, content_type)
    verdict = status_verdict(status, url=url)
    root = load_answer(text, content_type, by_status=verdict)
    if mapping(root).get("error") is not None:
        raise Unreadable(*_refusal(mapping(root["error"]), status))
    if verdict is not None:
        raise Unreadable(*verdict)
    if not str(at(root, "kind") or "").startswith("youtube#") or not isinstance(at(root, "items"), list):
        raise Unreadable(Outcome.CHANGED, "kind or items is missing from the answer")
    found: dict[str, Any] = root
    return found


def _refusal(error: dict[str, Any], status: int) -> Verdict:
    details = [word(at(d, "reason")) for d in sequence(error.get("details"))]
    reasons = [r for r in [*details, *(word(at(e, "reason")) for e in sequence(error.get("errors")))] if r]
    known = next((_REASONS[r] for r in reasons if r in _REASONS), None)
    if known is _RATE and "per day" in str(error.get("message") or "").lower():
        return _QUOTA
    if known is not None:
        return known
    outcome, detail = status_verdict(status) or (Outcome.CHANGED, "an error in an answer of status 200")
    named = next((r for r in reasons if re.fullmatch(r"[A-Za-z_]{3,40}", r)), "")
    return outcome, f"{detail}, reason {named}" if named else detail


def _video(item: dict[str, Any], collected_at: datetime, *, escaped: bool) -> Mention | None:
    """``escaped``: search escapes titles for HTML, the list of videos does not."""
    given = item.get("id")
    ident, snippet = word(at(given, "videoId") if isinstance(given, dict) else given), mapping(item.get("snippet"))
    if ident is None or not _VIDEO.fullmatch(ident) or not isinstance(snippet.get("title"), str):
        return None
    shown, described = snippet["title"], snippet.get("description")
    title = tidy(html.unescape(shown) if escaped else shown)
    text = tidy(described)
    published, precision = parse_time(snippet.get("publishedAt"), collected_at=collected_at)
    figures = mapping(item.get("statistics"))
    is_live = snippet.get("liveBroadcastContent") == "live"
    return Mention(
        platform=Platform.YOUTUBE,
        kind=Kind.VIDEO,
        id=ident,
        url=f"https://www.youtube.com/watch?v={ident}",
        author=Author(
            id=word(snippet.get("channelId")), name=word(snippet.get("channelTitle")), verified=Verified.UNKNOWN
        ),
        title=title or None,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=figures.get("viewCount"), likes=figures.get("likeCount"), comments=figures.get("commentCount")
        ),
        media=frozenset({Media.VIDEO, Media.LIVE} if is_live else {Media.VIDEO}),
        topics=tuple(dict.fromkeys(_TAG.findall(f"{title}\n{text}"))),
    )


def _comment(item: Any, collected_at: datetime, *, video: str, parent: str) -> Mention | None:
    ident, snippet = word(at(item, "id")), mapping(at(item, "snippet"))
    text = snippet.get("textOriginal") if isinstance(snippet.get("textOriginal"), str) else snippet.get("textDisplay")
    if ident is None or not _COMMENT.fullmatch(ident) or not isinstance(text, str):
        return None
    published, precision = parse_time(snippet.get("publishedAt"), collected_at=collected_at)
    updated = parse_time(snippet.get("updatedAt"), collected_at=collected_at)[0]
    return Mention(
        platform=Platform.YOUTUBE,
        kind=Kind.COMMENT,
        id=ident,
        url=f"https://www.youtube.com/watch?v={video}&lc={ident}",
        author=Author(id=word(at(snippet, "authorChannelId", "value")), name=word(snippet.get("authorDisplayName"))),
        text=tidy(text),
        published_at=published,
        time_precision=precision,
        edited_at=updated if updated and published and updated > published else None,
        collected_at=collected_at,
        metrics=parse_engagement(likes=snippet.get("likeCount")),
        parent_id=parent,
        root_id=video,
    )
