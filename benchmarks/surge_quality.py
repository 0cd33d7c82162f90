"""The surge detector against people's labels, by the scorer of the Numenta Anomaly Benchmark, where its data is at hand.

Looked for in the folder ``shared`` beside the project (``bench/nab_score.py``, ``data/nab``), or where BENCH_DATA
points; nothing of it is part of the project.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.report import Result, Rounds
from fengsheng.reading import parse_series
from scoring.detectors.surge import detect_surge

NAME = "surge"
OURS = "Fengsheng"
PLAIN = "+30 % over the same half hour yesterday"
Points = Sequence[tuple[datetime, float]]
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(hours=24)


def shared_folder(environment: Mapping[str, str] = os.environ) -> Path:
    named = environment.get("BENCH_DATA")
    return Path(named) if named else Path(__file__).resolve().parent.parent.parent / "shared"


def run(rounds: int, *, quick: bool, folder: Path | None = None) -> Result:
    """Score both; quality needs one round, the speed is taken over all."""
    folder = folder or shared_folder()
    about = "mentions of five companies, counted every five minutes over two months, with people's labels (NAB)"
    scorer, data = folder / "bench" / "nab_score.py", folder / "data" / "nab"
    files = sorted(data.glob("*.csv")) if data.is_dir() else []
    if not scorer.is_file() or not files or not (data / "labels.json").is_file():
        why = f"no labelled series at {folder} (bench/nab_score.py and data/nab); BENCH_DATA names another folder"
        return Result(name=NAME, about=about, skipped=why)
    series = {file.name: parse_series(file) for file in files}
    figures = Rounds()
    for name, detect in ((OURS, alarms), (PLAIN, plain_rise)):
        for what, unit, value in judge(scorer, data / "labels.json", series, detect):
            figures.add(f"{name}: {what}", value, unit)
    total = sum(len(points) for points in series.values())
    for _ in range(rounds):
        began = time.perf_counter()
        for points in series.values():
            detect_surge(points)
        figures.add(f"{OURS}: speed", total / (time.perf_counter() - began), "points/s")
    notes = (
        "100 = every window caught at its first point and no false alarm, 0 = no alarm at all",
        "these series were at hand while the detector was made: expect less on others",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def alarms(points: Points) -> list[bool]:
    return [point.alarm for point in detect_surge(points)]


def plain_rise(points: Points) -> list[bool]:
    """The plain reading of "30 % above yesterday": half hours against the same half hour a day before, one alarm a day."""
    result: list[bool] = []
    recent: deque[tuple[datetime, float]] = deque()
    sums: deque[tuple[datetime, float]] = deque()
    total, quiet_until = 0.0, None
    for at, value in points:
        recent.append((at, value))
        total += value
        while recent[0][0] <= at - HALF_HOUR:
            total -= recent.popleft()[1]
        sums.append((at, total))
        while len(sums) > 1 and sums[1][0] <= at - DAY:
            sums.popleft()
        known = sums[0][0] <= at - DAY
        alarm = known and total > 1.3 * sums[0][1] and (quiet_until is None or at >= quiet_until)
        if alarm:
            quiet_until = at + DAY
        result.append(alarm)
    return result


def judge(
    scorer: Path, labels: Path, series: Mapping[str, Points], detect: Callable[[Points], list[bool]]
) -> list[tuple[str, str, float]]:
    """(what, unit, figure) as the NAB scorer prints them.

    Raises:
        RuntimeError: the scorer failed.
    """
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        paths = []
        for file, points in series.items():
            path = Path(name) / file
            paths.append(str(path))
            with path.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(("timestamp", "value", "score", "alarm"))
                for (at, value), alarm in zip(points, detect(points), strict=True):
                    writer.writerow((at.strftime("%Y-%m-%d %H:%M:%S"), f"{value:g}", int(alarm), int(alarm)))
        command = [sys.executable, str(scorer), str(labels), *paths]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.findall(r"^(\w+): (-?[\d.]+)\s+windows caught (\d+)/(\d+)\s+false alarms (\d+)", done.stdout, re.M)
    if not found:
        raise RuntimeError(f"the NAB scorer failed: {done.stderr.strip()[-500:]}")
    figures = [(profile.replace("_", " "), "points of 100", float(score)) for profile, score, *_ in found]
    _, _, caught, windows, false_alarms = found[0]
    return [
        *figures,
        ("caught", f"windows of {windows}", float(caught)),
        ("false alarms", "in all", float(false_alarms)),
    ]
