"""Damaged and hostile payloads: always a page with a named outcome, never an exception, never a made-up number."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.parsers import bluesky, mastodon, rss, weibo, xiaohongshu
from records.mention import COUNT_NAMES, mention_to_json
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

PARSERS = {
    "weibo_search.json": weibo.parse_search,
    "xhs_search.json": xiaohongshu.parse_search,
    "xhs_feed.json": xiaohongshu.parse_detail,
    "bluesky_search.json": bluesky.parse_search,
    "mastodon_tag.json": mastodon.parse_tag,
    "feed.json": rss.parse_search,
}
FEEDS = ("rsshub_weibo.xml", "google_news.xml", "atom.xml")
URLS = st.sampled_from(["https://x.example/a?page=1", "http://[bad", "", "https://passport.x/login", "http://\u2100/"])

ODD = st.sampled_from(
    [None, True, False, -1, 0, 1.5, 10**40, "", "x", "赞", "1.2万", "12.7", "\ud800", "\x00", [], {}, [[]], {"a": {}}]
) | st.text(max_size=8)


def paths(node, at=()):
    yield at
    if isinstance(node, dict):
        for key, value in node.items():
            yield from paths(value, (*at, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from paths(value, (*at, place))


def with_damage(document, path, value):
    if not path:
        return value
    whole = json.loads(json.dumps(document))
    node = whole
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return whole


def check(page):
    assert isinstance(page.outcome, Outcome)
    assert not (page.outcome is Outcome.ITEMS and not page.mentions)
    for mention in page.mentions:
        json.dumps(mention_to_json(mention), ensure_ascii=False).encode()
        assert mention.id
        for name in COUNT_NAMES:
            count = getattr(mention.metrics, name)
            assert count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 0)
        assert mention.published_at is None or mention.published_at <= NOW + timedelta(days=1)
        assert mention.url is None or mention.url.startswith(("https://", "http://"))


@pytest.mark.parametrize("name", sorted(PARSERS))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_in_an_answer(name, data):
    document = json.loads(fixture_bytes(name))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(paths(document), key=repr)))
        document = with_damage(document, path, data.draw(ODD))
    payload = json.dumps(document)
    status = data.draw(st.sampled_from([200, 200, 200, 302, 403, 461, 500]))
    check(PARSERS[name](payload, status=status, url=data.draw(URLS), collected_at=NOW))


@pytest.mark.parametrize("name", [*sorted(PARSERS), *FEEDS])
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_cut_off_or_overwritten_bytes(name, data):
    raw = fixture_bytes(name)
    cut = data.draw(st.integers(0, len(raw)))
    noise = data.draw(st.binary(max_size=6))
    payload = raw[:cut] if data.draw(st.booleans()) else raw[:cut] + noise + raw[cut + len(noise) :]
    content_type = data.draw(st.sampled_from(["", "text/html", "application/json; charset=gbk", "application/xml"]))
    parse = PARSERS.get(name, rss.parse_search)
    check(parse(payload, status=200, url="https://x.example/", collected_at=NOW, content_type=content_type))


@settings(max_examples=100, deadline=None)
@given(payload=st.binary(max_size=200) | st.text(max_size=200), url=URLS)
def test_any_bytes_at_all(payload, url):
    for parse in (*PARSERS.values(), weibo.parse_longtext, xiaohongshu.parse_author):
        outcome = parse(payload, status=200, url=url, collected_at=NOW).outcome
        assert isinstance(outcome, Outcome)
    for parse_page in (xiaohongshu.parse_search_page, xiaohongshu.parse_detail_page):
        check(parse_page(payload, status=200, url=url, collected_at=NOW))
    bluesky.parse_profiles(payload, status=200)
    bluesky.parse_session(payload, status=200)


@pytest.mark.parametrize("name", ["weibo_search.json", "xhs_search.json"])
def test_a_figure_that_is_damaged_becomes_unknown_not_another_number(name):
    document = json.loads(fixture_bytes(name))
    figures = {"attitudes_count", "comments_count", "reposts_count", "liked_count", "comment_count", "collected_count"}
    for path in [p for p in paths(document) if p and p[-1] in figures]:
        damaged = with_damage(document, path, "１２万八")
        page = PARSERS[name](json.dumps(damaged), status=200, url="https://x.example/?page=1", collected_at=NOW)
        assert 120_000 not in {getattr(m.metrics, n) for m in page.mentions for n in COUNT_NAMES}
