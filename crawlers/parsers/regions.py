"""Region labels ("发布于 浙江", "IP属地：上海") to a province's short name or a country."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 "
    "云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
).split()
"""The 34 provincial units, short forms as Chinese platforms print them."""

_PREFIX = re.compile(r"^(?:发布于|来自|IP ?属地) ?:? ?", re.IGNORECASE)
_UNKNOWN = frozenset({"", "ip未知", "未知", "其他", "其它", "unknown", "null", "none"})
_SUFFIXES = re.compile(r"^(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)?(?: .*)?$")
_COUNTRY = re.compile(r"[一-鿿]{2,12}|[A-Za-z][A-Za-z .'-]{1,30}")


def parse_region(shown: Any) -> str | None:
    """The province (短: 浙江) or country a platform's IP label names; None where it names none.

    It is the platform's own lookup at posting time, never an address; cities behind a province are cut off.
    """
    if not isinstance(shown, str) or len(shown) > 60:
        return None
    label = " ".join(unicodedata.normalize("NFKC", shown).split())
    label = _PREFIX.sub("", label).strip()
    if label.lower() in _UNKNOWN:
        return None
    bare = label.removeprefix("中国").strip()
    for province in PROVINCES:
        if bare.startswith(province) and _SUFFIXES.match(bare[len(province) :]):
            return province
    return label if _COUNTRY.fullmatch(label) else None
