"""What the outbox and the channels say to each other: receipts, pace, and the named ways a delivery can fail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    external_id: str
    """The message's id on the channel, as text."""
    note: str | None = None
    """Something the ledger should keep, e.g. that it left as plain text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast one target of a channel takes messages; 0 = no limit."""

    spacing: float = 0.0
    """Seconds between two messages to the same target."""
    per_minute: int = 0
    """Messages and edits to the same target in any 60 seconds."""


class ChannelError(Exception):
    """A delivery that did not succeed; the text is one sentence without secrets."""


class Retryable(ChannelError):
    """Surely not delivered; worth another try."""

    def __init__(self, message: str, *, after: float = 0.0, hold: bool = False) -> None:
        super().__init__(message)
        self.after = after
        """Seconds the channel asked to wait; 0 = not told."""
        self.hold = hold
        """The wait concerns everything to this target, not this message only."""


class Ambiguous(ChannelError):
    """No (readable) answer: the message may be there or not."""


class Refused(ChannelError):
    """The channel will never take this message to this target."""


class Gone(ChannelError):
    """The message to be edited is not there any more, or too old to be edited."""


class Moved(ChannelError):
    """The target has a new id (a Telegram group became a supergroup)."""

    def __init__(self, message: str, *, new_target: str) -> None:
        super().__init__(message)
        self.new_target = new_target
