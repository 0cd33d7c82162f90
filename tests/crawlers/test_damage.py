"""Figures that cannot be read, missing users, other charsets, renamed keys and cut answers, for every parser there is: never
a number or a word that the platform did not show."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from crawlers.parsers.counts import parse_count
from drill.sites import load_sites
from drill.sites.base import damage
from records.mention import COUNT_NAMES
from records.outcome import Outcome, Page
from tests.crawlers.conftest import fixture_bytes
from tests.crawlers.fuzzing import (
    FUZZED,
    Parse,
    Path_,
    check,
    document_of,
    documents,
    each,
    platform_of,
    read,
    value_at,
    with_damage,
)

GARBAGE: tuple[Any, ...] = (
    "１２万八",
    "abc",
    "1.2.3",
    -5,
    True,
    [],
    {},
    10**40,
    "12e3",
    3.7,
    "-",
    "7 人",
    "",
    "0x1F",
    "9" * 30,
)
"""What may stand where a count stood; some of it is a figure by the rules of ``parse_count``."""
GARBLED = ("7x7", "１２万八", "--", "1.2.3")
"""The same for digits in HTML and other text that is no JSON."""
FIGURE = re.compile(r"(?<![\w.:/#%&;=-])\d{1,7}(?:\.\d)?[万亿]?(?![\w.:/%;-])|(?:(?<=%3A)|(?<=%20))\d{1,7}(?=%2C|%7D)")


def figures_of(answer: Any) -> dict[tuple[str, str], int | None]:
    """(key of the mention, name of the figure) → the figure, of ``Page``, ``Mapping`` and single answers alike."""
    if isinstance(answer, Page):
        shown = {(m.key, name): getattr(m.metrics, name) for m in answer.mentions for name in COUNT_NAMES}
        return shown | {(m.key, "followers"): m.author.followers for m in answer.mentions}
    if isinstance(answer, Mapping):
        return {(str(name), "value"): value for name, value in answer.items() if isinstance(value, int)}
    return {("", "followers"): answer.followers} if hasattr(answer, "followers") else {}


class Damaged:
    """One payload whose figures are replaced one by one."""

    def __init__(self, parse: Parse, file: str) -> None:
        self.parse = parse
        self.before = figures_of(read(parse, fixture_bytes(file)))
        found = document_of(file)
        if found is not None:
            document, places = found
            self.leaves: list[tuple[Any, Callable[[Any], str]]] = [
                (value, partial(self._in_json, document, path))
                for path in places
                if _is_figure(value := value_at(document, path))
            ]
        else:
            text = fixture_bytes(file).decode("utf-8", "replace")
            self.leaves = [(m[0], partial(self._in_text, text, m.span())) for m in FIGURE.finditer(text)]

    @staticmethod
    def _in_json(document: Any, path: Path_, value: Any) -> str:
        return json.dumps(with_damage(document, path, value))

    @staticmethod
    def _in_text(text: str, span: tuple[int, int], value: Any) -> str:
        return f"{text[: span[0]]}{value}{text[span[1] :]}"

    def counts(self) -> Iterator[tuple[Any, Callable[[Any], str], list[tuple[str, str]]]]:
        """Leaves that are counts, with the figures that depend on them: another number there is another figure."""
        for value, put in self.leaves:
            other = "8642" if isinstance(value, str) else 8642
            after = figures_of(read(self.parse, put(other)))
            moved = [k for k, v in after.items() if k in self.before and v != self.before[k] and v is not None]
            if moved:
                yield value, put, moved


def _is_figure(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and value < 10**8) or (
        isinstance(value, str) and len(value) < 9 and value[:1].isdigit()
    )


def is_right(figure: int | None, before: int, was: Any, odd: Any) -> bool:
    """Unknown, as before (it is shown in another place, too, perhaps rounded), or what now stands there says so: alone, or
    in place of one part of a sum."""
    if figure is None or (figure <= before and before - figure < before / 10):
        return True
    told, part = parse_count(odd), parse_count(was)
    return told is not None and figure in (told.value, before + told.value - (part.value if part else 0))


@each
def test_a_figure_that_is_damaged_becomes_unknown_not_another_number(parse: Parse, file: str) -> None:
    damaged, choose = Damaged(parse, file), random.Random(file)
    garbage = GARBAGE if document_of(file) else GARBLED
    wrong = []
    for was, put, moved in damaged.counts():
        for odd in choose.sample(garbage, 3):
            answer = read(parse, put(odd))
            check(answer)
            shown = figures_of(answer)
            wrong += [
                f"{odd!r} in place of {was!r} became {name} {shown[key, name]} of {key}"
                for key, name in moved
                if not is_right(shown.get((key, name)), damaged.before[key, name] or 0, was, odd)
            ]
    assert wrong == []


def test_the_figures_of_every_platform_are_among_those_that_are_damaged() -> None:
    """The search above finds the counts by itself: it must not find none."""
    seen: dict[str, int] = {}
    for name, parse, file in FUZZED:
        if any(v is not None for v in figures_of(read(parse, fixture_bytes(file))).values()):
            seen[name] = sum(1 for _ in Damaged(parse, file).counts())
    assert {n: k for n, k in seen.items() if not k} == {} and len(seen) >= 25


# what the stand-ins do wrong alike, for what is not searched for, too: single posts, comments, authors

JSON_CASES = [pytest.param(platform_of(e[0]), *e[1:], id=e[0]) for e in FUZZED if document_of(e[2]) is not None]
each_of_its_platform = pytest.mark.parametrize(("platform", "parse", "file"), JSON_CASES)


def told(answer: Any) -> dict[str, tuple[str, str, str | None]]:
    """Key of each mention → title, words and the author's name."""
    shown = answer.mentions if isinstance(answer, Page) else ()
    return {m.key: (m.title or "", m.text, m.author.name) for m in shown}


@pytest.mark.parametrize(("parse", "file"), documents())
def test_a_figure_in_words_is_rounded_and_says_so(parse: Parse, file: str) -> None:
    damaged = Damaged(parse, file)
    for was, put, moved in damaged.counts():
        answer = read(parse, put("1.2万"))
        shown = figures_of(answer)
        rounded = {(m.key, n) for m in getattr(answer, "mentions", ()) for n in m.metrics.approximate}
        for key, name in moved:
            figure, before = shown.get((key, name)), damaged.before[key, name] or 0
            assert is_right(figure, before, was, "1.2万"), (key, name, figure)
            assert figure in (None, before) or name in ("followers", "value") or (key, name) in rounded, (key, name)


@each_of_its_platform
def test_a_missing_user_takes_nothing_else_away(platform: Any, parse: Parse, file: str) -> None:
    raw, site = fixture_bytes(file), load_sites()[platform]
    clean, nameless = told(read(parse, raw)), told(read(parse, damage(raw, b"", "userless", site)[0]))
    assert nameless.keys() == clean.keys()
    for key, (title, text, name) in nameless.items():
        assert (title, text) == clean[key][:2] and name in (None, clean[key][2])


@each_of_its_platform
def test_another_charset_that_nobody_declares_changes_no_word(platform: Any, parse: Parse, file: str) -> None:
    raw, content_type = fixture_bytes(file), "application/json"
    whole = json.dumps(json.loads(raw), ensure_ascii=False).encode("gb18030")
    assert told(read(parse, whole, content_type=content_type)) == told(read(parse, raw, content_type=content_type))


@each_of_its_platform
def test_renamed_keys_and_cut_answers_are_no_silence(platform: Any, parse: Parse, file: str) -> None:
    raw, site = fixture_bytes(file), load_sites()[platform]
    clean = read(parse, raw)
    if not isinstance(clean, Page) or clean.outcome is not Outcome.ITEMS:
        return
    renamed, cut = (read(parse, damage(raw, b"", kind, site)[0]) for kind in ("changed", "truncated"))
    assert renamed.outcome is Outcome.CHANGED or told(renamed) == told(clean), renamed.detail
    assert cut.outcome in (Outcome.NETWORK, Outcome.CHANGED) and not cut.mentions, cut.detail
