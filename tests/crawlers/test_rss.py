import re
from datetime import UTC, datetime

import pytest

from crawlers.parsers import rss
from crawlers.parsers.weibo import bid_to_mid
from records.mention import Kind, Media, Platform, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

FUZZED = [
    (rss.parse_search, "rss/forum.xml"),
    (rss.parse_search, "rss/rsshub_bilibili.xml"),
    (rss.parse_search, "feed.json"),
    (rss.parse_search, "rsshub_weibo.xml"),
    (rss.parse_search, "google_news.xml"),
    (rss.parse_search, "atom.xml"),
]
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
        ("<html>Not Found</html>", {"status": 404}, Outcome.GONE),
        ("", {"status": 404, "platform": Platform.NEWS}, Outcome.CHANGED),
        (
            ERROR_PAGE % "Error: This path is currently fetching, please come back later!",
            {"status": 503},
            Outcome.NETWORK,
        ),
        ("<html><title>Just a moment...</title></html>", {"status": 403}, Outcome.BLOCKED_BOT),
        ("<html><title>Just a moment...</title></html>", {"status": 503}, Outcome.BLOCKED_BOT),
        ("<html></html>", {"status": 429, "url": "https://www.google.com/sorry/index?q=1"}, Outcome.BLOCKED_RATE),
        ("<html></html>", {"url": "https://www.google.com/sorry/index?q=1"}, Outcome.BLOCKED_CAPTCHA),
        ("<html>登录</html>", {"url": "https://bbs.example/login?from=feed"}, Outcome.BLOCKED_LOGIN),
        ("", {"status": 302, "url": "https://bbs.example/login?from=feed"}, Outcome.BLOCKED_LOGIN),
        ('<?xml version="1.0"?><bulletin version="2.0"><item/></bulletin>', {}, Outcome.CHANGED),
        ('<?xml version="1.0"?>', {}, Outcome.NETWORK),
        ('<?xml version="1.0"?><rss vers', {}, Outcome.NETWORK),
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


def test_a_feed_is_read_whatever_its_author_left_out():
    page = read(fixture_bytes("rss/forum.xml"), url="https://bbs.example/feeds/new.xml")
    assert page.outcome is Outcome.ITEMS and page.skipped == 0
    zoneless, nameless, hostile, fifth, fourth, old = page.mentions
    assert zoneless.url == zoneless.id == "https://bbs.example/feeds/t/2?p=2", (
        "relative, and without what counts visitors"
    )
    assert (zoneless.title, zoneless.published_at) == ("云杉茶饮退款&投诉", datetime(2026, 11, 13, 10, tzinfo=UTC))
    assert nameless.id.startswith("sha256:") and nameless.url is None
    again = read(fixture_bytes("rss/forum.xml"), url="https://bbs.example/feeds/new.xml")
    assert [m.id for m in again.mentions] == [m.id for m in page.mentions]
    assert (hostile.url, hostile.id, hostile.media) == (None, "6", {Media.AUDIO})
    assert [fourth.id, fifth.id] == ["https://bbs.example/t/4", "https://bbs.example/t/5"], "one guid for two entries"
    assert old.id == "https://bbs.example/t/1", "a short number is no id beyond its feed"


def test_the_newest_entries_come_first_so_that_a_limit_cuts_the_oldest():
    times = [m.published_at for m in read(fixture_bytes("rss/forum.xml")).mentions]
    assert times == sorted(times, reverse=True) and len(set(times)) > 3


def test_alternatives_of_a_joined_query():
    feed = fixture_bytes("rss/forum.xml")
    assert {m.title for m in read(feed, query="茶饮 退款 OR 同号二").mentions} == {"云杉茶饮退款&投诉", "同号二"}


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.97])
def test_a_feed_that_breaks_off_is_no_answer_and_half_an_entry_no_mention(share):
    whole = fixture_bytes("rss/forum.xml")
    cut = read(whole[: int(len(whole) * share)])
    assert cut.outcome is Outcome.NETWORK and cut.detail
    full = {m.id: m for m in read(whole).mentions}
    assert all(full.get(m.id) == m for m in cut.mentions)


def test_what_follows_the_feed_does_not_make_it_broken():
    whole = fixture_bytes("rss/forum.xml")
    assert read(whole + b"<!-- made in 3 ms --><script>x</script>").outcome is Outcome.ITEMS
    assert read(b"<br>Notice: line 3" + whole.partition(b"?>")[2]).outcome is Outcome.ITEMS


@pytest.mark.parametrize(
    ("real", "declared", "content_type"),
    [
        ("utf-8", "gb2312", "text/xml; charset=gb2312"),
        ("utf-8", "iso-8859-1", "text/xml; charset=ISO-8859-1"),
        ("gb18030", "utf-8", "application/xml; charset=utf-8"),
        ("gb18030", "gb2312", "text/xml; charset=iso-8859-1"),
        ("gbk", "UTF-8", "text/xml"),
        ("big5", "big5", "text/xml"),
        ("utf-16", "utf-8", "text/xml; charset=utf-8"),
        ("gb18030", "no-such-charset", "text/xml; charset=base64"),
    ],
)
def test_the_charset_is_what_the_bytes_say(real, declared, content_type):
    text = fixture_bytes("rss/forum.xml").decode().replace("UTF-8", declared).replace("云杉茶饮退款", "雲杉茶飲")
    text = "".join(c for c in text if real != "big5" or c.encode("big5", "ignore"))
    page = read(text.encode(real), content_type=content_type)
    assert page.outcome is Outcome.ITEMS and "雲杉茶飲" in {(m.title or "")[:4] for m in page.mentions}


def test_a_few_bad_bytes_do_not_turn_a_feed_into_another_charset():
    page = read(fixture_bytes("rss/forum.xml").replace("上新".encode(), b"\xe4\xb8\xff\xff\xe6\x96\xb0", 1))
    assert any((m.title or "").startswith("云杉茶饮退款") for m in page.mentions)


def test_a_feed_without_times_is_a_feed_and_one_with_unreadable_times_has_changed():
    whole = fixture_bytes("rss/forum.xml").decode()
    dateless = re.sub("<pubDate>.*?</pubDate>", "", whole)
    page = read(dateless)
    assert page.outcome is Outcome.ITEMS and {m.published_at for m in page.mentions} == {None}
    assert read(re.sub("<pubDate>.*?<", "<pubDate>gestern<", whole)).outcome is Outcome.CHANGED


def test_atom_entries_that_only_say_updated_are_dated_by_it():
    feed = fixture_bytes("atom.xml").decode()
    (entry,) = read(re.sub("<published>.*?</published>", "", feed)).mentions
    assert entry.published_at == datetime(2026, 11, 13, 2, tzinfo=UTC) and entry.edited_at is None


def test_rsshub_entries_of_video_sites_are_that_sites_videos_with_figures_where_shown():
    douyin, bilibili = read(fixture_bytes("rss/rsshub_bilibili.xml")).mentions
    assert (bilibili.platform, bilibili.kind, bilibili.id) == (Platform.BILIBILI, Kind.VIDEO, "BV1spruce0011")
    assert (bilibili.text, bilibili.author.id) == ("自费体验", "700000011")
    assert (bilibili.metrics.reads, bilibili.metrics.saves, bilibili.metrics.comments) == (15210, 903, 320)
    assert (douyin.platform, douyin.id, douyin.text) == (Platform.DOUYIN, "7300000000000000011", "另一种写法：播放 12")
    assert douyin.metrics.reads is None


def test_google_news_ids_are_the_redirects_own():
    feed = fixture_bytes("google_news.xml").decode()
    (article,) = read(re.sub("<guid.*?</guid>", "", feed), platform=Platform.NEWS).mentions
    assert (article.id, article.url) == ("CBMitest1", "https://news.google.com/rss/articles/CBMitest1")
