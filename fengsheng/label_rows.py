"""One row of a labelled file: a judged post or a text with a mood, whatever the columns are called (``fengsheng train``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fengsheng.import_columns import parse_columns
from fengsheng.reading import parse_score_input
from records.errors import BadRecord
from scoring.assessment import BrandTerms, Category, Risk, ScoreInput
from scoring.learned import TARGETS
from scoring.wording import CATEGORIES, RISKS
from scoring.wording import TARGETS as TARGET_NAMES

SCORES = ("topicality", "emotion", "completeness")
CLASSES: Mapping[str, tuple[str, ...]] = {
    "level": tuple(str(r) for r in Risk),
    "category": tuple(str(c) for c in Category),
    "target": TARGETS,
}
"""Class of a label → its accepted values."""
MOODS: Mapping[str, tuple[float | None, str | None]] = {
    "positive": (0.0, None), "pos": (0.0, None), "正面": (0.0, None), "积极": (0.0, None), "negative": (1.0, None), "neg": (1.0, None),
    "负面": (1.0, None), "消极": (1.0, None), "neutral": (0.0, "neutral"), "neu": (0.0, None), "none": (0.0, "neutral"),
    "中性": (0.0, "neutral"), "happy": (0.0, "happy"), "happiness": (0.0, "happy"), "like": (0.0, "happy"),
    "gratitude": (0.0, "happy"), "optimism": (0.0, "happy"), "高兴": (0.0, "happy"), "开心": (0.0, "happy"), "喜悦": (0.0, "happy"),
    "angry": (1.0, "angry"), "anger": (1.0, "angry"), "disgust": (1.0, "angry"), "愤怒": (1.0, "angry"), "生气": (1.0, "angry"),
    "厌恶": (1.0, "angry"), "sad": (1.0, "sad"), "sadness": (1.0, "sad"), "悲伤": (1.0, "sad"), "难过": (1.0, "sad"),
    "fear": (1.0, "fear"), "恐惧": (1.0, "fear"), "害怕": (1.0, "fear"), "surprise": (None, "surprise"), "惊讶": (None, "surprise"),
    "惊奇": (None, "surprise"),
}  # fmt: skip
"""Label → (chance of a negative mood, one of the six emotions); None = the label does not say."""
COLUMNS: Mapping[str, str] = {
    name: key
    for key, names in {
        "topicality": "话题性",
        "emotion": "情绪强度",
        "completeness": "信息完整度 完整度",
        "level": "风险等级 风险级别 风险",
        "category": "问题类型 类型",
        "target": "指向",
        "mood": "情感 情绪 心情",
        "label": "标签",
        "text": "文本",
        "weight": "权重",
        "checked": "核对人 核对",
        "rules_version": "规则版本",
        "brand_aliases": "品牌别名",
    }.items()
    for name in names.split()
}
"""Chinese names of columns beside those of an import."""
_VALUES: Mapping[str, Mapping[str, str]] = {
    "level": {"高": "high", "中": "medium", "低": "low", "无": "none"} | {zh: str(k) for k, (zh, _) in RISKS.items()},
    "category": {zh: str(k) for k, (zh, _) in CATEGORIES.items()},
    "target": {"品牌": "brand", "他方": "other", "无": "none"} | {zh: str(k) for k, (zh, _) in TARGET_NAMES.items()},
}
_MOST_WEIGHT = 100.0
_TIMES = ("published_at", "edited_at", "collected_at")
"""Not read: when a post was written says nothing of what it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A post about a brand with people's scores (means over the people; None = not labelled)."""

    item: ScoreInput
    terms: BrandTerms
    scores: Mapping[str, float]
    mood: str | None
    level: str | None
    category: str | None
    target: str | None
    weight: float = 1.0

    @property
    def group(self) -> str:
        """Posts of one brand stay on one side of a split: they tell one another's story."""
        return self.item.brand


@dataclass(frozen=True, kw_only=True, slots=True)
class Felt:
    """A text whose mood is known."""

    text: str
    negative: float | None
    """Chance of a negative mood, 0–1."""
    emotion: str | None
    """happy, angry, sad, fear, surprise or neutral."""
    source: str
    """Name of the file, for reports."""
    weight: float = 1.0


class UnknownMood(BadRecord):
    """The label of a text is none of ``MOODS``."""

    def __init__(self, label: str) -> None:
        super().__init__(f"{label or '(empty)'} is no mood")
        self.label = label


def parse_label_row(row: Mapping[str, Any], line: int, source: str) -> Judged | Felt:
    """A judged post where a brand is named and a score or class is given, else a text with a mood.

    Raises:
        UnknownMood: the row has neither, or a label that is no mood.
        BadRecord: one sentence.
    """
    if isinstance(row.get("label"), str) and not row.get("brand") and "labels" not in row:
        return _felt(row, source)  # the big sets, which are read by the hundred thousand
    record = parse_columns({COLUMNS.get(name, name): cell for name, cell in row.items()}, None)
    people = _people(record)
    if people and record.get("brand"):
        return _judged(record, people, line)
    if people and any(name in SCORES for person in people for name in person):
        raise BadRecord("brand is missing: scores are judged for a brand")
    return _felt(record, source)


def _people(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each person said: of "labels", a list or one object, else of the row's own columns."""
    given = record.get("labels")
    rows = given if isinstance(given, list) else [given] if isinstance(given, Mapping) else [record]
    people = []
    for row in rows:
        if isinstance(row, Mapping):
            known = {COLUMNS.get(k, k): v for k, v in row.items()}
            people.append({n: known[n] for n in (*SCORES, *CLASSES, "mood") if known.get(n) not in (None, "")})
    if rows == [record] and people:
        _refuse_unchecked(record, people[0])
        if isinstance(people[0].get("emotion"), str) and people[0]["emotion"].strip().lower() in MOODS:
            del people[0]["emotion"]  # the mood sets call one of the six emotions so
    return [p for p in people if set(p) - {"mood"}]


def _refuse_unchecked(record: Mapping[str, Any], labels: Mapping[str, Any]) -> None:
    """What the scorer wrote itself (an export) is a label only where a person stands behind it."""
    if labels and record.get("rules_version") and not str(record.get("checked") or "").strip():
        raise BadRecord("scores of the scorer itself: a column checked with the name of who checked the row is needed")


def _judged(record: dict[str, Any], people: list[dict[str, Any]], line: int) -> Judged:
    scores: dict[str, float] = {}
    for name in SCORES:
        given = [_score(name, p[name]) for p in people if name in p]
        if given:
            scores[name] = sum(given) / len(given)
    classes = {name: next((_class(name, p[name]) for p in people if name in p), None) for name in CLASSES}
    mood = next((str(p["mood"]) for p in people if p.get("mood")), None)
    return Judged(
        item=_input(record, line),
        terms=terms_of_row(record),
        scores=scores,
        mood=mood,
        weight=_weight(record),
        **classes,
    )


def _score(name: str, value: Any) -> float:
    try:
        score = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        score = float("nan")
    if not 1 <= score <= 10:
        raise BadRecord(f'{name} is "{value}": a number from 1 to 10 is accepted')
    return score


def _class(name: str, value: Any) -> str:
    word = str(value).strip()
    found = _VALUES[name].get(word, word.lower())
    if found not in CLASSES[name]:
        raise BadRecord(f'{name} is "{word[:40]}": accepted are {", ".join(CLASSES[name])}')
    return found


def _weight(record: Mapping[str, Any]) -> float:
    given = record.get("weight")
    if given in (None, ""):
        return 1.0
    try:
        weight = float(str(given))
    except ValueError:
        weight = float("nan")
    if not 0 < weight <= _MOST_WEIGHT:
        raise BadRecord(f'weight is "{given}": a number above 0, {_MOST_WEIGHT:g} at most, is accepted')
    return weight


def _felt(record: Mapping[str, Any], source: str) -> Felt:
    text = record.get("text")
    if not isinstance(text, str):
        raise BadRecord("text is missing: the words of the post are needed")
    label = str(record.get("label") or record.get("emotion") or record.get("mood") or "").strip().lower()
    if label not in MOODS:
        raise UnknownMood(label)
    negative, emotion = MOODS[label]
    if negative is None and record.get("mood") in ("positive", "negative"):
        negative = MOODS[str(record["mood"])][0]
    return Felt(text=text, negative=negative, emotion=emotion, source=source, weight=_weight(record))


def input_of_row(row: Mapping[str, Any]) -> ScoreInput:
    """The score input of a labelled post (the form of ``fengsheng score``).

    Raises:
        BadRecord: a field is not accepted; one sentence.
    """
    return _input(row, 0)


def _input(record: Mapping[str, Any], line: int) -> ScoreInput:
    known = {name: value for name, value in record.items() if name not in _TIMES}
    if isinstance(known.get("brand_aliases"), str):
        known["brand_aliases"] = known["brand_aliases"].split()
    if isinstance(media := known.get("media"), list):  # an export joins them by blanks
        known["media"] = [part for name in media for part in str(name).split()]
    item = parse_score_input(known, line)
    return replace(item, brand_implied=item.kind in ("comment", "reply"))


def terms_of_row(row: Mapping[str, Any]) -> BrandTerms:
    """The brand's words of a labelled post."""
    named = {
        name: tuple(given.split() if isinstance(given, str) else map(str, given if isinstance(given, list) else ()))
        for name in ("brand_aliases", "products", "rivals", "excluded", "required", "official_accounts")
        if (given := row.get(name))
    }
    return BrandTerms(name=row["brand"], aliases=named.pop("brand_aliases", ()), **named)
