import json
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.parsers import bluesky, jetstream
from crawlers.parsers.bluesky_posts import parse_address
from records.mention import Kind, Media, TimePrecision, Verified
from records.outcome import Outcome, Page
from tests.crawlers.conftest import NOW, fixture_bytes

OK = {"status": 200, "url": "https://x.example/xrpc/q", "collected_at": NOW, "content_type": "application/json"}


def test_posts_with_all_they_show_and_without_hidden_ones():
    page = bluesky.parse_search(fixture_bytes("bluesky_search.json"), **OK)
    assert page.outcome is Outcome.ITEMS and page.next == "25" and page.skipped == 0
    first, old, reply = page.mentions
    assert first.id == "at://did:plc:testaaa/app.bsky.feed.post/3kaaa"
    assert first.url == "https://bsky.app/profile/did:plc:testaaa/post/3kaaa", (
        "handles change, the account's id does not"
    )
    assert (first.metrics.likes, first.metrics.comments, first.metrics.reposts) == (11, 2, 8)
    assert first.topics == ("云杉茶饮",) and first.media == {Media.IMAGE} and first.author.verified is Verified.NONE
    assert first.published_at == datetime(2026, 11, 13, 10, tzinfo=UTC)
    assert old.published_at == datetime(2026, 11, 12, 9, tzinfo=UTC), (
        "a back-dated post counts from when it was indexed"
    )
    assert old.url.startswith("https://bsky.app/profile/did:plc:testbbb/") and old.author.verified is Verified.UNKNOWN
    assert reply.parent_id == reply.root_id == first.id
    assert [m.kind for m in page.mentions] == [Kind.POST, Kind.POST, Kind.COMMENT]


@pytest.mark.parametrize(
    ("payload", "changes", "outcome"),
    [
        ("<html><h1>403 Forbidden</h1></html>", {"status": 403, "content_type": "text/html"}, Outcome.BLOCKED_LOGIN),
        (
            "<html><h1>403 Forbidden</h1></html>",
            {"status": 403, "content_type": "text/html", "signed_in": True},
            Outcome.BLOCKED_BOT,
        ),
        ('{"error":"AuthMissing","message":"x"}', {"status": 401}, Outcome.BLOCKED_LOGIN),
        ('{"error":"ExpiredToken"}', {"status": 400}, Outcome.BLOCKED_LOGIN),
        ('{"error":"RateLimitExceeded"}', {"status": 429}, Outcome.BLOCKED_RATE),
        ('{"error":"Surprise"}', {"status": 400}, Outcome.CHANGED),
        ('{"error":"InternalServerError"}', {"status": 500}, Outcome.NETWORK),
        (b"", {"status": 502}, Outcome.NETWORK),
        (b"", {}, Outcome.NETWORK),
        ('{"posts":[],"hitsTotal":0}', {}, Outcome.EMPTY),
        ('{"posts":[],"hitsTotal":7}', {}, Outcome.SUSPECT),
        ('{"feed":[]}', {}, Outcome.CHANGED),
        ('{"posts":[{"uri":"x"}]}', {}, Outcome.CHANGED),
        ("[]", {}, Outcome.CHANGED),
        ("<html></html>", {}, Outcome.CHANGED),
    ],
)
def test_every_refusal_is_named(payload, changes, outcome):
    page = bluesky.parse_search(payload, **{**OK, **changes})
    assert page.outcome is outcome and page.mentions == ()


def test_sessions_and_their_refusals():
    opened = bluesky.parse_session('{"accessJwt":"AAA","refreshJwt":"RRR"}', status=200)
    assert isinstance(opened, bluesky.Session) and opened.access == "AAA"
    assert "AAA" not in repr(opened) and "RRR" not in repr(opened)
    refused = bluesky.parse_session('{"error":"AuthenticationRequired"}', status=401)
    assert isinstance(refused, Page) and refused.outcome is Outcome.BLOCKED_LOGIN
    assert bluesky.parse_session("{}", status=200).outcome is Outcome.CHANGED
    assert bluesky.parse_error('{"error":"ExpiredToken"}') == "ExpiredToken"
    assert bluesky.parse_error("<html>") is None


def test_followers_come_from_profiles_and_stay_unknown_without():
    page = bluesky.parse_search(fixture_bytes("bluesky_search.json"), **OK)
    profiles = (
        '{"profiles":[{"did":"did:plc:testaaa","followersCount":812},{"did":"did:plc:testbbb","followersCount":"?"},3]}'
    )
    followers = bluesky.parse_profiles(profiles, status=200)
    assert followers == {"did:plc:testaaa": 812}
    assert [bluesky.with_followers(m, followers).author.followers for m in page.mentions] == [812, None, None]
    assert bluesky.parse_profiles("<html>", status=403) == {}


def test_posts_asked_for_by_id_and_those_that_ask_not_to_be_shown():
    page = bluesky.parse_posts(fixture_bytes("bluesky/posts.json"), **OK)
    assert [m.metrics.likes for m in page.mentions] == [11]
    assert page.gone == ("at://did:plc:testccc/app.bsky.feed.post/3kccc",)
    assert bluesky.parse_posts('{"posts":[]}', **OK).outcome is Outcome.EMPTY
    assert bluesky.parse_posts('{"feed":[]}', **OK).outcome is Outcome.CHANGED
    assert bluesky.parse_posts('{"error":"RateLimitExceeded"}', **{**OK, "status": 429}).outcome is Outcome.BLOCKED_RATE


def test_a_thread_is_read_to_its_depth_the_newest_first():
    page = bluesky.parse_thread(fixture_bytes("bluesky/thread.json"), **OK)
    root = "at://did:plc:testaaa/app.bsky.feed.post/3kaaa"
    assert [(m.text, m.kind) for m in page.mentions] == [("哪家店", Kind.REPLY), ("我也是", Kind.COMMENT)]
    reply, comment = page.mentions
    assert (comment.parent_id, reply.parent_id) == (root, comment.id) and {m.root_id for m in page.mentions} == {root}


@pytest.mark.parametrize(
    ("payload", "status", "outcome"),
    [
        ('{"error":"NotFound","message":"Post not found"}', 400, Outcome.GONE),
        ('{"thread":{"$type":"app.bsky.feed.defs#notFoundPost","uri":"at://x","notFound":true}}', 200, Outcome.GONE),
        ('{"thread":{"$type":"app.bsky.feed.defs#blockedPost","uri":"at://x","blocked":true}}', 200, Outcome.SUSPECT),
        ('{"thread":{"post":{},"replies":[]}}', 200, Outcome.EMPTY),
        ('{"thread":{}}', 200, Outcome.CHANGED),
        ("{}", 200, Outcome.CHANGED),
    ],
)
def test_a_thread_that_is_not_shown_says_why(payload, status, outcome):
    assert bluesky.parse_thread(payload, **{**OK, "status": status}).outcome is outcome


def test_a_thread_of_any_depth_is_read_without_end():
    thread = '{"thread":{"post":{},"replies":[' + '{"replies":[' * 400 + "]}" * 401 + "}"
    assert bluesky.parse_thread(thread, **OK).outcome is Outcome.EMPTY


def test_addresses_of_posts_and_handles():
    assert parse_address("https://bsky.app/profile/a.example/post/3k") == ("a.example", "3k")
    assert parse_address("at://did:plc:a/app.bsky.feed.post/3k") == ("did:plc:a", "3k")
    hidden = "at://did~0123/app.bsky.feed.post/3k"
    assert [parse_address(a) for a in (hidden, None, "", "https://x.example/profile/a/post/3k")] == [None] * 4
    handles = '{"profiles":[{"did":"did:plc:a","handle":"a.example"},{"did":"did:plc:b"},7]}'
    assert bluesky.parse_handles(handles, status=200) == {"a.example": "did:plc:a"}
    assert bluesky.parse_handles("x", status=500) == {}


# -- the stream -------------------------------------------------------------------------------------------------------

BEGAN = datetime(2026, 11, 13, 10, 0, tzinfo=UTC)
WANTED = jetstream.parse_alternatives("云杉茶饮 退款| cctea refund |")


def microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def hearing(
    *, start: datetime | None = None, began: datetime = NOW, langs: frozenset[str] = frozenset()
) -> jetstream.Hearing:
    at = None if start is None else microseconds(start)
    return jetstream.Hearing(wanted=WANTED, langs=langs, start=at, began=began)


def frames() -> list[str]:
    return fixture_bytes("bluesky/jetstream.jsonl").decode().splitlines()


def hear(payload, **_) -> Page:
    heard = hearing()
    text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
    for frame in text.splitlines():
        heard.take(frame, NOW)
    return heard.page(20)


def test_alternatives_are_any_of_and_words_all_of():
    assert WANTED == (("云杉茶饮", "退款"), ("cctea", "refund"))
    assert jetstream.parse_alternatives(" | ") == ()


def test_the_stream_is_matched_here_and_ads_no_figures():
    heard = hearing()
    assert not any(heard.take(frame, NOW) for frame in frames())
    page = heard.page(20)
    assert page.outcome is Outcome.ITEMS and page.skipped == 0 and heard.heard == 11
    edited, other, answer = page.mentions
    assert (edited.text, edited.edited_at) == ("云杉茶饮 已退款", BEGAN + timedelta(seconds=5))
    assert edited.published_at == datetime(2026, 11, 11, 9, 59, 58, tzinfo=UTC), "an edit does not make it a new post"
    assert other.text == "ＣｃＴｅａ refund please" and other.published_at == BEGAN + timedelta(seconds=2), "back-dated"
    assert (answer.kind, answer.root_id) == (Kind.COMMENT, edited.id)
    assert edited.url == "https://bsky.app/profile/did:plc:testaaa/post/3kone"
    assert edited.author.id == "did:plc:testaaa" and edited.author.verified is Verified.UNKNOWN
    assert edited.metrics.likes is None and edited.time_precision is TimePrecision.EXACT
    assert heard.deleted == ("at://did:plc:testeee/app.bsky.feed.post/3kdel",), "written and deleted: not kept"
    assert heard.cursor == str(microseconds(BEGAN) + 10_000_000)
    first = jetstream.parse_frame(frames()[1], wanted=WANTED, collected_at=NOW).mention
    assert first.topics == ("避雷",) and first.media == {Media.IMAGE} and first.edited_at is None


def test_languages_that_a_writer_names_narrow_and_unnamed_ones_do_not():
    heard = hearing(langs=frozenset({"zh"}))
    for frame in frames():
        heard.take(frame, NOW)
    assert [m.id[-5:] for m in heard.mentions] == ["3kone", "3krep"]


def test_reading_ends_at_the_present_and_goes_on_from_the_last_frame():
    heard = hearing(start=BEGAN, began=BEGAN + timedelta(seconds=6))
    taken = [heard.take(frame, NOW) for frame in frames()[:6]]
    assert taken == [False] * 4 + [True, True], "two seconds before it began counts as the present"
    assert heard.is_caught_up and heard.gap is None and heard.asks_from == microseconds(BEGAN) - 5_000_000
    assert heard.cursor == str(microseconds(BEGAN) + 5_000_000)


def test_a_stream_that_begins_later_than_asked_has_a_gap():
    heard = hearing(start=BEGAN - timedelta(hours=40))
    heard.take(frames()[0], NOW)
    assert heard.gap is not None and "2026-11-11 18:00 to 2026-11-13 10:00 UTC" in heard.gap
    assert hearing(start=BEGAN).gap is None and hearing().gap is None


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        ("", None),
        ("[]", None),
        ('{"kind":"commit"}', None),
        ('{"time_us":12,"kind":"commit"}', None),
        ('{"time_us":true}', None),
        ('{"time_us":1794564000000000,"kind":"news"}', 1794564000000000),
        ('{"time_us":1794564000000000,"kind":"commit","commit":7}', 1794564000000000),
        ('{"time_us":1794564000000000,"did":"x","kind":"commit","commit":{"collection":"app.bsky.feed.post"}}', None),
    ],
)
def test_frames_without_what_every_frame_has_are_counted_as_damage(frame, what):
    assert jetstream.parse_frame(frame, wanted=WANTED, collected_at=NOW).at == what


def test_no_frame_at_all_is_suspect_and_foreign_frames_are_a_change():
    assert hearing().page(20).outcome is Outcome.SUSPECT
    assert hear('{"a":1}\n{"b":2}\n').outcome is Outcome.CHANGED
    quiet = hear(frames()[0])
    assert quiet.outcome is Outcome.EMPTY and "1 frames" in quiet.detail


def test_a_deletion_may_be_of_any_kind_of_post_and_only_so_many_are_remembered():
    uri = "at://did:plc:a/app.bsky.feed.post/3k"
    forms = jetstream.deleted_forms([uri], NOW)
    assert [m.key for m in forms] == [f"bluesky:{kind}:{uri}" for kind in ("post", "comment", "reply")]
    heard = hearing()
    record = json.loads(frames()[9])
    for number in range(jetstream.DELETIONS + 5):
        record["commit"]["rkey"] = f"3k{number}"
        heard.take(json.dumps(record), NOW)
    assert len(heard.deleted) == jetstream.DELETIONS and heard.deleted[-1].endswith(f"3k{number}")


def test_cursors_of_other_kinds_are_not_taken():
    assert jetstream.parse_cursor("1794564000000000") == 1794564000000000
    assert [jetstream.parse_cursor(c) for c in (None, "", "7", "x", "１７９４５６４０００００００００")] == [None] * 5


FUZZED = [
    (bluesky.parse_search, "bluesky_search.json"),
    (bluesky.parse_posts, "bluesky/posts.json"),
    (bluesky.parse_thread, "bluesky/thread.json"),
    (bluesky.parse_session, "bluesky/session.json"),
    (bluesky.parse_error, "bluesky/session.json"),
    (bluesky.parse_profiles, "bluesky/profiles.json"),
    (bluesky.parse_handles, "bluesky/profiles.json"),
    (hear, "bluesky/jetstream.jsonl"),
]
