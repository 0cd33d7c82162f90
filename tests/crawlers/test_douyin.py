import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from crawlers.parsers import douyin
from crawlers.parsers.douyin_comments import parse_comments
from records.mention import Author, Kind, Media, Mention, Platform, Verified, replace
from records.outcome import Outcome
from tests.crawlers.conftest import NOW, fixture_bytes

FUZZED = [
    (douyin.parse_search, "douyin/search.json"),
    (douyin.parse_search, "douyin/search_stream.txt"),
    (douyin.parse_search, "douyin/search_item.json"),
    (douyin.parse_search_page, "douyin/nothing_found.html"),
    (douyin.parse_detail, "douyin/detail.json"),
    (douyin.parse_detail, "douyin/detail_gone.json"),
    (douyin.parse_detail_page, "douyin/render_data.html"),
    (parse_comments, "douyin/comments.json"),
    (parse_comments, "douyin/replies.json"),
]

API = "https://www.douyin.com/aweme/v1/web"
OK = {
    "status": 200,
    "url": f"{API}/general/search/single/?keyword=x&offset=0",
    "collected_at": NOW,
    "content_type": "application/json; charset=utf-8",
}
PAGE = {"status": 200, "url": "https://www.douyin.com/search/x?type=general", "collected_at": NOW}
ID = "76000000000000001%02d"


def fixture(name):
    return fixture_bytes(f"douyin/{name}")


def changed(name, change):
    document = json.loads(fixture(name))
    change(document)
    return json.dumps(document)


@pytest.fixture(scope="module")
def page():
    return douyin.parse_search(fixture("search.json"), **OK)


def by_number(page, number):
    return next(m for m in page.mentions if m.id == ID % number)


def test_posts_once_out_of_every_kind_of_card_without_ads_and_foreign_cards(page):
    assert (page.outcome, page.skipped, page.next) == (Outcome.ITEMS, 0, "more")
    assert [m.id for m in page.mentions] == [ID % n for n in (1, 2, 4, 6, 7, 8)]
    assert page.gone == (ID % 5,), "one is shown as deleted"


def test_all_that_a_video_shows(page):
    first = by_number(page, 1)
    assert (first.kind, first.url) == (Kind.VIDEO, f"https://www.douyin.com/video/{first.id}")
    assert first.text == "云杉白桃乌龙里有虫 #云杉茶饮 #食品安全 @云杉茶饮官方 给个说法[发怒]"
    assert first.published_at == NOW - timedelta(minutes=20) and first.topics == ("云杉茶饮", "食品安全")
    figures = first.metrics
    assert (figures.likes, figures.comments, figures.reposts, figures.saves) == (20480, 3071, 905, 410)
    assert (first.author.id, first.author.name) == ("80000000001", "城南探店")
    assert first.media == {Media.VIDEO} and first.region is None, "CN is no province"


def test_zeros_that_tell_nothing_are_unknown(page):
    first = by_number(page, 1)
    assert (first.metrics.reads, first.author.followers, first.author.verified) == (None, None, Verified.UNKNOWN)
    assert by_number(page, 6).author == Author()


def test_picture_posts_and_posts_with_other_words(page):
    image = by_number(page, 2)
    assert (image.kind, image.media) == (Kind.VIDEO, {Media.IMAGE})
    assert image.url == f"https://www.douyin.com/note/{image.id}"
    assert by_number(page, 7).text == "只有说明"


def test_badges_by_their_words(page):
    assert by_number(page, 7).author.verified is Verified.GOVERNMENT
    assert by_number(page, 8).author.verified is Verified.ENTERPRISE


def test_the_video_tab_tells_followers_and_badges():
    tab = douyin.parse_search(fixture("search_item.json"), **{**OK, "url": f"{API}/search/item/?keyword=x"})
    authors = {m.id: (m.author.followers, m.author.verified) for m in tab.mentions}
    assert authors == {
        ID % 1: (1_204_881, Verified.MEDIA),
        ID % 4: (15_320, Verified.PERSONAL),
        ID % 9: (0, Verified.NONE),
    }
    assert tab.next is None


def test_a_chunked_answer_is_the_same_as_a_whole_one(page):
    stream = douyin.parse_search(fixture("search_stream.txt"), **{**OK, "content_type": "text/plain"})
    assert (stream.outcome, stream.mentions, stream.next) == (Outcome.ITEMS, page.mentions, "more")


def test_chunks_that_end_within_a_document_or_count_characters_are_read_as_well(page):
    whole = json.dumps(json.loads(fixture("search.json")), ensure_ascii=False)
    raw = whole.encode()
    cut = [raw[:700], raw[700:701], raw[701:]]
    by_bytes = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cut) + b"0\r\n\r\n"
    by_characters = f"{len(whole):x}\n{whole}\n0\n"
    for payload in (by_bytes, by_characters, by_characters.encode()):
        read = douyin.parse_search(payload, **{**OK, "content_type": "text/plain"})
        assert (read.mentions, read.next) == (page.mentions, "more")


def test_a_chunked_answer_that_breaks_off_keeps_its_whole_parts_and_says_so():
    raw = fixture("search_stream.txt")
    read = douyin.parse_search(raw[: len(raw) * 2 // 3], **OK)
    assert read.outcome is Outcome.ITEMS and {m.id for m in read.mentions} == {ID % 1, ID % 2}
    assert "breaks off" in read.detail and read.next == "more"
    assert douyin.parse_search(raw[:500], **OK).outcome is Outcome.NETWORK


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("search_silent.json", Outcome.SUSPECT),
        ("search_declined.json", Outcome.EMPTY),
        ("search_verify_check.json", Outcome.BLOCKED_CAPTCHA),
        ("search_hit_shark.json", Outcome.BLOCKED_BOT),
        ("login_required.json", Outcome.BLOCKED_LOGIN),
        ("session_expired.json", Outcome.BLOCKED_LOGIN),
    ],
)
def test_empty_lists_that_look_alike(name, outcome):
    read = douyin.parse_search(fixture(name), **OK)
    assert (read.outcome, read.mentions) == (outcome, ()) and read.detail


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        (b"", 200, Outcome.BLOCKED_BOT),
        (b"blocked", 200, Outcome.BLOCKED_BOT),
        (b"", 403, Outcome.BLOCKED_RATE),
        (b"", 429, Outcome.BLOCKED_RATE),
        (b"", 502, Outcome.NETWORK),
        ('{"status_code":8}', 401, Outcome.BLOCKED_LOGIN),
        ('{"status_code":0,"verify_ticket":"abc","data":[]}', 200, Outcome.BLOCKED_CAPTCHA),
        ('{"status_code":0,"verify_ticket":"","data":[]}', 200, Outcome.SUSPECT),
        ('{"status_code":0,"data":null}', 200, Outcome.SUSPECT),
        ('{"status_code":0,"data":{}}', 200, Outcome.CHANGED),
        ('{"status_code":0}', 200, Outcome.CHANGED),
        ('{"data":[]}', 200, Outcome.CHANGED),
        ('{"status_code":4,"status_msg":"?"}', 200, Outcome.CHANGED),
        ('{"status_code":0,"data":[],"not_login_module":{"guide_login_tip_exist":true}}', 200, Outcome.BLOCKED_LOGIN),
        (
            '{"status_code":0,"data":[],"log_pb":{"stab_extra":{"NilInfoContext":"{\\"search_nil_type\\":\\"verify_check\\"}"}}}',
            200,
            Outcome.BLOCKED_CAPTCHA,
        ),
        ('{"status_code":0,"data":[],"search_nil_info":{"search_nil_item":"params_check"}}', 200, Outcome.BLOCKED_BOT),
        ('{"status_code":0,"data":[{"type":6}]}', 200, Outcome.SUSPECT),
        ('{"status_code":0,"data":[{"type":1,"card_unique_name":"video"}]}', 200, Outcome.CHANGED),
        ('{"status_code":0,"data":[{"aweme_info":{"aweme_id":1.5,"desc":"x"}}]}', 200, Outcome.CHANGED),
        ('{"status_code":0,"da', 200, Outcome.NETWORK),
        ("[]", 200, Outcome.CHANGED),
        ("<html><title>验证码中间页</title></html>", 200, Outcome.BLOCKED_CAPTCHA),
        ("<html><title>抖音</title></html>", 200, Outcome.CHANGED),
        ('{"status_code":0,"data":[],"x":"\ufffd\ufffd\ufffd\ufffd"}', 200, Outcome.CHANGED),
    ],
)
def test_every_sign_of_a_wall_in_the_answers(payload, status, outcome):
    read = douyin.parse_search(payload, **{**OK, "status": status})
    assert read.outcome is outcome and read.mentions == () and read.detail


def test_words_of_posts_are_no_walls(page):
    def worded(document):
        document["data"][0]["aweme_info"]["desc"] = "验证码 verify_check 请先登录 blocked captcha_container"

    assert douyin.parse_search(changed("search.json", worded), **OK).outcome is Outcome.ITEMS


def test_partial_results_without_a_login_are_kept_and_called_so():
    def flagged(document):
        document["not_login_module"] = {"guide_login_tip_exist": True}

    read = douyin.parse_search(changed("search.json", flagged), **OK)
    assert (read.outcome, len(read.mentions), read.next) == (Outcome.ITEMS, 6, None) and "login" in read.detail


@pytest.mark.parametrize("flag", ["is_delete", "is_prohibited", "in_reviewing", "private_status"])
def test_hidden_posts_are_gone(flag):
    def hide(document):
        document["aweme_detail"]["status"][flag] = 1 if flag == "private_status" else True

    read = douyin.parse_detail(changed("detail.json", hide), **OK)
    assert (read.outcome, read.mentions, read.gone) == (Outcome.GONE, (), (ID % 1,))


def test_one_post_and_one_that_is_not_there():
    detail = douyin.parse_detail(fixture("detail.json"), **OK).mentions[0]
    assert (detail.author.followers, detail.author.verified) == (1_204_881, Verified.MEDIA)
    gone = douyin.parse_detail(fixture("detail_gone.json"), **OK)
    assert (gone.outcome, gone.gone) == (Outcome.GONE, (ID % 5,))
    doubtful = douyin.parse_detail('{"status_code":0,"aweme_detail":null,"filter_detail":null}', **OK)
    assert (doubtful.outcome, doubtful.gone) == (Outcome.SUSPECT, ())
    assert douyin.parse_detail('{"status_code":0}', **OK).outcome is Outcome.CHANGED


def test_a_post_written_into_its_page_is_the_same_post():
    detail = douyin.parse_detail(fixture("detail.json"), **OK).mentions[0]
    written = douyin.parse_detail_page(fixture("render_data.html"), **PAGE)
    shown = written.mentions[0]
    assert written.outcome is Outcome.ITEMS
    same = ("id", "kind", "url", "text", "published_at", "metrics", "media")
    assert [getattr(shown, n) for n in same] == [getattr(detail, n) for n in same]
    assert (shown.author.followers, shown.author.verified) == (1_204_881, Verified.PERSONAL)
    assert shown.topics == ("云杉茶饮",)


def rendered(state):
    return f'<html><title>x</title><script id="RENDER_DATA" type="application/json">{quote(json.dumps(state))}</script></html>'


@pytest.mark.parametrize(
    ("html", "changes", "search", "post"),
    [
        (fixture_bytes("douyin/captcha.html"), {}, Outcome.BLOCKED_CAPTCHA, Outcome.BLOCKED_CAPTCHA),
        (
            '<html><title>x</title><div id="captcha_container"></div></html>',
            {},
            Outcome.BLOCKED_CAPTCHA,
            Outcome.BLOCKED_CAPTCHA,
        ),
        ("<html><head></head><body>blocked</body></html>", {}, Outcome.BLOCKED_BOT, Outcome.BLOCKED_BOT),
        ("<html><title>x</title></html>", {"status": 403}, Outcome.BLOCKED_RATE, Outcome.BLOCKED_RATE),
        (
            "<html><title>x</title></html>",
            {"url": "https://www.douyin.com/login?x=1"},
            Outcome.BLOCKED_LOGIN,
            Outcome.BLOCKED_LOGIN,
        ),
        (rendered({"app": {"isSpider": True}}), {}, Outcome.BLOCKED_BOT, Outcome.BLOCKED_BOT),
        (fixture_bytes("douyin/nothing_found.html"), {}, Outcome.EMPTY, Outcome.CHANGED),
        ("<html><title>x</title><script>暂无搜索结果</script></html>", {}, Outcome.CHANGED, Outcome.CHANGED),
        (rendered({"app": {"isSpider": False}}), {}, Outcome.CHANGED, Outcome.CHANGED),
        ("", {}, Outcome.CHANGED, Outcome.CHANGED),
    ],
)
def test_pages_that_asked_for_nothing(html, changes, search, post):
    assert douyin.parse_search_page(html, **{**PAGE, **changes}).outcome is search
    assert douyin.parse_detail_page(html, **{**PAGE, **changes}).outcome is post


def test_an_author_completes_a_post_and_never_replaces_what_is_known():
    known = Author(id="1", name="甲", followers=7, verified=Verified.PERSONAL)
    bare = Mention(platform=Platform.DOUYIN, id="1", collected_at=NOW, author=Author(id="1", name="甲新"))
    assert douyin.with_author(bare, known).author == Author(
        id="1", name="甲新", followers=7, verified=Verified.PERSONAL
    )
    told = replace(bare, author=Author(id="1", followers=9, verified=Verified.MEDIA))
    assert douyin.with_author(told, known).author == told.author


COMMENTS = {**OK, "url": f"{API}/comment/list/?aweme_id={ID % 1}&cursor=0&count=20"}


def test_comments_with_the_replies_that_lie_in_them():
    read = parse_comments(fixture("comments.json"), **COMMENTS)
    assert (read.outcome, read.next, read.skipped) == (Outcome.ITEMS, "20", 0)
    first, inner, second, third = read.mentions
    assert (first.kind, first.text, first.region) == (Kind.COMMENT, "昨天那杯也酸了[发怒]", "浙江")
    assert (first.metrics.likes, first.metrics.comments) == (322, 14)
    assert first.parent_id == first.root_id == ID % 1 and first.url == f"https://www.douyin.com/video/{ID % 1}"
    assert (inner.kind, inner.parent_id, inner.root_id) == (Kind.REPLY, first.id, ID % 1)
    assert second.region is None, "IP未知 is no region"
    assert (third.text, third.media, third.metrics.likes) == ("", {Media.IMAGE}, 5)


def test_replies_name_the_comment_that_they_answer():
    url = f"{API}/comment/list/reply/?item_id={ID % 1}&comment_id=7600100000000000001"
    read = parse_comments(fixture("replies.json"), **{**OK, "url": url})
    first, second = read.mentions
    assert (first.kind, first.parent_id) == (Kind.REPLY, "7600100000000000001")
    assert second.parent_id == first.id and read.next is None


@pytest.mark.parametrize(
    ("payload", "cursor", "outcome"),
    [
        ('{"status_code":0,"comments":null,"total":0,"has_more":0}', 0, Outcome.EMPTY),
        ('{"status_code":0,"comments":[],"total":0}', 0, Outcome.EMPTY),
        ('{"status_code":0,"comments":null,"total":9,"has_more":0}', 0, Outcome.SUSPECT),
        ('{"status_code":0,"comments":null,"total":9,"has_more":0}', 20, Outcome.EMPTY),
        ('{"status_code":0,"total":9}', 0, Outcome.CHANGED),
        ('{"status_code":0,"comments":[{"cid":"7600100000000000001"}]}', 0, Outcome.CHANGED),
        ('{"status_code":8}', 0, Outcome.BLOCKED_LOGIN),
        (b"", 0, Outcome.BLOCKED_BOT),
    ],
)
def test_posts_without_comments_and_comments_that_are_not_shown(payload, cursor, outcome):
    url = f"{API}/comment/list/?aweme_id={ID % 1}&cursor={cursor}"
    assert parse_comments(payload, **{**OK, "url": url}).outcome is outcome
