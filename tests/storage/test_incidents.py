from __future__ import annotations

import dataclasses
from datetime import date

from playbooks.state import IncidentState, StepState, StepStatus
from records.event import Event
from scoring.alert import Count, Level, Matter
from scoring.assessment import Category, Risk
from storage.results import Fact, LastAlert
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, at, judged, mention

MATTER = Matter(brand=BRAND, product="轻享拿铁", category=Category.SAFETY, problem="异物")


def state(id: str = "FS-20261120-01", **more: object) -> IncidentState:
    fields: dict[str, object] = {
        "id": id,
        "matter": MATTER,
        "opened_at": T0,
        "updated_at": at(1),
        "level": Level.ORANGE,
        "risk": Risk.MEDIUM,
        "playbook": "p1_high_risk",
        "playbook_version": "abc123",
        "rules": ("D1", "S12"),
        "raw": 3,
        "voices": 2,
        "steps": {
            "assemble": StepState(
                key="assemble", started_at=T0, status=StepStatus.TAKEN, taken_by="p_1", taken_at=at(4), holder="B"
            ),
            "stopgap": StepState(key="stopgap", started_at=T0, done_overdue=True),
        },
        "alert_sent_at": at(1),
        "first_press_at": at(4),
    }
    return IncidentState(**(fields | more))  # type: ignore[arg-type]


def test_projection_follows_the_state(store: Store) -> None:
    store.save_incident(state())
    store.save_incident(state(level=Level.RED, updated_at=at(9)))
    (row,) = store.load_incidents()
    assert (row.id, row.matter, row.level, row.risk, row.status) == (
        "FS-20261120-01",
        MATTER,
        Level.RED,
        Risk.MEDIUM,
        "open",
    )
    assert (row.opened_at, row.updated_at, row.closed_at, row.raw, row.voices) == (T0, at(9), None, 3, 2)
    assert store.load_incident(row.id) == row
    assert store.load_incident("FS-20261120-09") is None


def test_lists_by_status_and_brand_newest_first(store: Store) -> None:
    store.save_incident(state("FS-20261120-01"))
    store.save_incident(state("FS-20261120-02", opened_at=at(9), closed_at=at(60), closed_by="p_1"))
    store.save_incident(state("FS-20261120-03", matter=Matter(brand="月光茶饮"), historic=True))
    ids = [r.id for r in store.load_incidents()]
    assert ids == ["FS-20261120-02", "FS-20261120-03", "FS-20261120-01"]
    assert [r.id for r in store.load_incidents(status="open", brand=BRAND)] == ["FS-20261120-01"]
    assert [r.id for r in store.load_incidents(status="closed")] == ["FS-20261120-02"]
    assert len(store.load_incidents(limit=2)) == 2
    assert store.open_matters(BRAND) == [("FS-20261120-01", MATTER)]
    assert store.open_matters("月光茶饮") == [("FS-20261120-03", Matter(brand="月光茶饮"))]
    assert store.open_matters("月光茶饮", historic=False) == []


def test_handling_view_shows_who_did_what_when(store: Store) -> None:
    store.save_incident(state())
    first, second = store._rows("SELECT * FROM handling_view ORDER BY position")
    assert (first["step"], first["status"], first["taken_by"], first["minutes_to_take"]) == (
        "assemble",
        "taken",
        "p_1",
        4.0,
    )
    assert (second["step"], second["status"], second["done_overdue"]) == ("stopgap", "open", 1)
    incident = store._row("SELECT * FROM incidents_view")
    assert incident is not None
    assert (incident["level"], incident["mentions"], incident["minutes_to_first_press"]) == ("orange", 3, 3.0)


def test_steps_of_an_earlier_playbook_go(store: Store) -> None:
    store.save_incident(state())
    store.save_incident(state(steps={"reply": StepState(key="reply", started_at=T0)}))
    assert [r["step"] for r in store._rows("SELECT step FROM handling_view")] == ["reply"]
    store.save_incident(state(steps={}))
    assert store._rows("SELECT step FROM handling_view") == []


def test_ids_count_up_by_day_and_apart_for_drills(store: Store) -> None:
    day = date(2026, 11, 21)
    assert store.next_incident_id(day, False) == "FS-20261121-01"
    assert store.next_incident_id(day, True) == "DR-20261121-01"
    store.save_incident(state("FS-20261121-01"))
    store.append_events([Event(incident="FS-20261121-02", kind="opened", at=T0)])
    assert store.next_incident_id(day, False) == "FS-20261121-03"
    assert store.next_incident_id(date(2026, 11, 22), False) == "FS-20261122-01"
    store.save_incident(state("FS-20261121-99"))
    assert store.next_incident_id(day, False) == "FS-20261121-100"
    store.save_incident(state("FS-20261121-100"))
    assert store.next_incident_id(day, False) == "FS-20261121-101"


def test_mentions_attach_once_and_come_back_by_spread(store: Store) -> None:
    mentions = [mention(str(n)) for n in range(3)]
    store.save_mentions([judged(m, spread=s) for m, s in zip(mentions, (3.0, 8.0, 5.0), strict=True)], now=T0)
    store.save_incident(state())
    keys = [m.key for m in mentions]
    assert store.attach_mentions("FS-20261120-01", keys[:2]) == 2
    assert store.attach_mentions("FS-20261120-01", [*keys, keys[2]]) == 1
    found = store.incident_mentions("FS-20261120-01", 2)
    assert [m.key for m in found] == ["weibo:post:1", "weibo:post:2"]
    assert found[0].incidents == ("FS-20261120-01",)
    assert store.incident_keys("FS-20261120-01") == sorted(keys)
    assert store.attach_mentions("FS-20261120-01", []) == 0


def test_voices_of_an_incident_are_exact(store: Store) -> None:
    store.save_incident(state())
    facts = [("a", "v1"), ("b", "v1"), ("c", "v2")]
    store.add_complaints([Fact(key=k, brand=BRAND, minute=T0, voice=v, dims=(("all", ""),)) for k, v in facts])
    store.attach_mentions("FS-20261120-01", ["a", "b", "c", "never counted"])
    assert store.count_incident("FS-20261120-01") == Count(raw=4, voices=3)


def test_playbook_versions_stay_as_they_were(store: Store) -> None:
    store.save_playbook("p1", "abc", "name: p1")
    store.save_playbook("p1", "abc", "something else")
    store.save_playbook("p1", "def", "name: p1 # new")
    assert store.load_playbook("p1", "abc") == "name: p1"
    assert store.load_playbook("p1", "def") == "name: p1 # new"
    assert store.load_playbook("p1", "none") is None


def test_last_alert_is_the_latest_of_its_kind(store: Store) -> None:
    store.save_alert("D2", BRAND, "all", "", "FS-20261120-01", at(5), Level.RED)
    store.save_alert("D2", BRAND, "all", "", None, at(1), Level.YELLOW)
    assert store.last_alert("D2", BRAND, "all", "") == LastAlert(at(5), Level.RED, "FS-20261120-01")
    assert store.last_alert("D1", BRAND, "all", "") is None
    assert store.last_alert("D2", BRAND, "product", "拿铁") is None


def test_closing_is_seen(store: Store) -> None:
    opened = state()
    store.save_incident(opened)
    store.save_incident(dataclasses.replace(opened, closed_at=at(99), closed_by="p_1"))
    assert store.load_incidents()[0].closed_at == at(99)
    assert store.open_matters(BRAND) == []
