"""A planned query as pace sees it, how deep one poll of it reads, and whether all fit into the budgets (W4). Pure."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from crawlers import pace
from crawlers.arrival import rates_of
from crawlers.catalogue import CATALOGUE
from crawlers.options import Options, accepted_options
from fengsheng.config import Config
from fengsheng.polling import Planned, budget_of, plan_requests
from records.mention import Platform
from records.outcome import PollRequest, Task
from records.query import QueryKey, QueryState
from scoring.keywords import WordLibrary

PAGE = 10
"""Posts that a page is sure to hold: how deep an ordinary poll may read follows from the posts expected."""
DEEPEST = 4
"""Times the pages of an ordinary poll that a poll may read where many posts are expected or were missed."""
SPARE = 1.5
"""Pages are read for so many times the posts that are expected."""
BESIDE = 2
"""Requests beside pages, texts and authors that one poll may make (robots.txt, the control query)."""


def query_at(planned: Planned, states: Mapping[QueryKey, QueryState], *, waits: bool = False) -> pace.Query:
    """One query as pace sees it.

    Args:
        states: of all queries of the platform.
        waits: its poll is planned or runs, or its source rests.
    """
    state = states.get(planned.key)
    rate = rates_of(state).expected
    cover = states.get(planned.covered_by) if planned.covered_by else None
    key = "|".join(planned.key)
    first = 0.0
    if planned.covered_by and state is not None:
        if cover is not None and cover.behind:
            # a flood hides posts from the bare name: what is asked narrowly is found below it
            rate = max(rate, rates_of(cover).expected)
        else:
            rate = rate if state.polls > 1 and state.new else 0.0
            first = state.planned_at.timestamp() + planned.slowest * zlib.crc32(key.encode()) / 2**32
    return pace.Query(
        key=key,
        rate=rate,
        cost=state.cost if state else 1.0,
        last=state.last_at.timestamp() if state and state.last_at else None,
        first=first,
        fastest=max(planned.fastest, planned.delay),
        slowest=planned.slowest,
        behind=state.behind if state and state.behind and has_pages(planned.request) else 0,
        new=state.new if state and state.polls > 1 else 0,
        waits=waits,
        delay=planned.delay,
    )


def shape_request(
    request: PollRequest, state: QueryState, allowance: int, now: datetime, *, deep_every: float
) -> PollRequest:
    """The request of one poll: how deep it reads, and where it goes on.

    An ordinary poll reads as many pages as new posts are expected, often one; what was missed is looked for below what is
    known, twice as deep each time; a deep pass reads on past what is known, as far back as the last one began.
    """
    request = dataclasses.replace(request, cursor=state.cursor)
    if request.task is not Task.SEARCH or not has_pages(request) or state.last_seen_at is None:
        return request
    options = Options.of(request)
    base = options.count("pages")
    in_time = int(options.number("timeout") / (options.number("delay") + 1))
    deepest = max(1, min(DEEPEST * base, int(accepted_options(request.platform)["pages"].highest), in_time, allowance))
    since = state.last_deep_at or state.last_seen_at
    deep = True
    if 0 < state.behind <= pace.DEEPER:
        pages = base * 2 ** (state.behind - 1) + 1
    elif (now - since).total_seconds() >= deep_every:
        pages = max(base, _pages_for(state.rate_slow, (now - since).total_seconds()))
    else:
        deep = False
        pages = _pages_for(rates_of(state).expected, (now - state.last_seen_at).total_seconds())
    pages = max(1, min(pages, deepest))
    return dataclasses.replace(
        request,
        deep=deep,
        limit=max(request.limit, math.ceil(request.limit * pages / base)),
        options=tuple(sorted({**dict(request.options), "pages": str(pages)}.items())),
    )


def _pages_for(rate: float, seconds: float) -> int:
    """Pages that hold the posts of a time, and one that is known."""
    return math.ceil((SPARE * rate * seconds + 1) / PAGE)


def tight_budgets(config: Config, words: WordLibrary) -> list[str]:
    """One sentence for each platform whose floors alone need more requests than its budget has."""
    by_platform: defaultdict[Platform, list[Planned]] = defaultdict(list)
    for one in plan_requests(config, words):
        by_platform[one.request.platform].append(one)
    found = []
    for platform, planned in by_platform.items():
        budget = budget_of(config, platform)
        if config.polling.adaptive:
            need, rule = sum(3600 / p.slowest for p in planned), f"polling.slowest {config.polling.slowest:g}"
        else:
            need, rule = sum(3600 / p.fastest for p in planned), "polling.adaptive false and its every"
        if need <= budget * pace.ENTITLED:
            continue
        wanted = math.ceil(need / pace.ENTITLED)
        slowest = math.ceil(config.polling.slowest * need / (budget * pace.ENTITLED))
        change = f"polling.slowest {slowest}" if config.polling.adaptive else "a longer every, polling.adaptive true"
        found.append(
            f"{platform}: {len(planned)} queries need {need:.0f} requests an hour ({rule}), and its budget is {budget}: "
            f"they are polled {need / (budget * pace.ENTITLED):.1f} times slower; set budgets.{platform} {wanted}, {change}, "
            "or fewer queries"
        )
    return found


def has_pages(request: PollRequest) -> bool:
    option = accepted_options(request.platform).get("pages")
    return option is not None and option.highest > 1


def least_requests(request: PollRequest) -> int:
    """Requests a poll of known posts needs."""
    batch = CATALOGUE[request.platform].batch if request.task is Task.FIGURES else 1
    return max(1, math.ceil(len(request.targets) / batch))


def most_requests(request: PollRequest) -> int:
    """Requests a poll can make at most by its own options."""
    options = dict(request.options)
    accepted = accepted_options(request.platform)

    def count(name: str) -> int:
        return int(float(options.get(name, accepted[name].default))) if name in accepted else 0

    if request.task is Task.FIGURES:
        return least_requests(request) + BESIDE
    if request.task is Task.COMMENTS:
        return len(request.targets) * (1 + count("comment_pages")) + BESIDE
    return count("pages") + count("long_texts") + count("details") + count("profiles") + BESIDE
