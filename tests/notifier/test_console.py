"""The terminal: colours where somebody looks, plain lines elsewhere, and nothing that a post could do to it."""

from __future__ import annotations

import io

from rich.console import Console

from notifier.channels.console import ConsoleChannel
from notifier.messages import render_alert, render_card
from playbooks.state import StepStatus
from records.chat import Block, Message, Style
from tests.notifier.builders import NOW, change_step, make_evidence, make_message, make_state, make_view


def make_console(*, terminal: bool) -> tuple[ConsoleChannel, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=terminal,
        width=90,
        highlight=False,
        markup=False,
        emoji=False,
        color_system="standard" if terminal else None,
    )
    return ConsoleChannel(console), out


async def test_plain_lines_for_files_and_pipes() -> None:
    channel, out = make_console(terminal=False)
    await channel.send("", render_alert(make_view()))
    shown = out.getvalue()
    assert "\x1b" not in shown and "─" not in shown
    assert shown.startswith(
        "🔴 红色预警 · 星河咖啡 · 轻享拿铁 · 异物\n  1 小时内 14 个独立声音投诉，阈值 10（规则 D2）\n"
    )
    assert "  | 喝到一半吃到玻璃碎片" in shown and "    https://m.weibo.cn/detail/501" in shown
    assert "可用操作" in shown and "接手 1 紧急小组" in shown


async def test_a_coloured_bar_on_a_terminal() -> None:
    channel, out = make_console(terminal=True)
    await channel.send("", render_alert(make_view()))
    shown = out.getvalue()
    assert "\x1b[1;97;41m 🔴 红色预警 · 星河咖啡" in shown and "\x1b[1m证据" in shown


async def test_posts_cannot_drive_the_terminal() -> None:
    for terminal in (True, False):
        channel, out = make_console(terminal=terminal)
        hostile = "\x1b[2J\x1b]0;owned\x07[bold red]x[/bold red] :boom: \x9b31m"
        await channel.send("", render_alert(make_view(evidence=(make_evidence(text=hostile, url="javascript:x"),))))
        shown = out.getvalue()
        assert "\x1b[2J" not in shown and "\x1b]0;" not in shown and "\x07" not in shown and "\x9b" not in shown
        assert "[bold red]x[/bold red] :boom:" in shown and "javascript" not in shown


async def test_a_changed_card_prints_only_what_changed() -> None:
    channel, out = make_console(terminal=False)
    ident = (await channel.send("", render_card(make_view()))).external_id
    out.truncate(0)
    out.seek(0)
    await channel.edit("", ident, render_card(make_view()))
    assert out.getvalue() == "", "nothing changed, nothing said"
    taken = change_step(make_state(), "repair", status=StepStatus.TAKEN, taken_by="p_zhao", taken_at=NOW)
    await channel.edit("", ident, render_card(make_view(state=taken)))
    shown = out.getvalue()
    assert shown.startswith("[更新] 🔴 红色预警") and "赵 02:03 接手" in shown
    assert "紧急小组" not in shown and "玻璃" not in shown


async def test_a_card_unknown_after_a_restart_is_printed_whole() -> None:
    channel, out = make_console(terminal=False)
    await channel.edit("", "77", render_card(make_view()))
    assert "紧急小组" in out.getvalue() and "玻璃" in out.getvalue()


async def test_drills_are_marked_in_the_title() -> None:
    for terminal in (True, False):
        channel, out = make_console(terminal=terminal)
        await channel.send("", make_message("🔴 红", "x", drill=True))
        assert "【演练 DRILL】 🔴 红" in out.getvalue()


async def test_a_heading_without_anything_new_under_it_is_not_printed() -> None:
    console = Console(file=io.StringIO(), width=100)
    channel = ConsoleChannel(console)
    title = Block(style=Style.TITLE, text="🔴 红色预警")
    quote = Block(style=Style.QUOTE, text="同一句话")

    def card(count: int) -> Message:
        heading = Block(style=Style.HEADING, text=f"证据（共 {count} 条）")
        return Message(blocks=(title, Block(style=Style.TEXT, text=f"提及 {count} 条"), heading, quote))

    receipt = await channel.send("console", card(1))
    console.file = io.StringIO()
    await channel.edit("console", receipt.external_id, card(2))
    printed = console.file.getvalue()
    assert "提及 2 条" in printed and "证据" not in printed
