"""Telegram, the way out: python-telegram-bot's Bot as a client only; every answer becomes a receipt or a named error."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
from telegram import Bot, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from notifier.channels.redaction import hide_secret, redact
from notifier.channels.telegram_text import (
    ANSWER_CHARS,
    SHORT_UNITS,
    TelegramText,
    escape,
    keyboard_rows,
    render_telegram,
)
from notifier.delivery import Ambiguous, ChannelError, Gone, Moved, Pace, Receipt, Refused, Retryable
from notifier.plain import plain_line
from records.chat import Message, Press

GROUP_PACE = Pace(spacing=1.0, per_minute=20)
"""Telegram's FAQ: about 1 message a second in one chat, 20 a minute in one group (edits count as well)."""
PRIVATE_PACE = Pace(spacing=1.0)

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid", "message identifier is not")


class TelegramChannel:
    """Sends to chats by id; a target is "chat id" or "chat id/topic id".

    Args:
        token: the bot's token; kept in memory only, replaced in everything the HTTP libraries log.
        base_url: the API up to the token, e.g. https://api.telegram.org/bot.
        proxy: address of a proxy, or None.
        mentions: person's name → Telegram user id, for "@name" in the product's own words.
        timeout: seconds to wait for an answer.
    """

    name = "telegram"
    interactive = True

    def __init__(
        self,
        token: str,
        *,
        base_url: str = "https://api.telegram.org/bot",
        proxy: str | None = None,
        mentions: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> None:
        hide_secret(token)
        self.base_url = base_url
        self.proxy = proxy
        self.token = token
        self._mentions = dict(mentions or {})
        self._request = HTTPXRequest(
            connection_pool_size=8, connect_timeout=10.0, read_timeout=timeout, write_timeout=timeout, proxy=proxy
        )
        self._bot = Bot(token, base_url=base_url, request=self._request)

    def __repr__(self) -> str:
        return f"TelegramChannel(base_url={self.base_url!r})"

    def pace(self, target: str) -> Pace:
        return GROUP_PACE if target.startswith(("-", "@")) else PRIVATE_PACE

    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt:
        """Send a message.

        Raises:
            Retryable, Ambiguous, Refused, Moved: see ``notifier.delivery``.
        """
        options: dict[str, Any] = {"disable_notification": silent, "reply_markup": _keyboard(message)}
        if reply_to and reply_to.isdigit():
            options["reply_parameters"] = ReplyParameters(int(reply_to), allow_sending_without_reply=True)
        return await self._send_rendered(target, message, options)

    async def edit(self, target: str, external_id: str, message: Message) -> Receipt:
        """Replace a message's text and buttons; an unchanged message counts as delivered.

        Raises:
            Gone: it was deleted, or cannot be edited.
            Retryable, Ambiguous, Refused, Moved: see ``notifier.delivery``.
        """
        if not external_id.isdigit():
            raise Gone(f"{external_id[:20]!r} is no Telegram message id")
        chat, _ = _place(target)
        options: dict[str, Any] = {"reply_markup": _keyboard(message)}

        async def put(text: str, parse_mode: str | None) -> str:
            await self._bot.edit_message_text(
                text, chat_id=chat, message_id=int(external_id), parse_mode=parse_mode,
                link_preview_options=LinkPreviewOptions(is_disabled=True), **options,
            )  # fmt: skip
            return external_id

        try:
            return await self._in_some_form(message, target, put)
        except BadRequest as error:
            said = str(error).lower()
            if "not modified" in said:
                return Receipt(external_id=external_id, note="unchanged")
            if any(mark in said for mark in _GONE):
                raise Gone(redact(str(error))) from None
            raise Refused(f"Telegram refused the edit: {redact(str(error))}") from None

    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None:
        """Tell the person who pressed: a pop-up for a button, a reply for typed words. Too late is no error."""
        if press.callback_id is not None:
            try:
                await self._bot.answer_callback_query(press.callback_id, text=text[:ANSWER_CHARS], show_alert=alert)
            except BadRequest:
                return  # "query is too old", or answered before: what was pressed is saved either way
            except TelegramError as error:
                raise named_error(error, press.target) from None
        elif press.message_id is not None and text:
            chat, _ = _place(press.target)
            reply = ReplyParameters(int(press.message_id), allow_sending_without_reply=True)
            try:
                await self._bot.send_message(chat, plain_line(text, 1000), reply_parameters=reply)
            except BadRequest as error:
                raise Refused(f"Telegram refused the answer: {redact(str(error))}") from None
            except TelegramError as error:
                raise named_error(error, press.target) from None

    async def ask(self, press: Press, question: str, *, name: str = "") -> str:
        """Put a question to whoever pressed, as a message they can only reply to; returns the question's message id.

        Raises:
            Retryable, Ambiguous, Refused, Moved: see ``notifier.delivery``.
        """
        chat, thread = _place(press.target)
        call = f'<a href="tg://user?id={int(press.account)}">{escape(plain_line(name, 40) or "👤")}</a> '
        try:
            sent = await self._bot.send_message(
                chat, call + escape(plain_line(question, 1000)), parse_mode=ParseMode.HTML, message_thread_id=thread,
                reply_markup=ForceReply(selective=True),
            )  # fmt: skip
        except BadRequest as error:
            raise Refused(f"Telegram refused the question: {redact(str(error))}") from None
        except TelegramError as error:
            raise named_error(error, press.target) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Ambiguous(f"Telegram's answer was not readable ({type(error).__name__})") from None
        return str(sent.message_id)

    async def fetch_name(self) -> str:
        """The bot's @name: what ``doctor`` asks for.

        Raises:
            ChannelError: one sentence why the bot cannot be reached.
        """
        try:
            return str((await self._bot.get_me()).username)
        except TelegramError as error:
            raise named_error(error, "") from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Retryable(f"the answer of {self.base_url} is no Bot API answer ({type(error).__name__})") from None

    async def close(self) -> None:
        await self._request.shutdown()

    async def _send_rendered(self, target: str, message: Message, options: dict[str, Any]) -> Receipt:
        chat, thread = _place(target)

        async def put(text: str, parse_mode: str | None) -> str:
            sent = await self._bot.send_message(
                chat, text, parse_mode=parse_mode, message_thread_id=thread,
                link_preview_options=LinkPreviewOptions(is_disabled=True), **options,
            )  # fmt: skip
            return str(sent.message_id)

        try:
            return await self._in_some_form(message, target, put)
        except BadRequest as error:
            if thread is not None and "thread not found" in str(error).lower():
                receipt = await self._send_rendered(chat, message, options)
                return Receipt(external_id=receipt.external_id, note="the topic is gone: sent to the main chat")
            raise Refused(f"Telegram refused the message: {redact(str(error))}") from None

    async def _in_some_form(
        self, message: Message, target: str, put: Callable[[str, str | None], Awaitable[str]]
    ) -> Receipt:
        """Try the markup, then plain text once, then a short form; other BadRequests rise to the caller."""
        try:
            rendered = render_telegram(message, mentions=self._mentions)
            try:
                return Receipt(external_id=await put(rendered.html, ParseMode.HTML))
            except BadRequest as error:
                other = _other_form(str(error).lower(), rendered, message)
                if other is None:
                    raise
                return Receipt(external_id=await put(other[0], None), note=other[1])
        except BadRequest:
            raise
        except TelegramError as error:
            raise named_error(error, target) from None
        except (KeyError, TypeError, AttributeError) as error:
            # A 200 whose body is no message: something took it, nobody knows what became of it.
            raise Ambiguous(f"Telegram's answer was not readable ({type(error).__name__})") from None


def named_error(error: TelegramError, target: str) -> ChannelError:
    """The error of python-telegram-bot as one of ours (BadRequest is handled where it can mean several things)."""
    said = redact(str(error))[:200]
    if isinstance(error, RetryAfter):
        seconds = _asked_wait(error)
        return Retryable(f"Telegram asks to wait {seconds:g} s", after=seconds, hold=True)
    if isinstance(error, ChatMigrated):
        new = "/".join([str(error.new_chat_id), *target.split("/")[1:]])
        return Moved(f"the group became {new}", new_target=new)
    if isinstance(error, Forbidden):
        return Refused(f"the bot may not write there: {said}")
    if isinstance(error, InvalidToken):
        return Retryable("Telegram does not know the bot's token (or base_url is wrong)", after=60.0, hold=True)
    if isinstance(error, Conflict):
        return Retryable(f"Telegram reports a conflict: {said}", after=5.0)
    if isinstance(error, BadRequest):
        return Refused(f"Telegram refused: {said}")
    cause = error.__cause__
    if isinstance(cause, _NEVER_LEFT):
        return Retryable(f"no connection to Telegram ({type(cause).__name__})", after=2.0)
    if isinstance(error, TimedOut) or isinstance(cause, httpx.HTTPError):
        return Ambiguous(f"no answer from Telegram ({type(cause or error).__name__})")
    if isinstance(error, NetworkError):
        if "too many requests" in said.lower():
            return Retryable("Telegram asks to wait", after=30.0, hold=True)
        return Retryable(f"Telegram has a fault: {said[:80]}", after=2.0)
    return Ambiguous(f"Telegram's answer was not readable: {said[:80]}")


def _asked_wait(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library announces that this will be a timedelta one day
        wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _other_form(said: str, rendered: TelegramText, message: Message) -> tuple[str, str] | None:
    if "can't parse entities" in said or "entity" in said:
        return rendered.plain, "sent as plain text: Telegram could not parse the markup"
    if "too long" in said:
        return render_telegram(message, limit=SHORT_UNITS).plain, "shortened: Telegram called it too long"
    return None


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    rows = keyboard_rows(message)
    if not rows:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data) for label, data in r] for r in rows])


def _place(target: str) -> tuple[str, int | None]:
    """Chat id and topic id; the General topic (1) must not be named (tdlib#798)."""
    chat, _, thread = target.partition("/")
    return chat, int(thread) if thread.isdigit() and thread != "1" else None
