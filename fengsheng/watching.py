"""Known posts are looked at again: rising ones for their figures (W4), those of open incidents for the comments under them
(W5), and all of them for whether they still stand."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crawlers.catalogue import CATALOGUE
from crawlers.growth import FASTEST, measure_growth, next_comments, next_look
from fengsheng.config import Config
from records.event import Event
from records.mention import Kind, Platform
from records.outcome import PollRequest, PollResult, Target, Task
from storage.sqlite import Store
from storage.watched import Sighted, Watched

TOGETHER = 5
"""Posts that one poll looks at where the platform shows one at a time."""
FOLLOWED = 10
"""Posts of one incident whose comments are followed: those with the most comments."""
PLANNED_FOR = timedelta(minutes=30)
"""A look that was planned and never came back is planned again after this."""
LOOK_FOR_INCIDENTS = timedelta(seconds=60)
"""How often the open incidents are asked for posts to follow."""
SECOND_SIGHT = timedelta(hours=1)
"""A post that is gone is looked at once more after this: some come back."""

Templates = Mapping[tuple[str, Platform], PollRequest]
"""(brand, platform) → a request of that source, with its address and options."""


def templates_of(requests: Sequence[PollRequest]) -> Templates:
    """One request of each brand and platform, to make others from."""
    found: dict[tuple[str, Platform], PollRequest] = {}
    for request in requests:
        found.setdefault((request.brand, request.platform), request)
    return found


class Watching:
    """What is looked at again, kept in the database; one store (one thread)."""

    def __init__(self, *, store: Store, config: Config, templates: Templates) -> None:
        self._store = store
        self._config = config
        self._templates = templates
        self._asked_incidents: datetime | None = None

    # -- what is due -----------------------------------------------------------------------------------------------

    def plan(self, now: datetime) -> list[PollRequest]:
        """The looks that are due as poll requests, the fastest growing first. Planning puts them off, so that the next
        call does not plan them again while they run."""
        if self._asked_incidents is None or now - self._asked_incidents >= LOOK_FOR_INCIDENTS:
            self._asked_incidents = now
            self._follow_incidents(now)
            self._follow_own(now)
        groups: dict[tuple[str, Platform, Task], list[Watched]] = defaultdict(list)
        for watched in self._store.due_watched(now):
            groups[watched.brand, watched.target.platform, watched.task].append(watched)
        requests = []
        for (brand, platform, task), group in groups.items():
            template = self._templates.get((brand, platform))
            if template is None or task not in CATALOGUE[platform].tasks:
                self._store.drop_watched([w.target.key for w in group], brand, task)
                continue
            size = max(CATALOGUE[platform].batch, TOGETHER) if task is Task.FIGURES else 1
            part = group[:size]
            requests.append(
                dataclasses.replace(
                    template, task=task, query="", targets=tuple(w.target for w in part), cursor=None, deep=False
                )
            )
            self._store.postpone_watched(part, now + PLANNED_FOR)
        return requests

    def _follow_incidents(self, now: datetime) -> None:
        """The most discussed posts of open incidents are followed; those of closed ones no longer."""
        for brand in self._config.brands:
            able = [p for b, p in self._templates if b == brand.name and Task.COMMENTS in CATALOGUE[p].tasks]
            wanted = dict(self._store.incident_targets(brand.name, able, FOLLOWED)) if able else {}
            own = {t.key for t in self._own_posts(brand.name)}
            self._store.drop_comments_but(brand.name, [*(t.key for t in wanted), *own])
            self._begin(brand.name, Task.COMMENTS, wanted, now)

    def _follow_own(self, now: datetime) -> None:
        """Posts that the config names (the brand's own, W1): comments under them need not name the brand."""
        for brand in self._config.brands:
            own = dict.fromkeys(self._own_posts(brand.name), now)
            if own:
                self._begin(brand.name, Task.COMMENTS, own, now)

    def _own_posts(self, brand: str) -> list[Target]:
        chosen = self._config.brand(brand)
        found = []
        for name, source in (chosen.sources if chosen else {}).items():
            platform = Platform(name)
            if Task.COMMENTS not in CATALOGUE[platform].tasks:
                continue
            for told in source.posts if source else ():
                found.append(own_target(platform, told))
        return found

    def _begin(self, brand: str, task: Task, targets: Mapping[Target, datetime], now: datetime) -> None:
        held = self._store.load_watched([t.key for t in targets], brand, task)
        self._store.save_watched(
            Watched(target=t, brand=brand, task=task, next_at=now, every=None, published_at=at)
            for t, at in targets.items()
            if t.key not in held
        )

    # -- what a poll brought ---------------------------------------------------------------------------------------

    def note(self, result: PollResult, new: int, now: datetime) -> None:
        """Take in how a poll went: when its posts are looked at next, and which of them are gone.

        Args:
            result: any poll of a source.
            new: mentions it brought that were not stored.
            now: aware UTC.
        """
        request = result.request
        if request.task is Task.COMMENTS:
            self._note_comments(result, new, now)
            return
        if request.task is Task.CONTROL or Task.FIGURES not in CATALOGUE[request.platform].tasks:
            return
        if request.task is Task.FIGURES:
            self._note_standing(result, now)
        elif result.gone:  # a stream tells deletions as they happen
            self._tell_log("mention_gone", self._store.mark_gone([t.key for t in result.gone], now), now)
        sighted = self._store.sighted_complaints(result.mentions, request.brand)
        # a search may show for hours what is deleted: only a look at the post itself says that it is back
        looked = request.task is Task.FIGURES
        self._note_figures([s for s in sighted if not s.gone], request.brand, now, looked=looked)

    def _note_figures(self, sighted: Sequence[Sighted], brand: str, now: datetime, *, looked: bool) -> None:
        """A search brings figures as good as a look: each sight sets the next one."""
        held = self._store.load_watched([s.target.key for s in sighted], brand, Task.FIGURES)
        kept, over = [], []
        for sight in sighted:
            before = held.get(sight.target.key)
            growth = measure_growth(sight.history)
            wait = next_look(
                growth, every=before.every if before else None, age=now - sight.published_at, looked=looked
            )
            if wait is None:
                over.append(sight.target.key)
                continue
            kept.append(
                Watched(
                    target=sight.target,
                    brand=brand,
                    task=Task.FIGURES,
                    next_at=now + timedelta(seconds=wait),
                    every=wait,
                    growth=growth.per_hour,
                    published_at=sight.published_at,
                )
            )
        self._store.save_watched(kept)
        self._store.drop_watched(over, brand, Task.FIGURES)

    def _note_standing(self, result: PollResult, now: datetime) -> None:
        """Posts that are gone are noted with the text that stood there, and looked at once more; those that did not come
        (a block) are put off."""
        request, brand = result.request, result.request.brand
        gone = {t.key for t in result.gone}
        back = self._store.mark_back(result.mentions)
        fresh = self._store.mark_gone(gone, now)
        self._tell_log("mention_gone", fresh, now)
        self._tell_log("mention_back", back, now)
        seen = set(self._store.masked_keys(result.mentions))
        held = self._store.load_watched([t.key for t in request.targets], brand, Task.FIGURES)
        again = [
            dataclasses.replace(
                w,
                next_at=now + (SECOND_SIGHT if key in gone else timedelta(seconds=w.every or FASTEST)),
            )
            for key, w in held.items()
            if key not in seen and (key not in gone or key in fresh)
        ]
        self._store.save_watched(again)
        self._store.drop_watched(gone - set(fresh), brand, Task.FIGURES)

    def _tell_log(self, kind: str, keys: Sequence[str], now: datetime) -> None:
        """Evidence that comes or goes is a line of the log (G2)."""
        if keys:
            self._store.append_events([Event(incident=None, kind=kind, at=now, data={"mentions": list(keys)})])

    def _note_comments(self, result: PollResult, new: int, now: datetime) -> None:
        request, brand = result.request, result.request.brand
        self._tell_log("mention_gone", self._store.mark_gone([t.key for t in result.gone], now), now)
        self._store.drop_watched([t.key for t in result.gone], brand, Task.COMMENTS)
        held = self._store.load_watched([t.key for t in request.targets], brand, Task.COMMENTS)
        kept, over = [], []
        for key, watched in held.items():
            wait = next_comments(new, every=watched.every, age=now - watched.published_at)
            if not result.outcome.saw:
                wait = watched.every or FASTEST
            if wait is None:
                over.append(key)
            else:
                kept.append(dataclasses.replace(watched, next_at=now + timedelta(seconds=wait), every=wait))
        self._store.save_watched(kept)
        self._store.drop_watched(over, brand, Task.COMMENTS)


def own_target(platform: Platform, told: str) -> Target:
    """A post as the config names it: its address, or the platform's id."""
    if told.startswith(("http://", "https://")):
        ident = told.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2]
        return Target(platform=platform, kind=_kind(platform), id=ident, url=told)
    return Target(platform=platform, kind=_kind(platform), id=told, url=None)


def _kind(platform: Platform) -> Kind:
    videos = (Platform.DOUYIN, Platform.KUAISHOU, Platform.BILIBILI, Platform.YOUTUBE)
    return Kind.VIDEO if platform in videos else Kind.POST


def implies_brand(result: PollResult) -> bool:
    """Comments under a post about the brand need not name it (W1)."""
    return result.request.task is Task.COMMENTS
