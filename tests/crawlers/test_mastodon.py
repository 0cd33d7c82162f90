from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from crawlers.parsers import mastodon
from crawlers.parsers.mastodon_marks import Mark, read_place, tag_name, with_place
from crawlers.parsers.mastodon_stream import EventReader, Hearing
from records.mention import Kind, Media, Verified
from records.outcome import Outcome, Page
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://ins.example/api", "collected_at": NOW, "content_type": "application/json"}


def test_posts_with_all_they_show_and_without_private_ones():
    page = mastodon.parse_tag(fixture_bytes("mastodon_tag.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.skipped == 0
    assert page.next == "115500000000000001"
    first, boosted, reply = page.mentions
    assert first.id == "https://ins.example/users/u1/statuses/1" and first.url == "https://ins.example/@u1/1"
    assert first.text == "白桃乌龙里有虫 :blobangry:\n退款要等\n\n#云杉茶饮 x.example/long"
    assert first.edited_at == datetime(2026, 11, 13, 9, 45, tzinfo=UTC)
    assert (first.metrics.likes, first.metrics.comments, first.metrics.reposts) == (6, 1, 6)
    assert (first.author.id, first.author.followers) == ("https://ins.example/users/u1", 121)
    assert first.author.verified is Verified.PERSONAL and first.media == {Media.VIDEO} and first.topics == ("云杉茶饮",)
    assert boosted.id.endswith("/9") and boosted.text == "原嘟 云杉茶饮"
    assert reply.parent_id == first.id and reply.title == "慎入", "what it answers stands on the same page"
    assert [m.kind for m in page.mentions] == [Kind.POST, Kind.POST, Kind.COMMENT]
    assert reply.author.followers is None, "0 of an account that hides its collections is not told"
    assert reply.url == reply.id


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ("[]", {}, Outcome.EMPTY),
        ('{"error":"This method requires an authenticated user"}', {"status": 401}, Outcome.BLOCKED_LOGIN),
        ('{"error":"Too many requests"}', {"status": 429}, Outcome.BLOCKED_RATE),
        (b"", {"status": 503}, Outcome.NETWORK),
        ("<html></html>", {"content_type": "text/html"}, Outcome.CHANGED),
        ('{"statuses":[]}', {}, Outcome.CHANGED),
        ('{"error":"x"}', {}, Outcome.CHANGED),
        ("[1,2]", {}, Outcome.CHANGED),
        ("[{", {}, Outcome.NETWORK),
    ],
)
def test_every_refusal_of_a_timeline_is_named(payload, changes, outcome):
    page = mastodon.parse_tag(payload, **{**OK, **changes})
    assert page.outcome is outcome and page.mentions == ()


def test_an_empty_search_is_only_empty_when_proven():
    empty = '{"accounts":[],"statuses":[],"hashtags":[]}'
    assert mastodon.parse_search(empty, **OK).outcome is Outcome.SUSPECT
    assert mastodon.parse_search(empty, **OK, proven=True).outcome is Outcome.EMPTY
    assert mastodon.parse_search("[]", **OK).outcome is Outcome.CHANGED
    found = b'{"statuses":%s}' % fixture_bytes("mastodon_tag.json")
    assert len(mastodon.parse_search(found, **OK).mentions) == 3


def test_the_newest_id_sorts_by_length_first():
    assert mastodon.newest_id('[{"id":"99"},{"id":"100"},{"id":"098"}]') == "100"
    assert mastodon.newest_id("x") is None
    dated = (
        '[{"id":"9","created_at":"2026-11-13T09:00:00Z"},{"id":"10","created_at":"2026-11-13T11:59:00Z"},{"id":"11"}]'
    )
    assert mastodon.newest_id(dated, written_by=NOW - timedelta(minutes=5)) == "9"


def test_addresses_of_a_hostile_instance_are_dropped():
    post = '[{"uri":"javascript:alert(1)","url":"http://[bad","content":"x","created_at":"2026-11-13T09:00:00Z"}]'
    mention = mastodon.parse_tag(post, **OK).mentions[0]
    assert mention.url is None


def test_a_post_that_was_asked_for_is_there_gone_or_not_shown():
    page = mastodon.parse_status(fixture_bytes("mastodon/status.json"), **OK)
    assert [m.metrics.likes for m in page.mentions] == [6]
    missing = '{"error":"Record not found"}'
    assert mastodon.parse_status(missing, **{**OK, "status": 404}).outcome is Outcome.GONE
    assert mastodon.parse_status(missing, **{**OK, "status": 410}).outcome is Outcome.GONE
    page404 = {**OK, "status": 404, "content_type": "text/html"}
    assert mastodon.parse_status("<html>not here</html>", **page404).outcome is Outcome.CHANGED, "no Mastodon says so"
    assert mastodon.parse_status("[]", **OK).outcome is Outcome.CHANGED
    private = fixture_bytes("mastodon/status.json").replace(b'"public"', b'"private"')
    assert mastodon.parse_status(private, **OK).outcome is Outcome.EMPTY
    assert mastodon.parse_status("", **{**OK, "status": 502}).outcome is Outcome.NETWORK


def test_answers_name_what_they_answer_by_the_network_s_own_ids():
    page = mastodon.parse_context(fixture_bytes("mastodon/context.json"), **OK, root_id="https://ins.example/root")
    assert [(m.text, m.kind) for m in page.mentions] == [("哪家店？", Kind.COMMENT), ("我也遇到", Kind.COMMENT)]
    later, first = page.mentions
    assert (first.parent_id, later.parent_id) == ("https://ins.example/root", first.id)
    assert {m.root_id for m in page.mentions} == {"https://ins.example/root"}
    none = mastodon.parse_context('{"ancestors":[],"descendants":[]}', **OK, root_id="x")
    assert none.outcome is Outcome.EMPTY
    gone = mastodon.parse_context('{"error":"Record not found"}', **{**OK, "status": 404}, root_id="x")
    assert gone.outcome is Outcome.GONE
    assert mastodon.parse_context("{}", **OK, root_id="x").outcome is Outcome.CHANGED


def test_where_a_post_is_kept():
    assert mastodon.home_of("https://Ins.example/@u1/115500") == ("ins.example", "115500")
    assert mastodon.home_of("https://ins.example/users/u1/statuses/7") == ("ins.example", "7")
    others = (
        None,
        "x",
        "https://ins.example/notes/9abc",
        "https://ins.example/@u1",
        "http://[bad",
        "ftp://i.example/@u/1",
    )
    assert [mastodon.home_of(a) for a in others] == [None] * len(others)
    hosts = (
        "ins.example",
        "127.0.0.1",
        "localhost",
        "a.local",
        "ins.example:80",
        "metadata.internal",
        "[::1]",
        "x_y.example",
    )
    assert [mastodon.is_public_host(h) for h in hosts] == [True] + [False] * 7
    search = mastodon.local_ids(fixture_bytes("mastodon/search.json"))
    assert search["https://ins.example/users/u1/statuses/1"] == "115500000000000001"
    boosted = mastodon.local_ids(fixture_bytes("mastodon_tag.json"))
    assert boosted["https://ins.example/users/u9/statuses/9"] == "115500000000000009"


def test_what_an_instance_says_of_itself():
    told = mastodon.parse_instance(fixture_bytes("mastodon/instance.json"), status=200)
    assert told == mastodon.Instance(domain="ins.example", streaming="wss://streaming.ins.example")
    for payload, status in (("", 502), ("[]", 200), ('{"error":"x"}', 404), ("<html>", 200)):
        assert mastodon.parse_instance(payload, status=status) == mastodon.Instance()


def test_a_redirect_to_the_login_page_is_a_login_wall():
    sent = {**OK, "status": 302, "url": "https://ins.example/auth/sign_in"}
    assert mastodon.parse_tag("", **sent).outcome is Outcome.BLOCKED_LOGIN


def hear(payload, **_) -> Page:
    text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
    heard = Hearing()
    for line in text.split("\n"):
        heard.take(line, NOW)
    return heard.page(url="https://ins.example/api/v1/streaming/hashtag")


def test_a_stream_tells_posts_edits_and_deletions():
    heard = Hearing()
    for line in fixture_bytes("mastodon/stream.txt").decode().split("\n"):
        assert heard.take(line, NOW) is False
    page = heard.page(url="https://x.example")
    assert page.outcome is Outcome.ITEMS and page.skipped == 1, "one post breaks off"
    assert [(m.text, m.kind) for m in page.mentions] == [
        ("白桃乌龙里没有虫，是茶叶", Kind.POST),
        ("回复", Kind.COMMENT),
    ]
    assert page.mentions[0].edited_at == datetime(2026, 11, 13, 10, 30, tzinfo=UTC)
    assert heard.deleted == ["115500000000000077"] and len(heard.statuses) == 4
    assert hear(":)\n:thump\n").outcome is Outcome.EMPTY
    assert hear("event: update\ndata: {}\n\n").outcome is Outcome.CHANGED


def test_events_of_many_lines_and_of_monstrous_size():
    reader = EventReader()
    fed = [
        reader.feed(line)
        for line in ("data: a", "data:b", "id: 3", "", "event: delete", "", "data: " + "x" * 1_000_001, "")
    ]
    assert [(e.name, e.data) for e in fed if e] == [("message", "a\nb")]


def test_a_mark_stays_behind_the_newest_minutes_unless_reading_was_cut_off():
    def page(*posts: tuple[str, int]) -> str:
        made = ((i, (NOW - timedelta(minutes=ago)).isoformat()) for i, ago in posts)
        return "[" + ",".join(f'{{"id":"{i}","created_at":"{at}"}}' for i, at in made) + "]"

    mark = Mark("50")
    mark.see(page(("99", 30), ("100", 6), ("101", 1)), now=NOW, oldest="99")
    assert (mark.newest, mark.ends_at(is_cut=False), mark.ends_at(is_cut=True)) == ("101", "100", "101")
    fresh = Mark()
    fresh.see(page(("7", 1), ("8", 0)), now=NOW, oldest="7")
    assert fresh.ends_at(is_cut=False) == "7", "all of it is read once more"
    quiet = Mark("50")
    quiet.see("[]", now=NOW)
    assert quiet.ends_at(is_cut=False) == quiet.ends_at(is_cut=True) == "50" and Mark().ends_at(is_cut=False) == ""


def test_a_cursor_holds_a_place_for_each_tag_and_never_moves_back():
    name, other = tag_name("ins.example", "云杉 茶&饮"), tag_name("ins.example", "b")
    cursor = with_place(with_place(None, name, "99"), other, "5")
    assert (read_place(cursor, name), read_place(cursor, other), read_place(cursor, "x"), read_place(None, "x")) == (
        "99",
        "5",
        "",
        "",
    )
    assert read_place(with_place(cursor, name, "100"), name) == "100"
    assert with_place(cursor, name, "98") == cursor and with_place(cursor, "x", "") == cursor
    assert with_place(None, name, "") is None


FUZZED = [
    (mastodon.parse_tag, "mastodon_tag.json"),
    (mastodon.parse_search, "mastodon/search.json"),
    (mastodon.parse_status, "mastodon/status.json"),
    (partial(mastodon.parse_context, root_id="https://ins.example/root"), "mastodon/context.json"),
    (mastodon.parse_instance, "mastodon/instance.json"),
    (hear, "mastodon/stream.txt"),
]
