"""Emotion (情绪强度, S2): strength of negative feeling from the writer's words, marks and emoticons; and the engine's interface."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.assessment import Reason
from scoring.facts import Facts, parse_facts
from scoring.keywords import Hit, WordLibrary
from scoring.often import made_often
from scoring.tally import Tally
from scoring.text import fold_text

NEGATIVE_FROM = 3.5
_RHETORIC = re.compile(
    r"(凭什么|难道|谁给你|你们是|还是人|怎么不|怎么好意思|什么意思|到底|何时|就不能|不能吗|有那么难|不就是|吗\?|呢\?|啊\?|\?\?)"
)
_STRETCHED = re.compile(r"([\u4e00-\u9fff])\1{2,}|([\u4e00-\u9fff]{2,4})\2{1,}")
_SPEECH = re.compile(r"“[^“”\n]{4,80}”|「[^「」\n]{4,80}」|『[^『』\n]{4,80}』")
"""Speech of others in quotation marks: their insults are not the writer's."""
_HEDGE = re.compile(r"(还行|还可以|也可能|不过|其他都好|总体|算了)")
_STRONG = frozenset({"insult", "anger"})
_NEGATIVE = frozenset(
    {
        "matter", "irritation", "anger", "insult", "threat", "emoticon_anger", "call", "demand", "authority", "irony", "refusal",
    }
)  # fmt: skip
_BLAME = (("irony", 3.6), ("refusal", 4.0), ("demand", 4.6), ("call", 5.0), ("authority", 5.0), ("threat", 5.6))
"""Kind → least emotion of who blames so."""
_HEAT = (
    ("irritation", 3.6, 0.9, 0.4, 1.8), ("sadness", 2.4, 0.7, 0.3, 1.3), ("anger", 5.2, 1.6, 0.6, 2.8),
    ("insult", 6.0, 2.0, 0.7, 3.4), ("emoticon_anger", 4.6, 0.9, 0.3, 1.5),
)  # fmt: skip
"""Kind → least emotion, what the first and each further word add, and how much at most."""
_MORE_HEAT = (("threat", 0.7), ("call", 0.5), ("refusal", 0.4), ("irony", 0.4), ("persistence", 0.3), ("victims", 0.2))
_SOFTER = (("resolved", -1.5), ("advert", -0.8), ("question", -0.5), ("regret", -0.3))


@made_often()
class EmotionScore:
    value: float
    """1.0 calm or positive … 10.0 fury."""
    mood: str
    """positive, neutral or negative."""
    reasons: tuple[Reason, ...]
    """Rule S2; their weights add up to ``value``."""
    heat: float = 1.0
    """The words' own strength 1–10, before marks, softening and limits: what topicality may lean on."""


class EmotionEngine(Protocol):
    """Anything that scores the feeling of texts; results in the order of the texts, none is ever refused."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts,) strength of negative feeling, 1.0 calm or positive … 10.0 fury."""
        ...

    def explain(self, texts: Sequence[str]) -> list[EmotionScore]:
        """The same with mood and reasons, to one decimal."""
        ...


class NegativeModel(Protocol):
    """A statistical opinion: probability (0–1) that a text is negative, or None where it cannot say."""

    def negative(self, text: str) -> float | None: ...


class CueEngine:
    """Words, marks and emoticons of feeling; a statistical model, where given, is one small contribution among them.

    The model is small on purpose: bare SnowNLP calls "孩子吃完拉肚子住院了" positive (design 5).
    """

    def __init__(
        self, words: WordLibrary, model: NegativeModel | None = None, *, name: str = "words", version: str = "1"
    ) -> None:
        self._words = words
        self._model = model
        self.name = name
        self.version = f"{version}-{words.version}"

    @property
    def statistical(self) -> bool:
        """Does a model take part beside the words?"""
        return self._model is not None

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([found.value for found in self.explain(texts)], dtype=np.float32)

    def explain(self, texts: Sequence[str]) -> list[EmotionScore]:
        return [self._explain(text) for text in texts]

    def _explain(self, text: str) -> EmotionScore:
        folded = fold_text(text)
        hits = [h for h in self._words.find(folded) if not h.negated]
        probability = self._model.negative(text) if self._model else None
        return score_cues(hits, folded.text, parse_facts(folded.text), probability)


def score_cues(hits: Sequence[Hit], text: str, facts: Facts, probability: float | None = None) -> EmotionScore:
    """Emotion from words, marks and emoticons.

    Args:
        hits: words of the library found in ``text`` that are not denied.
        text: the writer's own words, folded.
        facts: what the text states.
        probability: a statistical model's chance that the text is negative, 0–1; one small contribution.
    """
    tally = Tally("S2")
    cues = _Cues(hits, text)
    _add_blame(tally, cues)
    _add_heat(tally, cues)
    heat = tally.value
    if heat >= 2.0:
        _add_marks(tally, cues, facts)
    _soften(tally, cues)
    _limit(tally, cues)
    if probability is not None:
        weight = (0.5 if cues.negative else 0.4) * (probability - 0.5) * 2
        tally.add("statistical model", f"{probability:.2f} negative", weight if cues.negative else max(0.0, weight))
    value = tally.finish()
    return EmotionScore(value=value, mood=_mood(value, cues), reasons=tally.reasons, heat=heat)


class _Cues:
    """Hits by kind, each word once."""

    __slots__ = ("by_kind", "negative", "repeats", "shouts", "text")

    def __init__(self, hits: Sequence[Hit], text: str) -> None:
        self.text = text
        self.shouts = text.count("!") + text.count("！") + text.count("‼")
        self.by_kind: dict[str, list[Hit]] = {}
        self.repeats: dict[str, int] = {}
        quoted = [m.span() for m in _SPEECH.finditer(text)] if "“" in text or "「" in text or "『" in text else []
        by_kind, repeats = self.by_kind, self.repeats
        for hit in hits:
            kind = hit.group.kind
            if quoted and kind in _STRONG and any(s < hit.start and hit.end < e for s, e in quoted):
                continue
            known = by_kind.get(kind)
            if known is None:
                by_kind[kind] = [hit]
                repeats[kind] = 1
                continue
            repeats[kind] += 1
            word = hit.word
            for other in known:
                if other.word == word:
                    break
            else:
                known.append(hit)
        self.negative = not _NEGATIVE.isdisjoint(by_kind)

    def of(self, kind: str) -> Sequence[Hit]:
        return self.by_kind.get(kind, ())


def _add_blame(tally: Tally, cues: _Cues) -> None:
    """Being dissatisfied at all: a complaint's subject, by its gravity."""
    matters = cues.of("matter")
    if matters:
        worst = max(matters, key=lambda h: h.group.gravity or 0)
        gravity = worst.group.gravity or 5.0
        feeling = (
            2.6 if gravity <= 4.0 else 3.0 if gravity < 4.5 else 4.0 if gravity < 6 else 4.6 if gravity < 8.5 else 5.2
        )
        tally.raise_to(feeling, f"complaint: {worst.group.key}", worst.text, worst.at)
    for kind, least in _BLAME:
        hits = cues.by_kind.get(kind)
        if hits and (matters or kind in ("threat", "irony")):
            tally.raise_to(least, f"{kind}: {hits[0].group.key}", hits[0].text, hits[0].at)


def _add_heat(tally: Tally, cues: _Cues) -> None:
    """Irritation, anger, insults, fear: the first counts most, further words less."""
    for kind, least, first, more, most in _HEAT:
        hits = cues.by_kind.get(kind)
        if not hits:
            continue
        tally.raise_to(least, f"{kind}: {hits[0].group.key}", hits[0].text, hits[0].at)
        count = max(len(hits), min(cues.repeats[kind], 4))
        tally.add(
            f"{kind} words", ", ".join(h.text for h in hits[:4]), min(most, first + more * (count - 1)), hits[0].at
        )
    if tally.value >= 2.6:
        for kind, weight in _MORE_HEAT:
            hits = cues.by_kind.get(kind)
            if hits:
                tally.add(kind, hits[0].text, weight, hits[0].at)
        if cues.of("matter") and cues.of("vulnerable"):
            hit = cues.of("vulnerable")[0]
            tally.add("child or weak person concerned", hit.text, 0.5, hit.at)


def _add_marks(tally: Tally, cues: _Cues, facts: Facts) -> None:
    """Repeated marks, rhetorical questions, stretched words; more marks never lower the score."""
    shouts, asks = cues.shouts, cues.text.count("?") + cues.text.count("？")
    if shouts:
        tally.add("exclamation marks", "!" * min(shouts, 6), 0.3 if shouts < 3 else 0.7 if shouts < 6 else 1.0)
    if asks:
        tally.add("question marks", "?" * min(asks, 6), 0.2 if asks < 2 else 0.4 if asks < 4 else 0.7)
    rhetoric = _RHETORIC.search(cues.text)
    if rhetoric:
        tally.add("rhetorical question", rhetoric[0], 0.3)
    stretched = _STRETCHED.search(cues.text)
    if stretched:
        tally.add("repeated words", stretched[0], 0.3)
    for kind, weight in (("emoticon_sad", 0.4), ("emoticon_irony", 0.3)):
        hits = cues.of(kind)
        if hits:
            tally.add(kind, hits[0].text, weight, hits[0].at)
    if facts.times_at and cues.negative:
        tally.add("again and again", cues.text[facts.times_at[0] : facts.times_at[1]], 0.3)


def _soften(tally: Tally, cues: _Cues) -> None:
    """Praise, thanks, mild wording and the tone of a report lower it; never below calm."""
    hot = bool(cues.of("anger") or cues.of("insult") or cues.of("emoticon_anger"))
    praise, happy = cues.of("praise"), cues.of("emoticon_happy")
    if praise and not hot and not cues.of("irony"):
        tally.add("praise", praise[0].text, -min(2.0, 0.6 * len(praise)), praise[0].at)
    if happy and not hot:
        tally.add("happy emoticon", happy[0].text, -0.8, happy[0].at)
    for kind, weight in _SOFTER:
        hits = cues.by_kind.get(kind)
        if hits and not hot and (kind != "advert" or len(hits) >= 2):
            tally.add(kind, hits[0].text, weight, hits[0].at)
    hedge = _HEDGE.search(cues.text)
    if hedge and not hot:
        tally.add("softening", hedge[0], -0.4)
    if len(cues.of("report")) >= 2 and not hot:
        tally.cap_at(1.8, "tone of a report", cues.of("report")[0].text, cues.of("report")[0].at)
    tally.raise_to(1.0, "end of the scale", "1")


def _limit(tally: Tally, cues: _Cues) -> None:
    """The rubric's upper steps: 8 needs strong words, repeated marks or threats; 9 needs insults, curses or a boycott."""
    strong = [*cues.of("anger"), *cues.of("insult"), *cues.of("threat")]
    shouting = cues.shouts >= 2 or cues.repeats.get("emoticon_anger", 0) >= 2
    if not strong and not shouting:
        tally.cap_at(7.2, "no strong words, repeated marks or threats", "")
    elif not cues.of("insult") and not any(h.group.key == "boycott" for h in strong) and len(strong) < 6:
        tally.cap_at(8.4, "no insults or curses", "")


def _mood(value: float, cues: _Cues) -> str:
    if value >= NEGATIVE_FROM:
        return "negative"
    if value < 2.0 and (cues.of("praise") or cues.of("emoticon_happy") or cues.of("resolved")):
        return "positive"
    return "neutral"
