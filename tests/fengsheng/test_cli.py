"""The command line as a whole: every command has help, and every way it can end has its exit code and its sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from crawlers.catalogue import CATALOGUE
from fengsheng import cli_tables
from fengsheng.cli import app, run_command
from records.errors import BadRecord
from tests.fengsheng.conftest import Shell

COMMANDS = (
    "run drill crawl import init check doctor login session password score explain surge search export incidents incident sources "
    "customers words train ledger take done confirm skip note close override audit"
).split()


def names() -> list[str]:
    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_commands_are_those_of_the_contract() -> None:
    assert sorted(names()) == sorted(COMMANDS)


@pytest.mark.parametrize("command", [*([c] for c in COMMANDS), ["audit", "verify"], ["customers", "import"], []])
def test_every_command_explains_itself(shell: Shell, command: list[str]) -> None:
    ran = shell(*command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Usage: fengsheng")
    assert all(" ".join(option.split()) for option in ran.out.splitlines() if option.startswith("  --"))


def test_every_source_that_can_be_polled_is_named_where_one_is_asked_for(shell: Shell) -> None:
    said = shell("crawl", "--help").out
    assert all(str(platform) in said for platform in CATALOGUE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage: fengsheng"),
        (["audit"], "Usage: fengsheng audit"),
        (["searhc"], "No such command 'searhc'. Did you mean 'search'?"),
        (["search"], "Missing argument 'query'"),
        (["search", "x", "--levle", "high"], "No such option"),
        (["search", "x", "--level", "huge"], "'huge' is not one of 'high', 'medium', 'low', 'none'"),
        (["search", "x", "--limit", "0"], "greater than or equal to 1"),
        (["search", "x", "--since", "soon"], '--since: "soon" is no time: 2026-11-20, 2026-11-20T12:00, or an age'),
        (["search", "x", "--until", "9999999w"], "--until:"),
        (["incidents", "--status", "done"], '--status: "done" is no status: open, closed or all is accepted'),
        (["audit", "verify", "--head", "7"], '--head: "7" is no head: SEQ:HASH'),
        (["override", "FS-1", "blue", "--reason", "x"], 'level: "blue" is no level: yellow, orange or red is accepted'),
        (["drill", "no_such_story"], "accepted are a scenario file or one of the shipped names milk_tea"),
        (["drill", "--speed", "0"], "greater than or equal to 1"),
        (["score", "missing.jsonl"], "missing.jsonl: cannot be read: No such file"),
        (["surge", "missing.csv"], "missing.csv: no such file"),
        (["import", "missing.csv"], "missing.csv: no such file"),
        (["import", "posts.doc"], 'posts.doc: ".doc" is not read: .csv, .jsonl, .xlsx, .eml and .mbox are accepted'),
        (["incidents", "-c", "gone.yaml"], "gone.yaml"),
        (["crawl", "myspace"], 'source: "myspace" is no source: weibo, xiaohongshu, douyin, kuaishou'),
        (["crawl", "rss"], "--base-url: the feed's address is needed for rss"),
        (["crawl", "mastodon", "--query", "x"], "--base-url: the instance's address is needed"),
        (["crawl", "weibo"], "--query: what to search for is needed"),
        (["crawl", "weibo", "--query", "x", "--option", "pages"], '--option: "pages": name=value is accepted'),
        (["crawl", "weibo", "--query", "x", "--option", "pagse=2"], "pagse"),
    ],
)
def test_wrong_arguments_and_files_end_with_two_and_say_what_is_accepted(
    shell: Shell, arguments: list[str], said: str
) -> None:
    ran = shell(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "fengsheng: unexpected" not in ran.err


@pytest.mark.parametrize(
    "command",
    [
        "incidents",
        "incident FS-1",
        "search 退款",
        "explain weibo:post:1",
        "sources",
        "ledger",
        "audit verify",
        "export out.csv",
        "take FS-1 1 --as 林",
        "close FS-1 --as 林",
    ],
)
def test_without_a_database_one_sentence_names_it_and_nothing_is_made(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    ran = shell(*command.split())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("fengsheng: no database at fengsheng.sqlite: run, import or drill makes one")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 500)
    monkeypatch.setenv("FENGSHENG_DATABASE", "notes.txt")
    ran = shell("incidents")
    assert ran.code == 1
    assert "notes.txt" in ran.err
    assert "fengsheng: unexpected" not in ran.err


def test_our_own_bugs_are_one_line_too_and_debug_shows_the_traceback(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(path: object) -> None:
        raise ZeroDivisionError("of our own")

    monkeypatch.setattr(cli_tables, "load_house", broken)
    ran = shell("incidents")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "fengsheng: unexpected error, ZeroDivisionError: of our own (--debug shows where)\n"
    assert run_command(["incidents", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_bad_record_is_wrong_input(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: object) -> None:
        raise BadRecord("text is missing")

    monkeypatch.setattr(cli_tables, "load_house", refused)
    assert shell("incidents").code == 2


def test_ctrl_c_ends_without_a_word(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_tables, "load_house", interrupted)
    ran = shell("incidents")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "series.csv").write_text(
        "timestamp,value\n" + "\n".join(f"2026-11-{1 + n // 24:02}T{n % 24:02}:00,{n % 7}" for n in range(600))
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m fengsheng surge series.csv | head -1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "timestamp,value,score,alarm\n"
    assert done.stderr == ""
