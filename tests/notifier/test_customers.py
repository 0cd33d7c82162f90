"""What messages say of customers: at a glance who it is, what to check first, what was before; nothing that names a person."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from notifier.customers import customer_blocks, day_words, say_counts, say_customer
from notifier.messages import render_alert, render_card, render_detail, say_alert
from notifier.view import SHANGHAI
from records.chat import Message, Style
from records.customer import CustomerHistory, CustomerKind, MatchedBy, PastComplaint, Ticket
from scoring.alert import Level
from scoring.assessment import Reason
from tests.notifier.builders import NOW, make_alert, make_view, minutes, texts_of

VIP, PARTNER, ENTERPRISE, ORDINARY = CustomerKind
DAY = day_words(NOW, SHANGHAI)


def make_customer(**changes: Any) -> CustomerHistory:
    history = CustomerHistory(
        id="C-1001",
        kinds=(VIP,),
        name="林黛玉",
        since="2021-03",
        by=MatchedBy.ACCOUNT,
        mentions=("weibo:post:501",),
        complaints=2,
        last_complaints=(
            PastComplaint(mention="m1", at=NOW - minutes(90), platform="weibo", level="high", category="safety", problem="异物"),
            PastComplaint(mention="m2", at=NOW - minutes(60 * 24 * 20), platform="import", level="low", category="refund"),
        ),
        tickets=3,
        last_tickets=tuple(
            Ticket(customer="C-1001", at=NOW - minutes(60 * 24 * n), channel="hotline", subject=f"漏水{n}", outcome="已换新")
            for n in (10, 400, 500)
        ),
    )  # fmt: skip
    return dataclasses.replace(history, **changes)


def test_a_vip_is_told_with_what_was_before() -> None:
    assert say_customer(make_customer(), "zh", DAY, 2) == [
        "VIP客户 林**（C-1001） · 此前投诉 2 次 · 3 次历史工单",
        "此前投诉：00:33 异物（风险高）；11-01 退款售后（风险低）",
        "工单 11-11 热线 「漏水10」 → 已换新",
        "工单 2025-10-17 热线 「漏水400」 → 已换新",
        "按账号认出 · 2021-03 起的客户",
    ]
    english = say_customer(make_customer(), "en", DAY, 1)
    assert english == [
        "VIP customer 林** (C-1001) · 2 complaint(s) before · 3 earlier ticket(s)",
        "Complaints before: 00:33 异物 (risk high); 11-01 refund (risk low)",
        "Ticket 11-11 hotline “漏水10” → 已换新",
        "known by account · customer since 2021-03",
    ]


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"complaints": 0, "tickets": 0}, "VIP客户 林**（C-1001） · 首次投诉"),
        ({"complaints": 0, "tickets": 0, "orders": 12}, "VIP客户 林**（C-1001） · 首次投诉 · 12 笔订单"),
        ({"kinds": (VIP, ENTERPRISE), "name": "星辰科技有限公司", "tickets": 0}, "VIP客户·企业客户 星辰科技有限公司（C-1001） · 此前投诉 2 次"),
        ({"kinds": (ORDINARY,), "name": None, "tickets": 0}, "普通客户（C-1001） · 此前投诉 2 次"),
        ({"kinds": (PARTNER,), "id": "13812345678", "tickets": 0}, "合作伙伴 林**（138****5678） · 此前投诉 2 次"),
    ],
)  # fmt: skip
def test_the_first_line_says_who_it_is(changes: dict[str, Any], first: str) -> None:
    assert say_customer(make_customer(**changes), "zh", DAY)[0] == first


def test_what_has_to_be_checked_comes_before_what_is_told() -> None:
    lines = say_customer(make_customer(by=MatchedBy.NAME, shared_with=1, incidents=("FS-1", "FS-2")), "zh", DAY)
    assert lines[1:3] == ["⚠️ 只按昵称认出，可能同名：联系前先核实", "⚠️ 另有未结事件：FS-1、FS-2"]
    assert "⚠️ 同一联系方式登记了 3 位客户：联系前先核实是谁" in say_customer(make_customer(shared_with=2), "zh", DAY)


def test_what_was_written_into_a_ticket_is_shown_without_names_and_numbers() -> None:
    written = "林黛玉来电13812345678，邮箱lin@example.com，2026-11-20 订单 XH2026112000017\n‮坏"
    ticket = Ticket(customer="C-1001", subject=written, outcome="致电林黛玉", satisfaction="1/5")
    line = say_customer(make_customer(last_tickets=(ticket,), name="林黛玉"), "zh", DAY)[-2]
    assert line == "工单 「林**来电***，邮箱***，2026-11-20 订单 XH*** 坏」 → 致电林**，满意度 1/5"
    assert not any(secret in line for secret in ("林黛玉", "13812345678", "lin@example.com", "2026112000017", "‮", "\n"))
    bare = Ticket(customer="C-1001", number="T-9")
    assert say_customer(make_customer(last_tickets=(bare,)), "zh", DAY)[-2] == "工单 T-9 → 结果未记"


def headings(message: Message) -> list[str]:
    return [b.text for b in message.blocks if b.style is Style.HEADING]


@pytest.mark.parametrize("render", [render_alert, render_card, render_detail])
def test_every_message_that_explains_an_incident_tells_of_its_customers(render: Any) -> None:
    view = make_view(customers=(make_customer(),), customer_counts={VIP: 1})
    said = texts_of(render(view))
    assert "重点客户\nVIP客户 林**（C-1001）" in said and "林黛玉" not in said
    assert "客户" not in "".join(h for h in headings(render(make_view())))


def test_customers_stand_above_the_evidence_and_the_quotation_says_whose_it_is() -> None:
    message = render_card(make_view(customers=(make_customer(),), customer_counts={VIP: 1}))
    assert [h.split("（")[0] for h in headings(message)][:2] == ["重点客户", "证据"]
    assert "👤 VIP客户 林** · 微博" in texts_of(message)


def test_many_customers_are_a_number_and_the_weightiest_ones() -> None:
    customers = tuple(make_customer(id=f"C-{n}", kinds=(ENTERPRISE,)) for n in range(5))
    view = make_view(customers=customers, customer_counts={ENTERPRISE: 101, ORDINARY: 4})
    said = [b.text for b in customer_blocks(view, 2)]
    assert said[:2] == [
        "登记客户：企业客户 101 家、普通客户 4 位",
        "⚠️ 波及企业客户超过 100 家：按高影响评估整个品牌（规则 S4）",
    ]
    assert sum("（C-" in line for line in said) == 2
    view = make_view(customers=customers, customer_counts={ENTERPRISE: 100})
    assert not any("S4" in b.text for b in customer_blocks(view, 2)), "above a hundred, not at it"
    assert say_counts({VIP: 1, ENTERPRISE: 2}, "en") == "1 × VIP customer, 2 × enterprise customer"


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [
        ("vip", "VIP客户投诉，优先处理（规则 D6）", "complaint of a VIP customer: comes first (rule D6)"),
        ("partner", "合作伙伴投诉，优先处理（规则 D6）", "complaint of a long-term partner: comes first (rule D6)"),
    ],
)
def test_the_reason_of_the_alert_names_the_kind_of_customer(kind: str, zh: str, en: str) -> None:
    reasons = (Reason(rule="D6", what="known customer", evidence=kind),)
    alert = make_alert(rule="D6", count=None, level=Level.ORANGE, reasons=reasons)
    assert (say_alert(alert, "zh"), say_alert(alert, "en")) == (zh, en)
