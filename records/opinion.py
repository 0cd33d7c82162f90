"""A second opinion (第二意见): what a language model said of one mention, beside the offline scores, which it never changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

LEVELS = ("none", "low", "medium", "high")
"""Risk levels (S12), the lightest first."""
SUBJECTS = ("topicality", "emotion", "level", "category", "target")
"""What a quote may stand for."""


class OpinionState(StrEnum):
    WAITING = "waiting"
    ASKING = "asking"
    ANSWERED = "answered"
    DROPPED = "dropped"
    """It answered, and the answer cannot be used."""
    GIVEN_UP = "given_up"
    """No answer after several tries, or no room in the budget for too long."""


class Wanted(StrEnum):
    """Why a mention is asked about."""

    HIGH = "high"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Words of the mention that an opinion rests on."""

    score: str
    """One of ``SUBJECTS``."""
    quote: str
    """As it was sent, with personal data masked."""
    at: tuple[int, int] | None = None
    """Start and end in ``Mention.full_text`` (characters)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """An answer that passed every check."""

    topicality: float
    """1.0–10.0."""
    emotion: float
    """1.0–10.0."""
    level: str
    """One of ``LEVELS``, judged by the words alone: the model sees neither the author nor any figures."""
    category: str
    """First level of the category (S7)."""
    target: str
    """brand, other or none."""
    quotes: tuple[Quote, ...] = ()
    reason: str = ""
    model: str = ""
    """The model that answered, as the endpoint names it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the text itself holds that tells how far an opinion on it may be trusted."""

    safety: tuple[str, ...] = ()
    """Words on health and safety."""
    orders: tuple[str, ...] = ()
    """Words that speak to a machine instead of to readers ("忽略以上指令")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondOpinion:
    """One mention's place in the queue and what came of it."""

    mention: str
    brand: str
    wanted: Wanted
    state: OpinionState
    queued_at: datetime
    next_at: datetime
    """Not asked before."""
    tries: int = 0
    answered_at: datetime | None = None
    """When it was answered, dropped or given up."""
    opinion: Opinion | None = None
    """Only where ``state`` is answered."""
    signs: Signs = Signs()
    fault: str = ""
    """Why it was dropped or given up, or what went wrong at the last try; a short key, "" where nothing did."""
    detail: str = ""


class Judged(NamedTuple):
    """An answered opinion beside the level that the offline rules give."""

    second: SecondOpinion
    offline: str
    """One of ``LEVELS``."""

    @property
    def differs(self) -> bool:
        return self.second.opinion is not None and self.second.opinion.level != self.offline

    @property
    def higher(self) -> bool:
        return self.second.opinion is not None and rank(self.second.opinion.level) > rank(self.offline)

    @property
    def suspicious(self) -> bool:
        return self.second.opinion is not None and is_suspicious(
            self.second.opinion.level, self.offline, self.second.signs
        )


def rank(level: str) -> int:
    return LEVELS.index(level)


def is_suspicious(said: str, offline: str, signs: Signs) -> bool:
    """Two levels under the offline one although the text speaks of safety, or another level on a text that gives orders to
    machines: the post may have talked the model round."""
    under = rank(offline) - rank(said)
    return (under >= 2 and bool(signs.safety)) or (under != 0 and bool(signs.orders))
