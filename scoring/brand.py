"""Is a mention about the watched brand (S1)? Names, aliases, products; other spellings; everyday words that only look like the brand.

What names the brand without doubt (a longer form, a product, its own account) decides alone. A name that is also an everyday word
(橙子, 小鹿) is weighed with what stands beside it (``scoring/clues.py``); a name that is not there is looked for in the spellings that
escape filters (``scoring/evasion.py``). Config can add ``excluded`` and ``required`` companion words.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring import clues as weights
from scoring.assessment import BrandTerms, Reason
from scoring.clues import Clue, find_price, model_names, weigh_name, weigh_place, weigh_words
from scoring.companions import (
    Besides,
    companion_index,
    platform_index,
    read_other_name,
    split_excluded,
    trade_name_index,
)  # fmt: skip
from scoring.evasion import DisguiseFinder, Sighting
from scoring.industries import Industries, Industry, parse_industries
from scoring.often import made_often
from scoring.spans import covered, find_spans, inside_word, longest_spans, mark
from scoring.text import Folded, fold_text, printable

__all__ = ["BrandFinder", "Clue", "Industries", "Industry", "Presence", "parse_industries"]

REVIEW_PLATFORMS = frozenset({"appstore", "heimao"})
"""Places where a text is about the brand even where it does not name it (rubric)."""
REVIEW_KINDS = frozenset({"review", "complaint"})
CERTAIN_FROM = 1.0
"""A weighed decision this far from 0 (log odds) is certain."""
_CLUES_TOLD = 4
_SAID_OF_DISGUISED = frozenset({"spoken of as a company", "addressed with @", "hashtag"})
"""What the words around another spelling may say: that it begins a sentence says nothing of words that are only like the name."""
_PLACES_READ = 6
"""So many places of an ambiguous name are read; the clearest one counts."""


@made_often()
class Presence:
    """Whether and where the brand stands in a text."""

    about: bool
    how: str
    """named, product, platform, official, context, other spelling, under a post about it, in the reposted words, other meaning,
    not named, excluded."""
    evidence: str
    at: tuple[int, int] | None
    places: tuple[tuple[int, int], ...]
    """Places of the brand in the folded text, in order."""
    rivals: tuple[tuple[int, int], ...]
    product: str | None
    brands_named: int
    """1 when the brand is named, plus its rivals that are."""
    certain: bool = True
    weight: float = weights.SURE
    """How far the text speaks for the brand, in log odds, mostly −6 … 8: above 0 it is about the brand. ±5 where nothing was weighed.
    A learned voice may be added to it."""
    clues: tuple[Clue, ...] = ()
    """What was weighed, where something had to be weighed; the weights add up to ``weight``."""

    def reasons(self, text: Folded) -> tuple[Reason, ...]:
        """The weightiest clues as reasons of S1 that say why it is about the brand or not, without points of their own."""
        if not self.clues:
            return ()
        told = sorted(self.clues, key=lambda clue: -abs(clue.weight))[:_CLUES_TOLD]
        reasons = []
        for clue in told:
            at = text.span(clue.start, clue.end) if clue.end > clue.start >= 0 else None
            shown = text.original[at[0] : at[1]] if at else clue.evidence
            evidence = printable(f"{shown} ({clue.weight:+.1f})".strip())
            reasons.append(Reason(rule="S1", what=clue.what, evidence=evidence, at=at))
        return tuple(reasons)


class BrandFinder:
    """The folded names of one brand, prepared once for many texts."""

    def __init__(self, terms: BrandTerms, more_aliases: Iterable[str], industries: Industries) -> None:
        names = (fold_text(n).text.strip() for n in (terms.name, *terms.aliases, *more_aliases))
        self.folded_names = tuple(dict.fromkeys(n for n in names if n))
        self.products = tuple((p, f) for p in terms.products if (f := fold_text(p).text.strip()))
        self.rivals = _folded(terms.rivals)
        self.required = _folded(terms.required)
        self.excluded, self._senses = split_excluded(terms.excluded)
        self.official = frozenset(_folded(terms.official_accounts))
        ends = ("官方微博", "官方", "官微", "客服")
        self._official_names = frozenset(f"{name}{end}" for name in self.folded_names for end in ends)
        trades = self._trades(industries)
        self._weights = {n: self._weight_of(n, trades) for n in self.folded_names}
        self._own_products = frozenset(f for _, f in self.products if self._is_own(f))
        self._models = model_names((*self.folded_names, *(f for _, f in self.products)))
        self._beside = companion_index(trades, industries)
        self._platforms, self._trade_names = platform_index(industries), trade_name_index(trades)
        self._disguises = DisguiseFinder(self.folded_names)

    def _trades(self, industries: Industries) -> Industries:
        named = [t for t in industries if any(t.named_in(n) for n in (*self.folded_names, *self.official))]
        # A product says it where the name does not: 白露6 says nothing, 白露换电站 does.
        sold = [t for t in industries if any(t.named_in(f) or f in t.names for _, f in self.products)]
        return tuple(dict.fromkeys((*named, *sold)))

    def _weight_of(self, name: str, trades: Industries) -> float:
        weight = weigh_name(name)
        if self.required and len(name) <= len(self.folded_names[0]):
            return min(weight, weights.EVERYDAY[0])
        if weight < weights.SURE and any(len(n) >= 2 and n in name and n != name for t in trades for n in t.names):
            return weights.SURE if len(name) >= 4 else weights.COINED
        return weight

    def _is_own(self, product: str) -> bool:
        """Does a product's name mean nothing but this brand's product? It holds the brand's name, or is a made-up word."""
        if any(n in product and n != product for n in self.folded_names):
            return True
        return weigh_name(product) >= weights.SURE and not weights.is_made_of_words(product)

    def is_official(self, author: str | None, verified: str) -> bool:
        """Is this the brand's own account?"""
        if not author:
            return False
        folded = fold_text(author).text.strip()
        if folded in self.official:
            return True
        if verified == "enterprise" and any(n in folded for n in self.folded_names):
            return True
        return verified != "personal" and folded in self._official_names

    def find(
        self,
        text: Folded,
        *,
        platform: str,
        kind: str,
        official: bool,
        commerce: bool,
        implied: bool = False,
        author: str | None = None,
        reposted: str = "",
    ) -> Presence:
        """Where the brand stands in the writer's own words.

        Args:
            commerce: the text holds words of commerce (客服, 退款…) or of a plain complaint.
            implied: it stands under a post about the brand.
            author: display name of the writer.
            reposted: words of others that are passed on behind the own ones.
        """
        body = text.text
        found = _Found(
            text,
            find_spans(body, self.folded_names),
            [(name, s) for name, folded in self.products if folded in body for s in find_spans(body, (folded,))[:1]],
            find_spans(body, self.rivals),
        )
        if official:
            return found.answer(True, "official")
        if platform in REVIEW_PLATFORMS or kind in REVIEW_KINDS:
            return found.answer(True, "named" if found.own else "platform")
        excluded = [word for word in self.excluded if word in body]
        sure = [s for s in found.names if self._weights[body[s[0] : s[1]]] >= weights.SURE]
        sure += [s for _, s in found.products if body[s[0] : s[1]] in self._own_products]
        if sure and not covered(body, sure, excluded):
            found.told = sure[0] if sure[0] in found.own else None
            return found.answer(True, "product" if found.products else "named")
        if not found.own and platform == "import":
            # An imported complaint belongs to the brand of its file (W2), named or not.
            return found.answer(True, "platform", certain=False)
        how, clues = self._named_clues(found, excluded, implied)
        if author and self._means_brand(fold_text(author).text):
            clues.append(Clue("name of the author", author, weights.AUTHOR))
        if reposted and body.strip() and not found.names and (chain := self._reposted_clues(fold_text(reposted).text)):
            how, clues = "in the reposted words", clues + chain
        clues += self._beside_clues(found, implied)
        if commerce:
            clues.append(Clue("complaint or commerce", "", weights.COMPLAINT))
        return self._decide(found, how, clues, bool(excluded), implied)

    def besides(self, text: Folded) -> Besides:
        """Platforms and other brands of the trade that a text names: whom the blame may fall on instead."""
        body = text.text
        own = mark(len(body), find_spans(body, (*self.folded_names, *self.rivals, *(f for _, f in self.products))))
        platforms = [(s, e) for s, e, latin in self._platforms.find(body) if not (latin and inside_word(body, s, e))]
        others = [place for s, e, _ in self._trade_names.find(body) if (place := read_other_name(body, s, e))]
        return Besides(
            *(tuple(sorted({(s, e) for s, e in found if not any(own[s:e])})) for found in (platforms, others))
        )

    def _named_clues(self, found: _Found, excluded: list[str], implied: bool) -> tuple[str, list[Clue]]:
        """How the brand is named, and what its name and the words that touch it say."""
        body = found.text.text
        how, clues = "context", []
        if found.names:
            clues = self._clearest(found, excluded)
            found.told = (clues[0].start, clues[0].end)
            if self.required and not any(word in body for word in self.required):
                clues.append(Clue("required word missing", self.required[0], weights.REQUIRED))
        elif not implied and (seen := self._disguises.find(found.text)):
            how, found.seen = "other spelling", seen
            place = (seen.start, seen.end)
            clues = [Clue(seen.way, body[seen.start : seen.end], seen.weight, *place)]
            clues += [c for c in weigh_place(body, *place, weights.SURE) if c.what in _SAID_OF_DISGUISED]
        elif not found.products:
            how = "not named"
            clues = [Clue("not named", "", weights.UNNAMED_IMPLIED if implied else weights.UNNAMED)]
        if excluded and not any(c.what == "excluded word" for c in clues):
            clues.append(Clue("excluded word", excluded[0], weights.EXCLUDED))
        return how, clues

    def _clearest(self, found: _Found, excluded: list[str]) -> list[Clue]:
        """The clues of the place of the name that speaks most for the brand, the name's own weight first."""
        best: list[Clue] = []
        body = found.text.text
        for start, end in found.names[:_PLACES_READ]:
            sure = self._weights[body[start:end]]
            what = "name" if sure >= weights.COINED else "everyday word"
            clues = [
                Clue(what, body[start:end], sure, start, end),
                *weigh_place(body, start, end, sure, found.after(end)),
            ]
            if covered(body, [(start, end)], excluded):
                clues.append(Clue("excluded word", excluded[0], weights.EXCLUDED - max(sure, 0.0), start, end))
            if not best or _total(clues) > _total(best):
                best = clues
        return best

    def _beside_clues(self, found: _Found, implied: bool) -> list[Clue]:
        """What the words beside the name say."""
        body = found.text.text
        own = [*found.own, *([(found.seen.start, found.seen.end)] if found.seen else [])]
        taken = mark(len(body), own)
        kinds: dict[str, list[tuple[int, int]]] = {}
        for start, end, (kind, latin) in self._beside.find(body):
            if not (latin and inside_word(body, start, end)) and not any(taken[start:end]):
                kinds.setdefault(kind, []).append((start, end))
        clues = weigh_words(body, kinds.get("trade", ()), weights.TRADE_WORDS, "words of its trade")
        clues += weigh_words(body, kinds.get("commerce", ()), weights.COMMERCE_WORDS, "words of commerce")
        if found.names:
            clues += weigh_words(body, kinds.get("scene", ()), weights.EVERYDAY_SCENE, "everyday scene")
            clues += weigh_words(body, kinds.get("family", ()), weights.FAMILY_SCENE, "everyday scene")
        for name, place in found.products[:2]:
            is_own = body[place[0] : place[1]] in self._own_products
            clues.append(Clue("product", name, weights.PRODUCT if is_own else weights.GENERIC_PRODUCT, *place))
        if self._models and not found.products and (model := self._models.search(body)):
            clues.append(Clue("product", model[0], weights.GENERIC_PRODUCT, *model.span()))
        if found.rivals and (own or implied):
            place = found.rivals[0]
            what, weight = ("rival beside it", weights.RIVAL) if own else ("rival named instead", -weights.RIVAL)
            clues.append(Clue(what, body[place[0] : place[1]], weight, *place))
        clues += find_price(body)
        if implied and own:
            clues.append(Clue("under a post about it", "", weights.IMPLIED))
        clues += [Clue("excluded sense", sense, weights.EXCLUDED_SENSE) for sense in self._senses if sense in body]
        return clues

    def _reposted_clues(self, chain: str) -> list[Clue]:
        """The brand in words that are passed on."""
        named = [weight for name, weight in self._weights.items() if name in chain]
        if any(f in chain for f in self._own_products):
            named.append(weights.SURE)
        if not named:
            return []
        weight = weights.REPOSTED if max(named) >= weights.COINED else weights.REPOSTED_EVERYDAY
        words = [(s, e) for s, e, (kind, latin) in self._beside.find(chain) if kind == "trade" and not latin]
        found = weigh_words(chain, words, weights.TRADE_WORDS, "words of its trade")
        return [Clue("in the reposted words", "", weight), *(Clue(c.what, c.evidence, c.weight) for c in found)]

    def _means_brand(self, words: str) -> bool:
        return any(weight >= weights.COINED and name in words for name, weight in self._weights.items())

    def _decide(self, found: _Found, how: str, clues: list[Clue], excluded: bool, implied: bool) -> Presence:
        total = _total(clues)
        certain = abs(total) >= CERTAIN_FROM and how != "not named"
        if total > 0:
            if how == "not named":
                how = "under a post about it" if implied else "context"
            elif found.names and certain and clues[0].weight >= weights.COINED:
                how = "named"
            elif found.products and not found.names and how == "context":
                how = "product"
        else:
            named = found.own or how == "other spelling"
            how = "excluded" if excluded else "other meaning" if named and found.own else "not named"
            found.seen = None
        return found.answer(total > 0, how, certain=certain, weight=total, clues=tuple(clues))


class _Found:
    """What stands in one text, and the answer made of it."""

    def __init__(
        self,
        text: Folded,
        names: list[tuple[int, int]],
        products: list[tuple[str, tuple[int, int]]],
        rivals: list[tuple[int, int]],
    ) -> None:
        self.text, self.names, self.products, self.rivals = text, names, products, rivals
        self.own = longest_spans([*names, *(s for _, s in products)])
        self.seen: Sighting | None = None
        self.told: tuple[int, int] | None = None
        """The place that decides."""

    def after(self, end: int) -> str:
        """The character behind a place as it was written: folding drops the blank that ends a handle."""
        place = self.text.span(end - 1, end)[1]
        return self.text.original[place : place + 1]

    def answer(
        self, about: bool, how: str, *, certain: bool = True, weight: float | None = None, clues: tuple[Clue, ...] = ()
    ) -> Presence:
        text, body = self.text, self.text.text
        spans = self.own or ([(self.seen.start, self.seen.end)] if self.seen else [])
        at = text.span(*(self.told if self.told in spans else spans[0])) if spans else None
        return Presence(
            about=about,
            how=how,
            evidence=text.original[at[0] : at[1]] if at else "",
            at=at,
            places=tuple(spans),
            rivals=tuple(self.rivals),
            product=self.products[0][0] if self.products else None,
            brands_named=(1 if spans else 0) + len({body[s:e] for s, e in self.rivals}),
            certain=certain,
            weight=weight if weight is not None else (weights.SURE if about else -weights.SURE),
            clues=clues,
        )


def _total(clues: list[Clue]) -> float:
    return round(sum(c.weight for c in clues), 6)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(f for f in (fold_text(w).text.strip() for w in words) if f)
