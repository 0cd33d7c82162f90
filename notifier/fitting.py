"""Fit a message into a channel's limit by cutting its plain parts, weakest first, before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from notifier.plain import cut, plain_line, plain_text, safe_link, utf16_units
from records.chat import Block, Message, Style

Size = Callable[[Sequence[Block]], int]
"""Size of the rendered blocks in the channel's own unit, markup not counted."""

DRILL_SHORT = "【演练 DRILL】"
DRILL_MARK = f"{DRILL_SHORT}这是演练，不是真实事件 · not a real incident"
_SHORT_QUOTE = 80
_SHORT_TEXT = 120


def clean_block(block: Block) -> Block:
    """The block without anything hostile: hidden characters, a link that is not http(s)."""
    text = plain_line(block.text) if block.style in (Style.TITLE, Style.HEADING) else plain_text(block.text)
    return replace(block, text=text, link=safe_link(block.link))


def join_plain(blocks: Sequence[Block]) -> str:
    """The blocks as plain text: one below the other, a blank line before each heading."""
    lines: list[str] = []
    for block in blocks:
        if block.style is Style.HEADING and lines:
            lines.append("")
        lines.append(block.text)
    return "\n".join(lines)


def plain_size(blocks: Sequence[Block]) -> int:
    """Size in UTF-16 units of ``join_plain``."""
    return utf16_units(join_plain(blocks))


def fit_message(message: Message, limit: int, size: Size = plain_size) -> tuple[Block, ...]:
    """The message's blocks, cleaned, marked as a drill where they are one, and cut to ``limit``.

    Order of loss: long quotes are shortened, then quotes and their figures go (the last ones first), then long texts
    are shortened, then blocks go from the end; the title stays to the last. Empty blocks go at once.

    Args:
        message: what is to be sent.
        limit: greatest size, in the unit of ``size``; at least 1.
        size: measures blocks; must not grow when a text gets shorter.
    """
    blocks = [b for b in map(clean_block, message.blocks) if b.text]
    if message.drill:
        blocks.insert(0, Block(style=Style.TITLE, text=DRILL_MARK))
    blocks = _shorten(blocks, limit, size, _SHORT_QUOTE, lambda b: b.shrinkable and b.style is Style.QUOTE)
    kept = _drop(blocks, limit, size, lambda b: b.shrinkable)
    blocks = _drop_lone_headings(kept) if len(kept) < len(blocks) else blocks
    blocks = _shorten(blocks, limit, size, _SHORT_TEXT, lambda b: True)
    first = 2 if message.drill else 1
    while len(blocks) > first and size(blocks) > limit:
        blocks.pop()
    while blocks and (over := size(blocks) - limit) > 0:
        last = blocks[-1]
        shorter = cut(last.text, max(0, utf16_units(last.text) - over))
        if shorter and shorter != last.text and shorter != "…":
            blocks[-1] = replace(last, text=shorter)
        else:
            blocks.pop()
    return tuple(blocks)


def _shorten(blocks: list[Block], limit: int, size: Size, shortest: int, which: Callable[[Block], bool]) -> list[Block]:
    blocks = list(blocks)
    for index in range(len(blocks) - 1, -1, -1):
        over = size(blocks) - limit
        if over <= 0:
            break
        block = blocks[index]
        length = utf16_units(block.text)
        if which(block) and length > shortest:
            blocks[index] = replace(block, text=cut(block.text, max(shortest, length - over)))
    return blocks


def _drop(blocks: list[Block], limit: int, size: Size, which: Callable[[Block], bool]) -> list[Block]:
    blocks = list(blocks)
    for index in range(len(blocks) - 1, -1, -1):
        if size(blocks) <= limit:
            break
        if which(blocks[index]):
            del blocks[index]
    return blocks


def _drop_lone_headings(blocks: list[Block]) -> list[Block]:
    kept = []
    for index, block in enumerate(blocks):
        after = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.style is not Style.HEADING or (after is not None and after.style is not Style.HEADING):
            kept.append(block)
    return kept
