from datetime import timedelta

import pytest

from crawlers.parsers import heimao
from records.mention import Kind, Media, TimePrecision, Verified
from records.outcome import Outcome
from storage.merge import merge_sight
from tests.crawlers.conftest import NOW, fixture_bytes

API = "https://tousu.sina.com.cn/api/index/s?keywords=%E4%BA%91%E6%9D%89&page=1"
OK = {"status": 200, "url": API, "collected_at": NOW, "content_type": "application/json"}
PAGE = {"status": 200, "url": "https://tousu.sina.com.cn/complaint/view/17311112222/", "collected_at": NOW}
FUZZED = [
    (heimao.parse_search, "heimao/search.json"),
    (heimao.parse_search, "heimao/search.jsonp.txt"),
    (heimao.parse_search, "heimao/throttled.json"),
    (heimao.parse_complaint, "heimao/complaint.html"),
    (heimao.parse_complaint, "heimao/withdrawn.html"),
    (heimao.parse_search_page, "heimao/login.html"),
]


@pytest.mark.parametrize("name", ["search.json", "search.jsonp.txt"])
def test_complaints_with_their_labels_first_and_a_mark_that_more_stands_on_the_page(name):
    page = heimao.parse_search(fixture_bytes(f"heimao/{name}"), **OK)
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "2")
    first, named, bare, odd = page.mentions
    assert (first.id, first.kind) == ("17311112222", Kind.COMPLAINT)
    assert first.url == "https://tousu.sina.com.cn/complaint/view/17311112222/"
    assert first.title == "云杉茶饮白桃乌龙里有异物，要求退款"
    assert first.text == (
        "投诉对象：云杉茶饮；投诉问题：食品变质、服务态度；投诉要求：退款、道歉；涉诉金额：38元\n\n"
        '11月13日在东湖店买的云杉白桃乌龙，杯底有一片塑料。\n店长说"不可能"，请登录后查看录像……'
    )
    assert first.topics == ("处理中", "食品变质", "服务态度")
    assert first.published_at == NOW - timedelta(hours=1) and first.time_precision is TimePrecision.EXACT
    assert (first.author.id, first.author.name) == (None, None), "anonymous stays anonymous"
    assert (named.author.id, named.author.name) == ("6600000011", "茶友阿岚")
    assert named.author.verified is Verified.UNKNOWN and "涉诉金额：320.5元" in named.text
    assert named.text.endswith("闭店前一天还在推销充值。…")
    assert bare.text == "投诉对象：云杉茶饮\n\n…" and bare.topics == ("已完成",)
    assert "涉诉金额" not in odd.text and odd.topics[0] == "已关闭"
    assert {m.metrics.likes for m in page.mentions} == {None}


def test_an_empty_list_is_calm_only_where_the_platform_counts_nothing():
    empty = heimao.parse_search(fixture_bytes("heimao/empty.json"), **OK)
    throttled = heimao.parse_search(fixture_bytes("heimao/throttled.json"), **OK)
    assert (empty.outcome, throttled.outcome) == (Outcome.EMPTY, Outcome.BLOCKED_RATE)
    behind = fixture_bytes("heimao/throttled.json").replace(b'"current": 2', b'"current": 3')
    assert heimao.parse_search(behind, **OK).outcome is Outcome.EMPTY
    untold = '{"result":{"status":{"code":0},"data":{"lists":[],"pager":{}}}}'
    assert heimao.parse_search(untold, **OK).outcome is Outcome.SUSPECT


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (fixture_bytes("heimao/error.json"), {}, Outcome.BLOCKED_BOT),
        ('{"result":{"status":{"code":"12","msg":"请先登录"},"data":[]}}', {}, Outcome.BLOCKED_LOGIN),
        (fixture_bytes("heimao/login.html"), {"content_type": "text/html"}, Outcome.BLOCKED_LOGIN),
        ("<html><title>新浪首页</title></html>", {}, Outcome.BLOCKED_LOGIN),
        ("<html><title>安全验证</title></html>", {}, Outcome.BLOCKED_CAPTCHA),
        ("{}", {"url": "https://login.sina.com.cn/signup/signin.php"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 403}, Outcome.BLOCKED_BOT),
        (b"", {"status": 412}, Outcome.BLOCKED_BOT),
        (b"", {"status": 429}, Outcome.BLOCKED_RATE),
        (b"", {"status": 502}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        (fixture_bytes("heimao/search.jsonp.txt")[:900], {}, Outcome.NETWORK),
        ('{"result":{"data":{"lists":[]}}}', {}, Outcome.CHANGED),
        ('{"result":{"status":{"code":0},"data":{"rows":[]}}}', {}, Outcome.CHANGED),
        ('{"result":{"status":{"code":0},"data":{"lists":[{"main":{"sn":"x"}}]}}}', {}, Outcome.CHANGED),
    ],
)
def test_every_refusal_of_a_list_is_named(payload, changes, outcome):
    page = heimao.parse_search(payload, **{**OK, **changes})
    assert (page.outcome, page.mentions) == (outcome, ())


def test_a_complaints_page_tells_its_progress_and_what_followed_in_order():
    page = heimao.parse_complaint(fixture_bytes("heimao/complaint.html"), **PAGE)
    assert page.outcome is Outcome.ITEMS
    (shown,) = page.mentions
    assert shown.topics == ("已回复", "食品变质", "服务态度") and shown.media == {Media.IMAGE}
    assert shown.published_at == NOW - timedelta(minutes=59, seconds=39) and shown.author.name is None
    head, own, *followed = shown.text.split("\n\n")
    assert head.endswith("涉诉金额：38元") and own.endswith("我拍了照片。")
    assert followed[-3:] == [
        "【2026-11-13 19:20 黑猫消费者服务平台 分配商家】已分配商家 [云杉茶饮]",
        "【2026-11-13 19:40 投诉人 补充投诉】客服一直没有回电",
        "【2026-11-13 19:50 云杉茶饮 商家回复】您好，已登记退款，\n抱歉。",
    ]


def test_a_list_seen_after_the_page_is_no_edit_but_news_on_the_page_is():
    listed = heimao.parse_search(fixture_bytes("heimao/search.json"), **OK).mentions[0]
    shown = heimao.parse_complaint(fixture_bytes("heimao/complaint.html"), **PAGE).mentions[0]
    later = heimao.parse_search(fixture_bytes("heimao/search.json"), **OK | {"collected_at": NOW + timedelta(hours=1)})
    merged = merge_sight(merge_sight(listed, shown).mention, later.mentions[0])
    assert merged.mention.text == shown.text and merged.replaced is None


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (fixture_bytes("heimao/withdrawn.html"), {}, Outcome.GONE),
        (b"<html></html>", {"status": 404}, Outcome.GONE),
        (b"<html><body>" + "投诉被删除".encode() * 90 + b"</body></html>", {}, Outcome.CHANGED),
        (fixture_bytes("heimao/login.html"), {}, Outcome.BLOCKED_LOGIN),
        (b"<html></html>", {"url": "https://passport.weibo.com/signin"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 503}, Outcome.NETWORK),
        (fixture_bytes("heimao/complaint.html").replace(b"ts-d-question", b"q"), {}, Outcome.CHANGED),
    ],
)
def test_a_complaint_is_gone_only_where_the_platform_says_so(payload, changes, outcome):
    assert heimao.parse_complaint(payload, **{**PAGE, **changes}).outcome is outcome


def test_a_page_that_asked_for_nothing_is_never_calm():
    quiet = heimao.parse_search_page("<html><title>登录_黑猫投诉搜索</title></html>", **PAGE)
    assert quiet.outcome is Outcome.CHANGED, "the words searched for stand in the title and are no wall"


def test_the_newest_complaints_are_matched_by_every_word_of_the_query():
    page = heimao.parse_search(fixture_bytes("heimao/search.json"), **OK)
    assert [m.id for m in heimao.matching(page, "云杉茶饮 储值").mentions] == ["17311113333"]
    none = heimao.matching(page, "云杉茶饮 别处")
    assert (none.outcome, none.mentions, none.next) == (Outcome.EMPTY, (), "2")
