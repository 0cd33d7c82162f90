"""The outbox: queued rows become chat messages, each at least once and at worst twice, and the ledger says so.

Priorities, pace per chat, coalesced cards and back-off are decided here; what a channel can do lies in the channels.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

from notifier.delivery import Ambiguous, ChannelError, Gone, Moved, Pace, Receipt, Refused, Retryable
from notifier.pacing import Lane, Pacer
from records.chat import InboxItem, Message, Press, QueuedItem

_LOG = logging.getLogger(__name__)


class Store(Protocol):
    """What the notifier needs of ``storage`` (the same names; positional)."""

    def transaction(self) -> AbstractContextManager[Any]: ...
    def due_items(self, now: datetime, limit: int, /) -> Sequence[QueuedItem]: ...
    def mark_sending(self, id: int, now: datetime, /) -> bool: ...
    def mark_sent(self, id: int, external_id: str | None, now: datetime, /) -> Any: ...
    def mark_failed(self, id: int, error: str, now: datetime, retry_at: datetime | None, /) -> Any: ...
    def mark_ambiguous(self, id: int, error: str, now: datetime, repeat_at: datetime | None = None, /) -> Any: ...
    def recover_sending(self, now: datetime, /) -> Sequence[int]: ...
    def save_card(self, incident: str, channel: str, target: str, external_id: str, /) -> Any: ...
    def load_card(self, incident: str, channel: str, target: str, /) -> str | None: ...
    def rewrite_target(self, channel: str, old: str, new: str, /) -> Any: ...
    def save_inbox(self, channel: str, external_id: str, raw: str, received_at: datetime, /) -> bool: ...
    def unhandled_inbox(self, channel: str | None = None, /) -> Sequence[InboxItem]: ...
    def mark_handled(self, id: int, result: str, now: datetime, /) -> Any: ...
    def save_button(
        self, token: str, /, *, incident: str, action: str, step: str | None = None, roles: Iterable[str] = ()
    ) -> Any: ...
    def load_button(self, token: str, /) -> Any: ...
    def setting(self, name: str, /) -> str | None: ...
    def save_setting(self, name: str, value: str, /) -> Any: ...


class Channel(Protocol):
    """One way out. Errors of the world are ``ChannelError``s; anything else is a bug."""

    @property
    def name(self) -> str: ...
    @property
    def interactive(self) -> bool: ...
    def pace(self, target: str) -> Pace: ...
    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt: ...
    async def edit(self, target: str, external_id: str, message: Message) -> Receipt: ...
    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None: ...
    async def close(self) -> None: ...


RenderCard = Callable[[str, str, str], Message | None]
"""(incident, channel, target) → the card as it stands now; None where there is nothing to show any more."""

GIVE_UP = timedelta(hours=24)
"""A message that could not be delivered for so long is failed for good (Telegram keeps presses no longer either)."""
LONGEST_WAIT = 300.0
_BATCH = 1000
REPEAT_AFTER = 3.0
"""Seconds between a send without an answer and its repeat."""
REPEAT_NOTE = "repeats #"
"""How the store begins the note of a repeated item (the ledger shows which message it repeats)."""


class Outbox:
    """Sends what is due. Belongs to one event loop and to the thread of its store.

    Args:
        channels: name → channel.
        render_card: draws a card at the moment of sending.
        clock: gives the time of a receipt; None = the ``now`` of the call.
        monotonic: seconds for the pace of real channels, whatever speed ``now`` runs at.
        timeout: seconds after which a send without an answer is ambiguous.
        patience: seconds that ``send_due`` waits for slow channels; they go on behind it.
        on_sent: told (item, receipt id, time) in the transaction that marks the item sent.
        on_failed: told (item, error) when an item is given up (failed, or unanswered twice), in the same transaction.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        render_card: RenderCard,
        *,
        clock: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        timeout: float = 40.0,
        patience: float = 5.0,
        on_sent: Callable[[QueuedItem, str, datetime], None] | None = None,
        on_failed: Callable[[QueuedItem, str], None] | None = None,
    ) -> None:
        self._store = store
        self._channels = dict(channels)
        self._render_card = render_card
        self._clock = clock
        self._monotonic = monotonic
        self._timeout = timeout
        self._patience = patience
        self._on_sent = on_sent
        self._on_failed = on_failed
        self._pacer = Pacer()
        self._busy: dict[Lane, asyncio.Task[int]] = {}

    def recover(self, now: datetime) -> list[int]:
        """After a start: what was being sent when the process died may be there; each goes out once more."""
        return list(self._store.recover_sending(now))

    async def send_due(self, now: datetime) -> int:
        """Send what is due and the pace allows; the rest stays queued for the next call (call about once a second).

        Chats are served side by side, the items of one chat in order of priority. A chat whose channel does not
        answer is left behind after ``patience`` seconds and skipped until it does.

        Returns:
            Number of messages and edits that were delivered since the last call.
        """
        delivered = self._collect()
        lanes: dict[Lane, list[QueuedItem]] = defaultdict(list)
        for queued in self._store.due_items(now, _BATCH):
            item = queued.item
            if item.channel not in self._channels:
                known = ", ".join(sorted(self._channels)) or "none"
                self._fail(queued, f'no channel "{item.channel}" is set up: accepted are {known}', now)
                continue
            lanes[(item.channel, item.target)].append(queued)
        tasks = []
        for lane, items in lanes.items():
            if lane not in self._busy:
                self._busy[lane] = asyncio.create_task(self._send_lane(lane, items, now))
                tasks.append(self._busy[lane])
        if tasks:
            await asyncio.wait(tasks, timeout=self._patience)
        return delivered + self._collect()

    async def close(self, patience: float = 5.0) -> None:
        """Wait for sends under way, then give them up (they are recovered at the next start)."""
        tasks = list(self._busy.values())
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=patience)
            for task in pending:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._busy.clear()

    @property
    def waiting_on(self) -> list[Lane]:
        """The (channel, target) pairs whose channel has not answered yet: for health reports."""
        return [lane for lane, task in self._busy.items() if not task.done()]

    def _collect(self) -> int:
        finished = [(lane, task) for lane, task in self._busy.items() if task.done()]
        for lane, _ in finished:
            del self._busy[lane]
        return sum(task.result() for _, task in finished)

    async def _send_lane(self, lane: Lane, items: Sequence[QueuedItem], now: datetime) -> int:
        channel, delivered = self._channels[lane[0]], 0
        drawn: set[str] = set()
        for queued in items:
            item = queued.item
            if item.kind == "card" and item.incident in drawn:
                continue
            if self._pacer.free_in(lane, channel.pace(lane[1]), item.priority, self._monotonic()) > 0:
                continue
            if item.kind == "card" and item.incident is not None:
                drawn.add(item.incident)
            delivered += await self._send_one(channel, lane, queued, now)
        return delivered

    async def _send_one(self, channel: Channel, lane: Lane, queued: QueuedItem, now: datetime) -> int:
        if not self._store.mark_sending(queued.id, now):
            return 0
        try:
            async with asyncio.timeout(self._timeout):
                receipt = await self._deliver(channel, lane, queued)
        except TimeoutError:
            self._note_failure(queued, lane, Ambiguous(f"no answer within {self._timeout:g} s"), self._time(now))
        except ChannelError as error:
            self._note_failure(queued, lane, error, self._time(now))
        except Exception as error:
            # One channel's bug must not stop the others; the item is tried again and the log names the kind of bug only,
            # because its text may carry an address with a secret.
            _LOG.error("channel %s broke with %s", lane[0], type(error).__name__)
            self._note_failure(queued, lane, Retryable(f"channel broke: {type(error).__name__}"), self._time(now))
        else:
            if receipt is None:
                self._fail(queued, "nothing to show: the incident has no card any more", self._time(now))
                return 0
            self._note_sent(queued, receipt, self._time(now))
            return 1
        return 0

    async def _deliver(self, channel: Channel, lane: Lane, queued: QueuedItem) -> Receipt | None:
        item, target = queued.item, lane[1]
        card = self._store.load_card(item.incident, lane[0], target) if item.incident else None
        if item.kind != "card":
            if item.message is None:
                raise Refused(f"the {item.kind} has no message")
            self._pacer.note_sent(lane, self._monotonic())
            reply_to = card if item.reply_to_incident else None
            return await channel.send(target, item.message, silent=item.silent, reply_to=reply_to)
        message = self._render_card(item.incident or "", lane[0], target)
        if message is None:
            return None
        if card is not None:
            self._pacer.note_sent(lane, self._monotonic())
            try:
                return await channel.edit(target, card, message)
            except Gone:
                pass
            except Ambiguous as error:
                # Editing twice is the same as editing once.
                raise Retryable(str(error)) from error
        self._pacer.note_sent(lane, self._monotonic())
        return await channel.send(target, message, silent=item.silent)

    def _note_sent(self, queued: QueuedItem, receipt: Receipt, now: datetime) -> None:
        item = queued.item
        if receipt.note is not None:
            _LOG.info("message %d on %s: %s", queued.id, item.channel, receipt.note)
        with self._store.transaction():
            # The alert becomes the incident's card: one message that updates itself, not two that say the same.
            if item.kind in ("alert", "card") and item.incident is not None:
                self._store.save_card(item.incident, item.channel, item.target, receipt.external_id)
            self._store.mark_sent(queued.id, receipt.external_id, now)
            if self._on_sent is not None:
                self._on_sent(queued, receipt.external_id, now)

    def _note_failure(self, queued: QueuedItem, lane: Lane, error: ChannelError, now: datetime) -> None:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        if isinstance(error, Moved):
            with self._store.transaction():
                self._store.rewrite_target(lane[0], lane[1], error.new_target)
                self._store.mark_failed(queued.id, said, now, now)
        elif isinstance(error, Ambiguous):
            self._note_unanswered(queued, said, now)
        elif isinstance(error, Retryable):
            wait = max(error.after, min(LONGEST_WAIT, 2.0 ** min(queued.attempts + 1, 9)))
            if error.hold:
                self._pacer.hold(lane, max(error.after, 1.0), self._monotonic())
            if now - queued.item.created_at > GIVE_UP:
                self._fail(queued, f"given up after {GIVE_UP.total_seconds() / 3600:g} h: {said}", now)
            else:
                # The note that this is a repeat stays in front: it is what keeps a message from going out a third time.
                kept = f"{(queued.error or '').split(';', 1)[0]}; {said}" if _is_repeat(queued) else said
                self._store.mark_failed(queued.id, kept, now, now + timedelta(seconds=wait))
        else:
            self._fail(queued, said, now)

    def _note_unanswered(self, queued: QueuedItem, said: str, now: datetime) -> None:
        """Once more after a lost answer, but not a third time; the ledger keeps both."""
        if not _is_repeat(queued):
            self._store.mark_ambiguous(queued.id, said, now, now + timedelta(seconds=REPEAT_AFTER))
            return
        error = f"{(queued.error or '').split(';', 1)[0]}; no answer again, may be there twice or not at all: {said}"
        with self._store.transaction():
            self._store.mark_ambiguous(queued.id, error, now, None)
            if self._on_failed is not None:
                self._on_failed(queued, error)

    def _fail(self, queued: QueuedItem, error: str, now: datetime) -> None:
        with self._store.transaction():
            self._store.mark_failed(queued.id, error, now, None)
            if self._on_failed is not None:
                self._on_failed(queued, error)

    def _time(self, now: datetime) -> datetime:
        return self._clock() if self._clock is not None else now


def _is_repeat(queued: QueuedItem) -> bool:
    """True where this is the one repetition that a lost answer (or a crash while sending) allows."""
    return (queued.error or "").startswith(REPEAT_NOTE)
