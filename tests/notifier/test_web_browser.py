"""The page in a real browser: choosing a person, pressing and typing work under its own security headers."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from notifier.channels.web import WebSettings, make_web_app
from notifier.messages import render_card
from playbooks.state import StepStatus
from records.chat import Press
from tests.notifier.builders import NOW, PEOPLE, FakeStore, change_step, make_evidence, make_item, make_state, make_view

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

PRESSES: list[Press] = []


@pytest.fixture
def address() -> Iterator[str]:
    PRESSES.clear()
    store = FakeStore()
    state = change_step(make_state(), "stopgap", status=StepStatus.TAKEN, taken_by="p_zhao", taken_at=NOW)
    card = render_card(
        make_view(state=state, evidence=(make_evidence(text="<img src=x onerror=document.title='owned'>"),))
    )
    item = make_item(channel="web", target="crisis", kind="card", message=None, incident=state.id)
    store.mark_sent(store.queue(item)[0], "1", NOW)

    async def on_press(press: Press) -> str:
        PRESSES.append(press)
        return "已记录"

    settings = WebSettings(secret=b"s" * 32)
    app = make_web_app(store, on_press, lambda: PEOPLE, lambda i, c, t: card, settings, clock=lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    server.should_exit = server.force_exit = True
    thread.join(timeout=5)


def test_choose_press_and_type(address: str) -> None:
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(address)
        page.select_option("#person", "p_zhao")
        page.wait_for_selector("option[value=p_zhao][selected]", state="attached")
        page.click("text=接手 1 紧急小组")
        page.wait_for_selector("text=已记录")
        page.click("summary:has-text('完成 2')")
        page.fill("details[open] textarea", "已下架同批次")
        page.click("details[open] button:has-text('提交')")
        page.wait_for_selector("details.ask[open]", state="detached")
        title, width = page.title(), page.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert [(p.account, p.typed) for p in PRESSES] == [("p_zhao", None), ("p_zhao", "已下架同批次")]
    assert complaints == [] and "owned" not in title
    assert width == 390, "nothing sticks out on a phone"
