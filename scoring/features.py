"""What a reading tells the learned models beside its n-grams: named findings with values, mostly 0 or 1 (S1, S2, S4, S7).

A feature is a name; the model file knows the names it learned weights for, others count nothing. So new word groups, kinds or
platforms never break a trained model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scoring.lexicons import Found, shipped_lexicon
from scoring.reading import Reading
from scoring.topicality import Topicality

Feature = tuple[str, float]

_STEPS = (4.0, 4.6, 5.2, 6.0, 6.6, 7.2, 8.0, 8.8, 9.4, 9.9)
_LENGTHS = (6, 12, 25, 45, 80, 140, 300)
_GRAVE = ("severity", "vulnerable", "evidence", "authority", "hearsay")


def read_features(
    reading: Reading, topicality: Topicality, feeling: float, masked: str, feelings: Sequence[Found]
) -> list[Feature]:
    """Features of one mention.

    Args:
        topicality: what the word libraries alone say (S1).
        feeling: emotion 1–10 that the word libraries alone say (S2).
        masked: the text with signs for names (``scoring.masking``).
        feelings: entries of the lexicon of feelings in it.
    """
    item, presence, facts = reading.item, reading.presence, reading.facts
    found: list[Feature] = [
        (f"platform:{item.platform}", 1.0), (f"kind:{item.kind}", 1.0), (f"verified:{item.verified}", 1.0),
        (f"brand:{presence.how}", 1.0), (f"register:{topicality.register}", 1.0), (f"target:{topicality.target}", 1.0),
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
    found.extend((f"rules:{step:g}", 1.0) for step in _STEPS if topicality.value >= step)
    found.extend((f"cues:{step}", 1.0) for step in range(2, 10) if feeling >= step)
    found.extend(_group_features(reading))
    found.extend(_lexicon_features(masked, feelings))
    found.extend(
        (f"fact:{name}", 1.0)
        for name, stated in (
            ("when", facts.when_at), ("where", facts.where_at), ("order", facts.order_at), ("amount", facts.amount_at),
            ("duration", facts.duration_at), ("times", facts.times_at), ("people", facts.people_at),
        )
        if stated
    )  # fmt: skip
    if facts.people and facts.people >= 10:
        add(("fact:many people", 1.0))
    if facts.stars is not None:
        add((f"stars:{facts.stars}", 1.0))
    if item.media:
        add(("media", 1.0))
    text = reading.words.text
    found.extend((f"length:{step}", 1.0) for step in _LENGTHS if len(masked) >= step)
    shouts, asks = text.count("!") + text.count("！"), text.count("?") + text.count("？")
    found.extend((f"shouts:{step}", 1.0) for step in (1, 3, 6) if shouts >= step)
    found.extend((f"asks:{step}", 1.0) for step in (1, 2, 4) if asks >= step)
    return found


def _group_features(reading: Reading) -> list[Feature]:
    kinds: dict[str, int] = {}
    groups: dict[str, None] = {}
    for hit in reading.hits:
        kinds[hit.group.kind] = kinds.get(hit.group.kind, 0) + 1
        groups[hit.group.key] = None
    found = [(f"group:{key}", 1.0) for key in groups]
    for kind, count in kinds.items():
        found.append((f"words:{kind}", 1.0))
        if count > 1:
            found.append((f"more:{kind}", min(3.0, count - 1.0) / 3))
    if reading.safety:
        found.extend((f"safety and {kind}", 1.0) for kind in _GRAVE if kind in kinds)
    return found


def _lexicon_features(masked: str, feelings: Sequence[Found]) -> list[Feature]:
    found: list[Feature] = []
    sums: dict[str, float] = {}
    worst = best = 0.0
    for _, _, hint in feelings:
        sums[hint.family] = sums.get(hint.family, 0.0) + hint.strength
        worst, best = min(worst, hint.value), max(best, hint.value)
    found.extend((f"feeling:{name}", min(6.0, total) / 3) for name, total in sums.items())
    found.extend((f"bad:{step}", 1.0) for step in (1, 2, 3) if worst <= -step)
    found.extend((f"good:{step}", 1.0) for step in (1, 2, 3) if best >= step)
    found.extend(_matter_features(shipped_lexicon("matters").find(masked)))
    return found


def _matter_features(hits: Iterable[Found]) -> list[Feature]:
    counts: dict[str, int] = {}
    gravity, total, number = 0.0, 0.0, 0
    for _, _, hint in hits:
        counts[hint.family] = counts.get(hint.family, 0) + 1
        gravity = max(gravity, hint.value)
        total, number = total + hint.value, number + 1
    if not number:
        return []
    found = [(f"matter:{name}", 1.0) for name in counts]
    found.extend((f"matters:{name}", min(3.0, count - 1.0) / 3) for name, count in counts.items() if count > 1)
    found.extend((f"gravity:{step:g}", 1.0) for step in (3.0, *_STEPS) if gravity >= step)
    found.extend((f"mean gravity:{step}", 1.0) for step in range(3, 9) if total / number >= step)
    return found
