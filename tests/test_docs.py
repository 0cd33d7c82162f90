"""The documents are under test: what they name exists, what exists they name, and nothing of a development machine is in them."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from fengsheng.cli import app
from fengsheng.config import Config, parse_config
from fengsheng.config_environment import OTHER_VARIABLES, twins

ROOT = Path(__file__).parents[1]
README, README_ZH = ROOT / "README.md", ROOT / "README.zh-CN.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = [ROOT / name.replace(".", "/") for name in PROJECT["tool"]["setuptools"]["packages"]]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MODULES = sorted(file for package in PACKAGES for file in package.glob("*.py"))
SHIPPED = [
    *MODULES,
    *(f for package in PACKAGES for f in package.rglob("*") if f.suffix in (".yaml", ".html", ".js", ".css")),
    *DOCUMENTS,
    ROOT / "config.example.yaml",
    ROOT / "Makefile",
    ROOT / "pyproject.toml",
    ROOT / "requirements.lock",
    ROOT / "requirements-dev.lock",
]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def commands() -> dict[str, set[str]]:
    """Command → the options it takes; those of a group as "group command"."""

    def options(command: Any) -> set[str]:
        return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}

    top: Any = typer.main.get_command(app)
    found: dict[str, set[str]] = {}
    for key, command in top.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{key} {k}": options(c) for k, c in inner.items()} if inner else {key: options(command)}
        if inner and command.invoke_without_command:
            found[key] = options(command)
    return found


def blocks(file: Path) -> Iterator[str]:
    """Code blocks of a document."""
    yield from re.findall(r"^```\w*\n(.*?)^```", file.read_text(encoding="utf-8"), re.M | re.S)


def table_commands(file: Path) -> list[str]:
    """Commands named in the first column of the table of commands."""
    named: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| `fengsheng "):
            continue
        for cell in re.findall(r"`([^`]+)`", line.split(" | ")[0]):
            words = cell.removeprefix("fengsheng ").split()
            named.append(" ".join(words[:2]) if " ".join(words[:2]) in commands() else words[0])
    return named


def table_cells(file: Path) -> list[str]:
    return [
        cell
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `fengsheng ")
        for cell in re.findall(r"`([^`]+)`", line)
    ]


# -- commands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [README, README_ZH], ids=name)
def test_the_table_names_every_command_and_no_other(file: Path) -> None:
    named = table_commands(file)
    assert sorted(named) == sorted(commands())


def test_both_languages_have_the_same_commands_code_and_links() -> None:
    assert table_commands(README) == table_commands(README_ZH)

    def shape(file: Path) -> list[str]:
        lines = [line.partition("#")[0].split() for block in blocks(file) for line in block.splitlines()]
        return [" ".join(words) for words in lines if words and words[0].startswith((".venv", "make", "bash"))]

    assert len(shape(README)) > 5
    assert shape(README) == shape(README_ZH)
    assert sorted(variables(README)) == sorted(variables(README_ZH))


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_commands_in_documents_exist_with_their_options(file: Path) -> None:
    known = commands()
    lines = [line for block in blocks(file) for line in block.splitlines()]
    lines += re.findall(r"`((?:\.venv/bin/)?fengsheng [^`]+)`", file.read_text(encoding="utf-8"))
    for line in lines:
        words = shlex.split(re.sub(r"[\[\]…]", " ", line.partition("#")[0]).replace("'", " "))
        words = [w for w in words if not re.fullmatch(r"[A-Z_]+=\S*", w)]
        if not words or Path(words[0]).name != "fengsheng" or len(words) < 2:
            continue
        command = " ".join(words[1:3]) if " ".join(words[1:3]) in known else words[1]
        assert command in known, f"{name(file)}: {line}"
        given = {w.partition("=")[0] for w in words if w.startswith("-")}
        assert given <= known[command] | {"--help", "--debug"}, f"{name(file)}: {line}"


@pytest.mark.parametrize("file", [README, README_ZH], ids=name)
def test_options_in_the_table_exist(file: Path) -> None:
    every = {option for options in commands().values() for option in options}
    for cell in table_cells(file):
        assert set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", cell)) <= every, cell


def test_targets_of_make_exist() -> None:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for file in DOCUMENTS:
        for target in re.findall(r"(?:^|`)make ([a-z]+)", file.read_text(encoding="utf-8"), re.M):
            assert target in known, f"{name(file)}: make {target}"


# -- settings ----------------------------------------------------------------------------------------------------------


def variables(file: Path) -> set[str]:
    return set(re.findall(r"\bFENGSHENG_[A-Z][A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8")))


def test_the_example_config_passes_its_check_and_names_every_key() -> None:
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    config, problems = parse_config(text, "config.example.yaml", {})
    assert config is not None, [str(p) for p in problems]
    for twin in twins(Config).values():
        key = twin.path[-1]
        assert re.search(rf"\b{key}\b", text), f"config.example.yaml does not explain {key}"


@pytest.mark.parametrize("file", [*DOCUMENTS, ROOT / "config.example.yaml"], ids=name)
def test_variables_in_documents_exist(file: Path) -> None:
    known = {*twins(Config), *OTHER_VARIABLES}
    assert variables(file) <= known


@pytest.mark.parametrize("file", [README, README_ZH], ids=name)
def test_configs_in_documents_are_accepted(file: Path) -> None:
    shown = [b for b in blocks(file) if "people:" in b]
    assert shown
    for block in shown:
        config, problems = parse_config("brands: [{name: a}]\n" + block, "shown.yaml", {})
        assert config is not None, [str(p) for p in problems]


# -- links, versions, modules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", DOCUMENTS, ids=name)
def test_relative_links_and_pictures_lead_somewhere(file: Path) -> None:
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        assert (file.parent / target.partition("#")[0]).exists(), f"{name(file)}: {target}"


def test_the_changelog_has_this_version() -> None:
    version = PROJECT["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)


def test_the_licence_is_the_one_that_is_named() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")[:300]


def test_every_package_on_disk_is_installed() -> None:
    tops = {package.relative_to(ROOT).parts[0] for package in PACKAGES}
    found = {f.parent for top in tops for f in (ROOT / top).rglob("__init__.py")}
    assert found == set(PACKAGES)


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_every_module_says_what_it_is_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.strip() == "" or ast.get_docstring(ast.parse(text)), f"{name(file)} has no docstring"


@pytest.mark.parametrize("file", SHIPPED, ids=name)
def test_nothing_of_a_development_machine_is_shipped(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for trace in (r"/work/", r"/root/", r"/home/(?!me\b|you\b)\w+", r"/Users/\w+", r"/tmp/\w+", r"\bpypi-cache\b"):
        found = re.search(trace, text)
        assert found is None, f"{name(file)}: {found and found[0]}"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pinned_package_has_a_version_and_hashes_and_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,-]+\])?==\S+ \\\n\s+--hash=sha256:[0-9a-f]{64}", text, re.M)
    starts = [line for line in text.splitlines() if line and not line.startswith((" ", "#", "--"))]
    assert len(pins) == len(starts) > 30
    assert not re.search(r"^--(index|extra|find|trusted)|https?://", text, re.M)


@pytest.mark.parametrize(
    "package", ["scrapy", "playwright", "apscheduler", "python-telegram-bot", "sqlite-utils", "snownlp"]
)
def test_the_packages_that_do_the_real_work_are_needed_and_locked(package: str) -> None:
    needed = {re.split(r"[\[<>=~ ]", d)[0] for d in PROJECT["project"]["dependencies"]}
    assert package in needed
    assert re.search(rf"^{package}==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
