"""Telegram's HTML: hostile words stay words, limits hold, buttons fit."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.channels.telegram_text import TEXT_UNITS, keyboard_rows, render_telegram
from notifier.messages import render_alert, render_card
from notifier.plain import utf16_units
from records.chat import Block, Button, Message, Style
from tests.notifier.builders import make_evidence, make_view
from tests.notifier.test_fitting import BLOCKS

TAGS = re.compile(r"</?(?:b|blockquote|a)(?: href=\"[^\"]*\")?>")


def parsed(markup: str) -> str:
    """What Telegram shows: tags taken away, entities read; any other < is an error Telegram would refuse."""
    bare = TAGS.sub("", markup)
    assert "<" not in bare and ">" not in bare, bare
    return html.unescape(bare)


@settings(deadline=None)
@given(BLOCKS, st.booleans())
def test_html_parses_to_the_plain_text_within_the_limit(blocks: list[Block], drill: bool) -> None:
    rendered = render_telegram(Message(blocks=tuple(blocks), drill=drill), limit=400)
    assert parsed(rendered.html) == rendered.plain
    assert utf16_units(rendered.plain) <= 400


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "</blockquote><a href='http://evil'>x</a>",
        "&lt;b&gt; & <b",
        "*_~`>#+-=|{}.![](http://x)",
        "\u202eevil\u2066",
        "长" * 10_000,
        "🔴" * 6_000,
        "\ud83d broken",
        "",
    ],
)
def test_hostile_posts_in_real_messages(hostile: str) -> None:
    evidence = tuple(make_evidence(text=hostile, author=hostile, region=hostile, url="javascript:x") for _ in range(9))
    for render in (render_alert, render_card):
        rendered = render_telegram(render(make_view(evidence=evidence)))
        assert parsed(rendered.html) == rendered.plain
        assert utf16_units(rendered.plain) <= TEXT_UNITS
        assert "javascript:" not in rendered.html
        assert rendered.html.encode("utf-8")
        assert "🔴 红色预警" in rendered.plain and "1. 紧急小组" in rendered.plain


def test_blocks_become_markup() -> None:
    message = Message(
        blocks=(
            Block(style=Style.TITLE, text="标题 <1>"),
            Block(style=Style.HEADING, text="证据"),
            Block(style=Style.QUOTE, text="a & b"),
            Block(style=Style.NOTE, text="原帖", link="https://a.example/?x=1&y=2"),
        )
    )
    assert render_telegram(message).html == (
        "<b>标题 &lt;1&gt;</b>\n\n<b>证据</b>\n<blockquote>a &amp; b</blockquote>\n"
        '<a href="https://a.example/?x=1&amp;y=2">原帖</a>'
    )


def test_only_the_products_own_words_ring_people() -> None:
    message = Message(
        blocks=(Block(style=Style.TEXT, text="请 @林 接手"), Block(style=Style.QUOTE, text="@林 @everyone 出来"))
    )
    rendered = render_telegram(message, mentions={"林": "1001", "坏": "javascript"}).html
    assert '请 <a href="tg://user?id=1001">林</a> 接手' in rendered
    assert rendered.count("tg://") == 1
    assert "@林" not in rendered and "@everyone" not in rendered, "a stranger's @name is broken up"


def test_keyboards_keep_to_the_limits() -> None:
    row = tuple(Button(label=f"按钮 {n}\n" + "长" * 99, token=f"t{n}") for n in range(20))
    bad = (Button(label="x", token="接" * 22),)
    rows = keyboard_rows(Message(blocks=(), buttons=(bad, *[row] * 9)))
    assert max(len(r) for r in rows) == 8 and sum(len(r) for r in rows) == 100
    assert all(len(label) <= 60 and "\n" not in label and len(data.encode()) <= 64 for r in rows for label, data in r)
