"""Pieces of text that are words, found by how they stand in many texts (W3). Pure.

A piece of 2 to 6 Chinese characters is a word where its parts stand together more often than by chance (pointwise mutual
information) and its neighbours vary (entropy on both sides), or where it is an everyday word; a Latin word is one by itself.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scoring.characters import everyday_words
from scoring.pieces import PieceIndex
from scoring.places import CITIES, PROVINCES
from scoring.text import CHINESE, Folded

LONGEST = 6
COHESION, OF_THE_MOST = 3.0, 0.7
"""Least mutual information (nats) of the loosest of the ways to split a word in two; in few texts, where no word can reach that, the
part of what a word whose characters stand nowhere else would reach."""
VARIETY, EVERYDAY_VARIETY = 0.8, 0.4
"""Least entropy (nats) of the characters on each side of a word; of an everyday word, which may still be a piece of another
(分清 in 积分清零)."""
MASKED = "\n"
"""Stands for what no word may reach over."""
_RUN = re.compile(rf"[{CHINESE}]+|(?<![a-z0-9])[a-z][a-z0-9]{{2,19}}(?![a-z0-9])")
_UNWANTED = re.compile(r"https?://[!-~]+|[@＠][\w\-·]{1,30}|\[[^\[\]]{1,8}\]")
_MARKS = frozenset("@＠[:")
"""Without one of these nothing is unwanted."""
_NOT_FIRST = frozenset(
    "的了是吗呢吧啊呀哦嘛和与及也都就还又我你他她它们这那个着过把在从对给跟到得地之其而且但所以因为让说去来上下里种次些么"
)
_NOT_LAST = frozenset(
    "的了是我你他她它这那很太也都就还又在把被给和跟与不没有再更最只从对向让得地个一说之而且但所以因为么什怎哪"
)
_COMMON = frozenset(
    "今天 昨天 前天 明天 现在 之前 以后 后来 刚刚 晚上 早上 上午 下午 中午 周末 小时 分钟 时候 时间 自己 大家 我们 你们 他们 这个 那个 一个 "
    "什么 怎么 因为 所以 但是 然后 不过 就是 还是 已经 可以 没有 不是 知道 觉得 感觉 真的 一直 一样 这样 那样 东西 事情 问题 朋友 老公 老婆 "
    "the and for you was that with this not are have but they all from out has had just when what who how why can get got now day".split()
)
_PLACES = frozenset(PROVINCES).union(*(row.split() for row in CITIES.values()))


def runs_of(text: Folded, names: Iterable[str], known: Iterable[tuple[int, int]] = ()) -> list[str]:
    """The runs of Chinese characters and the Latin words of a text, without handles, links, emoticons and names.

    Args:
        names: folded, the longest first.
        known: folded ranges to leave out.
    """
    body = text.text
    known = [*known, *_unwanted(text)]
    if known:
        chars = list(body)
        for start, end in known:
            chars[start:end] = MASKED * (end - start)
        body = "".join(chars)
    for name in names:
        if name in body:
            body = body.replace(name, MASKED)
    return _RUN.findall(body)


def _unwanted(text: Folded) -> Iterator[tuple[int, int]]:
    """Folded ranges of handles, links and emoticons. They are told by the blanks around them, which folding takes out."""
    if _MARKS.isdisjoint(text.original):
        return
    for found in _UNWANTED.finditer(text.original):
        start, end = found.span()
        yield (start, end) if text.places is None else (bisect_left(text.places, start), bisect_left(text.places, end))


def find_words(texts: Sequence[Sequence[str]], least: int) -> list[str]:
    """Words that stand in at least so many texts.

    Args:
        texts: for each text its ``runs_of``.
    """
    chinese = [[run for run in runs if not run.isascii()] for runs in texts]
    counts, frequent = _frequent_pieces(chinese, least)
    size = sum(len(run) for runs in chinese for run in runs)
    left, right = _neighbours(chinese, frequent)
    latin = Counter(run for runs in texts for run in {r for r in runs if r.isascii()})
    words = [w for w, n in latin.items() if n >= least and w not in _COMMON]
    for piece in frequent:
        if piece[0] in _NOT_FIRST or piece[-1] in _NOT_LAST or piece in _COMMON or piece in _PLACES:
            continue
        variety = min(_variety(left[piece]), _variety(right[piece]))
        if piece in everyday_words():
            is_word = variety >= EVERYDAY_VARIETY
        else:
            is_word = variety >= VARIETY and _holds(piece, counts, size)
        if is_word:
            words.append(piece)
    return sorted(words)


def _frequent_pieces(texts: Sequence[Sequence[str]], least: int) -> tuple[Counter[str], set[str]]:
    """(occurrences of characters and pieces, pieces in enough texts); a piece is frequent only where its parts are."""
    counts: Counter[str] = Counter(char for runs in texts for run in runs for char in run)
    frequent: set[str] = set()
    last: set[str] = set()
    for length in range(2, LONGEST + 1):
        holding: Counter[str] = Counter()
        for runs in texts:
            pieces = [
                p for run in runs for p in _pieces(run, length) if length == 2 or (p[:-1] in last and p[1:] in last)
            ]
            counts.update(pieces)
            holding.update(set(pieces))
        last = {piece for piece, n in holding.items() if n >= least}
        frequent |= last
    return counts, frequent


def _pieces(run: str, length: int) -> Iterator[str]:
    return (run[start : start + length] for start in range(len(run) - length + 1))


def _neighbours(
    texts: Sequence[Sequence[str]], words: Iterable[str]
) -> tuple[Mapping[str, Counter[str]], Mapping[str, Counter[str]]]:
    index = PieceIndex({word: word for word in words})
    left: dict[str, Counter[str]] = defaultdict(Counter)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    for number, runs in enumerate(texts):
        edge = str(number)  # the edge of a sentence is another neighbour in each text
        for run in runs:
            for start, end, word in index.find(run):
                left[word][run[start - 1] if start else edge] += 1
                right[word][run[end] if end < len(run) else edge] += 1
    return left, right


def _holds(word: str, counts: Counter[str], size: int) -> bool:
    """Do the parts stand together more often than by chance?"""
    loosest = max(counts[word[:cut]] * counts[word[cut:]] for cut in range(1, len(word)))
    most = math.log(size / counts[word])
    return math.log(counts[word] * size / loosest) >= min(COHESION, OF_THE_MOST * most)


def _variety(neighbours: Counter[str]) -> float:
    total = sum(neighbours.values())
    return -sum(n / total * math.log(n / total) for n in neighbours.values())
