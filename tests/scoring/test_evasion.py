"""Names and complaint words that are spelt to escape filters, with the place where they stand; and what only looks like it (S1)."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.assessment import BrandTerms
from scoring.brand import BrandFinder, Presence
from scoring.evasion import DisguiseFinder
from scoring.shipped import shipped_industries, shipped_words
from scoring.text import fold_text
from tests.scoring.builders import score

ORANGE = BrandTerms(name="橙子", aliases=("橙子茶饮",))
SHUTTLE = BrandTerms(name="云梭出行", aliases=("云梭",))
CALM = BrandTerms(name="安澜银行", aliases=("安澜",))
DEER = BrandTerms(name="小鹿快递", aliases=("小鹿",))
DRUM = BrandTerms(name="拨浪鼓", aliases=("拨浪鼓母婴",))
ARK = BrandTerms(name="木方舟", aliases=("木方舟家居",))
RIVER = BrandTerms(name="江很好", aliases=("江很好火锅",))
MOON = BrandTerms(name="月牙口腔", aliases=("月牙",))
LANTERN = BrandTerms(name="灯笼零食", aliases=("灯笼",))
RICE = BrandTerms(name="青禾奶粉", aliases=("青禾",))
HALL = BrandTerms(name="小满药房", aliases=("小满",))
WHALE = BrandTerms(name="蓝鲸手机", aliases=("蓝鲸",))
LINK = BrandTerms(name="良缘里", aliases=("良缘里婚恋",))


@cache
def finder(terms: BrandTerms) -> BrandFinder:
    return BrandFinder(terms, (), shipped_industries())


def find(terms: BrandTerms, text: str, **fields: Any) -> Presence:
    given = {"platform": "weibo", "kind": "post", "official": False, "commerce": False} | fields
    return finder(terms).find(fold_text(text), **given)


NAMES = [
    (SHUTTLE, "云缩出行司机拒载", "spelt by sound", "云缩出行"),
    (SHUTTLE, "芸梭出行又涨价", "spelt by sound", "芸梭出行"),
    (SHUTTLE, "刚打了个云suo，绕了三公里", "spelt in pinyin", "云suo"),
    (SHUTTLE, "yunsuo的司机把我扔在高架上", "spelt in pinyin", "yunsuo"),
    (SHUTTLE, "Yún Suō 客服根本不接电话", "spelt in pinyin", "Yún Suō"),
    (SHUTTLE, "yun suo chuxing charged me twice", "spelt in pinyin", "yun suo"),
    (SHUTTLE, "行出梭云，派单全是远单", "spelt backwards", "行出梭云"),
    (SHUTTLE, "云🚗梭的师傅骂人", "signs inside the name", "云🚗梭"),
    (SHUTTLE, "云~梭 到底管不管司机", "signs inside the name", "云~梭"),
    (CALM, "安蓝银行柜员让我妈买保险", "spelt by sound", "安蓝银行"),
    (CALM, "安l银行又限额", "spelt by initials", "安l银行"),
    (CALM, "安x银行排队两小时", "characters masked", "安x银行"),
    (CALM, "安*银行把我的卡冻结了", "characters masked", "安*银行"),
    (CALM, "安某银行的理财亏到姥姥家", "characters masked", "安某银行"),
    (CALM, "安氵阑银行的信用卡年费", "named", "安氵阑银行"),
    (CALM, "an澜的柜台只开一个窗口", "spelt in pinyin", "an澜"),
    (DEER, "小🦌快递丢了我的件", "spelt with emoji", "小🦌快递"),
    (DEER, "小🦌派件员态度真差", "spelt with emoji", "小🦌"),
    (DEER, "小lu快递到底送不送", "spelt in pinyin", "小lu快递"),
    (DEER, "xiao鹿驿站又把我包裹弄丢", "spelt in pinyin", "xiao鹿"),
    (DEER, "某鹿的快递员把包裹扔门口", "hinted at", "某鹿"),
    (DEER, "小鹿块递，包裹破损", "named", "小鹿"),
    (ORANGE, "🍊子的奶茶喝出虫", "spelt with emoji", "🍊子"),
    (ORANGE, "🍊家的奶茶越来越淡，吸管都没给", "spelt with emoji", "🍊家"),
    (ORANGE, "某橙的奶茶，一杯三十", "hinted at", "某橙"),
    (ORANGE, "橙家的果茶封口漏了一路", "hinted at", "橙家"),
    (ORANGE, "chengzi的奶茶店员翻白眼", "spelt in pinyin", "chengzi"),
    (ORANGE, "cheng zi 奶盖酸了还卖", "spelt in pinyin", "cheng zi"),
    (ORANGE, "橙zi茶饮加盟就是坑", "spelt in pinyin", "橙zi茶饮"),
    (ORANGE, "澄子茶饮换了便宜茶底", "look-alike characters", "澄子茶饮"),
    (ORANGE, "橙开头的那家奶茶，杯子漏了", "hinted at", "橙开头的"),
    (DRUM, "拨浪g旗舰店不给退", "spelt by initials", "拨浪g"),
    (DRUM, "拨🥁浪🥁鼓的推车刹不住", "signs inside the name", "拨🥁浪🥁鼓"),
    (ARK, "木🛶的吊柜掉下来了", "spelt with emoji", "木🛶"),
    (RIVER, "氵工彳艮女子的毛肚有股味", "characters taken apart", "氵工彳艮女子"),
    (MOON, "月🦷口腔拔牙收我三千", "spelt with emoji", "月🦷口腔"),
    (MOON, "月ya的医生把好牙拔了", "spelt in pinyin", "月ya"),
    (LANTERN, "灯🏮的辣条少了两克", "spelt with emoji", "灯🏮"),
    (RICE, "青🌾奶粉结块，娃喝完拉肚子", "spelt with emoji", "青🌾奶粉"),
    (RICE, "青和奶粉罐底有黑点", "spelt by sound", "青和奶粉"),
    (HALL, "小🈵药🏠的口罩一扯就断", "named", "小🈵"),
    (WHALE, "蓝🐳手机充电发烫", "spelt with emoji", "蓝🐳手机"),
    (WHALE, "藍鯨黑屏三次了", "named", "藍鯨"),
    (WHALE, "蓝 鲸 手 机 又降价", "named", "蓝 鲸 手 机"),
    (LINK, "粮园里就是骗子开的店", "spelt by sound", "粮园里"),
    (LINK, "良缘li的红娘催我交钱", "spelt in pinyin", "良缘li"),
]


@pytest.mark.parametrize(("terms", "text", "way", "evidence"), NAMES)
def test_a_name_in_another_spelling_is_found_where_it_stands(
    terms: BrandTerms, text: str, way: str, evidence: str
) -> None:
    found = find(terms, text)
    assert found.about, found.clues
    assert found.evidence == evidence and found.at is not None and text[slice(*found.at)] == evidence
    if way != "named":
        assert (found.how, found.clues[0].what) == ("other spelling", way)
    else:
        assert found.how != "other spelling"


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        (ORANGE, "成子湖边的风很大"), (ORANGE, "挤成一团，子女都不在身边"), (ORANGE, "城子村通车了"), (ORANGE, "cz的新歌好听"), (ORANGE, "楼下酒家的菜不错"),
        (DEER, "沿着小路走到头就是海"), (DEER, "小露珠挂在叶子上"), (DEER, "xl码穿着有点紧"), (DEER, "🦌好可爱"), (DEER, "某路口堵车"),
        (SHUTTLE, "白云所到之处都是羊群"), (SHUTTLE, "孕嗦"), (CALM, "按栏杆上的指示走"), (CALM, "al帮我写的周报"), (MOON, "月芽儿冒头了"), (MOON, "嘴里🦷疼"),
        (LANTERN, "等龙舟比赛开始"), (RICE, "清河边钓鱼"), (RICE, "亲和力很强的老师"), (WHALE, "蓝精灵开播了"), (WHALE, "兰京"), (DRUM, "播浪"), (LINK, "两元里外都干净"),
        (HALL, "小蛮腰真好看"), (ARK, "木⛵⛵"), (SHUTTLE, "run so fast"), (SHUTTLE, "Yun is on the call"),
    ],
)  # fmt: skip
def test_what_only_sounds_or_looks_like_it_is_ordinary_text(terms: BrandTerms, text: str) -> None:
    assert not find(terms, text).about


def test_a_doubtful_spelling_needs_words_of_the_trade() -> None:
    assert not find(ORANGE, "橙家今天没人").about
    assert find(ORANGE, "橙家今天没人排队，奶茶倒是快").about
    assert not find(SHUTTLE, "ys今天真不行").about


def test_the_name_itself_goes_before_other_spellings() -> None:
    found = find(SHUTTLE, "云缩出行，就是云梭出行")
    assert (found.how, found.evidence) == ("named", "云梭出行")


WORDS = [
    ("投诉", "我要投素他们", "投素"), ("投诉", "已经投su了", "投su"), ("投诉", "tousu到底", "tousu"), ("投诉", "讠斥有用吗，投讠斥都没人理", "投讠斥"),
    ("不给退票", "不给退瓢", "不给退瓢"), ("退款", "tui款三个月没到", "tui款"), ("退款", "退kuan！", "退kuan"), ("退钱", "退💰！退💰！", "退💰"),
    ("维权", "组团维泉", "维泉"), ("避雷", "避lei这家", "避lei"), ("避雷", "大家避⚡", "避⚡"), ("举报", "去ju报它", "ju报"), ("曝光", "等着爆光吧", "爆光"),
    ("12315", "打了12三15", "12三15"), ("12315", "一二三一五走起", "一二三一五"), ("12315", "打１２３１５", "１２３１５"), ("黑心", "嘿心商家", "嘿心"), ("垃圾", "辣鸡玩意", "辣鸡"),
    ("骗子", "pian子公司", "pian子"), ("诈骗", "这是炸骗", "炸骗"), ("智商税", "交智shang税", "智shang税"), ("甲醛", "甲quan超标", "甲quan"), ("退款", "退·款·退·款", "退·款"),
    ("垃圾", "垃 圾 东 西", "垃 圾"), ("投诉", "投🤬诉🤬无🤬门", "投🤬诉"), ("不给退", "一直不给煺", "不给煺"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "text", "written"), WORDS)
def test_a_complaint_word_in_another_spelling_is_found_where_it_stands(word: str, text: str, written: str) -> None:
    hits = [h for h in shipped_words().find(fold_text(text)) if word in h.word or h.word in word]
    assert any(written in text[slice(*h.at)] and h.text for h in hits), [(h.word, h.text) for h in hits]


@pytest.mark.parametrize(
    "text",
    [
        "投宿在古镇", "广告投素材", "辣鸡翅真香的反面", "去4S店提车", "4人同行", "退前三天", "他家马的毛很亮", "Taiwan tour", "照片钱包都带了", "封好口的袋子", "有一位老师来了",
        "眼睛都亮了", "赶紧去看", "12 月 31 日 5 点", "特价货架", "结果期待很久",
    ],
)  # fmt: skip
def test_ordinary_words_are_not_taken_for_other_spellings(text: str) -> None:
    assert not [h.text for h in shipped_words().find(fold_text(text)) if h.spelt and h.text != "辣鸡"]


def test_evading_costs_the_complaint_no_weight() -> None:
    plain = score("星河咖啡不退款，我要投诉，大家避雷")
    hidden = score("星he咖啡不tui款，我要投素，大家避lei")
    assert hidden.target == "brand" and abs(hidden.topicality - plain.topicality) <= 1.0
    assert hidden.level == plain.level


HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            list(
                "云梭出行橙子小鹿安澜银*x某🍊🦌🤬氵彳 .~-'“”yunsuochengzi某开头家\ud800\u0301\u200b\ue000\ue123\U000f0000①㊋"
            )
        ),
        st.characters(),
    ),
    max_size=40,
)


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_it_and_places_lie_in_the_text(text: str) -> None:
    folded = fold_text(text)
    for terms in (ORANGE, SHUTTLE, CALM, DEER):
        seen = DisguiseFinder((terms.name, *terms.aliases)).find(folded)
        assert seen is None or 0 <= seen.start < seen.end <= len(folded.text)
    for hit in shipped_words().find(folded):
        assert 0 <= hit.at[0] < hit.at[1] <= len(text)


@pytest.mark.parametrize("piece", ["🤬", "云🤬", "云o", "橙*", "yun", "云y", "氵", "小🦌", "退💰", "某橙"])
def test_work_grows_with_the_length_of_the_text_only(piece: str) -> None:
    """Steps are bounded at every place: a text of one piece a thousand times over is read as one of other pieces."""
    steps = _count_steps(fold_text(piece * 500)), _count_steps(fold_text(piece * 1000))
    assert steps[1] <= 2.5 * max(steps[0], 100)


def _count_steps(text: Any) -> int:
    count = 0

    def on_call(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    seeker = DisguiseFinder(("云梭出行", "云梭", "橙子", "小鹿快递"))
    sys.setprofile(on_call)
    try:
        seeker.find(text)
    finally:
        sys.setprofile(None)
    return count
