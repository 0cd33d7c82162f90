"""Which open incident an alert or a complaint belongs to (D7): one matter, one incident, however many posts."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from scoring.alert import Alert, Dimension, Level, Matter
from scoring.detectors.matter import GRAVE, select_home, select_incident
from scoring.rules import RuleSet
from storage.results import IncidentRow
from storage.sqlite import Store
from storage.windows import Counted

MINUTE = timedelta(minutes=1)
OF_THE_WAVE = 1 / 3
"""Share of a brand-wide wave's complaints that makes an open incident the beginning of that wave."""


class Belonging:
    def __init__(self, *, store: Store, rules: RuleSet) -> None:
        self._store = store
        self._longest = timedelta(hours=rules.longest_hours)
        self._products: dict[str, tuple[int, str | None]] = {}
        """Incident → (mentions it had, the product most of them name): counted anew when it has more."""

    def is_historic(self, happened_at: datetime, now: datetime) -> bool:
        """Older than the longest window: makes history, never an alert in a live chat (rulebook D)."""
        return now - happened_at > self._longest

    def is_answered_for(self, alert: Alert) -> bool:
        """A closed incident answers for what was posted before it was closed, unless that is graver than it was: only
        newer or graver posts raise the matter again."""
        for _, incident in self._store.last_closing(alert.matter.brand, alert.at):
            row = self._store.load_incident(incident)
            if row is None or row.level < alert.level:
                continue
            if select_incident(alert, [(incident, row.matter)], {incident: row.level})[0]:
                return True
        return False

    def select_for_alert(self, alert: Alert, *, historic: bool) -> str | None:
        """The open incident that an alert raises; None where it opens one."""
        near = self.near(alert.matter.brand, historic=historic)
        matters, levels = near.at(alert.at)
        found, _why = select_incident(alert, matters, levels)
        if alert.count is None or (alert.dimension is not Dimension.ALL and found is not None):
            return found
        if alert.dimension is not Dimension.ALL:
            return self._same_posts(alert, dict(matters), levels)
        return self._wave(alert, dict(matters), levels, found)

    def _same_posts(self, alert: Alert, matters: Mapping[str, Matter], levels: Mapping[str, Level]) -> str | None:
        """The open incident that most of the alert's complaints are in already, whatever else they are called now: five posts that
        are a refund and a fault at once are one matter. What is graver than the incident, or a grave matter where it is none, is
        another; and a brand-wide incident, which takes all talk, says nothing of what its posts have in common."""
        counted = self.counted(alert, alert.matter.product)
        having = Counter(
            i for c in counted for i in c.incidents if i in levels and _may_be(alert, matters[i], levels[i])
        )
        return max((i for i, n in having.items() if n > len(counted) / 2), key=lambda i: levels[i], default=None)

    def _wave(
        self, alert: Alert, matters: Mapping[str, Matter], levels: Mapping[str, Level], found: str | None
    ) -> str | None:
        """A brand-wide alarm is no second crisis: it is the incident that it raised before, or else the gravest of those
        that have a good part of its complaints or its name, whatever most of them name by now. Only where another product
        alone would set it off is it another matter."""
        brand, product = alert.matter.brand, alert.matter.product
        wave = self.counted(alert, None)
        last = self._store.last_alert(alert.rule, brand, str(alert.dimension), alert.value)
        before = last.incident if last is not None else None
        if before is not None and before in levels:
            other = [c.key for c in wave if _conflict(c.matter.product, matters[before].product)]
            if self._store.voices_among(other, brand).voices <= (alert.threshold or 0):
                return before
        having = Counter(
            i for c in wave for i in c.incidents if i in levels and not _conflict(product, matters[i].product)
        )
        parts = [i for i, n in having.most_common() if n >= len(wave) * OF_THE_WAVE]
        return max(parts if found is None else [found, *parts], key=lambda i: levels[i], default=None)

    def near(self, brand: str, *, historic: bool) -> OpenIncidents:
        """The open incidents of a brand as they are now."""
        return OpenIncidents(self._store, brand, historic, self._longest, self._products)

    def counted(self, alert: Alert, product: str | None) -> list[Counted]:
        """The complaints that a counting alarm counted, but for those that name another product than ``product``."""
        if alert.count is None:
            return []
        series = (alert.matter.brand, str(alert.dimension), alert.value)
        return [
            c
            for c in self._store.counted_complaints(*series, alert.since, alert.at)
            if not _conflict(c.matter.product, product)
        ]

    def stragglers(self, alert: Alert, incident: str, *, historic: bool, now: datetime) -> list[str]:
        """Complaints since the alert's window began that came in before its incident was open, are in none, and belong
        to it: the order in which posts arrive does not decide what an incident holds."""
        brand = alert.matter.brand
        since = alert.since if alert.count is not None else alert.at - MINUTE
        loose = [
            c
            for c in self._store.counted_complaints(brand, str(Dimension.ALL), "", since, alert.at + self._longest)
            if not c.incidents and self.is_historic(c.at, now) == historic
        ]
        if not loose:
            return []
        near = self.near(brand, historic=historic)
        return [c.key for c in loose if near.home(c.matter, c.at) == incident]


def _may_be(alert: Alert, matter: Matter, level: Level) -> bool:
    """May an alert over an incident's own posts be that incident?"""
    about = alert.matter
    if level < alert.level or not (matter.product or matter.category or matter.problem):
        return False
    if about.category in GRAVE and about.category is not matter.category:
        return False
    return not _conflict(about.product, matter.product)


def _conflict(one: str | None, other: str | None) -> bool:
    """Two products, and not the same."""
    return one is not None and other is not None and one != other


class OpenIncidents:
    """The open incidents of a brand, read once for many complaints.

    History is open for nobody to close: it takes only what lies within the longest window of its own mentions.
    """

    def __init__(
        self,
        store: Store,
        brand: str,
        historic: bool,
        window: timedelta,
        products: dict[str, tuple[int, str | None]],
    ) -> None:
        self._store = store
        self._products = products
        self._brand = brand
        self._historic = historic
        self._window = window
        self._live = [] if historic else store.open_incidents(brand)
        self._matters: dict[str, Matter] = {}

    def at(self, happened_at: datetime) -> tuple[list[tuple[str, Matter]], dict[str, Level]]:
        """(incident, matter) of those that something of this time may belong to, the highest level first, and their levels.

        Their matters carry the product that most of their mentions name.
        """
        rows = self._live
        if self._historic:
            rows = self._store.historic_incidents(self._brand, happened_at - self._window, happened_at + self._window)
        return [(r.id, self._matter(r)) for r in rows], {r.id: r.level for r in rows}

    def home(self, matter: Matter, happened_at: datetime) -> str | None:
        """The incident that an ordinary complaint joins; None = none."""
        matters, levels = self.at(happened_at)
        return select_home(matter, matters, levels)[0]

    def _matter(self, row: IncidentRow) -> Matter:
        if row.id not in self._matters:
            matter = row.matter
            if matter.product is None and (matter.category or matter.problem):
                matter = dataclasses.replace(matter, product=self._product(row))
            self._matters[row.id] = matter
        return self._matters[row.id]

    def _product(self, row: IncidentRow) -> str | None:
        known = self._products.get(row.id)
        if known is None or known[0] != row.raw:
            known = self._products[row.id] = (row.raw, self._store.incident_product(row.id))
        return known[1]
