"""What a reading tells the learned models beside its n-grams: named findings with values, mostly 0 or 1 (S1, S2, S4, S7).

A feature is a name; the model file knows the names it learned weights for, others count nothing. So new word groups, kinds or
platforms never break a trained model.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from scoring.emotion import EmotionScore
from scoring.lexicons import Found, shipped_lexicon
from scoring.reading import Reading
from scoring.topicality import Topicality

Feature = tuple[str, float]

_STEPS = (4.0, 4.6, 5.2, 6.0, 6.6, 7.2, 8.0, 8.8, 9.4, 9.9)
_LENGTHS = (6, 12, 25, 45, 80, 140, 300)
_GRAVE = ("severity", "vulnerable", "evidence", "authority", "hearsay")


class _Flags(dict[str, Feature]):
    """Features "name:key" of value 1, made once and looked up for each mention."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, key: str) -> Feature:
        made = self[key] = (f"{self._name}{key}", 1.0)
        return made


_PLATFORM, _KIND, _VERIFIED = _Flags("platform:"), _Flags("kind:"), _Flags("verified:")
_PRESENCE, _REGISTER, _TARGET = _Flags("brand:"), _Flags("register:"), _Flags("target:")
_GROUP, _WORDS, _SAFETY, _MATTER = _Flags("group:"), _Flags("words:"), _Flags("safety and "), _Flags("matter:")


def _ladder(name: str, steps: Sequence[float]) -> list[tuple[Feature, ...]]:
    """For so many steps as a value reaches the features "name:step", made once and looked up for each mention."""
    every = [(f"{name}:{step:g}", 1.0) for step in steps]
    return [tuple(every[:count]) for count in range(len(every) + 1)]


_MARKS, _FEELING, _GRADES = (1, 2, 3), range(2, 10), range(3, 9)
_SHOUTS_AT, _ASKS_AT, _GRAVITY_AT = (1, 3, 6), (1, 2, 4), (3.0, *_STEPS)
_RULES, _CUES, _HEAT = _ladder("rules", _STEPS), _ladder("cues", _FEELING), _ladder("heat", _FEELING)
_GRAVITY = _ladder("gravity", _GRAVITY_AT)
_BAD, _GOOD, _MEAN_GRAVITY = _ladder("bad", _MARKS), _ladder("good", _MARKS), _ladder("mean gravity", _GRADES)
_LENGTH, _SHOUTS, _ASKS = _ladder("length", _LENGTHS), _ladder("shouts", _SHOUTS_AT), _ladder("asks", _ASKS_AT)
_WHEN, _WHERE, _ORDER, _AMOUNT, _DURATION, _TIMES, _PEOPLE = (
    (f"fact:{name}", 1.0) for name in ("when", "where", "order", "amount", "duration", "times", "people")
)


def read_features(
    reading: Reading, topicality: Topicality, feeling: EmotionScore, masked: str, feelings: Sequence[Found]
) -> list[Feature]:
    """Features of one mention.

    Args:
        topicality: what the word libraries alone say (S1).
        feeling: emotion that the word libraries alone say (S2), with and without marks.
        masked: the text with signs for names (``scoring.masking``).
        feelings: entries of the lexicon of feelings in it.
    """
    item, presence, facts = reading.item, reading.presence, reading.facts
    found: list[Feature] = [
        _PLATFORM[item.platform], _KIND[item.kind], _VERIFIED[item.verified],
        _PRESENCE[presence.how], _REGISTER[topicality.register], _TARGET[topicality.target],
    ]  # fmt: skip
    add = found.append
    weight = max(-4.0, min(4.0, presence.weight))
    add(("brand weight", weight / 4))
    if weight < 0:
        add(("brand doubtful", 1.0))
    if reading.newsroom:
        add(("newsroom", 1.0))
    if reading.official:
        add(("official", 1.0))
    if reading.foreign:
        add(("blame on others", min(3.0, len(reading.foreign)) / 3))
    if presence.product:
        add(("product named", 1.0))
    if presence.brands_named > 1:
        add(("further brands named", min(4.0, presence.brands_named - 1.0) / 4))
    found += _RULES[bisect_right(_STEPS, topicality.value)]
    found += _CUES[bisect_right(_FEELING, feeling.value)]
    found += _HEAT[bisect_right(_FEELING, feeling.heat)]
    found += _group_features(reading)
    found += _lexicon_features(masked, feelings)
    for feature, stated in (
        (_WHEN, facts.when_at), (_WHERE, facts.where_at), (_ORDER, facts.order_at), (_AMOUNT, facts.amount_at),
        (_DURATION, facts.duration_at), (_TIMES, facts.times_at), (_PEOPLE, facts.people_at),
    ):  # fmt: skip
        if stated:
            add(feature)
    if facts.people and facts.people >= 10:
        add(("fact:many people", 1.0))
    if facts.stars is not None:
        add((f"stars:{facts.stars}", 1.0))
    if item.media:
        add(("media", 1.0))
    text = reading.words.text
    found += _LENGTH[bisect_right(_LENGTHS, len(masked))]
    found += _SHOUTS[bisect_right(_SHOUTS_AT, text.count("!") + text.count("！") + text.count("‼"))]
    found += _ASKS[bisect_right(_ASKS_AT, text.count("?") + text.count("？"))]
    return found


def _group_features(reading: Reading) -> list[Feature]:
    groups = dict.fromkeys([hit.group.key for hit in reading.hits])
    found = [_GROUP[key] for key in groups]
    for kind, hits in reading.by_kind.items():
        found.append(_WORDS[kind])
        if len(hits) > 1:
            found.append((f"more:{kind}", min(3.0, len(hits) - 1.0) / 3))
    if reading.safety:
        found.extend([_SAFETY[kind] for kind in _GRAVE if kind in reading.by_kind])
    return found


def _lexicon_features(masked: str, feelings: Sequence[Found]) -> list[Feature]:
    found: list[Feature] = []
    if feelings:
        sums: dict[str, float] = {}
        worst = best = 0.0
        for _, _, hint in feelings:
            sums[hint.family] = sums.get(hint.family, 0.0) + hint.strength
            value = hint.value
            if value < worst:
                worst = value
            elif value > best:
                best = value
        found = [(f"feeling:{name}", min(6.0, total) / 3) for name, total in sums.items()]
        found += _BAD[bisect_right(_MARKS, -worst)]
        found += _GOOD[bisect_right(_MARKS, best)]
    hits = shipped_lexicon("matters").find(masked)
    return found + _matter_features(hits) if hits else found


def _matter_features(hits: Sequence[Found]) -> list[Feature]:
    counts: dict[str, int] = {}
    gravity = total = 0.0
    for _, _, hint in hits:
        counts[hint.family] = counts.get(hint.family, 0) + 1
        value = hint.value
        total += value
        if value > gravity:
            gravity = value
    found = [_MATTER[name] for name in counts]
    found.extend([(f"matters:{name}", min(3.0, count - 1.0) / 3) for name, count in counts.items() if count > 1])
    found += _GRAVITY[bisect_right(_GRAVITY_AT, gravity)]
    found += _MEAN_GRAVITY[bisect_right(_GRADES, total / len(hits))]
    return found
