"""The polls that the crawlers' benchmarks make of the stand-ins: which sources, how deep, under which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.invented import BRAND
from benchmarks.stand_ins import group_words
from crawlers.options import accepted_options
from records.mention import Platform
from records.outcome import PollRequest

AT_ONCE = 6
"""Polls side by side, each of another site, as many as the worker runs (``fengsheng.worker.AT_ONCE``)."""
LIMIT = 50
"""Mentions of a poll as a source is shipped (``fengsheng.config.SourceConfig.limit``)."""
KEYS = {
    "FENGSHENG_YOUTUBE_KEY": "key-of-the-bench",
    "FENGSHENG_REDDIT_CLIENT_ID": "client-of-the-bench",
    "FENGSHENG_REDDIT_CLIENT_SECRET": "secret-of-the-bench",
}
"""Environment of a side: what the stand-ins accept. No other key of the machine's goes along (``clean_environment``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    platform: Platform
    page: int
    """Most posts of one page."""
    long: int = 1
    """Pages of a long look."""
    pace: int
    """Posts that plain Scrapy brings in about a second of processor time: what a run of some seconds is made of."""

    def pages(self, *, long: bool) -> int:
        """Pages that a poll reads at most; without ``long`` as the source is shipped."""
        return self.long if long else int(float(accepted_options(self.platform)["pages"].default))

    def posts(self, *, long: bool) -> int:
        """Posts that one poll brings where there are enough."""
        pages = self.pages(long=long)
        return pages * self.page if long else min(LIMIT, pages * self.page)


SOURCES: Mapping[Platform, Source] = {
    s.platform: s
    for s in (
        Source(platform=Platform.WEIBO, page=10, long=20, pace=2400),
        Source(platform=Platform.NEWS, page=100, pace=1900),
        Source(platform=Platform.RSS, page=100, pace=2500),
        Source(platform=Platform.REDDIT, page=100, long=5, pace=9800),
        Source(platform=Platform.HACKERNEWS, page=100, long=5, pace=12000),
        Source(platform=Platform.MASTODON, page=40, long=10, pace=5000),
        Source(platform=Platform.BLUESKY, page=100, long=5, pace=4500),
        Source(platform=Platform.APPSTORE, page=50, long=10, pace=8000),
        Source(platform=Platform.YOUTUBE, page=50, long=5, pace=4300),
    )
}
"""The sources that need no browser. Feeds have one page, of a hundred entries here."""


def poll_of(source: Source, base_url: str, number: int, *, long: bool) -> dict[str, Any]:
    """One poll of the ``number``-th group of posts, as JSON for ``request_of``."""
    words, platform = group_words(number), source.platform
    query, options = f"{BRAND} {words}", {"delay": "0"}
    if long:
        options["pages"] = str(source.long)
    if platform is Platform.RSS:
        base_url, query = f"{base_url}/feed.xml?q={words}", ""
    elif platform is Platform.MASTODON:
        query = f"#{words}"
    elif platform is Platform.APPSTORE:
        query = f"cn/{900_000_001 + number}"
    return {
        "platform": str(platform),
        "query": query,
        "base_url": base_url,
        "limit": source.posts(long=True) if long or source.long == 1 else LIMIT,
        "options": sorted(options.items()),
    }


def request_of(poll: Mapping[str, Any]) -> PollRequest:
    options = tuple((str(k), str(v)) for k, v in poll["options"])
    return PollRequest(**{**poll, "platform": Platform(poll["platform"]), "brand": BRAND, "options": options})


def by_site(polls: Sequence[Mapping[str, Any]]) -> Iterator[list[PollRequest]]:
    """Polls of one site, which wait for each other, for each of the sites."""
    sites: dict[str, list[PollRequest]] = {}
    for poll in polls:
        sites.setdefault(poll["base_url"].partition("/feed.xml")[0], []).append(request_of(poll))
    yield from sites.values()
