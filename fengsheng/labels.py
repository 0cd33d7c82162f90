"""Labelled files for ``fengsheng train``: judged posts (JSON lines) and texts with a mood (CSV or JSON lines), plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from records.errors import Problem
from scoring.assessment import BrandTerms, ScoreInput

SCORES = ("topicality", "emotion", "completeness")
MOODS: Mapping[str, tuple[float | None, str | None]] = {
    "positive": (0.0, None), "pos": (0.0, None), "正面": (0.0, None), "negative": (1.0, None), "neg": (1.0, None), "负面": (1.0, None),
    "neutral": (0.0, "neutral"), "neu": (0.0, None), "none": (0.0, "neutral"), "中性": (0.0, "neutral"),
    "happy": (0.0, "happy"), "happiness": (0.0, "happy"), "like": (0.0, "happy"), "gratitude": (0.0, "happy"),
    "optimism": (0.0, "happy"), "angry": (1.0, "angry"), "anger": (1.0, "angry"), "disgust": (1.0, "angry"), "sad": (1.0, "sad"),
    "sadness": (1.0, "sad"), "fear": (1.0, "fear"), "surprise": (None, "surprise"),
}  # fmt: skip
"""Label → (chance of a negative mood, one of the six emotions); None = the label does not say."""
_TAG = re.compile(r"\[[^\[\]\n]{1,8}\]")
_LEVELS = ("high", "medium", "low", "none")


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


@dataclass(frozen=True, kw_only=True)
class Labels:
    judged: list[Judged] = field(default_factory=list)
    felt: list[Felt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def extend(self, other: Labels) -> None:
        self.judged.extend(other.judged)
        self.felt.extend(other.felt)
        self.notes.extend(other.notes)


def load_labels(path: Path, problems: list[Problem]) -> Labels:
    """Read one file, or every .jsonl, .csv and .csv.gz of a folder and its folders; wrong rows are problems, right ones are kept."""
    if path.is_dir():
        whole = Labels()
        files = sorted(f for f in path.rglob("*") if f.name.endswith((".jsonl", ".csv", ".csv.gz", ".jsonl.gz")))
        if not files:
            problems.append(Problem(file=str(path), what="no .jsonl, .csv or .csv.gz file in this folder"))
        for file in files:
            whole.extend(load_labels(file, problems))
        return whole
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(file=str(path), what="no such file: labelled CSV or JSON lines are accepted"))
        return Labels()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        problems.append(Problem(file=str(path), what=f"cannot be read as UTF-8 text or gzip: {error}"))
        return Labels()
    rows = _json_rows(text, path, problems) if ".jsonl" in path.name else _csv_rows(text, path, problems)
    return _labels_of(list(rows), path, problems)


def _json_rows(text: str, path: Path, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if isinstance(row, Mapping) and isinstance(row.get("text"), str):
            yield number, row
        else:
            problems.append(Problem(file=str(path), line=number, what='no JSON object with a "text"'))


def _csv_rows(text: str, path: Path, problems: list[Problem]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not {"text", "label"} <= set(reader.fieldnames or ()):
        problems.append(Problem(file=str(path), line=1, what="no mood file: the columns text and label are needed"))
        return
    for row in reader:
        yield reader.line_num, row


def _labels_of(rows: list[tuple[int, Mapping[str, Any]]], path: Path, problems: list[Problem]) -> Labels:
    found = Labels()
    unknown: dict[str, int] = {}
    for number, row in rows:
        if isinstance(row.get("labels"), list) and row.get("brand"):
            judged = _judged(row, path, number, problems)
            if judged is not None:
                found.judged.append(judged)
            continue
        label = str(row.get("label") or row.get("emotion") or row.get("mood") or "").strip().lower()
        if label not in MOODS:
            unknown[label] = unknown.get(label, 0) + 1
            continue
        negative, emotion = MOODS[label]
        if negative is None and row.get("mood") in ("positive", "negative"):
            negative = MOODS[row["mood"]][0]
        found.felt.append(Felt(text=row["text"] or "", negative=negative, emotion=emotion, source=path.name))
    if unknown:
        few = ", ".join(f"{k or '(empty)'} ×{n}" for k, n in sorted(unknown.items(), key=lambda kv: -kv[1])[:4])
        what = f"{sum(unknown.values())} rows with a label that is no mood ({few}): accepted are {', '.join(MOODS)}"
        problems.append(Problem(file=str(path), what=what))
    return _without_tags(found, path)


def _without_tags(found: Labels, path: Path) -> Labels:
    """Where nearly every text carries an [emoticon], the labels were made from them: they are taken out before learning."""
    tagged = sum(1 for f in found.felt if _TAG.search(f.text))
    if len(found.felt) < 200 or tagged < 0.9 * len(found.felt):
        return found
    note = f"{path.name}: {tagged} of {len(found.felt)} texts carry [emoticons], which are then their labels: they were taken out"
    felt = [
        Felt(text=_TAG.sub("", f.text), negative=f.negative, emotion=f.emotion, source=f.source, weight=0.3)
        for f in found.felt
    ]
    return Labels(judged=found.judged, felt=felt, notes=[*found.notes, note])


def _judged(row: Mapping[str, Any], path: Path, number: int, problems: list[Problem]) -> Judged | None:
    people = [p for p in row["labels"] if isinstance(p, Mapping)]

    def bad(what: str) -> None:
        problems.append(Problem(file=str(path), line=number, what=what))

    scores: dict[str, float] = {}
    for name in SCORES:
        given = [p[name] for p in people if p.get(name) is not None]
        if any(isinstance(v, bool) or not isinstance(v, int | float) or not 1 <= v <= 10 for v in given):
            bad(f"{name} is {given!r}: numbers from 1 to 10 are accepted")
            return None
        if given:
            scores[name] = sum(given) / len(given)
    if not scores and not any(p.get("category") or p.get("target") for p in people):
        bad("labels say nothing: topicality, emotion, completeness, category or target is needed")
        return None
    first = people[0]
    level = first.get("level")
    if level is not None and level not in _LEVELS:
        bad(f"level is {level!r}: accepted are {', '.join(_LEVELS)}")
        return None
    return Judged(
        item=input_of_row(row), terms=terms_of_row(row), scores=scores, mood=first.get("mood"), level=level,
        category=first.get("category"), target=first.get("target"),
    )  # fmt: skip


def input_of_row(row: Mapping[str, Any]) -> ScoreInput:
    """The score input of a labelled post (the form of ``fengsheng score``)."""
    author, metrics, media = row.get("author") or {}, row.get("metrics") or {}, row.get("has_media")
    return ScoreInput(
        id=str(row.get("id", "")), brand=row["brand"], brand_aliases=tuple(row.get("brand_aliases") or ()), text=row["text"],
        platform=row.get("platform") or "import", author_name=author.get("name"), followers=author.get("followers"),
        verified=author.get("verified") or "unknown", reads=metrics.get("reads"), likes=metrics.get("likes"),
        comments=metrics.get("comments"), reposts=metrics.get("reposts"), saves=metrics.get("saves"),
        media=frozenset() if media in (None, "none", False) else frozenset({"image" if media is True else media}),
        region=row.get("region"), kind=row.get("kind") or "post", brand_implied=row.get("kind") == "comment",
    )  # fmt: skip


def terms_of_row(row: Mapping[str, Any]) -> BrandTerms:
    """The brand's words of a labelled post."""
    return BrandTerms(
        name=row["brand"], aliases=tuple(row.get("brand_aliases") or ()), products=tuple(row.get("products") or ()),
        rivals=tuple(row.get("rivals") or ()), excluded=tuple(row.get("excluded") or ()),
        official_accounts=tuple(row.get("official_accounts") or ()),
    )  # fmt: skip
