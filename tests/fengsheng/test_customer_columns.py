"""Rows of a register, Chinese and English, become customers and tickets; what is wrong is said in one sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fengsheng.customer_columns import COLUMNS, RegisterReader
from records.customer import Account, Customer, CustomerKind, Ticket, TicketSort
from records.errors import BadRecord

VIP, PARTNER, ENTERPRISE, ORDINARY = CustomerKind


def read(row: dict[str, Any], **names: str) -> Customer | Ticket:
    return RegisterReader(ZoneInfo("Asia/Shanghai"), names).read(row)


def customer(row: dict[str, Any]) -> Customer:
    found = read(row)
    assert isinstance(found, Customer)
    return found


def ticket(row: dict[str, Any]) -> Ticket:
    found = read(row)
    assert isinstance(found, Ticket)
    return found


def test_chinese_and_english_columns_tell_the_same_customer() -> None:
    chinese = read(
        {
            "客户编号": "C-1",
            "客户姓名": "林黛玉",
            "客户类型": "贵宾",
            "账号": "微博：1234567890；小红书:@小林",
            "手机号": "138 1234 5678",
            "邮箱": "lin@example.com",
            "注册时间": "2021年3月",
            "备注": "只喝热的",
        }
    )
    english = read(
        {
            "id": "C-1",
            "name": "林黛玉",
            "kind": "VIP",
            "accounts": "weibo:1234567890; xiaohongshu:小林",
            "contacts": "138 1234 5678, lin@example.com",
            "since": "2021-03",
            "note": "只喝热的",
        }
    )
    assert chinese == english
    assert chinese == Customer(
        id="C-1",
        kinds=(VIP,),
        name="林黛玉",
        accounts=(Account(platform="weibo", value="1234567890"), Account(platform="xiaohongshu", value="小林")),
        contacts=("138 1234 5678", "lin@example.com"),
        since="2021-03",
        note="只喝热的",
    )


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("vip", (VIP,)),
        ("贵宾", (VIP,)),
        ("大客户", (VIP,)),
        ("Key account", (VIP,)),
        ("合作伙伴", (PARTNER,)),
        ("long-term partner", (PARTNER,)),
        ("企业", (ENTERPRISE,)),
        ("普通", (ORDINARY,)),
        ("个人客户", (ORDINARY,)),
        ("VIP客户（企业）", (VIP, ENTERPRISE)),
        ("企业, 合作伙伴", (PARTNER, ENTERPRISE)),
        ("企业大客户", (VIP, ENTERPRISE)),
        (["enterprise", "vip"], (VIP, ENTERPRISE)),
        (None, None),
    ],
)
def test_kinds_as_people_write_them(word: Any, kinds: tuple[CustomerKind, ...] | None) -> None:
    assert customer({"id": "C-1", "name": "林", "kind": word}).kinds == kinds


@pytest.mark.parametrize(
    ("cells", "accounts"),
    [
        ({"微博": 1234567890, "小红书账号": "@小林", "b站id": "77"}, ["weibo:1234567890", "xiaohongshu:小林", "bilibili:77"]),
        ({"weibo_id": "1; 2"}, ["weibo:1", "weibo:2"]),
        ({"accounts": ["weibo:1", {"platform": "douyin", "id": "x"}]}, ["weibo:1", "douyin:x"]),
        ({"accounts": "https://weibo.com/u/1234567890"}, ["weibo:1234567890"]),
        ({"accounts": "微博:https://m.weibo.cn/u/1234567890?from=x"}, ["weibo:1234567890"]),
        ({"accounts": "https://www.xiaohongshu.com/user/profile/5a1b2c3d4e5f6a7b8c9d0e1f"}, ["xiaohongshu:5a1b2c3d4e5f6a7b8c9d0e1f"]),
        ({"accounts": "mastodon:@lin@mastodon.example"}, ["mastodon:lin@mastodon.example"]),
        ({"accounts": "weibo:1;weibo:1"}, ["weibo:1"]),
        ({"accounts": "无"}, []),
        ({"accounts": []}, []),
        ({"accounts": " "}, None),
    ],
)  # fmt: skip
def test_accounts_of_many_shapes(cells: dict[str, Any], accounts: list[str] | None) -> None:
    found = customer({"id": "C-1", "name": "林", **cells}).accounts
    assert (None if found is None else [f"{a.platform}:{a.value}" for a in found]) == accounts


def test_fillers_are_no_contacts_for_they_would_match_everybody() -> None:
    row = {"id": "C-1", "手机": "00000000000", "邮箱": "-", "联系方式": "无"}
    assert customer(row).contacts == ()
    assert customer({"id": "C-1", "手机": "", "邮箱": None}).contacts is None, "an empty cell tells nothing"


@pytest.mark.parametrize(
    ("value", "since"),
    [
        ("2021", "2021"),
        (2021, "2021"),
        ("2021年3月", "2021-03"),
        ("2021/3/5", "2021-03-05"),
        ("2021-03-05 00:00:00", "2021-03-05"),
        (datetime(2021, 3, 5), "2021-03-05"),  # noqa: DTZ001 - as spreadsheets hold it
        (date(2021, 3, 5), "2021-03-05"),
        ("-", None),
    ],
)
def test_since_is_as_precise_as_told(value: Any, since: str | None) -> None:
    assert customer({"id": "C-1", "since": value}).since == since


def test_a_ticket_row_is_told_by_its_kind_or_its_columns() -> None:
    rows = [
        {"客户编号": "C-1", "工单号": "T-9", "时间": "2026-11-10 09:30", "渠道": "热线", "主题": "咖啡机漏水", "处理结果": "已换新", "满意度": 2},
        {"kind": "ticket", "customer": "C-1", "id": "T-9", "at": "2026-11-10T01:30:00Z", "channel": "hotline", "subject": "咖啡机漏水", "outcome": "已换新", "satisfaction": "2"},
    ]  # fmt: skip
    wanted = Ticket(
        customer="C-1",
        number="T-9",
        at=datetime(2026, 11, 10, 1, 30, tzinfo=UTC),
        channel="hotline",
        subject="咖啡机漏水",
        outcome="已换新",
        satisfaction="2",
    )
    assert [ticket(row) for row in rows] == [wanted, wanted]


def test_in_a_table_of_both_the_id_of_a_ticket_row_is_the_customers() -> None:
    assert ticket({"id": "C-1", "name": "", "kind": "工单", "subject": "漏水"}).customer == "C-1"
    assert ticket({"id": "C-1", "kind": "订单", "order_number": "XH1"}).sort is TicketSort.ORDER
    assert ticket({"customer_id": "C-1", "order": "XH1", "date": "2026-11-01"}).sort is TicketSort.ORDER
    assert customer({"id": "C-1", "name": "林", "渠道": "门店", "时间": "2026-11-01"}).name == "林"


def test_long_stories_are_cut_not_refused() -> None:
    found = ticket({"customer": "C-1", "内容": "漏" * 900, "处理结果": "换" * 9000})
    assert (len(found.subject or ""), len(found.outcome or "")) == (200, 2000)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "林"}, "id is missing: your own id of the customer is needed"),
        ({"id": "C-1", "kind": "金卡"}, 'kind is "金卡": vip (贵宾), partner (合作伙伴), enterprise (企业), ordinary (普通)'),
        ({"id": "C-1", "kind": True}, "kind is bool: text such as vip"),
        ({"id": "C-1", "accounts": "小林"}, 'accounts has "小林": platform:id or platform:name is accepted'),
        ({"id": "C-1", "accounts": "myspace:x"}, "platforms are weibo, xiaohongshu"),
        ({"id": "C-1", "accounts": "weibo:"}, 'accounts has "weibo:": an id or name of 1 to 200 characters'),
        ({"id": "C-1", "accounts": [["weibo"]]}, "accounts is list: text is accepted"),
        ({"id": "C-1", "contacts": "1.38E+10"}, "contacts is 1.38E+10, a number rounded by a spreadsheet"),
        ({"id": "C-1", "contacts": "12"}, 'contacts has "12": a phone number or mail address is accepted'),
        ({"id": 1.2e18, "name": "x"}, "id is 1.2e+18, a number rounded by a spreadsheet"),
        ({"id": "C" * 101}, "id has 101 characters: at most 100 are accepted"),
        ({"id": "C-1", "since": "long ago"}, 'since is "long ago": 2021, 2021-03 or 2021-03-05 is accepted'),
        ({"id": "C-1", "since": "2021-13"}, 'since is "2021-13"'),
        ({"customer": "C-1", "at": "soon"}, 'at is "soon": a time such as 2026-11-20 12:00'),
        ({"kind": "工单", "subject": "漏水"}, "customer is missing: the id of a customer of the register is needed"),
        ({"kind": "工单", "customer": "C-1"}, "nothing is told of the ticket"),
        ({"id": "C-1", "contacts": ",".join(f"1380000{n:04}" for n in range(101))}, "contacts has 101 entries: at most 100"),
    ],
)  # fmt: skip
def test_bad_rows_say_what_is_wrong_and_what_is_accepted(row: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRecord) as error:
        read(row)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_columns_that_mean_nothing_here_are_named_once_and_own_names_win() -> None:
    reader = RegisterReader(None, {"卡号": "customer", "生日": "note"})
    reader.read({"卡号": "C-1", "生日": "六月", "血型": "A", "星座": ""})
    reader.read({"卡号": "C-2", "血型": "B"})
    assert list(reader.unread) == ["血型"]
    assert set(COLUMNS) >= {"id", "kind", "accounts", "contacts", "customer", "ticket", "satisfaction"}
