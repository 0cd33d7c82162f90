"""The crawl worker: a poll's mentions are stored once, and a source that cannot be seen is said once (W6)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from crawlers.poll import Known, none_known
from fengsheng.wiring import House
from fengsheng.worker import Desk, Worker, set_up_log
from records.mention import Mention, Platform
from records.outcome import Outcome, PollRequest, PollResult, Task
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, CONFIG, HURT, T0, World, at, make_house, make_world, mention, texts_of

REQUEST = PollRequest(platform=Platform.WEIBO, brand=BRAND, query=BRAND)
OTHER = PollRequest(platform=Platform.XIAOHONGSHU, brand=BRAND, query=BRAND)


def result(
    outcome: Outcome, mentions: Sequence[Mention] = (), *, request: PollRequest = REQUEST, detail: str = ""
) -> PollResult:
    return PollResult(
        request=request,
        outcome=outcome,
        mentions=tuple(mentions),
        detail=detail,
        started_at=T0,
        ended_at=T0,
        requests=1,
    )


class Clock:
    def __init__(self) -> None:
        self.now = at(2)

    def __call__(self) -> datetime:
        return self.now


class Polls:
    """A desk with a table of polls: each ``take`` is one poll that was due and came back."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        self.house: House = make_house(folder, config)
        self.clock = Clock()
        self.said: list[str] = []
        self.desk = Desk(self.house, self.clock, self.said.append)
        self.store: Store = self.house.open_store()
        self.world: World = make_world(self.house, self.store)

    def take(self, outcome: Outcome, mentions: Sequence[Mention] = (), *, minutes: float, **more: str) -> None:
        self.clock.now = at(minutes)
        self.store.plan_poll(REQUEST, self.clock.now)
        ((poll, _),) = self.store.claim_polls(self.clock.now, 1)  # while the source is blind, its probe
        self.desk.take(poll, result(outcome, mentions, **more))

    def operations(self) -> str:
        return texts_of(self.world.sent("operations"))


@pytest.fixture
def polls(tmp_path: Path) -> Iterator[Polls]:
    made = Polls(tmp_path)
    yield made
    made.desk.close()
    made.store.close()


def test_mentions_are_stored_with_their_brand_and_the_poll_is_finished(polls: Polls) -> None:
    polls.take(Outcome.ITEMS, [mention("1", HURT, brand=None, query=None)], minutes=2)
    (stored,) = polls.store.search(HURT)
    assert (list(stored.assessments), stored.mention.query) == ([BRAND], BRAND)
    health = polls.store.load_source("weibo", BRAND)
    assert health is not None
    assert (health.outcome, health.blind_since, health.mentions_total) == (Outcome.ITEMS, None, 1)
    assert len(polls.world.rows()) == 1
    assert polls.store.claim_polls(at(2), 5) == []
    polls.take(Outcome.ITEMS, [mention("1", HURT)], minutes=3)
    assert polls.store.count_mentions() == 1
    assert len(polls.world.sent("alert")) == 2, "one alert for each target of the crisis chat"


def test_a_blind_source_is_told_once_to_the_operators_and_never_to_the_crisis_group(polls: Polls) -> None:
    for minutes in (2, 12, 40):
        polls.take(Outcome.BLOCKED_LOGIN, minutes=minutes, detail="登录后查看搜索结果")
    sent = polls.world.sent("operations")
    assert [(q.item.chat, q.item.channel) for q in sent] == [("operators", "console")]
    assert "微博" in polls.operations() and BRAND in polls.operations()
    assert polls.said == [], "the operators' chat is this terminal: it is not said there twice"
    assert {q.item.chat for q in polls.store.ledger(limit=100)} == {"operators"}
    health = polls.store.load_source("weibo", BRAND)
    assert health is not None
    assert (health.blind_since, health.told_at, health.streak) == (at(2), at(2), 3)


def test_where_operators_are_elsewhere_the_terminal_says_it_too(tmp_path: Path) -> None:
    polls = Polls(tmp_path, CONFIG.replace("operators: [{channel: console}]", "operators: [{channel: web}]"))
    with contextlib.closing(polls.store), contextlib.closing(polls.desk):
        polls.take(Outcome.BLOCKED_LOGIN, minutes=2)
        polls.take(Outcome.BLOCKED_LOGIN, minutes=20)
    assert len(polls.said) == 1 and "微博" in polls.said[0]


def test_one_failed_look_at_the_network_is_not_blindness_but_three_are(polls: Polls) -> None:
    for minutes, told in ((2, 0), (3, 0), (4, 1), (5, 1)):
        polls.take(Outcome.NETWORK, minutes=minutes)
        assert len(polls.world.sent("operations")) == told


def test_a_failed_request_is_no_error_of_the_program() -> None:
    retry, others = logging.getLogger("scrapy.downloadermiddlewares.retry"), logging.getLogger("scrapy.core.scraper")
    before = retry.level
    try:
        set_up_log(debug=False)
        assert not retry.isEnabledFor(logging.ERROR), "the outcome says it, once"
        assert others.isEnabledFor(logging.ERROR)
        set_up_log(debug=True)
        assert retry.isEnabledFor(logging.ERROR)
    finally:
        retry.setLevel(before)


def test_recovery_is_told_once_and_the_next_outage_anew(polls: Polls) -> None:
    polls.take(Outcome.CHANGED, minutes=2)
    for minutes in (20, 22, 24):
        polls.take(Outcome.EMPTY, minutes=minutes)
    assert len(polls.world.sent("operations")) == 2
    health = polls.store.load_source("weibo", BRAND)
    assert health is not None and health.told_at is None
    polls.take(Outcome.CHANGED, minutes=30)
    assert len(polls.world.sent("operations")) == 3


def test_cards_say_what_is_not_visible_and_that_it_was_not_once_it_is(polls: Polls) -> None:
    polls.take(Outcome.ITEMS, [mention("1", HURT)], minutes=2)
    (row,) = polls.world.rows()

    def card() -> str:
        message = polls.world.incidents.card(row.id, now=polls.clock.now)
        assert message is not None
        return "\n".join(b.text for b in message.blocks)

    def waiting() -> list[int]:
        return [q.id for q in polls.world.sent("card")]

    before = waiting()
    polls.take(Outcome.BLOCKED_CAPTCHA, minutes=5, detail="为保护账号安全，请完成验证")
    assert "微博" in card().split("看不见", 1)[-1] and "看不见" in card()
    assert waiting() != before, "the card is drawn anew"
    polls.take(Outcome.BLOCKED_CAPTCHA, minutes=6)
    blind = waiting()
    polls.take(Outcome.ITEMS, minutes=60)
    assert "看不见的来源" not in card() and "微博：12:02–13:00 没看到（要求验证码），已恢复" in card()
    assert waiting() != blind
    assert len(polls.world.sent("alert")) == 2, "nobody is alerted again"


def test_what_a_poll_teaches_of_its_query_is_kept_with_it(polls: Polls) -> None:
    polls.take(Outcome.ITEMS, [mention("1", HURT), mention("2", HURT, 1)], minutes=2)
    polls.take(Outcome.ITEMS, [mention("1", HURT), mention("3", HURT, 3)], minutes=4)
    (state,) = [s for s in polls.store.load_queries() if s.task is Task.SEARCH]
    assert (state.source, state.query, state.polls, state.new, state.found) == ("weibo", BRAND, 2, 1, 3)
    assert state.last_at == state.last_seen_at == at(4) and state.rate_fast > 0


# -- the loop ---------------------------------------------------------------------------------------------------------


class FakeRunner:
    """Answers polls from a list, then with nothing."""

    def __init__(self, answer: Callable[[PollRequest], PollResult] | None = None) -> None:
        self.answer = answer or (lambda request: result(Outcome.EMPTY, request=request))
        self.asked: list[PollRequest] = []
        self.handed: list[tuple[Known, int | None]] = []
        self.running = False
        self.hold: asyncio.Event | None = None

    async def start(self) -> None:
        self.running = True

    async def fetch(
        self, request: PollRequest, *, now: datetime, known: Known = none_known, allowance: int | None = None
    ) -> PollResult:
        self.asked.append(request)
        self.handed.append((known, allowance))
        if self.hold is not None:
            await self.hold.wait()
        return self.answer(request)

    async def stop(self) -> None:
        self.running = False


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path)


async def test_the_worker_polls_what_is_due_and_beats_until_it_is_stopped(house: House) -> None:
    runner, stop, said = FakeRunner(), asyncio.Event(), list[str]()
    runner.answer = lambda request: result(Outcome.ITEMS, [mention(str(request.platform), HURT)], request=request)
    with house.open_store() as store:
        store.plan_poll(REQUEST, at(0))
        store.plan_poll(OTHER, at(0))
        store.plan_poll(PollRequest(platform=Platform.RSS, brand=BRAND, query="later"), at(600))
        worker = Worker(house, runner, clock=lambda: at(1), say=said.append)  # type: ignore[arg-type]
        running = asyncio.create_task(worker.run(stop))
        await until(lambda: len(store.load_sources()) == 2)
        stop.set()
        await asyncio.wait_for(running, 10)
        beat = store.last_beat("worker")
        assert beat is not None and (beat.pid, beat.at) == (os.getpid(), at(1))
        assert runner.asked == [REQUEST, OTHER]
        assert not runner.running
        assert store.count_mentions() == 2
    assert any("新提及 1 条，其中投诉 1 条" in text for text in said)


async def test_polls_are_handed_their_allowance_and_what_is_known_and_one_of_a_site_at_a_time(house: House) -> None:
    runner, stop = FakeRunner(), asyncio.Event()
    runner.hold = asyncio.Event()
    douyin = PollRequest(platform=Platform.DOUYIN, brand=BRAND, query=BRAND)
    second = PollRequest(platform=Platform.WEIBO, brand=BRAND, query="second")
    with house.open_store() as store:
        world = make_world(house, store)
        world.ingest.ingest([mention("1", HURT)], now=at(0))
        for n, request in enumerate((REQUEST, second, OTHER, douyin)):
            store.plan_poll(request, at(n / 10), allowance=n + 3)
        looks: list[int] = []
        worker = Worker(house, runner, clock=lambda: looks.append(1) or at(1), say=lambda text: None)  # type: ignore
        running = asyncio.create_task(worker.run(stop))
        await until(lambda: len(runner.asked) == 2)
        seen = len(looks)
        await until(lambda: len(looks) >= seen + 2)
        assert runner.asked == [REQUEST, OTHER], "one of a site, and one that needs the browser"
        (known, allowance), (_, other) = runner.handed
        assert (allowance, other) == (3, 5)
        assert known([mention("1", HURT), mention("9", HURT)]) == {"weibo:post:1"}
        runner.hold.set()
        await until(lambda: {r.query for r in runner.asked} >= {"second"} and douyin in runner.asked)
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_a_poll_cut_off_by_the_end_is_made_again_by_the_next_worker(house: House) -> None:
    with house.open_store() as store:
        store.plan_poll(REQUEST, at(0))
        first, stop = FakeRunner(), asyncio.Event()
        first.hold = asyncio.Event()
        worker = Worker(house, first, clock=lambda: at(1), say=lambda text: None)  # type: ignore[arg-type]
        running = asyncio.create_task(worker.run(stop))
        await until(lambda: first.asked)
        stop.set()
        await asyncio.wait_for(running, 10)
        assert store.load_sources() == []
        second, stop = FakeRunner(), asyncio.Event()
        worker = Worker(house, second, clock=lambda: at(1), say=lambda text: None)  # type: ignore[arg-type]
        running = asyncio.create_task(worker.run(stop))
        await until(store.load_sources)
        stop.set()
        await asyncio.wait_for(running, 10)
        assert second.asked == [REQUEST]


async def test_a_result_that_cannot_be_stored_does_not_end_the_worker(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: PollRequest) -> PollResult:
        bad = mention("1", HURT, metrics=None) if request == REQUEST else mention("2", HURT)
        return result(Outcome.ITEMS, [bad], request=request)

    with house.open_store() as store:
        store.plan_poll(REQUEST, at(0))
        runner, stop = FakeRunner(answer), asyncio.Event()
        worker = Worker(house, runner, clock=lambda: at(1), say=lambda text: None)  # type: ignore[arg-type]
        running = asyncio.create_task(worker.run(stop))
        await until(lambda: "could not be stored" in caplog.text)
        store.plan_poll(OTHER, at(0))
        await until(lambda: store.count_mentions() == 1)
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_a_worker_whose_parent_is_gone_ends_by_itself(house: House) -> None:
    runner = FakeRunner()
    worker = Worker(house, runner, say=lambda text: None)  # type: ignore[arg-type]
    await asyncio.wait_for(worker.run(asyncio.Event(), parent=1_000_000_007), 10)
    assert not runner.running
