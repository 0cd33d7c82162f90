"""The crawlers' benchmarks run on a tiny size and bring all they were given; no timing is asserted."""

from __future__ import annotations

import math
import urllib.request
from datetime import UTC, datetime

import pytest

from benchmarks import __main__ as command
from benchmarks import browser_pages, idle_polls, spider_speed
from benchmarks.report import Result
from benchmarks.source_polls import LIMIT, SOURCES, poll_of, request_of
from benchmarks.stand_ins import StillStage, group_words, invent, stand_ins
from crawlers.browser import find_browser
from crawlers.catalogue import CATALOGUE
from crawlers.settings import load_settings
from fengsheng.config import SourceConfig
from fengsheng.worker import AT_ONCE
from records.mention import Platform

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_BROWSER = find_browser()


def sane(result: Result) -> None:
    assert not result.skipped and result.lines
    for line in result.lines:
        assert all(math.isfinite(x) for x in line.rounds), line.what
        assert all(r > 0 for r in result.ratios(line)), line.what


def test_every_source_without_a_browser_is_measured_as_it_is_shipped() -> None:
    assert set(SOURCES) == {p for p, info in CATALOGUE.items() if not info.needs_browser}
    assert spider_speed.AT_ONCE == AT_ONCE and SourceConfig().limit == LIMIT
    for source in SOURCES.values():
        request = request_of(poll_of(source, "http://127.0.0.1:9", 3, long=False))
        assert dict(request.options) == {"delay": "0"}
        assert request.limit == (LIMIT if source.long > 1 else source.page)
        long = request_of(poll_of(source, "http://127.0.0.1:9", 3, long=True))
        assert long.limit == source.long * source.page


def test_groups_of_invented_posts_are_found_by_their_own_words_alone() -> None:
    stage = StillStage(invent([Platform.WEIBO, Platform.NEWS], 12, 3), NOW)
    out = stage.out(Platform.WEIBO)
    assert stage.out(Platform.WEIBO) is out, "what is out is counted once"
    for number in range(12):
        assert sum(group_words(number) in p.post.text for p in out) == 3
    assert len({p.id for p in out}) == 36 + 3, "and the everyday posts, which no group's words find"
    assert all(p.published_at <= NOW for p in out)


def test_pages_are_rendered_once_for_all_addresses_and_named() -> None:
    with stand_ins([Platform.HACKERNEWS], sites=2, groups=1, size=3) as (urls, process):
        answers = []
        for number, site in enumerate(urls[Platform.HACKERNEWS]):
            page = f"{site}/api/v1/search_by_date?query={number * 0}&numericFilters=created_at_i%3E{number}"
            answers.append(urllib.request.urlopen(page).read())
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{site}/api/v1/items/1")
        kept = spider_speed.kept(site)
        assert process.is_running()
    assert answers[0] == answers[1] and [k.rpartition("=")[2] for k in kept] == ["created_at_i%3E0", "created_at_i%3E1"]
    assert not process.is_running()


def test_both_sides_bring_every_post_and_the_set_up_of_a_poll_is_told() -> None:
    result = spider_speed.run(1, quick=True, posts=60, platforms=[Platform.RSS])
    sane(result)
    first = result.line("rss, first look (100 posts), Fengsheng")
    assert first.rival == "rss, first look (100 posts), plain Scrapy" and len(result.ratios(first)) == 1
    assert result.line("rss, first look (100 posts), set-up").median > 0


def test_idle_polls_find_nothing_new_alone_and_in_the_workers_rounds() -> None:
    result = idle_polls.run(1, quick=True, times=2, platforms=[Platform.WEIBO])
    sane(result)
    alone = result.line("one poll of weibo").median
    assert result.line("of it around the spider (median of the sources)").median > 0 and alone > 0
    whole = result.line("idle round, all of it").median
    parts = [result.line(f"idle round, {p}").median for p in ("fetching", "Desk.take", "planning tick")]
    assert whole > 0 and all(p > 0 for p in parts)


@pytest.mark.skipif(not NO_BROWSER, reason=f"no browser on this machine: {NO_BROWSER.reason}")
def test_pages_of_the_standing_browser_are_compared_with_a_browser_for_each() -> None:
    size = browser_pages.Size(ours=1, theirs=1)
    result = browser_pages.run(1, quick=True, size=size, platforms=[Platform.BILIBILI])
    sane(result)
    assert result.line(browser_pages.OURS).rival == browser_pages.RIVAL
    assert result.line("browsers started").median == 1
    assert result.line("its memory after the first pages").median > 1


def test_growth_is_told_a_page_and_not_by_single_samples() -> None:
    assert browser_pages.growth([10.0] * 10) == (10, 10, 0)
    assert browser_pages.growth([10, 10, 90, *range(10, 22), 10, 20, 20]) == (10, 20, 10 / 15)


def test_settings_of_one_poll_are_its_own() -> None:
    one, other = load_settings({"DOWNLOAD_DELAY": 7.0}), load_settings({})
    assert (one.getfloat("DOWNLOAD_DELAY"), other.getfloat("DOWNLOAD_DELAY")) == (7.0, 2.0)
    copied = one.copy()
    copied.set("USER_AGENT", "another", priority="cmdline")
    copied.set("EXTENSIONS", {"x": 1}, priority="cmdline")
    assert "another" not in (one["USER_AGENT"], other["USER_AGENT"]) and "x" not in one["EXTENSIONS"]
    copied.freeze()
    one.set("USER_AGENT", "mine", priority="cmdline")
    assert (one["USER_AGENT"], copied["USER_AGENT"]) == ("mine", "another")
    with pytest.raises(TypeError):
        other["EXTENSIONS"].set("x", 1)


def test_the_command_knows_them() -> None:
    assert {"spider-speed", "idle-poll", "browser-pages"} <= set(command.BENCHMARKS)
