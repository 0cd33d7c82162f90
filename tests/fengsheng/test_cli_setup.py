"""init, check, doctor and password: a first config by asking, all problems at once, and what does not work is named."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from fengsheng.config import CRAWLED
from notifier.channels.passwords import check_password, parse_passwords
from tests.fengsheng.builders import HURT, World, mention
from tests.fengsheng.conftest import Shell

SIMPLE = "brands: [{name: 星河咖啡}]\n"


# -- init ------------------------------------------------------------------------------------------------------------


def answers(*lines: str) -> str:
    return "\n".join(lines) + "\n"


FULL = answers(
    "星河'咖啡: #1",
    "星河coffee，Galaxy",
    "轻享拿铁, 抹茶乌龙",
    ", ".join(CRAWLED),
    "cn/414478124",
    "https://news.example.com/a.xml, https://news.example.com/b.xml",
    "",
    "林",
    "pr, lead:B",
    "1001",
    "周",
    "lead",
    "",
    "",
    "-1001234567890",
)
SHORT = answers("星河咖啡", "", "", "", "", "")


@pytest.mark.parametrize("typed", [FULL, SHORT])
def test_what_init_writes_passes_check(shell: Shell, tmp_path: Path, typed: str) -> None:
    ran = shell("init", stdin=typed)
    assert (ran.code, ran.err) == (0, "")
    assert "watch.yaml written" in ran.out
    checked = shell("check")
    assert (checked.code, checked.err) == (0, "")
    assert "ok: 星河" in checked.out
    assert [p.name for p in tmp_path.iterdir()] == ["watch.yaml"], "nothing half-written stays"


def test_init_writes_what_was_answered(shell: Shell, tmp_path: Path) -> None:
    from fengsheng.config import load_config

    shell("init", "mine.yaml", stdin=FULL)
    config = load_config(tmp_path / "mine.yaml", {})
    (brand,) = config.brands
    assert (brand.name, list(brand.aliases)) == ("星河'咖啡: #1", ["星河coffee", "Galaxy"])
    assert list(brand.sources) == list(CRAWLED)
    assert brand.sources["rss"] is not None and len(brand.sources["rss"].urls) == 2
    assert [(p.name, dict(p.roles), p.telegram) for p in config.people] == [
        ("林", {"pr": "A", "lead": "B"}, 1001),
        ("周", {"lead": "A"}, None),
    ]
    assert [t.channel for t in config.chats.crisis] == ["telegram", "web"]


def test_init_keeps_an_existing_file_unless_told(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("mine")
    ran = shell("init", stdin=SHORT)
    assert ran.code == 2
    assert "watch.yaml: exists already: --force replaces it" in ran.err
    assert (tmp_path / "watch.yaml").read_text() == "mine"
    assert shell("init", "--force", stdin=SHORT).code == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (answers("a", "", "", "weibo, wiebo"), 'unknown source "wiebo": accepted are weibo'),
        (answers("a", "", "", "", "林", "pr", "me"), '"me" is no id: a whole number such as'),
        (answers("a", "", "", "", "林", "chef", "", "", ""), 'unknown name "chef"'),
        (answers("a", "", "", "", "", "the group"), '"the group" is no id'),
    ],
)
def test_init_refuses_answers_it_cannot_use_and_writes_nothing(
    shell: Shell, tmp_path: Path, typed: str, said: str
) -> None:
    ran = shell("init", stdin=typed)
    assert ran.code == 2
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []


def test_init_that_is_broken_off_writes_nothing(shell: Shell, tmp_path: Path) -> None:
    assert shell("init", stdin="星河咖啡\n").code == 130
    assert list(tmp_path.iterdir()) == []


def test_init_into_a_folder_that_is_not_there_is_said(shell: Shell) -> None:
    ran = shell("init", "no/such/watch.yaml", stdin=SHORT)
    assert ran.code == 2
    assert "no/such/watch.yaml: cannot be written" in ran.err


# -- check -----------------------------------------------------------------------------------------------------------

BROKEN = """\
brands:
  - name: 星河咖啡
    sources: {wiebo: {}}
people:
  - {name: 林, roles: {boss: A}}
web: {prot: 1}
words: [default, words.yaml]
rules: rules.yaml
"""


def test_check_lists_every_problem_of_every_file_with_its_line(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(BROKEN)
    ran = shell("check")
    assert (ran.code, ran.out) == (2, "")
    places = [text.split(": ")[0] for text in ran.err.splitlines()]
    assert places == ["rules.yaml", "watch.yaml:3", "watch.yaml:5", "watch.yaml:6", "words.yaml"]
    for hint in ('did you mean "weibo"?', "accepted are customer_service", 'did you mean "port"?'):
        assert hint in ran.err
    records = shell("check", "--json")
    assert records.code == 2
    assert [(r["file"], r["line"]) for r in records.records] == [
        ("rules.yaml", None),
        ("watch.yaml", 3),
        ("watch.yaml", 5),
        ("watch.yaml", 6),
        ("words.yaml", None),
    ]


def test_check_lists_problems_of_words_rules_and_playbooks(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(SIMPLE + "words: [default, words.yaml]\nrules: rules.yaml\nplaybooks: own\n")
    (tmp_path / "words.yaml").write_text("groups: [unclosed\n")
    (tmp_path / "rules.yaml").write_text("nothing: known\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "p1.yaml").write_text("name: p1\n")
    ran = shell("check", "-c", tmp_path / "watch.yaml")
    assert ran.code == 2
    for name in ("words.yaml", "rules.yaml", "p1.yaml"):
        assert any(name in text.split(": ")[0] for text in ran.err.splitlines()), name


def test_check_needs_a_config(shell: Shell) -> None:
    ran = shell("check")
    assert ran.code == 2
    assert "watch.yaml: no config: --config FILE, FENGSHENG_CONFIG or watch.yaml here; fengsheng init" in ran.err


def test_check_warns_of_what_would_surprise_in_a_crisis(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "watch.yaml").write_text(
        SIMPLE + "people: [{name: 林, roles: {pr: A}}]\nchats: {crisis: {channel: telegram, id: -1}}\n"
    )
    ran = shell("check")
    assert ran.code == 0
    warned = "\n".join(text for text in ran.out.splitlines() if text.startswith("warning: "))
    for said in (
        "nobody holds the role",
        "TELEGRAM_BOT_TOKEN is not set",
        "林 has no telegram id",
        "星河咖啡 has no sources",
    ):
        assert said in warned
    assert all(set(r) == {"warning"} for r in shell("check", "--json").records)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:secret-token")
    again = shell("check")
    assert "TELEGRAM_BOT_TOKEN" not in again.out
    assert "secret-token" not in again.out


def test_check_warns_of_a_door_without_a_token(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "watch.yaml").write_text(SIMPLE + "imports: {port: 8766}\n")
    monkeypatch.delenv("FENGSHENG_IMPORT_TOKEN", raising=False)
    ran = shell("check")
    assert (ran.code, "warning: run would not start: FENGSHENG_IMPORT_TOKEN: " in ran.out) == (0, True)
    monkeypatch.setenv("FENGSHENG_IMPORT_TOKEN", "a-secret-of-more-than-sixteen")
    assert "FENGSHENG_IMPORT_TOKEN" not in shell("check").out


def test_a_variable_wins_over_the_file_and_its_problem_names_it(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "watch.yaml").write_text(SIMPLE)
    monkeypatch.setenv("FENGSHENG_WEB_PORT", "a door")
    ran = shell("check")
    assert ran.code == 2
    assert ran.err.startswith("FENGSHENG_WEB_PORT: web.port")


# -- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor_offline_tests_what_lies_here(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "watch.yaml").write_text(SIMPLE)
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho Chromium 1.2.3\n")
    program.chmod(0o755)
    monkeypatch.setenv("FENGSHENG_BROWSER", str(program))
    ran = shell("doctor", "--offline")
    assert (ran.code, ran.err) == (0, "")
    shown = ran.out.splitlines()
    assert [text[0] for text in shown] == ["✓"] * len(shown)
    for part in ("python", "config: brands 星河咖啡", "library", "database", "log: 0 events intact", "key file"):
        assert part in ran.out
    assert "Chromium 1.2.3" in ran.out
    records = shell("doctor", "--offline", "--json").records
    assert all(set(r) == {"what", "ok", "detail"} for r in records)
    assert [r["what"] for r in records][:2] == ["python", "config"]


def test_doctor_marks_what_does_not_work_and_ends_with_one(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGSHENG_BROWSER", "/nonexistent")
    world.take([mention("1", HURT)])
    with sqlite3.connect(tmp_path / "watch.db") as db:
        db.execute("DROP TRIGGER events_never_change")
    (tmp_path / "watch.db.key").chmod(0o644)
    ran = shell("doctor", "--offline")
    assert ran.code == 1
    assert '✗ browser: FENGSHENG_BROWSER is "/nonexistent", which is no program' in ran.out
    assert "✗ log:" in ran.out
    assert "✓ database:" in ran.out and "1 mentions" in ran.out
    assert "✓ key file:" in ran.out and "mode 600" in ran.out, "a key that others could read is closed again"
    assert ran.err == "fengsheng: 2 of the things tested do not work (marked ✗)\n"


def test_doctor_says_a_database_that_cannot_be_opened(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 500)
    monkeypatch.setenv("FENGSHENG_DATABASE", "notes.txt")
    monkeypatch.setenv("FENGSHENG_KEY_FILE", "a.key")
    ran = shell("doctor", "--offline")
    assert ran.code == 1
    assert "✗ database:" in ran.out and "notes.txt" in ran.out


# -- password --------------------------------------------------------------------------------------------------------


def test_password_prints_a_line_that_the_page_accepts_and_never_the_password(shell: Shell) -> None:
    ran = shell("password", "林", "--stdin", stdin="correct horse battery\n")
    assert ran.code == 0
    assert "correct horse" not in ran.out
    passwords, problems = parse_passwords(ran.out, "logins.yaml")
    assert problems == []
    assert check_password("correct horse battery", passwords["林"])
    assert shell("password", "林", "--stdin", stdin="correct horse battery\n").out != ran.out, "salted"


def test_a_short_password_is_refused(shell: Shell) -> None:
    ran = shell("password", "林", "--stdin", stdin="short\n")
    assert (ran.code, ran.out) == (2, "")
    assert "at least 8" in ran.err


def test_json_of_check_is_a_line_each(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text("brands: []\nlanguage: klingon\n")
    for text in shell("check", "--json").out.splitlines():
        assert set(json.loads(text)) == {"file", "line", "what"}
