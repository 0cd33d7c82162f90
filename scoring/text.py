"""Post text made comparable: folded characters with their places, and the writer's own words of a repost chain."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

SENTENCE_ENDS = "。！？!?；;\n…"

_GAP = re.compile(
    r"(?<=[\u3400-\u9fff])[ \t\u3000*·丨|_]+(?=[\u3400-\u9fff])|[\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\u00ad]+"
)
_REPOST = re.compile(r"//\s*@")
_EMPTY_REPOST = re.compile(r"^\s*(转发微博|轉發微博|快转微博|Repost|转发|转)?[\s。.:：]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Folded:
    """Text in comparable form. ``places[i]`` is where folded character i stands in ``original``; None = same index."""

    original: str
    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Start and end in ``original`` of the folded range [start, end)."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


class _FoldTable(dict[int, str]):
    """Code point → one comparable character (full width → half, upper → lower, Traditional → Simplified), filled on demand."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = char
        if 0xD800 <= code <= 0xDFFF or (code < 32 and char not in "\n\t"):
            folded = " "
        elif char not in "…！？；，。：":
            for step in (unicodedata.normalize("NFKC", char), folded.lower()):
                folded = step if len(step) == 1 else folded
            folded = folded.lower() if len(folded.lower()) == 1 else folded
            if "\u3400" <= folded <= "\u9fff":
                simple = _converter().convert(folded)
                folded = simple if len(simple) == 1 else folded
        self[code] = folded
        return folded


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


_TABLE = _FoldTable()


def fold_text(text: str) -> Folded:
    """Fold width, case, script variants; drop zero-width characters and blanks or stars between Chinese characters ("投 诉")."""
    same_length = text.translate(_TABLE)
    if not _GAP.search(same_length):
        return Folded(text, same_length, None)
    parts: list[str] = []
    places: list[int] = []
    last = 0
    for gap in _GAP.finditer(same_length):
        parts.append(same_length[last : gap.start()])
        places.extend(range(last, gap.start()))
        last = gap.end()
    parts.append(same_length[last:])
    places.extend(range(last, len(same_length)))
    return Folded(text, "".join(parts), tuple(places))


def own_words(text: str) -> str:
    """The writer's own words: what stands before the first ``//@`` of a repost chain, "" for a bare repost.

    The result is always a prefix of ``text`` (or empty), so places in it are places in the text.
    """
    chain = _REPOST.search(text)
    if chain is None:
        return text
    head = text[: chain.start()]
    return "" if _EMPTY_REPOST.match(head) else head


def printable(text: str) -> str:
    """A short quotation that any output can carry (no lone surrogates, one line)."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())
