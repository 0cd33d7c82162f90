"""Columns of imported tables as people name them: dotted, flat and Chinese names become the record of a mention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from crawlers.parsers.counts import parse_count
from crawlers.parsers.regions import PROVINCES
from records.mention import COUNT_NAMES, TimePrecision

Path = tuple[str, ...]

FLAT: Mapping[str, Path] = {f"author_{n}": ("author", n) for n in ("id", "name", "followers", "verified")} | {
    n: ("metrics", n) for n in COUNT_NAMES
}
"""Flat column names of tables beside the dotted ones (author.name, metrics.likes)."""

CHINESE: Mapping[str, Path] = {
    name: tuple(path.split("."))
    for path, names in {
        "id": "编号 帖子编号 ID号",
        "platform": "平台 来源平台",
        "brand": "品牌",
        "url": "链接 网址 原文链接",
        "title": "标题",
        "text": "正文 内容 正文内容 投诉内容",
        "author.id": "作者ID 作者id 用户ID 用户id",
        "author.name": "作者 昵称 用户昵称",
        "author.followers": "粉丝数 粉丝量 粉丝",
        "author.verified": "认证 认证类型",
        "published_at": "发布时间 发表时间 时间",
        "metrics.reads": "阅读数 阅读量 阅读 浏览量 播放量",
        "metrics.likes": "点赞数 点赞量 点赞",
        "metrics.comments": "评论数 评论量 评论",
        "metrics.reposts": "转发数 转发量 转发",
        "metrics.saves": "收藏数 收藏量 收藏",
        "region": "地区 省份 属地 IP属地",
        "media": "媒体",
        "topics": "话题 话题标签",
        "customer": "客户 客户姓名 客户名称 姓名 投诉人 来电人",
        "contact": "联系方式 联系电话 电话 手机 手机号 邮箱 电子邮箱",
        "channel": "渠道 投诉渠道 受理渠道 来源渠道",
        "received_at": "受理时间 接收时间 来电时间 收到时间 登记时间",
        "demand": "诉求 核心诉求 客户诉求 投诉要求",
        "order_number": "订单号 订单编号 单号",
        "transcript": "通话记录 录音转写 通话内容 转写",
        "attachments": "附件",
    }.items()
    for name in names.split()
}
ACCEPTED = tuple(
    dict.fromkeys(
        (*(".".join(path) for path in CHINESE.values()), "kind", "edited_at", "parent_id", "root_id", "time_precision")
    )
)
"""Names of columns that an import reads, dotted."""
PLATFORMS = {
    "微博": "weibo",
    "新浪微博": "weibo",
    "小红书": "xiaohongshu",
    "抖音": "douyin",
    "黑猫": "heimao",
    "黑猫投诉": "heimao",
    "哔哩哔哩": "bilibili",
    "b站": "bilibili",
    "知乎": "zhihu",
    "贴吧": "tieba",
    "百度贴吧": "tieba",
    "快手": "kuaishou",
    "应用商店": "appstore",
    "新闻": "news",
}
VERIFIED = {
    "无": "none",
    "否": "none",
    "未认证": "none",
    "个人": "personal",
    "个人认证": "personal",
    "企业": "enterprise",
    "企业认证": "enterprise",
    "机构": "enterprise",
    "媒体": "media",
    "媒体认证": "media",
    "政府": "government",
    "政务": "government",
}
MEDIA = {"图片": "image", "视频": "video", "直播": "live", "音频": "audio", "链接": "link", "有": "image", "无": "none"}

_LOCAL = re.compile(
    r"(?P<y>\d{4}) ?[-/.年] ?(?P<m>\d{1,2}) ?[-/.月] ?(?P<d>\d{1,2})日?"
    r"(?:[T ]+(?P<h>\d{1,2}) ?[:：时点] ?(?P<mi>\d{1,2})分?(?: ?[:：]? ?(?P<s>\d{1,2})(?:\.(?P<part>\d{1,6})\d*)?秒?)?)?"
)


def parse_columns(
    cells: Mapping[str, Any], zone: ZoneInfo | None, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The nested record of a row or JSON object; empty cells are unknown, of two columns for one thing the first counts.

    Args:
        cells: column → value; dotted (author.name), flat (author_name, likes), Chinese (粉丝数) and nested names.
        names: the house's own column names → the product's (``imports.columns`` of the config); they win.
        zone: the zone of times without an offset; None leaves them as they are, and they are refused later.
    """
    record: dict[str, Any] = {}
    for name, value in cells.items():
        if not name or value is None or (isinstance(value, str) and not value.strip()):
            continue
        path = _path((names or {}).get(name.lower(), name))
        if path == ("author",) and isinstance(value, str):
            path = ("author", "name")
        if isinstance(value, Mapping) and len(path) == 1:
            section = record.setdefault(path[0], {})
            if isinstance(section, dict):
                for inner, part in value.items():
                    section.setdefault(inner, part)
            continue
        if len(path) == 2:
            section = record.setdefault(path[0], {})
            if isinstance(section, dict):
                section.setdefault(path[1], _value(path, value))
        else:
            record.setdefault(path[0], _value(path, value))
    _place_times(record, zone)
    return record


def _path(name: str) -> Path:
    known = CHINESE.get(name) or FLAT.get(name)
    if known:
        return known
    outer, dot, inner = name.partition(".")
    return (outer, inner) if dot and outer in ("author", "metrics") else (name,)


def _value(path: Path, value: Any) -> Any:
    """Words that Chinese tables use, as the record's own words; anything unknown stays and is judged later."""
    if isinstance(value, bool) or not isinstance(value, str):
        return value
    word = value.strip()
    if path == ("platform",):
        return PLATFORMS.get(word.lower(), value)
    if path == ("author", "verified"):
        return VERIFIED.get(word, value)
    if path == ("region",):
        return next((p for p in PROVINCES if word.startswith(p)), value)  # never an address (G3)
    if path in (("media",), ("topics",)):
        parts = [p.strip().strip("#") for p in re.split(r"[,，;；、]", word) if p.strip().strip("#")]
        return [MEDIA.get(p, p) for p in parts] if path == ("media",) else parts
    if path[0] == "metrics" or path[-1] == "followers":
        count = parse_count(word)
        return count.value if count else value
    return value


def _place_times(record: dict[str, Any], zone: ZoneInfo | None) -> None:
    for name in ("published_at", "edited_at", "collected_at", "received_at"):
        if name not in record:
            continue
        placed, precision = parse_local_time(record[name], zone)
        record[name] = placed
        if name == "published_at" and precision is not None:
            record.setdefault("time_precision", str(precision))


def parse_local_time(value: Any, zone: ZoneInfo | None) -> tuple[Any, TimePrecision | None]:
    """A time without an offset (2026-11-20 8:05, 2026/11/20, 2026年11月20日, a spreadsheet's date) read in ``zone``.

    Returns:
        (aware time, precision), or (value as given, None) where it has an offset, is no such time, or zone is None.
    """
    if zone is None:
        return value, None
    if isinstance(value, datetime):
        return (value, None) if value.tzinfo else (value.replace(tzinfo=zone), TimePrecision.EXACT)
    if isinstance(value, date):
        return datetime.combine(value, time(), zone), TimePrecision.DAY
    match = _LOCAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value, None
    year, month, day, hour, minute, second = (int(match[n] or 0) for n in ("y", "m", "d", "h", "mi", "s"))
    part = int((match["part"] or "0").ljust(6, "0"))
    try:
        at = datetime(year, month, day, hour, minute, second, part, tzinfo=zone)
    except ValueError:
        return value, None
    shown = TimePrecision.EXACT if match["s"] else TimePrecision.MINUTE
    return at, shown if match["h"] else TimePrecision.DAY
