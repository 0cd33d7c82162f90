"""The customer register end to end (W7, S3, L): who is recognised, what it raises, and what the card tells of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fengsheng.customers import Registered, import_customers, load_configured, problems_of
from fengsheng.importing import import_files
from records.customer import CustomerKind, MatchedBy
from records.mention import Author, Mention, Platform, Verified
from scoring.alert import Level
from tests.fengsheng.builders import BRAND, CALM, CONFIG, HURT, LATTE, World, at, make_house, mention, open_world
from tests.storage.samples import raw_bytes

VIP, PARTNER, ENTERPRISE, ORDINARY = CustomerKind
MILD = f"{BRAND}的{LATTE}太淡了，味道很差"
"""A complaint that alone alerts nobody."""
REGISTER = """\
客户编号,姓名,客户类型,微博,小红书,手机号,邮箱,起始
C-1001,林黛玉,VIP,1234567890,小林,138 1234 5678,Lin.Daiyu@Example.com,2021年3月
C-2001,沪上商贸公司,合作伙伴,2234567890,,,partner@example.com,
C-3001,杭州星辰科技有限公司,企业,3234567890,,0571-88880000,,2019
C-4001,王小明,普通,4234567890,,13700000001,,
C-5001,薛宝钗,贵宾,,,13900000001,,
C-5002,薛蟠,普通,,,+86 139 0000 0001,,
C-6001,凤姐,企业大客户,@琏二奶奶,,,,
"""
TICKETS = """\
客户编号,工单号,时间,渠道,主题,处理结果,满意度,订单号
C-1001,T-1,2026-11-10 09:30,热线,林黛玉来电：咖啡机漏水，回电13812345678,已换新,2/5,
C-1001,T-2,2026-08-03 10:00,在线客服,积分没到账,已补发,5/5,
C-1001,T-3,2025-12-01,门店,饮品做错,,,
C-1001,,2026-11-01,,,,,XH2026110100001
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


def register(world: World, *tables: str, minutes: float = 0, **more: bool) -> Registered:
    """Import tables as CSV files."""
    files = []
    for number, table in enumerate(tables):
        files.append(world.house.database.parent / f"register-{number}.csv")
        files[-1].write_text(table, encoding="utf-8")
    return import_customers(world.house, world.store, files, now=at(minutes), **more)


def post(author: Author, text: str = MILD, platform: Platform = Platform.WEIBO, minutes: float = 0) -> Mention:
    return mention("1", text, minutes, author=dataclasses.replace(author, verified=Verified.NONE), platform=platform)


def complain(world: World, *rows: dict[str, Any]) -> None:
    """Complaints that arrive by file, as the hotline writes them."""
    path = world.house.database.parent / "complaints.jsonl"
    defaults = {"brand": BRAND, "text": MILD, "channel": "热线", "received_at": at(0).isoformat()}
    lines = [json.dumps({"id": f"K-{n}", **defaults, **row}, ensure_ascii=False) for n, row in enumerate(rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    for total in import_files(world.house, world.store, [path], brand=None, now=at(5)):
        assert not total.bad


def card(world: World, incident: str, minutes: float = 6) -> list[str]:
    message = world.incidents.card(incident, now=at(minutes))
    assert message is not None
    return [block.text for block in message.blocks]


BY_ACCOUNT, BY_CONTACT, BY_NAME = MatchedBy.ACCOUNT, MatchedBy.CONTACT, MatchedBy.NAME

POSTS: list[tuple[str, Mention, list[tuple[str, MatchedBy]], Level | None]] = [
    ("VIP by account id", post(Author(id="1234567890", name="林妹妹")), [("C-1001", BY_ACCOUNT)], Level.ORANGE),
    ("VIP by display name, to be checked", post(Author(id="5a1b2c3d4e5f6a7b8c9d0e1f", name="小林"), platform=Platform.XIAOHONGSHU), [("C-1001", BY_NAME)], Level.ORANGE),
    ("the same name on another platform", post(Author(id="77", name="小林"), platform=Platform.DOUYIN), [], None),
    ("the same id on another platform", post(Author(id="1234567890"), platform=Platform.BILIBILI), [], None),
    ("partner by account id", post(Author(id="2234567890")), [("C-2001", BY_ACCOUNT)], Level.ORANGE),
    ("enterprise widens the scope, alone it alerts nobody", post(Author(id="3234567890")), [("C-3001", BY_ACCOUNT)], None),
    ("ordinary customers alert nobody", post(Author(id="4234567890")), [("C-4001", BY_ACCOUNT)], None),
    ("an enterprise that is a VIP, by handle", post(Author(id="9", name="琏二奶奶")), [("C-6001", BY_ACCOUNT)], Level.ORANGE),
    ("somebody else", post(Author(id="5234567890", name="林黛玉")), [], None),
    ("nobody: the platform shows no author", post(Author()), [], None),
    ("an id within an id", post(Author(id="12345678901")), [], None),
    ("a VIP who praises", post(Author(id="1234567890"), CALM), [], None),
    ("a VIP who was hurt: red, as anybody would be", post(Author(id="1234567890"), HURT), [("C-1001", BY_ACCOUNT)], Level.RED),
]  # fmt: skip
COMPLAINTS: list[tuple[str, dict[str, Any], list[tuple[str, MatchedBy]], Level | None]] = [
    ("VIP by phone", {"contact": "13812345678"}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("VIP by phone with country code", {"contact": "+86 138-1234-5678"}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("VIP by phone with a label", {"contact": "手机：138 1234 5678"}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("VIP by phone in full width", {"contact": "１３８１２３４５６７８"}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("VIP by mail in another case", {"contact": "LIN.DAIYU@example.COM"}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("VIP by a number from a spreadsheet", {"contact": 13812345678}, [("C-1001", BY_CONTACT)], Level.ORANGE),
    ("partner by mail", {"contact": "partner@example.com"}, [("C-2001", BY_CONTACT)], Level.ORANGE),
    ("enterprise by its landline", {"contact": "+86 571 8888 0000"}, [("C-3001", BY_CONTACT)], None),
    ("ordinary by phone", {"contact": "137-0000-0001"}, [("C-4001", BY_CONTACT)], None),
    ("two customers with one contact: the VIP counts, both are told", {"contact": "13900000001"}, [("C-5001", BY_CONTACT), ("C-5002", BY_CONTACT)], Level.ORANGE),
    ("one digit off", {"contact": "13812345679"}, [], None),
    ("the customer's name proves nothing", {"customer": "林黛玉"}, [], None),
    ("anonymous", {"customer": "匿名"}, [], None),
    ("a platform's account in an import", {"platform": "weibo", "author": {"id": "1234567890"}, "kind": "post"}, [("C-1001", BY_ACCOUNT)], Level.ORANGE),
    ("account and contact of two customers", {"platform": "weibo", "author": {"id": "4234567890"}, "contact": "13812345678"}, [("C-1001", BY_CONTACT), ("C-4001", BY_ACCOUNT)], Level.ORANGE),
]  # fmt: skip


def told(world: World, key: str) -> list[tuple[str, MatchedBy]]:
    return [(c.id, c.by) for c in world.store.mention_customers(key, BRAND)]


def highest(world: World) -> Level | None:
    return max((row.level for row in world.rows()), default=None)


@pytest.mark.parametrize(("item", "known", "level"), [p[1:] for p in POSTS], ids=[p[0] for p in POSTS])
def test_the_author_of_a_post_is_recognised(
    world: World, item: Mention, known: Sequence[tuple[str, MatchedBy]], level: Level | None
) -> None:
    assert register(world, REGISTER).bad == []
    world.take([item])
    assert (told(world, item.key), highest(world)) == (list(known), level)


@pytest.mark.parametrize(("row", "known", "level"), [c[1:] for c in COMPLAINTS], ids=[c[0] for c in COMPLAINTS])
def test_who_complains_elsewhere_is_recognised(
    world: World, row: dict[str, Any], known: Sequence[tuple[str, MatchedBy]], level: Level | None
) -> None:
    register(world, REGISTER)
    complain(world, row)
    kind = row.get("kind", "complaint")
    assert (told(world, f"{row.get('platform', 'import')}:{kind}:K-0"), highest(world)) == (list(known), level)


def test_a_vips_complaint_is_an_orange_alert_whose_card_shows_the_history(world: World) -> None:
    total = register(world, TICKETS, REGISTER)
    assert (total.customers.new, total.tickets.new, total.bad) == (7, 4, [])
    past = post(Author(id="1234567890"), minutes=-60 * 24 * 9)
    world.take([past])
    (earlier,) = world.rows()
    stored = world.store.load_mention(past.key)
    assert stored is not None
    complain(world, {"contact": "138 1234 5678", "text": f"{BRAND}充值卡扣了两次款，客服说查不到"})
    (incident,) = (r for r in world.rows() if r.id != earlier.id)
    assert incident.level is Level.ORANGE
    (alert,) = world.sent("alert", incident.id)
    assert alert.item.chat == "managers", "orange goes to the managers (L)"
    assert alert.item.message is not None
    for blocks in ([b.text for b in alert.item.message.blocks], card(world, incident.id)):
        assert "VIP客户投诉，优先处理（规则 D6）" in blocks
        start = blocks.index("重点客户")
        assert blocks[start + 1 : start + 7] == [
            "VIP客户 林**（C-1001） · 此前投诉 1 次 · 3 次历史工单 · 1 笔订单",
            f"⚠️ 另有未结事件：{earlier.id}",
            f"此前投诉：11-11 {stored.assessments[BRAND].problem}（风险低）",
            "工单 11-10 热线 「林**来电：咖啡机漏水，回电***」 → 已换新，满意度 2/5",
            "工单 08-03 在线客服 「积分没到账」 → 已补发，满意度 5/5",
            "按联系方式认出 · 2021-03 起的客户",
        ]
        assert any(b.startswith("👤 VIP客户 林** · 导入") for b in blocks), "the quotation says whose it is"
        assert not any(secret in "\n".join(blocks) for secret in ("林黛玉", "13812345678", "1234567890"))


def test_in_english_the_card_says_the_same(tmp_path: Path) -> None:
    with open_world(tmp_path, CONFIG + "language: en\n") as world:
        register(world, REGISTER, TICKETS)
        complain(world, {"contact": "13812345678"})
        blocks = card(world, world.only().id)
        assert "complaint of a VIP customer: comes first (rule D6)" in blocks
        start = blocks.index("Key customers")
        assert blocks[start + 1] == "VIP customer 林** (C-1001) · first complaint · 3 earlier ticket(s) · 1 order(s)"
        assert blocks[start + 2].startswith(
            "Ticket 11-10 hotline “林**来电：咖啡机漏水，回电***” → 已换新, satisfaction 2/5"
        )
        assert "known by contact · customer since 2021-03" in blocks


def test_two_customers_with_one_contact_and_a_mere_name_say_that_somebody_has_to_look(world: World) -> None:
    register(world, REGISTER)
    complain(world, {"contact": "13900000001"})
    blocks = card(world, world.only().id)
    assert "重点客户：VIP客户 1 位" not in blocks and "重点客户" in blocks, "one complained, and counts once"
    assert blocks.count("⚠️ 同一联系方式登记了 2 位客户：联系前先核实是谁") == 2
    world.take([post(Author(id="5a1b2c3d4e5f6a7b8c9d0e1f", name="小林"), platform=Platform.XIAOHONGSHU)])
    assert "⚠️ 只按昵称认出，可能同名：联系前先核实" in [b for r in world.rows() for b in card(world, r.id)]


PERSON = ("13812345678", "138 1234 5678", "lin.daiyu@example.com", "Lin.Daiyu", "林黛玉", "1234567890", "小林")


def test_nothing_of_a_customer_stands_in_the_database_or_the_log(world: World) -> None:
    register(world, REGISTER, TICKETS)
    for secret in ("C-1001", "咖啡机漏水", *PERSON):
        assert secret.encode() not in raw_bytes(world.house.database.parent), secret
    complain(world, {"contact": "13812345678", "customer": "林黛玉"})
    assert world.sent("alert")
    for secret in PERSON:
        assert secret.encode() not in raw_bytes(world.house.database.parent), secret
    log = [(e.kind, dict(e.data)) for e in world.store.load_events(None)]
    assert ("customers_import", {"rows": 11, "customers": 7, "tickets": 4, "updated": 0, "bad": 0}) in log


def test_the_same_files_again_change_nothing(world: World) -> None:
    first = register(world, REGISTER, TICKETS)
    events = len(world.store.load_events(None))
    again = register(world, REGISTER, TICKETS)
    assert (first.customers.new, first.tickets.new) == (7, 4)
    assert (again.customers.known, again.tickets.known, again.stored) == (7, 4, 11)
    assert (again.customers.new, again.customers.updated, again.tickets.new, again.tickets.updated) == (0, 0, 0, 0)
    assert len(world.store.load_events(None)) == events, "nothing happened, nothing is logged"


def test_a_customer_in_several_rows_keeps_all_numbers_and_stays_the_same(world: World) -> None:
    table = "编号,姓名,类型,手机\nC-1,林,vip,13800000001\nC-1,林,vip,13800000002\n"
    assert register(world, table).customers.new == 1
    assert register(world, table).customers.known == 1
    assert world.store.load_customers()[0].contacts == 2


def test_bad_rows_are_listed_with_line_and_reason_and_good_ones_are_kept(world: World) -> None:
    table = "编号,姓名,类型,账号\nC-1,林,金卡,\nC-2,王,vip,weibo:1234567\n,张,vip,\nC-3,李,vip,myspace:x\n"
    total = register(world, table, "customer,subject\nC-2,漏水\nC-9,漏水\n")
    assert [(Path(p.file).name, p.line) for p in total.bad] == [
        ("register-0.csv", 2),
        ("register-0.csv", 4),
        ("register-0.csv", 5),
        ("register-1.csv", 3),
    ]
    assert 'kind is "金卡"' in total.bad[0].what and "not in the register" in total.bad[3].what
    assert (total.customers.new, total.tickets.new, total.rows) == (1, 1, 6)


def test_one_table_may_hold_customers_and_tickets_in_any_order(world: World) -> None:
    total = register(
        world,
        "id,kind,name,at,subject,outcome,血型\nC-1,工单,,2026-11-01,漏水,已换新,\nC-1,vip,林,,,,A\nC-1,order,,2026-11-02,,,\n",
    )
    assert (total.customers.new, total.tickets.new, total.bad, total.unread) == (1, 2, [], ["血型"])
    (entry,) = world.store.load_customers()
    assert (entry.tickets, entry.orders) == (1, 1)


def test_workbooks_and_json_lines_are_read_too(world: World, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("客户编号", "姓名", "客户类型", "手机"), ("C-1", "林", "贵宾", 13812345678)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    (tmp_path / "b.jsonl").write_text(
        '{"id": "C-2", "kind": ["vip", "enterprise"], "accounts": ["weibo:1234567890"]}\n{"kind": "ticket", "customer": "C-2", "subject": "x"}\n',
        encoding="utf-8",
    )
    total = import_customers(world.house, world.store, [tmp_path / "a.xlsx", tmp_path / "b.jsonl"], now=at(0))
    assert (total.customers.new, total.tickets.new, total.bad) == (2, 1, [])
    complain(world, {"contact": "138 1234 5678"})
    assert world.only().level is Level.ORANGE


def test_a_removed_customer_is_recognised_no_more_and_old_lists_do_not_bring_them_back(world: World) -> None:
    register(world, REGISTER, TICKETS)
    world.take([post(Author(id="1234567890"))])
    assert any("林**" in b for b in card(world, world.only().id))
    world.store.remove_customer("C-1001", now=at(1))
    assert not any("林**" in b or b == "重点客户" for b in card(world, world.only().id))
    world.take([dataclasses.replace(post(Author(id="1234567890"), minutes=3), id="2")])
    assert told(world, "weibo:post:2") == []
    again = register(world, REGISTER, TICKETS)
    assert (again.removed, again.customers.new) == (5, 0) and len(world.store.load_customers()) == 6
    back = register(world, REGISTER, restore=True)
    assert back.customers.new == 1 and told(world, "weibo:post:1") == [("C-1001", BY_ACCOUNT)]


def test_who_complained_just_before_the_register_came_raises_the_priority_then(world: World) -> None:
    world.take([post(Author(id="1234567890")), dataclasses.replace(post(Author(id="4234567890")), id="2")])
    world.take([dataclasses.replace(post(Author(id="2234567890"), minutes=-60 * 48), id="3")])
    assert world.rows() == []
    total = register(world, REGISTER, minutes=30)
    assert total.recognised == 3
    (incident,) = total.incidents
    assert world.only().id == incident and world.only().level is Level.ORANGE, (
        "what is older than the window stays history"
    )
    assert register(world, REGISTER, minutes=31).incidents == [], "said once"


def test_the_card_of_an_open_incident_is_drawn_anew_when_the_register_tells_more(world: World) -> None:
    world.take([post(Author(id="1234567890"), HURT)])
    before = len(world.sent("card"))
    register(world, REGISTER, minutes=30)
    assert len(world.sent("card")) >= before and any("林**" in b for b in card(world, world.only().id, 31))
    assert world.only().level is Level.RED


def test_enterprise_customers_of_an_incident_are_counted(world: World) -> None:
    rows = [f"E-{n},企业 {n} 有限公司,企业,10000{n:03}" for n in range(101)]
    register(world, "编号,名称,类型,微博\n" + "\n".join([*rows, "C-1,林,vip,999999"]))
    posts = [
        mention(n, f"{HURT}{n}", n / 100, author=Author(id=f"10000{n:03}", verified=Verified.NONE)) for n in range(101)
    ]
    world.take([*posts, mention("v", HURT, 2, author=Author(id="999999"))])
    incident = world.only().id
    assert world.store.count_customers(incident) == {ENTERPRISE: 101, VIP: 1}
    blocks = card(world, incident)
    assert "重点客户：VIP客户 1 位、企业客户 101 家" in blocks
    assert "⚠️ 波及企业客户超过 100 家：按高影响评估整个品牌（规则 S4）" in blocks
    assert sum("首次投诉" in b for b in blocks) == 3, "the weightiest are told, the rest is a number"


CONFIGURED = CONFIG + "customers: {file: [register.csv, tickets.csv], columns: {卡号: customer}}\n"


def test_the_files_of_the_config_are_loaded_once_and_again_when_they_change(tmp_path: Path) -> None:
    house = make_house(tmp_path, CONFIGURED)
    files = [tmp_path / "register.csv", tmp_path / "tickets.csv"]
    customers = house.config.customers.model_copy(update={"file": files})
    house = dataclasses.replace(house, config=house.config.model_copy(update={"customers": customers}))
    assert load_configured(house, lambda: at(0)) == [f"{files[0]}: No such file or directory"]
    files[0].write_text(REGISTER, encoding="utf-8")
    files[1].write_text("卡号,主题\nC-1001,漏水\n", encoding="utf-8")
    assert load_configured(house, lambda: at(0)) == []
    with house.open_store() as store:
        assert [(e.id, e.tickets) for e in store.load_customers()][:1] == [("C-1001", 1)]
        store.remove_customer("C-1001", now=at(1))
    assert load_configured(house, lambda: at(2)) == []
    files[1].write_text("卡号,主题\nC-3001,漏水\nC-9,漏水13812345678\n", encoding="utf-8")
    (said,) = load_configured(house, lambda: at(3))
    assert said == "tickets.csv：1 行读不了（第 3 行），其余已载入；fengsheng customers import 会列出原因"
    with house.open_store() as store:
        assert {e.id: e.tickets for e in store.load_customers()} == {
            "C-2001": 0, "C-3001": 1, "C-4001": 0, "C-5001": 0, "C-5002": 0, "C-6001": 0
        }  # fmt: skip


def test_check_reads_the_files_without_storing_anything(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    file = tmp_path / "r.csv"
    assert [str(p) for p in problems_of(house, file)] == [f"{file}: no such file"]
    file.write_text("编号,类型\n" + "".join(f"C-{n},金卡\n" for n in range(9)), encoding="utf-8")
    found = problems_of(house, file)
    assert (len(found), found[0].line) == (6, 2) and found[-1].what == "… and 4 more bad rows"
    assert not house.database.exists()
