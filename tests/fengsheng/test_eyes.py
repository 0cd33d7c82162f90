"""The eyes (W6): an outage is said once to the operators, outlives restarts, is probed, and ends with one message."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.health import is_resting
from fengsheng.eyes import Eyes
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult, RobotsSeen, Task
from records.source import Breaker, Outage
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, CONFIG, HURT, World, at, make_house, make_world, mention, texts_of

OTHER = "云朵咖啡"
SOURCES = """
    sources:
      weibo: {robots: ignore}
      xiaohongshu: {}
      rss: {urls: ['https://a.example/f']}
"""
WATCHED = CONFIG.replace(f"products: [轻享拿铁, 抹茶乌龙]{chr(10)}", f"products: [轻享拿铁, 抹茶乌龙]{SOURCES}")
WEIBO = PollRequest(platform=Platform.WEIBO, brand=BRAND, query=BRAND)
FEED = PollRequest(platform=Platform.RSS, brand=BRAND, query="", base_url="https://a.example/f")


class Watch:
    """Eyes over a real database, a clock that is handed on, and what they said."""

    def __init__(self, folder: Path, config: str = WATCHED) -> None:
        self.house = make_house(folder, config)
        self.store: Store = self.house.open_store()
        self.world: World = make_world(self.house, self.store)
        self.now: datetime = at(0)
        self.eyes = self.made()

    def made(self) -> Eyes:
        return Eyes(store=self.store, house=self.house, incidents=self.world.incidents, say=lambda text: None)

    def look(
        self,
        outcome: Outcome,
        *,
        minutes: float = 0,
        new: int = 0,
        brand: str = BRAND,
        task: Task = Task.SEARCH,
        request: PollRequest = WEIBO,
        detail: str = "",
        **changes: object,
    ) -> None:
        self.now += timedelta(minutes=minutes)
        asked = PollRequest(
            platform=request.platform, brand=brand, query=request.query, task=task, base_url=request.base_url
        )
        ended = PollResult(
            request=asked,
            outcome=outcome,
            detail=detail,
            started_at=self.now,
            ended_at=self.now,
            **changes,  # type: ignore[arg-type]
        )
        self.eyes.note(ended, new=new, now=self.now)

    def probe(self, outcome: Outcome, **changes: object) -> None:
        """The probe is due, and ends so."""
        ((poll, request),) = self.store.claim_polls(at(100_000), 5)
        self.now = self.breaker(request.source).next_try_at or self.now
        self.store.finish_poll(poll, outcome=str(outcome), now=self.now)
        ended = PollResult(request=request, outcome=outcome, started_at=self.now, ended_at=self.now, **changes)  # type: ignore[arg-type]
        self.eyes.note(ended, new=0, now=self.now)

    def breaker(self, source: str = "weibo", task: str = "") -> Breaker:
        return next(b for b in self.store.load_breakers(source) if b.task == task)

    def said(self) -> list[str]:
        return [q.item.message.blocks[0].text for q in self.world.sent("operations") if q.item.message]

    def outages(self) -> list[Outage]:
        return self.store.load_outages(since=at(-10_000_000), until=at(10_000_000))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    with contextlib.closing(made.store):
        yield made


# -- one outage, one message -------------------------------------------------------------------------------------------


def test_however_many_brands_queries_and_kinds_it_is_one_outage(watch: Watch) -> None:
    watch.look(Outcome.ITEMS, new=3)
    watch.look(Outcome.ITEMS, brand=OTHER, new=1)
    watch.look(Outcome.BLOCKED_LOGIN, minutes=1, detail="the site asks for a login")
    watch.look(Outcome.BLOCKED_LOGIN, brand=OTHER)
    watch.probe(Outcome.BLOCKED_CAPTCHA)
    watch.probe(Outcome.BLOCKED_RATE)
    assert watch.said() == [f"🛠 看不见：微博（{OTHER}、{BRAND}）——要求登录"]
    (outage,) = watch.outages()
    assert (outage.outcome, outage.began, outage.ended) == (Outcome.BLOCKED_RATE, at(0), None)
    assert {h.blind_since for h in watch.store.load_sources()} == {at(0)}
    watch.probe(Outcome.ITEMS)
    assert watch.said()[1:] == [f"🛠 恢复可见：微博（{OTHER}、{BRAND}）"]
    assert "没看到的时段：12:00–" in texts_of(watch.world.sent("operations"))
    assert {h.blind_since for h in watch.store.load_sources()} == {None}
    assert watch.outages()[0].ended == watch.now and watch.breaker().told_at is None
    assert {q.item.chat for q in watch.store.ledger(limit=50)} == {"operators"}, "never the crisis group"


def test_while_open_nothing_but_the_probe_is_planned(watch: Watch) -> None:
    watch.store.plan_poll(WEIBO, at(0))
    watch.look(Outcome.BLOCKED_RATE, retry_after=3600.0)
    due = watch.breaker().next_try_at
    assert due is not None and due >= at(60)
    assert watch.store.claim_polls(due - timedelta(seconds=1), 5) == [], "what waited was taken back"
    assert watch.eyes.is_resting(WEIBO, due)
    ((_, probe),) = watch.store.claim_polls(due, 5)
    assert (probe.task, probe.query, dict(probe.options)["pages"]) == (Task.CONTROL, "天气", "1")
    assert not watch.eyes.is_resting(probe, due)


def test_a_probe_that_fails_is_followed_by_another(watch: Watch) -> None:
    watch.look(Outcome.BLOCKED_LOGIN)
    for _ in range(4):
        watch.probe(Outcome.BLOCKED_LOGIN)
    assert watch.breaker().tries == 5 and len(watch.said()) == 1
    ((_, probe),) = watch.store.claim_polls(at(100_000), 5)
    assert probe.task is Task.CONTROL


def test_a_source_without_a_control_query_is_probed_by_its_own_search(watch: Watch) -> None:
    watch.look(Outcome.GONE, request=FEED)
    assert not watch.store.claim_polls(at(59), 5)
    ((_, probe),) = watch.store.claim_polls(at(100), 5)
    assert (probe.task, probe.base_url) == (Task.SEARCH, FEED.base_url)


def test_a_control_query_that_finds_nothing_is_blindness_and_is_noted(watch: Watch) -> None:
    watch.look(Outcome.ITEMS, new=1)
    watch.look(Outcome.SUSPECT, minutes=5, control="failed")
    assert len(watch.said()) == 1
    watch.probe(Outcome.EMPTY)
    health = watch.store.load_source("weibo", BRAND)
    assert health is not None and (health.control, health.control_at) == ("failed", watch.now)
    assert watch.breaker().is_open and len(watch.said()) == 1
    watch.probe(Outcome.ITEMS)
    health = watch.store.load_source("weibo", BRAND)
    assert health is not None and health.control == "passed" and health.outcome.saw and health.blind_since is None


def test_comments_that_ask_for_a_login_do_not_shut_the_search(watch: Watch) -> None:
    watch.look(Outcome.ITEMS)
    watch.look(Outcome.BLOCKED_LOGIN, task=Task.COMMENTS)
    assert watch.said() == [f"🛠 看不见：微博·评论（{BRAND}）——要求登录"]
    assert not watch.eyes.is_resting(WEIBO, watch.now)
    watch.look(Outcome.ITEMS, task=Task.COMMENTS, minutes=60)
    assert watch.said()[1:] == [f"🛠 恢复可见：微博·评论（{BRAND}）"]
    watch.look(Outcome.BLOCKED_RATE, task=Task.COMMENTS)
    assert watch.eyes.is_resting(WEIBO, watch.now), "who asks too much is refused for everything"
    watch.look(Outcome.BLOCKED_LOGIN, task=Task.COMMENTS)
    assert len(watch.said()) == 3, "the source is shut: that says it all"


def test_a_used_up_quota_is_a_planned_pause(watch: Watch) -> None:
    watch.look(Outcome.BLOCKED_QUOTA)
    assert watch.said() == [f"🛠 计划内暂停：微博（{BRAND}）——配额用完"]


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_a_restart_neither_repeats_nor_forgets(watch: Watch) -> None:
    watch.look(Outcome.BLOCKED_LOGIN)
    due = watch.breaker().next_try_at
    watch.store.shut_polls("weibo")  # as if the machine had died before the probe was planned
    watch.eyes = watch.made()
    watch.eyes.resume(at(1))
    watch.look(Outcome.BLOCKED_LOGIN, minutes=1)
    assert len(watch.said()) == 1
    assert due is not None and len(watch.store.claim_polls(due, 5)) == 1
    watch.now = due
    watch.look(Outcome.ITEMS)
    assert len(watch.said()) == 2


def test_what_the_config_names_no_longer_is_let_go_in_silence(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    with contextlib.closing(watch.store):
        watch.look(Outcome.BLOCKED_LOGIN)
        watch.house = make_house(tmp_path, CONFIG)
        watch.eyes = watch.made()
        watch.eyes.resume(at(5))
        assert watch.store.load_breakers() == [] and watch.outages()[0].ended == at(5)
        assert {h.blind_since for h in watch.store.load_sources()} == {None}
        assert len(watch.said()) == 1


# -- suspicious silence ------------------------------------------------------------------------------------------------


def busy_days(watch: Watch, days: int = 6, each: int = 2) -> None:
    """So many days on which each hour brought mentions; the clock stands at their end."""
    for _ in range(days * 24):
        watch.store.count_look("weibo", BRAND, new=each, now=watch.now)
        watch.now += timedelta(hours=1)
    watch.look(Outcome.ITEMS, new=1)


def test_polls_that_succeed_and_bring_nothing_for_too_long_count_as_not_seen(watch: Watch) -> None:
    busy_days(watch)
    began = watch.now
    for _ in range(3):
        watch.look(Outcome.EMPTY, minutes=60)
    assert watch.said() == []
    for _ in range(4):
        watch.look(Outcome.ITEMS, minutes=60)  # items, but all of them known
    assert watch.said() == [f"🛠 安静得可疑：微博（{BRAND}）"]
    (outage,) = watch.outages()
    assert outage.is_silence and (outage.began, outage.outcome) == (began, Outcome.SUSPECT)
    assert outage.detail == "usually about 8 posts in these hours, none came"
    health = watch.store.load_source("weibo", BRAND)
    assert health is not None and health.blind_since == began
    assert not watch.eyes.is_resting(WEIBO, watch.now), "it is looked on: only a new mention proves that it sees"
    watch.look(Outcome.ITEMS, minutes=60, new=1)
    assert watch.said()[1:] == [f"🛠 恢复可见：微博（{BRAND}）"]
    assert watch.outages()[0].ended == watch.now


def test_a_block_during_a_silence_is_the_same_outage(watch: Watch) -> None:
    busy_days(watch)
    for _ in range(8):
        watch.look(Outcome.EMPTY, minutes=60)
    watch.look(Outcome.BLOCKED_LOGIN, minutes=1)
    watch.probe(Outcome.ITEMS)
    assert len(watch.said()) == 1, "the eyes work again, but the silence lasts"
    watch.look(Outcome.EMPTY, minutes=1)
    assert len(watch.said()) == 2, "what was not seen is no silence"
    assert [o.ended is not None for o in watch.outages()] == [True, True]


def test_a_quiet_brand_never_raises_it(watch: Watch) -> None:
    for _ in range(60):
        watch.look(Outcome.EMPTY, minutes=60)
    assert watch.said() == [] and watch.outages() == []


# -- cards -------------------------------------------------------------------------------------------------------------


def test_cards_are_drawn_anew_when_what_is_visible_changes(watch: Watch) -> None:
    watch.world.take([mention("1", HURT)])

    def cards() -> list[int]:
        return [q.id for q in watch.world.sent("card")]

    watch.look(Outcome.ITEMS)
    before = cards()
    watch.look(Outcome.BLOCKED_LOGIN, minutes=1)
    blind = cards()
    assert blind != before
    watch.probe(Outcome.BLOCKED_LOGIN)
    assert cards() == blind, "the same is not drawn twice"
    watch.probe(Outcome.ITEMS)
    assert cards() != blind


# -- pages and robots --------------------------------------------------------------------------------------------------


def test_a_page_that_could_not_be_read_is_kept_and_the_message_says_how_to_get_it(watch: Watch) -> None:
    watch.look(Outcome.CHANGED, payload=b'{"new": "shape"}', detail="expected cards, found new")
    (kept,) = watch.store.load_payloads()
    assert watch.store.load_payload(kept.id) == (kept, b'{"new": "shape"}')
    assert f"fengsheng sources --payload {kept.id}" in texts_of(watch.world.sent("operations"))


def test_robots_decisions_are_recorded_with_who_decided(watch: Watch) -> None:
    watch.eyes.resume(at(0))
    decided = {(r.source, r.decision, r.decided_by) for r in watch.store.load_robots()}
    assert decided == {
        ("weibo", "ignored", "config"),
        ("xiaohongshu", "not asked", "default"),
        ("rss:https://a.example/f", "obeyed", "default"),
    }
    seen = RobotsSeen(site="https://a.example", status=200, text="User-agent: *\nAllow: /", allowed=True)
    watch.look(Outcome.ITEMS, request=FEED, robots=(seen,))
    (record,) = [r for r in watch.store.load_robots() if r.site]
    assert (record.status, record.text, record.allowed, record.decided_by) == (200, seen.text, True, "default")
    assert record.sha256 is not None and len(record.sha256) == 64


# -- laws --------------------------------------------------------------------------------------------------------------

steps = st.tuples(
    st.sampled_from(list(Outcome)),
    st.sampled_from([BRAND, OTHER]),
    st.sampled_from([Task.SEARCH, Task.SEARCH, Task.CONTROL]),
    st.integers(0, 1500),
    st.booleans(),
    st.sampled_from([0, 0, 0, 1]),
)


def with_history(store: Store) -> None:
    """A week in which every hour brought nine mentions for both brands, and a last one now."""
    rows = [
        ("weibo", brand, (at(0) - timedelta(hours=h)).isoformat(timespec="microseconds"), 4, 9)
        for brand in (BRAND, OTHER)
        for h in range(7 * 24)
    ]
    store._insert("source_hours", ("source", "brand", "hour", "looks", "new"), rows)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(steps, max_size=25))
def test_at_most_one_blind_message_between_two_well_ones_and_none_missing(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[Outcome, str, Task, int, bool, int]]
) -> None:
    watch = Watch(tmp_path_factory.mktemp("law"))
    with contextlib.closing(watch.store):
        with_history(watch.store)
        for outcome, brand, task, minutes, restarts, new in steps:
            if restarts:
                watch.eyes = watch.made()
            watch.look(outcome, brand=brand, task=task, minutes=minutes, new=new if outcome is Outcome.ITEMS else 0)
            is_well = not watch.store.open_outages("weibo")
            told = ["恢复" in text for text in watch.said()]
            assert all(a != b for a, b in itertools.pairwise(told)), watch.said()
            assert (told[-1:] or [True]) == [is_well], "what is said last is how it is"
            assert not (watch.breaker().is_open and is_well)
            assert is_resting(WEIBO, watch.store.load_breakers(), watch.now) or not watch.breaker().is_open
