"""Fitting linear models: many logistic heads at once over sparse rows, pulled towards given weights (for ``fengsheng train``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

Floats = NDArray[np.float64]
FREE, NOT_NEGATIVE, FIXED = 0.0, 1.0, 2.0
"""What may become of a weight."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    weights: Floats
    """(columns, heads)"""
    bias: Floats
    """(heads,)"""


def rarity(rows: sparse.csr_matrix) -> Floats:
    """Inverse document frequency of each column, ln(n / (1 + df)) + 1: how far a column's weight may go (Spärck Jones 1972)."""
    frequency = np.bincount(rows.indices, minlength=rows.shape[1])
    return np.asarray(np.log(rows.shape[0] / (1.0 + np.minimum(frequency, rows.shape[0] - 1))) + 1.0)


def fit_heads(
    rows: sparse.csr_matrix,
    targets: Floats,
    *,
    scale: Floats,
    strength: float,
    weight: Floats | None = None,
    start: Fitted | None = None,
    signs: Floats | None = None,
    beside: Floats | None = None,
    steps: int = 60,
) -> Fitted:
    """Weights of independent logistic heads that minimise weighted log loss + ½ Σ((w - start) / scale)² / strength.

    Args:
        rows: (examples, columns).
        targets: (examples, heads), chances 0–1; NaN = this example says nothing of this head.
        scale: (columns,) how far each column's weight may go; 0 = it stays as it is.
        strength: the larger, the freer (scikit-learn's C).
        weight: (examples,) of each example; None = all 1.
        start: weights to stay near; None = 0.
        signs: (columns, heads) ``FREE``, ``NOT_NEGATIVE``, or ``FIXED`` where a weight stays as it is; None = all free.
        beside: (examples, heads) logits that another model adds to these; None = none does.
        steps: iterations of L-BFGS at most.
    """
    known = ~np.isnan(targets)
    each = known * (np.ones(len(targets)) if weight is None else weight)[:, None]
    wanted = np.where(known, targets, 0.0)
    found = start or Fitted(weights=np.zeros((rows.shape[1], targets.shape[1])), bias=np.zeros(targets.shape[1]))
    weights, bias = found.weights.copy(), found.bias.copy()
    for heads in _alike(each > 0):
        here = np.flatnonzero(each[:, heads[0]])
        if here.size == 0:
            continue  # nothing is said of these: they stay as they were
        begun = Fitted(weights=found.weights[:, heads], bias=found.bias[heads])
        floor = None if signs is None else signs[:, heads]
        added = None if beside is None else beside[here][:, heads]
        part = _fit(
            rows[here], wanted[here][:, heads], each[here][:, heads], scale, strength, begun, floor, added, steps
        )
        weights[:, heads], bias[heads] = part.weights, part.bias
    return Fitted(weights=weights, bias=bias)


def _alike(known: NDArray[np.bool_]) -> list[list[int]]:
    """Heads that the same examples speak of: they share their rows, and others' rows cost them nothing."""
    groups: dict[bytes, list[int]] = {}
    for head in range(known.shape[1]):
        groups.setdefault(np.packbits(known[:, head]).tobytes(), []).append(head)
    return list(groups.values())


def _fit(
    rows: sparse.csr_matrix,
    wanted: Floats,
    each: Floats,
    scale: Floats,
    strength: float,
    start: Fitted,
    signs: Floats | None,
    beside: Floats | None,
    steps: int,
) -> Fitted:
    """One L-BFGS over all the heads; single precision where the rows are touched, they are what memory and time go to."""
    heads = wanted.shape[1]
    used = np.unique(rows.indices)
    base = np.zeros(wanted.shape, dtype=np.float32) + start.bias.astype(np.float32)
    if start.weights.any():
        base += rows.astype(np.float32) @ start.weights.astype(np.float32)
    if beside is not None:
        base += beside.astype(np.float32)
    used = used[scale[used] > 0]
    narrow = rows[:, used].tocsr().astype(np.float32)
    reach = scale[used].astype(np.float32)
    narrow.data *= reach[narrow.indices]
    turned = narrow.T.tocsr()
    columns = used.size
    goal, share = wanted.astype(np.float32), each.astype(np.float32)

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(columns + 1, heads)
        logits = base + narrow @ table[:columns].astype(np.float32) + table[columns].astype(np.float32)
        value = np.sum(share * (np.logaddexp(np.float32(0.0), logits) - goal * logits), dtype=np.float64)
        error = share * (1.0 / (1.0 + np.exp(-np.clip(logits, -35, 35))) - goal)
        gradient = np.empty_like(table)
        gradient[:columns] = turned @ error
        gradient[:columns] += table[:columns] / strength
        gradient[columns] = error.sum(axis=0, dtype=np.float64)
        return float(value + 0.5 * np.sum(table[:columns] ** 2) / strength), gradient.ravel()

    bounds = None
    if signs is not None:
        kinds = np.vstack((signs[used], np.full((1, heads), FREE)))
        floor = np.vstack((-start.weights[used] / scale[used][:, None], np.zeros((1, heads))))
        low = np.select([kinds == NOT_NEGATIVE, kinds == FIXED], [floor, 0.0], -np.inf)
        bounds = optimize.Bounds(low.ravel(), np.where(kinds == FIXED, 0.0, np.inf).ravel())
    found = optimize.minimize(
        loss, np.zeros((columns + 1) * heads), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": steps, "maxfun": steps * 2, "maxcor": 8},
    )  # fmt: skip
    table = found.x.reshape(columns + 1, heads)
    weights = start.weights.copy()
    weights[used] += table[:columns] * scale[used][:, None]
    return Fitted(weights=weights, bias=table[columns] + start.bias)
