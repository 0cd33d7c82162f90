"""Rows of a customer register (W7) as people write them, Chinese or English, read as customers and tickets."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fengsheng.import_columns import PLATFORMS, parse_local_time
from fengsheng.import_complaints import CHANNELS
from records.customer import Account, Customer, CustomerKind, Ticket, TicketSort, sort_kinds
from records.errors import BadRecord
from records.mention import Platform, clean_unicode

COLUMNS: Mapping[str, str] = {
    "id": "编号",
    "customer": "customer_id customerid 客户编号 客户ID 客户号 会员号 会员编号 客户代码",
    "name": "customer_name 姓名 名称 客户 客户姓名 客户名称 会员姓名 企业名称 公司名称 公司",
    "kind": "type customer_type level tier 类型 客户类型 类别 客户类别 等级 客户等级 客户级别 会员等级",
    "accounts": "account handle handles 账号 帐号 社交账号 社交帐号 平台账号",
    "contacts": "contact phone mobile telephone email e-mail mail 联系方式 联系电话 电话 手机 手机号 手机号码 邮箱 电子邮箱 邮件",
    "since": "customer_since 起始 客户自 成为客户时间 合作开始 合作时间 开户时间 注册时间 入会时间 加入时间",
    "note": "notes remark 备注 说明",
    "ticket": "ticket_id ticket_number 工单 工单号 工单编号 服务单号",
    "at": "time date created_at 时间 日期 工单时间 受理时间 受理日期 创建时间 下单时间",
    "channel": "渠道 受理渠道 投诉渠道 来源渠道",
    "subject": "title 主题 标题 事由 问题 诉求 内容 工单内容 问题描述",
    "outcome": "result resolution 结果 处理结果 解决结果 处理情况 解决情况 处理方案",
    "order_number": "order order_id 订单 订单号 订单编号 单号",
    "satisfaction": "csat rating 满意度 满意度评分 评分 评价",
}
"""Column → further names of it. A platform's own name (微博, weibo_id, 小红书账号) is a column of accounts there."""
_FIELD_OF = {
    name.lower().replace(" ", "_"): column for column, names in COLUMNS.items() for name in (column, *names.split())
}
_PLATFORMS = {**PLATFORMS, **{str(p): str(p) for p in Platform if p is not Platform.IMPORT}}
_PLATFORM_COLUMN = re.compile(r"(?P<platform>.+?)[_ ]?(?:id|uid|账号|帐号|昵称|账户|account|handle)?")

_KINDS: Mapping[str, tuple[CustomerKind, ...]] = {
    word: kinds
    for kinds, words in {
        (CustomerKind.VIP,): "vip svip vvip 贵宾 贵宾客户 vip客户 大客户 重要客户 重点客户 高价值客户 key key_account",
        (
            CustomerKind.PARTNER,
        ): "partner long-term_partner 合作伙伴 长期合作伙伴 合作方 伙伴 长期合作 战略合作伙伴 经销商 加盟商",
        (
            CustomerKind.ENTERPRISE,
        ): "enterprise company corporate business 企业 企业客户 公司 公司客户 单位 单位客户 机构客户 团体客户",
        (CustomerKind.ORDINARY,): "ordinary normal private regular 普通 普通客户 一般 一般客户 个人 个人客户 散客 会员",
        (CustomerKind.VIP, CustomerKind.ENTERPRISE): "vip企业 vip企业客户 企业vip 企业大客户 重点企业 企业贵宾",
    }.items()
    for word in words.split()
}
_SORTS: Mapping[str, TicketSort] = dict.fromkeys(
    "ticket tickets case service 工单 服务单 服务记录 投诉记录 历史工单".split(), TicketSort.TICKET
) | dict.fromkeys("order orders 订单 历史订单 购买记录".split(), TicketSort.ORDER)

LONGEST: Mapping[str, int] = {
    **dict.fromkeys(("id", "customer", "ticket", "order_number"), 100),
    **dict.fromkeys(("name", "subject"), 200),
    **dict.fromkeys(("channel", "since"), 60),
    **dict.fromkeys(("note", "outcome"), 2000),
    "satisfaction": 20,
}
"""Characters at most; of subjects, outcomes and notes the rest is left out."""
MOST_MARKS = 100
"""Accounts, or contacts, of one customer at most."""
_NOTHING = frozenset({"", "-", "--", "—", "/", "无", "暂无", "没有", "未知", "空", "none", "null", "n/a", "na", "nil"})
_ADDRESSES = (
    (re.compile(r"https?://(?:www\.|m\.)?weibo\.(?:com|cn)/(?:u/)?(\d{5,})"), "weibo"),
    (re.compile(r"https?://(?:www\.)?xiaohongshu\.com/user/profile/([0-9a-f]{16,})"), "xiaohongshu"),
    (re.compile(r"https?://space\.bilibili\.com/(\d+)"), "bilibili"),
    (re.compile(r"https?://(?:www\.)?zhihu\.com/people/([\w-]+)"), "zhihu"),
    (re.compile(r"https?://bsky\.app/profile/([^/?#\s]+)"), "bluesky"),
)
"""Addresses of profiles that name the account."""


class RegisterReader:
    """Reads rows; ``unread`` gathers the columns that were not understood."""

    def __init__(self, zone: ZoneInfo | None, names: Mapping[str, str] | None = None) -> None:
        """
        Args:
            zone: the zone of times without an offset; None refuses them.
            names: the house's own column names → names of ``COLUMNS``; they win.
        """
        self._zone = zone
        self._names = {name.strip().lower(): column for name, column in (names or {}).items()}
        self.unread: dict[str, None] = {}

    def read(self, row: Mapping[str, Any]) -> Customer | Ticket:
        """One row or JSON object.

        Raises:
            BadRecord: one sentence naming the column, the value and what is accepted.
        """
        told = self._columns(row)
        words = _words(told.get("kind"))
        sorts = {_SORTS[w] for w in words if w in _SORTS}
        if len(sorts) == 1 and len(words) == 1:
            return self._ticket(told, sorts.pop())
        if not words and (sort := _sort_by_columns(told)) is not None:
            return self._ticket(told, sort)
        return self._customer(told, words)

    def _columns(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Column → value; cells of several columns of accounts or contacts are gathered, of others the first counts."""
        told: dict[str, Any] = {}
        for raw, value in row.items():
            name = str(raw).strip().lower()
            column = self._names.get(name) or _FIELD_OF.get(name.replace(" ", "_"))
            platform = None if column else _platform_of_column(name)
            if column is None and platform is None:
                if name and not _is_nothing(value):
                    self.unread[name] = None
                continue
            if platform is not None:
                column = "accounts"
                value = [f"{platform}:{v}" for v in _parts(value, column)] if not _is_nothing(value) else None
            if column in ("accounts", "contacts"):
                if value is None or (isinstance(value, str) and not value.strip()):
                    continue
                told.setdefault(column, []).extend(_parts(value, column))
            elif column is not None and (value is not None and not (isinstance(value, str) and not value.strip())):
                told.setdefault(column, value)
        return told

    def _customer(self, told: Mapping[str, Any], words: Collection[str]) -> Customer:
        id = _text(told, "id") or _text(told, "customer")
        if not id:
            raise BadRecord("id is missing: your own id of the customer is needed in id (编号, 客户编号)")
        kinds: list[CustomerKind] = []
        for word in words:
            if word not in _KINDS:
                raise BadRecord(
                    f'kind is "{word[:40]}": vip (贵宾), partner (合作伙伴), enterprise (企业), ordinary (普通), or of a '
                    "ticket's row ticket (工单) or order (订单) is accepted"
                )
            kinds += _KINDS[word]
        return Customer(
            id=id,
            kinds=sort_kinds(tuple(kinds)) if kinds else None,
            name=_text(told, "name"),
            accounts=tuple(dict.fromkeys(map(_account, told["accounts"]))) if "accounts" in told else None,
            contacts=tuple(dict.fromkeys(_contacts(told["contacts"]))) if "contacts" in told else None,
            since=_since(told.get("since")),
            note=_text(told, "note"),
        )

    def _ticket(self, told: Mapping[str, Any], sort: TicketSort) -> Ticket:
        customer, id, number = _text(told, "customer"), _text(told, "id"), _text(told, "ticket")
        if customer is None:
            customer, id = id, None
        if not customer:
            raise BadRecord("customer is missing: the id of a customer of the register is needed (客户编号)")
        channel = _text(told, "channel")
        ticket = Ticket(
            customer=customer,
            sort=sort,
            number=number or id,
            at=self._time(told.get("at")),
            channel=CHANNELS.get(channel, channel) if channel else None,
            subject=_text(told, "subject"),
            outcome=_text(told, "outcome"),
            order_number=_text(told, "order_number"),
            satisfaction=_text(told, "satisfaction"),
        )
        if ticket == Ticket(customer=customer, sort=sort):
            raise BadRecord("nothing is told of the ticket: a time, subject, outcome, order or number is needed")
        return ticket

    def _time(self, value: Any) -> datetime | None:
        if _is_nothing(value):
            return None
        placed, _ = parse_local_time(value, self._zone)
        if isinstance(placed, str):
            try:
                placed = datetime.fromisoformat(placed.strip())
            except ValueError:
                placed = None
        if not isinstance(placed, datetime) or placed.tzinfo is None:
            raise BadRecord(f'at is "{str(value)[:60]}": a time such as 2026-11-20 12:00 or 2026年11月20日 is accepted')
        return placed.astimezone(UTC)


def _sort_by_columns(told: Mapping[str, Any]) -> TicketSort | None:
    """Whether a row without a kind is a ticket's or an order's, by what it tells; None = a customer's."""
    if any(n in told for n in ("name", "accounts", "contacts", "since")):
        return None
    if any(n in told for n in ("subject", "outcome", "ticket", "satisfaction")):
        return TicketSort.TICKET
    if "order_number" in told:
        return TicketSort.ORDER
    return TicketSort.TICKET if "at" in told else None


def _words(value: Any) -> list[str]:
    """The words of a kind's cell, in lower case; "VIP客户（企业）" is two of them."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    if isinstance(value, bool) or not isinstance(value, str):
        raise BadRecord(f"kind is {type(value).__name__}: text such as vip or 合作伙伴 is accepted")
    parts = re.split(r"[,，;；、/|+＋()（）]+", clean_unicode(value).strip().lower())
    return [w for w in (re.sub(r"\s+", "_", p.strip()) for p in parts) if w]


def _platform_of_column(name: str) -> str | None:
    found = _PLATFORM_COLUMN.fullmatch(name)
    return _PLATFORMS.get(found["platform"].strip(" _")) if found else None


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING)


def _parts(value: Any, column: str) -> list[str]:
    """Several accounts or contacts of one cell."""
    items = value if isinstance(value, list | tuple) else [value]
    parts: list[str] = []
    for item in items:
        if isinstance(item, Mapping) and column == "accounts" and {"platform"} <= set(item):
            item = f"{item['platform']}:{item.get('id') or item.get('handle') or item.get('name') or ''}"
        text = _plain(item, column)
        separators = r"[;；,，、|\n]+" if column == "accounts" else r"[;；,，、|/\n]+"
        parts += [p.strip() for p in re.split(separators, text) if p.strip().lower() not in _NOTHING]
    if len(parts) > MOST_MARKS:
        raise BadRecord(f"{column} has {len(parts)} entries: at most {MOST_MARKS} are accepted")
    return parts


def _account(written: str) -> Account:
    """platform:id or platform:handle, or the address of a profile.

    Raises:
        BadRecord: one sentence.
    """
    for pattern, platform in _ADDRESSES:
        if found := pattern.match(written):
            return Account(platform=platform, value=found[1])
    name, colon, value = written.replace("：", ":", 1).partition(":")
    known = _PLATFORMS.get(name.strip().lower())
    if known is None or not colon:
        raise BadRecord(
            f'accounts has "{written[:60]}": platform:id or platform:name is accepted, such as weibo:1234567890 or '
            f"小红书:小林; platforms are {', '.join(p for p in Platform if p is not Platform.IMPORT)}"
        )
    if value.strip().startswith("http"):
        for pattern, platform in _ADDRESSES:
            if platform == known and (found := pattern.match(value.strip())):
                return Account(platform=platform, value=found[1])
    value = value.strip().removeprefix("@").strip()
    if not value or len(value) > 200:
        raise BadRecord(
            f'accounts has "{written[:60]}": an id or name of 1 to 200 characters is needed behind the colon'
        )
    return Account(platform=known, value=value)


def _contacts(written: Iterable[str]) -> Iterator[str]:
    """Contacts that tell somebody from everybody: fillers such as 00000000000 are none.

    Raises:
        BadRecord: one sentence.
    """
    for contact in written:
        core = re.sub(r"\W", "", contact)
        if len(set(core)) < 2:
            continue
        if len(core) < 5 or len(contact) > 200:
            raise BadRecord(f'contacts has "{contact[:20]}": a phone number or mail address is accepted')
        yield contact


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if _is_nothing(value):
        return None
    text = _plain(value, name)
    if name in ("subject", "outcome", "note"):  # a whole conversation may stand there: its beginning is enough
        return text[: LONGEST[name]] or None
    if len(text) > LONGEST[name]:
        raise BadRecord(f"{name} has {len(text)} characters: at most {LONGEST[name]} are accepted")
    return text or None


def _plain(value: Any, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRecord(f"{name} is {type(value).__name__}: text is accepted")
    is_key = name not in ("satisfaction", "note", "outcome", "subject", "name")
    if isinstance(value, float):
        if is_key and (not math.isfinite(value) or not value.is_integer() or abs(value) >= 1e15):
            raise BadRecord(f"{name} is {value}, a number rounded by a spreadsheet: format that column as text")
        value = int(value) if value.is_integer() else value
    text = clean_unicode(str(value)).strip()
    if is_key and re.fullmatch(r"\d(\.\d+)?[eE]\+?\d{2,}", text):
        raise BadRecord(f"{name} is {text}, a number rounded by a spreadsheet: format that column as text")
    return text


_SINCE = re.compile(r"(?P<y>\d{4})(?: ?[-/.年] ?(?P<m>\d{1,2})(?: ?[-/.月] ?(?P<d>\d{1,2}))?)?[日月年号]?(?:[T ].*)?")


def _since(value: Any) -> str | None:
    """Year, month or day, as precise as told."""
    if _is_nothing(value):
        return None
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    found = _SINCE.fullmatch(str(value).strip())
    try:
        if found is None or not 1900 <= int(found["y"]) <= 2200:
            raise ValueError
        whole = date(int(found["y"]), int(found["m"] or 1), int(found["d"] or 1))
    except ValueError:
        raise BadRecord(f'since is "{str(value)[:40]}": 2021, 2021-03 or 2021-03-05 is accepted') from None
    return f"{whole:%Y-%m-%d}"[: 10 if found["d"] else 7 if found["m"] else 4]
