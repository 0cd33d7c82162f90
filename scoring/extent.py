"""Completeness (信息完整度) and scope (影响范围), S4; already spread (已传播), S5."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.assessment import Reason
from scoring.reach import count_reactions
from scoring.reading import Reading
from scoring.rules import ReachRules
from scoring.scale import score_on
from scoring.tally import Tally

PEOPLE_ANCHORS = ((1.0, 2.0), (3.0, 4.0), (10.0, 5.0), (100.0, 7.0), (1000.0, 8.0), (10_000.0, 9.0), (100_000.0, 10.0))
"""People affected as the text claims → scope. Between: log scale."""
ENTERPRISE_CUSTOMERS = 100
"""Above this many enterprise customers the effect on the whole brand is assessed (S4)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    value: float
    reasons: tuple[Reason, ...]
    uncertain: bool = False


def score_completeness(reading: Reading) -> Extent:
    """How much of time, place, order, amount, picture, what happened and what is asked for the mention gives."""
    tally, facts, item = Tally("S4:completeness"), reading.facts, reading.item
    matters = [h for h in reading.matters if h.group.key != "suggestion"]
    if matters:
        tally.add("what happened", matters[0].text, 2.0, matters[0].at)
    for what, span, weight in (
        ("time", facts.when_at or facts.duration_at, 1.5),
        ("place", facts.where_at, 1.0),
        ("order or staff number", facts.order_at, 1.2),
        ("amount", facts.amount_at, 1.0),
    ):
        if span:
            tally.add(what, reading.quote(span), weight, reading.place(span))
    shown = sorted(item.media & {"image", "video", "live", "audio"})
    proof = reading.of("evidence")
    if shown:
        tally.add("picture or video", ", ".join(shown), 1.3)
    if proof:
        tally.add("proof in the text", proof[0].text, 0.7 if shown else 1.2, proof[0].at)
    asked = [*reading.of("demand"), *(h for h in matters if h.group.key == "refund")]
    if asked:
        tally.add("what is asked for", asked[0].text, 1.0, asked[0].at)
    length = len(reading.words.text)
    if length >= 60:
        tally.add("detail", f"{length} characters", 0.5 if length < 150 else 1.0)
    return Extent(value=tally.finish(), reasons=tally.reasons)


def score_scope(reading: Reading) -> Extent:
    """People, products, regions and customer kinds touched, as the text claims."""
    tally, facts = Tally("S4:scope"), reading.facts
    if reading.matters:
        tally.raise_to(2.0, "one complainant", reading.matters[0].text, reading.matters[0].at)
    if facts.people:
        tally.raise_to(
            score_on(PEOPLE_ANCHORS, facts.people),
            "people",
            reading.quote(facts.people_at),
            reading.place(facts.people_at),
        )
    victims = reading.of("victims")
    if victims:
        tally.raise_to(5.0, "several people affected", victims[0].text, victims[0].at)
    if facts.nationwide and reading.matters:
        tally.raise_to(7.0, "many regions", "全国/多地")
    if facts.enterprise:
        tally.add("enterprise customers", "企业客户", 1.0)
    return Extent(value=tally.finish(), reasons=tally.reasons)


def score_already_spread(reading: Reading, rules: ReachRules) -> Extent:
    """Reads, likes, comments, reposts up to now; 1 and uncertain where the platform told nothing."""
    tally, item = Tally("S5"), reading.item
    reactions = count_reactions(item)
    if reactions is not None:
        tally.raise_to(score_on(rules.reactions, reactions), "reactions", str(reactions))
    if item.reads is not None:
        tally.raise_to(score_on(rules.reads, max(0, item.reads)), "reads", str(item.reads))
    return Extent(value=tally.finish(), reasons=tally.reasons, uncertain=reactions is None and item.reads is None)
