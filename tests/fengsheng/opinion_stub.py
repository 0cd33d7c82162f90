"""A stand-in for an OpenAI-compatible endpoint on a local port: it notes what it was told and says what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fengsheng.opinion_prompt import framed_data


@dataclass(frozen=True, kw_only=True)
class Say:
    """One HTTP answer as it stands on the wire."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length where it lies."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    raw: str

    @property
    def data(self) -> dict[str, Any]:
        """What stands in the frame, as the model reads it."""
        return framed_data(self.body["messages"])


Mind = Callable[[Asked], Say]


def completion(content: object, *, model: str = "stub-1", finish: str = "stop", **message: Any) -> Say:
    """A chat completion whose text is ``content``, as JSON where it is no text."""
    text = content if isinstance(content, str) or content is None else json.dumps(content, ensure_ascii=False)
    told = {"role": "assistant", "content": text, **message}
    body = {
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": told, "finish_reason": finish}],
    }
    return Say(body=json.dumps(body, ensure_ascii=False).encode(), headers={"content-type": "application/json"})


def failure(status: int, message: str = "", **headers: str) -> Say:
    body = {"error": {"message": message, "type": "error"}} if message else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say(status=status, body=json.dumps(body).encode(), headers={"content-type": "application/json", **named})


def rating(**changes: Any) -> dict[str, Any]:
    """An answer of the right form that needs no quotes."""
    fair: dict[str, Any] = {
        "topicality": 3,
        "emotion": 2,
        "level": "none",
        "category": "none",
        "target": "none",
        "quotes": [],
        "reason": "没有投诉",
    }
    return fair | changes


def honest(level: str = "high", *, reason: str = "喝出异物受伤", topicality: float = 9, emotion: float = 6) -> Mind:
    """A model that reads the post: it quotes its first words."""

    def mind(asked: Asked) -> Say:
        words = asked.data["text"][:6]
        quotes = [{"score": "topicality", "quote": words}, {"score": "emotion", "quote": words}]
        said = rating(topicality=topicality, emotion=emotion, level=level, category="safety", target="brand")
        return completion(said | {"quotes": quotes, "reason": reason})

    return mind


class Stub:
    """The endpoint; ``mind`` answers every request, ``asked`` holds them all."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.mind: Mind = honest()
        self.url = ""

    def forget(self) -> None:
        self.asked.clear()
        self.mind = honest()


@contextmanager
def running_stub() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {k.lower(): v for k, v in self.headers.items()}
            asked = Asked(path=self.path, headers=headers, body=json.loads(raw), raw=raw)
            stub.asked.append(asked)
            say = stub.mind(asked)
            self.close_connection = True
            try:
                self.send_response_only(say.status)
                for name, value in say.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(say.body) if say.length is None else say.length))
                self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(say.body)
            except OSError:
                return  # who asked has gone

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
