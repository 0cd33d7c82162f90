"""The scorer: mentions in, assessments with reasons out, in order, whatever the text (rules S1–S13)."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from scoring.assessment import Assessment, BrandTerms, Reason, Risk, ScoreInput
from scoring.brand import Industries
from scoring.category import NO_COMPLAINT, Classification, select_category
from scoring.checklist import Checklist
from scoring.conditions import Case
from scoring.emotion import NEGATIVE_FROM, CueEngine, EmotionEngine, EmotionScore
from scoring.emotion_model import ModelEngine
from scoring.extent import Extent, score_already_spread, score_completeness, score_scope
from scoring.judging import Read, Reader, judge
from scoring.keywords import WordLibrary
from scoring.learned import Learned
from scoring.manual import Manual
from scoring.reach import Reach, score_reach
from scoring.reading import Reading
from scoring.risk import select_level
from scoring.rules import RuleSet
from scoring.speed import Speed, measure_speed
from scoring.spread import score_spread
from scoring.topicality import Topicality
from scoring.verdict import (
    Opinion,
    form_opinions,
    is_disputed,
    settle_completeness,
    settle_feeling,
    settle_level,
    settle_topicality,
)

SENSITIVE_KINDS = frozenset({"matter", "authority", "call", "demand", "threat", "anger", "insult"})
_BATCH = 1024


class Scorer:
    """Scores mentions for the watched brands. Immutable rules and words; not to be shared between threads while scoring."""

    def __init__(
        self,
        words: WordLibrary,
        rules: RuleSet,
        engine: EmotionEngine,
        brands: Mapping[str, BrandTerms],
        industries: Industries | None = None,
        manual: Manual | None = None,
        checklist: Checklist | None = None,
        learned: Learned | None = None,
    ) -> None:
        """
        Args:
            engine: gives the emotion; ``ModelEngine`` lets the learned model judge it with brand, account and words.
            learned: models that judge beside the word libraries; None = the libraries alone.
            brands: terms by brand name; a mention of a brand that is not here is judged by its own name and aliases.
            industries: trades for reading everyday words; the shipped ones where None, as manual and checklist.
        """
        from scoring import shipped

        industries = shipped.shipped_industries() if industries is None else industries
        self._manual = shipped.shipped_manual() if manual is None else manual
        self._checklist = shipped.shipped_checklist() if checklist is None else checklist
        self._words, self._rules, self._engine = words, rules, engine
        self._reader = Reader(words, rules.text_limit, brands, industries)
        self._learned = learned
        self._learned_groups = frozenset(learned.judgement.index) if learned else frozenset()
        books = f"{self._manual.version}{self._checklist.version}"
        parts = [rules.version, words.version, engine.name, hashlib.sha256(books.encode()).hexdigest()[:6]]
        self.version = "+".join(parts if learned is None else [*parts, learned.version])

    def score(self, items: Sequence[ScoreInput]) -> list[Assessment]:
        """One assessment per item, in the items' order; never raises on any text, and no item changes another's result."""
        found: list[Assessment] = []
        for start in range(0, len(items), _BATCH):
            found.extend(self._score_batch(items[start : start + _BATCH]))
        return found

    def _score_batch(self, items: Sequence[ScoreInput]) -> list[Assessment]:
        with _without_pauses():
            return self._score_all(items)

    def _score_all(self, items: Sequence[ScoreInput]) -> list[Assessment]:
        """One score of all mentions before the next: what each looks things up in then stays near the processor."""
        rules, least = self._rules, self._rules.level.low_topicality
        reads = self._reader.read_all(items)
        opinions = self._opinions(reads)
        topics = [
            read.topicality if opinion is None else settle_topicality(read, opinion, self._learned_groups)
            for read, opinion in zip(reads, opinions, strict=True)
        ]
        feelings = [
            _of_complainant(_in_register(feeling, read.reading), read.reading, topic)
            for read, feeling, topic in zip(reads, self._feelings(reads, opinions), topics, strict=True)
        ]
        speeds = [measure_speed(item) for item in items]
        reaches = [score_reach(item, rules.reach, speed) for item, speed in zip(items, speeds, strict=True)]
        spreads = [
            score_already_spread(item, rules.reach, rules.speed, speed)
            for item, speed in zip(items, speeds, strict=True)
        ]
        complaints = [topic.target == "brand" and topic.value >= least for topic in topics]
        told = [score_completeness(read.reading, c) for read, c in zip(reads, complaints, strict=True)]
        told = [
            extent if opinion is None else settle_completeness(extent, opinion, complaint)
            for extent, opinion, complaint in zip(told, opinions, complaints, strict=True)
        ]
        scopes = [score_scope(read.reading, rules.scope) for read in reads]
        parts = zip(reads, opinions, topics, feelings, speeds, reaches, spreads, complaints, told, scopes, strict=True)
        return [self._assess(*each) for each in parts]

    def _opinions(self, reads: Sequence[Read]) -> Sequence[Opinion | None]:
        learned = self._learned
        return [None] * len(reads) if learned is None else form_opinions(reads, judge(reads, learned), learned)

    def _feelings(self, reads: Sequence[Read], opinions: Sequence[Opinion | None]) -> list[EmotionScore]:
        if self._learned is not None and isinstance(self._engine, ModelEngine):
            return [settle_feeling(r, o) for r, o in zip(reads, opinions, strict=True) if o is not None]
        if isinstance(self._engine, CueEngine) and not self._engine.statistical:
            return [read.feeling for read in reads]
        return self._engine.explain([read.reading.words.original for read in reads])

    @property
    def rules(self) -> RuleSet:
        return self._rules

    @property
    def words(self) -> WordLibrary:
        return self._words

    def _assess(
        self, read: Read, opinion: Opinion | None, topicality: Topicality, feeling: EmotionScore, speed: Speed | None,
        reach: Reach, spread_so_far: Extent, complaint: bool, completeness: Extent, scope: Extent,
    ) -> Assessment:  # fmt: skip
        """What follows from the scores: spread index, classes, level; and all of it as one assessment."""
        rules, reading = self._rules, read.reading
        item = reading.item
        disputed = opinion is not None and is_disputed(read, opinion)
        scores = {
            "topicality": topicality.value, "emotion": feeling.value, "reach": reach.value, "completeness": completeness.value,
            "scope": scope.value, "already_spread": spread_so_far.value,
        }  # fmt: skip
        spread, spread_reasons = score_spread(scores, rules.spread)
        scores["spread"] = spread
        kind = NO_COMPLAINT
        items: tuple[str, ...] = ()
        item_reasons: tuple[Reason, ...] = ()
        if complaint:
            kind = select_category(reading, self._manual, opinion.categories if opinion else None)
            names = self._reader.finder(item).folded_names
            items, item_reasons = self._checklist.select(reading, kind.category, kind.subcategory, names)
        case = Case(
            reading=reading,
            scores=scores,
            category=kind.category,
            nature=kind.nature,
            figure_followers=rules.level.figure_followers,
            speed=speed.reactions if speed else None,
        )
        judged = select_level(case, topicality.target, topicality.register, rules)
        level, level_reasons = judged.level, judged.reasons
        if opinion is not None and rules.level.method == "guide":
            level, learned_reasons = settle_level(level, topicality.target, opinion)
            level_reasons = (*level_reasons, *learned_reasons)
        return Assessment(
            id=item.id,
            brand=item.brand,
            topicality=topicality.value,
            emotion=feeling.value,
            mood=feeling.mood,
            reach=reach.value,
            completeness=completeness.value,
            scope=scope.value,
            already_spread=spread_so_far.value,
            spread=spread,
            level=level,
            nature=kind.nature,
            impact=judged.impact,
            category=kind.category,
            subcategory=kind.subcategory,
            split=kind.split,
            target=topicality.target,
            product=reading.presence.product,
            problem=kind.problem,
            crisis_type=_crisis_type(level, kind, reading),
            checklist=items,
            word_groups=_word_groups(reading) if complaint else (),
            reasons=(
                *topicality.reasons, *feeling.reasons, *reach.reasons, *completeness.reasons, *scope.reasons, *spread_so_far.reasons,
                *spread_reasons, *kind.reasons, *item_reasons, *level_reasons, *_reading_reasons(reading),
            ),
            uncertain=_uncertain(reading, topicality, reach.uncertain, spread_so_far.uncertain, disputed),
            rules_version=self.version,
        )  # fmt: skip


@contextmanager
def _without_pauses() -> Iterator[None]:
    """No search for cycles of garbage meanwhile: a batch makes tens of thousands of small values and no cycle.

    Each search of all that the words and models hold takes a tenth of a second, as long as the scores of some hundred mentions.
    """
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def _in_register(feeling: EmotionScore, reading: Reading) -> EmotionScore:
    """A newsroom's, authority's or the brand's own text reports feelings, it does not have them (rubric: 1–2)."""
    most = 1.6
    if not (reading.newsroom or reading.official) or feeling.value <= most or reading.has("insult"):
        return feeling
    what = "own account" if reading.official else "tone of a report"
    lowered = Reason(rule="S2", what=what, evidence=reading.item.verified, weight=round(most - feeling.value, 1))
    return EmotionScore(value=most, mood="neutral", reasons=(*feeling.reasons, lowered))


def _of_complainant(feeling: EmotionScore, reading: Reading, topicality: Topicality) -> EmotionScore:
    """Who complains is not calm, even without a word of feeling (rubric: 4-5 is dissatisfied, worried)."""
    if topicality.target != "brand" or topicality.value < 4.0 or reading.newsroom or reading.official:
        return feeling
    least = 5.0 if topicality.value >= 8.5 else 4.0 if topicality.value >= 5.0 else 3.0
    if feeling.value >= least:
        return feeling
    raised = Reason(
        rule="S2", what="complains", evidence=f"topicality {topicality.value:g}", weight=round(least - feeling.value, 1)
    )
    mood = "negative" if least >= NEGATIVE_FROM else feeling.mood
    return EmotionScore(value=least, mood=mood, reasons=(*feeling.reasons, raised))


def _word_groups(reading: Reading) -> tuple[str, ...]:
    """Sensitive-word groups (W3) that were hit."""
    return tuple(dict.fromkeys([h.group.key for h in reading.hits if h.group.kind in SENSITIVE_KINDS]))


def _crisis_type(level: Risk, kind: Classification, reading: Reading) -> str | None:
    """Crisis type of P4; a complaint about being refused an answer is a communication failure."""
    if level is Risk.NONE or kind.crisis_type is None:
        return None
    if kind.crisis_type == "service_quality" and reading.has("refusal") and not reading.of("matter"):
        return "communication_failure"
    return kind.crisis_type


def _reading_reasons(reading: Reading) -> tuple[Reason, ...]:
    if not reading.cut:
        return ()
    evidence = f"{len(reading.item.text)} characters"
    return (Reason(rule="S13", what="only the first part of the text was read", evidence=evidence, weight=0.0),)


def _uncertain(reading: Reading, topicality: Topicality, reach: bool, spread: bool, disputed: bool) -> tuple[str, ...]:
    """Scores that rest on unknown inputs or too little text, or that words and model read differently."""
    empty = not reading.words.text.strip()
    names = []
    if (
        empty
        or disputed
        or not reading.presence.certain
        or (topicality.register == "unrelated" and reading.presence.how == "not named")
    ):
        names.append("topicality")
    if empty:
        names.append("emotion")
    if reach:
        names.append("reach")
    if spread:
        names.append("already_spread")
    return tuple(names)
