"""Telegram, the way in: updates are fetched raw, saved, and only then confirmed; each is parsed alone.

python-telegram-bot's own polling confirms an update before its handler ends, stops for good after one 401 or 404, and
fetches an update it cannot parse for ever; so only its HTTP client is used here.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import httpx

from notifier.callbacks import valid_token
from notifier.channels.redaction import redact
from notifier.channels.telegram import TelegramChannel
from notifier.plain import plain_text
from records.chat import InboxItem, Press

CHANNEL = "telegram"
ALLOWED = ("message", "callback_query", "my_chat_member")
"""Named, because the last choice sticks to the bot and the empty list means something else."""
QUESTION_LIFE = timedelta(hours=48)
_TYPED_CHARS = 4000


class InboxStore(Protocol):
    def save_inbox(self, channel: str, external_id: str, raw: str, received_at: datetime, /) -> bool: ...
    def unhandled_inbox(self, channel: str | None = None, /) -> Sequence[InboxItem]: ...
    def mark_handled(self, id: int, result: str, now: datetime, /) -> Any: ...
    def setting(self, name: str, /) -> str | None: ...
    def save_setting(self, name: str, value: str, /) -> Any: ...


Kind = Literal["ok", "conflict", "unauthorized", "rate", "network", "fault"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeHealth:
    kind: Kind
    detail: str = ""
    """One sentence for the operators, without secrets."""
    streak: int = 0
    """Failures in a row."""
    since: datetime | None = None
    """When the trouble began."""
    wait: float = 0.0
    """Seconds to wait before the next call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    new: int
    """Updates that were not in the inbox yet."""
    seen: int
    health: IntakeHealth


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedReply:
    """Somebody replied to a message; whether to a question of the bot's, the store knows."""

    account: str
    target: str
    question: str
    """Message id of what was replied to."""
    message_id: str
    text: str


class TelegramIntake:
    """One long poll at a time; several intakes of one bot would steal each other's updates.

    Args:
        channel: the way out of the same bot (its token, address and proxy are used).
        monotonic: seconds that pass, for the time an update arrived.
        poll_seconds: how long Telegram may hold a call open while nothing happens; 0 in tests.
    """

    def __init__(
        self,
        store: InboxStore,
        channel: TelegramChannel,
        *,
        poll_seconds: int = 25,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._store = store
        self._channel = channel
        self._poll = poll_seconds
        timeout = httpx.Timeout(10.0, read=poll_seconds + 10.0)
        self._client = httpx.AsyncClient(timeout=timeout, proxy=channel.proxy, limits=httpx.Limits(max_connections=1))
        # Lost in a crash without harm: without an offset Telegram gives everything unconfirmed once more, and the inbox
        # knows what it has. Kept for one call only, because ids restart at random after a quiet week.
        self._offset: int | None = None
        self._health = IntakeHealth(kind="ok")

    @property
    def health(self) -> IntakeHealth:
        return self._health

    async def fetch_updates(self, now: datetime) -> Fetched:
        """One call of getUpdates: confirms what the call before saved, saves what comes now. Never raises for the world.

        Args:
            now: time of the call; an update is received when the answer arrives, so much later as the call was held open.
        """
        began = self._monotonic()
        parameters: dict[str, Any] = {"timeout": self._poll, "limit": 100, "allowed_updates": list(ALLOWED)}
        if self._offset is not None:
            parameters["offset"] = self._offset
        try:
            answer = await self._client.post(
                f"{self._channel.base_url}{self._channel.token}/getUpdates", json=parameters
            )
            updates = _read_answer(answer, self._channel.base_url)
        except httpx.HTTPError as error:
            detail = f"no answer from {self._channel.base_url} ({type(error).__name__})"
            return self._troubled(_Trouble("network", detail), now)
        except _Trouble as trouble:
            return self._troubled(trouble, now)
        arrived = now + timedelta(seconds=self._monotonic() - began)
        new = sum(self._save(update, arrived) for update in updates)
        ids = [u["update_id"] for u in updates if isinstance(u, dict) and isinstance(u.get("update_id"), int)]
        self._offset = ids[-1] + 1 if ids else None
        self._health = IntakeHealth(kind="ok")
        return Fetched(new=new, seen=len(updates), health=self._health)

    def load_presses(self, now: datetime) -> list[tuple[InboxItem, Press]]:
        """The presses waiting in the inbox, oldest first; whatever is none is marked handled here, with the reason.

        The caller marks each press handled in the transaction that holds its effect.
        """
        presses = []
        for item in self._store.unhandled_inbox(CHANNEL):
            try:
                update = parse_update(item.raw, item.received_at)
                press = self._resolve(update, item) if isinstance(update, TypedReply) else update
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                self._store.mark_handled(item.id, f"unreadable update: {type(error).__name__}", now)
                continue
            if press is None:
                self._store.mark_handled(item.id, "no press", now)
            else:
                presses.append((item, press))
        return presses

    async def ask(self, press: Press, question: str, now: datetime, *, name: str = "") -> None:
        """Ask whoever pressed for the words the button needs; their reply comes back as the same press with ``typed``.

        Raises:
            ChannelError: the question could not be put.
        """
        message_id = await self._channel.ask(press, question, name=name)
        pending = {"token": press.token, "account": press.account, "at": now.isoformat()}
        self._store.save_setting(_question_key(press.target, message_id), json.dumps(pending))

    async def close(self) -> None:
        await self._client.aclose()

    def _save(self, update: Any, now: datetime) -> bool:
        raw = json.dumps(update, ensure_ascii=True, separators=(",", ":"))
        return bool(self._store.save_inbox(CHANNEL, _identity(update, raw), raw, now))

    def _resolve(self, reply: TypedReply, item: InboxItem) -> Press | None:
        pending = json.loads(self._store.setting(_question_key(reply.target, reply.question)) or "null")
        if not pending or pending["account"] != reply.account:
            return None
        if item.received_at - datetime.fromisoformat(pending["at"]) > QUESTION_LIFE:
            return None
        return Press(
            channel=CHANNEL,
            account=reply.account,
            target=reply.target,
            token=pending["token"],
            typed=reply.text,
            message_id=reply.message_id,
            at=item.received_at,
        )

    def _troubled(self, trouble: _Trouble, now: datetime) -> Fetched:
        streak = self._health.streak + 1
        growing = float(min(60, 2 ** min(streak - 1, 6)))
        self._health = IntakeHealth(
            kind=trouble.kind,
            detail=redact(trouble.detail),
            streak=streak,
            since=self._health.since or now,
            wait=max(growing, trouble.wait),
        )
        return Fetched(new=0, seen=0, health=self._health)


def parse_update(raw: str, received_at: datetime) -> Press | TypedReply | None:
    """One raw update: a press of a button, a reply to a message, or None for anything else.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: the update has not the form the Bot API promises.
    """
    update = json.loads(raw)
    query = update.get("callback_query")
    if query is not None:
        return _parse_query(query, received_at)
    message = update.get("message")
    if message is None or message.get("reply_to_message") is None:
        return None
    text = _typed_words(message)
    sender = message.get("from")
    if not text or sender is None or sender.get("is_bot") or message.get("sender_chat") is not None:
        return None
    return TypedReply(
        account=str(int(sender["id"])),
        target=_target(message),
        question=str(int(message["reply_to_message"]["message_id"])),
        message_id=str(int(message["message_id"])),
        text=text,
    )


def parse_press(raw: str, received_at: datetime) -> Press | None:
    """The press in a raw update, or None; replies need the store (see ``TelegramIntake.load_presses``)."""
    update = parse_update(raw, received_at)
    return update if isinstance(update, Press) else None


def _parse_query(query: Mapping[str, Any], received_at: datetime) -> Press | None:
    data, message = query.get("data"), query.get("message")
    if not isinstance(data, str) or not valid_token(data) or message is None:
        return None
    # An old message comes as "inaccessible": it has a chat and an id, and that is all that is used.
    return Press(
        channel=CHANNEL,
        account=str(int(query["from"]["id"])),
        target=_target(message),
        token=data,
        callback_id=str(query["id"]),
        message_id=str(int(message["message_id"])),
        at=received_at,
    )


def _target(message: Mapping[str, Any]) -> str:
    chat = str(int(message["chat"]["id"]))
    thread = message.get("message_thread_id") if message.get("is_topic_message") else None
    return f"{chat}/{int(thread)}" if thread else chat


def _typed_words(message: Mapping[str, Any]) -> str:
    """What the person wrote; a picture or file counts as evidence by its kind and message id."""
    words = plain_text(str(message.get("text") or message.get("caption") or ""))[:_TYPED_CHARS]
    kinds = [k for k in ("photo", "document", "video", "audio", "voice") if message.get(k)]
    if kinds:
        words = f"{words} [{kinds[0]}, message {int(message['message_id'])}]".strip()
    return words


def _identity(update: Any, raw: str) -> str:
    """Unique id of an update. Ids restart at random after a quiet week, so the id alone could meet an old one."""
    if not isinstance(update, dict):
        return "sha256:" + hashlib.sha256(raw.encode()).hexdigest()[:24]
    query, message = update.get("callback_query"), update.get("message")
    if isinstance(query, dict) and query.get("id"):
        mark = f"q{query['id']}"
    elif isinstance(message, dict) and isinstance(message.get("chat"), dict):
        mark = f"m{message['chat'].get('id')}:{message.get('message_id')}:{message.get('date')}"
    else:
        mark = hashlib.sha256(raw.encode()).hexdigest()[:16]
    return f"{update.get('update_id')}:{mark}"[:200]


def _question_key(target: str, message_id: str) -> str:
    return f"question:{CHANNEL}:{target.split('/', 1)[0]}:{message_id}"


class _Trouble(Exception):
    def __init__(self, kind: Kind, detail: str, *, wait: float = 0.0) -> None:
        super().__init__(detail)
        self.kind: Kind = kind
        self.detail = detail
        self.wait = wait


def _read_answer(answer: httpx.Response, base_url: str) -> list[Any]:
    """The list of updates in an answer of getUpdates, or the named trouble it tells of."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _Trouble("fault", f"{base_url} answered {answer.status_code} without JSON")
    said = " ".join(str(body.get("description", "")).split())[:160]
    if answer.status_code == httpx.codes.OK and isinstance(body.get("result"), list):
        return list(body["result"])
    if answer.status_code == httpx.codes.CONFLICT:
        raise _Trouble("conflict", f"another program fetches this bot's updates, or a webhook is set: {said}", wait=5.0)
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
        detail = f"{base_url} does not know the token (revoked, mistyped, or a wrong base_url)"
        raise _Trouble("unauthorized", detail, wait=30.0)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        parameters = body.get("parameters")
        asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
        wait = float(asked) if isinstance(asked, int | float) else 30.0
        raise _Trouble("rate", f"Telegram asks to wait {wait:g} s before the next call", wait=wait)
    raise _Trouble("fault", f"{base_url} answered {answer.status_code}: {said}")
