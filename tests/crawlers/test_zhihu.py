from datetime import timedelta

import pytest

from crawlers.parsers import zhihu
from crawlers.parsers.zhihu_comments import parse_comments
from records.mention import Author, Kind, Media, TimePrecision, Verified
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

API = "https://www.zhihu.com/api/v4/search_v3?t=general&q=x&offset=0"
OK = {"status": 200, "url": API, "collected_at": NOW, "content_type": "application/json"}
ANSWER = "https://www.zhihu.com/question/610000001/answer/1970000000000000111"
UNDER = "https://www.zhihu.com/api/v4/comment_v5/answers/1970000000000000111/root_comment?order_by=ts"
FUZZED = [
    (zhihu.parse_search, "zhihu/search.json"),
    (zhihu.parse_search, "zhihu/robot.json"),
    (zhihu.parse_content, "zhihu/answer.html"),
    (zhihu.parse_search_page, "zhihu/verify.html"),
    (parse_comments, "zhihu/comments.json"),
]


def content(url: str, **changes):
    return zhihu.parse_content(
        changes.pop("payload", fixture_bytes("zhihu/answer.html")),
        **{"status": 200, "url": url, "collected_at": NOW, "content_type": "text/html", **changes},
    )


def test_answers_articles_videos_and_questions_each_under_its_own_kind():
    page = zhihu.parse_search(fixture_bytes("zhihu/search.json"), **OK)
    assert (page.outcome, page.skipped) == (Outcome.ITEMS, 0) and page.next
    answer, article, anonymous, video, question = page.mentions
    assert [m.kind for m in page.mentions] == [Kind.POST, Kind.ARTICLE, Kind.POST, Kind.VIDEO, Kind.POST]
    assert (answer.id, answer.url) == ("1970000000000000111", ANSWER)
    assert (article.url, video.url) == (
        "https://zhuanlan.zhihu.com/p/1971000000000000222",
        "https://www.zhihu.com/zvideo/1972000000000000444",
    )
    assert (question.id, question.url) == ("question/610000001", "https://www.zhihu.com/question/610000001")
    assert answer.title == "如何看待云杉茶饮喝出塑料？"
    assert answer.text == "在云杉茶饮后厨干过两年，说说封口机。\n\n第一，没人洗。 [发呆]" and answer.media == {
        Media.IMAGE
    }
    assert article.text == "先看流程…", "an excerpt alone says that more stands on the page"
    assert (answer.metrics.likes, answer.metrics.comments, answer.metrics.saves, answer.metrics.reposts) == (
        903,
        57,
        12,
        None,
    )
    assert answer.published_at == NOW - timedelta(hours=3) and answer.time_precision is TimePrecision.EXACT
    assert answer.edited_at == NOW - timedelta(hours=1) and article.edited_at is None
    assert article.published_at == NOW - timedelta(hours=20) and video.published_at == NOW - timedelta(hours=9)
    assert (video.metrics.reads, question.metrics.comments, question.topics) == (4200, 44, ("食品安全", "奶茶"))
    assert answer.author.verified is Verified.PERSONAL and answer.author.followers is None
    assert (article.author.verified, article.author.followers) == (Verified.ENTERPRISE, 5200)
    assert anonymous.author == Author() and anonymous.metrics.likes == 0


def test_nothing_found_is_positive_only_at_the_platforms_end():
    empty = fixture_bytes("zhihu/empty.json")
    assert zhihu.parse_search(empty, **OK).outcome is Outcome.EMPTY
    assert zhihu.parse_search(empty.replace(b"true", b"false"), **OK).outcome is Outcome.SUSPECT
    assert zhihu.parse_search('{"data":[]}', **OK).outcome is Outcome.SUSPECT


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        (fixture_bytes("zhihu/robot.json"), {"status": 403}, Outcome.BLOCKED_BOT),
        (fixture_bytes("zhihu/robot.json"), {}, Outcome.BLOCKED_BOT),
        (fixture_bytes("zhihu/unauthorized.json"), {"status": 401}, Outcome.BLOCKED_LOGIN),
        (fixture_bytes("zhihu/unauthorized.json"), {"status": 400}, Outcome.BLOCKED_LOGIN),
        ('{"error":{"code":40352,"message":"x"}}', {"status": 403}, Outcome.BLOCKED_CAPTCHA),
        ('{"error":{"code":7,"message":"x"}}', {"status": 429}, Outcome.BLOCKED_RATE),
        ('{"error":{"code":7,"message":"x"}}', {}, Outcome.CHANGED),
        (fixture_bytes("zhihu/verify.html"), {"status": 403}, Outcome.BLOCKED_CAPTCHA),
        ("<html></html>", {"url": "https://www.zhihu.com/signin?next=%2F"}, Outcome.BLOCKED_LOGIN),
        ("<html></html>", {}, Outcome.CHANGED),
        (b"", {"status": 502}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        (fixture_bytes("zhihu/search.json")[:2000], {}, Outcome.NETWORK),
        ('{"results":[]}', {}, Outcome.CHANGED),
        ('{"data":[{"kind":"search_result"}],"paging":{"is_end":false}}', {}, Outcome.CHANGED),
        ('{"data":[{"type":"search_result","target":{}}],"paging":{"is_end":true}}', {}, Outcome.CHANGED),
    ],
)
def test_every_refusal_of_a_search_is_named(payload, changes, outcome):
    page = zhihu.parse_search(payload, **{**OK, **changes})
    assert (page.outcome, page.mentions) == (outcome, ())


def test_a_page_shows_the_post_that_its_address_names():
    (answer,) = content(ANSWER).mentions
    assert (answer.metrics.likes, answer.region, answer.author.followers) == (1010, "浙江", 321)
    assert answer.title == "如何看待云杉茶饮喝出塑料？" and answer.edited_at == NOW - timedelta(hours=1)
    (article,) = content("https://zhuanlan.zhihu.com/p/1971000000000000222").mentions
    assert (article.kind, article.text) == (Kind.ARTICLE, "先看流程，再看人。")
    (video,) = content("https://www.zhihu.com/zvideo/1972000000000000444?utm=x").mentions
    assert (video.author.name, video.author.followers, video.text) == ("探店阿木", 77, "看清洗")
    (question,) = content("https://www.zhihu.com/question/610000001").mentions
    assert (question.id, question.metrics.reads) == ("question/610000001", 30500)


@pytest.mark.parametrize(
    ("url", "changes", "outcome"),
    [
        (ANSWER, {"status": 404}, Outcome.GONE),
        (ANSWER, {"status": 410}, Outcome.GONE),
        (ANSWER.replace("0111", "0999"), {}, Outcome.GONE),
        (ANSWER.replace("0111", "0888"), {}, Outcome.CHANGED),
        (ANSWER, {"payload": b"<html><body>404</body></html>"}, Outcome.CHANGED),
        (ANSWER, {"payload": fixture_bytes("zhihu/verify.html")}, Outcome.BLOCKED_CAPTCHA),
        ("https://www.zhihu.com/account/unhuman?type=x", {}, Outcome.BLOCKED_CAPTCHA),
        ("https://www.zhihu.com/signin?next=x", {}, Outcome.BLOCKED_LOGIN),
        (ANSWER, {"status": 403}, Outcome.BLOCKED_BOT),
        (ANSWER, {"status": 503}, Outcome.NETWORK),
        ("https://www.zhihu.com/", {}, Outcome.CHANGED),
    ],
)
def test_a_post_is_gone_only_where_the_platform_says_so(url, changes, outcome):
    assert content(url, **changes).outcome is outcome


def test_a_search_page_that_asked_for_nothing_is_never_calm():
    given = {"status": 200, "url": "https://www.zhihu.com/search?q=x", "collected_at": NOW}
    assert zhihu.parse_search_page("<title>安全验证 - 知乎</title>", **given).outcome is Outcome.BLOCKED_CAPTCHA
    quiet = zhihu.parse_search_page("<title>x - 搜索结果 - 知乎</title><div>安全验证</div>", **given)
    assert quiet.outcome is Outcome.CHANGED


def test_comments_and_the_replies_under_them_without_deleted_ones():
    page = parse_comments(fixture_bytes("zhihu/comments.json"), **{**OK, "url": UNDER}, link=ANSWER)
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "more")
    first, reply, deeper, picture = page.mentions
    assert (first.kind, first.parent_id, first.root_id) == (Kind.COMMENT, "1970000000000000111", "1970000000000000111")
    assert (first.text, first.region, first.metrics.likes) == ("封口机那段是真的[惊喜]", "北京", 33)
    assert first.metrics.comments == 2 and first.media == frozenset() and first.url == ANSWER
    assert (reply.kind, reply.parent_id, reply.root_id) == (Kind.REPLY, first.id, first.root_id)
    assert (deeper.parent_id, deeper.region, deeper.metrics.comments) == (reply.id, None, None)
    assert (picture.text, picture.media, picture.author) == ("", {Media.IMAGE}, Author())


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ('{"data":[],"paging":{"is_end":true}}', {}, Outcome.EMPTY),
        ('{"data":[{"id":"1","is_delete":true}],"paging":{"is_end":true}}', {}, Outcome.EMPTY),
        ('{"data":[],"paging":{"is_end":false}}', {}, Outcome.SUSPECT),
        ('{"error":{"code":404,"name":"NotFoundError"}}', {"status": 404}, Outcome.GONE),
        (fixture_bytes("zhihu/robot.json"), {"status": 403}, Outcome.BLOCKED_BOT),
        ('{"data":[{"id":"1"},{}],"paging":{"is_end":true}}', {}, Outcome.CHANGED),
        (fixture_bytes("zhihu/comments.json"), {"url": "https://www.zhihu.com/api/v4/other"}, Outcome.CHANGED),
    ],
)
def test_every_answer_without_comments_is_named(payload, changes, outcome):
    page = parse_comments(payload, **{**OK, "url": UNDER, **changes})
    assert (page.outcome, page.mentions) == (outcome, ())
