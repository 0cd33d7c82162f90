"""What only shows when parts of a config are seen together. Each part that is readable is checked, also beside unreadable ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from crawlers.catalogue import CATALOGUE
from crawlers.options import accepted_options, check_options
from fengsheng.config_problems import Loc, Place, annotation_at, nearest, shown_path
from records.errors import Problem
from records.mention import Platform
from records.outcome import Task

if TYPE_CHECKING:
    from fengsheng.config import (
        BrandConfig,
        ChatConfig,
        Config,
        PersonConfig,
        SecondOpinionConfig,
        SourceConfig,
        WebConfig,
    )

Fault = tuple[Loc, str]
OWN_KEYS = ("robots", "proxy", "tags")
"""Options that have a key of their own in a source."""


def check_pieces(values: Mapping[Any, Any], model: type[Config], place: Place) -> list[Problem]:
    """Every problem between parts: names that stand twice, sources and chats that lack something, an open page."""
    faults = [
        *_brand_faults(values, model),
        *_person_faults(values, model),
        *_chat_faults(values, model),
        *_web_faults(values, model),
        *_opinion_faults(values, model),
    ]
    return [place.problem(path, what) for path, what in faults]


def _readable(model: Any, value: Any) -> Any:
    """The section, without those of its keys that are wrong in themselves; None where nothing of it is readable."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        if not isinstance(value, Mapping):
            return None
        wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
    try:
        return model.model_validate({k: v for k, v in value.items() if k in model.model_fields and k not in wrong})
    except ValidationError:
        return None


def _items(values: Any, path: tuple[str, ...], model: type[BaseModel]) -> list[tuple[Loc, Any, Any]]:
    """(path, raw value, section or None) of every item of the list at ``path``; one item may stand without brackets."""
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    kind = get_args(annotation_at(model, path))[0]
    raw = [values] if isinstance(values, Mapping) else values if isinstance(values, list) else []
    return [((*path, i), item, _readable(kind, item)) for i, item in enumerate(raw)]


def _brand_faults(values: Mapping[Any, Any], model: type[Config]) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    names: set[str] = set()
    kind = annotation_at(model, ("brands", 0))
    for path, raw, _ in _items(values, ("brands",), model):
        if not isinstance(raw, Mapping):
            continue
        yield from _sources_faults(path, raw.get("sources"), model)
        brand: BrandConfig | None = _readable(kind, {k: v for k, v in raw.items() if k != "sources"})
        if brand is None:
            continue
        if brand.name.casefold() in names:
            yield (*path, "name"), f'brand "{brand.name}" stands twice: each brand once'
        names.add(brand.name.casefold())
        for word in (brand.name, *brand.aliases):
            first = owner.setdefault(word.casefold(), brand.name)
            if first.casefold() != brand.name.casefold():
                yield path, f'"{word}" names both {first} and {brand.name}: give it to one brand'


def _sources_faults(brand: Loc, sources: Any, model: type[Config]) -> Iterator[Fault]:
    kind = annotation_at(model, ("brands", 0, "sources", "weibo"))
    for name, raw in sources.items() if isinstance(sources, Mapping) else ():
        source: SourceConfig | None = _readable(kind, {} if raw is None else raw)
        if source is None or name not in list(Platform):
            continue
        for inner, what in source_faults(Platform(name), source):
            path = (*brand, "sources", name, *inner)
            yield path, f"{shown_path(path)} {what}"


def source_faults(platform: Platform, source: SourceConfig) -> Iterator[Fault]:
    """What a source of this platform lacks or does not read."""
    accepted = accepted_options(platform)
    for name, value in source.options.items():
        path: Loc = ("options", name)
        if name in OWN_KEYS:
            yield path, f"has a key of its own: write {name} beside options, not in it"
        elif name == "mode" and value == "stream" and Task.STREAM in CATALOGUE[platform].tasks:
            continue  # another way to write stream: true
        elif name not in accepted:
            known = sorted(n for n in accepted if n not in OWN_KEYS)
            yield path, f"is no option of {platform}: {nearest(name, known)}"
        elif name == "delay" and source.delay is not None:
            yield path, "stands beside options too: write delay once"
        else:
            yield from ((path, f"is not accepted: {what}") for what in check_options(platform, {name: value}))
    if platform is Platform.RSS and not (source.urls or source.base_url):
        yield (), "needs urls: a list of feed addresses"
    if platform is Platform.MASTODON and not source.base_url:
        yield (), "needs base_url: the address of an instance, e.g. https://mastodon.social"
    if source.urls and platform is not Platform.RSS:
        yield ("urls",), "is read for rss only: base_url names another address of the platform"
    if source.tags and platform is not Platform.MASTODON:
        yield ("tags",), "is read for mastodon only: queries names what to search for"
    if platform is Platform.APPSTORE and not (source.apps or source.queries):
        yield (), "needs apps: a list such as [cn/414478124]"
    if source.apps and platform is not Platform.APPSTORE:
        yield ("apps",), "is read for appstore only: queries names what to search for"
    for key, task in (("accounts", Task.ACCOUNT), ("posts", Task.COMMENTS), ("stream", Task.STREAM)):
        able = [str(p) for p, info in CATALOGUE.items() if task in info.tasks]
        if getattr(source, key) and str(platform) not in able:
            yield (key,), f"is read for {', '.join(able)} only"


def _person_faults(values: Mapping[Any, Any], model: type[Config]) -> Iterator[Fault]:
    names: set[str] = set()
    accounts: dict[int, str] = {}
    person: PersonConfig | None
    for path, _, person in _items(values, ("people",), model):
        if person is None:
            continue
        if person.name in names:
            yield (*path, "name"), f'"{person.name}" stands twice: each person once, with a name of their own'
        names.add(person.name)
        if person.telegram is not None:
            first = accounts.setdefault(person.telegram, person.name)
            if first != person.name:
                yield (*path, "telegram"), f"{person.name} has the telegram id of {first}: each person has their own"


def _chat_faults(values: Mapping[Any, Any], model: type[Config]) -> Iterator[Fault]:
    target: ChatConfig | None
    for chat in annotation_at(model, ("chats",)).model_fields:
        for path, _, target in _items(values, ("chats", chat), model):
            if target is None:
                continue
            where = shown_path(path)
            if target.channel == "telegram" and target.id is None:
                yield path, f"{where} on telegram needs id: the group's number, e.g. -1001234567890"
            if target.channel == "apprise" and not target.url_env:
                yield path, f"{where} on apprise needs url_env: the environment variable that holds its address"
            if target.channel != "telegram" and target.id is not None:
                yield (*path, "id"), f"{where}.id is read for telegram only, and the channel is {target.channel}"
            if target.channel != "apprise" and target.url_env:
                yield (
                    (*path, "url_env"),
                    f"{where}.url_env is read for apprise only, and the channel is {target.channel}",
                )


def _web_faults(values: Mapping[Any, Any], model: type[Config]) -> Iterator[Fault]:
    web: WebConfig | None = _readable(annotation_at(model, ("web",)), values.get("web") or {})
    chats = _readable(annotation_at(model, ("chats",)), values.get("chats") or {})
    if web is None or chats is None or web.loopback or web.passwords is not None:
        return
    if any(t.channel == "web" for chat in type(chats).model_fields for t in getattr(chats, chat)):
        what = f"web.host {web.host} is open to others: web.passwords is needed then, a file made with fengsheng password NAME"
        yield ("web", "host"), what


def _opinion_faults(values: Mapping[Any, Any], model: type[Config]) -> Iterator[Fault]:
    raw = values.get("second_opinion") or {}
    asked: SecondOpinionConfig | None = _readable(annotation_at(model, ("second_opinion",)), raw)
    if asked is None or not isinstance(raw, Mapping):
        return
    if raw.get("base_url") is not None and raw.get("model") is None:
        yield ("second_opinion",), "second_opinion needs model: the model's name at that address"
    if raw.get("model") is not None and raw.get("base_url") is None:
        what = "second_opinion needs base_url: the address of an OpenAI-compatible API, e.g. https://host/v1"
        yield ("second_opinion", "model"), what
    if asked.base_url and asked.base_url.rstrip("/").endswith("/chat/completions"):
        what = "second_opinion.base_url is given without /chat/completions: that is added"
        yield ("second_opinion", "base_url"), what
