"""Labelled files for ``fengsheng train``: judged posts and texts with a mood; JSON lines, CSV or XLSX, plain or gzipped."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from fengsheng.label_rows import Felt as Felt
from fengsheng.label_rows import Judged as Judged
from fengsheng.label_rows import UnknownMood, parse_label_row
from fengsheng.label_rows import input_of_row as input_of_row
from fengsheng.label_rows import terms_of_row as terms_of_row
from fengsheng.reading import parse_json_lines
from fengsheng.tables import BadLine, load_xlsx_rows, parse_csv_rows
from records.errors import BadInput, BadRecord, Problem

ENDINGS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".xlsx")
MOST_POSTS, MOST_TEXTS = 60_000, 400_000
"""More than these are thinned out: what training holds in memory stays under 6 GiB and takes minutes."""
Row = TypeVar("Row")
_TAG = re.compile(r"\[[^\[\]\n]{1,8}\]")
_TAGGED, _FEWEST_TAGGED = 0.9, 200
TAGGED_WEIGHT = 0.3
"""Labels that were made from emoticons are noisy: each text counts so much."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    judged: list[Judged] = field(default_factory=list)
    felt: list[Felt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was done with the labels, sentences for the report."""
    skipped: dict[str, int] = field(default_factory=dict)
    """File → rows of it that were left out; why stands among the problems."""

    def extend(self, other: Labels) -> None:
        self.judged.extend(other.judged)
        self.felt.extend(other.felt)
        self.notes.extend(other.notes)
        for file, count in other.skipped.items():
            self.skipped[file] = self.skipped.get(file, 0) + count


def load_labels(path: Path, problems: list[Problem]) -> Labels:
    """Read one file, or every labelled file of a folder and its folders; wrong rows are problems, right ones are kept."""
    if path.is_dir():
        whole = Labels()
        files = sorted(f for f in path.rglob("*") if f.name.lower().endswith(ENDINGS))
        if not files:
            problems.append(Problem(file=str(path), what=f"no file ending in {', '.join(ENDINGS)} in this folder"))
        for file in files:
            whole.extend(load_labels(file, problems))
        return whole
    try:
        return _labels_of(_rows(path), path, problems)
    except BadInput as error:
        problems.extend(error.problems)
    except FileNotFoundError:
        problems.append(Problem(file=str(path), what="no such file: labelled JSON lines, CSV or XLSX are accepted"))
    except (OSError, EOFError) as error:
        problems.append(Problem(file=str(path), what=f"cannot be read: {getattr(error, 'strerror', None) or error}"))
    return Labels()


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        what = f'"{path.suffix or path.name}" is not read: {", ".join(ENDINGS)} are accepted'
        raise BadInput([Problem(file=str(path), what=what)])
    if name.endswith(".xlsx"):
        yield from load_xlsx_rows(path)
        return
    data = path.read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    yield from parse_json_lines(data.split(b"\n")) if ".jsonl" in name else parse_csv_rows(data)


def _labels_of(rows: Iterator[tuple[int, Any]], path: Path, problems: list[Problem]) -> Labels:
    found, bad, unknown = Labels(), dict[str, list[int]](), dict[str, int]()
    for number, row in rows:
        try:
            if isinstance(row, BadLine):
                raise BadRecord(row.why)
            label = parse_label_row(row, number, path.name)
        except UnknownMood as error:
            unknown[error.label] = unknown.get(error.label, 0) + 1
        except BadRecord as error:
            bad.setdefault(str(error), []).append(number)
        else:
            if isinstance(label, Judged):
                found.judged.append(label)
            else:
                found.felt.append(label)
    for what, lines in bad.items():
        more = f" (and {len(lines) - 1} more rows like this)" if len(lines) > 1 else ""
        problems.append(Problem(file=str(path), line=lines[0], what=what + more))
    if unknown:
        few = ", ".join(f"{k or '(empty)'} ×{n}" for k, n in sorted(unknown.items(), key=lambda kv: -kv[1])[:4])
        what = (
            f"{sum(unknown.values())} rows without a label that is understood ({few}): accepted are a brand with scores, "
            "or a mood such as positive, negative, neutral, happy, angry, sad, fear, surprise"
        )
        problems.append(Problem(file=str(path), what=what))
    skipped = sum(map(len, bad.values())) + sum(unknown.values())
    if skipped:
        found.skipped[path.name] = skipped
    if not found.judged and not found.felt and not skipped:
        problems.append(Problem(file=str(path), what="no rows: a header and one row a text, or one JSON object a line"))
    return _with_words(_without_tags(found, path), path, problems)


def _without_tags(found: Labels, path: Path) -> Labels:
    """Where nearly every text carries an [emoticon], the labels were made from them: they are taken out before learning."""
    tagged = sum(1 for f in found.felt if _TAG.search(f.text))
    if len(found.felt) < _FEWEST_TAGGED or tagged < _TAGGED * len(found.felt):
        return found
    note = f"{path.name}: {tagged} of {len(found.felt)} texts carry [emoticons], which are then their labels: they were taken out"
    felt = [replace(f, text=_TAG.sub("", f.text), weight=f.weight * TAGGED_WEIGHT) for f in found.felt]
    return replace(found, felt=felt, notes=[*found.notes, note])


def _with_words(found: Labels, path: Path, problems: list[Problem]) -> Labels:
    """Without texts of nothing but blanks and signs: there is nothing to learn from."""
    felt = [f for f in found.felt if any(c.isalnum() or ord(c) > 0x2E80 for c in f.text)]
    empty = len(found.felt) - len(felt)
    if not empty:
        return found
    problems.append(Problem(file=str(path), what=f"{empty} texts without a word were left out"))
    skipped = {**found.skipped, path.name: found.skipped.get(path.name, 0) + empty}
    return replace(found, felt=felt, skipped=skipped)


def settle_repeats(labels: Labels) -> Labels:
    """The same post or text twice counts once, as it was labelled last; texts that contradict each other in one file are left."""
    judged = {(p.item.brand, p.item.text): p for p in labels.judged}
    felt = {(f.text, f.source): f for f in labels.felt}
    repeats = len(labels.judged) - len(judged) + len(labels.felt) - len(felt)
    note = [f"{repeats} rows repeat a text of the same brand or file: the last one counts"] if repeats else []
    return replace(labels, judged=list(judged.values()), felt=list(felt.values()), notes=[*labels.notes, *note])


def thin_labels(labels: Labels, posts: int = MOST_POSTS, texts: int = MOST_TEXTS) -> Labels:
    """At most so many posts and texts, drawn evenly by the hash of their words, always the same ones."""
    judged, felt, notes = labels.judged, labels.felt, list(labels.notes)
    if len(judged) > posts:
        notes.append(f"{posts:,} of {len(judged):,} posts were drawn: more would not fit into memory and minutes")
        judged = _drawn(judged, [p.item.text for p in judged], posts)
    if len(felt) > texts:
        notes.append(f"{texts:,} of {len(felt):,} texts were drawn: more would not fit into memory and minutes")
        felt = _drawn(felt, [f.text for f in felt], texts)
    return replace(labels, judged=judged, felt=felt, notes=notes)


def _drawn(rows: Sequence[Row], texts: Sequence[str], count: int) -> list[Row]:
    order = sorted(range(len(rows)), key=lambda i: hashlib.sha256(texts[i].encode("utf-8", "replace")).digest())
    return [rows[i] for i in sorted(order[:count])]
