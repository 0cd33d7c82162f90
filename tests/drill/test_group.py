"""The scripted group against a small hand-written bot that keeps a playbook of three steps."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from drill.group import Move, ScriptedGroup
from drill.scenario import Scenario, ScriptedPress
from tests.drill.conftest import START, Clock, parsed

CARD, ALERT = 101, 100
ROLES = {1: {11}, 2: {12, 11}, 3: {12}}
TITLES = {1: "成立应急小组", 2: "发布声明", 3: "请外部专家"}
INCIDENT = "DR-20261121-01"


class Desk:
    """A bot: checks roles, asks for evidence, draws the card again."""

    def __init__(self, group: ScriptedGroup, clock: Clock) -> None:
        self.group, self.clock = group, clock
        self.status = dict.fromkeys(ROLES, "open")
        self.evidence: dict[int, str] = {}
        self.asked: dict[int, tuple[str, int]] = {}
        self.closed = False
        self.next_message = 200
        self.log: list[tuple[str, int, int]] = []
        group.see_message(-77, ALERT, f"红色预警 {INCIDENT}", self.rows(alert=True), clock())
        self.draw()

    def rows(self, *, alert: bool = False) -> list[list[dict[str, Any]]]:
        rows = []
        for step, status in self.status.items():
            word = {"open": "接手", "taken": "完成", "waiting": "确认"}.get(status)
            if word:
                row = [{"text": f"{word} {step} {TITLES[step]}", "callback_data": f"{word}{step}"}]
                if not alert and status in ("open", "taken"):
                    row.append({"text": f"跳过 {step}", "callback_data": f"跳过{step}"})
                rows.append(row)
        if not alert and not self.closed:
            rows.append([{"text": "🔍 看依据", "callback_data": "看"}, {"text": "🏁 结案", "callback_data": "结案"}])
        return rows

    def draw(self) -> None:
        self.group.see_message(-77, CARD, f"事件 {INCIDENT}", self.rows(), self.clock())

    def handle(self, move: Move, callback: str) -> None:
        if move.kind == "reply":
            action, step = self.asked[move.message]
            self.log.append((action, step, move.person))
            self.evidence[step] = move.text
            if action == "结案":
                self.closed = True
            else:
                self.status[step] = "skipped" if action == "跳过" else "waiting" if step == 2 else "done"
            return self.draw()
        self.group.remember(callback, move)
        action, step = move.text[:2], int(move.text[2:] or 0)
        if step and move.person not in ROLES[step]:
            return self.group.see_answer(callback, "这一步由别的角色负责", True, self.clock())
        self.group.see_answer(callback, "好", False, self.clock())
        if action in ("完成", "跳过", "结案"):
            self.next_message += 1
            self.asked[self.next_message] = (action, step)
            question = f"「{TITLES.get(step, INCIDENT)}」：请回复这条消息"
            return self.group.see_question(-77, self.next_message, question, [move.person], self.clock())
        self.log.append((action, step, move.person))
        self.status[step] = {"接手": "taken", "确认": "done"}[action]
        return self.draw()


def run(desk: Desk, limit: int = 200) -> list[tuple[datetime, Move]]:
    """Let time jump from one due move to the next until nothing is left to do."""
    done = []
    for number in range(limit):
        due = desk.group.next_at()
        if due is None:
            return done
        desk.clock.now = max(desk.clock.now, due)
        for place, move in enumerate(desk.group.due(desk.clock())):
            done.append((desk.clock(), move))
            desk.handle(move, f"{number}-{place}")
    raise AssertionError("the group never came to rest")


def group_of(scenario: Scenario) -> ScriptedGroup:
    return ScriptedGroup(scenario.group, scenario.people, 60.0)


def test_the_script_runs_to_the_end_with_evidence_a_second_person_and_a_refusal(small: Scenario, clock: Clock) -> None:
    desk = Desk(group_of(small), clock)
    run(desk)
    assert desk.closed and desk.status == {1: "done", 2: "done", 3: "skipped"}
    assert desk.evidence == {1: "小组已到齐", 2: "声明已定稿", 3: "不需要", 0: "演练结束"}
    assert ("接手", 1, 11) in desk.log and ("确认", 2, 11) in desk.log and ("跳过", 3, 12) in desk.log
    assert desk.log[-1] == ("结案", 0, 11), "closing comes last"
    [refused] = desk.group.refused
    assert (refused.person, refused.action, refused.step, refused.expected) == (13, "take", 1, True)
    presses = [m.text for _, m in desk.group.moves if m.kind == "press"]
    assert len(presses) == len(set(presses)) + 1, "nothing is pressed twice but the step that was tried in vain"


def test_delays_are_story_time(small: Scenario, clock: Clock) -> None:
    desk = Desk(group_of(small), clock)
    moves = run(desk)
    times = {(m.action, m.step, m.person): at - START for at, m in moves if m.kind == "press"}
    assert times[("take", 1, 13)] == timedelta(seconds=10 / 60)
    assert times[("take", 1, 11)] == timedelta(seconds=1)
    assert times[("done", 1, 11)] == timedelta(seconds=2)


def test_nobody_closes_before_its_time(small: Scenario, clock: Clock) -> None:
    close = dataclasses.replace(small.group.close, not_before=600.0)  # type: ignore[type-var]
    group = ScriptedGroup(dataclasses.replace(small.group, close=close), small.people, 60.0)
    group.begin(START)
    desk = Desk(group, clock)
    moves = run(desk)
    assert desk.closed
    assert next(at for at, m in moves if m.action == "close") == START + timedelta(seconds=10)


def test_a_step_that_is_not_scripted_is_done_by_whoever_may(small: Scenario, clock: Clock) -> None:
    text = """
name: s
title: {zh: 甲, en: b}
brand: {name: 豆花}
duration: 1m
people:
  - {name: 甲, roles: {lead: A}, telegram: 13}
  - {name: 乙, roles: {pr: A}, telegram: 12}
  - {name: 丙, roles: {tech: A}, telegram: 11}
group:
  otherwise: {by: 甲, after: 5s, evidence: 已办}
posts: [{at: 0, platform: weibo, author: {name: 丁, followers: 1}, text: 豆花}]
"""
    desk = Desk(group_of(parsed(text)), clock)
    run(desk)
    assert desk.status == {1: "done", 2: "done", 3: "done"}
    assert not desk.closed, "closing was not scripted"
    assert {r.person for r in desk.group.refused} <= {12, 13} and desk.group.refused
    assert not any(r.expected for r in desk.group.refused)


def test_another_playbook_is_not_worked_by_the_script(small: Scenario, clock: Clock) -> None:
    script = dataclasses.replace(small.group, playbook="p1_high_risk")
    group = ScriptedGroup(script, small.people, 60.0)
    rows = [[{"text": "接手 1 标准话术", "callback_data": "t1"}], [{"text": "结案", "callback_data": "c"}]]
    group.see_message(-77, 5, f"{INCIDENT} 预案 p3_low@abc", rows, clock())
    assert group.next_at() is None, "no script, no otherwise, nobody moves, nobody presses in vain"
    other = dataclasses.replace(script, otherwise=ScriptedPress(by="甲", after=0, text="已办"))
    group = ScriptedGroup(other, small.people, 60.0)
    group.see_message(-77, 5, f"1. 标准话术\n公关 乙（B：丙）\n{INCIDENT} 预案 p3_low@abc", rows, clock())
    [move] = group.due(clock())
    assert (move.person, move.wrong) == (12, False), "the step carries a name"
    group.see_message(
        -77, 5, f"{INCIDENT} 预案 p1_high_risk@abc", [[{"text": "接手 1 小组", "callback_data": "n1"}]], clock()
    )
    clock.move(seconds=5)
    assert {(m.person, m.wrong) for m in group.due(clock())} == {(13, True), (11, False)}


def test_a_step_refused_for_its_order_is_tried_again_by_the_same_person_and_not_for_ever(
    small: Scenario, clock: Clock
) -> None:
    group = group_of(small)
    group.see_message(-77, 5, INCIDENT, [[{"text": "完成 1 小组", "callback_data": "d1"}]], clock())
    tried = []
    for number in range(100):
        due = group.next_at()
        if due is None:
            break
        clock.now = max(clock.now, due)
        for move in group.due(clock()):
            tried.append(move.person)
            group.remember(str(number), move)
            group.see_answer(str(number), "须等以下步骤处理完毕：安抚客户", True, clock())
    assert tried[:2] == [11, 11]
    assert len(tried) < 12


def test_a_press_that_changed_nothing_is_tried_again_later(small: Scenario, clock: Clock) -> None:
    group = group_of(small)
    rows = [[{"text": "接手 1 小组", "callback_data": "a"}]]
    group.see_message(-77, 5, INCIDENT, rows, clock())
    clock.move(seconds=1)
    first = [m for m in group.due(clock()) if m.person == 11]
    assert len(first) == 1
    assert group.due(clock()) == []
    clock.move(seconds=8)
    assert [m.person for m in group.due(clock())] == [11]
    group.see_message(-77, 5, INCIDENT, [], clock())
    clock.move(minutes=5)
    assert group.due(clock()) == [] and group.next_at() is None


def test_several_open_questions_find_their_people(small: Scenario, clock: Clock) -> None:
    group = group_of(small)
    rows = [[{"text": f"完成 {n} {TITLES[n]}", "callback_data": f"d{n}"}] for n in (1, 2)]
    group.see_message(-77, 5, INCIDENT, rows, clock())
    clock.move(seconds=2)
    assert len(group.due(clock())) == 2
    group.see_question(-77, 51, "「发布声明」：请回复", [], clock())
    group.see_question(-77, 52, "请回复", [11], clock())
    replies = {m.message: (m.person, m.text) for m in group.due(clock())}
    assert replies == {51: (12, "声明已定稿"), 52: (11, "小组已到齐")}


def test_a_notice_about_one_step_does_not_hide_the_others(small: Scenario, clock: Clock) -> None:
    group = group_of(small)
    rows = [[{"text": f"接手 {n} {TITLES[n]}", "callback_data": f"t{n}"}] for n in (1, 2)]
    group.see_message(-77, 5, INCIDENT, rows, clock())
    group.see_message(-77, 6, f"提醒 {INCIDENT}", rows[:1], clock())
    clock.move(seconds=5)
    assert {m.text for m in group.due(clock())} == {"t1", "t2"}


def test_two_incidents_are_worked_apart(small: Scenario, clock: Clock) -> None:
    group = group_of(small)
    for number in (1, 2):
        rows = [[{"text": "接手 1 小组", "callback_data": f"i{number}"}]]
        group.see_message(-77, number, f"事件 DR-20261121-0{number}", rows, clock())
    clock.move(seconds=5)
    assert {m.text for m in group.due(clock()) if m.person == 11} == {"i1", "i2"}
