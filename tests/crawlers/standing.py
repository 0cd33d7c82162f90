"""Spiders against the drill's stand-ins: a small invented world on local ports, and polls in a child process.

    def test_bilibili(polls):                       # fixture of tests/crawlers/spiders/conftest.py, one child for all
        with standing(post("云杉茶饮 喝出虫子", platform=Platform.BILIBILI, metrics={"likes": 3})) as world:
            result = polls.look(world, Platform.BILIBILI, "云杉茶饮")
            assert result["outcome"] == "items"

The world's clock stands where it is put (``world.move(seconds=…)``; ``at`` of a post are seconds after an hour ago). ``result`` is the JSON of
``python -m crawlers.fetch``. The control query is off unless ``control=`` says otherwise.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.browser import find_browser
from drill.parts import Account
from drill.platforms import DrillServer
from drill.scenario import Comment, Edit, Post, Scenario
from drill.world import OutPost
from records.mention import Platform, Verified

__all__ = ["Comment", "Edit", "PollWorker", "Standing", "needs_browser", "post", "standing"]

ROOT = Path(__file__).parents[2]
_BROWSER = find_browser()


def needs_browser(test: Any) -> Any:
    """A test that polls in a real browser: marked, and left out where the machine has none."""
    skipped = pytest.mark.skipif(not _BROWSER, reason=f"no browser on this machine: {_BROWSER.reason}")
    return pytest.mark.browser(skipped(test))


def post(
    text: str, *, platform: Platform, at: float = 0, name: str = "路人甲", followers: int = 120, **more: Any
) -> Post:
    """One invented post; ``more`` are fields of ``drill.scenario.Post`` and ``verified`` of its author."""
    account = Account(name=name, followers=followers, verified=more.pop("verified", Verified.NONE))
    return Post(at=at, platform=platform, author=account, text=text, **more)


@dataclass
class Standing:
    now: datetime
    server: DrillServer = field(init=False)
    paused: list[float] = field(default_factory=list)

    def move(self, **parts: float) -> None:
        self.now += timedelta(**parts)

    def url(self, platform: Platform) -> str:
        return self.server.urls[platform]

    def misbehave(self, platform: Platform, kind: str | None) -> None:
        self.server.misbehave(str(platform), kind)

    def out(self, platform: Platform) -> list[OutPost]:
        """Truth: the world's posts as they stand now, newest first, without the everyday ones."""
        assert self.server.world is not None
        return self.server.world.out(self.now, platform)


@contextmanager
def standing(*posts: Post, hours: float = 10) -> Iterator[Standing]:
    """A world with these posts one hour after its beginning, which is now; story time runs as real time."""
    world = Standing(now=datetime.now(UTC) - timedelta(hours=1))

    async def pause(seconds: float) -> None:
        world.paused.append(seconds)

    scenario = Scenario(
        name="standing",
        title={"zh": "小世界", "en": "a small world"},
        brand="云杉茶饮",
        duration=hours * 3600,
        posts=tuple(sorted(posts, key=lambda p: p.at)),
    )
    server = DrillServer(scenario, speed=1, scripted=False, clock=lambda: world.now, pause=pause)
    world.server = server
    server.start()
    world.move(hours=1)
    try:
        yield world
    finally:
        server.stop()


class PollWorker:
    """``python -m crawlers.fetch`` kept open: one request in, one result out."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, module: str = "crawlers.fetch") -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FENGSHENG_") or k == "FENGSHENG_BROWSER"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={**clean, **(environment or {})},
            text=True,
        )

    def look(
        self,
        world: Standing,
        platform: Platform,
        query: str = "云杉茶饮",
        *,
        task: str = "search",
        targets: Sequence[OutPost | Mapping[str, Any]] = (),
        limit: int = 50,
        cursor: str | None = None,
        path: str = "",
        **options: Any,
    ) -> dict[str, Any]:
        """One poll of a stand-in. ``targets``: posts of ``world.out`` or {"kind", "id", "url"}; ``path`` is put behind
        the stand-in's address."""
        from drill.identities import kind_of

        given = [{"kind": str(kind_of(platform)), "id": t.id} if isinstance(t, OutPost) else dict(t) for t in targets]
        return self.ask(
            {
                "platform": str(platform),
                "brand": "云杉茶饮",
                "query": query,
                "base_url": world.url(platform) + path,
                "limit": limit,
                "task": task,
                "targets": given,
                "cursor": cursor,
                "options": {"delay": "0", "wait": "5", "control": "", **{k: str(v) for k, v in options.items()}},
            }
        )

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the child ended without an answer"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=20)
