"""Places of names in a folded text, as (start, end)."""

from __future__ import annotations

from collections.abc import Iterable


def mark(length: int, spans: Iterable[tuple[int, int]]) -> bytearray:
    """One byte for each character of a text of that length: 1 inside any of the spans."""
    marks = bytearray(length)
    for start, end in spans:
        marks[start:end] = b"\1" * (end - start)
    return marks


def covered(body: str, spans: list[tuple[int, int]], words: list[str]) -> bool:
    """Does every one of the spans lie inside one of the words?"""
    return bool(words) and all(
        any(word in body[max(0, end - len(word)) : start + len(word)] for word in words) for start, end in spans
    )


def find_spans(body: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Non-overlapping places of any of the names, longest first where they overlap, in order of place."""
    found: list[tuple[int, int]] = []
    for name in names:
        if name not in body:
            continue
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
