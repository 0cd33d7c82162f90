"""One Weibo post as its JSON shows it (``mblog``), its author, and the two spellings of its id."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import at, mapping, sequence, word
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import own_words, parse_markup, parse_topics, tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Media, Mention, Platform, Verified

_VERIFIED = {
    -1: Verified.NONE,
    0: Verified.PERSONAL,
    1: Verified.GOVERNMENT,
    2: Verified.ENTERPRISE,
    3: Verified.MEDIA,
    4: Verified.ENTERPRISE,  # campus, website, application, group: organisations
    5: Verified.ENTERPRISE,
    6: Verified.ENTERPRISE,
    7: Verified.ENTERPRISE,
    10: Verified.PERSONAL,
    200: Verified.PERSONAL,  # talents (达人)
    220: Verified.PERSONAL,
}
GONE_SIGNS = (
    "已被作者删除",
    "已被删除",
    "此微博已不可见",  # the author shows half a year only
    "没有这条微博的查看权限",
    "没有权限查看此微博",
    "此内容无法访问",  # by the author's settings
    "现已无法查看",  # the account was closed
)
"""Words of the platform's own notices that a post was deleted or hidden; "暂时无法查看" is not among them."""

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mid_to_bid(mid: str) -> str:
    """The short id in permalinks: groups of 7 decimal digits from the right, each in base 62, padded to 4."""
    groups = [mid[max(0, end - 7) : end] for end in range(len(mid), 0, -7)]
    return "".join(reversed([_base62(int(g)).rjust(4, "0") for g in groups])).lstrip("0")


def bid_to_mid(bid: str) -> str | None:
    """The decimal id behind a permalink's short id; None where it is not one."""
    if not re.fullmatch(r"[0-9a-zA-Z]{5,12}", bid):
        return None
    groups = [bid[max(0, end - 4) : end] for end in range(len(bid), 0, -4)]
    numbers = [sum(_BASE62.index(c) * 62**i for i, c in enumerate(reversed(g))) for g in groups]
    if any(n >= 10**7 for n in numbers):
        return None
    return "".join(reversed([str(n).rjust(7, "0") for n in numbers])).lstrip("0")


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits or "0"


def is_dropped(blog: dict[str, Any]) -> bool:
    """Advertisements, and posts that only a restricted audience may see (G3: no private content)."""
    is_ad = blog.get("ad_marked") is True or blog.get("isAd") in (1, "1") or bool(mapping(blog.get("promotion")))
    return is_ad or at(blog, "visible", "type") not in (None, 0, "0")


def is_cut(blog: dict[str, Any]) -> bool:
    """True where only the beginning of the text is shown ("全文"): the rest takes a request of its own."""
    if isinstance(at(blog, "longText", "longTextContent"), str):
        return False
    pictures = blog.get("pic_num")
    return blog.get("isLongText") is True or (isinstance(pictures, int) and pictures > 9)


def hidden_notice(blog: dict[str, Any]) -> str | None:
    """What the platform writes in place of a post that was deleted or hidden; None where the post stands."""
    text = tidy(parse_markup(blog.get("text")))[:120]
    if str(blog.get("deleted")) == "1":
        return text or "deleted"
    if blog.get("user") is None and any(sign in text for sign in GONE_SIGNS):
        return text
    return None


def read_post(blog: dict[str, Any], collected_at: datetime) -> Mention | None:
    """The mention of one ``mblog``; None where it has no id or no text.

    Of a repost only the writer's own words are kept, and the original's id in ``parent_id``, also where the original was
    deleted (its ``user`` is null and its text a notice, which nobody wrote).
    """
    mid = digits(blog.get("mid")) or digits(blog.get("id"))
    whole = at(blog, "longText", "longTextContent")
    shown = (whole, *(blog.get(k) for k in ("text", "raw_text", "text_raw")))
    markup = next((m for m in shown if isinstance(m, str)), None)
    if mid is None or markup is None:
        return None
    text = own_words(parse_markup(markup))
    published, precision = parse_time(blog.get("created_at"), collected_at=collected_at)
    page = mapping(blog.get("page_info"))
    reads = page.get("play_count") if page.get("type") == "video" else None
    named = [word(at(t, "topic_title"), longest=60) for t in sequence(blog.get("topic_struct"))]
    return Mention(
        platform=Platform.WEIBO,
        id=mid,
        url=permalink(blog, mid),
        author=read_author(blog.get("user")),
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=_edited(blog, collected_at),
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=blog.get("reads_count") if reads is None else reads,
            likes=blog.get("attitudes_count"),
            comments=blog.get("comments_count"),
            reposts=blog.get("reposts_count"),
        ),
        region=parse_region(blog.get("region_name")),
        media=_media(blog, page),
        topics=tuple(dict.fromkeys([*parse_topics(text), *(t for t in named if t)])),
        parent_id=digits(at(blog, "retweeted_status", "mid")) or digits(at(blog, "retweeted_status", "id")),
    )


def digits(value: Any) -> str | None:
    """A numeric id as text; None for anything else."""
    text = word(value, longest=25)
    return text if text and re.fullmatch(r"[0-9]{4,25}", text) else None


def read_author(user: Any) -> Author:
    """The author of a post or comment; nothing is known of one whose ``user`` is null."""
    user = mapping(user)
    followers = parse_count(user.get("followers_count")) or parse_count(user.get("followers_count_str"))
    return Author(
        id=digits(user.get("id")),
        name=word(user.get("screen_name")),
        followers=followers.value if followers else None,
        verified=_verified(user),
    )


def _verified(user: dict[str, Any]) -> Verified:
    code = user.get("verified_type")
    if user.get("verified") is False:
        return Verified.NONE
    if isinstance(code, int) and not isinstance(code, bool):
        return _VERIFIED.get(code, Verified.UNKNOWN)
    return Verified.UNKNOWN


def permalink(blog: dict[str, Any], mid: str) -> str:
    """The post's address without tracking: by author and short id, or by id alone where the author is unknown."""
    uid = digits(at(blog, "user", "id"))
    if uid is None:
        return f"https://m.weibo.cn/detail/{mid}"
    bid = blog.get("bid") or blog.get("mblogid")
    known = isinstance(bid, str) and re.fullmatch(r"[0-9A-Za-z]{5,12}", bid)
    return f"https://weibo.com/{uid}/{bid if known else mid_to_bid(mid)}"


def _edited(blog: dict[str, Any], collected_at: datetime) -> datetime | None:
    count = blog.get("edit_count")
    if not (isinstance(count, int) and count > 0) and at(blog, "edit_config", "edited") is not True:
        return None
    return parse_time(blog.get("edit_at"), collected_at=collected_at)[0]


def _media(blog: dict[str, Any], page: dict[str, Any]) -> frozenset[Media]:
    pictures = blog.get("pics")
    found: set[Media] = set()
    for picture in pictures.values() if isinstance(pictures, dict) else sequence(pictures):
        kind = at(picture, "type")
        found.add(
            {"video": Media.VIDEO, "livephoto": Media.LIVE}.get(kind if isinstance(kind, str) else "", Media.IMAGE)
        )
    if not found and sequence(blog.get("pic_ids")):
        found.add(Media.IMAGE)
    kind = page.get("type")
    if isinstance(kind, str) and kind in ("video", "article", "live"):
        found.add({"video": Media.VIDEO, "live": Media.VIDEO, "article": Media.LINK}[kind])
    return frozenset(found)
