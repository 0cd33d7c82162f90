"""Reminders, hand-overs and escalations by the clock (P6), and the short answers to presses."""

from __future__ import annotations

from notifier.callbacks import Asks, lay_buttons, plan_buttons
from notifier.plain import plain_line
from notifier.sentences import say_matter
from notifier.view import IncidentView
from notifier.wording import LEVEL_MARK, Lang, role_name, span_words
from playbooks.playbook import in_language
from playbooks.state import Notice
from records.chat import Block, Message, Style

_MARKS = {
    "remind_take": "🔔",
    "hand_over": "🔁",
    "escalate_take": "🆘",
    "remind_done": "🔔",
    "overdue": "⏰",
    "reopened": "🔄",
}


def render_notice(notice: Notice, view: IncidentView) -> Message:
    """One line that says who must do what until when, with the step's buttons under it.

    Raises:
        ValueError: the notice's kind is not one of ``playbooks.state.Notice.kind``.
    """
    if notice.kind not in _MARKS:
        raise ValueError(f"notice kind {notice.kind!r}: accepted are {', '.join(_MARKS)}")
    number, step = next(((n, s) for n, s, _ in view.steps() if s.key == notice.step), (0, None))
    title = plain_line(in_language(step.title, view.lang), 40) if step else notice.step
    brand = plain_line(view.state.matter.brand, 32)
    mark = LEVEL_MARK[view.state.level]
    head = f"{mark} {brand} · {say_matter(view.state.matter, view.lang)} · {view.state.id}"
    blocks = [
        Block(style=Style.TITLE, text=f"{_MARKS[notice.kind]} {_said(notice, view, number, title)}"),
        Block(style=Style.NOTE, text=head),
    ]
    plans = tuple(p for p in plan_buttons(view.state, view.playbook, view.lang) if p.step == notice.step)
    return Message(blocks=tuple(blocks), buttons=lay_buttons(plans, view.tokens), drill=view.state.drill)


def _said(notice: Notice, view: IncidentView, number: int, title: str) -> str:
    zh = view.lang == "zh"
    due = view.clock(notice.due_at)
    left = (notice.due_at - view.now).total_seconds() / 60
    room = (f"（还剩 {span_words(left, 'zh')}）" if zh else f" ({span_words(left, 'en')} left)") if left >= 1 else ""
    what = (f"第 {number} 步「{title}」" if zh else f"step {number} “{title}”") if number else f"「{title}」"
    who = _called(notice, view)
    at = view.state.steps.get(notice.step)
    taker = "@" + view.person(at.taken_by) if at and at.taken_by else ""
    said: dict[str, tuple[str, str]] = {
        "remind_take": (
            f"{what}还没人接手，请 {who} 在 {due} 前接手{room}",
            f"{what} is not taken: {who}, take it by {due}{room}",
        ),
        "hand_over": (
            f"{what}超时未接手，转给 {who}，请在 {due} 前接手",
            f"{what} was not taken in time: now {who}, take it by {due}",
        ),
        "escalate_take": (
            f"{what} A、B 都没有接手，上报 {who}，请马上指定人",
            f"{what}: neither A nor B took it, {who} must name somebody now",
        ),
        "remind_done": (
            f"{what}请 {taker or who} 在 {due} 前完成{room}",
            f"{what}: {taker or who}, finish it by {due}{room}",
        ),
        "overdue": _said_overdue(what, due, taker, who, _lead(view)),
        "reopened": (f"{what}到了下一轮，请 {who} 在 {due} 前接手", f"{what} is due again: {who}, take it by {due}"),
    }
    return said[notice.kind][0 if zh else 1]


def _said_overdue(what: str, due: str, taker: str, who: str, lead: str) -> tuple[str, str]:
    if not taker:
        return (
            f"{what}已超过 {due} 的时限，仍然没有人接手，{who} 请马上处理",
            f"{what} was due {due} and nobody took it: {who}, act now",
        )
    return (
        f"{what}已超过 {due} 的时限，{taker} 请说明，{lead} 请跟进",
        f"{what} was due {due}: {taker}, say why; {lead}, follow it up",
    )


def _called(notice: Notice, view: IncidentView) -> str:
    """Role and name of whom the notice calls; where a step went to the lead, the notice's role already says so."""
    name = view.holder(notice.role, "A" if notice.holder == "lead" else notice.holder)
    role = role_name(notice.role, view.lang)
    return f"{role} @{name}" if name else role


def _lead(view: IncidentView) -> str:
    name = view.holder("lead", "A")
    return f"{role_name('lead', view.lang)} @{name}" if name else role_name("lead", view.lang)


def say_question(asks: Asks, what: str, lang: Lang) -> str:
    """The bot's question after a press that needs typed words; ``what`` names the step or incident."""
    shown = plain_line(what, 60)
    if asks == "evidence":
        zh, en = (
            f"完成「{shown}」：做了什么？请回复这条消息写下结果或链接。",
            f"“{shown}” is done: reply with what was done, or a link.",
        )
    else:
        zh, en = f"「{shown}」：请回复这条消息写下原因。", f"“{shown}”: reply with the reason."
    return en if lang == "en" else zh


def say_pressed(action: str, what: str, lang: Lang) -> str:
    """The short confirmation of a press that took effect."""
    words = {
        "take": ("已由你接手", "is yours now"),
        "done": ("已完成，已记录", "is done, and recorded"),
        "confirm": ("已确认", "is confirmed"),
        "skip": ("已跳过，原因已记录", "is skipped, and the reason recorded"),
        "close": ("已结案", "is closed"),
        "detail": ("依据已发到群里", ": the evidence follows in the chat"),
    }.get(action, ("已记录", "is recorded"))
    shown = plain_line(what, 60)
    return f"“{shown}” {words[1]}" if lang == "en" else f"「{shown}」{words[0]}"
