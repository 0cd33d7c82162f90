"""The scripted crisis group (P11): sees what the bot writes into the chat and decides who presses what, and when.

No I/O and no clock: messages go in with their time, moves come out when they are due. What the members read in the chat
is in ``drill.chat_reading``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from drill.chat_reading import (
    Action,
    parse_incident,
    parse_label,
    parse_roles,
    parse_title,
    select_named,
    select_person,
)
from drill.parts import GroupScript, Member, ScriptedPress

_PATIENCE = timedelta(seconds=6)
"""Real time after which a press that changed nothing is tried again: a card edit may wait for the chat's rate limit."""
_SETTLE = timedelta(seconds=1.5)
"""Real time between a refusal for the role and the next person's try."""
_TRIES = 8
_WORKING = ("take", "done", "confirm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One thing a person does in the chat."""

    kind: Literal["press", "reply"]
    person: int
    """Telegram id."""
    chat: int
    message: int
    """The message with the button, or the question replied to."""
    text: str
    """Callback data, or the words typed."""
    action: Action
    step: int
    incident: str
    """Incident id as the chat shows it, or "chat/message" where it shows none."""
    wrong: bool = False
    """The script's press outside the person's role."""


@dataclass(slots=True)
class _Task:
    """One button of one incident: when to press it next, by whom, and how it went."""

    incident: str
    action: Action
    step: int
    due: datetime | None = None
    tries: int = 0
    label: str = ""
    scripted: ScriptedPress | None = None
    persons: list[str] = field(default_factory=list)
    """Who pressed so far, last one last."""


@dataclass(slots=True)
class _Button:
    chat: int
    message: int
    data: str
    label: str


@dataclass(slots=True)
class _Case:
    """What the chat shows of one incident."""

    name: str
    text: str = ""
    """The last message with its buttons, as people read it."""
    scripted: bool = False
    """It runs by the playbook that the script was written for."""
    card: tuple[int, int] | None = None
    buttons: dict[tuple[Action, int], _Button] = field(default_factory=dict)
    tasks: dict[tuple[Action, int], _Task] = field(default_factory=dict)
    wrong: dict[int, datetime] = field(default_factory=dict)
    """Index in the script's wrong presses → when due; removed once pressed."""
    wrong_seen: set[int] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A press that the bot answered with a refusal (an alert popup)."""

    incident: str
    person: int
    action: Action
    step: int
    text: str
    at: datetime
    expected: bool
    """It was the script's wrong press."""


class ScriptedGroup:
    """The members of the scenario acting by its script. Give it everything the bot does; ask it for moves."""

    def __init__(self, script: GroupScript, people: Sequence[Member], speed: float) -> None:
        self._script, self._speed = script, speed
        stand_in = script.otherwise.by if script.otherwise else ""
        self._people = tuple(sorted(people, key=lambda m: m.name != stand_in))
        self._ids: Mapping[str, int] = {m.name: m.telegram for m in people}
        self._cases: dict[str, _Case] = {}
        self._home: dict[tuple[int, int], str] = {}
        self._pressed: dict[str, tuple[_Task | None, Move]] = {}
        self._questions: list[_Task] = []
        self._replies: list[tuple[datetime, Move]] = []
        self._began_at: datetime | None = None
        self.moves: list[tuple[datetime, Move]] = []
        """Everything done so far, with its time."""
        self.refused: list[Refused] = []

    def begin(self, at: datetime) -> None:
        """The story began: what the script holds back until a story time counts from here."""
        self._began_at = at

    def see_message(
        self, chat: int, message: int, text: str, rows: Sequence[Sequence[Mapping[str, Any]]], now: datetime
    ) -> None:
        """A message was sent or edited: ``rows`` are its inline buttons, empty when it has none."""
        place = (chat, message)
        name = parse_incident(text) or self._home.get(place, f"{chat}/{message}")
        buttons: dict[tuple[Action, int], _Button] = {}
        for button in (b for row in rows for b in row if b.get("callback_data")):
            meant = parse_label(str(button["text"]))
            if meant:
                buttons[meant] = _Button(chat, message, str(button["callback_data"]), str(button["text"]))
        if not buttons and place not in self._home:
            return
        self._home[place] = name
        case = self._cases.setdefault(name, _Case(name))
        if case.card in (None, place) or len({step for _, step in buttons}) > 1 or ("close", 0) in buttons:
            case.card, case.buttons, case.text = place, buttons, text
            case.scripted = self._script.playbook in text
        else:
            steps = {step for _, step in buttons}
            kept = {k: b for k, b in case.buttons.items() if k[1] not in steps}
            case.buttons = kept | buttons
        self._plan(case, now)

    def see_question(self, chat: int, message: int, text: str, asked: Collection[int], now: datetime) -> None:
        """The bot asks for evidence or a reason (a forced reply) of the people ``asked``; who pressed answers at once.

        Where several questions wait, the step's title or the person named tells which one this is, else the oldest.
        """

        def fit(task: _Task) -> tuple[bool, bool]:
            title = parse_title(task.label)
            return bool(title) and title in text, self._ids.get(task.persons[-1]) in asked

        if not self._questions:
            return
        task = max(self._questions, key=fit)
        self._questions.remove(task)
        words = (task.scripted.text if task.scripted else "") or "已处理，详见应急小组文档。"
        task.due = now + _PATIENCE
        move = Move(
            kind="reply",
            person=self._ids[task.persons[-1]],
            chat=chat,
            message=message,
            text=words,
            action=task.action,
            step=task.step,
            incident=task.incident,
        )
        self._replies.append((now, move))

    def see_answer(self, callback: str, text: str, alert: bool, now: datetime) -> None:
        """The bot answered a press; an alert popup is a refusal: another person tries soon, or the same one later."""
        task, move = self._pressed.pop(callback, (None, None))
        if move is None or not alert:
            return
        self.refused.append(
            Refused(
                incident=move.incident,
                person=move.person,
                action=move.action,
                step=move.step,
                text=text,
                at=now,
                expected=move.wrong,
            )
        )
        if task is not None:
            if task in self._questions:
                self._questions.remove(task)
            if task.due is not None:
                task.due = now + (_SETTLE if parse_roles(text) else _PATIENCE)

    def remember(self, callback: str, move: Move) -> None:
        """The press ``move`` went out with this callback id; its answer will name it."""
        case = self._cases.get(move.incident)
        task = case.tasks.get((move.action, move.step)) if case and not move.wrong else None
        self._pressed[callback] = (task, move)

    def next_at(self) -> datetime | None:
        """When something is due next; None when nothing is planned."""
        times = [at for at, _ in self._replies]
        for case in self._cases.values():
            times += [t.due for k, t in case.tasks.items() if t.due and k in case.buttons]
            times += [at for place, at in case.wrong.items() if self._wrong_button(case, place)]
        return min(times, default=None)

    def due(self, now: datetime) -> list[Move]:
        """Everything that is due by ``now``; each move is returned once."""
        moves = [move for at, move in self._replies if at <= now]
        self._replies = [(at, move) for at, move in self._replies if at > now]
        for case in self._cases.values():
            moves += self._wrong_moves(case, now)
            for key, task in case.tasks.items():
                if task.due and task.due <= now and key in case.buttons:
                    moves += self._press(case, task, case.buttons[key], now)
        self.moves += [(now, move) for move in moves]
        return moves

    def _plan(self, case: _Case, now: datetime) -> None:
        busy = any(action in _WORKING for action, _ in case.buttons)
        for key, button in case.buttons.items():
            press = self._wanted(case, *key)
            known = case.tasks.get(key)
            if press is None or (key[0] == "close" and busy):
                self._drop(case, key)
            elif known is None or known.label != button.label:
                self._drop(case, key)
                due = now + timedelta(seconds=press.after / self._speed)
                if self._began_at is not None:
                    due = max(due, self._began_at + timedelta(seconds=press.not_before / self._speed))
                case.tasks[key] = _Task(case.name, *key, due, label=button.label, scripted=press)
        for key in [k for k in case.tasks if k not in case.buttons]:
            self._drop(case, key)
        for place, (_, press) in enumerate(self._script.wrong):
            if case.scripted and place not in case.wrong_seen and self._wrong_button(case, place):
                case.wrong_seen.add(place)
                case.wrong[place] = now + timedelta(seconds=press.after / self._speed)

    def _drop(self, case: _Case, key: tuple[Action, int]) -> None:
        task = case.tasks.pop(key, None)
        if task is not None and task in self._questions:
            self._questions.remove(task)

    def _wanted(self, case: _Case, action: Action, step: int) -> ScriptedPress | None:
        """The press the group wants to make with a button: the script's, else ``otherwise``; None leaves it alone."""
        if action == "close":
            return self._script.close
        if case.scripted:
            if action == "take" and self._script.press("skip", step):
                return None
            found = self._script.press(action, step)
            if found is not None:
                return found
        return self._script.otherwise if action in _WORKING else None

    def _press(self, case: _Case, task: _Task, button: _Button, now: datetime) -> list[Move]:
        names = {number: name for name, number in self._ids.items()}
        mine = (task.incident, task.action, task.step)
        refusals = [
            (names[r.person], r.text)
            for r in self.refused
            if (r.incident, r.action, r.step) == mine and not r.expected and r.person in names
        ]
        ours = task.scripted if task.scripted is not self._script.otherwise else None
        named = select_named(case.text, task.step, self._ids) if task.step else []
        person = select_person(
            task.action, first=ours.by if ours else None, named=named, members=self._people, refusals=refusals
        )
        task.tries += 1
        task.due = now + _PATIENCE if task.tries < _TRIES else None
        if person is None:
            task.due = None
            return []
        task.persons.append(person)
        if task.action in ("done", "skip", "close"):
            self._questions = [t for t in self._questions if t is not task] + [task]
        return [self._move(task, self._ids[person], button)]

    def _move(self, task: _Task, person: int, button: _Button, *, wrong: bool = False) -> Move:
        return Move(
            kind="press",
            person=person,
            chat=button.chat,
            message=button.message,
            text=button.data,
            action=task.action,
            step=task.step,
            incident=task.incident,
            wrong=wrong,
        )

    def _wrong_button(self, case: _Case, place: int) -> _Button | None:
        return case.buttons.get(("take", self._script.wrong[place][0]))

    def _wrong_moves(self, case: _Case, now: datetime) -> list[Move]:
        moves = []
        for place in [p for p, at in case.wrong.items() if at <= now]:
            button = self._wrong_button(case, place)
            del case.wrong[place]
            if button:
                step, press = self._script.wrong[place]
                task = _Task(case.name, "take", step)
                moves.append(self._move(task, self._ids[press.by], button, wrong=True))
        return moves
