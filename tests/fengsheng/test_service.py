"""The chat-and-clocks process against a stand-in of the Telegram Bot API: alerts go out, presses come in, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from drill.group import Move
from drill.telegram import BotApi, failure
from fengsheng.service import Service, worker_environment
from fengsheng.wiring import House, system_clock
from playbooks.state import EventKind
from records.errors import BadInput, Failed
from records.mention import Mention
from tests.fengsheng.builders import (
    BRAND,
    CONFIG,
    HURT,
    LEAD,
    PR,
    TECH,
    World,
    make_house,
    make_world,
    mention,
)

TOKEN = "987654321:AAF-the_secret-token_of_this-test_0123456"
GROUP = -1001


class Telegram:
    """The stand-in on a local port, with the hands of the people in the group."""

    def __init__(self) -> None:
        self.bot = BotApi(names={}, group=None, clock=system_clock, first_update=5000)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.wall: tuple[int, str] | None = None
        self.url = ""

    async def call(self, request: Request) -> JSONResponse:
        method = request.path_params["method"]
        if request.headers.get("content-type", "").startswith("application/json"):
            params = dict(json.loads(await request.body() or b"{}"))
        else:
            params = dict(await request.form())
        self.calls.append((method, params))
        status, body = failure(*self.wall) if self.wall else await self.bot.call(method, params)
        return JSONResponse(body, status)

    def messages(self, chat: int = GROUP) -> list[dict[str, Any]]:
        return [m for m in self.bot.messages if m["chat"]["id"] == chat]

    def texts(self, chat: int = GROUP) -> str:
        return "\n\n".join(m["text"] for m in self.messages(chat))

    def button(self, label: str) -> tuple[int, str]:
        """Message and callback data of the newest button whose label begins so; (0, "") where there is none."""
        for message in reversed(self.messages()):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"].startswith(label):
                        return message["message_id"], button["callback_data"]
        return 0, ""

    def press(self, person: str, label: str) -> None:
        message, data = self.button(label)
        assert data, f"no button {label}: {self.texts()}"
        self._move("press", person, message, data)

    def reply(self, person: str, message: int, words: str) -> None:
        self._move("reply", person, message, words)

    def _move(self, kind: Any, person: str, message: int, text: str) -> None:
        self.bot.deliver(
            Move(
                kind=kind,
                person=int(person),
                chat=GROUP,
                message=message,
                text=text,
                action="take",
                step=0,
                incident="",
            )
        )

    def answers(self) -> list[tuple[str, bool]]:
        """Popups that people saw, and whether each was an alert."""
        return [
            (str(p.get("text")), str(p.get("show_alert")).lower() in ("true", "1"))
            for m, p in self.calls
            if m == "answerCallbackQuery"
        ]


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    stand_in = Telegram()
    app = Starlette(routes=[Route("/bot{token}/{method}", stand_in.call, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve(sockets=[listening]))
        await until(lambda: server.started)
        stand_in.url = f"http://127.0.0.1:{listening.getsockname()[1]}/bot"
        yield stand_in
        stand_in.bot.close()
        server.should_exit = server.force_exit = True
        await task


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come about"
        await asyncio.sleep(0.02)


def config_for(telegram: Telegram) -> str:
    return CONFIG + f"telegram: {{base_url: '{telegram.url}'}}\nweb: {{port: 0}}\n"


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[Service]:
    """The service, running; leaving the block is ctrl-C."""
    stop = asyncio.Event()
    service = Service(house, config_path=None, say=lambda text: None, environment={"TELEGRAM_BOT_TOKEN": TOKEN})
    running = asyncio.create_task(service.run(stop))
    ready = asyncio.create_task(service.ready.wait())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if running.done():
        await running
    try:
        yield service
    finally:
        stop.set()
        await asyncio.wait_for(running, 15)


@pytest.fixture
def world(tmp_path: Path, telegram: Telegram) -> Any:
    """What the crawl worker has: a store of its own on the same database."""
    house = make_house(tmp_path, config_for(telegram))
    with house.open_store() as store:
        yield make_world(house, store)


def fresh(ident: str = "1", text: str = HURT) -> Mention:
    now = system_clock()
    return mention(ident, text, published_at=now, collected_at=now)


def raise_crisis(world: World) -> str:
    world.ingest.ingest([fresh()], now=system_clock())
    (row,) = world.rows()
    return row.id


def kinds_by(world: World, incident: str) -> dict[str, str]:
    """Kind of event → name of who did it, the last one of each kind."""
    people = {p.id: p.name for p in world.store.load_people()}
    return {e.kind: people.get(e.actor or "", e.actor or "") for e in world.store.load_events(incident)}


async def test_an_alert_goes_out_a_press_comes_in_and_who_and_when_are_logged(world: World, telegram: Telegram) -> None:
    async with serving(world.house):
        began = system_clock()
        incident = raise_crisis(world)
        await until(lambda: telegram.button("接手 1")[1])
        assert BRAND in telegram.texts() and "红色预警" in telegram.texts() and incident in telegram.texts()
        telegram.press(LEAD, "接手 1")
        await until(lambda: EventKind.STEP_TAKEN in kinds_by(world, incident))
        event = next(e for e in world.store.load_events(incident) if e.kind == EventKind.STEP_TAKEN)
        assert kinds_by(world, incident)[EventKind.STEP_TAKEN] == "林组长"
        assert began <= event.at <= system_clock()
        await until(lambda: "林组长" in telegram.messages()[-1]["text"] and telegram.button("完成 1")[1])
        assert [alert for _, alert in telegram.answers()] == [False]
        assert world.state(incident).alert_sent_at is not None
    assert world.store.unhandled_inbox() == []
    assert world.store.verify_chain().ok
    alerts = [q for q in world.sent("alert") if q.item.channel == "telegram"]
    assert [q.state for q in alerts] == ["sent"]
    assert len(telegram.messages()) == 1, "the alert is the card and updates itself"


async def test_done_asks_for_evidence_and_takes_the_reply(world: World, telegram: Telegram) -> None:
    async with serving(world.house):
        incident = raise_crisis(world)
        await until(lambda: telegram.button("接手 1")[1])
        telegram.press(LEAD, "接手 1")
        await until(lambda: telegram.button("完成 1")[1])
        telegram.press(LEAD, "完成 1")
        await until(lambda: any("force_reply" in str(p.get("reply_markup")) for _, p in telegram.calls))
        assert EventKind.STEP_DONE not in kinds_by(world, incident)
        question = telegram.messages()[-1]["message_id"]
        telegram.reply(LEAD, question, "小组已集合，<b>初判</b>完成")
        await until(lambda: EventKind.STEP_DONE in kinds_by(world, incident))
        await until(lambda: "小组已集合，<b>初判</b>完成" in telegram.texts())
    assert "小组已集合" not in str([e.data for e in world.store.load_events(incident)]), (
        "words lie outside the log (G3)"
    )


@pytest.mark.parametrize(("who", "said"), [(TECH, "公关"), ("4242", "不在本应急小组名单中")])
async def test_a_press_outside_the_role_is_refused_with_a_reason_and_logged(
    world: World, telegram: Telegram, who: str, said: str
) -> None:
    async with serving(world.house):
        incident = raise_crisis(world)
        await until(lambda: telegram.button("接手 3")[1])
        telegram.press(who, "接手 3")
        await until(telegram.answers)
        ((text, alert),) = telegram.answers()
        assert alert and said in text
        event = world.last_event(incident)
        assert event.kind == EventKind.PRESS_REFUSED
        assert event.actor and "4242" not in event.actor
        telegram.press(PR, "接手 3")
        await until(lambda: EventKind.STEP_TAKEN in kinds_by(world, incident))


async def test_a_restart_sends_what_was_queued_and_handles_what_was_pressed_meanwhile(
    world: World, telegram: Telegram
) -> None:
    async with serving(world.house):
        incident = raise_crisis(world)
        await until(lambda: len(telegram.messages()) == 1)
    telegram.press(LEAD, "接手 1")
    world.ingest.ingest([fresh("2", f"{BRAND}的抹茶乌龙里吃出蟑螂，孩子呕吐住院，要求赔偿")], now=system_clock())
    other = next(r.id for r in world.rows() if r.id != incident)
    assert [q.state for q in world.sent("alert", other)] == ["queued", "queued"]
    assert EventKind.STEP_TAKEN not in kinds_by(world, incident)
    async with serving(world.house):
        await until(lambda: kinds_by(world, incident).get(EventKind.STEP_TAKEN) == "林组长")
        await until(lambda: [q.state for q in world.sent("alert", other)] == ["sent", "sent"])
        await until(lambda: re.search(r"林组长 \d\d:\d\d 接手", telegram.texts()))
        await until(lambda: len(telegram.messages()) == 2)
    taken = [e for e in world.store.load_events(incident) if e.kind == EventKind.STEP_TAKEN]
    assert len(taken) == 1
    assert [sum(name in m["text"] for m in telegram.messages()) for name in (incident, other)] == [1, 1]


async def test_an_alert_made_while_the_service_was_down_leaves_at_the_next_start(
    world: World, telegram: Telegram
) -> None:
    incident = raise_crisis(world)
    assert telegram.messages() == []
    async with serving(world.house):
        await until(lambda: incident in telegram.texts())
    assert {q.state for q in world.sent("alert")} == {"sent"}


async def test_the_token_is_nowhere_but_in_the_address(
    world: World,
    telegram: Telegram,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.wall = (401, "Unauthorized")
    async with serving(world.house):
        raise_crisis(world)
        await until(lambda: len([m for m, _ in telegram.calls if m == "getUpdates"]) >= 1)
        await until(lambda: [m for m, _ in telegram.calls if m == "sendMessage"])
        await until(lambda: world.sent("operations"))
    said = capfd.readouterr()
    kept = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file()).decode("utf-8", "replace")
    secret = TOKEN.partition(":")[2]
    ours = "\n".join(r.getMessage() + str(r.exc_info) for r in caplog.records)
    for place in (said.out, said.err, kept, ours, str([q.error for q in world.store.ledger(limit=100)])):
        assert secret not in place


async def test_trouble_with_telegram_is_told_once_to_the_operators(
    world: World, telegram: Telegram, capfd: pytest.CaptureFixture[str]
) -> None:
    telegram.wall = (409, "Conflict: terminated by other getUpdates request")
    async with serving(world.house):
        await until(lambda: world.sent("operations"))
        telegram.wall = None
        telegram.reply(LEAD, 1, "在吗")
        await until(lambda: len(world.sent("operations")) == 2)
    first, second = world.sent("operations")
    assert {q.item.channel for q in (first, second)} == {"console"}
    assert "听不到 Telegram 上的按钮" in str(first.item.message)
    assert "又能听到" in str(second.item.message)


async def test_ctrl_c_ends_everything_and_leaves_nothing_running(world: World, telegram: Telegram) -> None:
    before = asyncio.all_tasks()
    async with serving(world.house) as service:
        assert service.web is not None
        port = int(service.web.address.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port), 5):
            pass
    await until(lambda: not {t for t in asyncio.all_tasks() - before if "Service" in repr(t)})
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), 1):
        pass


async def test_a_missing_token_is_wrong_input_and_says_which(tmp_path: Path) -> None:
    house = make_house(tmp_path, CONFIG + "web: {port: 0}\n")
    service = Service(house, config_path=None, environment={})
    with pytest.raises(BadInput, match="TELEGRAM_BOT_TOKEN: a chat of the config is on telegram"):
        await service.run(asyncio.Event())


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        house = make_house(tmp_path, f"brands: [{{name: {BRAND}}}]\nweb: {{port: {port}}}\n")
        with pytest.raises(Failed, match=f"the local page cannot listen on 127.0.0.1:{port}"):
            await Service(house, config_path=None, environment={}).run(asyncio.Event())


async def test_a_round_of_the_outbox_that_fails_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from notifier.outbox import Outbox

    house = make_house(tmp_path, f"brands: [{{name: {BRAND}}}]\nweb: {{port: 0}}\n")
    working, failures = Outbox.send_due, [RuntimeError("once"), RuntimeError("twice")]

    async def shaky(outbox: Outbox, now: Any) -> int:
        if failures:
            raise failures.pop()
        return await working(outbox, now)

    monkeypatch.setattr(Outbox, "send_due", shaky)
    with house.open_store() as store:
        world = make_world(house, store)
        async with serving(house):
            raise_crisis(world)
            await until(lambda: {q.state for q in world.sent("alert")} == {"sent"})
    assert caplog.text.count("a round of the outbox failed; it is tried again") == 2


def test_the_crawlers_never_get_the_chat_secrets(tmp_path: Path) -> None:
    chats = "chats: {crisis: {channel: console}, digest: {channel: apprise, url_env: DIGEST_URL}}\n"
    house = make_house(tmp_path, f"brands: [{{name: {BRAND}}}]\n{chats}")
    given = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "DIGEST_URL": "schan://secret",
        "FENGSHENG_WEIBO_COOKIE": "own",
        "PATH": "/bin",
    }
    given["FENGSHENG_IMPORT_TOKEN"] = "the door's own"
    own = {"FENGSHENG_WEIBO_COOKIE": "own", "PATH": "/bin"}
    assert worker_environment(house, given) == own | {"FENGSHENG_PROFILES": str(house.database.parent / "profiles")}


def test_a_worker_that_keeps_dying_is_told_to_the_operators_once_an_hour(world: World) -> None:
    now = system_clock()
    service = Service(world.house, config_path=None, clock=lambda: now, say=lambda text: None, environment={})
    service._store = world.store
    service._note_worker("the crawl worker ended with code 3")
    service._note_worker("the crawl worker ended with code 3")
    assert len(world.sent("operations")) == 1
    assert "所有来源都看不见" in str(world.sent("operations")[0].item.message)
    now += timedelta(hours=1, minutes=1)
    service._note_worker("the crawl worker ended with code 3")
    assert len(world.sent("operations")) == 2


async def test_the_customer_register_of_the_config_is_loaded_at_the_start_and_operators_hear_what_is_missing(
    tmp_path: Path, telegram: Telegram
) -> None:
    file = tmp_path / "vip.csv"
    file.write_text("编号,姓名,类型,微博\nC-1,林黛玉,vip,1234567890\nC-2,x,金卡,\n", encoding="utf-8")
    house = make_house(tmp_path, config_for(telegram) + f"customers: {{file: {file}}}\n")
    async with serving(house):
        with house.open_store() as store:
            await until(lambda: any(q.item.kind == "operations" for q in store.ledger(None, limit=50)))
            assert [c.id for c in store.load_customers()] == ["C-1"]
            (item,) = (q.item for q in store.ledger(None, limit=50) if q.item.kind == "operations")
    assert item.chat == "operators" and item.message is not None
    said = "\n".join(b.text for b in item.message.blocks)
    assert "客户登记册没有完整载入" in said and "vip.csv：1 行读不了（第 3 行）" in said and "金卡" not in said
