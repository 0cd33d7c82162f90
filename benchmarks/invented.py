"""Invented posts for the benchmarks: no text here was taken from anywhere. The same seed gives the same posts."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta

from drill.scenario import Account, Post
from drill.weibo_pages import render_search
from drill.world import OutPost
from records.mention import Media, Platform, Verified

BRAND = "星河咖啡"
PRODUCTS = ("轻享拿铁", "云朵摩卡", "橘皮美式", "燕麦冷萃", "栗子欧蕾")
PLACES = ("城西店", "滨江店", "大学城店", "火车站店", "科技园店", "老街店", "机场店", "南门店")
REGIONS = ("浙江", "江苏", "四川", "广东", "湖北", "上海", "陕西")
COMPLAINTS = (
    "{b}{s}的{p}喝出一根头发，找店员理论对方爱答不理，要求退款还让我等通知",
    "在{b}{s}等了{n}分钟没人叫号，问了三次客服都不回复，{p}送到手已经凉透了",
    "{b}会员自动续费扣了我{n}块，客服电话打不通，APP里根本找不到取消的入口",
    "刚买的{b}{p}一股酸味，喝完就拉肚子，{s}店长说没有小票不给退，太气人了",
    "{b}{s}店员态度真的很差，我说{p}做错了，她直接翻白眼说爱喝不喝，再也不来了",
    "{b}优惠券写着全场可用，到{s}结账说{p}不参加，这不就是虚假宣传骗人吗",
    "投诉{b}{s}卫生，操作台上有虫子在爬，{p}的杯口还有黑色的东西，已经拍照留证",
)
PRAISE = (
    "今天{s}的{b}{p}真好喝，奶泡很绵，店员小姐姐还多给了一张贴纸，开心一整天",
    "给{b}{s}点赞，下雨天外卖提前{n}分钟到，{p}一滴没洒，备注也都看到了",
    "{b}的{p}回购第{n}次，还是熟悉的味道，不甜不腻，早八人的续命水没有之一",
)
CALM = (
    "路过{b}{s}，买了杯{p}坐在窗边改稿子，外面桂花开了，不知不觉写到了第{n}页",
    "{b}{p}第二杯半价到周日，{s}现在人不多，想去的可以去，我和同事拼了一单",
    "有人知道{b}{s}几点关门吗，想下班以后去买{p}，地图上写的时间好像不太准",
    "{b}公布新品{p}，{s}等{n}家门店今日起试卖，售价与现有产品相同，限量供应",
)
TAILS = ("，第{k}单记录", "，单号尾数{k}", "，今天第{k}位", "，编号{k}")
FILL = "，反正就是这样子了，先记下来，晚上回家再慢慢说，大家路过的时候可以留意一下，谢谢各位"


def invented_texts(count: int, *, length: int | None = None, seed: int = 7) -> list[str]:
    """So many different posts about the invented brand: near half complaints, the rest praise, questions and daily life.

    Args:
        length: characters of every text, 20 or more; None leaves them as they come (35–55).
    """
    chance = random.Random(seed)
    texts = []
    for k in range(count):
        kind = chance.choices((COMPLAINTS, PRAISE, CALM), (45, 20, 35))[0]
        words = chance.choice(kind).format(
            b=BRAND, s=chance.choice(PLACES), p=chance.choice(PRODUCTS), n=chance.randint(3, 59)
        )
        tail = chance.choice(TAILS).format(k=k)
        if length is None:
            texts.append(words + tail)
        else:
            texts.append((words + FILL)[: length - len(tail)] + tail)
    return texts


def invented_pages(sets: int, pages: int, now: datetime, *, size: int = 10) -> dict[tuple[int, int], bytes]:
    """Answers of a Weibo-shaped search, ready to send: (set, page) → JSON; with the cards that are no posts of their own.

    Args:
        sets: searches with different results.
        pages: pages of each.
        now: aware UTC; the posts are from the twenty hours before.
    """
    chance = random.Random(11)
    total = sets * pages * size
    texts = invented_texts(total)
    step = timedelta(hours=20) / max(total, 1)
    answers = {}
    for group in range(sets):
        first = group * pages * size
        out = [_out(first + k, texts[first + k], now - step * (first + k + 1), chance) for k in range(pages * size)]
        for page in range(1, pages + 1):
            answer = render_search(out, BRAND, page, now)
            answers[group, page] = json.dumps(answer, ensure_ascii=False).encode()
    return answers


def _out(number: int, text: str, at: datetime, chance: random.Random) -> OutPost:
    followers = int(chance.paretovariate(0.8) * 40)
    account = Account(
        name=f"路人{number % 4001}号",
        followers=min(followers, 3_000_000),
        verified=Verified.PERSONAL if followers > 50_000 else Verified.NONE,
    )
    metrics = {"likes": int(chance.paretovariate(1) * 3), "comments": chance.randint(0, 30), "reposts": number % 7}
    post = Post(
        at=0,
        platform=Platform.WEIBO,
        author=account,
        text=text,
        region=chance.choice(REGIONS),
        media=frozenset({Media.IMAGE}) if chance.random() < 0.3 else frozenset(),
        metrics=metrics,
    )
    return OutPost(
        post=post,
        id=str(5_300_000_000_000_000 + number),
        author_id=str(9_000_000_000 + number % 4001),
        published_at=at.replace(microsecond=0),
        metrics=metrics,
    )
