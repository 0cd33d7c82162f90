"""Alerts from one mention alone: S12 high → red; a name or audience of D6 → orange; sensitive words and angry customers → yellow (L)."""

from __future__ import annotations

from datetime import datetime

from scoring.alert import Alert, Dimension, Level
from scoring.assessment import Assessment, Reason, Risk, ScoreInput
from scoring.detectors.matter import matter_of
from scoring.keywords import WordLibrary
from scoring.rules import RuleSet

PRIORITY_CUSTOMERS = frozenset({"vip", "partner"})
"""Kinds of customers that raise the priority at once (S3); enterprise customers widen the scope (S4), ordinary ones are
only known."""
ANGRY_KINDS = frozenset({"anger", "insult", "threat"})


def detect_single(
    assessment: Assessment,
    item: ScoreInput,
    rules: RuleSet,
    words: WordLibrary,
    *,
    key: str,
    at: datetime,
    customer: str | None = None,
    audience: int | None = None,
) -> tuple[Alert, ...]:
    """What one mention alone sets off, highest level first; nothing where it is no complaint about the brand.

    Args:
        key: the mention's key, the evidence.
        at: published time (collected where unknown), aware UTC.
        customer: "vip", "partner", "enterprise" or "ordinary" where the customer register knows who it is (W7), the
            weightiest of several; None = not known.
        audience: expected audience of a live broadcast or of the post, where known; else its reads are taken.
    """
    if not assessment.complaint:
        return ()
    alerts = []
    if assessment.level is Risk.HIGH:
        why = tuple(r for r in assessment.reasons if r.rule == "S12")
        alerts.append(_alert(assessment, "S12", rules.single.high, Risk.HIGH, key, at, why))
    names = _names(assessment, item, rules, customer, audience)
    if names:
        risk = max((assessment.level, Risk.MEDIUM), key=lambda r: r.rank)
        alerts.append(_alert(assessment, "D6", rules.single.name, risk, key, at, names))
    yellow = (*_sensitive(assessment, words), *_angry(assessment, rules, words))
    if yellow:
        level = (
            max(rules.single.word, rules.single.angry)
            if len({r.what for r in yellow}) > 1
            else _level_of(yellow[0], rules)
        )
        alerts.append(_alert(assessment, "L", level, assessment.level, key, at, yellow))
    return tuple(sorted(alerts, key=lambda a: -a.level))


def _level_of(reason: Reason, rules: RuleSet) -> Level:
    return rules.single.word if reason.what.startswith("sensitive") else rules.single.angry


def _names(
    assessment: Assessment, item: ScoreInput, rules: RuleSet, customer: str | None, audience: int | None
) -> tuple[Reason, ...]:
    """VIP or partner, public figure, expected audience (D6, S3)."""
    found = []
    if customer in PRIORITY_CUSTOMERS:
        found.append(Reason(rule="D6", what="known customer", evidence=customer))
    followers = item.followers or 0
    if item.verified == "personal" and followers >= rules.level.figure_followers:
        found.append(
            Reason(rule="D6", what="public figure", evidence=f"{followers} followers ≥ {rules.level.figure_followers}")
        )
    elif assessment.reach >= rules.single.name_reach and item.verified != "enterprise":
        found.append(
            Reason(
                rule="D6",
                what="account of influence",
                evidence=f"reach {assessment.reach:g} ≥ {rules.single.name_reach:g}",
            )
        )
    seen = max(audience or 0, item.reads or 0)
    if seen > rules.single.audience:
        found.append(Reason(rule="D6", what="expected audience", evidence=f"{seen} > {rules.single.audience}"))
    return tuple(found)


def _sensitive(assessment: Assessment, words: WordLibrary) -> tuple[Reason, ...]:
    """One hit of a group with ``single: true`` (L, W3)."""
    found = []
    for key in assessment.word_groups:
        group = words.groups.get(key)
        if group is not None and group.single:
            found.append(Reason(rule="L", what="sensitive word", evidence=group.name["zh"]))
    return tuple(found)


def _angry(assessment: Assessment, rules: RuleSet, words: WordLibrary) -> tuple[Reason, ...]:
    """Emotion 8 or more, or anger words: to the duty supervisor at once (L)."""
    if assessment.emotion >= rules.single.angry_emotion:
        return (
            Reason(
                rule="L",
                what="angry customer",
                evidence=f"emotion {assessment.emotion:g} ≥ {rules.single.angry_emotion:g}",
            ),
        )
    for key in assessment.word_groups:
        group = words.groups.get(key)
        if group is not None and group.kind in ANGRY_KINDS:
            return (Reason(rule="L", what="angry customer", evidence=group.name["zh"]),)
    return ()


def _alert(
    assessment: Assessment, rule: str, level: Level, risk: Risk, key: str, at: datetime, reasons: tuple[Reason, ...]
) -> Alert:
    return Alert(
        rule=rule,
        matter=matter_of(assessment),
        dimension=Dimension.PROBLEM if assessment.problem else Dimension.ALL,
        value=assessment.problem or "",
        level=level,
        risk=risk,
        since=at,
        at=at,
        reasons=reasons,
        mentions=(key,),
    )
