"""Which polls a config means: each once, in the order of the file, with the options the spiders read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.options import Options
from fengsheng.config import CRAWLED, Config, parse_config
from fengsheng.polling import QUERY_WORDS, Planned, is_resting, plan_requests, query_words
from records.mention import Platform
from records.outcome import Outcome, PollRequest
from records.source import SourceHealth
from scoring.keywords import WordLibrary
from scoring.shipped import shipped_words

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def words() -> WordLibrary:
    return shipped_words()


def config_of(sources: str, more: str = "aliases: [Cc Tea], complaint_words: [投诉, 退款]") -> Config:
    text = f"brands: [{{name: 澄川, {more}, sources: {sources}}}]\npolling: {{every: 33, timeout: 44}}\n"
    config, problems = parse_config(text, "w.yaml", {})
    assert config is not None, problems
    return config


def queries(planned: list[Planned]) -> list[str]:
    return [p.request.query for p in planned]


def test_names_first_then_each_name_with_each_complaint_word(words: WordLibrary) -> None:
    planned = plan_requests(config_of("{weibo: }"), words)
    assert queries(planned) == ["澄川", "Cc Tea", "澄川 投诉", "澄川 退款", "Cc Tea 投诉", "Cc Tea 退款"]
    assert {p.request.platform for p in planned} == {Platform.WEIBO}
    assert {(p.every, p.request.limit, p.request.brand) for p in planned} == {(33, 50, "澄川")}


def test_without_complaint_words_the_library_gives_a_few(words: WordLibrary) -> None:
    heads = query_words(words)
    assert 0 < len(heads) <= QUERY_WORDS
    planned = plan_requests(config_of("{weibo: {}}", "rivals: []"), words)
    assert queries(planned) == ["澄川", *(f"澄川 {w}" for (w,) in heads)]
    none = plan_requests(config_of("{weibo: {}}", "complaint_words: []"), words)
    assert queries(none) == ["澄川"]


def test_own_queries_pace_and_options_of_a_source(words: WordLibrary) -> None:
    (planned,) = plan_requests(
        config_of("{weibo: {queries: [澄川 难喝], every: 7, limit: 9, delay: 0.5, robots: ignore, proxy: 'http://p:1', "
                  "base_url: 'http://127.0.0.1:9', options: {pages: 3}}}"), words
    )  # fmt: skip
    assert (planned.every, planned.request.limit, planned.request.base_url) == (7, 9, "http://127.0.0.1:9")
    assert dict(planned.request.options) == {
        "pages": "3", "robots": "ignore", "timeout": "44", "delay": "0.5", "proxy": "http://p:1"
    }  # fmt: skip


def test_a_timeout_of_the_source_wins(words: WordLibrary) -> None:
    planned = plan_requests(config_of("{weibo: {options: {timeout: 5}}}"), words)
    assert dict(planned[0].request.options)["timeout"] == "5"


def test_feeds_are_polled_one_by_one_and_each_once(words: WordLibrary) -> None:
    planned = plan_requests(
        config_of("{rss: {urls: ['https://a/f', 'https://b/f', 'https://a/f'], base_url: 'https://c/f'}}"), words
    )
    assert [(p.request.source, p.request.query) for p in planned] == [
        ("rss:https://a/f", ""), ("rss:https://b/f", ""), ("rss:https://c/f", "")
    ]  # fmt: skip
    planned = plan_requests(config_of("{rss: {urls: 'https://a/f', queries: [甲, 乙, 甲]}}"), words)
    assert queries(planned) == ["甲", "乙"]


def test_hashtags_have_no_spaces(words: WordLibrary) -> None:
    base = "base_url: 'https://m.example'"
    assert queries(plan_requests(config_of(f"{{mastodon: {{{base}}}}}"), words)) == ["#澄川", "#CcTea"]
    planned = plan_requests(config_of(f"{{mastodon: {{{base}, tags: ['#茶', 茶], queries: [难喝]}}}}"), words)
    assert queries(planned) == ["#茶", "难喝"]


def test_every_planned_request_is_accepted_by_its_spider(words: WordLibrary) -> None:
    config = config_of(
        "{weibo: {delay: 600}, xiaohongshu: {proxy: 'http://p:1'}, bluesky: , mastodon: {base_url: 'https://m'}, rss: {urls: 'https://a'}}"
    )
    planned = plan_requests(config, words)
    assert {p.request.platform for p in planned} == set(CRAWLED)
    for p in planned:
        assert Options.of(p.request).number("timeout") == 44


def test_brands_and_sources_come_in_the_order_of_the_file(words: WordLibrary) -> None:
    text = "brands: [{name: 乙, complaint_words: [], sources: {bluesky: , weibo: }}, {name: 甲, complaint_words: [], sources: {weibo: }}]"
    config, _ = parse_config(text, "w.yaml", {})
    assert config is not None
    found = [(p.request.brand, str(p.request.platform)) for p in plan_requests(config, words)]
    assert found == [("乙", "bluesky"), ("乙", "weibo"), ("甲", "weibo")]


@pytest.mark.parametrize(
    ("source", "brand", "minutes", "resting"),
    [("weibo", "澄川", 1, True), ("weibo", "澄川", 0, False), ("weibo", "澄川", -1, False), ("weibo", "澄川", None, False),
     ("weibo", "乙", 1, False), ("bluesky", "澄川", 1, False)],
)  # fmt: skip
def test_a_blocked_source_rests_until_its_next_try(source: str, brand: str, minutes: int | None, resting: bool) -> None:
    health = SourceHealth(
        source=source, brand=brand, outcome=Outcome.BLOCKED_RATE, last_try_at=NOW,
        next_try_at=None if minutes is None else NOW + timedelta(minutes=minutes),
    )  # fmt: skip
    request = PollRequest(platform=Platform.WEIBO, brand="澄川", query="澄川")
    assert is_resting(request, [health], NOW) is resting
    assert is_resting(request, [], NOW) is False
