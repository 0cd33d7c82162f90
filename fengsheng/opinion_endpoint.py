"""One OpenAI-compatible chat-completions endpoint: a request becomes the text of an answer or a named fault.

The key goes to the configured host only, in a header, and is replaced in everything that is logged.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import httpx

from fengsheng.opinion_answer import Unusable
from notifier.channels.redaction import hide_secret, redact

KEY = "FENGSHENG_SECOND_OPINION_KEY"
LARGEST = 512 * 1024
"""Bytes of an answer that are read; a longer one is dropped."""
REDIRECTS = 2
"""Redirects on the same host that are followed."""
LONGEST_WAIT = 6 * 3600.0
"""Seconds of a Retry-After that are believed."""
_OPTIONS: Mapping[str, Any] = {"temperature": 0, "max_tokens": 4000}
"""What some models refuse: left out from then on where the endpoint names it as the fault."""
_MODERATED = (
    "content_filter",
    "content_policy",
    "data_inspection",
    "content exists risk",
    "sensitive",
    "moderation",
    "1301",
)
"""Words by which endpoints say that they will not read a text."""
_UNKNOWN_MODEL = re.compile(
    r"model[_ ]not[_ ](?:found|exist)|\bmodel\b.{0,80}?(?:not (?:exist|found|supported)|n't exist|not a valid)|"
    r"(?:unknown|invalid|unsupported) model|模型.{0,40}?不存在"
)


class EndpointFault(Exception):
    """No answer, and whose fault it is.

    Args:
        fault: a short key, see ``fengsheng.opinion_words.FAULTS``.
        detail: what was seen, a few words without secrets.
        lasting: it is the endpoint's or the config's trouble and no mention's: it holds for every request until somebody acts.
        retry_after: seconds that the endpoint asks to wait.
    """

    def __init__(
        self, fault: str, detail: str = "", *, lasting: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{fault}: {detail}" if detail else fault)
        self.fault = fault
        self.detail = detail
        self.lasting = lasting
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What a model said."""

    content: str
    model: str
    """As the endpoint names it."""


class Endpoint:
    """Asks one endpoint; close it after use.

    Args:
        base_url: the address up to ``/chat/completions``.
        key: "" where the endpoint needs none.
        timeout: seconds that one request may take in all.
    """

    def __init__(self, *, base_url: str, model: str, key: str, timeout: float) -> None:
        if key:
            hide_secret(key)
        self.model = model
        self.host = urlsplit(base_url).netloc
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._key = key
        self._timeout = timeout
        self._options = dict(_OPTIONS)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    def __repr__(self) -> str:
        return f"Endpoint(host={self.host!r}, model={self.model!r})"

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, messages: list[dict[str, str]]) -> Reply:
        """The model's answer.

        Raises:
            EndpointFault: there is none; asking again later may bring one.
            Unusable: the endpoint answered, and its answer can never be used for this text (refused, too long, cut off).
        """
        try:
            async with asyncio.timeout(self._timeout):
                status, headers, body = await self._post(messages)
        except (TimeoutError, httpx.TimeoutException):
            raise EndpointFault("timeout", f"{self._timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError) as error:
            raise EndpointFault("unreachable", type(error).__name__, lasting=True) from None
        if status != 200:
            self._refused(status, headers, body)
        return _read_reply(body, self.model)

    async def _post(self, messages: list[dict[str, str]]) -> tuple[int, httpx.Headers, bytes]:
        url = self._url
        for _ in range(REDIRECTS + len(_OPTIONS) + 1):
            status, headers, body = await self._post_once(url, messages)
            if status in (301, 302, 303, 307, 308):
                url = self._followed(url, headers.get("location", ""), status)
            elif status in (400, 422) and (named := [n for n in self._options if n.encode() in body]):
                for name in named:
                    del self._options[name]
            else:
                return status, headers, body
        raise EndpointFault("redirect", "again and again", lasting=True)

    async def _post_once(self, url: str, messages: list[dict[str, str]]) -> tuple[int, httpx.Headers, bytes]:
        content = json.dumps({"model": self.model, "messages": messages, "stream": False, **self._options})
        async with self._client.stream("POST", url, content=content, headers=self._headers()) as response:
            body = b""
            async for chunk in response.aiter_bytes(65536):
                body += chunk
                if len(body) > LARGEST:
                    if response.status_code == 200:
                        raise Unusable("large", f"more than {LARGEST // 1024} KB")
                    break
            return response.status_code, response.headers, body

    def _headers(self) -> dict[str, str]:
        headers = {"content-type": "application/json", "accept": "application/json", "accept-encoding": "identity"}
        if not self._key:
            return headers
        if not (self._key.isascii() and self._key.isprintable()):
            raise EndpointFault("key", f"{KEY} holds characters that no key has", lasting=True)
        return headers | {"authorization": f"Bearer {self._key}"}

    def _followed(self, url: str, location: str, status: int) -> str:
        """Where a redirect leads, on the same host only: the key and the text are for the host of the config."""
        there, here = urlsplit(urljoin(url, location)), urlsplit(url)
        safer = there.scheme == here.scheme or (here.scheme, there.scheme) == ("http", "https")
        same = there.hostname == here.hostname and (there.port == here.port or there.scheme != here.scheme)
        if not location or not same or not safer:
            raise EndpointFault("redirect", f"to {there.hostname or 'nowhere'}", lasting=True)
        if status not in (307, 308):
            raise EndpointFault("redirect", f"HTTP {status}: base_url is not the API's address", lasting=True)
        return there.geturl()

    def _refused(self, status: int, headers: httpx.Headers, body: bytes) -> NoReturn:
        said = _error_words(body)
        detail = redact(f"HTTP {status}" + (f": {said}" if said else ""))[:160]
        lower = said.lower()
        if status in (401, 403):
            raise EndpointFault("key", detail, lasting=True)
        if status == 402 or ("insufficient" in lower and ("quota" in lower or "balance" in lower)):
            raise EndpointFault("payment", detail, lasting=True)
        if status == 429:
            raise EndpointFault("rate", detail, lasting=True, retry_after=_retry_after(headers))
        if status in (400, 404, 422) and _UNKNOWN_MODEL.search(lower):
            raise EndpointFault("model", f"{self.model}, {detail}", lasting=True)
        if status in (404, 405):
            raise EndpointFault("address", detail, lasting=True)
        if status >= 500 or status == 408:
            raise EndpointFault("server", detail, retry_after=_retry_after(headers))
        if any(mark in lower for mark in _MODERATED):
            raise Unusable("refusal", detail)
        raise Unusable("request", detail)


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait: from seconds, or an HTTP date against the server's own clock; None where nothing readable was said."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 1.0), LONGEST_WAIT) if seconds == seconds else None


def _error_words(body: bytes) -> str:
    """What an endpoint says of an error: its code and message, on one line; "" where it is a page."""
    told = _json(body)
    error = told.get("error", told) if isinstance(told, dict) else None
    if isinstance(error, str):
        parts = [error]
    elif isinstance(error, dict):
        parts = [str(error[n]) for n in ("code", "type", "message") if isinstance(error.get(n), str | int)]
    else:
        parts = []
    return " ".join("".join(c for c in " ".join(parts) if c.isprintable()).split())[:300]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _read_reply(body: bytes, asked: str) -> Reply:
    """The first choice of a chat completion.

    Raises:
        EndpointFault: no chat completion: a page, half an answer.
        Unusable: the model refused, or its answer was cut off.
    """
    told = _json(body)
    if not isinstance(told, dict):
        start = body[:200].lstrip().lower()
        what = "a web page" if start.startswith((b"<!doctype", b"<html", b"<")) else "no JSON, or half of it"
        raise EndpointFault("page", what)
    choices = told.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    message = choice.get("message") if choice else None
    if choice is None or not isinstance(message, dict):
        raise EndpointFault("page", redact(_error_words(body))[:160] or "no choices in it")
    if isinstance(message.get("refusal"), str) and message["refusal"].strip():
        raise Unusable("refusal", " ".join(message["refusal"].split())[:60])
    if choice.get("finish_reason") == "content_filter":
        raise Unusable("refusal", "content_filter")
    if choice.get("finish_reason") == "length":
        raise Unusable("json", "cut off")
    content = message.get("content")
    if not isinstance(content, str):
        raise Unusable("empty")
    model = told.get("model")
    named = " ".join(model.split())[:100] if isinstance(model, str) and model.strip() else asked
    return Reply(content=content, model="".join(c for c in named if c.isprintable()))
