"""The eyes (W6): what is known of every source after each poll, and what is said when one cannot be seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from crawlers.health import judge_health
from fengsheng.incidents import Incidents
from fengsheng.posting import queue_operations
from fengsheng.wiring import House
from notifier import messages
from records.outcome import PollResult
from records.source import SourceHealth
from storage.sqlite import Store

DRILL_SPEED = 60.0
"""In a drill a source that was blind is tried again so many times sooner."""


class Eyes:
    """Keeps the health of the sources; call ``note`` in the transaction that finishes the poll.

    Args:
        say: prints a line on the terminal, where the operators' chat is elsewhere.
    """

    def __init__(self, *, store: Store, house: House, incidents: Incidents, say: Callable[[str], None]) -> None:
        self._store = store
        self._house = house
        self._incidents = incidents
        self._say = say

    def note(self, result: PollResult, *, new: int, now: datetime) -> None:
        """A poll ended.

        Args:
            result: how.
            new: mentions it brought that were not stored before.
            now: aware UTC.
        """
        source, brand = result.request.source, result.request.brand
        before = self._store.load_source(source, brand)
        health, change = judge_health(
            before, result, brand=brand, now=now, speed=DRILL_SPEED if self._house.drill else 1
        )
        # Posts seen again are no more posts.
        health = dataclasses.replace(health, mentions_total=(before.mentions_total if before else 0) + new)
        if change is not None:
            health = dataclasses.replace(health, told_at=now if change == "went_blind" else None)
            self._tell(before, health, change, now)
            self._incidents.refresh_cards(brand, now=now)
        self._store.save_source(health)

    def _tell(self, before: SourceHealth | None, health: SourceHealth, change: str, now: datetime) -> None:
        """Say once to the operators, not to the crisis group, that a source is blind or seen again (W6)."""
        config = self._house.config
        if change == "went_blind":
            message = messages.render_source_blind(
                health, now=now, zone=config.zone, lang=config.language, drill=self._house.drill
            )
        else:
            message = messages.render_source_back(
                health,
                blind_since=before.blind_since if before else None,
                now=now,
                zone=config.zone,
                lang=config.language,
                drill=self._house.drill,
            )
        if all(t.channel != "console" for t in self._house.targets("operators")):  # the terminal shows it once
            self._say(message.blocks[0].text)
        queue_operations(self._store, self._house, message, now=now)
