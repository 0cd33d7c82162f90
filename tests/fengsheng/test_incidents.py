"""Raising and telling: playbook versions (P5), the log without personal data (G3), what rules say twice (L)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.playbook import parse_playbook
from records.mention import replace
from scoring.alert import Level
from scoring.assessment import Category
from tests.fengsheng.builders import (
    BRAND,
    HURT,
    LATTE,
    LEAD,
    SERVICE,
    T0,
    TEA,
    World,
    alert_on,
    at,
    complaints,
    make_house,
    make_world,
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


# -- the playbook's version (P5) ---------------------------------------------------------------------------------------


def test_a_running_incident_keeps_its_playbook_when_the_file_changes(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.take([mention(1, HURT)])
        running = world.only()
        old = world.house.playbooks["p1_high_risk"]
        text = old.text.replace("take_within: 5\n", "take_within: 50\n").replace("key: assemble", "key: gather")
        new, problems = parse_playbook(text, "p1.yaml")
        assert new is not None and not problems
        house = make_house(tmp_path)
        object.__setattr__(house, "playbooks", {**house.playbooks, "p1_high_risk": new})
        with house.open_store() as store:
            after = make_world(house, store)
            assert after.incidents.playbook(running).version == old.version
            assert not after.press(LEAD, running.id, "take", "assemble").refused
            assert after.state(running.id).steps["assemble"].taken_by
            after.take([mention(2, HURT.replace(LATTE, TEA), 10)])
            latest = after.state(after.rows()[-1].id)
            assert latest.playbook_version == new.version and "gather" in latest.steps
            after.incidents.tick(now=at(DAY))  # both by their own playbook
            assert store.verify_chain().ok


# -- no personal data in the log (G3) ----------------------------------------------------------------------------------


def test_the_log_holds_no_names_texts_or_accounts(world: World) -> None:
    world.take([mention(1, HURT), *complaints(12, start=1, first=2)], minutes=14)
    incident = world.only().id
    world.press(LEAD, incident, "take", "assemble")
    world.press(LEAD, incident, "done", "assemble", typed="张三手机号13800000000已回电")
    world.press(SERVICE, incident, "skip", "stopgap", typed="李四要求不公开")
    world.press(SERVICE, incident, "take", "repair")
    world.press("99887766", incident, "take", "repair")
    world.incidents.act("note", incident, None, world.person(LEAD), typed="王五来电", now=at(20))
    world.incidents.tick(now=at(3 * HOUR))
    close(world, incident, 200)
    log = repr(list(world.store.iter_chain()))
    people = [p.name for p in world.store.load_people()]
    accounts = [f"acct-{n}" for n in range(1, 14)] + [f"网友{n}" for n in range(1, 14)]
    telegram = [f"'{a}'" for p in world.store.load_people() for a in p.accounts.values()]
    words = ["13800000000", "张三", "李四", "王五", "99887766", "玻璃", "割伤", "味道很差", "已处理", "weibo.example"]
    assert not [w for w in (*people, *accounts, *telegram, *words) if w in log]
    assert len(log) > 3000 and "p_" in log


# -- the use case alone ------------------------------------------------------------------------------------------------


def test_a_rule_that_says_no_more_is_silent_and_one_that_says_more_is_not(world: World) -> None:
    raised = world.incidents.raise_alert
    incident = raised(alert_on("D1", Level.ORANGE, product=LATTE), now=at(1))
    assert incident is not None and [q.item.chat for q in world.sent()] == ["managers"]
    assert raised(alert_on("D1", Level.ORANGE, product=LATTE), now=at(2)) is None
    assert raised(alert_on("D3", Level.ORANGE, product=LATTE), now=at(3)) == incident
    assert len(world.sent()) == 1, "another rule of the same level stands on the card"
    assert raised(alert_on("D1", Level.RED, product=LATTE), now=at(4)) == incident
    assert [q.item.chat for q in world.sent()] == ["managers", "crisis", "crisis"]


def test_levels_fall_by_no_rule(world: World) -> None:
    raised = world.incidents.raise_alert
    incident = raised(alert_on("S12", Level.RED, product=LATTE), now=at(1))
    raised(alert_on("D1", Level.ORANGE, product=LATTE), now=at(2))
    assert incident is not None and world.state(incident).level is Level.RED


def test_a_card_of_no_incident_is_none(world: World) -> None:
    assert world.incidents.card("FS-20200101-01", now=T0) is None
    assert world.incidents.state("FS-20200101-01") is None


def test_a_blind_source_refreshes_the_cards_of_open_incidents(world: World) -> None:
    world.take([mention(1, HURT)])
    for queued in world.store.due_items(at(5), 100):
        assert world.store.mark_sending(queued.id, at(5)) and world.store.mark_sent(queued.id, "1", at(5))
    world.incidents.refresh_cards(BRAND, now=at(6))
    assert [q.state for q in world.sent("card")].count("queued") == 2


def test_incident_ids_count_by_the_day_people_live_in(world: World) -> None:
    late = 13 * HOUR  # 01:00 of the next day in Shanghai
    world.take([replace(mention(1, HURT, late), brand=BRAND)])
    assert world.only().id == "FS-20261121-01"
    assert world.only().matter.category is Category.SAFETY
