from datetime import UTC, datetime

import pytest

from crawlers.parsers import rss
from crawlers.parsers.weibo import bid_to_mid
from records.mention import Kind, Media, Platform, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://hub.example/feed", "collected_at": NOW, "content_type": "application/xml"}


def read(payload, **changes):
    return rss.parse_search(payload, **{**OK, **changes})


def test_rsshub_weibo_entries_are_weibo_posts_under_weibos_own_id():
    page = read(fixture_bytes("rsshub_weibo.xml"))
    post, blog = page.mentions
    assert page.outcome is Outcome.ITEMS
    assert (post.platform, post.kind, post.id) == (Platform.WEIBO, Kind.POST, "5188000000000011")
    assert (post.text, post.title, post.author.id) == ("云杉茶饮里有虫[怒]", None, "7000000001")
    assert post.parent_id == bid_to_mid("PAVhu0005") == "5188000000000005"
    assert post.media == {Media.IMAGE} and post.published_at == datetime(2026, 11, 13, 10, 20, 5, tzinfo=UTC)
    assert post.metrics.likes is None and post.author.followers is None and post.author.verified is Verified.UNKNOWN
    assert (blog.platform, blog.kind, blog.id, blog.topics) == (Platform.RSS, Kind.ARTICLE, "weather-1", ("天气",))


def test_google_news_gives_headline_and_publisher():
    page = read(fixture_bytes("google_news.xml"), platform=Platform.NEWS)
    (article,) = page.mentions
    assert article.title == "茶饮 - 云杉道歉" and article.text == ""
    assert (article.author.name, article.author.verified) == ("都市晚报", Verified.MEDIA)
    assert (article.platform, article.id) == (Platform.NEWS, "CBMitest1")


def test_atom_and_json_feed():
    (entry,) = read(fixture_bytes("atom.xml")).mentions
    assert (entry.title, entry.text, entry.author.name) == ("云杉茶饮投诉", "退款\n\n三天了", "楼主")
    assert entry.published_at == datetime(2026, 11, 12, 2, tzinfo=UTC)
    assert entry.edited_at == datetime(2026, 11, 13, 2, tzinfo=UTC)
    (video,) = read(fixture_bytes("feed.json"), content_type="application/feed+json").mentions
    assert (video.platform, video.kind, video.id) == (Platform.BILIBILI, Kind.VIDEO, "BV1test000001")
    assert (video.text, video.author.name) == ("有虫", "UP主")


def test_the_words_of_a_query_must_all_occur():
    feed = fixture_bytes("rsshub_weibo.xml")
    assert [m.id for m in read(feed, query="云杉茶饮 有虫").mentions] == ["5188000000000011"]
    none = read(feed, query="云杉茶饮 退款")
    assert none.outcome is Outcome.EMPTY and none.mentions == ()


ERROR_PAGE = "<html><title>Welcome to RSSHub!</title><h1>Looks like something went wrong</h1><code>%s</code></html>"


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (ERROR_PAGE % 'FetchError: [GET] "https://m.weibo.cn": 432', {"status": 503}, Outcome.BLOCKED_RATE),
        (ERROR_PAGE % "Error: this route is empty, please check", {"status": 503}, Outcome.SUSPECT),
        (ERROR_PAGE % "Error: something", {"status": 503}, Outcome.BLOCKED_BOT),
        (ERROR_PAGE % "Error: something", {"status": 200}, Outcome.BLOCKED_BOT),
        (ERROR_PAGE % "NotFoundError", {"status": 404}, Outcome.CHANGED),
        (ERROR_PAGE % "Access denied", {"status": 403}, Outcome.BLOCKED_LOGIN),
        ('<html>unusual traffic <form action="/sorry/index">', {"status": 429}, Outcome.BLOCKED_RATE),
        ("<html></html>", {"url": "https://consent.google.com/ml?x=1"}, Outcome.BLOCKED_BOT),
        ("<html><title>x</title></html>", {"content_type": "text/html"}, Outcome.CHANGED),
        (b"", {}, Outcome.NETWORK),
        (b"", {"status": 502}, Outcome.NETWORK),
        (b"", {"status": 410}, Outcome.GONE),
        ("just text", {}, Outcome.CHANGED),
        ('{"version":"2.0"}', {}, Outcome.CHANGED),
        ('{"version":"https://jsonfeed.org/version/1.1","items":[]}', {}, Outcome.SUSPECT),
        ("<rss version='2.0'><channel><generator>RSSHub</generator></channel></rss>", {}, Outcome.SUSPECT),
        ("<rss version='2.0'><channel><generator>NFE/5.0</generator></channel></rss>", {}, Outcome.EMPTY),
    ],
)
def test_a_page_instead_of_a_feed_is_never_an_empty_feed(payload, changes, outcome):
    page = read(payload, **changes)
    assert page.outcome is outcome and page.mentions == () and page.detail


def test_a_payload_that_looks_like_a_path_or_an_address_is_never_opened():
    for payload in (b"/etc/passwd", b"file:///etc/passwd", "http://127.0.0.1:1/"):
        assert read(payload).outcome is Outcome.CHANGED
