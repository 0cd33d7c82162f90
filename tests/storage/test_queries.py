"""What the planning tick reads: states of queries, polls that wait, what was spent, and what is known already."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from sqlite_utils import Database

from records.mention import Author, Kind, Platform
from records.outcome import Outcome, PollRequest, Target, Task
from records.query import QueryState, query_key
from storage.queries import Spent
from storage.schema import migrations
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, at, judged, mention

STATE = QueryState(
    source="weibo", brand=BRAND, task=Task.SEARCH, query="投诉", planned_at=T0, polls=3, rate_fast=0.5, rate_slow=0.25,
    cost=1.5, last_at=at(3), last_seen_at=at(2), last_deep_at=at(1), behind=2, new=4, found=9, every=90.0, cursor="c",
)  # fmt: skip


def request(query: str = "投诉", **more: object) -> PollRequest:
    fields: dict[str, object] = {"platform": Platform.WEIBO, "brand": BRAND, "query": query}
    return PollRequest(**(fields | more))  # type: ignore[arg-type]


def figures(*ids: str) -> PollRequest:
    url = "https://social.example/@somebody/1"
    targets = tuple(Target(platform=Platform.MASTODON, kind=Kind.POST, id=i, url=url) for i in ids)
    return request("", platform=Platform.MASTODON, task=Task.FIGURES, targets=targets)


def test_a_query_s_state_is_its_latest_and_a_beginning_changes_nothing(store: Store) -> None:
    store.begin_queries([dataclasses.replace(STATE, polls=0, last_at=None, cursor=None)])
    store.save_queries([STATE])
    store.begin_queries([dataclasses.replace(STATE, polls=0)])
    assert store.load_queries() == [STATE]
    assert store.load_query(query_key(request())) == STATE
    assert store.load_query(query_key(request(task=Task.TOPICS))) is None
    store.save_interval(STATE.key, 33.0)
    assert store.load_query(STATE.key) == dataclasses.replace(STATE, every=33.0)


def test_polls_of_one_query_for_two_tasks_or_of_other_posts_stand_side_by_side(store: Store) -> None:
    assert store.plan_poll(request("澄川"), T0) and store.plan_poll(request("澄川", task=Task.TOPICS), T0)
    assert store.plan_poll(figures("1", "2"), T0) and store.plan_poll(figures("3"), T0)
    assert not store.plan_poll(figures("2", "1"), T0), "the same posts"
    assert len(store.open_polls()) == 4


def test_a_waiting_poll_is_claimed_only_once_it_found_room(store: Store) -> None:
    id = store.queue_poll(figures("1"), T0)
    assert id and not store.queue_poll(figures("1"), at(1))
    assert store.claim_polls(at(5), 9) == []
    (waiting,) = store.open_polls()
    assert (waiting.id, waiting.waits, waiting.allowance) == (id, True, 0)
    store.open_poll(id, at(6), allowance=4)
    assert (store.load_allowance(id), store.open_polls()[0].allowance) == (4, 4)
    assert store.claim_polls(at(6), 9) == [(id, figures("1"))]


def test_polls_that_wait_too_long_are_taken_back_but_not_those_that_are_planned(store: Store) -> None:
    store.queue_poll(figures("1"), T0)
    store.queue_poll(figures("2"), at(20))
    store.plan_poll(request(), T0)
    assert store.drop_waiting(at(10)) == 1
    assert [p.request for p in store.open_polls()] == [request(), figures("2")]


def test_addresses_of_posts_to_look_at_are_sealed_in_the_table(store: Store) -> None:
    store.plan_poll(figures("1"), T0)
    row = store._row("SELECT * FROM polls")
    assert row is not None and "somebody" not in str(tuple(row))
    assert store.claim_polls(T0, 1)[0][1].targets[0].url == "https://social.example/@somebody/1"


def test_claims_skip_what_does_not_fit(store: Store) -> None:
    for name in ("甲", "乙", "丙"):
        store.plan_poll(request(name), T0)
    taken = store.claim_polls(T0, 2, fits=lambda r: r.query != "甲")
    assert [r.query for _, r in taken] == ["乙", "丙"]


def finish(store: Store, minutes: float, requests: int, query: str = "投诉", *, allowance: int | None = None) -> None:
    store.plan_poll(request(query), at(minutes), allowance=allowance)
    ((id, _),) = store.claim_polls(at(minutes), 1)
    store.finish_poll(id, outcome=Outcome.ITEMS, now=at(minutes), requests=requests)


def test_what_was_spent_since_then(store: Store) -> None:
    for minutes, requests in ((0, 5), (30, 2), (31, 0), (50, 3)):
        finish(store, minutes, requests)
    assert store.spent_since(at(0)) == [Spent("weibo", Task.SEARCH, at(30), 2), Spent("weibo", Task.SEARCH, at(50), 3)]


def test_a_claim_that_was_broken_off_counts_as_used_up(store: Store) -> None:
    id = store.plan_poll(request(), T0, allowance=4)
    store.claim_polls(T0, 1)
    assert store.open_polls()[0].allowance == 4
    store.release_polls()
    assert store.open_polls()[0].allowance == 8, "it may have made its requests, and may make them again"
    store.claim_polls(at(1), 1)
    store.finish_poll(id, outcome=Outcome.ITEMS, now=at(2), requests=1)
    assert [s.requests for s in store.spent_since(T0)] == [5]


def test_known_mentions_answer_in_the_platform_s_own_ids_and_per_brand(store: Store) -> None:
    shown = mention("at://did:plc:abc/app.bsky.feed.post/1", platform=Platform.BLUESKY, author=Author(id="did:plc:abc"))
    store.save_mentions([judged(shown)], now=T0)
    other = mention("at://did:plc:abc/app.bsky.feed.post/2", platform=Platform.BLUESKY)
    assert store.known_mentions([shown, other], BRAND) == {shown.key}
    assert store.known_mentions([shown], "别家") == frozenset() == store.known_mentions([], BRAND)


def test_a_page_is_checked_quickly_also_in_a_large_database(store: Store) -> None:
    posts = [mention(str(n)) for n in range(2000)]
    store.save_mentions([judged(m) for m in posts], now=T0)
    seconds = []
    for n in range(0, 400, 20):
        began = time.perf_counter()
        assert len(store.known_mentions(posts[n : n + 20], BRAND)) == 20
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.01, "about a millisecond where nothing else runs"
    plan = store._rows(
        "EXPLAIN QUERY PLAN SELECT m.key FROM mentions m WHERE m.key IN ('a', 'b') "
        "AND EXISTS (SELECT 1 FROM assessments a WHERE a.mention = m.id AND a.brand = 'b')"
    )
    assert all("SCAN" not in row["detail"] for row in plan)


def test_a_database_of_before_keeps_its_polls(tmp_path: Path) -> None:
    db = Database(tmp_path / "old.db")
    migrations.apply(db, stop_before="2026-11-22 queries and budgets")
    db.table("polls").insert_all(
        {"source": "weibo", "brand": BRAND, "query": q, "request": f'{{"task": "{q}"}}', "state": "open", "due_at": "x"}
        for q in ("search", "topics")
    )
    migrations.apply(db)
    rows = list(db.query("SELECT task, subject, allowance FROM polls ORDER BY task"))
    assert rows == [{"task": q, "subject": q, "allowance": None} for q in ("search", "topics")]
