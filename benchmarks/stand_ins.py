"""The drill's stand-ins as the server of a benchmark, a process of its own: each page is rendered once, then only sent.

``python -m benchmarks.stand_ins JOB`` prints ``{platform: [base addresses]}`` as one JSON line when all listen, and ends when
its standard input closes. JOB is a file with a JSON object ``{"platforms", "sites", "groups", "size"}``: so many addresses of
every platform, and so many groups of posts, each found by its own words (``group_words``). ``GET /kept`` names all pages that
were asked for so far.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import psutil  # type: ignore[import-untyped]
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.invented import BRAND, invented_texts
from benchmarks.processes import ROOT
from crawlers.catalogue import CATALOGUE
from drill.platforms import Stage
from drill.scenario import Account, Post, Scenario
from drill.sites import load_sites
from drill.world import World
from records.mention import Platform

VOLATILE = frozenset({"numericFilters", "publishedAfter"})
"""Parameters that hold the time of asking: a page is the same page without them."""
TITLED = (Platform.NEWS, Platform.RSS, Platform.YOUTUBE, Platform.BILIBILI, Platform.XIAOHONGSHU)


def group_words(number: int) -> str:
    """Words that the posts of one group hold and no others."""
    return f"第{number}组"


class StillStage(Stage):
    """A stage whose clock stands still, so that what is out is counted once."""

    def __init__(self, scenario: Scenario, now: datetime) -> None:
        super().__init__(scenario, speed=1, clock=lambda: now, scripted=False)
        self.world = World(scenario=scenario, speed=1, started_at=now - timedelta(seconds=scenario.duration))
        self.out = cache(super().out)  # type: ignore[method-assign]


def invent(platforms: Sequence[Platform], groups: int, size: int) -> Scenario:
    """Groups of posts of the last hours on every platform; no two posts are alike."""
    chance, count = random.Random(5), groups * size
    texts = invented_texts(count)
    posts = [
        Post(
            at=place * 10.0,
            platform=platform,
            author=Account(name=f"路人{place % 997}号", followers=place % 3001),
            title=f"{BRAND}的事，{group_words(place % groups)}" if platform in TITLED else None,
            text=f"{text}，{group_words(place % groups)}",
            metrics={"likes": chance.randint(0, 900), "comments": chance.randint(0, 50), "reposts": place % 7},
        )
        for platform in platforms
        for place, text in enumerate(texts)
    ]
    posts.sort(key=lambda p: p.at)
    return Scenario(
        name="bench", title={"zh": "测速", "en": "speed"}, brand=BRAND, duration=count * 10.0, posts=tuple(posts)
    )


class Keeping:
    """An ASGI application that keeps the good answers of another one, for all its addresses together."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answers: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}
        self.asked: dict[str, None] = {}
        """Addresses of pages in the order in which they were first asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] == "/robots.txt":
            await self._app(scope, receive, send)
            return
        if scope["path"] == "/kept":
            await _send(send, [(b"content-type", b"application/json")], json.dumps(list(self.asked)).encode())
            return
        target = f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}"
        given = sorted((k, v) for k, v in parse_qsl(scope["query_string"].decode()) if k not in VOLATILE)
        key = f"{scope['path']}?{urlencode(given)}"
        if key not in self._answers and not await self._render(key, scope, receive, send):
            return
        self.asked[f"http://127.0.0.1:{scope['server'][1]}{target}"] = None
        headers, body = self._answers[key]
        tag = dict(headers).get(b"etag")
        if tag is not None and dict(scope["headers"]).get(b"if-none-match") == tag:
            await _send(send, [(b"etag", tag)], b"", status=304)
            return
        await _send(send, headers, body)

    async def _render(self, key: str, scope: Scope, receive: Receive, send: Send) -> bool:
        """Keep the answer; one that is no good is passed on and not kept."""
        told: list[Message] = []

        async def hold(message: Message) -> None:
            told.append(message)

        await self._app(scope, receive, hold)
        if told[0]["status"] != 200:
            for message in told:
                await send(message)
            return False
        body = b"".join(m.get("body", b"") for m in told[1:])
        headers = [(k, v) for k, v in told[0]["headers"] if k.lower() != b"content-length"]
        self._answers[key] = headers, body
        return True


async def _send(send: Send, headers: list[tuple[bytes, bytes]], body: bytes, status: int = 200) -> None:
    length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


def _listen() -> socket.socket:
    """A socket whose connections send at once: asyncio sees to that only where it knows that they are TCP, and without it
    every answer but the first of a connection comes 40 ms late."""
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def main(job: dict[str, Any]) -> None:
    platforms = [Platform(name) for name in job["platforms"]]
    stage = StillStage(invent(platforms, job["groups"], job["size"]), datetime.now(UTC))
    sites = load_sites()
    addresses, serving = {}, []
    for platform in platforms:
        app = stage.site_app(sites[platform])
        sockets = [_listen() for _ in range(job["sites"])]
        addresses[str(platform)] = [f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets]
        # pages of browser sites hand out tickets: these are made anew each time
        kept = app if CATALOGUE[platform].needs_browser else Keeping(app)
        config = uvicorn.Config(kept, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
        serving.append((uvicorn.Server(config), sockets))

    def end_with_parent() -> None:
        sys.stdin.read()
        for server, _ in serving:
            server.should_exit = True

    async def serve() -> None:
        await asyncio.gather(*(server._serve(sockets) for server, sockets in serving))

    threading.Thread(target=end_with_parent, daemon=True).start()
    print(json.dumps(addresses), flush=True)
    asyncio.run(serve())


@contextlib.contextmanager
def stand_ins(
    platforms: Sequence[Platform], *, sites: int, groups: int, size: int
) -> Iterator[tuple[dict[Platform, list[str]], psutil.Process]]:
    """The server's process while a benchmark runs: addresses of every platform, and the process to watch.

    Raises:
        RuntimeError: it does not come up.
    """
    job = {"platforms": [str(p) for p in platforms], "sites": sites, "groups": groups, "size": size}
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        file = Path(name) / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.stand_ins", str(file)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert process.stdin is not None and process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the benchmark's stand-ins did not come up")
            yield {Platform(p): urls for p, urls in json.loads(line).items()}, psutil.Process(process.pid)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
