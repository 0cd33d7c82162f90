"""Times as people write them become aware UTC, and anything else is one sentence that names the option."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.arguments import parse_moment
from records.errors import BadInput

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, None),
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        (" 0d ", NOW),
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC)),
        ("2026-11-20T12:00", NOW),
        ("2026-11-20 12:00:00", NOW),
        ("2026-11-20T04:00:00Z", NOW),
        ("2026-11-20T06:00:00+02:00", NOW),
    ],
)
def test_moments(text: str | None, wanted: datetime | None) -> None:
    found = parse_moment(text, "--since", NOW, SHANGHAI)
    assert found == wanted
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "-3d", "3x", "3.5h", "999999w", "2026-13-01", "0001-01-01", "٣d", "24 hours"]
)
def test_what_is_no_time_is_one_sentence_that_names_the_option(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_moment(text, "--since", NOW, SHANGHAI)
    assert str(caught.value).startswith(f'--since: "{text}" is no time: 2026-11-20, 2026-11-20T12:00, or an age')


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_one_sentence(text: str) -> None:
    try:
        found = parse_moment(text, "--until", NOW, SHANGHAI)
    except BadInput as error:
        assert len(error.problems) == 1
        return
    assert found is not None and found.tzinfo is UTC
