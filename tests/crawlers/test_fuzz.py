"""Damaged and hostile payloads, for every parser there is: always a named outcome, never an exception, never a number that
the platform did not show.

Each test module of a platform lists its parsers with a payload each in ``FUZZED``; a parser that is in none of these
lists fails a test.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import pkgutil
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crawlers.parsers
from crawlers.parsers.counts import parse_count
from records.mention import COUNT_NAMES, Mention, mention_to_json
from records.outcome import Outcome, Page
from tests.crawlers.conftest import NOW, fixture_bytes

Parse = Callable[..., Any]
Path_ = tuple[Any, ...]

NO_PAYLOADS = frozenset(
    {
        "counts.parse_count",
        "counts.parse_engagement",
        "regions.parse_region",
        "text.parse_markup",
        "text.parse_topics",
        "times.parse_time",
        "bluesky_posts.parse_address",
        "jetstream.parse_alternatives",
        "jetstream.parse_cursor",
    }
)
"""Functions that read one value, no payload; their own tests hold their laws."""
MOST = 10**12
URLS = st.sampled_from(
    ["https://x.example/a?page=1", "http://[bad", "", "https://passport.x/login", "http://\u2100/", "https://x/404?x=1"]
)
STATUSES = st.sampled_from([200, 200, 200, 200, 302, 403, 404, 412, 461, 500, 0, 999])
TYPES = st.sampled_from(
    ["", "text/html", "application/json; charset=gbk", "application/xml", "text/plain; charset=\x00"]
)
ODD_ONES: list[Any] = [
    *(None, True, False, -1, 0, 1.5, 1e308, 10**40, 2**63, "", "x", "赞", "1.2万", "12.7", "\ud800", "\x00"),
    *([], {}, [[]], [None], {"a": {}}, {"": None}),
    *("javascript:alert(1)", "http://[bad", "9999-12-31T23:59:59Z", "0001-01-01"),
]
ODD = st.sampled_from(ODD_ONES) | st.text(max_size=8)
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


def gathered() -> list[tuple[str, Parse, str]]:
    """(name, parser, payload's file) of the FUZZED lists of all test modules beside this one."""
    found = []
    for module in sorted(Path(__file__).parent.glob("test_*.py")):
        if module.stem == Path(__file__).stem:
            continue
        listed = getattr(importlib.import_module(f"tests.crawlers.{module.stem}"), "FUZZED", ())
        found += [(f"{module.stem[5:]}-{file}-{name_of(parse)}", parse, file) for parse, file in listed]
    return found


def name_of(parse: Parse) -> str:
    whole = parse.func if isinstance(parse, partial) else parse
    return getattr(whole, "__name__", str(whole))


FUZZED = gathered()
each = pytest.mark.parametrize(("parse", "file"), [e[1:] for e in FUZZED], ids=[e[0] for e in FUZZED])


def read(
    parse: Parse, payload: Any, *, status: int = 200, url: str = "https://x.example/?page=1", content_type: str = ""
) -> Any:
    """The parser's answer; it takes as many of the usual arguments as it has."""
    usual = {"status": status, "url": url, "collected_at": NOW, "content_type": content_type}
    taken = inspect.signature(parse).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in taken.values()):
        usual = {name: value for name, value in usual.items() if name in taken}
    return parse(payload, **usual)


# what is demanded of any answer


def check(answer: Any) -> None:
    if isinstance(answer, Page):
        assert isinstance(answer.outcome, Outcome) and isinstance(answer.detail, str) and answer.skipped >= 0
        assert answer.mentions or answer.outcome is not Outcome.ITEMS
        assert answer.outcome in (Outcome.ITEMS, Outcome.EMPTY) or answer.detail, "a block or a doubt says why"
        assert len({m.key for m in answer.mentions}) == len(answer.mentions)
        assert all(isinstance(ident, str) and ident for ident in answer.gone)
        for mention in answer.mentions:
            check_mention(mention)
    elif isinstance(answer, Mapping):
        for name, value in answer.items():
            assert name and (value if isinstance(value, str) else 0 <= value < MOST)
    elif answer is not None and not isinstance(answer, str):
        assert dataclasses.is_dataclass(answer)
        assert isinstance(getattr(answer, "outcome", Outcome.ITEMS), Outcome)
        check_count(getattr(answer, "followers", None))


def check_mention(mention: Mention) -> None:
    json.dumps(mention_to_json(mention), ensure_ascii=False).encode()
    assert mention.id and mention.id.strip()
    for name in COUNT_NAMES:
        check_count(getattr(mention.metrics, name))
    check_count(mention.author.followers)
    assert all(getattr(mention.metrics, name) is not None for name in mention.metrics.approximate)
    for moment in (mention.published_at, mention.edited_at, mention.collected_at):
        assert moment is None or (moment.utcoffset() is not None and moment <= NOW + timedelta(days=1))
    assert mention.url is None or mention.url.startswith(("https://", "http://"))


def check_count(count: Any) -> None:
    assert count is None or (type(count) is int and 0 <= count < MOST)


# JSON in any shape


def paths(node: Any, at: Path_ = ()) -> Iterator[Path_]:
    yield at
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*at, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from paths(value, (*at, place))


def with_damage(node: Any, path: Path_, value: Any) -> Any:
    """A copy with another value at the path; parts off the path are shared."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = with_damage(node[path[0]], path[1:], value)
    return copy


def value_at(node: Any, path: Path_) -> Any:
    for key in path:
        node = node[key]
    return node


@cache
def document_of(file: str) -> tuple[Any, list[Path_]] | None:
    """A JSON fixture and its paths; None for fixtures of other kinds."""
    try:
        document = json.loads(fixture_bytes(file))
    except ValueError:
        return None
    return document, list(paths(document))


def documents() -> list[Any]:
    return [pytest.param(*e[1:], id=e[0]) for e in FUZZED if document_of(e[2]) is not None]


QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


@pytest.mark.parametrize(("parse", "file"), documents())
def test_a_list_in_place_of_any_value(parse: Parse, file: str) -> None:
    """Everywhere, one place at a time: what is looked up somewhere must not be taken for a word."""
    document, places = document_of(file) or (None, [])
    for path in places:
        check(read(parse, json.dumps(with_damage(document, path, [{}]))))


@pytest.mark.parametrize(("parse", "file"), documents())
@settings(QUICK, max_examples=30)
@given(data=st.data())
def test_any_value_anywhere_in_an_answer(parse: Parse, file: str, data: st.DataObject) -> None:
    found = document_of(file)
    assert found is not None
    document, places = found
    for path in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        try:
            document = with_damage(document, path, data.draw(ODD))
        except (TypeError, KeyError, IndexError):
            continue  # an earlier damage took this place away
    payload = json.dumps(document)
    check(read(parse, payload, status=data.draw(STATUSES), url=data.draw(URLS), content_type=data.draw(TYPES)))


@each
@settings(QUICK, max_examples=25)
@given(data=st.data())
def test_cut_off_or_overwritten_bytes(parse: Parse, file: str, data: st.DataObject) -> None:
    raw = fixture_bytes(file)
    cut = data.draw(st.integers(0, len(raw)))
    noise = data.draw(st.binary(max_size=6))
    payload = raw[:cut] if data.draw(st.booleans()) else raw[:cut] + noise + raw[cut + len(noise) :]
    check(read(parse, payload, content_type=data.draw(TYPES), url=data.draw(URLS)))


@each
@settings(QUICK, max_examples=15)
@given(payload=st.binary(max_size=200) | st.text(max_size=200), status=STATUSES, url=URLS)
def test_any_bytes_at_all(parse: Parse, file: str, payload: Any, status: int, url: str) -> None:
    check(read(parse, payload, status=status, url=url))


# never a wrong number in place of an unknown one


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
        for value, damage in self.leaves:
            other = "8642" if isinstance(value, str) else 8642
            after = figures_of(read(self.parse, damage(other)))
            moved = [k for k, v in after.items() if k in self.before and v != self.before[k] and v is not None]
            if moved:
                yield value, damage, moved


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
    for was, damage, moved in damaged.counts():
        for odd in choose.sample(garbage, 3):
            answer = read(parse, damage(odd))
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


# no parser is left out


def parsers() -> dict[CodeType, str]:
    """Code of every ``parse_…`` function of the parsers' modules → "module.name"."""
    found = {}
    for module in pkgutil.iter_modules(crawlers.parsers.__path__):
        loaded = importlib.import_module(f"crawlers.parsers.{module.name}")
        for name, function in vars(loaded).items():
            if name.startswith("parse_") and inspect.isfunction(function) and function.__module__ == loaded.__name__:
                found[function.__code__] = f"{module.name}.{name}"
    return found


def test_every_parser_is_listed() -> None:
    known, called = parsers(), set()

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in known:
            called.add(known[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for _, parse, file in FUZZED:
            read(parse, fixture_bytes(file))
    finally:
        sys.setprofile(before)
    assert set(known.values()) - called - NO_PAYLOADS == set(), "in no FUZZED list of tests/crawlers/test_*.py"
    assert set(known.values()) >= NO_PAYLOADS, "gone from the parsers"
