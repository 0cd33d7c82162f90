"""Reading the fields of a scenario file: every wrong value becomes a located problem, nothing is raised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from records.errors import Problem
from records.located import line_of, unknown_keys

_DURATION = re.compile(r"(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+(?:\.\d+)?)s)?")
_MISSING = object()


def parse_duration(value: Any) -> float | None:
    """Seconds of "3m05s", "90s", "1h 2m" or a plain number of seconds; None where it is none of these."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value >= 0 else None
    match = _DURATION.fullmatch(str(value).strip())
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


class Fields:
    """One mapping of the file. Reading a field returns its value, or the given default after noting a problem."""

    def __init__(self, node: Any, file: str, where: str, problems: list[Problem], line: int | None = None) -> None:
        self.file, self.where, self.problems = file, where, problems
        self.node: Mapping[Any, Any] = node if isinstance(node, Mapping) else {}
        self.line = line_of(node) or line
        if not isinstance(node, Mapping):
            shown = "nothing" if node is None else f"{node!r}"
            self.note(f"{where} is {shown}: a mapping of names to values is accepted")

    def note(self, what: str, key: Any = None) -> None:
        line = line_of(self.node, key) if key is not None else None
        self.problems.append(Problem(file=self.file, line=line or self.line, what=what))

    def only(self, *accepted: str) -> None:
        """Note every key that is not accepted."""
        self.problems.extend(unknown_keys(self.node, accepted, self.file, self.where))

    def has(self, key: str) -> bool:
        return self.node.get(key) is not None

    def _value(self, key: str, accepted: str, needed: bool) -> Any:
        value = self.node.get(key)
        if value is None:
            if needed:
                self.note(f"{self.where} has no {key}: {accepted} is needed")
            return _MISSING
        return value

    def text(self, key: str, *, needed: bool = True, default: str = "") -> str:
        value = self._value(key, "text", needed)
        if value is _MISSING:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            self.note(f"{key} of {self.where} is {value!r}: non-empty text is accepted", key)
            return default
        if self._cut_by_comment(key):
            self.note(
                f'{key} of {self.where} ends at " #", which begins a comment: put the text in quotes or in a |- block',
                key,
            )
        return str(value).strip()

    def _cut_by_comment(self, key: str) -> bool:
        """A comment stands on the line of the value: in posts that is a topic (#…#) somebody forgot to quote."""
        comments = getattr(getattr(self.node, "ca", None), "items", {}).get(key) or []
        return any(str(getattr(token, "value", "")).startswith("#") for token in comments if token)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.node.get(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.note(f"{key} of {self.where} is {value!r}: a list of texts is accepted", key)
            return ()
        kept = []
        for item in value:
            if isinstance(item, str | int | float) and not isinstance(item, bool) and str(item).strip():
                kept.append(str(item).strip())
            else:
                self.note(f"{key} of {self.where} holds {item!r}: only non-empty texts are accepted", key)
        return tuple(kept)

    def whole(self, key: str, *, needed: bool = True, default: int = 0, least: int | None = 0) -> int:
        accepted = "a whole number" if least is None else f"a whole number of {least} or more"
        value = self._value(key, accepted, needed)
        if value is _MISSING:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or (least is not None and value < least):
            self.note(f"{key} of {self.where} is {value!r}: {accepted} is accepted", key)
            return default
        return int(value)

    def flag(self, key: str) -> bool:
        value = self.node.get(key, False)
        if not isinstance(value, bool):
            self.note(f"{key} of {self.where} is {value!r}: true or false is accepted", key)
            return False
        return value

    def duration(self, key: str, *, needed: bool = True, default: float = 0.0) -> float:
        accepted = 'a time such as "3m05s", "90s" or a number of seconds'
        value = self._value(key, accepted, needed)
        if value is _MISSING:
            return default
        seconds = parse_duration(value)
        if seconds is None:
            self.note(f"{key} of {self.where} is {value!r}: {accepted} is accepted", key)
            return default
        return seconds

    def choice(self, key: str, accepted: Iterable[str], *, needed: bool = True, default: str = "") -> str:
        accepted = [str(a) for a in accepted]
        value = self._value(key, "one of " + ", ".join(accepted), needed)
        if value is _MISSING:
            return default
        if str(value) not in accepted:
            self.note(f"{key} of {self.where} is {value!r}: accepted are {', '.join(accepted)}", key)
            return default
        return str(value)

    def inner(self, key: str, where: str, *, needed: bool = True) -> Fields | None:
        value = self._value(key, "a mapping", needed)
        if value is _MISSING:
            return None
        return Fields(value, self.file, where, self.problems, line_of(self.node, key))

    def each(self, key: str, where: str, *, needed: bool = True) -> list[Fields]:
        """The mappings of a list; ``where`` gets the 1-based place in the list."""
        value = self._value(key, "a list", needed)
        if value is _MISSING:
            return []
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            self.note(f"{key} of {self.where} is {type(value).__name__}: a list is accepted", key)
            return []
        return [
            Fields(item, self.file, f"{where} {place}", self.problems, line_of(value, place - 1))
            for place, item in enumerate(value, 1)
        ]
