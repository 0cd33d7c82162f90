"""What is polled: brands × sources × queries of the config become poll requests with the bounds of their pace (W1, W4)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawlers.catalogue import CATALOGUE, SourceInfo
from crawlers.options import Options, accepted_options
from crawlers.queries import PlannedQuery, plan_queries
from fengsheng.config import BrandConfig, Config, SourceConfig
from records.mention import Platform
from records.outcome import PollRequest, Task
from records.query import QueryKey, query_key
from scoring.keywords import WordLibrary

QUERY_WORDS = 6
"""Complaint words that go into queries where the config names none."""
SELDOM = 300.0
"""Never oftener than this, in seconds: hot lists and the brand's own accounts do not change from minute to minute."""
COVERED_SLOWEST = 6 * 3600.0
"""Queries that another one covers are polled at least so often, in seconds."""
COVERED_SHARE = 0.08
"""But they take no more than this share of the platform's budget while nothing is hidden from the covering ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One query of the config: the request that asks it, and how often it may and should be asked."""

    request: PollRequest
    fastest: float
    """Seconds between two polls at least."""
    slowest: float
    """Seconds between two polls at most, where the budget allows it."""
    covered_by: QueryKey | None = None
    """A query that finds all that this one finds while it keeps up: this one is then asked seldom."""

    delay: float
    """Seconds the site wants between two requests."""

    @property
    def key(self) -> QueryKey:
        return query_key(self.request)


def plan_requests(config: Config, words: WordLibrary) -> list[Planned]:
    """All queries of the config, each once, in the order of the file."""
    planned: dict[QueryKey, Planned] = {}
    for brand in config.brands:
        for name, source in brand.sources.items():
            for one in _planned(config, brand, Platform(name), source or SourceConfig(), words):
                planned.setdefault(one.key, one)
    return _with_covered_seldom(config, list(planned.values()))


def _with_covered_seldom(config: Config, planned: Sequence[Planned]) -> list[Planned]:
    """Queries that others cover share a small part of their platform's budget, however many they are."""
    covered = Counter(p.request.platform for p in planned if p.covered_by)
    slowest = {p: 3600 * count / (COVERED_SHARE * budget_of(config, p)) for p, count in covered.items()}
    return [
        dataclasses.replace(p, slowest=max(p.slowest, slowest[p.request.platform])) if p.covered_by else p
        for p in planned
    ]


def budget_of(config: Config, platform: Platform) -> int:
    """Requests an hour that a platform may be asked over all brands: the config's word, else the catalogue's."""
    given = {Platform(name): count for name, count in config.budgets.items()}
    return given.get(platform, CATALOGUE[platform].budget)


def _planned(
    config: Config, brand: BrandConfig, platform: Platform, source: SourceConfig, words: WordLibrary
) -> Iterator[Planned]:
    info = CATALOGUE[platform]
    fastest = source.every or config.polling.every
    slowest = max(config.polling.slowest, fastest)
    bare: dict[str, QueryKey] = {}
    for query, address in _searches(brand, platform, source, info, words):
        request = _request(brand, platform, source, query.text, config.polling.timeout, base_url=address)
        bare.setdefault(query.text, query_key(request))
        covered = bare.get(query.covered_by) if query.covered_by else None
        yield Planned(
            request=request,
            fastest=fastest,
            slowest=max(COVERED_SLOWEST, slowest) if covered else slowest,
            covered_by=covered,
            delay=Options.of(request).number("delay"),
        )
    seldom = max(fastest, SELDOM)
    for task, query_text in _further(brand, source, info):
        request = _request(brand, platform, source, query_text, config.polling.timeout, task=task)
        every = fastest if task is Task.STREAM else seldom
        delay = Options.of(request).number("delay")
        yield Planned(request=request, fastest=every, slowest=max(slowest, every), delay=delay)


def _searches(
    brand: BrandConfig, platform: Platform, source: SourceConfig, info: SourceInfo, words: WordLibrary
) -> Iterable[tuple[PlannedQuery, str | None]]:
    """Queries of the platform's search with the address to ask, None for the source's own."""

    def plain(texts: Iterable[str]) -> list[PlannedQuery]:
        return [PlannedQuery(text=text) for text in texts]

    if info.asks == "feeds":
        addresses = [*source.urls, *([source.base_url] if source.base_url else [])]
        return [(query, address) for address in addresses for query in plain(source.queries or [""])]
    if info.asks == "apps":
        return [(query, None) for query in plain([*source.apps, *(source.queries or [])])]
    if info.asks == "tags":
        tags = source.tags or [brand.name, *brand.aliases]
        asked = ["#" + "".join(tag.split()).lstrip("#") for tag in tags]  # a hashtag has no spaces
        return [(query, None) for query in plain([*asked, *(source.queries or [])])]
    if source.queries:
        return [(query, None) for query in plain(source.queries)]
    # a feed in place of the search filters by words itself and knows no alternatives
    asks_itself = platform is not Platform.NEWS or source.base_url is None or "{query}" in source.base_url
    heads = [brand.complaint_words] if brand.complaint_words is not None else query_words(words)
    joins = info.joins if asks_itself else ""
    found = plan_queries(brand.name, brand.aliases, heads, joins=joins, longest=info.longest_query)
    return [(query, None) for query in found]


def _further(brand: BrandConfig, source: SourceConfig, info: SourceInfo) -> Iterator[tuple[Task, str]]:
    """What a source is asked beside its search."""
    names = "|".join(dict.fromkeys([brand.name, *brand.aliases]))
    if Task.TOPICS in info.tasks:
        yield Task.TOPICS, names
    if Task.STREAM in info.tasks and (source.stream or source.options.get("mode") == "stream"):
        yield Task.STREAM, names
    if Task.ACCOUNT in info.tasks:
        for account in source.accounts:
            yield Task.ACCOUNT, account


def query_words(words: WordLibrary) -> list[list[str]]:
    """The first word of each complaint group, as many as QUERY_WORDS: what people search for beside the brand."""
    complaints = [g for g in words.groups.values() if g.category is not None and g.words]
    return [[g.words[0]] for g in complaints[:QUERY_WORDS]]


def _request(
    brand: BrandConfig,
    platform: Platform,
    source: SourceConfig,
    query: str,
    timeout: float,
    *,
    base_url: str | None = None,
    task: Task = Task.SEARCH,
) -> PollRequest:
    options = {**source.options, "robots": source.robots}
    way = accepted_options(platform).get("mode")
    if options.get("mode") == "stream" and (way is None or "stream" not in way.choices):
        del options["mode"]  # says which task is planned; the search keeps its own way
    options.setdefault("timeout", f"{timeout:g}")
    if source.delay is not None:
        options["delay"] = f"{source.delay:g}"
    if source.proxy is not None:
        options["proxy"] = source.proxy
    return PollRequest(
        platform=platform,
        brand=brand.name,
        query=query,
        base_url=base_url or source.base_url,
        limit=source.limit,
        options=tuple(sorted(options.items())),
        task=task,
    )
