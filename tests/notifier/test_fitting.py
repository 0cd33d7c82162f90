"""Messages are cut in their plain parts, weakest first, and never exceed the limit."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.fitting import DRILL_MARK, fit_message, plain_size
from records.chat import Block, Message, Style

BLOCKS = st.lists(
    st.builds(
        Block,
        style=st.sampled_from(Style),
        text=st.text(st.characters(), max_size=200) | st.just("很长" * 400),
        link=st.none() | st.just("https://a.example/1"),
        shrinkable=st.booleans(),
    ),
    max_size=14,
)


@settings(deadline=None)
@given(BLOCKS, st.integers(1, 1200), st.booleans())
def test_never_exceeds_the_limit(blocks: list[Block], limit: int, drill: bool) -> None:
    assert plain_size(fit_message(Message(blocks=tuple(blocks), drill=drill), limit)) <= limit


def test_what_fits_is_left_alone() -> None:
    message = Message(
        blocks=(Block(style=Style.TITLE, text="标题"), Block(style=Style.QUOTE, text="引文", shrinkable=True))
    )
    assert fit_message(message, 4096) == message.blocks


def test_quotes_shrink_first_then_go_and_steps_stay() -> None:
    message = Message(
        blocks=(
            Block(style=Style.TITLE, text="🔴 标题"),
            Block(style=Style.HEADING, text="证据"),
            Block(style=Style.QUOTE, text="强" * 300, shrinkable=True),
            Block(style=Style.QUOTE, text="弱" * 300, shrinkable=True),
            Block(style=Style.HEADING, text="要做"),
            Block(style=Style.STEP, text="⬜ 1. 紧急小组"),
        )
    )
    shrunk = fit_message(message, 500)
    assert [b.text[0] for b in shrunk] == ["🔴", "证", "强", "弱", "要", "⬜"]
    assert len(shrunk[2].text) == 300 and len(shrunk[3].text) < 200, "the weaker quote pays first"
    assert [b.text[0] for b in fit_message(message, 120)] == ["🔴", "证", "强", "要", "⬜"]
    assert [b.text for b in fit_message(message, 25)] == ["🔴 标题", "要做", "⬜ 1. 紧急小组"], (
        "a heading goes with its quotes"
    )


def test_a_title_outlives_everything() -> None:
    message = Message(blocks=(Block(style=Style.TITLE, text="🔴 红色预警"), Block(style=Style.TEXT, text="x" * 50)))
    assert fit_message(message, 8)[0].text == "🔴 红色预警"


def test_a_drill_is_marked_first() -> None:
    message = Message(blocks=(Block(style=Style.TITLE, text="🔴"),), drill=True)
    assert fit_message(message, 500)[0].text == DRILL_MARK
