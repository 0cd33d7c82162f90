"""Reading commands on mentions: score, explain, surge, search, export, and import as their opposite."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fengsheng.arguments import Categories, Config, Json, Levels, parse_moment
from fengsheng.cli_customers import history_record, print_histories
from fengsheng.naming import FACTS, fact, fact_value, score_name, word, words
from fengsheng.opinion_words import explain_opinion, opinion_record
from fengsheng.printing import local, print_json, print_plain, print_table, shorten
from fengsheng.wiring import House, load_house, system_clock, terms_of
from records.complaint import Complaint, mask_contact
from records.errors import BadInput, BadRecord, Failed, Problem
from records.event import Event
from records.mention import COUNT_NAMES
from records.opinion import SecondOpinion
from scoring.assessment import Assessment, BrandTerms, ScoreInput, assessment_to_json
from scoring.wording import ROLES, name_of, render_finding
from storage.results import StoredMention

BATCH = 500
"""Lines that are scored together; answers come in order."""


def register(app: typer.Typer) -> None:
    for function in (score, explain, surge, search, export):
        app.command()(function)


def score(
    file: Annotated[Path | None, typer.Argument(help="JSON lines; without it, standard input.")] = None,
    config: Config = None,
) -> None:
    """Score JSON lines (text, brand, author, metrics…): one assessment a line, in order; a bad line gives an error object."""
    from fengsheng.reading import parse_json_lines

    house = load_house(config)
    if file is None:
        _score_lines(house, parse_json_lines(sys.stdin.buffer))
        return
    try:
        with file.open("rb") as lines:
            _score_lines(house, parse_json_lines(lines))
    except OSError as error:
        raise BadInput([Problem(file=str(file), what=f"cannot be read: {error.strerror}")]) from None


def _score_lines(house: House, lines: Iterable[tuple[int, Any]]) -> None:
    from fengsheng.reading import BadLine, parse_score_input

    batch: list[tuple[int, ScoreInput | str]] = []
    for number, record in lines:
        if isinstance(record, BadLine):
            batch.append((number, record.why))
        else:
            try:
                batch.append((number, parse_score_input(record, number)))
            except BadRecord as error:
                batch.append((number, str(error)))
        if len(batch) >= BATCH:
            _print_scores(house, batch)
            batch = []
    _print_scores(house, batch)


def _print_scores(house: House, batch: list[tuple[int, ScoreInput | str]]) -> None:
    good = [item for _, item in batch if isinstance(item, ScoreInput)]
    terms = {item.brand: BrandTerms(name=item.brand, aliases=item.brand_aliases) for item in good}
    answers = iter(house.scorer(terms.values()).score(good) if good else [])
    for number, item in batch:
        print_json({"line": number, "error": item} if isinstance(item, str) else assessment_to_json(next(answers)))


def explain(
    mention_id: Annotated[str, typer.Argument(help="Mention, e.g. weibo:post:5236… as search shows it.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Every rule, value, threshold and word that fired for a mention."""
    house = load_house(config)
    with house.open_store(read_only=True) as store:
        stored = store.load_mention(mention_id)
        if stored is None:
            raise Failed(f'no mention "{mention_id}" is stored: search shows the ids, e.g. weibo:post:5236001')
        complaint = store.load_complaint(mention_id)
        customers = {brand: store.mention_customers(mention_id, brand) for brand in stored.assessments}
        opinions = {brand: store.load_opinion(mention_id, brand) for brand in stored.assessments}
    for brand, assessment in stored.assessments.items():
        if json:
            known = [history_record(c) for c in customers[brand]]
            judged = assessment_to_json(assessment)
            said = opinion_record(opinions[brand], assessment)
            told = {"incidents": list(stored.incidents), "customers": known, "second_opinion": said}
            print_json({"mention": stored.key, **judged, "checks": _checks(house, assessment), **told})
        else:
            _print_explanation(house, stored, brand, assessment)
            _print_opinion(house, opinions[brand], assessment)
            print_histories(house, customers[brand])
    if complaint is not None and not json:
        _print_complaint(house, complaint)


def _print_opinion(house: House, second: SecondOpinion | None, assessment: Assessment) -> None:
    if second is not None:
        for line in explain_opinion(second, assessment, house.config.language, lambda at: local(at, house.config.zone)):
            print_plain(line)


def _checks(house: House, assessment: Assessment) -> list[dict[str, Any]]:
    """The items of the checklist with clause, question and who checks, in both languages (S10)."""
    items = (house.checklist.items.get(key) for key in assessment.checklist)
    return [
        {"key": i.key, "name": dict(i.name), "clause": dict(i.clause), "question": dict(i.question), "role": i.role}
        for i in items
        if i is not None
    ]


def _print_explanation(house: House, stored: StoredMention, brand: str, assessment: Assessment) -> None:
    lang, mention = house.config.language, stored.mention
    print_plain(f"{mention.key} · {brand} · {local(mention.happened_at, house.config.zone)}\n{mention.full_text}\n")
    scores = ("topicality", "emotion", "reach", "completeness", "scope", "already_spread", "spread")
    print_plain("  ".join(f"{score_name(n, lang)} {getattr(assessment, n):.1f}" for n in scores))
    books = {
        "category": house.manual.category_names(),
        "subcategory": house.manual.names(),
        "checklist": house.checklist.names(),
    }
    print_plain("  ".join(fact(n, str(v), lang, books.get(n)) for n in FACTS if (v := getattr(assessment, n))))
    groups = {key: group.name for key, group in house.words.groups.items()}
    print_table(
        words("rule what evidence weight at", lang),
        (
            (
                r.rule,
                render_finding(r.what, lang, groups, books),
                r.evidence,
                f"{r.weight:+.2f}" if r.weight else "",
                f"{r.at[0]}–{r.at[1]}" if r.at else "",
            )
            for r in assessment.reasons
        ),
    )
    _print_checklist(house, assessment)
    if assessment.uncertain:
        print_plain(f"{word('uncertain', lang)}: {', '.join(score_name(u, lang) for u in assessment.uncertain)}")
    print_plain(f"{word('rules_version', lang)}: {assessment.rules_version}")
    if stored.incidents:
        print_plain(f"{word('incident', lang)}: {', '.join(stored.incidents)}")
    _print_past(house, stored)


def _print_checklist(house: House, assessment: Assessment) -> None:
    """What has to be checked (S10): item, clause, question and who; items that were taken out of the checklist by their key."""
    lang = house.config.language
    for key in assessment.checklist:
        item = house.checklist.items.get(key)
        if item is None:
            print_plain(f"□ {key}")
            continue
        print_plain(f"□ {item.name[lang]} · {word('who_checks', lang)}: {name_of(ROLES, item.role, lang)}")
        print_plain(f"    {word('clause', lang)}: {item.clause[lang]}")
        print_plain(f"    {word('to_answer', lang)}: {item.question[lang]}")


def _print_past(house: House, stored: StoredMention) -> None:
    """What became of the post: earlier texts as evidence, figures over time, whether it still stands."""
    lang, zone = house.config.language, house.config.zone
    if stored.gone_at is not None:
        print_plain(f"{word('gone_since', lang)}: {local(stored.gone_at, zone)}")
    for earlier in stored.earlier_texts:
        if (earlier.text, earlier.title) == (stored.mention.text, stored.mention.title) and stored.gone_at is None:
            continue  # evidence kept while it was gone; it stands again with the same words
        print_plain(f"{word('earlier_text', lang)} ({local(earlier.seen_at, zone)}, SHA-256 {earlier.sha256}):")
        print_plain(f"  {earlier.title + ' ' if earlier.title else ''}{earlier.text}")
    if len(stored.history) > 1:
        print_table(
            words("time reads likes comments reposts saves", lang),
            ((local(at, zone), *(getattr(figures, name) for name in COUNT_NAMES)) for at, figures in stored.history),
        )


def _print_complaint(house: House, complaint: Complaint) -> None:
    """What stands beside an imported complaint's words; contact and order are shown in part only."""
    lang = house.config.language
    told = {
        "channel": complaint.channel,
        "received_at": local(complaint.received_at, house.config.zone),
        "demand": complaint.demand,
        "customer": complaint.customer[:1] + "**" if complaint.customer else word("anonymous", lang),
        "contact": mask_contact(complaint.contact) if complaint.contact else None,
        "order_number": mask_contact(complaint.order_number) if complaint.order_number else None,
        "attachments": ", ".join(a.name for a in complaint.attachments),
    }
    for name, value in told.items():
        if value:
            print_plain(f"{word(name, lang)}: {value}")


def surge(
    file: Annotated[Path, typer.Argument(help="CSV with the columns timestamp,value.")],
    json: Json = False,
) -> None:
    """Find surges in a series: timestamp,value in; timestamp,value,score,alarm out; score 0–1."""
    from fengsheng.reading import parse_series
    from scoring.detectors.surge import detect_surge

    points = parse_series(file)
    shown = _original_timestamps(file)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if not json:
        writer.writerow(("timestamp", "value", "score", "alarm"))
    for stamp, point in zip(shown, detect_surge(points), strict=True):
        if json:
            print_json({"timestamp": stamp, "value": point.value, "score": round(point.score, 6), "alarm": point.alarm})
        else:
            writer.writerow((stamp, f"{point.value:g}", f"{point.score:.6f}", int(point.alarm)))


def _original_timestamps(file: Path) -> Iterator[str]:
    from fengsheng.reading import BadLine, parse_rows

    for _, row in parse_rows(file):
        if not isinstance(row, BadLine):
            yield str(row.get("timestamp", "")).strip()


def search(
    query: Annotated[
        str, typer.Argument(help='Words that must all occur; "…" keeps a phrase together; "" = everything.')
    ],
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    level: Levels = None,
    category: Categories = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time (2026-11-20, 2026-11-20T12:00, 24h, 7d).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many.")] = 50,
    config: Config = None,
    json: Json = False,
) -> None:
    """Find stored mentions whose text contains the words, newest first; words of two characters (退款, 客服) included."""
    house = load_house(config)
    start, end = _span(house, since, until)
    with house.open_store(read_only=True) as store:
        found = store.search(
            query, brand=brand, level=level, category=category, platform=platform, since=start, until=end, limit=limit
        )
    if json:
        for stored in found:
            print_json(_search_record(stored, brand))
        return
    for stored in found:
        for name, assessment in stored.assessments.items():
            if brand in (None, name):
                _print_found(house, stored, name, assessment)
    print_plain(f"{len(found)} mention(s)" + (f", --limit {limit} reached" if len(found) == limit else ""))


def _search_record(stored: StoredMention, brand: str | None) -> dict[str, Any]:
    from records.mention import mention_to_json

    judged = {n: assessment_to_json(a) for n, a in stored.assessments.items() if brand in (None, n)}
    return {
        "mention": stored.key,
        **mention_to_json(stored.mention),
        "assessments": judged,
        "incidents": list(stored.incidents),
    }


def _print_found(house: House, stored: StoredMention, brand: str, assessment: Assessment) -> None:
    """Two lines: what it is and how grave, then the words; the id stays whole, so that it can be copied."""
    lang, zone = house.config.language, house.config.zone
    scores = "  ".join(
        f"{score_name(n, lang)} {getattr(assessment, n):.0f}" for n in ("topicality", "emotion", "reach")
    )
    level = fact_value("level", str(assessment.level), lang)
    print_plain(f"{local(stored.mention.happened_at, zone)}  {level}  {scores}  {stored.key}")
    print_plain(f"    {brand}：{shorten(stored.mention.full_text, 120)}\n")


def export(
    file: Annotated[Path, typer.Argument(help="Where to: .csv, .jsonl, .xlsx or .parquet.")],
    query: Annotated[str, typer.Option("--query", "-q", help="Words that must occur; default everything.")] = "",
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    level: Levels = None,
    category: Categories = None,
    since: Annotated[str | None, typer.Option(help="From this time.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this time.")] = None,
    corrections: Annotated[
        bool,
        typer.Option("--corrections", help="Only posts whose level people set by hand, as labels for train (.jsonl)."),
    ] = False,
    config: Config = None,
) -> None:
    """Write mentions with their assessments to a file; the export stands in the log."""
    from fengsheng.corrections import find_corrections, save_corrections
    from fengsheng.exporting import flat_row, save_export

    house = load_house(config)
    start, end = _span(house, since, until)
    if not house.database.exists():
        raise Failed(f"no database at {house.database}: run, import or drill makes one")
    with house.open_store() as store:
        if corrections:
            if query or level or category:
                what = (
                    "--query, --level and --category choose mentions: --brand, --since and --until go with corrections"
                )
                raise BadInput([Problem(file="--corrections", what=what)])
            terms = {b.name: terms_of(b) for b in house.config.brands}
            count = save_corrections(find_corrections(store, terms, brand=brand, since=start, until=end), file)
        else:
            found = store.iter_mentions(
                query=query, brand=brand, level=level, category=category, since=start, until=end
            )
            rows = (
                flat_row(stored, name, assessment)
                for stored in found
                for name, assessment in stored.assessments.items()
                if brand in (None, name)
            )
            count = save_export(rows, file)
        data = {
            "rows": count,
            "format": file.suffix.lower().lstrip("."),
            "filtered": bool(query or brand or level or category),
            **({"corrections": True} if corrections else {}),
        }
        store.append_events([Event(incident=None, kind="export", at=system_clock(), data=data)])
    print_plain(f"{count} row(s) → {file}")


def _span(house: House, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    now, zone = system_clock(), house.config.zone
    return parse_moment(since, "--since", now, zone), parse_moment(until, "--until", now, zone)
