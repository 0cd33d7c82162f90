"""What the scorer says of one mention for one brand, with its reasons (rules S1–S13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from records.mention import Engagement
from scoring.often import made_often


class Risk(StrEnum):
    """Risk level (风险等级) of a mention or incident, rulebook S12."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"

    @property
    def rank(self) -> int:
        return ("none", "low", "medium", "high").index(self.value)


class Category(StrEnum):
    """First level of the category (问题类型), rulebook S7."""

    PRODUCT_QUALITY = "product_quality"
    SERVICE_ATTITUDE = "service_attitude"
    LOGISTICS = "logistics"
    REFUND = "refund"
    TECH_FAULT = "tech_fault"
    PRICE = "price"
    SAFETY = "safety"
    PRIVACY = "privacy"
    OTHER = "other"
    NONE = "none"


class Reason(NamedTuple):
    """One word or fact that moved a score, by how much, and the rule that said so (S13).

    A tuple, as an assessment has two dozen of them and they are most of what it costs to make one.
    """

    rule: str
    """Rule id, with the score it moves after a colon where one rule moves several: "S1", "S2", "S12", "D2"."""
    what: str
    """Short name of the finding, e.g. "complaint act", "anger word", "followers"."""
    evidence: str
    """The words of the text, or the fact with its value, that were found."""
    weight: float = 0.0
    """Contribution to the score in points; the contributions of one score add up to it. 0 for reasons of a class or level."""
    at: tuple[int, int] | None = None
    """Start and end of the words in ``Mention.full_text`` (characters), None for facts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreInput:
    """What the scorer reads: a mention's words and figures, and the brand it is judged for. Only text and brand are needed."""

    id: str
    brand: str
    text: str
    brand_aliases: tuple[str, ...] = ()
    platform: str = "import"
    author_name: str | None = None
    followers: int | None = None
    verified: str = "unknown"
    reads: int | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    saves: int | None = None
    published_at: datetime | None = None
    seen_at: datetime | None = None
    """When the figures above were seen; None = not known."""
    history: tuple[tuple[datetime, Engagement], ...] = ()
    """Earlier figures of the post with the times they were seen at, in any order: what the speed of spreading is read from (S5)."""
    media: frozenset[str] = frozenset()
    region: str | None = None
    kind: str = "post"
    brand_implied: bool = False
    """Stands under a post about the brand, or under one of the brand's own: it need not name it (W1, W5)."""


@made_often()
class Assessment:
    """Scores are 1.0–10.0 with one decimal; None = not enough evidence to say."""

    id: str
    brand: str
    topicality: float
    emotion: float
    mood: str
    """positive, neutral or negative."""
    reach: float
    completeness: float
    scope: float
    already_spread: float
    spread: float
    level: Risk
    nature: str
    """business, financial, reputation, compliance, or none."""
    impact: str
    """high, medium or low."""
    category: Category
    subcategory: str | None = None
    split: str | None = None
    """operational, attitude or process (S7); None where there is no complaint."""
    target: str = "none"
    """Whom the blame falls on: brand, other, none."""
    product: str | None = None
    problem: str | None = None
    """Short word for the matter, e.g. 异物: what incidents and counters group on."""
    crisis_type: str | None = None
    checklist: tuple[str, ...] = ()
    word_groups: tuple[str, ...] = ()
    """Sensitive-word groups hit (W3)."""
    reasons: tuple[Reason, ...] = ()
    uncertain: tuple[str, ...] = ()
    """Names of scores that rest on unknown inputs."""
    rules_version: str

    @property
    def complaint(self) -> bool:
        """Counts as a complaint for the detectors: about the brand, blamed on it, topicality 4 or more (S1, S12)."""
        return self.level is not Risk.NONE and self.target == "brand"


def assessment_to_json(assessment: Assessment) -> dict[str, Any]:
    """The JSON of ``fengsheng score`` (design 3)."""
    record: dict[str, Any] = {
        name: getattr(assessment, name)
        for name in (
            "id brand topicality emotion mood reach completeness scope already_spread spread level nature impact "
            "category subcategory split target product problem crisis_type"
        ).split()
    }
    record["level"], record["category"] = str(assessment.level), str(assessment.category)
    record["checklist"] = list(assessment.checklist)
    record["word_groups"] = list(assessment.word_groups)
    record["reasons"] = [
        {"rule": r.rule, "what": r.what, "evidence": r.evidence, "weight": r.weight, "at": list(r.at) if r.at else None}
        for r in assessment.reasons
    ]
    record["uncertain"] = list(assessment.uncertain)
    record["rules_version"] = assessment.rules_version
    return record


def assessment_from_json(record: Mapping[str, Any]) -> Assessment:
    """The inverse of ``assessment_to_json`` for records that it wrote."""
    fields = dict(record)
    fields["level"], fields["category"] = Risk(fields["level"]), Category(fields["category"])
    fields["reasons"] = tuple(
        Reason(
            rule=r["rule"],
            what=r["what"],
            evidence=r["evidence"],
            weight=r["weight"],
            at=(r["at"][0], r["at"][1]) if r.get("at") else None,
        )
        for r in fields.get("reasons", ())
    )
    for name in ("checklist", "word_groups", "uncertain"):
        fields[name] = tuple(fields.get(name, ()))
    return Assessment(**fields)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrandTerms:
    """The words of one watched brand that the scorer needs (from config)."""

    name: str
    aliases: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    """Companion words that show another meaning of the name: any of them makes the mention not about the brand."""
    required: tuple[str, ...] = ()
    """For ambiguous names: at least one of these (or an alias longer than the name) must stand in the text."""
    official_accounts: tuple[str, ...] = field(default=())
    """Display names of the brand's own accounts: their posts are not complaints."""
