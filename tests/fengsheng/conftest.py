"""The command line in this process: its output, its exit code, and a folder of its own."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fengsheng import library, wiring
from fengsheng.cli import run_command
from records.errors import Problem
from tests.fengsheng.builders import World, open_world


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[Any]:
        """Standard output as JSON lines; anything else on it fails."""
        return [json.loads(line) for line in self.out.splitlines()]


Shell = Callable[..., Ran]


_SHIPPED: dict[str, Any] = {}


def read_once(load: Callable[..., Any]) -> Callable[..., Any]:
    """Reads the shipped files once for all tests; anything else each time."""

    def read(named: Any, problems: list[Problem]) -> Any:
        if named not in ("default", ["default"]):
            return load(named, problems)
        if load.__name__ not in _SHIPPED:
            found: list[Problem] = []
            _SHIPPED[load.__name__] = load(named, found)
            assert not found
        return _SHIPPED[load.__name__]

    return read


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs ``fengsheng …`` in an empty folder, without this machine's settings."""
    for name in list(os.environ):
        if name.startswith("FENGSHENG_") or name in ("TELEGRAM_BOT_TOKEN", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for name in ("load_words", "load_rules", "load_manual", "load_checklists", "load_playbooks"):
        monkeypatch.setattr(wiring, name, read_once(getattr(library, name)))

    def run(*arguments: object, stdin: str | bytes | None = None) -> Ran:
        if stdin is not None:
            data = stdin.encode() if isinstance(stdin, str) else stdin
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        capsys.readouterr()
        code = run_command([str(a) for a in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(code=code, out=said.out, err=said.err)

    return run


@pytest.fixture
def world(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A house whose config and database the commands of ``shell`` find by themselves."""
    monkeypatch.setenv("FENGSHENG_DATABASE", str(tmp_path / "watch.db"))
    with open_world(tmp_path) as made:
        yield made
