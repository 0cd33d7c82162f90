from datetime import UTC, timedelta
from functools import partial

import pytest

from crawlers.parsers import kuaishou
from crawlers.parsers.counts import Count
from records.mention import Kind, Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {
    "status": 200,
    "url": "https://www.kuaishou.com/rest/v/search/feed",
    "collected_at": NOW,
    "content_type": "application/json; charset=utf-8",
}
PAGE = {"status": 200, "url": "https://www.kuaishou.com/short-video/3xspruce000001", "collected_at": NOW}
VIDEO = "3xspruce000001"
comments_of = partial(kuaishou.parse_comments, post=VIDEO)
page_of = partial(kuaishou.parse_video_page, video=VIDEO)

FUZZED = [
    (kuaishou.parse_search, "kuaishou/search.json"),
    (kuaishou.parse_search, "kuaishou/search_graphql.json"),
    (kuaishou.parse_search_page, "kuaishou/video_bare.html"),
    (kuaishou.parse_video, "kuaishou/video.json"),
    (partial(kuaishou.parse_video_page, video=VIDEO), "kuaishou/video.html"),
    (comments_of, "kuaishou/comments.json"),
    (comments_of, "kuaishou/comments_graphql.json"),
    (partial(comments_of, root="1130001"), "kuaishou/replies.json"),
]


@pytest.fixture(scope="module")
def found():
    return kuaishou.parse_search(fixture_bytes("kuaishou/search.json"), **OK)


def test_videos_once_without_broadcasts(found):
    assert found.outcome is Outcome.ITEMS and found.skipped == 0 and found.next == "1"
    assert [m.id for m in found.mentions] == [VIDEO, "3xspruce000002", "3xspruce000003"]


def test_all_that_the_search_shows(found):
    first, second, third = found.mentions
    assert first.text == "云杉茶饮这杯能喝吗 #云杉茶饮 #避雷 @快友2" and first.topics == ("云杉茶饮", "避雷")
    assert first.url == f"https://www.kuaishou.com/short-video/{VIDEO}" and first.kind is Kind.VIDEO
    assert first.published_at == NOW.astimezone(UTC) - timedelta(hours=1)
    assert first.time_precision is TimePrecision.EXACT and first.media == {Media.VIDEO}
    assert (first.author.id, first.author.name) == ("3xauthor000001", "快友1")
    assert (first.author.followers, first.author.verified, first.region) == (None, Verified.UNKNOWN, None)
    metrics = first.metrics
    assert (metrics.reads, metrics.likes, metrics.comments, metrics.saves) == (56_000, 12_345, None, None)
    assert metrics.approximate == {"reads"}
    assert (second.text, second.metrics.likes, second.metrics.reads) == ("", 2031, None)
    assert (third.author.id, third.author.name) == (None, None)
    assert (third.metrics.likes, third.metrics.reads, third.metrics.saves) == (0, 893_000, 7)
    assert third.published_at == NOW.astimezone(UTC) - timedelta(hours=2)


def test_the_older_transport_holds_the_same(found):
    page = kuaishou.parse_search(fixture_bytes("kuaishou/search_graphql.json"), **OK)
    assert (page.outcome, page.mentions, page.next) == (Outcome.ITEMS, found.mentions[:2], None)


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("search_end.json", Outcome.EMPTY),
        ("search_unproven.json", Outcome.SUSPECT),
        ("captcha.json", Outcome.BLOCKED_CAPTCHA),
        ("need_captcha.json", Outcome.BLOCKED_CAPTCHA),
        ("result_2.json", Outcome.BLOCKED_RATE),
        ("result_21.json", Outcome.BLOCKED_LOGIN),
        ("result_109.json", Outcome.BLOCKED_LOGIN),
        ("result_50.json", Outcome.BLOCKED_BOT),
    ],
)
def test_walls_and_ends(name, outcome):
    for parse in (kuaishou.parse_search, *(() if name.startswith("search") else (kuaishou.parse_video, comments_of))):
        page = parse(fixture_bytes(f"kuaishou/{name}"), **OK)
        assert (page.outcome, page.mentions, page.next) == (outcome, (), None) and page.detail


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        ('{"result":1,"pcursor":"1"}', 200, Outcome.CHANGED),
        ('{"result":1,"pcursor":"1","feeds":[{"type":1},{"type":1}]}', 200, Outcome.CHANGED),
        ('{"result":1,"pcursor":"no_more"}', 200, Outcome.EMPTY),
        ('{"result":7,"error_msg":"x"}', 200, Outcome.CHANGED),
        ('{"result":true,"feeds":[]}', 200, Outcome.CHANGED),
        ('{"feeds":[],"pcursor":"no_more"}', 200, Outcome.CHANGED),
        ('{"data":{"result":2}}', 200, Outcome.BLOCKED_RATE),
        ('{"data":{"visionSearchPhoto":{"result":50}}}', 200, Outcome.BLOCKED_BOT),
        ('{"data":{"visionSearchPhoto":null}}', 200, Outcome.CHANGED),
        ('{"errors":[{"message":"oops"}],"data":null}', 200, Outcome.CHANGED),
        ('{"result":109}', 401, Outcome.BLOCKED_LOGIN),
        ('{"result":1,"feeds":[{"ty', 200, Outcome.NETWORK),
        ("", 200, Outcome.NETWORK),
        ("<html></html>", 403, Outcome.BLOCKED_BOT),
        ("<html><title>安全验证</title></html>", 200, Outcome.BLOCKED_CAPTCHA),
    ],
)
def test_every_other_answer_has_its_name(payload, status, outcome):
    page = kuaishou.parse_search(payload, **OK | {"status": status})
    assert (page.outcome, page.mentions) == (outcome, ())


def test_the_whole_of_a_video_from_either_place():
    answered = kuaishou.parse_video(fixture_bytes("kuaishou/video.json"), **OK)
    written = page_of(fixture_bytes("kuaishou/video.html"), **PAGE)
    for page in (answered, written):
        (video,) = page.mentions
        assert (page.outcome, video.id, video.author.name) == (Outcome.ITEMS, VIDEO, "快友1")
        assert (video.metrics.likes, video.metrics.reads, video.metrics.comments) == (13_010, 60_000, None)
        assert video.topics[0] == "云杉茶饮"
    assert written.mentions[0].topics == ("云杉茶饮", "避雷")


@pytest.mark.parametrize(
    ("page", "status", "outcome"),
    [
        (fixture_bytes("kuaishou/video_gone.html"), 200, Outcome.GONE),
        (fixture_bytes("kuaishou/video_bare.html"), 200, Outcome.SUSPECT),
        ("", 200, Outcome.SUSPECT),
        ("", 404, Outcome.GONE),
        ("", 403, Outcome.BLOCKED_BOT),
        ('<div class="login-popup show">', 200, Outcome.BLOCKED_LOGIN),
        ('<p>class="login-popup" 登录 验证码</p>', 200, Outcome.SUSPECT),
        ('<iframe title="x" src="https://captcha.zt.kuaishou.com/iframe">', 200, Outcome.BLOCKED_CAPTCHA),
        (
            '<script>window.__APOLLO_STATE__={"defaultClient":{"VisionVideoDetailPhoto:3xspruce000001":{}}}</script>',
            200,
            Outcome.CHANGED,
        ),
    ],
)
def test_a_page_without_the_video(page, status, outcome):
    assert page_of(page, **PAGE | {"status": status}).outcome is outcome


def test_a_video_that_nobody_can_see_is_gone_and_one_that_lacks_keys_is_changed():
    assert kuaishou.parse_video(fixture_bytes("kuaishou/video_gone.json"), **OK).outcome is Outcome.GONE
    bare = '{"data":{"visionVideoDetail":{"status":1,"photo":null}}}'
    assert kuaishou.parse_video(bare, **OK).outcome is Outcome.CHANGED


def test_where_the_page_was_sent():
    for where, outcome in (
        ("https://passport.kuaishou.com/pc/account/login", Outcome.BLOCKED_LOGIN),
        ("https://www.kuaishou.com/login?redirectURI=x", Outcome.BLOCKED_LOGIN),
        ("https://captcha.zt.kuaishou.com/x", Outcome.BLOCKED_CAPTCHA),
        ("https://www.kuaishou.com/search/video?searchKey=login", Outcome.CHANGED),
    ):
        assert kuaishou.parse_search_page("", **PAGE | {"url": where}).outcome is outcome


def test_comments_and_replies():
    page = comments_of(fixture_bytes("kuaishou/comments.json"), **OK)
    first, second = page.mentions
    assert (page.outcome, page.next, page.total) == (Outcome.ITEMS, "1130002", Count(value=63))
    assert (first.id, first.kind, first.parent_id, first.root_id) == ("1130001", Kind.COMMENT, VIDEO, VIDEO)
    assert first.text == "我也是[大哭] @快友2" and first.metrics.likes == 12_000 and first.region is None
    assert first.published_at == NOW.astimezone(UTC) - timedelta(seconds=1799)
    assert (second.author.id, second.author.name) == ("90010002", "评2")
    replies = comments_of(fixture_bytes("kuaishou/replies.json"), **OK, root="1130001")
    assert [(m.kind, m.parent_id, m.root_id) for m in replies.mentions] == [(Kind.REPLY, "1130001", VIDEO)] * 2
    assert replies.next is None


def test_comments_of_the_older_transport():
    page = comments_of(fixture_bytes("kuaishou/comments_graphql.json"), **OK)
    above, under = page.mentions
    assert (above.id, above.metrics.likes, page.total, page.next) == ("77001", 3, Count(value=12), None)
    assert (under.kind, under.parent_id) == (Kind.REPLY, "77001")


def test_no_comments_and_comments_that_changed():
    assert comments_of(fixture_bytes("kuaishou/comments_none.json"), **OK).outcome is Outcome.EMPTY
    assert comments_of('{"result":1,"comments":[]}', **OK).outcome is Outcome.CHANGED


def test_the_number_of_comments_completes_the_video():
    (video,) = kuaishou.parse_video(fixture_bytes("kuaishou/video.json"), **OK).mentions
    told = comments_of(fixture_bytes("kuaishou/comments.json"), **OK)
    whole = kuaishou.with_comment_total(video, told)
    assert (whole.metrics.comments, whole.metrics.likes) == (63, video.metrics.likes)
    refused = comments_of(fixture_bytes("kuaishou/result_2.json"), **OK)
    assert kuaishou.with_comment_total(video, refused) == video
    rounded = kuaishou.CommentPage(outcome=Outcome.ITEMS, total=Count(value=12_000, approximate=True))
    assert kuaishou.with_comment_total(video, rounded).metrics.approximate >= {"comments"}
