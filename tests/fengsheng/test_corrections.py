"""Levels set by hand become labels: which posts they speak of, and that both values stand side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fengsheng.corrections import find_corrections
from fengsheng.labels import load_labels
from fengsheng.wiring import terms_of
from scoring.alert import Level
from tests.fengsheng.builders import BRAND, HURT, LATTE, REFUND, World, mention
from tests.fengsheng.conftest import Shell


def set_level(shell: Shell, incident: str, level: str) -> None:
    ran = shell("override", incident, level, "--reason", "看过照片，是旧闻", "--as", "林组长")
    assert ran.code == 0, ran.err


def rows(world: World, **more: object) -> list[dict[str, object]]:
    terms = {b.name: terms_of(b) for b in world.house.config.brands}
    return list(find_corrections(world.store, terms, **more))  # type: ignore[arg-type]


@pytest.fixture
def hurt(world: World) -> World:
    world.take([mention(1, HURT), mention(2, f"{HURT}，第二个人也受伤了", 5)], minutes=6)
    return world


def test_a_lowered_level_is_said_of_the_posts_above_it(shell: Shell, hurt: World, tmp_path: Path) -> None:
    incident = hurt.only().id
    before = {m.key: m.assessments[BRAND] for m in hurt.store.incident_mentions(incident)}
    assert all(a.level == "high" for a in before.values())
    set_level(shell, incident, "yellow")
    ran = shell("export", "corrections.jsonl", "--corrections")
    assert ran.code == 0 and ran.out.startswith(f"{len(before)} row(s)")
    found = [json.loads(line) for line in (tmp_path / "corrections.jsonl").read_text("utf-8").splitlines()]
    assert {r["id"] for r in found} == set(before)
    for one in found:
        assert one["labels"] == [{"level": "low"}] and one["weight"] == 1.0
        assert one["computed"]["level"] == "high" and one["computed"]["topicality"] == before[one["id"]].topicality
        assert one["correction"]["incident"] == incident
        assert (one["correction"]["from"], one["correction"]["to"]) == ("red", "yellow")
        assert LATTE in one["products"] and "name" not in one["author"]
    assert "林组长" not in (tmp_path / "corrections.jsonl").read_text("utf-8")
    event = list(hurt.store.load_events(None))[-1] if hasattr(hurt.store, "load_events") else None
    assert event is None or event.data.get("corrections") is True

    problems: list[object] = []
    labels = load_labels(tmp_path / "corrections.jsonl", problems)  # type: ignore[arg-type]
    assert not problems and [p.level for p in labels.judged] == ["low"] * len(before)
    assert labels.judged[0].terms.products and labels.judged[0].item.text.startswith(HURT)


def test_a_raised_level_is_said_of_the_gravest_posts_and_counts_half(shell: Shell, world: World) -> None:
    world.take([mention(n, f"{REFUND}，第{n}次去问") for n in range(1, 6)], minutes=6)
    row = world.rows()[0]
    assert row.level < Level.RED
    set_level(shell, row.id, "red")
    found = rows(world)
    assert 1 <= len(found) <= 3
    assert {json.dumps(r["labels"]) for r in found} == {'[{"level": "high"}]'} and {r["weight"] for r in found} == {0.5}


def test_what_was_set_back_teaches_nothing(shell: Shell, hurt: World) -> None:
    incident = hurt.only().id
    set_level(shell, incident, "yellow")
    set_level(shell, incident, "red")
    assert rows(hurt) == []


def test_nothing_corrected_is_an_empty_file(shell: Shell, hurt: World, tmp_path: Path) -> None:
    ran = shell("export", "corrections.jsonl", "--corrections")
    assert (ran.code, ran.out) == (0, "0 row(s) → corrections.jsonl\n")
    assert (tmp_path / "corrections.jsonl").read_text() == ""


def test_brand_and_time_choose(shell: Shell, hurt: World) -> None:
    set_level(shell, hurt.only().id, "yellow")
    assert rows(hurt, brand=BRAND) and not rows(hurt, brand="别家")
    at = hurt.last_event(hurt.only().id).at
    assert rows(hurt, since=at, until=at) and not rows(hurt, until=at.replace(year=at.year - 1))


def test_wrong_ways_to_ask_are_said(shell: Shell, hurt: World, tmp_path: Path) -> None:
    assert "corrections are written as .jsonl" in shell("export", "a.csv", "--corrections").err
    assert "go with corrections" in shell("export", "a.jsonl", "--corrections", "--query", "退款").err
    assert "cannot be written" in shell("export", "gone/a.jsonl", "--corrections").err
    assert not list(tmp_path.glob("a.*"))
