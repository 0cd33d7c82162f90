"""YAML with lines: every problem has its place, and no text makes the reader fall over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.located import line_at, line_of, parse_yaml, unknown_keys

TEXT = "a: 1\nb:\n  - x\n  - y: 2\n    z: 3\nempty: {}\nnone: []\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 1), (("a",), 1), (("b",), 2), (("b", 0), 3), (("b", 1), 4), (("b", 1, "z"), 5), (("b", 1, "nosuch"), 4),
     (("b", 7), 3), (("empty", "x"), 6), (("none", 0), 7), (("a", "x"), 1), (("nosuch",), 1), (("b", "x"), 3)],
)  # fmt: skip
def test_line_of_the_deepest_part_that_exists(path: tuple[str | int, ...], line: int) -> None:
    document, problems = parse_yaml(TEXT, "f")
    assert not problems
    assert line_at(document, path) == line


def test_plain_values_have_no_line() -> None:
    assert line_of({"a": 1}) is None
    assert line_of("text", "a") is None
    assert line_at(None, ("a",)) is None


def test_a_key_that_is_a_list_is_no_key_of_the_document() -> None:
    document, _ = parse_yaml("a: 1\n", "f")
    assert line_of(document, ["a"]) == 1


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: [1\nb: 2", 2, "not valid YAML: expected"),
        ("a: b: c", 1, "mapping values are not allowed here"),
        ("\t- a", 1, "cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "found another document"),
        ("a: *nosuch", 1, "undefined alias"),
        ("a: 1\nb: \x00", 2, "the character U+0000 cannot stand in it"),
        ("[" * 500, None, "nested too deeply"),
    ],
)
def test_text_that_is_no_yaml_is_one_located_sentence(text: str, line: int | None, what: str) -> None:
    document, problems = parse_yaml(text, "f")
    assert document is None
    assert len(problems) == 1
    assert (problems[0].file, problems[0].line) == ("f", line)
    assert what in problems[0].what
    assert "\n" not in problems[0].what


def test_a_key_that_stands_twice_is_told_without_its_values() -> None:
    _, problems = parse_yaml("ok: 1\ntoken: s3cr3t\ntoken: 0ther\n", "f")
    assert [str(p) for p in problems] == ['f:3: the key "token" stands twice: each key once']


def test_a_mark_at_the_beginning_is_no_part_of_the_first_key() -> None:
    assert parse_yaml("\ufeffa: 1\n", "f") == ({"a": 1}, [])


@given(st.text(alphabet="ab01:-[]{}&*!|>%@`'\"#,? \n\t.~=<\x00\ud800中", max_size=40))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    document, problems = parse_yaml(text, "f")
    assert document is None or not problems
    assert all(p.line is None or p.line >= 1 for p in problems)


def test_unknown_keys_name_the_nearest_right_one_or_all() -> None:
    document, _ = parse_yaml("name: 1\nalias: 2\nzzz: 3\n", "f")
    found = unknown_keys(document, ("name", "aliases"), "f", "the brand")
    assert [str(p) for p in found] == [
        'f:2: unknown key "alias" in the brand: did you mean "aliases"?',
        'f:3: unknown key "zzz" in the brand: accepted are name, aliases',
    ]
