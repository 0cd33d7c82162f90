"""Fitting of logistic heads."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from fengsheng.fitting import Fitted, fit_heads, rarity

ROWS = sparse.csr_matrix(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]] * 10, dtype=np.float32))
TARGETS = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]] * 10)


def test_heads_learn_what_separates() -> None:
    fitted = fit_heads(ROWS, TARGETS, scale=np.ones(2), strength=10.0)
    assert fitted.weights[0, 0] > 2 > abs(fitted.weights[1, 0]) and fitted.weights[1, 1] > 2


def test_signs_are_respected() -> None:
    kept = fit_heads(ROWS, 1 - TARGETS, scale=np.ones(2), strength=10.0, signs=np.ones((2, 2)))
    assert (kept.weights >= -1e-6).all()


def test_heads_that_nobody_speaks_of_stay_as_they_were() -> None:
    start = Fitted(weights=np.array([[5.0, 1.0], [0.0, 5.0]]), bias=np.array([0.5, -0.5]))
    targets = TARGETS.copy()
    targets[:, 1] = np.nan
    fitted = fit_heads(ROWS, targets, scale=np.ones(2), strength=1.0, start=start)
    assert np.array_equal(fitted.weights[:, 1], start.weights[:, 1]) and fitted.bias[1] == start.bias[1]
    assert not np.array_equal(fitted.weights[:, 0], start.weights[:, 0])


def test_rows_that_do_not_speak_of_a_head_do_not_touch_it() -> None:
    targets = TARGETS.copy()
    targets[20:, 0] = np.nan
    some = fit_heads(ROWS, targets, scale=np.ones(2), strength=1.0)
    alone = fit_heads(ROWS[:20], TARGETS[:20], scale=np.ones(2), strength=1.0)
    assert np.allclose(some.weights[:, 0], alone.weights[:, 0], atol=1e-3)


def test_columns_without_reach_stay_as_they_were() -> None:
    start = Fitted(weights=np.array([[0.3, 0.3], [0.3, 0.3]]), bias=np.zeros(2))
    fitted = fit_heads(ROWS, TARGETS, scale=np.array([1.0, 0.0]), strength=10.0, start=start)
    assert np.array_equal(fitted.weights[1], start.weights[1]) and fitted.weights[0, 0] > 1


def test_weights_count_examples() -> None:
    targets = np.array([[1.0], [0.0]])
    rows = sparse.csr_matrix(np.ones((2, 1), dtype=np.float32))
    fitted = fit_heads(rows, targets, scale=np.ones(1), strength=1.0, weight=np.array([3.0, 1.0]))
    logit = float(fitted.weights[0, 0] + fitted.bias[0])
    assert abs(1 / (1 + np.exp(-logit)) - 0.75) < 0.01


def test_what_is_rare_may_weigh_more() -> None:
    reach = rarity(sparse.csr_matrix(np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0]])))
    assert reach[0] > reach[1]
