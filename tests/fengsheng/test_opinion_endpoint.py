"""One endpoint, well and badly behaved: every way to fail has a name, and the key goes nowhere but to its host."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from fengsheng.opinion_answer import Unusable
from fengsheng.opinion_endpoint import LARGEST, LONGEST_WAIT, Endpoint, EndpointFault, Reply
from fengsheng.opinion_masking import mask_words
from fengsheng.opinion_prompt import build_messages
from fengsheng.opinion_words import FAULTS
from tests.fengsheng.opinion_stub import Asked, Say, Stub, completion, failure, rating, running_stub

KEY = "sk-secret-of-this-test-0123456789"
MESSAGES = build_messages("星河咖啡", mask_words("喝出玻璃", longest=99), "zh")


@pytest.fixture(scope="module")
def stub_server() -> Iterator[Stub]:
    with running_stub() as stub:
        yield stub


@pytest.fixture
def stub(stub_server: Stub) -> Stub:
    stub_server.forget()
    return stub_server


async def ask(stub: Stub, *, key: str = KEY, timeout: float = 20, model: str = "m-1", url: str = "") -> Reply:
    endpoint = Endpoint(base_url=url or stub.url, model=model, key=key, timeout=timeout)
    try:
        return await endpoint.ask(MESSAGES)
    finally:
        await endpoint.close()


async def fault_of(stub: Stub, say: Say | None = None, **more: Any) -> EndpointFault:
    if say is not None:
        stub.mind = lambda asked: say
    with pytest.raises(EndpointFault) as found:
        await ask(stub, **more)
    assert found.value.fault in FAULTS
    return found.value


async def unusable(stub: Stub, say: Say) -> Unusable:
    stub.mind = lambda asked: say
    with pytest.raises(Unusable) as found:
        await ask(stub)
    assert found.value.fault in FAULTS
    return found.value


async def test_a_request_is_a_chat_completion_with_the_key_in_its_header(stub: Stub) -> None:
    stub.mind = lambda asked: completion("hello", model="m-1-2026")
    assert await ask(stub) == Reply(content="hello", model="m-1-2026")
    (asked,) = stub.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert (asked.body["model"], asked.body["messages"], asked.body["stream"]) == ("m-1", MESSAGES, False)
    assert set(asked.body) == {"model", "messages", "stream", "temperature", "max_tokens"}
    await ask(stub, key="", url=stub.url + "/")
    assert "authorization" not in stub.asked[1].headers
    assert stub.asked[1].path == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("say", "fault", "lasting"),
    [
        (failure(401, "Incorrect API key provided"), "key", True),
        (failure(403, "no access"), "key", True),
        (failure(402, "Insufficient Balance"), "payment", True),
        (failure(429, "You exceeded your current quota: insufficient_quota"), "payment", True),
        (failure(429, "slow down"), "rate", True),
        (failure(404, "The model `m-1` does not exist"), "model", True),
        (failure(400, "model_not_found"), "model", True),
        (failure(400, "模型 m-1 不存在"), "model", True),
        (failure(404), "address", True),
        (Say(status=405, body=b"<html>nginx</html>"), "address", True),
        (failure(500, "boom"), "server", False),
        (Say(status=502, body=b"<html>Bad Gateway</html>"), "server", False),
        (failure(503), "server", False),
        (Say(body=b"<!DOCTYPE html><html>log in</html>", headers={"content-type": "text/html"}), "page", False),
        (Say(body=b""), "page", False),
        (Say(body=completion(rating()).body[:-40]), "page", False),
        (Say(body=b"[]"), "page", False),
        (Say(body=b'{"choices": []}'), "page", False),
        (Say(body=b'{"choices": [{"text": "old form"}]}'), "page", False),
        (Say(body=b'{"error": {"message": "overloaded"}}'), "page", False),
        (Say(body=b"\xff\xfe\x00"), "page", False),
        (Say(body=b'{"choices": "' + b"[" * 50_000), "page", False),
        (Say(status=302, headers={"location": "https://login.example.com/"}), "redirect", True),
        (Say(status=307, headers={"location": "https://evil.example.com/v1/chat/completions"}), "redirect", True),
        (Say(status=307, headers={"location": "http://127.0.0.1:9/v1/chat/completions"}), "redirect", True),
        (Say(status=307), "redirect", True),
        (Say(status=302, headers={"location": "/login"}), "redirect", True),
        (Say(status=307, headers={"location": "/v1/chat/completions"}), "redirect", True),
    ],
)
async def test_a_failure_has_a_name_and_is_the_mentions_or_the_endpoints(
    stub: Stub, say: Say, fault: str, lasting: bool
) -> None:
    found = await fault_of(stub, say)
    assert (found.fault, found.lasting) == (fault, lasting)


async def test_a_redirect_on_the_same_host_is_followed(stub: Stub) -> None:
    def mind(asked: Asked) -> Say:
        moved = Say(status=308, headers={"location": "/api/v1/chat/completions"})
        return completion("moved") if asked.path.startswith("/api/") else moved

    stub.mind = mind
    assert (await ask(stub)).content == "moved"
    assert [a.path for a in stub.asked] == ["/v1/chat/completions", "/api/v1/chat/completions"]


async def test_nothing_is_sent_to_the_host_that_a_redirect_names(stub: Stub) -> None:
    with running_stub() as elsewhere:
        say = Say(status=307, headers={"location": f"{elsewhere.url}/chat/completions"})
        found = await fault_of(stub, say)
        assert found.fault == "redirect" and elsewhere.asked == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "17"}, 17),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "9999999"}, LONGEST_WAIT),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "nan"}, None),
        ({}, None),
        ({"retry_after": "Fri, 20 Nov 2026 12:02:00 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 120),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_a_date(
    stub: Stub, headers: dict[str, str], seconds: float | None
) -> None:
    def mind(asked: Asked) -> Say:
        return failure(429, "slow down", **headers)

    stub.mind = mind
    with pytest.raises(EndpointFault) as found:
        await ask(stub)
    assert found.value.retry_after == seconds


@pytest.mark.parametrize(
    ("say", "fault"),
    [
        (completion(None, refusal="I can't help with that."), "refusal"),
        (completion("", finish="content_filter"), "refusal"),
        (failure(400, "data_inspection_failed: Input data may contain inappropriate content."), "refusal"),
        (failure(400, "Content Exists Risk"), "refusal"),
        (completion('{"topicality": 9', finish="length"), "json"),
        (completion(None), "empty"),
        (failure(400, "messages: too long"), "request"),
        (failure(413, "too large"), "request"),
        (Say(body=b" " * (LARGEST + 1)), "large"),
    ],
)
async def test_an_answer_that_will_never_do_for_this_text_is_unusable(stub: Stub, say: Say, fault: str) -> None:
    assert (await unusable(stub, say)).fault == fault


async def test_an_endless_answer_is_left_off_at_its_limit(stub: Stub) -> None:
    stub.mind = lambda asked: Say(body=b"x" * (LARGEST + 70_000), length=10**12)
    with pytest.raises(Unusable) as found:
        await ask(stub)
    assert found.value.fault == "large"


async def test_an_answer_that_breaks_off_and_a_port_where_nobody_listens(stub: Stub) -> None:
    found = await fault_of(stub, Say(body=b'{"choices"', length=500))
    assert (found.fault, found.lasting) == ("unreachable", True)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    found = await fault_of(stub, url=f"http://127.0.0.1:{port}/v1")
    assert (found.fault, found.lasting) == ("unreachable", True)


async def test_an_answer_that_does_not_come_in_time_is_not_waited_for(stub: Stub) -> None:
    ended = threading.Event()

    def mind(asked: Asked) -> Say:
        ended.wait(30)
        return completion("late")

    stub.mind = mind
    try:
        found = await fault_of(stub, timeout=0.05)
    finally:
        ended.set()
    assert (found.fault, found.lasting) == ("timeout", False)


@pytest.mark.parametrize("name", ["temperature", "max_tokens"])
async def test_an_option_that_a_model_refuses_is_left_out_from_then_on(stub: Stub, name: str) -> None:
    def mind(asked: Asked) -> Say:
        refused = failure(400, f"Unsupported value: '{name}' is not supported with this model.")
        return refused if name in asked.body else completion("ok")

    stub.mind = mind
    endpoint = Endpoint(base_url=stub.url, model="m-1", key=KEY, timeout=20)
    for _ in range(2):
        assert (await endpoint.ask(MESSAGES)).content == "ok"
    await endpoint.close()
    assert [name in a.body for a in stub.asked] == [True, False, False]


async def test_a_key_that_no_header_carries_is_a_fault_of_the_key(stub: Stub) -> None:
    found = await fault_of(stub, key="密钥")
    assert found.fault == "key" and found.lasting and "密钥" not in str(found)
    assert stub.asked == []


async def test_the_key_is_neither_logged_nor_repeated_in_a_fault(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = await fault_of(stub, failure(401, f"Incorrect API key provided: {KEY}"))
    endpoint = Endpoint(base_url=stub.url, model="m-1", key=KEY, timeout=20)
    await endpoint.close()
    for said in (str(found), found.detail, caplog.text, repr(endpoint)):
        assert KEY not in said
    assert "[secret]" in found.detail


def test_the_stub_says_what_it_was_told() -> None:
    assert json.loads(completion(rating()).body)["choices"][0]["message"]["content"] == json.dumps(
        rating(), ensure_ascii=False
    )
