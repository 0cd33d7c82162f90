from datetime import UTC, datetime

import pytest

from crawlers.parsers import bluesky
from records.mention import Media, Verified
from records.outcome import Outcome, Page
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://x.example/xrpc/q", "collected_at": NOW, "content_type": "application/json"}


def test_posts_with_all_they_show_and_without_hidden_ones():
    page = bluesky.parse_search(fixture_bytes("bluesky_search.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.next == "25" and page.skipped == 0
    first, old, reply = page.mentions
    assert first.id == "at://did:plc:testaaa/app.bsky.feed.post/3kaaa"
    assert first.url == "https://bsky.app/profile/user-aaa.example/post/3kaaa"
    assert (first.metrics.likes, first.metrics.comments, first.metrics.reposts) == (11, 2, 8)
    assert first.topics == ("云杉茶饮",) and first.media == {Media.IMAGE} and first.author.verified is Verified.NONE
    assert first.published_at == datetime(2026, 11, 13, 10, tzinfo=UTC)
    assert old.published_at == datetime(2026, 11, 12, 9, tzinfo=UTC), (
        "a back-dated post counts from when it was indexed"
    )
    assert old.url.startswith("https://bsky.app/profile/did:plc:testbbb/") and old.author.verified is Verified.UNKNOWN
    assert reply.parent_id == reply.root_id == first.id


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ("<html><h1>403 Forbidden</h1></html>", {"status": 403, "content_type": "text/html"}, Outcome.BLOCKED_LOGIN),
        (
            "<html><h1>403 Forbidden</h1></html>",
            {"status": 403, "content_type": "text/html", "signed_in": True},
            Outcome.BLOCKED_BOT,
        ),
        ('{"error":"AuthMissing","message":"x"}', {"status": 401}, Outcome.BLOCKED_LOGIN),
        ('{"error":"ExpiredToken"}', {"status": 400}, Outcome.BLOCKED_LOGIN),
        ('{"error":"RateLimitExceeded"}', {"status": 429}, Outcome.BLOCKED_RATE),
        ('{"error":"Surprise"}', {"status": 400}, Outcome.CHANGED),
        ('{"error":"InternalServerError"}', {"status": 500}, Outcome.NETWORK),
        (b"", {"status": 502}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        ('{"posts":[],"hitsTotal":0}', {}, Outcome.EMPTY),
        ('{"posts":[],"hitsTotal":7}', {}, Outcome.SUSPECT),
        ('{"feed":[]}', {}, Outcome.CHANGED),
        ('{"posts":[{"uri":"x"}]}', {}, Outcome.CHANGED),
        ("[]", {}, Outcome.CHANGED),
        ("<html></html>", {}, Outcome.CHANGED),
    ],
)
def test_every_refusal_is_named(payload, changes, outcome):
    page = bluesky.parse_search(payload, **{**OK, **changes})
    assert page.outcome is outcome and page.mentions == ()


def test_sessions_and_their_refusals():
    opened = bluesky.parse_session('{"accessJwt":"AAA","refreshJwt":"RRR"}', status=200)
    assert isinstance(opened, bluesky.Session) and opened.access == "AAA"
    assert "AAA" not in repr(opened) and "RRR" not in repr(opened)
    refused = bluesky.parse_session('{"error":"AuthenticationRequired"}', status=401)
    assert isinstance(refused, Page) and refused.outcome is Outcome.BLOCKED_LOGIN
    assert bluesky.parse_session("{}", status=200).outcome is Outcome.CHANGED
    assert bluesky.parse_error('{"error":"ExpiredToken"}') == "ExpiredToken"
    assert bluesky.parse_error("<html>") is None


def test_followers_come_from_profiles_and_stay_unknown_without():
    page = bluesky.parse_search(fixture_bytes("bluesky_search.json"), **OK)
    profiles = (
        '{"profiles":[{"did":"did:plc:testaaa","followersCount":812},{"did":"did:plc:testbbb","followersCount":"?"},3]}'
    )
    followers = bluesky.parse_profiles(profiles, status=200)
    assert followers == {"did:plc:testaaa": 812}
    assert [bluesky.with_followers(m, followers).author.followers for m in page.mentions] == [812, None, None]
    assert bluesky.parse_profiles("<html>", status=403) == {}
