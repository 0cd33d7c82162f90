"""Figures as platforms print them: "1.2万", "1,024", "100万+", "89万次播放" (unknown is None, never a guess)."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from records.mention import Engagement

LARGEST = 10**15
"""Above this no platform counts; such a figure is damage, not a count."""

_ZERO_LABELS = frozenset({"转发", "评论", "赞", "点赞", "收藏", "分享", "回复"})
"""Button labels: a page that prints the word alone shows a zero."""

_UNITS = {
    "": 1,
    "k": 10**3,
    "千": 10**3,
    "w": 10**4,
    "万": 10**4,
    "m": 10**6,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "b": 10**9,
}

_COUNT = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?P<part>\.[0-9]{1,6})?"
    r" ?(?P<unit>千万|百万|[万亿千wkmb])?(?P<more>[+多])?"
    r" ?(?:次|条|人)?(?:播放|观看|阅读|粉丝|浏览)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    value: int
    """0 to 10**15."""
    approximate: bool = False
    """The platform rounded it, or gave a lower bound ("10万+")."""


def parse_count(value: Any) -> Count | None:
    """Read one figure; None where nothing, or nothing certain, was shown.

    Accepts a figure that was read before, whole numbers, digits with thousands commas, Chinese and English unit letters, a trailing "+", unit words
    (次播放), and the button labels that stand for zero. A fraction without a unit, a negative or an absurd number is None.
    """
    if isinstance(value, Count):
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Count(value=value) if 0 <= value <= LARGEST else None
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value)
        return parse_count(int(value)) if whole else None
    if not isinstance(value, str) or len(value) > 40:
        return None
    shown = unicodedata.normalize("NFKC", value).strip().lower()
    if shown in _ZERO_LABELS:
        return Count(value=0)
    found = _COUNT.fullmatch(shown)
    if found is None or (found["part"] and not found["unit"]):
        return None
    number = Decimal(found["whole"].replace(",", "") + (found["part"] or "")) * _UNITS[found["unit"] or ""]
    if number > LARGEST:
        return None
    return Count(value=int(number), approximate=bool(found["unit"] or found["more"]))


def add_counts(first: Any, second: Any) -> Count | None:
    """Two figures that mean the same, as one (posts passed on as they are, and with words of one's own).

    Unknown where the first is; a second that is absent adds nothing, one that is there and cannot be read makes the sum
    unknown.
    """
    one, other = parse_count(first), parse_count(0 if second is None else second)
    if one is None or other is None:
        return None
    return Count(value=one.value + other.value, approximate=one.approximate or other.approximate)


def parse_engagement(**shown: Any) -> Engagement:
    """The figures of a mention from the platform's own values, by the names of ``Engagement`` (reads, likes, …)."""
    counts = {name: parse_count(value) for name, value in shown.items()}
    return Engagement(
        **{name: count.value if count else None for name, count in counts.items()},
        approximate=frozenset(name for name, count in counts.items() if count and count.approximate),
    )
