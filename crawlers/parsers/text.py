"""The writer's words out of a platform's markup. Post text is hostile: nothing here trusts tags to be well formed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from records.mention import clean_unicode

LONGEST = 200_000
"""Characters of markup that are read; a post never has more."""

_TAG = re.compile(r"""<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_DECLARATION = re.compile(r"<![^<>]*>")
_ATTRIBUTE = r"""\b{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
_ALT = re.compile(_ATTRIBUTE.format(name="alt"), re.IGNORECASE)
_CLASS = re.compile(_ATTRIBUTE.format(name="class"), re.IGNORECASE)
_EMOJI_ALT = re.compile(r"\[[^\[\]]{1,20}\]|:[\w+-]{1,40}:|[^\x00-\x7f]{1,8}")
_BLOCKS = frozenset("p div li ul ol blockquote h1 h2 h3 h4 h5 h6 tr table section article".split())
_UNSEEN = frozenset("script style template noscript".split())
_VOID = frozenset("br img hr input meta link source".split())
_UNSEEN_CLASSES = frozenset({"invisible", "wbicon"})
_LINK_LABELS = re.compile(r"\s*(?:网页链接|查看图片|.{0,40}的微博视频|全文|展开c?|收起d?)\s*")
_ZERO_WIDTH = "\u200b\u200c\u200d\ufeff"
_CHAIN = re.compile(r"//\s?@[^\s:：@/]{1,60}\s?[:：]")
_TOPIC = re.compile(r"#([^#\n\r]{1,60})#")
_XHS_TOPIC = re.compile(r"#([^#\[\]\n]{1,60})\[话题\]#")


def parse_markup(markup: Any, *, without: frozenset[str] = frozenset()) -> str:
    """Plain text of an HTML fragment: line breaks kept, emoji images as their alt word, invisible parts dropped.

    Args:
        markup: HTML as the platform gave it; anything but text gives "".
        without: tag names whose whole content is left out (a feed's blockquote).
    """
    if not isinstance(markup, str):
        return ""
    parts: list[str] = []
    link: int | None = None
    for token, hidden in _tokens(_without_comments(markup[:LONGEST]), without):
        if isinstance(token, str):
            if not hidden:
                parts.append(html.unescape(token))
            continue
        name, closing = token["name"].lower(), bool(token["close"])
        if hidden:
            continue
        if name in _BLOCKS or name == "br":
            parts.append("\n")
        elif name == "img":
            parts.append(_emoji(token["rest"]))
        elif name == "a" and not closing:
            link = len(parts)
        elif name == "a" and link is not None:
            if _LINK_LABELS.fullmatch("".join(parts[link:])):
                del parts[link:]
            link = None
    return tidy("".join(parts))


def _without_comments(markup: str) -> str:
    """Cut comments in one pass (a regular expression would take quadratic time on hostile markup)."""
    kept = []
    while True:
        before, opened, rest = markup.partition("<!--")
        kept.append(before)
        if not opened:
            return _DECLARATION.sub("", "".join(kept))
        markup = rest.partition("-->")[2]


def _tokens(markup: str, without: frozenset[str]) -> Iterator[tuple[str | re.Match[str], bool]]:
    """Pieces of text and tags in order, each with whether it lies inside an unseen element."""
    unseen: list[str] = []
    at = 0
    for tag in _TAG.finditer(markup):
        if tag.start() > at:
            yield markup[at : tag.start()], bool(unseen)
        at = tag.end()
        name = tag["name"].lower()
        if unseen:
            if tag["close"] and name == unseen[0]:
                unseen.pop()
            elif not tag["close"] and name == unseen[0]:
                unseen.append(name)
            continue
        if not tag["close"] and name not in _VOID and not tag["rest"].endswith("/") and _is_unseen(tag, name, without):
            unseen.append(name)
            continue
        yield tag, False
    if at < len(markup):
        yield markup[at:], bool(unseen)


def _is_unseen(tag: re.Match[str], name: str, without: frozenset[str]) -> bool:
    if name in _UNSEEN or name in without:
        return True
    return not _UNSEEN_CLASSES.isdisjoint(_attribute(_CLASS, tag["rest"]).split())


def _attribute(pattern: re.Pattern[str], rest: str) -> str:
    found = pattern.search(rest)
    return html.unescape(next((g for g in found.groups() if g is not None), "")) if found else ""


def _emoji(rest: str) -> str:
    alt = _attribute(_ALT, rest).strip()
    return alt if _EMOJI_ALT.fullmatch(alt) else ""


def tidy(text: Any) -> str:
    """Text without control characters, zero-width ends, trailing spaces and runs of empty lines."""
    if not isinstance(text, str):
        return ""
    text = clean_unicode(text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    lines = (re.sub(r"[ \t]+", " ", line).strip(" " + _ZERO_WIDTH) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip().strip(_ZERO_WIDTH).strip()


def own_words(text: str) -> str:
    """The part of a Weibo repost that this author wrote: all before the first ``//@name:``."""
    found = _CHAIN.search(text)
    return text[: found.start()].strip() if found else text


def parse_topics(text: str) -> tuple[str, ...]:
    """Hashtags of the form #x# in order of appearance, without #, each once."""
    return tuple(dict.fromkeys(t.strip() for t in _TOPIC.findall(text) if t.strip()))


def plain_topics(text: str) -> str:
    """Xiaohongshu's ``#x[话题]#`` as ``#x#``; emotion words such as [哭惹R] stay, they are evidence of mood."""
    return _XHS_TOPIC.sub(r"#\1#", text)
