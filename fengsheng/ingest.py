"""The way of a mention: score, store, count, detect, attach — the last four in ONE transaction (design 2).

A process may be killed at any instruction: either a mention with its assessment, counters, incident events and outbox
rows is all there, or nothing of it is, and the next poll brings it again.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fengsheng.detection import Detection
from fengsheng.incidents import Incidents
from fengsheng.opinion_queue import OpinionQueue
from records.mention import Engagement, Kind, Mention, TimePrecision, replace
from scoring.alert import Alert, Dimension
from scoring.assessment import Assessment, BrandTerms, ScoreInput
from scoring.detectors.matter import matter_of
from scoring.detectors.single import detect_single
from scoring.scorer import Scorer
from storage.results import Fact
from storage.sqlite import Store

COMMENTS = (Kind.COMMENT, Kind.REPLY)
Judged = tuple[Mention, Assessment]
History = tuple[tuple[datetime, Engagement], ...]
_PRECISE = (TimePrecision.EXACT, TimePrecision.MINUTE)
"""A post whose time is only known to the hour or day has no speed since it appeared."""
BATCH = 200
"""Mentions a transaction holds at most: the write lock is never kept long."""


@dataclass(kw_only=True)
class Ingested:
    """What became of the mentions handed in."""

    new: int = 0
    updated: int = 0
    known: int = 0
    complaints: int = 0
    """Mentions that became complaints now: new ones, and known ones whose text changed or was seen whole."""
    new_complaints: int = 0
    """Those of them that are new."""
    alerts: list[Alert] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)

    def add(self, other: Ingested) -> None:
        self.new += other.new
        self.updated += other.updated
        self.known += other.known
        self.complaints += other.complaints
        self.new_complaints += other.new_complaints
        self.alerts += other.alerts
        self.incidents += [i for i in other.incidents if i not in self.incidents]


def score_input(
    mention: Mention, terms: BrandTerms | None = None, *, implied: bool = False, history: History = ()
) -> ScoreInput:
    """What the scorer reads of a mention; ``implied``: it stands under a post about the brand and need not name it.

    Args:
        history: its figures as they were seen before, for the speed of its spreading (S5).
    """
    return ScoreInput(
        id=mention.key,
        brand=mention.brand or "",
        brand_aliases=terms.aliases if terms else (),
        text=mention.full_text,
        platform=str(mention.platform),
        author_name=mention.author.name,
        followers=mention.author.followers,
        verified=str(mention.author.verified),
        reads=mention.metrics.reads,
        likes=mention.metrics.likes,
        comments=mention.metrics.comments,
        reposts=mention.metrics.reposts,
        saves=mention.metrics.saves,
        published_at=mention.published_at,
        seen_at=mention.collected_at if history or mention.time_precision in _PRECISE else None,
        history=history,
        media=frozenset(str(m) for m in mention.media),
        region=mention.region,
        kind=str(mention.kind),
        brand_implied=implied,
    )


class Ingest:
    """One way for polls, imports and the drill."""

    def __init__(
        self, *, store: Store, scorer: Scorer, detection: Detection, incidents: Incidents, opinions: OpinionQueue
    ) -> None:
        self._store = store
        self._scorer = scorer
        self._detection = detection
        self._incidents = incidents
        self._opinions = opinions

    def ingest(
        self, mentions: Iterable[Mention], *, now: datetime, undated_is_history: bool = False, implied: bool = False
    ) -> Ingested:
        """Score and store mentions, detect, attach to incidents and queue what must be said.

        Args:
            mentions: each with ``brand`` set; a mention of two brands is handed in once for each.
            now: aware UTC; posts older than the rules' longest window are history and never alert a live chat (D).
            undated_is_history: mentions without a published time (of an import) are history too: nobody knows when they
                were, so no window counts them.
            implied: comments under posts about the brand (W5): they need not name it, and join the incident of their post.
        """
        total = Ingested()
        batch: list[Mention] = []
        for mention in mentions:
            batch.append(mention)
            if len(batch) >= BATCH:
                total.add(self._one_batch(batch, now, undated_is_history, implied))
                batch = []
        if batch:
            total.add(self._one_batch(batch, now, undated_is_history, implied))
        return total

    def _one_batch(
        self, mentions: Sequence[Mention], now: datetime, undated_is_history: bool, implied: bool
    ) -> Ingested:
        result = Ingested()
        fresh = self._fresh(mentions, result)
        if not fresh:
            return result
        looks = self._store.load_histories([m.key for m in fresh])
        assessments = self._scorer.score(
            [score_input(m, implied=implied and m.kind in COMMENTS, history=looks.get(m.key, ())) for m in fresh]
        )
        pairs = list(zip(fresh, assessments, strict=True))
        with self._store.transaction():
            states = [saved.state for saved in self._store.save_mentions(pairs, now=now)]
            result.new += states.count("new")
            result.updated += states.count("updated")
            result.known += states.count("known")
            judged = [(p, s) for p, s in zip(pairs, states, strict=True) if s != "known" and p[1].complaint]
            history = {p[0].key for p, _ in judged if undated_is_history and p[0].published_at is None}
            counted = self._count([p for p, _ in judged if p[0].key not in history])
            complaints: list[Judged] = []
            grown: list[Judged] = []
            for pair, state in judged:
                # An edit, or a long text seen later, may make a complaint of what was none.
                fresh_complaint = _series(pair) in counted or (state == "new" and pair[0].key in history)
                (complaints if fresh_complaint else grown).append(pair)
            result.complaints = len(complaints)
            result.new_complaints = sum(s == "new" for _, s in judged)
            self._detect(complaints, grown, history, now, result)
            changed = [p for p, s in zip(pairs, states, strict=True) if s != "known"]
            self._opinions.queue(changed, now=now, undated=history)
        return result

    def _fresh(self, mentions: Sequence[Mention], result: Ingested) -> list[Mention]:
        """Leave out what is stored with the same words and figures: scoring it again would say the same."""
        by_brand: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            by_brand[mention.brand or ""].append(mention)
        fresh: list[Mention] = []
        for brand, group in by_brand.items():
            found = self._store.changed_mentions(group, brand)
            result.known += len(group) - len(found)
            fresh += [replace(m, brand=brand) for m in found]
        return fresh

    def _count(self, complaints: Sequence[Judged]) -> set[tuple[str, str]]:
        """Add complaints to the counters; (key, brand) of those that were not counted before."""
        facts: dict[str, list[Fact]] = defaultdict(list)
        for mention, assessment in complaints:
            facts[assessment.brand].append(
                Fact(
                    key=mention.key,
                    brand=assessment.brand,
                    minute=mention.happened_at,
                    voice=self._voice(mention),
                    dims=tuple(dimensions_of(mention, assessment)),
                )
            )
        return {(key, brand) for brand, group in facts.items() for key in self._store.add_complaints(group)}

    def _voice(self, mention: Mention) -> str:
        """The independent voice behind a mention (D5): its author, unless the words copy another's."""
        own = self._store.author_hash(str(mention.platform), mention.author) or mention.key
        copy = copy_mark(mention.full_text)
        return self._store.claim_voice(mention.brand or "", copy, own) if copy else own

    def _detect(
        self,
        complaints: Sequence[Judged],
        grown: Sequence[Judged],
        history: Collection[str],
        now: datetime,
        result: Ingested,
    ) -> None:
        """Alerts of single mentions and of counts, the gravest first, then every complaint to the incident it belongs to.

        Args:
            complaints: not counted as complaints before.
            grown: complaints seen again with other words or figures.
            history: keys of mentions of unknown time that no window counts.
        """
        rules = self._scorer.rules
        alerts: list[Alert] = []
        customers = self._store.link_customers([m for m, _ in (*complaints, *grown)])
        for mention, assessment in (*complaints, *grown):
            single = detect_single(
                assessment,
                score_input(mention),
                rules,
                self._scorer.words,
                key=mention.key,
                at=mention.happened_at,
                customer=customers.get(mention.key),
            )
            # A grave mention says more than the sensitive word in it: one mention, one voice.
            alerts += [a for a in single if a.rule != "L" or single[0].rule == "L"]
        alerts += self._detection.detect([p for p in complaints if p[0].key not in history])
        # What one grave post says is more precise than what a count says of all: it names the incident, the wave joins it.
        alerts.sort(key=lambda a: (-a.level, -a.risk.rank, a.count is not None, a.at))
        touched: list[str] = []
        for alert in alerts:
            undated = alert.count is None and any(key in history for key in alert.mentions)
            incident = self._incidents.raise_alert(alert, now=now, undated=undated)
            if incident is not None:
                result.alerts.append(alert)
                touched.append(incident)
        under = {m.key: m.root_id for m, _ in complaints if m.root_id and m.kind in COMMENTS}
        touched += self._incidents.attach(complaints, now=now, undated=history, under=under)
        result.incidents += [i for i in dict.fromkeys(touched) if i not in result.incidents]


def _series(pair: Judged) -> tuple[str, str]:
    return pair[0].key, pair[1].brand


def dimensions_of(mention: Mention, assessment: Assessment) -> list[tuple[str, str]]:
    """What a complaint is counted by: all, and each of product, category, problem, region and word groups it has."""
    matter = matter_of(assessment)
    dims: list[tuple[str, str]] = [(Dimension.ALL, "")]
    if matter.product:
        dims.append((Dimension.PRODUCT, matter.product))
    if matter.category:
        dims.append((Dimension.CATEGORY, str(matter.category)))
    if matter.problem:
        dims.append((Dimension.PROBLEM, matter.problem))
    if mention.region:
        dims.append((Dimension.REGION, mention.region))
    dims += [(Dimension.WORD_GROUP, group) for group in assessment.word_groups]
    return [(str(d), v) for d, v in dims]


def copy_mark(text: str) -> str | None:
    """SHA-256 of the words without spaces, marks, mentions and case; None for texts too short to be a copy of anything."""
    plain = re.sub(r"@\S+|https?://\S+", "", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(c for c in plain if c.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:32] if len(plain) >= 12 else None
