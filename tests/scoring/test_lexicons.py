"""Lexicon files and how their entries are found."""

from __future__ import annotations

import pytest

from scoring.lexicons import FEELINGS, Hint, Lexicon, parse_lexicon, shipped_lexicon
from scoring.text import fold_text

HEADER = "word\tvalence\tclass\tstrength\n"


def found(words: list[str], text: str) -> list[tuple[int, int, str]]:
    lexicon = Lexicon(Hint(word, "happy", 1.0, 1.0) for word in words)
    return [(start, end, hint.word) for start, end, hint in lexicon.find(fold_text(text).text)]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["退款", "不给退款"], "就是不给退款", [(2, 6, "不给退款")]),
        (["不给", "给退款"], "不给退款", [(0, 2, "不给")]),
        (["开心"], "开心开心", [(0, 2, "开心"), (2, 4, "开心")]),
        (["討厭"], "讨厌", [(0, 2, "討厭")]),
        (["bad"], "BAD taste", [(0, 3, "bad")]),
        (["bad"], "badge, forbad", []),
        (["bad"], "真bad啊", [(1, 4, "bad")]),
        (["好"], "", []),
    ],
)
def test_the_longest_from_the_left_is_found_and_latin_words_stand_alone(
    words: list[str], text: str, expected: list[tuple[int, int, str]]
) -> None:
    assert found(words, text) == expected


def test_both_shapes_of_a_line_are_read() -> None:
    assert parse_lexicon(HEADER + "开心\t2\thappy\t1.5\n", "e.tsv") == (Hint("开心", "happy", 2.0, 1.5),)
    assert parse_lexicon("phrase\tcategory\tgravity\n喝出\tsafety\t9\n", "m.tsv") == (Hint("喝出", "safety", 9.0, 0.0),)


@pytest.mark.parametrize("line", ["开心\t2", "开心\tzwei\thappy\t1", "喝出\tsafety\t", "a\tb\tc\td\te"])
def test_a_bad_line_is_named_with_file_and_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"e\.tsv:3: "):
        parse_lexicon(f"{HEADER}开心\t2\thappy\t1\n{line}\n", "e.tsv")


def test_shipped_lexicons_are_within_their_scales() -> None:
    feelings, matters = shipped_lexicon("emotions").hints, shipped_lexicon("matters").hints
    assert len(feelings) >= 1000 and len(matters) >= 1000
    assert all(h.family in FEELINGS and -3 <= h.value <= 3 and 0 <= h.strength <= 3 for h in feelings)
    assert all(1 <= h.value <= 10 and h.strength == 0 for h in matters)


def test_an_entry_at_the_end_of_a_text_is_found() -> None:
    _, end, hint = shipped_lexicon("emotions").find("今天很开心")[-1]
    assert end == 5 and hint.value > 0
