"""A playbook (预案): goal, scope, steps with roles and time limits (P5). Text in, playbook and located problems out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Localised = Mapping[str, str]
"""Language ("zh", "en") → text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    key: str
    """Stable id in the playbook, ASCII, e.g. ``assemble``."""
    title: Localised
    norm: Localised
    """What has to be done, the working norm (工作规范)."""
    roles: tuple[str, ...]
    """Responsible role first, assisting roles after it."""
    take_within: int
    """Minutes from the step's start until somebody must have taken it."""
    done_within: int
    """Minutes from the step's start until it must be done."""
    recurs: int | None = None
    """Minutes after which a done step opens again until the incident is closed; None = once."""
    optional: bool = False
    outward: bool = False
    """Wording that goes outside: a second person confirms it (P8)."""
    needs_evidence: bool = True
    input: Localised | None = None
    output: Localised | None = None
    resources: Localised | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Playbook:
    name: str
    version: str
    """First 12 hex digits of the SHA-256 of the file's text."""
    title: Localised
    goal: Localised
    scope: Localised
    risks: tuple[str, ...]
    """Risk levels it serves: high, medium, low."""
    crisis_types: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    flow: Localised | None = None
    exceptions: Localised | None = None
    forms: tuple[Localised, ...] = ()
    text: str = ""
    """The file's text: what storage keeps, so that a running incident keeps the version it started with."""

    def step(self, key: str) -> Step | None:
        return next((s for s in self.steps if s.key == key), None)
