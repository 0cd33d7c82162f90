"""Ids of posts, comments and accounts as each platform makes them, from what the story says. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping

from records.mention import Kind, Platform

_WEIBO_EPOCH = 515_483_463
"""Offset of the seconds in the high bits of a Weibo id."""

MASTODON_HOME = "yunshan.example"
"""Domain of the invented instance, which its posts carry in their ids whatever address it is asked at."""

KINDS: Mapping[Platform, Kind] = {
    Platform.DOUYIN: Kind.VIDEO,
    Platform.KUAISHOU: Kind.VIDEO,
    Platform.BILIBILI: Kind.VIDEO,
    Platform.YOUTUBE: Kind.VIDEO,
    Platform.HEIMAO: Kind.COMPLAINT,
    Platform.APPSTORE: Kind.REVIEW,
    Platform.NEWS: Kind.ARTICLE,
    Platform.RSS: Kind.ARTICLE,
}
"""Kind of the mention that a parser makes of a platform's post; POST where none is named."""


def kind_of(platform: Platform) -> Kind:
    return KINDS.get(platform, Kind.POST)


def post_id(platform: Platform, seconds: int, place: int, words: str) -> str:
    """The id of a post.

    Args:
        seconds: when it was published, Unix time.
        place: its number in the story.
        words: its words, which make ids without a time in them its own.
    """
    return _POSTS.get(platform, _number)(seconds, place, _digest("post", platform, str(place), words))


def comment_id(platform: Platform, seconds: int, place: int, number: int) -> str:
    """The id of the ``number``-th comment under the post at ``place``."""
    return _COMMENTS.get(platform, _number)(
        seconds, place * 100 + number, _digest("comment", platform, f"{place}/{number}")
    )


def full_id(platform: Platform, account: str, ident: str) -> str:
    """The id by which the whole network knows a post or comment: with its author's account where the platform does so.

    Args:
        account: by ``account_id``.
        ident: by ``post_id`` or ``comment_id``; ``short_id`` gives it back.
    """
    if platform is Platform.BLUESKY:
        return f"at://{account}/app.bsky.feed.post/{ident}"
    if platform is Platform.MASTODON:
        return f"https://{MASTODON_HOME}/users/{account}/statuses/{ident}"
    return ident


def short_id(ident: str) -> str:
    """The part of an id that is the post's own, without its author's account."""
    return ident.rpartition("/")[2]


def account_id(platform: Platform, name: str) -> str:
    digest = hashlib.sha256(f"{platform}|{name}".encode()).hexdigest()
    if platform is Platform.XIAOHONGSHU:
        return "5f" + digest[:22]
    if platform is Platform.BLUESKY:
        return "did:plc:" + base64.b32encode(bytes.fromhex(digest[:30])).decode().lower()[:24]
    if platform is Platform.YOUTUBE:
        return "UC" + digest[:22]
    if platform is Platform.ZHIHU:
        return digest[:32]
    if platform is Platform.KUAISHOU:
        return "3x" + digest[:13]
    if platform in (Platform.REDDIT, Platform.HACKERNEWS, Platform.MASTODON):
        return "u" + digest[:9]
    return str(9_000_000_000 + int(digest[:10], 16) % 999_999_999)


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _weibo(seconds: int, place: int, digest: str) -> str:
    return str(((seconds - _WEIBO_EPOCH) << 22) + place * 101 + 1)


def _hex24(seconds: int, place: int, digest: str) -> str:
    return f"{seconds:08x}{digest[:16]}"


def _milliseconds_up(seconds: int, place: int, digest: str) -> str:
    return str((seconds * 1000 << 16) + place)


def _number(seconds: int, place: int, digest: str) -> str:
    return str(seconds * 1000 + place)


def _long_number(seconds: int, place: int, digest: str) -> str:
    return str((seconds << 32) + place * 1009 + int(digest[:3], 16))


def _base36(seconds: int, place: int, digest: str) -> str:
    number, text = int(digest[:8], 16), ""
    while number:
        number, rest = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + text
    return text.rjust(7, "0")


def _bv(seconds: int, place: int, digest: str) -> str:
    letters = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
    number, text = int(digest[:16], 16), ""
    for _ in range(9):
        number, rest = divmod(number, 58)
        text += letters[rest]
    return "BV1" + text


def _video11(seconds: int, place: int, digest: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(digest[:18])).decode()[:11]


def _guid(seconds: int, place: int, digest: str) -> str:
    return "CBMi" + digest[:40]


def _at_uri_tail(seconds: int, place: int, digest: str) -> str:
    return "3l" + base64.b32encode(bytes.fromhex(digest[:14])).decode().lower().rstrip("=")[:11]


_POSTS: Mapping[Platform, Callable[[int, int, str], str]] = {
    Platform.WEIBO: _weibo,
    Platform.XIAOHONGSHU: _hex24,
    Platform.DOUYIN: _long_number,
    Platform.ZHIHU: _long_number,
    Platform.KUAISHOU: lambda s, p, d: "3x" + d[:13],
    Platform.HEIMAO: lambda s, p, d: "173" + str(s * 100 + p % 100)[-8:],
    Platform.BILIBILI: _bv,
    Platform.REDDIT: lambda s, p, d: "t3_" + _base36(s, p, d),
    Platform.HACKERNEWS: lambda s, p, d: str(40_000_000 + int(d[:6], 16) % 9_000_000),
    Platform.NEWS: _guid,
    Platform.YOUTUBE: _video11,
    Platform.BLUESKY: _at_uri_tail,
    Platform.MASTODON: _milliseconds_up,
}
_COMMENTS: Mapping[Platform, Callable[[int, int, str], str]] = {
    Platform.WEIBO: _weibo,
    Platform.XIAOHONGSHU: _hex24,
    Platform.DOUYIN: _long_number,
    Platform.REDDIT: lambda s, p, d: "t1_" + _base36(s, p, d),
    Platform.HACKERNEWS: lambda s, p, d: str(50_000_000 + int(d[:6], 16) % 9_000_000),
    Platform.YOUTUBE: lambda s, p, d: "Ug" + d[:24],
    Platform.BLUESKY: _at_uri_tail,
    Platform.MASTODON: lambda s, p, d: _milliseconds_up(s, 30_000 + p, d),
}
