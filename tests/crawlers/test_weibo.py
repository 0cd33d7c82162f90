import json
from datetime import UTC, datetime
from functools import partial

import pytest

from crawlers.parsers import weibo, weibo_comments, weibo_html, weibo_topics
from records.mention import Kind, Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

POST = "5188000000000231"
parse_comments = partial(weibo_comments.parse_comments, post=POST)
FUZZED = [
    (weibo.parse_search, "weibo_search.json"),
    (weibo.parse_account, "weibo/account.json"),
    (weibo.parse_status, "weibo/status.json"),
    (weibo.parse_longtext, "weibo_longtext.json"),
    (weibo_html.parse_search_page, "weibo/search_page.html"),
    (parse_comments, "weibo/comments.json"),
    (partial(weibo_topics.parse_hot_list, words="云杉|YunShan"), "weibo/hot_list.json"),
    (weibo_topics.parse_topic, "weibo/topic.json"),
]

URL = "https://m.weibo.cn/api/container/getIndex?containerid=100103type%3D61%26q%3Dx&page_type=searchall&page=1"
OK = {"status": 200, "url": URL, "collected_at": NOW, "content_type": "application/json; charset=utf-8"}


def search(payload, **changes):
    return weibo.parse_search(payload, **{**OK, **changes})


@pytest.fixture(scope="module")
def page():
    return search(fixture_bytes("weibo_search.json"))


def by_end(page, end):
    return next(m for m in page.mentions if m.id.endswith(end))


def test_every_post_once_without_ads_private_posts_and_foreign_cards(page):
    assert page.outcome is Outcome.ITEMS and page.skipped == 0 and page.next == "2"
    assert [m.id[-2:] for m in page.mentions] == ["11", "12", "13", "15", "16", "18"]


def test_all_that_a_post_shows(page):
    m = by_end(page, "11")
    assert m.url == "https://weibo.com/7000000001/QdBfAbCd1"
    assert m.text == '在@云杉茶饮官微 买的#云杉白桃乌龙#里有虫[怒][吐]\n店员说"是茶叶"，等退款等了<两>小时'
    assert m.published_at == datetime(2026, 11, 13, 10, 20, 5, tzinfo=UTC)
    assert (m.author.id, m.author.followers, m.author.verified) == ("7000000001", 42, Verified.NONE)
    assert (m.metrics.likes, m.metrics.comments, m.metrics.reposts, m.metrics.reads) == (31, 1204, 25_000, None)
    assert m.metrics.approximate == {"reposts"}
    assert m.region == "四川" and m.media == {Media.IMAGE, Media.LIVE} and m.topics == ("云杉白桃乌龙",)


def test_long_and_edited_posts_are_told(page):
    m = by_end(page, "12")
    assert page.cut == {m.id}
    assert m.edited_at == datetime(2026, 11, 13, 3, 30, tzinfo=UTC)
    assert (m.author.followers, m.author.verified, m.region) == (367_000, Verified.PERSONAL, "香港")
    assert m.text.endswith("买的...")


def test_a_repost_of_a_deleted_post_keeps_its_own_words_only(page):
    m = by_end(page, "13")
    assert m.text == "真的会谢" and m.parent_id == "5188000000000003"
    assert m.time_precision is TimePrecision.MINUTE


def test_video_media_missing_author_and_object_pictures(page):
    video, orphan, official = by_end(page, "15"), by_end(page, "16"), by_end(page, "18")
    assert (video.metrics.reads, video.media, video.author.verified) == (32_000, {Media.VIDEO}, Verified.MEDIA)
    assert video.text == "【记者走访云杉茶饮】" and video.region == "新西兰" and video.author.followers == 120_000_000
    assert orphan.author.id is None and orphan.author.verified is Verified.UNKNOWN
    assert orphan.url == f"https://m.weibo.cn/detail/{orphan.id}"
    assert official.media == {Media.IMAGE} and official.author.verified is Verified.GOVERNMENT
    assert official.url == f"https://weibo.com/7000000008/{weibo.mid_to_bid(official.id)}"


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (b"", {"status": 432, "content_type": "text/html"}, Outcome.BLOCKED_RATE),
        (b"<html></html>", {"status": 418}, Outcome.BLOCKED_RATE),
        (b"", {"status": 414}, Outcome.BLOCKED_RATE),
        (b"", {"status": 403}, Outcome.BLOCKED_RATE),
        ('{"ok":0,"msg":"请登录后使用"}', {"status": 403}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 429}, Outcome.BLOCKED_RATE),
        (b"", {"status": 502}, Outcome.NETWORK),
        ('{"ok":-100,"url":"https://passport.weibo.com/sso/signin?x=1"}', {}, Outcome.BLOCKED_LOGIN),
        ('{"ok":-100,"msg":""}', {}, Outcome.BLOCKED_LOGIN),
        ('{"ok":-100,"url":"https://passport.weibo.com/signin/captcha?a=1"}', {}, Outcome.BLOCKED_CAPTCHA),
        ('{"ok":0,"msg":"请求过于频繁"}', {}, Outcome.BLOCKED_RATE),
        ('{"ok":0,"msg":"频次过高"}', {}, Outcome.BLOCKED_RATE),
        ('{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}', {}, Outcome.EMPTY),
        ('{"ok":0,"msg":"根据相关法律法规，结果未予显示"}', {}, Outcome.EMPTY),
        ('{"ok":0,"error_code":20101,"msg":"x"}', {}, Outcome.GONE),
        ('{"ok":0,"msg":"从未见过的话"}', {}, Outcome.CHANGED),
        ('{"ok":1,"data":{"cards":[]}}', {}, Outcome.SUSPECT),
        ('{"ok":1,"data":{"cards":[{"card_type":4}]}}', {}, Outcome.SUSPECT),
        ('{"ok":1,"data":{}}', {}, Outcome.CHANGED),
        ('{"ok":1}', {}, Outcome.CHANGED),
        ("[1]", {}, Outcome.CHANGED),
        ('{"ok":1,"data":{"cards":[{"mblog":{"text":"没有编号"}}]}}', {}, Outcome.CHANGED),
        ("<!DOCTYPE html><title>Sina Visitor System</title>", {"content_type": "text/html"}, Outcome.BLOCKED_LOGIN),
        ("<html><title>微博</title><script>wbBotDetector={}</script>", {}, Outcome.BLOCKED_BOT),
        ("<html><title>登录 - 微博</title>", {}, Outcome.BLOCKED_LOGIN),
        ('<html><a href="https://passport.weibo.com/sso/signin">登录后使用</a>', {}, Outcome.BLOCKED_LOGIN),
        ("<html><title>安全验证</title>", {}, Outcome.BLOCKED_CAPTCHA),
        ("<html><title>新版</title>", {}, Outcome.CHANGED),
        (b"", {"status": 302, "url": "https://passport.weibo.com/sso/signin?r=1"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 302, "url": "https://visitor.passport.weibo.cn/visitor/visitor"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 302, "url": "https://m.weibo.cn/elsewhere"}, Outcome.CHANGED),
        (b"", {}, Outcome.NETWORK),
        ('{"ok":1,"data":{"cards":[{"mblog":{"te', {}, Outcome.NETWORK),
        ("[" * 100_000, {}, Outcome.CHANGED),
        ("not json", {}, Outcome.CHANGED),
    ],
)
def test_every_sign_of_a_wall_is_named_and_never_an_empty_search(payload, changes, outcome):
    page = search(payload, **changes)
    assert page.outcome is outcome and page.mentions == ()
    assert page.detail


def test_posts_that_speak_of_logins_and_captchas_are_no_wall():
    post = '{"mid":"5188000000000099","text":"登录要验证码 captcha 频繁","created_at":"刚刚"}'
    page = search('{"ok":1,"data":{"cards":[{"mblog":' + post + "}]}}")
    assert page.outcome is Outcome.ITEMS and page.mentions[0].text.startswith("登录")


def test_a_page_whose_posts_all_lost_their_time_has_changed_but_keeps_them():
    page = search('{"ok":1,"data":{"cards":[{"mblog":{"mid":"5188000000000099","text":"x"}}]}}')
    assert page.outcome is Outcome.CHANGED and page.mentions[0].published_at is None


def test_long_text():
    long = weibo.parse_longtext(fixture_bytes("weibo_longtext.json"), **OK)
    assert long.text == "整理时间线：\n第一杯是周一买的；\n第二杯里有虫。#云杉茶饮食品安全# 已打12315[泪]"
    cut = by_end(search(fixture_bytes("weibo_search.json")), "12")
    whole = weibo.with_longtext(cut, long)
    assert whole.text == long.text and whole.topics == ("云杉茶饮食品安全",) and whole.metrics == cut.metrics
    absent = weibo.parse_longtext(b'{"ok":1,"data":{}}', **OK)
    assert absent.outcome is Outcome.EMPTY and weibo.with_longtext(cut, absent) == cut
    assert weibo.parse_longtext(b"", **{**OK, "status": 432}).outcome is Outcome.BLOCKED_RATE


def test_mid_and_bid_are_two_spellings_of_one_id():
    for mid in ("5188000000000011", "3501756485200075", "50000000000000000"):
        assert weibo.bid_to_mid(weibo.mid_to_bid(mid)) == mid
    assert weibo.mid_to_bid("3501756485200075") == "z0JH2lOMb"  # the published example of both spellings
    assert weibo.bid_to_mid("ZZZZZZZZ") is None and weibo.bid_to_mid("有") is None


def test_cards_of_posts_without_a_post_are_a_changed_layout():
    document = json.loads(fixture_bytes("weibo_search.json"))
    text = json.dumps(document).replace('"mblog"', '"status_card"')
    page = search(text)
    assert page.outcome is Outcome.CHANGED and "mblog was expected" in page.detail and page.skipped == 9
    cards = [{"card_type": "9", "mblog": None}, {"card_type": 9}, document["data"]["cards"][1]]
    page = search(json.dumps({"ok": 1, "data": {"cards": cards}}))
    assert page.outcome is Outcome.CHANGED and len(page.mentions) == 1, "what can be read is kept"
    cards = [{"card_type": 4}, {"card_type": 17, "group": []}]
    assert search(json.dumps({"ok": 1, "data": {"cards": cards}})).outcome is Outcome.SUSPECT


@pytest.mark.parametrize(
    "payload", ['{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}', "<html><title>Sina Visitor System</title>"]
)
def test_a_login_wall_says_what_to_do(payload):
    page = search(payload)
    assert page.outcome is Outcome.BLOCKED_LOGIN and "fengsheng login weibo" in page.detail


def test_an_account_page_drops_notices_and_pages_by_since_id():
    page = weibo.parse_account(fixture_bytes("weibo/account.json"), **OK)
    assert (page.outcome, page.next, page.skipped) == (Outcome.ITEMS, "5180000000000001", 0)
    assert [m.id[-2:] for m in page.mentions] == ["41", "42", "44"], "a notice in place of a deleted post is no post"
    repost = page.mentions[-1]
    assert (repost.text, repost.parent_id) == ("转发微博", "5188000000000299")
    assert page.mentions[0].author.followers == 880_000 and page.mentions[0].author.verified is Verified.ENTERPRISE
    last = json.loads(fixture_bytes("weibo/account.json"))
    del last["data"]["cardlistInfo"]["since_id"]
    assert weibo.parse_account(json.dumps(last), **OK).next is None
    none = weibo.parse_account('{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}', **OK)
    assert none.outcome is Outcome.EMPTY and "closed" in none.detail


def test_one_post_with_fresh_figures():
    page = weibo.parse_status(fixture_bytes("weibo/status.json"), **OK)
    [m] = page.mentions
    assert page.outcome is Outcome.ITEMS and m.id == POST and page.cut == {POST}
    assert (m.metrics.reads, m.metrics.likes, m.metrics.comments, m.metrics.reposts) == (4_338_000, 90, 11_000, 5)
    assert m.metrics.approximate == {"reads", "comments"}
    assert m.edited_at == datetime(2026, 11, 13, 11, 40, tzinfo=UTC) and m.region == "浙江"
    held = json.loads(fixture_bytes("weibo/status.json"))
    held["data"]["longText"] = {"longTextContent": "全文在此<br />第二行"}
    whole = weibo.parse_status(json.dumps(held), **OK)
    assert whole.mentions[0].text == "全文在此\n第二行" and whole.cut == frozenset()


def status(**data):
    root = json.loads(fixture_bytes("weibo/status.json"))
    root["data"].update(data)
    return json.dumps(root)


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ('{"ok":0,"error_code":20101,"msg":"该微博不存在"}', Outcome.GONE),
        ('{"ok":0,"errno":"20101","msg":""}', Outcome.GONE),
        ('{"ok":0,"error_code":20112,"msg":"由于作者隐私设置，你没有权限查看此微博"}', Outcome.GONE),
        ('{"ok":0,"error_code":20135,"msg":""}', Outcome.GONE),
        ('{"ok":0,"msg":"抱歉，作者已设置仅展示半年内微博，此微博已不可见。"}', Outcome.GONE),
        ('{"ok":0,"msg":"抱歉，由于作者设置，你暂时没有这条微博的查看权限哦"}', Outcome.GONE),
        ('{"ok":0,"msg":"该账号因用户自行申请关闭，现已无法查看。"}', Outcome.GONE),
        (status(visible={"type": 1, "list_id": 0}), Outcome.GONE),
        (status(user=None, text="抱歉，此微博已被作者删除。查看帮助"), Outcome.GONE),
        (status(deleted="1", text=""), Outcome.GONE),
        ('{"ok":0,"error_code":20132,"msg":"抱歉，该内容暂时无法查看"}', Outcome.SUSPECT),
        ('{"ok":0,"msg":"这里还没有内容"}', Outcome.SUSPECT),
        ('{"ok":0,"msg":"系统繁忙"}', Outcome.SUSPECT),
        ('{"ok":0,"msg":"请求过于频繁"}', Outcome.BLOCKED_RATE),
        ('{"ok":-100,"msg":""}', Outcome.BLOCKED_LOGIN),
        ('{"ok":1,"data":{}}', Outcome.CHANGED),
        ('{"ok":1,"data":[]}', Outcome.CHANGED),
        (status(mid=None, id=None), Outcome.CHANGED),
        (status(created_at=None), Outcome.CHANGED),
        (status(text="楼上说此微博已被删除，其实没有"), Outcome.ITEMS),
    ],
)
def test_gone_is_only_what_the_platform_says_is_gone(payload, outcome):
    page = weibo.parse_status(payload, **OK)
    assert page.outcome is outcome and (page.detail or outcome is Outcome.ITEMS)


def test_a_missing_path_is_no_deleted_post_but_its_own_word_is():
    at404 = {**OK, "status": 404}
    assert weibo.parse_status("<html>404</html>", **{**at404, "content_type": "text/html"}).outcome is Outcome.CHANGED
    assert weibo.parse_status('{"ok":0,"error_code":20101,"msg":""}', **at404).outcome is Outcome.GONE


def test_comments_with_their_answers():
    page = parse_comments(fixture_bytes("weibo/comments.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.next == "max_id=13831402098532&max_id_type=1"
    first, answer, second, picture, official, orphan = page.mentions
    assert (first.kind, first.parent_id, first.root_id) == (Kind.COMMENT, POST, POST)
    assert (first.text, first.region) == ("我也喝到虫子了[怒]，退款电话打不通", "浙江")
    assert (first.metrics.likes, first.metrics.comments, first.metrics.approximate) == (13_000, 3, {"likes"})
    assert (answer.kind, answer.parent_id, answer.root_id) == (Kind.REPLY, first.id, POST)
    assert (answer.text, answer.region, answer.metrics.comments) == ("同一家店，城南那家", "香港", 1)
    assert (second.parent_id, second.text) == (answer.id, "登录后看不到验证码"), "an answer to an answer"
    assert second.metrics.likes == 0 and second.metrics.comments is None
    assert (picture.text, picture.media, picture.region) == ("", {Media.IMAGE}, "广东")
    assert official.region is None and official.author.verified is Verified.ENTERPRISE, "a device is no region"
    assert orphan.author.id is None and orphan.metrics.comments is None and orphan.region is None
    assert all(m.url == f"https://m.weibo.cn/detail/{POST}" for m in page.mentions)


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ('{"ok":0,"msg":"还没有人评论哦~快来抢沙发！"}', Outcome.EMPTY),
        ('{"ok":1,"data":{"data":[],"total_number":0,"max_id":0}}', Outcome.EMPTY),
        ('{"ok":1,"data":{"data":[],"max_id":0}}', Outcome.SUSPECT),
        ('{"ok":1,"data":{"data":[],"total_number":31}}', Outcome.SUSPECT),
        ('{"ok":1,"data":{"data":[{"id":"5188000001000099"}]}}', Outcome.CHANGED),
        ('{"ok":1,"data":{"data":[{"id":"5188000001000099","text":"没有时间"}]}}', Outcome.CHANGED),
        ('{"ok":1,"data":{}}', Outcome.CHANGED),
        ('{"ok":0,"error_code":20101,"msg":""}', Outcome.GONE),
        ('{"ok":-100}', Outcome.BLOCKED_LOGIN),
        ("<html><title>432</title>", Outcome.CHANGED),
    ],
)
def test_comments_that_do_not_come_have_a_name(payload, outcome):
    page = parse_comments(payload, **OK)
    assert page.outcome is outcome and page.next is None


def test_comments_end_where_max_id_is_zero():
    document = json.loads(fixture_bytes("weibo/comments.json"))
    document["data"]["max_id"] = 0
    assert parse_comments(json.dumps(document), **OK).next is None


def hot(words, **changes):
    return weibo_topics.parse_hot_list(fixture_bytes("weibo/hot_list.json"), **{**OK, **changes}, words=words)


def test_rows_of_the_hot_list_that_hold_a_word_without_ads_and_without_figures():
    page = hot("云杉|蓝鲸")
    [topic] = page.mentions
    assert (topic.kind, topic.id, topic.topics) == (Kind.TOPIC, "云杉茶饮 喝出虫子", ("云杉茶饮 喝出虫子",))
    assert topic.published_at == datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
    assert topic.url == (
        "https://s.weibo.com/weibo?q=%23%E4%BA%91%E6%9D%89%E8%8C%B6%E9%A5%AE%20%E5%96%9D%E5%87%BA%E8%99%AB%E5%AD%90%23"
    )
    assert topic.metrics.reads is None and topic.metrics.likes is None, "heat is neither reads nor likes"
    assert [t.id for t in hot("yunshan").mentions] == ["YUNSHAN Tea 道歉"], "words are compared without case"
    assert [t.published_at for t in hot("yunshan").mentions] == [None]
    assert hot("蓝鲸").outcome is Outcome.EMPTY and "3 rows" in hot("蓝鲸").detail
    assert len(hot("").mentions) == 3


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ('{"ok":1,"data":{"realtime":[]}}', Outcome.SUSPECT),
        ('{"ok":1,"data":{"band_list":[]}}', Outcome.CHANGED),
        ('{"ok":1,"data":{"realtime":[{"term":"云杉"}]}}', Outcome.CHANGED),
        ('{"ok":-100,"url":"https://weibo.com/login.php"}', Outcome.BLOCKED_LOGIN),
    ],
)
def test_a_hot_list_that_is_none_is_no_silence(payload, outcome):
    assert weibo_topics.parse_hot_list(payload, **OK, words="云杉").outcome is outcome


def test_reads_and_discussions_of_a_topic():
    topic = weibo_topics.parse_topic(fixture_bytes("weibo/topic.json"), **OK)
    assert (topic.outcome, topic.metrics.reads, topic.metrics.comments) == (Outcome.ITEMS, 9_340_000, 4120)
    assert topic.metrics.likes is None
    for payload in ('{"code":100001,"msg":"x"}', '{"code":100000,"data":{"baseInfo":{}}}', '{"code":100000}'):
        assert weibo_topics.parse_topic(payload, **OK).outcome is Outcome.CHANGED
    unread = fixture_bytes("weibo/topic.json").replace(b"9340000", b'"--"')
    assert weibo_topics.parse_topic(unread, **OK).metrics.reads is None
    assert weibo_topics.parse_topic('{"ok":-100}', **OK).outcome is Outcome.BLOCKED_LOGIN
