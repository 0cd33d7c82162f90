"""Send, hold or silence: the table of rulebook L and D."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from notifier.due import SendContext, decide_send, quiet_end
from notifier.view import SHANGHAI
from records.chat import Priority
from scoring.alert import Level
from tests.notifier.builders import NOW, make_item, minutes

END = NOW + minutes(300)


@pytest.mark.parametrize(
    ("context", "item", "send", "silent", "held"),
    [
        ({"level": Level.RED, "quiet_until": END}, {}, True, False, False),
        ({"level": Level.RED, "quiet_until": END}, {"silent": True}, True, False, False),
        ({"level": Level.ORANGE, "quiet_until": END}, {}, True, True, False),
        ({"level": Level.ORANGE}, {}, True, False, False),
        ({"level": Level.YELLOW, "quiet_until": END}, {}, True, False, True),
        ({"level": Level.YELLOW, "quiet_until": NOW}, {}, True, False, False),
        ({"level": Level.YELLOW}, {}, True, False, False),
        ({"level": Level.NONE, "quiet_until": END}, {"kind": "operations"}, True, True, False),
        ({"level": Level.NONE, "quiet_until": END}, {"priority": Priority.DIGEST}, True, False, True),
        ({"level": Level.YELLOW, "quiet_until": END}, {"kind": "answer"}, True, True, False),
        ({"level": Level.RED, "historic": True}, {}, False, False, False),
        ({"level": Level.RED, "historic": True, "historic_wanted": True}, {}, True, False, False),
        ({"level": Level.RED, "drill": True}, {}, False, False, False),
        ({"level": Level.RED, "drill": True, "drill_chat": True}, {}, True, False, False),
        ({"level": Level.RED, "drill_chat": True}, {}, False, False, False),
    ],
)
def test_decide_send(context: dict[str, Any], item: dict[str, Any], send: bool, silent: bool, held: bool) -> None:
    decision = decide_send(make_item(**item), SendContext(now=NOW, **context))
    assert (decision.send, decision.silent, decision.not_before is not None) == (send, silent, held)
    assert decision.reason


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "start", "end", "until"),
    [
        (at(2), time(22), time(7), at(7)),
        (at(23), time(22), time(7), at(7) + minutes(1440)),
        (at(22), time(22), time(7), at(7) + minutes(1440)),
        (at(7), time(22), time(7), None),
        (at(12), time(22), time(7), None),
        (at(13), time(12), time(14), at(14)),
        (at(14), time(12), time(14), None),
        (at(3), time(0), time(0), None),
    ],
)
def test_quiet_end(now: datetime, start: time, end: time, until: datetime | None) -> None:
    assert quiet_end(now, start, end, SHANGHAI) == until
