"""Names that are spelt to escape filters: 谐音, pinyin, split characters, signs inside, emoji, 某X (S1).

Two ways, by what they cost. What can be written out beforehand (pinyin, initials, 某橙, 橙家) becomes further strings to look for. What cannot (橙*子, 橘子 for 橙子, 木🛶) is aligned with the name character by character, from
the characters that were kept; this runs only where the name itself does not stand in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from scoring.characters import NOT_PINYIN, crosses_words, everyday_words, spellings, syllables
from scoring.sounds import is_syllable, sound_of, sounds_of
from scoring.text import Folded, is_chinese

_PLAIN = frozenset("小阿老大子儿家里之的新中")
"""Characters that say nothing about which name is meant."""
_HOMOPHONE, _SHAPE, _HALVES, _PINYIN, _INITIAL, _LATIN = 1.0, 0.8, 0.5, 0.6, 1.2, 2.0
_EMOJI, _SIGN, _SIGN_AT_THE_EDGE, _MASK, _GAP, _LETTER_GAP, _OMITTED = 0.5, 2.2, 2.6, 1.2, 0.2, 0.6, 1.8
"""What each replaced character takes off the weight of a sighting."""
_NOTHING_KEPT, _ONE_OF_TWO = 1.3, 1.0
"""Two syllables of the same sound alone are heard by chance (是六 for 石榴), half of them are, too (成子 for 橙子)."""
_PER_CHARACTER = 1.3
_MASKS = frozenset("x×○〇□■*某o0")
_LONGEST_NAME = 8
_DIGIT_SOUNDS = dict(zip("0123456789", "ling yi er san si wu liu qi ba jiu".split(), strict=True))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A name that stands in a text in another spelling."""

    start: int
    end: int
    name: str
    way: str
    """name of the finding (scoring/wording.py)"""
    weight: float
    """How far this alone speaks for the brand, in log odds; below 0 it needs the words of the trade beside it."""


class DisguiseFinder:
    """The spellings of one brand's names, prepared once."""

    def __init__(self, names: Iterable[str]) -> None:
        names = tuple(dict.fromkeys(names))
        self._names = tuple(n for n in names if 2 <= len(n) <= _LONGEST_NAME and is_chinese(n))
        pieces: dict[str, tuple[str, str, float]] = {}
        for name in self._names:
            for piece, way, weight in _written_out(name):
                if piece not in names and (piece not in pieces or pieces[piece][2] < weight):
                    pieces[piece] = (name, way, weight)
        latin = {p: v for p, v in pieces.items() if p.isascii()}
        self._latin = tuple((p, *v) for p, v in latin.items())
        self._other = tuple((p, *v) for p, v in pieces.items() if p not in latin)
        self._anchors: dict[str, list[tuple[str, int]]] = {}
        for name in self._names:
            for place, char in enumerate(name):
                self._anchors.setdefault(char, []).append((name, place))
        self._sounds = tuple((sound_of(r), name) for name in self._names for r in syllables().readings(name))

    def find(self, text: Folded) -> Sighting | None:
        """The weightiest other spelling of a name in the text; None where there is none."""
        body = text.text
        best: Sighting | None = None
        for found in self._sightings(text, body):
            if best is None or found.weight > best.weight:
                best = found
        return best

    def _sightings(self, text: Folded, body: str) -> Iterator[Sighting]:
        for piece, name, way, weight in self._other:
            start = body.find(piece)
            if start >= 0 and not crosses_words(body, start, start + len(piece)):
                yield Sighting(start, start + len(piece), name, way, weight)
        chars = set(body)
        if any("a" <= c <= "z" for c in chars):
            for piece, name, way, weight in self._latin:
                start = body.find(piece)
                if start >= 0 and _stands_alone(body, start, start + len(piece)):
                    yield Sighting(start, start + len(piece), name, way, weight)
        for char in self._anchors.keys() & chars:
            yield from _aligned(text, char, self._anchors[char])
        yield from self._homophones(body)

    def _homophones(self, body: str) -> Iterator[Sighting]:
        """Names of which every character was replaced by one of the same sound."""
        sounds = sounds_of(body)
        for sound, name in self._sounds:
            start = sounds.find(sound)
            if start < 0:
                continue
            end = start + len(name)
            written = body[start:end]
            if written != name and is_chinese(written) and not _is_natural(body, start, end):
                changed = sum(a != b for a, b in zip(written, name, strict=True))
                weight = _PER_CHARACTER * (len(name) - 1) - _HOMOPHONE * changed - _chance(name, changed)
                yield Sighting(start, end, name, "spelt by sound", weight)


def _chance(name: str, changed: int) -> float:
    """What a short name loses where only its sound is there: two syllables are heard by chance."""
    return 0.0 if len(name) > 2 else _NOTHING_KEPT if changed == 2 else _ONE_OF_TWO


def _written_out(name: str) -> Iterator[tuple[str, str, float]]:
    """Spellings of a name that can be written down beforehand: (text, way, weight)."""
    longer = len(name) - 2
    for reading in syllables().readings(name):
        joined = "".join(reading)
        for piece in (joined, " ".join(reading), "'".join(reading), "-".join(reading)):
            if piece not in NOT_PINYIN and len(piece) >= 4:
                yield piece, "spelt in pinyin", 0.7 + 1.2 * longer
        initials = "".join(s[0] for s in reading)
        yield initials, "spelt by initials", -2.2 + 0.8 * longer
        for letters in {initials[:1], reading[0][:2] if reading[0][1:2] == "h" else initials[:1]}:
            yield from ((f"{letters}{rest}", "hinted at", -0.9) for rest in ("开头", "字开头", "打头", "字头"))
    telling = [c for c in name if c not in _PLAIN] or list(name)
    if len(name) <= 4:
        for char in dict.fromkeys(telling[:2]):
            faces = (char, *spellings().emoji.get(char, ()))
            for face in faces:
                if face + "家" not in everyday_words():
                    yield face + "家", "hinted at" if face == char else "spelt with emoji", -1.2
                yield "某" + face, "hinted at", -0.9
        yield from ((telling[0] + rest, "hinted at", -0.4) for rest in ("开头的", "字开头", "打头的", "字头的"))
    if name[::-1] != name and name[::-1] not in everyday_words():
        yield name[::-1], "spelt backwards", -0.8 + 1.5 * longer
    for face in spellings().emoji.get(name, ()):
        yield face, "spelt with emoji", -1.2
    faces_of = [spellings().emoji.get(c, ())[:3] for c in name]
    if all(faces_of) and len(name) <= 3:
        for faces in product(*faces_of):
            yield "".join(faces), "spelt with emoji", 0.6 + longer
    elif len(name) == 2 and name[1] in _PLAIN:
        yield from ((face, "spelt with emoji", -1.8) for face in faces_of[0])


# Aligning a name with a place of the text


def _aligned(text: Folded, char: str, anchors: list[tuple[str, int]]) -> Iterator[Sighting]:
    body = text.text
    at = body.find(char)
    while at >= 0:
        for name, place in anchors:
            right = _Walk(text, name, place + 1, at + 1, 1).cheapest()
            if right is None:
                continue
            left = _Walk(text, name, place - 1, at - 1, -1).cheapest()
            if left is None:
                continue
            cost, end, ways = right
            more, start, others = left
            ways = ways | others
            start, end = start + 1, end
            if ways and not (ways == {"spelt by sound"} and _is_natural(body, start, end)):
                weight = _PER_CHARACTER * (len(name) - 1) - cost - more
                if ways == {"spelt by sound"}:
                    weight -= _chance(name, 1)
                yield Sighting(start, end, name, min(ways, key=_ORDER.index), weight)
        at = body.find(char, at + 1)


_ORDER = (
    "spelt by sound",
    "spelt in pinyin",
    "spelt by initials",
    "spelt with emoji",
    "characters taken apart",
    "look-alike characters",
    "characters masked",
    "signs inside the name",
)
_Step = tuple[float, int, int, str]
"""(cost, places of the text taken, characters of the name told, way)"""


@dataclass(frozen=True, slots=True)
class _Walk:
    """The rest of a name in one direction, from a place of the text on."""

    text: Folded
    name: str
    place: int
    at: int
    step: int
    gap: bool = False
    """The place before was a sign that stands for nothing."""

    def cheapest(self) -> tuple[float, int, frozenset[str]] | None:
        """(cost, first place behind, ways used); None where the rest of the name does not stand there."""
        if not 0 <= self.place < len(self.name):
            return 0.0, self.at, frozenset()
        best: tuple[float, int, frozenset[str]] | None = None
        for cost, taken, told, way in self._steps():
            rest = _Walk(
                self.text, self.name, self.place + told * self.step, self.at + taken * self.step, self.step, told == 0
            ).cheapest()
            if rest is not None and (best is None or cost + rest[0] < best[0]):
                best = cost + rest[0], rest[1], rest[2] | {way} if way else rest[2]
            if best is not None and best[0] == 0.0:
                break
        return best

    def _steps(self) -> Iterator[_Step]:
        body, wanted = self.text.text, self.name[self.place]
        char = body[self.at] if 0 <= self.at < len(body) else "\n"
        if char == wanted:
            yield 0.0, 1, 1, ""
            return
        if self._dropped():
            yield _OMITTED, 0, 1, "characters masked"
        if is_chinese(char):
            yield from self._characters(char, wanted)
        elif char.isascii() and char.isalnum():
            yield from self._letters(char, wanted)
        elif not char.isspace() and char not in "，。！？!?；;、：:,…":
            yield from self._signs(char, wanted)

    def _characters(self, char: str, wanted: str) -> Iterator[_Step]:
        known = syllables()
        sound = known.first.get(char)
        if sound and (sound == known.first.get(wanted) or sound in known.more.get(wanted, ())):
            yield _HOMOPHONE, 1, 1, "spelt by sound"
        if char in spellings().shapes.get(wanted, ()):
            yield _SHAPE, 1, 1, "look-alike characters"
        pair = self._slice(2)
        if pair in spellings().halves.get(wanted, ()):
            yield _HALVES, 2, 1, "characters taken apart"
        if char == "某" and len(self.name) > 2:
            yield _MASK, 1, 1, "characters masked"

    def _letters(self, char: str, wanted: str) -> Iterator[_Step]:
        length = 1
        while length < 14 and self._at(length).isascii() and self._at(length).isalnum():
            length += 1
        run = self._slice(length)
        if _DIGIT_SOUNDS.get(char) in (syllables().first.get(wanted), *syllables().more.get(wanted, ())):
            yield _HOMOPHONE, 1, 1, "spelt by sound"
        if char in _MASKS and length == 1 and (char == "x" or 0 < self.place < len(self.name) - 1):
            yield _MASK, 1, 1, "characters masked"
        if length == 1 and self._at(1) == wanted and not self.gap:
            yield _LETTER_GAP, 1, 0, "signs inside the name"
        if not run.isalpha():
            return
        rest = self.name[self.place :] if self.step > 0 else self.name[: self.place + 1]
        for told in range(1, len(rest) + 1):
            part = rest[:told] if self.step > 0 else rest[-told:]
            for reading in syllables().readings(part):
                if run == "".join(reading):
                    yield _PINYIN * told, length, told, "spelt in pinyin"
                elif run == "".join(s[0] for s in reading):
                    yield _INITIAL * told, length, told, "spelt by initials"
        if is_syllable(run):
            yield _LATIN, length, 1, "spelt in pinyin"

    def _signs(self, char: str, wanted: str) -> Iterator[_Step]:
        emoji = spellings().emoji
        length = 2 if self._is_sign(self._at(1)) else 1
        if not self.gap:
            yield _GAP * length, length, 0, "signs inside the name"
            if length == 2:
                yield _GAP, 1, 0, "signs inside the name"
        if char in _MASKS:
            yield _MASK, 1, 1, "characters masked"
        if char in emoji.get(wanted, ()):
            yield _EMOJI, 1, 1, "spelt with emoji"
        elif "\u2190" <= char <= "\u2bff" or char >= "\U0001f000":
            inside = 0 < self.place < len(self.name) - 1
            yield _SIGN if inside else _SIGN_AT_THE_EDGE, 1, 1, "spelt with emoji"
        both = (
            self.name[self.place : self.place + 2]
            if self.step > 0
            else self.name[max(0, self.place - 1) : self.place + 1]
        )
        if len(both) == 2 and char in emoji.get(both, ()):
            yield _EMOJI, 1, 2, "spelt with emoji"

    def _is_sign(self, char: str) -> bool:
        return not char.isalnum() and not char.isspace() and char not in "，。！？!?；;、：:,…" and char != ""

    def _at(self, distance: int) -> str:
        at = self.at + distance * self.step
        return self.text.text[at : at + 1] if at >= 0 else ""

    def _slice(self, length: int) -> str:
        if self.step > 0:
            return self.text.text[self.at : self.at + length]
        return self.text.text[max(0, self.at - length + 1) : self.at + 1]

    def _dropped(self) -> bool:
        """Was something between this place and the one before dropped in folding ("安*银行")?"""
        places, before = self.text.places, self.at - self.step
        if places is None or not (0 <= self.at < len(places) and 0 <= before < len(places)):
            return False
        low, high = sorted((places[self.at], places[before]))
        return any(c in "*＊×○□_" for c in self.text.original[low + 1 : high])


def _is_natural(body: str, start: int, end: int) -> bool:
    """Is [start, end) ordinary text: an everyday word, part of one, or two of them?"""
    everyday = everyday_words()
    return body[start:end] in everyday or crosses_words(body, start, end)


def _stands_alone(body: str, start: int, end: int) -> bool:
    around = body[max(0, start - 1) : start] + body[end : end + 1]
    return not any(c.isascii() and c.isalnum() for c in around)
