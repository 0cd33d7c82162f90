"""Which mentions are worth a second opinion, and their way into the queue: in the transaction that stores them, so that none is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from fengsheng.config import SecondOpinionConfig
from fengsheng.wiring import House
from records.mention import Kind, Mention, Platform
from records.opinion import Wanted
from scoring.assessment import Assessment, Risk
from scoring.text import own_words
from storage.opinions import OpinionWish
from storage.sqlite import Store

UNSURE_OF = frozenset({"topicality", "emotion", "level", "category", "target"})
"""Scores that words alone can make surer; how many followers somebody has they do not tell."""


class OpinionQueue:
    """Queues what is worth a second opinion; nothing where none is configured."""

    def __init__(self, *, store: Store, house: House) -> None:
        self._store = store
        self._config = house.config.second_opinion
        self._longest = timedelta(hours=house.rules.longest_hours)

    def queue(
        self, judged: Iterable[tuple[Mention, Assessment]], *, now: datetime, undated: Collection[str] = ()
    ) -> None:
        """Queue those that are wanted; call it inside the transaction that stores them. History is never asked about.

        Args:
            undated: keys of mentions that are history because nobody knows their time.
        """
        if not self._config.on:
            return
        self._store.queue_opinions(
            (
                OpinionWish(
                    mention=mention.key,
                    brand=assessment.brand,
                    wanted=wanted,
                    text_hash=text_hash(mention),
                    weight=assessment.spread * 10 + (100 if wanted is Wanted.HIGH else 0),
                )
                for mention, assessment in judged
                if mention.key not in undated
                and now - self._longest <= mention.happened_at
                and (wanted := select_wanted(mention, assessment, self._config)) is not None
            ),
            now,
        )


def select_wanted(mention: Mention, assessment: Assessment, config: SecondOpinionConfig) -> Wanted | None:
    """Why a mention is to be asked about; None where it is not."""
    if not own_words(mention.full_text).strip() or (is_private(mention) and not config.imports):
        return None
    if assessment.level is Risk.HIGH and "high" in config.about:
        return Wanted.HIGH
    if "uncertain" in config.about and not UNSURE_OF.isdisjoint(assessment.uncertain):
        return Wanted.UNCERTAIN
    return None


def is_private(mention: Mention) -> bool:
    """Said to the house alone (hotline, mail, ticket; W2), not in public."""
    return mention.platform is Platform.IMPORT and mention.kind is Kind.COMPLAINT


def text_hash(mention: Mention) -> str:
    return hashlib.sha256(mention.full_text.encode("utf-8", "replace")).hexdigest()
