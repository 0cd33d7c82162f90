from datetime import UTC, datetime, timedelta

import pytest

from crawlers.parsers import xiaohongshu as xhs
from crawlers.parsers.xiaohongshu_comments import parse_comments
from crawlers.parsers.xiaohongshu_walls import Doubt
from records.mention import Kind, Media, TimePrecision, Verified, replace
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

FUZZED = [
    (xhs.parse_search, "xhs_search.json"),
    (xhs.parse_detail, "xhs_feed.json"),
    (xhs.parse_detail, "xiaohongshu/note_hidden.json"),
    (xhs.parse_search_page, "xiaohongshu/login_wall.html"),
    (xhs.parse_detail_page, "xiaohongshu/note_page.html"),
    (xhs.parse_author, "xhs_author.json"),
    (parse_comments, "xiaohongshu/comments.json"),
    (parse_comments, "xiaohongshu/replies.json"),
]

OK = {
    "status": 200,
    "url": "https://so.xiaohongshu.com/api/sns/web/v2/search/notes",
    "collected_at": NOW,
    "content_type": "application/json; charset=utf-8",
}
PAGE = {"status": 200, "url": "https://www.xiaohongshu.com/search_result?keyword=x", "collected_at": NOW}


@pytest.fixture(scope="module")
def page():
    return xhs.parse_search(fixture_bytes("xhs_search.json"), **OK)


def test_notes_once_without_foreign_cards_and_with_tokens_apart(page):
    assert page.outcome is Outcome.ITEMS and page.skipped == 0 and page.next == "more"
    assert len(page.mentions) == 4
    assert page.tokens[page.mentions[0].id] == "ABtoken1="
    assert not any("token" in repr(m).lower() for m in page.mentions)


def test_all_that_a_card_shows(page):
    first, second, third, fourth = page.mentions
    assert first.url == f"https://www.xiaohongshu.com/explore/{first.id}"
    assert first.published_at == datetime.fromtimestamp(int(first.id[:8], 16), UTC)
    assert first.time_precision is TimePrecision.EXACT
    assert (first.metrics.likes, first.metrics.saves, first.metrics.comments, first.metrics.reposts) == (
        12_000,
        3,
        7,
        0,
    )
    assert first.metrics.approximate == {"likes"} and first.metrics.reads is None
    assert (first.author.name, first.author.followers, first.author.verified) == ("薯_1", None, Verified.UNKNOWN)
    assert (second.title, second.media, second.metrics.likes) == (None, {Media.VIDEO}, 10)
    assert third.metrics.likes == 2048 and (fourth.title, fourth.metrics.likes) == (None, 0)


def test_without_a_time_in_the_id_the_words_on_the_card_count():
    item = '{"model_type":"note","id":"%s","note_card":{"corner_tag_info":[{"type":"publish_time","text":"2小时前"}]}}'
    page = xhs.parse_search('{"code":0,"data":{"has_more":false,"items":[%s]}}' % (item % ("0" * 24)), **OK)
    assert page.mentions[0].published_at == NOW - timedelta(hours=2)
    assert page.mentions[0].time_precision is TimePrecision.HOUR and page.next is None


def test_a_note_completes_its_card_and_an_author_its_note(page):
    detail = xhs.parse_detail(fixture_bytes("xhs_feed.json"), **OK).mentions[0]
    profile = xhs.parse_author(fixture_bytes("xhs_author.json"), **OK)
    whole = xhs.with_author(xhs.with_detail(page.mentions[0], detail), profile)
    assert whole.text == "喝到一半#云杉白桃乌龙# 有虫[哭惹R]\n客服让我等\n#避雷#"
    assert whole.topics == ("云杉白桃乌龙", "避雷") and whole.region == "广西"
    assert whole.edited_at is not None and whole.edited_at - whole.published_at == timedelta(minutes=15)
    assert (whole.metrics.likes, whole.metrics.reposts) == (13_000, 2)
    assert whole.media == {Media.IMAGE, Media.LIVE}
    assert (whole.author.followers, whole.author.verified) == (86_000, Verified.PERSONAL)


def test_figures_of_a_remembered_note_never_replace_newer_ones(page):
    detail = xhs.parse_detail(fixture_bytes("xhs_feed.json"), **OK).mentions[0]
    later = replace(page.mentions[0], collected_at=NOW + timedelta(hours=1))
    whole = xhs.with_detail(later, detail)
    assert whole.metrics.likes == 12_000 and whole.text == detail.text


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        ('{"code":300011,"success":false}', 461, Outcome.BLOCKED_CAPTCHA),
        (b"", 461, Outcome.BLOCKED_CAPTCHA),
        (b"", 471, Outcome.BLOCKED_CAPTCHA),
        ('{"code":300011,"success":false}', 200, Outcome.BLOCKED_CAPTCHA),
        ('{"code":300012,"success":false}', 200, Outcome.BLOCKED_BOT),
        ('{"code":300013,"success":false}', 200, Outcome.BLOCKED_RATE),
        ('{"code":300015,"success":false}', 406, Outcome.BLOCKED_BOT),
        (b"", 406, Outcome.BLOCKED_BOT),
        ('{"code":-100,"success":false}', 200, Outcome.BLOCKED_LOGIN),
        ('{"code":-100,"success":false}', 401, Outcome.BLOCKED_LOGIN),
        ('{"code":-101,"success":false}', 200, Outcome.BLOCKED_LOGIN),
        ('{"code":-510000,"success":false}', 200, Outcome.GONE),
        ('{"code":-510001,"success":false}', 200, Outcome.GONE),
        ('{"code":77,"success":false,"msg":"?"}', 200, Outcome.CHANGED),
        ('{"code":0,"success":false}', 200, Outcome.CHANGED),
        ('{"code":0,"success":true,"data":{"has_more":false}}', 200, Outcome.EMPTY),
        ('{"code":0,"success":true,"data":{"has_more":true}}', 200, Outcome.SUSPECT),
        ('{"code":0,"success":true,"data":{"has_more":false,"items":[]}}', 200, Outcome.SUSPECT),
        ('{"code":0,"data":{"items":[{"model_type":"hot_query"}]}}', 200, Outcome.SUSPECT),
        ('{"code":0,"data":{"items":{}}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"has_more":false,"list":[{"id":"6af6"}]}}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"has_more":false},"msg":"\ufffd\ufffd\ufffd\ufffd"}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"items":[{"model_type":"note"}]}}', 200, Outcome.CHANGED),
        ('{"code":0}', 200, Outcome.CHANGED),
        ('{"code":0,"data":{"it', 200, Outcome.NETWORK),
        (b"", 200, Outcome.NETWORK),
        (b"", 503, Outcome.NETWORK),
        ("<html><title>安全验证</title>", 200, Outcome.BLOCKED_CAPTCHA),
        ("<html><title>?</title>", 200, Outcome.CHANGED),
    ],
)
def test_every_sign_of_a_wall_in_the_answers(payload, status, outcome):
    page = xhs.parse_search(payload, **{**OK, "status": status})
    assert page.outcome is outcome and page.mentions == () and page.detail


def test_an_empty_answer_for_a_known_note_is_throttling():
    page = xhs.parse_detail(b'{"code":0,"success":true,"data":{"items":[]}}', **OK)
    assert page.outcome is Outcome.BLOCKED_RATE


STATE = "<html><title>搜索</title><script>window.__INITIAL_STATE__={%s}</script></html>"


@pytest.mark.parametrize(
    ("html", "changes", "outcome"),
    [
        ("<html></html>", {"url": "https://www.xiaohongshu.com/website-login/captcha?x=1"}, Outcome.BLOCKED_CAPTCHA),
        ("<html></html>", {"url": "https://www.xiaohongshu.com/website-login/error"}, Outcome.BLOCKED_CAPTCHA),
        ("<html></html>", {"url": "https://www.xiaohongshu.com/login?to=x"}, Outcome.BLOCKED_LOGIN),
        ("<html></html>", {"url": "https://www.xiaohongshu.com/404?errorCode=-510001"}, Outcome.GONE),
        ("<html></html>", {"status": 461}, Outcome.BLOCKED_CAPTCHA),
        ("<html><title>Security Verification</title></html>", {}, Outcome.BLOCKED_CAPTCHA),
        ('<html><div class="login-container">登录后查看搜索结果</div></html>', {}, Outcome.BLOCKED_LOGIN),
        (STATE % '"user":{"loggedIn":false},"search":{"feeds":[]},"x":undefined', {}, Outcome.BLOCKED_LOGIN),
        (STATE % '"user":{"loggedIn":true},"search":{"feeds":[]}', {}, Outcome.CHANGED),
        ("<html>nothing</html>", {}, Outcome.CHANGED),
        ("", {}, Outcome.CHANGED),
    ],
)
def test_a_page_that_asked_for_nothing_is_never_empty(html, changes, outcome):
    assert xhs.parse_search_page(html, **{**PAGE, **changes}).outcome is outcome


def test_the_state_in_the_page_is_read_like_the_answers():
    feeds = (
        '[{"id":"%s","modelType":"note","xsecToken":"T","noteCard":{"type":"normal","displayTitle":"undefined 是个词",'
        '"user":{"userId":"5e","nickname":"甲"},"interactInfo":{"likedCount":"1.2万"}}}]'
    )
    ident = "6af6d00000000000000000aa"
    for wrap in ("%s", '{"_rawValue":%s,"dep":undefined}'):
        html = STATE % ('"a":undefined,"search":{"hasMore":true,"feeds":' + wrap % (feeds % ident) + "}")
        page = xhs.parse_search_page(html, **PAGE)
        assert page.outcome is Outcome.ITEMS and page.tokens == {ident: "T"}
        assert page.mentions[0].title == "undefined 是个词" and page.mentions[0].metrics.likes == 12_000
    note = '"note":{"noteDetailMap":{"%s":{"note":{"noteId":"%s","type":"normal","title":"t","desc":"d","ipLocation":"上海"}}}}'
    detail = xhs.parse_detail_page(STATE % (note % (ident, ident)), **PAGE)
    assert (detail.outcome, detail.mentions[0].text, detail.mentions[0].region) == (Outcome.ITEMS, "d", "上海")


NOTE_LINK = {**PAGE, "url": "https://www.xiaohongshu.com/explore/6af5a0?xsec_token=x"}


@pytest.mark.parametrize(
    ("name", "status", "outcome", "doubt"),
    [
        ("note_gone.json", 200, Outcome.GONE, Doubt.NONE),
        ("note_hidden.json", 200, Outcome.GONE, Doubt.AGAIN),
        ("login_expired.json", 200, Outcome.BLOCKED_LOGIN, Doubt.NONE),
        ("captcha_461.json", 461, Outcome.BLOCKED_CAPTCHA, Doubt.NONE),
        ("ip_blocked.json", 200, Outcome.BLOCKED_BOT, Doubt.NONE),
    ],
)
def test_how_far_an_answer_is_believed_that_a_note_is_gone(name, status, outcome, doubt):
    payload = fixture_bytes(f"xiaohongshu/{name}")
    page = xhs.parse_detail(payload, **{**OK, "status": status})
    assert (page.outcome, page.doubt, page.mentions) == (outcome, doubt, ())
    assert parse_comments(payload, **{**OK, "status": status}).outcome is outcome


@pytest.mark.parametrize(
    ("name", "url", "outcome", "doubt"),
    [
        ("gone_page.html", "https://www.xiaohongshu.com/404?errorCode=-510001&noteId=1", Outcome.GONE, Doubt.LINK),
        ("gone_page.html", "https://www.xiaohongshu.com/404?source=x&errorCode=-510000", Outcome.GONE, Doubt.AGAIN),
        ("gone_page.html", "https://www.xiaohongshu.com/404", Outcome.GONE, Doubt.LINK),
        ("note_page_hidden.html", NOTE_LINK["url"], Outcome.GONE, Doubt.AGAIN),
        ("login_wall.html", NOTE_LINK["url"], Outcome.BLOCKED_LOGIN, Doubt.NONE),
        ("captcha_page.html", NOTE_LINK["url"], Outcome.BLOCKED_CAPTCHA, Doubt.NONE),
        ("note_page.html", NOTE_LINK["url"], Outcome.ITEMS, Doubt.NONE),
    ],
)
def test_how_far_a_page_is_believed_that_a_note_is_gone(name, url, outcome, doubt):
    page = xhs.parse_detail_page(fixture_bytes(f"xiaohongshu/{name}"), **{**NOTE_LINK, "url": url})
    assert (page.outcome, page.doubt) == (outcome, doubt)


def test_a_note_written_into_its_page_with_bare_undefined():
    [note] = xhs.parse_detail_page(fixture_bytes("xiaohongshu/note_page.html"), **NOTE_LINK).mentions
    assert note.text == "值是 undefined 也不怕 #云杉白桃乌龙#" and note.topics == ("云杉白桃乌龙",)
    assert (note.metrics.likes, note.metrics.saves, note.metrics.comments, note.metrics.reposts) == (361, 88, 142, 57)
    assert (note.region, note.media) == ("广西", {Media.IMAGE, Media.LIVE})
    assert note.edited_at == NOW - timedelta(minutes=50) and note.published_at == NOW - timedelta(hours=1)


def test_login_words_in_a_script_are_no_wall():
    html = "<html><title>小红书</title><script>var words = '扫码登录'</script></html>"
    assert xhs.parse_detail_page(html, **NOTE_LINK).outcome is Outcome.CHANGED
    assert xhs.parse_search_page(html, **PAGE).outcome is Outcome.CHANGED


COMMENTS = {**OK, "url": "https://edith.xiaohongshu.com/api/sns/web/v2/comment/page?note_id=6af5a0&cursor="}


def test_comments_with_the_replies_that_lie_in_them():
    page = parse_comments(fixture_bytes("xiaohongshu/comments.json"), **COMMENTS)
    assert page.outcome is Outcome.ITEMS and page.skipped == 0 and page.next is not None
    first, reply, second, third = page.mentions
    assert (first.kind, first.text, first.region) == (
        Kind.COMMENT,
        "我也喝到过[捂脸R]，退款拖了一周 #云杉茶饮#",
        "浙江",
    )
    assert first.parent_id == first.root_id and first.url == f"https://www.xiaohongshu.com/explore/{first.root_id}"
    assert (first.metrics.likes, first.metrics.comments) == (58, 3)
    assert (reply.kind, reply.parent_id, reply.root_id) == (Kind.REPLY, first.id, first.root_id)
    assert (second.region, second.metrics.likes, second.metrics.approximate) == (None, 12_000, {"likes"})
    assert (third.text, third.media, third.region) == ("", {Media.IMAGE}, "美国")
    assert "token" not in repr(page.mentions).lower()


def test_replies_name_the_comment_that_they_answer():
    root = "6af6aaaa0000000000006c01"
    url = COMMENTS["url"].replace("/page", "/sub/page") + f"&root_comment_id={root}"
    first, second = parse_comments(fixture_bytes("xiaohongshu/replies.json"), **{**OK, "url": url}).mentions
    assert first.kind is second.kind is Kind.REPLY
    assert first.parent_id not in (root, None) and second.parent_id == root


@pytest.mark.parametrize(
    ("payload", "outcome"),
    [
        ('{"code":0,"success":true,"data":{"comments":[],"has_more":false,"cursor":""}}', Outcome.EMPTY),
        ('{"code":0,"success":true,"data":{"comments":[],"has_more":true}}', Outcome.SUSPECT),
        ('{"code":0,"success":true,"data":{}}', Outcome.CHANGED),
        ('{"code":0,"data":{"comments":[{"id":"6af6ae100000000000000001"}]}}', Outcome.CHANGED),
        ('{"code":-100,"success":false}', Outcome.BLOCKED_LOGIN),
        (b"", Outcome.NETWORK),
    ],
)
def test_notes_without_comments_and_comments_that_are_not_shown(payload, outcome):
    assert parse_comments(payload, **COMMENTS).outcome is outcome
