"""Invented people, alerts and playbooks for the tests of this package."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playbooks.incident import apply, fold, open_incident
from playbooks.playbook import Playbook, parse_playbook
from playbooks.state import IncidentState
from records.event import Event, Person
from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Category, Risk

T0 = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LIBRARY = Path(__file__).parents[2] / "playbooks" / "library"

SMALL = """\
name: small
title: {zh: 小预案, en: Small}
goal: {zh: 目标, en: Goal}
scope: {zh: 范围, en: Scope}
risks: [high]
steps:
  - key: assemble
    title: {zh: 集合, en: Assemble}
    norm: {zh: 召集, en: Call in}
    roles: [pr, tech]
    take_within: 10
    done_within: 100
  - key: statement
    title: {zh: 声明, en: Statement}
    norm: {zh: 发布, en: Publish}
    roles: [pr]
    take_within: 20
    done_within: 200
    outward: true
    after: [assemble]
  - key: report
    title: {zh: 日报, en: Report}
    norm: {zh: 每日, en: Daily}
    roles: [tech]
    take_within: 10
    done_within: 100
    recurs: 1440
    needs_evidence: false
  - key: experts
    title: {zh: 专家, en: Experts}
    norm: {zh: 外援, en: Outside help}
    roles: [legal]
    take_within: 10
    done_within: 100
    optional: true
"""


def minutes(count: float) -> datetime:
    """A moment so many minutes after the opening of the incident."""
    return T0 + timedelta(minutes=count)


def playbook(text: str = SMALL) -> Playbook:
    parsed, problems = parse_playbook(text, "small.yaml")
    assert parsed is not None, problems
    return parsed


def shipped() -> dict[str, Playbook]:
    found = {}
    for file in sorted(LIBRARY.glob("*.yaml")):
        parsed, problems = parse_playbook(file.read_text(encoding="utf-8"), file.name)
        assert parsed is not None, problems
        found[parsed.name] = parsed
    return found


BOOK = playbook()
GENTLE = replace(BOOK, escalates=False)

PR_A = Person(id="p_pra", name="林", roles={"pr": "A"})
PR_B = Person(id="p_prb", name="周", roles={"pr": "B"})
TECH = Person(id="p_tech", name="吴", roles={"tech": "A"})
LEGAL = Person(id="p_legal", name="郑", roles={"legal": "A"})
LEAD = Person(id="p_lead", name="王", roles={"lead": "A"})
SENIOR = Person(id="p_senior", name="赵", roles={"senior": "A"})
DUTY = Person(id="p_duty", name="钱", roles={"duty": "A"})
GUEST = Person(id="p_guest", name="孙", roles={})
PEOPLE = (PR_A, PR_B, TECH, LEGAL, LEAD, SENIOR, DUTY, GUEST)


def alert(rule: str = "D2", level: Level = Level.RED, risk: Risk = Risk.HIGH) -> Alert:
    return Alert(
        rule=rule,
        matter=Matter(brand="星河咖啡", product="星河轻享拿铁", category=Category.SAFETY, problem="异物"),
        dimension=Dimension.ALL,
        value="",
        level=level,
        risk=risk,
        since=T0 - timedelta(hours=1),
        at=T0,
        count=Count(raw=14, voices=11),
        threshold=10.0,
        mentions=("weibo:1", "weibo:2"),
    )


def opened(
    book: Playbook = BOOK, *, level: Level = Level.RED, risk: Risk = Risk.HIGH, rule: str = "D2", historic: bool = False
) -> IncidentState:
    return fold(
        open_incident("FS-20261121-01", alert(rule, level, risk), book, at=T0, historic=historic, drill=True).events
    )


def after(state: IncidentState, events: Iterable[Event]) -> IncidentState:
    """The state after events that went through the log's JSON, as they do in the database."""
    for event in events:
        state = apply(state, replace(event, data=json.loads(json.dumps(event.data))))
    return state
