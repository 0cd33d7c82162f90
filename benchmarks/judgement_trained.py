"""What the same code reaches when it is trained on everything at hand: the aims that shipped weights are not asked to meet.

Trained on the corpus and four fifths of every mood set in the data folder, judged on the other fifth, which nothing was chosen on.
Takes some ten minutes on two cores; nothing of the data goes into the product.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.bare_snownlp import BareSnowNLP
from benchmarks.held_out import STEPS, corpus_labels, held_out, train_without
from benchmarks.judgement import RIVAL, SIX
from benchmarks.labelled import data_folder, drawn, load_moods
from benchmarks.report import Result, Row
from fengsheng.labels import Felt, Labels
from fengsheng.measuring import auc, macro_f1, negative_chances, select_emotions
from scoring.learned import EMOTIONS, Learned

NAME = "judgement-trained"
AUC = {"smp2020_usual": 0.93, "weibo2018_bin": 0.91, "waimai_10k": 0.945}
F1 = {"smp2020_usual": 0.72, "smp2020_virus": 0.61}


def run(rounds: int, *, quick: bool, folder: Path | None = None) -> Result:
    """Train once and judge; ``rounds`` changes nothing."""
    folder = folder or data_folder()
    about = "the same code trained on the corpus and four fifths of every mood set at hand, judged on the other fifth"
    names = sorted(p.name.removesuffix(".csv.gz") for p in folder.glob("*.csv.gz")) if folder.is_dir() else []
    texts = {name: felt for name in names if (felt := load_moods(folder, name))}
    if not texts:
        why = f"no labelled mood sets (*.csv.gz) in {folder}; FENGSHENG_DATA or --data names another folder"
        return Result(name=NAME, about=about, skipped=why)
    labels = Labels(judged=corpus_labels().judged, felt=[*corpus_labels().felt])
    for felt in texts.values():
        labels.felt.extend(drawn(felt, 300) if quick else felt)
    split = held_out(labels)
    began = time.process_time()
    learned = train_without(split.train, steps=4 if quick else STEPS)
    took = time.process_time() - began
    kept = {t.text for t in split.test.felt}
    rows = []
    with BareSnowNLP() as bare:
        for name, felt in texts.items():
            rows += rows_of(name, [t for t in felt if t.text in kept], learned, bare, 50 if quick else 1000)
    notes = (
        f"trained on {len(split.train.felt):,} texts of {len(texts)} sets and {len(split.train.judged):,} posts in {took:.0f} s of processor time "
        "(0: kept from an earlier run)",
        f"bare SnowNLP is judged on up to {50 if quick else 1000:,} of the same texts, as shipped by its makers, not retrained",
    )
    return Result(name=NAME, about=about, rows=tuple(rows), rival=RIVAL, notes=notes)


def rows_of(name: str, test: list[Felt], learned: Learned, bare: BareSnowNLP, count: int) -> list[Row]:
    """Negative mood and six emotions of the texts of one set that were held out."""
    rows = []
    known = [t for t in test if t.negative is not None]
    truth = [(t.negative or 0) > 0.5 for t in known]
    if len(known) >= 20 and 0 < sum(truth) < len(truth):
        logits = negative_chances([t.text for t in known], learned)
        few = drawn(known, count)
        _, positive = bare.score([t.text for t in few])
        rival = auc([(t.negative or 0) > 0.5 for t in few], [1 - p for p in positive])
        aim = f"≥ {AUC[name]:g}" if name in AUC else ""
        rows.append(
            Row(what=f"{name}, negative mood: AUC", aim=aim, ours=auc(truth, logits[:, 0].tolist()), rival=rival)
        )
    if name in SIX:
        felt = [t for t in test if t.emotion is not None]
        chosen = select_emotions(negative_chances([t.text for t in felt], learned)[:, 1 : 1 + len(EMOTIONS)])
        f1 = macro_f1([str(t.emotion) for t in felt], chosen)
        rows.append(Row(what=f"{name}, six emotions: macro F1", aim=f"≥ {F1[name]:g}", ours=f1))
    return rows
