"""What people labelled, as the benchmarks read it: brand posts with one or two people's labels, and texts with a mood.

The brand posts stand in the project (``tests/scoring/fixtures/gold_posts.jsonl``, ``scoring/corpus``). The mood sets do not: they are
looked for where FENGSHENG_DATA (or ``--data``) points, else in the folder ``shared/data`` beside the project.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from fengsheng.labels import Felt, input_of_row, load_labels, terms_of_row
from records.errors import Problem
from scoring.assessment import BrandTerms, ScoreInput

VARIABLE = "FENGSHENG_DATA"
GOLD = ROOT / "tests" / "scoring" / "fixtures" / "gold_posts.jsonl"
CORPUS = ROOT / "scoring" / "corpus"


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A brand post and what each person said of it."""

    item: ScoreInput
    terms: BrandTerms
    labels: tuple[Mapping[str, Any], ...]

    def mean(self, name: str) -> float:
        """Mean of the people's scores."""
        return sum(float(label[name]) for label in self.labels) / len(self.labels)


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the labelled sets are looked for; it need not exist."""
    named = environment.get(VARIABLE)
    return Path(named) if named else ROOT.parent / "shared" / "data"


def load_posts(files: Iterable[Path]) -> list[Post]:
    """Every labelled brand post of the files, in their order."""
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [
        Post(item=input_of_row(row), terms=terms_of_row(row), labels=tuple(row["labels"]))
        for row in rows
        if row.get("brand") and row.get("labels")
    ]


def load_moods(folder: Path, name: str) -> list[Felt]:
    """Texts of a set whose mood is labelled; [] where it is not at hand."""
    problems: list[Problem] = []
    file = folder / f"{name}.csv.gz"
    return load_labels(file, problems).felt if file.is_file() else []


def drawn(texts: Sequence[Felt], count: int) -> list[Felt]:
    """So many of them, always the same, whatever their order."""
    return sorted(texts, key=lambda t: hashlib.sha256(t.text.encode("utf-8", "replace")).digest())[:count]
