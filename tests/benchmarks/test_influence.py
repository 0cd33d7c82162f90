"""Reach against the reposts in the end: skipped with a clear word without data, half of it held out, no text of it shown."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from benchmarks import influence
from benchmarks.report import render_result

COLUMNS = "id text followers verified_type time reposts rp_1h".split()


def test_it_is_skipped_with_a_clear_word_without_data(tmp_path: Path) -> None:
    found = influence.run(1, quick=True, data=tmp_path)
    assert f"no {influence.FILE} in {tmp_path}" in found.skipped and not found.lines


def test_reach_and_speed_are_ranked_against_the_reposts(tmp_path: Path) -> None:
    with gzip.open(tmp_path / influence.FILE, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(200):
            writer.writerow((f"post-{n}", "秘密", 10 * n + 1, n % 2 - 1, 1_350_000_000 + n, n, n // 2))
    found = influence.run(1, quick=True, data=tmp_path)
    assert {line.what for line in found.lines} >= {"reach, account alone", "already spread, with the first hour"}
    assert all(line.median > 0.8 for line in found.lines), found.lines
    held = int(found.notes[0].split()[0])
    assert 70 <= held <= 130
    assert "秘密" not in "\n".join(render_result(found))
