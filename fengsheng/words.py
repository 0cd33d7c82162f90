"""Word libraries held against the stored history (W3): what each word hits and raises, and what is wrong with a new one."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from fengsheng.ingest import COMMENTS, copy_mark, score_input
from fengsheng.library import load_words, raise_problems
from fengsheng.wiring import House, terms_of
from records.errors import Problem
from records.located import line_of, parse_yaml
from records.mention import replace
from scoring.assessment import Assessment, Risk
from scoring.keywords import Hit, WordLibrary, join_words
from scoring.reading import COMPLAINT_KINDS
from scoring.scorer import Scorer
from scoring.text import Folded, fold_text, own_words
from scoring.word_collisions import HARMLESS, Finding, find_collisions
from scoring.word_lint import Sight, Word, WordTally, new_words
from storage.results import JudgedMention, Verdict
from storage.sqlite import Store

BATCH = 500
TRIED = 1000
"""Mentions with a new word that are scored again; beyond them the word is taken to do what it did to these."""
ENOUGH_HITS = 20
"""From so many hits on, the share of complaints says something about a word."""
FEW_COMPLAINTS = 0.3
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A library under test beside the one in use."""

    library: WordLibrary
    live: WordLibrary
    words: tuple[Word, ...]
    """What is looked at: the words of the files, or all where no file is named."""
    new: frozenset[Word]
    """Those of them that the live library has not in the same group."""
    places: Mapping[Word, tuple[str, int]] = field(default_factory=dict)
    """(file, line) of words that stand in a file of the user's; (group, "") is the group itself."""


def load_tested(house: House, files: Sequence[str]) -> Tested:
    """Read word files and join them to the live library as ``words:`` of the config would.

    Raises:
        BadInput: with every problem of all files.
    """
    problems: list[Problem] = []
    libraries = [load_words([file], problems) for file in files]
    raise_problems(problems)
    if not files:
        words = tuple((g.key, w) for g in house.words.groups.values() for w in g.words)
        return Tested(library=house.words, live=house.words, words=words, new=frozenset())
    read = [library for library in libraries if library is not None]
    own = join_words(read)
    return Tested(
        library=join_words([house.words, own]),
        live=house.words,
        words=tuple((g.key, w) for g in own.groups.values() for w in g.words),
        new=new_words(own.groups, house.words.groups),
        places={word: place for file in files if file != "default" for word, place in _places(file)},
    )


def _places(file: str) -> Iterator[tuple[Word, tuple[str, int]]]:
    document, _ = parse_yaml(Path(file).read_text(encoding="utf-8-sig"), file)
    for place, node in enumerate(document["groups"]):
        key = str(node["key"])
        yield (key, ""), (file, line_of(document["groups"], place) or 1)
        for at, word in enumerate(node["words"]):
            yield (key, str(word).strip()), (file, line_of(node["words"], at) or 1)


def names_of(house: House) -> list[str]:
    """Names that words must not stand in: brands, aliases, products, rivals."""
    return [n for b in house.config.brands for n in (b.name, *b.aliases, *b.products, *b.rivals)]


# -- history ----------------------------------------------------------------------------------------------------------


def tally_history(
    house: House,
    store: Store,
    tested: Tested,
    *,
    brand: str | None = None,
    since: datetime | None = None,
    progress: Progress = lambda count: None,
) -> WordTally:
    """One pass over the stored mentions. Mentions with a new word are scored once more with it, so that what it would turn
    into a complaint is counted as one."""
    tally, reader = WordTally(), _Reader(house, tested)
    mentions = store.iter_judged(brand=brand, since=since)
    done = 0
    while batch := list(islice(mentions, BATCH)):
        for text, hits, sight in reader.read(batch, brand):
            tally.add(sight, text.original, hits)
        done += len(batch)
        progress(done)
    return tally


@dataclass(slots=True)
class _Found:
    judged: JudgedMention
    brand: str
    text: Folded
    hits: list[Hit]
    verdict: Verdict
    new: tuple[Word, ...]
    """New words that stand in it."""
    again: bool
    """It is to be scored again with them."""


class _Reader:
    def __init__(self, house: House, tested: Tested) -> None:
        self._house, self._tested = house, tested
        self._limit = house.rules.text_limit
        self._copies: dict[tuple[str, str], str] = {}
        self._tries: Counter[Word] = Counter()
        self._scorers: tuple[Scorer, Scorer] | None = None
        self._terms = {b.name: terms_of(b) for b in house.config.brands}

    def read(self, batch: Iterable[JudgedMention], brand: str | None) -> Iterator[tuple[Folded, list[Hit], Sight]]:
        """What stands in each mention, and what it is with the words under test, in order."""
        found = list(self._find(batch, brand))
        again = [f for f in found if f.again]
        judged = dict(zip(map(id, again), self._score_again(again), strict=True)) if again else {}
        for one in found:
            live, tested = judged.get(id(one), (one.verdict, one.verdict))
            yield one.text, one.hits, self._sight(one, live, tested)

    def _find(self, batch: Iterable[JudgedMention], brand: str | None) -> Iterator[_Found]:
        library, new = self._tested.library, self._tested.new
        for judged in batch:
            text = fold_text(own_words(judged.mention.full_text[: self._limit]))
            hits = library.find(text)
            held = tuple({(h.group.key, h.word) for h in hits if not h.negated} & new) if new else ()
            for name, verdict in judged.verdicts.items():
                if brand in (None, name):
                    again = any(self._tries[word] < TRIED for word in held)
                    if again:
                        self._tries.update(held)
                    yield _Found(judged, name, text, hits, verdict, held, again)

    def _score_again(self, found: Sequence[_Found]) -> list[tuple[Verdict, Verdict]]:
        """(with the live words, with those under test). What was stored by the live rules is not scored again with them."""
        live, tested = self._scorers or self._make_scorers()
        inputs = [
            score_input(
                replace(f.judged.mention, brand=f.brand), self._terms.get(f.brand), implied=f.judged.mention.kind in COMMENTS
            )
            for f in found
        ]  # fmt: skip
        stale = [k for k, f in enumerate(found) if f.verdict.rules_version != live.version]
        before = dict(zip(stale, map(_verdict, live.score([inputs[k] for k in stale])), strict=True)) if stale else {}
        after = map(_verdict, tested.score(inputs))
        return [(before.get(k, found[k].verdict), verdict) for k, verdict in enumerate(after)]

    def _make_scorers(self) -> tuple[Scorer, Scorer]:
        other = dataclasses.replace(self._house, words=self._tested.library)
        self._scorers = (self._house.scorer(), other.scorer())
        return self._scorers

    def _sight(self, found: _Found, live: Verdict, tested: Verdict) -> Sight:
        mention = found.judged.mention
        return Sight(
            key=mention.key,
            brand=found.brand,
            at=mention.happened_at,
            day=mention.happened_at.astimezone(self._house.config.zone).date(),
            voice=self._voice(found) if tested.complaint else mention.key,
            complaint=found.verdict.complaint,
            counts=tested.complaint if found.again else found.verdict.complaint,
            turned=tested.complaint and not live.complaint,
            turned_high=tested.level is Risk.HIGH and live.level is not Risk.HIGH,
            tried=found.again or not found.new,
        )

    def _voice(self, found: _Found) -> str:
        """As the counters have it (D5): the author, unless the words are a copy of another's."""
        own = found.judged.author_hash or found.judged.mention.key
        mark = copy_mark(found.text.original)
        return self._copies.setdefault((found.brand, mark), own) if mark else own


def _verdict(assessment: Assessment) -> Verdict:
    return Verdict(assessment.complaint, assessment.level, assessment.rules_version)


# -- lint -------------------------------------------------------------------------------------------------------------


def lint_words(house: House, tested: Tested, tally: WordTally | None, *, most: float) -> list[Finding]:
    """Everything to know before the words go live, what must be set right first.

    Args:
        tally: figures on the stored history; None where nothing is stored.
        most: alerts a day that a word, or a group, may raise.
    """
    found = find_collisions(tested.library, tested.words, names_of(house), tested.live.groups)
    if tally is not None and tally.sights:
        found += _of_history(tested, tally, most)
    order = {key: place for place, key in enumerate(dict.fromkeys(key for key, _ in tested.words))}
    places = {word: place for place, word in enumerate(tested.words)}
    return sorted(found, key=lambda f: (not f.grave, order[f.group], places.get((f.group, f.word or ""), -1)))


def _of_history(tested: Tested, tally: WordTally, most: float) -> Iterator[Finding]:
    flooded = set()
    for key, word in tested.words:
        figures = tally.words.get((key, word))
        kind = tested.library.groups[key].kind
        if figures is None or not figures.hits:
            if kind != HARMLESS:  # a harmless phrase never counts as a hit
                yield Finding(what="never_hit", group=key, word=word)
            continue
        alerts = tally.per_day(figures.alerts)
        if alerts > most:
            flooded.add(key)
            yield Finding(what="flood", group=key, word=word, number=alerts, grave=True)
        share = figures.share or 0.0
        if kind in COMPLAINT_KINDS and figures.hits >= ENOUGH_HITS and share < FEW_COMPLAINTS:
            yield Finding(what="few_complaints", group=key, word=word, number=share)
    for key in dict.fromkeys(key for key, _ in tested.words):
        figures = tally.groups.get(key)
        if figures is not None and key not in flooded and tally.per_day(figures.alerts) > most:
            yield Finding(what="group_flood", group=key, number=tally.per_day(figures.alerts), grave=True)
