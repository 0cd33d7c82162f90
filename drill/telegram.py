"""A stand-in for the Telegram Bot API: the methods a crisis bot uses, with the checks and the update semantics of the real one.

Any token is accepted. Updates wait until a getUpdates call with a higher offset confirms them; a second poller ends the
first one's call with 409. The scripted group (``drill.group``) sees every message and acts through ``deliver``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drill.group import Move, ScriptedGroup
from drill.telegram_markup import Rejected, check_keyboard, check_text

Clock = Callable[[], datetime]
Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""

BOT: dict[str, Any] = {
    "id": 9009,
    "is_bot": True,
    "first_name": "风声演练",
    "username": "fengsheng_drill_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
CALLBACK_LIFE = 900.0
"""Seconds for which a press may be answered."""


@dataclass(slots=True)
class _Sent:
    body: dict[str, Any]
    edits: int = 0


@dataclass(slots=True)
class Counts:
    sent: int = 0
    edited: int = 0
    answered: int = 0
    rejected: list[str] = field(default_factory=list)
    """Descriptions of calls that were refused."""


def failure(status: int, description: str, **parameters: Any) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return status, body


class BotApi:
    """State of the stand-in. Lives in one asyncio loop; time comes from ``clock``."""

    def __init__(
        self, *, names: Mapping[int, str], group: ScriptedGroup | None, clock: Clock, first_update: int = 1
    ) -> None:
        self._names, self._group, self._clock = names, group, clock
        self._messages: dict[tuple[int, int], _Sent] = {}
        self._updates: list[dict[str, Any]] = []
        self._next_update = first_update
        self._next_message = 100
        self._next_callback = 1
        self._callbacks: dict[str, datetime] = {}
        self._changed = asyncio.Event()
        self._poll = 0
        self._closed = False
        self.activity = asyncio.Event()
        """Set whenever the bot did something that the group may react to."""
        self.counts = Counts()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message that stands in a chat now, in order of sending."""
        return [sent.body for _, sent in sorted(self._messages.items(), key=lambda item: item[0][1])]

    def close(self) -> None:
        """End every waiting getUpdates call."""
        self._closed = True
        self._changed.set()

    async def call(self, method: str, params: Mapping[str, Any]) -> Answer:
        """One Bot API call; method names are case-insensitive as on the platform."""
        name = method.lower()
        if name == "getupdates":
            return await self._get_updates(params)
        handlers: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "getme": lambda _: BOT,
            "sendmessage": self._send,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "answercallbackquery": self._answer,
            "deletemessage": self._delete,
            "getchat": self._get_chat,
            "setmycommands": lambda _: True,
            "deletewebhook": lambda _: True,
            "sendchataction": lambda _: True,
        }
        if name not in handlers:
            return failure(404, "Not Found: method not found")
        try:
            result = handlers[name](params)
        except Rejected as rejected:
            self.counts.rejected.append(f"{method}: {rejected.description}")
            return failure(400, f"Bad Request: {rejected.description}")
        self.activity.set()
        return 200, {"ok": True, "result": result}

    def deliver(self, move: Move) -> int:
        """A person acts: the update waits for the bot. Returns its update id."""
        if move.kind == "press":
            ident = str(self._next_callback)
            self._next_callback += 1
            self._callbacks[ident] = self._clock()
            if self._group:
                self._group.remember(ident, move)
            sent = self._messages.get((move.chat, move.message))
            query = {"id": ident, "from": self._user(move.person), "chat_instance": str(move.chat), "data": move.text}
            if sent:
                query["message"] = sent.body
            return self._push({"callback_query": query})
        question = self._messages.get((move.chat, move.message))
        message = self._message(move.chat, move.text, sender=self._user(move.person))
        if question:
            message["reply_to_message"] = {k: v for k, v in question.body.items() if k != "reply_to_message"}
        return self._push({"message": message})

    def _push(self, update: dict[str, Any]) -> int:
        ident = self._next_update
        self._next_update += 1
        self._updates.append({"update_id": ident} | update)
        self._changed.set()
        return ident

    async def _get_updates(self, params: Mapping[str, Any]) -> Answer:
        self._poll += 1
        mine = self._poll
        self._changed.set()
        try:
            offset, limit = _whole(params, "offset", 0), _whole(params, "limit", 100)
            timeout = _whole(params, "timeout", 0)
        except Rejected as rejected:
            return failure(400, f"Bad Request: {rejected.description}")
        if offset > 0:
            self._updates = [u for u in self._updates if u["update_id"] >= offset]
        elif offset < 0:
            self._updates = self._updates[offset:]
        waiting = asyncio.get_running_loop().time() + timeout
        while not self._updates and not self._closed:
            self._changed.clear()
            left = waiting - asyncio.get_running_loop().time()
            if left <= 0:
                break
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                break
            if self._poll != mine:
                return failure(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
                )
        return 200, {"ok": True, "result": self._updates[: min(max(limit, 1), 100)]}

    def _send(self, params: Mapping[str, Any]) -> dict[str, Any]:
        chat = _chat(params)
        text, entities = check_text(params.get("text"), str(params.get("parse_mode") or ""))
        markup = _decoded(params.get("reply_markup"))
        rows = check_keyboard(markup)
        message = self._message(chat, text, sender=BOT)
        if entities:
            message["entities"] = entities
        if rows:
            message["reply_markup"] = {"inline_keyboard": rows}
        reply = _whole(_decoded(params.get("reply_parameters")) or {}, "message_id", 0)
        target = self._messages.get((chat, reply or _whole(params, "reply_to_message_id", 0)))
        if target:
            message["reply_to_message"] = {k: v for k, v in target.body.items() if k != "reply_to_message"}
        self._messages[(chat, message["message_id"])] = _Sent(message)
        self.counts.sent += 1
        if self._group and isinstance(markup, Mapping) and markup.get("force_reply"):
            asked = [e["user"]["id"] for e in entities if e["type"] == "text_mention"]
            self._group.see_question(chat, message["message_id"], text, asked, self._clock())
        elif self._group:
            self._group.see_message(chat, message["message_id"], text, rows, self._clock())
        return message

    def _edit_text(self, params: Mapping[str, Any]) -> dict[str, Any]:
        sent = self._find(params)
        text, entities = check_text(params.get("text"), str(params.get("parse_mode") or ""))
        return self._change(sent, text, entities, check_keyboard(_decoded(params.get("reply_markup"))))

    def _edit_markup(self, params: Mapping[str, Any]) -> dict[str, Any]:
        sent = self._find(params)
        rows = check_keyboard(_decoded(params.get("reply_markup")))
        return self._change(sent, sent.body["text"], sent.body.get("entities", []), rows)

    def _change(
        self, sent: _Sent, text: str, entities: list[dict[str, Any]], rows: list[list[dict[str, Any]]]
    ) -> dict[str, Any]:
        before = sent.body
        same_rows = before.get("reply_markup", {}).get("inline_keyboard", []) == rows
        if before["text"] == text and before.get("entities", []) == entities and same_rows:
            raise Rejected(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        kept = {k: v for k, v in before.items() if k not in ("text", "entities", "reply_markup")}
        sent.body = kept | {"text": text, "edit_date": int(self._clock().timestamp())}
        if entities:
            sent.body["entities"] = entities
        if rows:
            sent.body["reply_markup"] = {"inline_keyboard": rows}
        sent.edits += 1
        self.counts.edited += 1
        if self._group:
            chat, ident = before["chat"]["id"], before["message_id"]
            self._group.see_message(chat, ident, text, rows, self._clock())
        return sent.body

    def _answer(self, params: Mapping[str, Any]) -> bool:
        ident, text = str(params.get("callback_query_id") or ""), str(params.get("text") or "")
        asked_at = self._callbacks.pop(ident, None)
        if asked_at is None or (self._clock() - asked_at).total_seconds() > CALLBACK_LIFE:
            raise Rejected("query is too old and response timeout expired or query ID is invalid")
        if len(text) > 200:
            raise Rejected("MESSAGE_TOO_LONG")
        self.counts.answered += 1
        alert = str(params.get("show_alert") or "").lower() in ("true", "1")
        if self._group:
            self._group.see_answer(ident, text, alert, self._clock())
        return True

    def _delete(self, params: Mapping[str, Any]) -> bool:
        sent = self._find(params, "message to delete not found")
        del self._messages[(sent.body["chat"]["id"], sent.body["message_id"])]
        return True

    def _get_chat(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._chat(_chat(params)) | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }

    def _find(self, params: Mapping[str, Any], missing: str = "message to edit not found") -> _Sent:
        sent = self._messages.get((_chat(params), _whole(params, "message_id", 0)))
        if sent is None:
            raise Rejected(missing)
        return sent

    def _chat(self, chat: int) -> dict[str, Any]:
        if chat < 0:
            return {"id": chat, "type": "supergroup", "title": "演练群"}
        return {"id": chat, "type": "private", "first_name": self._names.get(chat, "某人")}

    def _user(self, person: int) -> dict[str, Any]:
        return {"id": person, "is_bot": False, "first_name": self._names.get(person, "某人")}

    def _message(self, chat: int, text: str, *, sender: Mapping[str, Any]) -> dict[str, Any]:
        ident = self._next_message
        self._next_message += 1
        who = {k: sender[k] for k in ("id", "is_bot", "first_name", "username") if k in sender}
        date = int(self._clock().timestamp())
        return {"message_id": ident, "from": who, "chat": self._chat(chat), "date": date, "text": text}


def _decoded(value: Any) -> Any:
    """A nested parameter: form bodies carry it as JSON text."""
    if isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            raise Rejected("object expected as reply markup") from None
    return value or None


def _whole(params: Mapping[str, Any], name: str, default: int) -> int:
    value = params.get(name)
    if value in (None, ""):
        return default
    try:
        return int(float(str(value)))
    except ValueError:
        raise Rejected(f"{name} must be an integer") from None


def _chat(params: Mapping[str, Any]) -> int:
    chat = _whole(params, "chat_id", 0)
    if not chat:
        raise Rejected("chat_id is empty")
    return chat
