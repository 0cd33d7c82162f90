"""One poll now (``crawl``) through the real child process, against local servers that speak the platforms' protocols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from fengsheng import crawling
from fengsheng.crawling import fetch_once
from records.errors import Failed
from records.mention import Platform
from records.outcome import PollRequest
from tests.crawlers.conftest import fixture_bytes
from tests.crawlers.site import Site, serve
from tests.fengsheng.builders import BRAND
from tests.fengsheng.conftest import Shell

FIELDS = (
    "id platform kind url brand query author title text published_at time_precision edited_at collected_at metrics region "
    "media topics parent_id root_id"
).split()
NOW = ("--option", "delay=0")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def test_bluesky_with_the_followers_of_its_authors(shell: Shell, site: Site, tmp_path: Path) -> None:
    ran = shell("crawl", "bluesky", "--query", "云杉茶饮", "--brand", "云杉茶饮", "--base-url", site.url("ok"), *NOW)
    assert ran.code == 0
    assert ran.err.splitlines()[-1].startswith("items: 3 mention(s)")
    assert all(set(FIELDS) <= set(m) for m in ran.records)
    assert {(m["platform"], m["brand"], m["query"]) for m in ran.records} == {("bluesky", "云杉茶饮", "云杉茶饮")}
    assert [m["author"]["followers"] for m in ran.records] == [812, 812, 812]
    assert set(ran.records[0]["metrics"]) == {"reads", "likes", "comments", "reposts", "saves"}
    assert ran.records[0]["metrics"]["reads"] is None and ran.records[0]["metrics"]["likes"] == 11
    assert list(tmp_path.iterdir()) == [], "nothing is stored unless asked"


class LockedBluesky(BaseHTTPRequestHandler):
    """Shows posts only to whoever opened a session with the right app password."""

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self._answer(404, b"")
        elif self.headers["Authorization"] != "Bearer opened":
            self._answer(403, b"<html><h1>403 Forbidden</h1></html>", "text/html")
        elif "searchPosts" in self.path:
            self._answer(200, b'{"posts": []}' if "cursor=" in self.path else fixture_bytes("bluesky_search.json"))
        else:
            actors = parse_qs(urlsplit(self.path).query)["actors"]
            profiles = [{"did": did, "followersCount": 30 + n} for n, did in enumerate(actors)]
            self._answer(200, json.dumps({"profiles": profiles}).encode())

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = given == {"identifier": "watch.example", "password": "abcd-efgh"}
        self._answer(200 if good else 401, b'{"accessJwt": "opened", "refreshJwt": "again"}' if good else b"{}")

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), LockedBluesky) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(5)


def test_a_403_page_is_a_block_that_an_app_password_opens_and_passwords_are_never_said(
    shell: Shell, locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("crawl", "bluesky", "--query", "云杉茶饮", "--base-url", locked, *NOW)
    ran = shell(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1] == (
        "fengsheng: bluesky could not be seen (blocked:login): this is blindness, not silence"
    )
    monkeypatch.setenv("FENGSHENG_BLUESKY_HANDLE", "watch.example")
    monkeypatch.setenv("FENGSHENG_BLUESKY_APP_PASSWORD", "wrong-pass-word")
    wrong = shell(*command)
    assert (wrong.code, wrong.out) == (1, "")
    assert "wrong-pass-word" not in wrong.err
    monkeypatch.setenv("FENGSHENG_BLUESKY_APP_PASSWORD", "abcd-efgh")
    right = shell(*command)
    assert right.code == 0, right.err
    assert max(m["author"]["followers"] for m in right.records) >= 30
    assert "abcd-efgh" not in right.out + right.err


def test_mastodon_reads_a_tag_and_stores_where_asked(
    shell: Shell, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGSHENG_DATABASE", "crawled.db")
    command = ("crawl", "mastodon", "--query", "云杉茶饮", "--base-url", site.url("ok"), *NOW, "--store")
    assert "--brand: --store needs --brand" in shell(*command).err
    ran = shell(*command, "--brand", "云杉茶饮")
    assert ran.code == 0
    seen = {m["id"] for m in ran.records}
    assert seen and {m["platform"] for m in ran.records} == {"mastodon"}
    assert f"stored {len(seen)} new, 0 updated" in ran.err
    stored = {r["id"] for r in shell("search", "", "--json").records}
    assert len(stored) == len(seen) and {i.rpartition("/")[2] for i in stored} == {i.rpartition("/")[2] for i in seen}
    assert not stored & {i for i in seen if "/users/" in i}, "the writer's handle in an id is stored as a keyed hash"
    again = shell(*command, "--brand", "云杉茶饮")
    assert "stored 0 new" in again.err


def test_a_rate_limit_is_named(shell: Shell, site: Site) -> None:
    ran = shell("crawl", "mastodon", "--query", "云杉茶饮", "--base-url", site.url("limited"), *NOW)
    assert (ran.code, ran.out) == (1, "")
    assert "mastodon could not be seen (blocked:rate)" in ran.err


def test_rss_reads_a_feed_and_limits_it(shell: Shell, site: Site) -> None:
    ran = shell("crawl", "rss", "--base-url", site.url("ok") + "/feed.xml", "--limit", "1")
    assert ran.code == 0
    (mention,) = ran.records
    assert mention["text"] or mention["title"]
    assert set(FIELDS) <= set(mention)


def test_a_server_that_is_not_there_is_network_not_silence(shell: Shell) -> None:
    ran = shell("crawl", "weibo", "--query", BRAND, "--base-url", "http://127.0.0.1:9", *NOW)
    assert (ran.code, ran.out) == (1, "")
    assert "weibo could not be seen (network)" in ran.err


# -- the child process ------------------------------------------------------------------------------------------------

REQUEST = PollRequest(platform=Platform.WEIBO, brand=BRAND, query=BRAND)


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a script in the place of the child's Python."""
    script = tmp_path / "child"
    script.write_text("#!/bin/sh\n" + text)
    script.chmod(0o755)
    monkeypatch.setattr(crawling.sys, "executable", str(script))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "echo some trouble >&2; echo ModuleError: the end >&2; exit 3",
            "ended without an answer: ModuleError: the end",
        ),
        ("exit 0", "ended without an answer: no output"),
        ('echo noise; echo \'{"error": "limit is 0"}\'', "was not accepted: limit is 0"),
    ],
)
def test_a_child_that_gives_no_answer_is_a_failure_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    program(tmp_path, monkeypatch, text)
    with pytest.raises(Failed, match=said):
        fetch_once(REQUEST)


def test_a_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(Failed, match=r"gave no answer within 0\.2 s"):
        fetch_once(REQUEST, patience=0.2)


def test_a_picture_without_words_is_a_mention_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = '{"id": "1", "platform": "weibo", "text": "", "media": ["image"], "metrics": {"likes": 0}}'
    answer = (
        '{"outcome": "items", "detail": "", "requests": 1, "skipped": 0, "retry_after": null, "caught_up": true, '
        '"control": "", "cursor": null, "gone": [], '
        f'"started_at": "2026-11-20T04:00:00+00:00", "ended_at": "2026-11-20T04:00:01+00:00", "mentions": [{record}]}}'
    )
    program(tmp_path, monkeypatch, f"cat > /dev/null\ncat <<'END'\n{answer}\nEND\n")
    (mention,) = fetch_once(REQUEST).mentions
    assert (mention.text, mention.brand, mention.query, mention.metrics.likes) == ("", BRAND, BRAND, 0)
