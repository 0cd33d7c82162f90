from datetime import UTC, datetime

import pytest

from crawlers.parsers import weibo
from records.mention import Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

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
        ("<!DOCTYPE html><title>Sina Visitor System</title>", {"content_type": "text/html"}, Outcome.BLOCKED_BOT),
        ("<html><title>微博</title><script>wbBotDetector={}</script>", {}, Outcome.BLOCKED_BOT),
        ("<html><title>登录 - 微博</title>", {}, Outcome.BLOCKED_LOGIN),
        ('<html><a href="https://passport.weibo.com/sso/signin">登录后使用</a>', {}, Outcome.BLOCKED_LOGIN),
        ("<html><title>安全验证</title>", {}, Outcome.BLOCKED_CAPTCHA),
        ("<html><title>新版</title>", {}, Outcome.CHANGED),
        (b"", {"status": 302, "url": "https://passport.weibo.com/sso/signin?r=1"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 302, "url": "https://visitor.passport.weibo.cn/visitor/visitor"}, Outcome.BLOCKED_BOT),
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
