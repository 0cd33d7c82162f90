"""Pages a minute of the standing browser and what it leaks, against plain scrapy-playwright with a browser for every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks.invented import BRAND
from benchmarks.report import Result, Rounds
from benchmarks.spider_speed import run_side
from benchmarks.stand_ins import group_words, stand_ins
from crawlers.browser import find_browser
from records.mention import Platform

NAME = "browser-pages"
PLATFORMS = (Platform.XIAOHONGSHU, Platform.BILIBILI)
OPTIONS = {
    Platform.XIAOHONGSHU: {"delay": "0", "pages": "1", "details": "0", "profiles": "0"},
    Platform.BILIBILI: {"delay": "0", "pages": "1"},
}
"""One page a poll: that of the search, nothing is opened further."""
RIVAL = "plain scrapy-playwright, a browser for every page"
OURS = "Fengsheng, one standing browser"
SIZE = 20
"""Posts that every search finds: one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    ours: int
    """Polls of each platform that are timed, one page each."""
    theirs: int


FULL, QUICK = Size(ours=40, theirs=8), Size(ours=4, theirs=2)


def run(rounds: int, *, quick: bool, size: Size | None = None, platforms: Sequence[Platform] = PLATFORMS) -> Result:
    """Measure; every round runs both sides, in turned order.

    Raises:
        RuntimeError: a side did not bring every post.
    """
    size = size or (QUICK if quick else FULL)
    count = size.ours * len(platforms)
    about = (
        f"search pages of {' and '.join(platforms)} stand-ins, {SIZE} posts each, the answer of the page's own script read: "
        f"{count} in one standing browser, {size.theirs * len(platforms)} each in a browser of its own; no pauses"
    )
    browser = find_browser()
    if not browser:
        return Result(name=NAME, about=about, skipped=f"no browser on this machine: {browser.reason}")
    figures, memory = Rounds(), Rounds()
    with stand_ins(platforms, sites=1, groups=1, size=SIZE) as (urls, _):
        sides = {
            RIVAL: (
                "benchmarks.plain_browser",
                {"pages": [_page(p, urls[p][0]) for _ in range(size.theirs) for p in platforms]},
            ),
            OURS: (
                "benchmarks.browser_polls",
                {"polls": [_poll(p, urls[p][0]) for _ in range(size.ours + 1) for p in platforms]},
            ),
        }
        for number in range(rounds):
            order = list(sides) if number % 2 == 0 else list(sides)[::-1]
            found = {side: run_side(*sides[side]) for side in order}
            for side, answer in found.items():
                if answer["posts"] < SIZE * answer["pages"] or not answer["pages"]:
                    raise RuntimeError(f"{side} brought {answer['posts']} posts on {answer['pages']} pages")
            for side in sides:
                rival = "" if side == RIVAL else RIVAL
                figures.add(side, 60 * found[side]["pages"] / found[side]["seconds"], "pages/min", rival)
            first, last, leaked = growth(found[OURS]["memory"])
            memory.add("its memory after the first pages", first / 1e6, "MB")
            memory.add("its memory after the last pages", last / 1e6, "MB")
            memory.add("leaked", leaked / 1e6, "MB a page")
            memory.add("browsers started", found[OURS]["browsers"], "")
    notes = (
        "memory is what the browser's processes hold alone (USS), measured after every poll: medians of the first and the "
        "last fifth",
        "the rival's time ends when its page is parsed: closing its browser is left out",
    )
    return Result(name=NAME, about=about, lines=(*figures.lines(), *memory.lines()), notes=notes)


def growth(memory: Sequence[float]) -> tuple[float, float, float]:
    """Bytes in the first fifth, in the last fifth, and gained a page between the two."""
    part = max(1, len(memory) // 5)
    first, last = median(memory[:part]), median(memory[-part:])
    return first, last, (last - first) / max(1, len(memory) - part)


def _poll(platform: Platform, base_url: str) -> dict[str, Any]:
    return {
        "platform": str(platform),
        "query": _words(),
        "base_url": base_url,
        "limit": SIZE,
        "options": sorted(OPTIONS[platform].items()),
    }


def _page(platform: Platform, base_url: str) -> dict[str, str]:
    """The address that the spider of the platform opens for the same search."""
    if platform is Platform.XIAOHONGSHU:
        given, path = {"keyword": _words(), "source": "web_explore_feed", "sort": "time_descending"}, "/search_result"
    else:
        given, path = {"keyword": _words(), "order": "pubdate", "page": "1"}, "/video"
    return {"platform": str(platform), "address": f"{base_url}{path}?{urlencode(given, quote_via=quote)}"}


def _words() -> str:
    return f"{BRAND} {group_words(0)}"
