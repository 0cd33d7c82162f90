"""The network beside the linear model: what it computes, that no mention moves another's score, its part of a model file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from scoring.learned import gram_rows
from scoring.network import Network, pack_network, unpack_network
from scoring.ngrams import BUCKETS, hash_grams

UNITS, HEADS, FEATURES = 5, 3, 4
TEXTS = ["退款不给退", "好吃", "", "等了三个小时还没到，客服不理人"]


def network(kept: int = 300, seed: int = 4) -> Network:
    random = np.random.default_rng(seed)
    place = np.zeros(BUCKETS, dtype=np.int32)
    place[np.sort(hash_grams(TEXTS).bucket)[::3]] = 1
    place[random.choice(BUCKETS, kept, replace=False)] = 1
    place[place > 0] = np.arange(1, int(place.sum()) + 1)
    table = random.normal(0, 1, (int(place.max()) + 1, UNITS)).astype(np.float32)
    table[0] = 0.0
    return Network(
        place=place, table=table, dense=random.normal(0, 1, (FEATURES, UNITS)).astype(np.float32),
        bias=random.normal(0, 1, UNITS).astype(np.float32), out=random.normal(0, 1, (UNITS, HEADS)).astype(np.float32),
        lift=random.normal(0, 1, HEADS).astype(np.float32),
    )  # fmt: skip


def features(rows: int, width: int = FEATURES) -> sparse.csr_matrix:
    return sparse.random(rows, width, 0.6, format="csr", dtype=np.float32, rng=np.random.default_rng(rows))


def test_logits_are_those_of_one_hidden_layer() -> None:
    net, rows, found = network(), gram_rows(hash_grams(TEXTS)), features(len(TEXTS))
    read = np.array([net.table[net.place[i]] for i in range(BUCKETS)])
    hidden = np.maximum(rows.toarray() @ read + found.toarray() @ net.dense + net.bias, 0)
    assert (hidden > 0).any() and (hidden == 0).any()
    assert net.logits(rows, found) == pytest.approx(hidden @ net.out + net.lift, abs=1e-4)


def test_a_mention_has_the_same_logits_alone_and_in_company() -> None:
    net, found = network(), features(len(TEXTS))
    together = net.logits(gram_rows(hash_grams(TEXTS)), found)
    for place, text in enumerate(TEXTS):
        assert np.array_equal(net.logits(gram_rows(hash_grams([text])), found[place])[0], together[place])


def test_features_it_does_not_know_count_nothing() -> None:
    net, rows, wider = network(), gram_rows(hash_grams(TEXTS)), features(len(TEXTS), FEATURES + 3)
    assert wider[:, FEATURES:].nnz
    assert np.array_equal(net.logits(rows, wider), net.logits(rows, wider[:, :FEATURES]))


def test_a_share_of_it_and_heads_mixed_from_its_own() -> None:
    net, rows, found = network(), gram_rows(hash_grams(TEXTS)), features(len(TEXTS))
    whole = net.logits(rows, found)
    assert net.scaled(0.5).logits(rows, found) == pytest.approx(whole / 2, abs=1e-5)
    mixing = np.array([[0.5, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert net.mixed(mixing).logits(rows, found) == pytest.approx(whole @ mixing, abs=1e-5)


def test_it_comes_back_from_a_file_but_for_rounding() -> None:
    net = network()
    back = unpack_network(pack_network(net, "n"), "n", HEADS, FEATURES)
    assert back is not None and np.array_equal(back.place, net.place) and np.array_equal(back.bias, net.bias)
    for part in ("table", "dense", "out"):
        one, other = getattr(back, part), getattr(net, part)
        assert np.abs(one - other).max() <= np.abs(other).max() / 127 / 2 + 1e-6
    assert unpack_network({}, "n", HEADS, FEATURES) is None
    assert unpack_network(pack_network(net, "n"), "n", HEADS, FEATURES + 2) is not None, "corrections add features"


@pytest.mark.parametrize(
    ("part", "spoilt"),
    [
        ("kept", lambda a: a[1:]),
        ("kept", lambda a: a[::-1]),
        ("kept", lambda a: a + BUCKETS),
        ("kept", lambda a: np.zeros_like(a)),
        ("bias", lambda a: a[1:]),
        ("lift", lambda a: a[1:]),
        ("out", lambda a: a[1:]),
        ("dense", lambda a: a.repeat(2, axis=0)),
        ("bias", lambda a: a * np.float32("nan")),
        ("table_scale", lambda a: a * np.float32("nan")),
    ],
)
def test_a_file_whose_tables_do_not_fit_is_refused(part: str, spoilt: Callable[[Any], Any]) -> None:
    arrays = pack_network(network(), "n")
    with pytest.raises(ValueError, match="its network"):
        unpack_network(arrays | {f"n_{part}": spoilt(arrays[f"n_{part}"])}, "n", HEADS, FEATURES)
