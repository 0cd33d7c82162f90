"""YAML that people wrote, read with line numbers, so that every problem can name its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from records.errors import Problem


def parse_yaml(text: str, file: str) -> tuple[Any, list[Problem]]:
    """Parse YAML text; mappings and sequences of the result know their lines (see ``line_of``).

    Returns:
        (document, problems): document is None where the text is no YAML at all.
    """
    yaml = YAML(typ="rt")
    try:
        return yaml.load(text), []
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        return None, [Problem(file=file, line=line, what=_sentence(str(error.problem or error.context or "")))]
    except RecursionError:
        return None, [Problem(file=file, line=None, what="not readable as YAML: nested too deeply")]
    except ReaderError as error:
        place = error.position if isinstance(error.position, int) else 0
        shown = f"U+{error.character:04X}" if isinstance(error.character, int) else repr(error.character)
        what = f"not valid YAML: the character {shown} cannot stand in it"
        return None, [Problem(file=file, line=text.count("\n", 0, place) + 1, what=what)]
    except (YAMLError, ValueError, TypeError, NotImplementedError) as error:
        return None, [Problem(file=file, line=None, what=_sentence(str(error)))]


def _sentence(said: str) -> str:
    """The parser's words as one sentence; the values of a key that stands twice are left out, they may be secret."""
    twice = re.search(r'found duplicate key "(.*?)" with value', said, re.DOTALL)
    if twice:
        return f'the key "{twice[1]}" stands twice: each key once'
    return f"not valid YAML: {' '.join(said.split()) or 'not readable'}"


def line_of(node: Any, key: Any = None) -> int | None:
    """1-based line of a parsed node, or of one key or index in it; None for plain Python values."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return None
    places = node.lc.data or {}  # None for {} and []
    try:
        known = key is not None and key in places
    except TypeError:  # a key that is itself a list or mapping
        known = False
    if known:
        return int(places[key][0]) + 1
    return None if node.lc.line is None else int(node.lc.line) + 1


def line_at(document: Any, path: Iterable[str | int]) -> int | None:
    """1-based line of the deepest part of ``path`` that exists in ``document``."""
    line, node = line_of(document), document
    for part in path:
        found = line_of(node, part)
        line = found or line
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
    return line


def unknown_keys(node: Mapping[Any, Any], accepted: Iterable[str], file: str, where: str) -> list[Problem]:
    """A problem for every key of ``node`` that is not accepted, naming the nearest right one."""
    accepted = list(accepted)
    problems = []
    for key in node:
        if key in accepted:
            continue
        near = difflib.get_close_matches(str(key), accepted, n=1, cutoff=0.6)
        hint = f'did you mean "{near[0]}"?' if near else f"accepted are {', '.join(accepted)}"
        problems.append(Problem(file=file, line=line_of(node, key), what=f'unknown key "{key}" in {where}: {hint}'))
    return problems
