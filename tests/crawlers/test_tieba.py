from datetime import timedelta

import pytest

from crawlers.parsers import tieba, tieba_html
from records.mention import Author, Kind, Media, TimePrecision
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {
    "status": 200,
    "url": "https://tieba.baidu.com/mo/q/search/multsearch?word=x&pn=1",
    "collected_at": NOW,
    "content_type": "application/json",
}
PAGE = {"status": 200, "url": "https://tieba.baidu.com/p/9300000001?pn=1", "collected_at": NOW}
FLOOR = "https://tieba.baidu.com/p/9300000003?pid=150300000077#150300000077"
FUZZED = [
    (tieba.parse_search, "tieba/search.json"),
    (tieba.parse_thread, "tieba/thread.json"),
    (tieba_html.parse_search_page, "tieba/search.html"),
    (tieba_html.parse_thread_page, "tieba/thread.html"),
    (tieba_html.parse_under_floors, "tieba/under_floors.json"),
]


def test_threads_and_what_was_said_in_others_without_cards_of_people():
    page = tieba.parse_search(fixture_bytes("tieba/search.json"), **OK)
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "more")
    thread, bare, floor, under = page.mentions
    assert [m.kind for m in page.mentions] == [Kind.POST, Kind.POST, Kind.COMMENT, Kind.REPLY]
    assert (thread.id, thread.url) == ("9300000001", "https://tieba.baidu.com/p/9300000001")
    assert (thread.title, thread.text) == ("云杉茶饮东湖店喝出塑料", "刚买的白桃乌龙，请登录看图")
    assert (thread.metrics.comments, thread.metrics.likes, thread.metrics.reposts) == (56, None, None)
    assert thread.published_at == NOW - timedelta(hours=2) and thread.time_precision is TimePrecision.EXACT
    assert (thread.author.id, thread.topics, thread.media) == ("700000001", ("奶茶",), {Media.IMAGE})
    assert (bare.id, bare.author, bare.metrics.comments, bare.text) == ("9300000002", Author(), 0, "")
    assert (floor.id, floor.parent_id, floor.root_id, floor.url) == (
        "150300000077",
        "9300000003",
        "9300000003",
        FLOOR,
    )
    assert floor.metrics.comments is None, "the figure of the thread is not the floor's"
    assert (under.id, under.parent_id, under.url) == ("150300000088", floor.id, FLOOR)


def test_an_older_page_of_results_tells_the_same_posts():
    page = tieba_html.parse_search_page(
        fixture_bytes("tieba/search.html"), **PAGE | {"url": "https://tieba.baidu.com/f"}
    )
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "more")
    thread, floor, under = page.mentions
    newer = tieba.parse_search(fixture_bytes("tieba/search.json"), **OK).mentions
    assert [m.key for m in page.mentions] == [newer[0].key, newer[2].key, newer[3].key]
    assert thread.text == "刚买的白桃乌龙\n请登录看图..." and thread.title == newer[0].title
    assert (thread.author.name, thread.author.id, thread.topics) == ("楼主阿青", None, ("奶茶",))
    assert (thread.published_at, thread.time_precision) == (NOW - timedelta(hours=2), TimePrecision.MINUTE)
    assert floor.published_at == NOW - timedelta(days=1, hours=7, minutes=57) and floor.title == "今天喝什么"
    assert (under.parent_id, under.published_at) == (floor.id, NOW - timedelta(hours=10, minutes=45))


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (fixture_bytes("tieba/empty.json"), {}, Outcome.EMPTY),
        (fixture_bytes("tieba/empty.json").replace(b'"has_more": 0', b'"has_more": 1'), {}, Outcome.SUSPECT),
        (fixture_bytes("tieba/verify.json"), {}, Outcome.BLOCKED_CAPTCHA),
        ('{"no":1,"error":"user need login"}', {}, Outcome.BLOCKED_LOGIN),
        ('{"no":"9","error":"操作过于频繁"}', {}, Outcome.BLOCKED_RATE),
        ('{"no":9,"error":"x"}', {}, Outcome.CHANGED),
        ('{"data":{"card_list":[]}}', {}, Outcome.CHANGED),
        ('{"no":0,"data":{"cards":[]}}', {}, Outcome.CHANGED),
        ('{"no":0,"data":{"has_more":0,"card_list":[{"kind":"thread"}]}}', {}, Outcome.CHANGED),
        ('{"no":0,"data":{"has_more":0,"card_list":[{"cardInfo":"thread","data":{"tid":"x"}}]}}', {}, Outcome.CHANGED),
        (fixture_bytes("tieba/verify.html"), {"content_type": "text/html"}, Outcome.BLOCKED_CAPTCHA),
        (b"", {"url": "https://wappass.baidu.com/static/captcha/tuxing.html"}, Outcome.BLOCKED_CAPTCHA),
        (b"", {"url": "https://passport.baidu.com/v2/?login"}, Outcome.BLOCKED_LOGIN),
        (b"", {"status": 403}, Outcome.BLOCKED_BOT),
        (b"", {"status": 429}, Outcome.BLOCKED_RATE),
        (b"", {"status": 500}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        (fixture_bytes("tieba/search.json")[:700], {}, Outcome.NETWORK),
    ],
)
def test_every_answer_without_threads_is_named(payload, changes, outcome):
    page = tieba.parse_search(payload, **{**OK, **changes})
    assert (page.outcome, page.mentions) == (outcome, ())


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (fixture_bytes("tieba/nothing.html"), {}, Outcome.EMPTY),
        (b"<html><title>x</title><div id=app></div></html>", {}, Outcome.CHANGED),
        (fixture_bytes("tieba/search.html").replace(b"p_title", b"title2"), {}, Outcome.CHANGED),
        (fixture_bytes("tieba/verify.html"), {}, Outcome.BLOCKED_CAPTCHA),
        (b"<html></html>", {"status": 403}, Outcome.BLOCKED_BOT),
        (b"", {}, Outcome.CHANGED),
    ],
)
def test_an_older_page_without_results_is_empty_only_by_its_own_word(payload, changes, outcome):
    assert tieba_html.parse_search_page(payload, **{**PAGE, **changes}).outcome is outcome


def test_a_thread_has_its_first_floor_for_a_post_and_the_others_for_comments():
    thread = tieba.parse_thread(fixture_bytes("tieba/thread.json"), **OK)
    assert (thread.outcome, thread.pages, thread.skipped) == (Outcome.ITEMS, 2, 0)
    (post,) = thread.post.mentions
    assert (post.id, post.kind, post.text) == ("9300000001", Kind.POST, "刚买的白桃乌龙 [滑稽]")
    assert (post.region, post.author.name, post.metrics.comments) == ("浙江", "楼主阿青", 56)
    assert (post.media, post.topics) == ({Media.IMAGE}, ("奶茶",))
    second, under, third = thread.replies
    assert (second.kind, second.text, second.parent_id) == (Kind.COMMENT, "我这家也是，@楼主阿青链接", post.id)
    assert (second.author.name, second.region, second.media) == ("二楼", "广东", {Media.VIDEO})
    assert second.metrics.comments == 1 and second.url.endswith("/p/9300000001?pid=150300000002#150300000002")
    assert (under.kind, under.parent_id, under.root_id, under.url) == (Kind.REPLY, second.id, post.id, second.url)
    assert (third.text, third.media, third.author.id) == ("", {Media.AUDIO}, None)
    replies = tieba.replies_of(thread, following="2")
    assert (replies.outcome, replies.next, len(replies.mentions)) == (Outcome.ITEMS, "2", 3)


def test_an_older_thread_page_and_what_stands_under_its_floors_tell_the_same():
    thread = tieba_html.parse_thread_page(fixture_bytes("tieba/thread.html"), **PAGE)
    newer = tieba.parse_thread(fixture_bytes("tieba/thread.json"), **OK)
    assert (thread.outcome, thread.pages, thread.skipped) == (Outcome.ITEMS, 2, 0)
    (post,) = thread.post.mentions
    assert (post.key, post.title, post.metrics, post.region) == (
        newer.mentions[0].key,
        newer.mentions[0].title,
        newer.mentions[0].metrics,
        "浙江",
    )
    assert (post.text, post.media, post.topics) == ("刚买的白桃乌龙[滑稽]", {Media.IMAGE}, ("奶茶",))
    assert (post.author.name, post.published_at) == ("楼主阿青", NOW - timedelta(hours=2))
    second, third = thread.replies
    assert second.key == newer.replies[0].key and (second.region, second.metrics.comments) == ("广东", 1)
    assert (third.published_at, third.region) == (NOW - timedelta(minutes=30), None)
    under = tieba_html.parse_under_floors(fixture_bytes("tieba/under_floors.json"), **OK)
    first, other = under.mentions
    assert (first.key, first.parent_id) == (newer.replies[1].key, newer.replies[1].parent_id)
    assert (first.text, first.author.name) == ("同去退[怒]", "楼主阿青")
    assert (other.text, other.kind, other.url) == ("回复 aq :我也去", Kind.REPLY, second.url)
    none = '{"errno":0,"data":{"comment_list":[]}}'
    assert tieba_html.parse_under_floors(none, **OK).outcome is Outcome.EMPTY
    assert tieba_html.parse_under_floors('{"errno":0,"data":{}}', **OK).outcome is Outcome.CHANGED


@pytest.mark.parametrize(
    ("parse", "payload", "changes", "outcome"),
    [
        (tieba.parse_thread, fixture_bytes("tieba/gone.json"), {}, Outcome.GONE),
        (tieba.parse_thread, '{"error_code":5,"error_msg":"need verify"}', {}, Outcome.BLOCKED_CAPTCHA),
        (tieba.parse_thread, '{"error_code":5,"error_msg":"x"}', {}, Outcome.CHANGED),
        (tieba.parse_thread, '{"error_code":0,"thread":{"id":9300000001},"floors":[]}', {}, Outcome.CHANGED),
        (tieba.parse_thread, b"", {"status": 502}, Outcome.NETWORK),
        (tieba_html.parse_thread_page, fixture_bytes("tieba/gone.html"), {}, Outcome.GONE),
        (tieba_html.parse_thread_page, b"<html>x</html>", {"status": 404}, Outcome.GONE),
        (tieba_html.parse_thread_page, b"<html><div id=app></div></html>", {}, Outcome.CHANGED),
        (tieba_html.parse_thread_page, "<p>该贴已被删除" + "占" * 1200, {}, Outcome.CHANGED),
        (tieba_html.parse_thread_page, fixture_bytes("tieba/verify.html"), {}, Outcome.BLOCKED_CAPTCHA),
        (
            tieba_html.parse_thread_page,
            fixture_bytes("tieba/thread.html").replace(b"data-field", b"data-told"),
            {},
            Outcome.CHANGED,
        ),
    ],
)
def test_a_thread_is_gone_only_where_the_platform_says_so(parse, payload, changes, outcome):
    thread = parse(payload, **{**PAGE, **changes})
    assert (thread.outcome, thread.mentions) == (outcome, ())


def test_nobody_having_replied_is_no_trouble():
    alone = tieba.Thread(outcome=Outcome.ITEMS)
    assert tieba.replies_of(alone, following="1").outcome is Outcome.EMPTY
