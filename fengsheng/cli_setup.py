"""init, check and doctor: a first config by asking, every problem of the files, and a test of everything that can fail."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from fengsheng.arguments import Config, Json
from fengsheng.config import CRAWLED, ROLES, parse_config
from fengsheng.planning import tight_budgets
from fengsheng.printing import print_json, print_plain
from fengsheng.wiring import House, load_house, system_clock
from records.errors import BadInput, Failed, Problem


def register(app: typer.Typer) -> None:
    for function in (init, check, doctor, password):
        app.command()(function)


# -- init ------------------------------------------------------------------------------------------------------------


def init(
    file: Annotated[Path, typer.Argument(help="Where to write the config.")] = Path("watch.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a first config by asking; what is written passes check."""
    if file.exists() and not force:
        raise BadInput([Problem(file=str(file), what="exists already: --force replaces it, another name keeps it")])
    if not file.parent.is_dir():
        raise BadInput([Problem(file=str(file), what=f"cannot be written: there is no folder {file.parent}")])
    text = _asked_config()
    config, problems = parse_config(text, str(file), {})
    if config is None:
        raise BadInput(problems)
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput([Problem(file=str(file), what=f"cannot be written: {error.strerror or error}")]) from None
    print_plain(f"{file} written. Next: fengsheng check, fengsheng doctor, fengsheng run --config {file}")


def _asked_config() -> str:
    brand = _ask("Brand to watch 品牌名称")
    aliases = _list("Other spellings 别名 (comma-separated, may be empty)")
    products = _list("Products 产品 (comma-separated, may be empty)")
    lines = [
        "# Fengsheng 风声; every key is explained in config.example.yaml",
        "language: zh",
        "timezone: Asia/Shanghai",
        "brands:",
    ]
    lines += [
        f"  - name: {_quoted(brand)}",
        f"    aliases: {_flow(aliases)}",
        f"    products: {_flow(products)}",
        "    sources:",
    ]
    lines += [f"      {line}" for line in _asked_sources()]
    lines += ["people:", *_asked_people()]
    group = _ask("Telegram group id of the crisis group (empty: terminal and local page only)", default="")
    lines.append("chats:")
    if group:
        lines += [
            f"  crisis: [{{channel: telegram, id: {_whole(group)}}}, {{channel: web}}]",
            "  operators: {channel: console}",
        ]
        lines += ["# the bot's token is read from TELEGRAM_BOT_TOKEN, never from this file"]
    else:
        lines += ["  crisis: [{channel: console}, {channel: web}]", "  operators: {channel: console}"]
    return "\n".join(lines) + "\n"


def _asked_sources() -> list[str]:
    accepted = ", ".join(CRAWLED)
    chosen = _list(f"Sources 来源 ({accepted})", default="weibo, xiaohongshu")
    lines = []
    for name in chosen:
        if name not in tuple(CRAWLED):
            raise BadInput([Problem(file="sources", what=f'unknown source "{name}": accepted are {accepted}')])
        if name == "rss":
            lines.append(f"rss: {{urls: {_flow(_list('Feed addresses 订阅地址 (comma-separated)'))}}}")
        elif name == "appstore":
            lines.append(f"appstore: {{apps: {_flow(_list('Apps 应用 (country/number, comma-separated)'))}}}")
        elif name == "mastodon":
            lines.append(
                f"mastodon: {{base_url: {_quoted(_ask('Mastodon instance', default='https://mastodon.social'))}}}"
            )
        else:
            lines.append(f"{name}: {{}}")
    return lines


def _asked_people() -> list[str]:
    lines: list[str] = []
    print_plain(f"Members of the crisis group 应急小组 (an empty name ends). Roles: {', '.join(ROLES)}")
    while name := _ask("  name 姓名", default=""):
        roles = _list("  roles 角色 (comma-separated; role:B for a deputy)", default="pr")
        held = ", ".join(
            f"{r.partition(':')[0].strip()}: {(r.partition(':')[2] or 'A').strip().upper()}" for r in roles
        )
        telegram = _ask("  Telegram id (may be empty)", default="")
        lines.append(
            f"  - {{name: {_quoted(name)}, roles: {{{held}}}{f', telegram: {_whole(telegram)}' if telegram else ''}}}"
        )
    return lines or ["  []"]


def _ask(question: str, default: str | None = None) -> str:
    return str(typer.prompt(question, default=default, show_default=bool(default))).strip()


def _list(question: str, default: str = "") -> list[str]:
    return [w.strip() for w in _ask(question, default=default).replace("，", ",").split(",") if w.strip()]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _flow(words: list[str]) -> str:
    return "[" + ", ".join(_quoted(w) for w in words) + "]"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadInput(
            [Problem(file="Telegram id", what=f'"{text}" is no id: a whole number such as -1001234567890 is accepted')]
        ) from None


def password(
    name: Annotated[str, typer.Argument(help="The person's name as in the config.")],
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input.")] = False,
) -> None:
    """Print the line that the passwords file of the chat page needs; the password itself is stored nowhere."""
    from notifier.channels.passwords import make_password_hash

    typed = (
        sys.stdin.readline().rstrip("\n")
        if stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    try:
        hashed = make_password_hash(typed, secrets.token_bytes(16))
    except ValueError as error:
        raise BadInput([Problem(file="password", what=str(error))]) from None
    print_plain(f"{_quoted(name)}: {hashed}")


# -- check -----------------------------------------------------------------------------------------------------------


def check(config: Config = None, json: Json = False) -> None:
    """Report every problem of config, rules, word lists and playbooks with file and line; exit 2 where there is any."""
    try:
        house = load_house(config, needs_config=True)
    except BadInput as error:
        if json:
            for problem in error.problems:
                print_json({"file": problem.file, "line": problem.line, "what": problem.what})
            raise typer.Exit(2) from None
        raise
    warnings = list(_warnings(house))
    for warning in warnings:
        print_json({"warning": warning}) if json else print_plain(f"warning: {warning}")
    if not json:
        brands = ", ".join(b.name for b in house.config.brands)
        print_plain(
            f"ok: {brands}; {len(house.words.groups)} word groups, rules {house.rules.version}, "
            f"playbooks {', '.join(house.playbooks)}; {len(warnings)} warning(s)"
        )


def _warnings(house: House) -> Iterator[str]:
    """What is allowed but would surprise in a crisis."""
    config = house.config
    held = {role for person in config.people for role in person.roles}
    needed: dict[str, str] = {}
    for playbook in house.playbooks.values():
        for step in playbook.steps:
            if not held.intersection(step.roles):
                needed.setdefault(step.roles[0], f"{playbook.name}, step {step.key}")
    for role, where in needed.items():
        yield f"nobody holds the role {role} ({where}): nobody could take that step"
    uses = {t.channel for chat in type(config.chats).model_fields for t in getattr(config.chats, chat)}
    if "telegram" in uses and not house.environment.get("TELEGRAM_BOT_TOKEN"):
        yield "a chat is on telegram, and TELEGRAM_BOT_TOKEN is not set in this shell"
    if "telegram" in uses:
        for person in config.people:
            if person.telegram is None:
                yield f"{person.name} has no telegram id: presses of theirs there will be refused"
    if config.imports.port is not None:
        from fengsheng.intake import load_token

        try:
            load_token(house.environment)
        except BadInput as error:
            yield f"run would not start: {error.problems[0]}"
    if config.customers.file:
        from fengsheng.customers import problems_of

        yield from (str(problem) for file in config.customers.file for problem in problems_of(house, file))
    if config.second_opinion.on:
        from fengsheng.opinion_trial import second_opinion_warnings

        yield from second_opinion_warnings(config.second_opinion, house.environment)
    for brand in config.brands:
        if not brand.sources:
            yield f"brand {brand.name} has no sources: only imports reach it"
    yield from tight_budgets(config, house.words)


# -- doctor ----------------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    what: str
    ok: bool
    detail: str
    group: str = ""
    """Of a source: seen, unseen, or untested (it cannot be tested here)."""
    to_do: str = ""
    """What to do about it; "" where nothing is to be done."""


GROUPS = {
    "seen": ("看得见的来源", "Sources that are seen"),
    "unseen": ("看不见的来源", "Sources that are not seen"),
    "untested": ("没法测试的来源", "Sources that cannot be tested"),
}


def doctor(
    config: Config = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave out the sources and chats that need the network.")
    ] = False,
    json: Json = False,
) -> None:
    """Test every source, channel, browser and the database; exit 1 where something does not work."""
    house = load_house(config)
    lang = house.config.language
    found: list[Finding] = []
    for finding in _findings(house, offline):
        found.append(finding)
        if json:
            print_json({k: v for k, v in finding._asdict().items() if v != ""})
        elif not finding.group:
            print_plain(_line(finding, lang))
        elif sys.stderr.isatty():
            print(f"… {finding.what}", file=sys.stderr, flush=True)
    for group, said in GROUPS.items():
        held = [f for f in found if f.group == group]
        if held and not json:
            print_plain(f"\n{said[0 if lang == 'zh' else 1]} {len(held)}")
            for finding in held:
                print_plain(_line(finding, lang))
    bad = sum(not f.ok for f in found)
    if bad:
        raise Failed(f"{bad} of the things tested do not work (marked ✗)")


def _line(finding: Finding, lang: str) -> str:
    what = finding.what.removeprefix("source ") if finding.group else finding.what  # its heading says source
    line = f"{'✓' if finding.ok else '✗'} {what}{'：' if finding.group and lang == 'zh' else ': '}{finding.detail}"
    if not finding.to_do:
        return line
    return f"{line}\n    {'处理：' if lang == 'zh' else 'To do: '}{finding.to_do}"


def _findings(house: House, offline: bool) -> Iterator[Finding]:
    from fengsheng import examine

    yield Finding("python", True, sys.version.split()[0])
    yield from examine.examine_files(house)
    yield from examine.examine_database(house, system_clock())
    yield from examine.examine_browser()
    yield from examine.examine_sessions(house, system_clock())
    yield from examine.examine_scorer(house)
    if not offline:
        yield from examine.examine_channels(house)
        yield from examine.examine_second_opinion(house)
        yield from examine.examine_sources(house)
