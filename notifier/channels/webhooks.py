"""Group-bot webhooks of Feishu, Lark, DingTalk, WeCom and ServerChan: sent with httpx, and the body's code is believed.

All of them answer HTTP 200 to a refused message; only the code in the body tells (apprise 2.2 reports success then).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx

from notifier.delivery import Ambiguous, Refused, Retryable

ADDRESSES: Mapping[str, str] = {
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
    "lark": "https://open.larksuite.com/open-apis/bot/v2/hook/",
    "dingtalk": "https://oapi.dingtalk.com/robot/send",
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
    "schan": "https://sctapi.ftqq.com/",
}

BYTES: Mapping[str, int] = {"feishu": 18_000, "lark": 18_000, "dingtalk": 18_000, "wecombot": 2_048, "schan": 30_000}
"""UTF-8 bytes of a text: Feishu, Lark and DingTalk take a body of 20 kB, WeCom a text of 2,048 bytes, ServerChan 32 kB."""

# "Too fast" in each service's own code; everything else but 0 is a refusal.
_TOO_FAST: Mapping[str, frozenset[int]] = {
    "feishu": frozenset({9499, 11232, 99991400}),
    "lark": frozenset({9499, 11232, 99991400}),
    "dingtalk": frozenset({130101, 660026, 410100}),
    "wecombot": frozenset({45009, 45033}),
    "schan": frozenset(),
}
_PAUSE = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    service: str
    key: str
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Webhook(service={self.service!r})"


def parse_webhook(url: str) -> Webhook | None:
    """A URL in apprise's form (feishu://token?secret=…, dingtalk://secret@token, wecombot://key, schan://key).

    Returns:
        None where the scheme is none of these, or the key is missing.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    service = parts.scheme.lower()
    if service not in ADDRESSES:
        return None
    key = unquote(parts.netloc.rsplit("@", 1)[-1])
    user = parts.netloc.rsplit("@", 1)[0] if "@" in parts.netloc else ""
    query = parse_qs(parts.query)
    secret = unquote(user) or (query.get("secret") or [""])[0]
    return Webhook(service=service, key=key, secret=secret or None) if key else None


async def send_webhook(
    client: httpx.AsyncClient, hook: Webhook, text: str, *, seconds: float, addresses: Mapping[str, str] = ADDRESSES
) -> None:
    """Post one text.

    Args:
        seconds: now as epoch seconds, for the signature.

    Raises:
        Retryable, Ambiguous, Refused: one sentence without the key.
    """
    url, options = _request(hook, text, seconds, addresses[hook.service])
    try:
        answer = await client.post(url, **options)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Retryable(f"no connection to {hook.service} ({type(error).__name__})") from None
    except httpx.HTTPError as error:
        raise Ambiguous(f"no answer from {hook.service} ({type(error).__name__})") from None
    _judge(hook.service, answer)


def _request(hook: Webhook, text: str, seconds: float, address: str) -> tuple[str, dict[str, Any]]:
    if hook.service in ("feishu", "lark"):
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if hook.secret:
            stamp = str(int(seconds))
            body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{hook.secret}", "")}
        return address + quote(hook.key, safe=""), {"json": body}
    if hook.service == "dingtalk":
        parameters = {"access_token": hook.key}
        if hook.secret:
            stamp = str(int(seconds * 1000))
            parameters |= {"timestamp": stamp, "sign": _signed(hook.secret, f"{stamp}\n{hook.secret}")}
        return address, {"params": parameters, "json": {"msgtype": "text", "text": {"content": text}}}
    if hook.service == "wecombot":
        return address, {"params": {"key": hook.key}, "json": {"msgtype": "text", "text": {"content": text}}}
    title, _, rest = text.partition("\n")
    return f"{address}{quote(hook.key, safe='')}.send", {"data": {"title": title[:32], "desp": rest or title}}


def _signed(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def _judge(service: str, answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise Retryable(f"{service} asks to slow down", after=_PAUSE, hold=True)
    if answer.status_code >= 500:
        raise Retryable(f"{service} has a fault (HTTP {answer.status_code})")
    try:
        body = answer.json()
    except ValueError:
        body = None
    code = _code(body)
    if code is None:
        if answer.is_success:
            raise Ambiguous(f"{service} answered something that is no verdict (HTTP {answer.status_code})")
        raise Refused(f"{service} refused the message (HTTP {answer.status_code})")
    if code == 0:
        return
    if code in _TOO_FAST[service]:
        raise Retryable(f"{service} asks to slow down (code {code})", after=_PAUSE, hold=True)
    raise Refused(f"{service} refused the message (code {code}): check its key, keyword and signature settings")


def _code(body: Any) -> int | None:
    if not isinstance(body, dict):
        return None
    for name in ("errcode", "code", "StatusCode", "errno"):
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
