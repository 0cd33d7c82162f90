"""Where a second opinion differs from the offline level: one line on the card, a note that changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.plain import plain_line
from notifier.wording import Lang
from records.chat import Block, Style
from records.opinion import Judged, rank
from scoring.assessment import Risk
from scoring.wording import RISKS, name_of

_REASON_UNITS = 60
_LINK = re.compile(
    r"(?:https?://|www\.)[!-~]+"
    r"|(?<![a-z0-9-])(?:[a-z0-9-]{1,40}\.){1,4}(?:com|cn|net|org|io|me|app|top|xyz|vip|cc|link)(?![a-z0-9])[!-~]*",
    re.IGNORECASE,
)


def opinion_blocks(opinions: Sequence[Judged], lang: Lang) -> list[Block]:
    """One line where opinions differ by a level, of the one that weighs most; nothing where all agree.

    Args:
        opinions: all answered ones of an incident, the widest spread first.
    """
    differing = [o for o in opinions if o.differs]
    if not differing:
        return []
    first = min(differing, key=_order)
    return [Block(style=Style.TEXT, text=_say(first, len(differing), len(opinions), lang))]


def _order(judged: Judged) -> tuple[bool, bool, int]:
    """What warns comes first, then what doubts the gravest mention, then what is itself doubtful."""
    return judged.suspicious, not judged.higher, -rank(judged.offline)


def _say(judged: Judged, differing: int, asked: int, lang: Lang) -> str:
    zh, said = lang == "zh", judged.second.opinion
    assert said is not None
    theirs, ours = (name_of(RISKS, Risk(level), lang) for level in (said.level, judged.offline))
    if judged.suspicious:
        shown = (
            f"⚠️ 第二意见可疑，不采信：{theirs}（本地：{ours}）"
            if zh
            else f"⚠️ Suspicious second opinion, not relied on: {theirs} (offline: {ours})"
        )
    else:
        shown = f"🤖 第二意见：{theirs}（本地：{ours}）" if zh else f"🤖 Second opinion: {theirs} (offline: {ours})"
        if why := reason_words(said.reason, _REASON_UNITS):
            shown += f"——{why}" if zh else f": {why}"
    counted = f"{asked} 条中 {differing} 条不同" if zh else f"{differing} of {asked} differ"
    note = (
        f"（{counted}；只看文字，仅供参考，级别不变）"
        if zh
        else f" ({counted}; by the words alone, a note that changes no level)"
    )
    return shown + note


def reason_words(text: str, units: int = 0) -> str:
    """A model's words, which a stranger's post may have put into its mouth: on one line, without links, and ringing nobody."""
    return plain_line(_LINK.sub("…", text).replace("@", "＠"), units)
