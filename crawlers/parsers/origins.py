"""Feed entries that come from a watched platform: the same post found by search has to be the same mention."""

from __future__ import annotations

import re

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.feeds import Entry
from crawlers.parsers.payload import split_address
from crawlers.parsers.text import own_words, parse_markup, parse_topics
from crawlers.parsers.weibo import bid_to_mid
from records.mention import Author, Kind, Mention, Platform, Verified, replace

_WEIBO = re.compile(r"https?://(?:www\.)?weibo\.com/([0-9]{5,20})/([0-9A-Za-z]{5,12})/?")
_BILIBILI = re.compile(r"https?://(?:www\.)?bilibili\.com/video/(BV[0-9A-Za-z]{6,15})/?")
_DOUYIN = re.compile(r"https?://(?:www\.)?douyin\.com/video/([0-9]{8,25})/?")
_NOTE = re.compile(r"https?://(?:www\.)?xiaohongshu\.com/(?:explore|discovery/item)/([0-9a-f]{24})/?")
_FIGURES = re.compile(
    r"\n?Length: ?[\d:]+\nAuthorID: ?(?P<author>\d{1,20})\nPlay: ?(?P<reads>[\d.,万亿]+) +Favorite: ?(?P<saves>[\d.,万亿]+)\n"
    r"Danmaku: ?[\d.,万亿]+ +Comment: ?(?P<comments>[\d.,万亿]+)(?!\S)"
)
"""Figures that RSSHub's video search writes into its description; other versions word them otherwise: then they stay text."""


def with_origin(mention: Mention, markup: str) -> Mention:
    """The entry as a mention of the platform that its address names, else as it is."""
    address = (mention.url or "").partition("?")[0]
    if found := _WEIBO.fullmatch(address):
        return _weibo(mention, markup, found) or mention
    if found := _BILIBILI.fullmatch(address):
        return _bilibili(replace(mention, platform=Platform.BILIBILI, kind=Kind.VIDEO, id=found[1], url=address))
    if found := _DOUYIN.fullmatch(address):
        return replace(mention, platform=Platform.DOUYIN, kind=Kind.VIDEO, id=found[1], url=address)
    if found := _NOTE.fullmatch(address):
        note = f"https://www.xiaohongshu.com/explore/{found[1]}"
        return replace(mention, platform=Platform.XIAOHONGSHU, kind=Kind.POST, id=found[1], url=note)
    return mention


def is_google(entry: Entry) -> bool:
    parts = split_address(entry.get("link"))
    return parts is not None and parts.hostname == "news.google.com"


def google_id(link: str | None) -> str | None:
    """The article's token of a redirect address (…/articles/<token>), which is also its guid."""
    parts = split_address(link)
    token = parts.path.rstrip("/").rpartition("/articles/")[2] if parts is not None else ""
    return token if re.fullmatch(r"[\w-]{4,2000}", token) else None


def as_google(mention: Mention, publisher: str) -> Mention:
    """Google News has "headline - publisher" as title and no body: the exact suffix goes, the publisher is the author."""
    title = (mention.title or "").removesuffix(f" - {publisher}").strip() or None
    author = Author(name=publisher, verified=Verified.MEDIA)
    url = (mention.url or "").partition("?")[0] or None
    return replace(mention, platform=Platform.NEWS, url=url, title=title, text="", author=author, media=frozenset())


def _weibo(mention: Mention, markup: str, found: re.Match[str]) -> Mention | None:
    mid = bid_to_mid(found[2])
    if mid is None:
        return None
    quoted = _WEIBO.search(markup.partition("<blockquote")[2])
    text = own_words(parse_markup(markup, without=frozenset({"blockquote"}))) or own_words(mention.title or "")
    return replace(
        mention,
        platform=Platform.WEIBO,
        kind=Kind.POST,
        id=mid,
        url=f"https://weibo.com/{found[1]}/{found[2]}",
        author=Author(id=found[1], name=mention.author.name),
        title=None,
        text=text.partition(" - 转发 ")[0],
        topics=tuple(dict.fromkeys(mention.topics + parse_topics(text))),
        parent_id=bid_to_mid(quoted[2]) if quoted else None,
    )


def _bilibili(mention: Mention) -> Mention:
    found = _FIGURES.search(mention.text)
    if found is None:
        return mention
    figures = parse_engagement(reads=found["reads"], saves=found["saves"], comments=found["comments"])
    text = (mention.text[: found.start()] + mention.text[found.end() :]).strip()
    author = Author(id=found["author"], name=mention.author.name)
    return replace(mention, text=text, metrics=figures, author=author)
