"""The weekly proposals for the word library in the digest chat (W3): once a week, from Monday nine o'clock on."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime, timedelta
from itertools import groupby

from fengsheng.wiring import Clock, House
from fengsheng.word_proposing import Proposed, propose_words
from notifier.due import SendContext, decide_send
from notifier.plain import plain_line
from records.chat import Block, Message, OutboxItem, Priority, Style
from scoring.word_proposals import Proposal
from storage.sqlite import Store

LOOK_EVERY = 600.0
"""Seconds between two looks at whether a week is over."""
WEEK = "words_proposed"
"""Setting: the last week that was told, such as 2026-W48."""
_HOUR = 9
_DAY = timedelta(days=1)
_SHOWN = 12
_LEAST = 5


class WeeklyWords:
    """Proposes words to the digest chat; what was told stands in the database, so that a restart tells nothing twice."""

    def __init__(self, house: House, clock: Clock) -> None:
        self._house, self._clock = house, clock

    async def send_due(self) -> None:
        """Send what is due, beside everything else: a long history is read in a thread of its own."""
        if self._house.config.chats.digest and not self._house.drill:
            await asyncio.to_thread(self.queue_due)

    def queue_due(self) -> None:
        """Queue the proposals once a week; a week without any is silent. A database that was never asked waits for its first Monday."""
        now = self._clock()
        week = due_week(now.astimezone(self._house.config.zone))
        with self._house.open_store() as store:
            last = store.setting(WEEK)
            if last == week:
                return
            found = None
            if last is not None:
                found = propose_words(self._house, store, now=now, days=7, before=60, least=_LEAST, most=_SHOWN)
            with store.transaction():
                store.save_setting(WEEK, week)
                if found is not None and found.proposals:
                    self._queue(store, render_proposals(found, self._house), now)

    def _queue(self, store: Store, message: Message, now: datetime) -> None:
        context = SendContext(now=now, quiet_until=self._house.quiet_until(now))
        for target in self._house.targets("digest"):
            item = OutboxItem(
                chat="digest",
                channel=target.channel,
                target=target.target,
                kind="digest",
                priority=Priority.DIGEST,
                created_at=now,
                message=message,
            )
            decision = decide_send(item, context)
            if decision.send:
                store.queue(
                    [dataclasses.replace(item, silent=decision.silent, not_before=decision.not_before)], now=now
                )


def due_week(here: datetime) -> str:
    """The ISO week whose proposals are due at a local time: a week begins on Monday at nine."""
    year, week, day = here.isocalendar()
    if day == 1 and here.hour < _HOUR:
        return due_week(here.replace(hour=_HOUR) - _DAY)
    return f"{year}-W{week:02}"


def render_proposals(found: Proposed, house: House) -> Message:
    """The words by theme, without a word of any post."""
    zh = house.config.language == "zh"
    title = (
        f"敏感词建议：近 7 天 {found.complaints} 条投诉中的新词"
        if zh
        else f"Words for the library: new in {found.complaints} complaints of the last 7 days"
    )
    blocks = [Block(style=Style.TITLE, text="📖 " + plain_line(title, 120))]
    by_theme = sorted(found.proposals, key=lambda p: p.theme)
    for _, theme in groupby(by_theme, key=lambda p: p.theme):
        blocks.append(Block(style=Style.TEXT, text=plain_line(_said(list(theme), house), 300)))
    end = (
        "fengsheng words propose 给出可编辑的词库文件；上线前用 fengsheng words lint 检查。"
        if zh
        else "fengsheng words propose prints them as a word file; fengsheng words lint checks it before it goes live."
    )
    blocks.append(Block(style=Style.TEXT, text=end))
    return Message(blocks=tuple(blocks))


def _said(theme: list[Proposal], house: House) -> str:
    zh = house.config.language == "zh"
    said = [
        f"{p.word} {p.count} 条（此前 {p.earlier}）" if zh else f"{p.word} {p.count} (earlier {p.earlier})"
        for p in theme
    ]
    group = house.words.groups.get(theme[0].group or "")
    beside = f" → {group.name[house.config.language]}" if group else ""
    return ("、" if zh else ", ").join(said) + beside
