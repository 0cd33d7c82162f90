"""Seconds from a post's appearance on the drill's server to its alert leaving the outbox, beside the polling interval.

``python -m benchmarks.alert_delay PHASE`` is one sample: ``{"stored", "sent"}`` in seconds after the appearance.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.invented import BRAND, PRODUCTS
from benchmarks.processes import run_module
from benchmarks.report import Result, Rounds
from drill.parts import Member
from drill.platforms import DrillServer
from drill.scenario import Account, Post, Scenario
from fengsheng.drill_run import drill_config
from fengsheng.service import TOKEN, Service
from fengsheng.wiring import House, load_house
from records.mention import Platform
from storage.results import StoredMention
from storage.sqlite import Store

NAME = "alert-delay"
EVERY = 2.0
"""Seconds between two polls, as in the shipped drill."""
CALM_AT, GRAVE_AT = 0.0, 6.0
"""Seconds after the start at which an ordinary post and, later, the grave one appears."""
GRAVE = (
    "孩子喝完星河咖啡的栗子欧蕾上吐下泻，已经送急诊住院，杯底倒出来全是玻璃碴，店里还想让我们删帖，"
    "已报警并打了12315，求媒体曝光！"
)
PATIENCE = 40.0
TO_ALERT = "appearance → alert sent"
TO_STORED = "appearance → stored and detected"
TO_SENT = "stored → alert sent"
DRILL = "shipped drill, first crisis post → red alert"


def scenario(phase: float) -> Scenario:
    """One ordinary post, which finds the worker awake, and one grave one ``phase`` seconds into a polling interval."""
    calm = Post(
        at=CALM_AT,
        platform=Platform.WEIBO,
        author=Account(name="写稿的人", followers=120),
        text=f"路过{BRAND}老街店，买了杯橘皮美式坐在窗边改稿子，外面桂花开了，很安静",
    )
    grave = Post(
        at=GRAVE_AT + phase,
        platform=Platform.WEIBO,
        author=Account(name="栗子妈妈", followers=2600),
        text=GRAVE,
        metrics={"likes": 30, "comments": 12, "reposts": 8},
        complaint=True,
        crisis=True,
    )
    return Scenario(
        name="alert_delay",
        title={"zh": "一条高风险投诉", "en": "one grave complaint"},
        brand=BRAND,
        products=PRODUCTS,
        queries=(BRAND,),
        duration=3600,
        posts=(calm, grave),
        people=(Member(name="林晚", roles={"lead": "A"}, telegram=1001),),
    )


def run(rounds: int, *, quick: bool, samples: int | None = None) -> Result:
    """Measure: fresh services one after another, the grave post at evenly spread places of the polling interval.

    Raises:
        RuntimeError: an alert did not come at all.
    """
    samples = samples or (2 if quick else max(8, 2 * rounds))
    figures = Rounds()
    for number in range(samples):
        phase = EVERY * (number + 0.5) / samples
        found = run_module("benchmarks.alert_delay", str(phase), timeout=180)
        figures.add(TO_ALERT, found["sent"], "s")
        figures.add(TO_STORED, found["stored"], "s")
        figures.add(TO_SENT, found["sent"] - found["stored"], "s")
    for _ in range(0 if quick else min(3, rounds)):
        figures.add(DRILL, drill_seconds(), "s")
    figures.add("polling interval", EVERY, "s")
    about = (
        f"{samples} fresh runs of the whole service; one grave post appears on the drill's Weibo, the alert is out when the "
        "drill's Telegram stand-in took it"
    )
    notes = [
        f"with polls every {EVERY:g} s a post waits {EVERY / 2:g} s on average until it is looked for; with the shipped "
        "default of 60 s at the soonest that wait is 30 s or more and governs everything else"
    ]
    if not quick:
        notes.append("the shipped drill runs at 60 times speed; its crisis builds up over several posts")
    return Result(name=NAME, about=about, lines=figures.lines(), notes=tuple(notes))


async def measure(phase: float) -> tuple[float, float]:
    """Seconds from the grave post's appearance until it is stored, and until its alert is sent."""
    story = scenario(phase)
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        server = DrillServer(story, speed=1.0, scripted=False)
        server.start(begin=False)
        stop = asyncio.Event()
        try:
            house = _house(Path(name), server, story)
            environment = {**house.environment, TOKEN: "1000000:bench", "FENGSHENG_DATABASE": str(house.database)}
            service = Service(
                house, config_path=Path(name) / "watch.yaml", say=lambda text: None, environment=environment
            )
            running = asyncio.create_task(service.run(stop))
            try:
                with house.open_store() as store:
                    await _until(lambda: bool(store.load_sources()), running, "the source was never looked at")
                    world = server.begin()
                    await _until(lambda: _alert_at(store) is not None, running, "no alert was sent")
                    sent_at = _alert_at(store)
                    assert sent_at is not None
                    stored_at = next(m.stored_at for m in store.iter_mentions() if _is_grave(m))
            finally:
                stop.set()
                await running
            appeared = world.appears_at(story.posts[-1])
            return (stored_at - appeared).total_seconds(), (sent_at - appeared).total_seconds()
        finally:
            await asyncio.to_thread(server.stop)


def _is_grave(stored: StoredMention) -> bool:
    return "玻璃碴" in stored.mention.text


def _house(folder: Path, server: DrillServer, story: Scenario) -> House:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(drill_config(story, server, port=0, language="zh"))
    del document["brands"][0]["sources"]["xiaohongshu"]
    document["brands"][0]["sources"]["weibo"]["every"] = EVERY
    telegram = {"channel": "telegram", "id": story.group.chat}
    document["chats"] = {"crisis": telegram}
    text = StringIO()
    YAML(typ="safe", pure=True).dump(document, text)
    config = folder / "watch.yaml"
    config.write_text(text.getvalue(), encoding="utf-8")
    return load_house(config, environment={}, database=folder / "bench.sqlite", drill=True)


async def _until(condition: Any, running: asyncio.Task[None], otherwise: str) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        if running.done():
            await running
            raise RuntimeError("the service ended by itself")
        if asyncio.get_running_loop().time() > deadline:
            raise RuntimeError(otherwise)
        await asyncio.sleep(0.05)


def _alert_at(store: Store) -> datetime | None:
    sent = [q.sent_at for q in store.ledger(limit=100) if q.item.kind == "alert" and q.state == "sent" and q.sent_at]
    return min(sent).astimezone(UTC) if sent else None


def drill_seconds() -> float:
    """What ``fengsheng drill --once --json`` says.

    Raises:
        RuntimeError: the drill sent no red alert.
    """
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        done = subprocess.run(
            [sys.executable, "-m", "fengsheng", "drill", "--once", "--json"],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=name,
            timeout=180,
            check=False,
        )
    answers = [line for line in done.stdout.splitlines() if line.startswith("{")]
    seconds = json.loads(answers[-1])["seconds_to_red"] if answers else None
    if seconds is None:
        raise RuntimeError(f"the drill sent no red alert: {done.stderr.strip()[-500:]}")
    return float(seconds)


if __name__ == "__main__":
    seconds_stored, seconds_sent = asyncio.run(measure(float(sys.argv[1])))
    print(json.dumps({"stored": seconds_stored, "sent": seconds_sent}))
