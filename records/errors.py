"""Three kinds of errors (design 6): what people wrote, the world, and our bugs (which are left to rise)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong in a file that a person wrote, with its place."""

    file: str
    line: int | None = None
    """1-based line; None where the whole file is meant."""
    what: str
    """One clear sentence: what is wrong and what is accepted."""

    def __lt__(self, other: Problem) -> bool:
        """By file, then line (the whole file first), then sentence."""
        return (self.file, self.line or 0, self.what) < (other.file, other.line or 0, other.what)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what}"


class FengshengError(Exception):
    """Base of all errors that are told to people as one sentence."""


class BadInput(FengshengError):
    """Files or arguments that people wrote are wrong; carries every problem found (exit code 2)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))


class BadRecord(FengshengError):
    """One record of an input (a row, a line, a payload item) cannot be read; the rest goes on."""


class Failed(FengshengError):
    """The thing asked for could not be done (exit code 1); the message is one clear sentence."""
