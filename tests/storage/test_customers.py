"""The register in the database: nothing of a person in the open, the same again changes nothing, removing erases."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.complaint import Complaint
from records.customer import Account, Customer, CustomerKind, MatchedBy, Ticket, TicketSort
from records.mention import Author, Platform, Verified
from scoring.assessment import Risk
from storage.sqlite import Store
from tests.storage.samples import BRAND, at, judged, mention, raw_bytes

VIP, PARTNER, ENTERPRISE, ORDINARY = CustomerKind
LIN = Customer(
    id="C-1001",
    kinds=(VIP,),
    name="林黛玉",
    accounts=(Account(platform="weibo", value="u777001"),),
    contacts=("+86 138-1234-5678", "Lin.Daiyu@Example.com"),
    since="2021-03",
    note="只喝热的",
)
LEAK = Ticket(customer="C-1001", number="T-1", at=at(-9000), channel="hotline", subject="咖啡机漏水", outcome="已换新")


def save(store: Store, *customers: Customer, **more: bool) -> list[str]:
    return list(store.save_customers(customers, now=at(0), **more))


def complain(store: Store, id: str, minutes: float = 0, **more: object) -> str:
    """A stored complaint by u777001 unless told otherwise; its key."""
    item = mention(id, published_at=at(minutes), **more)
    store.save_mentions([judged(item)], now=at(minutes))
    store.link_customers([item])
    return item.key


def test_a_customer_is_read_back_without_accounts_and_contacts(store: Store) -> None:
    assert save(store, LIN) == ["new"]
    store.save_tickets([LEAK])
    (entry,) = store.load_customers()
    assert (entry.id, entry.kind, entry.name, entry.since, entry.note) == (
        "C-1001",
        VIP,
        "林黛玉",
        "2021-03",
        "只喝热的",
    )
    assert (entry.platforms, entry.contacts, entry.tickets, entry.orders) == (("weibo",), 2, 1, 0)
    found = store.load_customer("C-1001")
    assert found is not None and found[1] == (LEAK,)
    assert store.load_customer("C-9") is None


def test_nothing_of_the_person_stands_in_the_file(store: Store, tmp_path: Path) -> None:
    save(store, LIN)
    store.save_tickets([LEAK])
    key = complain(store, "1")
    assert store.mention_customers(key, BRAND)
    raw = raw_bytes(tmp_path)
    for secret in (
        "13812345678",
        "138-1234-5678",
        "lin.daiyu@example.com",
        "Lin.Daiyu",
        "林黛玉",
        "C-1001",
        "u777001",
        "只喝热的",
        "漏水",
    ):
        assert secret.encode() not in raw, secret
    assert store.customer_mark("C-1001").encode() in raw, "what is looked for would be found"


def test_the_same_again_changes_nothing_and_what_is_not_told_stays(store: Store) -> None:
    save(store, LIN)
    assert save(store, LIN, Customer(id=" C-1001 ")) == ["known", "known"]
    assert save(store, Customer(id="C-1001", kinds=(VIP, ENTERPRISE), note="")) == ["updated"]
    (entry,) = store.load_customers()
    assert (entry.kinds, entry.name, entry.note, entry.contacts) == ((VIP, ENTERPRISE), "林黛玉", None, 2)


def test_contacts_that_are_told_take_the_place_of_the_stored_ones(store: Store) -> None:
    save(store, LIN)
    key = complain(store, "1")
    assert save(store, Customer(id="C-1001", contacts=("13900000000",))) == ["updated"]
    assert store.load_customers()[0].contacts == 1
    assert store.mention_customers(key, BRAND), "the account still holds"
    assert save(store, Customer(id="C-1001", accounts=())) == ["updated"]
    assert store.mention_customers(key, BRAND) == [], "an account that was wrong recognised nobody"


def test_tickets_are_kept_once_and_told_later_is_added(store: Store) -> None:
    save(store, LIN)
    bare = Ticket(customer="C-1001", number="T-1", subject="咖啡机漏水")
    assert store.save_tickets([bare, LEAK, LEAK, bare]) == ["new", "updated", "known", "known"]
    unnumbered = Ticket(customer="C-1001", at=at(-50), channel="email", subject="积分没到账")
    order = Ticket(customer="C-1001", sort=TicketSort.ORDER, order_number="XH1", at=at(-40))
    assert store.save_tickets([unnumbered, unnumbered, order, order]) == ["new", "known", "new", "known"]
    found = store.load_customer("C-1001")
    assert found is not None and [t.subject for t in found[1]] == [None, "积分没到账", "咖啡机漏水"]
    assert store.save_tickets([Ticket(customer="C-9", subject="x")]) == ["unknown"]


def test_removing_erases_everything_and_an_old_list_does_not_bring_it_back(store: Store) -> None:
    save(store, LIN)
    store.save_tickets([LEAK])
    key = complain(store, "1")
    mark = store.customer_mark("C-1001")
    assert store.remove_customer("C-1001", now=at(1)) == mark
    assert store.remove_customer("C-1001", now=at(1)) is store.remove_customer("C-9", now=at(1)) is None
    assert store.load_customers() == [] == store.mention_customers(key, BRAND)
    assert store.load_customer("C-1001") is None
    assert store.load_mention(key) is not None, "the complaint itself is another matter"
    rows = store._rows("SELECT * FROM customers")
    assert [(r["customer"], r["kinds"], r["told_sealed"]) for r in rows] == [(mark, None, None)]
    for table in ("customer_marks", "customer_tickets", "customer_mentions"):
        assert store._rows(f"SELECT * FROM {table}") == []
    assert save(store, LIN) == ["removed"] and store.save_tickets([LEAK]) == ["removed"]
    assert save(store, LIN, restore=True) == ["new"] and store.save_tickets([LEAK]) == ["new"]


@pytest.mark.parametrize(
    ("account", "author", "by"),
    [
        ("weibo:u777001", {}, MatchedBy.ACCOUNT),
        ("weibo:路人甲乙丙", {}, None),
        ("weibo:1234567890", {"id": "1234567890"}, MatchedBy.ACCOUNT),
        ("weibo:Lin_Daiyu", {"id": "1", "name": "lin_daiyu"}, MatchedBy.ACCOUNT),
        ("weibo:1234567890", {"id": "99", "name": "1234567890"}, None),
        ("xiaohongshu:小林", {"id": "5a1b2c3d4e5f6a7b8c9d0e1f", "name": "小林"}, MatchedBy.NAME),
        ("douyin:小林", {"platform": "xiaohongshu", "id": "5a1b2c3d4e5f6a7b8c9d0e1f", "name": "小林"}, None),
        ("mastodon:lin@m.example", {"id": "https://m.example/users/lin", "name": "小林"}, MatchedBy.ACCOUNT),
        ("mastodon:lin@other.example", {"id": "https://m.example/users/lin", "name": "小林"}, None),
        ("reddit:lin_daiyu", {"id": "t2_x1", "name": "Lin_Daiyu"}, MatchedBy.ACCOUNT),
    ],
)
def test_accounts_are_recognised_by_id_or_handle_on_their_own_platform(
    store: Store, account: str, author: dict[str, str], by: MatchedBy | None
) -> None:
    platform, _, value = account.partition(":")
    save(store, Customer(id="C-1", kinds=(VIP,), accounts=(Account(platform=platform, value=value),)))
    shown = {"platform": platform, "id": "u777001", "name": "路人"} | author
    where = Platform(shown.pop("platform"))
    key = complain(store, "1", platform=where, author=Author(**shown, verified=Verified.NONE))
    found = store.mention_customers(key, BRAND)
    assert [c.by for c in found] == ([by] if by else [])


def test_two_customers_with_one_contact_are_both_told_and_count_once(store: Store) -> None:
    save(
        store,
        Customer(id="C-2", kinds=(ENTERPRISE,), name="星辰科技有限公司", contacts=("13812345678",)),
        Customer(id="C-1", kinds=(VIP,), name="林", contacts=("138 1234 5678",)),
    )
    item = mention("1", platform=Platform.IMPORT, author=Author())
    store.save_complaints([(item.key, Complaint(contact="+8613812345678"))])
    store.save_mentions([judged(item)], now=at(0))
    assert store.link_customers([item]) == {item.key: VIP}
    assert [(c.id, c.shared_with) for c in store.mention_customers(item.key, BRAND)] == [("C-1", 1), ("C-2", 1)]
    incident(store, "FS-1", [item.key])
    assert store.count_customers("FS-1") == {VIP: 1}, "one complained: nobody knows that it was the enterprise"


def incident(store: Store, id: str, keys: list[str], status: str = "open") -> None:
    store._conn.execute(
        "INSERT INTO incidents (id, brand, level, risk, status, opened_at, updated_at, historic) "
        "VALUES (?, ?, 2, 'medium', ?, ?, ?, 0)",
        (id, BRAND, status, "2026-11-20", "2026-11-20"),
    )
    store.attach_mentions(id, keys)


def test_the_history_tells_complaints_tickets_and_open_incidents(store: Store) -> None:
    save(store, LIN)
    store.save_tickets(
        [LEAK, *(Ticket(customer="C-1001", number=f"T{n}", at=at(-n), subject=f"工单{n}") for n in range(2, 6))]
    )
    store.save_tickets([Ticket(customer="C-1001", sort=TicketSort.ORDER, order_number="XH1")])
    old, other, new = complain(store, "1", -3000), complain(store, "2", -2000), complain(store, "3", 0)
    foreign = mention("4", published_at=at(-1000), brand="别家")
    store.save_mentions([judged(foreign, brand="别家")], now=at(0))
    store.link_customers([foreign])
    incident(store, "FS-1", [old], status="closed")
    incident(store, "FS-2", [other])
    incident(store, "FS-3", [new])
    (lin,) = store.incident_customers("FS-3")
    assert (lin.name, lin.kind, lin.by, lin.mentions) == ("林黛玉", VIP, MatchedBy.ACCOUNT, (new,))
    assert (lin.complaints, [c.mention for c in lin.last_complaints]) == (2, [other, old])
    assert (lin.last_complaints[0].level, lin.last_complaints[0].problem) == (str(Risk.MEDIUM), "异物")
    assert (lin.tickets, lin.orders, [t.subject for t in lin.last_tickets]) == (5, 1, ["工单2", "工单3", "工单4"])
    assert lin.incidents == ("FS-2",), "closed ones and this one are none"
    assert store.incident_customers("FS-9") == []
    (same,) = store.mention_customers(new, BRAND)
    assert (same.incidents, same.complaints) == (("FS-2",), 2)


def test_customers_of_an_incident_are_counted_by_kind_each_once(store: Store) -> None:
    kinds = [(VIP, ENTERPRISE), (ENTERPRISE,), (ORDINARY,), (PARTNER,)]
    save(
        store,
        *(
            Customer(id=f"C-{n}", kinds=k, accounts=(Account(platform="weibo", value=f"10000{n}"),))
            for n, k in enumerate(kinds)
        ),
    )
    keys = [complain(store, f"{n}{twice}", author=Author(id=f"10000{n}")) for n in range(4) for twice in "ab"]
    incident(store, "FS-1", keys)
    assert store.count_customers("FS-1") == {VIP: 1, ENTERPRISE: 2, ORDINARY: 1, PARTNER: 1}
    assert [c.kind for c in store.incident_customers("FS-1")] == [VIP, PARTNER, ENTERPRISE, ORDINARY]
    assert len(store.incident_customers("FS-1", 2)) == 2


def test_stored_complaints_are_recognised_when_the_register_comes_later(store: Store) -> None:
    by_account = complain(store, "1")
    item = mention("2", platform=Platform.IMPORT, author=Author())
    store.save_complaints([(item.key, Complaint(contact="lin.daiyu@example.com"))])
    calm = mention("3")
    store.save_mentions([judged(item), judged(calm, level=Risk.NONE)], now=at(0))
    save(store, LIN)
    assert sorted(store.link_stored(["C-1001"])) == sorted([by_account, item.key]), "praise is nobody's business"
    assert store.link_stored(["C-1001"]) == []
    assert store.customer_kind_of(item.key) is VIP and store.customer_kind_of(calm.key) is None


def test_without_a_register_nothing_is_asked(store: Store) -> None:
    assert not store.has_customers() and store.link_customers([mention()]) == {}
