"""Word libraries, rule sets and playbooks, shipped or edited: all problems of all files with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from fengsheng.library import load_playbooks, load_rules, load_words, raise_problems
from playbooks.playbook import Playbook
from records.errors import BadInput, Problem
from scoring.assessment import Risk

SHIPPED = Path(__file__).parents[2]


def texts(problems: list[Problem]) -> str:
    return "\n".join(map(str, problems))


def test_what_is_shipped_has_no_problems() -> None:
    problems: list[Problem] = []
    words, rules = load_words(["default"], problems), load_rules("default", problems)
    playbooks = load_playbooks("default", problems)
    assert problems == []
    assert words is not None and words.groups
    assert rules is not None and rules.version
    served = {risk for book in playbooks.values() for risk in book.risks}
    assert served == {str(r) for r in Risk} - {"none"}
    raise_problems(problems)


def test_a_file_adds_to_the_shipped_words(tmp_path: Path) -> None:
    shipped = (SHIPPED / "scoring" / "words" / "law.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text("\ufeff" + shipped, encoding="utf-8")
    problems: list[Problem] = []
    alone = load_words([str(file)], problems)
    both = load_words(["default", str(file)], problems)
    assert problems == []
    assert alone is not None and both is not None
    assert set(alone.groups) < set(both.groups)


def test_no_word_library_at_all_is_a_problem() -> None:
    problems: list[Problem] = []
    assert load_words([], problems) is None
    assert "no word library is named" in texts(problems)


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, 'no such file: a path, or "default" for what is shipped, is accepted'), (b"groups: [", "not valid YAML"),
     (b"ok: 1\n\xff", ":2: is not UTF-8 text")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_for_every_kind(tmp_path: Path, content: bytes | None, what: str) -> None:
    file = tmp_path / "mine.yaml"
    if content is not None:
        file.write_bytes(content)
    for load in (
        lambda p: load_words([str(file)], p),
        lambda p: load_rules(str(file), p),
        lambda p: load_playbooks(str(file), p),
    ):
        problems: list[Problem] = []
        assert not load(problems)
        assert what in texts(problems)
        assert str(file) in texts(problems)


def test_a_folder_is_no_word_library_and_no_rule_set(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert load_words([str(tmp_path)], problems) is None
    assert load_rules(str(tmp_path), problems) is None
    assert texts(problems).count("is a folder: a file is accepted here") == 2


def test_an_unknown_rule_set_is_a_problem_and_no_way_out_of_the_package() -> None:
    problems: list[Problem] = []
    assert load_rules("nosuch", problems) is None
    assert load_rules("../words/law", problems) is None
    assert texts(problems).count("no such file") == 2


def playbook_folder(folder: Path, *names: str) -> Path:
    for name in names:
        text = (SHIPPED / "playbooks" / "library" / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_of_playbooks_takes_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    problems: list[Problem] = []
    folder = playbook_folder(tmp_path, "p1_high_risk.yaml", "p3_low.yaml")
    (folder / "p3_low.yaml").rename(folder / "p3_low.yml")
    (folder / "notes.txt").write_text("not read")
    found = load_playbooks(str(folder), problems)
    assert problems == []
    assert all(isinstance(book, Playbook) for book in found.values())
    assert len(found) == 2


def test_problems_of_all_playbooks_are_told_and_each_name_stands_once(tmp_path: Path) -> None:
    folder = playbook_folder(tmp_path, "p3_low.yaml")
    (folder / "copy.yaml").write_text((folder / "p3_low.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "broken.yaml").write_text("name: [")
    problems: list[Problem] = []
    load_playbooks(str(folder), problems)
    assert 'playbook "p3_low" stands in two files' in texts(problems)
    assert "broken.yaml" in texts(problems)


def test_an_empty_folder_and_one_without_a_general_playbook_are_problems(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert load_playbooks(str(tmp_path), problems) == {}
    assert "no playbook in this folder" in texts(problems)
    folder = playbook_folder(tmp_path, "p3_low.yaml")
    file = folder / "p3_low.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\ncrisis_types: [rumour]\n", encoding="utf-8")
    problems = []
    load_playbooks(str(folder), problems)
    assert "no general playbook: at least one without crisis_types is needed" in texts(problems)


def test_problems_are_raised_together() -> None:
    with pytest.raises(BadInput) as caught:
        raise_problems([Problem(file="b", line=2, what="x"), Problem(file="a", what="y")])
    assert str(caught.value) == "a: y\nb:2: x"
