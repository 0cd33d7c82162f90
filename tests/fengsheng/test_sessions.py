"""login and session: what is brought in, and what is said about a session's life."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.browser import find_browser
from crawlers.login import fetch_login
from crawlers.sessions import Login
from fengsheng.cli import run_command
from fengsheng.sessions import bring_profile, bring_state, check_session, profiles_folder, with_profiles
from records.errors import BadInput, Failed
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult, Task

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
needs_browser = pytest.mark.skipif(not find_browser(), reason="no browser on this machine")


def state_file(folder: Path, name: str, domain: str, days: float = 30) -> Path:
    file = folder / "brought.json"
    cookie = {
        "name": name,
        "value": "secret",
        "domain": domain,
        "path": "/",
        "expires": (NOW + timedelta(days)).timestamp(),
    }
    file.write_text(json.dumps({"cookies": [cookie], "origins": []}))
    return file


def control(platform: Platform) -> PollRequest:
    return PollRequest(platform=platform, brand="", query="天气", task=Task.CONTROL)


def report(platform: Platform, environment: dict[str, str], outcome: Outcome, detail: str = ""):
    asked: list[PollRequest] = []

    def fetch(request: PollRequest) -> PollResult:
        asked.append(request)
        return PollResult(request=request, outcome=outcome, detail=detail, started_at=NOW, ended_at=NOW)

    found = check_session(platform, environment=environment, now=NOW, request=control(platform), fetch=fetch)
    return found, asked


def test_profiles_lie_beside_the_database_unless_they_are_put_elsewhere(tmp_path: Path) -> None:
    database = tmp_path / "watch.db"
    assert profiles_folder(database, {}) == tmp_path / "profiles"
    assert with_profiles(database, {"A": "b", "FENGSHENG_PROFILES": "/x"}) == {"A": "b", "FENGSHENG_PROFILES": "/x"}


def test_a_brought_session_is_alive_when_the_platform_answers(tmp_path: Path) -> None:
    bring_state(Platform.ZHIHU, tmp_path / "profiles", state_file(tmp_path, "z_c0", ".zhihu.com"))
    environment = with_profiles(tmp_path / "watch.db", {})
    alive, asked = report(Platform.ZHIHU, environment, Outcome.ITEMS)
    assert (alive.verdict, asked[0].task) == ("alive", Task.CONTROL)
    assert alive.held is not None and alive.held.path == tmp_path / "profiles" / "zhihu" / "state.json"
    dead, _ = report(Platform.ZHIHU, environment, Outcome.BLOCKED_LOGIN, "HTTP 401")
    assert dead.verdict == "dead" and "HTTP 401" in dead.why and "fengsheng login zhihu" in dead.why
    captcha, _ = report(Platform.ZHIHU, environment, Outcome.BLOCKED_CAPTCHA)
    assert captcha.verdict == "dead" and "by hand" in captcha.why
    unknown, _ = report(Platform.ZHIHU, environment, Outcome.NETWORK, "no answer")
    assert unknown.verdict == "unknown" and "no answer" in unknown.why


def test_a_session_that_ran_out_is_dead_without_asking_the_platform(tmp_path: Path) -> None:
    bring_state(Platform.ZHIHU, tmp_path / "profiles", state_file(tmp_path, "z_c0", ".zhihu.com", days=-1))
    dead, asked = report(Platform.ZHIHU, with_profiles(tmp_path / "watch.db", {}), Outcome.ITEMS)
    assert dead.verdict == "dead" and asked == [] and "2026-11-19" in dead.why


def test_a_missing_key_is_named_and_never_shown() -> None:
    dead, asked = report(Platform.REDDIT, {"FENGSHENG_REDDIT_CLIENT_ID": "abc"}, Outcome.ITEMS)
    assert (dead.verdict, asked) == ("dead", []) and dead.why == "FENGSHENG_REDDIT_CLIENT_SECRET is not set"
    keys = {"FENGSHENG_REDDIT_CLIENT_ID": "abc", "FENGSHENG_REDDIT_CLIENT_SECRET": "hush-hush"}
    assert report(Platform.REDDIT, keys, Outcome.ITEMS)[0].verdict == "alive"
    refused, _ = report(Platform.REDDIT, keys, Outcome.BLOCKED_LOGIN)
    assert "not accepted" in refused.why and "hush" not in refused.why


@pytest.mark.parametrize(("content", "says"), [("{}", "cookies"), ("x", "JSON")])
def test_a_wrong_file_is_refused_and_nothing_is_written(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(BadInput, match=says):
        bring_state(Platform.WEIBO, tmp_path / "profiles", file)
    assert not (tmp_path / "profiles").exists()


@pytest.mark.browser
@needs_browser
def test_a_profile_made_elsewhere_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    import asyncio

    async def empty() -> None:
        done = asyncio.Event()
        done.set()
        login = Login(address="about:blank", domain="zhihu.com")
        with pytest.raises(Failed, match="before anybody logged in"):
            await fetch_login(login, tmp_path / "made", finished=done, headless=True)

    asyncio.run(empty())
    before = sorted(p.name for p in (tmp_path / "made").iterdir())
    with pytest.raises(Failed, match="nothing was saved"):
        bring_profile(Platform.ZHIHU, tmp_path / "profiles", tmp_path / "made")
    assert sorted(p.name for p in (tmp_path / "made").iterdir()) == before
    assert not (tmp_path / "profiles").exists()
    with pytest.raises(BadInput, match="no folder"):
        bring_profile(Platform.ZHIHU, tmp_path / "profiles", tmp_path / "nothing")


def test_the_commands_say_in_one_sentence_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FENGSHENG_DATABASE", str(tmp_path / "watch.db"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert run_command(["login", "zhihu"]) == 1
    assert "no display" in capsys.readouterr().err
    assert run_command(["login", "rss"]) == 2
    assert "needs no login" in capsys.readouterr().err
    assert run_command(["login", "bluesky"]) == 2
    assert "FENGSHENG_BLUESKY_APP_PASSWORD" in capsys.readouterr().err
    file = state_file(tmp_path, "z_c0", ".zhihu.com")
    assert run_command(["login", "zhihu", "--state", str(file)]) == 0
    assert "profiles/zhihu/state.json" in capsys.readouterr().out
    assert run_command(["session", "youtube", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["session"], told["why"]) == ("dead", "FENGSHENG_YOUTUBE_KEY is not set")
