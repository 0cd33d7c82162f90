"""Rule sets: the figures of the rulebook as data. ``parse_rules`` reads the YAML form of ``scoring/rules/default.yaml``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from records.errors import Problem
from records.located import line_at, parse_yaml, unknown_keys
from scoring.alert import Dimension, Level
from scoring.assessment import Risk
from scoring.scale import Anchors

FACTORS = ("topicality", "emotion", "reach", "completeness", "scope", "already_spread")
VERIFIED = ("none", "personal", "enterprise", "media", "government", "unknown")
LEVELS = {"yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}
RISKS = {str(r): r for r in (Risk.HIGH, Risk.MEDIUM, Risk.LOW)}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReachRules:
    """S3: log-scale tables (figure, points) and what verification adds."""

    followers: Anchors
    reactions: Anchors
    reads: Anchors
    raises: Mapping[str, float]
    at_least: Mapping[str, float]
    unknown: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpreadRules:
    """S6: weights by factor (sum 1 after division) and the floor for strong anger described clearly."""

    weights: Mapping[str, float]
    floor_emotion: float
    floor_completeness: float
    floor_value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelRules:
    """S9, S12: the rubric's guide."""

    high_topicality: float
    high_reach: tuple[float, float]
    """(topicality, reach)"""
    high_anger: tuple[float, float]
    """(topicality, emotion), with evidence"""
    heavy_topicality: float
    figure_followers: int
    figure_topicality: float
    medium_topicality: float
    medium_emotion: float
    medium_reach: float
    medium_people: int
    grave_topicality: float
    low_topicality: float


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
    spread: SpreadRules
    level: LevelRules
    concentration: tuple[ConcentrationRule, ...]
    surge: SurgeRules
    single: SingleRules
    longest_hours: float
    """Longest detection window; older mentions are history (rulebook D)."""
    text_limit: int
    """Characters of one mention that are read."""


class _Reader:
    """Takes typed values out of the document and notes what is wrong with their places."""

    def __init__(self, document: Any, file: str) -> None:
        self.document, self.file = document, file
        self.problems: list[Problem] = []

    def bad(self, path: Sequence[str | int], what: str) -> None:
        self.problems.append(Problem(file=self.file, line=line_at(self.document, path), what=what))

    def section(self, path: Sequence[str | int], accepted: Sequence[str]) -> Mapping[str, Any]:
        node = self._at(path)
        if not isinstance(node, Mapping):
            self.bad(
                path, f"{_dotted(path) or 'the file'} is missing or no mapping: keys {', '.join(accepted)} are needed"
            )
            return {}
        self.problems.extend(unknown_keys(node, accepted, self.file, _dotted(path) or "the rule set"))
        return node

    def number(self, path: Sequence[str | int], low: float, high: float) -> float:
        value = self._at(path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.bad(path, f"{_dotted(path)} is {value!r}: a number from {low:g} to {high:g} is accepted")
            return low
        return float(value)

    def choice(self, path: Sequence[str | int], accepted: Mapping[str, Any]) -> Any:
        value = self._at(path)
        if value not in accepted:
            self.bad(path, f"{_dotted(path)} is {value!r}: accepted are {', '.join(accepted)}")
            return next(iter(accepted.values()))
        return accepted[value]

    def table(self, path: Sequence[str | int], accepted: Sequence[str], low: float, high: float) -> dict[str, float]:
        return {key: self.number((*path, key), low, high) for key in self.section(path, accepted) if key in accepted}

    def anchors(self, path: Sequence[str | int]) -> Anchors:
        rows = self._at(path)
        pairs: list[tuple[float, float]] = []
        if isinstance(rows, Sequence) and not isinstance(rows, str):
            for row in rows:
                if (
                    isinstance(row, Sequence)
                    and len(row) == 2
                    and all(isinstance(v, int | float) and not isinstance(v, bool) for v in row)
                ):
                    pairs.append((float(row[0]), float(row[1])))
        rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(pairs))
        sound = (
            len(pairs) >= 2
            and len(pairs) == len(rows)
            and rising
            and pairs[0][0] >= 0
            and all(1 <= p[1] <= 10 for p in pairs)
        )
        if not sound:
            self.bad(
                path,
                f"{_dotted(path)} is no table: a list of at least two [figure, points 1-10] pairs, both rising, is accepted",
            )
            return ((0.0, 1.0), (1.0, 1.0))
        return tuple(pairs)

    def _at(self, path: Sequence[str | int]) -> Any:
        node = self.document
        for part in path:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                return None
        return node


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(p) for p in path)


def parse_rules(text: str, file: str) -> tuple[RuleSet | None, list[Problem]]:
    """Read a rule set.

    Returns:
        (rules, problems): rules is None when anything is wrong; every problem names its line and what is accepted.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    read = _Reader(document, file)
    top = read.section((), ("name", "reach", "spread", "level", "concentration", "surge", "single", "windows"))
    name = str(top.get("name") or "rules")
    read.section(("windows",), ("longest_hours", "text_limit"))
    rules = RuleSet(
        name=name,
        version=f"{name}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}",
        reach=_parse_reach(read),
        spread=_parse_spread(read),
        level=_parse_level(read),
        concentration=_parse_concentration(read, top.get("concentration")),
        surge=_parse_surge(read),
        single=_parse_single(read),
        longest_hours=read.number(("windows", "longest_hours"), 1, 24 * 60),
        text_limit=int(read.number(("windows", "text_limit"), 500, 200_000)),
    )
    return (None, read.problems) if read.problems else (rules, [])


def _parse_reach(read: _Reader) -> ReachRules:
    read.section(("reach",), ("followers", "reactions", "reads", "raise", "at_least", "unknown"))
    return ReachRules(
        followers=read.anchors(("reach", "followers")),
        reactions=read.anchors(("reach", "reactions")),
        reads=read.anchors(("reach", "reads")),
        raises=read.table(("reach", "raise"), VERIFIED, 0, 3),
        at_least=read.table(("reach", "at_least"), VERIFIED, 1, 10),
        unknown=read.number(("reach", "unknown"), 1, 10),
    )


def _parse_spread(read: _Reader) -> SpreadRules:
    read.section(("spread",), ("weights", "floor"))
    weights = read.table(("spread", "weights"), FACTORS, 0, 1000)
    total = sum(weights.values())
    if total <= 0:
        read.bad(("spread", "weights"), "spread.weights are all 0 or missing: at least one weight above 0 is needed")
    floor = ("spread", "floor")
    read.section(floor, ("emotion", "completeness", "value"))
    return SpreadRules(
        weights={factor: weights.get(factor, 0.0) / (total or 1) for factor in FACTORS},
        floor_emotion=read.number((*floor, "emotion"), 1, 10),
        floor_completeness=read.number((*floor, "completeness"), 1, 10),
        floor_value=read.number((*floor, "value"), 1, 10),
    )


def _parse_level(read: _Reader) -> LevelRules:
    keys = "high_topicality high_with_reach high_with_anger high_heavy_topicality public_figure medium grave_topicality low_topicality"
    read.section(("level",), keys.split())

    def number(*path: str) -> float:
        return read.number(("level", *path), 1, 10)

    read.section(("level", "high_with_reach"), ("topicality", "reach"))
    read.section(("level", "high_with_anger"), ("topicality", "emotion"))
    read.section(("level", "public_figure"), ("followers", "topicality"))
    read.section(("level", "medium"), ("topicality", "emotion", "reach", "people"))
    return LevelRules(
        high_topicality=number("high_topicality"),
        high_reach=(number("high_with_reach", "topicality"), number("high_with_reach", "reach")),
        high_anger=(number("high_with_anger", "topicality"), number("high_with_anger", "emotion")),
        heavy_topicality=number("high_heavy_topicality"),
        figure_followers=int(read.number(("level", "public_figure", "followers"), 0, 1e9)),
        figure_topicality=number("public_figure", "topicality"),
        medium_topicality=number("medium", "topicality"),
        medium_emotion=number("medium", "emotion"),
        medium_reach=number("medium", "reach"),
        medium_people=int(read.number(("level", "medium", "people"), 1, 1e9)),
        grave_topicality=number("grave_topicality"),
        low_topicality=number("low_topicality"),
    )


def _parse_concentration(read: _Reader, rows: Any) -> tuple[ConcentrationRule, ...]:
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        read.bad(("concentration",), "concentration is missing or no list of rules")
        return ()
    found = []
    for place in range(len(rows)):
        path: tuple[str | int, ...] = ("concentration", place)
        node = read.section(path, ("rule", "dimensions", "more_than", "hours", "counts", "level", "risk"))
        raw = node.get("dimensions")
        dimensions = [str(d) for d in raw] if isinstance(raw, Sequence) and not isinstance(raw, str) else []
        wrong = [d for d in dimensions if d not in tuple(Dimension)]
        if wrong or not dimensions:
            read.bad((*path, "dimensions"), f"dimensions is {raw!r}: a list of {', '.join(Dimension)} is accepted")
            dimensions = []
        found.append(
            ConcentrationRule(
                rule=str(node.get("rule") or "D1"),
                dimensions=tuple(Dimension(d) for d in dimensions),
                more_than=read.number((*path, "more_than"), 0, 1e9),
                hours=read.number((*path, "hours"), 0.01, 24 * 60),
                counts=read.choice((*path, "counts"), {"voices": "voices", "raw": "raw"}),
                level=read.choice((*path, "level"), LEVELS),
                risk=read.choice((*path, "risk"), RISKS),
            )
        )
    return tuple(found)


def _parse_surge(read: _Reader) -> SurgeRules:
    read.section(("surge",), ("rise", "smallest", "certainty", "hours", "level", "risk"))
    return SurgeRules(
        rise=read.number(("surge", "rise"), 0.01, 100),
        smallest=int(read.number(("surge", "smallest"), 1, 1e6)),
        certainty=read.number(("surge", "certainty"), 0.5, 0.9999999),
        hours=read.number(("surge", "hours"), 0.01, 168),
        level=read.choice(("surge", "level"), LEVELS),
        risk=read.choice(("surge", "risk"), RISKS),
    )


def _parse_single(read: _Reader) -> SingleRules:
    read.section(("single",), ("high", "name", "name_reach", "audience", "word", "angry", "angry_emotion"))
    level: Callable[[str], Level] = lambda key: read.choice(("single", key), LEVELS)  # noqa: E731
    return SingleRules(
        high=level("high"),
        name=level("name"),
        name_reach=read.number(("single", "name_reach"), 1, 10),
        audience=int(read.number(("single", "audience"), 1, 1e10)),
        word=level("word"),
        angry=level("angry"),
        angry_emotion=read.number(("single", "angry_emotion"), 1, 10),
    )
