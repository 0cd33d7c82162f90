"""Which playbook an incident runs (P1–P4): by risk, more closely by type of crisis, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playbooks.playbook import Localised, Playbook
from scoring.assessment import Risk

RISK_ZH = {Risk.HIGH: "高风险", Risk.MEDIUM: "中风险", Risk.LOW: "低风险", Risk.NONE: "无风险"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    playbook: Playbook
    rule: str
    """Rule id: P1, P2, P3 by risk, P4 by type of crisis."""
    reason: Localised


def select_playbook(risk: Risk, crisis_type: str | None, playbooks: Iterable[Playbook]) -> Selection:
    """Select the playbook for an incident.

    A playbook made for this type of crisis and this risk comes first, then a general one for this risk, then a general
    one for the nearest stricter risk, then the nearest milder one. No risk runs as low risk. Among equals the first by name.

    Raises:
        ValueError: there is no playbook without a type of crisis, so that some incident would have none.
    """
    known = sorted(playbooks, key=lambda p: p.name)
    asked = Risk.LOW if risk is Risk.NONE else risk
    if crisis_type is not None:
        for playbook in known:
            if crisis_type in playbook.crisis_types and asked.value in playbook.risks:
                return Selection(playbook=playbook, rule="P4", reason=_type_reason(risk, crisis_type))
    for nearest in _nearest(asked):
        for playbook in known:
            if not playbook.crisis_types and nearest.value in playbook.risks:
                return Selection(playbook=playbook, rule=_rule(nearest), reason=_risk_reason(risk, nearest))
    raise ValueError("no general playbook: at least one must serve a risk without naming types of crisis")


def _nearest(asked: Risk) -> list[Risk]:
    """The risk itself, stricter ones from near to far, then milder ones from near to far."""
    serving = (Risk.LOW, Risk.MEDIUM, Risk.HIGH)
    stricter = [r for r in serving if r.rank > asked.rank]
    milder = [r for r in reversed(serving) if r.rank < asked.rank]
    return [asked, *stricter, *milder]


def _rule(risk: Risk) -> str:
    return {Risk.HIGH: "P1", Risk.MEDIUM: "P2"}.get(risk, "P3")


def _type_reason(risk: Risk, crisis_type: str) -> Localised:
    return {
        "zh": f"{RISK_ZH[risk]}，危机类型为 {crisis_type}",
        "en": f"risk {risk.value}, type of crisis {crisis_type}",
    }


def _risk_reason(risk: Risk, served: Risk) -> Localised:
    if served is risk:
        return {"zh": RISK_ZH[risk], "en": f"risk {risk.value}"}
    if risk is Risk.NONE and served is Risk.LOW:
        return {"zh": "未判定风险，按低风险处理", "en": "no risk found: run as low"}
    return {
        "zh": f"{RISK_ZH[risk]}没有对应预案，采用{RISK_ZH[served]}预案",
        "en": f"no playbook serves risk {risk.value}: the one for {served.value} is used",
    }
