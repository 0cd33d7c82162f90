"""The config file: names are a contract (design 3), unknown keys are errors with line and nearest right name.

Every setting has an environment twin: ``FENGSHENG_`` + the path in capitals, e.g. ``FENGSHENG_WEB_PORT`` for
``web.port``; lists and mappings are given as YAML text. Secrets never stand in the config: ``TELEGRAM_BOT_TOKEN`` and
the sources' passwords are read from the environment where they are used.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from crawlers.options import check_options
from records.errors import BadInput, Problem
from records.located import line_at, parse_yaml
from records.mention import Platform

ROLES = (
    "customer_service",
    "pr",
    "legal",
    "tech",
    "lead",
    "senior",
    "duty",
    "finance",
    "analyst",
    "spokesperson",
    "operator",
)
CRAWLED = (Platform.WEIBO, Platform.XIAOHONGSHU, Platform.BLUESKY, Platform.MASTODON, Platform.RSS)
"""Platforms with a spider: what ``brands[].sources`` accepts."""

ADDRESS = re.compile(r"https?://[^\s/@]+(/\S*)?\Z")


def _address(value: Any) -> Any:
    if isinstance(value, str) and not ADDRESS.match(value):
        raise ValueError(f'"{value}" is no address: http://host or https://host is accepted, without a password in it')
    return value


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]
Text = Annotated[str, Field(min_length=1, max_length=200, coerce_numbers_to_str=True)]
Texts = Annotated[list[Text], BeforeValidator(_texts)]
Seconds = Annotated[float, Field(ge=1, le=86400)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(Section):
    """One source of one brand."""

    base_url: Address | None = None
    """Address instead of the platform's own: another instance, an RSSHub, a test server."""
    urls: list[Address] = []
    """Feeds (rss only)."""
    queries: Texts | None = None
    """Own queries instead of those planned from brand, aliases and complaint words."""
    every: Seconds | None = None
    """Seconds between two polls of one query; default ``polling.every``."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Mentions a poll reads at most."""
    robots: Literal["obey", "ignore"] = "obey"
    """Robots policy of plain HTTP sources; the decision is recorded."""
    delay: Annotated[float, Field(ge=0, le=600)] | None = None
    """Seconds between two requests to the site."""
    tags: Texts = []
    """Hashtags to follow (mastodon); default: brand and aliases."""
    options: dict[str, str | int | float] = {}
    """Further options of the platform's spider, see config.example.yaml."""
    proxy: Address | None = None


class BrandConfig(Section):
    name: Text
    aliases: Texts = []
    products: Texts = []
    rivals: Texts = []
    excluded: Texts = []
    required: Texts = []
    official_accounts: Texts = []
    complaint_words: Texts | None = None
    """Words that go into queries beside the brand; default: the heads of the word library's groups."""
    sources: dict[str, SourceConfig | None] = {}

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: dict[str, SourceConfig | None]) -> dict[str, SourceConfig | None]:
        for name in value:
            if name not in CRAWLED:
                accepted = ", ".join(CRAWLED)
                raise ValueError(f'unknown source "{name}": accepted are {accepted}')
        for name, source in value.items():
            options = {str(k): str(v) for k, v in source.options.items()} if source else {}
            for problem in check_options(Platform(name), options):
                raise ValueError(problem)
        rss = value.get("rss")
        if "rss" in value and not (rss and (rss.urls or rss.base_url)):
            raise ValueError("rss needs urls: a list of feed addresses")
        if "mastodon" in value and not ((found := value["mastodon"]) and found.base_url):
            raise ValueError("mastodon needs base_url: the address of an instance, e.g. https://mastodon.social")
        return value


class PersonConfig(Section):
    name: Text
    roles: dict[str, Literal["A", "B"]] = {}
    telegram: int | None = None
    """The person's numeric Telegram id."""

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, value: dict[str, str]) -> dict[str, str]:
        for role in value:
            if role not in ROLES:
                near = difflib.get_close_matches(role, ROLES, n=1)
                hint = f'did you mean "{near[0]}"?' if near else f"accepted are {', '.join(ROLES)}"
                raise ValueError(f'unknown role "{role}": {hint}')
        return value


class ChatConfig(Section):
    channel: Literal["telegram", "web", "console", "apprise"]
    id: int | str | None = None
    """The group's id on telegram."""
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    """apprise: name of the environment variable that holds the address (it is a secret)."""

    @property
    def target(self) -> str:
        return str(self.id) if self.id is not None else (self.url_env or self.channel)


def _chat_list(value: Any) -> Any:
    return [value] if isinstance(value, Mapping) else value


Chat = Annotated[list[ChatConfig], BeforeValidator(_chat_list)]


class ChatsConfig(Section):
    crisis: Chat = [ChatConfig(channel="console"), ChatConfig(channel="web")]
    """Red, and everything that has no chat of its own (L)."""
    managers: Chat = []
    """Orange; without it orange goes to crisis."""
    duty: Chat = []
    """Yellow, for the duty supervisor; without it yellow goes to managers, or to crisis."""
    operators: Chat = [ChatConfig(channel="console")]
    """Operational alarms: blind sources, failed deliveries; never the crisis group."""
    digest: Chat = []


class TelegramConfig(Section):
    base_url: Address = "https://api.telegram.org/bot"
    proxy: Address | None = None


class WebConfig(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)
    """0 = any free port."""
    passwords: Path | None = None
    """File with login names and password hashes; needed where host is not a loopback address."""

    @property
    def loopback(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


class PollingConfig(Section):
    every: Seconds = 120
    """Seconds between two polls of one query where the source does not say otherwise."""
    timeout: Seconds = 90
    """Seconds one poll may take in all."""


class QuietHours(Section):
    """Hours in people's own zone in which yellow waits and orange comes silently; red always comes (L)."""

    start: time
    end: time


class Config(Section):
    language: Literal["zh", "en"] = "zh"
    timezone: str = "Asia/Shanghai"
    database: Path | None = None
    brands: list[BrandConfig] = Field(min_length=1)
    people: list[PersonConfig] = []
    chats: ChatsConfig = ChatsConfig()
    telegram: TelegramConfig = TelegramConfig()
    web: WebConfig = WebConfig()
    polling: PollingConfig = PollingConfig()
    quiet_hours: QuietHours | None = None
    rules: str = "default"
    words: Texts = ["default"]
    """Word libraries: "default" is the shipped one, others are files; all of them count."""
    playbooks: str = "default"
    """"default" or a folder of playbook files."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'unknown time zone "{value}": an IANA name such as Asia/Shanghai is accepted') from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def brand(self, name: str) -> BrandConfig | None:
        return next((b for b in self.brands if b.name == name or name in b.aliases), None)


def parse_config(
    text: str, file: str, environment: Mapping[str, str] | None = None
) -> tuple[Config | None, list[Problem]]:
    """Read a config and its environment twins.

    Returns:
        (config, problems): config is None where there are problems; all of them are listed with their lines.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    if document is None:
        document = {}
    if not isinstance(document, Mapping):
        return None, [Problem(file=file, line=1, what="the config is no mapping: keys such as brands: are expected")]
    values: dict[str, Any] = dict(document)
    from_environment = _apply_environment(values, environment or {})
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        return None, [_problem(e, document, file, from_environment) for e in error.errors()]
    problems = _cross_checks(config, document, file)
    return (None if problems else config), problems


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read the config file.

    Raises:
        BadInput: with every problem of the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput([Problem(file=str(path), what="no such file: fengsheng init writes a first config")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be read as UTF-8 text: {error}")]) from None
    config, problems = parse_config(text, str(path), environment)
    if config is None or problems:
        raise BadInput(problems)
    return config


def _apply_environment(values: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Put FENGSHENG_… values over the file's; returns which path came from which variable."""
    came: dict[tuple[str, ...], str] = {}
    for name, field in Config.model_fields.items():
        variable = f"FENGSHENG_{name.upper()}"
        if variable in environment:
            values[name] = _plain(environment[variable])
            came[(name,)] = variable
        kind = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, Section)):
            continue
        for inner in kind.model_fields:
            variable = f"FENGSHENG_{name.upper()}_{inner.upper()}"
            if variable in environment:
                section = values.get(name)
                values[name] = {
                    **(section if isinstance(section, Mapping) else {}),
                    inner: _plain(environment[variable]),
                }
                came[(name, inner)] = variable
    return came


def _plain(text: str) -> Any:
    document, problems = parse_yaml(text, "environment")
    return text if problems or document is None else document


def _problem(error: Any, document: Any, file: str, from_environment: Mapping[tuple[str, ...], str]) -> Problem:
    """A pydantic error as one located sentence."""
    path = tuple(part for part in error["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    variable = next((v for p, v in from_environment.items() if tuple(path[: len(p)]) == p), None)
    where = ".".join(str(p) for p in path) or "config"
    line = None if variable else line_at(document, path)
    return Problem(file=variable or file, line=line, what=_sentence(error, where, path))


def _sentence(error: Any, where: str, path: tuple[Any, ...]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        accepted = _accepted_keys(path[:-1])
        near = difflib.get_close_matches(str(path[-1]), accepted, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"accepted are {', '.join(accepted)}"
        return f'unknown key "{path[-1]}" in {".".join(map(str, path[:-1])) or "the config"}: {hint}'
    if kind == "missing":
        return f"{where} is missing"
    if kind == "value_error":
        return f"{where}: {error['ctx']['error']}"
    shown = error.get("input")
    shown = f" is {shown!r}" if isinstance(shown, str | int | float | bool) else ""
    message = error["msg"][0].lower() + error["msg"][1:]
    return f"{where}{shown}: {message.replace('input should be', 'accepted is')}"


def _accepted_keys(path: tuple[Any, ...]) -> list[str]:
    """Keys that the section at ``path`` accepts."""
    model: type[BaseModel] = Config
    children: dict[str, type[BaseModel]] = {
        "brands": BrandConfig,
        "sources": SourceConfig,
        "people": PersonConfig,
        "chats": ChatsConfig,
        "crisis": ChatConfig,
        "managers": ChatConfig,
        "duty": ChatConfig,
        "operators": ChatConfig,
        "digest": ChatConfig,
        "telegram": TelegramConfig,
        "web": WebConfig,
        "polling": PollingConfig,
        "quiet_hours": QuietHours,
    }
    for part in path:
        model = children.get(str(part), model)
    return list(model.model_fields)


def _cross_checks(config: Config, document: Any, file: str) -> list[Problem]:
    """What only shows when the parts are seen together."""
    problems: list[Problem] = []

    def add(path: tuple[str | int, ...], what: str) -> None:
        problems.append(Problem(file=file, line=line_at(document, path), what=what))

    seen: dict[str, str] = {}
    for i, brand in enumerate(config.brands):
        for word in (brand.name, *brand.aliases):
            if seen.setdefault(word.casefold(), brand.name) != brand.name:
                add(
                    ("brands", i), f'"{word}" names both {seen[word.casefold()]} and {brand.name}: give it to one brand'
                )
        if [b.name for b in config.brands].count(brand.name) > 1 and i:
            add(("brands", i, "name"), f'brand "{brand.name}" stands twice: each brand once')
    names = [p.name for p in config.people]
    accounts = [p.telegram for p in config.people if p.telegram is not None]
    for i, person in enumerate(config.people):
        if names.index(person.name) != i:
            add(("people", i, "name"), f'"{person.name}" stands twice: each person once, with a name of their own')
        if person.telegram is not None and accounts.count(person.telegram) > 1:
            add(("people", i, "telegram"), f"telegram id {person.telegram} belongs to two people: each has their own")
    for chat in ChatsConfig.model_fields:
        for target in getattr(config.chats, chat):
            if target.channel == "telegram" and target.id is None:
                add(("chats", chat), f"chats.{chat} on telegram needs id: the group's number, e.g. -1001234567890")
            if target.channel == "apprise" and not target.url_env:
                add(
                    ("chats", chat), f"chats.{chat} on apprise needs url_env: the environment variable with its address"
                )
    if not config.web.loopback and config.web.passwords is None and _uses(config, "web"):
        add(("web",), f"web.host {config.web.host} is open to others: web.passwords (a file of logins) is needed then")
    return problems


def _uses(config: Config, channel: str) -> bool:
    return any(c.channel == channel for chat in ChatsConfig.model_fields for c in getattr(config.chats, chat))
