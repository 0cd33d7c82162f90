"""Countable facts that a text states: people, money at stake, how long, how often, when, where, numbers of orders, demands (S4).

Every pattern is bounded, so the cost is linear in the length; each is tried only where its first characters occur, and what only
a complaint is asked for (place, order, demand) is looked up when it is asked for.
"""

from __future__ import annotations

import re
from functools import cached_property

from scoring.places import find_places

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
_SIZES = {"万": 1e4, "w": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3, "百": 1e2}
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
_RECENT = re.compile(
    "昨天|昨晚|昨日|今天|今早|今晚|今日|前天|前晚|前几天|大前天|刚刚|刚才|上周|上个?星期|上个?月|上礼拜|上半年|这周|本周|这个?月|本月|去年|今年|前年|"
    "周[一二三四五六日末]|星期[一二三四五六日天]|礼拜[一二三四五六天]|凌晨|清早|清晨|一早|早上|上午|中午|下午|傍晚|晚上|昨晚|当晚|半夜|深夜|夜里|晚间|双十一|双11|双十二|"
    "618|国庆|春节|元旦|中秋|端午|清明|五一|暑假|寒假|年初|年底|月初|月底|除夕|元宵"
)
_RECENT_ENGLISH = re.compile(
    r"yesterday|today|tonight|last (?:week|night|month|year)|this (?:morning|week)|(?<![a-z])(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?<![a-z])(?:jan|feb|march|april|june|july|aug|sept|oct|nov|dec)[a-z]{0,6} \d{1,2}"
)
_LATIN = re.compile(r"[a-z]{3}")

_SITE = re.compile(
    r"(?<=[\u4e00-\u9fff]{2})(?:店(?![长员家主小里内铺])|路(?![漫口由上边线人费程况段灯过途径子演障痴透遇远怒虎径])|街(?![上道头边坊角舞])|大道|县(?!城)|广场|商场|大厦|机场|火车站|高铁站|客运站|地铁站|校区|网点|支行|分行|"
    r"营业厅|驿站|小区|园区|医院|派出所|学校|小学|中学|大学|幼儿园|号楼|大桥|高速|前置仓|仓库|分拨中心|体育馆|影城)"
)
_SITE_LAST = re.compile(r"[店路街道县厦站区点行厅院所校学园楼桥速仓库心馆城场]")
_COMMON = frozenset(
    "的了我你他她它们这那在去到从是有一个两几全整该某各每哪所家里进出坐跑放离贴住给请把被和与或及跟对向就也都还又很不没要会能说问看找叫让来回上下用多少天想替您"
)
"""Characters that do not stand in a name, right before what a shop, road or station ends in."""
_NO_SITE = re.compile(
    r"(?:[网门分饭酒书新小开本贵商黑老关换间夜体卖舰锁专品牌旗实线药鞋服衣茶花水果菜肉影楼美理甜炸烤超自食便利总盟营板员冲星事试何装样连奶咖啡面车]店|"
    r"[半马线电走顺绕思套后道公铁带迷修堵赶原陌退同管探短拦认种驾喂之岔主大小快弯活弯问客]路|[逛大扫]街|[本外区郡]县|(?:附近|楼下|三甲|大型|品牌|官方|其他|别的|隔壁|部分|公立|私立|儿子|孩子)..?.?.?)$"
)
_PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][·.]?(?=[a-z]*\d)[a-z0-9]{5,6}(?![a-z0-9])"
)
_ORDER = re.compile(
    r"(?:订单|单号|运单|工单|案件|快递单?|面单|保单|合同|编号|工号|流水号|发票|收据|凭证|证书|公证书|批次|批号|货号|车牌|航班|车次|卡号|账号|受理|序列|机身|(?<![a-z])(?:id|order|ticket|case|invoice|flight|tracking))"
    r"(?:编?号|尾号|号码|单号|后?四位|no\.?|number|id|为|是|[:：#（(]|\s){0,3}(?=[a-z#*-]{0,6}\d)[a-z0-9*#-]{4,40}|尾号(?:为|是|[:：]|\s)?[a-z0-9*]{3,8}"
    rf"|{_PLATE}|(?<![a-z0-9.])(?:[a-z]{{1,4}}-?)(?=\d)(?:\d[\d-]{{6,24}})(?![\d.])|(?<![a-z0-9.+-])(?!1[3-9]\d{{9}}(?!\d))(?!20\d\d-?[01]\d)\d{{10,24}}(?![\d.])|(?<![a-z0-9])[gdc]\d{{2,4}}次"
)
_DEMAND = re.compile(
    r"诉求|(?:要求|请求|强烈要求|希望|恳请|(?<![申邀有敬])请|麻烦|必须|能不能|可否|求|应当|应该|限你们?|限期)[^，。！？；\n]{0,16}?(?:退|赔|道歉|处理|解决|回应|解释|说明|公开|整改|更换|换|补|删|恢复|"
    r"召回|下架|安排|核查|彻查|兑付|承担|取消|修|发货|立即|优化|说法|交代|查一下|负责|返还|给个|停止|尽快|重做|出来)|还我|给个说法|(?:把|将)[^，。！？；\n]{1,10}(?:退|还)(?:给我|回来)|"
    r"(?:i|we) (?:want|demand|expect|ask)|please (?:fix|refund|replace|explain)|refund me"
)
_DEMAND_FIRST = re.compile(r"[求请望须烦否当该限把将还给]|能不能|demand|want|please|refund|expect")
_AUDIENCE = re.compile(
    r"(\d[\d,]*(?:\.\d+)?|[一二两三四五六七八九十百千万几]{1,6})\s?(万|w|亿)?多?(?:人次?|名|个)?(?:同时)?(?:在线|在看|观看|观众|围观|viewers|watching)|"
    r"(?:观众|观看|在线|在看|围观|直播间|viewers)(?:人数|人次|量)?(?:预计|超过?|超|达到?|有|约|已|破|突破|将|会){0,3}\s?(\d[\d,]*(?:\.\d+)?|[一二两三四五六七八九十百千万几]{1,6})\s?(万|w|亿)?"
)
_AUDIENCE_FIRST = re.compile(r"观众|在线|在看|观看|围观|直播间|viewers|watching")
_STARS = re.compile(r"[★☆⭐]{1,5}")
_ENTERPRISE = re.compile(r"(?:企业|公司|机构|商业)客户|企业用户|商户|经销商|加盟商|供应商|代理商|enterprise customers?")
_NATIONWIDE = re.compile(
    r"全国|多地|各地|全网|大面积|全线|多省|多个省|多个城市|nationwide|worldwide|everywhere|across the country"
)
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


class Facts:
    """What a folded text (``scoring.text``) states. Spans are places in it; None = not stated."""

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
        stars = _STARS.search(text) if "★" in text or "☆" in text or "⭐" in text else None
        self.stars: int | None = max(1, sum(c != "☆" for c in stars[0])) if stars else None
        """Rating of a review, 1–5; a row of only hollow stars is 1."""
        self.stars_at: Span | None = stars.span() if stars else None

    @cached_property
    def recent_at(self) -> Span | None:
        """A time without a date: 昨天, 上周三, 国庆."""
        found = _span(_RECENT, self._text)
        return found or (_span(_RECENT_ENGLISH, self._text) if _LATIN.search(self._text) else None)

    @property
    def when_at(self) -> Span | None:
        return self.dates[0] if self.dates else self.recent_at

    @cached_property
    def places(self) -> tuple[tuple[int, int, str], ...]:
        """(start, end, province) of cities and provinces named; province "" = abroad."""
        return tuple(find_places(self._text))

    @property
    def regions(self) -> int:
        """How many provinces are named."""
        return len({province for _, _, province in self.places if province})

    @cached_property
    def site_at(self) -> Span | None:
        """A named shop, road, branch, station or the like."""
        if not _SITE_LAST.search(self._text):
            return None
        return next((span for m in _SITE.finditer(self._text) if (span := _site_span(self._text, *m.span()))), None)

    @property
    def where_at(self) -> Span | None:
        if self.site_at is not None:
            return self.site_at
        return self.places[0][:2] if self.places else None

    @cached_property
    def order_at(self) -> Span | None:
        """Number of an order, ticket, contract, batch or plate."""
        return _span(_ORDER, self._text) if any(c in self._text for c in "0123456789") else None

    @cached_property
    def demand_at(self) -> Span | None:
        """What is asked for."""
        return _span(_DEMAND, self._text) if _DEMAND_FIRST.search(self._text) else None

    @cached_property
    def audience(self) -> int | None:
        """Viewers of a live broadcast that the text names or expects."""
        if not _AUDIENCE_FIRST.search(self._text):
            return None
        most = 0.0
        for found in _AUDIENCE.finditer(self._text):
            number = parse_number(found[1] or found[3]) * _SIZES.get(found[2] or found[4] or "", 1.0)
            most = max(most, number)
        return int(min(most, 1e10)) if most >= 100 else None

    @cached_property
    def enterprise(self) -> bool:
        """Enterprise customers are touched."""
        return self.firms is not None or _ENTERPRISE.search(self._text) is not None

    @cached_property
    def nationwide(self) -> bool:
        return _NATIONWIDE.search(self._text) is not None

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
            number *= _SIZES.get((found["size"] or "").strip(), 1.0)
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


def parse_facts(text: str) -> Facts:
    """Facts of a folded text."""
    return Facts(text)


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


def _site_span(text: str, start: int, end: int) -> Span | None:
    """The name before the word at [start, end) together with it; None for "这家店" and "在路上"."""
    name = text[start - 2 : start]
    if not _COMMON.isdisjoint(name) or _NO_SITE.search(text[max(0, start - 4) : end]):
        return None
    first = start - 2
    while (
        first > 0 and start - first < 8 and "\u4e00" <= text[first - 1] <= "\u9fff" and text[first - 1] not in _COMMON
    ):
        first -= 1
    return first, end


def _span(pattern: re.Pattern[str], text: str) -> Span | None:
    found = pattern.search(text)
    return found.span() if found else None
