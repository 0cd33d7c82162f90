"""The incident's card (事件卡): one message per incident and chat that updates itself (D7)."""

from __future__ import annotations

from notifier.alert_message import figures_block, foot_block, reason_blocks, title_block
from notifier.callbacks import lay_buttons, plan_buttons
from notifier.customers import customer_blocks
from notifier.opinions import opinion_blocks
from notifier.parts import blind_blocks, evidence_blocks, step_blocks
from notifier.plain import plain_line
from notifier.view import IncidentView
from notifier.wording import LEVELS, pick, span_words
from playbooks.state import StepStatus
from records.chat import Block, Message, Style

_CARD_QUOTES = 2
_CARD_REASONS = 3
_CARD_CUSTOMERS = 3


def render_card(view: IncidentView) -> Message:
    """Level, reasons, counts and what changed, steps with state, people and deadlines, evidence, what is not visible."""
    blocks = [title_block(view), *reason_blocks(view, most=_CARD_REASONS), figures_block(view)]
    blocks += _change_blocks(view)
    blocks += _override_blocks(view)
    blocks += opinion_blocks(view.opinions, view.lang)
    if not view.state.open:
        blocks += _closing_blocks(view)
    blocks += customer_blocks(view, _CARD_CUSTOMERS)
    blocks += evidence_blocks(view, _CARD_QUOTES)
    blocks += blind_blocks(view)
    blocks += step_blocks(view)
    blocks.append(foot_block(view))
    plans = plan_buttons(view.state, view.playbook, view.lang, kind="card")
    return Message(blocks=tuple(blocks), buttons=lay_buttons(plans, view.tokens), drill=view.state.drill)


def render_closed(view: IncidentView) -> Message:
    """Told once when an incident is closed: by whom, after how long, what was done and what was not."""
    state, zh = view.state, view.lang == "zh"
    blocks = [title_block(view), *_closing_blocks(view), figures_block(view)]
    done = sum(at.status is StepStatus.DONE for at in state.steps.values())
    skipped = sum(at.status is StepStatus.SKIPPED for at in state.steps.values())
    left = len(state.steps) - done - skipped
    late = sum(at.take_overdue or at.done_overdue for at in state.steps.values())
    said = (
        f"{done} 步完成 · {skipped} 步跳过 · {left} 步未做 · {late} 步曾超时"
        if zh
        else (f"{done} done · {skipped} skipped · {left} not done · {late} were late")
    )
    blocks += [Block(style=Style.TEXT, text=said), *blind_blocks(view), foot_block(view)]
    return Message(blocks=tuple(blocks), drill=state.drill)


def _change_blocks(view: IncidentView) -> list[Block]:
    earlier, state, zh = view.earlier, view.state, view.lang == "zh"
    if earlier is None:
        return []
    parts = []
    if state.raw != earlier.raw or state.voices != earlier.voices:
        raw, voices = state.raw - earlier.raw, state.voices - earlier.voices
        parts.append(f"提及 {raw:+d}，独立声音 {voices:+d}" if zh else f"mentions {raw:+d}, voices {voices:+d}")
    if state.level != earlier.level:
        old, new = pick(LEVELS[earlier.level], view.lang), pick(LEVELS[state.level], view.lang)
        parts.append(f"{old} → {new}")
    if not parts:
        return []
    since = view.clock(earlier.at)
    said = ("；" if zh else "; ").join(parts)
    return [Block(style=Style.TEXT, text=f"📈 比 {since}：{said}" if zh else f"📈 since {since}: {said}")]


def _override_blocks(view: IncidentView) -> list[Block]:
    state, zh = view.state, view.lang == "zh"
    if state.overridden_by is None or state.computed_level is None:
        return []
    who, was = view.person(state.overridden_by), pick(LEVELS[state.computed_level], view.lang)
    why = plain_line(view.texts.get(state.override_reason or "", ""), 90)
    said = f"✍️ {who} 人工定级；系统判定为{was}" if zh else f"✍️ level set by {who}; the rules say {was}"
    return [Block(style=Style.TEXT, text=said + (("：" if zh else ": ") + why if why else ""))]


def _closing_blocks(view: IncidentView) -> list[Block]:
    state, zh = view.state, view.lang == "zh"
    if state.closed_at is None:
        return []
    who = view.person(state.closed_by) if state.closed_by else ("系统" if zh else "the system")
    took = span_words((state.closed_at - state.opened_at).total_seconds() / 60, view.lang)
    when = view.clock(state.closed_at)
    said = f"{who} {when} 结案，历时 {took}" if zh else f"closed by {who} {when}, after {took}"
    why = plain_line(view.texts.get(state.close_reason or "", ""), 200)
    return [Block(style=Style.TEXT, text=said + (("：" if zh else ": ") + why if why else ""))]
