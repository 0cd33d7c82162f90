"""The alert (预警): what a tired person must grasp at a glance, and the buttons to act on it at once."""

from __future__ import annotations

from notifier.callbacks import lay_buttons, plan_buttons
from notifier.customers import customer_blocks
from notifier.parts import blind_blocks, evidence_blocks, say_scores, step_blocks
from notifier.plain import plain_line
from notifier.sentences import say_alert, say_matter
from notifier.view import IncidentView
from notifier.wording import CLOSED_MARK, LEVEL_MARK, LEVELS, RISKS, pick
from playbooks.playbook import in_language
from records.chat import Block, Message, Style

_ALERT_QUOTES = 3
_ALERT_CUSTOMERS = 2
_DETAIL_QUOTES = 5
_DETAIL_CUSTOMERS = 5
_DETAIL_REASONS = 8


def title_block(view: IncidentView) -> Block:
    """Colour, level, brand and matter; a closed incident says so first."""
    state = view.state
    zh = view.lang == "zh"
    level = pick(LEVELS[state.level], view.lang)
    if not state.open:
        mark, level = CLOSED_MARK, f"已结案 · {level}" if zh else f"CLOSED · {level}"
    else:
        mark = LEVEL_MARK[state.level]
    if state.historic:
        level = f"历史 · {level}" if zh else f"HISTORIC · {level}"
    brand = plain_line(state.matter.brand, 32)
    return Block(style=Style.TITLE, text=f"{mark} {level} · {brand} · {say_matter(state.matter, view.lang)}")


def reason_blocks(view: IncidentView, most: int = 1) -> list[Block]:
    """The sentence that says why; further alerts of the incident below it."""
    return [Block(style=Style.TEXT, text=say_alert(alert, view.lang)) for alert in view.alerts[:most]]


def figures_block(view: IncidentView) -> Block:
    """Risk, independent voices beside raw mentions (D5), first and latest post."""
    state, zh = view.state, view.lang == "zh"
    risk = pick(RISKS[state.risk], view.lang)
    parts = [f"风险{risk}" if zh else f"risk {risk}"]
    if state.raw:
        parts.append(
            f"独立声音 {state.voices} 个 / 提及 {state.raw} 条"
            if zh
            else f"{state.voices} voices / {state.raw} mentions"
        )
    if state.first_post_at is not None:
        first = view.clock(state.first_post_at)
        parts.append(f"首帖 {first}" if zh else f"first post {first}")
    if state.last_post_at is not None and state.last_post_at != state.first_post_at:
        last = view.clock(state.last_post_at)
        parts.append(f"最新 {last}" if zh else f"latest {last}")
    return Block(style=Style.TEXT, text=" · ".join(parts))


def foot_block(view: IncidentView) -> Block:
    """Small print: incident, playbook version, time, head of the log's chain."""
    state, zh = view.state, view.lang == "zh"
    parts = [
        state.id,
        f"预案 {state.playbook}@{state.playbook_version}" if zh else f"{state.playbook}@{state.playbook_version}",
    ]
    stamp = view.now.astimezone(view.zone).strftime("%m-%d %H:%M")
    parts.append(f"更新于 {stamp}" if zh else f"updated {stamp}")
    if view.chain_head:
        parts.append(f"日志链 {view.chain_head[:8]}" if zh else f"log {view.chain_head[:8]}")
    return Block(style=Style.NOTE, text=" · ".join(parts))


def render_alert(view: IncidentView) -> Message:
    """The alert: level, matter, reason, evidence, what is not visible, what to do and who, buttons to take the steps."""
    blocks = [
        title_block(view),
        *reason_blocks(view),
        figures_block(view),
        *customer_blocks(view, _ALERT_CUSTOMERS),
        *evidence_blocks(view, _ALERT_QUOTES),
        *blind_blocks(view),
        *step_blocks(view, open_only=True),
        foot_block(view),
    ]
    plans = plan_buttons(view.state, view.playbook, view.lang, kind="alert")
    return Message(blocks=tuple(blocks), buttons=lay_buttons(plans, view.tokens), drill=view.state.drill)


def render_detail(view: IncidentView) -> Message:
    """The answer to "看依据": every alert's sentence, the strongest mentions with the reasons of their scores (S13)."""
    zh = view.lang == "zh"
    title = f"🔍 {view.state.id} 判断依据" if zh else f"🔍 Why {view.state.id}"
    blocks = [Block(style=Style.TITLE, text=title), *reason_blocks(view, most=10)]
    blocks += customer_blocks(view, _DETAIL_CUSTOMERS, tickets=3)
    for item in view.evidence[:_DETAIL_QUOTES]:
        blocks.append(Block(style=Style.QUOTE, text=plain_line(item.text, 160), shrinkable=True))
        blocks.append(Block(style=Style.NOTE, text=say_scores(item, view.lang), link=item.url, shrinkable=True))
        for reason in sorted(item.reasons, key=lambda r: -abs(r.weight))[:_DETAIL_REASONS]:
            moved = f" {reason.weight:+.1f}" if reason.weight else ""
            found = plain_line(reason.evidence, 40)
            text = f"{reason.rule} {plain_line(reason.what, 40)}" + (
                f"：{found}" if found and zh else f": {found}" if found else ""
            )
            blocks.append(Block(style=Style.NOTE, text="· " + text + moved, shrinkable=True))
    goal = plain_line(in_language(view.playbook.goal, view.lang), 160)
    if goal:
        blocks.append(Block(style=Style.NOTE, text=(f"预案目标：{goal}" if zh else f"Goal of the playbook: {goal}")))
    blocks.append(foot_block(view))
    return Message(blocks=tuple(blocks), drill=view.state.drill)
