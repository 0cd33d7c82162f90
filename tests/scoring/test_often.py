"""Values that every mention makes anew: equal and hashable by what they hold, made by keyword, without room for more."""

from __future__ import annotations

import pytest

from scoring.often import made_often


@made_often()
class Point:
    at: int
    name: str = "here"


def test_values_are_equal_by_what_they_hold_and_made_by_keyword() -> None:
    assert Point(at=1) == Point(at=1, name="here") != Point(at=2)
    assert len({Point(at=1), Point(at=1), Point(at=2)}) == 2
    with pytest.raises(TypeError):
        Point(1)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Point(at=1).other = 3  # type: ignore[attr-defined]
