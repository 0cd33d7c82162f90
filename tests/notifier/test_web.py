"""The web chat: pressing works, and strangers (in posts, on the network, on other sites) get nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import notifier
from notifier.channels.passwords import check_password, make_password_hash, parse_passwords
from notifier.channels.web import WebChannel, WebSettings, make_web_app
from notifier.channels.web_guard import is_loopback
from notifier.messages import render_alert, render_card, render_notice
from playbooks.state import Notice
from records.chat import Message, Press
from tests.notifier.builders import (
    NOW,
    PEOPLE,
    FakeStore,
    make_evidence,
    make_item,
    make_message,
    make_state,
    make_view,
    minutes,
)

HASH = make_password_hash("correct horse", b"0123456789abcdef")
SECRET = b"s" * 32


class World:
    """A page with one incident, its presses, and a clock in the hands of the test."""

    def __init__(self, **settings: Any) -> None:
        self.store, self.presses, self.now = FakeStore(), [], NOW
        self.cards: dict[str, Message] = {}
        self._settings = WebSettings(**{"secret": SECRET, **settings})
        host = self._settings.names[0] if self._settings.names else "127.0.0.1"
        app = make_web_app(self.store, self._press, lambda: PEOPLE, self._card, self._settings, clock=self._clock)
        self.client = TestClient(app, base_url=f"http://{host}:8080", follow_redirects=False)

    def _clock(self) -> datetime:
        return self.now

    def _card(self, incident: str, channel: str, target: str) -> Message | None:
        return self.cards.get(incident)

    async def _press(self, press: Press) -> str:
        self.presses.append(press)
        return "已由你接手"

    def deliver(self, **changes: Any) -> None:
        item = make_item(**{"channel": "web", "target": "crisis", **changes})
        self.store.mark_sent(self.store.queue(item)[0], "web-1", self.now)

    def open_incident(self, **changes: Any) -> None:
        view = make_view(**changes)
        self.cards[view.state.id] = render_card(view)
        self.deliver(kind="card", message=None, incident=view.state.id)

    def page(self, path: str = "/") -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def csrf(self, path: str = "/") -> str:
        return str(re.search(r'name="csrf" value="([^"]+)"', self.page(path))[1])  # type: ignore[index]

    def choose(self, person: str = "p_zhao") -> None:
        answer = self.client.post("/me", data={"csrf": self.csrf(), "person": person})
        assert answer.status_code == 303

    def press(self, **form: str) -> Any:
        data = {"csrf": self.csrf(), "token": "tok1", "target": "crisis", **form}
        return self.client.post("/press", data=data, headers={"accept": "application/json"})


@pytest.fixture
def world() -> World:
    return World()


def test_the_card_stands_with_its_steps_and_buttons_and_alerts_below(world: World) -> None:
    world.open_incident()
    world.deliver(message=make_message("🔔 第二条"), kind="reminder")
    page = world.page()
    for part in (
        "红色预警 · 星河咖啡",
        "阈值 10（规则 D2）",
        "接手 1 紧急小组",
        "小红书：01:20 起看不见（要求登录）",
        "第二条",
        "赵（技术 A、客服 A）",
    ):
        assert part in page
    assert 'href="https://m.weibo.cn/detail/501" target="_blank" rel="noopener noreferrer nofollow"' in page
    assert page.index("紧急小组</div>") < page.index("接手 1 紧急小组") < page.index("止损措施</div>"), (
        "a step has its buttons"
    )


def test_newest_message_at_the_bottom(world: World) -> None:
    world.deliver(message=make_message("先到"), kind="reminder")
    world.now += minutes(5)
    world.deliver(message=make_message("后到"), kind="reminder")
    assert world.page().index("先到") < world.page().index("后到")


def test_only_delivered_messages_of_the_web_channel_are_shown(world: World) -> None:
    world.store.queue(make_item(channel="web", target="crisis", message=make_message("还没送达")))
    world.deliver(channel="telegram", message=make_message("别的渠道"))
    assert "还没送达" not in world.page() and "别的渠道" not in world.page()


def test_one_chat_can_be_shown_alone() -> None:
    world = World(target="crisis")
    world.deliver(target="operators", message=make_message("给值守"), kind="operations")
    world.deliver(message=make_message("给危机群"), kind="reminder")
    assert "给值守" not in world.page() and "给危机群" in world.page()


def test_an_alert_whose_card_is_shown_folds_and_loses_its_buttons(world: World) -> None:
    world.deliver(message=render_alert(make_view()))
    assert world.page().count("接手 1 紧急小组") == 1
    world.open_incident()
    assert world.page().count("接手 1 紧急小组") == 1 and 'class="fold"' in world.page()


def test_hostile_posts_stay_text(world: World) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} \"'\u202e"
    evidence = make_evidence(text=hostile, author=hostile, url='javascript:alert(1)//"')
    world.open_incident(evidence=(evidence,))
    world.deliver(message=render_alert(make_view(evidence=(evidence,))))
    world.deliver(message=make_message(hostile, hostile), kind="reminder")
    page = world.page()
    assert "<script>alert" not in page and "<img src=x" not in page and "javascript:" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "{{ 7*7 }}" in page and "\u202e" not in page


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for path in ("/", "/feed", "/assets/chat.css", "/nowhere"):
        headers = world.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    pages = Path(notifier.__file__).parent / "pages"
    for file in pages.iterdir():
        text = file.read_text(encoding="utf-8")
        outside = [
            u for u in re.findall(r"https?://[^\s\"')]+", text) if not u.startswith("http://www.w3.org/2000/svg")
        ]
        assert outside == [], file.name
        assert not re.search(r"<script(?! src=\"/assets/)|\son[a-z]+=|style=\"|<style", text), file.name


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "evil.example:8080", "", "169.254.0.1"]
)
def test_a_foreign_host_name_is_refused(world: World, host: str) -> None:
    assert world.client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080"])
def test_this_machine_is_welcome(world: World, host: str) -> None:
    assert world.client.get("/", headers={"host": host}).status_code == 200


def test_a_press_carries_person_token_and_chat(world: World) -> None:
    world.choose()
    answer = world.press(token="tok_9-A")
    assert answer.json() == {"ok": True, "text": "已由你接手"}
    assert world.presses == [Press(channel="web", account="p_zhao", target="crisis", token="tok_9-A", at=NOW)]


def test_typed_evidence_is_cleaned_and_needed_where_asked(world: World) -> None:
    world.choose()
    assert world.press(asks="evidence", typed="   ").status_code == 400
    assert world.press(asks="reason").json()["text"] == "请写下原因。"
    world.press(asks="evidence", typed=" 群已建\u202e <b> ")
    assert [p.typed for p in world.presses] == ["群已建 <b>"]


def test_without_script_a_press_answers_with_a_page(world: World) -> None:
    world.choose()
    answer = world.client.post("/press", data={"csrf": world.csrf(), "token": "tok1"})
    assert answer.status_code == 200 and "已由你接手" in answer.text and "返回" in answer.text


def test_nobody_presses_without_saying_who(world: World) -> None:
    assert world.press().json() == {"ok": False, "text": "请先在右上角选择「我是」，再按按钮。"}
    world.choose("p_unknown")
    assert world.press().status_code == 400
    assert world.presses == []


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"csrf": "wrong"}, {}),
        ({"csrf": ""}, {}),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"origin": "null"}),
        ({}, {"sec-fetch-site": "cross-site"}),
        ({}, {"content-type": "text/plain"}),
    ],
)
def test_forged_presses_are_refused(world: World, form: dict[str, str], headers: dict[str, str]) -> None:
    world.choose()
    data = {"csrf": world.csrf(), "token": "tok1", **form}
    for path in ("/press", "/me"):
        answer = world.client.post(path, data=data, headers=headers)
        assert answer.status_code == 403
    assert world.presses == []


@pytest.mark.parametrize("token", ["", "x" * 41, "接手", "a b", "../x"])
def test_tokens_that_cannot_be_ours_never_reach_the_use_case(world: World, token: str) -> None:
    world.choose()
    assert world.press(token=token).status_code == 400
    assert world.presses == []


def test_a_huge_form_is_not_read(world: World) -> None:
    world.choose()
    assert world.press(typed="x" * 70_000).status_code == 403


def test_a_forged_or_old_session_is_a_fresh_one(world: World) -> None:
    world.choose()
    assert 'value="p_zhao" selected' in world.page()
    world.now += timedelta(hours=13)
    assert 'value="p_zhao" selected' not in world.page()
    world.client.cookies.set("fengsheng_chat", "eyJwZXJzb24iOiJwX3poYW8ifQ.forged")
    assert 'value="p_zhao" selected' not in world.page()


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(world: World) -> None:
    cookie = world.client.get("/").headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
    assert "secure" in World(https=True).client.get("/").headers["set-cookie"].lower()


def test_the_feed_changes_only_when_something_changed(world: World) -> None:
    world.open_incident()
    first = world.client.get("/feed")
    mark = first.headers["etag"]
    again = world.client.get("/feed", headers={"if-none-match": mark})
    assert again.status_code == 304
    world.open_incident(now=NOW + minutes(1))
    assert world.client.get("/feed", headers={"if-none-match": mark}).status_code == 304, "the minute alone is no news"
    world.deliver(message=make_message("新"), kind="reminder")
    assert world.client.get("/feed", headers={"if-none-match": mark}).status_code == 200


def test_only_the_pages_assets_are_served(world: World) -> None:
    assert world.client.get("/assets/chat.js").status_code == 200
    for name in ("chat.html", "..%2Fweb.py", "%2e%2e/view.py", "feed.html"):
        assert world.client.get(f"/assets/{name}").status_code == 404


def test_a_drill_is_marked_on_page_and_card() -> None:
    world = World(drill=True)
    world.open_incident(state=make_state(drill=True))
    page = world.page()
    assert "演练：这不是真实事件" in page and "演练 DRILL" in page


def test_english() -> None:
    world = World(lang="en")
    world.open_incident(lang="en")
    page = world.page()
    assert "Take 1 Emergency group" in page and "I am" in page and 'lang="en"' in page


def test_a_notice_keeps_its_buttons(world: World) -> None:
    notice = Notice(incident="x", step="repair", kind="hand_over", role="tech", holder="B", due_at=NOW + minutes(4))
    world.deliver(message=render_notice(notice, make_view()), kind="reminder")
    assert "接手 4 技术修复" in world.page()


# -- behind a login ---------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded() -> World:
    return World(host="0.0.0.0", names=("crisis.example",), passwords={"赵": HASH, "离职": HASH})


def log_in(world: World, name: str = "赵", password: str = "correct horse") -> Any:
    return world.client.post("/login", data={"csrf": world.csrf("/login"), "name": name, "password": password})


def test_reachable_from_outside_needs_passwords() -> None:
    with pytest.raises(ValueError, match="passwords file is needed"):
        World(host="0.0.0.0", names=("crisis.example",))


def test_nothing_is_seen_before_the_login(guarded: World) -> None:
    guarded.open_incident()
    assert guarded.client.get("/").headers["location"] == "/login"
    assert guarded.client.get("/feed").status_code == 401
    answer = guarded.client.post("/press", data={"csrf": guarded.csrf("/login"), "token": "t"})
    assert answer.status_code == 403 and guarded.presses == []
    assert "星河咖啡" not in guarded.page("/login")


def test_login_press_and_logout(guarded: World) -> None:
    assert log_in(guarded).headers["location"] == "/"
    guarded.press()
    assert [p.account for p in guarded.presses] == ["p_zhao"]
    assert guarded.client.post("/me", data={"csrf": guarded.csrf(), "person": "p_chen"}).status_code == 403, (
        "nobody is somebody else"
    )
    guarded.client.post("/logout", data={"csrf": guarded.csrf()})
    assert guarded.client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("name", "password"), [("赵", "wrong horse"), ("nobody", "correct horse"), ("离职", "correct horse"), ("林", "x")]
)
def test_wrong_logins_say_the_same(guarded: World, name: str, password: str) -> None:
    answer = log_in(guarded, name, password)
    assert answer.status_code == 403 and "姓名或密码不对" in answer.text


def test_logins_are_slowed_down_and_forgiven(guarded: World) -> None:
    for _ in range(5):
        log_in(guarded, password="wrong horse")
    assert log_in(guarded).status_code == 429
    guarded.now += timedelta(minutes=6)
    assert log_in(guarded).status_code == 303


def test_the_csrf_token_changes_with_the_login(guarded: World) -> None:
    before = guarded.csrf("/login")
    log_in(guarded)
    assert guarded.csrf() != before


# -- small parts ------------------------------------------------------------------------------------------------------


def test_password_hashes() -> None:
    assert check_password("correct horse", HASH) and not check_password("correct horsf", HASH)
    assert "correct" not in HASH
    for broken in (
        "",
        "scrypt$1$2",
        "scrypt$x$8$1$AA$AA",
        "scrypt$16384$8$1$!!$??",
        "scrypt$1073741824$8$1$AAAA$" + "A" * 44,
    ):
        assert not check_password("correct horse", broken)
    with pytest.raises(ValueError, match="at least 8"):
        make_password_hash("short", b"0" * 16)


def test_passwords_file_problems_have_lines() -> None:
    passwords, problems = parse_passwords(f"赵: {HASH}\n林: hunter2\n", "passwords.yaml")
    assert passwords == {"赵": HASH}
    assert [(p.line, "hunter2" in p.what) for p in problems] == [(2, False)]
    assert parse_passwords("- a\n", "p")[1][0].what.startswith("a mapping")
    assert parse_passwords("a: [\n", "p")[1]


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("a.example", False),
    ],
)
def test_is_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


async def test_delivering_to_the_web_chat_is_being_in_the_ledger() -> None:
    channel = WebChannel()
    first, second = await channel.send("crisis", make_message("a")), await channel.send("crisis", make_message("a"))
    assert first.external_id != second.external_id
    assert (await channel.edit("crisis", first.external_id, make_message("b"))).external_id == first.external_id


def test_a_secret_that_is_too_short_is_refused() -> None:
    make: Callable[[], World] = lambda: World(secret=b"short")  # noqa: E731
    with pytest.raises(ValueError, match="at least 16"):
        make()
