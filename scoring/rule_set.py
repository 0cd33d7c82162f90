"""What a rule set holds (rulebook S, D, L), as values. ``scoring.rules`` reads it from its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.alert import Dimension, Level
from scoring.assessment import Risk
from scoring.conditions import Conditions
from scoring.scale import Anchors


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Accounts known by name: any of the words in the display name, and the reach they have at least."""

    words: tuple[str, ...]
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ReachRules:
    """S3: log-scale tables (figure, points) and what verification adds."""

    followers: Anchors
    reactions: Anchors
    reads: Anchors
    raises: Mapping[str, float]
    room: float
    """With fewer points than this left to 10 a raise is less in proportion."""
    at_least: Mapping[str, float]
    press: float
    authorities: Names
    national_media: Names
    quiet_followers: int
    quiet: float
    """The most for an account with fewer followers than ``quiet_followers`` whose post has no reaction."""
    unknown: float
    hot_search: float
    first_hours: float
    """A post younger than this is expected to go on at its pace until then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeRules:
    """S4: what a text claims, as tables to points."""

    people: Anchors
    firms: Anchors
    regions: Anchors


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeedRules:
    """S5: figures an hour → points."""

    reactions: Anchors
    reads: Anchors


@dataclass(frozen=True, kw_only=True, slots=True)
class SpreadRules:
    """S6: weights by factor (sum 1 after division) and the floor for strong anger described clearly."""

    weights: Mapping[str, float]
    percent: Mapping[str, str]
    """The weights as they are shown, e.g. 30%."""
    floor_emotion: float
    floor_completeness: float
    floor_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelRules:
    """S9, S12: the rubric's guide."""

    method: str
    """One of LEVEL_METHODS."""
    low_topicality: float
    """From here a mention is a complaint; below the level is none, whatever the method."""
    others_topicality: float
    """From here a matter that others are to blame for is judged as well: it touches the brand."""
    figure_followers: int
    high: Conditions
    medium: Conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell of the matrix nature × impact (S8)."""

    level: Risk
    when: Conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleFactorRules:
    """S9: factor scores, each times its weight, are added; the sum gives the level."""

    factors: Mapping[str, float]
    high: float
    medium: float
    always_high: Conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class ImpactProbabilityRules:
    """S9: impact 1–5 × probability low, medium, high."""

    impact: Mapping[int, Conditions]
    probability: Mapping[str, Conditions]
    levels: Mapping[int, tuple[Risk, Risk, Risk]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConcentrationRule:
    """D1, D2: an alarm where the count in the window is above ``more_than``."""

    rule: str
    dimensions: tuple[Dimension, ...]
    more_than: float
    hours: float
    counts: str
    """voices (independent) or raw."""
    level: Level
    risk: Risk


@dataclass(frozen=True, kw_only=True, slots=True)
class SurgeRules:
    """D3."""

    rise: float
    """Share above the baseline from which a surge counts, 0.3 = 30 %."""
    smallest: int
    """Complaints below which nothing alarms."""
    certainty: float
    """How improbable under the baseline it must be (1 - tail probability)."""
    hours: float
    level: Level
    risk: Risk


@dataclass(frozen=True, kw_only=True, slots=True)
class SingleRules:
    """D6 and L for one mention."""

    high: Level
    name: Level
    name_reach: float
    audience: int
    word: Level
    angry: Level
    angry_emotion: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    name: str
    version: str
    """name + short sha256 of the text, e.g. default-1a2b3c4d."""
    reach: ReachRules
    scope: ScopeRules
    speed: SpeedRules
    spread: SpreadRules
    level: LevelRules
    matrix: Mapping[str, Mapping[str, Cell]]
    """nature → impact → cell."""
    single_factor: SingleFactorRules
    impact_probability: ImpactProbabilityRules
    concentration: tuple[ConcentrationRule, ...]
    surge: SurgeRules
    single: SingleRules
    longest_hours: float
    """Longest detection window; older mentions are history (rulebook D)."""
    text_limit: int
    """Characters of one mention that are read."""
