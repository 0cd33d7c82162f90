"""Influencer reach (影响力, S3): followers on a log scale, verification, the post's reactions (rubric, last table)."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.assessment import Reason, ScoreInput
from scoring.rules import ReachRules
from scoring.scale import score_on
from scoring.tally import Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    value: float
    reasons: tuple[Reason, ...]
    uncertain: bool
    """Followers are not known."""


def count_reactions(item: ScoreInput) -> int | None:
    """Likes, comments, reposts and saves together; None where the platform told none of them."""
    shown = [n for n in (item.likes, item.comments, item.reposts, item.saves) if n is not None]
    return sum(max(0, n) for n in shown) if shown else None


def score_reach(item: ScoreInput, rules: ReachRules) -> Reach:
    """Reach of the account and its post. More known followers never lower it; nothing known at all is 2 and uncertain."""
    tally = Tally("S3")
    reactions = count_reactions(item)
    known = item.followers is not None
    if item.followers is not None:
        tally.raise_to(score_on(rules.followers, max(0, item.followers)), "followers", str(item.followers))
    elif reactions is None and item.reads is None:
        tally.raise_to(rules.unknown, "nothing known", "followers, reactions and reads are not told")
    raised = rules.raises.get(item.verified, 0.0)
    if raised and (item.followers is None or item.followers >= 300):
        tally.add("verification", item.verified, raised)
    if item.verified in rules.at_least:
        tally.raise_to(rules.at_least[item.verified], "verification", item.verified)
    if reactions is not None:
        tally.raise_to(score_on(rules.reactions, reactions), "reactions", str(reactions))
    if item.reads is not None:
        tally.raise_to(score_on(rules.reads, max(0, item.reads)), "reads", str(item.reads))
    return Reach(value=tally.finish(), reasons=tally.reasons, uncertain=not known)
