"""Who complains, where the customer register knows it (W7): kind, masked name, complaints and tickets before.

Chats see masked names only (G3); what somebody wrote into a ticket is shown without the customer's name and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from notifier.plain import plain_line
from notifier.view import IncidentView
from notifier.wording import CATEGORIES, CUSTOMER_KINDS, INTAKES, RISKS, Lang, name_of, pick
from records.chat import Block, Style
from records.customer import PRIORITY, CustomerHistory, CustomerKind, MatchedBy, Ticket, masked_id, masked_name
from scoring.assessment import Risk

ENTERPRISES = 100
"""Above this many enterprise customers the effect on the whole brand is assessed (S4)."""
_UNITS: Mapping[CustomerKind, str] = {CustomerKind.ENTERPRISE: "家", CustomerKind.PARTNER: "家"}
_SUBJECT_UNITS = 36
_OUTCOME_UNITS = 48
_NUMBERS = re.compile(
    r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+|(?<!\d)(?!\d{4}-\d\d?-\d\d?(?!\d))\d[\d -]{5,}\d(?!\d)"
)
"""Mail addresses, and digits in a row that may be a phone number, an identity or an order."""

Day = Callable[[datetime], str]


def customer_blocks(view: IncidentView, most: int, tickets: int = 2) -> list[Block]:
    """Heading with how many of which kind, then the weightiest customers with what was before; nothing where nobody is known."""
    if not view.customers:
        return []
    zh = view.lang == "zh"
    known = any(PRIORITY.intersection(c.kinds) for c in view.customers)
    heading = ("重点客户" if known else "登记客户") if zh else ("Key customers" if known else "Known customers")
    counts = say_counts(view.customer_counts, view.lang) if sum(view.customer_counts.values()) > 1 else ""
    blocks = [Block(style=Style.HEADING, text=heading + (("：" if zh else ": ") + counts if counts else ""))]
    enterprises = view.customer_counts.get(CustomerKind.ENTERPRISE, 0)
    if enterprises > ENTERPRISES:
        said = (
            f"⚠️ 波及企业客户超过 {ENTERPRISES} 家：按高影响评估整个品牌（规则 S4）"
            if zh
            else f"⚠️ more than {ENTERPRISES} enterprise customers: impact high, assess the whole brand (rule S4)"
        )
        blocks.append(Block(style=Style.TEXT, text=said))
    for customer in view.customers[:most]:
        first, *more = say_customer(customer, view.lang, day_words(view.now, view.zone), tickets)
        blocks.append(Block(style=Style.TEXT, text=first))
        blocks += [Block(style=Style.NOTE, text=line, shrinkable=not line.startswith("⚠️")) for line in more]
    return blocks


def say_counts(counts: Mapping[CustomerKind, int], lang: Lang) -> str:
    """VIP客户 1 位、企业客户 3 家."""
    parts = [
        f"{pick(CUSTOMER_KINDS[kind], lang)} {counts[kind]} {_UNITS.get(kind, '位')}"
        if lang == "zh"
        else f"{counts[kind]} × {pick(CUSTOMER_KINDS[kind], lang)}"
        for kind in CustomerKind
        if counts.get(kind)
    ]
    return ("、" if lang == "zh" else ", ").join(parts)


def say_who(kinds: tuple[CustomerKind, ...], name: str | None, lang: Lang) -> str:
    """VIP客户 林**; an enterprise that is a VIP is called both."""
    said = "·".join(pick(CUSTOMER_KINDS[kind], lang) for kind in kinds)
    return f"{said} {plain_line(masked_name(name, kinds), 40)}".strip()


def say_customer(customer: CustomerHistory, lang: Lang, day: Day, tickets: int = 3) -> list[str]:
    """Who it is with the figures, then one line each: what to check first, complaints and tickets before, how known.

    Args:
        day: a time as a short date.
        tickets: how many of the latest tickets are told.
    """
    zh = lang == "zh"
    id = plain_line(masked_id(customer.id), 24)
    who = say_who(customer.kinds, customer.name, lang) + (f"（{id}）" if zh else f" ({id})")
    if zh:
        parts = [f"此前投诉 {customer.complaints} 次" if customer.complaints else "首次投诉"]
        parts += [f"{customer.tickets} 次历史工单"] if customer.tickets else []
        parts += [f"{customer.orders} 笔订单"] if customer.orders else []
    else:
        parts = [f"{customer.complaints} complaint(s) before" if customer.complaints else "first complaint"]
        parts += [f"{customer.tickets} earlier ticket(s)"] if customer.tickets else []
        parts += [f"{customer.orders} order(s)"] if customer.orders else []
    before = [*_complaints(customer, lang, day), *_tickets(customer, lang, day, tickets)]
    return [" · ".join([who, *parts]), *_warnings(customer, lang), *before, _known(customer, lang)]


def _warnings(customer: CustomerHistory, lang: Lang) -> list[str]:
    zh = lang == "zh"
    found = []
    if customer.by is MatchedBy.NAME:
        found.append(
            "⚠️ 只按昵称认出，可能同名：联系前先核实" if zh else "⚠️ known by display name only: check who it is first"
        )
    elif customer.shared_with:
        n = customer.shared_with + 1
        found.append(
            f"⚠️ 同一联系方式登记了 {n} 位客户：联系前先核实是谁"
            if zh
            else f"⚠️ {n} customers share this contact: check who it is first"
        )
    if customer.incidents:
        shown = ("、" if zh else ", ").join(customer.incidents[:3])
        found.append(f"⚠️ 另有未结事件：{shown}" if zh else f"⚠️ further open incidents: {shown}")
    return found


def _complaints(customer: CustomerHistory, lang: Lang, day: Day) -> list[str]:
    if not customer.last_complaints:
        return []
    zh = lang == "zh"
    said = []
    for one in customer.last_complaints:
        about = plain_line(one.problem or name_of(CATEGORIES, one.category, lang), 16)
        risk = pick(RISKS[Risk(one.level)], lang)
        said.append(f"{day(one.at)} {about}（风险{risk}）" if zh else f"{day(one.at)} {about} (risk {risk})")
    return [("此前投诉：" if zh else "Complaints before: ") + ("；" if zh else "; ").join(said)]


def _tickets(customer: CustomerHistory, lang: Lang, day: Day, most: int) -> list[str]:
    label = "工单 " if lang == "zh" else "Ticket "
    return [label + _say_ticket(ticket, customer.name, lang, day) for ticket in customer.last_tickets[:most]]


def _say_ticket(ticket: Ticket, name: str | None, lang: Lang, day: Day) -> str:
    zh = lang == "zh"
    parts = [day(ticket.at)] if ticket.at else []
    if ticket.channel:
        parts.append(plain_line(name_of(INTAKES, ticket.channel, lang), 16))
    subject = plain_line(_discreet(ticket.subject or "", name), _SUBJECT_UNITS)
    if subject:
        parts.append(f"「{subject}」" if zh else f"“{subject}”")
    said = " ".join(parts) or plain_line(ticket.number or "", 24)
    outcome = plain_line(_discreet(ticket.outcome or "", name), _OUTCOME_UNITS)
    said += f" → {outcome}" if outcome else " → 结果未记" if zh else " → no outcome noted"
    if ticket.satisfaction:
        rated = plain_line(ticket.satisfaction, 12)
        said += f"，满意度 {rated}" if zh else f", satisfaction {rated}"
    return said


def _known(customer: CustomerHistory, lang: Lang) -> str:
    zh = lang == "zh"
    by = {
        MatchedBy.ACCOUNT: ("按账号认出", "known by account"),
        MatchedBy.CONTACT: ("按联系方式认出", "known by contact"),
        MatchedBy.NAME: ("按昵称认出", "known by display name"),
    }[customer.by]
    since = plain_line(customer.since or "", 12)
    parts = [pick(by, lang)] + ([f"{since} 起的客户" if zh else f"customer since {since}"] if since else [])
    return " · ".join(parts)


def _discreet(text: str, name: str | None) -> str:
    """What was written into a ticket, without the customer's name and without numbers that reach a person."""
    if name and len(name.strip()) > 1:
        text = text.replace(name.strip(), f"{name.strip()[0]}**")
    return _NUMBERS.sub("***", text)


def day_words(now: datetime, zone: tzinfo) -> Day:
    """Says a time of today as the hour, another one as month and day, with the year where it is another."""

    def say(at: datetime) -> str:
        there, here = at.astimezone(zone), now.astimezone(zone)
        if there.date() == here.date():
            return f"{there:%H:%M}"
        return f"{there:%m-%d}" if there.year == here.year else f"{there:%Y-%m-%d}"

    return say


def find_customer(customers: Sequence[CustomerHistory], mention: str) -> CustomerHistory | None:
    """The weightiest customer recognised in a mention."""
    return next((c for c in customers if mention in c.mentions), None)
