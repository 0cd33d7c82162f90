from __future__ import annotations

import dataclasses

import pytest

from playbooks.state import Deadline
from records.event import Person
from records.mention import Platform
from records.outcome import Outcome, PollRequest
from records.source import SourceHealth
from storage.results import Beat, ButtonTarget
from storage.rows import time_to_text
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, at

# -- inbox and buttons ------------------------------------------------------------------------------------------------


def test_an_update_is_kept_once_until_handled(store: Store) -> None:
    assert store.save_inbox("telegram", "901", '{"update_id": 901}', T0)
    assert not store.save_inbox("telegram", "901", '{"update_id": 901, "again": true}', at(1))
    assert store.save_inbox("web", "901", "{}", T0)
    first, second = store.unhandled_inbox()
    assert (first.channel, first.external_id, first.raw, first.received_at) == (
        "telegram",
        "901",
        '{"update_id": 901}',
        T0,
    )
    assert [i.channel for i in store.unhandled_inbox("web")] == ["web"]
    store.mark_handled(first.id, "step taken", at(2))
    store.mark_handled(first.id, "something else", at(3))
    assert store.unhandled_inbox() == [second]
    row = store._row("SELECT * FROM inbox WHERE id = ?", (first.id,))
    assert row is not None
    assert (row["result"], row["handled_at"]) == ("step taken", time_to_text(at(2)))
    assert not store.save_inbox("telegram", "901", "{}", at(9))  # handled long ago, delivered once more


def test_buttons_keep_their_meaning(store: Store) -> None:
    assert store.save_button("tok1", incident="FS-1", action="take", step="assemble", roles=("pr", "lead"))
    assert not store.save_button("tok1", incident="FS-2", action="close")
    assert store.load_button("tok1") == ButtonTarget(
        token="tok1", incident="FS-1", action="take", step="assemble", roles=("pr", "lead")
    )
    assert store.load_button("tok2") is None
    store.save_button("tok3", incident="FS-1", action="close")
    assert store.find_button("FS-1", "take", "assemble") == "tok1"
    assert store.find_button("FS-1", "close") == "tok3"
    assert store.find_button("FS-1", "take", "stopgap") is None


# -- deadlines --------------------------------------------------------------------------------------------------------


def deadline(minutes: float = 5, **more: object) -> Deadline:
    fields: dict[str, object] = {"incident": "FS-1", "step": "assemble", "kind": "take_by", "holder": "A"}
    return Deadline(due_at=at(minutes), **(fields | more))  # type: ignore[arg-type]


def test_due_deadlines_come_earliest_first(store: Store) -> None:
    store.save_deadlines([deadline(9, kind="done_by"), deadline(5), deadline(30, holder="B")])
    assert store.due_deadlines(at(4.99)) == []
    assert store.due_deadlines(at(10)) == [deadline(5), deadline(9, kind="done_by")]
    assert len(store.load_deadlines("FS-1")) == 3


def test_one_deadline_stands_per_incident_step_kind_and_holder(store: Store) -> None:
    store.save_deadlines([deadline(5), deadline(5)])
    store.save_deadlines([deadline(7)])
    assert store.due_deadlines(at(60)) == [deadline(7)]


def test_a_finished_deadline_stays_finished_until_a_new_time(store: Store) -> None:
    store.save_deadlines([deadline(5)])
    assert store.finish_deadline(deadline(5), at(6))
    assert not store.finish_deadline(deadline(5), at(6))
    store.save_deadlines([deadline(5)])
    assert store.due_deadlines(at(60)) == []
    store.save_deadlines([deadline(65)])  # the next round of a recurring step
    assert not store.finish_deadline(deadline(5), at(70))
    assert store.due_deadlines(at(70)) == [deadline(65)]


def test_deadlines_are_dropped_by_incident_step_and_kind(store: Store) -> None:
    every = [deadline(5), deadline(6, kind="take_remind"), deadline(7, step="stopgap"), deadline(8, incident="FS-2")]
    store.save_deadlines(every)
    assert store.drop_deadlines("FS-1", "assemble", {"take_remind"}) == 1
    assert store.drop_deadlines("FS-1", kinds=[]) == 0
    assert store.drop_deadlines("FS-1", "assemble") == 1
    assert store.due_deadlines(at(60)) == every[2:]
    assert store.drop_deadlines("FS-1") == 1
    assert store.due_deadlines(at(60)) == every[3:]


# -- sources and polls ------------------------------------------------------------------------------------------------

HEALTH = SourceHealth(
    source="weibo",
    brand=BRAND,
    outcome=Outcome.BLOCKED_LOGIN,
    detail="login wall",
    last_try_at=at(5),
    last_good_at=T0,
    blind_since=at(5),
    streak=2,
    next_try_at=at(9),
    told_at=at(6),
    mentions_total=44,
)


def request(query: str = "投诉", **more: object) -> PollRequest:
    fields: dict[str, object] = {"platform": Platform.WEIBO, "brand": BRAND, "query": query}
    return PollRequest(**(fields | more))  # type: ignore[arg-type]


def test_health_of_a_source_is_its_latest(store: Store) -> None:
    store.save_source(dataclasses.replace(HEALTH, outcome=Outcome.ITEMS))
    store.save_source(HEALTH)
    store.save_source(dataclasses.replace(HEALTH, brand="月光茶饮", last_good_at=None))
    assert [h.brand for h in store.load_sources()] == sorted([BRAND, "月光茶饮"])
    assert store.load_source("weibo", BRAND) == HEALTH
    assert store.load_source("zhihu", BRAND) is None


def test_one_open_poll_per_source_brand_and_query(store: Store) -> None:
    full = request(base_url="https://example.org", limit=7, options=(("instance", "https://a"), ("b", "c")))
    assert store.plan_poll(request(), at(9))
    assert not store.plan_poll(full, at(5))
    assert not store.plan_poll(full, at(30))
    assert store.plan_poll(request("退款"), at(9))
    assert store.plan_poll(request(platform=Platform.RSS, base_url="https://a"), at(99))
    assert store.plan_poll(request(platform=Platform.RSS, base_url="https://b"), at(99))
    assert store.claim_polls(at(4), 9) == []
    ((id, taken),) = store.claim_polls(at(5), 9)
    assert taken == full
    assert not store.plan_poll(request(), at(5))  # it runs: no second one beside it
    assert store.claim_polls(at(6), 9) == []
    assert store.finish_poll(id, outcome=Outcome.ITEMS, now=at(6), mentions=3, requests=2)
    assert store.plan_poll(request(), at(7))


def test_claims_go_to_one_worker_and_limits_hold(store: Store) -> None:
    for n in range(3):
        store.plan_poll(request(str(n)), at(3 - n))
    assert [r.query for _, r in store.claim_polls(at(9), 2)] == ["2", "1"]
    assert [r.query for _, r in store.claim_polls(at(9), 2)] == ["0"]
    assert store.claim_polls(at(9), 2) == []


def test_claims_of_a_dead_worker_are_taken_over(store: Store) -> None:
    store.plan_poll(request(), T0)
    ((id, _),) = store.claim_polls(T0, 1, stale_after=120)
    assert store.claim_polls(at(1.9), 1, stale_after=120) == []
    assert [n for n, _ in store.claim_polls(at(2), 1, stale_after=120)] == [id]
    assert store.claim_polls(at(3), 1, stale_after=120) == []  # the new claim counts from its own time
    assert store.finish_poll(id, outcome=Outcome.EMPTY, now=at(3))
    assert not store.finish_poll(id, outcome=Outcome.NETWORK, now=at(4))
    row = store._row("SELECT outcome, claims FROM polls")
    assert row is not None
    assert tuple(row) == ("empty", 2)


def test_a_worker_that_starts_anew_gives_claims_back(store: Store) -> None:
    store.plan_poll(request(), T0)
    store.claim_polls(T0, 1)
    assert store.release_polls() == 1
    assert len(store.claim_polls(T0, 1)) == 1


def test_finished_polls_are_not_kept_for_ever(store: Store) -> None:
    for day in (0, 1, 40):
        store.plan_poll(request(), at(day * 1440))
        ((id, _),) = store.claim_polls(at(day * 1440), 1)
        store.finish_poll(id, outcome=Outcome.ITEMS, now=at(day * 1440))
    assert len(store._rows("SELECT id FROM polls")) == 1


# -- people, texts, beats ---------------------------------------------------------------------------------------------


def test_people_are_the_config_s_and_leavers_can_still_be_named(store: Store) -> None:
    lin = Person(id=store.person_id("林"), name="林", roles={"pr": "A"}, accounts={"telegram": "1001"})
    wu = Person(id=store.person_id("吴"), name="吴", roles={"lead": "A", "pr": "B"})
    store.save_people([lin, wu])
    assert {p.id: p for p in store.load_people()} == {lin.id: lin, wu.id: wu}
    store.save_people([wu])
    assert store.load_people() == [wu]
    assert {p.name: (dict(p.roles), dict(p.accounts)) for p in store.load_people(former=True)}["林"] == ({}, {})


def test_person_ids_are_keyed_hashes(store: Store) -> None:
    assert store.person_id("林").startswith("p_")
    assert store.person_id("林") == store.person_id("林") != store.person_id("吴")
    assert "林" not in store.person_id("林")


def test_texts_lie_apart(store: Store) -> None:
    one = store.save_text("已退款", incident="FS-1", at=T0)
    two = store.save_text("已退款", incident=None, at=T0)
    assert one != two
    assert (store.load_text(one), store.load_text(two), store.load_text("t_9_x")) == ("已退款", "已退款", None)


def test_signs_of_life(store: Store) -> None:
    assert store.last_beat("worker") is None
    store.beat("worker", 11, T0)
    store.beat("worker", 12, at(1))
    assert store.last_beat("worker") == Beat("worker", 12, at(1))


def test_times_without_a_zone_are_a_bug_that_is_told(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        store.beat("worker", 1, T0.replace(tzinfo=None))
