"""Fitting ``scoring.network``: one hidden layer for all heads at once, with dropout, by AdaGrad (Duchi et al. 2011) in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fengsheng.fitting import Floats, rarity
from scoring.network import Network

UNITS = 96
LEAST_POSTS = 8
"""A bucket of n-grams that fewer texts have is not read."""
EPOCHS, BATCH, RATE = 20, 64, 0.1
DROPPED_UNITS, DROPPED_INPUTS = 0.5, 0.3
"""Shares left out at random in every step (Srivastava et al. 2014)."""
GRAM_SCALE, FEATURE_SCALE, SPREAD = 3.0, 0.3, 0.05
"""How loud n-grams (by their rarity) and features speak at the start, and how far their weights lie apart then. All these figures were
chosen on brands of the corpus that were held out."""
Array = NDArray[np.float32]


@dataclass(eq=False)
class _Weights:
    """A table of weights and the sum of its squared gradients."""

    values: Array
    squares: Array

    @classmethod
    def of(cls, values: Floats) -> _Weights:
        return cls(values.astype(np.float32), np.full(values.shape, 1e-6, dtype=np.float32))

    def step(self, gradient: Array, rate: float, rows: NDArray[np.int32] | slice = slice(None)) -> None:
        squares = self.squares[rows] + gradient * gradient
        self.squares[rows] = squares
        self.values[rows] -= rate * gradient / np.sqrt(squares)


def fit_network(
    grams: sparse.csr_matrix,
    features: sparse.csr_matrix,
    targets: Floats,
    weight: Floats,
    *,
    heads: int,
    unseen: NDArray[np.bool_],
    counted: int,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> Network:
    """A network that minimises weighted log loss over all heads.

    Args:
        grams: (examples, BUCKETS).
        features: (examples, features).
        targets: (examples, all heads), chances 0–1; NaN = this example says nothing of this head.
        weight: (examples,) of each example.
        heads: so many of the heads, the first ones, are kept; the others only help the shared layer to learn.
        unseen: (features,) those that the network must not read.
        counted: the first examples, whose n-grams count towards ``LEAST_POSTS``.
    """
    rng = np.random.default_rng(seed)
    scale = rarity(grams[:counted])
    scale *= GRAM_SCALE / scale.mean()
    seen = np.bincount(grams[:counted].indices, minlength=grams.shape[1]) >= LEAST_POSTS
    place = np.zeros(grams.shape[1], dtype=np.int32)
    place[seen] = np.arange(1, int(seen.sum()) + 1)
    reach = np.where(unseen, 0.0, FEATURE_SCALE)
    rows = _inputs(grams, features, place, scale, reach)
    tables = _descend(rows, targets, weight, epochs, rng)
    first, kept = tables["in"], int(seen.sum())
    table = np.zeros((kept + 1, UNITS))
    table[1:] = first[:kept] * scale[seen][:, None]
    return Network(
        place=place, table=table.astype(np.float32), dense=(first[kept:] * reach[:, None]).astype(np.float32), bias=tables["bias"],
        out=tables["out"][:, :heads], lift=tables["lift"][:heads],
    )  # fmt: skip


def _inputs(
    grams: sparse.csr_matrix, features: sparse.csr_matrix, place: NDArray[np.int32], scale: Floats, reach: Floats
) -> sparse.csr_matrix:
    """(examples, kept buckets + features), each as loud as it may be."""
    chosen = grams[:, place > 0].astype(np.float32)
    chosen.data *= scale[place > 0][chosen.indices].astype(np.float32)
    read = features.astype(np.float32)
    read = sparse.csr_matrix(
        (read.data * reach[read.indices].astype(np.float32), read.indices, read.indptr), shape=read.shape
    )
    read.eliminate_zeros()
    return sparse.hstack([chosen, read]).tocsr()


def _descend(
    rows: sparse.csr_matrix, targets: Floats, weight: Floats, epochs: int, rng: np.random.Generator
) -> dict[str, Array]:
    known = (~np.isnan(targets) * weight[:, None]).astype(np.float32)
    wanted = np.nan_to_num(targets).astype(np.float32)
    share = np.clip((known * wanted).sum(axis=0) / np.maximum(known.sum(axis=0), 1e-9), 1e-3, 1 - 1e-3)
    width = rows.shape[1]
    first = _Weights.of(rng.normal(0.0, SPREAD, (width, UNITS)))
    out = _Weights.of(rng.normal(0.0, 1.0 / np.sqrt(UNITS), (UNITS, wanted.shape[1])))
    bias, lift = _Weights.of(np.zeros(UNITS)), _Weights.of(np.log(share / (1.0 - share)))
    order = np.arange(rows.shape[0])
    for epoch in range(epochs):
        rng.shuffle(order)
        rate = RATE * max(0.05, 1.0 - epoch / epochs)
        for begin in range(0, order.size, BATCH):
            here = order[begin : begin + BATCH]
            part = rows[here]
            part.data = part.data * (rng.random(part.data.size) >= DROPPED_INPUTS)  # not scaled up: that errs more
            used, columns = np.unique(part.indices, return_inverse=True)
            narrow = sparse.csr_matrix((part.data, columns, part.indptr), shape=(here.size, used.size))
            before = np.asarray(narrow @ first.values[used] + bias.values)
            open_ = (before > 0) * (rng.random(before.shape) >= DROPPED_UNITS) / np.float32(1.0 - DROPPED_UNITS)
            hidden = (before * open_).astype(np.float32)
            logits = np.clip(hidden @ out.values + lift.values, -30.0, 30.0)
            error = (known[here] * (1.0 / (1.0 + np.exp(-logits)) - wanted[here]) / here.size).astype(np.float32)
            back = ((error @ out.values.T) * open_).astype(np.float32)
            out.step(hidden.T @ error, rate)
            lift.step(error.sum(axis=0), rate)
            bias.step(back.sum(axis=0), rate)
            first.step(np.asarray(narrow.T @ back), rate, used)
    return {"in": first.values, "out": out.values, "bias": bias.values, "lift": lift.values}
