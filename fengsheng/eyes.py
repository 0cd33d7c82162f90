"""The eyes (W6): what is known of every source after each poll, and what is said when one cannot be seen.

Breakers, outages and what was told live in the database: a restart neither repeats nor forgets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime

from crawlers.catalogue import info_of
from crawlers.health import has_seen, is_resting, judge_breaker, make_probe, note_look, task_of_eye
from crawlers.volume import judge_silence
from fengsheng.incidents import Incidents
from fengsheng.polling import plan_requests
from fengsheng.posting import queue_operations
from fengsheng.wiring import House
from notifier import messages
from notifier.wording import eye_name
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.source import Breaker, Outage, RobotsRecord, SourceHealth
from storage.sqlite import Store

DRILL_SPEED = 60.0
"""In a drill a source that was blind is tried again so many times sooner."""

_WATCHING = frozenset({Task.SEARCH, Task.STREAM})
"""Tasks that bring a source's ordinary volume; figures and comments follow what is known already."""


class Eyes:
    """Keeps the health of the sources. ``note`` belongs into the transaction that finishes the poll, behind it: the probe
    of a source takes the place of the poll that ended.

    Args:
        say: prints a line on the terminal, where the operators' chat is elsewhere.
    """

    def __init__(self, *, store: Store, house: House, incidents: Incidents, say: Callable[[str], None]) -> None:
        self._store = store
        self._house = house
        self._incidents = incidents
        self._say = say
        self._speed = DRILL_SPEED if house.drill else 1.0
        self._requests = [planned.request for planned in plan_requests(house.config, house.words)]

    def resume(self, now: datetime) -> None:
        """The worker begins: sources that are blind are probed when their wait is over, those that the config names no
        longer are let go, and what the config decides about robots.txt is recorded."""
        with self._store.transaction():
            self._store.end_eyes((r.source for r in self._requests), now)
            for breaker in self._store.load_breakers():
                if breaker.is_open and not breaker.task:
                    self._plan_probe(breaker, self._template(breaker.source), now)
            for request in {r.source: r for r in reversed(self._requests)}.values():
                self._store.note_robots(self._decided(request, now))
            self._store.drop_old_payloads(now)

    def is_resting(self, request: PollRequest, now: datetime) -> bool:
        """True while a poll is not to be made, see ``crawlers.health.is_resting``."""
        return is_resting(request, self._store.load_breakers(request.source), now)

    def note(self, result: PollResult, *, new: int, now: datetime) -> None:
        """A poll ended.

        Args:
            result: how.
            new: mentions it brought that were not stored before.
            now: aware UTC.
        """
        with self._store.transaction():
            self._note_robots(result, now)
            payload = self._keep_payload(result, now)
            self._note_look(result, new, now)
            breaker = self._judge(result, now)
            if breaker is None:
                return
            if not breaker.task:
                self._watch_volume(result, breaker, new, now)
                if breaker.is_open:
                    self._plan_probe(breaker, self._template(breaker.source) or result.request, now)
            self._tell(breaker, payload, now)

    # -- the breaker -------------------------------------------------------------------------------------------------

    def _judge(self, result: PollResult, now: datetime) -> Breaker | None:
        """The eye's breaker after the poll, saved with its outage; None where the poll says nothing of it."""
        source, task = result.request.source, task_of_eye(result)
        held = {b.task: b for b in self._store.load_breakers(source)}
        if task and held.get("", Breaker(source=source)).is_open:
            return None  # it was under way when the source was shut
        if task and task not in held and has_seen(result):
            return None  # a breaker for what always worked is not needed
        before = held.get(task)
        breaker, change = judge_breaker(before, result, now=now, speed=self._speed)
        self._store.save_breaker(breaker)
        if change == "went_blind":
            self._store.shut_polls(source, task)
            self._store.begin_outage(self._outage(breaker, now))
        elif change == "recovered":
            for outage in self._failures(breaker):
                self._store.end_outage(outage, now)
        elif breaker.is_open:
            for outage in self._failures(breaker):
                self._store.change_outage(dataclasses.replace(outage, outcome=breaker.outcome, detail=breaker.detail))
        if change is not None:
            self._refresh_cards(self._watching(source), now)
        return breaker

    def _outage(self, breaker: Breaker, now: datetime) -> Outage:
        return Outage(
            source=breaker.source,
            task=breaker.task,
            brands=self._watching(breaker.source) or (breaker.brand,),
            began=breaker.unseen_since or now,
            outcome=breaker.outcome,
            detail=breaker.detail,
        )

    def _failures(self, breaker: Breaker) -> list[Outage]:
        """The eye's outage that lasts, without silences."""
        return [o for o in self._store.open_outages(breaker.source) if o.task == breaker.task and not o.is_silence]

    def _plan_probe(self, breaker: Breaker, template: PollRequest | None, now: datetime) -> None:
        self._store.shut_polls(breaker.source)
        if template is not None:
            self._store.plan_poll(make_probe(template), breaker.next_try_at or now)

    def _template(self, source: str) -> PollRequest | None:
        """A request of the present config; None where it names the source no longer."""
        return next((r for r in self._requests if r.source == source and r.task is Task.SEARCH), None)

    def _watching(self, source: str) -> tuple[str, ...]:
        """Brands that a source is watched for."""
        held = (h.brand for h in self._store.load_sources() if h.source == source)
        return tuple(sorted({*(r.brand for r in self._requests if r.source == source), *held}))

    # -- the record of each brand --------------------------------------------------------------------------------------

    def _note_look(self, result: PollResult, new: int, now: datetime) -> None:
        request = result.request
        if task_of_eye(result):
            before = self._store.load_source(request.source, request.brand)
            if before is not None and new:
                total = before.mentions_total + new
                self._store.save_source(dataclasses.replace(before, mentions_total=total))
        elif request.task is Task.CONTROL:
            passed = "passed" if has_seen(result) else "failed"
            for health in self._of_source(request.source):
                self._store.save_source(dataclasses.replace(health, last_try_at=now, control=passed, control_at=now))
        else:
            before = self._store.load_source(request.source, request.brand)
            self._store.save_source(note_look(before, result, new=new, now=now))

    def _of_source(self, source: str) -> list[SourceHealth]:
        return [h for h in self._store.load_sources() if h.source == source]

    def _mark(self, breaker: Breaker) -> None:
        """Write into every brand's record whether the source is blind for it, and when it is tried again."""
        silent = {b: o.began for o in self._store.open_outages(breaker.source) if o.is_silence for b in o.brands}
        for health in self._of_source(breaker.source):
            blind_since = breaker.unseen_since if breaker.is_open else silent.get(health.brand)
            ended = health.blind_since is not None and blind_since is None and not health.outcome.saw
            self._store.save_source(
                dataclasses.replace(
                    health,
                    outcome=Outcome.ITEMS if ended else health.outcome,
                    detail="" if ended else health.detail,
                    last_good_at=breaker.last_good_at if ended else health.last_good_at,
                    blind_since=blind_since,
                    next_try_at=breaker.next_try_at,
                    told_at=breaker.told_at if blind_since is not None else None,
                )
            )

    # -- suspicious silence --------------------------------------------------------------------------------------------

    def _watch_volume(self, result: PollResult, breaker: Breaker, new: int, now: datetime) -> None:
        """Count what came, and see whether a source that answers is too silent to be believed."""
        source, brand = result.request.source, result.request.brand
        if result.request.task not in _WATCHING or not has_seen(result) or breaker.is_open:
            return
        self._store.count_look(source, brand, new=new, now=now)
        lasting = [o for o in self._store.open_outages(source) if o.is_silence and brand in o.brands]
        health = self._store.load_source(source, brand)
        silence = None
        if not new and health is not None:
            silence = judge_silence(
                self._store.load_hours(source, brand),
                last_new_at=health.last_new_at,
                seen_since=breaker.closed_at,
                now=now,
                zone=self._house.config.zone,
            )
        if silence is None:
            for outage in lasting:
                self._store.end_outage(outage, now)
        elif not lasting:
            detail = f"usually about {silence.expected:.0f} posts in these hours, none came"
            self._store.begin_outage(
                Outage(
                    source=source,
                    brands=(brand,),
                    began=silence.since,
                    outcome=Outcome.SUSPECT,
                    detail=detail,
                    expected=silence.expected,
                )
            )
        if (silence is None) == bool(lasting):
            self._refresh_cards([brand], now)

    # -- telling -------------------------------------------------------------------------------------------------------

    def _tell(self, breaker: Breaker, payload: int | None, now: datetime) -> None:
        """Say once to the operators, not to the crisis group, that an eye is blind or silent, and once that it is well.

        However many brands, queries, kinds of refusal and silences there are between, it is one outage.
        """
        lasting = [o for o in self._store.open_outages(breaker.source) if o.task == breaker.task]
        config = self._house.config
        if lasting and breaker.told_at is None:
            worst = min(lasting, key=lambda o: o.is_silence)
            message = messages.render_source_blind(
                worst, now=now, zone=config.zone, lang=config.language, drill=self._house.drill, payload=payload
            )
        elif not lasting and breaker.told_at is not None:
            recent = self._store.load_outages(since=breaker.told_at, until=now, source=breaker.source)
            over = [o for o in recent if o.task == breaker.task] or [self._outage(breaker, now)]
            message = messages.render_source_back(
                over, now=now, zone=config.zone, lang=config.language, drill=self._house.drill
            )
        else:
            if not breaker.task:
                self._mark(breaker)
            return
        breaker = dataclasses.replace(breaker, told_at=now if lasting else None)
        self._store.save_breaker(breaker)
        if not breaker.task:
            self._mark(breaker)
        if all(t.channel != "console" for t in self._house.targets("operators")):  # the terminal shows it once
            self._say(message.blocks[0].text)
        queue_operations(self._store, self._house, message, now=now)

    def _refresh_cards(self, brands: Iterable[str], now: datetime) -> None:
        for brand in brands:
            self._incidents.refresh_cards(brand, now=now)

    # -- pages and robots ----------------------------------------------------------------------------------------------

    def _keep_payload(self, result: PollResult, now: datetime) -> int | None:
        """Keep a page that could not be read; its number."""
        if result.outcome is not Outcome.CHANGED or not result.payload:
            return None
        return self._store.save_payload(result.request.source, result.payload, detail=result.detail, now=now)

    def _decided(self, request: PollRequest, now: datetime) -> RobotsRecord:
        """What holds for a source's robots.txt by the config, before anything is fetched."""
        info = info_of(request.platform)
        brand = self._house.config.brand(request.brand)
        written = brand.sources.get(str(request.platform)) if brand else None  # type: ignore[call-overload]
        by = "config" if written is not None and "robots" in written.model_fields_set else "default"
        decision = "ignored" if dict(request.options).get("robots") == "ignore" else "obeyed"
        if info is not None and info.needs_browser:
            decision, by = "not asked", "default"
        return RobotsRecord(source=request.source, site="", decision=decision, decided_by=by, at=now, checked_at=now)

    def _note_robots(self, result: PollResult, now: datetime) -> None:
        if not result.robots:
            return
        decided = self._decided(result.request, now)
        for seen in result.robots:
            self._store.note_robots(
                dataclasses.replace(decided, site=seen.site, status=seen.status, text=seen.text, allowed=seen.allowed)
            )


def name_eye(outage: Outage, lang: str) -> str:
    """An eye in people's words."""
    return eye_name(outage.source, outage.task, "zh" if lang == "zh" else "en")
