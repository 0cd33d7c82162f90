"""The HTTP door takes the customer register beside complaints: same token, same care."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fengsheng.customers_door import MOST, customer_schema
from fengsheng.intake import Intake
from records.customer import CustomerKind
from scoring.alert import Level
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, LATTE, at, make_house

TOKEN = "a-token-of-some-length"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
LIN = {
    "id": "C-1001",
    "kind": "vip",
    "name": "林黛玉",
    "accounts": ["weibo:1234567890"],
    "contacts": ["138 1234 5678"],
    "since": "2021-03",
}
LEAK = {"customer": "C-1001", "ticket": "T-1", "at": "2026-11-10T01:30:00Z", "subject": "漏水", "outcome": "已换新"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[TestClient, Store]]:
    house = make_house(tmp_path)
    intake = Intake(house, TOKEN, clock=lambda: at(5))
    with TestClient(intake.app()) as client, house.open_store() as store:
        yield client, store
        client.portal.call(intake.close)


def send(client: TestClient, body: object):
    return client.post("/import/v1/customers", content=json.dumps(body), headers=AUTH)


def test_without_the_token_nothing_is_told_or_taken(door: tuple[TestClient, Store]) -> None:
    client, store = door
    assert client.post("/import/v1/customers", json=LIN).status_code == 401
    assert client.get("/import/v1/customers/schema").status_code == 401
    assert store.load_customers() == []


def test_customers_and_tickets_come_in_one_request_and_again_change_nothing(door: tuple[TestClient, Store]) -> None:
    client, store = door
    body = {"tickets": [LEAK, {**LEAK, "ticket": "T-2", "kind": "order"}], "customers": [LIN]}
    first, again = send(client, body).json(), send(client, body).json()
    assert (first["received"], first["customers"]["new"], first["tickets"]["new"], first["bad"]) == (3, 1, 2, [])
    assert (again["customers"], again["tickets"]) == (
        {"new": 0, "updated": 0, "known": 1},
        {"new": 0, "updated": 0, "known": 2},
    )
    (entry,) = store.load_customers()
    assert (entry.kind, entry.name, entry.tickets, entry.orders) == (CustomerKind.VIP, "林黛玉", 1, 1)


@pytest.mark.parametrize("body", [LIN, [LIN], {"customers": [LIN]}], ids=["one", "list", "named"])
def test_bodies_of_every_shape(door: tuple[TestClient, Store], body: object) -> None:
    assert send(door[0], body).json()["customers"]["new"] == 1


def test_json_lines_are_taken(door: tuple[TestClient, Store]) -> None:
    lines = "\n".join(json.dumps(r) for r in (LIN, {"kind": "ticket", **LEAK}))
    told = door[0].post("/import/v1/customers", content=lines, headers=AUTH).json()
    assert (told["customers"]["new"], told["tickets"]["new"]) == (1, 1)


def test_bad_records_are_named_by_their_place_and_good_ones_kept(door: tuple[TestClient, Store]) -> None:
    answer = send(door[0], [LIN, {"name": "x"}, "y", {"kind": "ticket", "customer": "C-9", "subject": "漏"}])
    told = answer.json()
    assert (answer.status_code, told["customers"]["new"]) == (200, 1)
    assert [(b["place"], b["what"].split(":")[0]) for b in told["bad"]] == [
        (2, "id is missing"),
        (3, "is no object"),
        (4, "the customer is not in the register"),
    ]
    assert send(door[0], [{"name": "x"}]).status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, 'one JSON object, {"customers": [...]}, or JSON lines'),
        (b"\xff\xfe", 400, "not UTF-8"),
        (b'{"customers": []}', 400, "holds no customer and no ticket"),
        (json.dumps({"customers": [LIN] * (MOST + 1)}).encode(), 413, f"at most {MOST} in one request"),
    ],
    ids=["no json", "no utf-8", "empty", "too many"],
)
def test_what_cannot_be_read_is_refused_whole(
    door: tuple[TestClient, Store], body: bytes, status: int, said: str
) -> None:
    answer = door[0].post("/import/v1/customers", content=body, headers=AUTH)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True)
    assert door[1].load_customers() == []


def test_a_complaint_that_comes_through_the_door_next_is_the_vips(door: tuple[TestClient, Store]) -> None:
    client, store = door
    send(client, LIN)
    complaint = {"id": "K-1", "text": f"{BRAND}的{LATTE}太淡了，味道很差", "contact": "+86 138-1234-5678"}
    told = client.post("/import/v1/complaints", content=json.dumps(complaint), headers=AUTH).json()
    (incident,) = told["incidents"]
    row = store.load_incident(incident)
    assert row is not None and row.level is Level.ORANGE
    assert [c.id for c in store.incident_customers(incident)] == ["C-1001"]


def test_a_register_that_comes_after_the_complaint_raises_it(door: tuple[TestClient, Store]) -> None:
    client, _ = door
    complaint = {"id": "K-1", "text": f"{BRAND}的{LATTE}太淡了，味道很差", "contact": "13812345678"}
    assert client.post("/import/v1/complaints", content=json.dumps(complaint), headers=AUTH).json()["incidents"] == []
    told = send(client, LIN).json()
    assert (told["recognised"], len(told["incidents"])) == (1, 1)


def test_the_schema_names_what_is_read(door: tuple[TestClient, Store]) -> None:
    answer = door[0].get("/import/v1/customers/schema", headers=AUTH)
    assert answer.json() == customer_schema()
    ticket, customer = answer.json()["anyOf"]
    assert set(customer["properties"]) == {"id", "kind", "name", "accounts", "contacts", "since", "note"}
    assert {"customer", "ticket", "subject", "outcome", "satisfaction"} < set(ticket["properties"])
