"""Pressing by role (P8): take, done, confirm, skip, close; who may, who was first, what is asked, what the log keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fengsheng.incidents import Answer
from fengsheng.pressing import STALE_BUTTON, UNKNOWN_PERSON, step_key
from playbooks.state import EventKind, StepStatus
from records.chat import Press
from records.errors import Failed
from scoring.alert import Level
from tests.fengsheng.builders import (
    BRAND,
    CONFIG,
    DEPUTY,
    HURT,
    LEAD,
    PR,
    PR_B,
    REFUND,
    SENIOR,
    SERVICE,
    SERVICE_B,
    TECH,
    Crash,
    World,
    at,
    crashing,
    mention,
    open_world,
    texts_of,
    whole_database,
)

STRANGER = "99887766"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        made.take([mention(1, HURT)], minutes=0)
        yield made
        assert made.store.verify_chain().ok


@pytest.fixture
def incident(world: World) -> str:
    return world.only().id


def step(world: World, incident: str, key: str) -> tuple[StepStatus, str | None]:
    now = world.state(incident).steps[key]
    name = next((p.name for p in world.store.load_people() if p.id == now.taken_by), None)
    return now.status, name


def do(world: World, account: str, incident: str, key: str, typed: str) -> Answer:
    """Take a step and report it as done."""
    world.press(account, incident, "take", key)
    return world.press(account, incident, "done", key, typed=typed)


# -- taking ------------------------------------------------------------------------------------------------------------


def test_a_holder_of_the_role_takes_a_step(world: World, incident: str) -> None:
    answer = world.press(SERVICE, incident, "take", "stopgap", minutes=3)
    assert not answer.refused and "发布止损措施" in answer.text
    assert step(world, incident, "stopgap") == (StepStatus.TAKEN, "陈客服")
    assert world.state(incident).first_press_at == at(3)
    assert [q for q in world.sent("card") if q.item.created_at == at(3)], "the card shows it"


def test_the_b_person_of_the_role_may_as_well(world: World, incident: str) -> None:
    assert not world.press(SERVICE_B, incident, "take", "stopgap").refused


def test_twice_is_once(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    world.press_token(token, SERVICE, minutes=3)
    before = whole_database(world.store)
    assert world.press_token(token, SERVICE, minutes=4) == Answer(
        text=world.press_token(token, SERVICE, minutes=5).text, incident=incident
    )
    assert whole_database(world.store) == before


def test_who_comes_second_is_told_who_was_first_and_when(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    world.press_token(token, SERVICE, minutes=3)
    answer = world.press_token(token, TECH, minutes=4)
    assert answer.refused and "陈客服" in answer.text and "12:03" in answer.text
    assert step(world, incident, "stopgap") == (StepStatus.TAKEN, "陈客服")
    last = world.last_event(incident)
    assert (last.kind, last.data["code"]) == (EventKind.PRESS_REFUSED, "already_taken")
    assert last.data["first"] == world.person(SERVICE).id


def test_who_left_the_group_is_still_named_as_the_first(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    world.press_token(token, SERVICE, minutes=3)
    world.store.save_people([p for p in world.house.people(world.store) if p.name != "陈客服"])
    assert "陈客服" in world.press_token(token, TECH, minutes=4).text
    assert "陈客服" in "\n".join(b.text for b in world.incidents.views.card(world.state(incident), now=at(5)).blocks)


# -- who may not -------------------------------------------------------------------------------------------------------


def test_another_role_is_refused_and_logged_without_a_name(world: World, incident: str) -> None:
    answer = world.press(PR, incident, "take", "repair", minutes=3)
    assert answer.refused and "技术" in answer.text
    last = world.last_event(incident)
    assert (last.kind, last.actor) == (EventKind.PRESS_REFUSED, world.person(PR).id)
    assert dict(last.data) == {"step": "repair", "action": "take", "code": "wrong_role"}
    assert step(world, incident, "repair")[0] is StepStatus.OPEN and world.state(incident).first_press_at is None


def test_a_stranger_is_refused_and_logged_by_a_hash(world: World, incident: str) -> None:
    for action, key in (("take", "repair"), ("detail", None), ("close", None)):
        answer = world.press(STRANGER, incident, action, key)
        assert answer.refused and answer.text == UNKNOWN_PERSON["zh"]
        last = world.last_event(incident)
        assert (last.kind, last.data["code"]) == (EventKind.PRESS_REFUSED, "unknown_person")
        assert last.actor and last.actor.startswith("p_") and STRANGER not in repr(last)
    assert not world.sent("answer"), "no evidence for strangers"


def test_who_left_the_group_is_a_stranger(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    world.store.save_people([p for p in world.house.people(world.store) if p.name != "陈客服"])
    assert world.press_token(token, SERVICE).text == UNKNOWN_PERSON["zh"]


def test_on_the_local_page_people_are_known_by_their_id_only(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    assert world.press_token(token, SERVICE, channel="web").refused, "a Telegram number is nobody there"
    assert world.press_token(token, world.person(SERVICE).id, channel="telegram").refused
    assert not world.press_token(token, world.person(SERVICE).id, channel="web").refused


def test_an_unknown_token_does_nothing(world: World, incident: str) -> None:
    before = whole_database(world.store)
    answer = world.press_token("AAAAAAAAAAAAAAAAAAAA", LEAD)
    assert answer.refused and answer.text == STALE_BUTTON["zh"] and answer.incident is None
    assert whole_database(world.store) == before


def test_a_button_of_the_playbook_before_is_stale(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        for n in range(4):
            world.take([mention(n, f"{REFUND}，{n}号店", n)])
        incident = world.only().id
        token = world.token(incident, "take", "reply")
        world.take([mention(4, f"{REFUND}，4号店", 4)])
        assert world.only().playbook == "p2_medium"
        answer = world.press_token(token, SERVICE)
        assert answer.refused and answer.text == STALE_BUTTON["zh"]


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [None, "", "   \n"])
def test_done_asks_for_evidence_first(world: World, incident: str, typed: str | None) -> None:
    world.press(SERVICE, incident, "take", "stopgap")
    token = world.token(incident, "done", "stopgap")
    before = whole_database(world.store)
    answer = world.press_token(token, SERVICE, typed=typed)
    assert (answer.asks, answer.refused) == ("evidence", False) and "发布止损措施" in answer.text
    assert whole_database(world.store) == before, "nothing is logged yet"


def test_typed_evidence_lies_apart_from_the_log(world: World, incident: str) -> None:
    answer = do(world, LEAD, incident, "assemble", " 已拉群，结论见工单A17 ")
    assert not answer.refused and step(world, incident, "assemble") == (StepStatus.DONE, "林组长")
    text = world.state(incident).steps["assemble"].evidence
    assert text is not None and world.store.load_text(text) == "已拉群，结论见工单A17"
    assert "A17" not in repr(world.store.load_events(incident))


def test_skip_asks_for_a_reason_and_keeps_it(world: World, incident: str) -> None:
    assert world.press(SERVICE, incident, "skip", "stopgap").asks == "reason"
    assert not world.press(SERVICE, incident, "skip", "stopgap", typed="非产品缺陷").refused
    skipped = world.state(incident).steps["stopgap"]
    assert skipped.status is StepStatus.SKIPPED and world.store.load_text(skipped.reason or "") == "非产品缺陷"


def test_a_wrong_role_is_not_asked_but_refused(world: World, incident: str) -> None:
    world.press(TECH, incident, "take", "repair")
    answer = world.press(PR, incident, "done", "repair")
    assert answer.refused and not answer.asks


def test_words_typed_with_a_refused_press_are_not_kept(world: World, incident: str) -> None:
    world.press(PR, incident, "skip", "repair", typed="客户张三电话13800000000")
    assert "13800000000" not in whole_database(world.store)
    do(world, LEAD, incident, "assemble", "已召集，会议号7788")
    again = world.incidents.act("done", incident, "assemble", world.person(LEAD), typed="已召集，会议号7788", now=at(9))
    assert not again.refused and world.kinds(incident).count("step_done") == 1
    assert whole_database(world.store).count("会议号7788") == 1, "pressing twice keeps no second copy"


# -- outward steps -----------------------------------------------------------------------------------------------------


def test_outward_wording_is_confirmed_by_a_second_person(world: World, incident: str) -> None:
    world.press(PR, incident, "take", "statement")
    assert not world.press(PR, incident, "done", "statement", typed="声明草稿链接").refused
    assert step(world, incident, "statement")[0] is StepStatus.AWAITING_CONFIRMATION
    own = world.press(PR, incident, "confirm", "statement")
    assert own.refused and world.last_event(incident).data["code"] == "second_person_needed"
    other = world.press(SERVICE, incident, "confirm", "statement")
    assert other.refused and world.last_event(incident).data["code"] == "wrong_role"
    assert not world.press(PR_B, incident, "confirm", "statement").refused
    done = world.state(incident).steps["statement"]
    assert (done.status, done.confirmed_by) == (StepStatus.DONE, world.person(PR_B).id)


def test_wording_that_needs_no_second_person_is_done_at_once(world: World, incident: str) -> None:
    do(world, TECH, incident, "repair", "已下线批次")
    assert step(world, incident, "repair")[0] is StepStatus.DONE


# -- closing -----------------------------------------------------------------------------------------------------------


def finish_all(world: World, incident: str) -> None:
    for key in (s.key for s in world.incidents.playbook(world.state(incident)).steps if not s.optional):
        who = {"repair": TECH, "statement": PR}.get(key, LEAD if key in ("assemble", "monitor") else SERVICE)
        do(world, who, incident, key, f"{key} 完成")
        if world.state(incident).steps[key].status is StepStatus.AWAITING_CONFIRMATION:
            world.press(SENIOR, incident, "confirm", key)


def test_closing_with_open_steps_asks_for_a_reason(world: World, incident: str) -> None:
    assert world.press(LEAD, incident, "close").asks == "reason" and world.state(incident).open
    assert not world.press(LEAD, incident, "close", typed="误报").refused
    state = world.state(incident)
    assert not state.open and state.closed_by == world.person(LEAD).id
    row = world.store.load_incident(incident)
    assert row is not None and row.status == "closed"
    assert set(world.last_event(incident).data["waiting"]) == {"assemble", "stopgap", "statement", "repair", "monitor"}


def test_closing_when_all_is_done_needs_no_words(world: World, incident: str) -> None:
    finish_all(world, incident)
    assert not world.press(DEPUTY, incident, "close").asks
    assert not world.state(incident).open


def test_only_leaders_close(world: World, incident: str) -> None:
    answer = world.press(SERVICE, incident, "close", typed="处理完了")
    assert answer.refused and world.state(incident).open


def test_nothing_is_done_on_a_closed_incident_but_notes(world: World, incident: str) -> None:
    token = world.token(incident, "take", "stopgap")
    world.press(LEAD, incident, "close", typed="误报", minutes=6)
    answer = world.press_token(token, SERVICE, minutes=7)
    assert answer.refused and "林组长" in answer.text and "12:06" in answer.text
    note = world.incidents.act("note", incident, None, world.person(SERVICE), typed="客户已确认满意", now=at(9))
    assert not note.refused and len(world.state(incident).notes) == 1


# -- the evidence ------------------------------------------------------------------------------------------------------


def test_why_answers_with_the_evidence_in_the_chat_it_was_pressed_in(world: World, incident: str) -> None:
    token = world.token(incident, "detail", None)
    for target, chat in (("-1001", "crisis"), ("-1003", "duty")):
        press = Press(channel="telegram", account=SERVICE, target=target, token=token, at=at(5))
        assert not world.incidents.press(press).refused
        sent = world.sent("answer")[-1]
        assert (sent.item.target, sent.item.chat) == (target, chat)
        assert "玻璃" in texts_of([sent])
    assert world.kinds(incident).count("press_refused") == 0


# -- from a shell ------------------------------------------------------------------------------------------------------


def test_steps_are_named_by_key_or_number(world: World, incident: str) -> None:
    lead = world.person(LEAD)
    assert not world.incidents.act("take", incident, "1", lead, typed=None, now=at(1)).refused
    assert step(world, incident, "assemble")[0] is StepStatus.TAKEN
    for wrong in ("0", "99", "nothing", "²"):
        with pytest.raises(Failed, match="1 assemble, 2 stopgap"):
            world.incidents.act("take", incident, wrong, lead, typed=None, now=at(1))
    playbook = world.incidents.playbook(world.state(incident))
    assert step_key(playbook, "repair") == "repair"


def test_a_shell_that_cannot_ask_is_refused_and_logged(world: World, incident: str) -> None:
    answer = world.incidents.act("done", incident, "assemble", world.person(LEAD), typed=None, now=at(1))
    assert answer.refused and not answer.asks and world.last_event(incident).data["code"] == "evidence_missing"


def test_what_does_not_exist_is_said_in_one_sentence(world: World, incident: str) -> None:
    with pytest.raises(Failed, match="no incident"):
        world.incidents.act("take", "FS-20200101-01", "1", world.person(LEAD), typed=None, now=at(1))
    with pytest.raises(Failed, match="note is empty"):
        world.incidents.act("note", incident, None, world.person(LEAD), typed="  ", now=at(1))
    with pytest.raises(LookupError):
        world.incidents.act("explode", incident, None, world.person(LEAD), typed=None, now=at(1))


def test_a_level_set_by_hand_is_told_to_its_chat_and_kept_beside_the_rules(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.take([mention(1, f"{BRAND}垃圾公司骗子，气死我了，再也不来了！！！")])
        incident = world.only().id
        act = world.incidents.act
        assert act("override", incident, "red", world.person(SERVICE), typed=None, now=at(3)).refused
        assert act("override", incident, "red", world.person(TECH), typed="很重要", now=at(3)).refused
        assert not act("override", incident, "red", world.person(SERVICE), typed="记者在现场", now=at(4)).refused
        state = world.state(incident)
        assert (state.level, state.computed_level) == (Level.RED, Level.YELLOW)
        assert {q.item.chat for q in world.sent()} == {"duty", "crisis"}
        act("override", incident, "yellow", world.person(LEAD), typed="已澄清", now=at(5))
        assert world.state(incident).level is Level.YELLOW and len(world.sent()) == 3, "a fall alerts nobody"


# -- one transaction ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "call"), [("save_text", 1), ("append_events", 1), ("save_incident", 1), ("queue", 1)]
)
def test_a_crash_in_a_press_leaves_nothing_half(world: World, incident: str, method: str, call: int) -> None:
    token = world.token(incident, "skip", "repair")
    before = whole_database(world.store)
    with pytest.raises(Crash), crashing(world.store, method, call):
        world.press_token(token, TECH, typed="不是缺陷")
    assert whole_database(world.store) == before
    assert not world.press_token(token, TECH, typed="不是缺陷").refused


def test_answers_come_in_the_configured_language(tmp_path: Path) -> None:
    with open_world(tmp_path, "language: en\n" + CONFIG) as world:
        world.take([mention(1, HURT)])
        incident = world.only().id
        assert world.press(STRANGER, incident, "take", "repair").text == UNKNOWN_PERSON["en"]
        assert "engineering" in world.press(PR, incident, "take", "repair").text
        assert world.press_token("AAAA", LEAD).text == STALE_BUTTON["en"]
