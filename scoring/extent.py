"""Completeness (信息完整度) and scope (影响范围), S4; already spread (已传播), S5."""

from __future__ import annotations

import re

from scoring.assessment import Reason, ScoreInput
from scoring.often import made_often
from scoring.reach import count_reactions
from scoring.reading import Reading
from scoring.rules import ReachRules, ScopeRules, SpeedRules
from scoring.speed import Speed
from scoring.tally import Tally

PICTURES = frozenset({"image", "video", "live", "audio"})
_SEVERAL_PRODUCTS = re.compile(
    r"[全整各每]系|多款|好几款|所有(?:产品|型号|批次)|[同整该这]一?批次?|整批|批次产品|全线|whole (?:batch|line|series)"
)


@made_often()
class Extent:
    value: float
    reasons: tuple[Reason, ...]
    uncertain: bool = False


def score_completeness(reading: Reading, complaint: bool = True) -> Extent:
    """How much a complaint tells: what happened, time, place, order, amount, picture, what is asked for.

    Nothing but feeling is 1, what happened 4, that with two of the others 6, a full case 10. The weights are fitted to people's
    labels. A mention that is no complaint has 1.
    """
    tally = Tally("S4:completeness")
    if not complaint:
        return Extent(value=1.0, reasons=tally.reasons)
    length = len(reading.words.text)
    _add_story(tally, reading, length)
    facts = reading.facts
    if facts.dates:
        _add(tally, reading, "time", facts.dates[0], 0.9 if len(facts.dates) > 1 else 0.6)
    elif facts.recent_at:
        _add(tally, reading, "time", facts.recent_at, 0.2)
    elif facts.duration_at:
        _add(tally, reading, "how long", facts.duration_at, 0.2)
    if facts.site_at:
        _add(tally, reading, "place", facts.site_at, 0.6)
    elif facts.places:
        _add(tally, reading, "place", facts.places[0][:2], 0.4)
    for what, span, weight in (
        ("order or staff number", facts.order_at, 0.6),
        ("amount", facts.amount_at, 0.5),
        ("how often", facts.times_at, 0.2),
        ("people", facts.people_at or facts.firms_at, 0.2),
    ):
        if span:
            _add(tally, reading, what, span, weight)
    if facts.figures >= 2:
        tally.add("several figures", str(facts.figures), 0.2)
    _add_proof(tally, reading)
    _add_demand(tally, reading)
    return Extent(value=tally.finish(), reasons=tally.reasons)


def _add(tally: Tally, reading: Reading, what: str, span: tuple[int, int], weight: float) -> None:
    tally.add(what, reading.quote(span), weight, reading.place(span))


def _add_story(tally: Tally, reading: Reading, length: int) -> None:
    """What happened: a named matter, and how much is told of it. A comment leans on its post."""
    matter = next((h for h in reading.of("matter", "aggravator") if h.group.key != "suggestion"), None)
    if matter is not None:
        tally.add("what happened", matter.text, 1.3, matter.at)
    elif length >= 12:
        tally.add("what happened", f"{length} characters", 1.2)
    told = min(length, 40) / 40 + 1.6 * max(0, min(length - 40, 60)) / 60 + 0.5 * max(0, min(length - 100, 150)) / 150
    tally.add("detail", f"{length} characters", told)
    if "“" in reading.words.text or "「" in reading.words.text or '"' in reading.words.text:
        tally.add("words of others quoted", "“…”", 0.2)
    if reading.item.kind in ("comment", "reply"):
        tally.add("leans on its post", reading.item.kind, max(-0.8, 1.0 - tally.value))


def _add_proof(tally: Tally, reading: Reading) -> None:
    if reading.item.media:
        shown = sorted(reading.item.media & PICTURES)
        tally.add("picture or video", ", ".join(shown), 0.8 if shown else 0.0)
    proof = reading.of("evidence")
    if proof:
        tally.add("proof in the text", proof[0].text, 0.5, proof[0].at)


def _add_demand(tally: Tally, reading: Reading) -> None:
    if reading.facts.demand_at:
        _add(tally, reading, "what is asked for", reading.facts.demand_at, 0.6)
        return
    asked = next((h for h in reading.hits if h.group.kind == "demand" or h.group.key == "refund"), None)
    if asked is not None:
        tally.add("what is asked for", asked.text, 0.2, asked.at)


def score_scope(reading: Reading, rules: ScopeRules) -> Extent:
    """People, companies, products and regions touched, as the text claims; 2 for one complainant."""
    tally, facts = Tally("S4:scope"), reading.facts
    matters = reading.of("matter")
    if matters:
        tally.raise_to(2.0, "one complainant", matters[0].text, matters[0].at)
    if facts.people and facts.people_at:
        at = facts.people_at
        tally.raise_to(rules.people.score(facts.people), "people", reading.quote(at), reading.place(at))
    if facts.firms and facts.firms_at:
        at = facts.firms_at
        tally.raise_to(rules.firms.score(facts.firms), "enterprise customers", reading.quote(at), reading.place(at))
    victims = reading.of("victims")
    if victims:
        tally.raise_to(5.0, "several people affected", victims[0].text, victims[0].at)
    if matters or victims or facts.people:
        _add_width(tally, reading, rules)
    return Extent(value=tally.finish(), reasons=tally.reasons)


def _add_width(tally: Tally, reading: Reading, rules: ScopeRules) -> None:
    facts, text = reading.facts, reading.words.text
    if facts.nationwide:
        tally.raise_to(7.0, "many regions", "全国/多地")
    elif facts.regions >= 2:
        tally.raise_to(rules.regions.score(facts.regions), "several regions", f"{facts.regions} provinces")
    if "批" in text or "款" in text or "系" in text or "所有" in text or "全线" in text or "whole" in text:
        several = _SEVERAL_PRODUCTS.search(text)
        if several:
            tally.raise_to(
                5.0, "several products or a batch", reading.quote(several.span()), reading.place(several.span())
            )
    if facts.firms is None and facts.enterprise:
        tally.add("enterprise customers", "企业客户", 1.0)


def score_already_spread(item: ScoreInput, reach: ReachRules, pace: SpeedRules, speed: Speed | None = None) -> Extent:
    """Reads, likes, comments, reposts up to now, and how many more come each hour; 1 and uncertain where nothing is told."""
    tally = Tally("S5")
    reactions = count_reactions(item)
    if reactions is not None:
        tally.raise_to(reach.reactions.score(reactions), "reactions", str(reactions))
    if item.reads is not None:
        tally.raise_to(reach.reads.score(max(0, item.reads)), "reads", str(item.reads))
    if speed is not None and speed.reactions is not None:
        shown = f"{speed.reactions:.0f} ({speed.hours:.1f} h)"
        tally.raise_to(pace.reactions.score(speed.reactions), "reactions per hour", shown)
    if speed is not None and speed.reads is not None:
        tally.raise_to(pace.reads.score(speed.reads), "reads per hour", f"{speed.reads:.0f} ({speed.hours:.1f} h)")
    unknown = reactions is None and item.reads is None and speed is None
    return Extent(value=tally.finish(), reasons=tally.reasons, uncertain=unknown)
