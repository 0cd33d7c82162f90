"""One matter, one incident, however many posts (D7); history (D); what a closed incident answers for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fengsheng.belonging import _may_be
from records.mention import Engagement
from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Category, Risk
from tests.fengsheng.builders import (
    ATTITUDE,
    BRAND,
    CONFIG,
    HURT,
    LATTE,
    LEAD,
    ORDINARY,
    REFUND,
    T0,
    TEA,
    World,
    at,
    complaints,
    mention,
    open_world,
)

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made
        assert made.store.verify_chain().ok, "whatever happened, the log is whole (G2)"


def close(world: World, incident: str, minutes: float) -> None:
    answer = world.incidents.act("close", incident, None, world.person(LEAD), typed="已处理完毕", now=at(minutes))
    assert not answer.refused


# -- one matter, one incident (D7) -------------------------------------------------------------------------------------


def test_posts_that_are_two_matters_at_once_raise_one_incident(world: World) -> None:
    """ "没到账" is a refund and a fault: both word counts go off over the same five posts, and nobody is told twice."""
    told = [a for n in range(6) for a in world.take([mention(n, f"{BRAND}充值卡退款一周没到账，{n}号店", n)]).alerts]
    assert [a.value for a in told if a.rule == "D6"] == ["refund"]
    assert world.only().raw == 6


@pytest.mark.parametrize(
    ("about", "level", "matter", "known", "same"),
    [
        ({"category": Category.TECH_FAULT}, Level.YELLOW, {"category": Category.REFUND}, Level.YELLOW, True),
        ({"category": Category.TECH_FAULT}, Level.ORANGE, {"category": Category.REFUND}, Level.YELLOW, False),
        ({"category": Category.SAFETY}, Level.YELLOW, {"category": Category.REFUND}, Level.RED, False),
        ({"category": Category.SAFETY}, Level.YELLOW, {"category": Category.SAFETY}, Level.RED, True),
        ({"category": Category.TECH_FAULT}, Level.YELLOW, {}, Level.RED, False),
        ({"product": LATTE}, Level.YELLOW, {"product": TEA}, Level.RED, False),
    ],
)
def test_an_alert_over_an_incidents_own_posts_is_not_always_that_incident(
    about: dict[str, Any], level: Level, matter: dict[str, Any], known: Level, same: bool
) -> None:
    alert = Alert(
        rule="D6", level=level, risk=Risk.LOW, at=T0, since=T0, matter=Matter(brand=BRAND, **about), dimension=Dimension.WORD_GROUP, value="x",
        count=Count(raw=5, voices=5), threshold=5,
    )  # fmt: skip
    assert _may_be(alert, Matter(brand=BRAND, **matter), known) is same


def test_a_second_matter_in_other_posts_is_another_incident(world: World) -> None:
    for n in range(3):
        world.take([mention(n, f"{BRAND}充值卡退款一周没到账，{n}号店", n)])
    for n in range(10, 18):
        world.take([mention(n, f"{BRAND}小程序闪退，打不开，{n}号店", n)])
    assert {r.matter.category for r in world.rows()} >= {Category.REFUND, Category.TECH_FAULT}


def test_a_running_crisis_takes_the_talk_about_it(world: World) -> None:
    world.take([mention(1, HURT)])
    crisis = world.only().id
    talk = [
        mention(2, REFUND, 5),
        mention(3, ATTITUDE, 6),
        mention(4, f"{BRAND}员工爆料：后厨一直这样，我是前员工", 7),
        *complaints(4, start=8, first=10),
    ]
    world.take(talk)
    assert [r.id for r in world.rows()] == [crisis]
    assert world.only().raw >= 5 and {q.item.incident for q in world.sent()} == {crisis}


def test_another_product_is_another_incident(world: World) -> None:
    world.take([mention(1, HURT)])
    world.take([mention(2, HURT.replace(LATTE, TEA), 3)])
    products = {row.matter.product: row.id for row in world.rows()}
    assert set(products) == {LATTE, TEA} and len(world.sent()) == 4
    world.take([mention(3, HURT.replace(LATTE, TEA) + "第二位", 5), mention(4, HURT + "第二位", 6)])
    assert world.store.incident_keys(products[TEA]) == ["weibo:post:2", "weibo:post:3"]
    assert world.store.incident_keys(products[LATTE]) == ["weibo:post:1", "weibo:post:4"]


def test_a_calm_customer_of_another_matter_stays_out(world: World) -> None:
    world.take([mention(1, HURT)])
    world.take([mention(2, f"{BRAND}的{TEA}太甜了，喝不下去，差评", 3)])
    assert world.only().raw == 1


def test_brands_have_incidents_of_their_own(tmp_path: Path) -> None:
    config = CONFIG.replace("people:", "  - {name: 云朵咖啡}\npeople:")
    with open_world(tmp_path, config) as world:
        world.take([mention(1, HURT), mention(2, HURT.replace(BRAND, "云朵咖啡"), brand="云朵咖啡")])
        assert {r.matter.brand for r in world.rows()} == {BRAND, "云朵咖啡"}


def test_posts_that_came_before_the_alarm_belong_to_the_incident(world: World) -> None:
    """Each post comes in a poll of its own; the eleventh opens the incident, and it holds all eleven."""
    for post in complaints(11):
        world.take([post])
    assert world.only().raw == 11 and len(world.store.incident_keys(world.only().id)) == 11
    assert world.only().first_post_at == T0


def test_the_whole_of_a_large_wave_is_attached(world: World) -> None:
    for start in range(0, 60, 10):
        world.take(complaints(10, start=start, first=start))
    assert world.only().raw == 60


def test_a_wave_that_began_as_a_smaller_matter_is_that_incident_grown(world: World) -> None:
    for n in range(5):
        world.take([mention(n, f"{REFUND}，{n}号店", n)])
    before = world.only()
    world.take(complaints(7, start=6, first=30))
    state = world.only()
    assert state.id == before.id and (state.level, state.raw) == (Level.RED, 12)
    assert [q.item.chat for q in world.sent() if q.item.channel == "telegram"] == ["duty", "managers", "crisis"]


def test_a_brand_wide_alarm_makes_no_second_crisis_when_the_talk_turns(world: World) -> None:
    """The hour's complaints come to name another product: the running red incident is told of, not a second one opened."""
    world.take(complaints(11))
    first = world.only().id
    tea = [mention(100 + n, f"{BRAND}的{TEA}太甜了，喝不下去，差评，{n}号店", 63 + n) for n in range(9)]
    other = [mention(200 + n, f"{BRAND}真的太差了，失望，{n}号店", 66 + n) for n in range(4)]
    result = world.take([*tea, *other])
    assert "D2" not in {a.rule for a in result.alerts}
    assert [r.id for r in world.rows() if r.level is Level.RED] == [first]


def test_another_product_that_alone_sets_the_alarm_off_is_a_crisis_of_its_own(world: World) -> None:
    world.take(complaints(11))
    tea = [mention(100 + n, f"{BRAND}的{TEA}太甜了，喝不下去，差评，{n}号店", 20 + n) for n in range(30)]
    world.take(tea[:10])
    assert len(world.rows()) == 1, "ten of another product set nothing off"
    world.take(tea[10:20])
    assert [r.raw for r in world.rows()] == [11, 20], "although a third of the hour's complaints are the first one's"
    world.take(tea[20:])
    assert [(r.level, r.matter.product) for r in world.rows()] == [(Level.RED, LATTE), (Level.RED, TEA)]
    assert world.rows()[1].raw == 30
    more = world.take(complaints(11, start=75, first=300))
    assert not more.alerts and len(world.rows()) == 2 and world.rows()[0].raw > 11


def test_what_was_seen_before_the_grave_post_that_came_first_belongs_to_it(world: World) -> None:
    """Collected late, published first: the ordinary complaints in its wake are its own."""
    world.take([mention(2, ORDINARY[0], 5), mention(3, f"{BRAND}的{TEA}太甜了，喝不下去，差评", 6)])
    assert not world.rows()
    world.take([mention(1, HURT, 0)], minutes=10)
    assert world.store.incident_keys(world.only().id) == ["weibo:post:1", "weibo:post:2"]


def test_loud_posts_that_only_an_alarm_ties_to_the_crisis_are_attached_and_logged(world: World) -> None:
    world.take([mention(1, HURT)])
    for n in range(2, 5):
        world.take([mention(n, f"{BRAND}涨价了，太贵不值，第{n}次", n, metrics=Engagement(reads=200_000, likes=5))])
    state = world.only()
    assert (state.raw, len(world.store.incident_keys(state.id))) == (4, 4)
    logged = [k for e in world.store.load_events(state.id) for k in e.data.get("mentions", ())]
    assert {f"weibo:post:{n}" for n in range(1, 5)} <= set(logged)


# -- history (D) -------------------------------------------------------------------------------------------------------


def test_old_posts_make_history_and_tell_nobody(world: World) -> None:
    world.take([mention(1, HURT, -25 * HOUR), *complaints(12, start=-25 * HOUR, first=10)], minutes=0)
    assert all(row.historic for row in world.rows()) and max(r.level for r in world.rows()) is Level.RED
    assert not world.store.ledger(limit=1000) and not world.store.due_deadlines(at(10 * DAY))
    assert world.incidents.tick(now=at(10 * DAY)) == 0
    world.incidents.refresh_cards(BRAND, now=at(1))
    assert not world.store.ledger(limit=1000)


def test_the_longest_window_is_the_edge_of_history(world: World) -> None:
    longest = world.house.rules.longest_hours * HOUR
    world.take([mention(1, HURT, -longest)], minutes=0)
    assert not world.only().historic
    world.take([mention(2, HURT.replace(LATTE, TEA), -longest - 1)], minutes=0)
    assert [r.historic for r in world.rows() if r.matter.product == TEA] == [True]


def test_history_far_apart_in_time_is_several_incidents(world: World) -> None:
    january = [mention(n, f"{HURT}，第{n}位", -300 * DAY + n * HOUR) for n in range(3)]
    june = [mention(10 + n, f"{HURT}，第{10 + n}位", -150 * DAY + n * HOUR) for n in range(3)]
    world.take([*january, *june], minutes=0)
    assert sorted(sorted(world.store.incident_keys(r.id)) for r in world.rows()) == [
        [p.key for p in january],
        [p.key for p in june],
    ]


def test_one_old_crisis_of_several_days_is_one_incident(world: World) -> None:
    days = [mention(n, f"{HURT}，第{n}位", -60 * DAY + n * 20 * HOUR) for n in range(6)]
    world.take(days, minutes=0)
    assert (world.only().raw, world.only().historic) == (6, True)


def test_the_present_never_joins_history(world: World) -> None:
    world.take([mention(1, ORDINARY[0], -20 * HOUR)], minutes=0)
    world.take([mention(2, HURT, -25 * HOUR)], minutes=0)
    assert world.only().historic and world.store.incident_keys(world.only().id) == ["weibo:post:2"]


def test_history_never_joins_the_present(world: World) -> None:
    world.take([mention(1, HURT)])
    present = world.only().id
    world.take([mention(2, f"{HURT}，第二位", -3 * DAY)], minutes=5)
    assert world.store.incident_keys(present) == ["weibo:post:1"]
    assert [r.historic for r in world.rows()] == [False, True]


# -- closed incidents --------------------------------------------------------------------------------------------------


def test_a_closed_incident_answers_for_what_was_posted_before(world: World) -> None:
    world.take([mention(1, HURT)])
    first = world.only().id
    close(world, first, 60)
    late = world.take([mention(2, f"{HURT}，第二位", 30)], minutes=70)
    assert not late.alerts and [r.id for r in world.rows()] == [first]
    again = world.take([mention(3, f"{HURT}，第三位", 61)], minutes=71)
    assert len(again.incidents) == 1 and again.incidents != [first]
    assert world.state(first).raw == 1, "a closed incident takes no more"


def test_a_closed_yellow_incident_does_not_answer_for_a_red_post(world: World) -> None:
    """Collected a little late, but nobody has seen it: the crisis group is told."""
    world.take([mention(1, f"{BRAND}员工爆料：后厨用过期牛奶，我是前员工")])
    before = world.only()
    assert before.level is Level.YELLOW
    close(world, before.id, 10)
    world.take([mention(2, HURT, 8)], minutes=12)
    assert [r.level for r in world.rows() if r.status == "open"] == [Level.RED]


def test_closing_drops_the_clocks_and_leaves_a_closed_card(world: World) -> None:
    world.take([mention(1, HURT)])
    state = world.only()
    assert world.store.load_deadlines(state.id)
    close(world, state.id, 5)
    assert not world.store.load_deadlines(state.id) and world.incidents.tick(now=at(10 * DAY)) == 0
    card = world.incidents.card(state.id, now=at(6))
    assert card is not None and not card.buttons and "已结案" in card.blocks[0].text
