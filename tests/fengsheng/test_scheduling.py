"""The planning tick on a real database: what is due and can be paid is planned, nothing else, and a restart changes nothing."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers import pace
from crawlers.arrival import note_poll
from fengsheng.config import Config, parse_config
from fengsheng.planning import DEEPEST, most_requests, shape_request
from fengsheng.scheduling import Scheduling
from records.mention import Kind, Mention, Platform, TimePrecision
from records.outcome import Outcome, PollRequest, PollResult, Target, Task
from records.query import QueryState, query_key
from records.source import Breaker
from scoring.keywords import WordLibrary
from scoring.shipped import shipped_words
from storage.sqlite import Store
from tests.fengsheng.builders import T0, at, make_house

ONE = "brands: [{name: 星河, complaint_words: [], sources: {hackernews: {every: 60}}}]\n"
TWO = "brands: [{name: 星河, aliases: [Galaxy], complaint_words: [], sources: {hackernews: {every: 60}}}]\n"


@pytest.fixture(scope="module")
def words() -> WordLibrary:
    return shipped_words()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_house(tmp_path).open_store() as opened:
        yield opened


def config_of(text: str) -> Config:
    config, problems = parse_config(text, "w.yaml", {})
    assert config is not None, problems
    return config


class Desk:
    """A scheduler, and a worker that makes every poll at once."""

    def __init__(
        self, store: Store, words: WordLibrary, text: str, more: Callable[[datetime], list[PollRequest]] | None = None
    ) -> None:
        self.store = store
        self.scheduling = Scheduling(store=store, config=config_of(text), words=words, more=more)
        self.made: list[tuple[datetime, PollRequest]] = []
        self.requests = 1
        self.new = 0
        self.caught_up = True

    def tick(self, now: datetime) -> list[PollRequest]:
        self.scheduling.tick(now)
        claimed = self.store.claim_polls(now, 99)
        for id, request in claimed:
            result = PollResult(
                request=request, outcome=Outcome.ITEMS, started_at=now, ended_at=now, requests=self.requests,
                caught_up=self.caught_up, mentions=tuple(fresh(now, n) for n in range(self.new)), cursor="at " + now.isoformat(),
            )  # fmt: skip
            state = self.store.load_query(query_key(request))
            if state is not None:
                self.store.save_queries([note_poll(state, result, frozenset(), now)])
            self.store.finish_poll(id, outcome="items", now=now, requests=self.requests)
            self.made.append((now, request))
        return [r for _, r in claimed]

    def run(self, minutes: float, until: float, step: float = 5.0) -> list[float]:
        """Seconds after T0 at which polls were made between two minutes."""
        before, now = len(self.made), at(minutes)
        while now < at(until):
            self.tick(now)
            now += timedelta(seconds=step)
        return [(when - T0).total_seconds() for when, _ in self.made[before:]]


def fresh(now: datetime, number: int) -> Mention:
    return Mention(
        platform=Platform.HACKERNEWS, id=f"{now.timestamp()}-{number}", text="x", collected_at=now, published_at=now,
        time_precision=TimePrecision.EXACT,
    )  # fmt: skip


def test_a_new_query_is_polled_at_once_and_again_by_its_pace(store: Store, words: WordLibrary) -> None:
    desk = Desk(store, words, ONE)
    (first,) = desk.tick(T0)
    assert (first.query, first.cursor) == ("星河", None)
    assert desk.tick(at(0.2)) == []
    times = desk.run(0.3, 60)
    assert 8 <= len(times) <= 20, "a quiet query is not polled for its own sake"
    assert all(b - a >= 60 for a, b in itertools.pairwise(times))
    state = store.load_queries()[0]
    assert state.every is not None and state.every > 100
    assert desk.made[-1][1].cursor is not None and desk.made[-1][1].cursor.startswith("at ")


def test_growth_is_followed_at_once(store: Store, words: WordLibrary) -> None:
    desk = Desk(store, words, ONE)
    desk.run(0, 60)
    desk.new = 6
    (found,) = desk.run(60, 70)[:1]
    times = desk.run(70, 80)
    assert [b - a for a, b in itertools.pairwise(times)] == [60.0] * (len(times) - 1), found
    desk.new = 0
    calm = desk.run(80, 1500, 60)
    assert calm[-1] - calm[-2] >= 120


def test_a_poll_that_did_not_catch_up_is_followed_by_a_deeper_one(store: Store, words: WordLibrary) -> None:
    desk = Desk(store, words, ONE)
    desk.run(0, 30)
    desk.caught_up, desk.new = False, 20
    desk.run(30, 36)
    behind = next(i for i, (when, r) in enumerate(desk.made) if when >= at(30))
    (missed, _), (next_at, deeper), (_, deepest) = desk.made[behind : behind + 3]
    assert (next_at - missed).total_seconds() <= 10
    assert deeper.deep and deepest.deep
    assert [int(dict(r.options)["pages"]) for r in (deeper, deepest)] == [3, 5]


def test_the_budget_holds_over_all_brands_and_a_restart(store: Store, words: WordLibrary) -> None:
    brands = ", ".join(f"{{name: 品牌{n}, complaint_words: [], sources: {{hackernews: }}}}" for n in range(9))
    text = f"brands: [{brands}]\nbudgets: {{hackernews: 30}}\n"
    desk = Desk(store, words, text)
    desk.requests, desk.new = 2, 9
    desk.run(0, 40, 15)
    again = Desk(store, words, text)
    again.requests, again.new = 2, 9
    again.run(40, 150, 15)
    times = [when for when, _ in desk.made + again.made]
    for end in times:
        assert 2 * sum(end - timedelta(hours=1) < t <= end for t in times) <= 30
    assert {r.brand for _, r in again.made} == {f"品牌{n}" for n in range(9)}, "and nobody is forgotten"


def test_planned_and_running_polls_count_with_all_they_may_make(store: Store, words: WordLibrary) -> None:
    desk = Desk(store, words, ONE + "budgets: {hackernews: 6}\n")
    desk.scheduling.tick(T0)
    (poll,) = store.open_polls()
    assert 1 <= poll.allowance <= min(6, most_requests(poll.request))
    assert store.load_allowance(poll.id) == poll.allowance
    assert desk.scheduling.tick(at(5)) == 0, "one at a time for a site"


def test_a_source_that_rests_is_left_alone(store: Store, words: WordLibrary) -> None:
    text = ONE.replace("hackernews:", "rss: {urls: 'https://h/f'}, hackernews:")
    store.save_breaker(Breaker(source="hackernews", is_open=True, outcome=Outcome.BLOCKED_RATE, next_try_at=at(30)))
    desk = Desk(store, words, text)
    assert {r.platform for r in desk.tick(T0)} == {Platform.RSS}
    assert not any(r.platform is Platform.HACKERNEWS for _, r in desk.made)
    desk.run(29, 29.9)
    assert not any(r.platform is Platform.HACKERNEWS for _, r in desk.made)
    store.save_breaker(Breaker(source="hackernews", next_try_at=None))
    desk.tick(at(31))
    assert any(r.platform is Platform.HACKERNEWS for _, r in desk.made)


def test_without_adaptive_the_interval_is_fixed_and_the_budget_still_holds(store: Store, words: WordLibrary) -> None:
    fixed = TWO + "polling: {adaptive: false}\n"
    times = Desk(store, words, fixed).run(0, 10, 1)
    assert 18 <= len(times) <= 24
    tight = Desk(store, words, fixed + "budgets: {hackernews: 25}\n")
    tight.run(60, 120, 5)
    assert len(tight.made) == 25
    asked = [r.query for _, r in tight.made]
    assert abs(asked.count("星河") - asked.count("Galaxy")) <= 1


def test_a_narrow_query_is_asked_seldom_until_the_bare_name_falls_behind(store: Store, words: WordLibrary) -> None:
    text = "brands: [{name: 星河, complaint_words: [退款], sources: {hackernews: }}]\n"
    desk = Desk(store, words, text)
    desk.run(0, 120, 20)

    def narrow(since: float) -> int:
        return sum(r.query == "星河 退款" for when, r in desk.made if when >= at(since))

    assert narrow(0) <= 1
    bare = next(s for s in store.load_queries() if s.query == "星河")
    store.save_queries([dataclasses.replace(bare, behind=pace.DEEPER + 1, rate_fast=0.2, rate_slow=0.2)])
    desk.caught_up, desk.new = False, 20
    desk.run(120, 130, 20)
    assert narrow(120) >= 3


# -- polls of known posts ---------------------------------------------------------------------------------------------


def look_at(number: int, *, task: Task = Task.FIGURES, posts: int = 5) -> PollRequest:
    targets = tuple(
        Target(platform=Platform.HACKERNEWS, kind=Kind.POST, id=f"{number}-{n}", url=None) for n in range(posts)
    )
    return PollRequest(platform=Platform.HACKERNEWS, brand="星河", query="", task=task, targets=targets)


def test_polls_of_known_posts_wait_for_room_and_get_their_share(store: Store, words: WordLibrary) -> None:
    handed = [look_at(n) for n in range(40)]

    def more(now: datetime) -> list[PollRequest]:
        given, handed[:] = handed[:10], handed[10:]
        return given

    desk = Desk(store, words, ONE + "budgets: {hackernews: 60}\n", more)
    desk.requests, desk.new = 5, 9
    desk.run(0, 60, 10)
    figures = sum(5 for when, r in desk.made if r.task is Task.FIGURES)
    searches = sum(5 for when, r in desk.made if r.task is Task.SEARCH)
    assert figures + searches <= 60
    assert figures >= pace.EXTRA_SHARE * 60 - 5 and searches >= 10


def test_polls_of_known_posts_do_not_crowd_out_searches_where_the_budget_is_wide(
    store: Store, words: WordLibrary
) -> None:
    handed = [look_at(n) for n in range(200)]

    def more(now: datetime) -> list[PollRequest]:
        given, handed[:] = list(handed), []
        return given

    desk = Desk(store, words, ONE + "polling: {adaptive: false, every: 1}\nbudgets: {hackernews: 100000}\n", more)
    desk.requests = 5
    chosen = desk.scheduling.planned[0]
    desk.scheduling.planned[0] = desk.scheduling._by_platform[Platform.HACKERNEWS][0] = dataclasses.replace(
        chosen, fastest=1.0, delay=0.0
    )
    desk.scheduling.tick(T0)
    tasks = []
    for second in range(60):
        tasks += [r.task for r in desk.tick(T0 + timedelta(seconds=second))]
    assert 0.2 < tasks.count(Task.FIGURES) / len(tasks) < 0.45


def test_what_waits_too_long_is_let_go(store: Store, words: WordLibrary) -> None:
    handed = [look_at(1, posts=50)]

    def more(now: datetime) -> list[PollRequest]:
        given, handed[:] = list(handed), []
        return given

    desk = Desk(store, words, ONE + "budgets: {hackernews: 4}\n", more)
    store.plan_poll(look_at(2), T0, allowance=4)
    desk.scheduling.tick(T0)
    assert [p.waits for p in store.open_polls()].count(True) == 1
    desk.scheduling.tick(at(31))
    assert not any(p.waits for p in store.open_polls())


def test_a_request_reads_as_deep_as_posts_are_expected() -> None:
    request = PollRequest(
        platform=Platform.WEIBO, brand="b", query="q", limit=50, options=(("delay", "0"), ("pages", "2"))
    )
    seen = QueryState(
        source="weibo", brand="b", task=Task.SEARCH, query="q", planned_at=T0, polls=9, last_at=T0, last_seen_at=T0,
        last_deep_at=T0, cursor="c",
    )  # fmt: skip

    def pages(minutes: float, allowance: int = 99, **more: object) -> tuple[int, bool]:
        state = dataclasses.replace(seen, **more)  # type: ignore[arg-type]
        shaped = shape_request(request, state, allowance, at(minutes), deep_every=3600)
        assert shaped.cursor == "c" and shaped.limit >= 50
        return int(dict(shaped.options)["pages"]), shaped.deep

    assert pages(10) == (1, False), "mostly one page is enough"
    assert pages(10, rate_fast=20 / 600) == (4, False)
    assert pages(10, rate_fast=5.0) == (2 * DEEPEST, False)
    assert pages(10, allowance=3, rate_fast=5.0) == (3, False)
    assert pages(61) == (2, True), "a deep pass"
    assert pages(61, rate_slow=30 / 3600) == (5, True), "as far back as the last one began"
    assert [pages(1, behind=n) for n in (1, 2, 3)] == [(3, True), (5, True), (8, True)]
    assert pages(1, behind=pace.DEEPER + 1) == (1, False), "given up"
    first = dataclasses.replace(seen, last_seen_at=None, cursor=None)
    assert shape_request(request, first, 99, at(1), deep_every=3600) == request
