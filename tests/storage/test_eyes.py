"""What the eyes keep: breakers, outages, hours, unreadable pages and robots decisions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from records.mention import Platform
from records.outcome import Outcome, PollRequest, Task
from records.source import Breaker, Outage, RobotsRecord
from storage.eyes import HOURS_KEPT, PAYLOADS_KEPT, PAYLOADS_PER_SOURCE

NOW = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BREAKER = Breaker(
    source="weibo",
    is_open=True,
    outcome=Outcome.BLOCKED_RATE,
    detail="\ud83d asked too often",
    brand="云杉茶饮",
    last_good_at=NOW - HOUR,
    unseen_since=NOW - HOUR,
    doubts=1,
    tries=3,
    next_try_at=NOW + HOUR,
    closed_at=NOW - 9 * HOUR,
    told_at=NOW,
)
OUTAGE = Outage(source="weibo", brands=("云杉茶饮", "月光茶饮"), began=NOW, outcome=Outcome.CHANGED, detail="d")
ROBOTS = RobotsRecord(
    source="news",
    site="https://news.example",
    decision="obeyed",
    decided_by="default",
    status=200,
    text="User-agent: *\nDisallow: /x",
    allowed=True,
    at=NOW,
    checked_at=NOW,
)


def test_breakers_are_kept_and_read_back(store):
    store.save_breaker(BREAKER)
    store.save_breaker(replace(BREAKER, task="comments", told_at=None))
    store.save_breaker(replace(BREAKER, source="zhihu"))
    first, comments = store.load_breakers("weibo")
    assert replace(first, detail=BREAKER.detail) == BREAKER and comments.task == "comments"
    assert [b.eye for b in store.load_breakers()] == ["weibo", "weibo/comments", "zhihu"]
    store.drop_breaker("weibo", "comments")
    assert [b.eye for b in store.load_breakers()] == ["weibo", "zhihu"]


def test_outages_by_time_and_brand(store):
    store.save_breaker(BREAKER)
    store.begin_outage(OUTAGE)
    store.begin_outage(
        replace(OUTAGE, source="zhihu", brands=("月光茶饮",), began=NOW - 3 * HOUR, ended=NOW - 2 * HOUR)
    )
    (opened,) = store.open_outages()
    assert opened == replace(OUTAGE, next_try_at=BREAKER.next_try_at)

    def found(since, until, **only):
        return [o.source for o in store.load_outages(since=since, until=until, **only)]

    assert found(NOW - 4 * HOUR, NOW) == ["zhihu", "weibo"]
    assert found(NOW - HOUR, NOW + HOUR) == ["weibo"]
    assert found(NOW - 4 * HOUR, NOW - HOUR) == ["zhihu"]
    assert found(NOW - 4 * HOUR, NOW, brand="云杉茶饮") == ["weibo"]
    store.change_outage(replace(opened, outcome=Outcome.BLOCKED_LOGIN))
    assert store.open_outages("weibo")[0].outcome is Outcome.BLOCKED_LOGIN
    store.end_outage(opened, NOW + HOUR)
    assert store.open_outages() == [] and found(NOW, NOW + 2 * HOUR) == ["weibo"]


def test_of_two_brands_silent_at_once_one_may_come_back(store):
    silent = replace(OUTAGE, outcome=Outcome.SUSPECT, expected=8.0)
    for brand in OUTAGE.brands:
        store.begin_outage(replace(silent, brands=(brand,)))
    store.begin_outage(OUTAGE)
    store.end_outage(replace(silent, brands=OUTAGE.brands[:1]), NOW + HOUR)
    assert [o.brands for o in store.open_outages()] == [OUTAGE.brands[1:], OUTAGE.brands]


def test_hours_add_up_and_old_ones_go(store):
    store.count_look("weibo", "b", new=2, now=NOW)
    store.count_look("weibo", "b", new=0, now=NOW + timedelta(minutes=59))
    store.count_look("weibo", "c", new=9, now=NOW)
    (hour,) = store.load_hours("weibo", "b")
    assert (hour.hour, hour.looks, hour.new) == (NOW, 2, 2)
    store.count_look("weibo", "b", new=1, now=NOW + HOURS_KEPT + HOUR)
    assert [h.new for h in store.load_hours("weibo", "b")] == [1] and store.load_hours("weibo", "c") == []


def test_pages_are_few_and_not_kept_for_long(store):
    first = store.save_payload("weibo", b"<html>1", detail="d", now=NOW)
    assert store.save_payload("weibo", b"<html>1", detail="again", now=NOW + HOUR) == first
    assert [(p.detail, p.size) for p in store.load_payloads()] == [("again", 7)]
    for n in range(PAYLOADS_PER_SOURCE + 3):
        store.save_payload("weibo", b"%d" % n, detail="", now=NOW + HOUR * (n + 2))
    other = store.save_payload("zhihu", b"x" * 100_000, detail="", now=NOW + 30 * HOUR)
    assert len(store.load_payloads()) == PAYLOADS_PER_SOURCE + 1
    assert store.load_payload(first) is None
    found = store.load_payload(other)
    assert found is not None and found[1] == b"x" * 100_000
    assert store.drop_old_payloads(NOW + PAYLOADS_KEPT + 31 * HOUR) == PAYLOADS_PER_SOURCE + 1
    assert store.load_payload(other) is None


def test_a_robots_decision_is_recorded_when_it_or_the_file_changes(store):
    later = {"at": NOW + HOUR, "checked_at": NOW + HOUR}
    assert store.note_robots(ROBOTS)
    assert not store.note_robots(replace(ROBOTS, **later))
    (record,) = store.load_robots()
    assert (record.at, record.checked_at) == (NOW, NOW + HOUR) and record.text == ROBOTS.text
    assert store.note_robots(replace(ROBOTS, text="User-agent: *\nDisallow: /", allowed=False, **later))
    assert store.note_robots(replace(ROBOTS, decision="ignored", decided_by="config", **later))
    assert [r.decision for r in store.load_robots()] == ["ignored"]
    assert [r.allowed for r in store.load_robots(history=True)] == [True, False, True]


def test_requests_are_counted_over_brands(store):
    for place, brand in enumerate("ab"):
        store.plan_poll(PollRequest(platform=Platform.WEIBO, brand=brand, query="q"), NOW)
        ((poll, _),) = store.claim_polls(NOW, 1)
        store.finish_poll(poll, outcome="items", now=NOW + HOUR * place, requests=3)
    assert [store.requests_since("weibo", NOW + HOUR * n) for n in range(3)] == [6, 3, 0]


@pytest.mark.parametrize(("task", "left"), [("", 1), ("comments", 2)])
def test_what_waits_is_taken_back_and_what_runs_is_left(store, task, left):
    request = PollRequest(platform=Platform.WEIBO, brand="b", query="q")
    store.plan_poll(request, NOW)
    store.claim_polls(NOW, 1)
    store.plan_poll(replace(request, query="r"), NOW)
    store.plan_poll(replace(request, query="s", task=Task.COMMENTS), NOW)
    store.shut_polls("weibo", task)
    assert store.release_polls() == 1
    assert len(store.claim_polls(NOW, 9)) == left


def test_what_was_set_right_by_hand_is_probed_at_once(store):
    store.save_breaker(BREAKER)
    store.plan_poll(PollRequest(platform=Platform.WEIBO, brand="b", query="q"), BREAKER.next_try_at)
    assert not store.hasten_probe("zhihu", NOW) and store.claim_polls(NOW, 1) == []
    assert store.hasten_probe("weibo", NOW)
    assert store.load_breakers()[0].next_try_at == NOW and len(store.claim_polls(NOW, 1)) == 1


def test_sources_that_are_watched_no_longer_are_let_go(store):
    store.save_breaker(BREAKER)
    store.save_breaker(replace(BREAKER, source="zhihu"))
    store.begin_outage(OUTAGE)
    assert store.end_eyes(["zhihu"], NOW + HOUR) == ["weibo"]
    assert [b.source for b in store.load_breakers()] == ["zhihu"] and store.open_outages() == []
