"""The corpus that shipped weights may learn from: invented, varied, labelled by the rubric, some of it twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from records.mention import Kind, Media, Platform, Verified
from scoring.assessment import Category, Risk
from scoring.learned import EMOTIONS

FOLDER = Path(__file__).parents[2] / "scoring" / "corpus"
SCALES = ("topicality", "emotion", "reach", "completeness")
FIELDS = (
    "id trade brand brand_aliases official_accounts products rivals excluded platform kind text author metrics "
    "published_at has_media region labels traits"
).split()
LABELS = "topicality emotion mood reach completeness level category target".split()
MIXED = ("plain_", "short_", "middle_", "flat_")
"""Files of several trades."""
MOODS = ("positive", "neutral", "negative")
EMOTION_MOODS = {"happy": "positive", "neutral": "neutral", "angry": "negative", "sad": "negative", "fear": "negative"}
"""Surprise may be any."""


@cache
def posts() -> tuple[dict[str, Any], ...]:
    return tuple(post for file in sorted(FOLDER.glob("*.jsonl")) for post in read(file))


@cache
def moods() -> tuple[dict[str, Any], ...]:
    return tuple(text for file in sorted((FOLDER / "moods").glob("*.jsonl")) for text in read(file))


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_there_are_enough_posts_trades_and_platforms() -> None:
    assert len(posts()) >= 16_000 and len({p["id"] for p in posts()}) == len(posts())
    assert len({p["brand"] for p in posts()}) >= 420
    assert len({p["trade"] for p in posts()}) >= 30
    assert len({p["platform"] for p in posts()}) >= 13


def test_files_hold_the_trade_they_are_named_after() -> None:
    for file in FOLDER.glob("*.jsonl"):
        trades = Counter(p["trade"] for p in read(file))
        if not file.stem.startswith(MIXED):
            assert set(trades) == {file.stem} and trades[file.stem] >= 90, file.name


def test_every_post_has_the_same_fields_and_labels_within_the_scale() -> None:
    for post in posts():
        assert list(post) == FIELDS, post["id"]
        assert post["platform"] in list(Platform) and post["kind"] in list(Kind), post["id"]
        assert post["author"]["verified"] in list(Verified), post["id"]
        assert datetime.fromisoformat(post["published_at"]).tzinfo is not None, post["id"]
        assert post["text"].strip() and post["has_media"] in (None, "none", *Media), post["id"]
        assert post["labels"], post["id"]
        for labels in post["labels"]:
            assert list(labels) == LABELS, post["id"]
            assert all(isinstance(labels[s], int) and 1 <= labels[s] <= 10 for s in SCALES), post["id"]
            assert labels["level"] in list(Risk) and labels["category"] in list(Category), post["id"]
            assert labels["mood"] in MOODS, post["id"]
            assert labels["target"] in ("brand", "other", "none"), post["id"]
            assert (labels["topicality"] >= 4) is (labels["level"] != "none"), post["id"]


def test_every_mood_text_is_labelled_within_its_classes_and_scales() -> None:
    assert len(moods()) >= 3500 and len({m["id"] for m in moods()}) == len(moods())
    for one in moods():
        assert list(one) == ["id", "text", "emotion", "mood", "intensity", "score"], one["id"]
        assert one["text"].strip() and one["emotion"] in EMOTIONS and one["mood"] in MOODS, one["id"]
        assert one["intensity"] in (0, 1, 2, 3) and one["score"] in range(1, 11), one["id"]
        assert EMOTION_MOODS.get(one["emotion"], one["mood"]) == one["mood"], one["id"]
        assert one["mood"] == "negative" or one["score"] <= 3, one["id"]
    for emotion in EMOTIONS:
        assert sum(m["emotion"] == emotion for m in moods()) >= 150, emotion


def test_posts_are_their_own_and_no_variations_of_each_other() -> None:
    alike = near_duplicates([p["text"] for p in posts()])
    assert len(alike) < 0.02 * len(posts()), [posts()[i]["id"] for i in alike]


def test_mood_texts_are_no_variations_of_each_other() -> None:
    alike = near_duplicates([m["text"] for m in moods()])
    assert len(alike) < 0.02 * len(moods()), [moods()[i]["id"] for i in alike]


def near_duplicates(texts: list[str]) -> list[int]:
    """Places of texts whose three-character shingles have a Jaccard index above 0.5 with another's."""
    numbers: dict[str, int] = {}
    shingles = [sorted({numbers.setdefault(gram, len(numbers)) for gram in _grams(text)}) for text in texts]
    sizes = np.array([len(s) for s in shingles])
    columns = np.concatenate([np.array(s) for s in shingles])
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    table = sparse.csr_matrix((np.ones(columns.size, np.int32), columns, bounds), shape=(len(texts), len(numbers)))
    shared = (table @ table.T).tocoo()
    alike = shared.data > 0.5 * (sizes[shared.row] + sizes[shared.col] - shared.data)
    return sorted(set(shared.row[alike & (shared.row != shared.col)].tolist()))


def _grams(text: str) -> set[str]:
    plain = "".join(c for c in text if c.isalnum()) or text
    return {plain[i : i + 3] for i in range(max(1, len(plain) - 2))}


def test_many_are_labelled_twice_and_the_two_agree_as_the_notes_say() -> None:
    twice = [p["labels"] for p in posts() if len(p["labels"]) == 2]
    assert len(twice) >= 500
    for scale, most in (("topicality", 1.0), ("emotion", 1.0), ("reach", 0.8), ("completeness", 1.5)):
        assert sum(abs(a[scale] - b[scale]) for a, b in twice) / len(twice) <= most, scale
    for field, least in (("level", 0.75), ("category", 0.75), ("target", 0.85)):
        assert sum(a[field] == b[field] for a, b in twice) / len(twice) >= least, field


def test_hard_kinds_are_there_in_number() -> None:
    traits = Counter(t for p in posts() for t in p["traits"])
    for trait, least in {
        "implicit": 150,
        "sarcasm": 120,
        "negation": 80,
        "evasion": 60,
        "homonym": 60,
        "denial": 20,
    }.items():
        assert traits[trait] >= least, (trait, traits[trait])


def test_the_notes_tell_how_many_posts_each_file_has() -> None:
    notes = (FOLDER / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([\w/]+\.jsonl)` \| ([\d,]+) \|", notes, re.MULTILINE)
    assert len(told) >= 9
    for name, count in told:
        assert len(read(FOLDER / name)) == int(count.replace(",", "")), name
