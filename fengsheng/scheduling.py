"""The planning tick: which poll is due and can be paid (W4). All it knows lies in the database; the pace is crawlers.pace's."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers import pace
from crawlers.health import is_resting
from fengsheng.config import Config
from fengsheng.planning import least_requests, most_requests, query_at, shape_request
from fengsheng.polling import Planned, budget_of, plan_requests
from records.mention import Platform
from records.outcome import PollRequest, Task
from records.query import QueryKey, QueryState
from records.source import Breaker
from scoring.keywords import WordLibrary
from storage.queries import OpenPoll, Spent
from storage.sqlite import Store

WAITED = timedelta(minutes=30)
"""A poll of known posts that found no room for so long is dropped: whoever asked for it plans it anew."""
HOUR = timedelta(hours=1)
KNOWN_POSTS = (Task.FIGURES, Task.COMMENTS)
Site = tuple[str, str | None]

More = Callable[[datetime], Sequence[PollRequest]]
"""Polls of known posts (figures, comments) that are due at a time, the most urgent first; each is handed over once."""


@dataclass(kw_only=True)
class _Look:
    """The database as one tick sees it, with what the tick itself has planned."""

    now: datetime
    opened: list[OpenPoll]
    spent: list[Spent]
    """The polls of the last hour."""
    breakers: list[Breaker]
    states: dict[QueryKey, QueryState]

    def rests(self, request: PollRequest) -> bool:
        return is_resting(request, self.breakers, self.now)

    def busy(self) -> set[Site]:
        """Sites that a planned or running poll will ask: the next poll is chosen when it is done."""
        return {_site(p.request) for p in self.opened if not p.waits}


class Scheduling:
    """Plans polls from what the database holds; one a process.

    Polls of one site wait for each other anyway, so that one at a time is planned for each: who comes next is decided as
    late as possible.

    Args:
        more: asked once a tick for polls of known posts. They wait in the table of polls until the budget has room; while
            some wait they are sure of ``crawlers.pace.EXTRA_SHARE`` of it, and they never take what the floors of the
            queries need.
    """

    def __init__(self, *, store: Store, config: Config, words: WordLibrary, more: More | None = None) -> None:
        self._store = store
        self._config = config
        self._more = more
        self.planned = plan_requests(config, words)
        self._by_platform: defaultdict[Platform, list[Planned]] = defaultdict(list)
        for one in self.planned:
            self._by_platform[one.request.platform].append(one)

    def tick(self, now: datetime) -> int:
        """Plan what is due at ``now`` and can be paid; how many polls were planned."""
        for request in self._more(now) if self._more else ():
            self._store.queue_poll(request, now)
        self._store.drop_waiting(now - WAITED)
        look = self._look(now)
        count = 0
        for platform in dict.fromkeys([*self._by_platform, *(p.request.platform for p in look.opened)]):
            while (planned := self._plan_next(platform, look)) is not None:
                look.opened = [p for p in look.opened if p.id != planned.id] + [planned]
                count += 1
        return count

    def _look(self, now: datetime) -> _Look:
        states = {s.key: s for s in self._store.load_queries()}
        begun = [
            QueryState(source=p.request.source, brand=p.request.brand, task=p.request.task, query=p.request.query, planned_at=now)
            for p in self.planned
            if p.key not in states
        ]  # fmt: skip
        if begun:
            self._store.begin_queries(begun)
        return _Look(
            now=now,
            opened=self._store.open_polls(),
            spent=self._store.spent_since(now - HOUR),
            breakers=self._store.load_breakers(),
            states=states | {s.key: s for s in begun},
        )

    def _plan_next(self, platform: Platform, look: _Look) -> OpenPoll | None:
        """The next poll of a platform, put into the table: of a query, or of known posts; None where none can be made."""
        planned = self._by_platform[platform]
        queries, budget = self._queries(planned, look), self._budget(platform, look)
        adaptive = self._config.polling.adaptive
        every = pace.spread(queries, budget) if adaptive else [p.fastest for p in planned]
        turn = pace.choose(queries, budget, look.now.timestamp(), every, floors=adaptive)
        if turn is None or budget.is_extra_turn(look.now.timestamp()):
            extra = self._open_waiting(platform, queries, budget, look)
            if extra is not None:
                return extra
        if turn is None:
            return None
        place = next(i for i, q in enumerate(queries) if q.key == turn.key)
        state = look.states[planned[place].key]
        request = shape_request(
            planned[place].request, state, turn.allowance, look.now, deep_every=self._config.polling.deep_every
        )
        allowance = min(turn.allowance, most_requests(request))
        with self._store.transaction():
            id = self._store.plan_poll(request, look.now, allowance=allowance)
            self._store.save_interval(state.key, turn.every)
        return OpenPoll(id=id, request=request, waits=False, allowance=allowance) if id else None

    def _open_waiting(
        self, platform: Platform, queries: Sequence[pace.Query], budget: pace.Budget, look: _Look
    ) -> OpenPoll | None:
        """Give room to the poll of known posts that waits longest."""
        busy = look.busy()
        for poll in look.opened:
            request = poll.request
            if not poll.waits or request.platform is not platform or _site(request) in busy or look.rests(request):
                continue
            room = min(pace.room_for_extra(queries, budget, look.now.timestamp()), most_requests(request))
            if room < min(least_requests(request), budget.hourly):
                return None
            self._store.open_poll(poll.id, look.now, allowance=room)
            return dataclasses.replace(poll, waits=False, allowance=room)
        return None

    def _queries(self, planned: Sequence[Planned], look: _Look) -> list[pace.Query]:
        opened = {p.key for p in look.opened}
        busy = look.busy()
        return [
            query_at(
                one,
                look.states,
                waits=one.key in opened or _site(one.request) in busy or look.rests(one.request),
            )
            for one in planned
        ]

    def _budget(self, platform: Platform, look: _Look) -> pace.Budget:
        spent = [s for s in look.spent if platform_of(s.source) is platform]
        opened = [p for p in look.opened if p.request.platform is platform]
        return pace.Budget(
            hourly=budget_of(self._config, platform),
            history=[(s.at.timestamp(), s.requests) for s in spent],
            reserved=sum(p.allowance for p in opened),
            extra_spent=sum(s.requests for s in spent if s.task in KNOWN_POSTS)
            + sum(p.allowance for p in opened if p.request.task in KNOWN_POSTS),
            extra_waits=any(p.waits and not look.rests(p.request) for p in opened),
        )


def platform_of(source: str) -> Platform:
    """The platform of ``PollRequest.source``."""
    return Platform(source.partition(":")[0])


def _site(request: PollRequest) -> Site:
    return (request.source, request.base_url)
