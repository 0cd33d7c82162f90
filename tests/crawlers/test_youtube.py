from datetime import UTC, datetime
from functools import partial

import pytest

from crawlers.parsers import youtube
from records.mention import Kind, Media, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {
    "status": 200,
    "url": "https://x.example/youtube/v3/search",
    "collected_at": NOW,
    "content_type": "application/json",
}


def test_found_videos_without_channels_and_with_readable_titles():
    page = youtube.parse_search(fixture_bytes("youtube/search.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.skipped == 0 and page.next == "CDIQAA"
    first, live = page.mentions
    assert (first.id, first.title, first.kind) == ("yunshanVid1", "云杉茶饮's <虫> & 退款", Kind.VIDEO)
    assert first.url == "https://www.youtube.com/watch?v=yunshanVid1"
    assert first.published_at == datetime(2026, 11, 13, 8, tzinfo=UTC) and first.metrics.reads is None
    assert (first.author.id, first.author.verified) == ("UCyunshan0000000000000001", Verified.UNKNOWN)
    assert first.media == {Media.VIDEO} and live.media == {Media.VIDEO, Media.LIVE}


def test_figures_come_as_text_and_hidden_ones_stay_unknown():
    first, live = youtube.parse_videos(fixture_bytes("youtube/videos.json"), **OK).mentions
    assert (first.metrics.reads, first.metrics.likes, first.metrics.comments) == (10231, None, 88)
    assert (live.metrics.reads, live.metrics.likes, live.metrics.comments) == (5, 0, None)
    assert first.title == "云杉茶饮's <虫> & 退款", "this list is not escaped"
    assert first.topics == ("退款", "云杉茶饮"), "a link's #part is no topic"
    subscribers = youtube.parse_subscribers(fixture_bytes("youtube/channels.json"), status=200)
    assert subscribers == {"UCyunshan0000000000000001": 12300}
    assert [youtube.with_subscribers(m, subscribers).author.followers for m in (first, live)] == [12300, None]
    assert youtube.parse_subscribers(fixture_bytes("youtube/quota.json"), status=403) == {}


def test_comments_with_their_replies():
    page = youtube.parse_comments(fixture_bytes("youtube/comments.json"), **OK, video="yunshanVid1")
    assert page.next == "NEXT"
    first, reply, second = page.mentions
    assert [m.kind for m in page.mentions] == [Kind.COMMENT, Kind.REPLY, Kind.COMMENT]
    assert (first.parent_id, reply.parent_id, reply.root_id) == ("yunshanVid1", "Ugyunshan01", "yunshanVid1")
    assert (first.metrics.likes, first.metrics.comments, reply.metrics.likes) == (7, 1, 0)
    assert first.edited_at == datetime(2026, 11, 13, 9, 5, tzinfo=UTC) and second.edited_at is None
    assert first.url == "https://www.youtube.com/watch?v=yunshanVid1&lc=Ugyunshan01"
    assert (first.author.id, reply.author.id) == ("UCyunshan0000000000000009", None)


def refusal(reason: str, message: str = "x") -> str:
    return f'{{"error":{{"code":403,"message":"{message}","errors":[{{"reason":"{reason}"}}]}}}}'


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        (fixture_bytes("youtube/quota.json"), 403, Outcome.BLOCKED_QUOTA),
        (refusal("dailyLimitExceeded"), 403, Outcome.BLOCKED_QUOTA),
        (refusal("rateLimitExceeded"), 403, Outcome.BLOCKED_RATE),
        (refusal("rateLimitExceeded", "Quota exceeded for 'Search Queries per day'"), 429, Outcome.BLOCKED_QUOTA),
        (fixture_bytes("youtube/key_invalid.json"), 400, Outcome.BLOCKED_LOGIN),
        (refusal("keyInvalid"), 400, Outcome.BLOCKED_LOGIN),
        (refusal("accessNotConfigured"), 403, Outcome.BLOCKED_LOGIN),
        (refusal("forbidden"), 403, Outcome.BLOCKED_LOGIN),
        (refusal("videoNotFound"), 404, Outcome.GONE),
        (fixture_bytes("youtube/comments_disabled.json"), 403, Outcome.EMPTY),
        (refusal("backendError"), 500, Outcome.NETWORK),
        (refusal("somethingNew"), 400, Outcome.CHANGED),
        (refusal("somethingNew"), 503, Outcome.NETWORK),
        ("<html>Bad gateway</html>", 502, Outcome.NETWORK),
        ("<html>Sorry</html>", 200, Outcome.CHANGED),
        ("", 200, Outcome.NETWORK),
        ('{"kind":"youtube#searchListResponse","items":[{"id"', 200, Outcome.NETWORK),
        ('{"kind":"youtube#searchListResponse","items":[],"pageInfo":{"totalResults":0}}', 200, Outcome.EMPTY),
        ('{"kind":"youtube#searchListResponse","items":[],"pageInfo":{"totalResults":9}}', 200, Outcome.SUSPECT),
        ('{"kind":"youtube#searchListResponse"}', 200, Outcome.CHANGED),
        ('{"items":[]}', 200, Outcome.CHANGED),
        ('{"kind":"youtube#x","items":[{"id":{"kind":"youtube#video"}}]}', 200, Outcome.CHANGED),
        ("[]", 200, Outcome.CHANGED),
    ],
)
def test_every_refusal_is_named_by_its_reason_and_never_repeats_the_platform_s_words(payload, status, outcome):
    page = youtube.parse_search(payload, **{**OK, "status": status})
    assert page.outcome is outcome and page.mentions == () and page.detail
    assert "AIza" not in page.detail and "Quota exceeded for" not in page.detail


def test_quotas_are_renewed_at_midnight_pacific_with_its_daylight_saving():
    winter = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)  # 04:00 there
    assert youtube.seconds_to_reset(winter) == 20 * 3600
    change = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)  # 01:00 there, of a day of 25 hours
    assert youtube.seconds_to_reset(change) == 24 * 3600
    assert youtube.seconds_to_reset(NOW) == 20 * 3600


def test_videos_by_their_addresses():
    for address in (
        "yunshanVid1",
        "https://www.youtube.com/watch?v=yunshanVid1&t=3",
        "https://m.youtube.com/watch?app=desktop&v=yunshanVid1",
        "https://youtu.be/yunshanVid1?si=x",
        "https://www.youtube.com/shorts/yunshanVid1",
    ):
        assert youtube.video_id(address) == "yunshanVid1", address
    assert [youtube.video_id(a) for a in (None, "", "https://evil.example/watch?v=yunshanVid1", "watch")] == [None] * 4


FUZZED = [
    (youtube.parse_search, "youtube/search.json"),
    (youtube.parse_videos, "youtube/videos.json"),
    (youtube.parse_subscribers, "youtube/channels.json"),
    (partial(youtube.parse_comments, video="yunshanVid1"), "youtube/comments.json"),
]
