import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from crawlers.browser import PROFILE_PREFIX, StandingBrowser, find_browser, remove_leftovers
from records.errors import Failed
from tests.crawlers.standing import needs_browser


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    return path


def test_the_order_of_looking(tmp_path):
    home, system = tmp_path / "home", tmp_path / "bin"
    nowhere = find_browser({"PATH": str(system)}, home=home)
    assert not nowhere and nowhere.path is None and "no Chromium" in nowhere.reason
    edge = program(system / "microsoft-edge")
    assert find_browser({"PATH": str(system)}, home=home).path == str(edge)
    chromium = program(system / "chromium")
    assert find_browser({"PATH": str(system)}, home=home).path == str(chromium)
    own = program(home / ".cache/ms-playwright/chromium-1200/chrome-linux64/chrome")
    assert find_browser({"PATH": str(system)}, home=home).path == str(own)
    named = program(tmp_path / "mine")
    found = find_browser({"PATH": str(system), "FENGSHENG_BROWSER": str(named)}, home=home)
    assert found.path == str(named) and "FENGSHENG_BROWSER" in found.reason
    elsewhere = program(tmp_path / "pw/chromium-1/chrome-linux/chrome")
    named_folder = {"PATH": "", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "pw")}
    assert find_browser(named_folder, home=home).path == str(elsewhere)


def test_a_named_browser_that_is_none_is_told_and_not_replaced(tmp_path):
    program(tmp_path / "chromium")
    found = find_browser({"PATH": str(tmp_path), "FENGSHENG_BROWSER": "/nowhere/x"}, home=tmp_path)
    assert found.path is None and "/nowhere/x" in found.reason


async def test_a_program_that_ends_at_once_is_told_in_a_sentence(tmp_path):
    browser = StandingBrowser(str(program(tmp_path / "chromium")))
    with pytest.raises(Failed, match="ended at once"):
        await browser.ready()
    assert not browser.is_alive() and browser.pid is None


@needs_browser
async def test_a_browser_stands_is_replaced_when_too_big_and_leaves_nothing():
    browser = StandingBrowser()
    try:
        address = await browser.ready()
        assert address.startswith("ws://127.0.0.1:") and await browser.ready() == address and browser.started == 1
        assert browser.memory() > 10_000_000
        browser._memory_bound = 1
        assert await browser.ready() != address and browser.started == 2
        profile, family = browser._profile, browser._family()
        assert profile is not None and profile.is_dir()
    finally:
        await browser.stop()
    assert not profile.exists()
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert not alive and gone
    await browser.stop()


def test_what_a_killed_owner_left_is_removed_and_others_are_let_alone(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    for name, owner in (("dead", ended.stdout.strip()), ("mine", str(os.getpid())), ("odd", "x")):
        (tmp_path / f"{PROFILE_PREFIX}{name}").mkdir()
        (tmp_path / f"{PROFILE_PREFIX}{name}" / "owner").write_text(owner)
    assert remove_leftovers(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{PROFILE_PREFIX}mine", f"{PROFILE_PREFIX}odd"]
