"""The simulated platform shows what a real one shows, the budget holds there too, and the adaptive pace is worth its trouble."""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks import coverage
from benchmarks.coverage import ADAPTIVE, ALL, BUDGET, NAMES, Seen, plan, publish, watch
from fengsheng.polling import Planned
from scoring.shipped import shipped_words


@pytest.fixture(scope="module")
def planned() -> list[Planned]:
    return plan(shipped_words())


@pytest.fixture(scope="module")
def seen(planned: list[Planned]) -> dict[str, Seen]:
    return {way: watch(105, 8, way, planned) for way in (ADAPTIVE, NAMES, ALL)}


def test_worlds_repeat_with_their_seed_and_have_quiet_brands_bursts_and_late_posts() -> None:
    posts = publish(1, 48)
    assert posts == publish(1, 48) != publish(2, 48)
    brands = {p.text[:4] for p in posts}
    assert len(brands) >= 5 and any(p.onset for p in posts)
    assert 0 < sum(p.shown_at - p.at > 600 for p in posts) < len(posts) / 10


def test_posts_are_seen_after_they_were_shown_and_the_budget_holds_for_every_way(seen: dict[str, Seen]) -> None:
    for way, found in seen.items():
        shown = {p.id: p.shown_at for p in found.posts}
        assert all(at >= shown[id] for id, at in found.first.items()), way
        assert 0.5 * BUDGET < found.busiest_hour() <= BUDGET, way
        assert len(found.waits()) > 40 and found.share() > 0.5


def test_the_adaptive_pace_sees_sooner_with_the_same_budget(seen: dict[str, Seen]) -> None:
    waits = {way: median(found.waits()) for way, found in seen.items()}
    assert waits[ADAPTIVE] < 0.8 * waits[NAMES] < waits[ALL]
    assert seen[ADAPTIVE].share() >= seen[NAMES].share() - 0.02


def test_the_benchmark_reports_every_way_beside_its_rival() -> None:
    result = coverage.run(1, quick=True, hours=3)
    line = result.line(f"{ADAPTIVE}: {coverage.MEDIAN}")
    assert line.rival == f"{NAMES}: {coverage.MEDIAN}" and len(result.ratios(line)) == 1
    assert "requests" in result.notes[0]
