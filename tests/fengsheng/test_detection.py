"""Counting alarms over the stored counters (D1, D2, D3, D5, D6), whatever order posts arrive in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fengsheng.detection import window_ends
from records.mention import Author, Mention, replace
from scoring.alert import Count, Dimension, Level
from scoring.assessment import Category, Risk
from tests.fengsheng.builders import (
    BRAND,
    LATTE,
    ORDINARY,
    REFUND,
    TEA,
    World,
    at,
    complaints,
    make_house,
    make_world,
    mention,
    open_world,
    texts_of,
)

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


def rules(world: World) -> list[str]:
    """Every rule that fired, once for each incident it fired on."""
    return sorted(rule for row in world.rows() for rule in world.state(row.id).rules)


# -- D2 ----------------------------------------------------------------------------------------------------------------


def test_eleven_voices_within_an_hour_are_one_red_incident_and_one_alert_a_chat(world: World) -> None:
    result = world.take(complaints(11, step=5))
    state = world.only()
    assert [a.rule for a in result.alerts] == ["D2"] and state.rules == ("D2",)
    assert (state.level, state.risk, state.playbook) == (Level.RED, Risk.HIGH, "p1_high_risk")
    assert (state.raw, state.voices) == (11, 11)
    assert [(q.item.channel, q.item.target) for q in world.sent()] == [("telegram", "-1001"), ("web", "web")]
    assert len(world.sent("card")) == 2, "edits of the card that still wait are one"
    assert "11" in texts_of(world.sent())


def test_ten_voices_are_not_enough(world: World) -> None:
    assert not world.take(complaints(10, step=5)).alerts and not world.rows() and not world.store.ledger()


def test_the_hour_is_half_open(world: World) -> None:
    world.take(complaints(11, step=6))  # the first and the last are sixty minutes apart
    assert not world.rows()
    world.take([mention(50, f"{ORDINARY[0]}再来一条", 6)])
    assert world.only().rules == ("D2",)


def test_eleven_copies_or_one_loud_author_are_one_voice(world: World) -> None:
    copied = [mention(n, f"{ORDINARY[0]}，大家快来看", n) for n in range(15)]
    loud = Author(id="9", name="老王", followers=3)
    assert not world.take(copied).alerts
    assert not world.take([replace(p, author=loud) for p in complaints(15, first=100)]).alerts
    assert not world.rows()
    count = world.store.count(BRAND, "all", "", at(-1), at(60))
    assert (count.raw, count.voices) == (30, 2)


def test_the_alert_is_named_after_what_most_complaints_name(world: World) -> None:
    (alert,) = world.take(complaints(11)).alerts
    assert (alert.matter.product, alert.matter.category) == (LATTE, Category.PRODUCT_QUALITY)
    assert (alert.dimension, alert.value, alert.threshold) == (Dimension.ALL, "", 10)
    assert alert.count == Count(raw=11, voices=11) and alert.at - alert.since == timedelta(hours=1)
    assert len(alert.mentions) == 10 and set(alert.mentions) <= {f"weibo:post:{n}" for n in range(1, 12)}


def test_no_majority_is_no_name(world: World) -> None:
    other = [mention(100 + n, f"{BRAND}的{TEA}太甜了，喝不下去，差评{n}", n) for n in range(6)]
    result = world.take([*complaints(6), *other])
    alert = next(a for a in result.alerts if a.rule == "D2")
    assert alert.matter.product is None


def test_brands_are_counted_apart(tmp_path: Path) -> None:
    config = f"brands:\n  - name: {BRAND}\n  - name: 云朵咖啡\n"
    with open_world(tmp_path, config) as world:
        posts = complaints(10) + [
            replace(p, brand="云朵咖啡", text=p.text.replace(BRAND, "云朵咖啡")) for p in complaints(10, first=50)
        ]
        assert not world.take(posts).alerts


# -- D1, D3, D6 --------------------------------------------------------------------------------------------------------


def test_more_than_fifty_on_one_product_within_three_hours(world: World) -> None:
    spread_out = complaints(51, step=3.4)
    result = world.take(spread_out)
    found = {(a.rule, a.dimension) for a in result.alerts}
    assert ("D1", Dimension.PRODUCT) in found
    fifty = open_world(world.store.path.parent / "fifty")
    with fifty as other:
        assert "D1" not in {a.rule for a in other.take(spread_out[:50]).alerts}


def test_words_of_a_group_add_up_to_an_orange_alert(world: World) -> None:
    posts = [mention(n, f"{REFUND}，{'一二三四五六'[n]}号店", n * 10) for n in range(5)]
    assert "D6" not in {a.rule for a in world.take(posts[:4]).alerts}
    alert = next(a for a in world.take(posts[4:]).alerts if a.rule == "D6")
    assert (alert.dimension, alert.value, alert.level) == (Dimension.WORD_GROUP, "refund", Level.ORANGE)
    assert "退款" in texts_of(world.sent()), "the group's name in people's words"


def test_a_products_jump_against_its_own_days_is_a_surge(world: World) -> None:
    calm = [
        mention(f"{day}-{n}", f"{ORDINARY[0]}{day}天前{n}", -day * DAY - n * 7 * HOUR)
        for day in range(1, 9)
        for n in range(3)
    ]
    world.ingest.ingest(calm, now=at(0))
    assert not [r for r in world.rows() if not r.historic]
    result = world.take(complaints(9, step=3))
    assert "D3" in {a.rule for a in result.alerts}
    assert world.state(next(r.id for r in world.rows() if not r.historic)).level >= Level.ORANGE


def test_a_handful_without_history_is_no_surge(world: World) -> None:
    assert not world.take(complaints(9)).alerts


# -- order -------------------------------------------------------------------------------------------------------------


def outcome(world: World) -> tuple[object, ...]:
    state = world.only()
    keys = sorted(world.store.incident_keys(state.id))
    return state.level, state.risk, state.rules, state.raw, state.voices, keys


@pytest.fixture(scope="module")
def rooms() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


SHOWER: Sequence[Mention] = [
    *(mention(n, f"{ORDINARY[2 * (n % 2)]}，{'甲乙丙丁戊己庚'[n]}店", 6 * n) for n in range(7)),
    *(mention(50 + n, f"{ORDINARY[3]}，{'子丑寅卯'[n]}店", 5 * n) for n in range(4)),
    *(mention(60 + n, f"{ORDINARY[0]}，大家快来看", 9 * n) for n in range(3)),  # copies: one voice
    *(mention(70 + n, f"{BRAND}{LATTE}太难喝{n}", 70 + n) for n in range(3)),  # after the hour
]
"""Seventeen posts about one matter, twelve voices of them within the hour."""
SPLITS = st.sets(st.integers(1, len(SHOWER) - 1), max_size=6)


@given(order=st.permutations(range(len(SHOWER))), cuts=SPLITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_arrival_does_not_change_the_alert(rooms: Path, order: Sequence[int], cuts: set[int]) -> None:
    """However posts are shuffled and cut into polls: the same rules, level, mentions and one alert a chat."""
    with tempfile.TemporaryDirectory(dir=rooms) as folder:
        house = make_house(Path(folder))
        with house.open_store() as store:
            world = make_world(house, store)
            edges = [0, *sorted(cuts), len(SHOWER)]
            for start, end in pairwise(edges):
                world.take([SHOWER[n] for n in order[start:end]], minutes=80)
            everything = sorted(p.key for p in SHOWER)
            assert outcome(world) == (Level.RED, Risk.HIGH, ("D2",), 17, 15, everything)
            assert len(world.sent()) == 2
            assert store.verify_chain().ok


MIXED = [
    *complaints(5, step=2),
    *(mention(100 + n, f"{REFUND}，{n}号店", 3 * n) for n in range(6)),
    *(mention(200 + n, f"{BRAND}的{TEA}太甜了，喝不下去，差评{n}", 5 * n) for n in range(3)),
]


@given(order=st.permutations(range(len(MIXED))), cuts=st.sets(st.integers(1, len(MIXED) - 1), max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mixed_wave_is_red_in_any_order(rooms: Path, order: Sequence[int], cuts: set[int]) -> None:
    with tempfile.TemporaryDirectory(dir=rooms) as folder:
        house = make_house(Path(folder))
        with house.open_store() as store:
            world = make_world(house, store)
            edges = [0, *sorted(cuts), len(MIXED)]
            for start, end in pairwise(edges):
                world.take([MIXED[n] for n in order[start:end]], minutes=60)
            assert set(rules(world)) == {"D2", "D6", "L"}
            assert [r.level for r in world.rows()].count(Level.RED) == 1
            crisis = [q for q in world.sent() if q.item.chat == "crisis" and q.item.channel == "telegram"]
            assert len(crisis) == 1


# -- several windows in one batch --------------------------------------------------------------------------------------


def test_one_batch_brings_last_months_crisis_and_this_hours(world: World) -> None:
    """The first crawl of a brand brings days of posts at once: the present must not hide behind the past."""
    old = complaints(11, start=-30 * DAY, first=100)
    result = world.take([*old, *complaints(11)])
    assert [a.rule for a in result.alerts if a.rule == "D2"] == ["D2", "D2"]
    past, present = sorted(world.rows(), key=lambda r: not r.historic)
    assert (past.historic, present.historic) == (True, False)
    assert {q.item.incident for q in world.store.ledger()} == {present.id}


def test_a_wave_that_began_before_the_longest_window_still_alerts(world: World) -> None:
    wave = complaints(150, start=-26 * HOUR, step=11, first=1)  # about 5 an hour
    burst = complaints(12, start=30, step=2, first=900)
    earlier = complaints(12, start=-25 * HOUR, step=2, first=800)
    result = world.take([*wave, *earlier, *burst], minutes=60)
    assert [r.level for r in world.rows() if not r.historic] == [Level.RED]
    assert "D2" in {a.rule for a in result.alerts}


# -- what a closed incident answered for -------------------------------------------------------------------------------


def close(world: World, incident: str, minutes: float) -> None:
    lead = next(p for p in world.store.load_people() if p.name == "林组长")
    assert not world.incidents.act("close", incident, None, lead, typed="已处理", now=at(minutes)).refused


def test_complaints_of_a_closed_incident_are_not_counted_into_a_new_one(world: World) -> None:
    world.take(complaints(11))
    close(world, world.only().id, 15)
    assert not world.take(complaints(10, start=16, first=50)).alerts
    result = world.take(complaints(1, start=27, first=70))
    assert [a.rule for a in result.alerts] == ["D2"]
    first, second = world.rows()
    assert second.raw == 11 and not set(world.store.incident_keys(first.id)) & set(world.store.incident_keys(second.id))
    assert set(result.alerts[0].mentions) <= set(world.store.incident_keys(second.id))


def test_closing_one_customers_matter_does_not_reset_the_brands_count(world: World) -> None:
    world.take(complaints(8))
    world.take([mention(90, REFUND, 9)])
    close(world, world.only().id, 12)
    result = world.take(complaints(3, start=13, first=50))
    assert [a.rule for a in result.alerts] == ["D2"]
    assert world.rows()[-1].level is Level.RED


# -- the cheap bound ---------------------------------------------------------------------------------------------------

counts = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 4)), min_size=1, max_size=30, unique_by=lambda p: p[0])


@given(counts=counts, picks=st.sets(st.integers(0, 29)), span=st.integers(1, 90), more_than=st.integers(1, 20))
def test_the_bound_leaves_no_window_out(
    counts: list[tuple[int, int]], picks: set[int], span: int, more_than: int
) -> None:
    """Every window that ends on a complaint, holds a new one and passes the threshold is among those looked at."""
    minutes = [(at(m), Count(raw=n, voices=n)) for m, n in sorted(counts)]
    touched = [minutes[i % len(minutes)][0] for i in picks] or [minutes[0][0]]
    wide = timedelta(minutes=span)
    expected = [
        end
        for end, _ in minutes
        if sum(c.raw for t, c in minutes if end - wide < t <= end) > more_than
        and any(end - wide < t <= end for t in touched)
    ]
    assert list(window_ends(minutes, wide, more_than, touched=touched)) == expected
