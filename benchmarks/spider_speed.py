"""Posts a second of every spider that needs no browser, against plain Scrapy with the same pages and the same parser."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.processes import run_module
from benchmarks.report import Result, Rounds
from benchmarks.source_polls import AT_ONCE, KEYS, SOURCES, Source, poll_of
from benchmarks.stand_ins import stand_ins
from records.mention import Platform

NAME = "spider-speed"
RIVAL, OURS = "plain Scrapy", "Fengsheng"
AIM = 0.8
FULL_SECONDS, QUICK_SECONDS = 3.2, 0.1
"""Of processor time that plain Scrapy takes at least for one run, or a little more: whole polls on every site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One source at one depth, with as many polls as bring the posts."""

    source: Source
    long: bool
    polls: int

    @property
    def name(self) -> str:
        return f"{self.source.platform}, {'long' if self.long else 'first'} look ({self.size} posts)"

    @property
    def posts(self) -> int:
        return self.polls * self.size

    @property
    def size(self) -> int:
        return self.source.posts(long=self.long or self.source.long == 1)


def trial(source: Source, *, long: bool, posts: int) -> Trial:
    size = source.posts(long=long or source.long == 1)
    rounds = -(-posts // (size * AT_ONCE))
    return Trial(source=source, long=long, polls=rounds * AT_ONCE)


def run(rounds: int, *, quick: bool, posts: int | None = None, platforms: Sequence[Platform] | None = None) -> Result:
    """Measure; every round runs both sides of every source, in turned order.

    Raises:
        RuntimeError: a side did not bring every post: its speed would mean nothing.
    """
    seconds = QUICK_SECONDS if quick else FULL_SECONDS
    clock, busy = Rounds(), Rounds()
    for source in (SOURCES[p] for p in platforms or SOURCES):
        for long in (False, True) if source.long > 1 else (False,):
            measure(trial(source, long=long, posts=posts or int(seconds * source.pace)), rounds, clock, busy)
    run_size = f"{posts:,} posts" if posts else f"{seconds:g} s of plain Scrapy's processor time"
    about = (
        f"runs of about {run_size}, {AT_ONCE} sites of one local server process, {AT_ONCE} requests at once on either side; "
        "plain Scrapy fetches the very same addresses, calls the very same parsers and counts the posts"
    )
    lines = (*clock.lines(), *busy.lines())
    ratios = {line.what: median(Result(name="", about="", lines=lines).ratios(line)) for line in lines if line.rival}
    missed = [f"{what} {ratio:.2f}" for what, ratio in ratios.items() if ratio < AIM]
    notes = (
        "a first look is a poll as shipped when nothing is known yet, a long look reads on; pages were rendered beforehand",
        "time runs from the first request to the last post; loading Python, Scrapy and the spider is left out on both sides",
        "set-up is processor time of one poll outside of its spider: building the crawl, closing it, the result",
        f"aim: {AIM} of plain Scrapy; {'missed by: ' + ', '.join(missed) if missed else 'kept by all'}",
    )
    return Result(name=NAME, about=about, lines=lines, notes=notes)


def measure(trial: Trial, rounds: int, clock: Rounds, busy: Rounds) -> None:
    """Add what a source brings a second by the clock, and a processor second."""
    groups, source = trial.polls // AT_ONCE, trial.source
    with stand_ins([source.platform], sites=AT_ONCE, groups=groups, size=trial.size) as (urls, _):
        sites = urls[source.platform]
        polls = [poll_of(source, site, number, long=trial.long) for number in range(groups) for site in sites]
        ours = {"polls": polls, "mode": "speed"}
        run_side("benchmarks.spider_polls", ours)  # has every page rendered, and shows which there are
        theirs = {"platform": str(source.platform), "addresses": kept(sites[0]), "at_once": AT_ONCE}
        sides: dict[str, tuple[str, dict[str, Any]]] = {
            RIVAL: ("benchmarks.plain_parsing", theirs),
            OURS: ("benchmarks.spider_polls", ours),
        }
        for number in range(rounds):
            order = list(sides) if number % 2 == 0 else list(sides)[::-1]
            found = {side: run_side(*sides[side]) for side in order}
            for side in sides:
                answer = found[side]
                if answer["posts"] < trial.posts:
                    raise RuntimeError(f"{trial.name}: {side} brought {answer['posts']} of {trial.posts} posts")
                what = f"{trial.name}, {side}"
                rival = "" if side == RIVAL else f"{trial.name}, {RIVAL}"
                clock.add(what, trial.posts / answer["seconds"], "posts/s", rival)
                by = ", processor"
                busy.add(
                    what + by, trial.posts / answer["processor_seconds"], "posts/processor s", rival and rival + by
                )
            if not trial.long:
                idle = {"polls": polls[:1], "mode": "idle", "times": 20}
                around = run_side("benchmarks.spider_polls", idle)["around"][str(source.platform)]
                busy.add(f"{trial.name}, set-up", 1000 * around, "ms a poll")


def kept(site: str) -> list[str]:
    """Addresses of all pages that were asked for, in order."""
    with urllib.request.urlopen(f"{site}/kept") as answer:
        found: list[str] = json.loads(answer.read())
    return found


def run_side(module: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """One run of one side in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        file = Path(name) / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        return run_module(module, str(file), environment=clean_environment())


def clean_environment() -> dict[str, str]:
    """The environment of a side: the keys that the stand-ins accept, and no other setting of this machine's owner."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FENGSHENG_") or k == "FENGSHENG_BROWSER"}
    return kept | KEYS
