"""What the house tells of its customers (客户登记册, W7): kind, accounts, contacts, earlier tickets and orders.

Names, contacts and tickets are personal data: storage seals them or keeps keyed hashes only (G3); the log holds ids.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.complaint import mask_contact


class CustomerKind(StrEnum):
    """Kind of customer (客户类型), the one that weighs most first."""

    VIP = "vip"
    PARTNER = "partner"
    ENTERPRISE = "enterprise"
    ORDINARY = "ordinary"

    @property
    def rank(self) -> int:
        """0 weighs most."""
        return list(CustomerKind).index(self)


PRIORITY = frozenset({CustomerKind.VIP, CustomerKind.PARTNER})
"""Kinds whose complaint raises the priority at once (S3). Enterprise customers count toward the scope instead (S4)."""


class MatchedBy(StrEnum):
    """What a customer was recognised by, the surest first."""

    ACCOUNT = "account"
    CONTACT = "contact"
    NAME = "name"
    """A display name on a platform where several people may bear it: somebody has to look."""


class TicketSort(StrEnum):
    TICKET = "ticket"
    ORDER = "order"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An account of a customer on a platform."""

    platform: str
    """A value of ``records.mention.Platform``."""
    value: str
    """The platform's account id, or the handle or display name, without @."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """One customer as told. None = not told now: what is stored stays; an empty tuple or text = there is none."""

    id: str
    """The house's own id, e.g. of its CRM."""
    kinds: tuple[CustomerKind, ...] | None = None
    """Distinct, the one that weighs most first: an enterprise may be a VIP, too."""
    name: str | None = None
    accounts: tuple[Account, ...] | None = None
    contacts: tuple[str, ...] | None = None
    """Phone numbers and mail addresses; kept as keyed hashes only, so a stored customer is read back without them."""
    since: str | None = None
    """Customer since: 2021, 2021-03 or 2021-03-05."""
    note: str | None = None

    @property
    def kind(self) -> CustomerKind:
        """The kind that weighs most."""
        return self.kinds[0] if self.kinds else CustomerKind.ORDINARY


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """One earlier ticket (工单) or order (订单) of a customer."""

    customer: str
    """The house's own id of the customer."""
    sort: TicketSort = TicketSort.TICKET
    number: str | None = None
    """The ticket's own number; without it ticket is told from ticket by time, channel, subject and order."""
    at: datetime | None = None
    """Aware UTC."""
    channel: str | None = None
    subject: str | None = None
    outcome: str | None = None
    order_number: str | None = None
    satisfaction: str | None = None
    """As the house rates it, e.g. 2/5 or 不满意."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisterEntry:
    """One stored customer as lists show it."""

    mark: str
    """Keyed hash of the id: the only form in which a customer enters the log."""
    id: str
    kinds: tuple[CustomerKind, ...]
    name: str | None = None
    since: str | None = None
    note: str | None = None
    platforms: tuple[str, ...] = ()
    """One entry for each account."""
    contacts: int = 0
    tickets: int = 0
    orders: int = 0
    complaints: int = 0
    """Stored complaints recognised as this customer's."""

    @property
    def kind(self) -> CustomerKind:
        return self.kinds[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class PastComplaint:
    """A stored complaint of a customer, by what the system said of it."""

    mention: str
    """Its key."""
    at: datetime
    platform: str
    level: str
    """Risk level."""
    category: str
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerHistory:
    """A customer recognised in a mention or an incident, with the complaint and service history (W7)."""

    id: str
    kinds: tuple[CustomerKind, ...]
    name: str | None = None
    since: str | None = None
    by: MatchedBy
    mentions: tuple[str, ...] = ()
    """Keys of the mentions at hand that are this customer's, oldest first."""
    shared_with: int = 0
    """Other customers of the register with the same account or contact: which of them it is, somebody has to find out."""
    complaints: int = 0
    """Complaints about the same brand before the latest one at hand."""
    last_complaints: tuple[PastComplaint, ...] = ()
    """Newest first."""
    tickets: int = 0
    orders: int = 0
    last_tickets: tuple[Ticket, ...] = ()
    """Tickets, not orders; newest first."""
    incidents: tuple[str, ...] = ()
    """Further open incidents with this customer."""

    @property
    def kind(self) -> CustomerKind:
        return self.kinds[0]


def sort_kinds(kinds: tuple[CustomerKind, ...] | frozenset[CustomerKind]) -> tuple[CustomerKind, ...]:
    """Distinct kinds, the one that weighs most first; who is anything else is not ordinary as well."""
    found = sorted(set(kinds), key=lambda k: k.rank)
    return tuple(k for k in found if k is not CustomerKind.ORDINARY) or (CustomerKind.ORDINARY,)


_COMPANY = re.compile(
    r"公司|集团|有限|股份|科技|商贸|贸易|工厂|银行|酒店|医院|学校|大学|超市|协会|基金会|事务所|政府|管理局"
    r"|\b(?:Ltd|Inc|Corp|Co|LLC|GmbH|AG|PLC|Company|Group|Bank|University)\b",
    re.IGNORECASE,
)
_BUSINESS = frozenset({CustomerKind.ENTERPRISE, CustomerKind.PARTNER})


def masked_name(name: str | None, kinds: tuple[CustomerKind, ...]) -> str:
    """A customer's name as a chat may see it: 林**; a business customer's company name, which is no person's, stays whole."""
    shown = " ".join((name or "").split())
    if not shown:
        return ""
    if _BUSINESS.intersection(kinds) and _COMPANY.search(shown):
        return shown
    first = next((c for c in shown if unicodedata.category(c)[0] in "LN"), shown[0])
    return f"{first}**"


_OF_A_PERSON = re.compile(r"(?<!\d)(?:(?:86)?1[3-9]\d{9}|\d{15}|\d{17}[\dXx])(?!\d)|@")
"""A mobile number, an identity number, a mail address: some houses number their customers so."""


def masked_id(id: str) -> str:
    """The house's own id; in part only where it is itself personal data."""
    return mask_contact(id) if _OF_A_PERSON.search(id) else id
