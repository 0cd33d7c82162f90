"""Conditions of a rule set as data: "topicality at least 6.6 and reach at least 6.6", read from YAML and met or not by one mention.

A list of alternatives holds where any of them does; an alternative where all that it names does. Numbers are least values;
``_over`` behind the name means more than, ``_under`` less than. What a text does not tell (people, money) meets no condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import ge, gt, lt
from typing import Any

from scoring.assessment import Category
from scoring.reading import Reading
from scoring.rules_reader import Path, RuleReader, dotted

SCORES = ("topicality", "emotion", "reach", "completeness", "scope", "already_spread", "spread")
PICTURES = frozenset({"image", "video", "live", "audio"})


@dataclass(kw_only=True)
class Case:
    """One complaint as the conditions see it."""

    reading: Reading
    scores: Mapping[str, float]
    category: Category
    nature: str
    figure_followers: int
    """Followers from which a verified person is a public figure."""
    speed: float | None = None
    """Reactions an hour; None = not known."""

    @cached_property
    def kinds(self) -> frozenset[str]:
        return frozenset(h.group.kind for h in self.reading.hits)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(h.group.key for h in self.reading.hits)

    @property
    def public_figure(self) -> bool:
        """A verified person of influence (S3)."""
        item = self.reading.item
        return item.verified == "personal" and (item.followers or 0) >= self.figure_followers

    @cached_property
    def difficulty(self) -> int:
        """Signs that handling will be hard (S12): refusal, repetition, authorities, threats, much money, a long time."""
        facts = self.reading.facts
        lasting = facts.times_at is not None or "persistence" in self.kinds
        money = (facts.amount or 0) >= 10_000
        kinds = sum(k in self.kinds for k in ("refusal", "authority", "threat"))
        return kinds + lasting + money + (facts.duration_at is not None)


Value = Callable[[Case], float | None]
Flag = Callable[[Case], bool]


def _kind(name: str) -> Flag:
    return lambda case: name in case.kinds


def _medium(*names: str) -> Flag:
    return lambda case: not case.reading.item.media.isdisjoint(names)


NUMBERS: Mapping[str, Value] = {
    "people": lambda case: case.reading.facts.people,
    "firms": lambda case: case.reading.facts.firms,
    "amount": lambda case: case.reading.facts.amount,
    "regions": lambda case: case.reading.facts.regions,
    "followers": lambda case: case.reading.item.followers,
    "reads": lambda case: case.reading.item.reads,
    "audience": lambda case: case.reading.facts.audience,
    "speed": lambda case: case.speed,
    "difficulty": lambda case: case.difficulty,
}
FLAGS: Mapping[str, Flag] = {
    "evidence": lambda case: not case.reading.item.media.isdisjoint(PICTURES) or "evidence" in case.kinds,
    "picture": _medium("image"),
    "video": _medium("video", "live"),
    "live": _medium("live"),
    "heavy": lambda case: any(h.group.heavy for h in case.reading.hits),
    "grave": lambda case: any(h.group.grave for h in case.reading.hits),
    "severity": _kind("severity"),
    "vulnerable": _kind("vulnerable"),
    "threat": _kind("threat"),
    "call": _kind("call"),
    "authority": _kind("authority"),
    "refusal": _kind("refusal"),
    "persistence": _kind("persistence"),
    "victims": _kind("victims"),
    "enterprise": lambda case: case.reading.facts.enterprise,
    "nationwide": lambda case: case.reading.facts.nationwide,
    "official": lambda case: case.reading.official,
    "newsroom": lambda case: case.reading.newsroom,
    "public_figure": lambda case: case.public_figure,
}
CHOICES: Mapping[str, Callable[[Case], Any]] = {
    "category": lambda case: (str(case.category),),
    "nature": lambda case: (case.nature,),
    "verified": lambda case: (case.reading.item.verified,),
    "platform": lambda case: (case.reading.item.platform,),
    "kind": lambda case: (case.reading.item.kind,),
    "groups": lambda case: case.groups,
}
_OPERATORS = {"": (ge, "≥"), "_over": (gt, ">"), "_under": (lt, "<")}


@dataclass(frozen=True, slots=True)
class Test:
    """One thing that an alternative asks for."""

    name: str
    sign: str
    limit: float
    holds: Callable[[float, float], bool]
    value: Value | None
    """The number that is compared; None for flags and choices."""
    chosen: Callable[[Case], bool] | None = None
    words: str = ""
    """How it is said where it is no number."""

    def said(self, case: Case) -> str | None:
        """The fact that meets it, None where none does."""
        if self.chosen is not None:
            return self.words if self.chosen(case) else None
        number = case.scores[self.name] if self.value is None else self.value(case)
        if number is None or not self.holds(number, self.limit):
            return None
        return f"{self.name} {number:.10g} {self.sign} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Holds where all its tests do."""

    what: str
    """Name of the finding, as reasons show it; "" where the rule set gives none."""
    tests: tuple[Test, ...]

    def evidence(self, case: Case) -> str | None:
        """The facts that meet it, None where it does not hold."""
        said = []
        for test in self.tests:
            fact = test.said(case)
            if fact is None:
                return None
            said.append(fact)
        return ", ".join(said)


Conditions = tuple[Alternative, ...]


def select_conditions(conditions: Conditions, case: Case) -> list[tuple[str, str]]:
    """(finding, facts) of every alternative that holds."""
    return [(a.what, said) for a in conditions if (said := a.evidence(case)) is not None]


def parse_conditions(read: RuleReader, path: Path) -> Conditions:
    """The alternatives of a list such as ``[{is: grave subject, topicality: 8.6}]``."""
    found = []
    for place in range(read.rows(path)):
        node = read.get((*path, place))
        if not isinstance(node, Mapping) or not set(node) - {"is"}:
            read.bad(
                (*path, place),
                f"{dotted((*path, place))} is {node!r}: a mapping such as {{topicality: 8.6}} is accepted",
            )
            continue
        tests = [_parse_test(read, (*path, place, key), str(key), value) for key, value in node.items() if key != "is"]
        found.append(Alternative(str(node.get("is") or ""), tuple(t for t in tests if t is not None)))
    return tuple(found)


def _parse_test(read: RuleReader, path: Path, key: str, value: Any) -> Test | None:
    if key in FLAGS:
        if not isinstance(value, bool):
            read.bad(path, f"{key} is {value!r}: true or false is accepted")
            return None
        return Test(key, "", 0, ge, None, chosen=_flag(FLAGS[key], value), words=key if value else f"no {key}")
    if key in CHOICES:
        wanted = [value] if isinstance(value, str) else value
        if not isinstance(wanted, Sequence) or not wanted or not all(isinstance(w, str) for w in wanted):
            read.bad(path, f"{key} is {value!r}: one word or a list of words is accepted")
            return None
        return Test(
            key, "", 0, ge, None, chosen=_choice(CHOICES[key], frozenset(wanted)), words=f"{key} {', '.join(wanted)}"
        )
    name, _, end = key.rpartition("_")
    name, ending = (name, f"_{end}") if f"_{end}" in _OPERATORS and name else (key, "")
    if name not in SCORES and name not in NUMBERS:
        accepted = ", ".join((*SCORES, *NUMBERS, *FLAGS, *CHOICES))
        read.bad(path, f'unknown condition "{key}": accepted are {accepted}; numbers with _over or _under too')
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        read.bad(path, f"{key} is {value!r}: a number is accepted")
        return None
    holds, sign = _OPERATORS[ending]
    return Test(name, sign, float(value), holds, NUMBERS.get(name))


def _flag(flag: Flag, wanted: bool) -> Callable[[Case], bool]:
    return lambda case: flag(case) is wanted


def _choice(choice: Callable[[Case], Any], wanted: frozenset[str]) -> Callable[[Case], bool]:
    return lambda case: not wanted.isdisjoint(choice(case))
