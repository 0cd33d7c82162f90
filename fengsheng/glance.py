"""Every source at a glance (W6): what is known of it, the worst first. Gathered from the database, nothing is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawlers.catalogue import info_of
from crawlers.volume import expected_by_hour
from fengsheng.polling import budget_of, plan_requests
from fengsheng.wiring import House
from notifier.advice import say_to_do
from notifier.wording import Lang
from records.mention import Platform
from records.outcome import Outcome
from records.source import Breaker, HourCount, Outage, Payload, SourceHealth
from storage.sqlite import Store

HOUR = timedelta(hours=1)


class Sight(StrEnum):
    """How well a source is seen; the worst first."""

    BLIND = "blind"
    SILENT = "silent"
    PAUSED = "paused"
    DOUBTED = "doubted"
    UNTRIED = "untried"
    SEEN = "seen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """How much came for one brand, and how much usually comes."""

    seen_today: int
    """Mentions new since midnight in people's zone."""
    expected_today: float | None
    """What usually comes from midnight to now; None while too few days are known."""
    by_hour: Mapping[int, float]
    """Hour of day → what usually comes in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """One source, or one further task of it, over all brands."""

    source: str
    task: str = ""
    sight: Sight
    outcome: Outcome | None = None
    detail: str = ""
    since: datetime | None = None
    """Since when it is not seen."""
    last_good_at: datetime | None = None
    next_try_at: datetime | None = None
    brands: tuple[str, ...] = ()
    health: Mapping[str, SourceHealth]
    """Brand → its own record; brands that were never polled have none."""
    volumes: Mapping[str, Volume]
    requests: int = 0
    """Requests of the last hour."""
    budget: int | None = None
    control: str = ""
    control_at: datetime | None = None
    robots: str = ""
    """obeyed, ignored, not asked; "" = not recorded yet."""
    payload: int | None = None
    """Number of the latest page that could not be read."""
    to_do: str = ""
    """What to do about it, one sentence; "" where nothing is to be done."""

    @property
    def was_never_seen(self) -> bool:
        """Polled and not seen once. Of a further task nobody counts when it was seen."""
        return not self.task and self.sight is Sight.BLIND and self.last_good_at is None

    @property
    def seen_today(self) -> int:
        return sum(v.seen_today for v in self.volumes.values())

    @property
    def expected_today(self) -> float | None:
        known = [v.expected_today for v in self.volumes.values() if v.expected_today is not None]
        return sum(known) if known else None


def load_glances(store: Store, house: House, now: datetime) -> list[Glance]:
    """Every source of the config and of the database, the worst first, then by name."""
    found = [*_main_glances(store, house, now), *_task_glances(store, house)]
    order = list(Sight)
    return sorted(found, key=lambda g: (order.index(g.sight), g.source, g.task))


def _main_glances(store: Store, house: House, now: datetime) -> list[Glance]:
    planned: dict[str, list[str]] = {}
    for one in plan_requests(house.config, house.words) if house.configured else ():
        planned.setdefault(one.request.source, []).append(one.request.brand)
    health: dict[str, dict[str, SourceHealth]] = {}
    for record in store.load_sources():
        health.setdefault(record.source, {})[record.brand] = record
    breakers = {b.source: b for b in store.load_breakers() if not b.task}
    outages = [o for o in store.open_outages() if not o.task]
    robots = {r.source: r.decision for r in store.load_robots()}
    payloads = store.load_payloads()
    glances = []
    for source in dict.fromkeys([*planned, *health, *breakers]):
        brands = tuple(sorted({*planned.get(source, []), *health.get(source, {})}))
        volumes = {brand: _volume(store.load_hours(source, brand), house, now) for brand in brands}
        lasting = [o for o in outages if o.source == source]
        glances.append(
            _glance(
                source,
                brands,
                health.get(source, {}),
                breakers.get(source),
                lasting,
                volumes,
                payload=_latest(payloads, source),
                requests=store.requests_since(source, now - HOUR),
                budget=_budget(house, source),
                robots=robots.get(source, ""),
                lang="zh" if house.config.language == "zh" else "en",
            )
        )
    return glances


def _glance(
    source: str,
    brands: tuple[str, ...],
    health: Mapping[str, SourceHealth],
    breaker: Breaker | None,
    lasting: Sequence[Outage],
    volumes: Mapping[str, Volume],
    *,
    payload: int | None,
    requests: int,
    budget: int | None,
    robots: str,
    lang: Lang,
) -> Glance:
    latest = max(health.values(), key=lambda h: h.last_try_at, default=None)
    outage = min(lasting, key=lambda o: o.is_silence, default=None) or _outage_of(health.values())
    controlled = max(
        (h for h in health.values() if h.control_at), key=lambda h: h.control_at or h.last_try_at, default=None
    )
    sample = payload if outage is not None and outage.outcome is Outcome.CHANGED else None
    return Glance(
        source=source,
        sight=_sight(outage, latest),
        outcome=outage.outcome if outage else latest.outcome if latest else None,
        detail=outage.detail if outage else latest.detail if latest else "",
        since=outage.began if outage else None,
        last_good_at=max((h.last_good_at for h in health.values() if h.last_good_at), default=None),
        next_try_at=breaker.next_try_at if breaker else latest.next_try_at if latest else None,
        brands=brands,
        health=health,
        volumes=volumes,
        requests=requests,
        budget=budget,
        control=controlled.control if controlled else "",
        control_at=controlled.control_at if controlled else None,
        robots=robots,
        payload=payload,
        to_do=say_to_do(outage, lang, payload=sample) if outage else "",
    )


def _outage_of(records: Iterable[SourceHealth]) -> Outage | None:
    """An outage that only the records of the brands tell of."""
    blind = [h for h in records if h.blind_since is not None]
    if not blind:
        return None
    first = min(blind, key=lambda h: h.blind_since or h.last_try_at)
    return Outage(
        source=first.source,
        brands=tuple(sorted(h.brand for h in blind)),
        began=first.blind_since or first.last_try_at,
        outcome=first.outcome,
        detail=first.detail,
    )


def _sight(outage: Outage | None, latest: SourceHealth | None) -> Sight:
    if outage is not None:
        return Sight.SILENT if outage.is_silence else Sight.PAUSED if outage.is_planned else Sight.BLIND
    if latest is None:
        return Sight.UNTRIED
    return Sight.SEEN if latest.outcome.saw else Sight.DOUBTED


def _task_glances(store: Store, house: House) -> list[Glance]:
    """Further tasks of a source that do not work, each on its own line; those that work are not worth one."""
    lang: Lang = "zh" if house.config.language == "zh" else "en"
    samples = {(p.source, p.detail): p.id for p in reversed(store.load_payloads())}
    return [
        Glance(
            source=o.source,
            task=o.task,
            sight=_sight(o, None),
            outcome=o.outcome,
            detail=o.detail,
            since=o.began,
            next_try_at=o.next_try_at,
            brands=o.brands,
            health={},
            volumes={},
            payload=samples.get((o.source, o.detail)),
            to_do=say_to_do(o, lang, payload=samples.get((o.source, o.detail))),
        )
        for o in store.open_outages()
        if o.task
    ]


def _volume(hours: Sequence[HourCount], house: House, now: datetime) -> Volume:
    zone = house.config.zone
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    by_hour = expected_by_hour(hours, now=now, zone=zone)
    passed = (now - midnight) / HOUR
    expected = sum(usual * min(max(passed - hour, 0.0), 1.0) for hour, usual in by_hour.items()) if by_hour else None
    seen = sum(h.new for h in hours if midnight <= h.hour)
    return Volume(seen_today=seen, expected_today=expected, by_hour=by_hour)


def _budget(house: House, source: str) -> int | None:
    name = source.partition(":")[0]
    platform = Platform(name) if name in tuple(Platform) else None
    return budget_of(house.config, platform) if platform is not None and info_of(platform) is not None else None


def _latest(payloads: Sequence[Payload], source: str) -> int | None:
    return next((p.id for p in payloads if p.source == source), None)
