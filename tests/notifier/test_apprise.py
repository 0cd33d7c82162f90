"""One-way channels believe the body, not the status; secrets come from the environment and stay out of every text."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from notifier.channels.apprise import AppriseChannel, render_text, utf8_bytes
from notifier.channels.webhooks import parse_webhook
from notifier.delivery import Ambiguous, ChannelError, Refused, Retryable
from notifier.messages import render_alert
from records.chat import Block, Message, Style
from tests.notifier.builders import make_evidence, make_message, make_view

KEY = "super-secret-key-123456"
MESSAGE = make_message("🔴 红色预警", "一句话")


class Hook:
    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.asked: list[tuple[str, str]] = []
        self.address = ""


@pytest.fixture(scope="module")
def _served() -> Iterator[Hook]:
    with serving() as hook:
        yield hook


@pytest.fixture
def hook(_served: Hook) -> Hook:
    _served.status, _served.body = 200, b'{"code": 0, "errcode": 0}'
    _served.asked.clear()
    return _served


@contextmanager
def serving() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            hook.asked.append((self.path, body))
            self.send_response(hook.status)
            self.end_headers()
            self.wfile.write(hook.body)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    hook.address = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()


def make_channel(hook: Hook, url: str) -> AppriseChannel:
    services = ("feishu", "lark", "dingtalk", "wecombot", "schan")
    return AppriseChannel(
        {"HOOK": url}, addresses=dict.fromkeys(services, hook.address), timeout=2.0, seconds=lambda: 1_800_000_000.0
    )


URLS = {
    "feishu": f"feishu://{KEY}",
    "lark": f"lark://{KEY}",
    "dingtalk": f"dingtalk://SECsecret@{KEY}/",
    "wecombot": f"wecombot://{KEY}",
    "schan": f"schan://{KEY}",
}


@pytest.mark.parametrize("service", URLS)
async def test_a_zero_in_the_body_is_delivery(hook: Hook, service: str) -> None:
    channel = make_channel(hook, URLS[service])
    assert (await channel.send("HOOK", MESSAGE)).external_id
    path, body = hook.asked[0]
    assert (KEY in path and "%E7%BA%A2" in body.upper()) or "红色预警" in json.dumps(
        json.loads(body), ensure_ascii=False
    )
    await channel.close()


@pytest.mark.parametrize(
    ("service", "body", "kind"),
    [
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, Refused),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, Retryable),
        ("lark", {"code": 9499, "msg": "too many request"}, Retryable),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, Refused),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, Retryable),
        ("wecombot", {"errcode": 93000, "errmsg": "invalid webhook url"}, Refused),
        ("wecombot", {"errcode": 45009, "errmsg": "api freq out of limit"}, Retryable),
        ("schan", {"code": 40001, "message": "bad pushtoken"}, Refused),
        ("feishu", {"hello": 1}, Ambiguous),
        ("feishu", [1], Ambiguous),
    ],
)
async def test_an_error_code_under_http_200_is_no_delivery(
    hook: Hook, service: str, body: Any, kind: type[ChannelError]
) -> None:
    hook.body = json.dumps(body).encode()
    channel = make_channel(hook, URLS[service])
    with pytest.raises(kind) as caught:
        await channel.send("HOOK", MESSAGE)
    assert type(caught.value) is kind and KEY not in str(caught.value)
    await channel.close()


@pytest.mark.parametrize(("status", "kind"), [(429, Retryable), (500, Retryable), (404, Refused), (200, Ambiguous)])
async def test_statuses_without_a_verdict(hook: Hook, status: int, kind: type[ChannelError]) -> None:
    hook.status, hook.body = status, b"<html>"
    channel = make_channel(hook, URLS["feishu"])
    with pytest.raises(kind):
        await channel.send("HOOK", MESSAGE)
    await channel.close()


async def test_no_connection_is_worth_another_try(hook: Hook) -> None:
    channel = AppriseChannel({"HOOK": URLS["feishu"]}, addresses={"feishu": "http://127.0.0.1:9/"}, timeout=1.0)
    with pytest.raises(Retryable, match="no connection to feishu"):
        await channel.send("HOOK", MESSAGE)
    await channel.close()


async def test_signatures(hook: Hook) -> None:
    """Figures by the services' own recipes: HMAC-SHA256 over "timestamp\\nsecret"; Feishu keys with it, DingTalk signs it."""
    channel = make_channel(hook, f"feishu://{KEY}?secret=demo")
    await channel.send("HOOK", MESSAGE)
    sent = json.loads(hook.asked[0][1])
    assert (sent["timestamp"], sent["sign"]) == ("1800000000", "pF+te9OMpCvukBCWTEVHBcbeXFREZySl8/biApB5r08=")
    await make_channel(hook, "dingtalk://demo@tok/").send("HOOK", MESSAGE)
    asked = parse_qs(urlsplit(hook.asked[1][0]).query)
    assert asked["timestamp"] == ["1800000000000"] and asked["sign"] == ["hrc04VaXvdpvbwsAwkh6H71FM9tQMRHE1GC1e32pMZE="]


async def test_wecom_counts_bytes(hook: Hook) -> None:
    channel = make_channel(hook, URLS["wecombot"])
    await channel.send(
        "HOOK", render_alert(make_view(evidence=tuple(make_evidence(text="长" * 900) for _ in range(3))))
    )
    text = json.loads(hook.asked[0][1])["text"]["content"]
    assert 300 < len(text.encode()) <= 2048 and text.startswith("🔴 红色预警")


def test_links_are_written_out_and_quotes_marked() -> None:
    message = Message(
        blocks=(Block(style=Style.QUOTE, text="引"), Block(style=Style.NOTE, text="微博", link="https://a.example/1"))
    )
    assert render_text(message, 500, utf8_bytes) == "> 引\n微博 https://a.example/1"


@pytest.mark.parametrize(
    ("target", "environ", "says"),
    [
        ("HOOK", {}, "environment variable HOOK is not set"),
        ("feishu://abc", {}, "name of an environment variable"),
        ("HOOK", {"HOOK": "nosuchservice://x"}, "not one that apprise understands"),
    ],
)
async def test_what_is_set_up_wrongly_is_said(target: str, environ: dict[str, str], says: str) -> None:
    channel = AppriseChannel(environ)
    with pytest.raises(Refused, match=says) as caught:
        await channel.send(target, MESSAGE)
    assert "nosuchservice" not in str(caught.value) and "feishu://abc" not in str(caught.value)
    await channel.close()


async def test_everything_else_goes_through_apprise(hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = AppriseChannel({"HOOK": f"json://127.0.0.1:{urlsplit(hook.address).port}/{KEY}"}, timeout=5.0)
    await channel.send("HOOK", MESSAGE)
    sent = json.loads(hook.asked[0][1])
    assert (sent["title"], sent["message"]) == ("🔴 红色预警", "一句话")
    hook.status = 500
    with pytest.raises(Retryable) as caught:
        await channel.send("HOOK", MESSAGE)
    assert KEY not in str(caught.value)
    assert KEY not in "".join(r.getMessage() for r in caplog.records if r.name == "apprise")
    await channel.close()


async def test_cards_are_not_repeated_on_a_one_way_channel(hook: Hook) -> None:
    channel = make_channel(hook, URLS["feishu"])
    assert (await channel.edit("HOOK", "1", MESSAGE)).external_id == "1"
    assert hook.asked == []


@pytest.mark.parametrize("url", ["slack://a/b/c", "feishu://", "http://[", "x"])
def test_other_urls_are_not_webhooks(url: str) -> None:
    assert parse_webhook(url) is None


def test_a_webhook_hides_its_key() -> None:
    assert KEY not in repr(parse_webhook(URLS["feishu"]))
