"""Times as platforms print them, read against the moment the answer arrived (page language is Beijing time)."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from records.mention import TimePrecision

BEIJING = timezone(timedelta(hours=8))
"""China has had no daylight saving since 1991."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing a feed or platform shows is older; earlier values (epoch 0) mean "not told"."""

LATEST = timedelta(days=1)
"""A post that is further in the future than this is damage, not a post."""

Read = tuple[datetime | None, TimePrecision]
UNKNOWN: Read = (None, TimePrecision.UNKNOWN)

_MONTHS = {m: n for n, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_CTIME = re.compile(
    r"[a-z]{3} (?P<mon>[a-z]{3}) +(?P<d>\d{1,2}) (?P<h>\d{2}):(?P<mi>\d{2}):(?P<s>\d{2}) (?P<tz>[+-]\d{4}) (?P<y>\d{4})"
)
_AGO = re.compile(r"(?P<n>\d{1,4}) ?(?P<unit>秒|分钟|分|小时|天|周|个月|月|年)前")
_AGO_UNITS = {
    "秒": (timedelta(seconds=1), TimePrecision.MINUTE),
    "分": (timedelta(minutes=1), TimePrecision.MINUTE),
    "分钟": (timedelta(minutes=1), TimePrecision.MINUTE),
    "小时": (timedelta(hours=1), TimePrecision.HOUR),
    "天": (timedelta(days=1), TimePrecision.DAY),
    "周": (timedelta(days=7), TimePrecision.DAY),
    "月": (timedelta(days=30), TimePrecision.DAY),
    "个月": (timedelta(days=30), TimePrecision.DAY),
    "年": (timedelta(days=365), TimePrecision.DAY),
}
_DAYS_BACK = {"今天": 0, "昨天": 1, "前天": 2}
_CLOCK = r"(?: ?(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2}))?)?"
_NAMED_DAY = re.compile(rf"(?P<day>今天|昨天|前天){_CLOCK}")
_DATE = re.compile(
    rf"(?:(?P<y>\d{{4}})[-/.年] ?)?(?P<mon>\d{{1,2}})[-/.月] ?(?P<d>\d{{1,2}})日?{_CLOCK}",
)
_PREFIX = re.compile(r"^(?:发布于|编辑于|发表于|更新于|最后编辑于) ?")


def parse_time(value: Any, *, collected_at: datetime) -> Read:
    """Read one time of whatever form: epoch seconds or milliseconds, ctime, ISO 8601, or Chinese relative words.

    Args:
        value: what the platform gave; numbers are decided by magnitude, never by platform.
        collected_at: aware time the answer arrived; relative words count back from it, and a month without a year is
            the latest that does not lie in the future.

    Returns:
        (aware UTC time, precision), or (None, unknown) where it cannot be read, lies before 1990 or more than a day
        after ``collected_at``.
    """
    if isinstance(value, bool) or value is None:
        return UNKNOWN
    try:
        read = _number(float(value)) if isinstance(value, int | float) else _words(str(value), collected_at)
    except (ValueError, OverflowError, OSError):
        return UNKNOWN
    if read[0] is None or not EARLIEST <= read[0] <= collected_at + LATEST:
        return UNKNOWN
    return read[0].astimezone(UTC), read[1]


def _number(value: float) -> Read:
    if not math.isfinite(value) or value <= 0:
        return UNKNOWN
    if 1e11 <= value < 1e14:
        value /= 1000
    return datetime.fromtimestamp(value, UTC), TimePrecision.EXACT


def _words(shown: str, collected_at: datetime) -> Read:
    if len(shown) > 60:
        return UNKNOWN
    shown = _PREFIX.sub("", " ".join(unicodedata.normalize("NFKC", shown).split()))
    if re.fullmatch(r"[0-9]{9,10}(\.[0-9]+)?|[0-9]{13}", shown):
        return _number(float(shown))
    if shown == "刚刚":
        return collected_at, TimePrecision.MINUTE
    if found := _AGO.fullmatch(shown):
        step, precision = _AGO_UNITS[found["unit"]]
        return collected_at - int(found["n"]) * step, precision
    if found := _CTIME.fullmatch(shown.lower()):
        return _ctime(found), TimePrecision.EXACT
    if found := _NAMED_DAY.fullmatch(shown):
        day = collected_at.astimezone(BEIJING) - timedelta(days=_DAYS_BACK[found["day"]])
        return _at_clock(day.year, day.month, day.day, found)
    if found := _DATE.fullmatch(shown):
        return _date(found, collected_at)
    return _iso(shown)


def _ctime(found: re.Match[str]) -> datetime:
    sign = -1 if found["tz"][0] == "-" else 1
    offset = timedelta(hours=int(found["tz"][1:3]), minutes=int(found["tz"][3:]))
    clock = (int(found["h"]), int(found["mi"]), int(found["s"]))
    month = _MONTHS.get(found["mon"], 0)
    return datetime(int(found["y"]), month, int(found["d"]), *clock, tzinfo=timezone(sign * offset))


def _date(found: re.Match[str], collected_at: datetime) -> Read:
    month, day = int(found["mon"]), int(found["d"])
    if found["y"]:
        return _at_clock(int(found["y"]), month, day, found)
    this_year = collected_at.astimezone(BEIJING).year
    for year in range(this_year, this_year - 5, -1):  # 29 February may lie up to four years back
        try:
            read = _at_clock(year, month, day, found)
        except ValueError:
            continue
        if read[0] is not None and read[0] <= collected_at:
            return read
    return UNKNOWN


def _at_clock(year: int, month: int, day: int, found: re.Match[str]) -> Read:
    if found["h"] is None:
        return datetime(year, month, day, tzinfo=BEIJING), TimePrecision.DAY
    moment = datetime(year, month, day, int(found["h"]), int(found["mi"]), int(found["s"] or 0), tzinfo=BEIJING)
    return moment, TimePrecision.EXACT if found["s"] else TimePrecision.MINUTE


def _iso(shown: str) -> Read:
    moment = datetime.fromisoformat(shown)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return moment, TimePrecision.EXACT
