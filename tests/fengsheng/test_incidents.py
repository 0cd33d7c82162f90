"""Raising, attaching and the clock: levels and chats (L), one matter one incident (D7), history (D), limits (P6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from playbooks.playbook import parse_playbook
from playbooks.state import StepStatus
from records.chat import Priority, QueuedItem
from records.mention import Engagement, replace
from scoring.alert import Alert, Dimension, Level, Matter
from scoring.assessment import Category, Risk
from tests.fengsheng.builders import (
    ANGRY,
    ATTITUDE,
    BRAND,
    CONFIG,
    HURT,
    LATTE,
    LEAD,
    ORDINARY,
    REFUND,
    SERVICE,
    T0,
    TEA,
    Crash,
    World,
    at,
    complaints,
    crashing,
    make_house,
    make_world,
    mention,
    open_world,
    texts_of,
    whole_database,
)

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made
        assert made.store.verify_chain().ok, "whatever happened, the log is whole (G2)"


def chats(items: list[QueuedItem]) -> set[str]:
    return {q.item.chat for q in items}


def close(world: World, incident: str, minutes: float) -> None:
    answer = world.incidents.act("close", incident, None, world.person(LEAD), typed="已处理完毕", now=at(minutes))
    assert not answer.refused


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


# -- one matter, one incident (D7) -------------------------------------------------------------------------------------


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
    assert (before.level, before.matter.category) == (Level.YELLOW, Category.SAFETY)
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


# -- the clock (P6) ----------------------------------------------------------------------------------------------------

CLOCK = [  # assemble: five minutes to take, sixty to finish
    (2.5, "reminded", "A"),
    (4, "reminded", "A"),
    (5, "handed_over", None),
    (7.5, "reminded", "B"),
    (9, "reminded", "B"),
    (10, "escalated", None),
    (12.5, "reminded", "lead"),
    (14, "reminded", "lead"),
    (15, "overdue", "lead"),
    (48, "reminded", "lead"),
    (60, "overdue", "lead"),
]


def clock_lines(world: World, incident: str, step: str = "assemble") -> list[tuple[str, str | None]]:
    kinds = ("reminded", "handed_over", "escalated", "overdue")
    return [
        (e.kind, e.data.get("holder"))
        for e in world.store.load_events(incident)
        if e.kind in kinds and e.data["step"] == step
    ]


def test_reminders_hand_over_lead_overdue_each_at_its_time_and_once(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    seen: list[tuple[str, str | None]] = []
    for minute, kind, holder in CLOCK:
        world.incidents.tick(now=at(minute) - timedelta(seconds=1))
        assert clock_lines(world, incident) == seen, f"nothing before minute {minute}"
        world.incidents.tick(now=at(minute))
        seen.append((kind, holder))
        assert clock_lines(world, incident) == seen
        world.incidents.tick(now=at(minute))
        assert clock_lines(world, incident) == seen, "each once"
    world.incidents.tick(now=at(30 * DAY))
    assert clock_lines(world, incident) == seen


def test_every_reminder_names_who_has_to_act(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    world.incidents.tick(now=at(2.5))
    assert "林组长" in texts_of(world.sent("reminder"))
    world.incidents.tick(now=at(5))
    last = world.sent("reminder")[-1]
    assert "周副组" in texts_of([last]) and last.item.priority == Priority.ESCALATION and last.item.reply_to_incident
    assert chats(world.sent("reminder")) == {"crisis"}


@pytest.mark.parametrize("restart_at", [1, 3, 6, 11, 50])
def test_a_restart_goes_on_exactly_where_it_was(tmp_path: Path, restart_at: float) -> None:
    logs = []
    for restarts in (False, True):
        folder = tmp_path / str(restarts)
        house = make_house(folder)
        with house.open_store() as store:
            world = make_world(house, store)
            world.take([mention(1, HURT)], minutes=0)
            incident = world.only().id
            for half_minute in range(2 * restart_at):
                world.incidents.tick(now=at(half_minute / 2))
        with house.open_store() as store:
            after = make_world(house, store)
            for half_minute in range(2 * restart_at, 150):
                after.incidents.tick(now=at(half_minute / 2))
            events = [(e.kind, e.at, dict(e.data)) for e in store.load_events(incident)]
            logs.append((events, [(q.item.kind, q.item.created_at) for q in store.ledger(limit=1000)]))
            assert store.verify_chain().ok
    assert logs[0] == logs[1]


def test_after_a_long_sleep_the_turn_passes_once_and_each_holder_has_the_whole_limit(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    world.incidents.tick(now=at(30))
    assert clock_lines(world, incident) == [("handed_over", None)]
    assert world.state(incident).steps["assemble"].holder == "B"
    world.incidents.tick(now=at(34.9))
    assert clock_lines(world, incident)[-1][0] == "reminded"
    world.incidents.tick(now=at(35))
    assert clock_lines(world, incident)[-1][0] == "escalated"


def test_a_step_taken_in_time_is_reminded_of_its_end_only(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    assert not world.press(LEAD, incident, "take", "assemble", minutes=2).refused
    for minute in (2.5, 5, 10, 47.9):
        world.incidents.tick(now=at(minute))
    assert clock_lines(world, incident) == []
    world.incidents.tick(now=at(48))
    assert not world.press(LEAD, incident, "done", "assemble", minutes=50, typed="已召集").refused
    world.incidents.tick(now=at(61))
    assert clock_lines(world, incident) == [("reminded", "A")]


def test_a_daily_step_opens_again(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    tech = next(p for p in world.store.load_people() if p.name == "郑工程")
    assert not world.incidents.act("done", incident, "repair", tech, typed="已回滚", now=at(20)).refused
    world.incidents.tick(now=at(20 + DAY - 1))
    assert world.state(incident).steps["repair"].status is StepStatus.DONE
    world.incidents.tick(now=at(20 + DAY))
    again = world.state(incident).steps["repair"]
    assert (again.status, again.rounds) == (StepStatus.OPEN, 1)


def test_two_processes_ticking_at_once_say_it_once(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    with house.open_store() as one, house.open_store() as two:
        first, second = make_world(house, one), make_world(house, two)
        first.take([mention(1, HURT)], minutes=0)
        seen = two.due_deadlines(at(2.5))
        two.due_deadlines = lambda now: seen  # type: ignore[method-assign]  # it had looked before the other acted
        first.incidents.tick(now=at(2.5))
        second.incidents.tick(now=at(2.5))
        assert clock_lines(first, first.only().id) == [("reminded", "A")]


@pytest.mark.parametrize("method", ["finish_deadline", "append_events", "save_incident", "save_deadlines", "queue"])
def test_a_crash_in_a_tick_leaves_it_due(world: World, method: str) -> None:
    world.take([mention(1, HURT)], minutes=0)
    before = whole_database(world.store)
    with pytest.raises(Crash), crashing(world.store, method):
        world.incidents.tick(now=at(2.5))
    assert whole_database(world.store) == before
    world.incidents.tick(now=at(2.6))
    assert clock_lines(world, world.only().id) == [("reminded", "A")]


def test_the_first_sent_alert_starts_the_clock_of_the_first_press(world: World) -> None:
    world.take([mention(1, HURT)])
    incident = world.only().id
    world.incidents.note_alert_sent(incident, at(2))
    world.incidents.note_alert_sent(incident, at(3))
    assert world.state(incident).alert_sent_at == at(2)
    assert world.kinds(incident).count("alert_sent") == 1
    world.press(LEAD, incident, "take", "assemble", minutes=4)
    assert world.state(incident).first_press_at == at(4)
    world.incidents.note_alert_sent("FS-20200101-01", at(3))  # of an incident that is gone: nothing


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


def alert_on(rule: str, level: Level, minutes: float = 0, **matter: object) -> Alert:
    return Alert(
        rule=rule,
        matter=Matter(brand=BRAND, **matter),  # type: ignore[arg-type]
        dimension=Dimension.PRODUCT,
        value=LATTE,
        level=level,
        risk=Risk.HIGH,
        since=at(minutes - 60),
        at=at(minutes),
    )


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
