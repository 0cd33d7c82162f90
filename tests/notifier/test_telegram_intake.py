"""No press is lost and none blocks the others: saved, then confirmed, then parsed one by one."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from notifier.channels.telegram import TelegramChannel
from notifier.channels.telegram_intake import TelegramIntake, TypedReply, parse_press, parse_update
from records.chat import Press
from tests.notifier.bot_api import TOKEN, BotApi, fails
from tests.notifier.builders import NOW, FakeStore, minutes


def a_press(
    update_id: int, *, data: str = "tok1", account: int = 1001, message: dict[str, Any] | None = None
) -> dict[str, Any]:
    shown = message or {"message_id": 5, "date": 0, "chat": {"id": -100, "type": "supergroup"}}
    sender = {"id": account, "is_bot": False, "first_name": "林"}
    return {
        "update_id": update_id,
        "callback_query": {"id": str(update_id * 7), "from": sender, "data": data, "message": shown},
    }


def a_reply(
    update_id: int, *, to: int, text: str | None = "已建群", account: int = 1001, **more: Any
) -> dict[str, Any]:
    chat = {"id": -100, "type": "supergroup"}
    message = {
        "message_id": update_id + 1000,
        "date": 1,
        "chat": chat,
        "from": {"id": account, "is_bot": False, "first_name": "林"},
        "reply_to_message": {"message_id": to, "date": 1, "chat": chat},
        **({"text": text} if text is not None else {}),
        **more,
    }
    return {"update_id": update_id, "message": message}


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def intake(api: BotApi, store: FakeStore) -> AsyncIterator[TelegramIntake]:
    channel = TelegramChannel(TOKEN, base_url=api.base_url, timeout=1.0)
    made = TelegramIntake(store, channel, poll_seconds=0, monotonic=lambda: 0.0)
    yield made
    await made.close()
    await channel.close()


async def test_updates_are_saved_before_they_are_confirmed(
    api: BotApi, store: FakeStore, intake: TelegramIntake
) -> None:
    api.updates = [a_press(10), a_press(11)]
    api.before_updates = lambda parameters: store.calls.append(f"confirm {parameters.get('offset')}")
    first = await intake.fetch_updates(NOW)
    await intake.fetch_updates(NOW)
    await intake.fetch_updates(NOW)
    assert (first.new, first.seen, first.health.kind) == (2, 2, "ok")
    assert store.calls == ["confirm None", "save 10", "save 11", "confirm 12", "confirm None"]
    assert api.named("getUpdates")[0]["allowed_updates"] == ["message", "callback_query", "my_chat_member"]


async def test_a_kill_between_saving_and_confirming_loses_and_doubles_nothing(
    api: BotApi, store: FakeStore, intake: TelegramIntake
) -> None:
    api.updates = [a_press(10)]
    await intake.fetch_updates(NOW)
    reborn = TelegramIntake(store, intake._channel, poll_seconds=0, monotonic=lambda: 0.0)
    again = await reborn.fetch_updates(NOW)
    assert (again.seen, again.new) == (1, 0)
    assert len(reborn.load_presses(NOW)) == 1
    await reborn.fetch_updates(NOW)
    assert api.updates == [], "confirmed by the call after the saving"
    await reborn.close()


async def test_ids_that_restart_lower_are_taken(api: BotApi, store: FakeStore, intake: TelegramIntake) -> None:
    api.updates = [a_press(900_000)]
    await intake.fetch_updates(NOW)
    await intake.fetch_updates(NOW)
    api.updates = [a_press(12)]
    assert (await intake.fetch_updates(NOW)).new == 1
    await intake.fetch_updates(NOW)
    same_id = a_press(12)
    same_id["callback_query"]["id"] = "another press"
    api.updates = [same_id]
    assert (await intake.fetch_updates(NOW)).new == 1, "an id that comes again after a restart is another update"


async def test_one_unreadable_update_blocks_nobody(api: BotApi, store: FakeStore, intake: TelegramIntake) -> None:
    poison = [
        {"update_id": 1, "callback_query": {"id": "1", "data": "tok1", "message": {"message_id": 1}}},
        {"update_id": 2, "callback_query": ["x"]},
        {"update_id": 3, "message": {"reply_to_message": "x", "text": "y"}},
        {"update_id": 4, "message": "x"},
        {"update_id": 5},
        {"no": "id"},
        "no object",
        {"update_id": 7, "callback_query": None, "message": None},
    ]
    api.updates = [*poison, a_press(8)]
    await intake.fetch_updates(NOW)
    presses = intake.load_presses(NOW)
    assert [p.token for _, p in presses] == ["tok1"]
    handled = [i.result for i in store.inbox if i.handled_at is not None]
    assert len(handled) == len(poison) and any(r and r.startswith("unreadable update") for r in handled)
    store.mark_handled(presses[0][0].id, "taken", NOW)
    assert intake.load_presses(NOW) == []


async def test_a_press_stays_until_the_caller_has_handled_it(api: BotApi, intake: TelegramIntake) -> None:
    api.updates = [a_press(8)]
    await intake.fetch_updates(NOW)
    assert intake.load_presses(NOW) == intake.load_presses(NOW) != []


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (fails(409, "Conflict: terminated by other getUpdates request"), "conflict", 5.0),
        (fails(401, "Unauthorized"), "unauthorized", 30.0),
        (fails(404, "Not Found"), "unauthorized", 30.0),
        (fails(429, "Too Many Requests", retry_after=17), "rate", 17.0),
        (fails(429, "Too Many Requests"), "rate", 30.0),
        (fails(502, "Bad Gateway"), "fault", 1.0),
        (HTMLResponse("<html>busy</html>", status_code=500), "fault", 1.0),
        (JSONResponse({"ok": True, "result": {"a": 1}}), "fault", 1.0),
        (JSONResponse([1]), "fault", 1.0),
    ],
)
async def test_trouble_is_named_and_ends_nothing(
    api: BotApi, intake: TelegramIntake, answer: Response, kind: str, wait: float
) -> None:
    api.script = [answer]
    api.updates = [a_press(8)]
    trouble = (await intake.fetch_updates(NOW)).health
    assert (trouble.kind, trouble.wait, trouble.streak, trouble.since) == (kind, wait, 1, NOW)
    assert trouble.detail and TOKEN not in trouble.detail
    assert (await intake.fetch_updates(NOW)).new == 1, "the next call works again"
    assert intake.health.kind == "ok"


async def test_waits_grow_to_a_minute(intake: TelegramIntake, api: BotApi) -> None:
    waits = []
    for _ in range(9):
        api.script = [fails(502, "Bad Gateway")]
        waits.append((await intake.fetch_updates(NOW)).health.wait)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert intake.health.since == NOW and intake.health.streak == 9


async def test_no_connection_is_trouble_too_and_the_token_is_not_logged(
    store: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")
    caplog.set_level(logging.DEBUG, logger="httpcore")
    intake = TelegramIntake(store, TelegramChannel(TOKEN, base_url="http://127.0.0.1:9/bot"), poll_seconds=0)
    health = (await intake.fetch_updates(NOW)).health
    assert health.kind == "network" and "ConnectError" in health.detail
    assert TOKEN not in caplog.text + health.detail
    await intake.close()


async def test_evidence_comes_as_the_reply_of_the_account_that_was_asked(
    api: BotApi, store: FakeStore, intake: TelegramIntake
) -> None:
    api.updates = [a_press(8)]
    await intake.fetch_updates(NOW)
    item, press = intake.load_presses(NOW)[0]
    await intake.ask(press, "做了什么？", NOW, name="林")
    store.mark_handled(item.id, "asked", NOW)
    reborn = TelegramIntake(store, intake._channel, poll_seconds=0, monotonic=lambda: 0.0)
    api.updates = [
        a_reply(20, to=101, account=1002, text="我来说"),
        a_reply(21, to=999, text="别的消息"),
        a_reply(22, to=101, text="群已建，<b>陈</b>决策 https://a.example/1"),
    ]
    await reborn.fetch_updates(NOW)
    typed = [p for _, p in reborn.load_presses(NOW)]
    assert typed == [
        Press(
            channel="telegram",
            account="1001",
            target="-100",
            token="tok1",
            typed="群已建，<b>陈</b>决策 https://a.example/1",
            message_id="1022",
            at=NOW,
        )
    ]
    assert [i.result for i in store.inbox[1:3]] == ["no press", "no press"]
    await reborn.close()


async def test_a_question_is_too_old_after_two_days(api: BotApi, store: FakeStore, intake: TelegramIntake) -> None:
    press = parse_press(json.dumps(a_press(8)), NOW)
    assert press is not None
    await intake.ask(press, "?", NOW - timedelta(hours=49))
    api.updates = [a_reply(22, to=101)]
    await intake.fetch_updates(NOW)
    assert intake.load_presses(NOW) == []


def test_a_press_on_an_old_message_needs_only_chat_and_id() -> None:
    raw = json.dumps(a_press(8, message={"message_id": 5, "date": 0, "chat": {"id": -100, "type": "group"}}))
    press = parse_press(raw, NOW)
    assert press == Press(
        channel="telegram", account="1001", target="-100", token="tok1", callback_id="56", message_id="5", at=NOW
    )


def test_a_press_in_a_topic_is_answered_in_the_topic() -> None:
    message = {"message_id": 5, "chat": {"id": -100}, "is_topic_message": True, "message_thread_id": 7}
    press = parse_press(json.dumps(a_press(8, message=message)), NOW)
    assert press is not None and press.target == "-100/7"


@pytest.mark.parametrize("data", ["接手", "a b", "x" * 60, ""])
def test_callback_data_that_is_not_ours_is_no_press(data: str) -> None:
    assert parse_press(json.dumps(a_press(8, data=data)), NOW) is None


def test_pictures_and_files_count_as_evidence() -> None:
    raw = json.dumps(a_reply(3, to=1, text=None, caption="公告截图", photo=[{"file_id": "x"}]))
    reply = parse_update(raw, NOW)
    assert isinstance(reply, TypedReply) and reply.text == "公告截图 [photo, message 1003]"


def test_anonymous_admins_and_bots_cannot_give_evidence() -> None:
    anonymous = a_reply(3, to=1, sender_chat={"id": -100})
    bot = a_reply(4, to=1)
    bot["message"]["from"]["is_bot"] = True
    assert parse_update(json.dumps(anonymous), NOW) is None
    assert parse_update(json.dumps(bot), NOW) is None
    assert parse_update(json.dumps({"update_id": 1, "message": {"text": "聊天"}}), NOW + minutes(1)) is None


async def test_an_update_is_received_when_the_answer_arrives_not_when_the_long_call_began(
    api: BotApi, store: FakeStore, intake: TelegramIntake
) -> None:
    """A press 20 s into a held-open call counts from its arrival: the clocks of P7 run on it."""
    readings = iter((100.0, 120.0))
    held = TelegramIntake(store, intake._channel, poll_seconds=0, monotonic=lambda: next(readings))
    api.updates = [a_press(7)]
    await held.fetch_updates(NOW)
    [item] = store.unhandled_inbox("telegram")
    assert item.received_at == NOW + timedelta(seconds=20)
    await held.close()
