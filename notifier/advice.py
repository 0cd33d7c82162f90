"""What to do about a source that cannot be seen: outcome × platform → one practical sentence (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from notifier.wording import Lang, Pair, pick, platform_name
from records.outcome import Outcome
from records.source import Outage

LOGINS = frozenset({"weibo", "xiaohongshu", "douyin", "kuaishou", "heimao", "bilibili", "zhihu", "tieba"})
"""Platforms with a session of their own, which ``fengsheng login`` renews."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "bluesky": ("FENGSHENG_BLUESKY_HANDLE", "FENGSHENG_BLUESKY_APP_PASSWORD"),
    "mastodon": ("FENGSHENG_MASTODON_TOKEN",),
    "reddit": ("FENGSHENG_REDDIT_CLIENT_ID", "FENGSHENG_REDDIT_CLIENT_SECRET"),
    "youtube": ("FENGSHENG_YOUTUBE_KEY",),
}
"""Platforms that are asked with a key: the variables that hold it."""

_NO_BROWSER = "no browser"
"""How the crawlers' detail begins where there is no browser to read a page with."""
_ROBOTS = "robots.txt"
"""The same where the site's robots.txt forbids the address."""
_PUBLIC = "public search"
"""The same where Reddit is asked without a client of one's own."""
_REFUSED = (Outcome.BLOCKED_LOGIN, Outcome.BLOCKED_CAPTCHA, Outcome.BLOCKED_RATE, Outcome.BLOCKED_BOT)
_INSTALL: Pair = (
    "安装 Chromium 或 Chrome，或用环境变量 FENGSHENG_BROWSER 指定浏览器",
    "install Chromium or Chrome, or name one in FENGSHENG_BROWSER",
)

_GENERAL: Mapping[Outcome, Pair] = {
    Outcome.BLOCKED_LOGIN: (
        "该来源要求登录：检查配置里的地址和令牌",
        "it asks for a login: check the address and the key in the config",
    ),
    Outcome.BLOCKED_CAPTCHA: (
        "在本机浏览器里打开{name}完成一次验证，然后运行 fengsheng doctor",
        "open {name} in a browser on this machine, solve the check once, then run fengsheng doctor",
    ),
    Outcome.BLOCKED_RATE: (
        "已自动放慢，不用处理；反复出现时调低配置里的 budgets.{platform}",
        "it is asked more slowly by itself; if it comes again, lower budgets.{platform} in the config",
    ),
    Outcome.BLOCKED_GEO: (
        "换一个该来源允许的网络，或在配置里给 {platform} 设 proxy",
        "use a network that the source accepts, or set proxy for {platform} in the config",
    ),
    Outcome.BLOCKED_BOT: (
        "调低 budgets.{platform}、加大 delay，等它自动重试；仍不行就换成自己的网络出口",
        "lower budgets.{platform}, raise its delay and wait for the next try; else use a network of your own",
    ),
    Outcome.BLOCKED_QUOTA: (
        "配额到点自动恢复，不用处理；想早点恢复就调低 budgets.{platform} 或申请更高配额",
        "the quota comes back by itself; to use less of it lower budgets.{platform}, or ask for a larger one",
    ),
    Outcome.CHANGED: (
        "升级风声；仍不行就把页面样本交给维护者",
        "update Fengsheng; where that does not help, hand in a sample of the page",
    ),
    Outcome.GONE: (
        "在配置里改成新的地址",
        "put its new address into the config",
    ),
    Outcome.NETWORK: (
        "检查本机网络和代理；打得开网页就等它自动重试",
        "check this machine's network and proxy; where pages open, wait for the next try",
    ),
    Outcome.SUSPECT: (
        "用浏览器打开{name}搜一次：有新帖而这里没有，就运行 fengsheng doctor",
        "search {name} by hand: where it shows new posts and Fengsheng none, run fengsheng doctor",
    ),
}


def needs_person(outage: Outage) -> bool:
    """False where waiting is all there is to do."""
    return outage.outcome not in (Outcome.BLOCKED_RATE, Outcome.BLOCKED_QUOTA)


def say_to_do(outage: Outage, lang: Lang, *, payload: int | None = None) -> str:
    """What to do about an outage, in one sentence.

    Args:
        payload: number of the page that was kept as a sample, where one was.
    """
    platform = outage.source.partition(":")[0]
    said = pick(_pair(outage, platform, payload), lang)
    return said.replace("{platform}", platform).replace("{name}", platform_name(platform, lang))


def _pair(outage: Outage, platform: str, payload: int | None) -> Pair:
    outcome = outage.outcome
    if platform == "rss" and (outage.is_silence or outcome is Outcome.SUSPECT):
        return (
            "用浏览器打开这个订阅地址：里面有新内容而这里没有，就运行 fengsheng doctor",
            "open the feed's address in a browser: where it shows new entries and Fengsheng none, run fengsheng doctor",
        )
    if outage.is_silence:
        return _GENERAL[Outcome.SUSPECT]
    if outcome is Outcome.NETWORK and outage.detail.startswith(_NO_BROWSER):
        return _INSTALL
    if outcome is Outcome.BLOCKED_BOT and outage.detail.startswith(_ROBOTS):
        return (
            "网站的 robots.txt 不许抓这个地址：换一个来源，或由负责人决定在配置里设 robots: ignore",
            "the site's robots.txt forbids this address: use another source, or decide on robots: ignore in the config",
        )
    if platform == "reddit" and outcome in _REFUSED and outage.detail.startswith(_PUBLIC):
        named = " ".join(KEYS[platform])
        return (
            f"没有令牌时用的公开搜索被拒：设置环境变量 {named} 后改走接口",
            f"the public search, used without a key, is refused: set {named} to use the API",
        )
    if outcome in (Outcome.BLOCKED_LOGIN, Outcome.BLOCKED_CAPTCHA) and platform in LOGINS:
        if outcome is Outcome.BLOCKED_LOGIN:
            return "运行 fengsheng login {platform} 重新登录", "run fengsheng login {platform} and log in again"
        return (
            "运行 fengsheng login {platform}，在打开的窗口里完成验证",
            "run fengsheng login {platform} and solve the check in the window that opens",
        )
    if outcome is Outcome.BLOCKED_LOGIN and platform in KEYS:
        named = " ".join(KEYS[platform])
        return f"检查环境变量 {named}：缺失、过期或被撤销", f"check {named}: missing, expired or revoked"
    if outcome is Outcome.BLOCKED_QUOTA and platform == "youtube":
        return (
            "每日配额在太平洋时间零点恢复，不用处理；想省着用就调低 budgets.youtube",
            "the day's quota comes back at midnight Pacific time; to use less of it lower budgets.youtube",
        )
    if outcome is Outcome.CHANGED and payload is not None:
        return (
            f"升级风声；页面样本已存，fengsheng sources --payload {payload} 可导出，交给维护者",
            f"update Fengsheng; a sample of the page is kept: fengsheng sources --payload {payload} writes it out to hand it in",
        )
    return _GENERAL.get(outcome, _GENERAL[Outcome.SUSPECT])
