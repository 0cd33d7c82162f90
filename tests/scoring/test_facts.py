"""Facts that a text states (S4): found where they stand, and not found where the words only look like them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.facts import Facts, parse_facts, parse_number
from scoring.places import find_places
from scoring.text import fold_text


def facts(text: str) -> Facts:
    return parse_facts(fold_text(text).text)


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("12", 12), ("1,200", 1200), ("3.5", 3.5), ("三", 3), ("十八", 18), ("二十三", 23), ("三百", 300), ("一百零五", 105), ("两千六百", 2600),
        ("六万八千四百", 68_400), ("十八万", 180_000), ("几十", 50), ("abc", 0), ("", 0),
    ],
)  # fmt: skip
def test_numerals(numeral: str, value: float) -> None:
    assert parse_number(numeral) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("11月3日在人民路店", "11月3日"),
        ("2026年7月4日12:20下单", "2026年7月"),
        ("2026-03-02签的合同", "2026-03-02"),
        ("2026/3/2签的合同", "2026/3/2"),
        ("去年十一月三号买的", "十一月三号"),
        ("我3月中开始疼", "3月"),
        ("7日解冻，银行确认", "7日"),
        ("27号上午打的电话", "27号"),
        ("田埂晚8:40送来的", "8:40"),
        ("凌晨四点装完一车", "凌晨四点"),
        ("早上7点半到8点半", "早上7点"),
        ("昨晚十一点想吃草莓", "昨晚十一点"),
        ("今晚24点前开放", "今晚24点"),
        ("下午3点整", "下午3点"),
        ("差一点就追尾", None),
        ("有两点建议", None),
        ("大了一点", None),
        ("评分4.5分，打9.9折", None),
        ("扣了我三个月", None),
        ("2号线站台", None),
        ("住3号楼", None),
        ("第12号员工", None),
        ("降价20个点", None),
        ("版本6.0更新", None),
    ],
)
def test_dates_and_clock_times(text: str, shown: str | None) -> None:
    found = facts(text)
    assert [found._text[s:e] for s, e in found.dates[:1]] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("昨天买的", "昨天"), ("上周三去营业厅", "上周"), ("周五晚上一直掉线", "周五"), ("国庆出去玩", "国庆"), ("I bought it last week", "last week"),
        ("on Monday they called", "monday"), ("每次都这样", None), ("这人真行", None), ("todays", "today"),
    ],
)  # fmt: skip
def test_times_without_a_date(text: str, shown: str | None) -> None:
    found = facts(text)
    assert (found._text[slice(*found.recent_at)] if found.recent_at else None) == shown


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("花了68元", 68), ("订单1,620元", 1620), ("退我196块", 196), ("三百块钱打水漂", 300), ("里头六万八千四百块钱", 68_400), ("存了30万元", 300_000),
        ("十八万养老钱", None), ("交了18万品牌费", None), ("我的31万没了", 310_000), ("合计约270万元", 2_700_000), ("涉案4.5亿元", 450_000_000), ("¥298/年", 298),
        ("paid $100 for this", 700), ("实付3260，结果碎了", 3260), ("收我63，上周才37", 63), ("从14涨到17，分量没多", 17), ("充了3w", 30_000), ("5k买的", None),
        ("一块去吧", None), ("两块屏幕都坏了", None), ("九块，太贵", 9), ("重装三遍，每遍11个G", None), ("39度2要去医院", None), ("百分之三十", None), ("300人每人损失2000元", 600_000),
        ("没花一分钱", None), ("20万公里", None), ("5万人都在用", None),
    ],
)  # fmt: skip
def test_money_at_stake(text: str, amount: float | None) -> None:
    assert facts(text).amount == (pytest.approx(amount) if amount else None)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("约210万用户受影响", 2_100_000), ("已有143户签字", 143), ("163户，一户都不能少", 163), ("喝进医院七个人了", 7), ("电梯坠落3人受伤", 3), ("两名学童和三位家长", 3),
        ("大概500个用户登录不了", 500), ("上千人", 1000), ("十一个小孩在里面", 11), ("一百多个孩子", 100), ("2死1伤", 2), ("三十二个工人没发工资", 32),
        ("极少数用户", None), ("第3个人", None), ("三人拼团", None), ("6人小班", 6), ("两名师傅来了", None), ("换了五个人", None), ("20:10骑手点击", None),
        ("前500名家庭送体脂秤", None), ("我们三个人", 3), ("10人间", None), ("我十七万孩子学费", None), ("一个人", None), ("二人转", None), ("thousands, 300 customers", 300),
    ],
)  # fmt: skip
def test_people_touched(text: str, people: int | None) -> None:
    assert facts(text).people == people


@pytest.mark.parametrize(
    ("text", "firms"),
    [
        ("300家企业客户都停了", 300),
        ("我们二十多家加盟商", 20),
        ("15个商户被扣", 15),
        ("一家公司", None),
        ("120 companies down", 120),
    ],
)
def test_enterprise_customers(text: str, firms: int | None) -> None:
    assert facts(text).firms == firms


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("等了47天", "47天"), ("两个小时没人理", "两个小时"), ("拖了三周", "三周"), ("半个月没到", "半个月"), ("五年了", "五年"), ("3个工作日", "3个工作日"),
        ("今天天气", None), ("2019年的事", None), ("年轻人", None), ("for 3 weeks", "3 weeks"),
    ],
)  # fmt: skip
def test_how_long(text: str, shown: str | None) -> None:
    found = facts(text)
    assert (found._text[slice(*found.duration_at)] if found.duration_at else None) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("投诉三次", "三次"), ("跑了四趟", "四趟"), ("打了十九通电话", "十九通电话"), ("第三次了", "三次"), ("第一次来", None), ("写了3封邮件", "3封邮件"),
        ("次卡剩8次", None), ("回复了", None), ("好几次", "好几次"),
    ],
)  # fmt: skip
def test_how_often(text: str, shown: str | None) -> None:
    found = facts(text)
    assert (found._text[slice(*found.times_at)] if found.times_at else None) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("在人民路店点了一杯", "人民路"), ("蔻芮医美（上海静安店）", "海静安店"), ("武汉徐东校区报名", "武汉徐东校区"), ("长沙岳麓派出所已立案", "长沙岳麓派出所"),
        ("广深高速上", "广深高速"), ("锦江大厦三楼", "锦江大厦"), ("南昌迎宾大道被追尾", "南昌迎宾大道"), ("这家店", None), ("我在路上", None), ("一路堵车", None), ("网店买的", None),
        ("店员说", None), ("我们小区停水", None), ("坐在商场里", None), ("去医院检查", None), ("逛街", None), ("评论区都在说", None), ("打了个路漫", None), ("城市", None),
    ],
)  # fmt: skip
def test_named_shops_and_roads(text: str, shown: str | None) -> None:
    found = facts(text)
    assert (found._text[slice(*found.site_at)] if found.site_at else None) == shown


@pytest.mark.parametrize(
    ("text", "provinces"),
    [
        ("成都和重庆都这样", ["四川", "重庆"]), ("深圳福田", ["广东", "广东"]), ("in Shanghai", ["上海"]), ("最大连锁店", []), ("这么普通化妆品", []), ("今天水都没有", []),
        ("四平方米", []), ("不再平安顺利", []), ("哈尔滨到大连", ["黑龙江", "辽宁"]),
    ],
)  # fmt: skip
def test_cities_and_provinces(text: str, provinces: list[str]) -> None:
    assert [p for _, _, p in find_places(fold_text(text).text)] == provinces


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("订单号A12345678", "订单号a12345678"), ("单号20260704122003881，退款", "单号20260704122003881"), ("合同HZ-W-0115", "合同hz-w-0115"), ("订单尾号7731", "订单尾号7731"),
        ("工号4471，原话", "工号4471"), ("车牌浙C12345", "浙c12345"), ("快递单SF1234567890123", "快递单sf1234567890123"), ("批次20260413B", "批次20260413b"),
        ("手机13800138000", None), ("我paid 680", None), ("批次217辆", None), ("花了3260元", None), ("2026-03-02", None),
    ],
)  # fmt: skip
def test_numbers_of_orders(text: str, shown: str | None) -> None:
    found = facts(text)
    assert (found._text[slice(*found.order_at)] if found.order_at else None) == shown


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("要求全额退款", True), ("诉求：退还押金", True), ("请给个说法", True), ("希望官方处理一下", True), ("把钱退给我", True), ("I want a refund", True), ("能不能换一台", True),
        ("限你们三天解决", True), ("申请退款三次被拒", False), ("今天很开心", False), ("他们要求实名", False), ("给大家看看", False),
    ],
)  # fmt: skip
def test_demands(text: str, asked: bool) -> None:
    assert (facts(text).demand_at is not None) is asked


@pytest.mark.parametrize(
    ("text", "viewers"),
    [
        ("直播间预计观众超过10万", 100_000),
        ("15万人在线观看", 150_000),
        ("120,000 viewers", 120_000),
        ("在线等", None),
        ("直播间买的", None),
    ],
)
def test_expected_viewers(text: str, viewers: int | None) -> None:
    assert facts(text).audience == viewers


def test_regions_and_stars() -> None:
    found = facts("★★☆☆☆ 全国多地都这样，成都、武汉、郑州、西安")
    assert (found.stars, found.nationwide, found.regions) == (2, True, 4)
    assert facts("没有星").stars is None


@given(
    st.lists(
        st.sampled_from(
            [
                "12",
                "三百",
                "月",
                "日",
                "点",
                "万",
                "元",
                "人",
                "：",
                ".",
                "年",
                "第",
                "店",
                "路",
                "成都",
                "￥",
                "\n",
                "次",
                "-",
                "a",
            ]
        ),
        max_size=25,
    )
)
def test_spans_lie_in_the_text_and_counts_are_positive(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = parse_facts(text)
    spans = (
        *found.dates,
        found.recent_at,
        found.amount_at,
        found.people_at,
        found.firms_at,
        found.duration_at,
        found.times_at,
    )
    for span in (*spans, found.site_at, found.where_at, found.order_at, found.demand_at, found.stars_at):
        assert span is None or 0 <= span[0] < span[1] <= len(text)
    assert (found.people or 2) >= 2 and (found.amount or 1) > 0


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "一" * 20_000, "店" * 20_000, "3月" * 10_000, "请" * 20_000, "订单" * 10_000, "a1-" * 7000]
)
def test_cost_is_linear(text: str) -> None:
    began = time.perf_counter()
    found = parse_facts(text)
    assert (found.when_at, found.where_at, found.order_at, found.demand_at, found.audience) is not None
    assert time.perf_counter() - began < 5
