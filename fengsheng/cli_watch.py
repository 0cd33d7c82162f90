"""run, drill, crawl and import: what brings mentions in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from fengsheng.arguments import Config, Json
from fengsheng.config import CRAWLED
from fengsheng.printing import print_json, print_plain, progress_on_stderr
from fengsheng.wiring import House, load_house, system_clock
from records.errors import BadInput, Failed, Problem
from records.mention import Mention, Platform, mention_to_json
from records.outcome import PollRequest

SHOWN_BAD = 200
"""Bad rows that are listed; beyond it their number is said."""


def register(app: typer.Typer) -> None:
    for function in (run, drill, crawl):
        app.command()(function)
    app.command("import")(import_)


def run(config: Config = None) -> None:
    """Watch, score, alert, run playbooks and serve the chat page; without a config it runs the shipped drill."""
    house = load_house(config)
    if not house.configured:
        print_plain("没有配置文件：运行自带的演练（fengsheng init 可生成配置）")
        print_plain("no config: running the shipped drill (fengsheng init writes one)")
        _drill("milk_tea", 60.0, once=False, json=False, port=None)
        return
    path = config or Path(house.environment.get("FENGSHENG_CONFIG") or "watch.yaml")
    asyncio.run(_serve(house, path))


async def _serve(house: House, path: Path) -> None:
    from fengsheng.service import Service

    stop = stop_on_signals()
    service = Service(house, config_path=path, say=lambda text: print(text, flush=True))
    running = asyncio.create_task(service.run(stop))
    ready = asyncio.create_task(service.ready.wait())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if not running.done():
        brands = "、".join(b.name for b in house.config.brands)
        page = f"；聊天页 {service.web.address}" if service.web else ""
        if house.config.language == "zh":
            print(f"正在监测：{brands}{page}。按 Ctrl-C 停止，下次启动从断点继续。", flush=True)
        else:
            page = f"; chat page {service.web.address}" if service.web else ""
            print(f"watching {brands}{page}. Ctrl-C stops; the next start goes on from here.", flush=True)
    await running


def stop_on_signals() -> asyncio.Event:
    """An event that ctrl-C and SIGTERM set; a second ctrl-C ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        if sys.stderr.isatty():
            print(file=sys.stderr)  # the terminal's ^C keeps its line
        stop.set()

    for kind in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(kind, ask)
    return stop


def drill(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a scenario file.")] = "milk_tea",
    speed: Annotated[float, typer.Option(min=1, max=1000, help="Story seconds in one real second.")] = 60.0,
    once: Annotated[
        bool, typer.Option("--once", help="A scripted crisis group acts; ends by itself with the score card.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the chat page (default 8765 if free).")
    ] = None,
    json: Json = False,
) -> None:
    """Play an invented crisis (演练) end to end in a separate database; everything sent is marked."""
    _drill(scenario, speed, once=once, json=json, port=port)


def _drill(scenario: str, speed: float, *, once: bool, json: bool, port: int | None) -> None:
    from drill.scorecard import ScoreCard, render_score_card
    from fengsheng.drill_run import DrillRun, drill_folder, free_port, load_drill

    story = load_drill(scenario)
    folder = drill_folder(Path("var"), system_clock())
    chosen = free_port(8765) if port is None else port
    play = DrillRun(story, speed=speed, once=once, folder=folder, port=chosen, say=lambda text: print(text, flush=True))

    async def perform() -> ScoreCard:
        return await play.run(stop_on_signals())

    with progress_on_stderr() if json else contextlib.nullcontext():
        card = asyncio.run(perform())
    if json:
        print_json(
            {
                "passed": card.passed,
                "seconds_to_red": card.seconds_to_red,
                "lines": [{"label": line.label.en, "value": line.value.en, "good": line.good} for line in card.lines],
                "failures": [f.en for f in card.failures],
            }
        )
    elif once:
        for line in render_score_card(card, "zh"):
            print_plain(line)
    if not json:
        print_plain(play.farewell())
    if once and not card.passed:
        raise Failed("the drill did not pass: " + " ".join(f.en for f in card.failures))


def crawl(
    source: Annotated[str, typer.Argument(help=f"{', '.join(CRAWLED)}.")],
    brand: Annotated[str | None, typer.Option(help="Brand the mentions are for.")] = None,
    query: Annotated[str | None, typer.Option(help="What to search for; default the brand.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Another address: an instance, a feed, a test server.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many mentions.")] = 50,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="name=value of the spider, e.g. delay=0; repeatable.")
    ] = None,
    store: Annotated[bool, typer.Option("--store", help="Score and store what comes, like a poll of run.")] = False,
    config: Config = None,
) -> None:
    """One poll now: mentions as JSON lines, the outcome on standard error; exit 1 where the source could not be seen."""
    from fengsheng.crawling import fetch_once
    from fengsheng.sessions import with_profiles

    request = _request(source, brand, query, base_url, limit, option or [])
    house = load_house(config)
    result = fetch_once(request, environment=with_profiles(house.database, os.environ))
    for mention in result.mentions:
        print_json(mention_to_json(mention))
    if store:
        _store(house, request, list(result.mentions))
    sys.stdout.flush()
    said = f"{result.outcome}: {len(result.mentions)} mention(s)" + (
        f", {result.skipped} unreadable" if result.skipped else ""
    )
    print(said + (f" — {result.detail}" if result.detail else ""), file=sys.stderr)
    if not result.outcome.saw:
        raise Failed(f"{source} could not be seen ({result.outcome}): this is blindness, not silence")


def _request(
    source: str, brand: str | None, query: str | None, base_url: str | None, limit: int, options: list[str]
) -> PollRequest:
    from crawlers.options import check_options

    problems: list[Problem] = []
    if source not in tuple(CRAWLED):
        problems.append(Problem(file="source", what=f'"{source}" is no source: {", ".join(CRAWLED)} are accepted'))
    if source == "rss" and not base_url:
        problems.append(Problem(file="--base-url", what="the feed's address is needed for rss"))
    if source == "mastodon" and not base_url:
        problems.append(
            Problem(file="--base-url", what="the instance's address is needed, e.g. https://mastodon.social")
        )
    if source not in ("rss", "mastodon") and not (query or brand):
        problems.append(Problem(file="--query", what="what to search for is needed: --query or --brand"))
    given = dict(o.split("=", 1) for o in options if "=" in o)
    problems += [Problem(file="--option", what=f'"{o}": name=value is accepted') for o in options if "=" not in o]
    if not problems:
        problems += [Problem(file="--option", what=p) for p in check_options(Platform(source), given)]
    if problems:
        raise BadInput(problems)
    asked = query if query is not None else (brand or "")
    return PollRequest(
        platform=Platform(source),
        brand=brand or "",
        query=asked,
        base_url=base_url,
        limit=limit,
        options=tuple(sorted(given.items())),
    )


def _store(house: House, request: PollRequest, mentions: list[Mention]) -> None:
    from fengsheng.detection import Detection
    from fengsheng.incidents import Incidents
    from fengsheng.ingest import Ingest
    from fengsheng.opinion_queue import OpinionQueue
    from scoring.assessment import BrandTerms

    if not request.brand:
        raise BadInput([Problem(file="--brand", what="--store needs --brand: mentions are judged for a brand")])
    with house.open_store() as opened:
        store = Ingest(
            store=opened,
            scorer=house.scorer([BrandTerms(name=request.brand)]),
            detection=Detection(store=opened, house=house),
            incidents=Incidents(store=opened, house=house),
            opinions=OpinionQueue(store=opened, house=house),
        )
        ingested = store.ingest(mentions, now=system_clock())
    print(
        f"stored {ingested.new} new, {ingested.updated} updated; incidents {', '.join(ingested.incidents) or 'none'}",
        file=sys.stderr,
    )


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV, JSONL, XLSX, .eml or .mbox; columns as crawl prints them (author.name, metrics.likes …)."
        ),
    ],
    brand: Annotated[str | None, typer.Option(help="Brand of all rows; default the brand column.")] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Import posts and complaints; bad rows are listed with line and reason, good rows are scored, stored and detected.

    Rows published within the last day are news and alert like posts; older rows and rows without a time make history
    and alert nobody.
    """
    from fengsheng.importing import import_files

    house = load_house(config)
    total = None
    with house.open_store() as store:
        said = 0
        for total in import_files(house, store, files, brand=brand, now=system_clock()):
            if total.rows - said >= 2000:
                said = total.rows
                print(f"{total.rows} row(s)…", file=sys.stderr, flush=True)
    assert total is not None
    for problem in total.bad[:SHOWN_BAD]:
        print(problem, file=sys.stderr)
    if len(total.bad) > SHOWN_BAD:
        print(f"… and {len(total.bad) - SHOWN_BAD} more bad rows", file=sys.stderr)
    got = total.ingested
    record = {
        "rows": total.rows,
        "new": got.new,
        "updated": got.updated,
        "known": got.known,
        "complaints": got.complaints,
        "bad": len(total.bad),
        "incidents": got.incidents,
    }
    if json:
        print_json(record)
    else:
        print_plain(
            f"{total.rows} row(s): {got.new} new ({got.new_complaints} complaints), {got.updated} updated, {got.known} known, "
            f"{len(total.bad)} bad; incidents: {', '.join(got.incidents) or 'none'}"
        )
    if not total.rows:
        raise Failed(
            "nothing to import: a header and one row a post (CSV, XLSX), or one JSON object a line, is accepted"
        )
    if total.bad and not (got.new or got.updated or got.known):
        raise Failed("no row could be read")
