"""Reads a playbook's YAML and lists everything that is wrong in it, each with its line and what is accepted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from playbooks.playbook import LANGUAGES, Localised, Playbook, Step, playbook_version
from playbooks.roles import ROLES
from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys

PLAYBOOK_KEYS = "name title goal scope risks crisis_types flow steps exceptions forms escalates".split()
STEP_KEYS = (
    "key title norm roles take_within done_within recurs optional outward needs_evidence after input output resources"
).split()
RISKS = ("high", "medium", "low")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
LONGEST = 90 * 24 * 60
"""Longest limit in minutes: 90 days."""


class PlaybookReader:
    """One reading of one file: values come out of the methods, problems gather in ``problems``."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self.problems: list[Problem] = []

    def read(self) -> tuple[Playbook | None, list[Problem]]:
        document, self.problems = parse_yaml(self._text, self._file)
        if self.problems:
            return None, self.problems
        if not isinstance(document, Mapping):
            self._tell(1, f"a playbook is a mapping with the keys {', '.join(PLAYBOOK_KEYS)}")
            return None, self.problems
        self.problems += unknown_keys(document, PLAYBOOK_KEYS, self._file, "the playbook")
        playbook = Playbook(
            name=self._name(document, "name", "the playbook"),
            version=playbook_version(self._text),
            title=self._localised(document, "title", "the playbook") or {},
            goal=self._localised(document, "goal", "the playbook") or {},
            scope=self._localised(document, "scope", "the playbook") or {},
            risks=self._words(document, "risks", "the playbook", RISKS, needed=True),
            crisis_types=self._words(document, "crisis_types", "the playbook", None),
            steps=self._steps(document),
            flow=self._localised(document, "flow", "the playbook", needed=False),
            exceptions=self._localised(document, "exceptions", "the playbook", needed=False),
            forms=self._forms(document),
            escalates=self._flag(document, "escalates", "the playbook", True),
            text=self._text,
        )
        self.problems = sorted(set(self.problems), key=lambda p: (p.line or 0, p.what))
        return (None if self.problems else playbook), self.problems

    def _steps(self, document: Mapping[Any, Any]) -> tuple[Step, ...]:
        nodes = document.get("steps")
        if not isinstance(nodes, list) or not nodes:
            self._tell(line_of(document, "steps"), '"steps" must be a list with at least one step')
            return ()
        steps: list[Step] = []
        lines: dict[str, int | None] = {}
        for number, node in enumerate(nodes):
            line = line_of(nodes, number)
            if not isinstance(node, Mapping):
                self._tell(line, f"step {number + 1} must be a mapping with the keys {', '.join(STEP_KEYS)}")
                continue
            step = self._step(node, number + 1, tuple(lines))
            if step.key and step.key in lines:
                where = f" (first in line {lines[step.key]})"
                self._tell(line_of(node, "key"), f'step key "{step.key}" stands twice{where}: each step needs its own')
            elif step.key:
                lines[step.key] = line_of(node, "key")
            steps.append(step)
        return tuple(steps)

    def _step(self, node: Mapping[Any, Any], number: int, earlier: tuple[str, ...]) -> Step:
        key = self._name(node, "key", f"step {number}")
        where = f'step "{key}"' if key else f"step {number}"
        self.problems += unknown_keys(node, STEP_KEYS, self._file, where)
        take = self._minutes(node, "take_within", where)
        done = self._minutes(node, "done_within", where)
        if take is not None and done is not None and take > done:
            self._tell(
                line_of(node, "take_within"),
                f'"take_within" of {where} is {take} minutes, longer than "done_within" with {done}: '
                "a step is taken before it is done",
            )
        return Step(
            key=key,
            title=self._localised(node, "title", where) or {},
            norm=self._localised(node, "norm", where) or {},
            roles=self._words(node, "roles", where, tuple(ROLES), needed=True),
            take_within=take or 1,
            done_within=done or 1,
            recurs=self._minutes(node, "recurs", where, needed=False),
            optional=self._flag(node, "optional", where, False),
            outward=self._flag(node, "outward", where, False),
            needs_evidence=self._flag(node, "needs_evidence", where, True),
            after=self._after(node, where, earlier),
            input=self._localised(node, "input", where, needed=False),
            output=self._localised(node, "output", where, needed=False),
            resources=self._localised(node, "resources", where, needed=False),
        )

    def _after(self, node: Mapping[Any, Any], where: str, earlier: tuple[str, ...]) -> tuple[str, ...]:
        if not earlier and node.get("after"):
            self._tell(line_of(node, "after"), f'"after" of {where}: no step stands before it')
            return ()
        return self._words(node, "after", where, earlier)

    def _forms(self, document: Mapping[Any, Any]) -> tuple[Localised, ...]:
        nodes = document.get("forms")
        if nodes is None:
            return ()
        if not isinstance(nodes, list):
            self._tell(line_of(document, "forms"), '"forms" must be a list of texts in zh and en')
            return ()
        found = (self._localised_value(n, line_of(nodes, i), f"form {i + 1}") for i, n in enumerate(nodes))
        return tuple(form for form in found if form)

    def _name(self, node: Mapping[Any, Any], key: str, where: str) -> str:
        value = node.get(key)
        if isinstance(value, str) and NAME.match(value):
            return str(value)
        shown = "is missing" if value is None else f"is {_shown(value)}"
        accepted = "a small letter, then small letters, digits and _ (at most 40) are accepted"
        self._tell(line_of(node, key), f'"{key}" of {where} {shown}: {accepted}')
        return ""

    def _localised(self, node: Mapping[Any, Any], key: str, where: str, *, needed: bool = True) -> Localised | None:
        value = node.get(key)
        if value is None:
            if needed:
                self._tell(line_of(node, key), f'"{key}" of {where} is missing: a text in zh and en is needed')
            return None
        return self._localised_value(value, line_of(node, key), f'"{key}" of {where}')

    def _localised_value(self, value: Any, line: int | None, what: str) -> Localised | None:
        if not isinstance(value, Mapping):
            self._tell(line, f"{what} must be a mapping with a text in zh and one in en")
            return None
        self.problems += unknown_keys(value, LANGUAGES, self._file, what)
        texts = {}
        for language in LANGUAGES:
            text = value.get(language)
            if isinstance(text, str) and text.strip():
                texts[language] = str(text).strip()
            else:
                at = line_of(value, language) or line
                self._tell(at, f"{what} has no text in {language}: both zh and en are needed")
        return texts

    def _words(
        self,
        node: Mapping[Any, Any],
        key: str,
        where: str,
        accepted: Iterable[str] | None,
        *,
        needed: bool = False,
    ) -> tuple[str, ...]:
        """A list of words; ``accepted`` None = any name."""
        value = node.get(key)
        choice = f"accepted are {', '.join(accepted)}" if accepted is not None else "names in small letters are accepted"
        if value is None or value == []:
            if needed:
                self._tell(line_of(node, key), f'"{key}" of {where} needs at least one entry: {choice}')
            return ()
        if not isinstance(value, list):
            self._tell(line_of(node, key), f'"{key}" of {where} must be a list, such as [a, b]: {choice}')
            return ()
        words: list[str] = []
        for number, word in enumerate(value):
            line = line_of(value, number)
            if not isinstance(word, str) or (word not in accepted if accepted is not None else not NAME.match(word)):
                near = difflib.get_close_matches(str(word), accepted or (), n=1)
                hint = f'did you mean "{near[0]}"? ' if near else ""
                self._tell(line, f'"{key}" of {where} has {_shown(word)}: {hint}{choice}')
            elif word in words:
                self._tell(line, f'"{key}" of {where} names "{word}" twice')
            else:
                words.append(str(word))
        return tuple(words)

    def _minutes(self, node: Mapping[Any, Any], key: str, where: str, *, needed: bool = True) -> int | None:
        value = node.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST:
            return int(value)
        if value is None and not needed:
            return None
        shown = "is missing" if value is None else f"is {_shown(value)}"
        accepted = f"a whole number of minutes from 1 to {LONGEST} is accepted"
        self._tell(line_of(node, key), f'"{key}" of {where} {shown}: {accepted}')
        return None

    def _flag(self, node: Mapping[Any, Any], key: str, where: str, default: bool) -> bool:
        value = node.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self._tell(line_of(node, key), f'"{key}" of {where} is {_shown(value)}: true or false is accepted')
        return default

    def _tell(self, line: int | None, what: str) -> None:
        self.problems.append(Problem(file=self._file, line=line, what=what))


def _shown(value: Any) -> str:
    """A wrong value as it is shown in a sentence, short and on one line."""
    text = " ".join(str(value).split())
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
