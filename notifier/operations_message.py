"""Messages to the operators: a source that cannot be seen (W6), one that is back, and anything else about the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from notifier.plain import plain_line
from notifier.view import SHANGHAI, clock_words
from notifier.wording import OUTCOMES, Lang, pick, source_name, span_words
from records.chat import Block, Message, Style
from records.outcome import Outcome
from records.source import SourceHealth

_ADVICE: dict[Outcome, tuple[str, str]] = {
    Outcome.BLOCKED_LOGIN: (
        "请更新自己的登录（环境变量见 README“口令与令牌”）",
        "renew your own login (variables: see the README, Passwords and tokens)",
    ),
    Outcome.BLOCKED_CAPTCHA: (
        "请用自己的账号在浏览器里完成验证，再更新登录",
        "solve it in a browser with your own account, then renew the login",
    ),
    Outcome.BLOCKED_RATE: ("会自动放慢重试", "it is tried again, more slowly"),
    Outcome.BLOCKED_BOT: ("请检查会话与访问频率", "check the session and the pace"),
    Outcome.CHANGED: ("解析器需要更新", "the parser needs an update"),
    Outcome.NETWORK: ("请检查网络或代理", "check the network or the proxy"),
    Outcome.GONE: ("请检查配置里的地址", "check the address in the config"),
    Outcome.SUSPECT: ("请人工打开核对一次", "look at it once by hand"),
}
_NO_BROWSER = "no browser"
"""How the crawlers' detail begins where there is no browser to read a page with."""
_INSTALL = (
    "安装 Chromium 或 Chrome，或用环境变量 FENGSHENG_BROWSER 指定",
    "install Chromium or Chrome, or name one in FENGSHENG_BROWSER",
)


def render_operations(title: str, lines: Sequence[str], *, drill: bool = False) -> Message:
    """A plain operational message: a title and short lines."""
    blocks = [Block(style=Style.TITLE, text="🛠 " + plain_line(title, 120))]
    blocks += [Block(style=Style.TEXT, text=plain_line(line, 300)) for line in lines if line.strip()]
    return Message(blocks=tuple(blocks), drill=drill)


def render_source_blind(
    health: SourceHealth, *, now: datetime, zone: tzinfo = SHANGHAI, lang: Lang = "zh", drill: bool = False
) -> Message:
    """Said once per outage: which source, since when, why, what to do; silence is not calm."""
    zh = lang == "zh"
    name, what, advice = source_name(health.source, lang), pick(OUTCOMES[health.outcome], lang), _ADVICE
    if health.outcome is Outcome.NETWORK and health.detail.startswith(_NO_BROWSER):
        what, advice = ("没有可用的浏览器" if zh else "no browser"), {Outcome.NETWORK: _INSTALL}
    since = clock_words(health.blind_since or health.last_try_at, now, zone)
    brand = plain_line(health.brand, 32)
    title = f"看不见：{name}（{brand}）——{what}" if zh else f"Cannot see {name} ({brand}): {what}"
    lines = [
        f"{since} 起看不见；这段时间没有提及，不代表没有投诉。"
        if zh
        else f"Blind since {since}; no mentions from it does not mean no complaints."
    ]
    if health.detail:
        lines.append(plain_line(health.detail, 200))
    if health.outcome in advice:
        lines.append(("处理：" if zh else "To do: ") + pick(advice[health.outcome], lang))
    if health.next_try_at is not None:
        again = clock_words(health.next_try_at, now, zone)
        lines.append(f"下次重试 {again}" if zh else f"Next try {again}")
    return render_operations(title, lines, drill=drill)


def render_source_back(
    health: SourceHealth,
    *,
    blind_since: datetime | None,
    now: datetime,
    zone: tzinfo = SHANGHAI,
    lang: Lang = "zh",
    drill: bool = False,
) -> Message:
    """A source is seen again; names the gap, because posts of that time may be missing."""
    zh = lang == "zh"
    name, brand = source_name(health.source, lang), plain_line(health.brand, 32)
    title = f"恢复可见：{name}（{brand}）" if zh else f"Seen again: {name} ({brand})"
    lines = []
    if blind_since is not None:
        start, length = clock_words(blind_since, now, zone), span_words((now - blind_since).total_seconds() / 60, lang)
        lines.append(
            f"缺口 {start} 起，共 {length}，其间的帖子可能未全部补上。"
            if zh
            else f"The gap began {start} and lasted {length}; posts of that time may be missing."
        )
    return render_operations(title, lines, drill=drill)


def render_delivery_failed(
    kind: str, chat: str, channel: str, error: str, *, lang: Lang = "zh", drill: bool = False
) -> Message:
    """A message could not be delivered: said on another channel."""
    title = f"消息没有送达：{chat}（{channel}）" if lang == "zh" else f"Not delivered: {chat} ({channel})"
    return render_operations(title, [f"{kind}：{error}" if lang == "zh" else f"{kind}: {error}"], drill=drill)
