"""Small values that every mention makes anew: dataclasses that cost a fourth of frozen ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def made_often(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]:
    """A dataclass with slots that mypy holds frozen.

    ``frozen=True`` sets every field through ``object.__setattr__``, which takes four times as long at run time; an assessment with all
    that leads to it has some 150 fields.
    """
    return dataclass(kw_only=kw_only, slots=True, unsafe_hash=True)
