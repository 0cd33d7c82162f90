"""Which queries a brand is watched with (W1): its names alone, then each name with each complaint word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def plan_queries(
    brand: str,
    aliases: Sequence[str] = (),
    word_groups: Mapping[str, Iterable[str]] | Iterable[Iterable[str]] = (),
) -> list[str]:
    """Queries in order of worth, each once; cutting the list anywhere still covers every word group evenly.

    Args:
        brand: name of the brand.
        aliases: further spellings.
        word_groups: complaint words by group (W3), as a mapping or as a list of groups.

    Returns:
        First the bare names, then "brand word" taking one word from each group in turn, then the same for the aliases.
    """
    groups = word_groups.values() if isinstance(word_groups, Mapping) else word_groups
    words = _in_turn([[_plain(w) for w in group] for group in groups])
    names = list(dict.fromkeys(n for n in map(_plain, [brand, *aliases]) if n))
    planned = [*names, *(f"{name} {word}" for name in names for word in words if word and word not in name)]
    return list(dict.fromkeys(planned))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _in_turn(groups: list[list[str]]) -> list[str]:
    longest = max(map(len, groups), default=0)
    return [group[i] for i in range(longest) for group in groups if i < len(group)]
