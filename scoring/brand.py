"""Is a mention about the watched brand (S1)? Names, aliases, products; everyday words that only look like the brand.

A short name that a longer alias extends (橙子 beside 橙子茶饮) may be an everyday word. It is read as the brand only beside a
longer form, a product, an @, a word of the brand's trade, or a word of commerce. Config can add ``excluded`` and ``required``
companion words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.assessment import BrandTerms
from scoring.text import Folded, fold_text

REVIEW_PLATFORMS = frozenset({"appstore", "heimao"})
"""Places where a text is about the brand even where it does not name it (rubric)."""
REVIEW_KINDS = frozenset({"review", "complaint"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Industry:
    """A trade: the words by which it shows in a brand's own names, and the words that stand beside brands of it."""

    key: str
    names: tuple[str, ...]
    words: tuple[str, ...]


Industries = tuple[Industry, ...]


def parse_industries(text: str, file: str) -> tuple[Industries | None, list[Problem]]:
    """Read the file of trades (scoring/words/industries.yaml)."""
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    rows = document.get("industries") if isinstance(document, Mapping) else None
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return None, [Problem(file=file, line=1, what='a file of trades is a mapping with a list "industries"')]
    found = []
    for place, row in enumerate(rows):
        line = line_of(rows, place)
        lists = [row.get(k) for k in ("names", "words")] if isinstance(row, Mapping) else [None]
        if (
            not isinstance(row, Mapping)
            or not row.get("key")
            or any(isinstance(v, str) or not isinstance(v, Sequence) for v in lists)
        ):
            problems.append(
                Problem(file=file, line=line, what="a trade is a mapping with key, names (list) and words (list)")
            )
            continue
        problems.extend(unknown_keys(row, ("key", "names", "words"), file, "the trade"))
        names, words = (tuple(fold_text(str(w)).text.strip() for w in v or ()) for v in lists)
        found.append(Industry(key=str(row["key"]), names=names, words=words))
    return (None, problems) if problems else (tuple(found), [])


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """Whether and where the brand stands in a text."""

    about: bool
    how: str
    """named, product, platform, official, context, other meaning, not named, excluded."""
    evidence: str
    at: tuple[int, int] | None
    places: tuple[tuple[int, int], ...]
    """Places of the brand in the folded text, in order."""
    rivals: tuple[tuple[int, int], ...]
    product: str | None
    brands_named: int
    """1 when the brand is named, plus its rivals that are."""
    certain: bool = True


class _Presence(Protocol):
    def __call__(self, about: bool, how: str, *, certain: bool = True) -> Presence: ...


class BrandFinder:
    """The folded names of one brand, prepared once for many texts."""

    def __init__(self, terms: BrandTerms, more_aliases: Iterable[str], industries: Industries) -> None:
        names = [n for n in dict.fromkeys((terms.name, *terms.aliases, *more_aliases)) if n.strip()]
        self.folded_names = tuple(dict.fromkeys(fold_text(n).text.strip() for n in names if fold_text(n).text.strip()))
        self.products = tuple((p, fold_text(p).text.strip()) for p in terms.products if fold_text(p).text.strip())
        self.rivals = _folded(terms.rivals)
        self.excluded, self.required = _folded(terms.excluded), _folded(terms.required)
        self.official = frozenset(_folded(terms.official_accounts))
        self.weak = frozenset(n for n in self.folded_names if self._is_short_form(n))
        trades = [t for t in industries if any(_names_trade(t, n) for n in self.folded_names)]
        self.companions = frozenset(w for t in trades for w in (*t.words, *t.names) if w)

    def _is_short_form(self, name: str) -> bool:
        if self.required:
            return len(name) <= len(self.folded_names[0])
        return len(name) <= 4 and any(other != name and other.startswith(name) for other in self.folded_names)

    def is_official(self, author: str | None, verified: str) -> bool:
        """Is this the brand's own account?"""
        if not author:
            return False
        folded = fold_text(author).text.strip()
        if folded in self.official:
            return True
        if verified == "enterprise" and any(n in folded for n in self.folded_names):
            return True
        return verified != "personal" and any(
            folded in (f"{n}官方微博", f"{n}官方", f"{n}官微", f"{n}客服") for n in self.folded_names
        )

    def find(
        self, text: Folded, *, platform: str, kind: str, official: bool, commerce: bool, implied: bool = False
    ) -> Presence:
        """Where the brand stands in the writer's own words.

        Args:
            commerce: the text holds words of commerce (客服, 退款…) or of a plain complaint.
            implied: it stands under a post about the brand.
        """
        body = text.text
        found = _spans(body, self.folded_names)
        products = [(name, s) for name, folded in self.products for s in _spans(body, (folded,))[:1]]
        product = products[0][0] if products else None
        rivals = tuple(_spans(body, self.rivals))
        spans = tuple(sorted(found + [s for _, s in products]))
        named = (1 if spans else 0) + len({body[s:e] for s, e in rivals})
        first = spans[0] if spans else None
        at = text.span(*first) if first else None
        evidence = text.original[at[0] : at[1]] if at else ""

        def presence(about: bool, how: str, *, certain: bool = True) -> Presence:
            return Presence(
                about=about, how=how, evidence=evidence, at=at, places=spans, rivals=rivals, product=product,
                brands_named=named, certain=certain,
            )  # fmt: skip

        if official:
            return presence(True, "official")
        if any(word in body for word in self.excluded):
            return presence(False, "excluded")
        if platform in REVIEW_PLATFORMS or kind in REVIEW_KINDS:
            return presence(True, "named" if spans else "platform")
        if not spans:
            # An imported complaint belongs to the brand of its file (W2), named or not; so does a comment to the brand of
            # its post (W1), unless it turns to a rival.
            if implied and not rivals:
                return presence(True, "under a post about it", certain=False)
            return presence(platform == "import", "platform" if platform == "import" else "not named", certain=False)
        if product:
            return presence(True, "product")
        return self._weigh_name(body, found, commerce, presence)

    def _weigh_name(self, body: str, found: list[tuple[int, int]], commerce: bool, presence: _Presence) -> Presence:
        strong = any(body[s:e] not in self.weak or body[max(0, s - 1) : s] == "@" for s, e in found)
        if self.required:
            return (
                presence(True, "named")
                if strong or any(w in body for w in self.required)
                else presence(False, "other meaning")
            )
        if strong:
            return presence(True, "named")
        rest = _without(body, found)
        if any(word in rest for word in self.companions):
            return presence(True, "context")
        return presence(commerce, "context" if commerce else "other meaning", certain=False)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(f for f in (fold_text(w).text.strip() for w in words) if f)


def _names_trade(trade: Industry, name: str) -> bool:
    return any(
        name.endswith(word) or (word.isascii() and re.search(rf"\b{re.escape(word)}\b", name)) for word in trade.names
    )


def _spans(body: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Non-overlapping places of any of the names, longest first where they overlap, in order of place."""
    found: list[tuple[int, int]] = []
    for name in sorted(set(names), key=len, reverse=True):
        start = body.find(name)
        while start >= 0:
            end = start + len(name)
            if not (name.isascii() and _inside_word(body, start, end)):
                found.append((start, end))
            start = body.find(name, end)
    found.sort(key=lambda s: (s[0], -s[1]))
    kept: list[tuple[int, int]] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _inside_word(body: str, start: int, end: int) -> bool:
    before, after = body[start - 1 : start], body[end : end + 1]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def _without(body: str, spans: list[tuple[int, int]]) -> str:
    parts, last = [], 0
    for start, end in spans:
        parts.append(body[last:start])
        last = end
    return "\n".join([*parts, body[last:]])
