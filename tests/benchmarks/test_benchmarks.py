"""The benchmarks run on a tiny size, bring all they were given, and report what can be trusted; no timing is asserted."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import alert_delay, scoring_speed, storage_speed, surge_quality, whole_way
from benchmarks.invented import BRAND, invented_pages, invented_texts
from benchmarks.report import Line, Result, Rounds, Row, render_result, result_to_json
from crawlers.parsers.weibo import parse_search

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sane(result: Result) -> None:
    assert not result.skipped and result.lines
    for line in result.lines:
        assert all(math.isfinite(x) for x in line.rounds), line.what
        assert all(r > 0 for r in result.ratios(line)), line.what


def test_ratios_are_of_the_same_round_and_medians_of_all() -> None:
    figures = Rounds()
    for own, rival in ((10, 5), (30, 10), (8, 8)):
        figures.add("rival", rival, "posts/s")
        figures.add("own", own, "posts/s", "rival")
    result = Result(name="x", about="y", lines=figures.lines())
    own = result.line("own")
    assert own.median == 10 and result.ratios(own) == (2, 3, 1)
    assert result.ratios(result.line("rival")) == ()
    shown = "\n".join(render_result(result))
    assert "= 2.00 × rival (1.00–3.00)" in shown
    written = {x["what"]: x for x in result_to_json(result)["lines"]}
    assert (
        written["own"]["ratio"] == 2 and written["own"]["rounds"] == [10, 30, 8] and written["rival"]["ratio"] is None
    )


def test_rows_show_whether_their_aim_is_met_on_either_side_of_it() -> None:
    rows = (
        Row(what="order", aim="≥ 0.90", ours=0.91, rival=0.27, person=0.99),
        Row(what="error", aim="≤ 0.8", ours=0.81),
        Row(what="speed", aim="≥ 10,000", ours=10_000),
        Row(what="aside", aim="", ours=1),
    )
    result = Result(name="x", about="y", rows=rows, rival="bare")
    assert [r.met for r in rows] == [True, False, True, None]
    assert result.row("error") is rows[1]
    shown = "\n".join(render_result(result)).splitlines()
    assert "bare" in shown[1] and "second person" in shown[1]
    assert [("met" in x, "MISS" in x) for x in shown[2:]] == [
        (True, False),
        (False, True),
        (True, False),
        (False, False),
    ]
    assert "0.27" in shown[2] and "0.99" in shown[2]
    written = result_to_json(result)["rows"]
    assert [r["met"] for r in written] == [True, False, True, None] and written[0]["rival"] == "bare"


def test_invented_posts_differ_repeat_with_their_seed_and_keep_their_length() -> None:
    texts = invented_texts(500, length=43)
    assert {len(t) for t in texts} == {43} and len(set(texts)) == 500
    assert texts == invented_texts(500, length=43) != invented_texts(500, length=43, seed=8)
    assert all(BRAND in t for t in texts)


def test_invented_pages_are_what_the_weibo_parser_reads() -> None:
    pages = invented_pages(2, 3, NOW)
    assert sorted(pages) == [(s, p) for s in (0, 1) for p in (1, 2, 3)]
    found = [
        parse_search(body, status=200, url="http://127.0.0.1/api?page=1", collected_at=NOW) for body in pages.values()
    ]
    ids = {m.id for page in found for m in page.mentions}
    assert len(ids) == 60 and not any(page.skipped for page in found)


def test_whole_way_brings_every_post_on_every_side() -> None:
    result = whole_way.run(1, quick=True, size=whole_way.Size(sets=4, pages=1))
    sane(result)
    assert [len(line.rounds) for line in result.lines] == [1] * len(result.lines)
    assert result.line(whole_way.WHOLE).rival == whole_way.SCRAPY
    assert "of 40 stored posts" in result.notes[0]


def test_scoring_is_measured_beside_an_untouched_snownlp() -> None:
    result = scoring_speed.run(2, quick=True, count=5)
    sane(result)
    for own, rival in (
        (scoring_speed.FULL, scoring_speed.BARE),
        (scoring_speed.EMOTION, scoring_speed.BARE),
        (scoring_speed.FULL_REAL, scoring_speed.BARE_REAL),
    ):
        assert result.line(own).rival == rival and len(result.ratios(result.line(own))) == 2


def test_storing_is_measured_on_the_same_rows() -> None:
    result = storage_speed.run(1, quick=True, count=50)
    sane(result)
    assert result.line(storage_speed.SAVED).rival == storage_speed.INDEXED


def test_the_alert_of_a_grave_post_leaves_after_the_post_appeared() -> None:
    result = alert_delay.run(1, quick=True, samples=1)
    sane(result)
    stored, sent = result.line(alert_delay.TO_STORED).median, result.line(alert_delay.TO_ALERT).median
    assert 0 < stored < sent < alert_delay.PATIENCE


def test_surge_is_skipped_with_a_clear_word_without_labelled_series(tmp_path: Path) -> None:
    result = surge_quality.run(1, quick=True, folder=tmp_path)
    assert str(tmp_path) in result.skipped and not result.lines
    assert "skipped: no labelled series" in "\n".join(render_result(result))


def test_surge_is_scored_by_the_scorer_found_there(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "data" / "nab").mkdir(parents=True)
    rows = [f"{NOW + timedelta(minutes=5 * k):%Y-%m-%d %H:%M:%S},{9 + k % 3}" for k in range(1000)]
    (tmp_path / "data" / "nab" / "invented.csv").write_text("timestamp,value\n" + "\n".join(rows), encoding="utf-8")
    (tmp_path / "data" / "nab" / "labels.json").write_text("{}", encoding="utf-8")
    stand_in = """
import csv, sys
rows = list(csv.DictReader(open(sys.argv[2])))
print(f"standard: 12.5  windows caught 1/2  false alarms {sum(r['alarm'] == '1' for r in rows)}")
assert len(rows) == 1000
"""
    (tmp_path / "bench" / "nab_score.py").write_text(stand_in, encoding="utf-8")
    result = surge_quality.run(2, quick=True, folder=tmp_path)
    sane(result)
    assert result.line("Fengsheng: standard").median == 12.5
    assert result.line("Fengsheng: false alarms").median == 0
    assert len(result.line("Fengsheng: speed").rounds) == 2


def test_a_plain_rise_alarms_once_a_day_and_never_in_the_first() -> None:
    calm = [(NOW + timedelta(minutes=30 * k), 10.0) for k in range(96)]
    assert not any(surge_quality.plain_rise(calm))
    risen = [(at, value * (2 if k >= 60 else 1)) for k, (at, value) in enumerate(calm)]
    assert surge_quality.plain_rise(risen).index(True) == 60 and sum(surge_quality.plain_rise(risen)) == 1


def test_the_command_prints_writes_and_goes_on_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def good(rounds: int, *, quick: bool) -> Result:
        return Result(name="good", about="fine", lines=(Line(what="a", unit="s", rounds=(1.0,) * rounds),))

    def bad(rounds: int, *, quick: bool) -> Result:
        raise RuntimeError("the server did not come up")

    monkeypatch.setattr(command, "BENCHMARKS", {"bad": bad, "good": good})
    file = tmp_path / "figures.json"
    assert command.main(["--rounds", "3", "--json", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "the server did not come up" in shown and "load average" in shown
    written = json.loads(file.read_text(encoding="utf-8"))
    assert [b["name"] for b in written["benchmarks"]] == ["bad", "good"]
    assert written["benchmarks"][1]["lines"][0]["rounds"] == [1, 1, 1]
    assert command.main(["--only", "good"]) == 0
    with pytest.raises(SystemExit):
        command.main(["--rounds", "0"])
