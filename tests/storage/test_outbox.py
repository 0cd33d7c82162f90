from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from records.chat import Block, Button, Message, OutboxItem, Priority, Style
from storage.rows_chat import message_from_json, message_to_json
from storage.sqlite import Store
from tests.storage.samples import T0, at

MESSAGE = Message(
    blocks=(
        Block(style=Style.TITLE, text="🔴 <b>星河咖啡</b>"),
        Block(style=Style.QUOTE, text="喝出异物", link="https://example.org", shrinkable=True),
    ),
    buttons=((Button(label="接手", token="b1"), Button(label="完成", token="b2", asks="evidence")),),
    drill=True,
)


def item(**more: object) -> OutboxItem:
    fields: dict[str, object] = {
        "chat": "crisis",
        "channel": "telegram",
        "target": "-1001",
        "kind": "alert",
        "priority": Priority.ALERT,
        "created_at": T0,
        "message": MESSAGE,
        "incident": "FS-20261120-01",
    }
    return OutboxItem(**(fields | more))  # type: ignore[arg-type]


def card(**more: object) -> OutboxItem:
    return item(**({"kind": "card", "priority": Priority.CARD, "message": None, "collapse": "card:1"} | more))


def states(store: Store) -> list[str]:
    return [q.state for q in reversed(store.ledger())]


@given(
    st.lists(st.builds(Block, style=st.sampled_from(Style), text=st.text(st.characters(exclude_categories=["Cs"])))),
    st.booleans(),
)
def test_messages_come_back_as_they_were(blocks: list[Block], drill: bool) -> None:
    message = Message(blocks=tuple(blocks), drill=drill)
    assert message_from_json(message_to_json(message)) == message
    assert message_from_json(message_to_json(MESSAGE)) == MESSAGE


def test_items_leave_by_priority_then_in_order(store: Store) -> None:
    full = item(silent=True, reply_to_incident=True, not_before=at(3))
    ids = store.queue([card(), item(kind="digest", priority=Priority.DIGEST), full, item()], now=T0)
    assert ids == [1, 2, 3, 4]
    assert [q.id for q in store.due_items(T0, 9)] == [4, 1, 2]  # 3 waits for its time
    due = store.due_items(at(3), 9)
    assert [q.id for q in due] == [3, 4, 1, 2]
    assert due[0].item == full
    assert [q.id for q in store.due_items(at(3), 2)] == [3, 4]


def test_one_way_of_a_message(store: Store) -> None:
    (id,) = store.queue([item()], now=T0)
    assert store.mark_sending(id, T0)
    assert not store.mark_sending(id, T0)  # a second process must not send it too
    assert store.due_items(at(1), 9) == []
    assert store.mark_sent(id, "m77", at(1))
    (sent,) = store.ledger("FS-20261120-01")
    assert (sent.state, sent.external_id, sent.sent_at, sent.attempts, sent.error) == ("sent", "m77", at(1), 1, None)
    assert not store.mark_failed(id, "late", at(2), None)
    assert store.ledger("FS-20261120-02") == []


def test_failures_wait_or_end(store: Store) -> None:
    one, two = store.queue([item(), item()], now=T0)
    store.mark_sending(one, T0)
    store.mark_failed(one, "429", T0, at(5))
    assert [q.id for q in store.due_items(at(4), 9)] == [two]
    retried = store.due_items(at(5), 9)[0]
    assert (retried.id, retried.attempts, retried.error) == (one, 1, "429")
    store.mark_failed(one, "chat not found", at(6), None)
    assert states(store) == ["failed", "queued"]


def test_cards_that_wait_collapse_into_the_newest(store: Store) -> None:
    first, other = store.queue([card(), card(collapse="card:2")], now=T0)
    second, third = store.queue([card(kind="card"), card(created_at=at(1))], now=at(1))
    assert states(store) == ["collapsed", "queued", "collapsed", "queued"]
    # the newest takes the place of the first, so that a card that changes often is not put off for ever
    assert [q.id for q in store.due_items(at(1), 9)] == [third, other]
    store.queue([card(target="-1002"), card(chat="digest"), card(channel="web"), item()], now=at(1))
    assert states(store).count("collapsed") == 2
    assert first < second


def test_a_card_that_is_being_sent_is_not_replaced(store: Store) -> None:
    (id,) = store.queue([card()], now=T0)
    store.mark_sending(id, T0)
    store.queue([card()], now=at(1))
    assert states(store) == ["sending", "queued"]


def test_a_new_card_keeps_the_waiting_time_the_channel_asked_for(store: Store) -> None:
    (id,) = store.queue([card()], now=T0)
    store.mark_sending(id, T0)
    store.mark_failed(id, "429", T0, at(5))
    (new,) = store.queue([card()], now=at(1))
    assert store.due_items(at(4), 9) == []
    assert [q.id for q in store.due_items(at(5), 9)] == [new]


def test_an_urgent_item_is_not_held_by_the_one_it_replaces(store: Store) -> None:
    store.queue([card(not_before=at(480))], now=T0)
    (urgent,) = store.queue([card(priority=Priority.ALERT)], now=at(1))
    assert [q.id for q in store.due_items(at(1), 9)] == [urgent]


def test_after_a_crash_what_was_being_sent_is_ambiguous_and_repeated_once(store: Store) -> None:
    sent, cut, waiting = store.queue([item(), item(), item()], now=T0)
    store.mark_sending(sent, T0)
    store.mark_sent(sent, "m1", T0)
    store.mark_sending(cut, T0)
    (repeat,) = store.recover_sending(at(1))
    assert store.recover_sending(at(1)) == []
    assert states(store) == ["sent", "ambiguous", "queued", "queued"]
    ledger = {q.id: q for q in store.ledger()}
    assert "may have arrived" in (ledger[cut].error or "")
    assert f"repeats #{cut}" in (ledger[repeat].error or "")
    assert ledger[repeat].item == ledger[cut].item
    store.mark_sending(repeat, at(2))
    store.mark_sent(repeat, "m2", at(2))
    assert f"repeats #{cut}" in (store.ledger(limit=1)[0].error or "")
    assert [q.id for q in store.due_items(at(3), 9)] == [waiting]


def test_a_repeat_keeps_its_note_through_failures(store: Store) -> None:
    (id,) = store.queue([item()], now=T0)
    store.mark_sending(id, T0)
    (repeat,) = store.recover_sending(T0)
    for error in ("429; slow", "502"):
        store.mark_sending(repeat, T0)
        store.mark_failed(repeat, error, T0, T0)
        assert store.ledger(limit=1)[0].error == f"repeats #{id}, which may have arrived; {error}"
    store.mark_sending(repeat, T0)
    store.mark_sent(repeat, "m1", T0)
    assert (store.ledger(limit=1)[0].error or "").startswith(f"repeats #{id}, which may have arrived;")


def test_a_message_that_kills_its_sender_is_not_repeated_for_ever(store: Store) -> None:
    (id,) = store.queue([item()], now=T0)
    for _ in range(10):
        store.mark_sending(id, T0)
        repeats = store.recover_sending(T0)
        if not repeats:
            break
        (id,) = repeats
    assert states(store) == ["ambiguous"] * 4


def test_a_cut_card_is_not_repeated_behind_a_newer_one(store: Store) -> None:
    (id,) = store.queue([card()], now=T0)
    store.mark_sending(id, T0)
    store.queue([card()], now=T0)
    assert store.recover_sending(at(1)) == []
    assert states(store) == ["ambiguous", "queued"]


def test_ambiguous_may_be_settled_or_repeated(store: Store) -> None:
    one, two = store.queue([item(), item()], now=T0)
    for id in (one, two):
        store.mark_sending(id, T0)
    assert store.mark_ambiguous(one, "timeout", T0) is None
    repeat = store.mark_ambiguous(two, "timeout", T0, at(2))
    assert store.mark_sent(one, "m1", at(1))
    assert [q.id for q in store.due_items(at(2), 9)] == [repeat]
    assert store.mark_ambiguous(one, "again", at(3), at(3)) is None


def test_cards_are_remembered_per_chat(store: Store) -> None:
    store.save_card("FS-1", "telegram", "-1", "m1")
    store.save_card("FS-1", "telegram", "-1", "m2")
    assert store.load_card("FS-1", "telegram", "-1") == "m2"
    assert store.load_card("FS-1", "web", "-1") is None
    store.forget_card("FS-1", "telegram", "-1")
    assert store.load_card("FS-1", "telegram", "-1") is None


def test_a_chat_that_moved_takes_everything_along(store: Store) -> None:
    old = store.queue([item(), item(), item(target="-7"), item(channel="web")], now=T0)
    store.mark_sending(old[0], T0)
    store.mark_sent(old[0], "m1", T0)
    store.save_card("FS-1", "telegram", "-1001", "m1")
    store.rewrite_target("telegram", "-1001", "-1002")
    assert [q.item.target for q in reversed(store.ledger())] == ["-1001", "-1002", "-7", "-1001"]
    assert store.load_card("FS-1", "telegram", "-1002") == "m1"
    # the config still names the old id
    assert store.load_card("FS-1", "telegram", "-1001") == "m1"
    store.queue([item()], now=T0)
    assert store.ledger(limit=1)[0].item.target == "-1002"
    store.rewrite_target("telegram", "-1002", "-1003")
    assert store.current_target("telegram", "-1001") == "-1003"
    store.rewrite_target("telegram", "-1003", "-1001")
    assert store.current_target("telegram", "-1001") == "-1001"
    assert store.load_card("FS-1", "telegram", "-1001") == "m1"
    assert store.current_target("web", "-1001") == "-1001"
