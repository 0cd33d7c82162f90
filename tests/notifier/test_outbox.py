"""Everything queued leaves once, at worst twice, in order of urgency, whatever the channels do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from notifier.delivery import Ambiguous, ChannelError, Gone, Moved, Pace, Refused, Retryable
from notifier.outbox import Channel, Outbox, Store
from notifier.pacing import Pacer
from records.chat import Priority
from tests.notifier.builders import NOW, FakeChannel, FakeStore, kinds_of, make_item, make_message, raising

CARD = make_message("事件卡")


class Ticks:
    """A monotonic clock in the hands of the test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make_outbox(store: FakeStore, *channels: FakeChannel, ticks: Ticks | None = None, **options: object) -> Outbox:
    typed: Store = store
    named: dict[str, Channel] = {c.name: c for c in channels}
    return Outbox(typed, named, lambda i, c, t: CARD, monotonic=ticks or Ticks(), **options)  # type: ignore[arg-type]


async def test_sends_marks_and_tells() -> None:
    store, channel, told = FakeStore(), FakeChannel(), []
    store.queue(make_item(silent=True))
    outbox = make_outbox(store, channel, on_sent=lambda q, ident, at: told.append((q.id, ident, at)))
    assert await outbox.send_due(NOW) == 1
    assert (store.rows[1].state, store.rows[1].external_id) == ("sent", "1")
    assert channel.options == [{"silent": True, "reply_to": None}]
    assert told == [(1, "1", NOW)]
    assert await outbox.send_due(NOW) == 0, "nothing is sent twice"


async def test_urgent_before_card_edits_and_a_reply_goes_under_the_card() -> None:
    store, channel = FakeStore(), FakeChannel()
    store.save_card("FS-20261121-01", "fake", "-100", "55")
    store.queue(
        make_item(kind="card", message=None, priority=Priority.CARD),
        make_item(kind="escalation", priority=Priority.ESCALATION, reply_to_incident=True),
        make_item(),
    )
    await make_outbox(store, channel).send_due(NOW)
    assert kinds_of(channel.sent) == ["send", "send", "edit"]
    assert channel.options[1]["reply_to"] == "1", "the alert that went out first is the card now"
    assert channel.sent[2][2] is CARD


async def test_the_alert_becomes_the_card_and_a_new_alert_the_new_one() -> None:
    """One message that updates itself, not two that say the same at the same moment."""
    store, channel = FakeStore(), FakeChannel()
    outbox = make_outbox(store, channel)
    for _ in range(2):
        store.queue(make_item(), make_item(kind="card", message=None, priority=Priority.CARD))
        await outbox.send_due(NOW)
    assert kinds_of(channel.sent) == ["send", "edit", "send", "edit"]
    assert store.load_card("FS-20261121-01", "fake", "-100") == store.rows[3].external_id


async def test_the_card_is_sent_once_then_edited_then_sent_anew_when_gone() -> None:
    store = FakeStore()
    channel = FakeChannel(lambda: None, lambda: None, raising(Gone("deleted")))
    outbox = make_outbox(store, channel)
    for _ in range(3):
        store.queue(make_item(kind="card", message=None, priority=Priority.CARD))
        assert await outbox.send_due(NOW) == 1
    assert kinds_of(channel.sent) == ["send", "edit", "send"]
    assert store.load_card("FS-20261121-01", "fake", "-100") == "3"


async def test_two_waiting_cards_of_one_incident_become_one_edit() -> None:
    store, channel = FakeStore(), FakeChannel()
    store.queue(*[make_item(kind="card", message=None, collapse="card:1") for _ in range(3)])
    await make_outbox(store, channel).send_due(NOW)
    assert len(channel.sent) == 1
    assert [r.state for r in store.rows.values()] == ["collapsed", "collapsed", "sent"]


async def test_a_card_of_nothing_is_failed_with_a_reason() -> None:
    store, channel = FakeStore(), FakeChannel()
    store.queue(make_item(kind="card", message=None))
    outbox = Outbox(store, {"fake": channel}, lambda i, c, t: None)
    assert await outbox.send_due(NOW) == 0
    assert store.rows[1].state == "failed" and "nothing to show" in (store.rows[1].error or "")


async def test_an_unknown_channel_fails_with_what_is_accepted() -> None:
    store, failed = FakeStore(), []
    store.queue(make_item(channel="pigeon"))
    await make_outbox(store, FakeChannel(), on_failed=lambda q, error: failed.append(error)).send_due(NOW)
    assert store.rows[1].error == 'no channel "pigeon" is set up: accepted are fake'
    assert failed == [store.rows[1].error]


async def test_retryable_waits_at_least_as_long_as_asked_and_longer_each_time() -> None:
    store = FakeStore()
    channel = FakeChannel(*[raising(Retryable("busy", after=3.0))] * 3)
    store.queue(make_item())
    outbox, waits, now = make_outbox(store, channel), [], NOW
    for _ in range(3):
        await outbox.send_due(now)
        waits.append((store.rows[1].next_at - now).total_seconds())
        now = store.rows[1].next_at
    assert waits == [3.0, 4.0, 8.0]
    assert await outbox.send_due(now) == 1
    assert store.rows[1].attempts == 4


async def test_a_retry_does_not_leave_before_its_time() -> None:
    store, channel = FakeStore(), FakeChannel(raising(Retryable("busy", after=30.0)))
    store.queue(make_item())
    outbox = make_outbox(store, channel)
    await outbox.send_due(NOW)
    assert await outbox.send_due(NOW + timedelta(seconds=29)) == 0
    assert await outbox.send_due(NOW + timedelta(seconds=30)) == 1


async def test_a_pause_for_a_chat_holds_everything_to_it_but_no_other_chat() -> None:
    store, ticks = FakeStore(), Ticks()
    channel = FakeChannel(raising(Retryable("429", after=30.0, hold=True)))
    store.queue(make_item(), make_item(), make_item(target="-200"))
    outbox = make_outbox(store, channel, ticks=ticks)
    await outbox.send_due(NOW)
    assert [target for _, target, _ in channel.sent] == ["-200"]
    ticks.now += 31
    await outbox.send_due(NOW + timedelta(seconds=31))
    assert [target for _, target, _ in channel.sent] == ["-200", "-100", "-100"]


async def test_given_up_after_a_day() -> None:
    store, channel, failed = FakeStore(), FakeChannel(raising(Retryable("down"))), []
    store.queue(make_item())
    outbox = make_outbox(store, channel, on_failed=lambda q, error: failed.append(error))
    await outbox.send_due(NOW + timedelta(hours=25))
    assert store.rows[1].state == "failed" and failed == ["given up after 24 h: down"]


async def test_a_refusal_is_final() -> None:
    store = FakeStore()
    store.queue(make_item())
    await make_outbox(store, FakeChannel(raising(Refused("kicked")))).send_due(NOW)
    assert (store.rows[1].state, store.rows[1].error) == ("failed", "kicked")


async def test_a_lost_answer_is_sent_once_more_and_never_a_third_time() -> None:
    store, failed = FakeStore(), []
    channel = FakeChannel(raising(Ambiguous("no answer")), raising(Retryable("busy")), raising(Ambiguous("no answer")))
    store.queue(make_item())
    outbox = make_outbox(store, channel, on_failed=lambda q, error: failed.append(error))
    for minute in range(10):
        await outbox.send_due(NOW + timedelta(minutes=minute))
    assert channel.sent == [] and len(store.rows) == 2
    assert [r.state for r in store.rows.values()] == ["ambiguous", "ambiguous"]
    assert (store.rows[2].error or "").startswith("repeats #1") and len(failed) == 1


async def test_a_lost_answer_then_success_is_in_the_ledger() -> None:
    store, channel = FakeStore(), FakeChannel(raising(Ambiguous("no answer")))
    store.queue(make_item())
    outbox = make_outbox(store, channel)
    await outbox.send_due(NOW)
    assert await outbox.send_due(NOW) == 0, "the repeat waits a moment"
    assert await outbox.send_due(NOW + timedelta(seconds=5)) == 1
    assert [r.state for r in store.rows.values()] == ["ambiguous", "sent"]


async def test_an_edit_with_a_lost_answer_is_simply_tried_again() -> None:
    store, channel = FakeStore(), FakeChannel(raising(Ambiguous("no answer")))
    store.save_card("FS-20261121-01", "fake", "-100", "55")
    store.queue(make_item(kind="card", message=None))
    outbox = make_outbox(store, channel)
    await outbox.send_due(NOW)
    assert store.rows[1].state == "queued"
    assert await outbox.send_due(NOW + timedelta(minutes=1)) == 1


async def test_a_crash_while_sending_repeats_once() -> None:
    store = FakeStore()
    store.queue(make_item())
    store.mark_sending(1, NOW)
    channel = FakeChannel()
    outbox = make_outbox(store, channel)
    assert outbox.recover(NOW) == [1]
    assert await outbox.send_due(NOW) == 1
    assert await outbox.send_due(NOW) == 0


async def test_a_chat_that_moved_is_followed_with_its_card() -> None:
    store = FakeStore()
    store.save_card("FS-20261121-01", "fake", "-100", "55")
    channel = FakeChannel(raising(Moved("became a supergroup", new_target="-1009")))
    store.queue(make_item(), make_item(kind="card", message=None, priority=Priority.CARD))
    outbox = make_outbox(store, channel)
    await outbox.send_due(NOW)
    await outbox.send_due(NOW)
    assert sorted(target for _, target, _ in channel.sent)[-1] == "-1009"
    assert all(r.state == "sent" for r in store.rows.values())
    assert store.load_card("FS-20261121-01", "fake", "-1009") is not None


async def test_a_slow_channel_never_holds_up_another() -> None:
    release = asyncio.Event()
    store, slow, fast = FakeStore(), FakeChannel(release.wait, name="slow"), FakeChannel(name="fast")
    store.queue(make_item(channel="slow"), make_item(channel="fast"))
    outbox = make_outbox(store, slow, fast, patience=0.02)
    assert await outbox.send_due(NOW) == 1
    assert outbox.waiting_on == [("slow", "-100")]
    store.queue(make_item(channel="slow"), make_item(channel="fast"))
    assert await outbox.send_due(NOW) == 1
    assert len(slow.sent) == 0, "the chat that does not answer gets no second message meanwhile"
    release.set()
    await asyncio.sleep(0)
    assert await outbox.send_due(NOW) == 2


async def test_a_channel_that_never_answers_is_ambiguous() -> None:
    store = FakeStore()
    store.queue(make_item())
    await make_outbox(store, FakeChannel(asyncio.Event().wait), timeout=0.01).send_due(NOW)
    assert store.rows[1].state == "ambiguous" and "no answer within 0.01 s" in (store.rows[1].error or "")


async def test_a_broken_channel_is_tried_again_without_its_words_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.queue(make_item(), make_item(target="-200"))
    channel = FakeChannel(raising(RuntimeError("https://api.example/botSECRET/x")))
    await make_outbox(store, channel).send_due(NOW)
    assert sorted(r.state for r in store.rows.values()) == ["queued", "sent"]
    assert "RuntimeError" in caplog.text and "SECRET" not in caplog.text


async def test_closing_leaves_unfinished_sends_for_recovery() -> None:
    store = FakeStore()
    store.queue(make_item())
    outbox = make_outbox(store, FakeChannel(asyncio.Event().wait), patience=0.01)
    await outbox.send_due(NOW)
    await outbox.close(patience=0.01)
    assert store.rows[1].state == "sending"
    assert store.recover_sending(NOW) == [1]


async def test_an_item_that_was_collapsed_meanwhile_is_not_sent() -> None:
    store, channel = FakeStore(), FakeChannel()
    store.queue(make_item())
    stale = store.due_items(NOW, 10)
    store._set(1, state="collapsed")
    store.due_items = lambda now, limit, /: stale  # type: ignore[method-assign]
    assert await make_outbox(store, channel).send_due(NOW) == 0
    assert channel.sent == []


async def test_the_pace_of_a_chat_is_kept_and_alerts_find_room() -> None:
    store, ticks = FakeStore(), Ticks()
    channel = FakeChannel(pace=Pace(spacing=1.0, per_minute=20))
    outbox = make_outbox(store, channel, ticks=ticks)
    store.queue(*[make_item(kind="reminder", priority=Priority.CARD) for _ in range(30)])
    for _ in range(25):
        await outbox.send_due(NOW)
        ticks.now += 1.0
    assert len(channel.sent) == 12, "card edits may use 60 % of the minute's 20"
    store.queue(make_item(message=make_message("红")))
    assert await outbox.send_due(NOW) == 1
    assert channel.sent[-1][2].blocks[0].text == "红"
    ticks.now += 40.0
    assert await outbox.send_due(NOW) == 1, "the minute goes on"


def test_pacer_spaces_messages_and_forgets_after_a_minute() -> None:
    pacer, lane, pace = Pacer(), ("telegram", "-1"), Pace(spacing=1.0, per_minute=2)
    assert pacer.free_in(lane, pace, Priority.ALERT, 0.0) == 0
    pacer.note_sent(lane, 0.0)
    assert pacer.free_in(lane, pace, Priority.ALERT, 0.25) == 0.75
    pacer.note_sent(lane, 1.0)
    assert pacer.free_in(lane, pace, Priority.ALERT, 5.0) == 55.0
    assert pacer.free_in(lane, pace, Priority.ALERT, 60.5) == 0
    assert pacer.free_in(("telegram", "-2"), pace, Priority.ALERT, 5.0) == 0


def test_channel_errors_are_one_family() -> None:
    assert all(issubclass(e, ChannelError) for e in (Retryable, Ambiguous, Refused, Moved, Gone))
