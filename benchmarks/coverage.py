"""How soon published posts are seen within a budget of requests: the adaptive pace beside a fixed interval, in virtual time.

The pace, the planned queries and the depth of a poll are the product's own code; the platform and the posts are invented:
several brands of very different size, a day rhythm, bursts, posts that the search shows late, and a search that shows ten
posts a page, the newest first.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.report import Result, Rounds
from crawlers import pace
from crawlers.arrival import note_poll
from crawlers.options import Options
from fengsheng.config import BrandConfig, Config, PollingConfig, SourceConfig
from fengsheng.planning import query_at, shape_request
from fengsheng.polling import Planned, plan_requests
from records.mention import Author, Mention, Platform, TimePrecision
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.query import QueryKey, QueryState
from scoring.keywords import WordLibrary
from scoring.shipped import shipped_words

NAME = "coverage"
START = datetime(2026, 11, 16, tzinfo=UTC)
PAGE = 10
BUDGET = 60
"""Requests an hour, the product's default for Weibo."""
STEP = 5.0
"""Seconds of virtual time between two looks at what is due."""
TUNED_ON = range(100, 106)
"""Seeds with which the constants of crawlers.pace were chosen; not reported."""
SEEDS = range(1, 100)
RATES = (0.15, 0.4, 1.0, 3.0, 12.0)
"""Posts an hour of the brands on an ordinary day: from a small shop to a chain."""
WORDS = ("投诉", "退款", "难喝", "客服", "过期", "涨价")
ADAPTIVE, NAMES, ALL = "adaptive", "fixed interval, bare names", "fixed interval, all queries"
SHARE, MEDIAN, MEAN, ONSET = "posts seen", "median wait", "mean wait", "median wait of a burst's first ten posts"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    at: float
    """Seconds after the start."""
    shown_at: float
    """When the search knows it: seconds later, or hours for a few."""
    text: str
    id: str
    onset: bool = False
    """One of the first ten of a burst."""


# -- the invented world -----------------------------------------------------------------------------------------------


def brand_names(place: int) -> list[str]:
    return [f"云杉{place}号", f"杉{place}"]


def publish(seed: int, hours: float) -> list[Post]:
    """The posts of one world, oldest first."""
    chance = random.Random(f"coverage {seed}")
    posts: list[Post] = []
    for place, rate in enumerate(RATES):
        times = [(at, False) for at in _arrivals(chance, hours, rate * chance.uniform(0.6, 1.6))]
        for _ in range(_poisson(chance, 0.25 * hours / 24 * (1 + rate) ** 0.5)):
            times += _burst(chance, hours, rate)
        posts += [_post(chance, place, number, at, onset) for number, (at, onset) in enumerate(times)]
    return sorted(posts, key=lambda p: p.at)


def _arrivals(chance: random.Random, hours: float, rate: float) -> list[float]:
    """A Poisson process with the rhythm of a day: at four in the morning a fifth of noon's."""
    found, at = [], 0.0
    while (at := at + chance.expovariate(1.6 * rate / 3600)) < hours * 3600:
        clock = (at / 3600 + 8) % 24  # the start is midnight UTC, eight in the morning in Shanghai
        if chance.random() < (1 + 0.67 * math.cos((clock - 16) / 24 * 2 * math.pi)) / 1.67:
            found.append(at)
    return found


def _burst(chance: random.Random, hours: float, rate: float) -> list[tuple[float, bool]]:
    """A crisis: posts come twenty to two hundred times as fast, and calm down over hours."""
    begin, size = chance.uniform(0.1, 0.85) * hours * 3600, int(chance.lognormvariate(3.7, 0.8))
    peak, calm = chance.uniform(300, 1800), chance.uniform(1800, 10800)
    times = sorted(
        begin + chance.uniform(0, peak) + chance.expovariate(1 / calm) * chance.random() for _ in range(size)
    )
    return [(at, n < 10) for n, at in enumerate(times) if at < hours * 3600]


def _post(chance: random.Random, place: int, number: int, at: float, onset: bool) -> Post:
    names = brand_names(place)
    shown = chance.choices(([names[0]], [names[1]], names), (60, 25, 15))[0]
    words = [w for w in WORDS if chance.random() < (0.3 if onset else 0.08)]
    late = chance.uniform(1800, 4 * 3600) if chance.random() < 0.02 else chance.uniform(5, 60)
    return Post(
        at=at, shown_at=at + late, text=" ".join([*shown, *words]), id=f"{place}-{number}-{at:.0f}", onset=onset
    )


def _poisson(chance: random.Random, mean: float) -> int:
    count, product = 0, chance.random()
    while product > math.exp(-mean):
        count, product = count + 1, product * chance.random()
    return count


# -- one run ----------------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Seen:
    """What one way of polling saw of a world."""

    posts: Sequence[Post]
    first: dict[str, float] = field(default_factory=dict)
    """Post → when it was first seen."""
    polls: list[tuple[float, int, QueryKey]] = field(default_factory=list)
    """When, requests, query."""

    def waits(self, *, onset: bool = False) -> list[float]:
        """Seconds from publication to the first sight; a post that was never seen waits until the end of the world."""
        end = max((at for at, _, _ in self.polls), default=0.0)
        return [self.first.get(p.id, end) - p.at for p in self.posts if p.at < end - 3600 and (p.onset or not onset)]

    def share(self) -> float:
        end = max((at for at, _, _ in self.polls), default=0.0)
        old = [p for p in self.posts if p.at < end - 3600]
        return sum(p.id in self.first for p in old) / max(1, len(old))

    def busiest_hour(self) -> int:
        """Requests of the fullest sliding hour."""
        most = 0
        for n, (at, _, _) in enumerate(self.polls):
            most = max(most, sum(r for t, r, _ in self.polls[: n + 1] if t > at - 3600))
        return most


class World:
    """The platform in virtual time and one way of polling it."""

    def __init__(self, posts: Sequence[Post], planned: Sequence[Planned], *, budget: int, fixed: float | None) -> None:
        """
        Args:
            fixed: seconds between two polls of every query; None = the adaptive pace.
        """
        self._posts = posts
        self._planned = planned
        self._budget = budget
        self._fixed = None if fixed is None else [fixed] * len(planned)
        self._matching = {p.key: [x for x in posts if _finds(p.request.query, x.text)] for p in planned}
        self._times = {key: [x.at for x in found] for key, found in self._matching.items()}
        self._states = {p.key: _begun(p) for p in planned}
        self._recent: deque[tuple[float, float]] = deque()
        self._every: list[float] = []
        self._next_due = 0.0
        self.seen = Seen(posts=posts)

    def run(self, hours: float) -> Seen:
        now = 0.0
        while now < hours * 3600:
            if now >= self._next_due:
                while self._poll_next(now):
                    pass
            now += STEP
        return self.seen

    def _poll_next(self, now: float) -> bool:
        moment = START + timedelta(seconds=now)
        while self._recent and self._recent[0][0] <= moment.timestamp() - pace.HOUR:
            self._recent.popleft()
        queries = [query_at(p, self._states) for p in self._planned]
        budget = pace.Budget(hourly=self._budget, history=tuple(self._recent))
        every = self._fixed or pace.spread(queries, budget)
        turn = pace.choose(queries, budget, moment.timestamp(), every, floors=self._fixed is None)
        if turn is None:
            due = min(pace.due_at(q, e) for q, e in zip(queries, every, strict=True)) - START.timestamp()
            self._next_due = due if due > now else now + 2 * STEP
            return False
        planned = next(p for p, q in zip(self._planned, queries, strict=True) if q.key == turn.key)
        state = self._states[planned.key]
        request = shape_request(planned.request, state, turn.allowance, moment, deep_every=21600)
        result = self._ask(request, planned.key, turn.allowance, now, moment)
        known = frozenset(m.key for m in result.mentions if m.id in self.seen.first)
        self._states[planned.key] = note_poll(state, result, known, moment)
        for mention in result.mentions:
            self.seen.first.setdefault(mention.id, now)
        self._recent.append((moment.timestamp(), result.requests))
        self.seen.polls.append((now, result.requests, planned.key))
        return True

    def _ask(self, request: PollRequest, key: QueryKey, allowance: int, now: float, moment: datetime) -> PollResult:
        """What the search shows, read as spiders read it: page by page to one whose every post is known."""
        upto = bisect.bisect_right(self._times[key], now)
        shown = [p for p in reversed(self._matching[key][:upto]) if p.shown_at <= now]
        most = min(Options.of(request).count("pages"), allowance)
        read: list[Post] = []
        pages, caught_up = 0, True
        while True:
            page = shown[pages * PAGE : (pages + 1) * PAGE]
            pages += 1
            read += page
            if len(shown) <= pages * PAGE or (not request.deep and all(p.id in self.seen.first for p in page)):
                break
            if pages >= most or len(read) >= request.limit:
                caught_up = False
                break
        return PollResult(
            request=request,
            outcome=Outcome.ITEMS if read else Outcome.EMPTY,
            mentions=tuple(_mention(p, moment) for p in read[: request.limit]),
            started_at=moment,
            ended_at=moment,
            requests=pages,
            caught_up=caught_up,
        )


def _finds(query: str, text: str) -> bool:
    return all(word in text for word in query.split())


def _begun(planned: Planned) -> QueryState:
    request = planned.request
    return QueryState(
        source=request.source, brand=request.brand, task=request.task, query=request.query, planned_at=START
    )


def _mention(post: Post, moment: datetime) -> Mention:
    return Mention(
        platform=Platform.WEIBO,
        id=post.id,
        collected_at=moment,
        published_at=START + timedelta(seconds=post.at),
        time_precision=TimePrecision.EXACT,
        text=post.text,
        author=Author(),
    )


# -- the ways compared ------------------------------------------------------------------------------------------------


def plan(words: WordLibrary) -> list[Planned]:
    """The product's own queries for the invented brands."""
    brands = [
        BrandConfig(
            name=brand_names(place)[0],
            aliases=brand_names(place)[1:],
            complaint_words=list(WORDS),
            sources={"weibo": SourceConfig()},
        )
        for place in range(len(RATES))
    ]
    config = Config(brands=brands, polling=PollingConfig())
    return [p for p in plan_requests(config, words) if p.request.task is Task.SEARCH]


def watch(seed: int, hours: float, way: str, planned: Sequence[Planned], budget: int = BUDGET) -> Seen:
    """One way of polling in one world. A fixed interval is as short as the budget allows with one request a poll."""
    chosen = list(planned) if way != NAMES else [p for p in planned if p.covered_by is None]
    fixed = None if way == ADAPTIVE else max(60.0, 3600 * len(chosen) / budget)
    if way != ADAPTIVE:
        chosen = [dataclasses.replace(p, covered_by=None) for p in chosen]
    return World(publish(seed, hours), chosen, budget=budget, fixed=fixed).run(hours)


def run(rounds: int, *, quick: bool, hours: float | None = None) -> Result:
    """Every round is a world of its own; all ways poll the same world."""
    hours = hours or (6.0 if quick else 24.0)
    planned = plan(shipped_words())
    figures = Rounds()
    busiest = 0
    for seed in SEEDS[:rounds]:
        for way in (NAMES, ALL, ADAPTIVE):
            seen = watch(seed, hours, way, planned)
            rival = "" if way == NAMES else NAMES
            figures.add(f"{way}: {MEDIAN}", median(seen.waits()), "s", rival and f"{rival}: {MEDIAN}")
            figures.add(f"{way}: {MEAN}", sum(seen.waits()) / len(seen.waits()), "s", rival and f"{rival}: {MEAN}")
            if first := seen.waits(onset=True):
                figures.add(f"{way}: {ONSET}", median(first), "s")
            figures.add(f"{way}: {SHARE}", 100 * seen.share(), "%")
            busiest = max(busiest, seen.busiest_hour()) if way == ADAPTIVE else busiest
    about = (
        f"{len(RATES)} brands with {len(planned)} queries, {hours:g} hours of invented posts a round, {BUDGET} requests an "
        "hour for all of them"
    )
    notes = (
        f"the fullest sliding hour of the adaptive pace had {busiest} requests",
        f"rounds are seeds {SEEDS[0]} to {SEEDS[rounds - 1]}; the pace was tuned on others ({TUNED_ON[0]}–{TUNED_ON[-1]})",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)
