"""Every answer of the Bot API becomes a receipt or the right named error, and the token stays out of the logs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from notifier.channels.telegram import TelegramChannel
from notifier.delivery import Ambiguous, ChannelError, Gone, Moved, Refused, Retryable
from records.chat import Block, Button, Message, Press, Style
from tests.notifier.bot_api import TOKEN, BotApi, fails
from tests.notifier.builders import NOW, make_message

MESSAGE = make_message("🔴 红色预警", "一句话", buttons=((Button(label="接手 1", token="tok1"),),))


@pytest.fixture
async def channel(api: BotApi) -> AsyncIterator[TelegramChannel]:
    made = TelegramChannel(TOKEN, base_url=api.base_url, timeout=20.0)
    yield made
    await made.close()


def press(**changes: str | None) -> Press:
    values: dict[str, str | None] = {"callback_id": "77", "message_id": "5", **changes}
    return Press(channel="telegram", account="1001", target="-100", token="tok1", at=NOW, **values)  # type: ignore[arg-type]


async def test_send_carries_markup_buttons_silence_and_thread(api: BotApi, channel: TelegramChannel) -> None:
    receipt = await channel.send("-100/7", MESSAGE, silent=True, reply_to="42")
    sent = api.named("sendMessage")[0]
    assert receipt.external_id == "101"
    assert sent["text"] == "<b>🔴 红色预警</b>\n一句话" and sent["parse_mode"] == "HTML"
    assert sent["reply_markup"] == {"inline_keyboard": [[{"text": "接手 1", "callback_data": "tok1"}]]}
    assert sent["disable_notification"] == "true" and sent["message_thread_id"] == "7"
    assert sent["reply_parameters"]["message_id"] == 42 and sent["reply_parameters"]["allow_sending_without_reply"]
    assert sent["link_preview_options"] == {"is_disabled": True}


async def test_the_general_topic_is_not_named(api: BotApi, channel: TelegramChannel) -> None:
    await channel.send("-100/1", MESSAGE)
    assert "message_thread_id" not in api.named("sendMessage")[0]


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (fails(429, "Too Many Requests: retry after 7", retry_after=7), Retryable, "wait 7 s"),
        (fails(429, "Too Many Requests"), Retryable, "asks to wait"),
        (fails(403, "Forbidden: bot was kicked from the supergroup chat"), Refused, "kicked"),
        (fails(400, "Bad Request: chat not found"), Refused, "Chat not found"),
        (fails(400, "group chat was upgraded", migrate_to_chat_id=-1009), Moved, "-1009"),
        (fails(401, "Unauthorized"), Retryable, "token"),
        (fails(404, "Not Found"), Retryable, "token"),
        (fails(409, "Conflict"), Retryable, "conflict"),
        (fails(500, "Internal Server Error"), Retryable, "fault"),
        (HTMLResponse("<html>Bad Gateway</html>", status_code=502), Retryable, "fault"),
        (PlainTextResponse("hello", status_code=200), Ambiguous, "not readable"),
        (JSONResponse({"ok": True}), Ambiguous, "not readable"),
        (JSONResponse({"ok": True, "result": {"nothing": 1}}), Ambiguous, "not readable"),
    ],
)
async def test_errors_of_sending(
    api: BotApi, channel: TelegramChannel, answer: Response, kind: type[ChannelError], says: str
) -> None:
    api.script = [answer]
    with pytest.raises(kind) as caught:
        await channel.send("-100", MESSAGE)
    assert type(caught.value) is kind
    assert says in str(caught.value) and TOKEN not in str(caught.value)


async def test_retry_after_and_new_chat_id_are_carried(api: BotApi, channel: TelegramChannel) -> None:
    api.script = [fails(429, "x", retry_after=7), fails(400, "upgraded", migrate_to_chat_id=-1009)]
    with pytest.raises(Retryable) as wait:
        await channel.send("-100", MESSAGE)
    assert (wait.value.after, wait.value.hold) == (7.0, True)
    with pytest.raises(Moved) as moved:
        await channel.send("-100/7", MESSAGE)
    assert moved.value.new_target == "-1009/7"


async def test_a_slow_answer_is_ambiguous_and_no_connection_is_not(api: BotApi) -> None:
    hasty = TelegramChannel(TOKEN, base_url=api.base_url, timeout=0.2)
    api.script = [lambda: asyncio.sleep(0.5)]
    with pytest.raises(Ambiguous, match="ReadTimeout"):
        await hasty.send("-100", MESSAGE)
    await hasty.close()
    nowhere = TelegramChannel(TOKEN, base_url="http://127.0.0.1:9/bot", timeout=0.3)
    with pytest.raises(Retryable, match="ConnectError"):
        await nowhere.send("-100", MESSAGE)
    await nowhere.close()


async def test_unparsable_markup_goes_once_as_plain_text(api: BotApi, channel: TelegramChannel) -> None:
    api.script = [fails(400, "Bad Request: can't parse entities: unexpected end tag")]
    receipt = await channel.send("-100", MESSAGE)
    first, second = api.named("sendMessage")
    assert second["text"] == "🔴 红色预警\n一句话" and "parse_mode" not in second
    assert second["reply_markup"] == first["reply_markup"]
    assert receipt.note and "plain text" in receipt.note
    api.script = [fails(400, "can't parse entities"), fails(400, "can't parse entities")]
    with pytest.raises(Refused):
        await channel.send("-100", MESSAGE)
    assert len(api.named("sendMessage")) == 4, "once as plain text, not more"


async def test_a_message_that_telegram_calls_too_long_is_shortened(api: BotApi, channel: TelegramChannel) -> None:
    long = Message(
        blocks=(Block(style=Style.TITLE, text="题"), Block(style=Style.QUOTE, text="长" * 3000, shrinkable=True))
    )
    api.script = [fails(400, "Bad Request: message is too long")]
    await channel.send("-100", long)
    assert len(api.named("sendMessage")[1]["text"]) <= 1000


async def test_a_deleted_topic_falls_back_to_the_main_chat(api: BotApi, channel: TelegramChannel) -> None:
    api.script = [fails(400, "Bad Request: message thread not found")]
    receipt = await channel.send("-100/7", MESSAGE)
    assert "message_thread_id" not in api.named("sendMessage")[1]
    assert receipt.note == "the topic is gone: sent to the main chat"


async def test_edit(api: BotApi, channel: TelegramChannel) -> None:
    assert (await channel.edit("-100", "55", make_message("x"))).external_id == "55"
    edited = api.named("editMessageText")[0]
    assert edited["message_id"] == "55" and "reply_markup" not in edited, "left out, Telegram removes the buttons"
    api.script = [fails(400, "Bad Request: message is not modified: specified new message content is the same")]
    assert (await channel.edit("-100", "55", MESSAGE)).note == "unchanged"


@pytest.mark.parametrize("said", ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"])
async def test_editing_what_is_gone(api: BotApi, channel: TelegramChannel, said: str) -> None:
    api.script = [fails(400, f"Bad Request: {said}")]
    with pytest.raises(Gone):
        await channel.edit("-100", "55", MESSAGE)
    with pytest.raises(Gone):
        await channel.edit("-100", "web-12", MESSAGE)


async def test_answers(api: BotApi, channel: TelegramChannel) -> None:
    await channel.answer(press(), "长" * 300, alert=True)
    answered = api.named("answerCallbackQuery")[0]
    assert len(answered["text"]) == 200 and answered["show_alert"] == "true"
    api.script = [fails(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")]
    await channel.answer(press(), "太晚")
    await channel.answer(press(callback_id=None), "已记录 <b>")
    reply = api.named("sendMessage")[0]
    assert reply["text"] == "已记录 <b>" and reply["reply_parameters"]["message_id"] == 5
    api.script = [fails(403, "Forbidden: bot was blocked")]
    with pytest.raises(Refused):
        await channel.answer(press(callback_id=None), "x")


async def test_a_question_forces_a_reply_of_whoever_pressed(api: BotApi, channel: TelegramChannel) -> None:
    assert await channel.ask(press(), "做了什么？<i>", name="林<b>") == "101"
    asked = api.named("sendMessage")[0]
    assert asked["text"] == '<a href="tg://user?id=1001">林&lt;b&gt;</a> 做了什么？&lt;i&gt;'
    assert asked["reply_markup"] == {"force_reply": True, "selective": True}


async def test_the_bot_tells_its_name_or_why_not(api: BotApi, channel: TelegramChannel) -> None:
    assert await channel.fetch_name() == "fs_bot"
    api.script = [fails(401, "Unauthorized")]
    with pytest.raises(Retryable, match="token"):
        await channel.fetch_name()


async def test_the_token_is_in_no_log_whatever_happens(
    api: BotApi, channel: TelegramChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram"):
        caplog.set_level(logging.DEBUG, logger=name)
    logging.getLogger("httpx").info("HTTP Request: POST %s%s/sendMessage", api.base_url, TOKEN)
    TelegramChannel(TOKEN, base_url=api.base_url)
    await channel.send("-100", MESSAGE)
    for answer in (fails(401, "Unauthorized"), HTMLResponse("<html>", status_code=502), PlainTextResponse("x")):
        api.script = [answer]
        with pytest.raises(ChannelError):
            await channel.send("-100", MESSAGE)
    assert "/bot[secret]/sendMessage" in caplog.text
    assert TOKEN not in caplog.text and TOKEN.split(":")[1] not in caplog.text
    assert TOKEN not in repr(channel)


def test_groups_have_a_budget_and_private_chats_none() -> None:
    channel = TelegramChannel(TOKEN, base_url="http://127.0.0.1:9/bot")
    assert channel.pace("-100").per_minute == 20
    assert channel.pace("1001").per_minute == 0
