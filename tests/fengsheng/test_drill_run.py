"""The shipped drill as users start it: it proves the whole way with a browser, and says what is blind without one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.browser import find_browser
from drill.library import load_scenario
from drill.platforms import DrillServer
from fengsheng import drill_run
from fengsheng.config import parse_config
from fengsheng.drill_run import DrillRun, drill_config, drill_environment, drill_folder, free_port, load_drill
from records.errors import BadInput, Failed
from tests.drill.conftest import SMALL
from tests.fengsheng.conftest import Shell

LIMIT = 50.0
"""Seconds a scripted drill may take from its start to its end, on a machine that does nothing else."""


def patience() -> float:
    """The limit, longer where more runs than there are processors."""
    return LIMIT * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass(kw_only=True)
class Played:
    code: int
    seconds: float
    out: str
    err: str
    folder: Path


@contextlib.contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """``fengsheng drill …`` in a folder of its own, ended at the latest with the block."""
    folder.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FENGSHENG_") or k == "FENGSHENG_BROWSER"}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "fengsheng", "drill", *arguments],
            cwd=folder,
            env={**kept, **environment},
            stdout=out,
            stderr=err,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def ended(process: subprocess.Popen[bytes], folder: Path, began: float) -> Played:
    code = process.wait(110)
    seconds = time.monotonic() - began
    said = [(folder / name).read_text(encoding="utf-8") for name in ("out", "err")]
    return Played(code=code, seconds=seconds, out=said[0], err=said[1], folder=folder)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """Two drills at once: "blind" on a machine without a browser, at double speed; "whole" with one, where there is one."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("blind", "whole")}
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        running = {
            "blind": stack.enter_context(
                started(folders["blind"], "--once", "--json", "--speed", "120", FENGSHENG_BROWSER="/nonexistent")
            )
        }
        if find_browser():
            running["whole"] = stack.enter_context(
                started(folders["whole"], "--once", FENGSHENG_KEY_FILE="/nowhere/of/mine.key")
            )
        return {name: ended(process, folders[name], began) for name, process in running.items()}


@pytest.fixture
def blind(played: dict[str, Played]) -> Played:
    return played["blind"]


@pytest.mark.browser
@pytest.mark.skipif(not find_browser(), reason="no browser on this machine")
def test_once_plays_the_story_to_its_end_and_passes(played: dict[str, Played]) -> None:
    whole = played["whole"]
    assert whole.code == 0, whole.out[-3000:] + whole.err
    assert whole.err == ""
    assert whole.seconds < patience()
    assert "演练评分卡：通过" in whole.out
    assert "红色预警" in whole.out and "✗" not in whole.out.partition("演练评分卡")[2]
    assert "看不见的来源：无" in whole.out
    for line in re.findall(r"^  (FENGSHENG_DATABASE=.*)$", whole.out, re.M):
        shown = subprocess.run(
            ["bash", "-c", line.replace(line.split()[1], f"{sys.executable} -m fengsheng")],
            cwd=whole.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert shown.returncode == 0, line + shown.stderr
        assert shown.stdout.strip()


def test_without_a_browser_the_crisis_is_alerted_and_the_blindness_named(blind: Played) -> None:
    assert blind.code == 1
    assert blind.seconds < patience()
    assert "the drill did not pass" in blind.err and "小红书" in blind.err
    assert "Traceback" not in blind.err
    (record,) = [json.loads(line) for line in blind.out.splitlines()]
    assert record["passed"] is False
    assert record["seconds_to_red"] is not None, "the Weibo crisis is seen all the same"
    failed = [line["value"] for line in record["lines"] if not line["good"]]
    assert any("小红书" in value for value in failed)
    assert "看不见：小红书" in blind.err, "it is said while it happens, not only at the end"


def test_cards_of_a_blind_drill_say_what_is_not_visible(blind: Played) -> None:
    (database,) = blind.folder.glob("var/*/drill.sqlite")
    done = subprocess.run(
        [sys.executable, "-m", "fengsheng", "sources", "--json"],
        cwd=blind.folder,
        env={**os.environ, "FENGSHENG_DATABASE": str(database)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    health = {r["source"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert health["weibo"]["blind_since"] is None
    assert health["xiaohongshu"]["blind_since"] is not None
    assert "/nonexistent" in health["xiaohongshu"]["detail"]


# -- its parts ---------------------------------------------------------------------------------------------------------


def test_a_story_file_with_problems_is_wrong_input(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("name: x\nposts: [{at: soon}]\n")
    with pytest.raises(BadInput) as wrong:
        load_drill(str(file))
    assert len(wrong.value.problems) > 1
    assert all(p.file == str(file) for p in wrong.value.problems)
    file.write_text(SMALL, encoding="utf-8")
    assert load_drill(str(file)).brand == "雾隐豆花"


def test_the_config_of_a_drill_passes_its_own_check() -> None:
    scenario, _ = load_scenario()
    assert scenario is not None
    server = DrillServer(scenario)
    server.weibo_url, server.xiaohongshu_url, server.telegram_url = (f"http://127.0.0.1:{n}" for n in (1, 2, 3))
    config, problems = parse_config(drill_config(scenario, server, port=0, language="zh"), "w.yaml", {})
    assert config is not None, problems
    assert {str(t.id) for t in config.chats.crisis if t.channel == "telegram"} == {str(scenario.group.chat)}
    assert config.telegram.base_url == "http://127.0.0.1:3/bot"


def test_a_drill_has_a_folder_of_its_own(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    first, second = drill_folder(tmp_path / "var", now), drill_folder(tmp_path / "var", now)
    assert first != second and first.is_dir() and second.is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="the drill cannot keep its data in"):
        drill_folder(tmp_path / "file", now)


def test_a_drill_does_not_touch_ones_own_database_key_or_settings() -> None:
    mine = {"FENGSHENG_DATABASE": "mine.db", "FENGSHENG_KEY_FILE": "k", "FENGSHENG_WEB_PORT": "1"}
    assert drill_environment({**mine, "HOME": "/h", "FENGSHENG_BROWSER": "/b"}) == {
        "HOME": "/h",
        "FENGSHENG_BROWSER": "/b",
    }


def test_a_port_somebody_listens_on_is_left_to_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) == 0
    assert free_port(port) == port


async def test_real_people_are_told_when_the_story_has_been_told_and_ctrl_c_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(SMALL.replace("duration: 10m", "duration: 5m"), encoding="utf-8")
    monkeypatch.setattr(drill_run, "WORKER_WITHIN", timedelta(0))
    said: list[str] = []
    play = DrillRun(load_drill(str(file)), speed=1000, once=False, folder=tmp_path / "d", port=0, say=said.append)
    stop = asyncio.Event()
    running = asyncio.create_task(play.run(stop))
    for _ in range(1500):
        if any("剧情已放完" in text for text in said) or running.done():
            break
        await asyncio.sleep(0.02)
    stop.set()
    card = await asyncio.wait_for(running, 20)
    assert any("剧情已放完" in text for text in said), said
    assert not card.passed
    assert str(tmp_path / "d") in play.farewell()


def test_run_without_a_config_is_the_drill(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[object] = []
    monkeypatch.setattr("fengsheng.cli_watch._drill", lambda *a, **k: played.append((a, k)))
    ran = shell("run")
    assert ran.code == 0
    assert "没有配置文件：运行自带的演练" in ran.out
    assert played == [(("milk_tea", 60.0), {"once": False, "json": False, "port": None})]
