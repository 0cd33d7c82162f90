"""The operator's sessions: read without a word of their content, written whole and for the owner only."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from crawlers.login import display_fault, fetch_login
from crawlers.sessions import LOGINS, Login, find_state, parse_state, read_state, save_state
from records.errors import BadRecord, Failed
from records.mention import Platform
from tests.crawlers.standing import needs_browser

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECRET = "very-secret-value"


def cookie(name: str, domain: str, days: float = 30) -> dict:
    return {
        "name": name,
        "value": SECRET,
        "domain": domain,
        "path": "/",
        "expires": (NOW + timedelta(days=days)).timestamp(),
    }


def saved(folder: Path, platform: Platform, *cookies: dict) -> dict[str, str]:
    save_state(folder / platform / "state.json", {"cookies": list(cookies), "origins": []})
    return {"FENGSHENG_PROFILES": str(folder)}


def test_the_named_file_wins_over_the_folder_and_nothing_is_none(tmp_path: Path) -> None:
    environment = saved(tmp_path, Platform.ZHIHU, cookie("z_c0", ".zhihu.com"))
    assert find_state(Platform.ZHIHU, environment) == tmp_path / "zhihu" / "state.json"
    named = tmp_path / "own.json"
    named.write_text("{}")
    assert find_state(Platform.ZHIHU, environment | {"FENGSHENG_ZHIHU_STATE": str(named)}) == named
    assert find_state(Platform.WEIBO, environment) is None
    assert find_state(Platform.ZHIHU, {}) is None


def test_a_session_is_written_whole_for_its_owner_only_and_an_old_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "weibo" / "state.json"
    save_state(path, {"cookies": [], "origins": []})
    save_state(path, {"cookies": [cookie("SUB", ".weibo.cn")], "origins": []})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["cookies"][0]["name"] == "SUB"
    assert [p.name for p in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        json.dumps({"cookies": SECRET}),
        json.dumps({"cookies": [{"value": SECRET}]}),
        json.dumps({"cookies": [cookie("a", ".example.com")]}),
    ],
)
def test_what_is_no_session_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(BadRecord) as refused:
        parse_state(text, LOGINS[Platform.ZHIHU])
    assert SECRET not in str(refused.value)


def test_a_login_cookie_proves_a_session_until_it_runs_out(tmp_path: Path) -> None:
    environment = saved(tmp_path, Platform.BILIBILI, cookie("SESSDATA", ".bilibili.com"))
    held = read_state(Platform.BILIBILI, environment, now=NOW)
    assert held is not None and held.has_proof and held.ends_at == NOW + timedelta(days=30)
    late = read_state(Platform.BILIBILI, environment, now=NOW + timedelta(days=31))
    assert late is not None and late.has_proof is False
    environment = saved(tmp_path, Platform.BILIBILI, cookie("buvid3", ".bilibili.com"))
    guest = read_state(Platform.BILIBILI, environment, now=NOW)
    assert guest is not None and guest.has_proof is False
    environment = saved(tmp_path, Platform.BILIBILI, cookie("SESSDATA", ".bilibili.com") | {"expires": -1})
    lasting = read_state(Platform.BILIBILI, environment, now=NOW)
    assert lasting is not None and lasting.has_proof and lasting.ends_at is None


def test_where_guests_have_every_cookie_nothing_is_claimed(tmp_path: Path) -> None:
    held = read_state(
        Platform.XIAOHONGSHU, saved(tmp_path, Platform.XIAOHONGSHU, cookie("web_session", ".xiaohongshu.com")), now=NOW
    )
    assert held is not None and held.has_proof is None
    (tmp_path / "xiaohongshu" / "state.json").write_text("broken")
    assert read_state(Platform.XIAOHONGSHU, {"FENGSHENG_PROFILES": str(tmp_path)}, now=NOW) is None


def test_without_a_display_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert display_fault({"DISPLAY": ":0"}) is None and display_fault({"WAYLAND_DISPLAY": "w"}) is None
    fault = display_fault({}) or ""
    assert "--state" in fault and "--profile" in fault
    monkeypatch.setattr("sys.platform", "darwin")
    assert display_fault({}) is None


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/in":
            self.send_header("Set-Cookie", f"token={SECRET}; Max-Age=9999")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write("<script>localStorage.setItem('who', '操作员')</script>登录".encode())

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@needs_browser
def test_the_browser_keeps_the_login_on_a_profile_that_stays(tmp_path: Path) -> None:
    async def play(url: str) -> None:
        never = asyncio.Event()
        told: list[str] = []
        login = Login(address=f"{url}/in", domain="127.0.0.1", proof="token")
        state = await fetch_login(login, tmp_path / "p", finished=never, headless=True, say=told.append, longest=30)
        assert [c["value"] for c in state["cookies"]] == [SECRET] and told == ["logged in"]
        assert state["origins"][0]["localStorage"] == [{"name": "who", "value": "操作员"}]
        done = asyncio.Event()
        done.set()
        again = Login(address=f"{url}/out", domain="127.0.0.1", proof=None)
        kept = await fetch_login(again, tmp_path / "p", finished=done, headless=True, longest=30)
        assert [c["name"] for c in kept["cookies"]] == ["token"], "the profile stays"
        guest = Login(address=f"{url}/out", domain="127.0.0.1", proof="token")
        with pytest.raises(Failed, match="nobody logged in"):
            await fetch_login(guest, tmp_path / "q", finished=never, headless=True, longest=0)

    with site() as url:
        asyncio.run(play(url))
