"""A playbook (预案): goal, scope, steps with roles and time limits (P5). Text in, playbook and located problems out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playbooks.reading import FieldReader, Localised
from playbooks.roles import ROLES
from records.errors import Problem
from records.located import line_of, parse_yaml

PLAYBOOK_KEYS = "name title goal scope risks crisis_types flow steps exceptions forms escalates".split()
STEP_KEYS = (
    "key title norm roles take_within done_within recurs optional outward needs_evidence after input output resources"
).split()
RISKS = ("high", "medium", "low")


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
    return _PlaybookReader(text, file).read()


class _PlaybookReader:
    """One reading of one file."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._fields = FieldReader(file)

    def read(self) -> tuple[Playbook | None, list[Problem]]:
        document, problems = parse_yaml(self._text, self._file)
        if problems:
            return None, problems
        if not isinstance(document, Mapping):
            what = f"a playbook is a mapping with the keys {', '.join(PLAYBOOK_KEYS)}"
            return None, [Problem(file=self._file, line=1, what=what)]
        playbook = self._playbook(document)
        found = sorted(set(self._fields.problems), key=lambda p: (p.line or 0, p.what))
        return (None if found else playbook), found

    def _playbook(self, document: Mapping[Any, Any]) -> Playbook:
        fields, where = self._fields, "the playbook"
        fields.known(document, PLAYBOOK_KEYS, where)
        return Playbook(
            name=fields.name(document, "name", where),
            version=playbook_version(self._text),
            title=fields.localised(document, "title", where) or {},
            goal=fields.localised(document, "goal", where) or {},
            scope=fields.localised(document, "scope", where) or {},
            risks=fields.words(document, "risks", where, RISKS, needed=True),
            crisis_types=fields.words(document, "crisis_types", where, None),
            steps=self._steps(document),
            flow=fields.localised(document, "flow", where, needed=False),
            exceptions=fields.localised(document, "exceptions", where, needed=False),
            forms=self._forms(document),
            escalates=fields.flag(document, "escalates", where, True),
            text=self._text,
        )

    def _steps(self, document: Mapping[Any, Any]) -> tuple[Step, ...]:
        nodes = document.get("steps")
        if not isinstance(nodes, list) or not nodes:
            self._fields.tell(line_of(document, "steps"), '"steps" must be a list with at least one step')
            return ()
        steps: list[Step] = []
        lines: dict[str, int | None] = {}
        for number, node in enumerate(nodes):
            line = line_of(nodes, number)
            if not isinstance(node, Mapping):
                self._fields.tell(line, f"step {number + 1} must be a mapping with the keys {', '.join(STEP_KEYS)}")
                continue
            step = self._step(node, number + 1, tuple(lines))
            if step.key and step.key in lines:
                where = f" (first in line {lines[step.key]})"
                self._fields.tell(
                    line_of(node, "key"), f'step key "{step.key}" stands twice{where}: each step needs its own'
                )
            elif step.key:
                lines[step.key] = line_of(node, "key")
            steps.append(step)
        return tuple(steps)

    def _step(self, node: Mapping[Any, Any], number: int, earlier: tuple[str, ...]) -> Step:
        key = self._fields.name(node, "key", f"step {number}")
        where = f'step "{key}"' if key else f"step {number}"
        self._fields.known(node, STEP_KEYS, where)
        take = self._fields.minutes(node, "take_within", where)
        done = self._fields.minutes(node, "done_within", where)
        if take is not None and done is not None and take > done:
            self._fields.tell(
                line_of(node, "take_within"),
                f'"take_within" of {where} is {take} minutes, longer than "done_within" with {done}: '
                "a step is taken before it is done",
            )
        return Step(
            key=key,
            title=self._fields.localised(node, "title", where) or {},
            norm=self._fields.localised(node, "norm", where) or {},
            roles=self._fields.words(node, "roles", where, tuple(ROLES), needed=True),
            take_within=take or 1,
            done_within=done or 1,
            recurs=self._fields.minutes(node, "recurs", where, needed=False),
            optional=self._fields.flag(node, "optional", where, False),
            outward=self._fields.flag(node, "outward", where, False),
            needs_evidence=self._fields.flag(node, "needs_evidence", where, True),
            after=self._after(node, where, earlier),
            input=self._fields.localised(node, "input", where, needed=False),
            output=self._fields.localised(node, "output", where, needed=False),
            resources=self._fields.localised(node, "resources", where, needed=False),
        )

    def _after(self, node: Mapping[Any, Any], where: str, earlier: tuple[str, ...]) -> tuple[str, ...]:
        if not earlier and node.get("after"):
            self._fields.tell(line_of(node, "after"), f'"after" of {where}: no step stands before it')
            return ()
        return self._fields.words(node, "after", where, earlier)

    def _forms(self, document: Mapping[Any, Any]) -> tuple[Localised, ...]:
        nodes = document.get("forms")
        if nodes is None:
            return ()
        if not isinstance(nodes, list):
            self._fields.tell(line_of(document, "forms"), '"forms" must be a list of texts in zh and en')
            return ()
        found = (self._fields.localised_value(n, line_of(nodes, i), f"form {i + 1}") for i, n in enumerate(nodes))
        return tuple(form for form in found if form)
