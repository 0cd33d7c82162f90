"""Blocks that several messages share: evidence, what is not visible, the steps with people and clock times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notifier.advice import needs_person, say_to_do
from notifier.customers import find_customer, say_who
from notifier.plain import plain_line
from notifier.view import EvidenceView, IncidentView, done_by, span_clock, take_by
from notifier.wording import (
    OUTCOMES,
    OVERDUE_MARK,
    RISKS,
    STEP_MARK,
    VERIFIED,
    Lang,
    eye_name,
    name_of,
    pick,
    platform_name,
    role_name,
    short_number,
)
from playbooks.playbook import Step, in_language
from playbooks.roles import escalation_role
from playbooks.state import StepState, StepStatus
from records.chat import Block, Style
from records.source import Outage

_QUOTE_UNITS = 220
_TYPED_UNITS = 90
_BLIND_LINES = 8
_SPANS = 3
"""Times that a source was not seen, of which a line names the latest."""


def evidence_blocks(view: IncidentView, most: int) -> list[Block]:
    """Heading and the strongest mentions: the words, where and by whom, the scores; nothing where there are none."""
    if not view.evidence:
        return []
    shown = view.evidence[:most]
    zh = view.lang == "zh"
    total = max(view.state.raw, len(shown))
    heading = f"证据（传播最强 {len(shown)} 条，共 {total} 条）" if zh else f"Evidence (top {len(shown)} of {total})"
    blocks = [Block(style=Style.HEADING, text=heading)]
    for item in shown:
        blocks += _one_evidence(item, view)
    return blocks


def _one_evidence(item: EvidenceView, view: IncidentView) -> list[Block]:
    words = plain_line(item.text, _QUOTE_UNITS) or ("（无文字）" if view.lang == "zh" else "(no words)")
    return [
        Block(style=Style.QUOTE, text=words, shrinkable=True),
        Block(style=Style.NOTE, text=_origin(item, view), link=item.url, shrinkable=True),
        Block(style=Style.NOTE, text=say_scores(item, view.lang), shrinkable=True),
    ]


def _origin(item: EvidenceView, view: IncidentView) -> str:
    lang = view.lang
    zh = lang == "zh"
    parts = [platform_name(item.platform, lang)]
    if (customer := find_customer(view.customers, item.key)) is not None:
        parts.insert(0, f"👤 {say_who(customer.kinds, customer.name, lang)}")
    if item.published_at is not None:
        parts.append(view.clock(item.published_at))
    who = " ".join(p for p in (plain_line(item.author or "", 24), name_of(VERIFIED, item.verified, lang)) if p)
    if item.verified in VERIFIED:
        parts.append(who)
    if item.followers is not None:
        parts.append(
            f"粉丝 {short_number(item.followers, lang)}" if zh else f"{short_number(item.followers, lang)} followers"
        )
    figures = ((item.reposts, "转", "reposts"), (item.comments, "评", "comments"), (item.likes, "赞", "likes"))
    shown = [
        f"{word_zh} {short_number(n, lang)}" if zh else f"{short_number(n, lang)} {word_en}"
        for n, word_zh, word_en in figures
        if n
    ]
    if shown:
        parts.append(" ".join(shown) if zh else ", ".join(shown))
    if item.region:
        parts.append(plain_line(item.region, 12))
    return " · ".join(parts)


def say_scores(item: EvidenceView, lang: Lang) -> str:
    """The three scores, the spread index and the risk of a mention."""
    risk = pick(RISKS[item.level], lang)
    if lang == "zh":
        return (
            f"话题 {item.topicality:.1f} · 情绪 {item.emotion:.1f} · 影响 {item.reach:.1f}"
            f" → 传播指数 {item.spread:.1f} · 风险{risk}"
        )
    return (
        f"topic {item.topicality:.1f} · emotion {item.emotion:.1f} · reach {item.reach:.1f}"
        f" → spread {item.spread:.1f} · risk {risk}"
    )


def blind_blocks(view: IncidentView) -> list[Block]:
    """What could not be seen while the incident lived (W6): silence of these sources is not calm."""
    if not view.not_visible:
        return []
    zh, closed_at = view.lang == "zh", view.state.closed_at
    groups: dict[tuple[str, str, bool, bool], list[Outage]] = {}
    for outage in view.not_visible:
        if closed_at is not None:  # what came later is no part of the incident
            outage = replace(outage, ended=min(outage.ended or closed_at, closed_at))
        groups.setdefault((outage.source, outage.task, outage.is_silence, outage.ended is not None), []).append(outage)
    now = [_say_blind(group[0], view) for key, group in groups.items() if not key[3]]
    past = [_say_gaps(group, view) for key, group in groups.items() if key[3]]
    lines = [*now, *past]
    heading, heading_en = ("看不见的来源", "Not visible") if now else ("期间没看到的来源", "Was not visible")
    text = f"{heading}（没有声音不等于平静，计入的提及可能偏少）"
    text_en = f"{heading_en} (silence is not calm: mentions may be undercounted)"
    blocks = [Block(style=Style.HEADING, text=text if zh else text_en)]
    blocks += [Block(style=Style.NOTE, text=line) for line in lines[:_BLIND_LINES]]
    if len(lines) > _BLIND_LINES:
        left = len(lines) - _BLIND_LINES
        blocks.append(Block(style=Style.NOTE, text=f"……另有 {left} 个" if zh else f"… and {left} more"))
    return blocks


def _say_blind(outage: Outage, view: IncidentView) -> str:
    zh, lang = view.lang == "zh", view.lang
    name, what = eye_name(outage.source, outage.task, lang), pick(OUTCOMES[outage.outcome], lang)
    since = view.clock(outage.began)
    if outage.is_silence:
        usual = f"{outage.expected or 0:.0f}"
        said = (
            f"{since} 起没有新提及，平时这段时间约 {usual} 条"
            if zh
            else f"nothing new since {since}, where about {usual} posts usually come"
        )
    elif outage.is_planned:
        return f"⏸ {name}：{since} 起暂停（{what}）" if zh else f"⏸ {name}: paused since {since} ({what})"
    else:
        said = f"{since} 起看不见（{what}）" if zh else f"not seen since {since} ({what})"
    if not needs_person(outage):
        return f"⚠️ {name}：{said}，自动重试中" if zh else f"⚠️ {name}: {said}; tried again by itself"
    to_do = say_to_do(outage, lang)
    return f"⚠️ {name}：{said}。请运维：{to_do}" if zh else f"⚠️ {name}: {said}. Operators: {to_do}"


def _say_gaps(outages: Sequence[Outage], view: IncidentView) -> str:
    """One line for all the times that one source was not seen and came back."""
    zh = view.lang == "zh"
    first = outages[0]
    name = eye_name(first.source, first.task, view.lang)
    spans = [span_clock(o.began, o.ended or view.now, view.now, view.zone) for o in outages[-_SPANS:]]
    whats = dict.fromkeys(pick(OUTCOMES[o.outcome], view.lang) for o in outages)
    what = ("没有新提及" if zh else "nothing new") if first.is_silence else "、".join(whats) if zh else ", ".join(whats)
    times = ("、" if zh else ", ").join(spans)
    if len(outages) > _SPANS:
        times = f"{times} 等 {len(outages)} 段" if zh else f"{times} and {len(outages) - _SPANS} earlier times"
    back = view.state.open
    if zh:
        return f"{name}：{times} 没看到（{what}）" + ("，已恢复" if back else "")
    return f"{name}: not seen {times} ({what})" + ("; seen again" if back else "")


def step_blocks(view: IncidentView, *, open_only: bool = False) -> list[Block]:
    """Heading with the playbook's name, and its steps: what, state, who, until when."""
    steps = view.steps()
    if not steps:
        return []
    zh = view.lang == "zh"
    title = plain_line(in_language(view.playbook.title, view.lang) or view.playbook.name, 40)
    settled = sum(at.status.settled for _, _, at in steps)
    if open_only:
        heading = f"现在要做（预案：{title}）" if zh else f"To do now (playbook: {title})"
        steps = [s for s in steps if not s[2].status.settled]
    else:
        heading = (
            f"预案：{title} · {settled}/{len(steps)} 步已了结" if zh else f"{title} · {settled}/{len(steps)} settled"
        )
    return [
        Block(style=Style.HEADING, text=heading),
        *(Block(style=Style.STEP, text=_step_text(view, n, step, at)) for n, step, at in steps),
    ]


def _step_text(view: IncidentView, number: int, step: Step, at: StepState) -> str:
    zh = view.lang == "zh"
    title = plain_line(in_language(step.title, view.lang), 60) or step.key
    if step.optional:
        title += "（可选）" if zh else " (optional)"
    if at.rounds:
        title += f"（第 {at.rounds + 1} 轮）" if zh else f" (round {at.rounds + 1})"
    return f"{step_mark(at, view, step)} {number}. {title}\n{_step_state(view, step, at)}"


def step_mark(at: StepState, view: IncidentView, step: Step) -> str:
    idle = step.optional and at.status is StepStatus.OPEN
    late = at.done_overdue or (at.take_overdue and at.status is StepStatus.OPEN)
    late = late or (view.state.open and not idle and done_by(step, at) < view.now)
    return OVERDUE_MARK if late and not at.status.settled else STEP_MARK[at.status]


def _step_state(view: IncidentView, step: Step, at: StepState) -> str:
    zh, clock = view.lang == "zh", view.clock
    due = clock(done_by(step, at))
    if at.status is StepStatus.OPEN:
        by = clock(take_by(step, at))
        who = say_turn(view, step, at.holder)
        if step.optional:
            return who
        return f"{who} · {by} 前接手 · {due} 前完成" if zh else f"{who} · take by {by} · done by {due}"
    if at.status is StepStatus.TAKEN:
        who, when = view.person(at.taken_by), clock(at.taken_at) if at.taken_at else "?"
        return f"{who} {when} 接手 · {due} 前完成" if zh else f"{who} took it {when} · done by {due}"
    if at.status is StepStatus.SKIPPED:
        who, when = view.person(at.done_by), clock(at.done_at) if at.done_at else "?"
        why = _typed(view, at.reason)
        return (f"{who} {when} 跳过：{why}" if zh else f"{who} skipped it {when}: {why}") if why else f"{who} {when}"
    who, when = view.person(at.done_by), clock(at.done_at) if at.done_at else "?"
    said = f"{who} {when} 完成" if zh else f"{who} finished it {when}"
    if at.status is StepStatus.AWAITING_CONFIRMATION:
        said += " · 等第二人确认" if zh else " · waits for a second person"
    elif at.confirmed_by:
        said += f" · {view.person(at.confirmed_by)} 确认" if zh else f" · confirmed by {view.person(at.confirmed_by)}"
    shown = _typed(view, at.evidence)
    return said + (("：" if zh else ": ") + shown if shown else "")


def say_turn(view: IncidentView, step: Step, holder: str) -> str:
    """Role and name of whoever's turn it is: "公关 林（B：王）"."""
    zh = view.lang == "zh"
    role = step.roles[0] if step.roles else "lead"
    if holder == "lead":
        above = escalation_role(role)
        name = view.holder(above, "A")
        return f"{role_name(above, view.lang)} {name}" if name else role_name(above, view.lang)
    name = view.holder(role, holder)
    words = role_name(role, view.lang)
    if name is None:
        return f"{words}（未指定人）" if zh else f"{words} (nobody named)"
    backup = view.holder(role, "B") if holder == "A" else None
    said = f"{words} {name}"
    return said + ((f"（B：{backup}）" if zh else f" (B: {backup})") if backup else "")


def _typed(view: IncidentView, text_id: str | None) -> str:
    if text_id is None:
        return ""
    erased = "（文字已删除）" if view.lang == "zh" else "(text erased)"
    return plain_line(view.texts.get(text_id, erased), _TYPED_UNITS)
