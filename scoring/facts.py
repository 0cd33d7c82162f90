"""Facts that a text states, as far as they can be told by their form: quantities, when, where, numbers of orders, demands (S4).

Every pattern is bounded, so the cost is linear in the length; each is tried only where its first characters occur, and what only
a complaint is asked for (place, order, demand) is looked up when it is asked for.
"""

from __future__ import annotations

import re

from scoring.often import found_once
from scoring.places import find_places
from scoring.quantities import SIZES, Quantities, Span, parse_number

__all__ = ["Facts", "Span", "parse_facts", "parse_number"]

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
_ORDER_LIKE = re.compile(r"[a-z0-9*#-]{4}")
_TRAIN = re.compile(r"[gdc]\d\d")
"""Without either of these no text holds what ``_ORDER``, which is slower, looks for."""
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


class Facts(Quantities):
    """What a folded text (``scoring.text``) states. Spans are places in it; None = not stated."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        stars = _STARS.search(text) if "★" in text or "☆" in text or "⭐" in text else None
        self.stars: int | None = max(1, sum(c != "☆" for c in stars[0])) if stars else None
        """Rating of a review, 1–5; a row of only hollow stars is 1."""
        self.stars_at: Span | None = stars.span() if stars else None

    @found_once
    def recent_at(self) -> Span | None:
        """A time without a date: 昨天, 上周三, 国庆."""
        found = _span(_RECENT, self._text)
        return found or (_span(_RECENT_ENGLISH, self._text) if _LATIN.search(self._text) else None)

    @property
    def when_at(self) -> Span | None:
        return self.dates[0] if self.dates else self.recent_at

    @found_once
    def places(self) -> tuple[tuple[int, int, str], ...]:
        """(start, end, province) of cities and provinces named; province "" = abroad."""
        return tuple(find_places(self._text))

    @property
    def regions(self) -> int:
        """How many provinces are named."""
        return len({province for _, _, province in self.places if province})

    @found_once
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

    @found_once
    def order_at(self) -> Span | None:
        """Number of an order, ticket, contract, batch or plate."""
        text = self._text
        if _ORDER_LIKE.search(text) or "尾号" in text or ("次" in text and _TRAIN.search(text)):
            return _span(_ORDER, text)
        return None

    @found_once
    def demand_at(self) -> Span | None:
        """What is asked for."""
        return _span(_DEMAND, self._text) if _DEMAND_FIRST.search(self._text) else None

    @found_once
    def audience(self) -> int | None:
        """Viewers of a live broadcast that the text names or expects."""
        if not _AUDIENCE_FIRST.search(self._text):
            return None
        most = 0.0
        for found in _AUDIENCE.finditer(self._text):
            number = parse_number(found[1] or found[3]) * SIZES.get(found[2] or found[4] or "", 1.0)
            most = max(most, number)
        return int(min(most, 1e10)) if most >= 100 else None

    @found_once
    def enterprise(self) -> bool:
        """Enterprise customers are touched."""
        text = self._text
        if self.firms is not None:
            return True
        return ("户" in text or "商" in text or "enterprise" in text) and _ENTERPRISE.search(text) is not None

    @found_once
    def nationwide(self) -> bool:
        return _NATIONWIDE.search(self._text) is not None


def parse_facts(text: str) -> Facts:
    """Facts of a folded text."""
    return Facts(text)


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
