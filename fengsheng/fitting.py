"""Fitting linear models: many logistic heads at once over sparse rows, pulled towards given weights (for ``fengsheng train``)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

Floats = NDArray[np.float64]


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
    steps: int = 60,
) -> Fitted:
    """Weights of independent logistic heads that minimise weighted log loss + ½ Σ((w - start) / scale)² / strength.

    Args:
        rows: (examples, columns).
        targets: (examples, heads), chances 0–1; NaN = this example says nothing of this head.
        scale: (columns,) how far each column's weight may go.
        strength: the larger, the freer (scikit-learn's C).
        weight: (examples,) of each example; None = all 1.
        start: weights to stay near; None = 0.
        signs: (columns, heads) 1 where a weight must not be negative, 0 where it is free; None = all free.
        steps: iterations of L-BFGS at most.
    """
    examples, heads = targets.shape
    used = np.unique(rows.indices)
    narrow = rows[:, used].tocsr().astype(np.float64)
    scaled = (narrow @ sparse.diags(scale[used])).tocsr()
    turned = scaled.T.tocsr()
    base = np.zeros((examples, heads)) if start is None else narrow @ start.weights[used] + start.bias
    known = ~np.isnan(targets)
    wanted = np.where(known, targets, 0.0)
    each = known * (np.ones(examples) if weight is None else weight)[:, None]
    columns = used.size
    floor = None
    if signs is not None:
        before = np.zeros((columns, heads)) if start is None else start.weights[used]
        floor = np.where(signs[used] > 0, -before / scale[used][:, None], -np.inf)

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(columns + 1, heads)
        logits = base + scaled @ table[:columns] + table[columns]
        value = np.sum(each * (np.logaddexp(0.0, logits) - wanted * logits))
        error = each * (1.0 / (1.0 + np.exp(-np.clip(logits, -35, 35))) - wanted)
        gradient = np.empty_like(table)
        gradient[:columns] = turned @ error + table[:columns] / strength
        gradient[columns] = error.sum(axis=0)
        return float(value + 0.5 * np.sum(table[:columns] ** 2) / strength), gradient.ravel()

    bounds = None
    if floor is not None:
        low = np.vstack((floor, np.full((1, heads), -np.inf))).ravel()
        bounds = optimize.Bounds(low, np.full(low.size, np.inf))
    found = optimize.minimize(
        loss, np.zeros((columns + 1) * heads), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": steps, "maxfun": steps * 2, "maxcor": 8},
    )  # fmt: skip
    table = found.x.reshape(columns + 1, heads)
    weights = np.zeros((rows.shape[1], heads)) if start is None else start.weights.copy()
    weights[used] += table[:columns] * scale[used][:, None]
    bias = table[columns] + (0.0 if start is None else start.bias)
    return Fitted(weights=weights, bias=bias)
