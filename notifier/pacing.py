"""Pace per target: spacing, a budget per minute, and room kept free for urgent messages.

Lives in memory and is safe to lose: after a restart a channel may at worst ask for a pause once.
"""

from __future__ import annotations

from collections import defaultdict, deque

from notifier.delivery import Pace
from records.chat import Priority

Lane = tuple[str, str]
"""(channel, target)."""

MINUTE = 60.0

# Share of the minute's budget that a priority may use up: alerts always find room behind card edits (a group of
# Telegram takes 20 messages and edits a minute).
_SHARES = (
    (Priority.ALERT, 1.0),
    (Priority.ESCALATION, 0.95),
    (Priority.ANSWER, 0.85),
    (Priority.CARD, 0.6),
    (Priority.DIGEST, 0.5),
)


class Pacer:
    def __init__(self) -> None:
        self._sent: dict[Lane, deque[float]] = defaultdict(deque)
        self._held_until: dict[Lane, float] = {}

    def free_in(self, lane: Lane, pace: Pace, priority: int, clock: float) -> float:
        """Seconds until a message of this priority may leave; 0 = now. ``clock`` is a monotonic reading in seconds."""
        sent = self._sent[lane]
        while sent and sent[0] <= clock - MINUTE:
            sent.popleft()
        wait = self._held_until.get(lane, clock) - clock
        if pace.spacing and sent:
            wait = max(wait, sent[-1] + pace.spacing - clock)
        if pace.per_minute:
            share = next((s for limit, s in _SHARES if priority <= limit), _SHARES[-1][1])
            room = max(1, int(pace.per_minute * share))
            if len(sent) >= room:
                wait = max(wait, sent[-room] + MINUTE - clock)
        return max(0.0, wait)

    def note_sent(self, lane: Lane, clock: float) -> None:
        self._sent[lane].append(clock)

    def hold(self, lane: Lane, seconds: float, clock: float) -> None:
        """Nothing goes to the lane for so long (the channel asked for a pause)."""
        self._held_until[lane] = max(self._held_until.get(lane, 0.0), clock + seconds)
