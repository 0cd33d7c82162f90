"""Weibo's desktop search page: what it shows, what it does not, and the walls in its place."""

import re
from datetime import UTC, datetime

import pytest

from crawlers.parsers.weibo_html import parse_search_page
from records.mention import Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

URL = "https://s.weibo.com/weibo?q=x&xsort=time&page=1"
OK = {"status": 200, "url": URL, "collected_at": NOW, "content_type": "text/html; charset=utf-8"}
PAGE = fixture_bytes("weibo/search_page.html")


def search(payload, **changes):
    return parse_search_page(payload, **{**OK, **changes})


@pytest.fixture(scope="module")
def posts():
    page = search(PAGE)
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "2")
    assert page.cut == {"5188000000000316"}
    return page.mentions


def test_a_post_without_what_the_page_does_not_show(posts):
    m = posts[0]
    assert m.text == "在@云杉茶饮官微 买的#云杉白桃乌龙#里有虫[怒]", "no place, no link label"
    assert m.url == "https://weibo.com/7000000001/QdBfAdD11" and m.id == "5188000000000311"
    assert (m.author.id, m.author.name, m.author.followers) == ("7000000001", "甲_测试", None)
    assert m.author.verified is Verified.NONE and m.region is None and m.metrics.reads is None
    assert (m.metrics.reposts, m.metrics.comments, m.metrics.likes) == (12, 1204, 133)
    assert m.published_at == datetime(2026, 11, 13, 11, 32, tzinfo=UTC) and m.time_precision is TimePrecision.MINUTE
    assert m.media == {Media.IMAGE} and m.topics == ("云杉白桃乌龙",)


def test_a_long_text_stands_there_whole(posts):
    m = posts[1]
    assert m.text == "整理：\n第一杯周一买的；\n第二杯里有虫。"
    assert m.published_at == datetime(2026, 11, 12, 14, 14, tzinfo=UTC), "the boast behind the time is no time"
    assert m.author.verified is Verified.PERSONAL
    assert (m.metrics.likes, m.metrics.approximate) == (12_000, {"likes"})


def test_a_repost_keeps_its_own_words_figures_and_pictures(posts):
    m = posts[2]
    assert (m.text, m.parent_id) == ("抽奖还转不转了", "5188000000000004")
    assert (m.metrics.reposts, m.metrics.comments, m.metrics.likes) == (0, 0, 0), "a label is zero"
    assert m.media == frozenset() and m.author.name == "戊_测试"
    gone = posts[4]
    assert (gone.text, gone.parent_id) == ("截图为证", None)


def test_figures_that_are_not_shown_are_unknown(posts):
    m = posts[3]
    assert (m.metrics.reposts, m.metrics.comments, m.metrics.likes) == (7, None, 36_121)
    assert m.media == {Media.VIDEO} and m.text == "【记者走访云杉茶饮】"
    assert m.author.verified is Verified.UNKNOWN, "the blue badge stands for companies, media and offices alike"
    assert m.published_at == datetime(2025, 12, 1, 0, 0, tzinfo=UTC)


def test_nothing_found_is_said_and_recommendations_are_no_results():
    page = search(fixture_bytes("weibo/search_page_empty.html"))
    assert (page.outcome, page.mentions, page.next) == (Outcome.EMPTY, (), None) and "未找到" in page.detail


BARE = '<html><body><div id="pl_feedlist_index">{}</div></body></html>'


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (BARE.format(""), {}, Outcome.SUSPECT),
        (BARE.format('<p node-type="feed_list_content">帖子</p>'), {}, Outcome.CHANGED),
        (BARE.format('<div class="card-wrap" action-type="feed_list_item" mid="x">y</div>'), {}, Outcome.CHANGED),
        ("<html><head><title>新版</title></head><body></body></html>", {}, Outcome.CHANGED),
        (PAGE[: len(PAGE) // 2], {}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        ("<html><title>Sina Visitor System</title></html>", {}, Outcome.BLOCKED_LOGIN),
        ("<html><title>登录 - 微博</title></html>", {}, Outcome.BLOCKED_LOGIN),
        ("<html><title>微博</title><script>wbBotDetector={}</script></html>", {}, Outcome.BLOCKED_BOT),
        ("<html><title>安全验证</title></html>", {}, Outcome.BLOCKED_CAPTCHA),
        ('{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}', {}, Outcome.BLOCKED_LOGIN),
        ('{"html":1}', {}, Outcome.CHANGED),
        (b"", {"status": 302, "url": "https://passport.weibo.com/sso/signin?r=1"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 302, "url": "https://passport.weibo.com/visitor/visitor?a=1"}, Outcome.BLOCKED_LOGIN),
        (PAGE, {"status": 432}, Outcome.BLOCKED_RATE),
        (PAGE, {"status": 418}, Outcome.BLOCKED_RATE),
    ],
)
def test_what_is_no_list_of_results_has_a_name(payload, changes, outcome):
    page = search(payload, **changes)
    assert page.outcome is outcome and page.mentions == () and page.detail


def test_posts_that_lost_their_text_or_all_their_times_are_a_changed_layout():
    page = search(PAGE.replace(b'node-type="feed_list_content', b'node-type="content'))
    assert page.outcome is Outcome.CHANGED and page.skipped == 6
    assert search(PAGE.replace(b'class="from"', b'class="stamp"')).outcome is Outcome.CHANGED


def test_the_order_of_attributes_and_lone_surrogates_do_not_matter():
    turned = re.sub(
        rb'<div mid="(\d+)" class="card-wrap" (action-type="\w+")', rb'<div \2 class="card-wrap" mid="\1"', PAGE
    )
    assert turned != PAGE and search(turned) == search(PAGE)
    assert search(PAGE.decode() + "\ud800").outcome is Outcome.ITEMS


@pytest.mark.parametrize("noise", ["\x01", "&#1;", "\uffff", "&#xfffe;", "&#55296;"])
@pytest.mark.parametrize("place", ["有虫", "杭州", "甲_测试", "28分钟前"])
def test_what_no_page_can_carry_does_no_harm(place, noise):
    page = search(PAGE.decode().replace(place, place[0] + noise + place[1:]))
    assert page.outcome is Outcome.ITEMS and len(page.mentions) == 6
    assert page.mentions[0].metrics == search(PAGE).mentions[0].metrics
