"""Detectors over the stored counters: which windows could the new complaints have completed, and did they?

Cost does not grow with volume: the per-minute counters give an upper bound of the independent voices of every window
that the new complaints touch; only where that passes the threshold is the exact number of voices asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fengsheng.wiring import House
from records.mention import Mention
from scoring.alert import Alert, Dimension, Matter
from scoring.assessment import Assessment
from scoring.detectors.concentration import detect_concentration, select_window_ends
from scoring.detectors.matter import matter_of
from scoring.detectors.surge import detect_surge_now
from scoring.rules import ConcentrationRule
from storage.sqlite import Store

HOUR = timedelta(hours=1)
BASELINE = timedelta(weeks=5)
"""History that the surge detector looks at (D3): enough for every hour of the week to be seen a few times."""
EVIDENCE = 10
Series = tuple[str, Dimension, str]
"""(brand, dimension, value)."""


class Detection:
    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._rules = house.rules
        self._words = house.words

    def detect(self, complaints: Sequence[tuple[Mention, Assessment]]) -> list[Alert]:
        """Alerts of all counting rules whose windows the complaints (already counted) complete.

        Of each rule and series the first window that passes the threshold counts: later ones say the same again.
        """
        touched: dict[Series, list[tuple[datetime, Matter]]] = defaultdict(list)
        for mention, assessment in complaints:
            for series in self._series(mention, assessment):
                touched[series].append((mention.happened_at, matter_of(assessment)))
        alerts: list[Alert] = []
        for series, seen in touched.items():
            times = [at for at, _ in seen]
            matter = _shared(series, [m for _, m in seen])
            for rule in self._rules_for(series):
                alert = self._concentration(rule, series, matter, times)
                if alert is not None:
                    alerts.append(alert)
            if series[1] is Dimension.PRODUCT:
                alerts += self._surge(series, matter, max(times))
        return alerts

    def _series(self, mention: Mention, assessment: Assessment) -> Iterator[Series]:
        from fengsheng.ingest import dimensions_of

        for dimension, value in dimensions_of(mention, assessment):
            yield assessment.brand, Dimension(dimension), value

    def _rules_for(self, series: Series) -> list[ConcentrationRule]:
        """The rules that count this series: those of the rule set (D1, D2), and the word group's own threshold (D6)."""
        _, dimension, value = series
        rules = [r for r in self._rules.concentration if dimension in r.dimensions]
        if dimension is Dimension.WORD_GROUP:
            rule = self._words.threshold(value)
            rules += [rule] if rule is not None else []
        return rules

    def _concentration(
        self, rule: ConcentrationRule, series: Series, matter: Matter, times: Sequence[datetime]
    ) -> Alert | None:
        window = timedelta(hours=rule.hours)
        minutes = self._store.minutes(*series, min(times) - window, max(times) + window)
        for end in select_window_ends(minutes, rule, min(times)):
            count = self._store.count(*series, end - window, end)
            alert = detect_concentration(rule, count, matter=matter, dimension=series[1], value=series[2], at=end)
            if alert is not None:
                return self._with_evidence(alert, series, end - window, end)
        return None

    def _surge(self, series: Series, matter: Matter, at: datetime) -> list[Alert]:
        """D3: the hour up to ``at`` against the series' own earlier hours."""
        now = self._store.count(*series, at - HOUR, at)
        if now.voices < self._rules.surge.smallest:
            return []
        hours = self._store.hourly(*series, at - BASELINE, at - HOUR)
        alert = detect_surge_now(
            [(hour, voices) for hour, _, voices in hours],
            now,
            rules=self._rules.surge,
            matter=matter,
            value=series[2],
            at=at,
        )
        return [self._with_evidence(alert, series, at - HOUR, at)] if alert else []

    def _with_evidence(self, alert: Alert, series: Series, since: datetime, until: datetime) -> Alert:
        import dataclasses

        keys = self._store.evidence(*series, since, until, EVIDENCE)
        return dataclasses.replace(alert, mentions=tuple(keys))


def _shared(series: Series, matters: Sequence[Matter]) -> Matter:
    """What a counted alert is about: the series' own value, and beside it what most of the complaints share."""
    brand, dimension, value = series

    def most(name: str) -> str | None:
        found = Counter(v for m in matters if (v := getattr(m, name)) is not None)
        if not found:
            return None
        word, times = found.most_common(1)[0]
        return word if times * 2 > len(matters) else None

    if dimension in (Dimension.ALL, Dimension.REGION):
        return Matter(brand=brand)
    return Matter(
        brand=brand,
        product=value if dimension is Dimension.PRODUCT else most("product"),
        category=most("category"),  # type: ignore[arg-type]
        problem=value if dimension is Dimension.PROBLEM else most("problem"),
    )
