"""What ``doctor`` says of sources and chats: each is tried, and what does not work is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.sessions import KEYS, LOGINS
from fengsheng import examine
from fengsheng.wiring import House, load_house
from notifier import advice
from records.source import Breaker
from tests.crawlers.conftest import NOW
from tests.crawlers.site import Site, serve
from tests.fengsheng.conftest import Shell
from tests.notifier.bot_api import TOKEN, BotApi, fails, running_bot_api


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def bot_server() -> Iterator[BotApi]:
    with running_bot_api() as api:
        yield api


@pytest.fixture
def api(bot_server: BotApi) -> BotApi:
    bot_server.forget()
    return bot_server


def house(tmp_path: Path, text: str, **environment: str) -> House:
    (tmp_path / "watch.yaml").write_text(text, encoding="utf-8")
    return load_house(tmp_path / "watch.yaml", environment=environment, database=tmp_path / "w.db")


def test_every_source_is_tried_once_and_told_seen_from_unseen(tmp_path: Path, site: Site) -> None:
    sources = (
        f"    sources:\n      mastodon: {{base_url: '{site.url('limited')}', tags: [a, b], delay: 0}}\n"
        f"      rss: {{urls: ['{site.url('ok')}/feed.xml']}}\n"
    )
    watched = house(tmp_path, f"brands:\n  - name: 云杉茶饮\n{sources}  - name: 月光茶饮\n{sources}")
    limited, feed = examine.examine_sources(watched)
    assert (limited.what, limited.ok, limited.group) == ("source Mastodon", False, "unseen")
    assert limited.detail.startswith("被限速：")
    assert "budgets.mastodon" in limited.to_do
    assert feed.what.startswith("source RSS 127.0.0.1") and feed.ok
    assert feed.detail.startswith("可见，") and feed.detail.endswith(" 条") and (feed.group, feed.to_do) == ("seen", "")


def test_a_source_that_is_seen_again_is_probed_at_once(tmp_path: Path, site: Site) -> None:
    address = f"{site.url('ok')}/feed.xml"
    watched = house(tmp_path, f"brands: [{{name: 云杉茶饮, sources: {{rss: {{urls: ['{address}']}}}}}}]\n")
    later = datetime.now(UTC) + timedelta(hours=5)
    with watched.open_store() as store:
        store.save_breaker(Breaker(source=f"rss:{address}", is_open=True, unseen_since=NOW, next_try_at=later))
        assert next(examine.examine_sources(watched)).ok
        (breaker,) = store.load_breakers()
    assert breaker.is_open and breaker.next_try_at is not None and breaker.next_try_at < later


def test_reddit_is_tried_without_a_key_and_youtube_is_not(tmp_path: Path, site: Site) -> None:
    text = (
        f"brands: [{{name: 云杉茶饮, sources: {{reddit: {{base_url: '{site.url('limited')}'}}, youtube: {{}}}}}}]\n"
        "language: en\n"
    )
    watched = house(tmp_path, text, FENGSHENG_PROFILES=str(tmp_path / "p"))
    reddit, youtube = examine.examine_sources(watched)
    assert (reddit.ok, reddit.group) == (False, "unseen"), "its public search was asked, and refused"
    assert "public search" in reddit.detail and "mention(s)" not in reddit.detail
    assert youtube.group == "untested" and "FENGSHENG_YOUTUBE_KEY" in youtube.to_do
    key, missing = examine.examine_sessions(watched, NOW)
    assert key.ok and "without" in key.detail
    assert not missing.ok


def test_what_cannot_be_tested_here_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGSHENG_BROWSER", "/nonexistent")
    watched = house(tmp_path, "brands: [{name: 云杉茶饮, sources: {xiaohongshu: {}}}]\n")
    (found,) = examine.examine_sources(watched)
    assert (found.ok, found.group) == (False, "untested")
    assert "/nonexistent" in found.detail and "FENGSHENG_BROWSER" in found.to_do


def test_sessions_and_keys_are_named_and_never_shown(tmp_path: Path) -> None:
    text = (
        "brands: [{name: 云杉茶饮, sources: {weibo: {}, xiaohongshu: {}, mastodon: {base_url: 'https://m.example'}}}]\n"
    )
    watched = house(tmp_path, text, FENGSHENG_MASTODON_TOKEN="s3cret", FENGSHENG_PROFILES=str(tmp_path / "p"))
    weibo, xiaohongshu, mastodon = examine.examine_sessions(watched, NOW)
    assert weibo.ok and weibo.detail.startswith("none saved; fengsheng login weibo")
    assert mastodon.ok and mastodon.detail == "FENGSHENG_MASTODON_TOKEN set"
    for platform, state in (
        ("weibo", '{"cookies": [{"name": "SUB", "value": "s3cret", "domain": ".weibo.com"}]}'),
        ("xiaohongshu", "no"),
    ):
        (tmp_path / "p" / platform).mkdir(parents=True)
        (tmp_path / "p" / platform / "state.json").write_text(state)
    weibo, xiaohongshu, mastodon = examine.examine_sessions(watched, NOW)
    assert weibo.ok and weibo.detail.startswith("saved 20")
    assert not xiaohongshu.ok and "is no session of xiaohongshu" in xiaohongshu.detail
    assert "s3cret" not in str([weibo, xiaohongshu, mastodon])


def test_the_advice_knows_the_same_logins_and_keys_as_the_crawlers() -> None:
    assert {str(p) for p in LOGINS} == advice.LOGINS
    assert {str(p): tuple(names) for p, names in KEYS.items()} == dict(advice.KEYS)
    assert set(KEYS) >= examine.NEEDS_KEY


TELEGRAM = (
    "brands: [{{name: 星河咖啡}}]\nchats: {{crisis: {{channel: telegram, id: -1}}}}\ntelegram: {{base_url: '{}'}}\n"
)


def test_the_bot_is_asked_for_its_name(tmp_path: Path, api: BotApi) -> None:
    (found,) = examine.examine_channels(house(tmp_path, TELEGRAM.format(api.base_url), TELEGRAM_BOT_TOKEN=TOKEN))
    assert found.ok and "@fs_bot" in found.detail
    assert TOKEN not in found.detail
    api.script = [fails(401, "Unauthorized")]
    (refused,) = examine.examine_channels(house(tmp_path, TELEGRAM.format(api.base_url), TELEGRAM_BOT_TOKEN=TOKEN))
    assert not refused.ok
    assert TOKEN not in refused.detail


def test_a_missing_token_or_address_is_named(tmp_path: Path, api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_URL", raising=False)
    text = TELEGRAM.format(api.base_url).replace(
        "id: -1}}", "id: -1}, digest: {channel: apprise, url_env: DIGEST_URL}}"
    )
    telegram, digest = examine.examine_channels(house(tmp_path, text))
    assert (telegram.ok, telegram.detail) == (False, "TELEGRAM_BOT_TOKEN is not set")
    assert (digest.what, digest.ok) == ("chat digest", False)
    assert digest.detail == "DIGEST_URL is not set: it must hold the service's address"


def test_without_a_config_nobody_is_asked(tmp_path: Path, shell: Shell) -> None:
    bare = load_house(environment={}, database=tmp_path / "w.db")
    assert list(examine.examine_sources(bare)) == []
    assert list(examine.examine_channels(bare)) == []


def test_a_browser_that_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho missing libnss3.so >&2; exit 127\n")
    program.chmod(0o755)
    monkeypatch.setenv("FENGSHENG_BROWSER", str(program))
    (found,) = examine.examine_browser()
    assert not found.ok
    assert found.detail == f"{program}: missing libnss3.so"


def test_an_emotion_model_that_does_not_load_is_said(tmp_path: Path) -> None:
    class Broken:
        name = "broken"

        def score(self, texts: object) -> object:
            raise ImportError("no model here")

    checked = house(tmp_path, "brands: [{name: 星河咖啡}]\n")
    checked.__dict__["engine"] = Broken()
    (found,) = examine.examine_scorer(checked)
    assert (found.ok, found.detail) == (False, "ImportError: no model here")


def test_doctor_leaves_no_event_loop_behind(tmp_path: Path, api: BotApi) -> None:
    watched = house(tmp_path, TELEGRAM.format(api.base_url), TELEGRAM_BOT_TOKEN=TOKEN)
    for _ in range(2):
        assert next(examine.examine_channels(watched)).ok
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
