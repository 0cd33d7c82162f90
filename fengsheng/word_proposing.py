"""Proposals for the word library from the stored complaints of the last days (W3), and the word file they make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from fengsheng.ingest import copy_mark
from fengsheng.printing import shorten
from fengsheng.wiring import House
from scoring.keywords import WordGroup
from scoring.text import Folded, fold_text, own_words
from scoring.word_collisions import spellings
from scoring.word_proposals import Complaint, Proposal, WordSearch
from storage.results import JudgedMention
from storage.sqlite import Store

MOST_COMPLAINTS = 50_000
"""Complaints that are read closely; of more than that the latest."""
PLAIN_COMPLAINT = 5.0
"""Gravity that a proposed word has at most: a word that only stood beside an injury makes nothing a red alert."""


@dataclass(frozen=True, kw_only=True)
class Proposed:
    since: datetime
    until: datetime
    proposals: tuple[Proposal, ...]
    complaints: int
    """Complaints of these days, copies left out."""
    earlier: int
    """Complaints of the time before."""
    others: int
    """Mentions that are no complaints."""


def propose_words(
    house: House,
    store: Store,
    *,
    now: datetime,
    days: int,
    before: int,
    least: int,
    most: int,
    brand: str | None = None,
) -> Proposed:
    """Words that are frequent in the complaints of the last ``days``, against those of the ``before`` days earlier and against
    what is no complaint.

    Args:
        least: independent voices that a word needs.
        most: proposals at most.
    """
    since = now - timedelta(days=days)
    complaints = _complaints(house, store, since, now, brand)
    known = frozenset(piece for pieces in spellings(house.words).values() for piece in pieces)
    search = WordSearch(complaints, names=_names(house), known=known, least=least)
    if complaints:
        for judged in store.iter_judged(brand=brand, since=since - timedelta(days=before), until=now):
            complaint = _is_complaint(judged, brand)
            if not complaint or judged.mention.happened_at < since:
                search.add(_text(house, judged), complaint=complaint)
    return Proposed(
        since=since,
        until=now,
        proposals=tuple(search.proposals(most)),
        complaints=len(complaints),
        earlier=search.earlier_complaints,
        others=search.others,
    )


def _complaints(house: House, store: Store, since: datetime, until: datetime, brand: str | None) -> list[Complaint]:
    """Complaints of the last days, oldest first; of copies the first alone (D5)."""
    found: list[Complaint] = []
    copies: set[str] = set()
    for judged in store.iter_judged(brand=brand, since=since, until=until):
        if not _is_complaint(judged, brand):
            continue
        text = _text(house, judged)
        mark = copy_mark(text.original)
        if mark is not None and mark in copies:
            continue
        copies.add(mark or "")
        voice = judged.author_hash or judged.mention.key
        found.append(Complaint(key=judged.mention.key, voice=voice, text=text, hits=tuple(house.words.find(text))))
    return found[-MOST_COMPLAINTS:]


def _is_complaint(judged: JudgedMention, brand: str | None) -> bool:
    return any(v.complaint for name, v in judged.verdicts.items() if brand in (None, name))


def _text(house: House, judged: JudgedMention) -> Folded:
    return fold_text(own_words(judged.mention.full_text[: house.rules.text_limit]))


def _names(house: House) -> Iterator[str]:
    for b in house.config.brands:
        for name in (b.name, *b.aliases, *b.products, *b.rivals, *b.official_accounts):
            yield fold_text(name).text.strip()


# -- the word file ----------------------------------------------------------------------------------------------------


def proposals_yaml(found: Proposed, house: House) -> str:
    """A whole word file: a group of its own beside each group of the library, so that nothing of the library is replaced."""
    zh, zone = house.config.language == "zh", house.config.zone
    day = found.until.astimezone(zone)
    span = f"{found.since.astimezone(zone):%Y-%m-%d} – {day:%Y-%m-%d}"
    lines = [
        (
            f"# {span} 的 {found.complaints} 条投诉中新出现的词（对照：此前 {found.earlier} 条投诉、{found.others} 条非投诉）"
            if zh
            else f"# New words in {found.complaints} complaints of {span}, against {found.earlier} earlier ones and {found.others} "
            "mentions that are no complaints"
        ),
        (
            "# 删去不要的，存成文件，先用 fengsheng words lint 检查，再写进配置的 words。"
            if zh
            else "# Delete what you do not want, save it as a file, check it with fengsheng words lint, then name it in words: of the config."
        ),
        "name: proposed",
        "groups:" if found.proposals else "groups: []",
    ]
    groups: dict[str | None, list[Proposal]] = {}
    for proposal in found.proposals:
        groups.setdefault(proposal.group, []).append(proposal)
    for key, proposals in groups.items():
        lines += _group_lines(house.words.groups.get(key or ""), f"{day:%Y%m%d}", proposals, zh)
    return "\n".join(lines) + "\n"


def _group_lines(group: WordGroup | None, day: str, proposals: list[Proposal], zh: bool) -> Iterator[str]:
    name = dict(group.name) if group else {"zh": "其他", "en": "other"}
    yield f"  - key: {(group.key if group else 'other')[:30]}_{day}"
    yield f"    name: {{zh: {_quoted(name['zh'] + '（新词）')}, en: {_quoted(name['en'] + ' (new words)')}}}"
    yield f"    kind: {group.kind if group else 'matter'}"
    for field in ("gravity", "category", "subcategory", "split", "nature", "crisis_type"):
        value = getattr(group, field) if group else None
        if field == "gravity" and value is not None:
            value = f"{min(value, PLAIN_COMPLAINT):g}"
        if value is not None:
            yield f"    {field}: {value}"
    if group and group.checklist:
        yield f"    checklist: [{', '.join(group.checklist)}]"
    if group and group.alert_count is not None and group.alert_count > 1:
        yield f"    alert: {{count: {group.alert_count}, hours: {group.alert_hours:g}, level: {group.alert_level.name.lower()}}}"
    yield "    words:"
    for p in proposals:
        told = (
            f"{p.count} 条投诉，{p.voices} 个声音；此前 {p.earlier}，非投诉 {p.others}；主题 {p.theme}"
            if zh
            else f"{p.count} complaints, {p.voices} voices; earlier {p.earlier}, no complaints {p.others}; theme {p.theme}"
        )
        yield f"      - {_quoted(p.word)}  # {told}"
        for _, text in p.examples:
            yield f"      #   {shorten(_printable(text), 60)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _printable(text: str) -> str:
    """Post text in a comment: nothing in it ends the line or is refused by a reader of YAML."""
    return "".join(c if c.isprintable() else " " for c in text)
