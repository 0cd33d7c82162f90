"""What is printed cannot steer a terminal, and what is piped stays whole."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.printing import json_line, local, plain, print_json, print_plain, print_table, shorten

STEERING = ["\x1b[2J", "\x9b2J", "\x07", "\x00", "\u202e", "\u2066", "\x7f", "\r"]


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda x: st.dictionaries(st.text(max_size=4), x, max_size=3))
)
def test_a_json_line_is_one_line_that_reads_back(record: Any) -> None:
    line = json_line(record)
    assert json.loads(line) == record
    assert len(line.splitlines()) == 1
    line.encode("utf-8")


@pytest.mark.parametrize("steering", STEERING)
def test_nothing_printed_steers_the_terminal(steering: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": f"x{steering}y"})
    print_plain(f"x{steering}y")
    print_table((f"a{steering}",), [(f"x{steering}y",)])
    assert steering not in capsys.readouterr().out


def test_chinese_stays_readable_and_zero_is_no_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"词": "退款", "n": 0, "x": None})
    assert capsys.readouterr().out == '{"词": "退款", "n": 0, "x": null}\n'


def test_an_output_without_chinese_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    print_json({"词": "退款"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == {"词": "退款"}


def test_a_long_line_is_piped_whole(capsys: pytest.CaptureFixture[str]) -> None:
    text = "head 12:" + "0123456789abcdef" * 20 + " 链接 " + "完" * 100
    print_plain(text)
    assert capsys.readouterr().out == text + "\n"


def test_markup_and_emoji_codes_are_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_plain("[red]x[/red] :smile: [link=http://evil]y[/link]")
    print_table(("[b]column",), [("[red]cell[/red]",), (None,), (0,)])
    out = capsys.readouterr().out
    for shown in ("[red]x[/red] :smile: [link=http://evil]y[/link]", "[b]column", "[red]cell[/red]", "0"):
        assert shown in out
    assert "None" not in out


def test_a_wide_table_is_not_folded_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_table([f"column{n}" for n in range(10)], [["x" * 15] * 10])
    assert "x" * 15 in capsys.readouterr().out


@pytest.mark.parametrize(("value", "shown"), [("a\tb", "a b"), ("你\u3000好", "你 好"), ("a\u00a0b", "a b"), ("a\nb", "a\nb"),
                                              ("a\u200db", "ab"), (None, ""), (0, "0"), ("👍", "👍")])  # fmt: skip
def test_plain_keeps_words_apart(value: Any, shown: str) -> None:
    assert plain(value).plain == shown


def test_times_are_shown_in_the_zone_of_people() -> None:
    at = datetime(2026, 11, 20, 20, 5, 59, tzinfo=UTC)
    assert local(at, ZoneInfo("Asia/Shanghai")) == "2026-11-21 04:05"
    assert local(None, ZoneInfo("Asia/Shanghai")) == ""


@given(st.text(), st.integers(1, 50))
def test_shortened_text_is_one_line_of_at_most_its_length(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= length
    assert "\n" not in short
    assert short == " ".join(text.split()) or short.endswith("…")
