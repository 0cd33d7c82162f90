"""Processor time of polls that find nothing new, on a long-lived Runner, and of whole idle rounds of the worker (W4)."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence

from benchmarks.report import Result, Rounds
from benchmarks.source_polls import SOURCES, poll_of
from benchmarks.spider_speed import run_side
from benchmarks.stand_ins import stand_ins
from records.mention import Platform

NAME = "idle-poll"
AIM = 50.0
"""Milliseconds of processor time that an idle poll may take."""
SIZE = 40
"""Posts that every source holds, all of them known: fewer than a poll's limit, so that nothing is left over."""


def run(rounds: int, *, quick: bool, times: int | None = None, platforms: Sequence[Platform] | None = None) -> Result:
    """Measure; processes are started anew in every round, their start is not counted."""
    times = times or (5 if quick else 40)
    names = list(platforms or SOURCES)
    figures, whole = Rounds(), Rounds()
    requests: dict[str, float] = {}
    polls = 0
    with stand_ins(names, sites=1, groups=1, size=SIZE) as (urls, _):
        alone = {
            "polls": [poll_of(SOURCES[p], urls[p][0], 0, long=False) for p in names],
            "mode": "idle",
            "times": times,
        }
        for _ in range(rounds):
            found = run_side("benchmarks.spider_polls", alone)
            requests = found["requests"]
            for name, seconds in found["processor_seconds"].items():
                figures.add(f"one poll of {name}", 1000 * seconds, "ms")
            around = sorted(found["around"].values())
            whole.add("of it around the spider (median of the sources)", 1000 * around[len(around) // 2], "ms")
            with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as folder:
                job = {"urls": {str(p): urls[p][0] for p in names}, "rounds": max(2, times // 4), "folder": folder}
                found = run_side("benchmarks.idle_rounds", job)
            polls = found["polls"]
            for part, told in (("fetch", "fetching"), ("take", "Desk.take"), ("tick", "planning tick")):
                seconds = sorted(found[part])[len(found[part]) // 2]
                whole.add(f"idle round, {told}", 1000 * seconds / polls, "ms a poll")
            totals = sorted(sum(parts) for parts in zip(found["fetch"], found["take"], found["tick"], strict=True))
            whole.add("idle round, all of it", 1000 * totals[len(totals) // 2] / polls, "ms a poll")
    lines = (*figures.lines(), *whole.lines())
    missed = [line.what for line in lines if line.unit in ("ms", "ms a poll") and line.median > AIM]
    about = (
        f"processor time of the worker's process for a poll whose {SIZE} posts are all known, median of {times}; the server "
        "is another process"
    )
    asked = ", ".join(f"{name} {count:g}" for name, count in requests.items())
    notes = (
        f"aim: {AIM:g} ms; missed by: {', '.join(missed)}" if missed else f"aim: {AIM:g} ms, kept by all",
        f"requests of such a poll: {asked}",
        f"a round is the planning tick, {polls} polls and what is written down of each (Desk.take)",
    )
    return Result(name=NAME, about=about, lines=lines, notes=notes)
