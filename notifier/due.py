"""Send, hold or stay silent: decided from values, with the reason (rulebook L and D; pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from records.chat import OutboxItem, Priority
from scoring.alert import Level


@dataclass(frozen=True, kw_only=True, slots=True)
class SendContext:
    now: datetime
    """Aware UTC."""
    level: Level = Level.NONE
    """Crisis level of the incident; NONE for operations and digests."""
    drill: bool = False
    """The message belongs to a drill."""
    drill_chat: bool = False
    """The chat is one for drills."""
    historic: bool = False
    """The incident is made of old posts (back-fill, import of history)."""
    historic_wanted: bool = False
    """Somebody asked for historic incidents in this chat."""
    quiet_until: datetime | None = None
    """End of the quiet hours that hold now (see ``quiet_end``); None outside them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SendDecision:
    send: bool
    silent: bool = False
    not_before: datetime | None = None
    """Held until then; None = at once."""
    reason: str


def quiet_end(now: datetime, start: time, end: time, zone: tzinfo) -> datetime | None:
    """When the quiet hours that hold at ``now`` end; None where none hold.

    ``start`` and ``end`` are times of day in ``zone``; a span over midnight (22:00 to 07:00) is understood, equal times
    mean no quiet hours.
    """
    if start == end:
        return None
    here = now.astimezone(zone)
    at = here.time()
    quiet = start <= at < end if start < end else at >= start or at < end
    if not quiet:
        return None
    ends = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (ends if at < end else ends + timedelta(days=1)).astimezone(now.tzinfo)


def decide_send(item: OutboxItem, context: SendContext) -> SendDecision:
    """Whether, when and how loud a message leaves; the first rule that applies gives the reason.

    Red is never held nor silenced. Quiet hours hold yellow and digests and make orange and operations silent.
    """
    if context.drill != context.drill_chat:
        where = "a drill goes to drill chats only" if context.drill else "a drill chat gets drills only"
        return SendDecision(send=False, reason=f"{where} (P11)")
    if context.historic and not context.historic_wanted:
        return SendDecision(send=False, reason="historic posts never alert a live chat (rulebook D)")
    if context.level is Level.RED:
        return SendDecision(send=True, silent=item.silent and item.kind == "card", reason="red is never held (L)")
    if context.quiet_until is None or context.quiet_until <= context.now:
        return SendDecision(send=True, silent=item.silent, reason="no quiet hours")
    if item.kind == "answer":
        return SendDecision(send=True, silent=True, reason="quiet hours: an answer to somebody who is awake, silent")
    if context.level is Level.ORANGE:
        return SendDecision(send=True, silent=True, reason="quiet hours: orange is sent silently (L)")
    if context.level is Level.NONE and item.priority < Priority.DIGEST:
        return SendDecision(send=True, silent=True, reason="quiet hours: operations are sent silently")
    what = "yellow" if context.level is Level.YELLOW else "digest"
    return SendDecision(
        send=True,
        silent=False,
        not_before=context.quiet_until,
        reason=f"quiet hours: {what} is held until they end (L)",
    )
