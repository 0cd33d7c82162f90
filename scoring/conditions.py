"""Conditions of a rule set as data: "topicality at least 6.6 and reach at least 6.6", read from YAML and met or not by one mention.

A list of alternatives holds where any of them does; an alternative where all that it names does. Numbers are least values;
``_over`` behind the name means more than, ``_under`` less than. What a text does not tell (people, money) meets no condition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import ge, gt, lt
from typing import Any

from scoring.assessment import Category
from scoring.often import found_once
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

    @found_once
    def kinds(self) -> frozenset[str]:
        return frozenset(self.reading.by_kind)

    @found_once
    def groups(self) -> frozenset[str]:
        return frozenset(h.group.key for h in self.reading.hits)

    @property
    def public_figure(self) -> bool:
        """A verified person of influence (S3)."""
        item = self.reading.item
        return item.verified == "personal" and (item.followers or 0) >= self.figure_followers

    @found_once
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
    holds: Callable[[Case], bool]
    said: Callable[[Case], str]
    """The fact that meets it."""
    least: float | None = None
    """The least value, where it asks for that of a score and nothing else."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Holds where all its tests do."""

    what: str
    """Name of the finding, as reasons show it; "" where the rule set gives none."""
    tests: tuple[Test, ...]
    least: tuple[tuple[str, float], ...]
    """(score, least value): looked at first, for scores are at hand and fail most often."""
    rest: tuple[Test, ...]
    """The tests that are no least value of a score."""

    def evidence(self, case: Case) -> str | None:
        """The facts that meet it, None where it does not hold."""
        scores = case.scores
        for name, limit in self.least:
            if scores[name] < limit:
                return None
        for test in self.rest:
            if not test.holds(case):
                return None
        return ", ".join([test.said(case) for test in self.tests])


Conditions = tuple[Alternative, ...]


def select_conditions(conditions: Conditions, case: Case) -> list[tuple[str, str]]:
    """(finding, facts) of every alternative that holds."""
    scores = case.scores
    found = []
    for alternative in conditions:
        for name, limit in alternative.least:
            if scores[name] < limit:
                break
        else:
            said = alternative.evidence(case)
            if said is not None:
                found.append((alternative.what, said))
    return found


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
        tests = [
            _parse_test(read, (*path, place, str(key)), str(key), value) for key, value in node.items() if key != "is"
        ]
        whole = tuple(t for t in tests if t is not None)
        least = tuple((t.name, t.least) for t in whole if t.least is not None)
        rest = tuple(t for t in whole if t.least is None)
        found.append(Alternative(str(node.get("is") or ""), whole, least, rest))
    return tuple(found)


def _parse_test(read: RuleReader, path: Path, key: str, value: Any) -> Test | None:
    if key in FLAGS:
        if not isinstance(value, bool):
            read.bad(path, f"{key} is {value!r}: true or false is accepted")
            return None
        return Test(key, _flag(FLAGS[key], value), _say(key if value else f"no {key}"))
    if key in CHOICES:
        wanted = [value] if isinstance(value, str) else value
        if not isinstance(wanted, Sequence) or not wanted or not all(isinstance(w, str) for w in wanted):
            read.bad(path, f"{key} is {value!r}: one word or a list of words is accepted")
            return None
        return Test(key, _choice(CHOICES[key], frozenset(wanted)), _say(f"{key} {', '.join(wanted)}"))
    name, _, end = key.rpartition("_")
    name, ending = (name, f"_{end}") if f"_{end}" in _OPERATORS and name else (key, "")
    if name not in SCORES and name not in NUMBERS:
        accepted = ", ".join((*SCORES, *NUMBERS, *FLAGS, *CHOICES))
        read.bad(path, f'unknown condition "{key}": accepted are {accepted}; numbers with _over or _under too')
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        read.bad(path, f"{key} is {value!r}: a number is accepted")
        return None
    return _number(name, float(value), *_OPERATORS[ending])


def _number(name: str, limit: float, compare: Callable[[float, float], bool], sign: str) -> Test:
    """A number against a limit; one that is not known meets nothing."""
    said = f"{sign} {limit:g}"
    value = NUMBERS.get(name)
    if value is None:
        least = limit if compare is ge else None
        return Test(
            name, lambda c: compare(c.scores[name], limit), lambda c: f"{name} {c.scores[name]:g} {said}", least
        )
    known = value

    def holds(case: Case) -> bool:
        number = known(case)
        return number is not None and compare(number, limit)

    return Test(name, holds, lambda c: f"{name} {known(c):.10g} {said}")


def _flag(flag: Flag, wanted: bool) -> Callable[[Case], bool]:
    return flag if wanted else lambda case: not flag(case)


def _choice(choice: Callable[[Case], Any], wanted: frozenset[str]) -> Callable[[Case], bool]:
    return lambda case: not wanted.isdisjoint(choice(case))


def _say(words: str) -> Callable[[Case], str]:
    return lambda case: words
