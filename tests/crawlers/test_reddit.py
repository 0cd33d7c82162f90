import json

import pytest

from crawlers.parsers import reddit, reddit_walls
from records.mention import Kind, Media
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://oauth.reddit.com/search?q=x", "collected_at": NOW}
BLOCKED = "<!doctype html><html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1></body></html>"
FUZZED = [
    (reddit.parse_listing, "reddit/search.json"),
    (reddit.parse_comments, "reddit/comments.json"),
    (reddit.parse_more, "reddit/more.json"),
    (reddit.parse_feed, "reddit/search.xml"),
    (reddit_walls.parse_token, "reddit/token.json"),
]


def listing(payload=None, **changes):
    return reddit.parse_listing(payload or fixture_bytes("reddit/search.json"), **{**OK, **changes})


def test_posts_with_words_unescaped_once_and_without_what_was_taken_away():
    page = listing()
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "t3_1spr06")
    assert page.gone == ("t3_1spr03", "t3_1spr05"), "a moderator's and an author's own removal"
    post, picture, orphan = page.mentions
    assert (post.id, post.title) == ("t3_1spr01", "Spruce Tea & me: refund refused")
    assert post.text == "Milk was **off** <3\n\nUS$ 5 gone" and post.topics == ("expats", "Complaint")
    assert (post.metrics.likes, post.metrics.comments, post.metrics.reposts) == (231, 64, 2)
    assert (post.author.id, post.author.name) == ("t2_abc1", "tea_lover")
    assert post.edited_at and post.published_at and post.edited_at > post.published_at
    assert post.url == "https://www.reddit.com/r/expats/comments/1spr01/a_slug/" and post.media == frozenset()
    assert picture.media == {Media.IMAGE} and picture.parent_id == "t3_1spr99" and picture.edited_at is None
    assert picture.metrics.likes is None, "a score below zero is no number of likes"
    assert (orphan.text, orphan.author.name, orphan.author.id) == ("the words still stand", None, None)


def test_nothing_found_and_nothing_readable_are_different():
    assert listing(fixture_bytes("reddit/nothing.json")).outcome is Outcome.EMPTY
    assert listing('{"kind": "Listing", "data": {"items": []}}').outcome is Outcome.CHANGED
    nameless = json.loads(fixture_bytes("reddit/search.json"))
    for child in nameless["data"]["children"]:
        child["data"].pop("title", None)
    assert listing(json.dumps(nameless)).outcome is Outcome.CHANGED


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (BLOCKED, {"status": 403, "content_type": "text/html"}, Outcome.BLOCKED_BOT),
        (BLOCKED, {"status": 200, "content_type": "text/html"}, Outcome.BLOCKED_BOT),
        (BLOCKED, {"status": 429, "content_type": "text/html"}, Outcome.BLOCKED_RATE),
        ('{"message": "Unauthorized", "error": 401}', {"status": 401}, Outcome.BLOCKED_LOGIN),
        ('{"message": "Too Many Requests", "error": 429}', {"status": 429}, Outcome.BLOCKED_RATE),
        ('{"reason": "private", "message": "Forbidden", "error": 403}', {"status": 403}, Outcome.SUSPECT),
        ("<html><title>Reddit</title></html>", {"content_type": "text/html"}, Outcome.CHANGED),
        ("", {"status": 302, "url": "https://www.reddit.com/login/?dest=x"}, Outcome.BLOCKED_LOGIN),
        ('{"kind": "Listing", "data": {"chil', {}, Outcome.NETWORK),
        ("upstream", {"status": 503}, Outcome.NETWORK),
    ],
)
def test_every_way_of_saying_no_has_its_name(payload, changes, outcome):
    for parse in (reddit.parse_listing, reddit.parse_more, reddit.parse_feed):
        page = parse(payload, **{**OK, **changes})
        assert page.outcome is outcome and page.detail


def test_a_post_that_speaks_of_blocking_is_no_wall():
    talk = fixture_bytes("reddit/search.json").replace(b"No account", b"<title>Blocked</title> whoa there, pardner")
    assert listing(talk, content_type="application/json").outcome is Outcome.ITEMS


def test_comments_and_replies_newest_first_with_the_ids_of_the_rest():
    page = reddit.parse_comments(fixture_bytes("reddit/comments.json"), **OK)
    assert [(m.id, m.kind, m.parent_id) for m in page.mentions] == [
        ("t1_oc4", Kind.COMMENT, "t3_1spr01"),
        ("t1_oc2", Kind.REPLY, "t1_oc1"),
        ("t1_oc1", Kind.COMMENT, "t3_1spr01"),
    ]
    assert {m.root_id for m in page.mentions} == {"t3_1spr01"} and page.mentions[2].text == "Same here > 3 calls"
    assert (page.more, page.gone, page.skipped) == (("oc9", "oc8"), ("t1_oc3",), 0)
    further = reddit.parse_more(fixture_bytes("reddit/more.json"), **OK)
    assert [(m.id, m.kind) for m in further.mentions] == [("t1_oc9", Kind.COMMENT), ("t1_oc8", Kind.REPLY)]


def test_a_post_that_was_taken_away_has_no_comments_but_is_gone():
    answer = json.loads(fixture_bytes("reddit/comments.json"))
    answer[0]["data"]["children"][0]["data"]["removed_by_category"] = "moderator"
    assert reddit.parse_comments(json.dumps(answer), **OK).outcome is Outcome.GONE
    assert reddit.parse_comments('{"message": "Not Found"}', **{**OK, "status": 404}).outcome is Outcome.GONE
    answer = json.loads(fixture_bytes("reddit/comments.json"))
    answer[1]["data"]["children"] = []
    assert reddit.parse_comments(json.dumps(answer), **OK).outcome is Outcome.EMPTY
    assert reddit.parse_comments("[]", **OK).outcome is Outcome.CHANGED


def test_the_public_feed_gives_words_and_authors_and_no_figures():
    page = reddit.parse_feed(fixture_bytes("reddit/search.xml"), **OK)
    (post,) = page.mentions
    assert (post.id, post.title, post.text) == ("t3_1spr01", "Spruce Tea & me: <b> refused", "Milk was off & sour.")
    assert (post.author.name, post.topics, post.metrics.likes) == ("tea_lover", ("expats",), None)
    assert post.published_at == listing().mentions[0].published_at
    cut = reddit.parse_feed(fixture_bytes("reddit/search.xml")[:-40], **OK)
    assert cut.outcome is Outcome.NETWORK and cut.mentions == ()


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        (fixture_bytes("reddit/token.json"), 200, Outcome.ITEMS),
        ('{"message": "Unauthorized", "error": 401}', 401, Outcome.BLOCKED_LOGIN),
        ('{"error": "invalid_grant"}', 200, Outcome.BLOCKED_LOGIN),
        ('{"token": "x"}', 200, Outcome.CHANGED),
        ('{"access_token": "two words\\r\\nX: y"}', 200, Outcome.CHANGED),
        (BLOCKED, 403, Outcome.BLOCKED_BOT),
        ("", 200, Outcome.NETWORK),
    ],
)
def test_the_token_or_one_clear_sentence(payload, status, outcome):
    token = reddit_walls.parse_token(payload, status=status, url="https://www.reddit.com/api/v1/access_token")
    assert token.outcome is outcome and bool(token.detail) is (outcome is not Outcome.ITEMS)
    assert (token.token, token.seconds) == (("tok-1", 86400.0) if outcome is Outcome.ITEMS else ("", 0))


def test_ids_with_and_without_their_kind():
    assert reddit.full_name("1abc") == reddit.full_name("t3_1abc") == "t3_1abc" and reddit.full_name("t1_x") == "t1_x"
