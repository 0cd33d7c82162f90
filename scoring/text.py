"""Post text made comparable: folded characters with their places, and the writer's own words of a repost chain."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from opencc import OpenCC

from scoring.characters import spellings
from scoring.often import made_often

SENTENCE_ENDS = "。！？!?；;\n…"
CHINESE = "\u3400-\u9fff"
HALVES = "氵扌讠亻忄钅纟饣犭冫彳辶艹疒衤礻阝刂攵"
"""Halves of characters that nobody writes alone: where one stands, a character was taken apart."""

_UNSEEN = (
    "\u00ad\u0300-\u036f\u0489\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
_SIGN = rf"[^\w\s{CHINESE}，。！？!?；;、：:,（）()“”‘’\"'《》【】\[\]#@…/<>%￥¥$&]"
_GAP = re.compile(rf"(?<=[{CHINESE}])(?:[ \t\u3000*·丨|_•・‧∙│┃^]+|\.)(?=[{CHINESE}])|[{_UNSEEN}]+")
_SPELT_OUT = re.compile(rf"[{CHINESE}](?:(?:{_SIGN}{{1,2}}|/)[{CHINESE}]){{2,}}(?![{CHINESE}])")
_ODD = re.compile(rf"[ \t\u3000*·丨|_•・‧∙│┃^./~+=\-{_UNSEEN}{HALVES}\u2190-\u2bff\U0001f000-\U0001faff]")
_REPOST = re.compile(r"//\s*[@＠]|(?:^|\s)RT\s+[@＠][\w.\-]{1,40}\s*[:：]")
_EMPTY_REPOST = re.compile(
    r"^\s*(转发微博|轉發微博|快转微博|快轉微博|转发了|轉發|转发|转|分享微博|分享图片|分享视频|repost(?:ed)?|rt)?[\s。.:：/]*$",
    re.IGNORECASE,
)
_QUOTED_LINE = re.compile(r"^[ \t]*[>＞].*$", re.MULTILINE)
_QUOTED_CHAT = re.compile(r"\A\s*「[^「」]{1,2000}」\s*\n\s*(?:[-—–_]\s?){3,}", re.DOTALL)
"""WeChat's way to answer: 「name：words」, a line of dashes, the own words."""

_LOOKS_LATIN = str.maketrans(
    "авекмнорстухієѕјһԁɡԛԝαβεηικμνορτυχωɑɩʟᴀʙᴄᴅᴇɢʜɪᴊᴋᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢꜱıøłđ",
    "abekmhopctyxiesjhdgqwabehikuvoptuxwailabcdeghijkmnoprtuvwyzsiold",
)
"""Cyrillic, Greek and small capitals that are read as Latin letters (after folding of case)."""


@made_often(kw_only=False)
class Folded:
    """Text in comparable form. ``places[i]`` is where folded character i stands in ``original``; None = same index."""

    original: str
    text: str
    places: tuple[int, ...] | None
    ends: tuple[int, ...] | None = None
    """Where folded character i ends in ``original``; None = one character after its place."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in ``original`` of the folded range [start, end)."""
        if self.places is None:
            return start, end
        return self.places[start], self.ends[end - 1] if self.ends else self.places[end - 1] + 1


def is_chinese(word: str) -> bool:
    """Are all characters Chinese?"""
    return all("\u3400" <= c <= "\u9fff" for c in word)


class _FoldTable(dict[int, str]):
    """Code point → one comparable character (full width → half, upper → lower, Traditional → Simplified), filled on demand."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = char
        if 0xD800 <= code <= 0xDFFF or (code < 32 and char not in "\n\t"):
            folded = " "
        elif 0x1F150 <= code <= 0x1F169 or 0x1F170 <= code <= 0x1F189:
            folded = chr(ord("a") + (code - 0x1F150) % 32)
        elif char not in "…！？；，。：":
            wide = unicodedata.normalize("NFKC", char)
            folded = wide if len(wide) == 1 else char
            folded = folded.lower() if len(folded.lower()) == 1 else folded
            folded = _plain_letter(folded) if "\u0080" <= folded < "\u2000" else folded
            if "\u3400" <= folded <= "\u9fff" or folded >= "\U00020000":
                simple = _converter().convert(folded)
                folded = simple if len(simple) == 1 else folded
            folded = spellings().variants.get(folded, folded)
        self[code] = folded
        return folded


def _plain_letter(char: str) -> str:
    """A Latin letter without its accent (ā → a), a letter that only looks Latin as the Latin one; others as they are."""
    bare = unicodedata.normalize("NFD", char)[0]
    bare = bare.translate(_LOOKS_LATIN)
    return bare if bare.isascii() and bare.isalpha() else char


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


_TABLE = _FoldTable()


def fold_text(text: str) -> Folded:
    """Make a text comparable.

    Width, case and script variants are folded, accents and look-alike letters made plain; what is not seen is dropped, and so is
    what stands between Chinese characters to hide a word: blanks, stars, dots ("投 诉", "退.款"), signs after every character of three
    or more ("碰🤬头🤬打🤬卡"). Characters taken apart are put together (氵工 → 江). Linear in the length of the text; never raises.
    """
    same_length = text.translate(_TABLE)
    if not _ODD.search(same_length):
        return Folded(text, same_length, None)
    cuts = [gap.span() for gap in _GAP.finditer(same_length)]
    for run in _SPELT_OUT.finditer(same_length):
        cuts.extend((i, i + 1) for i in range(*run.span()) if not "\u3400" <= same_length[i] <= "\u9fff")
    apart = not _HALVES.isdisjoint(same_length)
    if not cuts and not apart:
        return Folded(text, same_length, None)
    places = _kept(len(same_length), cuts)
    if not apart:
        return Folded(text, "".join([same_length[i] for i in places]), tuple(places))
    return _put_together(text, same_length, places)


_HALVES = frozenset(HALVES)


def _kept(length: int, cuts: list[tuple[int, int]]) -> list[int]:
    """Places outside all the cuts."""
    cuts.sort()
    places: list[int] = []
    last = 0
    for start, end in cuts:
        places.extend(range(last, start))
        last = max(last, end)
    places.extend(range(last, length))
    return places


def _put_together(text: str, same_length: str, places: list[int]) -> Folded:
    whole = spellings().whole
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place in places:
        char = same_length[place]
        pair = chars[-1] + char if chars and (chars[-1] in _HALVES or char in _HALVES) else ""
        if pair in whole:
            chars[-1] = whole[pair]
            ends[-1] = place + 1
        else:
            chars.append(char)
            starts.append(place)
            ends.append(place + 1)
    return Folded(text, "".join(chars), tuple(starts), tuple(ends))


def own_words(text: str) -> str:
    """The writer's own words: without what is quoted, and without what stands behind the first ``//@`` (or ``RT @x:``).

    "" for a bare repost. What is quoted in front ("> …" lines, WeChat's 「name：words」) becomes blanks, so that places in the result are
    places in the text; the result is never longer than the text.
    """
    if "「" in text:
        text = _QUOTED_CHAT.sub(lambda quoted: _blank(quoted[0]), text)
    if ">" in text or "＞" in text:
        text = _QUOTED_LINE.sub(lambda quoted: _blank(quoted[0]), text)
    chain = _find_repost(text)
    if chain is None:
        return text
    head = text[: chain.start()]
    return "" if _EMPTY_REPOST.match(head) else head


def reposted_words(text: str) -> str:
    """What stands behind the first mark of a repost chain: the words of others; "" where there is no chain."""
    chain = _find_repost(text)
    return text[chain.start() :] if chain else ""


def _find_repost(text: str) -> re.Match[str] | None:
    return _REPOST.search(text) if "@" in text or "＠" in text else None


def _blank(quoted: str) -> str:
    return "".join(c if c == "\n" else " " for c in quoted)


def printable(text: str) -> str:
    """A short quotation that any output can carry (no lone surrogates, one line)."""
    if text.isprintable() and " " not in text:
        return text
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
