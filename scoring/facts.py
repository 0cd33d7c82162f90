"""Countable facts that a text states: people, amounts, how long, how often, when, where, order numbers, stars (S4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"(\d{1,9}(?:\.\d{1,2})?|[一二两三四五六七八九十百千万几数]{1,6})"
_PEOPLE = re.compile(
    _NUMBER
    + r"\s?(万|亿)?[多余来几]?\s?(?:名|个|位|户)?(?:人|学生|同学|孩子|小孩|婴儿|宝宝|客户|用户|乘客|储户|家长|员工|老人|车主|顾客|消费者|受害者|业主|居民|people|customers|users|victims|passengers)"
)
_DEAD_OR_HURT = re.compile(r"(\d{1,4}|[一二两三四五六七八九十])(?:人)?(?:死|伤)")
_AMOUNT = re.compile(
    r"(?:[￥¥$]\s?\d[\d,]{0,12}(?:\.\d+)?)|(?:\d[\d,]{0,12}(?:\.\d+)?|[一二两三四五六七八九十百千万几]{1,6})\s?(?:多|余)?万?(?:元|块|rmb|人民币|刀|dollars|usd)"
)
_DURATION = re.compile(
    r"(?:第|等了|拖了|已经|整整)?(?:\d{1,4}|[一二两三四五六七八九十几半好]{1,4})\s?(?:多|来|几)?个?(?:天|小时|钟头|周|星期|礼拜|月|年|分钟)(?:了|没|还|过去)?|\b(?:two|three|four|five|six|\d{1,3})\s(?:days|weeks|months|hours)"
)
_TIMES = re.compile(r"第?(?:\d{1,4}|[二两三四五六七八九十几]{1,3})(?:次|趟|遍|通电话|个电话|封|个客服|回|visits|times)")
_WHEN = re.compile(
    r"\d{1,2}月\d{1,2}[日号]|\d{4}[-/.年]\d{1,2}|昨[天晚日]|今[天早晚日]|前[天晚]|刚[刚才]|上(?:周|个?月|礼拜)|这周|凌晨|早上|中午|下午|晚上|半夜|\d{1,2}[点:：时]\d{0,2}|yesterday|today|tonight|last (?:week|night|month)"
)
_WHERE = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:店|路|街|区|县|市|省|机场|高铁站|火车站|网点|分行|支行|校区|小区|广场|商场|大厦|驿站|学校|大学|二中|一中|高速)|\bin [a-z]{4,20}"
)
_ORDER = re.compile(
    r"(?:订单|单号|运单|工单|案件|快递单|编号|工号|order|ticket)\s?(?:编?号|no\.?|number|id)?\s?[:：是为#]?\s?[a-z0-9*]{4,40}"
)
_STARS = re.compile(r"[★☆⭐]{1,5}")
_ENTERPRISE = re.compile(r"(?:企业|公司|机构)客户|商户|经销商|加盟商|供应商|enterprise customers?")
_NATIONWIDE = re.compile(r"全国|多地|各地|全网|大面积|全线|nationwide|worldwide|everywhere")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 5, "数": 5}


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the text states; spans are in folded text. None = not stated."""

    people: int | None = None
    people_at: tuple[int, int] | None = None
    amount_at: tuple[int, int] | None = None
    duration_at: tuple[int, int] | None = None
    times_at: tuple[int, int] | None = None
    when_at: tuple[int, int] | None = None
    where_at: tuple[int, int] | None = None
    order_at: tuple[int, int] | None = None
    stars: int | None = None
    """Rating of a review, 1–5."""
    stars_at: tuple[int, int] | None = None
    enterprise: bool = False
    nationwide: bool = False


def parse_number(text: str) -> float:
    """Value of an Arabic or Chinese numeral ("12", "三百", "几十" counts as 50); 0 for anything else."""
    try:
        return float(text)
    except ValueError:
        pass
    total = part = digit = 0.0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in "十百千":
            part += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        elif char == "万":
            total, part, digit = (total + part + digit or 1) * 10_000, 0, 0
    return total + part + digit


def parse_facts(text: str) -> Facts:
    """Facts of a folded text (``scoring.text``). Every pattern is bounded, so the cost is linear in the length."""
    people, people_at = _people(text)
    stars = _STARS.search(text)
    return Facts(
        people=people,
        people_at=people_at,
        amount_at=_span(_AMOUNT, text),
        duration_at=_span(_DURATION, text),
        times_at=_span(_TIMES, text),
        when_at=_span(_WHEN, text),
        where_at=_span(_WHERE, text),
        order_at=_span(_ORDER, text),
        stars=_count_stars(stars[0]) if stars else None,
        stars_at=stars.span() if stars else None,
        enterprise=_ENTERPRISE.search(text) is not None,
        nationwide=_NATIONWIDE.search(text) is not None,
    )


def _span(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    found = pattern.search(text)
    return found.span() if found else None


def _people(text: str) -> tuple[int | None, tuple[int, int] | None]:
    best: tuple[int, tuple[int, int]] | None = None
    for found in _PEOPLE.finditer(text):
        if text[max(0, found.start() - 1) : found.start()] in ("第", "每"):
            continue
        count = int(parse_number(found[1]) * {"万": 10_000, "亿": 100_000_000}.get(found[2] or "", 1))
        if 2 <= count <= 10**9 and (best is None or count > best[0]):
            best = count, found.span()
    for found in _DEAD_OR_HURT.finditer(text):
        count = int(parse_number(found[1]))
        if count >= 2 and (best is None or count > best[0]):
            best = count, found.span()
    return best if best else (None, None)


def _count_stars(shown: str) -> int:
    """Filled stars of a rating; a row of only hollow stars is 1."""
    return max(1, sum(c != "☆" for c in shown))
