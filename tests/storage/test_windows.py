"""What detection asks of storage: what is worth scoring, series by minute, spans, closings, voices of copies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from playbooks.incident import close_incident, open_incident
from playbooks.playbook import Playbook, Step
from playbooks.state import EventKind, IncidentState
from records.chat import Message, OutboxItem, Priority
from records.event import Event, Person
from records.mention import Author, Engagement, Verified
from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Category, Risk
from storage.results import Fact
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, at, judged, mention

OTHER = "月光茶饮"
PLAYBOOK = Playbook(
    name="p", version="1", title={}, goal={}, scope={}, risks=("high",),
    steps=(Step(key="s", title={}, norm={}, roles=("lead",), take_within=5, done_within=60, optional=True),),
)  # fmt: skip
LEAD = Person(id="p_lead", name="林", roles={"lead": "A"})


def incident(
    store: Store, id: str, minutes: float = 0, *, historic: bool = False, level: Level = Level.RED, brand: str = BRAND
) -> IncidentState:
    """An open incident as the use cases leave one."""
    alert = Alert(
        rule="D2", matter=Matter(brand=brand, product="轻享拿铁", category=Category.SAFETY), dimension=Dimension.ALL, value="",
        level=level, risk=Risk.HIGH, since=at(minutes - 60), at=at(minutes),
    )  # fmt: skip
    return commit(store, None, *open_incident(id, alert, PLAYBOOK, at=at(minutes), historic=historic).events)


def commit(store: Store, state: IncidentState | None, *events: Event) -> IncidentState:
    from playbooks.incident import apply

    for event in events:
        state = apply(state, event)
    assert state is not None
    store.append_events(events)
    store.save_incident(state)
    return state


def close(store: Store, state: IncidentState, minutes: float) -> None:
    commit(store, state, *close_incident(state, PLAYBOOK, LEAD, at=at(minutes), reason_text_id="t").events)


def post(
    store: Store, id: str, minutes: float = 0, *, voice: str | None = None, brand: str = BRAND, **more: object
) -> str:
    """A stored and counted complaint; its key."""
    item = mention(id, published_at=at(minutes), author=Author(id=f"u{id}", name="路人"))
    store.save_mentions([judged(item, **({"brand": brand} | more))], now=at(minutes + 1))
    dims = (("all", ""), ("product", "轻享拿铁"))
    store.add_complaints([Fact(key=item.key, brand=brand, minute=at(minutes), voice=voice or id, dims=dims)])
    return item.key


# -- what is worth scoring ---------------------------------------------------------------------------------------------


def test_new_mentions_and_changed_ones_are_worth_scoring_and_no_others(store: Store) -> None:
    known = mention("1")
    store.save_mentions([judged(known)], now=T0)
    seen_again = mention("1", collected_at=at(30))
    assert store.changed_mentions([seen_again], BRAND) == []
    assert [m.id for m in store.changed_mentions([seen_again, mention("2")], BRAND)] == ["2"]
    liked = mention("1", collected_at=at(30), metrics=Engagement(likes=4, comments=1))
    edited = mention("1", collected_at=at(30), text="更正：已经退款")
    assert [m.metrics.likes for m in store.changed_mentions([liked], BRAND)] == [4]
    assert [m.text for m in store.changed_mentions([edited], BRAND)] == ["更正：已经退款"]


def test_a_mention_is_scored_for_every_brand_it_is_found_for(store: Store) -> None:
    store.save_mentions([judged(mention("1"))], now=T0)
    assert [m.id for m in store.changed_mentions([mention("1", brand=OTHER)], OTHER)] == ["1"]


def test_a_cut_text_comes_back_whole(store: Store) -> None:
    whole = mention("1", text="星河咖啡的轻享拿铁喝出异物，要求退款，客服两天没有回复")
    store.save_mentions([judged(whole)], now=T0)
    cut = mention("1", text="星河咖啡的轻享拿铁喝出异物…", collected_at=at(9), metrics=Engagement(likes=50))
    (fresh,) = store.changed_mentions([cut], BRAND)
    assert (fresh.text, fresh.metrics.likes) == (whole.text, 50)


def test_of_several_sights_in_one_batch_the_last_counts(store: Store) -> None:
    sights = [mention("1", metrics=Engagement(likes=n), collected_at=at(n)) for n in (3, 5)]
    assert [m.metrics.likes for m in store.changed_mentions(sights, BRAND)] == [5]


def test_an_ordinary_authors_name_is_no_change(store: Store) -> None:
    """Names of ordinary authors are not stored (G3), so another sight of them must not look like news."""
    store.save_mentions([judged(mention("1"))], now=T0)
    renamed = mention("1", author=Author(id="u777001", name="改名了", followers=120, verified=Verified.NONE))
    assert store.changed_mentions([renamed], BRAND) == []
    more = mention("1", author=Author(id="u777001", name="路人甲乙丙", followers=90_000, verified=Verified.NONE))
    assert len(store.changed_mentions([more], BRAND)) == 1


# -- series ------------------------------------------------------------------------------------------------------------


def test_minutes_of_a_series(store: Store) -> None:
    post(store, "1", 0)
    post(store, "2", 0.5, voice="1")
    post(store, "3", 7)
    series = (BRAND, "product", "轻享拿铁")
    assert store.minutes(*series, at(-1), at(7)) == [(at(0), Count(raw=2, voices=1)), (at(7), Count(raw=1, voices=1))]
    assert store.minutes(*series, at(0), at(6)) == [], "half-open"
    assert store.minutes(OTHER, "all", "", at(-1), at(7)) == []


def test_counted_complaints_carry_their_matter_and_incidents(store: Store) -> None:
    one, two = post(store, "1", 5), post(store, "2", 3, product=None, category=Category.NONE, problem=None)
    incident(store, "FS-1")
    incident(store, "FS-2")
    for name in ("FS-1", "FS-2"):
        store.attach_mentions(name, [one])
    second, first = store.counted_complaints(BRAND, "all", "", at(0), at(60))
    assert (first.key, first.at, sorted(first.incidents)) == (one, at(5), ["FS-1", "FS-2"])
    assert first.matter == Matter(brand=BRAND, product="轻享拿铁", category=Category.PRODUCT_QUALITY, problem="异物")
    assert (second.key, second.matter, second.incidents) == (two, Matter(brand=BRAND), ())


def test_complaints_of_a_closed_incident_are_answered_for(store: Store) -> None:
    keys = [post(store, str(n), n, voice="same" if n < 2 else str(n)) for n in range(6)]
    closed, running, old = incident(store, "FS-1"), incident(store, "FS-2"), incident(store, "FS-3", historic=True)
    store.attach_mentions(closed.id, keys[:2])
    store.attach_mentions(running.id, keys[2:4])
    store.attach_mentions(old.id, keys[4:5])
    series = (BRAND, "all", "")
    assert store.count_unanswered(*series, at(-1), at(60)) == Count(raw=6, voices=5)
    close(store, closed, 10)
    close(store, old, 10)
    assert store.count_unanswered(*series, at(-1), at(60)) == Count(raw=4, voices=4)
    assert [c.key for c in store.counted_complaints(*series, at(-1), at(60))] == keys[2:]
    assert store.count(*series, at(-1), at(60)) == Count(raw=6, voices=5), "the counters themselves stay"


def test_another_brands_closed_incident_answers_for_nothing(store: Store) -> None:
    key = post(store, "1")
    other = incident(store, "FS-1", brand=OTHER)
    store.attach_mentions(other.id, [key])
    close(store, other, 10)
    assert store.count_unanswered(BRAND, "all", "", at(-1), at(60)).raw == 1


# -- incidents ---------------------------------------------------------------------------------------------------------


def test_open_incidents_come_highest_first(store: Store) -> None:
    incident(store, "FS-1", 0, level=Level.YELLOW)
    incident(store, "FS-2", 1)
    incident(store, "FS-3", 2)
    incident(store, "FS-4", 3, historic=True)
    incident(store, "FS-5", 3, brand=OTHER)
    close(store, incident(store, "FS-6", 4), 5)
    assert [r.id for r in store.open_incidents(BRAND)] == ["FS-3", "FS-2", "FS-1"]


def test_incidents_of_history_are_found_by_the_time_of_their_mentions(store: Store) -> None:
    for name, minutes in (("FS-1", 0), ("FS-2", 10_000)):
        incident(store, name, historic=True)
        store.attach_mentions(name, [post(store, f"m{minutes}", minutes)])
    live = incident(store, "FS-3")
    store.attach_mentions(live.id, [post(store, "live", 1)])
    found = store.historic_incidents(BRAND, at(-60), at(60))
    assert [r.id for r in found] == ["FS-1"]
    assert [r.id for r in store.historic_incidents(BRAND, at(0), at(0))] == ["FS-1"], "both ends belong to it"
    assert store.historic_incidents(OTHER, at(-60), at(60)) == []


def test_the_span_of_an_incident(store: Store) -> None:
    incident(store, "FS-1")
    assert store.incident_span("FS-1") is None
    store.attach_mentions("FS-1", [post(store, "1", 30), post(store, "2", -90), post(store, "3", 5)])
    assert store.incident_span("FS-1") == (at(-90), at(30))


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        (["拿铁", "拿铁", "美式"], "拿铁"),
        (["拿铁", "拿铁", None, None, None], "拿铁"),
        (["拿铁", "拿铁", "美式", "美式"], None),
        ([None, None], None),
        ([], None),
    ],
)
def test_the_product_that_most_mentions_name(store: Store, products: list[str | None], expected: str | None) -> None:
    incident(store, "FS-1")
    store.attach_mentions("FS-1", [post(store, str(n), n, product=p) for n, p in enumerate(products)])
    assert store.incident_product("FS-1") == expected


def test_what_was_said_before(store: Store) -> None:
    state = incident(store, "FS-1", level=Level.ORANGE)
    assert store.was_said("FS-1", "D2", Level.ORANGE, Risk.HIGH) and store.was_said(
        "FS-1", "D2", Level.YELLOW, Risk.LOW
    )
    assert not store.was_said("FS-1", "D2", Level.RED, Risk.HIGH), "a higher level is news"
    assert not store.was_said("FS-1", "D", Level.YELLOW, Risk.LOW) and not store.was_said(
        "FS-1", "S12", Level.YELLOW, Risk.LOW
    )
    assert not store.was_said("FS-9", "D2", Level.YELLOW, Risk.LOW)
    by_hand = {"level": 3, "risk": "high", "from_level": 2, "from_risk": "high", "reason": "t"}
    commit(store, state, Event(incident="FS-1", kind=EventKind.LEVEL_OVERRIDDEN, at=at(1), actor="p_x", data=by_hand))
    assert not store.was_said("FS-1", "D2", Level.ORANGE, Risk.HIGH), "what rules said beside it stands in the events"


def test_the_latest_closings_of_a_brand(store: Store) -> None:
    for name, minutes in (("FS-1", 10), ("FS-2", 30)):
        close(store, incident(store, name), minutes)
    close(store, incident(store, "FS-3", historic=True), 40)
    close(store, incident(store, "FS-4", brand=OTHER), 40)
    incident(store, "FS-5")
    assert store.last_closing(BRAND, at(0)) == [(at(30), "FS-2"), (at(10), "FS-1")]
    assert store.last_closing(BRAND, at(10)) == [(at(30), "FS-2")]
    assert store.last_closing(BRAND, at(30)) == []


# -- copies (D5) -------------------------------------------------------------------------------------------------------


def test_a_copy_speaks_with_the_voice_of_whoever_had_the_words_first(store: Store) -> None:
    assert store.claim_voice(BRAND, "words", "first") == "first"
    assert store.claim_voice(BRAND, "words", "second") == "first"
    assert store.claim_voice(BRAND, "other words", "second") == "second"
    assert store.claim_voice(OTHER, "words", "second") == "second"


# -- what was delivered ------------------------------------------------------------------------------------------------


def test_delivered_messages_of_a_channel_without_cards(store: Store) -> None:
    kinds = [("alert", "web"), ("card", "web"), ("reminder", "web"), ("alert", "console"), ("answer", "web")]
    items = [
        OutboxItem(chat="crisis", channel=channel, target="t", kind=kind, priority=Priority.ALERT, created_at=T0, message=Message(blocks=()))
        for kind, channel in kinds
    ]  # fmt: skip
    ids = store.queue(items, now=T0)
    for id in ids[:-1]:
        assert store.mark_sending(id, T0) and store.mark_sent(id, "x", T0 + timedelta(seconds=1))
    assert [q.item.kind for q in store.delivered("web", 10)] == ["reminder", "alert"]
    assert [q.item.kind for q in store.delivered("web", 1)] == ["reminder"]
