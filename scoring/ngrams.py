"""Character n-grams of many texts at once, hashed into buckets: the input of the learned models.

A text is read as ``^text$``; its n-grams of one to three characters each fall into one of ``BUCKETS`` by multiplicative hashing of
their code points (Knuth, TAOCP 3, 6.4). Everything is done for a whole batch in numpy, so the cost a post is microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 17
LONGEST = 3
"""Characters of the longest n-gram."""
_SHIFT = np.uint32(32 - 17)
_MIX = (np.uint32(2654435761), np.uint32(2246822519), np.uint32(3266489917))


@dataclass(frozen=True, slots=True)
class Grams:
    """N-grams of a batch. All arrays but ``counts`` have one entry an n-gram, texts one after the other.

    ``bucket`` is in 0 … BUCKETS - 1; ``place`` is the index of the n-gram's first character in the text with its ``^`` in front
    (so 0 is the mark); ``length`` is 1 … LONGEST; ``counts`` tells how many n-grams each text has, at least 1.
    """

    bucket: NDArray[np.int32]
    place: NDArray[np.int32]
    length: NDArray[np.int8]
    counts: NDArray[np.int64]

    @property
    def bounds(self) -> NDArray[np.int64]:
        """Where the texts' n-grams begin, and the end of the last: one entry more than texts (CSR's row pointer)."""
        return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(self.counts)))


def hash_grams(texts: Sequence[str]) -> Grams:
    """Hash the n-grams of folded texts (``scoring.masking``); any string is accepted, lone surrogates too."""
    if not texts:
        empty = np.zeros(0, dtype=np.int32)
        return Grams(empty, empty, np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64))
    marked = "".join([f"^{text}$" for text in texts])
    codes = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter((len(text) + 2 for text in texts), dtype=np.int64, count=len(texts))
    ends = np.cumsum(lengths)
    left = np.repeat(ends, lengths) - np.arange(codes.size)  # characters from here to the end of the own text
    rows = np.empty((codes.size, LONGEST), dtype=np.uint32)
    state = codes * _MIX[0]
    rows[:, 0] = state
    for size in range(1, LONGEST):
        state = (state[:-1] ^ (state[:-1] >> np.uint32(15))) * _MIX[1] + codes[size:] * _MIX[2]
        rows[: state.size, size] = state
    sizes = np.arange(1, LONGEST + 1, dtype=np.int64)
    fits = left[:, None] >= sizes[None, :]
    buckets = ((rows * _MIX[0]) >> _SHIFT).astype(np.int32)
    starts = ends - lengths
    places = (np.arange(codes.size) - np.repeat(starts, lengths)).astype(np.int32)
    counts = sum((np.maximum(lengths - size + 1, 0) for size in range(1, LONGEST + 1)), np.zeros_like(lengths))
    return Grams(
        bucket=buckets[fits],
        place=np.repeat(places, LONGEST).reshape(-1, LONGEST)[fits],
        length=np.broadcast_to(sizes.astype(np.int8), fits.shape)[fits],
        counts=counts,
    )
