"""Whole way: fetch → parse → score → store → detect, against plain Scrapy writing the same pages as JSON lines."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.invented import BRAND
from benchmarks.page_server import page_address, query_of
from benchmarks.processes import ROOT, run_module
from benchmarks.report import Result, Rounds

NAME = "whole-way"
SITES = 4
"""The worker runs four polls at once, one for each site; the rival has four requests under way."""
PAGE = 10
SCRAPY = "plain Scrapy → JSON lines"
WHOLE = "Fengsheng, whole way"
CUES = "Fengsheng, whole way without SnowNLP"
FETCH = "Fengsheng, fetch and parse alone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    sets: int
    pages: int

    @property
    def posts(self) -> int:
        return self.sets * self.pages * PAGE


FULL, QUICK = Size(sets=12, pages=20), Size(sets=4, pages=10)


def run(rounds: int, *, quick: bool, size: Size | None = None) -> Result:
    """Measure; every round runs all of them, in turned order.

    Raises:
        RuntimeError: a side did not bring every post: its speed would mean nothing.
    """
    size = size or (QUICK if quick else FULL)
    figures, shares = Rounds(), []
    seen: dict[str, Any] = {}
    with page_server(size) as (sites, process):
        for number in range(rounds):
            sides = [SCRAPY, WHOLE, CUES, FETCH]
            found = {}
            for side in sides if number % 2 == 0 else sides[::-1]:
                before, began = sum(process.cpu_times()[:2]), time.perf_counter()
                found[side] = answer = measure(side, sites, size)
                if answer["posts"] < size.posts:
                    raise RuntimeError(f"{side} brought {answer['posts']} of {size.posts} posts")
                busy = sum(process.cpu_times()[:2]) - before
                shares.append(busy / min(answer["seconds"], time.perf_counter() - began))
            for side in sides:
                rival = "" if side == SCRAPY else SCRAPY
                figures.add(side, size.posts / found[side]["seconds"], "posts/s", rival)
            for side in sides:
                figures.add(f"{side}, processor", 1e6 * found[side]["processor_seconds"] / size.posts, "µs/post")
            seen = found[WHOLE]
    about = (
        f"{size.posts:,} posts on {size.sets * size.pages} pages of {PAGE} posts (Weibo's shape) from one local server "
        f"process with {SITES} sites; {SITES} requests at once on either side"
    )
    notes = (
        f"of {seen['posts']:,} stored posts {seen['complaints']:,} were complaints; {seen['incidents']} incident(s), "
        f"{seen['alerts']} alert(s) queued",
        f"the server was busy {100 * max(shares):.0f} % of one core in the busiest run, "
        f"{100 * sorted(shares)[len(shares) // 2]:.0f} % in the median one",
        "time runs from planned polls to the last commit; loading Python, Scrapy and the model is left out on both sides",
    )
    return Result(name=NAME, about=about, lines=figures.lines(), notes=notes)


def measure(side: str, sites: list[str], size: Size) -> dict[str, Any]:
    """One run of one side in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="fengsheng-bench-") as name:
        if side == SCRAPY:
            addresses = [
                page_address(sites[number % len(sites)], query_of(BRAND, number), page)
                for page in range(1, size.pages + 1)
                for number in range(size.sets)
            ]
            job = {"addresses": addresses, "at_once": SITES, "out": str(Path(name) / "posts.jsonl")}
            job_file = Path(name) / "job.json"
            job_file.write_text(json.dumps(job), encoding="utf-8")
            return run_module("benchmarks.plain_scrapy", str(job_file))
        mode = {WHOLE: "whole", CUES: "cues", FETCH: "fetch"}[side]
        job = {"sites": sites, "sets": size.sets, "pages": size.pages, "mode": mode, "folder": name}
        job_file = Path(name) / "job.json"
        job_file.write_text(json.dumps(job), encoding="utf-8")
        return run_module("benchmarks.product_way", str(job_file))


@contextlib.contextmanager
def page_server(size: Size) -> Iterator[tuple[list[str], psutil.Process]]:
    """The server's process while the benchmark runs: addresses of its sites, and the process to watch."""
    command = [sys.executable, "-m", "benchmarks.page_server", str(SITES), str(size.sets), str(size.pages)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdin is not None and process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the benchmark's page server did not come up")
        yield json.loads(line), psutil.Process(process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
