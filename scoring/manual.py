"""The classification manual (分类手册, S7): problem types on two levels, a file that users edit → ``Manual``, or located problems."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.assessment import Category
from scoring.keywords import SPLITS, WordGroup
from scoring.pieces import PieceIndex
from scoring.text import fold_text

_CATEGORY_KEYS = ("key", "name", "about", "lead", "assist", "subcategories")
_SUBCATEGORY_KEYS = ("key", "name", "about", "split", "examples", "signs")


@dataclass(frozen=True, kw_only=True, slots=True)
class Subcategory:
    """Second level (细分类型)."""

    key: str
    name: Mapping[str, str]
    """zh and en."""
    about: Mapping[str, str]
    split: str | None
    """operational, attitude or process."""
    examples: tuple[str, ...]
    signs: tuple[str, ...]
    """Folded words that point to it once the first level is decided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CategoryEntry:
    """First level (问题类型)."""

    category: Category
    name: Mapping[str, str]
    about: Mapping[str, str]
    lead: str | None
    """Department that handles it."""
    assist: tuple[str, ...]
    subcategories: tuple[Subcategory, ...]


@dataclass(frozen=True, kw_only=True)
class Manual:
    name: str
    version: str
    """Short sha256 of the text."""
    entries: Mapping[Category, CategoryEntry]

    def subcategory(self, category: Category, key: str | None) -> Subcategory | None:
        entry = self.entries.get(category)
        return next((s for s in entry.subcategories if s.key == key), None) if entry and key else None

    @cached_property
    def _signs(self) -> Mapping[Category, PieceIndex[list[Subcategory]]]:
        found: dict[Category, PieceIndex[list[Subcategory]]] = {}
        for category, entry in self.entries.items():
            signs: dict[str, list[Subcategory]] = {}
            for sub in entry.subcategories:
                for sign in sub.signs:
                    signs.setdefault(sign, []).append(sub)
            found[category] = PieceIndex(signs)
        return found

    def refine(self, category: Category, text: str) -> tuple[Subcategory, str] | None:
        """The subcategory whose signs stand in the folded text most (of several the first), with its longest sign; None where
        none does."""
        signs: dict[str, set[str]] = {}
        for start, end, subs in self._signs[category].find(text):
            for sub in subs:
                signs.setdefault(sub.key, set()).add(text[start:end])
        if not signs:
            return None
        best = max((s for s in self.entries[category].subcategories if s.key in signs), key=lambda s: len(signs[s.key]))
        return best, max(signs[best.key], key=lambda sign: (len(sign), sign))

    def category_names(self) -> dict[str, tuple[str, str]]:
        """Category key → (Chinese, English)."""
        return {str(e.category): (e.name["zh"], e.name["en"]) for e in self.entries.values()}

    def names(self) -> dict[str, tuple[str, str]]:
        """Subcategory key → (Chinese, English)."""
        return {s.key: (s.name["zh"], s.name["en"]) for e in self.entries.values() for s in e.subcategories}


def parse_manual(text: str, file: str) -> tuple[Manual | None, list[Problem]]:
    """Read a manual; every problem names its line and what is accepted, and the manual is None then."""
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    rows = document.get("categories") if isinstance(document, Mapping) else None
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return None, [Problem(file=file, line=1, what='a manual is a mapping with "name" and a list "categories"')]
    reader = _ManualReader(file)
    reader.problems += unknown_keys(document, ("name", "categories"), file, "the manual")
    entries: dict[Category, CategoryEntry] = {}
    for place, node in enumerate(rows):
        entry = reader.category(node, line_of(rows, place))
        if entry is not None and entry.category in entries:
            reader.bad(node, "key", f'category "{entry.category}" stands twice: each once')
        elif entry is not None:
            entries[entry.category] = entry
    for category in Category:
        if category not in entries and not reader.problems:
            reader.problems.append(
                Problem(
                    file=file, line=1, what=f'category "{category}" is missing: all of {", ".join(Category)} are needed'
                )
            )
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    manual = Manual(name=str(document.get("name") or "manual"), version=digest[:8], entries=entries)
    return (None, reader.problems) if reader.problems else (manual, [])


class _ManualReader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._keys: set[str] = set()
        self.problems: list[Problem] = []

    def bad(self, node: Any, key: str | None, what: str) -> None:
        line = line_of(node, key) if key is not None and isinstance(node, Mapping) and key in node else line_of(node)
        self.problems.append(Problem(file=self._file, line=line, what=what))

    def category(self, node: Any, line: int | None) -> CategoryEntry | None:
        if not isinstance(node, Mapping):
            what = "a category is a mapping with key, name, about and subcategories"
            self.problems.append(Problem(file=self._file, line=line, what=what))
            return None
        self.problems += unknown_keys(node, _CATEGORY_KEYS, self._file, "the category")
        key = str(node.get("key") or "")
        if key not in tuple(Category):
            self.bad(node, "key", f'key is "{key}": accepted are {", ".join(Category)}')
            return None
        rows = node.get("subcategories") or []
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            self.bad(node, "subcategories", f'subcategories of "{key}" is no list')
            rows = []
        subs = [self.subcategory(row, key) for row in rows]
        return CategoryEntry(
            category=Category(key),
            name=self._names(node, "name", key, needed=True),
            about=self._names(node, "about", key),
            lead=str(node["lead"]) if node.get("lead") else None,
            assist=self._words(node, "assist"),
            subcategories=tuple(s for s in subs if s is not None),
        )

    def subcategory(self, node: Any, category: str) -> Subcategory | None:
        if not isinstance(node, Mapping):
            self.bad(
                node,
                None,
                f'a subcategory of "{category}" is a mapping with key, name, about, split, examples and signs',
            )
            return None
        self.problems += unknown_keys(node, _SUBCATEGORY_KEYS, self._file, "the subcategory")
        key = str(node.get("key") or "")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
            self.bad(
                node, "key", f'key is "{key}": lower-case letters, digits and _ are accepted, e.g. functional_fault'
            )
        if key in self._keys:
            self.bad(node, "key", f'subcategory "{key}" stands twice: each key once')
        self._keys.add(key)
        split = node.get("split")
        if split is not None and split not in SPLITS:
            self.bad(node, "split", f'split is "{split}": accepted are {", ".join(SPLITS)}')
            split = None
        signs = (fold_text(s).text.strip() for s in self._words(node, "signs"))
        return Subcategory(
            key=key,
            name=self._names(node, "name", key, needed=True),
            about=self._names(node, "about", key),
            split=split,
            examples=self._words(node, "examples"),
            signs=tuple(s for s in signs if s),
        )

    def _names(self, node: Mapping[str, Any], field: str, key: str, *, needed: bool = False) -> dict[str, str]:
        value = node.get(field)
        if value is None and not needed:
            return {"zh": "", "en": ""}
        if not isinstance(value, Mapping) or not value.get("zh"):
            self.bad(node, field, f'{field} of "{key}" is {value!r}: {{zh: …, en: …}} is accepted, zh at least')
            return {"zh": key, "en": key}
        self.problems += unknown_keys(value, ("zh", "en"), self._file, field)
        return {"zh": str(value["zh"]), "en": str(value.get("en") or value["zh"])}

    def _words(self, node: Mapping[str, Any], field: str) -> tuple[str, ...]:
        value = node.get(field)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, Sequence) or any(isinstance(v, Mapping | list) or v is None for v in value):
            self.bad(node, field, f"{field} is {value!r}: a list of words is accepted")
            return ()
        return tuple(str(v) for v in value)


def unknown_subcategories(groups: Iterable[WordGroup], manual: Manual) -> list[tuple[str, str]]:
    """(word group, what is wrong) of groups whose subcategory the manual does not have under their category."""
    found = []
    for group in groups:
        if group.subcategory is None or group.category is None:
            continue
        if manual.subcategory(group.category, group.subcategory) is None:
            entry = manual.entries[group.category]
            accepted = ", ".join(s.key for s in entry.subcategories) or "none"
            found.append(
                (
                    group.key,
                    f'subcategory "{group.subcategory}" of category {group.category} is not in the manual: accepted are {accepted}',
                )
            )
    return found
