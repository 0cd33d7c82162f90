"""Rule sets: the figures of the rulebook as data. ``parse_rules`` reads the YAML form of ``scoring/rules/default.yaml``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from records.errors import Problem
from records.located import line_at, parse_yaml
from scoring.alert import Dimension, Level
from scoring.assessment import Risk
from scoring.conditions import parse_conditions
from scoring.rule_set import (
    Cell,
    ConcentrationRule,
    ImpactProbabilityRules,
    LevelRules,
    Names,
    ReachRules,
    RuleSet,
    ScopeRules,
    SingleFactorRules,
    SingleRules,
    SpeedRules,
    SpreadRules,
    SurgeRules,
)
from scoring.rules_reader import Path, RuleReader

__all__ = [
    "LEVEL_METHODS",
    "Cell",
    "ConcentrationRule",
    "ImpactProbabilityRules",
    "LevelRules",
    "Names",
    "ReachRules",
    "RuleSet",
    "ScopeRules",
    "SingleFactorRules",
    "SingleRules",
    "SpeedRules",
    "SpreadRules",
    "SurgeRules",
    "parse_rules",
]

FACTORS = ("topicality", "emotion", "reach", "completeness", "scope", "already_spread")
VERIFIED = ("none", "personal", "enterprise", "media", "government", "unknown")
LEVELS = {"yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}
RISKS = {str(r): r for r in (Risk.HIGH, Risk.MEDIUM, Risk.LOW)}
NATURES = ("business", "financial", "reputation", "compliance")
IMPACTS = ("high", "medium", "low")
LEVEL_METHODS = ("guide", "single_factor", "matrix", "impact_probability")
SHIPPED = ("default",)
"""Rule sets that another may extend."""
_SECTIONS = (
    "name", "extends", "reach", "scope", "speed", "spread", "level_method", "level", "matrix", "single_factor",
    "impact_probability", "concentration", "surge", "single", "windows",
)  # fmt: skip


def parse_rules(text: str, file: str) -> tuple[RuleSet | None, list[Problem]]:
    """Read a rule set.

    Returns:
        (rules, problems): rules is None when anything is wrong; every problem names its line and what is accepted.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    base_text, base = "", None
    if isinstance(document, Mapping) and document.get("extends") is not None:
        if document["extends"] not in SHIPPED:
            what = f'extends is "{document["extends"]}": accepted are {", ".join(SHIPPED)}'
            return None, [Problem(file=file, line=line_at(document, ("extends",)), what=what)]
        base_text = _shipped(str(document["extends"]))
        base, _ = parse_yaml(base_text, file)
    read = RuleReader(document, file, base)
    read.section((), _SECTIONS)
    name = str(read.get(("name",)) or "rules")
    digest = hashlib.sha256((text + base_text).encode("utf-8", "replace")).hexdigest()
    read.section(("windows",), ("longest_hours", "text_limit"))
    rules = RuleSet(
        name=name,
        version=f"{name}-{digest[:8]}",
        reach=_parse_reach(read),
        scope=_parse_scope(read),
        speed=_parse_speed(read),
        spread=_parse_spread(read),
        level=_parse_level(read),
        matrix=_parse_matrix(read),
        single_factor=_parse_single_factor(read),
        impact_probability=_parse_impact_probability(read),
        concentration=_parse_concentration(read),
        surge=_parse_surge(read),
        single=_parse_single(read),
        longest_hours=read.number(("windows", "longest_hours"), 1, 24 * 60),
        text_limit=int(read.number(("windows", "text_limit"), 500, 200_000)),
    )
    return (None, read.problems) if read.problems else (rules, [])


def _shipped(name: str) -> str:
    from scoring.shipped import shipped_text

    return shipped_text("rules", f"{name}.yaml")


def _parse_reach(read: RuleReader) -> ReachRules:
    keys = "followers reactions reads raise room at_least press authorities national_media quiet unknown hot_search first_hours"
    read.section(("reach",), keys.split())
    read.section(("reach", "quiet"), ("followers", "value"))
    return ReachRules(
        followers=read.anchors(("reach", "followers")),
        reactions=read.anchors(("reach", "reactions")),
        reads=read.anchors(("reach", "reads")),
        raises=read.table(("reach", "raise"), VERIFIED, 0, 3),
        room=read.number(("reach", "room"), 3, 9),
        at_least=read.table(("reach", "at_least"), VERIFIED, 1, 10),
        press=read.number(("reach", "press"), 1, 10),
        authorities=_parse_names(read, ("reach", "authorities")),
        national_media=_parse_names(read, ("reach", "national_media")),
        quiet_followers=int(read.number(("reach", "quiet", "followers"), 0, 1e9)),
        quiet=read.number(("reach", "quiet", "value"), 1, 10),
        unknown=read.number(("reach", "unknown"), 1, 10),
        hot_search=read.number(("reach", "hot_search"), 1, 10),
        first_hours=read.number(("reach", "first_hours"), 0, 168),
    )


def _parse_names(read: RuleReader, path: Path) -> Names:
    read.section(path, ("value", "names"))
    words = tuple(w.casefold() for w in read.texts((*path, "names")) if w.strip())
    return Names(words=words, value=read.number((*path, "value"), 1, 10))


def _parse_scope(read: RuleReader) -> ScopeRules:
    read.section(("scope",), ("people", "firms", "regions"))
    return ScopeRules(
        people=read.anchors(("scope", "people")),
        firms=read.anchors(("scope", "firms")),
        regions=read.anchors(("scope", "regions")),
    )


def _parse_speed(read: RuleReader) -> SpeedRules:
    read.section(("speed",), ("reactions", "reads"))
    return SpeedRules(reactions=read.anchors(("speed", "reactions")), reads=read.anchors(("speed", "reads")))


def _parse_spread(read: RuleReader) -> SpreadRules:
    read.section(("spread",), ("weights", "floor"))
    weights = read.table(("spread", "weights"), FACTORS, 0, 1000)
    total = sum(weights.values())
    if total <= 0:
        read.bad(("spread", "weights"), "spread.weights are all 0 or missing: at least one weight above 0 is needed")
    floor = ("spread", "floor")
    read.section(floor, ("emotion", "completeness", "value"))
    shares = {factor: weights.get(factor, 0.0) / (total or 1) for factor in FACTORS}
    return SpreadRules(
        weights=shares,
        percent={factor: f"{share:.0%}" for factor, share in shares.items()},
        floor_emotion=read.number((*floor, "emotion"), 1, 10),
        floor_completeness=read.number((*floor, "completeness"), 1, 10),
        floor_value=read.number((*floor, "value"), 1, 10),
    )


def _parse_level(read: RuleReader) -> LevelRules:
    read.section(("level",), ("low_topicality", "others_topicality", "public_figure", "high", "medium"))
    read.section(("level", "public_figure"), ("followers",))
    return LevelRules(
        method=read.choice(("level_method",), {m: m for m in LEVEL_METHODS}),
        low_topicality=read.number(("level", "low_topicality"), 1, 10),
        others_topicality=read.number(("level", "others_topicality"), 1, 10),
        figure_followers=int(read.number(("level", "public_figure", "followers"), 0, 1e9)),
        high=parse_conditions(read, ("level", "high")),
        medium=parse_conditions(read, ("level", "medium")),
    )


def _parse_matrix(read: RuleReader) -> dict[str, dict[str, Cell]]:
    read.section(("matrix",), NATURES)
    found: dict[str, dict[str, Cell]] = {}
    for nature in NATURES:
        read.section(("matrix", nature), IMPACTS)
        found[nature] = {impact: _parse_cell(read, ("matrix", nature, impact)) for impact in IMPACTS}
    return found


def _parse_cell(read: RuleReader, path: Path) -> Cell:
    keys = read.section(path, ("level", "when"))
    if path[-1] == "low" and "when" in keys:
        read.bad((*path, "when"), "low is what no other cell holds: it has no conditions")
    when = parse_conditions(read, (*path, "when")) if path[-1] != "low" else ()
    return Cell(level=read.choice((*path, "level"), RISKS), when=when)


def _parse_single_factor(read: RuleReader) -> SingleFactorRules:
    at: Path = ("single_factor",)
    read.section(at, ("factors", "high", "medium", "always_high"))
    rules = SingleFactorRules(
        factors=read.table((*at, "factors"), (*FACTORS, "spread"), 0, 100),
        high=read.number((*at, "high"), 1, 10_000),
        medium=read.number((*at, "medium"), 1, 10_000),
        always_high=parse_conditions(read, (*at, "always_high")),
    )
    if not any(rules.factors.values()):
        read.bad((*at, "factors"), "single_factor.factors are all 0 or missing: at least one is needed")
    if rules.high < rules.medium:
        read.bad(
            (*at, "high"), f"single_factor.high is {rules.high:g}, below medium {rules.medium:g}: high begins above"
        )
    return rules


def _parse_impact_probability(read: RuleReader) -> ImpactProbabilityRules:
    at: Path = ("impact_probability",)
    read.section(at, ("impact", "probability", "levels"))
    read.section((*at, "probability"), ("high", "medium"))
    levels: dict[int, tuple[Risk, Risk, Risk]] = {}
    for row in (5, 4, 3, 2, 1):
        path = (*at, "levels", row)
        if read.rows(path) != 3:
            read.bad(path, f"impact_probability.levels.{row} has three levels: for probability low, medium, high")
            continue
        one, two, three = (read.choice((*path, column), RISKS) for column in range(3))
        levels[row] = (one, two, three)
    return ImpactProbabilityRules(
        impact={row: parse_conditions(read, (*at, "impact", row)) for row in (5, 4, 3, 2)},
        probability={p: parse_conditions(read, (*at, "probability", p)) for p in ("high", "medium")},
        levels=levels,
    )


def _parse_concentration(read: RuleReader) -> tuple[ConcentrationRule, ...]:
    found = []
    for place in range(read.rows(("concentration",))):
        path: Path = ("concentration", place)
        read.section(path, ("rule", "dimensions", "more_than", "hours", "counts", "level", "risk"))
        raw = read.get((*path, "dimensions"))
        dimensions = [str(d) for d in raw] if isinstance(raw, Sequence) and not isinstance(raw, str) else []
        wrong = [d for d in dimensions if d not in tuple(Dimension)]
        if wrong or not dimensions:
            read.bad((*path, "dimensions"), f"dimensions is {raw!r}: a list of {', '.join(Dimension)} is accepted")
            dimensions = []
        found.append(
            ConcentrationRule(
                rule=str(read.get((*path, "rule")) or "D1"),
                dimensions=tuple(Dimension(d) for d in dimensions),
                more_than=read.number((*path, "more_than"), 0, 1e9),
                hours=read.number((*path, "hours"), 0.01, 24 * 60),
                counts=read.choice((*path, "counts"), {"voices": "voices", "raw": "raw"}),
                level=read.choice((*path, "level"), LEVELS),
                risk=read.choice((*path, "risk"), RISKS),
            )
        )
    return tuple(found)


def _parse_surge(read: RuleReader) -> SurgeRules:
    read.section(("surge",), ("rise", "smallest", "certainty", "hours", "level", "risk"))
    return SurgeRules(
        rise=read.number(("surge", "rise"), 0.01, 100),
        smallest=int(read.number(("surge", "smallest"), 1, 1e6)),
        certainty=read.number(("surge", "certainty"), 0.5, 0.9999999),
        hours=read.number(("surge", "hours"), 0.01, 168),
        level=read.choice(("surge", "level"), LEVELS),
        risk=read.choice(("surge", "risk"), RISKS),
    )


def _parse_single(read: RuleReader) -> SingleRules:
    read.section(("single",), ("high", "name", "name_reach", "audience", "word", "angry", "angry_emotion"))
    level: Callable[[str], Any] = lambda key: read.choice(("single", key), LEVELS)  # noqa: E731
    return SingleRules(
        high=level("high"),
        name=level("name"),
        name_reach=read.number(("single", "name_reach"), 1, 10),
        audience=int(read.number(("single", "audience"), 1, 1e10)),
        word=level("word"),
        angry=level("angry"),
        angry_emotion=read.number(("single", "angry_emotion"), 1, 10),
    )
