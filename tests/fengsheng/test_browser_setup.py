"""Finding or installing a browser, with a runner that only writes down what it was asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from crawlers.browser import BrowserFound
from fengsheng.browser_setup import main, run_quietly, system_commands

NONE = BrowserFound(path=None, reason="no Chromium is installed")
FOUND = BrowserFound(path="/opt/chromium", reason="the system's chromium")


class World:
    """A machine on which the browser appears after so many commands (None: never)."""

    def __init__(self, appears_after: int | None) -> None:
        self.appears_after = appears_after
        self.ran: list[list[str]] = []
        self.said: list[str] = []

    def run(self, command: Sequence[str], timeout: float) -> bool:
        assert timeout > 0
        self.ran.append(list(command))
        return self.find().path is not None

    def find(self) -> BrowserFound:
        return FOUND if self.appears_after is not None and len(self.ran) >= self.appears_after else NONE

    def setup(self, environment: dict[str, str] | None = None, root: bool = False) -> int:
        return main(self.run, self.said.append, self.find, environment or {}, root)


PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "chromium"]


def test_a_browser_that_is_there_is_taken_and_nothing_is_run() -> None:
    world = World(0)
    assert world.setup() == 0
    assert (world.ran, world.said) == ([], ["browser: /opt/chromium"])


def test_playwrights_own_comes_first() -> None:
    world = World(1)
    assert world.setup(root=True) == 0
    assert world.ran == [PLAYWRIGHT]
    assert world.said[-1] == "browser: /opt/chromium"


def test_the_systems_package_comes_second(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = [["env", "apt-get", "update"], ["env", "apt-get", "install", "chromium"]]
    monkeypatch.setattr("fengsheng.browser_setup.system_commands", lambda root: commands if root else [])
    world = World(3)
    assert world.setup(root=True) == 0
    assert world.ran == [PLAYWRIGHT, *commands]
    assert world.said[-1] == "browser: /opt/chromium"


def test_without_any_browser_it_is_said_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fengsheng.browser_setup.system_commands", lambda root: [])
    world = World(None)
    assert world.setup() == 0
    assert world.ran == [PLAYWRIGHT]
    assert "no Chromium is installed" in world.said[-1]
    assert "小红书" in world.said[-1] and "FENGSHENG_BROWSER" in world.said[-1]


def test_a_wrong_fengsheng_browser_is_said_at_once_and_nothing_is_installed() -> None:
    world = World(None)
    assert world.setup({"FENGSHENG_BROWSER": "/nosuch"}, root=True) == 0
    assert world.ran == []
    assert len(world.said) == 1


@pytest.mark.parametrize(
    ("tools", "root", "wanted"),
    [
        ({"apt-get"}, True, ["apt-get update", "apt-get install -y --no-install-recommends chromium fonts-noto-cjk"]),
        ({"apt-get", "sudo"}, False, ["sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update", "chromium"]),
        ({"apt-get"}, False, []),
        ({"dnf", "sudo"}, True, ["dnf install -y chromium"]),
        ({"apk"}, True, ["apk add chromium font-noto-cjk"]),
        ({"pacman", "sudo"}, False, ["sudo -n pacman -Sy --noconfirm chromium"]),
        (set(), True, []),
        ({"sudo"}, False, []),
    ],
)
def test_the_systems_ways_never_ask_for_a_password(tools: set[str], root: bool, wanted: list[str]) -> None:
    commands = [" ".join(c) for c in system_commands(root, lambda name: name if name in tools else None)]
    assert len(commands) == len(wanted)
    assert all(part in command for part, command in zip(wanted, commands, strict=True))
    assert root or all(c.startswith("sudo -n ") for c in commands)


def test_commands_end_well_badly_or_not_at_all() -> None:
    assert run_quietly([sys.executable, "-c", "print('hidden')"], 20) is True
    assert run_quietly([sys.executable, "-c", "raise SystemExit(1)"], 20) is False
    assert run_quietly(["/nosuch/program"], 20) is False


def test_a_command_that_takes_too_long_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_quietly([sys.executable, "-c", "import signal; print('x', flush=True); signal.pause()"], 0.05) is False
    assert capfd.readouterr() == ("", "")
