"""What was read of one mention, once, for all scores: own words, hits by kind, brand, facts, register."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from scoring.assessment import Category, ScoreInput
from scoring.brand import BrandFinder, Presence
from scoring.facts import Facts, parse_facts
from scoring.keywords import Hit, WordLibrary
from scoring.often import made_often
from scoring.text import Folded, fold_text, own_words, reposted_words

COMPLAINT_KINDS = frozenset(
    {"matter", "irritation", "irony", "anger", "insult", "call", "demand", "threat", "authority", "refusal"}
)
_COMMERCE = frozenset({"commerce", "anger", "insult"})
_OTHERS = frozenset({"third_party", "switch"})
_OTHER_ENTITY_REACH = 30
"""Folded characters within which a rider or another third party before a complaint word takes the blame."""


@made_often()
class Reading:
    """One mention as read. ``hits`` are those that count: not denied; complaint words blamed on others are in ``foreign``."""

    item: ScoreInput
    words: Folded
    """The writer's own words."""
    cut: bool
    """The text was longer than is read."""
    hits: tuple[Hit, ...]
    foreign: tuple[Hit, ...]
    denied: tuple[Hit, ...]
    presence: Presence
    facts: Facts
    official: bool
    """The brand's own account."""
    newsroom: bool
    """A media or government account, a news source, or a text in the register of a report."""

    by_kind: Mapping[str, Sequence[Hit]]
    """``hits`` by the kind of their group, each in order of place."""

    def of(self, *kinds: str) -> Sequence[Hit]:
        """Hits of these kinds in order of place."""
        by_kind = self.by_kind
        if len(kinds) == 1:
            return by_kind.get(kinds[0], ())
        here = [kind for kind in kinds if kind in by_kind]
        if len(here) < 2:
            return by_kind[here[0]] if here else ()
        return [h for h in self.hits if h.group.kind in here]

    def has(self, *kinds: str) -> bool:
        return not self.by_kind.keys().isdisjoint(kinds)

    def place(self, span: tuple[int, int] | None) -> tuple[int, int] | None:
        """A folded span as a place in the original text."""
        return self.words.span(*span) if span else None

    def quote(self, span: tuple[int, int] | None) -> str:
        at = self.place(span)
        return self.words.original[at[0] : at[1]] if at else ""

    @property
    def matters(self) -> list[Hit]:
        """Complaint subjects, gravest first, then by place."""
        found = self.of("matter")
        return sorted(found, key=lambda h: (-(h.group.gravity or 0), h.start)) if len(found) > 1 else list(found)

    @property
    def safety(self) -> bool:
        return any(h.group.category is Category.SAFETY for h in self.of("matter"))


def read_mention(item: ScoreInput, library: WordLibrary, finder: BrandFinder, text_limit: int) -> Reading:
    """Read one mention; linear in the length of its text, of which at most ``text_limit`` characters are read."""
    return read_mentions([item], library, [finder], text_limit)[0]


def read_mentions(
    items: Sequence[ScoreInput], library: WordLibrary, finders: Sequence[BrandFinder], text_limit: int
) -> list[Reading]:
    """Read many mentions, each with the names of its brand.

    One thing is looked for in all of them before the next: what it is looked up in then stays near the processor.
    """
    words = [fold_text(own_words(item.text[:text_limit])) for item in items]
    found = [library.find(folded) for folded in words]
    facts = [parse_facts(folded.text) for folded in words]
    parts = zip(items, finders, words, found, facts, strict=True)
    return [_read(item, finder, text_limit, own, hits, stated) for item, finder, own, hits, stated in parts]


def _read(
    item: ScoreInput, finder: BrandFinder, text_limit: int, words: Folded, hits: Sequence[Hit], facts: Facts
) -> Reading:
    counted = [h for h in hits if not h.negated]
    official = finder.is_official(item.author_name, item.verified)
    presence = finder.find(
        words, platform=item.platform, kind=item.kind, official=official, commerce=_is_commerce(counted),
        implied=item.brand_implied, author=item.author_name, reposted=reposted_words(item.text[:text_limit]),
    )  # fmt: skip
    kept, foreign = _attribute(counted, presence, official)
    by_kind: dict[str, list[Hit]] = {}
    for hit in kept:
        kind = hit.group.kind
        if kind in by_kind:
            by_kind[kind].append(hit)
        else:
            by_kind[kind] = [hit]
    newsroom = item.verified in ("media", "government") or item.platform == "news" or _is_report(by_kind)
    return Reading(
        item=item,
        words=words,
        cut=len(item.text) > text_limit,
        hits=tuple(kept),
        foreign=tuple(foreign),
        denied=tuple([h for h in hits if h.negated]) if len(counted) < len(hits) else (),
        presence=presence,
        facts=facts,
        official=official,
        newsroom=newsroom and not official,
        by_kind=by_kind,
    )


def _is_report(by_kind: Mapping[str, Sequence[Hit]]) -> bool:
    """Two different words in the register of a report."""
    if "report" not in by_kind and "digest" not in by_kind:
        return False
    return len({h.word for kind in ("report", "digest") for h in by_kind.get(kind, ())}) >= 2


def _is_commerce(hits: Sequence[Hit]) -> bool:
    """Does a text hold words of commerce, or of a plain complaint?"""
    return not _COMMERCE.isdisjoint([h.group.kind for h in hits]) or any(_is_trade_matter(h) for h in hits)


def _is_trade_matter(hit: Hit) -> bool:
    """A plain complaint about goods or service: such words stand beside brands, not beside fruit or deer."""
    return hit.group.kind == "matter" and (hit.group.gravity or 0) >= 5.0 and hit.group.category is not Category.SAFETY


def _names_others(hits: Sequence[Hit]) -> bool:
    """Is a third party named, or what was chosen instead?"""
    return not _OTHERS.isdisjoint([hit.group.kind for hit in hits])


def _attribute(hits: Sequence[Hit], presence: Presence, official: bool) -> tuple[list[Hit], list[Hit]]:
    """Split complaint words into those on the brand and those on a rival or a third party.

    A complaint word belongs to the nearest name before it; before the first name it belongs to the brand, unless a
    rival stands first or the brand comes in only as the better choice ("换成…", "还是…").
    """
    if official or not presence.places or (not presence.rivals and not _names_others(hits)):
        return list(hits), []
    third = [(h.start, h.end) for h in hits if h.group.kind == "third_party"]
    names = sorted(
        [(s, "brand") for s, _ in presence.places]
        + [(s, "rival") for s, _ in presence.rivals]
        + [(s, "third") for s, _ in third]
    )
    starts = [s for s, _ in names]
    first = presence.places[0][0]
    switched = any(h.group.kind == "switch" and 0 <= first - h.end <= 2 for h in hits)
    kept: list[Hit] = []
    foreign: list[Hit] = []
    for hit in hits:
        if hit.group.kind not in COMPLAINT_KINDS:
            kept.append(hit)
            continue
        place = bisect_right(starts, hit.start) - 1
        owner = names[place][1] if place >= 0 else ("rival" if switched or names[0][1] == "rival" else "brand")
        if owner == "third" and hit.start - starts[place] > _OTHER_ENTITY_REACH:
            owner = "brand"
        (kept if owner == "brand" else foreign).append(hit)
    return kept, foreign
