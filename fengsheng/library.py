"""Files that users edit — word libraries, rule sets, playbooks — read from the package or from disk, with all problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import TypeVar

from playbooks.playbook import Playbook, parse_playbook
from records.errors import BadInput, Problem
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.rules import RuleSet, parse_rules
from scoring.shipped import shipped_words

T = TypeVar("T")


def load_words(names: Iterable[str], problems: list[Problem]) -> WordLibrary | None:
    """Read and join word libraries; "default" is all shipped ones, anything else a file."""
    parts: list[WordLibrary] = []
    for name in names:
        if name == "default":
            parts.append(shipped_words())
            continue
        for file, text in _texts("scoring", "words", name, False, problems):
            library = _parsed(parse_words, text, file, problems)
            if library is not None:
                parts.append(library)
    if not parts and not problems:
        problems.append(Problem(file="words", what='no word library is named: "default" or a file is accepted'))
    return join_words(parts) if parts else None


def load_rules(name: str, problems: list[Problem]) -> RuleSet | None:
    """Read a rule set: a shipped name ("default") or a file."""
    shipped = resources.files("scoring").joinpath("rules", f"{name}.yaml")
    if "/" not in name and "." not in name and shipped.is_file():
        return _parsed(parse_rules, shipped.read_text(encoding="utf-8"), f"rules/{name}.yaml", problems)
    for file, text in _texts("scoring", "rules", name, False, problems):
        return _parsed(parse_rules, text, file, problems)
    return None


def load_playbooks(name: str, problems: list[Problem]) -> dict[str, Playbook]:
    """Read playbooks: the shipped ones ("default"), or every .yaml of a folder."""
    found: dict[str, Playbook] = {}
    before = len(problems)
    if name != "default" and Path(name).is_dir():
        files = sorted((*Path(name).glob("*.yaml"), *Path(name).glob("*.yml")))
        if not files:
            problems.append(
                Problem(file=name, what="no playbook in this folder: files ending in .yaml or .yml are read")
            )
        texts: Iterable[tuple[str, str]] = [
            pair for f in files for pair in _texts("playbooks", "library", str(f), False, problems)
        ]
    else:
        texts = _texts("playbooks", "library", name, name == "default", problems)
    for file, text in texts:
        playbook = _parsed(parse_playbook, text, file, problems)
        if playbook is None:
            continue
        if playbook.name in found:
            problems.append(Problem(file=file, what=f'playbook "{playbook.name}" stands in two files: each name once'))
        found[playbook.name] = playbook
    if len(problems) == before and all(p.crisis_types for p in found.values()):
        what = "no general playbook: at least one without crisis_types is needed, so that every incident has one"
        problems.append(Problem(file=name, what=what))
    return found


def raise_problems(problems: list[Problem]) -> None:
    """Raise BadInput where there is any problem."""
    if problems:
        raise BadInput(problems)


def _texts(package: str, folder: str, name: str, shipped: bool, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    if shipped:
        entries = resources.files(package).joinpath(folder).iterdir()
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.name.endswith(".yaml"):
                yield f"{folder}/{entry.name}", entry.read_text(encoding="utf-8")
        return
    try:
        yield name, Path(name).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(file=name, what='no such file: a path, or "default" for what is shipped, is accepted'))
    except IsADirectoryError:
        problems.append(Problem(file=name, what="is a folder: a file is accepted here"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(file=name, line=line, what="is not UTF-8 text: save it as UTF-8"))
    except OSError as error:
        problems.append(Problem(file=name, what=f"cannot be read: {error.strerror or error}"))


def _parsed(
    parse: Callable[[str, str], tuple[T | None, list[Problem]]], text: str, file: str, problems: list[Problem]
) -> T | None:
    value, found = parse(text, file)
    problems.extend(found)
    return value if not found else None
