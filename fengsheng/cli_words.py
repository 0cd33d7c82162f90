"""``fengsheng words``: the word libraries (W3): list, show, lint before they go live, proposals for new words."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fengsheng.arguments import Config, Json
from fengsheng.naming_words import heads, say_finding, say_threshold
from fengsheng.printing import local, print_json, print_plain, print_table
from fengsheng.wiring import House, load_house, system_clock
from fengsheng.words import Tested, lint_words, load_tested, tally_history
from records.errors import BadInput, Failed, Problem
from scoring.keywords import WordGroup
from scoring.word_collisions import HARMLESS, Finding
from scoring.word_lint import Figures, Word, WordTally

Days = Annotated[
    int | None, typer.Option("--days", min=1, max=36_500, help="Only the last so many days; default the whole history.")
]
Brand = Annotated[str | None, typer.Option("--brand", help="Only this brand.")]
MOST = 20.0
"""Alerts a day that one word may raise before it is called a flood: what a duty supervisor can still look at."""


def register_words(app: typer.Typer) -> None:
    app.callback()(words)
    for function in (show, lint, propose):
        app.command()(function)


def words(
    context: typer.Context, days: Days = None, brand: Brand = None, config: Config = None, json: Json = False
) -> None:
    """The word groups: what they hit on the stored history, how much of it were complaints, when they alert."""
    if context.invoked_subcommand is not None:
        return
    house = load_house(config)
    lang, zone = house.config.language, house.config.zone
    tally = _tally(house, load_tested(house, ()), days, brand)
    groups = house.words.groups.values()
    if json:
        for group in groups:
            print_json(_group_record(group, tally))
        return
    rows = []
    for group in groups:
        figures = tally.groups.get(group.key, Figures()) if tally else None
        rows.append(
            (
                group.key,
                group.name[lang],
                group.kind,
                len(group.words),
                say_threshold(group, lang),
                f"{tally.per_day(figures.hits):.1f}" if tally and figures and group.kind != HARMLESS else "",
                _percent(figures),
                local(figures.last, zone) if figures else "",
            )
        )
    print_table(heads("group name kind words threshold hits share last", lang), rows, whole=(0,))
    print_plain(_said_history(house, tally))


def show(
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Key of the group, as fengsheng words lists it.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """One group: what its words mean for the scores, when it alerts, and every word."""
    house = load_house(config)
    found = house.words.groups.get(group)
    if found is None:
        raise Failed(f'no word group "{group}": fengsheng words lists them')
    record = {key: value for key, value in _group_record(found, None).items() if value not in (None, [], False)}
    if json:
        print_json(record | {"words": list(found.words)})
        return
    lang = house.config.language
    for key, value in record.items():
        if key not in ("words", "name", "alert"):
            print_plain(f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    print_plain(f"name: {found.name['zh']} · {found.name['en']}")
    if said := say_threshold(found, lang):
        print_plain(f"alert: {said}")
    print_plain(f"words ({len(found.words)}): {', '.join(found.words)}")


def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Word files to test; default the configured libraries.")
    ] = None,
    days: Days = None,
    brand: Brand = None,
    most: Annotated[
        float, typer.Option("--most", min=0.0, help="Alerts a day that a word, or a group, may raise.")
    ] = MOST,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="Words and notes of one kind that are shown; 0 = all.")
    ] = 30,
    config: Config = None,
    json: Json = False,
) -> None:
    """What words would do before they go live: hits and alerts a day on stored mentions, and what they collide with.

    Ends with 1 where a word would flood a chat or stands in a brand's name; notes alone end with 0.
    """
    house = load_house(config)
    tested = load_tested(house, [str(file) for file in files or ()])
    tally = _tally(house, tested, days, brand)
    findings = lint_words(house, tested, tally, most=most)
    if json:
        for word in tested.words:
            print_json(_word_record(word, tested, tally))
        for finding in findings:
            print_json(_finding_record(finding, tested, house.config.language, most))
    else:
        _print_words(house, tested, tally, limit)
        _print_findings(findings, tested, house.config.language, most, limit)
    grave = sum(finding.grave for finding in findings)
    if grave:
        raise Failed(
            f"{grave} 处须先改（标 ✗）"
            if house.config.language == "zh"
            else f"{grave} to be set right first (marked ✗)"
        )


def propose(
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Complaints of the last so many days.")] = 7,
    before: Annotated[
        int, typer.Option("--before", min=1, max=3650, help="Compared with so many days before them.")
    ] = 60,
    least: Annotated[int, typer.Option("--least", min=2, help="Independent voices that a word needs.")] = 5,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Words at most.")] = 30,
    brand: Brand = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Propose frequent new negative words of the last days, as a word file to edit, lint and name in the config."""
    from fengsheng.word_proposing import proposals_yaml, propose_words

    house = load_house(config)
    _check_brand(house, brand)
    with house.open_store(read_only=True) as store:
        found = propose_words(
            house, store, now=system_clock(), days=days, before=before, least=least, most=limit, brand=brand
        )
    if json:
        for proposal in found.proposals:
            record = asdict(proposal)
            record["examples"] = [{"mention": key, "text": text} for key, text in proposal.examples]
            print_json(
                {k: round(v, 2) if isinstance(v, float) else v for k, v in record.items()}
                | {"complaints": found.complaints, "earlier_complaints": found.earlier, "no_complaints": found.others}
            )
        return
    print_plain(proposals_yaml(found, house).rstrip("\n"))


# -- history ----------------------------------------------------------------------------------------------------------


def _tally(house: House, tested: Tested, days: int | None, brand: str | None) -> WordTally | None:
    """Figures on the stored history; None where there is no database yet."""
    _check_brand(house, brand)
    if not house.database.exists():
        return None
    since = system_clock() - timedelta(days=days) if days else None
    with house.open_store(read_only=True) as store, _progress() as progress:
        return tally_history(house, store, tested, brand=brand, since=since, progress=progress)


def _check_brand(house: House, brand: str | None) -> None:
    names = [b.name for b in house.config.brands]
    if brand is not None and names and brand not in names:
        what = f'no brand "{brand}": accepted are {", ".join(names)}'
        raise BadInput([Problem(file="--brand", what=what)])


@contextmanager
def _progress() -> Any:
    """Counts on the terminal while a long history is read."""
    seen = sys.stderr.isatty()

    def tell(count: int) -> None:
        if seen:
            print(f"\r… {count}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        if seen:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# -- what is shown ----------------------------------------------------------------------------------------------------


def _said_history(house: House, tally: WordTally | None) -> str:
    zh, zone = house.config.language == "zh", house.config.zone
    if tally is None or not tally.sights or tally.first is None or tally.last is None:
        return "还没有存下任何提及：只检查词库本身" if zh else "Nothing is stored yet: the words alone were checked"
    span = f"{tally.first.astimezone(zone):%Y-%m-%d} – {tally.last.astimezone(zone):%Y-%m-%d}"
    if zh:
        return f"依据 {tally.sights} 条提及，其中投诉 {tally.complaints} 条；{span}，有提及的 {len(tally.days)} 天"
    return f"From {tally.sights} mentions, {tally.complaints} of them complaints; {span}, {len(tally.days)} days with mentions"


def _print_words(house: House, tested: Tested, tally: WordTally | None, limit: int) -> None:
    lang = house.config.language
    if tally is not None and tally.sights:
        hit = [(word, figures) for word in tested.words if (figures := tally.words.get(word)) and figures.hits]
        hit.sort(key=lambda pair: (-pair[1].alerts, -pair[1].hits))
        shown = hit[:limit] if limit else hit
        print_table(
            heads("word group hits share alerts turned examples", lang),
            (
                (
                    ("＋" if word in tested.new else "") + word[1],
                    word[0],
                    f"{tally.per_day(figures.hits):.2f}",
                    _percent(figures),
                    f"{tally.per_day(figures.alerts):.2f}",
                    f"{tally.per_day(figures.new_complaints):.2f}" if word in tested.new else "",
                    "\n".join(("" if e.complaint else "✗ ") + e.text for e in figures.examples()),
                )
                for word, figures in shown
            ),
        )
        left = len(hit) - len(shown)
        if left:
            print_plain(
                f"另有 {left} 个词（--limit 0 全部列出）" if lang == "zh" else f"{left} more (--limit 0 lists all)"
            )
    print_plain(_said_history(house, tally))
    new = len(tested.new)
    if lang == "zh":
        print_plain(f"检查了 {len(tested.words)} 个词" + (f"，其中 {new} 个是新词（＋）" if new else ""))
    else:
        print_plain(f"{len(tested.words)} words checked" + (f", {new} of them new (＋)" if new else ""))


def _print_findings(findings: Sequence[Finding], tested: Tested, lang: str, most: float, limit: int) -> None:
    told: Counter[str] = Counter()
    for finding in findings:
        told[finding.what] += 1
        if limit and told[finding.what] > limit and not finding.grave:
            continue
        place = _place(finding, tested)
        print_plain(f"{'✗' if finding.grave else '·'} {place}{say_finding(finding, lang, most=most)}")
    left = sum(max(0, n - limit) for n in told.values()) if limit else 0
    if left:
        print_plain(
            f"另有 {left} 条同类提示（--limit 0 全部列出）"
            if lang == "zh"
            else f"{left} more such notes (--limit 0 lists all)"
        )


def _place(finding: Finding, tested: Tested) -> str:
    place = tested.places.get((finding.group, finding.word or ""))
    return f"{place[0]}:{place[1]}: " if place else ""


def _percent(figures: Figures | None) -> str:
    return "" if figures is None or figures.share is None else f"{figures.share:.0%}"


# -- records ----------------------------------------------------------------------------------------------------------


def _group_record(group: WordGroup, tally: WordTally | None) -> dict[str, Any]:
    alert = None
    if group.alert_count is not None:
        alert = {"count": group.alert_count, "hours": group.alert_hours, "level": group.alert_level.name.lower()}
    record = {
        "key": group.key,
        "name": dict(group.name),
        "kind": group.kind,
        "words": len(group.words),
        "gravity": group.gravity,
        "category": str(group.category) if group.category else None,
        "subcategory": group.subcategory,
        "split": group.split,
        "nature": group.nature,
        "crisis_type": group.crisis_type,
        "checklist": list(group.checklist),
        "alert": alert,
        "single": group.single,
        "grave": group.grave,
        "heavy": group.heavy,
    }
    return record if tally is None else record | _figures(tally.groups.get(group.key, Figures()), tally)


def _figures(figures: Figures, tally: WordTally) -> dict[str, Any]:
    return {
        "hits": figures.hits,
        "hits_per_day": round(tally.per_day(figures.hits), 3),
        "complaints": figures.complaints,
        "share": None if figures.share is None else round(figures.share, 3),
        "alerts_per_day": round(tally.per_day(figures.alerts), 3),
        "last_hit": _iso(figures.last),
    }


def _word_record(word: Word, tested: Tested, tally: WordTally | None) -> dict[str, Any]:
    file, line = tested.places.get(word, (None, None))
    record: dict[str, Any] = {"word": word[1], "group": word[0], "new": word in tested.new, "file": file, "line": line}
    if tally is None:
        return record
    figures = tally.words.get(word, Figures())
    return record | {
        **_figures(figures, tally),
        "denied": figures.denied,
        "new_complaints_per_day": round(tally.per_day(figures.new_complaints), 3),
        "new_high_per_day": round(tally.per_day(figures.new_high), 3),
        "examples": [{"mention": e.key, "text": e.text, "complaint": e.complaint} for e in figures.examples()],
    }


def _finding_record(finding: Finding, tested: Tested, lang: str, most: float) -> dict[str, Any]:
    file, line = tested.places.get((finding.group, finding.word or ""), (None, None))
    return {
        "finding": finding.what,
        "grave": finding.grave,
        "group": finding.group,
        "word": finding.word,
        "others": list(finding.others),
        "number": None if finding.number is None else round(finding.number, 3),
        "file": file,
        "line": line,
        "said": say_finding(finding, lang, most=most),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
