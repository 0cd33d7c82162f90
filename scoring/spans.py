"""Places of names in a folded text, as (start, end)."""

from __future__ import annotations

from collections.abc import Iterable


def touches(place: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(start < place[1] and place[0] < end for start, end in others)


def covered(body: str, spans: list[tuple[int, int]], excluded: list[str]) -> bool:
    """Does every one of the spans lie inside an excluded word?"""
    ranges = []
    for word in excluded:
        start = body.find(word)
        while start >= 0:
            ranges.append((start, start + len(word)))
            start = body.find(word, start + 1)
    return bool(ranges) and all(any(low <= s and e <= high for low, high in ranges) for s, e in spans)


def find_spans(body: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Non-overlapping places of any of the names, longest first where they overlap, in order of place."""
    found: list[tuple[int, int]] = []
    for name in names:
        start = body.find(name)
        while start >= 0:
            end = start + len(name)
            if not (name.isascii() and inside_word(body, start, end)):
                found.append((start, end))
            start = body.find(name, end)
    return longest_spans(found)


def longest_spans(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places that overlap none before them, the longest first where several begin together."""
    if len(found) < 2:
        return found
    found.sort(key=lambda s: (s[0], -s[1]))
    kept: list[tuple[int, int]] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def inside_word(body: str, start: int, end: int) -> bool:
    before, after = body[start - 1 : start], body[end : end + 1]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
