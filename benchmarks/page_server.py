"""The local server of the whole-way benchmark, a process of its own: pages are made before it listens, then only sent.

``python -m benchmarks.page_server SITES SETS PAGES`` prints the addresses of its sites as one JSON line when all listen,
and ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from benchmarks.invented import invented_pages
from drill.weibo_pages import EMPTY, parse_query

Send = Callable[[dict[str, Any]], Awaitable[None]]
ROBOTS = b"User-agent: *\nAllow: /\n"
NOTHING = json.dumps(EMPTY, ensure_ascii=False).encode()


def page_address(base_url: str, query: str, page: int) -> str:
    """The address of one page of a search, as the Weibo spider asks for it."""
    from urllib.parse import quote

    container = quote(f"100103type=61&q={query}&t=0", safe="")
    return f"{base_url}/api/container/getIndex?containerid={container}&page_type=searchall&page={page}"


def query_of(brand: str, number: int) -> str:
    """What a poll of that set of results searches for."""
    return f"{brand} 第{number}组"


class Pages:
    """A bare ASGI application: robots.txt and the pages."""

    def __init__(self, answers: Mapping[tuple[int, int], bytes]) -> None:
        self._answers = answers

    async def __call__(self, scope: Mapping[str, Any], receive: object, send: Send) -> None:
        if scope["path"] == "/robots.txt":
            await _answer(send, ROBOTS, b"text/plain")
            return
        given = parse_qs(scope["query_string"].decode())
        query = parse_query(given.get("containerid", [""])[0]) or ""
        found = re.search(r"第(\d+)组", query)
        page = int(given.get("page", ["1"])[0])
        await _answer(send, self._answers.get((int(found[1]), page), NOTHING) if found else NOTHING)


async def _answer(send: Send, body: bytes, kind: bytes = b"application/json; charset=utf-8") -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main(sites: int, sets: int, pages: int) -> None:
    app = Pages(invented_pages(sets, pages, datetime.now(UTC)))
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(sites)]
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)

    def end_with_parent() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=end_with_parent, daemon=True).start()
    print(json.dumps([f"http://127.0.0.1:{s.getsockname()[1]}" for s in sockets]), flush=True)
    asyncio.run(server.serve(sockets=sockets))


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:4]))
