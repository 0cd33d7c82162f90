from datetime import timedelta

import pytest

from crawlers.options import Options, accepted_options, check_options
from crawlers.poll import Memory, Poll, poll_request
from crawlers.spiders.weibo import session_headers
from records.errors import BadRecord
from records.mention import Mention, Platform, replace
from records.outcome import PAYLOAD_KEPT, Outcome, Page, PollRequest
from tests.crawlers.conftest import NOW


def mention(ident):
    return Mention(platform=Platform.WEIBO, id=ident, collected_at=NOW)


def poll(limit=50, **options):
    pairs = tuple(sorted(options.items()))
    return Poll(PollRequest(platform=Platform.WEIBO, brand="b", query="q", limit=limit, options=pairs))


def test_pages_add_up_to_the_limit_without_repeats():
    p = poll(limit=3)
    fresh = p.take(Page(outcome=Outcome.ITEMS, mentions=(mention("1"), mention("2"))))
    assert [m.id for m in fresh] == ["1", "2"] and not p.is_full
    p.take(Page(outcome=Outcome.ITEMS, mentions=(mention("2"), mention("3"), mention("4"))))
    assert [m.id for m in p.mentions] == ["1", "2", "3"] and p.is_full
    assert {(m.brand, m.query) for m in p.mentions} == {("b", "q")}


def test_a_more_complete_form_keeps_its_place():
    p = poll()
    p.take(Page(outcome=Outcome.ITEMS, mentions=(mention("1"), mention("2"))))
    p.put(replace(mention("1"), text="whole"))
    assert [(m.id, m.text) for m in p.mentions] == [("1", "whole"), ("2", "")]


@pytest.mark.parametrize(
    ("pages", "outcome"),
    [
        ([Outcome.ITEMS, Outcome.EMPTY], Outcome.ITEMS),
        ([Outcome.ITEMS, Outcome.NETWORK], Outcome.ITEMS),
        ([Outcome.ITEMS, Outcome.CHANGED], Outcome.ITEMS),
        ([Outcome.ITEMS, Outcome.BLOCKED_RATE], Outcome.BLOCKED_RATE),
        ([Outcome.EMPTY, Outcome.ITEMS], Outcome.ITEMS),
        ([Outcome.NETWORK], Outcome.NETWORK),
    ],
)
def test_the_one_outcome_of_several_pages(pages, outcome):
    p = poll()
    for kind in pages:
        p.take(Page(outcome=kind, detail=f"saw {kind}", mentions=(mention("1"),) if kind is Outcome.ITEMS else ()))
    ended = p.result(started_at=NOW, ended_at=NOW + timedelta(seconds=1))
    assert ended.outcome is outcome
    if pages[-1] not in (Outcome.EMPTY, Outcome.ITEMS):
        assert f"saw {pages[-1]}" in ended.detail, "trouble on a later page is always told"


def shown(*idents, following="more"):
    return Page(outcome=Outcome.ITEMS, mentions=tuple(mention(i) for i in idents), next=following)


def going(p, page, read=1, **more):
    p.take(page)
    return p.goes_on(page, read=read, most=5, **more)


def test_reading_goes_on_until_the_end_or_to_what_is_known():
    assert going(poll(), shown("1", "2")) and not going(poll(), shown("1", "2", following=None))
    known = Poll(poll().request, known=lambda mentions: frozenset(m.key for m in mentions))
    assert not going(known, shown("1", "2")) and known.caught_up
    assert going(known, shown("3", "4"), in_order=False), "known posts prove nothing where the order is another"


def test_a_page_that_comes_again_in_place_of_more_ends_the_reading_and_is_said():
    p = poll()
    assert going(p, shown("1", "2")) and p.caught_up
    assert not going(p, shown("2", "1"), read=2) and not p.caught_up
    assert p.detail == "page 2 shows the same posts again"
    another_list = poll()
    assert going(another_list, shown("1")) and going(another_list, shown("1")), "a first page repeats nothing"


@pytest.mark.parametrize(
    ("later", "caught_up"), [(Outcome.EMPTY, True), (Outcome.NETWORK, False), (Outcome.SUSPECT, False)]
)
def test_trouble_in_place_of_more_leaves_something_unread(later, caught_up):
    p = poll()
    assert going(p, shown("1"))
    assert not going(p, Page(outcome=later, detail="no more"), read=2)
    assert p.outcome is Outcome.ITEMS and p.caught_up is caught_up


def test_posts_beyond_the_limit_are_not_passed_over_in_silence():
    p = poll(limit=2)
    assert not going(p, shown("1", "2", "3", following=None)) and not p.caught_up
    stored = Poll(p.request, known=lambda mentions: frozenset(m.key for m in mentions if m.id == "3"))
    stored.take(shown("1", "2", "3", following=None))
    assert stored.caught_up, "what is left out is stored already"


def test_the_payload_of_a_changed_layout_is_kept_and_no_other():
    changed, later = poll(), poll()
    changed.last_body = b"{" + b"x" * PAYLOAD_KEPT
    changed.take(Page(outcome=Outcome.CHANGED, detail="mblog was expected"))
    assert changed.result(started_at=NOW, ended_at=NOW).payload == b"{" + b"x" * (PAYLOAD_KEPT - 1)
    later.take(shown("1"))
    later.last_body = b"{}"
    later.take(Page(outcome=Outcome.CHANGED, detail="mblog was expected"))
    told = later.result(started_at=NOW, ended_at=NOW)
    assert (told.outcome, told.payload, len(told.mentions)) == (Outcome.ITEMS, b"", 1) and "mblog" in told.detail


def test_a_spider_that_looked_at_nothing_is_no_silence():
    assert poll().result(started_at=NOW, ended_at=NOW).outcome is Outcome.CHANGED


def test_arguments_of_the_command_line():
    request = poll_request(Platform.WEIBO, {"query": "x", "limit": "7", "pages": "1", "base_url": ""})
    assert (request.query, request.limit, request.base_url, request.options) == ("x", 7, None, (("pages", "1"),))
    with pytest.raises(BadRecord, match="limit"):
        poll_request(Platform.WEIBO, {"limit": "0"})
    with pytest.raises(BadRecord, match="http"):
        Poll(PollRequest(platform=Platform.WEIBO, brand="", query="", base_url="ftp://x"))


def test_options_have_defaults_and_limits_and_say_what_is_accepted():
    assert poll(delay="0").options.number("delay") == 0
    assert Options(Platform.WEIBO, {}).number("delay") >= 10, "polite by default"
    with pytest.raises(BadRecord, match="a number from 0 to 3600"):
        poll(delay="fast")
    with pytest.raises(BadRecord, match="obey, ignore"):
        poll(robots="maybe")
    assert check_options(Platform.MASTODON, {"mode": "tag", "tag": "x"})[0].startswith(
        'unknown option "tag" of mastodon'
    )
    for platform in Platform:
        assert check_options(platform, {n: o.default for n, o in accepted_options(platform).items()}) == []


def test_memory_is_bounded_and_forgets_what_was_used_longest_ago():
    memory = Memory(most=2)
    memory.put("a", value=1)
    memory.put("b", value=2)
    assert memory.get("a") == 1
    memory.put("c", value=3)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == (1, None, 3)
    memory.drop("a")
    assert memory.get("a") is None


def test_the_operators_cookie_goes_to_weibo_only():
    known = {"FENGSHENG_WEIBO_COOKIE": "SUB=x"}
    assert session_headers(None, known) == {"Cookie": "SUB=x"}
    assert session_headers("http://127.0.0.1:1", known) == {} == session_headers(None, {})
