"""The terminal as a chat: coloured bars where somebody looks, plain lines where a file or pipe does. One-way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from notifier.delivery import Pace, Receipt
from notifier.fitting import DRILL_SHORT, fit_message
from records.chat import Block, Message, Press, Style

_LIMIT = 8_000
_TONES = {"🔴": "red", "🟠": "dark_orange", "🟡": "yellow", "⚫": "bright_black", "🛠": "cyan"}
_BARS = {
    "red": "bold bright_white on red3",
    "dark_orange": "bold bright_white on dark_orange3",
    "yellow": "bold black on gold1",
    "bright_black": "bold bright_white on grey37",
    "cyan": "bold bright_white on deep_sky_blue4",
    "white": "bold bright_white on grey30",
}
_REMEMBERED = 200


class ConsoleChannel:
    """Prints messages. A changed card prints only what changed, so that the screen stays readable.

    Args:
        console: where to; None = standard output.
        lang: language of the few words of its own.
    """

    name = "console"
    interactive = False

    def __init__(self, console: Console | None = None, *, lang: str = "zh") -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._lang = lang
        self._count = 0
        self._shown: dict[str, tuple[Block, ...]] = {}

    def pace(self, target: str) -> Pace:
        return Pace()

    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt:
        """Print the message; never fails for what the message holds.

        A message whose title stands on the screen already (the card right after its alert) prints only what is new.
        """
        self._count += 1
        ident = str(self._count)
        blocks = _titled(message)
        twin = next((shown for shown in reversed(self._shown.values()) if shown[:1] == blocks[:1]), None)
        self._remember(ident, blocks)
        if twin is not None:
            known = {b.text for b in twin}
            blocks = (*blocks[:1], *(b for b in blocks if b.text not in known and b.style is Style.STEP))
            if len(blocks) == 1:
                return Receipt(external_id=ident)
        self._print(blocks, self._button_line(message) if twin is None else None, update=twin is not None)
        return Receipt(external_id=ident)

    async def edit(self, target: str, external_id: str, message: Message) -> Receipt:
        """Print the title and the blocks that are new or changed since the message was printed last."""
        blocks = _titled(message)
        before = self._shown.get(external_id)
        self._remember(external_id, blocks)
        if before is None:
            self._print(blocks, self._button_line(message))
            return Receipt(external_id=external_id)
        # The small print changes with every minute; it alone is no news.
        changed = _with_content([b for b in blocks if b not in before and b.style not in (Style.TITLE, Style.NOTE)])
        retitled = blocks[:1] != before[:1]
        if changed or retitled:
            self._print((*blocks[:1], *changed), None, update=True)
        return Receipt(external_id=external_id)

    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None:
        """Print the answer."""
        self._console.print(Text(f"↳ {text}"))

    async def close(self) -> None:
        """Nothing is held open."""

    def _remember(self, ident: str, blocks: tuple[Block, ...]) -> None:
        self._shown[ident] = blocks
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]

    def _button_line(self, message: Message) -> str | None:
        labels = [b.label for row in message.buttons for b in row if b.asks != "reason"]
        if not labels:
            return None
        head = (
            "可用操作（聊天里按，或用 fengsheng take / done / confirm）："
            if self._lang == "zh"
            else "Actions (in chat, or fengsheng take / done / confirm): "
        )
        return head + " · ".join(labels)

    def _print(self, blocks: Sequence[Block], actions: str | None, *, update: bool = False) -> None:
        if not blocks:
            return
        if not self._console.is_terminal:
            self._print_plain(blocks, actions, update=update)
            return
        # No frame: its right edge never lines up where a terminal draws some signs two cells wide.
        label = ("更新 " if self._lang == "zh" else "UPDATE ") if update else ""
        body: list[RenderableType] = [_drawn(b) for b in blocks[1:]]
        if actions:
            body += [Text(), Text(actions, style="dim")]
        self._console.print()
        self._console.print(Text(f" {label}{blocks[0].text} ", style=_BARS[tone_of(blocks)]))
        if body:
            self._console.print(Padding(Group(*body), (0, 2, 0, 2)))

    def _print_plain(self, blocks: Sequence[Block], actions: str | None, *, update: bool) -> None:
        mark = ("[更新] " if self._lang == "zh" else "[update] ") if update else ""
        lines = [mark + blocks[0].text]
        for block in blocks[1:]:
            prefix = {Style.QUOTE: "  | ", Style.HEADING: "-- "}.get(block.style, "  ")
            lines += [prefix + line for line in block.text.split("\n")]
            if block.link:
                lines.append(f"    {block.link}")
        if actions:
            lines.append("  " + actions)
        self._console.print(Text("\n".join(lines) + "\n"), soft_wrap=True)


def _with_content(blocks: Sequence[Block]) -> list[Block]:
    """Without the headings that have nothing under them."""
    following = [*blocks[1:], None]
    return [
        b
        for b, after in zip(blocks, following, strict=False)
        if b.style is not Style.HEADING or (after is not None and after.style is not Style.HEADING)
    ]


def tone_of(blocks: Sequence[Block]) -> str:
    """Colour of a message, by the mark in its title."""
    title = blocks[0].text[:40] if blocks else ""
    return next((tone for mark, tone in _TONES.items() if mark in title), "white")


def _titled(message: Message) -> tuple[Block, ...]:
    """The message's blocks; the mark of a drill stands in the title's line."""
    blocks = fit_message(message, _LIMIT)
    if not message.drill or len(blocks) < 2:
        return blocks
    return (replace(blocks[1], text=f"{DRILL_SHORT} {blocks[1].text}"), *blocks[2:])


def _drawn(block: Block) -> RenderableType:
    if block.style is Style.HEADING:
        return Padding(Text(block.text, style="bold"), (1, 0, 0, 0))
    if block.style is Style.TITLE:
        return Text(block.text, style="bold")
    if block.style is Style.QUOTE:
        return Padding(
            Text(f"“{block.text}”", style="italic" if block.text.isascii() else "bright_white"), (0, 0, 0, 2)
        )
    if block.style is Style.NOTE:
        text = Text(block.text, style="dim")
        if block.link:
            text.stylize(f"link {block.link}")
        return Padding(text, (0, 0, 0, 2))
    if block.style is Style.STEP:
        first, _, rest = block.text.partition("\n")
        text = Text(first)
        if rest:
            text.append("\n     " + rest, style="dim")
        return text
    return Text(block.text)
