"""Whole polls through Scrapy against a stand-in site, in a child process (the reactor starts once in a process)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psutil
import pytest

from crawlers.catalogue import CATALOGUE
from tests.crawlers.site import NOTE, Site, serve
from tests.crawlers.standing import needs_browser

ROOT = Path(__file__).parents[2]
SECRETS = ("FENGSHENG_BLUESKY_HANDLE", "FENGSHENG_BLUESKY_APP_PASSWORD", "FENGSHENG_MASTODON_TOKEN")


class Worker:
    """``python -m crawlers.fetch`` kept open: one request in, one result out."""

    def __init__(self, **environment: str) -> None:
        clean = {k: v for k, v in os.environ.items() if k not in SECRETS}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crawlers.fetch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**clean, **environment},
            text=True,
        )

    def ask(
        self, platform: str, base_url: str | None, query: str = "云杉茶饮", *, limit: int = 50, **options: Any
    ) -> dict:
        request = {"platform": platform, "brand": "云杉茶饮", "query": query, "base_url": base_url, "limit": limit}
        request["options"] = {"delay": "0", **{k: str(v) for k, v in options.items()}}
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return json.loads(line)

    def kill_browser(self) -> None:
        for process in psutil.Process(self.process.pid).children():
            if "chrom" in process.name():
                process.kill()

    def close(self) -> str:
        """End it and give what it wrote to stderr; it must end by itself."""
        errors = self.process.communicate(timeout=20)[1]
        assert self.process.returncode == 0, errors
        return errors


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    running = Worker()
    yield running
    running.close()


@pytest.fixture
def make_worker() -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(**environment: str) -> Worker:
        made.append(Worker(**environment))
        return made[-1]

    yield make
    for running in made:
        if running.process.poll() is None:
            running.close()


def test_weibo_reads_pages_and_long_texts_and_spares_the_second_asking(site: Site, make_worker: Callable) -> None:
    worker = make_worker()
    site.asked.clear()
    result = worker.ask("weibo", site.url("ok"))
    assert (result["outcome"], len(result["mentions"]), result["source"]) == ("items", 6, "weibo")
    texts = {m["id"][-2:]: m["text"] for m in result["mentions"]}
    assert texts["12"].startswith("整理时间线：\n第一杯") and texts["13"] == "真的会谢"
    assert all((m["brand"], m["query"]) == ("云杉茶饮", "云杉茶饮") for m in result["mentions"])
    assert result["requests"] == 4, "robots.txt, two pages and one long text"
    again = worker.ask("weibo", site.url("ok"))
    assert again["mentions"][1]["text"] == texts["12"] and again["requests"] == 2
    listening = [c for c in psutil.Process(worker.process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == [], "no control server of any kind is left open"
    agent = next(h for p, h in site.asked if "getIndex" in p)["user-agent"]
    assert agent.startswith("Fengsheng/")
    assert [p for p, _ in site.asked].count("/robots.txt") <= 1, "robots.txt is remembered between polls"


def test_weibo_stops_at_the_limit(site: Site, worker: Worker) -> None:
    site.asked.clear()
    result = worker.ask("weibo", site.url("many"), limit=25, pages=10)
    robots = sum(p == "/robots.txt" for p, _ in site.asked)
    assert (result["outcome"], len(result["mentions"]), result["requests"] - robots) == ("items", 25, 3)


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("wall", "blocked:login"),
        ("redirect", "blocked:login"),
        ("432", "blocked:rate"),
        ("cut", "network"),
        ("suspect", "suspect"),
        ("forbidden", "blocked:bot"),
    ],
)
def test_weibo_walls(site: Site, worker: Worker, mode: str, outcome: str) -> None:
    result = worker.ask("weibo", site.url(mode))
    assert (result["outcome"], result["mentions"]) == (outcome, []) and result["detail"]
    assert result["retry_after"] == (120.0 if mode == "432" else None)


def test_robots_can_be_overridden_for_one_source(site: Site, worker: Worker) -> None:
    assert worker.ask("weibo", site.url("forbidden"), robots="ignore")["outcome"] == "suspect"


def test_an_unproven_empty_answer_is_asked_once_more_and_then_the_control_query(
    site: Site, make_worker: Callable
) -> None:
    worker = make_worker()
    site.asked.clear()
    result = worker.ask("weibo", site.url("suspect"))
    asked = [p for p in site.paths("suspect") if "getIndex" in p]
    assert len(asked) == 4 and result["requests"] == 4 + sum(p == "/robots.txt" for p, _ in site.asked)
    assert sum("天气" in unquote(unquote(p)) for p in asked) == 2
    assert (result["outcome"], result["control"]) == ("suspect", "failed") and "天气" in result["detail"]


def test_a_block_after_a_good_page_keeps_the_page_and_tells_the_block(site: Site, worker: Worker) -> None:
    result = worker.ask("weibo", site.url("late-wall"))
    assert result["outcome"] == "blocked:login" and len(result["mentions"]) == 6


def test_a_slow_site_ends_in_time_and_does_not_harm_the_next_poll(site: Site, worker: Worker) -> None:
    result = worker.ask("weibo", site.url("slow"), timeout=1)
    assert result["outcome"] == "network" and "1 s" in result["detail"]
    assert worker.ask("weibo", site.url("ok"))["outcome"] == "items"


def test_polls_of_one_site_keep_its_delay_between_them(site: Site, worker: Worker) -> None:
    first = worker.ask("weibo", site.url("wall"), delay=0.6)
    second = worker.ask("weibo", site.url("wall"), delay=0.6)
    gap = datetime.fromisoformat(second["started_at"]) - datetime.fromisoformat(first["ended_at"])
    assert gap.total_seconds() >= 0.55


def test_nothing_listens_and_wrong_arguments(worker: Worker) -> None:
    assert worker.ask("weibo", "http://127.0.0.1:9")["outcome"] == "network"
    assert worker.ask("weibo", "file:///etc/passwd")["outcome"] == "changed"
    assert "delay" in worker.ask("weibo", None, delay="soon")["detail"]
    assert "no spider" in worker.ask("twitter", None)["detail"]
    assert "error" in worker.ask("myspace", None)


def test_bluesky_without_login(site: Site, worker: Worker) -> None:
    result = worker.ask("bluesky", site.url("ok"))
    assert result["outcome"] == "items"
    assert [m["author"]["followers"] for m in result["mentions"]] == [812, 812, 812]
    assert worker.ask("bluesky", site.url("closed"))["outcome"] == "blocked:login"


def test_bluesky_with_app_password_refreshes_once_and_keeps_the_session(site: Site, make_worker: Callable) -> None:
    site.asked.clear()
    worker = make_worker(FENGSHENG_BLUESKY_HANDLE="watch.example", FENGSHENG_BLUESKY_APP_PASSWORD="abcd-efgh")
    assert worker.ask("bluesky", site.url("closed"))["outcome"] == "blocked:login", "the session expired at once"
    assert worker.ask("bluesky", site.url("closed"))["outcome"] == "items"
    assert worker.ask("bluesky", site.url("closed"))["outcome"] == "items"
    sessions = [p.rpartition(".")[2] for p in site.paths("closed") if "server" in p]
    assert sessions == ["createSession", "refreshSession"]
    errors = worker.close()
    assert "abcd-efgh" not in errors and "second" not in errors


def test_bluesky_with_a_wrong_password_says_so(site: Site, make_worker: Callable) -> None:
    worker = make_worker(FENGSHENG_BLUESKY_HANDLE="watch.example", FENGSHENG_BLUESKY_APP_PASSWORD="wrong")
    result = worker.ask("bluesky", site.url("closed"))
    assert result["outcome"] == "blocked:login" and "app password" in result["detail"]


def test_mastodon_tags(site: Site, worker: Worker) -> None:
    result = worker.ask("mastodon", site.url("ok"))
    assert (result["outcome"], len(result["mentions"])) == ("items", 3)
    assert len(worker.ask("mastodon", site.url("ok"), "云杉茶饮 退款")["mentions"]) == 1
    assert worker.ask("mastodon", site.url("ok"), "云杉茶饮 赔偿")["outcome"] == "empty"
    assert len(worker.ask("mastodon", site.url("ok"), "x", tags="云杉茶饮,白桃")["mentions"]) == 3
    assert worker.ask("mastodon", site.url("closed"))["outcome"] == "blocked:login"
    limited = worker.ask("mastodon", site.url("limited"))
    assert (limited["outcome"], limited["retry_after"]) == ("blocked:rate", 77.0)


def test_mastodon_reads_forward_from_an_id_without_gaps(site: Site, worker: Worker) -> None:
    site.asked.clear()
    worker.ask("mastodon", site.url("ok"), min_id="100")
    asked = [p for p in site.paths("ok") if "timelines" in p]
    assert [p.rpartition("min_id=")[2] for p in asked] == ["100", "115500000000000004"]


def test_mastodon_search_needs_a_token_and_a_proof(site: Site, worker: Worker, make_worker: Callable) -> None:
    assert worker.ask("mastodon", site.url("ok"), mode="search")["outcome"] == "suspect"
    signed_in = make_worker(FENGSHENG_MASTODON_TOKEN="token-1")
    assert signed_in.ask("mastodon", site.url("ok"))["outcome"] == "items"
    assert signed_in.ask("mastodon", site.url("ok"), "没人说过")["outcome"] == "empty"
    assert signed_in.ask("mastodon", site.url("no-index"))["outcome"] == "suspect"


def test_feeds(site: Site, worker: Worker) -> None:
    feed = site.url("ok") + "/feed.xml"
    result = worker.ask("rss", feed, "")
    assert (result["outcome"], len(result["mentions"]), result["source"]) == ("items", 2, f"rss:{feed}")
    assert [m["platform"] for m in worker.ask("rss", feed, "有虫")["mentions"]] == ["weibo"]
    assert worker.ask("rss", feed, "没有这个词")["outcome"] == "empty"
    assert len(worker.ask("rss", feed + "?q={query}", "没有这个词")["mentions"]) == 2, "the feed itself was asked"
    assert len(worker.ask("rss", site.url("moved") + "/feed.xml", "")["mentions"]) == 2
    assert worker.ask("rss", site.url("down") + "/feed.xml")["outcome"] == "blocked:rate"
    assert worker.ask("rss", site.url("ok") + "/nowhere.xml")["outcome"] == "gone"
    assert "base_url" in worker.ask("rss", None)["detail"]


def test_an_unchanged_feed_is_not_sent_again_but_only_for_the_same_query(site: Site, worker: Worker) -> None:
    feed = site.url("etag") + "/feed.xml"
    assert worker.ask("rss", feed, "")["outcome"] == "items"
    assert "not changed" in worker.ask("rss", feed, "")["detail"]
    assert worker.ask("rss", feed, "有虫")["outcome"] == "items"


@needs_browser
def test_xiaohongshu_in_a_real_browser_kept_for_the_next_poll(site: Site, make_worker: Callable) -> None:
    site.asked.clear()
    worker = make_worker()
    result = worker.ask("xiaohongshu", site.url("ok"), wait=8, details=2)
    assert (result["outcome"], len(result["mentions"])) == ("items", 5), result["detail"]
    assert result["mentions"][-1]["title"] == "第二屏", "scrolling asked for the second screen"
    first = result["mentions"][0]
    assert first["id"] == NOTE and first["text"].startswith("喝到一半#云杉白桃乌龙#")
    assert (first["author"]["followers"], first["author"]["verified"], first["region"]) == (86_000, "personal", "广西")
    assert "别人的推荐" not in [m["title"] for m in result["mentions"]]
    assert "token" not in json.dumps(result), "tokens of the session are never kept"
    assert "-510000" in result["detail"], "the second note is gone, which is told"
    opened = [p for p in site.paths("ok") if p.startswith("/explore/")]
    again = worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)
    assert again["mentions"][0]["text"] == first["text"] and again["browsers"] == result["browsers"] == 1
    assert [p for p in site.paths("ok") if p.startswith("/explore/")] == opened
    family = psutil.Process(worker.process.pid).children(recursive=True)
    assert len(family) > 1
    worker.close()
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE], "no browser is left behind"


@needs_browser
def test_xiaohongshu_walls(site: Site, make_worker: Callable) -> None:
    worker = make_worker()
    assert worker.ask("xiaohongshu", site.url("wall"), wait=8)["outcome"] == "blocked:login"
    assert worker.ask("xiaohongshu", site.url("captcha"), wait=8)["outcome"] == "blocked:captcha"
    silent = worker.ask("xiaohongshu", site.url("silent"), wait=1)
    assert silent["outcome"] == "changed" and "never asked" in silent["detail"]
    throttled = worker.ask("xiaohongshu", site.url("throttled"), wait=8)
    assert throttled["outcome"] == "blocked:rate" and len(throttled["mentions"]) == 4
    assert worker.ask("xiaohongshu", "http://127.0.0.1:9", wait=1)["outcome"] == "network"


@needs_browser
def test_a_browser_that_died_is_replaced(site: Site, make_worker: Callable) -> None:
    worker = make_worker()
    worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)
    worker.kill_browser()
    result = worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)
    assert (result["outcome"], result["browsers"]) == ("items", 2)


@needs_browser
def test_a_browser_that_dies_during_a_poll_costs_a_second_attempt_and_never_the_next_poll(
    site: Site, make_worker: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker()
    deaths = iter([worker.kill_browser])
    monkeypatch.setattr(site, "meanwhile", lambda: next(deaths, lambda: None)())
    once = worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)
    assert (once["outcome"], once["browsers"]) == ("items", 2), "the poll was made again with a new one"
    monkeypatch.setattr(site, "meanwhile", worker.kill_browser)
    twice = worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)
    assert (twice["outcome"], twice["mentions"]) == ("network", []) and twice["detail"]
    monkeypatch.setattr(site, "meanwhile", lambda: None)
    assert worker.ask("xiaohongshu", site.url("ok"), wait=8, details=0)["outcome"] == "items"


def test_without_any_browser_the_poll_says_so_and_others_go_on(site: Site, make_worker: Callable) -> None:
    worker = make_worker(FENGSHENG_BROWSER="/nowhere/chromium")
    result = worker.ask("xiaohongshu", site.url("ok"))
    assert result["outcome"] == "network" and result["detail"].startswith(
        "no browser on this machine: FENGSHENG_BROWSER"
    )
    assert worker.ask("weibo", site.url("ok"))["outcome"] == "items"


def test_scrapys_own_command_line(site: Site, tmp_path: Path) -> None:
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    spiders = {info.spider.rpartition(".")[2].partition(":")[0] for info in CATALOGUE.values()}
    assert set(listed.stdout.split()) == spiders
    out = tmp_path / "mentions.jsonl"
    crawl = [
        *scrapy,
        "crawl",
        "weibo",
        "-a",
        "query=云杉",
        "-a",
        f"base_url={site.url('ok')}",
        "-s",
        "DOWNLOAD_DELAY=0",
    ]
    subprocess.run([*crawl, "-O", str(out)], cwd=ROOT, capture_output=True, check=True)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 6 and rows[0]["metrics"]["reposts"] == 25_000 and rows[0]["query"] == "云杉"
