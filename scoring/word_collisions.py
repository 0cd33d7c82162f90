"""Where the words of a library get in each other's way, or in the way of a name, before they go live (W3). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scoring.matching import WordGroup, WordLibrary, expand_choices
from scoring.reading import COMPLAINT_KINDS
from scoring.scorer import SENSITIVE_KINDS
from scoring.text import fold_text
from scoring.word_lint import Word

HARMLESS = "harmless"
BACKGROUND = frozenset({"commerce", "hint"})
"""Kinds whose words are meant to stand inside others: they only speak beside them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing to know before a word goes live."""

    what: str
    """in_name, flood, group_flood: to be set right. hidden, harmless_inside, two_groups, inside, contains, folds_alike,
    one_character, never_hit, few_complaints, replaces, never_alerts, threshold_of_one: to be known."""
    group: str
    word: str | None = None
    """None where the whole group is meant."""
    others: tuple[str, ...] = ()
    """Names, phrases or words it collides with, with their group in brackets where they have one; of a word with choices the
    spelling that collides."""
    number: float | None = None
    """Alerts a day, share, or how many words, by ``what``."""
    grave: bool = False


def find_collisions(
    library: WordLibrary, words: Collection[Word], names: Iterable[str], live: Mapping[str, WordGroup]
) -> list[Finding]:
    """Everything that can be said without a history.

    Args:
        library: the whole library as it would be in use.
        words: those under test.
        names: brands, aliases, products and rivals of the config.
        live: the groups in use now, ``library.groups`` where nothing new is tested.
    """
    tested = frozenset(words)
    pieces = spellings(library)
    return [
        *_in_names(library, tested, names),
        *_of_groups(library, tested, live),
        *_harmless(library, tested, pieces),
        *_between_words(library, tested, pieces),
    ]


def spellings(library: WordLibrary) -> dict[Word, tuple[str, ...]]:
    """The folded spellings of every word without "…"."""
    return {
        (group.key, word): tuple(dict.fromkeys(fold_text(p).text for p in expand_choices(word)))
        for group in library.groups.values()
        for word in group.words
        if "…" not in word
    }


def _in_names(library: WordLibrary, tested: Collection[Word], names: Iterable[str]) -> Iterator[Finding]:
    """A complaint word inside a name makes a complaint of every mention; a harmless phrase of the name prevents it."""
    found: dict[Word, dict[str, None]] = defaultdict(dict)
    for name in dict.fromkeys(n.strip() for n in names if n.strip()):
        for hit in library.find(fold_text(name)):
            if (hit.group.key, hit.word) in tested:
                found[hit.group.key, hit.word][name] = None
    for (key, word), held in found.items():
        grave = library.groups[key].kind in COMPLAINT_KINDS
        yield Finding(what="in_name", group=key, word=word, others=tuple(held), grave=grave)


def _of_groups(library: WordLibrary, tested: Collection[Word], live: Mapping[str, WordGroup]) -> Iterator[Finding]:
    for key in dict.fromkeys(key for key, _ in sorted(tested)):
        group = library.groups[key]
        before = live.get(key)
        if before is not None and (gone := [w for w in before.words if w not in group.words]):
            yield Finding(what="replaces", group=key, others=tuple(gone), number=len(gone))
        alerts = group.single or group.alert_count is not None
        if alerts and group.kind not in SENSITIVE_KINDS:
            yield Finding(what="never_alerts", group=key, others=tuple(sorted(SENSITIVE_KINDS)))
        elif group.alert_count == 1 and not group.single:
            yield Finding(what="threshold_of_one", group=key)


def _harmless(
    library: WordLibrary, tested: Collection[Word], pieces: Mapping[Word, tuple[str, ...]]
) -> Iterator[Finding]:
    """Words under test that harmless phrases contain: there they do not count."""
    phrases = [g for g in library.groups.values() if g.kind == HARMLESS]
    if not phrases:
        return
    others = WordLibrary(g for g in library.groups.values() if g.kind != HARMLESS)
    inside: dict[Word, dict[str, None]] = defaultdict(dict)
    for group in phrases:
        for phrase in group.words:
            for hit in others.find(fold_text(phrase)):
                if (hit.group.key, hit.word) in tested:
                    inside[hit.group.key, hit.word][phrase] = None
    for (key, word), held in inside.items():
        spellings = pieces.get((key, word), ())
        same = [p for p in held if fold_text(p).text in spellings]
        if same and len(spellings) == 1:
            yield Finding(what="hidden", group=key, word=word, others=tuple(same))
        else:
            yield Finding(what="harmless_inside", group=key, word=word, others=tuple(held))


def _between_words(
    library: WordLibrary, tested: Collection[Word], pieces: Mapping[Word, tuple[str, ...]]
) -> Iterator[Finding]:
    """Words of one character, words that are one after folding, and words that stand in, or are, words of another group.

    Hits of different groups stand side by side, of one group the longest counts; so what is said is what happens besides.
    """
    by_piece: dict[str, list[Word]] = defaultdict(list)
    held: dict[str, dict[Word, dict[str, None]]] = {
        what: defaultdict(dict) for what in ("two_groups", "inside", "contains")
    }
    for word, spellings in pieces.items():
        for piece in spellings:
            by_piece[piece].append(word)
            for hit in library.find(fold_text(piece)):
                if hit.group.key == word[0]:
                    continue
                other = (hit.group.key, hit.word)
                shorter = hit.end - hit.start < len(piece)
                if shorter and not BACKGROUND.isdisjoint((hit.group.kind, library.groups[word[0]].kind)):
                    continue
                held["inside" if shorter else "two_groups"][other][f"{piece} ({word[0]})"] = None
                if shorter:
                    held["contains"][word][f"{hit.text} ({hit.group.key})"] = None
    for key, text in sorted(tested):
        spellings = pieces.get((key, text), ())
        alike = [w for piece in spellings for g, w in by_piece[piece] if g == key and w != text]
        if alike:
            yield Finding(what="folds_alike", group=key, word=text, others=tuple(dict.fromkeys(alike)))
        if any(len(piece) == 1 and "\u3400" <= piece <= "\u9fff" for piece in spellings):
            yield Finding(what="one_character", group=key, word=text)
        for what, others in held.items():
            if (key, text) in others:
                yield Finding(what=what, group=key, word=text, others=tuple(others[key, text]))
