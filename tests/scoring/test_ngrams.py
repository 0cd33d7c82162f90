"""Hashed n-grams: a model file is worth nothing once a text falls into other buckets than when it was trained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.ngrams import BUCKETS, LONGEST, hash_grams

KNOWN = {
    "": [126334, 98368, 129257],
    "a": [126334, 5733, 51795, 126182, 118716, 129257],
    "退款": [126334, 57085, 83228, 108013, 24387, 46024, 58020, 110520, 129257],
    "\ud800星": [126334, 68198, 12885, 96483, 81511, 124069, 124098, 110017, 129257],
}


@pytest.mark.parametrize("text", KNOWN)
def test_the_hash_never_changes(text: str) -> None:
    assert hash_grams([text]).bucket.tolist() == KNOWN[text], "a changed hash makes every trained model file worthless"


def test_counts_places_and_lengths_of_a_text_with_its_marks() -> None:
    grams = hash_grams(["退款", "a"])
    assert grams.counts.tolist() == [9, 6]
    assert grams.bounds.tolist() == [0, 9, 15]
    # ^退款$ : ^, ^退, ^退款, 退, 退款, 退款$, 款, 款$, $
    assert grams.place.tolist()[:9] == [0, 0, 0, 1, 1, 1, 2, 2, 3]
    assert grams.length.tolist()[:9] == [1, 2, 3, 1, 2, 3, 1, 2, 1]
    assert grams.bucket.dtype == np.int32 and (grams.bucket >= 0).all() and (grams.bucket < BUCKETS).all()


def test_no_texts_have_no_grams() -> None:
    grams = hash_grams([])
    assert grams.bucket.size == 0 and grams.counts.size == 0 and grams.bounds.tolist() == [0]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_a_texts_grams_are_the_same_alone_and_among_others(texts: list[str]) -> None:
    together = hash_grams(texts)
    for number, text in enumerate(texts):
        alone = hash_grams([text])
        start, end = together.bounds[number : number + 2]
        for part in ("bucket", "place", "length"):
            assert getattr(together, part)[start:end].tolist() == getattr(alone, part).tolist()
        marks = len(text) + 2
        assert alone.counts.tolist() == [sum(marks - size + 1 for size in range(1, LONGEST + 1) if size <= marks)]


def test_equal_stretches_share_their_buckets_wherever_they_stand() -> None:
    one, other = (set(hash_grams([t]).bucket.tolist()) for t in ("不给退款", "退款太慢"))
    middle = hash_grams(["退款"])
    shared = {b for b, p, n in zip(middle.bucket, middle.place, middle.length, strict=True) if p >= 1 and p + n <= 3}
    assert len(shared) == 3 and shared <= one & other
