"""Which chat hears of which level, how loud, and what a drill looks like (L, P11)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fengsheng.posting import queue_operations
from notifier.messages import render_operations
from records.mention import Engagement
from scoring.alert import Level
from scoring.assessment import Risk
from tests.fengsheng.builders import (
    ANGRY,
    BRAND,
    CONFIG,
    HURT,
    LATTE,
    REFUND,
    T0,
    TEA,
    World,
    alert_on,
    at,
    chats,
    mention,
    open_world,
)

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made
        assert made.store.verify_chain().ok, "whatever happened, the log is whole (G2)"


# -- levels and their chats (L) ----------------------------------------------------------------------------------------


def test_a_high_risk_mention_is_red_and_runs_the_high_risk_playbook(world: World) -> None:
    world.take([mention(1, HURT)])
    state = world.only()
    assert (state.level, state.risk, state.playbook) == (Level.RED, Risk.HIGH, "p1_high_risk")
    assert state.rules[0] == "S12" and state.matter.product == LATTE
    assert state.id == "FS-20261120-01" and chats(world.sent()) == {"crisis"}


def test_yellow_goes_to_the_duty_supervisor(world: World) -> None:
    world.take([mention(1, ANGRY)])
    assert world.only().level is Level.YELLOW
    assert [(q.item.chat, q.item.target) for q in world.sent()] == [("duty", "-1003")]


def test_orange_goes_to_the_managers(world: World) -> None:
    world.take([mention(1, f"{BRAND}{LATTE}太难喝", metrics=Engagement(reads=200_000, likes=10))])
    assert world.only().level is Level.ORANGE
    assert [(q.item.chat, q.item.target) for q in world.sent()] == [("managers", "-1002")]


@pytest.mark.parametrize(
    ("kept", "yellow", "orange"),
    [
        ("duty managers", "duty", "managers"),
        ("managers", "managers", "managers"),
        ("duty", "duty", "crisis"),
        ("", "crisis", "crisis"),
    ],
)
def test_a_level_without_a_chat_of_its_own_goes_to_the_next(
    tmp_path: Path, kept: str, yellow: str, orange: str
) -> None:
    lines = [
        x
        for x in CONFIG.splitlines()
        if not x.strip().startswith(("duty:", "managers:")) or x.split(":")[0].strip() in kept.split()
    ]
    with open_world(tmp_path, "\n".join(lines)) as world:
        raised = world.incidents.raise_alert
        assert raised(alert_on("L", Level.YELLOW, product=LATTE), now=at(1)) is not None
        assert chats(world.sent()) == {yellow}
        incident = raised(alert_on("D6", Level.ORANGE, product=TEA), now=at(1))
        assert chats(world.sent(incident=incident)) == {orange}


def test_when_the_level_rises_the_next_chat_is_told_and_the_playbook_changes(world: World) -> None:
    for n in range(4):
        world.take([mention(n, f"{REFUND}，{n}号店", n)])
    assert world.only().level is Level.YELLOW and world.only().playbook == "p3_low"
    world.take([mention(4, f"{REFUND}，4号店", 4)])
    state = world.only()
    assert (state.level, state.playbook) == (Level.ORANGE, "p2_medium")
    assert [q.item.chat for q in world.sent()] == ["duty", "managers"]
    assert set(state.steps) == {s.key for s in world.incidents.playbook(state).steps}
    assert {d.step for d in world.store.load_deadlines(state.id)} <= set(state.steps), (
        "limits of the old steps are gone"
    )


def test_nobody_is_told_twice(world: World) -> None:
    world.take([mention(1, HURT)])
    told = len(world.sent())
    for n in range(2, 7):
        result = world.take([mention(n, f"{HURT}，第{n}位", n)])
        assert "S12" not in {a.rule for a in result.alerts}
    assert len(world.sent()) == told and world.only().raw == 6
    assert world.kinds(world.only().id)[-1] == "mentions_attached", "the card updates itself"


def test_a_chat_that_has_a_card_keeps_seeing_the_present(world: World) -> None:
    """The duty supervisor's card does not stay yellow when the crisis group took over."""
    raised = world.incidents.raise_alert
    incident = raised(alert_on("L", Level.YELLOW, product=LATTE), now=at(1))
    assert incident is not None
    for queued in world.store.due_items(at(5), 100):
        assert world.store.mark_sending(queued.id, at(5)) and world.store.mark_sent(queued.id, "77", at(5))
    world.store.save_card(incident, "telegram", "-1003", "77")
    assert raised(alert_on("S12", Level.RED, product=LATTE), now=at(6)) == incident
    assert chats([q for q in world.sent("card") if q.state == "queued"]) == {"crisis", "duty"}
    assert chats(world.sent()[1:]) == {"crisis"}, "but only the crisis group is alerted"


# -- quiet hours (L) ---------------------------------------------------------------------------------------------------

QUIET = CONFIG + 'quiet_hours: {start: "11:00", end: "14:00"}\n'  # T0 is noon in Shanghai


@pytest.mark.parametrize(
    ("text", "figures", "silent", "held"),
    [
        (ANGRY, {}, False, True),
        (f"{BRAND}{LATTE}太难喝", {"reads": 200_000, "likes": 10}, True, False),
        (HURT, {}, False, False),
    ],
)
def test_quiet_hours_hold_yellow_silence_orange_and_never_red(
    tmp_path: Path, text: str, figures: dict[str, int], silent: bool, held: bool
) -> None:
    with open_world(tmp_path, QUIET) as world:
        world.take([mention(1, text, metrics=Engagement(**figures))])
        (alert, *_) = world.sent()
        assert alert.item.silent is silent
        assert (alert.item.not_before == at(120)) is held
        assert bool(world.store.due_items(at(5), 10)) is not held
        assert world.store.due_items(at(120), 10)


# -- drills ------------------------------------------------------------------------------------------------------------


def test_a_drill_is_marked_everywhere(tmp_path: Path) -> None:
    with open_world(tmp_path, drill=True) as world:
        world.take([mention(1, HURT)])
        state = world.only()
        assert state.id.startswith("DR-") and state.drill
        assert all(q.item.message.drill for q in world.sent() if q.item.message)


@pytest.mark.parametrize(("hours", "silent"), [("", False), ('quiet_hours: {start: "11:00", end: "13:00"}\n', True)])
def test_operators_are_told_silently_in_quiet_hours_and_besides_the_channel_in_trouble(
    tmp_path: Path, hours: str, silent: bool
) -> None:
    config = (
        CONFIG.partition("chats:")[0] + "chats:\n  operators: [{channel: telegram, id: -1009}, {channel: console}]\n"
    )
    with open_world(tmp_path, config + hours) as world:
        queue_operations(world.store, world.house, render_operations("来源失明", []), now=T0, besides="telegram")
        [queued] = world.store.ledger(limit=10)
    assert (queued.item.chat, queued.item.channel, queued.item.silent) == ("operators", "console", silent)


def test_the_alert_rings_the_card_is_silent_and_one_way_services_get_no_card(tmp_path: Path) -> None:
    config = CONFIG.partition("chats:")[0]
    config += "chats:\n  crisis: [{channel: telegram, id: -1001}, {channel: apprise, url_env: DIGEST_URL}]\n"
    with open_world(tmp_path, config) as world:
        world.take([mention(1, HURT)])
        items = [q.item for q in world.store.ledger(limit=100)]
    alerts = {i.channel: i for i in items if i.kind == "alert"}
    cards = {i.channel: i for i in items if i.kind == "card"}
    assert (set(alerts), set(cards)) == ({"telegram", "apprise"}, {"telegram"})
    assert not alerts["telegram"].silent and cards["telegram"].silent
