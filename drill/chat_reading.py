"""What a member of the group reads in the chat: buttons, incidents, whose turn a step is, which roles a refusal asks for. Pure.

Only what people see counts: labels that begin with 接手, 完成, 确认, 跳过 or 结案 (take, done, confirm, skip, close)
followed by the step's number; a numbered line for each step with names below it; roles by their titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from drill.parts import Member
from playbooks.roles import ROLES

Action = Literal["take", "done", "confirm", "skip", "close"]

_WORDS: dict[str, Action] = {
    "接手": "take",
    "完成": "done",
    "确认": "confirm",
    "跳过": "skip",
    "结案": "close",
    "take": "take",
    "done": "done",
    "confirm": "confirm",
    "skip": "skip",
    "close": "close",
}
_LABEL = re.compile(r"^[^\w]*(接手|完成|确认|跳过|结案|take|done|confirm|skip|close)\s*(\d+)?", re.IGNORECASE)
_INCIDENT = re.compile(r"\b[A-Z]{2}-\d{8}-\d+\b")


def parse_label(label: str) -> tuple[Action, int] | None:
    """Action and step number (0 where there is none) of a button's label."""
    match = _LABEL.match(label.strip())
    return (_WORDS[match[1].lower()], int(match[2] or 0)) if match else None


def parse_title(label: str) -> str:
    """The step's title in a button's label, as far as it is shown."""
    return _LABEL.sub("", label.strip(), count=1).strip().rstrip("….")


def parse_incident(text: str) -> str | None:
    """The incident id in a message, e.g. DR-20261121-01."""
    match = _INCIDENT.search(text)
    return match[0] if match else None


def select_named(text: str, step: int, names: Iterable[str]) -> list[str]:
    """The people named in a step's line of the card, or in the line below it, first first."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if re.search(rf"(?<!\d){step}\. ", line):
            shown = "\n".join(lines[place : place + 2])
            return sorted((n for n in names if n in shown), key=shown.index)
    return []


def parse_roles(text: str) -> list[str]:
    """The roles a text names by their titles in either language."""
    small = text.casefold()
    return [role for role, titles in ROLES.items() if any(_names(small, t.casefold()) for t in titles.values())]


def _names(text: str, title: str) -> bool:
    if title.isascii():
        return re.search(rf"\b{re.escape(title)}\b", text) is not None
    return title in text


def select_person(
    action: Action,
    *,
    first: str | None,
    named: Sequence[str],
    members: Sequence[Member],
    refusals: Sequence[tuple[str, str]],
) -> str | None:
    """Who presses next: the person ``first`` in mind, then who is named at the step, then who holds a role that a refusal told.

    Args:
        first: whom the script names for this press.
        named: people named at the step; whoever did a step does not confirm it (P8), so they come last there.
        refusals: (name, text) of this button's refusals so far.

    Returns:
        A name, or None where everybody was refused for good.
    """
    told = {role for _, text in refusals for role in parse_roles(text)}
    holders = sorted(
        (m for m in members if told & set(m.roles)), key=lambda m: min(m.roles[r] for r in told & set(m.roles))
    )
    others = [m.name for m in members if m.name not in named]
    own = [*others, *named] if action == "confirm" else [*named, *others]
    order = [*([first] if first else []), *(named if action != "confirm" else []), *(m.name for m in holders), *own]
    roles = {m.name: set(m.roles) for m in members}

    def unfit(name: str) -> bool:
        mine = [text for refused, text in refusals if refused == name]
        asked = [set(parse_roles(text)) for text in mine]
        return len(mine) > 2 or any(a and (action == "confirm" or not a & roles[name]) for a in asked)

    return next((name for name in order if not unfit(name)), None)
