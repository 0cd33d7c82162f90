"""The Bot API stand-in as python-telegram-bot sees it, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter

from drill.group import Move
from drill.platforms import DrillServer
from drill.telegram import BotApi
from tests.drill.conftest import Clock


@pytest.fixture
async def bot(server: DrillServer) -> AsyncIterator[Bot]:
    bot = Bot("1:any", base_url=server.telegram_url + "/bot")
    async with bot:
        yield bot


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"d{n}")] for n, label in enumerate(labels)]
    )


async def test_a_message_is_sent_edited_and_read_back(bot: Bot, server: DrillServer) -> None:
    assert bot.username == "fengsheng_drill_bot"
    sent = await bot.send_message(-5, "<b>红色预警</b> 1 &lt; 2", parse_mode="HTML", reply_markup=keyboard("看"))
    assert sent.text == "红色预警 1 < 2" and sent.chat.id == -5 and sent.chat.type == "supergroup"
    assert sent.reply_markup and sent.reply_markup.inline_keyboard[0][0].callback_data == "d0"
    assert sent.entities[0].type == "bold"
    edited = await bot.edit_message_text("换了", chat_id=-5, message_id=sent.message_id)
    assert not isinstance(edited, bool)
    assert edited.text == "换了" and edited.reply_markup is None, "an edit without keyboard removes it"
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("换了", chat_id=-5, message_id=sent.message_id)
    marked = await bot.edit_message_reply_markup(-5, sent.message_id, reply_markup=keyboard("再看"))
    assert not isinstance(marked, bool) and marked.reply_markup
    answer = await bot.send_message(-5, "答", reply_parameters=ReplyParameters(sent.message_id))
    assert answer.reply_to_message and answer.reply_to_message.message_id == sent.message_id
    assert (server.counts.sent, server.counts.edited) == (2, 2)
    assert await bot.delete_message(-5, sent.message_id)
    with pytest.raises(BadRequest, match="not found"):
        await bot.edit_message_text("晚了", chat_id=-5, message_id=sent.message_id)
    assert [m["text"] for m in server.messages] == ["答"]


async def test_what_the_platform_refuses_is_refused(bot: Bot, server: DrillServer) -> None:
    with pytest.raises(BadRequest, match="parse entities"):
        await bot.send_message(-5, "<b>open", parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"[Mm]essage is too long"):
        await bot.send_message(-5, "字" * 4097)
    with pytest.raises(BadRequest, match=r"[Bb]utton_data_invalid"):
        await bot.send_message(
            -5, "x", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="y" * 65)]])
        )
    with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
        await bot.answer_callback_query("404")
    assert server.messages == [] and len(server.counts.rejected) == 4
    assert httpx.post(server.telegram_url + "/bot1:x/fly").status_code == 404
    bad = httpx.post(
        server.telegram_url + "/bot1:x/sendMessage", content=b"{", headers={"content-type": "application/json"}
    )
    assert bad.status_code == 400
    assert httpx.get(server.telegram_url + "/bot1:x/getUpdates?offset=x").status_code == 400


async def test_chat_and_commands(bot: Bot) -> None:
    assert (await bot.get_chat(-5)).title == "演练群"
    assert (await bot.get_chat(11)).first_name == "甲"
    assert await bot.set_my_commands([("help", "帮助")])


async def test_misbehaviour_looks_like_the_real_one(bot: Bot, server: DrillServer) -> None:
    server.misbehave("telegram", "rate")
    with pytest.raises(RetryAfter) as rate:
        await bot.get_me()
    assert rate.value.retry_after in (3, timedelta(seconds=3))
    server.misbehave("telegram", "down")
    with pytest.raises(NetworkError):
        await bot.get_me()
    server.misbehave("telegram", None)
    assert (await bot.get_me()).is_bot


def api(clock: Clock) -> BotApi:
    return BotApi(names={11: "甲"}, group=None, clock=clock, first_update=500)


def press(message: int = 100) -> Move:
    return Move(kind="press", person=11, chat=-5, message=message, text="d0", action="take", step=1, incident="x")


async def test_updates_wait_until_a_higher_offset_confirms_them(clock: Clock) -> None:
    desk = api(clock)
    await desk.call("sendMessage", {"chat_id": -5, "text": "卡"})
    first, second = desk.deliver(press()), desk.deliver(press())
    assert (first, second) == (500, 501)

    async def ids(**params: int) -> list[int]:
        _, body = await desk.call("getUpdates", params)
        return [u["update_id"] for u in body["result"]]

    assert await ids() == [500, 501] == await ids()
    assert await ids(limit=1) == [500]
    assert await ids(offset=501) == [501]
    assert await ids(offset=0) == [501], "confirmed updates do not come back"
    desk.deliver(press())
    assert await ids(offset=-1) == [502]
    assert await ids(offset=503) == []


async def test_a_long_poll_ends_when_somebody_presses(clock: Clock) -> None:
    desk = api(clock)
    await desk.call("sendMessage", {"chat_id": -5, "text": "卡"})
    waiting = asyncio.create_task(desk.call("getUpdates", {"timeout": 50}))
    await asyncio.sleep(0)
    assert not waiting.done()
    desk.deliver(press())
    _, body = await waiting
    query = body["result"][0]["callback_query"]
    assert query["from"] == {"id": 11, "is_bot": False, "first_name": "甲"}
    assert query["data"] == "d0" and query["message"]["text"] == "卡"


async def test_a_second_poller_ends_the_first_with_409_and_closing_ends_all(clock: Clock) -> None:
    desk = api(clock)
    first = asyncio.create_task(desk.call("getUpdates", {"timeout": 50}))
    await asyncio.sleep(0)
    second = asyncio.create_task(desk.call("getUpdates", {"timeout": 50}))
    status, body = await first
    assert status == 409 and body["description"].startswith("Conflict")
    desk.close()
    assert (await second)[1]["result"] == []


async def test_the_bot_library_sees_the_conflict(bot: Bot, server: DrillServer) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    other = Bot("1:any", base_url=server.telegram_url + "/bot")
    async with other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        done, _ = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED, timeout=20)
        assert len(done) == 1 and isinstance(done.pop().exception(), Conflict)
        await bot.send_message(-5, "群", reply_markup=ForceReply())
        server.stop()
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_press_can_be_answered_once_and_not_too_late(clock: Clock) -> None:
    desk = api(clock)
    desk.deliver(press())
    desk.deliver(press())
    assert (await desk.call("answerCallbackQuery", {"callback_query_id": "1", "text": "好"}))[0] == 200
    assert (await desk.call("answerCallbackQuery", {"callback_query_id": "1"}))[0] == 400
    clock.move(hours=1)
    assert (await desk.call("answerCallbackQuery", {"callback_query_id": "2"}))[0] == 400
