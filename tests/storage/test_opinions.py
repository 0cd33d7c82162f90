"""The queue of second opinions: nothing is asked twice with the same words, nothing is lost, and every request is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from records.opinion import Opinion, OpinionState, Quote, Signs, Wanted
from storage.opinions import OpinionTurn, OpinionWish
from storage.sqlite import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WISH = OpinionWish(mention="weibo:post:1", brand="云杉茶饮", wanted=Wanted.UNCERTAIN, text_hash="a" * 64, weight=40)
SAID = Opinion(
    topicality=8.5,
    emotion=6.0,
    level="high",
    category="safety",
    target="brand",
    quotes=(
        Quote(score="topicality", quote="喝出\ud83d玻璃".replace("\ud83d", ""), at=(2, 6)),
        Quote(score="emotion", quote="气"),
    ),
    reason="喝出异物",
    model="stub-1",
)


def claim(store: Store, now: datetime = NOW) -> OpinionTurn:
    turn = store.claim_opinion(now)
    assert turn is not None
    return turn


def test_the_heaviest_that_is_due_is_asked_first(store: Store) -> None:
    store.queue_opinions([WISH, replace(WISH, mention="b", weight=160, wanted=Wanted.HIGH)], NOW)
    store.queue_opinions([replace(WISH, mention="c", weight=170)], NOW + HOUR)
    assert [claim(store).mention for _ in range(2)] == ["b", WISH.mention]
    assert store.claim_opinion(NOW) is None, "the third is not due yet"
    assert claim(store, NOW + HOUR).mention == "c"


def test_the_same_words_are_queued_once_and_others_anew(store: Store) -> None:
    store.queue_opinions([WISH], NOW)
    store.queue_opinions([replace(WISH, wanted=Wanted.HIGH, weight=150)], NOW)
    turn = claim(store)
    assert turn.wanted is Wanted.HIGH and turn.tries == 1
    store.queue_opinions([WISH], NOW)
    assert store.claim_opinion(NOW) is None
    assert store.save_opinion(turn, SAID, Signs(), "h", NOW)
    store.queue_opinions([WISH], NOW)
    assert store.claim_opinion(NOW) is None
    store.queue_opinions([replace(WISH, text_hash="b" * 64)], NOW)
    found = store.load_opinion(WISH.mention, WISH.brand)
    assert found is not None and found.state is OpinionState.WAITING and found.opinion is None
    assert claim(store).tries == 1
    assert store.same_opinion("h") is None, "it was about other words"


def test_an_answer_is_kept_whole(store: Store) -> None:
    store.queue_opinions([WISH], NOW)
    signs = Signs(safety=("玻璃",), orders=("忽略以上指令",))
    store.save_opinion(claim(store), SAID, signs, "h", NOW + HOUR)
    found = store.load_opinion(WISH.mention, WISH.brand)
    assert found is not None
    assert (found.state, found.opinion, found.signs) == (OpinionState.ANSWERED, SAID, signs)
    assert (found.queued_at, found.answered_at, found.fault) == (NOW, NOW + HOUR, "")
    assert store.same_opinion("h") == SAID and store.same_opinion("g") is None
    assert store.load_opinion(WISH.mention, "another") is None


def test_an_answer_about_words_that_were_edited_meanwhile_is_not_kept(store: Store) -> None:
    store.queue_opinions([WISH], NOW)
    turn = claim(store)
    store.queue_opinions([replace(WISH, text_hash="b" * 64)], NOW)
    assert not store.save_opinion(turn, SAID, Signs(), "h", NOW)
    store.end_opinion(turn, OpinionState.DROPPED, "prose", "", NOW)
    store.postpone_opinion(turn, NOW + HOUR, "timeout", "")
    assert claim(store).text_hash == "b" * 64


def test_what_was_being_asked_when_the_process_died_is_put_back(store: Store) -> None:
    store.queue_opinions([WISH], NOW)
    claim(store)
    assert store.claim_opinion(NOW) is None
    assert store.release_opinions(NOW) == 1
    assert claim(store).tries == 2, "a mention that kills the process is not asked about for ever"


def test_a_failed_try_waits_and_lets_others_come_first(store: Store) -> None:
    store.queue_opinions([replace(WISH, weight=45), replace(WISH, mention="b")], NOW)
    store.postpone_opinion(claim(store), NOW, "timeout", "60 s")
    assert claim(store).mention == "b"
    turn = claim(store)
    assert (turn.mention, turn.tries) == (WISH.mention, 2)
    store.postpone_opinion(turn, NOW + HOUR, "key", "HTTP 401", charged=False)
    assert store.claim_opinion(NOW) is None
    found = store.load_opinion(WISH.mention, WISH.brand)
    assert found is not None and (found.tries, found.fault, found.detail) == (1, "key", "HTTP 401")


def test_what_waited_too_long_is_given_up_and_comes_back_only_when_it_weighs_more(store: Store) -> None:
    store.queue_opinions([WISH, replace(WISH, mention="b", weight=1)], NOW)
    claim(store)
    assert store.expire_opinions(NOW + HOUR, NOW + 2 * HOUR) == 1
    found = store.load_opinion("b", WISH.brand)
    assert found is not None and (found.state, found.fault) == (OpinionState.GIVEN_UP, "expired")
    store.queue_opinions([replace(WISH, mention="b")], NOW)
    assert store.claim_opinion(NOW) is None
    store.queue_opinions([replace(WISH, mention="b", wanted=Wanted.HIGH)], NOW)
    assert claim(store).mention == "b"


def test_what_is_dropped_keeps_the_reason_and_what_is_withdrawn_is_gone(store: Store) -> None:
    store.queue_opinions([WISH, replace(WISH, mention="b", weight=1)], NOW)
    store.end_opinion(claim(store), OpinionState.DROPPED, "foreign_quote", "玻\ud83d璃", NOW)
    store.withdraw_opinion(claim(store))
    found = store.load_opinion(WISH.mention, WISH.brand)
    assert found is not None and (found.state, found.fault, found.detail) == (
        OpinionState.DROPPED,
        "foreign_quote",
        "玻?璃",
    )
    assert store.load_opinion("b", WISH.brand) is None
    assert store.count_opinions() == {OpinionState.DROPPED: 1}


def test_every_request_is_counted_whatever_became_of_it(store: Store) -> None:
    store.queue_opinions([WISH], NOW)
    turn = claim(store)
    call = store.begin_call(turn, "api.example", "m", "h", NOW)
    store.begin_call(turn, "api.example", "m", "h", NOW + HOUR)
    store.end_call(call, "timeout", NOW + HOUR)
    assert store.calls_since(NOW - HOUR) == 2
    assert store.calls_since(NOW) == 1, "the hour rolls"


def test_analysts_see_what_it_said_and_what_was_dropped(store: Store) -> None:
    store.queue_opinions([WISH, replace(WISH, mention="b", weight=1)], NOW)
    store.save_opinion(claim(store), SAID, Signs(), "h", NOW)
    store.end_opinion(claim(store), OpinionState.DROPPED, "refusal", "", NOW)
    sql = "SELECT mention, state, level, offline_level, fault FROM second_opinions_view ORDER BY mention"
    rows = store._rows(sql)
    assert [tuple(r) for r in rows] == [
        ("b", "dropped", None, None, "refusal"),
        (WISH.mention, "answered", "high", None, ""),
    ]
