"""One-way channels: the group-bot webhooks that need their bodies checked, and everything else that apprise speaks.

A target is the NAME of an environment variable that holds the service's URL: the URL is a secret and never stands in
config, store or log.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

import httpx

from notifier.channels.redaction import hide_secret
from notifier.channels.webhooks import ADDRESSES, BYTES, parse_webhook, send_webhook
from notifier.delivery import Ambiguous, Pace, Receipt, Refused, Retryable
from notifier.fitting import fit_message
from notifier.plain import utf16_units
from records.chat import Block, Message, Press, Style

_PACE = Pace(spacing=1.0, per_minute=20)
"""The strictest of them: DingTalk and WeCom take 20 a minute (DingTalk then blocks for ten)."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class AppriseChannel:
    """Sends plain text; cannot take presses and cannot edit.

    Args:
        environ: where the URLs are, normally ``os.environ``.
        timeout: seconds for one message.
        addresses: service → address, to point a webhook service elsewhere (tests).
    """

    name = "apprise"
    interactive = False

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        timeout: float = 20.0,
        addresses: Mapping[str, str] | None = None,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self._environ = environ
        self._timeout = timeout
        self._addresses = {**ADDRESSES, **(addresses or {})}
        self._seconds = seconds
        self._client = httpx.AsyncClient(timeout=timeout)

    def pace(self, target: str) -> Pace:
        return _PACE

    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt:
        """Send the message as plain text.

        Raises:
            Refused: the variable is not set, the URL is not understood, or the service refused for good.
            Retryable, Ambiguous: see ``notifier.delivery``.
        """
        url = self._url(target)
        hook = parse_webhook(url)
        if hook is not None:
            text = render_text(message, BYTES[hook.service], utf8_bytes)
            hide_secret(hook.key)
            await send_webhook(self._client, hook, text, seconds=self._seconds(), addresses=self._addresses)
        else:
            await self._send_by_apprise(target, url, message)
        return Receipt(external_id=f"{target}:{self._seconds():.3f}")

    async def edit(self, target: str, external_id: str, message: Message) -> Receipt:
        """Nothing: what a one-way channel sent stays as it is, and repeating every change of a card would flood it."""
        return Receipt(external_id=external_id, note="one-way channel: not edited")

    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None:
        """Nothing: there are no presses here."""

    async def close(self) -> None:
        await self._client.aclose()

    def _url(self, target: str) -> str:
        if not _VARIABLE.fullmatch(target):
            raise Refused(
                "the target of an apprise chat is the name of an environment variable such as FENGSHENG_FEISHU_URL"
            )
        url = self._environ.get(target, "").strip()
        if not url:
            raise Refused(
                f"environment variable {target} is not set: it has to hold the service's URL, e.g. feishu://token"
            )
        hide_secret(url)
        return url

    async def _send_by_apprise(self, target: str, url: str, message: Message) -> None:
        import apprise  # loads 130 plugins: only where one is used

        service = apprise.Apprise()
        if not service.add(url) or not len(service):
            raise Refused(f"the URL in {target} is not one that apprise understands")
        longest = min(int(server.body_maxlen) for server in service)
        text = render_text(message, max(1, min(longest, 20_000)), lambda b: utf16_units(join_links(b)))
        title, _, body = text.partition("\n")
        try:
            async with asyncio.timeout(self._timeout):
                delivered = await asyncio.to_thread(service.notify, body=body or title, title=title if body else "")
        except TimeoutError:
            raise Ambiguous(f"the service of {target} did not answer within {self._timeout:g} s") from None
        if not delivered:
            raise Retryable(f"the service of {target} did not take the message", after=30.0)


def render_text(message: Message, limit: int, size: Callable[[Sequence[Block]], int]) -> str:
    """The message as plain text with its links written out, within ``limit`` of the service's own unit."""
    return join_links(fit_message(message, limit, size))


def utf8_bytes(blocks: Sequence[Block]) -> int:
    return len(join_links(blocks).encode())


def join_links(blocks: Sequence[Block]) -> str:
    """Plain text; a quotation is marked as one and links stand behind their line."""
    lines: list[str] = []
    for block in blocks:
        if block.style is Style.HEADING and lines:
            lines.append("")
        text = f"> {block.text}" if block.style is Style.QUOTE else block.text
        lines.append(f"{text} {block.link}" if block.link else text)
    return "\n".join(lines)
