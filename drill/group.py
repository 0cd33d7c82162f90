"""The scripted crisis group (P11): sees what the bot writes into the chat and decides who presses what, and when.

No I/O and no clock: messages go in with their time, moves come out when they are due. The group knows buttons only by
what people see: labels that begin with 接手, 完成, 确认, 跳过 or 结案 (in English take, done, confirm, skip, close)
followed by the step's number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from drill.parts import GroupScript, Member, ScriptedPress

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
_PATIENCE = timedelta(seconds=8)
"""Real time after which a press that changed nothing is tried again: a card edit may wait for the chat's rate limit."""
_SETTLE = timedelta(seconds=2)
"""Real time between a refusal and the next person's try, so that the card can catch up."""
_TRIES = 12


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


@dataclass(slots=True)
class _Task:
    """One button of one incident: when to press it next, by whom, and how it went."""

    incident: str
    action: Action
    step: int
    due: datetime | None = None
    tries: int = 0
    label: str = ""
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


def parse_label(label: str) -> tuple[Action, int] | None:
    """Action and step number (0 where there is none) of a button's label."""
    match = _LABEL.match(label.strip())
    return (_WORDS[match[1].lower()], int(match[2] or 0)) if match else None


class ScriptedGroup:
    """The members of the scenario acting by its script. Give it everything the bot does; ask it for moves."""

    def __init__(self, script: GroupScript, people: Sequence[Member], speed: float) -> None:
        self._script, self._speed = script, speed
        self._ids: Mapping[str, int] = {m.name: m.telegram for m in people}
        self._cases: dict[str, _Case] = {}
        self._home: dict[tuple[int, int], str] = {}
        self._pressed: dict[str, tuple[_Task | None, Move, bool]] = {}
        self._questions: list[_Task] = []
        self._replies: list[tuple[datetime, Move]] = []
        self.moves: list[tuple[datetime, Move]] = []
        """Everything done so far, with its time."""
        self.refused: list[Refused] = []

    def see_message(
        self, chat: int, message: int, text: str, rows: Sequence[Sequence[Mapping[str, Any]]], now: datetime
    ) -> None:
        """A message was sent or edited: ``rows`` are its inline buttons, empty when it has none."""
        found = _INCIDENT.search(text)
        place = (chat, message)
        name = found[0] if found else self._home.get(place, f"{chat}/{message}")
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
            case.card, case.buttons = place, buttons
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
            title = _LABEL.sub("", task.label, count=1).strip().rstrip("….")
            return bool(title) and title in text, self._ids.get(task.persons[-1]) in asked

        if not self._questions:
            return
        task = max(self._questions, key=fit)
        self._questions.remove(task)
        press = self._scripted(task.action, task.step)
        words = (press.text if press else "") or "已处理，详见应急小组文档。"
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
        """The bot answered a press; an alert popup is a refusal, and the next person tries soon."""
        task, move, wrong = self._pressed.pop(callback, (None, None, False))
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
                expected=wrong,
            )
        )
        if task is not None:
            if task in self._questions:
                self._questions.remove(task)
            task.due = now + _SETTLE

    def remember(self, callback: str, move: Move) -> None:
        """The press ``move`` went out with this callback id; its answer will name it."""
        task = next((t for c in self._cases.values() for t in c.tasks.values() if self._same(t, move)), None)
        self._pressed[callback] = (None, move, True) if self._is_wrong(move) else (task, move, False)

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
                button = case.buttons.get(key)
                if task.due and task.due <= now and button:
                    moves.append(self._press(task, button, now))
        self.moves += [(now, move) for move in moves]
        return moves

    def _plan(self, case: _Case, now: datetime) -> None:
        busy = any(action in ("take", "done", "confirm") for action, _ in case.buttons)
        for key, button in case.buttons.items():
            action, step = key
            if action == "close" and busy:
                case.tasks.pop(key, None)
                continue
            press = self._scripted(action, step)
            if press is None or (action == "skip" and not self._script.press("skip", step)):
                continue
            if action == "take" and self._script.press("skip", step):
                continue
            if key not in case.tasks:
                due = now + timedelta(seconds=press.after / self._speed)
                case.tasks[key] = _Task(case.name, action, step, due, label=button.label)
        for key in [k for k in case.tasks if k not in case.buttons]:
            task = case.tasks.pop(key)
            if task in self._questions:
                self._questions.remove(task)
        for place, (_, press) in enumerate(self._script.wrong):
            if place not in case.wrong_seen and self._wrong_button(case, place):
                case.wrong_seen.add(place)
                case.wrong[place] = now + timedelta(seconds=press.after / self._speed)

    def _scripted(self, action: Action, step: int) -> ScriptedPress | None:
        if action == "close":
            return self._script.close
        return self._script.press(action, step) or (self._script.otherwise if action != "skip" else None)

    def _press(self, task: _Task, button: _Button, now: datetime) -> Move:
        scripted = self._scripted(task.action, task.step)
        names = [scripted.by] if scripted else []
        names += [n for n in self._ids if n not in names]
        mine = (task.incident, task.action, task.step)
        refused = {r.person for r in self.refused if (r.incident, r.action, r.step) == mine and not r.expected}
        willing = [n for n in names if self._ids[n] not in refused]
        person = willing[0] if willing else names[task.tries % len(names)]
        task.tries += 1
        task.persons.append(person)
        task.due = now + _PATIENCE if task.tries < _TRIES else None
        if task.action in ("done", "skip", "close"):
            self._questions = [t for t in self._questions if t is not task] + [task]
        return Move(
            kind="press",
            person=self._ids[person],
            chat=button.chat,
            message=button.message,
            text=button.data,
            action=task.action,
            step=task.step,
            incident=task.incident,
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
                person = self._ids[press.by]
                moves.append(
                    Move(
                        kind="press",
                        person=person,
                        chat=button.chat,
                        message=button.message,
                        text=button.data,
                        action="take",
                        step=step,
                        incident=case.name,
                    )
                )
        return moves

    def _is_wrong(self, move: Move) -> bool:
        return any(
            move.action == "take" and move.step == step and self._ids.get(press.by) == move.person
            for step, press in self._script.wrong
        )

    def _same(self, task: _Task, move: Move) -> bool:
        return (
            (task.incident, task.action, task.step) == (move.incident, move.action, move.step)
            and bool(task.persons)
            and self._ids.get(task.persons[-1]) == move.person
        )
