"""What the tests over all parsers share: the FUZZED lists of the platforms' test modules, reading with any of these parsers,
and what is demanded of whatever they answer."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from records.mention import COUNT_NAMES, Mention, Platform, mention_to_json
from records.outcome import Outcome, Page
from tests.crawlers.conftest import NOW, fixture_bytes

Parse = Callable[..., Any]
Path_ = tuple[Any, ...]
MOST = 10**12
"""No figure of a post is as large."""
OF_ALL = ("test_fuzz", "test_damage")
"""Modules that use these lists."""


def gathered() -> list[tuple[str, Parse, str]]:
    """(name, parser, payload's file) of the FUZZED lists of all test modules beside this one."""
    found = []
    for module in sorted(Path(__file__).parent.glob("test_*.py")):
        if module.stem in OF_ALL:
            continue
        listed = getattr(importlib.import_module(f"tests.crawlers.{module.stem}"), "FUZZED", ())
        found += [(f"{module.stem[5:]}-{file}-{name_of(parse)}", parse, file) for parse, file in listed]
    return found


def name_of(parse: Parse) -> str:
    whole = parse.func if isinstance(parse, partial) else parse
    return getattr(whole, "__name__", str(whole))


FUZZED = gathered()
"""(name of the case, parser, payload's file)"""
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


def platform_of(name: str) -> Platform:
    """The platform of a case, by its module."""
    return Platform(name.partition("-")[0].partition("_")[0])


def documents() -> list[Any]:
    """The cases whose payload is JSON."""
    return [pytest.param(*e[1:], id=e[0]) for e in FUZZED if document_of(e[2]) is not None]
