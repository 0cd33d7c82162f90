"""Listening to a stream for a bounded time: server-sent events and WebSockets, on the loop the crawler runs on.

A stream never ends by itself, so it is left when the time is over or its taker has enough. However it ends, what was
heard before was handed to the taker. robots.txt and the delay between requests do not apply to a standing connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from crawlers.parsers.payload import split_address, status_verdict
from records.outcome import Outcome

LONGEST_LINE = 1_000_000
"""Bytes of one line or frame; a post is some thousands."""
OPENS_WITHIN = 15.0
"""Seconds in which a stream must open; they do not count as listening."""
CLOSES_WITHIN = 1.0
"""Seconds a leaving listener waits for the other side's goodbye."""
REFUSAL = 5000
"""Bytes of a refused stream's body that are kept for the platform's own words."""

Take = Callable[[str], bool]
"""Takes one line or frame; True when it has enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How listening ended."""

    outcome: Outcome | None = None
    """None: the time was over, or the taker had enough."""
    detail: str = ""
    heard: int = 0
    """Lines or frames, heartbeats included."""
    headers: Mapping[str, str] | None = None
    """Of a refusal, names in lower case."""
    body: bytes = b""
    """Beginning of a refusal."""


async def listen_to_lines(
    address: str,
    take: Take,
    *,
    seconds: float,
    headers: Mapping[str, str],
    proxy: str = "",
    opens_within: float = OPENS_WITHIN,
) -> Ended:
    """Read server-sent events line by line (heartbeats are lines too) until it was open for ``seconds``."""
    heard = 0
    is_open = False
    try:
        async with (
            asyncio.timeout(opens_within) as limit,
            httpx.AsyncClient(timeout=None, proxy=proxy or None) as client,
            client.stream("GET", address, headers={"Accept": "text/event-stream", **headers}) as response,
        ):
            refused = await _refusal(response)
            if refused is not None:
                return refused
            is_open = True
            limit.reschedule(asyncio.get_running_loop().time() + seconds)
            async for line in _lines(response):
                heard += 1
                if take(line):
                    return Ended(heard=heard)
            return Ended(outcome=Outcome.NETWORK, detail="the stream was closed before its time", heard=heard)
    except TimeoutError:
        return _over(is_open, heard, opens_within)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ImportError, ValueError):
        return Ended(outcome=Outcome.CHANGED, detail="the stream's address or the proxy is of a kind that is not used")
    except httpx.ConnectError:
        return Ended(outcome=Outcome.NETWORK, detail="the stream's host refuses the connection or is not found")
    except (httpx.HTTPError, httpx.StreamError, OSError) as error:
        return Ended(outcome=Outcome.NETWORK, detail=f"the stream broke off ({type(error).__name__})", heard=heard)


async def listen_to_socket(
    address: str,
    take: Take,
    *,
    seconds: float,
    proxy: str = "",
    user_agent: str | None = None,
    opens_within: float = OPENS_WITHIN,
) -> Ended:
    """Read the frames of a WebSocket until it was open for ``seconds``."""
    heard = 0
    is_open = False
    try:
        async with (
            asyncio.timeout(opens_within) as limit,
            connect(
                address,
                proxy=proxy or True,
                user_agent_header=user_agent,
                compression=None,
                open_timeout=None,
                close_timeout=CLOSES_WITHIN,
                max_size=LONGEST_LINE,
            ) as socket,
        ):
            is_open = True
            limit.reschedule(asyncio.get_running_loop().time() + seconds)
            async for frame in socket:
                heard += 1
                if take(frame if isinstance(frame, str) else frame.decode("utf-8", "replace")):
                    return Ended(heard=heard)
            return Ended(outcome=Outcome.NETWORK, detail="the stream was closed before its time", heard=heard)
    except TimeoutError:
        return _over(is_open, heard, opens_within)
    except InvalidStatus as error:
        verdict = status_verdict(error.response.status_code)
        outcome, detail = verdict or (Outcome.CHANGED, "the answer is no WebSocket")
        headers = {k.lower(): v for k, v in error.response.headers.raw_items()}
        return Ended(outcome=outcome, detail=f"the stream is refused: {detail}", headers=headers)
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else "no goodbye"
        return Ended(outcome=Outcome.NETWORK, detail=f"the stream broke off ({code})", heard=heard)
    except (WebSocketException, ImportError, ValueError) as error:
        return Ended(outcome=Outcome.NETWORK, detail=f"no stream could be opened ({type(error).__name__})", heard=heard)
    except OSError:
        detail = "the stream broke off" if is_open else "the stream's host refuses the connection or is not found"
        return Ended(outcome=Outcome.NETWORK, detail=detail, heard=heard)


def stream_address(address: str, *, socket: bool) -> str | None:
    """An address with the scheme of its kind of stream (ws, wss or http, https); None for what is no address."""
    scheme, _, rest = address.partition("://")
    secure = {"https": True, "wss": True, "http": False, "ws": False}.get(scheme.lower())
    if secure is None or split_address(f"https://{rest}") is None:
        return None
    plain = "ws" if socket else "http"
    return f"{plain}{'s' if secure else ''}://{rest}".rstrip("/")


def has_path(address: str) -> bool:
    return urlsplit(address).path not in ("", "/")


def _over(is_open: bool, heard: int, opens_within: float) -> Ended:
    if is_open:
        return Ended(heard=heard)
    return Ended(outcome=Outcome.NETWORK, detail=f"the stream did not open within {opens_within:g} s")


async def _refusal(response: httpx.Response) -> Ended | None:
    verdict = status_verdict(response.status_code)
    if verdict is None and "text/event-stream" in response.headers.get("content-type", ""):
        return None
    outcome, detail = verdict or (Outcome.CHANGED, "the answer is no stream of events")
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) >= REFUSAL:
            break
    headers = {k.lower(): v for k, v in response.headers.items()}
    return Ended(outcome=outcome, detail=f"the stream is refused: {detail}", headers=headers, body=body[:REFUSAL])


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """Lines of the answer; only line feeds end one (a JSON text may hold other separators). Too long ones are dropped."""
    held, is_dropped = b"", False
    async for part in response.aiter_bytes():
        *whole, held = (held + part).split(b"\n")
        for line in whole:
            if not is_dropped and len(line) <= LONGEST_LINE:
                yield line.decode("utf-8", "replace").removesuffix("\r")
            is_dropped = False
        if len(held) > LONGEST_LINE:
            held, is_dropped = b"", True
