"""What the words of a library do on stored history (W3): hits, how many of them were complaints, what they would have raised.

Pure: mentions come in with the words found in them, oldest first; figures come out. Where words collide with each other and with
names is in ``scoring.word_collisions``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from scoring.detectors.single import ANGRY_KINDS
from scoring.matching import Hit, WordGroup
from scoring.scorer import SENSITIVE_KINDS

Word = tuple[str, str]
"""(key of the group, word as it stands in the file)."""
EXAMPLES = 3
_AROUND = 16
"""Characters shown on each side of a word."""


def raises_alone(group: WordGroup) -> bool:
    """One hit in a complaint is an alert: ``single: true``, or words of an angry customer (L)."""
    return group.kind in SENSITIVE_KINDS and (group.single or group.kind in ANGRY_KINDS)


def counts_hits(group: WordGroup) -> bool:
    """The group's threshold (D6) is one that counting can pass; a threshold of one is a matter of ``single``."""
    return group.kind in SENSITIVE_KINDS and group.alert_count is not None and group.alert_count >= 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """One stored mention of one brand."""

    key: str
    brand: str
    at: datetime
    """When it happened, aware."""
    day: date
    """The same in people's own zone."""
    voice: str
    """Who speaks; copies and repeats share one (D5)."""
    complaint: bool
    """Judged a complaint about the brand when it was stored."""
    counts: bool
    """A complaint where the words under test are in use; ``complaint`` where they make no difference."""
    turned: bool = False
    """A complaint only because of the words under test."""
    turned_high: bool = False
    """Of high risk only because of the words under test (S12: a red alert)."""
    tried: bool = True
    """False where a word under test stands in it, and it was not scored again because enough others with the word were."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """Where a word stood."""

    key: str
    text: str
    """The words around it, one line."""
    complaint: bool


@dataclass(kw_only=True, slots=True)
class Figures:
    """What a word, or a whole group, came to. A mention counts once, however often the word stands in it."""

    hits: int = 0
    denied: int = 0
    """Mentions in which it only stood denied ("没有异物"), which are no hits."""
    complaints: int = 0
    """Hits that were complaints about the brand."""
    alone: int = 0
    """Alerts of a single hit (L) in what was a complaint anyway."""
    passes: int = 0
    """How often its hits alone would have passed the group's threshold (D6); after each pass counting begins anew."""
    tried: int = 0
    """Hits that were no complaints; with a word under test all of them were scored again but for those in ``untried``."""
    untried: int = 0
    turned: int = 0
    """Of the tried those that become complaints by the words under test."""
    turned_alone: int = 0
    """Of these, alerts of a single hit."""
    turned_high: int = 0
    """Hits that become high risk by the words under test."""
    last: datetime | None = None
    recent: dict[bool, deque[tuple[str, str, tuple[int, int]]]] = field(default_factory=dict)

    @property
    def alerts(self) -> float:
        """All of them; what was not tried is taken to be as what was."""
        return self.alone + self.passes + self._scaled(self.turned_alone + self.turned_high)

    @property
    def new_complaints(self) -> float:
        """Mentions that the words under test make complaints of."""
        return self._scaled(self.turned)

    @property
    def new_high(self) -> float:
        """Mentions that the words under test make high risks of."""
        return self._scaled(self.turned_high)

    def _scaled(self, number: int) -> float:
        return number * (1 + self.untried / self.tried) if self.tried else float(number)

    @property
    def share(self) -> float | None:
        """Share of the hits that were complaints, 0–1; None without a hit."""
        return self.complaints / self.hits if self.hits else None

    def examples(self) -> tuple[Example, ...]:
        """The latest, mostly of the commoner kind, one of the other kind where there is one."""
        kinds = sorted(self.recent, key=lambda complaint: (self.complaints * 2 >= self.hits) is not complaint)
        first = list(self.recent[kinds[0]])[::-1] if kinds else []
        other = list(self.recent[kinds[1]])[::-1][: max(1, EXAMPLES - len(first))] if len(kinds) > 1 else []
        rows = [(kinds[0], e) for e in first[: EXAMPLES - len(other)]] + [(kinds[-1], e) for e in other]
        return tuple(Example(key=key, text=_excerpt(text, at), complaint=kind) for kind, (key, text, at) in rows)


class _Threshold:
    """Counts how often distinct voices within the hours reach the threshold of a group."""

    __slots__ = ("_count", "_hours", "_voices", "passes")

    def __init__(self, group: WordGroup) -> None:
        self._count = group.alert_count or 0
        self._hours = timedelta(hours=group.alert_hours)
        self._voices: dict[str, datetime] = {}
        self.passes = 0

    def add(self, at: datetime, voice: str) -> None:
        voices = self._voices
        voices.pop(voice, None)
        voices[voice] = at
        while (oldest := next(iter(voices))) and voices[oldest] <= at - self._hours:
            del voices[oldest]
        if len(voices) >= self._count:
            self.passes += 1
            voices.clear()


class WordTally:
    """Figures of every word and group over a history."""

    def __init__(self) -> None:
        self.words: dict[Word, Figures] = {}
        self.groups: dict[str, Figures] = {}
        self.sights = 0
        self.complaints = 0
        self.days: set[date] = set()
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._thresholds: dict[tuple[str, str, str], _Threshold] = {}

    def add(self, sight: Sight, original: str, hits: Sequence[Hit]) -> None:
        """Count one mention; mentions come oldest first.

        Args:
            original: the text that ``Hit.at`` points into.
            hits: as the library under test finds them.
        """
        self.sights += 1
        self.complaints += sight.complaint
        self.days.add(sight.day)
        self.first, self.last = self.first or sight.at, sight.at
        found: dict[Word, Hit] = {}
        denied: dict[Word, None] = {}
        groups: dict[str, WordGroup] = {}
        for hit in hits:
            group = hit.group
            if hit.negated:
                denied[group.key, hit.word] = None
            else:
                found.setdefault((group.key, hit.word), hit)
                groups[group.key] = group
        for word, hit in found.items():
            figures = self.words.get(word) or self.words.setdefault(word, Figures())
            self._count(figures, sight, hit.group, word[1])
            shown = figures.recent.get(sight.complaint)
            if shown is None:
                shown = figures.recent[sight.complaint] = deque(maxlen=EXAMPLES)
            if all(original != earlier for _, earlier, _ in shown):  # copies show nothing further
                shown.append((sight.key, original, hit.at))
        for key, group in groups.items():
            self._count(self.groups.get(key) or self.groups.setdefault(key, Figures()), sight, group, "")
        for word in denied:
            if word not in found:
                self.words.setdefault(word, Figures()).denied += 1

    def _count(self, figures: Figures, sight: Sight, group: WordGroup, word: str) -> None:
        figures.hits += 1
        figures.complaints += sight.complaint
        figures.last = sight.at
        if not sight.complaint:
            figures.tried += sight.tried
            figures.untried += not sight.tried
        if not sight.counts:
            return
        figures.turned += sight.turned
        figures.turned_high += sight.turned_high
        if raises_alone(group) and not sight.turned_high:  # of one mention only the gravest alert is raised
            if sight.complaint:
                figures.alone += 1
            else:
                figures.turned_alone += 1
        if counts_hits(group):
            threshold = self._thresholds.get((sight.brand, group.key, word))
            if threshold is None:
                threshold = self._thresholds[sight.brand, group.key, word] = _Threshold(group)
            before = threshold.passes
            threshold.add(sight.at, sight.voice)
            figures.passes += threshold.passes - before

    def per_day(self, number: float) -> float:
        """A number of the whole history as an average over the days that have mentions."""
        return number / max(1, len(self.days))


def new_words(groups: Mapping[str, WordGroup], live: Mapping[str, WordGroup]) -> frozenset[Word]:
    """Words that the live library has not in the same group."""
    return frozenset(
        (key, word)
        for key, group in groups.items()
        for word in group.words
        if key not in live or word not in live[key].words
    )


def _excerpt(text: str, at: tuple[int, int]) -> str:
    start, end = max(0, at[0] - _AROUND), min(len(text), at[1] + _AROUND)
    body = " ".join(text[start:end].encode("utf-8", "replace").decode("utf-8").split())
    return f"{'…' if start else ''}{body}{'…' if end < len(text) else ''}"
