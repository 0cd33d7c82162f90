"""The roles of a crisis group, in both languages (P6): what playbooks, people and notices may name."""

from __future__ import annotations

from collections.abc import Mapping

ROLES: Mapping[str, Mapping[str, str]] = {
    "customer_service": {"zh": "客服", "en": "customer service"},
    "pr": {"zh": "公关", "en": "PR"},
    "legal": {"zh": "法务", "en": "legal"},
    "tech": {"zh": "技术", "en": "engineering"},
    "lead": {"zh": "应急组长", "en": "group lead"},
    "senior": {"zh": "高层负责人", "en": "senior manager"},
    "duty": {"zh": "值班主管", "en": "duty supervisor"},
    "finance": {"zh": "财务", "en": "finance"},
    "analyst": {"zh": "舆情分析员", "en": "analyst"},
    "spokesperson": {"zh": "发言人", "en": "spokesperson"},
    "operator": {"zh": "系统值守", "en": "operator"},
}
"""Role → its title in each language."""

LEADERS = ("lead", "senior")
"""Who closes incidents and acts on any step once it was handed to them."""

CONFIRMERS = ("lead", "senior", "pr")
"""Who confirms outward wording as the second person (P8)."""

OVERRIDERS = ("lead", "senior", "duty")
"""Who overrides what the rules said of an incident, with a reason (L)."""


def role_title(role: str, language: str = "zh") -> str:
    """A role's title for people; an unknown role is shown as it is written."""
    titles = ROLES.get(role)
    return titles.get(language, titles["zh"]) if titles else role


def escalation_role(responsible: str) -> str:
    """The role a step goes to when A and B let its limit pass: the lead, or the senior manager where the lead was asked."""
    return "senior" if responsible == "lead" else "lead"
