"""A small network beside the linear model: one hidden layer over n-grams and findings, shared by all heads.

What a linear model must learn for every head and every n-gram anew, the units of a shared layer learn once: posts it never saw get
nearer scores (measured: docs/model-card.md). It reads only n-grams that several posts have in common, so its table stays small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scoring.ngrams import BUCKETS

Array = NDArray[np.float32]
_PARTS = ("table", "dense", "out")
"""Stored as 8-bit integers with one scale a column."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """``logits = relu(grams @ table + features @ dense + bias) @ out + lift``."""

    place: NDArray[np.int32]
    """(BUCKETS,) the row of ``table`` that an n-gram's bucket has; 0 = none of its own, a row of zeros."""
    table: Array
    """(kept buckets + 1, units)"""
    dense: Array
    """(features, units)"""
    bias: Array
    """(units,)"""
    out: Array
    """(units, heads)"""
    lift: Array
    """(heads,)"""

    def logits(self, rows: sparse.csr_matrix, features: sparse.csr_matrix) -> Array:
        """(texts, heads) for the n-grams of ``gram_rows`` and (texts, features); features beyond those it knows count nothing."""
        kept = (rows.data, self.place[rows.indices], rows.indptr)
        hidden = sparse.csr_matrix(kept, shape=(rows.shape[0], len(self.table))) @ self.table
        hidden += features[:, : len(self.dense)] @ self.dense
        hidden += self.bias
        np.maximum(hidden, 0.0, out=hidden)
        # Sparse products go row by row: no mention may change another's score by a rounding.
        return np.asarray(sparse.csr_matrix(hidden) @ self.out + self.lift, dtype=np.float32)

    def scaled(self, share: float) -> Network:
        """The same with ``share`` times the logits."""
        return replace(self, out=(self.out * share).astype(np.float32), lift=(self.lift * share).astype(np.float32))

    def mixed(self, mixing: Array) -> Network:
        """Other heads, each a sum of shares of these: (heads, new heads)."""
        return replace(self, out=(self.out @ mixing).astype(np.float32), lift=(self.lift @ mixing).astype(np.float32))


def pack_network(network: Network, name: str) -> dict[str, Any]:
    """Arrays of a model file, their names beginning with ``name``."""
    found: dict[str, Any] = {
        f"{name}_kept": np.flatnonzero(network.place).astype(np.int32),
        f"{name}_bias": network.bias,
        f"{name}_lift": network.lift,
    }
    for part in _PARTS:
        table = getattr(network, part)[1 if part == "table" else 0 :]
        scale = np.maximum(np.abs(table).max(axis=0), 1e-9) / 127 if table.size else np.ones(table.shape[1])
        found[f"{name}_{part}"] = np.round(table / scale).astype(np.int8)
        found[f"{name}_{part}_scale"] = scale.astype(np.float32)
    return found


def unpack_network(arrays: Mapping[str, Any], name: str, heads: int, features: int) -> Network | None:
    """The network of a model file; None where it has none.

    Args:
        features: so many has the model; the network knows the first of them, corrections may have added more behind.

    Raises:
        ValueError: it does not fit together, or holds no numbers.
    """
    if f"{name}_kept" not in arrays:
        return None
    kept = arrays[f"{name}_kept"]
    tables = {part: arrays[f"{name}_{part}"].astype(np.float32) * arrays[f"{name}_{part}_scale"] for part in _PARTS}
    bias, lift = arrays[f"{name}_bias"].astype(np.float32), arrays[f"{name}_lift"].astype(np.float32)
    shapes = [tables["table"].shape, tables["dense"].shape, bias.shape, tables["out"].shape, lift.shape]
    rising = kept.ndim == 1 and bool((np.diff(kept) > 0).all()) and not ((kept < 0) | (kept >= BUCKETS)).any()
    units, known = bias.size, len(tables["dense"])
    if (
        not rising
        or known > features
        or shapes != [(len(kept), units), (known, units), (units,), (units, heads), (heads,)]
    ):
        raise ValueError("the tables of its network do not fit together")
    if not all(np.isfinite(table).all() for table in (*tables.values(), bias, lift)):
        raise ValueError("its network holds what is no number")
    place = np.zeros(BUCKETS, dtype=np.int32)
    place[kept] = np.arange(1, len(kept) + 1)
    first = np.zeros((1, tables["table"].shape[1]), dtype=np.float32)
    return Network(
        place=place, table=np.vstack((first, tables["table"])).astype(np.float32), dense=tables["dense"].astype(np.float32),
        bias=bias, out=tables["out"].astype(np.float32), lift=lift,
    )  # fmt: skip
