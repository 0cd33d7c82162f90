"""Which polls a config means: each once, in the order of the file, with the options the spiders read."""

from __future__ import annotations

import pytest

from crawlers.catalogue import CATALOGUE
from crawlers.options import Options
from fengsheng.config import CRAWLED, Config, parse_config
from fengsheng.planning import tight_budgets
from fengsheng.polling import COVERED_SHARE, QUERY_WORDS, SELDOM, Planned, budget_of, plan_requests, query_words
from records.mention import Platform
from records.outcome import Task
from scoring.keywords import WordLibrary
from scoring.shipped import shipped_words


@pytest.fixture(scope="module")
def words() -> WordLibrary:
    return shipped_words()


def config_of(sources: str, more: str = "aliases: [Cc Tea], complaint_words: [投诉, 退款]") -> Config:
    text = f"brands: [{{name: 澄川, {more}, sources: {sources}}}]\npolling: {{every: 33, timeout: 44}}\n"
    config, problems = parse_config(text, "w.yaml", {})
    assert config is not None, problems
    return config


def queries(planned: list[Planned], task: Task = Task.SEARCH) -> list[str]:
    return [p.request.query for p in planned if p.request.task is task]


def test_names_first_then_each_name_with_each_complaint_word(words: WordLibrary) -> None:
    planned = plan_requests(config_of("{weibo: }"), words)
    assert queries(planned) == ["澄川", "Cc Tea", "澄川 投诉", "澄川 退款", "Cc Tea 投诉", "Cc Tea 退款"]
    assert {p.request.platform for p in planned} == {Platform.WEIBO}
    assert {(p.request.limit, p.request.brand) for p in planned} == {(50, "澄川")}
    assert {p.fastest for p in planned if p.request.task is Task.SEARCH} == {33}


def test_without_complaint_words_the_library_gives_a_few(words: WordLibrary) -> None:
    heads = query_words(words)
    assert 0 < len(heads) <= QUERY_WORDS
    planned = plan_requests(config_of("{weibo: {}}", "rivals: []"), words)
    assert queries(planned) == ["澄川", *(f"澄川 {w}" for (w,) in heads)]
    none = plan_requests(config_of("{weibo: {}}", "complaint_words: []"), words)
    assert queries(none) == ["澄川"]


def test_own_queries_pace_and_options_of_a_source(words: WordLibrary) -> None:
    planned, topics = plan_requests(
        config_of("{weibo: {queries: [澄川 难喝], every: 7, limit: 9, delay: 0.5, robots: ignore, proxy: 'http://p:1', "
                  "base_url: 'http://127.0.0.1:9', options: {pages: 3}}}"), words
    )  # fmt: skip
    assert topics.request.task is Task.TOPICS
    assert (planned.fastest, planned.request.limit, planned.request.base_url) == (7, 9, "http://127.0.0.1:9")
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
    assert {p.covered_by for p in planned} == {None}
    planned = plan_requests(config_of("{rss: {urls: 'https://a/f', queries: [甲, 乙, 甲]}}"), words)
    assert queries(planned) == ["甲", "乙"]


def test_hashtags_have_no_spaces(words: WordLibrary) -> None:
    base = "base_url: 'https://m.example'"
    assert queries(plan_requests(config_of(f"{{mastodon: {{{base}}}}}"), words)) == ["#澄川", "#CcTea"]
    planned = plan_requests(config_of(f"{{mastodon: {{{base}, tags: ['#茶', 茶], queries: [难喝]}}}}"), words)
    assert queries(planned) == ["#茶", "难喝"]


def test_every_planned_request_is_accepted_by_its_spider(words: WordLibrary) -> None:
    config = config_of(
        "{weibo: {delay: 600, accounts: [1]}, xiaohongshu: {proxy: 'http://p:1'}, douyin: , kuaishou: , heimao: , bilibili: , "
        "zhihu: , tieba: , appstore: {apps: cn/1}, news: , reddit: , hackernews: , youtube: , bluesky: {stream: true}, "
        "mastodon: {base_url: 'https://m', options: {mode: stream}}, rss: {urls: 'https://a'}}"
    )
    planned = plan_requests(config, words)
    assert {p.request.platform for p in planned} == set(CRAWLED)
    for p in planned:
        assert Options.of(p.request).number("timeout") == 44


def test_brands_and_sources_come_in_the_order_of_the_file(words: WordLibrary) -> None:
    text = "brands: [{name: 乙, complaint_words: [], sources: {bluesky: , weibo: }}, {name: 甲, complaint_words: [], sources: {weibo: }}]"
    config, _ = parse_config(text, "w.yaml", {})
    assert config is not None
    found = [
        (p.request.brand, str(p.request.platform))
        for p in plan_requests(config, words)
        if p.request.task is Task.SEARCH
    ]
    assert found == [("乙", "bluesky"), ("乙", "weibo"), ("甲", "weibo")]


def test_the_sources_of_the_config_are_those_of_the_catalogue() -> None:
    assert set(CRAWLED) == set(CATALOGUE)


def test_a_query_that_a_bare_name_covers_is_asked_seldom(words: WordLibrary) -> None:
    planned = {p.request.query: p for p in plan_requests(config_of("{weibo: }"), words)}
    bare, narrow = planned["澄川"], planned["澄川 投诉"]
    assert (bare.covered_by, bare.slowest) == (None, 1800)
    assert narrow.covered_by == bare.key and narrow.slowest == 6 * 3600
    many = ", ".join(f"词{n}" for n in range(40))
    crowded = plan_requests(config_of("{weibo: }", f"complaint_words: [{many}]"), words)
    need = sum(3600 / p.slowest for p in crowded if p.covered_by)
    assert need == pytest.approx(COVERED_SHARE * 60), "and all of them together take little"


def test_alternatives_are_joined_where_the_platform_knows_them(words: WordLibrary) -> None:
    planned = queries(plan_requests(config_of("{news: }"), words))
    assert planned == ['澄川 OR "Cc Tea"', "澄川 (投诉 OR 退款)", '"Cc Tea" (投诉 OR 退款)']
    feed = queries(plan_requests(config_of("{news: {base_url: 'https://h/feed'}}"), words))
    assert "澄川" in feed and not any(" OR " in q for q in feed), "a feed filters by words and knows no alternatives"
    asked = queries(plan_requests(config_of("{news: {base_url: 'https://h/feed?q={query}'}}"), words))
    assert asked == planned


def test_apps_are_asked_by_their_ids(words: WordLibrary) -> None:
    assert queries(plan_requests(config_of("{appstore: {apps: [cn/414478124, us/1]}}"), words)) == [
        "cn/414478124",
        "us/1",
    ]


def test_hot_lists_accounts_and_streams_are_further_tasks(words: WordLibrary) -> None:
    planned = plan_requests(config_of("{weibo: {accounts: ['123', '456']}}"), words)
    assert queries(planned, Task.TOPICS) == ["澄川|Cc Tea"]
    assert queries(planned, Task.ACCOUNT) == ["123", "456"]
    assert {p.fastest for p in planned if p.request.task in (Task.TOPICS, Task.ACCOUNT)} == {SELDOM}
    assert queries(plan_requests(config_of("{bluesky: }"), words), Task.STREAM) == []
    by_mode = "{options: {mode: stream}, base_url: 'https://m'}"
    for name, chosen in (("bluesky", "{stream: true}"), ("bluesky", by_mode), ("mastodon", by_mode)):
        planned = plan_requests(config_of(f"{{{name}: {chosen}}}"), words)
        assert queries(planned, Task.STREAM) == ["澄川|Cc Tea"]
        assert queries(planned), "the search goes on"


def test_the_budget_is_the_config_s_or_the_catalogue_s(words: WordLibrary) -> None:
    config, _ = parse_config("brands: [{name: a}]\nbudgets: {weibo: 7}\n", "w.yaml", {})
    assert config is not None
    assert (budget_of(config, Platform.WEIBO), budget_of(config, Platform.DOUYIN)) == (7, 30)


def test_budgets_that_the_floors_do_not_fit_are_told_with_what_to_change(words: WordLibrary) -> None:
    def told(more: str, count: int = 40) -> list[str]:
        brands = ", ".join(f"{{name: 品牌{n}, complaint_words: [], sources: {{weibo: }}}}" for n in range(count))
        config, problems = parse_config(f"brands: [{brands}]\n{more}", "w.yaml", {})
        assert config is not None, problems
        return tight_budgets(config, words)

    (one,) = told("")
    assert "weibo: 80 queries need 160 requests an hour" in one and "its budget is 60" in one
    assert "3.0 times slower" in one and "budgets.weibo 178" in one and "polling.slowest 5334" in one
    assert told("budgets: {weibo: 178}\n") == [] == told("", count=6)
    assert told("polling: {slowest: 5400}\n") == []
    (fixed,) = told("polling: {adaptive: false}\n", count=1)
    assert "60" in fixed and "polling.adaptive" in fixed
