"""Listening for a bounded time: heartbeats, posts, refusals, silence, and the other side going away."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from crawlers.streams import LONGEST_LINE, listen_to_lines, listen_to_socket, stream_address
from records.outcome import Outcome

OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def http(send: Send) -> AsyncIterator[tuple[str, list[bytes], asyncio.Event]]:
    """A server that answers every request by ``send``: (address, what was asked, event of a client that left)."""
    asked: list[bytes] = []
    left = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        await send(writer)
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/s", asked, left


def sending(*parts: bytes, close: bool = False) -> Send:
    async def send(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if close:
            writer.close()

    return send


async def lines_of(send: Send, seconds: float = 0.2, enough: int = 99, opens_within: float = 5):
    lines: list[str] = []

    def take(line: str) -> bool:
        lines.append(line)
        return len(lines) >= enough

    async with http(send) as (address, asked, left):
        headers = {"Authorization": "Bearer t"}
        ended = await listen_to_lines(address, take, seconds=seconds, headers=headers, opens_within=opens_within)
        await asyncio.wait_for(left.wait(), 5)
    assert b"authorization: bearer t" in asked[0].lower() and b"text/event-stream" in asked[0]
    return ended, lines


async def test_lines_come_as_they_were_cut_and_the_time_ends_it() -> None:
    ended, lines = await lines_of(sending(OPEN + b":)\n:thu", b"mp\r\nda", 'ta: {"a": "虫\u2028x"}\n\n'.encode()))
    assert lines == [":)", ":thump", 'data: {"a": "虫\u2028x"}', ""]
    assert (ended.outcome, ended.heard) == (None, 4)


async def test_the_taker_ends_it_at_once() -> None:
    began = time.monotonic()
    ended, lines = await lines_of(sending(OPEN + b"a\nb\nc\n"), seconds=30, enough=2)
    assert (lines, ended.outcome, ended.heard) == (["a", "b"], None, 2) and time.monotonic() - began < 5


async def test_silence_and_early_goodbyes_are_told_apart() -> None:
    silent, _ = await lines_of(sending(OPEN))
    assert (silent.outcome, silent.heard) == (None, 0)
    closed, lines = await lines_of(sending(OPEN + b"a\n", close=True), seconds=30)
    assert (closed.outcome, lines) == (Outcome.NETWORK, ["a"]), "what was read is kept"
    deaf, _ = await lines_of(sending(), opens_within=0.2)
    assert deaf.outcome is Outcome.NETWORK and "did not open" in deaf.detail


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        (b"401 Unauthorized\r\nContent-Type: application/json", Outcome.BLOCKED_LOGIN),
        (b"429 Too Many Requests\r\nRetry-After: 9", Outcome.BLOCKED_RATE),
        (b"503 Down", Outcome.NETWORK),
        (b"200 OK\r\nContent-Type: text/html", Outcome.CHANGED),
        (b"302 Found\r\nLocation: http://127.0.0.1:9/", Outcome.CHANGED),
    ],
)
async def test_refusals_are_named_with_the_platform_s_own_words(head: bytes, outcome: Outcome) -> None:
    answer = b"HTTP/1.1 " + head + b'\r\nContent-Length: 13\r\n\r\n{"error":"x"}'
    ended, lines = await lines_of(sending(answer), seconds=30)
    assert (ended.outcome, ended.body, lines) == (outcome, b'{"error":"x"}', []) and ended.headers is not None
    assert outcome is not Outcome.BLOCKED_RATE or ended.headers["retry-after"] == "9"


async def test_a_line_without_end_is_dropped_and_costs_no_memory() -> None:
    flood = b"x" * (LONGEST_LINE + 70_000)
    ended, lines = await lines_of(sending(OPEN + b"a\n", flood, b"tail\nb\n"), seconds=30, enough=2)
    assert lines == ["a", "b"] and ended.outcome is None


async def test_a_cancelled_listener_leaves_the_server() -> None:
    async with http(sending(OPEN + b"a\n")) as (address, _, left):
        heard = asyncio.Event()
        listening = asyncio.create_task(listen_to_lines(address, lambda _: bool(heard.set()), seconds=60, headers={}))
        await asyncio.wait_for(heard.wait(), 5)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        await asyncio.wait_for(left.wait(), 5)


async def test_nothing_there_and_addresses_and_proxies_of_other_kinds() -> None:
    def take(_: str) -> bool:
        return False

    for listen in (
        lambda a, **k: listen_to_lines(a, take, headers={}, **k),
        lambda a, **k: listen_to_socket(a, take, **k),
    ):
        scheme = "ws" if listen.__code__.co_names[0] == "listen_to_socket" else "http"
        assert (await listen(f"{scheme}://127.0.0.1:9/", seconds=2)).outcome is Outcome.NETWORK
        assert (await listen(f"{scheme}://127.0.0.1:9/", seconds=2, proxy="nonsense://x")).outcome is not None
        assert (await listen("ftp://127.0.0.1/", seconds=2)).outcome is not None


@contextlib.asynccontextmanager
async def socket(*frames: str | bytes, goodbye: int | None = None) -> AsyncIterator[tuple[str, asyncio.Event]]:
    left = asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        if goodbye is not None:
            await connection.close(goodbye)
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
        left.set()

    async with serve(answer, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/subscribe", left


async def test_frames_until_the_time_is_over_or_the_taker_has_enough() -> None:
    frames: list[str] = []
    async with socket("a", "虫".encode(), "c") as (address, left):
        ended = await listen_to_socket(address, lambda f: bool(frames.append(f)), seconds=0.2)
        assert (frames, ended.outcome, ended.heard) == (["a", "虫", "c"], None, 3)
        await asyncio.wait_for(left.wait(), 5)
    async with socket("a", "b", "c") as (address, left):
        ended = await listen_to_socket(address, lambda f: f == "b", seconds=30)
        assert (ended.outcome, ended.heard) == (None, 2)
        await asyncio.wait_for(left.wait(), 5)


@pytest.mark.parametrize("goodbye", [1000, 1011])
async def test_a_socket_closed_by_the_other_side_is_network_with_what_was_read(goodbye: int) -> None:
    frames: list[str] = []
    async with socket("a", goodbye=goodbye) as (address, _):
        ended = await listen_to_socket(address, lambda f: bool(frames.append(f)), seconds=30)
    assert (ended.outcome, ended.heard, frames) == (Outcome.NETWORK, 1, ["a"])


async def test_a_frame_beyond_all_measure_ends_it() -> None:
    async with socket("x" * (LONGEST_LINE + 1)) as (address, _):
        ended = await listen_to_socket(address, lambda _: False, seconds=30)
    assert (ended.outcome, ended.heard) == (Outcome.NETWORK, 0)


async def test_a_refused_handshake_is_named() -> None:
    async with http(sending(b"HTTP/1.1 429 Too Many\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n")) as (
        address,
        _,
        _,
    ):
        ended = await listen_to_socket(address.replace("http", "ws"), lambda _: False, seconds=30)
    assert ended.outcome is Outcome.BLOCKED_RATE and ended.headers == {"retry-after": "5", "content-length": "0"}
    async with http(sending()) as (address, _, _):
        deaf = await listen_to_socket(address.replace("http", "ws"), lambda _: False, seconds=30, opens_within=0.2)
    assert deaf.outcome is Outcome.NETWORK and "did not open" in deaf.detail


async def test_a_cancelled_socket_is_left() -> None:
    heard = asyncio.Event()
    async with socket("a") as (address, left):
        listening = asyncio.create_task(listen_to_socket(address, lambda _: bool(heard.set()), seconds=60))
        await asyncio.wait_for(heard.wait(), 5)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        await asyncio.wait_for(left.wait(), 5)


def test_addresses_get_the_scheme_of_their_stream() -> None:
    assert stream_address("wss://s.example", socket=False) == "https://s.example"
    assert stream_address("http://127.0.0.1:8/x/", socket=True) == "ws://127.0.0.1:8/x"
    assert [stream_address(a, socket=True) for a in ("ftp://x", "x", "", "wss://", "https://[bad")] == [None] * 5
