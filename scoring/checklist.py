"""The compliance checklist (合规核查, S10): clauses that a complaint may touch, the question to answer and who checks; users edit it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.assessment import Category, Reason
from scoring.pieces import PieceIndex
from scoring.reading import Reading
from scoring.text import fold_text

_ITEM_KEYS = ("key", "name", "clause", "question", "role", "tags", "beside")
_TAG_KEYS = ("groups", "categories", "subcategories", "words")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecklistItem:
    """One clause to check."""

    key: str
    name: Mapping[str, str]
    """zh and en, as clause and question."""
    clause: Mapping[str, str]
    question: Mapping[str, str]
    role: str
    """Who checks: a role of the crisis group, e.g. legal."""
    groups: frozenset[str]
    categories: frozenset[str]
    subcategories: frozenset[str]
    words: tuple[str, ...]
    """Folded words; any tag of the four is enough."""
    beside: tuple[str, ...]
    """Where given, at least one must stand in the text or in the brand's names."""


class Checklist:
    """All items by key; which of them a complaint is tagged with."""

    def __init__(self, items: Iterable[ChecklistItem]) -> None:
        self.items: Mapping[str, ChecklistItem] = {i.key: i for i in items}
        plain = repr([_plain(i) for i in self.items.values()])
        self.version = hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:8]
        self._by_tag: dict[tuple[str, str], list[str]] = {}
        words: dict[str, list[str]] = {}
        for item in self.items.values():
            for name in ("groups", "categories", "subcategories"):
                for tag in getattr(item, name):
                    self._by_tag.setdefault((name, tag), []).append(item.key)
            for word in item.words:
                words.setdefault(word, []).append(item.key)
        self._words = PieceIndex(words)

    def select(
        self, reading: Reading, category: Category, subcategory: str | None, names: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[Reason, ...]]:
        """Keys of the items that apply and a reason for each.

        Args:
            names: the brand's folded names, for what only concerns its trade.
        """
        text, by_tag = reading.words.text, self._by_tag
        found: dict[str, tuple[str, tuple[int, int] | None]] = {}
        named: set[str] = set()
        for hit in reading.hits:
            for key in by_tag.get(("groups", hit.group.key), ()):
                found.setdefault(key, (hit.text, hit.at))
            if hit.group.checklist and hit.group.kind in ("matter", "authority"):
                for key in hit.group.checklist:
                    found.setdefault(key, (hit.text, hit.at))
                    named.add(key)
        for key in by_tag.get(("subcategories", subcategory or ""), ()):
            found.setdefault(key, (subcategory or "", None))
        for key in by_tag.get(("categories", str(category)), ()):
            found.setdefault(key, (str(category), None))
        for start, end, keys in self._words.find(text):
            for key in keys:
                found.setdefault(key, (text[start:end], None))
        if not found:
            return (), ()
        kept = [k for k in self.items if k in found and (k in named or self._concerns(k, text, names))]
        return tuple(kept), tuple([Reason("S10", f"checklist: {k}", found[k][0], 0.0, found[k][1]) for k in kept])

    def _concerns(self, key: str, text: str, names: Sequence[str]) -> bool:
        """Is one of the words that must stand beside an item in the text or in the brand's names?"""
        beside = self.items[key].beside
        return not beside or any(w in text or any(w in n for n in names) for w in beside)

    def names(self) -> dict[str, tuple[str, str]]:
        """Item key → (Chinese, English) name."""
        return {i.key: (i.name["zh"], i.name["en"]) for i in self.items.values()}


def _plain(item: ChecklistItem) -> tuple[Any, ...]:
    """An item as a value whose text is always the same (sets have no order)."""
    tags = (sorted(item.groups), sorted(item.categories), sorted(item.subcategories), item.words, item.beside)
    return (
        item.key,
        sorted(item.name.items()),
        sorted(item.clause.items()),
        sorted(item.question.items()),
        item.role,
        tags,
    )


def join_checklists(lists: Iterable[Checklist]) -> Checklist:
    """One checklist of several files; an item of a later file replaces the one of the same key."""
    items: dict[str, ChecklistItem] = {}
    for one in lists:
        items.update(one.items)
    return Checklist(items.values())


def parse_checklist(text: str, file: str, roles: Sequence[str] | None = None) -> tuple[Checklist | None, list[Problem]]:
    """Read a checklist file; every problem names its line and what is accepted, and the checklist is None then.

    Args:
        roles: the roles that may check; any word where None.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    rows = document.get("items") if isinstance(document, Mapping) else None
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return None, [Problem(file=file, line=1, what='a checklist is a mapping with "name" and a list "items"')]
    problems = unknown_keys(document, ("name", "items"), file, "the checklist")
    items: dict[str, ChecklistItem] = {}
    for place, node in enumerate(rows):
        item, found = _parse_item(node, file, line_of(rows, place), roles)
        problems += found
        if item is not None and item.key in items:
            problems.append(
                Problem(file=file, line=line_of(node, "key"), what=f'item "{item.key}" stands twice: each once')
            )
        elif item is not None:
            items[item.key] = item
    return (None, problems) if problems else (Checklist(items.values()), [])


def _parse_item(
    node: Any, file: str, line: int | None, roles: Sequence[str] | None
) -> tuple[ChecklistItem | None, list[Problem]]:
    if not isinstance(node, Mapping):
        what = "an item is a mapping with key, name, clause, question, role and tags"
        return None, [Problem(file=file, line=line, what=what)]
    problems = unknown_keys(node, _ITEM_KEYS, file, "the item")

    def bad(key: str, what: str) -> None:
        problems.append(Problem(file=file, line=line_of(node, key) if key in node else line, what=what))

    key = str(node.get("key") or "")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        bad("key", f'key is "{key}": lower-case letters, digits and _ are accepted, e.g. seven_day_return')
    said = {}
    for field in ("name", "clause", "question"):
        value = node.get(field)
        if not isinstance(value, Mapping) or not value.get("zh"):
            bad(field, f'{field} of item "{key}" is missing: {{zh: …, en: …}} is needed, zh at least')
            value = {"zh": key}
        said[field] = {"zh": str(value["zh"]), "en": str(value.get("en") or value["zh"])}
    role = str(node.get("role") or "")
    if not role or (roles is not None and role not in roles):
        bad("role", f'role is "{role}": accepted are {", ".join(roles or ("a role of the crisis group",))}')
    tags = node.get("tags")
    if not isinstance(tags, Mapping) or not tags:
        bad("tags", f'tags of item "{key}" are missing: at least one of {", ".join(_TAG_KEYS)} is needed')
        tags = {}
    problems += unknown_keys(tags, _TAG_KEYS, file, "tags")
    lists = {name: _words(tags.get(name), name, bad) for name in _TAG_KEYS}
    wrong = [c for c in lists["categories"] if c not in tuple(Category)]
    if wrong:
        bad("tags", f'category "{wrong[0]}": accepted are {", ".join(Category)}')
    item = ChecklistItem(
        key=key,
        **said,
        role=role,
        groups=frozenset(lists["groups"]),
        categories=frozenset(lists["categories"]),
        subcategories=frozenset(lists["subcategories"]),
        words=_folded(lists["words"]),
        beside=_folded(_words(node.get("beside"), "beside", bad)),
    )
    return (None, problems) if problems else (item, [])


def _words(value: Any, name: str, bad: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Sequence) or any(isinstance(v, Mapping | list) or v is None for v in value):
        bad("tags" if name in _TAG_KEYS else name, f"{name} is {value!r}: a list of words is accepted")
        return ()
    return tuple(str(v) for v in value)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(f for w in words if (f := fold_text(w).text.strip()))


def unknown_tags(checklist: Checklist, groups: Iterable[str], subcategories: Iterable[str]) -> list[tuple[str, str]]:
    """(item, what is wrong) of items whose tags name a word group or subcategory that does not exist."""
    known, subs, found = set(groups), set(subcategories), []
    for item in checklist.items.values():
        found += [(item.key, f'tags: word group "{g}" is in no word library') for g in sorted(item.groups - known)]
        found += [
            (item.key, f'tags: subcategory "{s}" is not in the manual') for s in sorted(item.subcategories - subs)
        ]
    return found
