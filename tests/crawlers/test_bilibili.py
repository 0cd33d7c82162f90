import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from crawlers.parsers import bilibili
from crawlers.parsers.bilibili_comments import parse_comments
from crawlers.parsers.page_state import find_state
from records.mention import Kind, Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {
    "status": 200,
    "url": "https://api.bilibili.com/x/web-interface/wbi/search/type?page=1",
    "collected_at": NOW,
    "content_type": "application/json; charset=utf-8",
}
PAGE = {"status": 200, "url": "https://www.bilibili.com/video/BV1spru000001/", "collected_at": NOW}
comments_of = partial(parse_comments, post="BV1spru000001")

FUZZED = [
    (bilibili.parse_search, "bilibili/search.json"),
    (bilibili.parse_search_state, "bilibili/search_written.json"),
    (bilibili.parse_search_page, "bilibili/captcha.html"),
    (bilibili.parse_video, "bilibili/view.json"),
    (bilibili.parse_video_page, "bilibili/video.html"),
    (comments_of, "bilibili/comments.json"),
]


@pytest.fixture(scope="module")
def found():
    return bilibili.parse_search(fixture_bytes("bilibili/search.json"), **OK)


def test_videos_once_without_courses_and_advertisements(found):
    assert found.outcome is Outcome.ITEMS and found.skipped == 0 and found.next == "2"
    assert [m.id for m in found.mentions] == ["BV1spru000001", "BV1spru000002", "BV1spru000003"]
    assert {m.kind for m in found.mentions} == {Kind.VIDEO} and {m.media for m in found.mentions} == {
        frozenset({Media.VIDEO})
    }


def test_all_that_the_search_shows(found):
    first, second, third = found.mentions
    assert first.title == '云杉茶饮喝出虫子 & 客服"沉默" a<b' and first.text == "个人体验\n截至今天"
    assert first.url == "https://www.bilibili.com/video/BV1spru000001"
    assert first.published_at == NOW.astimezone(UTC) - timedelta(hours=1)
    assert first.time_precision is TimePrecision.EXACT and first.topics == ("云杉茶饮", "探店")
    assert (first.metrics.reads, first.metrics.likes, first.metrics.comments, first.metrics.saves) == (
        43_210,
        12_000,
        5,
        4,
    )
    assert first.metrics.approximate == {"likes"} and first.metrics.reposts is None
    assert (first.author.id, first.author.name, first.author.followers) == ("71000001", "杉友1", None)
    assert first.author.verified is Verified.UNKNOWN and first.region is None
    assert second.text == "" and second.metrics.reads is None and second.metrics.likes == 0
    assert (second.author.id, second.author.name) == (None, None)
    assert third.metrics.reads == 130_000_000 and third.metrics.likes is None and third.topics == ()


def test_the_results_in_the_page_are_those_of_the_answer(found):
    written = json.dumps(json.loads(fixture_bytes("bilibili/search.json"))["data"])
    page = bilibili.parse_search_state(written, **PAGE)
    assert (page.mentions, page.outcome, page.next) == (found.mentions, found.outcome, found.next)
    voucher = bilibili.parse_search_state('{"v_voucher": "voucher_x"}', **PAGE)
    assert voucher.outcome is Outcome.BLOCKED_CAPTCHA
    assert bilibili.parse_search_state("[]", **PAGE).outcome is Outcome.CHANGED


@pytest.mark.parametrize(
    ("name", "status", "outcome"),
    [
        ("search_empty.json", 200, Outcome.EMPTY),
        ("search_past.json", 200, Outcome.EMPTY),
        ("search_unproven.json", 200, Outcome.SUSPECT),
        ("voucher.json", 200, Outcome.BLOCKED_CAPTCHA),
        ("risk.json", 200, Outcome.BLOCKED_CAPTCHA),
        ("rate.json", 412, Outcome.BLOCKED_RATE),
        ("rate.json", 200, Outcome.BLOCKED_RATE),
        ("rate.html", 412, Outcome.BLOCKED_RATE),
        ("rate.html", 200, Outcome.BLOCKED_RATE),
        ("captcha.html", 200, Outcome.BLOCKED_CAPTCHA),
        ("video.html", 200, Outcome.CHANGED),
    ],
)
def test_walls_look_alike_and_differ(name, status, outcome):
    given = OK | {"status": status} | ({"content_type": "text/html"} if name.endswith("html") else {})
    page = bilibili.parse_search(fixture_bytes(f"bilibili/{name}"), **given)
    assert (page.outcome, page.mentions, page.next) == (outcome, (), None) and page.detail


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        ('{"code":-101,"message":"账号未登录","ttl":1}', 200, Outcome.BLOCKED_LOGIN),
        ('{"code":-799}', 200, Outcome.BLOCKED_RATE),
        ('{"code":-509}', 200, Outcome.BLOCKED_RATE),
        ('{"code":-352}', 403, Outcome.BLOCKED_CAPTCHA),
        ('{"code":-400,"message":"请求错误"}', 200, Outcome.CHANGED),
        ('{"code":-404,"message":"啥都木有"}', 200, Outcome.CHANGED),
        ('{"code":false,"data":{"result":[]}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"numResults":9,"numPages":1,"page":1}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"numResults":0,"result":{}}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"numResults":2,"result":[{"type":"video"},{"type":"video"}]}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"numResults":3,"page":1,"numPages":1,"result":[{"type":"ketang"}]}}', 200, Outcome.SUSPECT),
        ('{"code":0}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"result":[{"ty', 200, Outcome.NETWORK),
        (b"", 200, Outcome.NETWORK),
        (b"", 502, Outcome.NETWORK),
        ("<html><title>x</title></html>", 200, Outcome.CHANGED),
    ],
)
def test_every_other_answer_has_its_name(payload, status, outcome):
    page = bilibili.parse_search(payload, **OK | {"status": status})
    assert (page.outcome, page.mentions) == (outcome, ())


def test_block_words_in_a_title_are_no_wall():
    document = json.loads(fixture_bytes("bilibili/search.json"))
    document["data"]["result"][0]["title"] = "验证码 登录 风控 v_voucher -412"
    assert bilibili.parse_search(json.dumps(document), **OK).outcome is Outcome.ITEMS


def test_the_whole_of_a_video():
    page = bilibili.parse_video(fixture_bytes("bilibili/view.json"), **OK)
    (video,) = page.mentions
    assert page.outcome is Outcome.ITEMS and video.title == "云杉茶饮喝出虫子 & 客服"
    metrics = video.metrics
    assert (metrics.reads, metrics.likes, metrics.comments, metrics.reposts, metrics.saves) == (45_000, 5400, 88, 20, 9)
    assert (video.author.id, video.author.followers, video.author.verified) == ("71000001", 230_112, Verified.MEDIA)
    assert video.topics == ("云杉茶饮", "食品安全") and video.id == "BV1spru000001"
    plain = json.loads(fixture_bytes("bilibili/view.json"))
    plain["data"] = plain["data"]["View"]
    same = bilibili.parse_video(json.dumps(plain), **OK).mentions[0]
    assert (same.id, same.metrics, same.author.followers) == (video.id, metrics, None)


def test_a_video_written_into_its_page():
    page = bilibili.parse_video_page(fixture_bytes("bilibili/video.html"), **PAGE)
    (video,) = page.mentions
    assert (video.metrics.reads, video.metrics.reposts) == (45_000, 20)
    assert (video.author.followers, video.author.verified) == (230_113, Verified.NONE)
    assert video.title == "</ script> 云杉茶饮喝出虫子"


@pytest.mark.parametrize("code", [-404, 62002, 62004, 62012])
def test_what_nobody_can_see_any_more_is_gone(code):
    assert bilibili.parse_video(json.dumps({"code": code}), **OK).outcome is Outcome.GONE
    state = f'<script>window.__INITIAL_STATE__={{"error":{{"trueCode":{code},"code":404}}}};</script>'
    assert bilibili.parse_video_page(state, **PAGE).outcome is Outcome.GONE


@pytest.mark.parametrize(
    ("page", "status", "outcome"),
    [
        ("<html><title>视频去哪了呢？_哔哩哔哩_bilibili</title></html>", 200, Outcome.GONE),
        ("<html><title>出错啦! - bilibili.com</title></html>", 404, Outcome.GONE),
        ("<html><title>一个视频_哔哩哔哩</title></html>", 200, Outcome.SUSPECT),
        ("", 200, Outcome.SUSPECT),
        ('<script>window.__INITIAL_STATE__={"error":{"trueCode":-352}}</script>', 200, Outcome.BLOCKED_CAPTCHA),
        ('<script>window.__INITIAL_STATE__={"error":{"trueCode":-403}}</script>', 200, Outcome.BLOCKED_BOT),
        ('<script>window.__INITIAL_STATE__={"videoData":{"bvid":"BV1x"}}</script>', 200, Outcome.CHANGED),
        ("<html><title>视频去哪了呢？</title></html>", 412, Outcome.BLOCKED_RATE),
    ],
)
def test_a_page_without_a_video(page, status, outcome):
    assert bilibili.parse_video_page(page, **PAGE | {"status": status}).outcome is outcome


def test_a_gone_page_and_walls_around_pages():
    assert bilibili.parse_video_page(fixture_bytes("bilibili/video_gone.html"), **PAGE).outcome is Outcome.GONE
    for where in ("https://passport.bilibili.com/login?gourl=x", "https://www.bilibili.com/login?gourl=x"):
        assert bilibili.parse_search_page("", **PAGE | {"url": where}).outcome is Outcome.BLOCKED_LOGIN
    assert bilibili.parse_search_page("<html></html>", **PAGE).outcome is Outcome.CHANGED
    assert bilibili.parse_search_page("验证码 登录 风控 risk-captcha-app", **PAGE).outcome is Outcome.CHANGED


def test_comments_with_pinned_ones_and_replies():
    page = comments_of(fixture_bytes("bilibili/comments.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.next == "more" and page.skipped == 0
    shown = {m.id: m for m in page.mentions}
    assert list(shown) == ["2800001", "2800002", "2800003", "2800007", "2800004"]
    assert {m.root_id for m in page.mentions} == {"BV1spru000001"}
    pinned, answered, reply, deeper, picture = page.mentions
    assert pinned.author.verified is Verified.ENTERPRISE and pinned.parent_id == "BV1spru000001"
    assert answered.text == "我也喝到了[大哭] & 1<2" and answered.region == "四川" and answered.metrics.likes == 2
    assert answered.url == "https://www.bilibili.com/video/BV1spru000001#reply2800002"
    assert answered.published_at == datetime.fromtimestamp(1794571200 - 1798, UTC)
    assert (answered.kind, reply.kind, reply.parent_id) == (Kind.COMMENT, Kind.REPLY, "2800002")
    assert deeper.parent_id == "2800003" and reply.author.verified is Verified.NONE
    assert (picture.text, picture.media, picture.region) == ("", {Media.IMAGE}, None)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("comments_none.json", Outcome.EMPTY),
        ("comments_closed.json", Outcome.EMPTY),
        ("comments_hidden.json", Outcome.SUSPECT),
        ("risk.json", Outcome.BLOCKED_CAPTCHA),
        ("search_empty.json", Outcome.CHANGED),
    ],
)
def test_no_comments(name, outcome):
    page = comments_of(fixture_bytes(f"bilibili/{name}"), **OK)
    assert (page.outcome, page.mentions, page.next) == (outcome, (), None)


def test_the_last_comments_promise_no_more():
    document = json.loads(fixture_bytes("bilibili/comments.json"))
    document["data"]["cursor"]["is_end"] = True
    assert comments_of(json.dumps(document), **OK).next is None


@pytest.mark.parametrize(
    ("page", "value"),
    [
        ('window.S = {"a": undefined, "b": "undefined NaN"};(function(){})()', {"a": None, "b": "undefined NaN"}),
        ("window.S={}</script>", {}),
        ("window.S=(function(a){return {x:a}}(1))", None),
        ("window.T={}", None),
        ("window.S=" + "[" * 100_000, None),
        ('window.S={"a":', None),
    ],
)
def test_what_a_server_wrote_for_its_script(page, value):
    assert find_state(page, "S") == value
