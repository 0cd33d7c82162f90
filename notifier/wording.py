"""The words of the chat, Chinese and English side by side. Sentences of each message kind stand in that kind's module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from notifier.plain import plain_line
from playbooks.roles import role_title
from playbooks.state import StepStatus
from records.outcome import Outcome
from scoring.alert import Level
from scoring.assessment import Risk

Lang = Literal["zh", "en"]
Pair = tuple[str, str]
"""Chinese, English."""


def pick(pair: Pair, lang: Lang) -> str:
    return pair[1] if lang == "en" else pair[0]


LEVEL_MARK: Mapping[Level, str] = {Level.RED: "🔴", Level.ORANGE: "🟠", Level.YELLOW: "🟡", Level.NONE: "⚪"}
CLOSED_MARK = "⚫"

LEVELS: Mapping[Level, Pair] = {
    Level.RED: ("红色预警", "RED ALERT"),
    Level.ORANGE: ("橙色预警", "ORANGE ALERT"),
    Level.YELLOW: ("黄色预警", "YELLOW ALERT"),
    Level.NONE: ("事件", "INCIDENT"),
}

RISKS: Mapping[Risk, Pair] = {
    Risk.HIGH: ("高", "high"),
    Risk.MEDIUM: ("中", "medium"),
    Risk.LOW: ("低", "low"),
    Risk.NONE: ("无", "none"),
}

CATEGORIES: Mapping[str, Pair] = {
    "product_quality": ("产品质量", "product quality"),
    "service_attitude": ("服务态度", "service attitude"),
    "logistics": ("物流配送", "logistics"),
    "refund": ("退款售后", "refund"),
    "tech_fault": ("技术故障", "technical fault"),
    "price": ("价格争议", "price"),
    "safety": ("安全健康", "safety"),
    "privacy": ("隐私信息", "privacy"),
    "other": ("其他", "other"),
    "none": ("无", "none"),
}

PLATFORMS: Mapping[str, Pair] = {
    "weibo": ("微博", "Weibo"),
    "xiaohongshu": ("小红书", "Xiaohongshu"),
    "douyin": ("抖音", "Douyin"),
    "heimao": ("黑猫投诉", "Heimao"),
    "bilibili": ("哔哩哔哩", "Bilibili"),
    "zhihu": ("知乎", "Zhihu"),
    "tieba": ("贴吧", "Tieba"),
    "kuaishou": ("快手", "Kuaishou"),
    "appstore": ("应用商店", "App store"),
    "news": ("新闻", "News"),
    "rss": ("RSS", "RSS"),
    "reddit": ("Reddit", "Reddit"),
    "hackernews": ("Hacker News", "Hacker News"),
    "mastodon": ("Mastodon", "Mastodon"),
    "bluesky": ("Bluesky", "Bluesky"),
    "youtube": ("YouTube", "YouTube"),
    "twitter": ("X", "X"),
    "import": ("导入", "import"),
}

VERIFIED: Mapping[str, Pair] = {
    "personal": ("个人认证", "verified person"),
    "enterprise": ("企业认证", "verified company"),
    "media": ("媒体认证", "verified media"),
    "government": ("政务认证", "government"),
}

OUTCOMES: Mapping[Outcome, Pair] = {
    Outcome.ITEMS: ("可见", "seen"),
    Outcome.EMPTY: ("可见，无结果", "seen, nothing found"),
    Outcome.SUSPECT: ("结果空得可疑", "suspiciously empty"),
    Outcome.BLOCKED_LOGIN: ("要求登录", "asks for a login"),
    Outcome.BLOCKED_CAPTCHA: ("要求验证码", "asks for a captcha"),
    Outcome.BLOCKED_RATE: ("被限速", "rate limited"),
    Outcome.BLOCKED_GEO: ("按地区屏蔽", "blocked by region"),
    Outcome.BLOCKED_BOT: ("被识别为机器人", "refused as a bot"),
    Outcome.BLOCKED_QUOTA: ("配额用完", "quota used up"),
    Outcome.CHANGED: ("页面结构已变", "layout changed"),
    Outcome.GONE: ("地址已失效", "address is gone"),
    Outcome.NETWORK: ("网络无应答", "no answer"),
}

TASKS: Mapping[str, Pair] = {
    "comments": ("评论", "comments"),
    "figures": ("转评赞复查", "figures of known posts"),
    "topics": ("热搜", "hot list"),
    "account": ("官方账号", "own account"),
    "stream": ("实时流", "live stream"),
}
"""What of a source is looked at beside its search."""

CUSTOMER_KINDS: Mapping[str, Pair] = {
    "vip": ("VIP客户", "VIP customer"),
    "partner": ("合作伙伴", "long-term partner"),
    "enterprise": ("企业客户", "enterprise customer"),
    "ordinary": ("普通客户", "ordinary customer"),
}

INTAKES: Mapping[str, Pair] = {
    "hotline": ("热线", "hotline"),
    "email": ("邮件", "e-mail"),
    "survey": ("问卷", "survey"),
    "ticket": ("工单", "ticket"),
    "usage_report": ("使用报告", "usage report"),
    "store": ("门店", "store"),
    "chat": ("在线客服", "chat"),
}
"""Ways by which a customer reached the house."""

STEP_MARK: Mapping[StepStatus, str] = {
    StepStatus.OPEN: "⬜",
    StepStatus.TAKEN: "🔵",
    StepStatus.AWAITING_CONFIRMATION: "🟣",
    StepStatus.DONE: "✅",
    StepStatus.SKIPPED: "➖",
}
OVERDUE_MARK = "⏰"


def name_of(table: Mapping[str, Pair], key: str, lang: Lang) -> str:
    """The key's word in the language; the key itself where the table does not know it."""
    return pick(table[key], lang) if key in table else key


def role_name(role: str, lang: Lang) -> str:
    return role_title(role, lang)


def platform_name(platform: str, lang: Lang) -> str:
    return name_of(PLATFORMS, str(platform), lang)


def source_name(source: str, lang: Lang) -> str:
    """A source of ``PollRequest.source``: the platform's word; a feed keeps its address without query or credentials."""
    platform, _, address = source.partition(":")
    if not address:
        return platform_name(platform, lang)
    bare = address.split("?", 1)[0].split("#", 1)[0]
    bare = bare.split("//", 1)[-1].rsplit("@", 1)[-1]
    return f"{platform_name(platform, lang)} {bare}"


def eye_name(source: str, task: str, lang: Lang) -> str:
    """A source, or the part of it that a further task looks at: "微博·评论"."""
    name = source_name(source, lang)
    return f"{name}·{name_of(TASKS, task, lang)}" if task else name


def brands_words(brands: Sequence[str], lang: Lang) -> str:
    """Brands in a few words; "" where there are none."""
    if not brands:
        return ""
    first = plain_line(brands[0], 32)
    if len(brands) == 1:
        return first
    if len(brands) == 2:
        return f"{first}、{plain_line(brands[1], 32)}" if lang == "zh" else f"{first}, {plain_line(brands[1], 32)}"
    return f"{first}等 {len(brands)} 个品牌" if lang == "zh" else f"{first} and {len(brands) - 1} more brands"


def short_number(number: int, lang: Lang) -> str:
    """12.4万 or 124k: figures that are taken in at a glance."""
    if lang == "zh":
        for size, unit in ((100_000_000, "亿"), (10_000, "万")):
            if number >= size:
                return f"{number / size:.1f}".removesuffix(".0") + unit
        return str(number)
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + unit
    return str(number)


def span_words(minutes: float, lang: Lang) -> str:
    """A length of time in words: 15 分钟, 1 小时, 2.5 小时, 3 天."""
    minutes = max(0, round(minutes))
    if minutes >= 2880 and minutes % 1440 == 0:
        return f"{minutes // 1440} 天" if lang == "zh" else f"{minutes // 1440} days"
    if minutes >= 60:
        hours = f"{minutes / 60:.1f}".removesuffix(".0")
        return f"{hours} 小时" if lang == "zh" else f"{hours} h"
    return f"{minutes} 分钟" if lang == "zh" else f"{minutes} min"
