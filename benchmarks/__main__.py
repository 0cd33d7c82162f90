"""``python -m benchmarks`` (= ``make bench``): every benchmark, product and rivals in one and the same run.

Each round runs all sides one after the other, the next round in turned order, so that other work on the machine hits all of
them; shown are medians of the rounds, and ratios taken within each round.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    alert_delay,
    browser_pages,
    coverage,
    idle_polls,
    influence,
    judgement,
    judgement_trained,
    labelled,
    scoring_speed,
    spider_speed,
    storage_speed,
    surge_quality,
    whole_way,
)
from benchmarks.report import Result, load_environment, render_environment, render_result, result_to_json

BENCHMARKS: dict[str, Callable[..., Result]] = {
    m.NAME: m.run
    for m in (
        whole_way,
        spider_speed,
        idle_polls,
        browser_pages,
        scoring_speed,
        storage_speed,
        alert_delay,
        surge_quality,
        judgement,
        judgement_trained,
        influence,
        coverage,
    )
}
ROUNDS, QUICK_ROUNDS = 5, 2


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="this benchmark alone; repeatable")
    parser.add_argument("--rounds", type=int, help=f"rounds of each (default {ROUNDS}, with --quick {QUICK_ROUNDS})")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all runs; no figures to quote")
    parser.add_argument("--data", type=Path, metavar="DIR", help="labelled mood sets (*.csv.gz) for the tables of aims")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round there too")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds if options.rounds is not None else QUICK_ROUNDS if options.quick else ROUNDS
    if options.rounds < 1:
        parser.error(f"argument --rounds: {options.rounds} given, 1 or more is accepted")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 where a benchmark could not be run."""
    options = parse_arguments(arguments)
    if options.data is not None:
        os.environ[labelled.VARIABLE] = str(options.data.resolve())
    environment = load_environment(datetime.now(UTC))
    for line in render_environment(environment):
        print(line)
    print(f"{options.rounds} round(s){', small sizes' if options.quick else ''}", flush=True)
    results, failed = [], False
    for name, run in BENCHMARKS.items():
        if options.only and name not in options.only:
            continue
        try:
            result = run(options.rounds, quick=options.quick)
        except Exception as error:  # one that fails must not lose the figures of the others
            failed = True
            result = Result(name=name, about="not measured", skipped=f"failed: {type(error).__name__}: {error}")
        results.append(result)
        print()
        for line in render_result(result):
            print(line, flush=True)
    if options.json:
        document = {"environment": environment, "rounds": options.rounds, "quick": options.quick}
        document["benchmarks"] = [result_to_json(r) for r in results]
        options.json.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
