"""Detectors over the stored counters: which windows could the new complaints have completed, and did they?

Cost does not grow with volume: the per-minute counters give an upper bound of the independent voices of every window
that the new complaints touch; only where that passes the threshold is the exact number of voices asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from fengsheng.wiring import House
from records.mention import Mention
from scoring.alert import Alert, Count, Dimension, Matter
from scoring.assessment import Assessment, Category
from scoring.detectors.concentration import Window, detect_concentration, select_windows
from scoring.detectors.surge import detect_surge_now, surge_alert
from storage.sqlite import Store

HOUR = timedelta(hours=1)
BASELINE = timedelta(weeks=5)
"""History that a surge is judged against: every hour of the week a few times."""
EVIDENCE = 10
"""Mentions that an alert names as evidence."""


class Detection:
    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._rules = house.rules
        self._words = house.words

    def detect(self, complaints: Sequence[tuple[Mention, Assessment]]) -> list[Alert]:
        """Alerts of the counting rules (D1, D2, D6) whose windows these complaints, already counted, complete.

        Of each rule and series the first window that passes its threshold counts, then as few further ones as hold every
        complaint of these that lies in such a window. Complaints may come in any order; a late one completes windows
        that end after it, and one batch may hold a crisis of last month and one of this hour.
        """
        windows: dict[tuple[str, str, str, str], Window] = {}
        times: dict[tuple[str, str, str, str], list[datetime]] = {}
        for mention, assessment in complaints:
            for window in select_windows(assessment, self._rules, self._words):
                key = (window.rule, window.brand, str(window.dimension), window.value)
                windows.setdefault(key, window)
                times.setdefault(key, []).append(mention.happened_at)
        found: list[Alert | None] = []
        for key, window in windows.items():
            found += self._detect_windows(window, times[key])
        products: dict[tuple[str, str], datetime] = {}
        for mention, assessment in complaints:
            if assessment.product:
                series = (assessment.brand, assessment.product)
                products[series] = max(mention.happened_at, products.get(series, mention.happened_at))
        found += [self._detect_surge(brand, product, at) for (brand, product), at in products.items()]
        return [alert for alert in found if alert is not None]

    def _detect_surge(self, brand: str, product: str, at: datetime) -> Alert | None:
        """D3: the product's last hour against its own earlier hours, once enough complaints came to be worth the look."""
        series = (brand, str(Dimension.PRODUCT), product)
        count = self._store.count(*series, at - HOUR, at)
        if count.voices < self._rules.surge.smallest:
            return None
        this_hour = at.replace(minute=0, second=0, microsecond=0)
        known = {hour: voices for hour, _, voices in self._store.hourly(*series, at - BASELINE, this_hour)}
        if not known:
            return None
        hours = int((this_hour - min(known)) / HOUR)
        past = [known.get(this_hour - HOUR * k, 0) for k in range(hours, 0, -1)]
        decision = detect_surge_now([*past, count.voices], self._rules.surge)
        keys = self._store.evidence(*series, at - HOUR, at, EVIDENCE) if decision.alarm else []
        return surge_alert(
            decision,
            self._rules.surge,
            Matter(brand=brand, product=product),
            dimension=Dimension.PRODUCT,
            value=product,
            at=at,
            count=count,
            mentions=keys,
        )

    def _detect_windows(self, window: Window, times: Sequence[datetime]) -> Iterator[Alert]:
        """The first window that passes, then the widest steps that cover every further new complaint in a passing one."""
        series = (window.brand, str(window.dimension), window.value)
        span = timedelta(hours=window.hours)
        new = sorted({t.replace(second=0, microsecond=0) for t in times})
        minutes = self._store.minutes(*series, new[0] - span, new[-1] + span)
        closings = [at for at, _ in self._store.last_closing(window.brand, new[0] - span)]
        ends = list(window_ends(minutes, span, window.more_than, touched=new))
        judged: dict[datetime, Alert | None] = {}

        def judge(end: datetime) -> Alert | None:
            if end not in judged:
                judged[end] = self._judge(window, end, closings)
            return judged[end]

        alert = next(filter(None, map(judge, ends)), None)
        while alert is not None:
            yield alert
            told = alert.at
            wider = (e for t in new if t > told for e in reversed(ends) if t <= e < t + span)
            alert = next(filter(None, map(judge, wider)), None)

    def _judge(self, window: Window, end: datetime, closings: Sequence[datetime]) -> Alert | None:
        series = (window.brand, str(window.dimension), window.value)
        since = end - timedelta(hours=window.hours)
        count = self._store.count(*series, since, end)
        answered = any(at > since for at in closings)
        if answered:
            # What a closed incident answered for is not counted into a new one.
            count = self._store.count_unanswered(*series, since, end)
        alert = detect_concentration(window, count, at=end)
        if alert is None:
            return None
        keys = self._store.evidence(*series, since, end, -1 if answered else EVIDENCE)
        if answered:
            unanswered = {c.key for c in self._store.counted_complaints(*series, since, end)}
            keys = [key for key in keys if key in unanswered][:EVIDENCE]
        matter = self._narrowed(window.matter, since, end, count)
        return dataclasses.replace(alert, mentions=tuple(keys), matter=matter)

    def _narrowed(self, matter: Matter, since: datetime, until: datetime, count: Count) -> Matter:
        """A brand-wide alert is about the product, category and problem that most of its complaints name (D7): more than
        half of those that name any, and a third of all."""
        if matter.product or matter.category or matter.problem:
            return matter

        def most(dimension: Dimension) -> str | None:
            values = self._store.values(matter.brand, str(dimension), since, until)
            named = sum(c.raw for _, c in values)
            first = values[0][1].raw if values else 0
            return values[0][0] if first * 2 > named and first * 3 >= count.raw else None

        category = most(Dimension.CATEGORY)
        return Matter(
            brand=matter.brand,
            product=most(Dimension.PRODUCT),
            category=Category(category) if category else None,
            problem=most(Dimension.PROBLEM),
        )


def window_ends(
    minutes: Sequence[tuple[datetime, Count]], span: timedelta, more_than: float, *, touched: Sequence[datetime]
) -> Iterator[datetime]:
    """Ends of the windows that may pass the threshold: upper bound of their count above it, and a new complaint in them.

    Args:
        minutes: minutes with complaints, oldest first, their voices distinct within the minute.
        span: length of the windows, half-open at the start.
        touched: times of the new complaints.
    """
    new = sorted(t.replace(second=0, microsecond=0) for t in touched)
    start, total, first_new = 0, 0, 0
    for end, count in minutes:
        total += max(count.raw, count.voices)
        while minutes[start][0] <= end - span:
            total -= max(minutes[start][1].raw, minutes[start][1].voices)
            start += 1
        while first_new < len(new) and new[first_new] <= end - span:
            first_new += 1
        if total > more_than and first_new < len(new) and new[first_new] <= end:
            yield end
