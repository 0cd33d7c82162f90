"""Word libraries, rule sets and playbooks, shipped or edited: all problems of all files with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from fengsheng.library import (
    check_references,
    load_checklists,
    load_manual,
    load_playbooks,
    load_rules,
    load_words,
    raise_problems,
)
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
        lambda p: load_manual(str(file), p),
        lambda p: load_checklists([str(file)], p),
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


# -- manual and checklists ---------------------------------------------------------------------------------------------

OWN_GROUP = "groups:\n  - key: lid\n    name: {zh: 杯盖}\n    category: product_quality\n    subcategory: %s\n    checklist: [%s]\n    words: [杯盖]\n"
OWN_ITEM = """
items:
  - key: lids
    name: {zh: 杯盖}
    clause: {zh: 本公司规定}
    question: {zh: 漏了没有？}
    role: %s
    tags: {groups: [%s]}
"""


def checked(tmp_path: Path, **files: str) -> str:
    """What ``check`` would say of these files beside the shipped ones, each line with its file's name."""
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    path = {name: str(tmp_path / f"{name}.yaml") for name in files}
    named = {
        "words": ["default", path["words"]] if "words" in path else ["default"],
        "manual": [path.get("manual", "default")],
        "checklists": ["default", path["checklists"]] if "checklists" in path else ["default"],
    }
    problems: list[Problem] = []
    words = load_words(named["words"], problems)
    manual, checklist = load_manual(named["manual"][0], problems), load_checklists(named["checklists"], problems)
    if words is not None and manual is not None and checklist is not None:
        check_references(named, words, manual, checklist, problems)
    return texts(problems).replace(str(tmp_path) + "/", "")


def test_own_words_manual_and_checklist_that_fit_have_no_problems(tmp_path: Path) -> None:
    shipped = (SHIPPED / "scoring" / "manuals" / "default.yaml").read_text(encoding="utf-8")
    words = OWN_GROUP % ("functional_fault", "lids")
    assert checked(tmp_path, words=words, manual=shipped, checklists=OWN_ITEM % ("legal", "lid")) == ""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"words": OWN_GROUP % ("lids", "three_guarantees")}, 'words.yaml:5: word group "lid": subcategory "lids" of category product_quality is not in the manual'),
        ({"words": OWN_GROUP % ("functional_fault", "nosuch")}, 'words.yaml:6: word group "lid": checklist item "nosuch" is in no checklist'),
        ({"checklists": OWN_ITEM % ("legal", "nosuch")}, 'checklists.yaml:8: item "lids": tags: word group "nosuch" is in no word library'),
        ({"checklists": OWN_ITEM % ("boss", "refund")}, 'checklists.yaml:7: role is "boss": accepted are customer_service'),
        ({"checklists": "items: ["}, "checklists.yaml:1: not valid YAML"),
        ({"manual": "categories: []"}, 'manual.yaml:1: category "product_quality" is missing'),
    ],
)  # fmt: skip
def test_what_refers_to_nothing_is_told_with_its_place(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said in checked(tmp_path, **files)


def test_a_manual_that_lacks_what_the_shipped_words_name_is_told(tmp_path: Path) -> None:
    shipped = (SHIPPED / "scoring" / "manuals" / "default.yaml").read_text(encoding="utf-8")
    said = checked(tmp_path, manual=shipped.replace("key: functional_fault", "key: broken"))
    assert 'manual.yaml: word group "product_fault": subcategory "functional_fault"' in said
