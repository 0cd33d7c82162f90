"""The environment twin of every setting: ``FENGSHENG_`` + the path in capitals, e.g. ``FENGSHENG_WEB_PORT`` for ``web.port``.

Texts and numbers stand as they are; lists and mappings as YAML text, e.g. ``FENGSHENG_WORDS='[default, mine.yaml]'``.
An empty variable counts as not set.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple, get_origin

from pydantic import BaseModel

from crawlers.sessions import KEYS, LOGINS, PROFILES
from fengsheng.config_problems import Loc, bare, is_section
from records.errors import Problem
from records.located import parse_yaml

PREFIX = "FENGSHENG_"
OTHER_VARIABLES = (
    "FENGSHENG_CONFIG",
    "FENGSHENG_KEY_FILE",
    "FENGSHENG_BROWSER",
    "FENGSHENG_DEBUG",
    "FENGSHENG_PERSON",
    "FENGSHENG_IMPORT_TOKEN",
    "FENGSHENG_SECOND_OPINION_KEY",
    "FENGSHENG_WEIBO_COOKIE",
    PROFILES,
    *(f"FENGSHENG_{platform.upper()}_STATE" for platform in LOGINS),
    *(name for names in KEYS.values() for name in names),
)
"""Variables that are no setting of the config: places and secrets."""


class Twin(NamedTuple):
    path: tuple[str, ...]
    structured: bool
    """A list or a mapping, given as YAML text."""


def twins(model: type[BaseModel], path: tuple[str, ...] = ()) -> dict[str, Twin]:
    """Variable → the setting it stands for; outer settings before their parts."""
    found: dict[str, Twin] = {}
    for name, known in model.model_fields.items():
        kind, here = bare(known.annotation), (*path, name)
        section = is_section(kind)
        found[PREFIX + "_".join(here).upper()] = Twin(here, section or get_origin(kind) in (list, dict))
        if section:
            found |= twins(kind, here)
    return found


def apply_environment(
    document: Mapping[Any, Any], environment: Mapping[str, str], model: type[BaseModel]
) -> tuple[dict[Any, Any], dict[Loc, str], list[Problem]]:
    """Put the variables' values over the file's.

    Returns:
        (values, which path came from which variable, problems of variables that are no YAML).
    """
    values: dict[Any, Any] = dict(document)
    came: dict[Loc, str] = {}
    problems: list[Problem] = []
    for variable, twin in twins(model).items():
        text = environment.get(variable, "")
        if not text.strip():
            continue
        value: Any = text
        if twin.structured:
            value, found = parse_yaml(text, variable)
            problems += [Problem(file=variable, what=p.what) for p in found]
            if found:
                continue
        if _put(values, twin.path, value):
            came[twin.path] = variable
    return values, came, problems


def _put(values: dict[Any, Any], path: tuple[str, ...], value: Any) -> bool:
    """Set the value without changing the file's own mappings; False where a part of the path is no mapping."""
    for part in path[:-1]:
        inner = values.get(part)
        if inner is not None and not isinstance(inner, Mapping):
            return False
        values[part] = dict(inner or {})
        values = values[part]
    values[path[-1]] = value
    return True


def misspelt_variables(environment: Mapping[str, str], model: type[BaseModel]) -> list[Problem]:
    """A problem for every variable that is no setting but looks almost like one: a typo must not be ignored in silence."""
    known = [name.removeprefix(PREFIX) for name in twins(model)]
    problems = []
    for name in environment:
        if not name.startswith(PREFIX) or name in OTHER_VARIABLES or name.removeprefix(PREFIX) in known:
            continue
        near = difflib.get_close_matches(name.removeprefix(PREFIX), known, n=1, cutoff=0.85)
        if near:
            problems.append(Problem(file=name, what=f"no such setting: did you mean {PREFIX}{near[0]}?"))
    return problems
