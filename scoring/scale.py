"""Log-scale tables: a figure such as followers → points, straight lines between the anchors on a logarithmic axis."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable


class Anchors:
    """(figure, points) pairs, both rising, made ready for many lookups."""

    __slots__ = ("_figures", "_logs", "_points", "pairs")

    def __init__(self, pairs: Iterable[tuple[float, float]]) -> None:
        self.pairs = tuple(pairs)
        self._figures = [figure for figure, _ in self.pairs]
        self._points = [points for _, points in self.pairs]
        self._logs = [math.log1p(figure) for figure in self._figures]

    def __repr__(self) -> str:
        return f"Anchors({self.pairs})"

    def score(self, figure: float) -> float:
        """Points for ``figure``; below the first anchor its points, above the last its points. Never falls as figure rises."""
        place = bisect_right(self._figures, figure)
        if place == 0:
            return self._points[0]
        if place == len(self._figures):
            return self._points[-1]
        logs, points = self._logs, self._points
        share = (math.log1p(figure) - logs[place - 1]) / (logs[place] - logs[place - 1])
        return points[place - 1] + share * (points[place] - points[place - 1])
