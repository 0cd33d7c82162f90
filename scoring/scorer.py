"""The scorer: mentions in, assessments with reasons out, in order, whatever the text (rules S1–S13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scoring.assessment import Assessment, BrandTerms, Reason, Risk, ScoreInput
from scoring.brand import BrandFinder, Industries
from scoring.category import NO_COMPLAINT, Classification, select_category
from scoring.emotion import NEGATIVE_FROM, EmotionEngine, EmotionScore
from scoring.extent import score_already_spread, score_completeness, score_scope
from scoring.keywords import WordLibrary
from scoring.reach import score_reach
from scoring.reading import Reading, read_mention
from scoring.risk import Scores, select_impact, select_level
from scoring.rules import RuleSet
from scoring.spread import score_spread
from scoring.text import own_words
from scoring.topicality import Topicality, score_topicality

SENSITIVE_KINDS = frozenset({"matter", "authority", "call", "demand", "threat", "anger", "insult"})
_FINDERS_KEPT = 1000


class Scorer:
    """Scores mentions for the watched brands. Immutable rules and words; not to be shared between threads while scoring."""

    def __init__(
        self,
        words: WordLibrary,
        rules: RuleSet,
        engine: EmotionEngine,
        brands: Mapping[str, BrandTerms],
        industries: Industries | None = None,
    ) -> None:
        """
        Args:
            brands: terms by brand name; a mention of a brand that is not here is judged by its own name and aliases.
            industries: trades for reading everyday words; the shipped ones where None.
        """
        if industries is None:
            from scoring.shipped import shipped_industries

            industries = shipped_industries()
        self._words, self._rules, self._engine = words, rules, engine
        self._brands, self._industries = dict(brands), industries
        self._finders: dict[tuple[str, tuple[str, ...]], BrandFinder] = {}
        self.version = f"{rules.version}+{words.version}+{engine.name}"

    def score(self, items: Sequence[ScoreInput]) -> list[Assessment]:
        """One assessment per item, in the items' order; never raises on any text, and no item changes another's result."""
        limit = self._rules.text_limit
        feelings = self._engine.score([own_words(item.text[:limit]) for item in items])
        return [self._assess(item, feeling) for item, feeling in zip(items, feelings, strict=True)]

    @property
    def rules(self) -> RuleSet:
        return self._rules

    @property
    def words(self) -> WordLibrary:
        return self._words

    def _finder(self, item: ScoreInput) -> BrandFinder:
        key = (item.brand, item.brand_aliases)
        finder = self._finders.get(key)
        if finder is None:
            if len(self._finders) >= _FINDERS_KEPT:
                self._finders.clear()
            terms = self._brands.get(item.brand) or BrandTerms(name=item.brand)
            finder = self._finders[key] = BrandFinder(terms, item.brand_aliases, self._industries)
        return finder

    def _assess(self, item: ScoreInput, feeling: EmotionScore) -> Assessment:
        rules = self._rules
        reading = read_mention(item, self._words, self._finder(item), rules.text_limit)
        feeling = _in_register(feeling, reading)
        topicality = score_topicality(reading, feeling.value)
        feeling = _of_complainant(feeling, reading, topicality)
        reach = score_reach(item, rules.reach)
        completeness, scope = score_completeness(reading), score_scope(reading)
        spread_so_far = score_already_spread(reading, rules.reach)
        spread, spread_reasons = score_spread(
            {
                "topicality": topicality.value, "emotion": feeling.value, "reach": reach.value, "completeness": completeness.value,
                "scope": scope.value, "already_spread": spread_so_far.value,
            },
            rules.spread,
        )  # fmt: skip
        complaint = topicality.target == "brand" and topicality.value >= rules.level.low_topicality
        kind = select_category(reading) if complaint else NO_COMPLAINT
        scores = Scores(topicality=topicality.value, emotion=feeling.value, reach=reach.value, scope=scope.value)
        level, level_reasons = select_level(
            reading, scores, kind.category, topicality.target, topicality.register, rules.level
        )
        impact, impact_reasons = select_impact(level, scope.value, reading.facts.people or 0, reading.facts.enterprise)
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
            impact=impact if level is not Risk.NONE else "low",
            category=kind.category,
            subcategory=kind.subcategory,
            split=kind.split,
            target=topicality.target,
            product=reading.presence.product,
            problem=kind.problem,
            crisis_type=_crisis_type(level, kind, reading),
            checklist=kind.checklist,
            word_groups=_word_groups(reading) if complaint else (),
            reasons=(
                *topicality.reasons, *feeling.reasons, *reach.reasons, *completeness.reasons, *scope.reasons, *spread_so_far.reasons,
                *spread_reasons, *kind.reasons, *level_reasons, *impact_reasons, *_reading_reasons(reading),
            ),
            uncertain=_uncertain(reading, topicality, reach.uncertain, spread_so_far.uncertain),
            rules_version=self.version,
        )  # fmt: skip


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
    least = next(least for topic, least in ((8.5, 5.0), (5.0, 4.0), (0.0, 3.0)) if topicality.value >= topic)
    if feeling.value >= least:
        return feeling
    raised = Reason(
        rule="S2", what="complains", evidence=f"topicality {topicality.value:g}", weight=round(least - feeling.value, 1)
    )
    mood = "negative" if least >= NEGATIVE_FROM else feeling.mood
    return EmotionScore(value=least, mood=mood, reasons=(*feeling.reasons, raised))


def _word_groups(reading: Reading) -> tuple[str, ...]:
    """Sensitive-word groups (W3) that were hit."""
    return tuple(dict.fromkeys(h.group.key for h in reading.hits if h.group.kind in SENSITIVE_KINDS))


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


def _uncertain(reading: Reading, topicality: Topicality, reach: bool, spread: bool) -> tuple[str, ...]:
    """Scores that rest on unknown inputs, or on too little text."""
    empty = not reading.words.text.strip()
    names = []
    if (
        empty
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
