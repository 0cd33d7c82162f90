"""The local page in the chat process: a press there is saved, done by role, and logged like one of any chat."""

from __future__ import annotations

import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fengsheng.service import Service
from fengsheng.web import WebServer, load_passwords
from fengsheng.wiring import load_house, system_clock
from notifier.channels.passwords import make_password_hash
from playbooks.state import EventKind
from records.errors import BadInput, Failed
from tests.fengsheng.builders import CONFIG, HURT, World, make_house, make_world, mention

LOCAL = re.sub(
    r"chats:.*", "chats: {crisis: {channel: web}, operators: {channel: web}}\nweb: {port: 0}\n", CONFIG, flags=re.S
)


@pytest.fixture
def world(tmp_path: Path) -> Any:
    house = make_house(tmp_path, LOCAL)
    with house.open_store() as store:
        yield make_world(house, store)


@pytest.fixture
async def page(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the page of a running service with one red incident."""
    stop = asyncio.Event()
    service = Service(world.house, config_path=None, say=lambda text: None, environment={})
    running = asyncio.create_task(service.run(stop))
    await asyncio.wait_for(service.ready.wait(), 10)
    assert service.web is not None
    now = system_clock()
    world.ingest.ingest([mention("1", HURT + "<script>alert(1)</script>", published_at=now, collected_at=now)], now=now)
    async with httpx.AsyncClient(base_url=service.web.address) as client:
        yield client
    stop.set()
    await asyncio.wait_for(running, 15)


async def shown(page: httpx.AsyncClient, words: str) -> str:
    """The page once it shows the words."""
    for _ in range(400):
        text = (await page.get("/")).text
        if words in text:
            return text
        await asyncio.sleep(0.02)
    raise AssertionError(f"the page never showed {words}")


def token_of(text: str, label: str) -> str:
    """The token of the form whose button begins with the label."""
    for form in re.findall(r"<form.*?</form>", text, re.S):
        if re.search(rf"<button[^>]*>\s*{label}", form):
            return re.search(r'name="token" value="([^"]+)"', form)[1]  # type: ignore[index]
    raise AssertionError(f"no button {label}")


async def choose(page: httpx.AsyncClient, name: str) -> str:
    """Say who sits there; returns the CSRF token of the session."""
    text = await shown(page, "红色预警")
    csrf = re.search(r'name="csrf" value="([^"]+)"', text)[1]  # type: ignore[index]
    person = next(v for v, n in re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)<', text) if name in html.unescape(n))
    answer = await page.post("/me", data={"csrf": csrf, "person": person})
    assert answer.status_code == 303
    text = (await page.get("/")).text
    return str(re.search(r'name="csrf" value="([^"]+)"', text)[1])  # type: ignore[index]


async def test_a_press_on_the_page_is_in_the_log_with_who_and_when(page: httpx.AsyncClient, world: World) -> None:
    began = system_clock()
    csrf = await choose(page, "林组长")
    text = await shown(page, "接手 1")
    assert "<script>alert(1)" not in text
    answer = await page.post(
        "/press", data={"csrf": csrf, "token": token_of(text, "接手 1"), "target": "crisis"}, follow_redirects=True
    )
    assert answer.status_code == 200
    (row,) = world.rows()
    event = next(e for e in world.store.load_events(row.id) if e.kind == EventKind.STEP_TAKEN)
    lead = next(p for p in world.store.load_people() if p.name == "林组长")
    assert event.actor == lead.id
    assert began <= event.at <= system_clock()
    assert world.store.unhandled_inbox() == []
    await shown(page, "完成 1")


async def test_a_press_outside_the_role_is_refused_on_the_page_too(page: httpx.AsyncClient, world: World) -> None:
    csrf = await choose(page, "郑工程")
    text = await shown(page, "接手 3")
    answer = await page.post(
        "/press", data={"csrf": csrf, "token": token_of(text, "接手 3"), "target": "crisis"}, follow_redirects=True
    )
    assert "公关" in answer.text
    (row,) = world.rows()
    assert EventKind.PRESS_REFUSED in world.kinds(row.id)
    assert EventKind.STEP_TAKEN not in world.kinds(row.id)


# -- the server -------------------------------------------------------------------------------------------------------


async def test_the_server_listens_on_a_free_port_until_it_is_stopped(world: World) -> None:
    async def nobody(press: object) -> str:
        return ""

    server = WebServer(world.house, world.store, press=nobody, clock=system_clock)
    await server.start()
    port = int(server.address.rsplit(":", 1)[1].strip("/"))
    async with httpx.AsyncClient() as client:
        for _ in range(200):
            try:
                answer = await client.get(server.address)
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
        assert answer.status_code == 200
        assert (await client.get(server.address, headers={"Host": "evil.example"})).status_code >= 400
    await asyncio.wait_for(server.stop(), 10)
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), 1):
        pass


async def test_an_address_that_is_not_ours_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "logins.yaml").write_text(f"林组长: {make_password_hash('correct horse', b'0' * 16)}\n")
    text = LOCAL.replace("web: {port: 0}", "web: {host: 192.0.2.1, port: 0, passwords: logins.yaml}")
    (tmp_path / "watch.yaml").write_text(text, encoding="utf-8")
    house = load_house(tmp_path / "watch.yaml", environment={}, database=tmp_path / "w.db")
    with pytest.raises(Failed, match=r"cannot listen on 192\.0\.2\.1:0 .* web\.port \(FENGSHENG_WEB_PORT\)"):
        await Service(house, config_path=None, environment={}).run(asyncio.Event())


def test_the_passwords_file_is_read_with_all_its_problems(tmp_path: Path) -> None:
    file = tmp_path / "logins.yaml"
    with pytest.raises(BadInput, match=r"logins\.yaml: cannot be read: No such file"):
        load_passwords(file)
    file.write_text("林: plain words\n周: also plain\n", encoding="utf-8")
    with pytest.raises(BadInput) as wrong:
        load_passwords(file)
    assert len(wrong.value.problems) == 2
    assert "plain words" not in str(wrong.value)
    made = make_password_hash("correct horse", b"0" * 16)
    file.write_text(f"林: {made}\n", encoding="utf-8")
    assert load_passwords(file) == {"林": made}
