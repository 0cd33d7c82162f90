"""The HTTP door: a token, one answer for each request, nothing twice, nothing lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fengsheng.intake import MOST, Intake, load_token, parse_body, schema
from records.errors import BadInput
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, CONFIG, HURT, at, make_house

TOKEN = "a-token-of-some-length"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
ONE = {
    "id": "T-1001",
    "text": HURT,
    "customer": "张三",
    "contact": "138 1234 5678",
    "channel": "热线",
    "received_at": at(0).isoformat(),
    "demand": "赔偿并道歉",
    "order_number": "XH2026112000017",
    "attachments": [
        {"name": "../照片.png", "media_type": "image/png", "content_base64": base64.b64encode(b"png").decode()}
    ],
}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[TestClient, Store]]:
    house = make_house(tmp_path, CONFIG + "imports: {columns: {客户原话: text, 工单号: id}}\n")
    intake = Intake(house, TOKEN, clock=lambda: at(5))
    with TestClient(intake.app()) as client, house.open_store() as store:
        yield client, store
        client.portal.call(intake.close)


def send(client: TestClient, body: object, **more: object):
    return client.post("/import/v1/complaints", content=json.dumps(body), headers=AUTH, **more)


def test_without_the_token_nothing_is_told_or_taken(door: tuple[TestClient, Store]) -> None:
    client, store = door
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = client.post("/import/v1/complaints", json=ONE, headers=headers)
        assert answer.status_code == 401 and "bearer" in answer.json()["error"].lower()
        assert client.get("/import/v1/schema", headers=headers).status_code == 401
    assert store.count_mentions() == 0


def test_a_complaint_is_scored_stored_and_detected_like_a_post_and_its_person_is_sealed(
    door: tuple[TestClient, Store],
) -> None:
    client, store = door
    answer = send(client, ONE)
    told = answer.json()
    assert (answer.status_code, told["new"], told["bad"]) == (200, 1, [])
    [incident] = told["incidents"]
    stored = store.load_mention("import:complaint:T-1001")
    assert stored is not None and stored.incidents == (incident,) and stored.mention.brand == BRAND
    assert stored.mention.author.name is None, "an ordinary person's name stands nowhere in the open"
    complaint = store.load_complaint(stored.key)
    assert complaint is not None
    assert (complaint.customer, complaint.contact, complaint.channel) == ("张三", "138 1234 5678", "hotline")
    assert (complaint.received_at, complaint.demand) == (at(0), "赔偿并道歉")
    [photo] = complaint.attachments
    assert (photo.name, photo.content, photo.size) == ("照片.png", b"png", 3)
    raw = store.path.read_bytes() + b"".join(p.read_bytes() for p in store.path.parent.glob("watch.db-*"))
    for secret in ("张三", "138 1234 5678", "13812345678", "XH2026112000017", "照片.png"):
        assert secret.encode() not in raw, secret


def test_the_same_id_again_is_stored_once_and_what_is_told_later_is_added(door: tuple[TestClient, Store]) -> None:
    client, store = door
    send(client, ONE)
    again = send(
        client, {"id": "T-1001", "text": HURT, "demand": "赔偿五千元", "received_at": at(0).isoformat()}
    ).json()
    assert (again["new"], again["known"] + again["updated"]) == (0, 1)
    complaint = store.load_complaint("import:complaint:T-1001")
    assert complaint is not None and (complaint.demand, complaint.customer) == ("赔偿五千元", "张三")
    assert store.count_mentions() == 1


def test_the_same_id_is_the_same_complaint_however_few_columns_are_sent(door: tuple[TestClient, Store]) -> None:
    client, store = door
    send(client, ONE)
    again = send(client, {"id": "T-1001", "text": HURT}).json()
    assert (again["new"], store.count_mentions()) == (0, 1)
    send(client, {"id": "T-1001", "text": HURT, "kind": "post", "platform": "weibo"})
    assert store.count_mentions() == 2, "a platform's post is another thing than a complaint with its id"


def test_a_complaint_without_a_time_arrived_now_and_alerts(door: tuple[TestClient, Store]) -> None:
    client, store = door
    bare = {"id": "T-9", "text": HURT, "channel": "hotline", "contact": "13800000000"}
    [incident] = send(client, bare).json()["incidents"]
    row = next(r for r in store.load_incidents() if r.id == incident)
    assert not row.historic, "what is handed in now is news, not history"
    stored = store.load_mention("import:complaint:T-9")
    assert stored is not None and stored.mention.published_at == at(5)
    send(client, bare | {"received_at": at(0).isoformat()})
    stored = store.load_mention("import:complaint:T-9")
    assert stored is not None and stored.mention.published_at == at(0), "the time that is told wins"
    send(client, {"id": "8", "text": HURT, "platform": "weibo"})
    post = store.load_mention("weibo:post:8")
    assert post is not None and post.mention.published_at is None, "nobody knows when a platform's post was written"


def test_the_same_person_is_known_by_the_contact_however_it_is_written(door: tuple[TestClient, Store]) -> None:
    client, store = door
    send(client, [ONE, ONE | {"id": "T-2", "contact": "+86 13812345678", "customer": None}])
    one, two = (store.load_mention(f"import:complaint:{i}") for i in ("T-1001", "T-2"))
    assert one is not None and two is not None and one.author_hash == two.author_hash is not None


def test_good_ones_are_kept_beside_bad_ones_and_each_bad_one_is_named(door: tuple[TestClient, Store]) -> None:
    client, store = door
    bad = [
        {"text": "没有编号也行"},
        {"id": "2"},
        "nothing",
        {"id": "4", "text": "x", "received_at": "yesterday"},
        {"id": "5", "text": "x", "attachments": [{"name": "a", "content_base64": "***"}]},
        {"id": "6", "text": "x", "order_number": "1.23E+18"},
        {"id": "7", "text": "x", "contact": ["a"]},
    ]
    answer = send(client, {"complaints": [*bad, ONE]})
    told = answer.json()
    assert (answer.status_code, told["received"], told["new"]) == (200, 8, 2)
    assert [b["place"] for b in told["bad"]] == [2, 3, 4, 5, 6, 7]
    assert all("accepted" in b["what"] or "needed" in b["what"] or "rounded" in b["what"] for b in told["bad"]), told
    none = send(client, bad[2:])
    assert none.status_code == 422 and store.count_mentions() == 2


def test_own_column_names_and_json_lines(door: tuple[TestClient, Store]) -> None:
    client, store = door
    lines = "\n".join(json.dumps({"工单号": f"W{n}", "客户原话": f"退款太慢了，等了{n}天"}) for n in (3, 4))
    told = client.post("/import/v1/complaints", content=lines, headers=AUTH).json()
    assert told["new"] == 2 and store.load_mention("import:complaint:W3") is not None


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no complaint"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b"[]", "no complaint"),
        (b"[" * 99_999, "nested"),
        (b"{'a'}", "no JSON"),
    ],
)
def test_what_is_no_request_is_refused_in_one_sentence(body: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parse_body(body)


def test_too_much_at_once_is_refused_whole(door: tuple[TestClient, Store]) -> None:
    client, store = door
    answer = send(client, [{"id": str(n), "text": "x"} for n in range(MOST + 1)])
    assert answer.status_code == 413 and store.count_mentions() == 0


def test_the_schema_names_every_column_of_a_complaint(door: tuple[TestClient, Store]) -> None:
    from fengsheng.import_complaints import FIELDS

    client, _ = door
    assert client.get("/import/v1/schema", headers=AUTH).json() == schema()
    assert set(FIELDS) <= set(schema()["properties"])


def test_a_door_needs_a_token_that_cannot_be_guessed() -> None:
    for given in ({}, {"FENGSHENG_IMPORT_TOKEN": "short"}):
        with pytest.raises(BadInput, match="FENGSHENG_IMPORT_TOKEN"):
            load_token(given)
    assert load_token({"FENGSHENG_IMPORT_TOKEN": f" {TOKEN} "}) == TOKEN
