"""What messages are rendered from: alerts, evidence, people, blind sources, buttons, and the playbook's own version."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fengsheng.views import EVIDENCE, alerts_of, earlier_of, evidence_of
from notifier.view import EvidenceView
from playbooks.state import IncidentState
from records.chat import Message
from records.event import Event
from records.mention import Author, Engagement, Verified
from records.outcome import Outcome
from records.source import Outage
from scoring.alert import Count, Dimension, Level
from scoring.assessment import Risk
from tests.fengsheng.builders import (
    BRAND,
    HURT,
    LATTE,
    LEAD,
    ORDINARY,
    REFUND,
    SERVICE,
    T0,
    World,
    at,
    complaints,
    mention,
    open_world,
    texts_of,
    whole_database,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


def words(message: Message) -> str:
    return "\n".join(b.text for b in message.blocks)


def card(world: World, incident: str, minutes: float = 5) -> str:
    return words(world.incidents.views.card(world.state(incident), now=at(minutes)))


def blind(source: str = "weibo", brands: tuple[str, ...] = (BRAND,), **changes: Any) -> Outage:
    outage = Outage(source=source, brands=brands, outcome=Outcome.BLOCKED_LOGIN, began=at(-30))
    return dataclasses.replace(outage, **changes)


# -- alerts ------------------------------------------------------------------------------------------------------------


def test_the_alerts_of_an_incident_are_told_from_its_log(world: World) -> None:
    raised = {a.rule: a for a in world.take([mention(1, HURT), *complaints(11, first=2)]).alerts}
    state = world.only()
    told = {a.rule: a for a in alerts_of(state, world.store.load_events(state.id))}
    assert set(told) == set(raised) >= {"S12", "D2"}
    wave = told["D2"]
    assert wave.count == raised["D2"].count and wave.threshold == 10
    assert (wave.since, wave.at, wave.level, wave.risk) == (
        raised["D2"].since,
        raised["D2"].at,
        Level.RED,
        Risk.HIGH,
    )
    assert told["S12"].count is None and told["S12"].mentions == ("weibo:post:1",)
    assert not wave.reasons, "their words lie with the mentions, not in the log (G3)"


def test_of_one_rule_the_latest_alert_counts_and_groups_have_peoples_names(world: World) -> None:
    for n in range(5):
        world.take([mention(n, f"{REFUND}，{n}号店", n)])
    state = world.only()
    alerts = alerts_of(state, world.store.load_events(state.id), {"refund": "要求退款"})
    (group,) = [a for a in alerts if a.rule == "D6"]
    assert (group.dimension, group.value, group.label) == (Dimension.WORD_GROUP, "refund", "要求退款")
    assert group.count == Count(raw=5, voices=5)
    view = world.incidents.views.view(state, now=at(9))
    assert [a.rule for a in view.alerts] == ["D6", "L"], "the gravest first"


# -- evidence ----------------------------------------------------------------------------------------------------------


def test_evidence_comes_gravest_first_then_by_spread(world: World) -> None:
    loud = Engagement(likes=4000, comments=900, reposts=800)
    world.take([*complaints(11, first=10), mention(1, HURT), mention(2, f"{ORDINARY[0]}再也不来", 3, metrics=loud)])
    state = world.only()
    view = world.incidents.views.view(state, now=at(20))
    assert len(view.evidence) == EVIDENCE
    assert view.evidence[0].key == "weibo:post:1" or view.evidence[0].level is Risk.HIGH
    ranks = [(e.level.rank, e.spread) for e in view.evidence]
    assert ranks == sorted(ranks, reverse=True)
    stored = world.store.incident_mentions(state.id)
    assert evidence_of(reversed(stored), BRAND) == evidence_of(stored, BRAND)
    assert evidence_of(stored, "云朵咖啡") == []


def test_ordinary_authors_stay_unnamed_and_verified_ones_are_named(world: World) -> None:
    paper = Author(id="77", name="星城晚报", followers=900_000, verified=Verified.MEDIA)
    world.take([mention(1, HURT), mention(2, f"{HURT}，记者到场", 1, author=paper)])
    by_key: dict[str, EvidenceView] = {e.key: e for e in world.incidents.views.view(world.only(), now=at(5)).evidence}
    assert by_key["weibo:post:2"].author == "星城晚报" and by_key["weibo:post:1"].author is None
    everything = words(world.incidents.views.detail(world.only(), now=at(5)))
    everything += card(world, world.only().id) + texts_of(world.sent())
    assert "星城晚报" in everything and "网友1" not in everything and "acct-1" not in everything
    assert "S1" in everything or "话题" in everything, "with the scores and reasons (S13)"


# -- what is not visible (W6) ------------------------------------------------------------------------------------------


def test_sources_that_cannot_be_seen_stand_on_alert_and_card(world: World) -> None:
    world.store.begin_outage(blind(brands=("云朵咖啡", BRAND)))
    world.store.begin_outage(blind("xiaohongshu", ("云朵咖啡",)))
    world.take([mention(1, HURT)])
    state = world.only()
    assert [s.source for s in world.incidents.views.view(state, now=at(5)).not_visible] == ["weibo"]
    assert "微博" in card(world, state.id) and "微博" in texts_of(world.sent())
    assert "小红书" not in card(world, state.id)


def test_a_source_that_came_back_while_the_incident_lived_stays_on_the_card(world: World) -> None:
    world.store.begin_outage(blind("zhihu", began=at(-50), ended=at(-20)))
    world.store.begin_outage(blind("tieba", began=at(-9), ended=at(1)))
    world.store.begin_outage(blind("weibo", began=at(2)))
    world.take([mention(1, HURT, 0)])
    state = world.only()
    (opened,) = world.store.open_outages("weibo")
    world.store.end_outage(opened, at(4))
    view = world.incidents.views.view(state, now=at(9))
    assert [(s.source, s.ended) for s in view.not_visible] == [("tieba", at(1)), ("weibo", at(4))]
    shown = words(world.incidents.views.card(state, now=at(9)))
    assert "微博：12:02–12:04 没看到（要求登录），已恢复" in shown
    assert "贴吧：11:51–12:01" in shown and "知乎" not in shown


# -- steps, people, words ----------------------------------------------------------------------------------------------


def test_the_card_shows_who_took_what_and_the_evidence_typed(world: World) -> None:
    world.take([mention(1, HURT)])
    incident = world.only().id
    world.press(LEAD, incident, "take", "assemble", minutes=3)
    world.press(LEAD, incident, "done", "assemble", minutes=9, typed="已拉群A17")
    view = world.incidents.views.view(world.state(incident), now=at(10))
    assert "已拉群A17" in view.texts.values()
    shown = card(world, incident, 10)
    assert "林组长" in shown and "12:09" in shown


def test_words_that_were_erased_are_left_out(world: World) -> None:
    world.take([mention(1, HURT)])
    incident = world.only().id
    world.incidents.act("note", incident, None, world.person(SERVICE), typed="客户电话已回", now=at(3))
    state = dataclasses.replace(world.state(incident), notes=("no such text",))
    assert world.incidents.views.view(state, now=at(5)).texts == {}


# -- what changed ------------------------------------------------------------------------------------------------------


def test_the_card_says_what_came_since_it_was_opened(world: World) -> None:
    world.take([mention(1, HURT), *complaints(3, first=2)], minutes=4)
    incident = world.only().id
    assert world.incidents.views.view(world.only(), now=at(5)).earlier is None
    world.take([mention(20, f"{HURT}，第二位", 6), mention(21, f"{HURT}，第三位", 7)])
    earlier = world.incidents.views.view(world.only(), now=at(9)).earlier
    assert earlier is not None and (earlier.at, earlier.level) == (at(4), Level.RED)
    assert world.only().raw - earlier.raw == 2
    assert "+2" in card(world, incident, 9)


def test_nothing_is_compared_with_nothing() -> None:
    state = IncidentState(
        id="FS-1", matter=None, opened_at=T0, level=Level.RED, risk=Risk.HIGH, playbook="p", playbook_version="1",  # type: ignore[arg-type]
        updated_at=T0,
    )  # fmt: skip
    assert earlier_of(state, []) is None
    assert earlier_of(state, [Event(incident="FS-1", kind="opened", at=T0, data={"level": 3})]) is None


# -- buttons -----------------------------------------------------------------------------------------------------------


def test_the_same_button_keeps_its_token_and_resolves_to_its_step(world: World) -> None:
    world.take([mention(1, HURT)])
    state = world.only()
    first = world.incidents.views.view(state, now=at(1)).tokens
    assert first and first == world.incidents.views.view(state, now=at(60)).tokens
    assert len(set(first.values())) == len(first)
    for (action, step), token in first.items():
        target = world.store.load_button(token)
        assert target is not None and (target.incident, target.action, target.step) == (state.id, action, step)
        assert len(token) <= 40 and token.isascii()


def test_another_incident_has_other_tokens(world: World) -> None:
    world.take([mention(1, HURT), mention(2, HURT.replace(LATTE, "抹茶乌龙"))])
    one, two = (world.incidents.views.view(world.state(r.id), now=at(1)).tokens for r in world.rows())
    assert not set(one.values()) & set(two.values())


def test_a_look_without_buttons_writes_nothing(world: World) -> None:
    world.take([mention(1, HURT)])
    state = world.only()
    with world.house.open_store(read_only=True) as reader:
        from fengsheng.views import Views

        before = whole_database(world.store)
        message = Views(store=reader, house=world.house).card(state, now=at(5), buttons=False)
        assert not message.buttons and "红色" in words(message)
        assert whole_database(world.store) == before


# -- the playbook ------------------------------------------------------------------------------------------------------


def test_a_version_that_was_never_stored_is_told(world: World) -> None:
    world.take([mention(1, HURT)])
    strange = dataclasses.replace(world.only(), playbook_version="000000000000")
    with pytest.raises(LookupError, match="p1_high_risk 000000000000"):
        world.incidents.views.playbook(strange)


def test_the_head_of_the_log_stands_on_the_card(world: World) -> None:
    world.take([mention(1, HURT)])
    head = world.store.chain_head()[1]
    assert world.incidents.views.view(world.only(), now=at(5)).chain_head == head
    assert head[:8] in card(world, world.only().id)
