"""A playbook (预案): goal, scope, steps with roles and time limits (P5). Text in, playbook and located problems out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from records.errors import Problem

Localised = Mapping[str, str]
"""Language ("zh", "en") → text."""

LANGUAGES = ("zh", "en")


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
    """Minutes from the step's start until it must be done. A step starts when its incident opens (an optional one when
    somebody takes it, a recurring one each time it opens again)."""
    recurs: int | None = None
    """Minutes after which a done step opens again until the incident is closed; None = once."""
    optional: bool = False
    """Nobody is reminded of it until somebody takes it, and closing does not wait for it."""
    outward: bool = False
    """Wording that goes outside: a second person confirms it (P8)."""
    needs_evidence: bool = True
    after: tuple[str, ...] = ()
    """Keys of earlier steps that must be done or skipped before this one can be reported as done (P2: no remedy before
    the core problem is noted)."""
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
    """Types of crisis it is made for (P4), as assessments name them; empty = any."""
    steps: tuple[Step, ...]
    flow: Localised | None = None
    exceptions: Localised | None = None
    forms: tuple[Localised, ...] = ()
    escalates: bool = True
    """Whether steps that A and B let pass go to the lead; False = they are only noted as overdue (P3)."""
    text: str = ""
    """The file's text: what storage keeps, so that a running incident keeps the version it started with."""

    def step(self, key: str) -> Step | None:
        return next((s for s in self.steps if s.key == key), None)


def in_language(text: Localised | None, language: str = "zh") -> str:
    """The text in one language, in Chinese where that language is missing, "" where there is none."""
    if text is None:
        return ""
    return text.get(language) or text.get("zh", "")


def playbook_version(text: str) -> str:
    """Version of a playbook's text: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def parse_playbook(text: str, file: str) -> tuple[Playbook | None, list[Problem]]:
    """Parse a playbook's YAML text.

    Args:
        text: The whole file; its hash becomes the version.
        file: Name shown in problems.

    Returns:
        (playbook, problems): every problem of the file with its line; playbook is None where there is any.
    """
    from playbooks.reading import PlaybookReader

    return PlaybookReader(text, file).read()
