"""Small values that every mention makes anew: dataclasses that cost a fourth of frozen ones, and properties found once at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def made_often(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]:
    """A dataclass with slots that mypy holds frozen.

    ``frozen=True`` sets every field through ``object.__setattr__``, which takes four times as long at run time; an assessment with all
    that leads to it has some 150 fields.
    """
    return dataclass(kw_only=kw_only, slots=True, unsafe_hash=True)


class found_once(Generic[T]):
    """``functools.cached_property`` without the lock that it takes before Python 3.12, half of what a cheap search costs."""

    def __init__(self, find: Callable[[Any], T]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> T:
        found = owner.__dict__[self._name] = self._find(owner)
        return found
