"""Reading a batch and judging it with the learned models: what the scorer builds its topicality, emotion and classes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.assessment import BrandTerms, ScoreInput
from scoring.brand import BrandFinder, Industries
from scoring.emotion import EmotionScore, score_cues
from scoring.features import Feature, read_features
from scoring.feelings import find_feelings, sum_feelings
from scoring.keywords import WordLibrary
from scoring.learned import FEELS, Array, Learned, gram_rows
from scoring.lexicons import Found
from scoring.masking import mask_text
from scoring.ngrams import Grams, hash_grams
from scoring.often import made_often
from scoring.reading import Reading, read_mentions
from scoring.topicality import Topicality, score_topicality

_FINDERS_KEPT = 1000
_SAID = tuple(f"model:{head}" for head in FEELS)
_Signs = tuple[tuple[str, ...], ...]


class Reader:
    """Reads mentions of the watched brands; prepared brand names are kept. Not to be shared between threads."""

    def __init__(
        self, words: WordLibrary, text_limit: int, brands: Mapping[str, BrandTerms], industries: Industries
    ) -> None:
        self._words, self._limit = words, text_limit
        self._brands, self._industries = dict(brands), industries
        self._finders: dict[tuple[str, tuple[str, ...]], BrandFinder] = {}
        self._masked: dict[int, _Signs] = {}

    def _signs(self, finder: BrandFinder) -> _Signs:
        """The finder's names, longest first: what the masked text shows as signs."""
        signs = self._masked.get(id(finder))
        if signs is None:
            products = [folded for _, folded in finder.products]
            signs = tuple(
                tuple(sorted(set(words), key=len, reverse=True))
                for words in (finder.folded_names, products, finder.rivals)
            )
            self._masked[id(finder)] = signs
        return signs

    def finder(self, item: ScoreInput) -> BrandFinder:
        """The prepared names of an item's brand, with those that the item itself gives."""
        key = (item.brand, item.brand_aliases)
        finder = self._finders.get(key)
        if finder is None:
            if len(self._finders) >= _FINDERS_KEPT:
                self._finders.clear()
                self._masked.clear()
            terms = self._brands.get(item.brand) or BrandTerms(name=item.brand)
            finder = self._finders[key] = BrandFinder(terms, item.brand_aliases, self._industries)
        return finder

    def read(self, item: ScoreInput) -> Read:
        return self.read_all([item])[0]

    def read_all(self, items: Sequence[ScoreInput]) -> list[Read]:
        """Read many mentions, one thing of all of them before the next (``read_mentions``)."""
        finders = [self.finder(item) for item in items]
        readings = read_mentions(items, self._words, finders, self._limit)
        feelings = [score_cues((*r.hits, *r.foreign), r.words.text, r.facts) for r in readings]
        topics = [score_topicality(r, f.heat) for r, f in zip(readings, feelings, strict=True)]
        masked = [mask_text(r.words.text, *self._signs(finder)) for r, finder in zip(readings, finders, strict=True)]
        found = [find_feelings(text) for text in masked]
        return [
            Read(
                reading=reading, feeling=feeling, topicality=topic, masked=text, feelings=entries,
                figures=sum_feelings(text, entries),
            )
            for reading, feeling, topic, text, entries in zip(readings, feelings, topics, masked, found, strict=True)
        ]  # fmt: skip


@made_often()
class Read:
    """One mention as the word libraries see it, and its text as the models read it."""

    reading: Reading
    feeling: EmotionScore
    topicality: Topicality
    masked: str
    feelings: list[Found]
    """Entries of the lexicon of feelings in the masked text."""
    figures: list[float]
    """``scoring.feelings.FIGURES`` of the masked text."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """Logits of a batch, one row a mention."""

    grams: Grams
    feeling: Array
    """(mentions, FEELING_HEADS)"""
    judgement: Array
    """(mentions, JUDGEMENT_HEADS)"""


def judge(reads: Sequence[Read], learned: Learned) -> Judgement:
    """Ask both models about a batch."""
    grams = hash_grams([r.masked for r in reads])
    rows = gram_rows(grams)
    feeling = learned.feeling.logits(rows, np.array([r.figures for r in reads], dtype=np.float32))
    known = learned.judgement.feature_rows(features_of(reads, feeling))
    return Judgement(grams=grams, feeling=feeling, judgement=learned.judgement.logits(rows, known))


def features_of(reads: Sequence[Read], feeling: Array) -> list[list[Feature]]:
    """Findings of the words and lexicons, and what the model of feeling says, a list a mention."""
    steps = np.clip(feeling[:, : len(FEELS)], -4.0, 4.0) / 4.0
    rows = []
    for read, said in zip(reads, steps.tolist(), strict=True):
        row = read_features(read.reading, read.topicality, read.feeling, read.masked, read.feelings)
        row.extend(zip(_SAID, said, strict=True))
        rows.append(row)
    return rows
