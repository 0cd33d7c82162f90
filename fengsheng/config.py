"""The config file: names are a contract (design 3), unknown keys are errors with line and nearest right name.

Every setting has an environment twin, see ``fengsheng.config_environment``. Secrets never stand in the config:
``TELEGRAM_BOT_TOKEN`` and the sources' passwords are read from the environment where they are used.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from fengsheng.config_checks import check_pieces
from fengsheng.config_environment import apply_environment, misspelt_variables
from fengsheng.config_problems import Place, address_fault, section_problems
from fengsheng.customer_columns import COLUMNS as CUSTOMER_COLUMNS
from fengsheng.import_columns import ACCEPTED
from records.errors import BadInput, Problem
from records.located import parse_yaml
from records.mention import Platform

Role = Literal[
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
]
ROLES: tuple[str, ...] = get_args(Role)
Source = Literal[
    "weibo",
    "xiaohongshu",
    "douyin",
    "kuaishou",
    "heimao",
    "bilibili",
    "zhihu",
    "tieba",
    "appstore",
    "news",
    "rss",
    "reddit",
    "hackernews",
    "mastodon",
    "bluesky",
    "youtube",
]
CRAWLED = tuple(Platform(name) for name in get_args(Source))
"""Platforms with a spider: what ``brands[].sources`` accepts; every entry of the catalogue."""


def _address(value: Any) -> Any:
    fault = address_fault(value) if isinstance(value, str) else None
    if fault:
        raise ValueError(fault)
    return value


def _listed(value: Any) -> Any:
    """One item may stand without the brackets of a list."""
    return [value] if isinstance(value, str | int | float | Mapping) and not isinstance(value, bool) else value


def _clock_time(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError('is a number: a time of day in quotes, such as "23:00", is accepted')
    return value


Address = Annotated[str, BeforeValidator(_address)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Texts = Annotated[list[Text], BeforeValidator(_listed)]
Seconds = Annotated[float, Field(ge=1, le=86400)]
App = Annotated[str, Field(pattern=r"^[a-z]{2}/[0-9]{1,12}$")]
Requests = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """A mapping of the config. A key without a value counts as not written."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {k: v for k, v in value.items() if v is not None or k not in cls.model_fields}


class SourceConfig(Section):
    """One source of one brand."""

    base_url: Address | None = None
    """Address instead of the platform's own: another instance, an RSSHub, a test server."""
    urls: Annotated[list[Address], BeforeValidator(_listed)] = []
    """Feeds (rss only)."""
    queries: Texts | None = None
    """Own queries instead of those planned from brand, aliases and complaint words."""
    every: Seconds | None = None
    """Seconds between two polls of one query at least; default ``polling.every``."""
    limit: int = Field(default=50, ge=1, le=1000)
    """Mentions a poll reads at most."""
    robots: Literal["obey", "ignore"] = "obey"
    """Robots policy of plain HTTP sources; the decision is recorded."""
    delay: Annotated[float, Field(ge=0, le=600)] | None = None
    """Seconds between two requests to the site."""
    tags: Texts = []
    """Hashtags to follow (mastodon only); default: brand and aliases."""
    accounts: Texts = []
    """The platform's ids of the brand's own accounts, whose posts are read as well."""
    posts: Texts = []
    """Addresses or ids of posts whose comments are followed, such as those of the brand's own accounts."""
    apps: Annotated[list[App], BeforeValidator(_listed)] = []
    """Apps as country/number (appstore only)."""
    stream: bool = False
    """Listen to the platform's stream as well."""
    options: dict[str, str] = {}
    """Further options of the platform's spider, see config.example.yaml."""
    proxy: Address | None = None
    """Fixed HTTP proxy, without a password in it."""


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
    sources: dict[Source, SourceConfig | None] = {}


class PersonConfig(Section):
    name: Text
    roles: dict[Role, Literal["A", "B"]] = {}
    telegram: Annotated[int, Field(gt=0)] | None = None
    """The person's numeric Telegram id."""


class ChatConfig(Section):
    channel: Literal["telegram", "web", "console", "apprise"]
    id: Annotated[str, Field(pattern=r"^(-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})$")] | None = None
    """telegram: the group's number, or @name of a public one."""
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    """apprise: name of the environment variable that holds the address (it is a secret)."""

    @property
    def target(self) -> str:
        return self.id or self.url_env or self.channel


Chat = Annotated[list[ChatConfig], BeforeValidator(_listed)]


class ChatsConfig(Section):
    crisis: Annotated[Chat, Field(min_length=1)] = [ChatConfig(channel="console"), ChatConfig(channel="web")]
    """Red, and everything that has no chat of its own (L)."""
    managers: Chat = []
    """Orange; without it orange goes to crisis."""
    duty: Chat = []
    """Yellow, for the duty supervisor; without it yellow goes to managers, or to crisis."""
    operators: Annotated[Chat, Field(min_length=1)] = [ChatConfig(channel="console")]
    """Operational alarms: blind sources, failed deliveries; never the crisis group."""
    digest: Chat = []


class TelegramConfig(Section):
    base_url: Address = "https://api.telegram.org/bot"
    proxy: Address | None = None


class WebConfig(Section):
    host: Text = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)
    """0 = any free port."""
    passwords: Path | None = None
    """File with login names and password hashes; needed where host is not a loopback address."""

    @property
    def loopback(self) -> bool:
        """True where only this machine reaches the page; a name other than localhost may lead anywhere."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class PollingConfig(Section):
    every: Seconds = 60
    """Seconds between two polls of one query at least, where the source does not say otherwise."""
    slowest: Seconds = 1800
    """Seconds between two polls of a bare name at most, where the budget allows it; queries it covers: six hours."""
    deep_every: Annotated[float, Field(ge=60, le=604800)] = 21600
    """Seconds between two deep passes of a query, which read on past what is known."""
    adaptive: bool = True
    """False: every query is polled every ``every`` seconds, still inside the budget."""
    timeout: Annotated[float, Field(ge=1, le=3600)] = 90
    """Seconds one poll may take in all."""


class ImportsConfig(Section):
    """Complaints that arrive elsewhere (W2)."""

    columns: dict[str, str] = {}
    """The house's own column names → the product's, for tables and JSON."""
    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Port of the HTTP door; without it there is none. Its token stands in FENGSHENG_IMPORT_TOKEN."""

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in value.values() if name not in ACCEPTED]
        if wrong:
            raise ValueError(f'names the column "{wrong[0]}", which is none: accepted are {", ".join(ACCEPTED)}')
        return {own.strip().lower(): name for own, name in value.items()}


class CustomersConfig(Section):
    """The customer register (W7)."""

    file: Annotated[list[Path], BeforeValidator(_listed)] = []
    """Files of customers and their tickets that ``run`` loads when it starts, where they changed."""
    columns: dict[str, str] = {}
    """The house's own column names → the product's."""

    @field_validator("columns")
    @classmethod
    def _known_columns(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in value.values() if name not in CUSTOMER_COLUMNS]
        if wrong:
            raise ValueError(
                f'names the column "{wrong[0]}", which is none: accepted are {", ".join(CUSTOMER_COLUMNS)}'
            )
        return {own.strip().lower(): name for own, name in value.items()}


class SecondOpinionConfig(Section):
    """A language model that re-rates uncertain or high mentions; without ``base_url`` there is none."""

    base_url: Address | None = None
    """Of an OpenAI-compatible API, up to /chat/completions. Its key stands in FENGSHENG_SECOND_OPINION_KEY."""
    model: Text | None = None
    timeout: Annotated[float, Field(ge=1, le=600)] = 60
    """Seconds one request may take in all."""
    per_hour: Requests = 30
    per_day: Requests = 200
    about: Annotated[list[Literal["uncertain", "high"]], BeforeValidator(_listed), Field(min_length=1)] = [
        "uncertain",
        "high",
    ]
    """Which mentions are asked about."""
    imports: bool = False
    """Complaints that were said to the house alone (hotline, mail, tickets) too; else only what stands in public."""
    language: Literal["zh", "en"] | None = None
    """Language of the question and of the reasons; default the config's."""

    @property
    def on(self) -> bool:
        return self.base_url is not None and self.model is not None


class QuietHours(Section):
    """Hours in people's own zone in which yellow waits and orange comes silently; red always comes (L)."""

    start: Annotated[time, BeforeValidator(_clock_time)]
    end: Annotated[time, BeforeValidator(_clock_time)]

    @field_validator("start", "end")
    @classmethod
    def _without_zone(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError('has an offset: a time of day such as "23:00" is accepted, timezone names the zone')
        return value

    @model_validator(mode="after")
    def _some_hours(self) -> QuietHours:
        if self.start == self.end:
            raise ValueError("starts and ends at the same time: two different times are accepted, or no quiet_hours")
        return self


class Config(Section):
    language: Literal["zh", "en"] = "zh"
    timezone: Text = "Asia/Shanghai"
    database: Path | None = None
    brands: list[BrandConfig] = Field(min_length=1)
    people: list[PersonConfig] = []
    chats: ChatsConfig = ChatsConfig()
    telegram: TelegramConfig = TelegramConfig()
    web: WebConfig = WebConfig()
    polling: PollingConfig = PollingConfig()
    imports: ImportsConfig = ImportsConfig()
    customers: CustomersConfig = CustomersConfig()
    second_opinion: SecondOpinionConfig = SecondOpinionConfig()
    budgets: dict[Source, Requests] = {}
    """Requests an hour that a platform may be asked over all brands; default the catalogue's."""
    quiet_hours: QuietHours | None = None
    rules: Text = "default"
    words: Annotated[Texts, Field(min_length=1)] = ["default"]
    """Word libraries: "default" is the shipped one, others are files; all of them count."""
    model: Text = "default"
    """Learned models: "default" is the shipped file, "none" the word libraries alone, else a file of fengsheng train."""
    emotion: Literal["model", "words", "words+snownlp", "snownlp"] = "model"
    """Emotion engine (S2), names of scoring.engines.ENGINES."""
    manual: Text = "default"
    """Classification manual of problem types (S7): "default" or a file."""
    checklists: Annotated[Texts, Field(min_length=1)] = ["default"]
    """Compliance checklists (S10): "default" is the shipped one, others are files; all of them count."""
    playbooks: Text = "default"
    """"default" or a folder of playbook files."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'is "{value}", no known zone: an IANA name such as Asia/Shanghai is accepted') from None
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
    values, came, problems = apply_environment(document, environment or {}, Config)
    place = Place(file=file, document=document, variables=came)
    problems += misspelt_variables(environment or {}, Config)
    config = None
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        problems += section_problems(error, Config, place)
    problems += check_pieces(values, Config, place)
    return (None if problems else config), sorted(set(problems))


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read the config file; ``database``, ``web.passwords`` and ``customers.file`` that stand in it are looked up beside it.

    Raises:
        BadInput: with every problem of the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput([Problem(file=str(path), what="no such file: fengsheng init writes a first config")]) from None
    except OSError as error:
        raise BadInput([Problem(file=str(path), what=f"cannot be read: {error.strerror or error}")]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput([Problem(file=str(path), line=line, what="is not UTF-8 text: save it as UTF-8")]) from None
    config, problems = parse_config(text, str(path), environment)
    if config is None or problems:
        raise BadInput(problems)
    return _placed(config, path.parent, environment)


def _placed(config: Config, folder: Path, environment: Mapping[str, str]) -> Config:
    changes: dict[str, Any] = {}
    if config.database is not None and not environment.get("FENGSHENG_DATABASE"):
        changes["database"] = folder / config.database
    if config.web.passwords is not None and not environment.get("FENGSHENG_WEB_PASSWORDS"):
        changes["web"] = config.web.model_copy(update={"passwords": folder / config.web.passwords})
    if config.customers.file and not environment.get("FENGSHENG_CUSTOMERS_FILE"):
        files = [folder / file for file in config.customers.file]
        changes["customers"] = config.customers.model_copy(update={"file": files})
    return config.model_copy(update=changes) if changes else config
