"""``fengsheng sources``: the worst first, what to do, pages that could not be read, and robots decisions."""

from __future__ import annotations

import dataclasses
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from fengsheng.cli_sources import MARKS
from fengsheng.glance import Sight
from fengsheng.wiring import system_clock
from records.outcome import Outcome
from records.source import Outage, RobotsRecord, SourceHealth
from tests.fengsheng.builders import BRAND, T0, World, at
from tests.fengsheng.conftest import Shell

SEEN = SourceHealth(source="weibo", brand=BRAND, outcome=Outcome.ITEMS, last_try_at=T0, last_good_at=T0)
BLIND = Outage(
    source="xiaohongshu",
    brands=(BRAND,),
    began=at(-9),
    outcome=Outcome.BLOCKED_LOGIN,
    detail="the page asks for a login",
)


@pytest.fixture
def watched(world: World) -> World:
    store = world.store
    store.save_source(SEEN)
    store.save_source(
        dataclasses.replace(
            SEEN,
            source="xiaohongshu",
            outcome=Outcome.BLOCKED_LOGIN,
            last_good_at=at(-10),
            blind_since=at(-9),
            control="failed",
            control_at=at(1),
        )
    )
    store.begin_outage(BLIND)
    return world


def test_the_worst_stands_first_with_what_to_do(shell: Shell, watched: World) -> None:
    ran = shell("sources")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "✗ 看不见 1  ✓ 可见 1"
    assert ran.out.index("小红书") < ran.out.index("微博"), "the worst first"
    assert "11-20 11:51" in next(line for line in lines if "小红书" in line)
    assert "  小红书（要求登录）：运行 fengsheng login xiaohongshu 重新登录" in lines
    assert "    the page asks for a login" in lines


def test_one_record_for_each_source_and_brand(shell: Shell, watched: World) -> None:
    records = {r["source"]: r for r in shell("sources", "--json").records}
    assert list(records) == ["xiaohongshu", "weibo"]
    blind, seen = records["xiaohongshu"], records["weibo"]
    assert (seen["state"], seen["blind_since"], seen["to_do"]) == ("seen", None, None)
    assert (blind["state"], blind["outcome"], blind["blind_since"]) == ("blind", "blocked:login", at(-9).isoformat())
    assert (blind["control"], blind["control_at"]) == ("failed", at(1).isoformat())
    assert blind["to_do"] == "运行 fengsheng login xiaohongshu 重新登录"
    assert (seen["budget"], seen["requests_last_hour"], seen["seen_today"]) == (60, 0, 0)


def test_every_kind_of_sight_is_told_apart(shell: Shell, world: World) -> None:
    store = world.store
    store.save_source(dataclasses.replace(SEEN, source="news", outcome=Outcome.NETWORK))
    store.begin_outage(dataclasses.replace(BLIND, source="zhihu", outcome=Outcome.SUSPECT, expected=9.0))
    store.begin_outage(dataclasses.replace(BLIND, source="youtube", outcome=Outcome.BLOCKED_QUOTA))
    store.begin_outage(dataclasses.replace(BLIND, source="weibo", task="comments"))
    for source in ("zhihu", "youtube", "weibo"):
        store.save_source(dataclasses.replace(SEEN, source=source))
    states = [(r["source"], r["task"], r["state"]) for r in shell("sources", "--json").records]
    assert states == [
        ("weibo", "comments", "blind"),
        ("zhihu", None, "silent"),
        ("youtube", None, "paused"),
        ("news", None, "doubted"),
        ("weibo", None, "seen"),
    ]
    assert "微博·评论" in shell("sources").out


def test_what_was_never_seen_does_not_look_as_if_it_had_been(shell: Shell, world: World) -> None:
    world.store.save_source(
        dataclasses.replace(SEEN, source="youtube", outcome=Outcome.BLOCKED_LOGIN, last_good_at=None, blind_since=at(0))
    )
    world.store.begin_outage(dataclasses.replace(BLIND, source="youtube", began=at(0)))
    line = next(line for line in shell("sources").out.splitlines() if "YouTube " in line)
    assert "从未" in line and "12:00" not in line


def test_a_task_that_reads_a_changed_page_names_the_sample(shell: Shell, world: World) -> None:
    world.store.save_source(dataclasses.replace(SEEN, source="bluesky"))
    lost = dataclasses.replace(BLIND, source="bluesky", task="comments", outcome=Outcome.CHANGED, detail="no thread")
    world.store.begin_outage(lost)
    world.store.save_payload("bluesky", b"{}", detail="of another task", now=system_clock())
    number = world.store.save_payload("bluesky", b"[]", detail="no thread", now=system_clock())
    assert f"fengsheng sources --payload {number} " in shell("sources").out


def test_what_came_today_stands_beside_what_usually_comes(shell: Shell, watched: World) -> None:
    now: datetime = system_clock().replace(minute=0, second=0, microsecond=0)
    for hour in range(6 * 24):
        watched.store.count_look("weibo", BRAND, new=5, now=now - timedelta(hours=hour))
    record = next(r for r in shell("sources", "--json").records if r["source"] == "weibo")
    assert len(record["expected_by_hour"]) == 24 and set(record["expected_by_hour"].values()) == {5.0}
    assert record["seen_today"] % 5 == 0 and record["seen_today"] >= 5
    assert abs(record["expected_today"] - record["seen_today"]) <= 5


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_column_is_broken(
    shell: Shell, watched: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, lang: str
) -> None:
    store = watched.store
    feed = "rss:https://feeds.example.com/a-very-long-address/that/goes/on/and/on/and/on/and/on.xml"
    for source in (feed, "hackernews", "mastodon"):
        store.save_source(dataclasses.replace(SEEN, source=source, last_good_at=at(-9000)))
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FENGSHENG_LANGUAGE", lang)
    lines = shell("sources").out.splitlines()
    rule = next(place for place, line in enumerate(lines) if "───" in line)
    table = lines[rule + 1 : rule + 6]
    assert all(line.strip()[0] in {mark for mark, _, _ in MARKS.values()} for line in table), "one line a source"
    assert all(cell_len(line) <= width for line in table)
    cells = "\n".join(table)
    assert "11-20 11:51" in cells and "0/60" in cells
    assert cells.count("…") == 1, "only the name of the feed is cut"
    assert len(MARKS) == len(Sight)


# -- pages that could not be read --------------------------------------------------------------------------------------


def test_a_page_is_written_to_a_file_of_its_own_with_a_warning(shell: Shell, watched: World, tmp_path: Path) -> None:
    number = watched.store.save_payload("weibo", b'\x1b[31m{"cards": 1}', detail="no cards", now=system_clock())
    assert f"#{number} 微博" in shell("sources").out
    ran = shell("sources", "--payload", number)
    assert ran.code == 0 and "may hold names, words and tokens of people" in ran.err
    assert ran.out == f"weibo-{number}.bin\n" and "\x1b" not in ran.out
    file = tmp_path / f"weibo-{number}.bin"
    assert file.read_bytes() == b'\x1b[31m{"cards": 1}' and stat.S_IMODE(file.stat().st_mode) == 0o600
    again = shell("sources", "--payload", number)
    assert again.code == 1 and "exists already" in again.err
    assert shell("sources", "--payload", number, "--out", "sample.json").code == 0
    missing = shell("sources", "--payload", 999)
    assert (missing.code, missing.err) == (
        1,
        "fengsheng: no page 999 is kept: fengsheng sources lists those that are\n",
    )


# -- robots ------------------------------------------------------------------------------------------------------------


def test_robots_decisions_with_who_decided_and_what_the_file_says(shell: Shell, watched: World) -> None:
    assert "还没有记录" in shell("sources", "--robots").out
    obeyed = RobotsRecord(source="news", site="", decision="obeyed", decided_by="default", at=T0, checked_at=T0)
    watched.store.note_robots(obeyed)
    watched.store.note_robots(
        dataclasses.replace(obeyed, site="https://news.example", status=200, text="User-agent: *", allowed=True)
    )
    watched.store.note_robots(dataclasses.replace(obeyed, source="xiaohongshu", decision="not asked"))
    shown = shell("sources", "--robots").out
    for part in ("遵守", "默认", "https://news.example", "不问：像人一样打开网页", "200 · "):
        assert part in shown
    records = shell("sources", "--robots", "--json").records
    assert [(r["source"], r["site"], r["text"]) for r in records] == [
        ("news", "https://news.example", "User-agent: *"),
        ("xiaohongshu", None, None),
    ]
    assert records[0]["sha256"] and records[0]["allowed"] is True
