"""The learned part of the scores: linear models over hashed n-grams and named features, their file, and their quotations.

Two models lie in one file. ``feeling`` reads n-grams and sums over the lexicon of feelings: is the mood negative, which of six emotions. ``judgement`` reads the
n-grams of the masked text, the findings of the word libraries and lexicons (``scoring.features``) and what ``feeling`` said; its
heads are cumulative logits "score is t or more", t = 2 … 10 (proportional-odds family, McCullagh 1980, with free slopes), and
one-against-the-rest logits of target and category. Beside either may stand a small network (``scoring.network``) whose logits are
added to its own (the shipped file: the second); words are quoted by the linear weights alone. Weights are stored as 8-bit integers with one scale a head.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scoring.features import Feature
from scoring.network import Network, pack_network, unpack_network
from scoring.ngrams import BUCKETS, Grams

Array = NDArray[np.float32]
THRESHOLDS = tuple(range(2, 11))
EMOTIONS = ("happy", "angry", "sad", "fear", "surprise", "neutral")
TARGETS = ("brand", "none", "other")
CATEGORIES = (
    "product_quality", "service_attitude", "logistics", "refund", "tech_fault", "price", "safety", "privacy", "other", "none",
)  # fmt: skip
LEVELS = ("low", "medium", "high")
ORDINAL = ("topicality", "emotion", "completeness")
FEELS = ("negative", *(f"feels:{e}" for e in EMOTIONS))
"""Heads of the first model that the second one reads."""
FEELING_HEADS = (*FEELS, *(f"strength>={t}" for t in THRESHOLDS))
JUDGEMENT_HEADS = (
    *(f"{name}>={t}" for name in ORDINAL for t in THRESHOLDS),
    *(f"target:{t}" for t in TARGETS),
    *(f"category:{c}" for c in CATEGORIES),
    *(f"level>={level}" for level in LEVELS),
)
FORMAT = 2
"""Version of the file's layout; another one is refused."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearModel:
    """``logit = grams @ weights + features @ dense + bias`` for every head, and what the network adds where there is one."""

    heads: tuple[str, ...]
    weights: Array
    """(BUCKETS, heads)"""
    dense: Array
    """(features, heads)"""
    bias: Array
    """(heads,)"""
    features: tuple[str, ...] = ()
    index: Mapping[str, int] = field(default_factory=dict)
    network: Network | None = None

    def logits(self, rows: sparse.csr_matrix, extra: Array | sparse.csr_matrix) -> Array:
        """(texts, heads) for the n-grams of ``gram_rows`` and the values of ``features``, (texts, features)."""
        # Sparse products go row by row; a dense one may round differently with the number of rows, and no mention may change another's.
        known = sparse.csr_matrix(extra)
        found = np.asarray(rows @ self.weights + known @ self.dense + self.bias, dtype=np.float32)
        return found if self.network is None else found + self.network.logits(rows, known)

    @cached_property
    def slopes(self) -> list[Array]:
        """(BUCKETS,) for each of ``ORDINAL``: the mean of its heads' weights, how far an n-gram moves that score."""
        width = len(THRESHOLDS)
        return [self.weights[:, i * width : (i + 1) * width].mean(axis=1) for i in range(len(ORDINAL))]

    def feature_rows(self, features: Sequence[Sequence[Feature]]) -> sparse.csr_matrix:
        """(texts, features) of the features that the model knows; the others count nothing."""
        every = list(chain.from_iterable(features))
        columns = np.fromiter([self.index.get(name, -1) for name, _ in every], dtype=np.int32, count=len(every))
        values = np.fromiter([value for _, value in every], dtype=np.float32, count=len(every))
        bounds = np.cumsum([0, *map(len, features)])
        known = columns >= 0
        if not known.all():
            bounds = np.concatenate(([0], np.cumsum(known)))[bounds]
            columns, values = columns[known], values[known]
        return sparse.csr_matrix((values, columns, bounds), shape=(len(features), len(self.features)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """Both models and where they come from."""

    feeling: LinearModel
    judgement: LinearModel
    version: str
    """Short hash of the weights."""
    card: Mapping[str, Any]
    """What went in and what was measured (docs/model-card.md)."""


def gram_rows(grams: Grams) -> sparse.csr_matrix:
    """(texts, BUCKETS): each n-gram counts 1/√n, so that long texts do not shout."""
    values = np.repeat(1.0 / np.sqrt(np.maximum(grams.counts, 1)), grams.counts).astype(np.float32)
    return sparse.csr_matrix((values, grams.bucket, grams.bounds), shape=(grams.counts.size, BUCKETS))


def sigmoid(logits: Array) -> Array:
    """Probability of a logit, without overflow."""
    chances: Array = (1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))).astype(np.float32)
    return chances


def middle_score(logits: Array) -> Array:
    """Score 1–10 from the nine cumulative logits (texts, 9): the median of the ordinal distribution, between its steps by straight lines.

    The median errs less than the expectation, which shrinks to the middle of the scale, and it passes a step of the rubric exactly
    where that becomes likelier than not (measured: docs/model-card.md).
    """
    chances = np.minimum.accumulate(sigmoid(logits), axis=1)
    edges = np.concatenate((np.ones((len(chances), 1)), chances, np.zeros((len(chances), 1))), axis=1)
    place = (edges >= 0.5).sum(axis=1) - 1
    rows = np.arange(len(chances))
    upper, lower = edges[rows, place], edges[rows, place + 1]
    score = 0.5 + place + np.clip((upper - 0.5) / np.maximum(upper - lower, 1e-6), 0.0, 1.0)
    return np.clip(score, 1.0, 10.0).astype(np.float32)


def dump_learned(learned: Learned) -> bytes:
    """The file's bytes (npz, deflated)."""
    arrays: dict[str, Any] = {}
    for name, model in (("feeling", learned.feeling), ("judgement", learned.judgement)):
        for part in ("weights", "dense"):
            table = getattr(model, part)
            scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127 if table.size else np.ones(len(model.heads))
            arrays[f"{name}_{part}"] = (
                np.round(table / scale).astype(np.int8) if part == "weights" else table.astype(np.float16)
            )
            arrays[f"{name}_{part}_scale"] = np.asarray(scale, dtype=np.float32)
        arrays[f"{name}_bias"] = model.bias.astype(np.float32)
        if model.network is not None:
            arrays |= pack_network(model.network, f"{name}_network")
    header = {
        "format": FORMAT,
        "version": learned.version,
        "card": dict(learned.card),
        "models": {
            name: {"heads": list(model.heads), "features": list(model.features)}
            for name, model in (("feeling", learned.feeling), ("judgement", learned.judgement))
        },
    }
    arrays["header"] = np.frombuffer(json.dumps(header, ensure_ascii=False).encode("utf-8"), dtype=np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def parse_learned(data: bytes, file: str) -> Learned:
    """Read a model file.

    Raises:
        ValueError: it is none, is damaged, or is of another layout; one sentence with the file's name.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes().decode("utf-8"))
            if header["format"] != FORMAT:
                raise ValueError(f"its layout is {header['format']}, {FORMAT} is read")
            models = {name: _model(arrays, name, header["models"][name]) for name in ("feeling", "judgement")}
    except (
        Exception
    ) as error:  # numpy and zipfile raise a dozen kinds for a damaged file; all mean the same to the user
        raise ValueError(f"{file}: no model file of fengsheng train ({error})") from error
    wanted = {"feeling": FEELING_HEADS, "judgement": JUDGEMENT_HEADS}
    for name, model in models.items():
        if model.heads != wanted[name] or model.weights.shape != (BUCKETS, len(model.heads)):
            raise ValueError(f"{file}: model of another version of fengsheng: train it anew")
    return Learned(version=header["version"], card=header["card"], **models)


def _model(arrays: Any, name: str, described: Mapping[str, Any]) -> LinearModel:
    features = tuple(described["features"])
    weights = arrays[f"{name}_weights"].astype(np.float32) * arrays[f"{name}_weights_scale"]
    heads = tuple(described["heads"])
    return LinearModel(
        heads=heads,
        weights=np.ascontiguousarray(weights, dtype=np.float32),
        dense=arrays[f"{name}_dense"].astype(np.float32),
        bias=arrays[f"{name}_bias"].astype(np.float32),
        features=features,
        index={feature: place for place, feature in enumerate(features)},
        network=unpack_network(arrays, f"{name}_network", len(heads), len(features)),
    )
