"""Playbook files: everything wrong is told with its line; what is shipped says what the rules ask for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.playbook import in_language, parse_playbook, playbook_version
from playbooks.roles import ROLES, escalation_role, role_title
from tests.playbooks.samples import LIBRARY, SMALL, playbook, shipped


def told(text: str) -> list[tuple[int | None, str]]:
    parsed, problems = parse_playbook(text, "mine.yaml")
    assert (parsed is None) == bool(problems)
    assert all(p.file == "mine.yaml" for p in problems)
    return [(p.line, p.what) for p in problems]


def test_a_good_file_gives_every_field() -> None:
    book = playbook()
    assert (book.name, book.risks, book.escalates, book.crisis_types) == ("small", ("high",), True, ())
    assert [s.key for s in book.steps] == ["assemble", "statement", "report", "experts"]
    first, statement, report, experts = book.steps
    assert first.roles == ("pr", "tech") and (first.take_within, first.done_within) == (10, 100)
    assert statement.outward and statement.after == ("assemble",) and statement.needs_evidence
    assert report.recurs == 1440 and not report.needs_evidence
    assert experts.optional and not first.optional
    assert book.step("report") is report and book.step("nothing") is None
    assert book.text == SMALL


def test_the_version_is_of_the_text() -> None:
    assert playbook().version == playbook_version(SMALL)
    assert re.fullmatch(r"[0-9a-f]{12}", playbook().version)
    assert playbook(SMALL + "# note\n").version != playbook().version


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("name: small", "nmae: small", 1, 'unknown key "nmae" in the playbook: did you mean "name"?'),
        ("name: small\n", "", 1, '"name" of the playbook is missing'),
        ("name: small", "name: Small Book", 1, 'is "Small Book": a small letter'),
        ("risks: [high]", "risks: [high, grave]", 5, 'has "grave": accepted are high, medium, low'),
        ("risks: [high]", "risks: [hgih]", 5, 'did you mean "high"?'),
        ("risks: [high]", "risks: high", 5, '"risks" of the playbook must be a list'),
        ("risks: [high]", "risks: []", 5, "needs at least one entry: accepted are high, medium, low"),
        ("risks: [high]", "risks: [high, high]", 5, 'names "high" twice'),
        (
            "goal: {zh: 目标, en: Goal}",
            "goal: {zh: 目标}",
            3,
            '"goal" of the playbook has no text in en: both zh and en',
        ),
        ("goal: {zh: 目标, en: Goal}", "goal: {zh: '  ', en: Goal}", 3, "has no text in zh"),
        ("goal: {zh: 目标, en: Goal}", "goal: {zh: 目标, en: Goal, fr: But}", 3, 'unknown key "fr" in "goal"'),
        ("goal: {zh: 目标, en: Goal}", "goal: 目标", 3, "must be a mapping with a text in zh and one in en"),
        ("goal: {zh: 目标, en: Goal}\n", "", 1, '"goal" of the playbook is missing: a text in zh and en is needed'),
        ("key: statement", "key: assemble", 13, 'step key "assemble" stands twice (first in line 7)'),
        ("key: statement", "key: 声明", 13, '"key" of step 2 is "声明"'),
        ("roles: [pr, tech]", "roles: [pr, techn]", 10, '"roles" of step "assemble" has "techn": did you mean "tech"?'),
        ("roles: [pr, tech]", "roles: [pr, wizard]", 10, "accepted are customer_service, pr, legal, tech, lead"),
        ("roles: [pr, tech]", "roles: []", 10, '"roles" of step "assemble" needs at least one entry'),
        ("    roles: [pr, tech]\n", "", 7, '"roles" of step "assemble" needs at least one entry'),
        ("take_within: 20", "take_within: soon", 17, 'is "soon": a whole number of minutes from 1 to 129600'),
        ("take_within: 20", "take_within: 0", 17, 'is "0": a whole number of minutes'),
        ("take_within: 20", "take_within: -5", 17, "a whole number of minutes"),
        ("take_within: 20", "take_within: 1.5", 17, "a whole number of minutes"),
        ("take_within: 20", "take_within: true", 17, "a whole number of minutes"),
        ("take_within: 20", "take_within: 201", 17, 'is 201 minutes, longer than "done_within" with 200'),
        ("    done_within: 200\n", "", 13, '"done_within" of step "statement" is missing'),
        ("recurs: 1440", "recurs: daily", 27, '"recurs" of step "report" is "daily"'),
        ("optional: true", "optional: maybe", 35, '"optional" of step "experts" is "maybe": true or false is accepted'),
        ("outward: true", "outwards: true", 19, 'did you mean "outward"?'),
        ("after: [assemble]", "after: [report]", 20, '"after" of step "statement" has "report"'),
        ("after: [assemble]", "after: [statement]", 20, "accepted are assemble"),
        (
            "done_within: 100\n  - key: st",
            "done_within: 100\n    after: [x]\n  - key: st",
            13,
            "no step stands before it",
        ),
        ("steps:", "steps: []\nold:", 6, '"steps" must be a list with at least one step'),
        ("  - key: assemble", "  - just words\n  - key: assemble", 7, "step 1 must be a mapping with the keys key,"),
        ("steps:", "forms: 表\nsteps:", 6, '"forms" must be a list of texts in zh and en'),
        ("steps:", "forms:\n  - {zh: 表}\nsteps:", 7, "form 1 has no text in en"),
        ("steps:", "escalates: no way\nsteps:", 6, "true or false is accepted"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, what: str) -> None:
    assert SMALL.count(old) >= 1
    found = told(SMALL.replace(old, new, 1))
    assert any(at == line and what in sentence for at, sentence in found), found


def test_all_problems_of_a_file_come_at_once_in_the_order_of_lines() -> None:
    text = (
        SMALL.replace("risks: [high]", "risks: [x]").replace("roles: [legal]", "roles: [y]").replace("name: ", "nam: ")
    )
    lines = [line for line, _ in told(text)]
    assert len(lines) == 4 and lines == sorted(lines, key=lambda n: n or 0)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "only words", "a: [1", "a: 1\na: 2\n", "[" * 1000, "\x00"])
def test_what_is_no_playbook_at_all_is_told_not_raised(text: str) -> None:
    assert len(told(text)) == 1


@given(
    st.lists(st.sampled_from([*SMALL.splitlines(), "  - key:", "roles: {a: b}", "? [x]", "- - -", "title: [", "\t"])),
    st.text(max_size=20),
)
def test_no_text_raises(lines: list[str], extra: str) -> None:
    told("\n".join(lines) + extra)


def test_a_long_wrong_value_is_cut_and_stays_on_one_line() -> None:
    ((_, what),) = told(SMALL.replace("take_within: 20", 'take_within: "' + "很长\\n" * 100 + '"'))
    assert "\n" not in what and len(what) < 200


def test_folded_chinese_has_no_gaps_and_english_keeps_its_spaces() -> None:
    folded = "goal:\n  zh: >-\n    第一行，\n    第二行 A\n    第三行\n  en: >-\n    one\n    two"
    book = playbook(SMALL.replace("goal: {zh: 目标, en: Goal}", folded))
    assert in_language(book.goal, "zh") == "第一行，第二行 A 第三行"
    assert in_language(book.goal, "en") == "one two"


def test_language_falls_back_to_chinese() -> None:
    assert in_language({"zh": "好", "en": "good"}, "fr") == "好"
    assert in_language(None, "en") == ""


def test_roles_have_titles_and_the_lead_escalates_to_the_senior_manager() -> None:
    assert all(set(titles) == {"zh", "en"} for titles in ROLES.values())
    assert role_title("pr") == "公关" and role_title("pr", "en") == "PR" and role_title("x") == "x"
    assert escalation_role("pr") == "lead" and escalation_role("lead") == "senior"


class TestShipped:
    """Rules P1 to P3."""

    def test_every_file_is_without_problems(self) -> None:
        assert sorted(shipped()) == ["p1_high_risk", "p2_medium", "p3_low"]
        assert {name: book.risks for name, book in shipped().items()} == {
            "p1_high_risk": ("high",),
            "p2_medium": ("medium",),
            "p3_low": ("low",),
        }

    def test_everything_a_playbook_states_is_there_in_both_languages(self) -> None:
        for book in shipped().values():
            texts = [book.title, book.goal, book.scope, book.flow, book.exceptions, *book.forms]
            texts += [text for s in book.steps for text in (s.title, s.norm, s.input, s.output)]
            for text in texts:
                assert text is not None
                assert re.search(r"[\u4e00-\u9fff]", text["zh"]), text
                assert not re.search(r"[\u4e00-\u9fff]", text["en"]), text

    def test_high_risk_has_the_five_steps_of_the_rule_in_order_with_their_limits(self) -> None:
        book = shipped()["p1_high_risk"]
        main = [s for s in book.steps if not s.optional]
        assert [s.key for s in main] == ["assemble", "stopgap", "statement", "repair", "monitor"]
        limits = {s.key: (s.take_within, s.done_within) for s in main}
        assert limits["assemble"] == (5, 60)
        assert limits["stopgap"][1] == 120
        assert limits["repair"][1] == 120
        assert {s.key: s.recurs for s in main if s.recurs} == {"repair": 1440, "monitor": 1440}
        statement = book.step("statement")
        assert statement is not None and statement.outward and statement.roles[:2] == ("pr", "senior")
        assemble = book.step("assemble")
        assert assemble is not None
        assert set(assemble.roles) >= {
            "customer_service",
            "pr",
            "legal",
            "tech",
            "lead",
            "analyst",
            "spokesperson",
            "senior",
        }
        assert {s.key for s in book.steps if s.optional} >= {"key_customers", "outside_experts"}

    def test_medium_risk_calms_first_and_records_before_any_remedy(self) -> None:
        book = shipped()["p2_medium"]
        assert [s.key for s in book.steps][:2] == ["calm", "record"]
        calm, solution, finance = book.step("calm"), book.step("solution"), book.step("finance_approval")
        assert calm is not None and calm.done_within == 24 * 60
        assert solution is not None and solution.done_within == 4320 and "record" in solution.after
        assert (
            finance is not None
            and finance.optional
            and finance.roles[0] == "finance"
            and "1,000" in finance.title["en"]
        )
        assert "record" in finance.after
        notice = book.step("public_notice")
        assert notice is not None and notice.optional and notice.outward
        assert book.steps[-1].key == "follow_up" and book.steps[-1].after == ("solution",)

    def test_low_risk_does_not_escalate(self) -> None:
        book = shipped()["p3_low"]
        assert not book.escalates
        assert [s.key for s in book.steps if not s.optional] == ["reply", "archive"]
        assert shipped()["p1_high_risk"].escalates

    def test_no_file_is_forgotten(self) -> None:
        assert len(list(LIBRARY.iterdir())) == len(shipped())
