"""A stand-in Bot API on a local port that answers what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "123456789:AAH-secret_token_of_the_test-0123456789"

Answer = Response | Callable[[], Any]


def fails(code: int, description: str, **parameters: Any) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status_code=code)


class BotApi:
    def __init__(self) -> None:
        self.base_url = ""
        self.forget()

    def forget(self) -> None:
        """As if just started."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.script: list[Answer] = []
        self.updates: list[Any] = []
        self.before_updates: Callable[[dict[str, Any]], None] = lambda parameters: None
        self._message_id = 100

    def named(self, method: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == method]

    async def handle(self, request: Request) -> Response:
        method = request.path_params["method"]
        parameters = await _parameters(request)
        self.calls.append((method, parameters))
        if self.script:
            answer = self.script.pop(0)
            if isinstance(answer, Response):
                return answer
            await answer()
        if method == "getUpdates":
            self.before_updates(parameters)
            offset = int(parameters.get("offset", -1))
            self.updates = [u for u in self.updates if not isinstance(u, dict) or u.get("update_id", 0) >= offset]
            return JSONResponse({"ok": True, "result": self.updates[:100]})
        if method == "answerCallbackQuery":
            return JSONResponse({"ok": True, "result": True})
        if method == "getMe":
            return JSONResponse(
                {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "b", "username": "fs_bot"}}
            )
        self._message_id += 1
        chat = {"id": int(parameters["chat_id"]), "type": "group", "title": "危机群"}
        return JSONResponse({"ok": True, "result": {"message_id": self._message_id, "date": 1, "chat": chat}})


async def _parameters(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        return dict(await request.json())
    found: dict[str, Any] = {}
    for key, value in (await request.form()).items():
        try:
            found[key] = json.loads(str(value)) if str(value)[:1] in "[{" else str(value)
        except ValueError:
            found[key] = str(value)
    return found


@contextmanager
def running_bot_api() -> Iterator[BotApi]:
    """Serve in a thread of its own until the block ends."""
    api = BotApi()
    app = Starlette(routes=[Route("/bot{token}/{method}", api.handle, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    api.base_url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/bot"
    try:
        yield api
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=5)
