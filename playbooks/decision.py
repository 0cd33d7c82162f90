"""What a command on an incident gives back: events to append, or a refusal with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from playbooks.roles import role_title
from records.event import Event

WORDING: Mapping[str, Mapping[str, str]] = {
    "closed": {
        "zh": "事件已由{who}于{when}关闭，不能再操作。",
        "en": "The incident was closed by {who} at {when}: nothing can be done on it any more.",
    },
    "unknown_step": {
        "zh": "本事件的预案里没有步骤“{step}”。",
        "en": 'The playbook of this incident has no step "{step}".',
    },
    "wrong_role": {
        "zh": "此操作须由以下角色之一进行：{roles}。",
        "en": "This is for one of these roles: {roles}.",
    },
    "already_taken": {
        "zh": "步骤“{step}”已由{who}于{when}领取。",
        "en": 'Step "{step}" was taken by {who} at {when}.',
    },
    "already_done": {
        "zh": "步骤“{step}”已由{who}于{when}完成。",
        "en": 'Step "{step}" was done by {who} at {when}.',
    },
    "already_skipped": {
        "zh": "步骤“{step}”已由{who}于{when}跳过。",
        "en": 'Step "{step}" was skipped by {who} at {when}.',
    },
    "already_confirmed": {
        "zh": "步骤“{step}”已由{who}于{when}确认。",
        "en": 'Step "{step}" was confirmed by {who} at {when}.',
    },
    "evidence_missing": {
        "zh": "完成步骤“{step}”须填写凭据：做了什么、在哪里可以看到。",
        "en": 'Reporting step "{step}" as done needs evidence: what was done and where it can be seen.',
    },
    "reason_missing": {
        "zh": "此操作须填写理由。",
        "en": "This needs a reason.",
    },
    "second_person_needed": {
        "zh": "对外口径须由另一人确认：步骤“{step}”是您本人完成的。",
        "en": 'Outward wording is confirmed by a second person: step "{step}" was done by you.',
    },
    "not_done_yet": {
        "zh": "步骤“{step}”尚未完成，暂不能确认。",
        "en": 'Step "{step}" is not done yet, so there is nothing to confirm.',
    },
    "nothing_to_confirm": {
        "zh": "步骤“{step}”没有待确认的内容。",
        "en": 'Step "{step}" has nothing that waits for confirmation.',
    },
    "too_early": {
        "zh": "步骤“{step}”须等以下步骤处理完毕：{steps}。",
        "en": 'Step "{step}" comes after these steps, which are still open: {steps}.',
    },
    "steps_open": {
        "zh": "仍有必办步骤未完成：{steps}。确需现在关闭，请填写理由。",
        "en": "Required steps are still open: {steps}. Closing now needs a reason.",
    },
}
"""Code of a refusal → its sentence in each language."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why a command was not carried out. Holds ids only (G3): whoever shows it fills in names and the reader's time zone."""

    code: str
    """One of the keys of ``WORDING``."""
    step: str | None = None
    steps: tuple[str, ...] = ()
    """Keys of the steps that stand in the way."""
    roles: tuple[str, ...] = ()
    """Roles that may do it."""
    person: str | None = None
    """Person id of who was first."""
    at: datetime | None = None
    """When that was, aware UTC."""

    def text(
        self,
        language: str = "zh",
        *,
        who: str | None = None,
        when: str | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> str:
        """The sentence for the person who pressed.

        Args:
            language: zh or en.
            who: Name of ``person``; their id where not given.
            when: ``at`` in the reader's zone; UTC where not given.
            titles: Step key → title in that language; keys where not given.
        """
        titles = titles or {}
        comma = "、" if language == "zh" else ", "
        template = WORDING[self.code].get(language) or WORDING[self.code]["zh"]
        return template.format(
            who=who or self.person or "?",
            when=when or (self.at.strftime("%Y-%m-%d %H:%M UTC") if self.at else "?"),
            step=titles.get(self.step or "", self.step or ""),
            steps=comma.join(titles.get(s, s) for s in self.steps),
            roles=comma.join(role_title(r, language) for r in self.roles),
        )

    @property
    def zh(self) -> str:
        return self.text("zh")

    @property
    def en(self) -> str:
        return self.text("en")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Events to append in one transaction; none and no refusal = it is so already (pressing twice equals once)."""

    events: tuple[Event, ...] = field(default=())
    refusal: Refusal | None = None
    """Set where a press was refused; ``events`` then holds the line for the log."""
