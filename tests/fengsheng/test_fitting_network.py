"""The network's training: it learns what a linear model cannot, leaves unread what it must, keeps only the heads asked for."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from fengsheng.fitting_network import LEAST_POSTS, fit_network
from scoring.learned import gram_rows, sigmoid
from scoring.ngrams import BUCKETS, hash_grams


def either_or(copies: int) -> tuple[sparse.csr_matrix, sparse.csr_matrix, np.ndarray]:
    """Two findings of which one alone means something, and both together nothing: no linear model can say that."""
    cases = [[0, 0], [0, 1], [1, 0], [1, 1]] * copies
    grams = gram_rows(hash_grams(["无"] * len(cases)))
    targets = np.array([[float(a != b), float(a)] for a, b in cases])
    return grams, sparse.csr_matrix(np.array(cases, dtype=np.float32)), targets


def test_it_learns_what_no_sum_of_findings_says() -> None:
    grams, found, targets = either_or(60)
    net = fit_network(
        grams, found, targets, np.ones(len(targets)), heads=2, unseen=np.zeros(2, bool), counted=len(targets), epochs=60
    )
    chances = sigmoid(net.logits(grams[:4], found[:4]))
    assert (chances[:, 0].round() == targets[:4, 0]).all(), chances


def test_what_it_must_not_read_moves_nothing() -> None:
    grams, found, targets = either_or(10)
    net = fit_network(
        grams, found, targets, np.ones(len(targets)), heads=2, unseen=np.array([True, False]), counted=40, epochs=2
    )
    swapped = found.toarray()
    swapped[:, 0] = 1 - swapped[:, 0]
    assert np.array_equal(net.logits(grams, found), net.logits(grams, sparse.csr_matrix(swapped)))


def test_rare_ngrams_have_no_row_and_further_heads_are_dropped() -> None:
    texts = ["常见的词"] * LEAST_POSTS + ["罕见"]
    grams = gram_rows(hash_grams(texts))
    targets = np.full((len(texts), 3), np.nan)
    targets[:, 0], targets[-1, 2] = 1.0, 0.0
    net = fit_network(
        grams, sparse.csr_matrix((len(texts), 0), dtype=np.float32), targets, np.ones(len(texts)), heads=1,
        unseen=np.zeros(0, bool), counted=len(texts), epochs=1,
    )  # fmt: skip
    known = set(hash_grams(["常见的词"]).bucket.tolist())
    assert set(np.flatnonzero(net.place).tolist()) == known
    assert net.logits(grams, sparse.csr_matrix((len(texts), 0), dtype=np.float32)).shape == (len(texts), 1)


def test_training_is_the_same_again() -> None:
    grams, found, targets = either_or(5)
    nets = [
        fit_network(grams, found, targets, np.ones(20), heads=2, unseen=np.zeros(2, bool), counted=20, epochs=3)
        for _ in range(2)
    ]
    assert np.array_equal(nets[0].table, nets[1].table) and np.array_equal(nets[0].out, nets[1].out)
    assert nets[0].place.shape == (BUCKETS,)
