"""Log-scale tables: a figure such as followers → points, straight lines between the anchors on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Anchors = Sequence[tuple[float, float]]
"""(figure, points) pairs, both rising."""


def score_on(anchors: Anchors, figure: float) -> float:
    """Points for ``figure``; below the first anchor its points, above the last anchor its points. Never falls as figure rises."""
    first, last = anchors[0], anchors[-1]
    if figure <= first[0]:
        return first[1]
    if figure >= last[0]:
        return last[1]
    for (low, low_points), (high, high_points) in pairwise(anchors):
        if figure <= high:
            share = (math.log1p(figure) - math.log1p(low)) / (math.log1p(high) - math.log1p(low))
            return low_points + share * (high_points - low_points)
    return last[1]
