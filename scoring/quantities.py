"""Quantities that a text states: dates and clock times, sums, people, firms, how long, how often (S4). One pass over the numerals."""

from __future__ import annotations

import re

Span = tuple[int, int]

_NUMBER = r"\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十百千万几半数好]{1,7}"
_MONEY = "块钱|元|块|rmb|人民币|美元|美金|usd|dollars|bucks|港币|港元|欧元|英镑|yuan"
_CHILDREN = "孩子|小孩|小朋友|婴儿|宝宝|幼儿|女孩|男孩|姑娘|姐妹|家庭"
_AFFECTED = (
    "人|学生|同学|客户|用户|乘客|旅客|游客|储户|家长|老人|车主|顾客|消费者|受害者|受害人|业主|居民|住户|租客|租户|网友|投诉者|"
    "当事人|患者|病人|会员|学员|玩家|考生|投资者|投资人|债权人|people|customers|users|victims|passengers|families|owners|kids"
)
_STAFF = "员工|工人|司机|骑手|师傅|主播|教师|老师|护士"
_FIRMS = "企业客户|企业用户|商业客户|企业|公司|商户|商家|加盟商|经销商|代理商|供应商|合作商|机构客户|卖家|农户|enterprise customers|companies|merchants"
_TIME = (
    "个半?月|个?多?小时|个?钟头|个?星期|个?礼拜|个工作日|工作日|周(?![年末边日一二三四五六])|天(?!气|空|猫|然|河|津)|年(?!轻|纪|级|龄|卡|货|会|费|终|初)|分钟|秒|"
    "hours?|days?|weeks?|months?|minutes?"
)
_OFTEN = "通电话|个电话|封邮件|个工单|次|趟|遍|通|封|回(?![复家来去应答头款收购馈老报])|times"
_QUANTITY = re.compile(
    rf"(?P<iso>(?<![\d./-])20\d\d[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?(?!\d))|(?:(?P<sign>[¥￥$€£])\s?)?(?P<n>{_NUMBER})(?P<size>\s?[万亿千百]|[kw](?![a-z]))?[多余来几]?\s?"
    rf"(?:(?P<money>{_MONEY})|(?:名|个|位|户)?(?:(?P<people>{_AFFECTED}|(?<=[名个位户])(?:{_CHILDREN}))|(?P<staff>{_STAFF}))|"
    rf"(?:家|个|名|户)?(?P<firms>{_FIRMS})|(?P<homes>户|位|名)|(?P<time>{_TIME})|(?P<often>{_OFTEN})|(?P<date>[月号日点]|[:：](?=[0-5]\d(?!\d))))?"
)
_NUMERAL = re.compile(r"[\d一二两三四五六七八九十百千万几半好]")
_PAID = re.compile(
    r"(?:花|付|交|充|存|收|扣|退|赔|补|欠|亏|收我|要我|卖|价|转账|投了|投资|借|损失|合计|共计|总共|一共|总计|押金|定金|订金|运费|首付|月租|房租|租金|工资|货款|罚款|报价|"
    r"标价|涨到|涨了|降到|打款|余额|学费|会费|年费|保费|话费|费用|本金|贷款|结账|账单|金额|多收|多扣|少退|差价)了?[:： ]?$"
)
_NO_PRICE_AFTER = re.compile(
    r"[a-z%％度楼号级分折集页米克斤升瓦层岁点月日年时码寸里级帧万人次个家台辆天件条张位户名款杯瓶盒袋包单]"
)
_EACH = re.compile(r"(?:每人|人均|每户|户均|每家|每位|一人|每个人)[^，。！？\n]{0,6}$")
_SHARED = re.compile(r"[份间座团桌班床套拼行组队号位成民转开次头]")
_ABROAD = {"$": 7.0, "美元": 7.0, "美金": 7.0, "usd": 7.0, "dollars": 7.0, "bucks": 7.0, "€": 7.8, "欧元": 7.8, "£": 9.0, "英镑": 9.0, "港币": 0.9, "港元": 0.9}  # fmt: skip
"""Rough value of foreign money in CNY: enough to tell hundreds from millions."""
SIZES = {"万": 1e4, "w": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3, "百": 1e2}
_HURT = re.compile(r"(\d{1,4}|[一二两三四五六七八九十]{1,2})人?(?:死|伤|遇难|身亡|中毒|被困)")

_PART = "凌晨|清早|清晨|一早|早上|今早|上午|中午|下午|傍晚|晚上|今晚|昨晚|当晚|半夜|深夜|夜里|晚间"
_DAY_PART = re.compile(rf"(?:{_PART})$")
_MONTH_REST = re.compile(
    r"\d{1,2}(?![\d.,天个月万])[日号]?|[一二三四五六七八九十]{1,3}[日号]|[上中下]旬|初[一二三四五六七八九十]?|底|份"
)
_HOUR_REST = re.compile(
    r"半|多|钟|整|左右|前|后|\d{1,2}分?|[一二三四五][十]?[一二三四五六七八九]?分|十[一二三四五六七八九]?分?|[，。！？,\s开到就才还没从]|$"
)
_YEAR_REST = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})月")
_NO_DAY_AFTER = re.compile(r"[线楼店机库馆院码商房门车位床厅窗桌常员种]")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 5, "数": 5, "好": 0, "半": 0}


def parse_number(text: str) -> float:
    """Value of an Arabic or Chinese numeral ("12", "1,200", "三百", "几十" counts as 50); 0 for anything else."""
    try:
        return float(text.replace(",", ""))
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


class Quantities:
    """The quantities of a folded text (``scoring.text``). Spans are places in it; None = not stated."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.people: int | None = None
        """People touched, the most that the text names."""
        self.people_at: Span | None = None
        self.firms: int | None = None
        """Companies, shops or other enterprise customers touched."""
        self.firms_at: Span | None = None
        self.amount: float | None = None
        """Money at stake in CNY: the largest sum named, or a sum for each times the people."""
        self.amount_at: Span | None = None
        self.duration_at: Span | None = None
        self.times_at: Span | None = None
        """How often it happened ("三次", "第二次")."""
        self.dates: list[Span] = []
        """Calendar dates and clock times."""
        self.figures = 0
        """How many sums, counts, durations and repetitions are named."""
        if _NUMERAL.search(text):
            self._read_quantities(text)

    def _read_quantities(self, text: str) -> None:
        each: tuple[float, Span] | None = None
        for found in _QUANTITY.finditer(text):
            kind = found.lastgroup
            if kind in ("n", "size"):
                kind = "money" if _is_price(text, found) else None
            if kind == "iso" or (kind == "date" and found["size"] is None):
                self._add_date(text, found)
                continue
            if kind is None:
                continue
            span, number = found.span(), parse_number(found["n"])
            number *= SIZES.get((found["size"] or "").strip(), 1.0)
            if kind == "money" and _is_money(text, found, number):
                number *= _ABROAD.get(found["money"] or found["sign"] or "", 1.0)
                if _EACH.search(text[max(0, found.start() - 10) : found.start()]):
                    each = (number, span)
                self.figures += 1
                if self.amount is None or number > self.amount:
                    self.amount, self.amount_at = number, span
            elif kind in ("people", "staff", "homes"):
                self._add_people(text, found, number)
            elif kind == "firms" and number >= 2 and (self.firms is None or number > self.firms):
                self.firms, self.firms_at = int(min(number, 1e9)), span
                self.figures += 1
            elif kind == "time" and found["time"] == "年" and 1900 <= number <= 2100:
                self._add_date(text, found)
            elif kind == "time" and (number > 0 or found["n"][0] in "半好"):
                self.duration_at = self.duration_at or span
                self.figures += 1
            elif (
                kind == "often"
                and (number >= 2 or found["n"][0] == "好")
                and not text.startswith(("剩", "余"), max(0, span[0] - 1))
            ):
                self.times_at = self.times_at or span
                self.figures += 1
        for hurt in _HURT.finditer(text) if "死" in text or "伤" in text or "难" in text or "被困" in text else ():
            self._raise_people(int(parse_number(hurt[1])), hurt.span())
        if each is not None and self.people and each[0] * self.people > (self.amount or 0):
            self.amount, self.amount_at = each[0] * self.people, each[1]

    def _add_date(self, text: str, found: re.Match[str]) -> None:
        start, end = found.span()
        unit, before = found["date"], text[max(0, start - 2) : start]
        number = parse_number(found["n"]) if found["n"] else 0
        arabic = found["n"] is not None and found["n"].isdigit()
        if unit is None:
            rest = _YEAR_REST.match(text, end) if found["time"] else None
            self.dates.append((start, rest.end() if rest else end))
        elif unit == "月" and 1 <= number <= 12 and not before.endswith("个"):
            rest = _MONTH_REST.match(text, end)
            self.dates.append((start, rest.end() if rest else end))
        elif unit in "号日" and arabic and 1 <= number <= 31 and not before.endswith(("第", "月")):
            if not _NO_DAY_AFTER.match(text, end):
                self.dates.append((start, end))
        elif unit in ":：" and arabic and number <= 23:
            self.dates.append((start, end + 2))
        elif unit == "点" and 0 <= number <= 24 and not before.endswith("第"):
            rest = _HOUR_REST.match(text, end)
            part = _DAY_PART.search(before)
            if part or (rest and (arabic or text.startswith(("半", "钟", "整", "多"), end))):
                self.dates.append((start - len(part[0]) if part else start, end))

    def _add_people(self, text: str, found: re.Match[str], number: float) -> None:
        start, end = found.span()
        before = text[max(0, start - 1) : start]
        if (
            (before and before in "第每前凑换转:：.")
            or text.startswith(("换了", "转了"), max(0, start - 2))
            or (found["people"] == "人" and _SHARED.match(text, end))
        ):
            return
        if found["n"] in ("数", "几", "好", "好几"):
            return
        if found["homes"] and (found["homes"] != "户" or number < 5):
            return
        if found["staff"] and number < 5:
            return
        self._raise_people(int(min(number, 1e9)), (start, end))

    def _raise_people(self, count: int, span: Span) -> None:
        if count >= 2:
            self.figures += 1
            if self.people is None or count > self.people:
                self.people, self.people_at = count, span


def _is_price(text: str, found: re.Match[str]) -> bool:
    """A number without a unit is a price after a currency sign, as "3万" or after a word of paying."""
    if found["sign"]:
        return True
    if not found["n"][0].isdigit():
        return False
    before = text[max(0, found.start() - 4) : found.start()]
    after = text[found.end() : found.end() + 1]
    if after and (
        _NO_PRICE_AFTER.match(after)
        or (found["size"] and "\u4e00" <= after <= "\u9fff" and after not in "的多块全都也没还不就都了")
    ):
        return False
    if found["size"] and found["size"].strip() in ("万", "w", "亿"):
        return True
    return _PAID.search(before) is not None and parse_number(found["n"]) >= 5


def _is_money(text: str, found: re.Match[str], number: float) -> bool:
    """Not "两块屏幕" and "一块去": Chinese numerals before 块 need 钱, a mark or the end after them, or ten and more."""
    if number <= 0:
        return False
    if found["money"] != "块" or found["n"][0].isdigit() or number >= 10:
        return True
    after = text[found.end() : found.end() + 1]
    return found["n"] != "一" and not ("\u4e00" <= after <= "\u9fff")
