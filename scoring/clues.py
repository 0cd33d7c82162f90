"""Does a name mean the brand here, or the deer and the fruit? What speaks for and against it, weighed in log odds (S1).

The figures were set by hand and checked on half of the brands of the corpus; ``docs/brands.md`` reports the other half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.characters import everyday_words
from scoring.text import CHINESE

# What a name says by itself
SURE = 5.0
"""Means nothing but the brand: a longer form (橙子茶饮), a name of four characters, a long Latin name."""
COINED = 1.6
"""Two characters that are no everyday word (云梭)."""
COMPOSED = 0.8
"""Three characters made of everyday words (铁扳手), a short Latin name, initials."""
EVERYDAY = (-0.2, -0.7, -1.2)
"""An everyday word, the commoner the less: 驼铃, 橙子, 路口. A nickname (小鹿, 阿黄) and a common English word are like 驼铃."""
SINGLE = -1.5
"""One character."""

# What stands beside it
HANDLE, HASHTAG, COMPANY, GOODS, PLACE = 2.0, 0.3, 1.9, 1.2, 0.9
FIRST, FIRST_OF_CLAUSE, OWNER = 1.2, 0.8, 0.5
THING, TITLE, PART_OF_WORD, ACROSS_WORDS, OF_SOMETHING = -1.6, -2.0, -2.4, -0.7, -0.7
ACROSS_BOTH = -2.4
"""Words cross both edges of the name: 湖(北程)序, it is there by chance."""
TRADE_WORDS = (1.4, 0.8, 0.5, 0.4)
"""For the first, second, … different word of the trade; half for words of one character."""
COMMERCE_WORDS = (0.9, 0.5, 0.4, 0.3)
COMPLAINT, PRODUCT, GENERIC_PRODUCT, RIVAL, PRICE, AUTHOR = 0.5, 4.0, 1.2, 1.5, 0.3, 1.5
EVERYDAY_SCENE, FAMILY_SCENE = (-1.1, -0.6, -0.4), (-0.4, -0.3)
EXCLUDED, EXCLUDED_SENSE, REQUIRED = -2.5, -0.8, -4.0
IMPLIED = 0.8
"""Stands under a post about the brand, and names it."""
UNNAMED, UNNAMED_IMPLIED = -2.6, 0.8
"""The brand is not named at all; the same under a post about it."""
REPOSTED, REPOSTED_EVERYDAY = 3.2, 1.4
"""The brand is named in the post that is passed on with own words; the same for a name that is an everyday word."""
WORN = 0.75
"""Share of a clue's weight where its word is very common (手机, 孩子)."""

_ENGLISH = frozenset(
    "apple orange amazon shell gap target meta square zoom dove tide mini puma jaguar polo visa corona oracle twitch slack uber bolt "
    "lime bird notion signal line band kindle echo ring nest pixel surface edge chrome safari java python ruby swift dash stripe plaid "
    "chase discover capital express focus escape fiesta beetle golf crown lexus genesis titan atlas swan lotus lily rose star moon sun "
    "sky cloud river lake ocean tree leaf acorn seed bean honey lemon peach mango cherry berry panda tiger lion fox wolf bear deer eagle "
    "robin lark kite spark flame ember frost snow rain storm wave stone rock sand clay pearl ruby amber jade gold silver iron steel "
    "house home room door window garden table chair lamp candle bell drum violin piano song dance poem story paper pencil book page "
    "best good great happy lucky smile hope dream magic wonder fresh pure simple easy fast quick smart bright clear true fair".split()
)
_PICTURED = frozenset(
    "山水云雨雪风雷月星日阳光晨夜花草木树林竹叶枝根果芽苗麦稻禾米豆瓜桃李杏梨橘橙柚枣栗松柏柳杨枫桂梅兰菊莲荷鸟雀燕雁鹰隼鹤鹊鸦鸽鸡鸭鹅马牛羊猪狗犬猫虎狼熊兔鼠猴鹿狐蛇龙龟鱼虾蟹贝鲸"
    "豚鲨蜂蝶蚁虫萤火石岩沙土泥金银铜铁玉珠灯笼烛帆船舟车轮桥路巷街门窗墙屋檐瓦房楼塔亭院井湖海江河溪泉潭潮浪岛岸滩田野原谷峰岭坡崖冰霜露雾霞虹伞扇琴鼓笛钟铃锣刀剑弓箭旗幔帘纱绸布线针茶"
    "酒糖盐奶蜜饼糕饭面汤锅碗盘杯勺壶罐坛瓶盒箱筐篮红黄蓝绿青紫白黑灰暖寒春夏秋冬初晚早朝夕古老小大长短远近荒枯飞归驼牧炊烟"
)
"""Characters that one sees: two of them read as a thing even where they are no dictionary word (树屋)."""
_NICKNAME = re.compile(rf"[小阿老大][{CHINESE}]")
_NUMBERED = re.compile(r"[一二两三四五六七八九十百千万0-9]")


def weigh_name(name: str) -> float:
    """How far a folded name alone means the brand."""
    everyday = everyday_words()
    if name.isascii():
        if name in _ENGLISH:
            return EVERYDAY[0]
        return SURE if len(name) >= 5 else COMPOSED
    chinese = "".join(c for c in name if "\u3400" <= c <= "\u9fff")
    if len(chinese) < len(name):
        return SURE if len(chinese) >= 2 or len(name) >= 4 else COMPOSED
    if name in everyday or _NICKNAME.fullmatch(name):
        return EVERYDAY[everyday.get(name, 0)]
    if len(name) == 1:
        return SINGLE
    if len(name) == 2:
        return COMPOSED if _PICTURED.issuperset(name) else COINED
    if len(name) == 3:
        composed = name[1:] in everyday or name[:2] in everyday or _NUMBERED.match(name)
        return COMPOSED if composed else SURE
    return SURE


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that speaks for or against the brand."""

    what: str
    """name of the finding (scoring/wording.py)"""
    evidence: str
    weight: float
    start: int = -1
    """Place in the folded text, −1 for none."""
    end: int = -1


_COMPANY_AFTER = re.compile(
    r"(?:家)?的?(?:客服|官方|官微|官号|官博|店|门店|旗舰店|专卖店|总店|分店|总部|公司|集团|平台|app|小程序|会员|员工|店员|店长|老板|师傅|司机|骑手|快递员|小哥|工作人员|"
    r"销售|业务员|经理|售后|服务|老师|教练|医生|顾问|管家|系统|订单|账号|账户|客户|用户|套餐|产品|新品|质量|品控|态度|广告|代言|联名|股价|财报|创始人|高管|ceo|"
    r"招|校招|面试|实习|直播间|柜|驿站|网点|营业厅|装|家你|你们|你(?!的|看|说|好像)|道歉|致歉|回应|退钱|退款|退卡|赔|倒闭|跑路|爆雷|翻车|塌房|涨价|降价|上市|宣布|发布|"
    r"推出|召回|承诺|规定|欺骗|骗|坑|收费|扣|拒|不退|不给|不管|不认|不赔|退网|滚|垃圾|门口|那个(?:app|客服|店|司机)|那边|那家|这家|这个(?:app|平台|牌子)|催收|面料|机器|工地|"
    r"办|上线|上架|开业|关店|停服|崩|打折|代金券|优惠|促销|双11|周年|送来|送去)"
)
_COMPANY_BEFORE = re.compile(
    r"(?:投诉|举报|曝光|避雷|避坑|拉黑|抵制|起诉|告|骂|垃圾|破|狗|黑心|无良|奸商|某|下载|卸载|注销|登录|登|加盟|入职|离职|你们|贵司|换成|换|转投|转|退了|拆|收到|"
    r"品牌|平台|公司|国产|号称|所谓的?|感谢|谢谢|恭喜|支持|提了?辆|提了?台|[这那一]台|[这那一]辆|[这那一]部|[这那一]款|[这那几一两三]家|一单|打了?个|下了?单|办了?张|充了?|搁|跟|"
    r"被|给|向|对|找|问|求|用|靠|怪|夸|吹|黑|粉|服|踩雷|种草|安利|入坑|退坑|面了|@)$"
)
_PLACE_BEFORE = re.compile(r"(?:在|去|来|到|从|往|进|上|离开|回)$")
_GOODS_AFTER = re.compile(r"[a-z0-9]{1,8}+(?!\s*[点时月日号年个只岁元块米斤度级%])")
_SENTENCE_BEFORE = re.compile(r"(?:^|[。！!?？…\n；;】])[\s“”\"「『【#]*$")
_CLAUSE_BEFORE = re.compile(r"[，,、：:）)\s][“”\"「『【#]*$")
_THING_BEFORE = re.compile(
    r"(?:[0-9一二两三四五六七八九十几每半多数群满整]+个|[0-9一二两三四五六七八九十几这那每半多数群满整]+(?:大|小|长)?(?:只|头|群|条|颗|棵|株|朵|片|把|盏|串|根|捆|筐|斤|粒|瓣|枚|滴|束|丛|窝|对|尾|匹|座|阵|缕|筒|艘|幅|面|栋|顶|地|身)"
    rf"[{CHINESE}]{{0,2}}|种|养|采|摘|捡|剥|挂|点亮|像|好像|如|似|属|喂|捉|钓|画|织|雕|捏|搭|造|飞来|听见|看见|看到|望见|遇到|碰到|碰上|野生|真|野|老|绿|红|枯|古|属于|榨|切|吃|啃|闻)$"
)
_THING_AFTER = re.compile(
    r"(?:树|花|叶|吃多|籽|皮|汁|肉|根|窝|毛|色|声|音|飞走|飞来|飞过|飞到|叫得|鸣|落在|落下|掉|开了|开花|熟|结果|发芽|灌浆|炸毛|裂|图案|妆|纹|抱枕|玩偶|节气|季|时节|时分|旁边|边上|底下|"
    r"亮着|亮了|挂着|挂在|摇着|跳舞|睡着|啃|舔|生日|宝贝|妈妈|哥哥|姐姐|弟弟|妹妹|同学|乖|绝育)"
)
_HANDLE_ENDS = re.compile(r"(?:官方|官微|客服|旗舰店|小助手|服务|[^\w-]|$)")
_TITLE = re.compile(r"[《〈]\s*$")
_PRICE = re.compile(r"[0-9]\s?(?:块|元|rmb|￥|%)|[¥￥$]\s?[0-9]")
_MODEL = re.compile(rf"[{CHINESE}\s]([a-z]{{1,4}})\s?[0-9]{{1,3}}$")
_AROUND = 10


def weigh_place(body: str, start: int, end: int, sure: float, following: str = "") -> list[Clue]:
    """Clues from the words that touch a name at [start, end), for or against.

    Args:
        sure: weight of the name by itself: what belongs to no everyday word is not looked for in everyday words.
        following: the character behind it as it was written, before folding.
    """
    before, after = body[max(0, start - _AROUND) : start], body[end : end + _AROUND]
    clues: list[Clue] = []

    def add(what: str, low: int, high: int, weight: float) -> None:
        clues.append(Clue(what, body[low:high], weight, low, high))

    if before.endswith("@"):
        add("addressed with @", start - 1, end, HANDLE if following.isspace() or _HANDLE_ENDS.match(after) else 0.0)
        return clues
    if before.endswith("#") and after.startswith("#"):
        add("hashtag", start - 1, end + 1, HASHTAG)
    if _TITLE.search(before):
        add("title of a work", start - 1, end, TITLE)
        return clues
    _read_everyday(body, start, end, sure, clues)
    bare_before, bare_after = before.rstrip('“”"「『【[ '), after.lstrip('“”"」』】] ')
    if found := _COMPANY_AFTER.match(bare_after):
        add("spoken of as a company", start, end + len(after) - len(bare_after) + found.end(), COMPANY)
    elif _GOODS_AFTER.match(after):
        add("spoken of as goods", start, end + 1, GOODS)
    elif found := _THING_AFTER.match(after):
        add("spoken of as a thing", start, end + found.end(), THING)
    if found := _COMPANY_BEFORE.search(bare_before):
        add("spoken of as a company", start - len(before) + found.start(), end, COMPANY * 0.7)
    elif found := _THING_BEFORE.search(before):
        add("spoken of as a thing", start - len(before) + found.start(), end, THING)
    elif _PLACE_BEFORE.search(before):
        add("spoken of as a place", start - 1, end, PLACE)
    elif bare_before.endswith("的"):
        add("of something else", start - 1, end, OF_SOMETHING)
    if _SENTENCE_BEFORE.search(before):
        add("begins a sentence", start, end, FIRST)
    elif _CLAUSE_BEFORE.search(before):
        add("begins a clause", start, end, FIRST_OF_CLAUSE)
    if after.startswith("的"):
        add("has something", start, end + 1, OWNER)
    return clues


def _read_everyday(body: str, start: int, end: int, sure: float, clues: list[Clue]) -> None:
    """Is the name part of a longer everyday word (零花钱), or does a word cross its edge (飞寻 in "往南飞寻找")?"""
    everyday = everyday_words()
    for low, high in ((start - 1, end), (start, end + 1), (start - 2, end), (start, end + 2)):
        if low >= 0 and high <= len(body) and body[low:high] in everyday:
            clues.append(Clue("part of another word", body[low:high], PART_OF_WORD, low, high))
            return
    across = [
        (low, high)
        for low, high in ((start - 1, start + 1), (end - 1, end + 1))
        if low >= 0 and high <= len(body) and body[low:high] in everyday
    ]
    if len(across) == 2:
        clues.append(Clue("across two words", body[start - 1 : end + 1], ACROSS_BOTH, start - 1, end + 1))
    elif across and sure < SURE:
        low, high = across[0]
        clues.append(Clue("across two words", body[low:high], ACROSS_WORDS, low, high))


def weigh_words(body: str, found: Iterable[tuple[int, int]], weights: tuple[float, ...], what: str) -> list[Clue]:
    """Clues for different words of one kind, the first the heaviest; one character counts half, a very common word less."""
    everyday = everyday_words()
    clues: list[Clue] = []
    seen: set[str] = set()
    for start, end in sorted(found, key=lambda f: (f[0] - f[1], f[0])):
        word = body[start:end]
        if word in seen or any(word in other for other in seen):
            continue
        seen.add(word)
        share = 0.5 if end - start == 1 else WORN if everyday.get(word) == 2 else 1.0
        clues.append(Clue(what, word, weights[len(seen) - 1] * share, start, end))
        if len(seen) == len(weights):
            break
    return clues


def find_price(body: str) -> list[Clue]:
    """A price speaks a little for goods and shops."""
    found = _PRICE.search(body)
    return [Clue("price", found[0], PRICE, *found.span())] if found else []


def model_names(names: Iterable[str]) -> re.Pattern[str] | None:
    """Names of models without the brand's: 蓝鲸x3 is one of x1 … x999."""
    series = {m[1] for n in names if (m := _MODEL.search(n))}
    if not series:
        return None
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(sorted(map(re.escape, series)))})\s?[0-9]{{1,3}}(?![a-z0-9])")


def is_made_of_words(name: str) -> bool:
    """Is a name two everyday words one after the other (储值优惠), which others may write, too?"""
    return len(name) % 2 == 0 and all(name[i : i + 2] in everyday_words() for i in range(0, len(name), 2))
