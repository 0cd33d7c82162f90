"""Damaged and hostile payloads, for every parser there is: always a named outcome, never an exception.

Each test module of a platform lists its parsers with a payload each in ``FUZZED``; a parser that is in none of these
lists fails a test.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
from types import CodeType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crawlers.parsers
from tests.crawlers.conftest import fixture_bytes
from tests.crawlers.fuzzing import FUZZED, Parse, check, document_of, documents, each, read, with_damage

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
