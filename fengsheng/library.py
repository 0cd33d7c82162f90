"""Files that users edit — word libraries, rule sets, the manual, checklists, playbooks — read from the package or from disk, with all problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TypeVar

from fengsheng.config import ROLES
from playbooks.playbook import Playbook, parse_playbook
from records.errors import BadInput, Problem
from records.located import line_of, parse_yaml
from scoring.checklist import Checklist, join_checklists, parse_checklist, unknown_tags
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.learned import Learned, parse_learned
from scoring.manual import Manual, parse_manual, unknown_subcategories
from scoring.rules import RuleSet, parse_rules
from scoring.shipped import shipped_checklist, shipped_learned, shipped_manual, shipped_words

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


def load_model(name: str, problems: list[Problem]) -> Learned | None:
    """Read the learned models: "default" is the shipped file, "none" works without, anything else is a file of fengsheng train."""
    if name == "none":
        return None
    if name == "default":
        return shipped_learned()
    try:
        return parse_learned(Path(name).read_bytes(), name)
    except OSError as error:
        problems.append(
            Problem(file=name, what=f"cannot be read: {error.strerror or error}; default, none or a file is accepted")
        )
    except ValueError as error:
        problems.append(Problem(file=name, what=str(error)))
    return None


def load_manual(name: str, problems: list[Problem]) -> Manual | None:
    """Read a classification manual: "default" is the shipped one, anything else a file."""
    if name == "default":
        return shipped_manual()
    for file, text in _texts("scoring", "manuals", name, False, problems):
        return _parsed(parse_manual, text, file, problems)
    return None


def load_checklists(names: Iterable[str], problems: list[Problem]) -> Checklist | None:
    """Read and join compliance checklists; "default" is the shipped one, anything else a file."""
    parts: list[Checklist] = []
    for name in names:
        if name == "default":
            parts.append(shipped_checklist())
            continue
        for file, text in _texts("scoring", "checklists", name, False, problems):
            found = _parsed(lambda t, f: parse_checklist(t, f, ROLES), text, file, problems)
            if found is not None:
                parts.append(found)
    return join_checklists(parts) if parts else None


def check_references(
    files: Mapping[str, Iterable[str]],
    words: WordLibrary,
    manual: Manual,
    checklist: Checklist,
    problems: list[Problem],
) -> None:
    """Word groups name subcategories of the manual and items of the checklist, items name word groups: each must exist.

    Args:
        files: the files of "words", "manual" and "checklists" as the config names them; "default" is right by itself.
    """
    own = {kind: [n for n in names if n != "default"] for kind, names in files.items()}
    for group, what in unknown_subcategories(words.groups.values(), manual):
        place = _entry(own["words"], "groups", group, "subcategory") or _whole(own["manual"])
        problems.append(Problem(file=place[0], line=place[1], what=f'word group "{group}": {what}'))
    for key, named in words.groups.items():
        for item in named.checklist:
            if item not in checklist.items:
                place = _entry(own["words"], "groups", key, "checklist") or _whole(own["checklists"])
                what = f'word group "{key}": checklist item "{item}" is in no checklist: accepted are {", ".join(checklist.items)}'
                problems.append(Problem(file=place[0], line=place[1], what=what))
    for item, what in unknown_tags(checklist, words.groups, manual.names()):
        if (where := _entry(own["checklists"], "items", item, "tags")) is not None:
            problems.append(Problem(file=where[0], line=where[1], what=f'item "{item}": {what}'))


def _entry(files: Iterable[str], section: str, key: str, field: str) -> tuple[str, int | None] | None:
    """File and line of a field of the entry with this key; the last file that has it counts."""
    for name in reversed(list(files)):
        try:
            document, _ = parse_yaml(Path(name).read_text(encoding="utf-8-sig"), name)
        except (OSError, UnicodeDecodeError):
            continue
        rows = document.get(section) if isinstance(document, Mapping) else None
        for node in rows if isinstance(rows, Sequence) else ():
            if isinstance(node, Mapping) and node.get("key") == key:
                return name, line_of(node, field)
    return None


def _whole(files: Iterable[str]) -> tuple[str, int | None]:
    return next(iter(files), "words"), None


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
