"""The outbox and the intake over the real store: the two sides mean the same by every state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.channels.telegram import TelegramChannel
from notifier.channels.telegram_intake import TelegramIntake
from notifier.delivery import Ambiguous, Moved
from notifier.outbox import Outbox
from records.chat import Priority
from storage.sqlite import Store, open_store
from tests.notifier.bot_api import TOKEN, BotApi
from tests.notifier.builders import NOW, FakeChannel, make_item, make_message, raising
from tests.notifier.test_telegram_intake import a_press, a_reply


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "f.db", key=b"k" * 32)
    yield opened
    opened.close()


async def test_a_lost_answer_is_repeated_once_and_the_ledger_says_so(store: Store) -> None:
    store.queue([make_item()], now=NOW)
    channel = FakeChannel(*[raising(Ambiguous("no answer"))] * 9)
    outbox = Outbox(store, {"fake": channel}, lambda i, c, t: None)
    for minute in range(9):
        await outbox.send_due(NOW + timedelta(minutes=minute))
    rows = store.ledger()
    assert [r.state for r in rows] == ["ambiguous", "ambiguous"]
    assert (rows[0].error or "").startswith("repeats #1")


async def test_a_crash_while_sending_repeats_once(store: Store) -> None:
    store.queue([make_item()], now=NOW)
    store.mark_sending(1, NOW)
    channel = FakeChannel()
    outbox = Outbox(store, {"fake": channel}, lambda i, c, t: None)
    outbox.recover(NOW)
    assert await outbox.send_due(NOW) == 1
    assert await outbox.send_due(NOW) == 0
    assert [r.state for r in store.ledger()] == ["sent", "ambiguous"]


async def test_cards_collapse_and_follow_a_moved_chat(store: Store) -> None:
    card = {"kind": "card", "message": None, "collapse": "card", "priority": Priority.CARD}
    channel = FakeChannel(lambda: None, raising(Moved("moved", new_target="-1009")))
    outbox = Outbox(store, {"fake": channel}, lambda i, c, t: make_message("卡"))
    for n in range(4):
        store.queue([make_item(**card)] * 3, now=NOW)
        await outbox.send_due(NOW + timedelta(seconds=n))
    assert [(kind, target) for kind, target, _ in channel.sent] == [
        ("send", "-100"),
        ("edit", "-1009"),
        ("edit", "-1009"),
    ]


async def test_a_press_and_its_evidence_come_through_the_inbox(store: Store, api: BotApi) -> None:
    channel = TelegramChannel(TOKEN, base_url=api.base_url)
    intake = TelegramIntake(store, channel, poll_seconds=0)
    api.updates = [a_press(8), {"update_id": 9, "message": "?"}]
    assert (await intake.fetch_updates(NOW)).new == 2
    [(item, press)] = intake.load_presses(NOW)
    await intake.ask(press, "做了什么？", NOW)
    store.mark_handled(item.id, "asked", NOW)
    api.updates = [a_reply(20, to=101)]
    await intake.fetch_updates(NOW)
    assert [(p.token, p.typed) for _, p in intake.load_presses(NOW)] == [("tok1", "已建群")]
    await intake.close()
    await channel.close()
