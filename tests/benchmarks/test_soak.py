"""A cut of ``make soak``: the real worker, a hundred queries over eight platforms, faults, and nothing lost or invented."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.soak import Report, _busiest
from benchmarks.soak_story import PLATFORMS, invent, marks_of

ROOT = Path(__file__).parents[2]
T0 = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.timeout(400)
def test_nothing_is_lost_doubled_or_invented_and_no_budget_is_overrun() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--minutes", "0.4", "--speed", "120", "--per-hour", "200", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["problems"] == [] and done.returncode == 0
    assert report["queries"] >= 100 and len(report["requests"]) == len(PLATFORMS) == 8
    assert report["posts"] >= 100 and report["faults"] >= 8 and report["deep"] > 0
    assert any(o.startswith("blocked") or o in ("changed", "network", "suspect") for o in report["outcomes"])


def report(**changes: object) -> Report:
    fields: dict[str, object] = {
        "seconds": 1.0,
        "story_hours": 1.0,
        "queries": 100,
        "posts": 1,
        "stored": 1,
        "missing": [],
        "invented": [],
        "wrong_words": [],
        "twice": [],
        "requests": {"weibo": 60},
        "budget": 60,
        "faults": 1,
        "outcomes": {},
        "seen_after": 1.0,
        "memory": [100.0, 100.0, 100.0, 100.0],
        "polls": 1,
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"missing": ["a"]}, "missing"),
        ({"invented": ["a"]}, "invented"),
        ({"wrong_words": ["a"]}, "wrong words"),
        ({"twice": ["a"]}, "twice"),
        ({"requests": {"weibo": 61}}, "61 times in one hour"),
        ({"memory": [100.0, 100.0, 120.0, 140.0]}, "memory grew"),
    ],
)
def test_every_kind_of_failure_is_told(changes: dict[str, object], says: str) -> None:
    assert report().problems == []
    assert [says in p for p in report(**changes).problems] == [True]


def test_the_busiest_hour_slides() -> None:
    times = [T0 + timedelta(minutes=m) for m in (0, 50, 70, 100, 109.9, 200)]
    assert _busiest(times) == 4 and _busiest([]) == 0


def test_the_story_is_the_same_for_the_same_seed_and_every_post_is_its_own() -> None:
    story = invent(1.0, 200, 7)
    assert story.posts == invent(1.0, 200, 7).posts != invent(1.0, 200, 8).posts
    marks = [m for p in story.posts for m in set(marks_of(p.full_text))]
    assert len(set(marks)) == len(story.posts) == 200
    assert {p.platform for p in story.posts} == set(PLATFORMS)
    assert (
        any(p.deleted for p in story.posts)
        and any(p.edit for p in story.posts)
        and any(p.surfaces for p in story.posts)
    )
