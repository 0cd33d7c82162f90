import json
from datetime import UTC, datetime

import pytest

from crawlers.parsers import hackernews
from records.mention import Kind, Media
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://hn.algolia.com/api/v1/search_by_date", "collected_at": NOW}
FUZZED = [
    (hackernews.parse_search, "hackernews/search.json"),
    (hackernews.parse_item, "hackernews/item.json"),
    (hackernews.parse_comments, "hackernews/item.json"),
]


def search(payload=None, **changes):
    return hackernews.parse_search(payload or fixture_bytes("hackernews/search.json"), **{**OK, **changes})


def changed(name, **keys):
    return json.dumps({**json.loads(fixture_bytes(f"hackernews/{name}.json")), **keys})


def test_stories_and_comments_with_their_places_in_the_thread():
    page = search()
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "1")
    story, comment, reply, question = page.mentions
    assert (story.kind, story.id, story.title, story.text) == (Kind.POST, "46100001", "Spruce Tea app leaks orders", "")
    assert (story.metrics.likes, story.metrics.comments, story.media) == (87, 31, {Media.LINK})
    assert story.published_at == datetime(2026, 11, 13, 2, tzinfo=UTC) and story.author.id == "spruce_fan"
    assert story.url == "https://news.ycombinator.com/item?id=46100001" and story.root_id is None
    assert (comment.kind, comment.parent_id, comment.root_id) == (Kind.COMMENT, "46100001", "46100001")
    assert comment.text == "I'd call it a joke & worse.\nRefund took 7 days / never https://x.example"
    assert comment.title is None and comment.metrics.likes is None
    assert (reply.kind, reply.parent_id, reply.root_id) == (Kind.REPLY, "46100002", "46100001")
    assert question.text == "Anyone know's it <now>?" and question.metrics.comments is None and not question.media


def test_pages_end_where_the_index_says_so_and_a_full_index_promises_more():
    assert search(changed("search", page=2)).next is None
    assert search(changed("search", page=2, nbHits=1500)).next == "3"
    assert search(changed("search", hits=[], page=3)).outcome is Outcome.EMPTY


def test_nothing_found_is_empty_only_where_the_count_agrees():
    assert search(fixture_bytes("hackernews/nothing.json")).outcome is Outcome.EMPTY
    assert search(changed("search", hits=[])).outcome is Outcome.SUSPECT
    assert search('{"results": []}').outcome is Outcome.CHANGED


def test_the_sentence_of_a_bad_request_is_kept():
    page = search(fixture_bytes("hackernews/bad_request.json"), status=400)
    assert page.outcome is Outcome.CHANGED and "numericFilters" in page.detail
    assert search("{}", status=429).outcome is Outcome.BLOCKED_RATE


def test_an_item_as_it_stands_now_counts_its_living_comments():
    page = hackernews.parse_item(fixture_bytes("hackernews/item.json"), **OK)
    (story,) = page.mentions
    assert (page.outcome, story.metrics.likes, story.metrics.comments) == (Outcome.ITEMS, 90, 3)
    assert (story.kind, story.id, story.title) == (Kind.POST, "46100001", "Spruce Tea app leaks orders")


@pytest.mark.parametrize(
    ("payload", "status"),
    [('{"status": 404, "error": "Not Found"}', 404), (changed("item", author=None, title=None, text=None), 200)],
)
def test_a_deleted_item_is_gone(payload, status):
    assert hackernews.parse_item(payload, **{**OK, "status": status}).outcome is Outcome.GONE
    if status == 404:
        assert hackernews.parse_comments(payload, **{**OK, "status": status}).outcome is Outcome.GONE


def test_the_tree_gives_comments_newest_first_without_deleted_ones():
    page = hackernews.parse_comments(fixture_bytes("hackernews/item.json"), **OK)
    assert [(m.id, m.kind, m.parent_id) for m in page.mentions] == [
        ("46100007", Kind.REPLY, "46100005"),
        ("46100003", Kind.REPLY, "46100002"),
        ("46100002", Kind.COMMENT, "46100001"),
    ]
    assert {m.root_id for m in page.mentions} == {"46100001"} and page.skipped == 0
    assert hackernews.parse_comments(changed("item", children=[]), **OK).outcome is Outcome.EMPTY
    assert hackernews.parse_comments(changed("item", children=None), **OK).outcome is Outcome.CHANGED


def test_a_thread_as_deep_as_the_parser_of_json_allows_is_read():
    item = {"id": 1, "author": "a", "text": "x", "parent_id": 7, "created_at_i": 1794535200, "children": []}
    for ident in range(2, 300):
        item = {**item, "id": ident, "children": [item]}
    page = hackernews.parse_comments(json.dumps({**item, "id": 7, "title": "t"}), **OK)
    assert len(page.mentions) == 298
