"""What is wrong with a config as located sentences: what, where, and what is accepted. Knows models only by their fields.

Secrets that people wrote by mistake (a password in an address, a token) are never repeated in a sentence.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from records.errors import Problem
from records.located import line_of

Loc = tuple[str | int, ...]

SECRETIVE = ("id", "url_env", "base_url", "proxy", "urls")
"""Keys whose value is never repeated: people paste secret addresses there."""
PATTERNS = {
    "apps": "a country and a number such as cn/414478124 is accepted",
    "id": "the group's number such as -1001234567890, or @name of a public group, is accepted",
    "url_env": "the name of an environment variable such as DIGEST_URL is accepted; the secret address stands in that variable, never here",
}
BOT_TOKEN = re.compile(r"\d{6,}(:|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
SECRET_WORD = re.compile(r"token|passw|secret|cookie|api_?key|credential", re.IGNORECASE)


def address_fault(value: str) -> str | None:
    """Why a text is no http address that may stand in a config; None where it is one."""
    accepted = "an address such as https://host/path, without user name or password, is accepted"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"is no address: {accepted}"
    if "@" in parts.netloc:
        return f"has a user name or password in it: {accepted}"
    if BOT_TOKEN.search(value):
        return "has a bot token in it: the address without the token is accepted, the token is read from TELEGRAM_BOT_TOKEN"
    wrong = parts.scheme not in ("http", "https") or not host or port == 0 or len(value) > 2000
    if wrong or re.search(r"[\s\\\x00-\x1f\x7f]", value):
        return f"is no address: {accepted}"
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the values of a config came from: a file with lines, or environment variables."""

    file: str
    document: Any
    variables: Mapping[Loc, str] = field(default_factory=dict)
    """Path of a value → the variable it came from."""

    def problem(self, path: Sequence[str | int], what: str) -> Problem:
        """A problem at the deepest part of ``path`` that exists."""
        for end in range(len(path), 0, -1):
            variable = self.variables.get(tuple(path[:end]))
            if variable:
                return Problem(file=variable, what=what)
        return Problem(file=self.file, line=self._line(path), what=what)

    def _line(self, path: Iterable[str | int]) -> int | None:
        line, node = line_of(self.document), self.document
        for part in path:
            known = isinstance(node, list) or (isinstance(node, Mapping) and part in node)
            if isinstance(part, int) and not known:
                continue  # one item written without the brackets of a list
            line = line_of(node, part) or line
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                break
        return line


def shown_path(path: Sequence[Any]) -> str:
    """``("brands", 0, "sources", "weibo")`` as people count: ``brands[1].sources.weibo``."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else str(part)
    return shown or "the config"


def nearest(word: Any, accepted: Iterable[str]) -> str:
    """'did you mean "x"?', or everything that is accepted."""
    known = list(accepted)
    near = difflib.get_close_matches(str(word).strip().lower(), known, n=1, cutoff=0.55)
    return f'did you mean "{near[0]}"?' if near else f"accepted are {', '.join(known)}"


def section_problems(error: ValidationError, model: type[BaseModel], place: Place) -> list[Problem]:
    """Every pydantic error as one located sentence."""
    found = []
    for one in error.errors(include_url=False):
        path = tuple(part for part in one["loc"] if part != "[key]")
        found.append(place.problem(path, _sentence(one, path, model)))
    return found


def _sentence(error: Any, path: Loc, model: type[BaseModel]) -> str:
    kind, where = str(error["type"]), shown_path(path)
    parent = shown_path(path[:-1])
    if kind in ("extra_forbidden", "invalid_key"):
        if SECRET_WORD.search(str(path[-1])):
            return f'unknown key "{path[-1]}" in {parent}: secrets never stand in the config, they are read from environment variables such as TELEGRAM_BOT_TOKEN'
        return f'unknown key "{path[-1]}" in {parent}: {nearest(path[-1], _keys_at(model, path[:-1]))}'
    if kind == "literal_error" and error["loc"][-1] == "[key]":
        return f'unknown name "{path[-1]}" in {parent}: {nearest(path[-1], _literals(error))}'
    if kind == "missing":
        return f"{where} is missing: {_described(annotation_at(model, path)).partition(', in quotes where')[0]}"
    if kind == "value_error":
        return f"{where} {error['ctx']['error']}"
    return f"{where}{_shown(error.get('input'), path)}: {_accepted(kind, error, path, model)}"


def _accepted(kind: str, error: Any, path: Loc, model: type[BaseModel]) -> str:
    limits = error.get("ctx") or {}
    if kind == "literal_error":
        return f"accepted are {', '.join(_literals(error))}"
    if kind == "string_pattern_mismatch":
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        return PATTERNS.get(key, "text of another form is accepted")
    if kind == "string_too_short":
        return "some text is needed"
    if kind == "string_too_long":
        return f"at most {limits['max_length']} characters are accepted"
    if kind == "too_short":
        return f"at least {limits['min_length']} entry is needed"
    bounds = {"greater_than_equal": ("ge", "{} or more"), "less_than_equal": ("le", "{} or less")}
    bounds["greater_than"] = ("gt", "more than {}")
    if kind in bounds:
        name, text = bounds[kind]
        return f"a number of {text.format(f'{limits[name]:g}')} is accepted"
    return _described(annotation_at(model, path))


def _literals(error: Any) -> list[str]:
    return re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))


def _shown(value: Any, path: Loc) -> str:
    """What was written, where it is short and can be no secret."""
    if any(key in path for key in SECRETIVE) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    if "://" in text or BOT_TOKEN.search(text) or SECRET_WORD.search(str(path[-1])):
        return ""
    return f' is "{text if len(text) <= 60 else text[:59] + "…"}"'


# -- what a model accepts --------------------------------------------------------------------------------------------


def bare(annotation: Any) -> Any:
    """The annotation without ``Annotated`` and without ``| None``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation


def is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def annotation_at(model: type[BaseModel], path: Sequence[Any]) -> Any:
    """What stands at ``path`` of a model, without ``Annotated`` and ``| None``; None where the model has no such place."""
    found: Any = model
    for part in path:
        if is_section(found):
            known = found.model_fields.get(part)
            found = bare(known.annotation) if known else None
        elif get_origin(found) is list:
            found = bare(get_args(found)[0])
        elif get_origin(found) is dict:
            found = bare(get_args(found)[1])
        else:
            return None
    return found


def _keys_at(model: type[BaseModel], path: Sequence[Any]) -> list[str]:
    section = annotation_at(model, path)
    return list(section.model_fields) if is_section(section) else []


def _described(annotation: Any) -> str:
    """What is accepted there, in words."""
    if is_section(annotation):
        return f"a mapping with the keys {', '.join(annotation.model_fields)} is accepted"
    origin = get_origin(annotation)
    if origin is Literal:
        return f"accepted are {', '.join(map(str, get_args(annotation)))}"
    if origin is list:
        inner = bare(get_args(annotation)[0])
        return (
            f"a list is accepted, each entry with the keys {', '.join(inner.model_fields)}"
            if is_section(inner)
            else "a list is accepted"
        )
    if origin is dict:
        names = bare(get_args(annotation)[0])
        known = f" from {', '.join(map(str, get_args(names)))}" if get_origin(names) is Literal else ""
        return f"a mapping of names{known} to values is accepted"
    words = {
        int: "a whole number is accepted",
        float: "a number is accepted",
        bool: "true or false is accepted",
        str: "text is accepted, in quotes where it looks like a number, a date or true",
        time: 'a time of day in quotes, such as "23:00", is accepted',
        Path: "a path is accepted",
    }
    return words.get(annotation, "another value is accepted")
