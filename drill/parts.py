"""The people of a drill and their script: who presses which button how long after it is shown (P11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drill.fields import Fields
from records.mention import Verified


class Growth(StrEnum):
    """How a post's figures come to their end values over the rest of the story."""

    STEADY = "steady"
    BURST = "burst"
    """Most of it soon after it appeared."""
    LATE = "late"
    """Slowly at first, then ever faster."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    name: str
    followers: int = 0
    verified: Verified = Verified.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member of the crisis group in the drill."""

    name: str
    roles: Mapping[str, str]
    """role → "A" or "B" (P6)."""
    telegram: int
    """Account id on the Telegram stand-in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptedPress:
    by: str
    """Name of a member."""
    after: float
    """Seconds of story time between the button being shown and the press."""
    text: str = ""
    """What is typed when the bot asks: evidence, or a reason."""
    not_before: float = 0.0
    """Earliest second of story time (closing: while new posts still come, nobody closes)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScriptedStep:
    step: int
    """Place of the step in the playbook, from 1: the number on its buttons."""
    take: ScriptedPress | None = None
    done: ScriptedPress | None = None
    confirm: ScriptedPress | None = None
    skip: ScriptedPress | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupScript:
    """What the group does. Steps that the script does not name are done as ``otherwise`` says, by whoever is named at them."""

    chat: int = -1009000001
    """Chat id of the crisis group on the stand-in."""
    playbook: str = ""
    """Name of the playbook the steps are written for, as cards show it; other playbooks are worked by ``otherwise``."""
    steps: tuple[ScriptedStep, ...] = ()
    wrong: tuple[tuple[int, ScriptedPress], ...] = ()
    """(step, press): somebody outside the step's role tries to take it; a refusal is expected and recorded (P8)."""
    otherwise: ScriptedPress | None = None
    close: ScriptedPress | None = None

    def press(self, action: str, step: int) -> ScriptedPress | None:
        """The scripted press of one action (take, done, confirm, skip) of a step, if the script names it."""
        for scripted in self.steps:
            if scripted.step == step:
                found: ScriptedPress | None = getattr(scripted, action)
                return found
        return None


def parse_members(top: Fields) -> tuple[Member, ...]:
    members: list[Member] = []
    for item in top.each("people", "person", needed=False):
        item.only("name", "roles", "telegram")
        roles = item.inner("roles", f"roles of {item.where}")
        held = {str(r): roles.choice(str(r), ("A", "B"), default="A") for r in roles.node} if roles else {}
        member = Member(name=item.text("name"), roles=held, telegram=item.whole("telegram", least=1))
        if any(m.name == member.name for m in members):
            item.note(f'person "{member.name}" stands twice: every name is accepted once', "name")
        if member.telegram and any(m.telegram == member.telegram for m in members):
            item.note(f"telegram of {item.where} is {member.telegram}: another person has this id already", "telegram")
        members.append(member)
    return tuple(members)


def parse_group(top: Fields, people: tuple[Member, ...]) -> GroupScript:
    group = top.inner("group", "group", needed=False)
    if group is None:
        return GroupScript()
    group.only("chat", "playbook", "steps", "wrong", "otherwise", "close")
    names = {m.name for m in people}
    steps: list[ScriptedStep] = []
    for item in group.each("steps", "scripted step", needed=False):
        item.only("step", "take", "done", "confirm", "skip")
        step = ScriptedStep(
            step=item.whole("step", least=1),
            take=_press(item, "take", names),
            done=_press(item, "done", names, typed="evidence"),
            confirm=_press(item, "confirm", names),
            skip=_press(item, "skip", names, typed="reason"),
        )
        if any(s.step == step.step for s in steps):
            item.note(f"step {step.step} is scripted twice: every step is accepted once", "step")
        if step.skip and (step.take or step.done or step.confirm):
            item.note(
                f"{item.where} is both skipped and taken: either skip, or take, done and confirm are accepted", "skip"
            )
        steps.append(step)
    wrong = []
    for item in group.each("wrong", "wrong press", needed=False):
        item.only("step", "by", "after")
        wrong.append((item.whole("step", least=1), _read_press(item, names, "")))
    return GroupScript(
        chat=group.whole("chat", needed=False, default=GroupScript().chat, least=None),
        playbook=group.text("playbook", needed=False),
        steps=tuple(steps),
        wrong=tuple(wrong),
        otherwise=_press(group, "otherwise", names, typed="evidence"),
        close=_press(group, "close", names, typed="reason", typed_needed=False),
    )


def _press(
    item: Fields, key: str, names: set[str], *, typed: str = "", typed_needed: bool = True
) -> ScriptedPress | None:
    press = item.inner(key, f"{key} of {item.where}", needed=False)
    if press is None:
        return None
    press.only("by", "after", *([typed] if typed else []), *(["not_before"] if key == "close" else []))
    return _read_press(press, names, typed, typed_needed=typed_needed)


def _read_press(press: Fields, names: set[str], typed: str, *, typed_needed: bool = True) -> ScriptedPress:
    by = press.text("by")
    if by and by not in names:
        press.note(
            f'by of {press.where} is "{by}": accepted are the people of the scenario ({", ".join(sorted(names))})', "by"
        )
    return ScriptedPress(
        by=by,
        after=press.duration("after"),
        text=press.text(typed, needed=typed_needed) if typed else "",
        not_before=press.duration("not_before", needed=False),
    )
