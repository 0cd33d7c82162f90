"""What leaves the house for a second opinion: a mention's words without what reaches or names a person. Pure.

Handles, phone numbers, mail addresses, links, order and card numbers, plates, labelled names and addresses become signs such as
〔电话1〕, the same value always the same sign. Characters that nobody sees are left out: they hide words, or orders to a machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from notifier.wording import Lang

READ = 6_000
"""Characters of a mention that are looked at; what stands behind them is never sent."""
OPEN, CLOSE = "〔", "〕"
"""Marks of a sign; platforms' emoticons stand in square brackets."""

_SIGNS = {
    "name": "姓名",
    "account": "账号",
    "mail": "邮箱",
    "link": "链接",
    "phone": "电话",
    "order": "单号",
    "number": "号码",
    "address": "地址",
    "plate": "车牌",
}
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Invisible characters that Unicode does not count among the control and format characters."""
_ALNUM = "A-Za-z0-9"
_DATE = r"(?!(?:19|20)\d\d(?:[-./]\d{1,2}){1,2}(?!\d))"
_COUNTED = r"(?!\s?[元块圆万亿人次个件%])"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷段龙黎史陶贺顾毛郝龚邵万钱严洪赖武戴莫孔汤"

# (sign, pattern, group that is masked), in order: what an earlier one took is left alone by the later ones.
_PATTERNS: tuple[tuple[str, re.Pattern[str], int], ...] = tuple(
    (sign, re.compile(pattern, re.IGNORECASE), group)
    for sign, pattern, group in (
        ("link", r"https?://[!-~]+|www\.[!-~]+", 0),
        ("mail", r"[a-z0-9._+-]{1,64}\s?@\s?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", 0),
        ("link", rf"(?<![{_ALNUM}.@-])(?:[a-z0-9-]{{1,40}}\.){{1,4}}(?:com|cn|net|org|io|me|app|top|xyz|vip|cc|link)(?![{_ALNUM}])(?:/[!-~]*)?", 0),
        ("account", r"@[^\s@,，。:：!！?？;；、()（）\[\]【】「」《》<>\"'“”…/\\|~]{1,30}", 0),
        ("account", r"(?<![a-z0-9])u/([a-z0-9_-]{3,30})", 1),
        ("account", rf"(?:微信号?|薇信|威信|v信|(?<![a-z0-9])vx|(?<![a-z0-9])wx|weixin|wechat|qq号?|q群|qq群|抖音号|小红书号|会员号|支付宝账?号?|账号|帐号|用户名|(?<![a-z0-9])id)\s?[:：是为=]?\s?([{_ALNUM}_-]{{5,30}})", 1),
        ("name", r"(?:姓名|联系人|收货人|收件人|寄件人|投诉人|当事人|客户姓名|(?<![a-z0-9])name)\s?[:：]\s?([^\s,，。;；、|]{2,20})", 1),
        ("name", rf"(?:我叫|本人叫|我的名字叫|我的名字是)([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[\s,，。;；、!！:：]|$)", 1),
        ("address", r"(?:收货地址|家庭住址|家庭地址|住址|地址|家住)\s?[:：]?\s?([^\s,，。;；!！?？]{4,60})", 1),
        ("plate", r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•・\s]?[A-Z0-9]{5,6}(?![A-Z0-9])", 0),
        ("order", r"(?:订单编?号?|运单编?号?|快递单?号?|单号|票号|工单编?号?|流水号|交易号|受理号|投诉编?号|保单编?号?|order\s?(?:no\.?|number|id)?|tracking\s?(?:no\.?|number|id)?|booking\s?(?:no\.?|number|id)?)\s?[:：#是为=]?\s?(?=[a-z0-9-]*\d)([a-z0-9][a-z0-9-]{4,40})", 1),
        ("number", rf"(?<![{_ALNUM}])\d{{17}}[\dx](?![{_ALNUM}])", 0),
        ("phone", r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)", 0),
        ("phone", r"(?<!\d)\(?0\d{2,3}\)?[-\s]?\d{7,8}(?!\d)|(?<!\d)[48]00[-\s]?\d{3,4}[-\s]?\d{3,4}(?!\d)|\+\d[\d\s()-]{6,18}\d", 0),
        ("phone", r"[零〇一二三四五六七八九幺]{7,}", 0),
        ("number", rf"(?<!\d){_DATE}\d(?:[-\s.]?\d){{7,}}(?!\d){_COUNTED}", 0),
        ("number", rf"(?<![{_ALNUM}-])(?=[0-9-]*[a-z])(?=(?:[a-z-]*\d){{6}})[a-z0-9-]{{10,}}(?![{_ALNUM}-])", 0),
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Masked:
    """Words as they are sent. ``origins[i]`` is where character i comes from in the mention's text."""

    text: str
    """One line: white space runs are one blank."""
    origins: tuple[tuple[int, int], ...]
    cut: bool
    """More was written than is sent."""
    values: dict[str, str] = field(default_factory=dict, repr=False)
    """Sign → what it stands for; never sent, logged or stored."""

    def place(self, quote: str) -> tuple[int, int] | None:
        """Where a quote stands in the mention's own text; None where it does not stand literally in what was sent (runs of
        white space count as one blank)."""
        wanted = fold_blanks(quote)
        start = self.text.find(wanted) if wanted else -1
        if start < 0:
            return None
        return self.origins[start][0], self.origins[start + len(wanted) - 1][1]


def fold_blanks(text: str) -> str:
    """The text without unseen characters, on one line."""
    return " ".join("".join(c for c in text if not _is_unseen(c)).split())


def mask_words(
    text: str, *, longest: int, known: Iterable[str] = (), kept: Sequence[str] = (), lang: Lang = "zh"
) -> Masked:
    """A mention's words as they may leave the house.

    Args:
        text: the writer's own words.
        longest: characters that are sent at most; a sign is never cut in two.
        known: names, contacts and numbers of the author or customer that are known from elsewhere.
        kept: names of the watched brand: handles that hold one are the brand's own and stay.
    """
    places = [i for i, c in enumerate(text[:READ]) if not _is_unseen(c)]
    words = "".join(text[i] for i in places)
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    values: dict[str, str] = {}
    at = 0
    spans = [*_found(words, known, kept), (len(words), len(words), "")]
    for start, end, sign in spans:
        for i in range(at, start):
            char = " " if words[i].isspace() else words[i]
            if char == " " and (not pieces or pieces[-1] == " "):
                continue
            pieces.append(char)
            origins.append((places[i], places[i] + 1))
        if sign:
            name = _name(sign, words[start:end], values, lang)
            pieces += [name]
            origins += [(places[start], places[end - 1] + 1)] * len(name)
        at = end
    while pieces and pieces[-1] == " ":
        pieces.pop()
        origins.pop()
    whole = "".join(pieces)
    sent = _shortened(pieces, longest)
    return Masked(
        text=sent,
        origins=tuple(origins[: len(sent)]),
        cut=len(sent) < len(whole) or len(text) > READ,
        values=values,
    )


def _shortened(pieces: Sequence[str], longest: int) -> str:
    kept, room = [], longest
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip()


def _is_unseen(char: str) -> bool:
    if char.isascii():
        return char < " " and not char.isspace()
    return unicodedata.category(char) in ("Cf", "Cc", "Cs", "Co", "Cn") or _UNSEEN.match(char) is not None


def _name(sign: str, value: str, values: dict[str, str], lang: Lang) -> str:
    """The sign of a value, numbered by kind from 1."""
    kind = _SIGNS[sign] if lang == "zh" else sign
    for name, held in values.items():
        if held == value and name.startswith(f"{OPEN}{kind}"):
            return name
    number = 1 + sum(name.startswith(f"{OPEN}{kind}") for name in values)
    name = f"{OPEN}{kind}{number}{CLOSE}"
    values[name] = value
    return name


def _found(words: str, known: Iterable[str], kept: Sequence[str]) -> list[tuple[int, int, str]]:
    """(start, end, sign) of everything that is masked, in order, without overlap."""
    shape = "".join(_plain(c) for c in words)
    taken: list[tuple[int, int, str]] = []
    for sign, pattern, group in _PATTERNS:
        spans = (m.span(group) for m in pattern.finditer(shape))
        if sign == "account":
            spans = (s for s in spans if not any(k.casefold() in shape[s[0] : s[1]] for k in kept))
        taken += _free(spans, sign, taken)
    for value in known:
        literal = "".join(_plain(c) for c in value.strip())
        if len(literal) < 2 or any(literal in k.casefold() or k.casefold() in literal for k in kept):
            continue
        for found in re.finditer(re.escape(literal), shape):
            taken = _joined(found.start(), found.end(), taken)
    return sorted(taken)


def _joined(start: int, end: int, taken: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans with another one, which takes in those that it touches: nothing of a known name is left beside a sign."""
    touched = [t for t in taken if start < t[1] and t[0] < end]
    if any(t[0] <= start and end <= t[1] for t in touched):
        return list(taken)
    whole = (min([start, *(t[0] for t in touched)]), max([end, *(t[1] for t in touched)]), "name")
    return [t for t in taken if t not in touched] + [whole]


def _free(
    spans: Iterable[tuple[int, int]], sign: str, taken: Sequence[tuple[int, int, str]]
) -> list[tuple[int, int, str]]:
    return [(s, e, sign) for s, e in spans if s < e and not any(s < end and start < e for start, end, _ in taken)]


def _plain(char: str) -> str:
    """The character as patterns read it: half width, lower case, an ASCII digit for every digit."""
    if char.isascii():
        return char.lower()
    folded = unicodedata.normalize("NFKC", char).casefold()
    if len(folded) == 1 and folded.isdecimal():
        return str(unicodedata.decimal(folded))
    return folded if len(folded) == 1 else char
