"""Which queries a brand is watched with (W1): its names alone, then its names with complaint words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedQuery:
    text: str
    covered_by: str = ""
    """For "brand word": the query of the bare name, which finds all that this one finds while it keeps up."""


def plan_queries(
    brand: str,
    aliases: Sequence[str] = (),
    word_groups: Mapping[str, Iterable[str]] | Iterable[Iterable[str]] = (),
    *,
    joins: str = "",
    longest: int = 60,
) -> list[PlannedQuery]:
    """Queries in order of worth, each once; cutting the list anywhere still covers every word group evenly.

    Args:
        brand: name of the brand.
        aliases: further spellings.
        word_groups: complaint words by group (W3), as a mapping or as a list of groups.
        joins: what stands between alternatives in one query; "" where the platform knows none.
        longest: characters a query may have; a bare name is asked for whatever its length.

    Returns:
        First the bare names, then "brand word" taking one word from each group in turn, then the same for the aliases;
        where the platform knows alternatives, as few queries as hold them all.
    """
    groups = word_groups.values() if isinstance(word_groups, Mapping) else word_groups
    words = _in_turn([[_plain(w) for w in group] for group in groups])
    names = list(dict.fromkeys(n for n in map(_plain, [brand, *aliases]) if n))
    planned: dict[str, PlannedQuery] = {}
    for query in _joined_queries(names, words, joins, longest) if joins else _single_queries(names, words, longest):
        planned.setdefault(query.text, query)
    return list(planned.values())


def _single_queries(names: Sequence[str], words: Sequence[str], longest: int) -> Iterator[PlannedQuery]:
    for name in names:
        yield PlannedQuery(text=name)
    for name in names:
        for word in words:
            text = f"{name} {word}"
            if word and word not in name and len(text) <= longest:
                yield PlannedQuery(text=text, covered_by=name)


def _joined_queries(names: Sequence[str], words: Sequence[str], joins: str, longest: int) -> Iterator[PlannedQuery]:
    heads = [_quoted(name, alone=len(names) == 1) for name in names]
    bare = {head: joins.join(part) for part in _packed(heads, joins, longest) for head in part}
    for text in bare.values():
        yield PlannedQuery(text=text)
    for name, head in zip(names, heads, strict=True):
        held = [_quoted(w, alone=False) for w in dict.fromkeys(words) if w and w not in name]
        brackets = joins.startswith(" ")
        for part in _packed(held, joins, longest - len(head) - 1 - 2 * brackets):
            text = joins.join(part)
            bracketed = f"({text})" if brackets and len(part) > 1 else text
            yield PlannedQuery(text=f"{head} {bracketed}", covered_by=bare[head])


def _packed(texts: Sequence[str], joins: str, longest: int) -> Iterator[list[str]]:
    """The texts in as few groups as hold them once joined; a text that is too long stands alone."""
    held: list[str] = []
    for text in texts:
        if held and len(joins.join([*held, text])) > longest:
            yield held
            held = []
        held = [*held, text]
    if held:
        yield held


def _quoted(text: str, *, alone: bool) -> str:
    """Words of one alternative hold together only in quotes."""
    return f'"{text}"' if " " in text and not alone else text


def _plain(text: str) -> str:
    return " ".join(text.split())


def _in_turn(groups: list[list[str]]) -> list[str]:
    longest = max(map(len, groups), default=0)
    return [group[i] for i in range(longest) for group in groups if i < len(group)]
