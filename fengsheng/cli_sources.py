"""``fengsheng sources``: what is seen and what not, at a glance; pages that could not be read; robots decisions."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from fengsheng.arguments import Config, Json
from fengsheng.glance import Glance, Sight, load_glances
from fengsheng.naming import name_of, word, words
from fengsheng.printing import console, local, plain, print_json, print_plain, print_table, shorten
from fengsheng.wiring import House, load_house, system_clock
from notifier.view import clock_words
from notifier.wording import OUTCOMES, Lang, eye_name, pick, source_name
from records.errors import Failed
from records.source import Payload
from storage.sqlite import Store

MARKS: dict[Sight, tuple[str, tuple[str, str], str]] = {
    Sight.BLIND: ("✗", ("看不见", "blind"), "bold red"),
    Sight.SILENT: ("!", ("太安静", "silent"), "yellow"),
    Sight.PAUSED: ("=", ("暂停", "paused"), "yellow"),
    Sight.DOUBTED: ("?", ("存疑", "doubted"), "yellow"),
    Sight.UNTRIED: ("·", ("没看过", "untried"), "dim"),
    Sight.SEEN: ("✓", ("可见", "seen"), "green"),
}
"""Sight → mark, words, colour; the colour only helps the eye."""

DECISIONS = {
    "obeyed": ("遵守", "obeyed"),
    "ignored": ("不遵守", "ignored"),
    "not asked": ("不问：像人一样打开网页", "not asked: opened as a person would"),
}
DECIDERS = {"default": ("默认", "default"), "config": ("配置", "config")}
SHOWN_NAME = 30
"""Characters of a source's name in the table of robots; the whole one stands in --json."""
NAME, SHORTEST_NAME, GAP = 1, 10, 3
"""Place of the names in the table, their least width, and the space between two columns."""


def register(app: typer.Typer) -> None:
    app.command()(sources)


def sources(
    payload: Annotated[
        int | None, typer.Option("--payload", help="Write out the page with this number, which could not be read.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for --payload; default one in this folder.")] = None,
    robots: Annotated[
        bool, typer.Option("--robots", help="What was decided about robots.txt, by whom, and what it says.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Every source at a glance, the worst first: seen or not, since when, how much came, and what to do about it."""
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        if payload is not None:
            _write_payload(store, payload, out)
        elif robots:
            _print_robots(store, house, json)
        else:
            now = system_clock()
            glances = load_glances(store, house, now)
            if json:
                _print_records(glances)
            else:
                _print_glances(glances, store.load_payloads(), house, now)


# -- the table ---------------------------------------------------------------------------------------------------------


def _print_glances(glances: list[Glance], payloads: list[Payload], house: House, now: datetime) -> None:
    lang: Lang = "zh" if house.config.language == "zh" else "en"
    if not glances:
        print_plain("没有来源：配置里还没有写。" if lang == "zh" else "No sources: the config names none yet.")
        return
    print_plain(_headline(glances, lang))
    console(wide=True).print(_table(glances, house, lang, now))
    _print_to_do(glances, lang)
    _print_payloads(payloads, house, lang)


def _table(glances: list[Glance], house: House, lang: Lang, now: datetime) -> Table:
    """No cell is broken over lines: on a narrow terminal the names of sources are cut, nothing else."""
    heads = [plain(head) for head in words("sight source last_good today requests next_try", lang)]
    rows = [_cells(glance, house, lang, now) for glance in glances]
    widths = [max(cell.cell_len for cell in column) for column in zip(heads, *rows, strict=True)]
    left = console(wide=True).width - sum(w for place, w in enumerate(widths) if place != NAME) - GAP * len(heads)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for place, head in enumerate(heads):
        table.add_column(head, no_wrap=True, justify="right" if place in (3, 4) else "left")
    for row in rows:
        row[NAME].truncate(max(left, SHORTEST_NAME), overflow="ellipsis")
        table.add_row(*row)
    return table


def _headline(glances: list[Glance], lang: Lang) -> str:
    """How many of each kind, the worst first."""
    count = {sight: sum(g.sight is sight for g in glances) for sight in Sight}
    parts = [f"{MARKS[s][0]} {pick(MARKS[s][1], lang)} {n}" for s, n in count.items() if n]
    return "  ".join(parts)


def _cells(glance: Glance, house: House, lang: Lang, now: datetime) -> list[Text]:
    mark, said, style = MARKS[glance.sight]
    zone = house.config.zone

    def clock(at: datetime | None) -> str:
        return clock_words(at, now, zone) if at else "–"

    again = "–"
    if glance.next_try_at is not None and glance.sight is not Sight.SEEN:
        again = clock(glance.next_try_at) if glance.next_try_at > now else word("now", lang)
    state = f"{mark} {pick(said, lang)}"
    expected = "–" if glance.expected_today is None else f"{glance.expected_today:.0f}"
    asked = "–" if glance.budget is None or glance.task else f"{glance.requests}/{glance.budget}"
    return [
        Text(state, style=style),
        plain(eye_name(glance.source, glance.task, lang)),
        plain(word("never", lang) if glance.was_never_seen else clock(glance.since or glance.last_good_at)),
        plain("–" if glance.task else f"{glance.seen_today}/{expected}"),
        plain(asked),
        plain(again),
    ]


def _print_to_do(glances: list[Glance], lang: Lang) -> None:
    """One line for each source that needs somebody, under the table where it may be long."""
    wanting = [g for g in glances if g.to_do]
    if not wanting:
        return
    print_plain("要做的事" if lang == "zh" else "To do")
    for glance in wanting:
        name = eye_name(glance.source, glance.task, lang)
        what = pick(OUTCOMES[glance.outcome], lang) if glance.outcome and glance.sight is not Sight.SILENT else ""
        head = (f"{name}（{what}）" if lang == "zh" else f"{name} ({what})") if what else name
        print_plain(f"  {head}{'：' if lang == 'zh' else ': '}{glance.to_do}")
        if glance.detail and glance.sight is not Sight.SILENT:
            print_plain(f"    {shorten(glance.detail, 160)}")


def _print_payloads(payloads: list[Payload], house: House, lang: Lang) -> None:
    if not payloads:
        return
    said = (
        "存下的页面样本（--payload 编号 导出）"
        if lang == "zh"
        else "Pages kept as samples (--payload NUMBER writes one out)"
    )
    print_plain(said)
    for kept in payloads[:10]:
        at = local(kept.at, house.config.zone)
        name = source_name(kept.source, lang)
        print_plain(f"  #{kept.id} {name} {at} {max(1, kept.size // 1000)} KB {shorten(kept.detail, 80)}")


# -- JSON --------------------------------------------------------------------------------------------------------------


def _print_records(glances: list[Glance]) -> None:
    """One line for each source and brand, with what holds for the whole source in each."""
    for glance in glances:
        for brand in glance.brands or ("",):
            health, volume = glance.health.get(brand), glance.volumes.get(brand)
            print_json(
                {
                    "source": glance.source,
                    "task": glance.task or None,
                    "brand": brand,
                    "state": str(glance.sight),
                    "outcome": str(health.outcome if health else glance.outcome) if health or glance.outcome else None,
                    "detail": health.detail if health else glance.detail,
                    "last_try_at": _iso(health.last_try_at) if health else None,
                    "last_good_at": _iso(health.last_good_at) if health else None,
                    "blind_since": _iso(health.blind_since) if health else _iso(glance.since),
                    "streak": health.streak if health else 0,
                    "next_try_at": _iso(glance.next_try_at),
                    "mentions": health.mentions_total if health else 0,
                    "seen_today": volume.seen_today if volume else None,
                    "expected_today": _rounded(volume.expected_today if volume else None),
                    "expected_by_hour": {str(h): v for h, v in sorted(volume.by_hour.items())} if volume else {},
                    "control": glance.control or None,
                    "control_at": _iso(glance.control_at),
                    "requests_last_hour": glance.requests,
                    "budget": glance.budget,
                    "robots": glance.robots or None,
                    "payload": glance.payload,
                    "to_do": glance.to_do or None,
                }
            )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


# -- pages and robots --------------------------------------------------------------------------------------------------


def _write_payload(store: Store, number: int, out: Path | None) -> None:
    """Write a page to a file for its owner's eyes, never to the terminal: nobody knows what is in it."""
    found = store.load_payload(number)
    if found is None:
        raise Failed(f"no page {number} is kept: fengsheng sources lists those that are")
    kept, body = found
    platform = kept.source.partition(":")[0]
    path = out or Path(f"{platform}-{kept.id}.{_kind_of(body)}")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failed(f"{path} exists already: --out names another file") from None
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    print_plain(f"{path}")
    print(
        "warning: the page may hold names, words and tokens of people: look through it and remove them before you hand "
        "it on",
        file=sys.stderr,
    )


def _kind_of(body: bytes) -> str:
    head = body.lstrip()[:1]
    return "json" if head in (b"{", b"[") else "html" if head == b"<" else "bin"


def _print_robots(store: Store, house: House, json: bool) -> None:
    found = store.load_robots()
    fetched = {r.source for r in found if r.site}
    found = [r for r in found if r.site or r.source not in fetched]
    for record in found if json else ():
        print_json(
            {
                "source": record.source,
                "site": record.site or None,
                "decision": record.decision,
                "decided_by": record.decided_by,
                "status": record.status,
                "sha256": record.sha256,
                "allowed": record.allowed,
                "text": record.text,
                "at": _iso(record.at),
                "checked_at": _iso(record.checked_at),
            }
        )
    if json:
        return
    lang: Lang = "zh" if house.config.language == "zh" else "en"
    if not found:
        print_plain(
            "还没有记录：fengsheng run 启动后记下每个来源的决定。"
            if lang == "zh"
            else "Nothing recorded yet: fengsheng run notes the decision of every source when it starts."
        )
        return
    print_table(
        words("source site decision decided_by file allowed time", lang),
        (
            (
                shorten(source_name(r.source, lang), SHOWN_NAME),
                r.site or "–",
                name_of(DECISIONS, r.decision, lang),
                name_of(DECIDERS, r.decided_by, lang),
                "–" if r.sha256 is None else f"{r.status or '–'} · {r.sha256[:8]}",
                "–" if r.allowed is None else word("yes" if r.allowed else "refused", lang),
                clock_words(r.checked_at, system_clock(), house.config.zone),
            )
            for r in found
        ),
    )
