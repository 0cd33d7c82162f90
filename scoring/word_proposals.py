"""Frequent new negative words and themes in the complaints of the last days, for the library (W3). Pure.

A word is new where it is more frequent than in the complaints before, and negative where it is more frequent than in what is no
complaint: by the log-likelihood ratio of Dunning (1993, Accurate methods for the statistics of surprise and coincidence), and by
rate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from scoring.keywords import Hit
from scoring.pieces import PieceIndex
from scoring.reading import COMPLAINT_KINDS
from scoring.scorer import SENSITIVE_KINDS
from scoring.text import Folded
from scoring.word_candidates import find_words, runs_of

NEW = 10.83
NEGATIVE = 6.63
"""Least log-likelihood ratios: chi-square of one degree of freedom at p = 0.001 and 0.01."""
TIMES = 2.0
"""Least ratio of the rates: in many mentions small differences are certain, too, and say nothing."""
SAME_THEME = 0.6
"""Words that share so much of the rarer one's mentions are one theme."""
LONGER = 1.25
"""A word that stands outside a longer one in less than a quarter more mentions is a piece of it."""
EXAMPLES = 3
_CONSIDERED = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """One complaint of the last days."""

    key: str
    voice: str
    """Who speaks (D5)."""
    text: Folded
    """The writer's own words."""
    hits: tuple[Hit, ...]
    """What the library finds in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    word: str
    count: int
    """Complaints of the last days that hold it."""
    voices: int
    earlier: int
    """Complaints of the time before that held it."""
    others: int
    """Mentions of any time that are no complaints and hold it."""
    newness: float
    """Log-likelihood ratio against the time before, 0 where nothing is known of it."""
    negativity: float
    """The same against what is no complaint."""
    group: str | None
    """The sensitive group whose words stand most surely in the same complaints; None where none does."""
    theme: int
    """Words of one number stand in the same complaints."""
    examples: tuple[tuple[str, str], ...] = field(default=())
    """(key of the mention, words around it), of different voices, the latest first."""


def log_likelihood(k1: int, n1: int, k2: int, n2: int) -> float:
    """Dunning's −2 log λ of k1 in n1 against k2 in n2; negative where the first rate is the lower one, 0 where n1 or n2 is."""
    if not n1 or not n2:
        return 0.0

    def fit(k: int, n: int, p: float) -> float:
        return (k * math.log(p) if k else 0.0) + ((n - k) * math.log(1 - p) if n > k else 0.0)

    p1, p2, p = k1 / n1, k2 / n2, (k1 + k2) / (n1 + n2)
    ratio = 2 * (fit(k1, n1, p1) + fit(k2, n2, p2) - fit(k1, n1, p) - fit(k2, n2, p))
    return ratio if p1 >= p2 else -ratio


class WordSearch:
    """Words of the last days' complaints, to be counted in everything else (``add``), then judged (``proposals``)."""

    def __init__(
        self, complaints: Sequence[Complaint], *, names: Iterable[str], known: Collection[str], least: int
    ) -> None:
        """
        Args:
            complaints: oldest first.
            names: folded names of brands, products, rivals and accounts: no word reaches into them.
            known: folded words of the library, of whatever kind.
            least: independent voices that a word needs.
        """
        self._names = sorted({name for name in names if name}, key=len, reverse=True)
        self._complaints = complaints
        self._least = least
        texts = [runs_of(c.text, self._names, _known(c)) for c in complaints]
        words = [word for word in find_words(texts, least) if word not in known]
        self._latin = frozenset(word for word in words if word.isascii())
        self._index = PieceIndex({word: word for word in words if not word.isascii()})
        self._held: dict[str, list[int]] = defaultdict(list)
        for number, runs in enumerate(texts):
            for word in self._words_in(runs):
                self._held[word].append(number)
        self._groups = [
            frozenset(h.group.key for h in c.hits if h.group.kind in SENSITIVE_KINDS and not h.negated)
            for c in complaints
        ]
        self._matters = {h.group.key for c in complaints for h in c.hits if h.group.kind == "matter"}
        self._everywhere = Counter(key for keys in self._groups for key in keys)
        self.earlier_complaints = self.others = 0
        self._earlier: Counter[str] = Counter()
        self._calm: Counter[str] = Counter()

    def add(self, text: Folded, *, complaint: bool) -> None:
        """Count a complaint of the time before, or a mention of any time that is no complaint."""
        words = self._words_in(runs_of(text, self._names))
        if complaint:
            self.earlier_complaints += 1
            self._earlier.update(words)
        else:
            self.others += 1
            self._calm.update(words)

    def proposals(self, most: int = 40) -> list[Proposal]:
        """The strongest first."""
        judged = [(self._strength(word), word) for word in self._held]
        strong = [word for strength, word in sorted(judged, key=lambda j: (-j[0], j[1])) if strength > 0]
        words = self._without_pieces(strong[:_CONSIDERED])[:most]
        themes = self._themes(words)
        return [self._proposal(word, themes[word]) for word in words]

    def _words_in(self, runs: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for run in runs:
            if run.isascii():
                found.update(self._latin & {run})
            else:
                found.update(word for _, _, word in self._index.find(run))
        return found

    def _strength(self, word: str) -> float:
        """Sum of both ratios; 0 where the word is not new, not negative, or said by too few."""
        held, total = self._held[word], len(self._complaints)
        if len({self._complaints[n].voice for n in held}) < self._least:
            return 0.0
        strength = 0.0
        for count, size, least in (
            (self._earlier[word], self.earlier_complaints, NEW),
            (self._calm[word], self.others, NEGATIVE),
        ):
            ratio = log_likelihood(len(held), total, count, size)
            if size and (ratio < least or len(held) / total < TIMES * count / size):
                return 0.0
            strength += ratio
        return strength

    def _without_pieces(self, words: Sequence[str]) -> list[str]:
        """Without pieces that hardly stand outside a longer word, and without longer words that a shorter one hits anyway."""
        dropped: set[str] = set()
        for word in sorted(words, key=lambda w: (len(w), w)):
            for longer in words:
                if word != longer and word in longer and word not in dropped and longer not in dropped:
                    piece = len(self._held[word]) <= LONGER * len(self._held[longer])
                    dropped.add(word if piece else longer)
        return [word for word in words if word not in dropped]

    def _themes(self, words: Sequence[str]) -> dict[str, int]:
        themes: dict[str, int] = {}
        held = {word: set(self._held[word]) for word in words}
        for place, word in enumerate(words):
            for other in words[:place]:
                if len(held[word] & held[other]) >= SAME_THEME * min(len(held[word]), len(held[other])):
                    themes[word] = themes[other]
                    break
            else:
                themes[word] = len(set(themes.values())) + 1
        return themes

    def _proposal(self, word: str, theme: int) -> Proposal:
        held, total = self._held[word], len(self._complaints)
        shown: dict[str, tuple[str, str]] = {}
        for complaint in (self._complaints[n] for n in reversed(held)):
            if len(shown) < EXAMPLES:
                shown.setdefault(complaint.voice, (complaint.key, _around(complaint.text, word)))
        return Proposal(
            word=word,
            count=len(held),
            voices=len({self._complaints[n].voice for n in held}),
            earlier=self._earlier[word],
            others=self._calm[word],
            newness=log_likelihood(len(held), total, self._earlier[word], self.earlier_complaints),
            negativity=log_likelihood(len(held), total, self._calm[word], self.others),
            group=self._beside(held),
            theme=theme,
            examples=tuple(shown.values()),
        )

    def _beside(self, held: Sequence[int]) -> str | None:
        """The group that stands most surely in the same complaints: what is complained of before how it is said."""
        here = Counter(key for number in held for key in self._groups[number])

        def rank(key: str) -> tuple[bool, float, int, str]:
            surely = log_likelihood(here[key], len(held), self._everywhere[key], len(self._complaints))
            return (key not in self._matters, -surely, -here[key], key)

        return min(here, key=rank, default=None)


def _known(complaint: Complaint) -> Iterator[tuple[int, int]]:
    """Where complaint words stand that the library hits already."""
    for hit in complaint.hits:
        if hit.group.kind in COMPLAINT_KINDS and "…" not in hit.word:
            yield hit.start, hit.end


def _around(text: Folded, word: str) -> str:
    place = text.text.find(word)
    start, end = text.span(place, place + len(word)) if place >= 0 else (0, 0)
    shown = text.original[max(0, start - 16) : end + 16]
    return " ".join(shown.encode("utf-8", "replace").decode("utf-8").split())
