"""The corpus that shipped weights may learn from: invented, varied, labelled by the rubric, some of it twice."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from records.mention import Kind, Platform, Verified
from scoring.assessment import Category, Risk

FOLDER = Path(__file__).parents[2] / "scoring" / "corpus"
SCALES = ("topicality", "emotion", "reach", "completeness")
FIELDS = (
    "id trade brand brand_aliases official_accounts products rivals excluded platform kind text author metrics "
    "published_at has_media region labels traits"
).split()


@cache
def posts() -> tuple[dict[str, Any], ...]:
    files = sorted(FOLDER.glob("*.jsonl"))
    return tuple(json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines())


def test_there_are_enough_posts_trades_and_platforms_each_in_its_file() -> None:
    assert len(posts()) >= 3000 and len({p["id"] for p in posts()}) == len(posts())
    trades = Counter(p["trade"] for p in posts())
    assert len(trades) >= 30 and min(trades.values()) >= 90
    assert {f.stem for f in FOLDER.glob("*.jsonl")} == set(trades)
    assert len({p["platform"] for p in posts()}) >= 8


def test_every_post_has_the_same_fields_and_labels_within_the_scale() -> None:
    for post in posts():
        assert list(post) == FIELDS, post["id"]
        assert post["platform"] in list(Platform) and post["kind"] in list(Kind), post["id"]
        assert post["author"]["verified"] in list(Verified), post["id"]
        assert datetime.fromisoformat(post["published_at"]).tzinfo is not None, post["id"]
        assert post["text"].strip() and post["has_media"] in ("none", "image", "video"), post["id"]
        for labels in post["labels"]:
            assert all(isinstance(labels[s], int) and 1 <= labels[s] <= 10 for s in SCALES), post["id"]
            assert labels["level"] in list(Risk) and labels["category"] in list(Category), post["id"]
            assert labels["mood"] in ("positive", "neutral", "negative"), post["id"]
            assert labels["target"] in ("brand", "other", "none"), post["id"]
            assert labels["topicality"] >= 4 or labels["level"] == "none", post["id"]


def test_posts_are_their_own_and_no_variations_of_each_other() -> None:
    shingles = [frozenset(_grams(p["text"])) for p in posts()]
    where = defaultdict(list)
    for place, grams in enumerate(shingles):
        for gram in grams:
            where[gram].append(place)
    shared: Counter[tuple[int, int]] = Counter()
    for places in where.values():
        if len(places) <= 40:  # what more posts share says nothing about two of them
            shared.update(combinations(places, 2))
    alike = set()
    for (one, other), common in shared.items():
        if common >= 3 and len(shingles[one] & shingles[other]) > 0.5 * len(shingles[one] | shingles[other]):
            alike |= {one, other}
    assert len(alike) < 0.02 * len(posts()), [posts()[i]["id"] for i in sorted(alike)]


def _grams(text: str) -> set[str]:
    plain = "".join(c for c in text if c.isalnum())
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
