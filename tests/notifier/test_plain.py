"""Hostile text becomes harmless and is cut cleanly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.plain import cut, plain_line, plain_text, safe_link, utf16_units

ANY_TEXT = st.text(st.characters(), max_size=300)
"""All of Unicode, lone surrogates included."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("a\u200bb\ufeffc", "abc"),
        ("red\x1b[31malert\x07", "red[31malert"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("z" + "\u0335" * 40, "z" + "\u0335" * 4),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("مرحبا", "مرحبا"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_plain_text_drops_what_hides_or_reorders(text: str, shown: str) -> None:
    assert plain_text(text) == shown


def test_lone_surrogates_never_survive() -> None:
    assert plain_line("a\ud83db").encode("utf-8")


@given(ANY_TEXT)
def test_plain_text_is_stable_and_encodable(text: str) -> None:
    once = plain_text(text)
    once.encode("utf-8")
    assert plain_text(once) == once


@given(st.text(max_size=200), st.integers(0, 60))
def test_cut_never_exceeds_the_limit(text: str, units: int) -> None:
    assert utf16_units(cut(text, units)) <= units or text == cut(text, units) == ""


def test_cut_keeps_short_text_and_counts_emoji_twice() -> None:
    assert cut("六个字的句子", 6) == "六个字的句子"
    assert cut("🔴🔴🔴", 5) == "🔴🔴…"
    assert cut("abcdef", 4) == "abc…"


@pytest.mark.parametrize("text", ["看👍🏽看看看", "ab👨‍👩‍👧cd", "xe\u0301xxx"])
def test_cut_never_splits_a_cluster(text: str) -> None:
    for units in range(1, 8):
        shown = cut(text, units).removesuffix("…")
        rest = text[len(shown) :]
        assert not rest or rest[0] not in "\u200d\u0301🏽"
        assert not shown.endswith("\u200d")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://user:pass@evil.example/",
        'https://a.example/"onmouseover="x',
        "https://a.example/\nX: y",
        "https://",
        "//a.example/",
        "tg://user?id=1",
        "https://a.example:port/",
        "https://a.example/" + "x" * 3000,
        "",
        None,
    ],
)
def test_links_that_are_not_plain_http_are_dropped(link: str | None) -> None:
    assert safe_link(link) is None


@pytest.mark.parametrize(
    "link", ["https://m.weibo.cn/detail/501", "http://a.example/?q=投诉&b=1#c", "HTTPS://A.EXAMPLE/"]
)
def test_plain_links_stay(link: str) -> None:
    assert safe_link(link) == link
