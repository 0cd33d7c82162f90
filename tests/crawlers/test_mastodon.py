from datetime import UTC, datetime

import pytest

from crawlers.parsers import mastodon
from records.mention import Media, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://ins.example/api", "collected_at": NOW, "content_type": "application/json"}


def test_posts_with_all_they_show_and_without_private_ones():
    page = mastodon.parse_tag(fixture_bytes("mastodon_tag.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.skipped == 0
    assert page.next == "115500000000000001"
    first, boosted, reply = page.mentions
    assert first.id == "https://ins.example/users/u1/statuses/1" and first.url == "https://ins.example/@u1/1"
    assert first.text == "白桃乌龙里有虫 :blobangry:\n退款要等\n\n#云杉茶饮 x.example/long"
    assert first.edited_at == datetime(2026, 11, 13, 9, 45, tzinfo=UTC)
    assert (first.metrics.likes, first.metrics.comments, first.metrics.reposts) == (6, 1, 6)
    assert (first.author.id, first.author.followers) == ("https://ins.example/users/u1", 121)
    assert first.author.verified is Verified.PERSONAL and first.media == {Media.VIDEO} and first.topics == ("云杉茶饮",)
    assert boosted.id.endswith("/9") and boosted.text == "原嘟 云杉茶饮"
    assert reply.parent_id == "115500000000000001" and reply.title == "慎入"
    assert reply.author.followers is None, "0 of an account that hides its collections is not told"
    assert reply.url == reply.id


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ("[]", {}, Outcome.EMPTY),
        ('{"error":"This method requires an authenticated user"}', {"status": 401}, Outcome.BLOCKED_LOGIN),
        ('{"error":"Too many requests"}', {"status": 429}, Outcome.BLOCKED_RATE),
        (b"", {"status": 503}, Outcome.NETWORK),
        ("<html></html>", {"content_type": "text/html"}, Outcome.CHANGED),
        ('{"statuses":[]}', {}, Outcome.CHANGED),
        ('{"error":"x"}', {}, Outcome.CHANGED),
        ("[1,2]", {}, Outcome.CHANGED),
        ("[{", {}, Outcome.NETWORK),
    ],
)
def test_every_refusal_of_a_timeline_is_named(payload, changes, outcome):
    page = mastodon.parse_tag(payload, **{**OK, **changes})
    assert page.outcome is outcome and page.mentions == ()


def test_an_empty_search_is_only_empty_when_proven():
    empty = '{"accounts":[],"statuses":[],"hashtags":[]}'
    assert mastodon.parse_search(empty, **OK).outcome is Outcome.SUSPECT
    assert mastodon.parse_search(empty, **OK, proven=True).outcome is Outcome.EMPTY
    assert mastodon.parse_search("[]", **OK).outcome is Outcome.CHANGED
    found = b'{"statuses":%s}' % fixture_bytes("mastodon_tag.json")
    assert len(mastodon.parse_search(found, **OK).mentions) == 3


def test_the_newest_id_sorts_by_length_first():
    assert mastodon.newest_id('[{"id":"99"},{"id":"100"},{"id":"098"}]') == "100"
    assert mastodon.newest_id("x") is None


def test_addresses_of_a_hostile_instance_are_dropped():
    post = '[{"uri":"javascript:alert(1)","url":"http://[bad","content":"x","created_at":"2026-11-13T09:00:00Z"}]'
    mention = mastodon.parse_tag(post, **OK).mentions[0]
    assert mention.url is None
