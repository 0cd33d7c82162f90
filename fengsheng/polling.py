"""What is polled, how often: brands × sources × queries of the config become poll requests (W1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawlers.queries import plan_queries
from fengsheng.config import BrandConfig, Config, SourceConfig
from records.mention import Platform
from records.outcome import PollRequest
from records.source import SourceHealth
from scoring.keywords import WordLibrary

QUERY_WORDS = 6
"""Complaint words that go into queries where the config names none; each costs one request a round."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    request: PollRequest
    every: float
    """Seconds between two polls."""


def plan_requests(config: Config, words: WordLibrary) -> list[Planned]:
    """All polls of the config, each once, in the order of the file."""
    planned: dict[PollRequest, Planned] = {}
    for brand in config.brands:
        for name, source in brand.sources.items():
            chosen = source or SourceConfig()
            every = chosen.every or config.polling.every
            for request in _requests(brand, Platform(name), chosen, words, config.polling.timeout):
                planned.setdefault(request, Planned(request=request, every=every))
    return list(planned.values())


def _requests(
    brand: BrandConfig, platform: Platform, source: SourceConfig, words: WordLibrary, timeout: float
) -> Iterable[PollRequest]:
    def request(query: str, base_url: str | None = None) -> PollRequest:
        return _request(brand, platform, source, query, timeout, base_url)

    if platform is Platform.RSS:
        for address in [*source.urls, *([source.base_url] if source.base_url else [])]:
            for query in source.queries or [""]:
                yield request(query, address)
        return
    if platform is Platform.MASTODON:
        for tag in source.tags or [brand.name, *brand.aliases]:
            yield request("#" + "".join(tag.split()).lstrip("#"))  # a hashtag has no spaces
        for query in source.queries or []:
            yield request(query)
        return
    heads = [brand.complaint_words] if brand.complaint_words is not None else query_words(words)
    for query in source.queries or plan_queries(brand.name, brand.aliases, heads):
        yield request(query)


def query_words(words: WordLibrary) -> list[list[str]]:
    """The first word of each complaint group, as many as QUERY_WORDS: what people search for beside the brand."""
    complaints = [g for g in words.groups.values() if g.category is not None and g.words]
    return [[g.words[0]] for g in complaints[:QUERY_WORDS]]


def _request(
    brand: BrandConfig, platform: Platform, source: SourceConfig, query: str, timeout: float, base_url: str | None
) -> PollRequest:
    options = {**source.options, "robots": source.robots}
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
    )


def is_resting(request: PollRequest, health: Sequence[SourceHealth], now: datetime) -> bool:
    """True while a blocked source rests until its next try."""
    return any(
        h.source == request.source and h.brand == request.brand and h.next_try_at is not None and h.next_try_at > now
        for h in health
    )
