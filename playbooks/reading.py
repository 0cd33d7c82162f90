"""Reads the fields of a file that people wrote: values come out, everything wrong is listed with its line and what is accepted."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from records.errors import Problem
from records.located import line_of, unknown_keys

Localised = Mapping[str, str]
"""Language ("zh", "en") → text."""

LANGUAGES = ("zh", "en")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
FOLD = re.compile(r"(?<=[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef])[ \t]+(?=[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef])")
"""The space that YAML's folding leaves between two Chinese characters where a line ended."""
LONGEST = 90 * 24 * 60
"""Longest limit in minutes: 90 days."""


class FieldReader:
    """Fields of one file's mappings; problems gather in ``problems``. ``where`` names the mapping in sentences."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def known(self, node: Mapping[Any, Any], keys: Sequence[str], where: str) -> None:
        """A problem for every key that is not accepted, with the nearest right one."""
        self.problems += unknown_keys(node, keys, self.file, where)

    def name(self, node: Mapping[Any, Any], key: str, where: str) -> str:
        value = node.get(key)
        if isinstance(value, str) and NAME.match(value):
            return str(value)
        shown = "is missing" if value is None else f"is {_shown(value)}"
        accepted = "a small letter, then small letters, digits and _ (at most 40) are accepted"
        self.tell(line_of(node, key), f'"{key}" of {where} {shown}: {accepted}')
        return ""

    def localised(self, node: Mapping[Any, Any], key: str, where: str, *, needed: bool = True) -> Localised | None:
        value = node.get(key)
        if value is None:
            if needed:
                self.tell(line_of(node, key), f'"{key}" of {where} is missing: a text in zh and en is needed')
            return None
        return self.localised_value(value, line_of(node, key), f'"{key}" of {where}')

    def localised_value(self, value: Any, line: int | None, what: str) -> Localised | None:
        if not isinstance(value, Mapping):
            self.tell(line, f"{what} must be a mapping with a text in zh and one in en")
            return None
        self.problems += unknown_keys(value, LANGUAGES, self.file, what)
        texts = {}
        for language in LANGUAGES:
            text = value.get(language)
            if isinstance(text, str) and text.strip():
                texts[language] = FOLD.sub("", text.strip()) if language == "zh" else str(text).strip()
            else:
                at = line_of(value, language) or line
                self.tell(at, f"{what} has no text in {language}: both zh and en are needed")
        return texts

    def words(
        self,
        node: Mapping[Any, Any],
        key: str,
        where: str,
        accepted: Sequence[str] | None,
        *,
        needed: bool = False,
    ) -> tuple[str, ...]:
        """A list of words; ``accepted`` None = any name."""
        value = node.get(key)
        choice = (
            f"accepted are {', '.join(accepted)}" if accepted is not None else "names in small letters are accepted"
        )
        if value is None or value == []:
            if needed:
                self.tell(line_of(node, key), f'"{key}" of {where} needs at least one entry: {choice}')
            return ()
        if not isinstance(value, list):
            self.tell(line_of(node, key), f'"{key}" of {where} must be a list, such as [a, b]: {choice}')
            return ()
        words: list[str] = []
        for number, word in enumerate(value):
            line = line_of(value, number)
            if not isinstance(word, str) or (word not in accepted if accepted is not None else not NAME.match(word)):
                near = difflib.get_close_matches(str(word), accepted or (), n=1)
                hint = f'did you mean "{near[0]}"? ' if near else ""
                self.tell(line, f'"{key}" of {where} has {_shown(word)}: {hint}{choice}')
            elif word in words:
                self.tell(line, f'"{key}" of {where} names "{word}" twice')
            else:
                words.append(str(word))
        return tuple(words)

    def minutes(self, node: Mapping[Any, Any], key: str, where: str, *, needed: bool = True) -> int | None:
        value = node.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST:
            return int(value)
        if value is None and not needed:
            return None
        shown = "is missing" if value is None else f"is {_shown(value)}"
        accepted = f"a whole number of minutes from 1 to {LONGEST} is accepted"
        self.tell(line_of(node, key), f'"{key}" of {where} {shown}: {accepted}')
        return None

    def flag(self, node: Mapping[Any, Any], key: str, where: str, default: bool) -> bool:
        value = node.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.tell(line_of(node, key), f'"{key}" of {where} is {_shown(value)}: true or false is accepted')
        return default

    def tell(self, line: int | None, what: str) -> None:
        self.problems.append(Problem(file=self.file, line=line, what=what))


def _shown(value: Any) -> str:
    """A wrong value as it is shown in a sentence, short and on one line."""
    text = " ".join(str(value).split())
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
