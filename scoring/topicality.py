"""Topicality (话题性, S1): about the brand? a complaint? how grave, how widely shared? By the rubric's table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.assessment import Category, Reason
from scoring.keywords import Hit
from scoring.often import made_often
from scoring.reading import Reading
from scoring.tally import Tally

LEAST_COMPLAINT = 4.0
"""Rubric: 4 and more is a complaint, 3 and less is none."""
_NEGATION = re.compile(r"[没不无未]")
_STRONG_FEELING = ("irritation", "anger", "insult", "threat")


@made_often()
class Topicality:
    value: float
    reasons: tuple[Reason, ...]
    target: str
    """brand, other or none: whom the blame falls on."""
    register: str
    """complaint, none, foreign, advert, praise, question, resolved, denial, digest, official, unrelated: how it was read."""


def score_topicality(reading: Reading, feeling: float) -> Topicality:
    """Topicality of one mention.

    Args:
        feeling: emotion 1–10 of the same text: strong feeling beside the brand counts as a complaint even where no known word
            says about what.
    """
    found = _score_presence(reading, feeling)
    why = reading.presence.reasons(reading.words)
    if not why:
        return found
    reasons = (*found.reasons, *why)
    return Topicality(value=found.value, reasons=reasons, target=found.target, register=found.register)


def _score_presence(reading: Reading, feeling: float) -> Topicality:
    tally = Tally("S1")
    presence = reading.presence
    if not presence.about:
        return Topicality(
            value=tally.finish(),
            reasons=_unrelated(tally, reading),
            target=_blamed_other(reading),
            register="unrelated",
        )
    tally.add("about the brand", presence.evidence or presence.how, 1.0, presence.at)
    if reading.official:
        return _score_official(tally, reading)
    register = _add_complaint(tally, reading, feeling)
    if tally.value >= LEAST_COMPLAINT:
        register = _lower(tally, reading, register)
    if tally.value < LEAST_COMPLAINT:
        return _score_calm(tally, reading, register)
    target = "none" if register in ("denial", "digest") else "brand"
    return Topicality(value=tally.finish(), reasons=tally.reasons, target=target, register=register)


def _unrelated(tally: Tally, reading: Reading) -> tuple[Reason, ...]:
    reason = Reason(
        rule="S1", what="not about the brand", evidence=reading.presence.how, weight=0.0, at=reading.presence.at
    )
    return (*tally.reasons, reason)


def _blamed_other(reading: Reading) -> str:
    return (
        "other"
        if any(h.group.kind in ("matter", "anger", "insult", "irritation") for h in (*reading.hits, *reading.foreign))
        else "none"
    )


def _score_official(tally: Tally, reading: Reading) -> Topicality:
    """The brand's own account: recall or apology confirms the event, a denial is 4, a reply to a customer 3 (rubric)."""
    denial, confession, reply = (reading.of(kind) for kind in ("denial", "confession", "official_reply"))
    matters = [h for h in reading.matters if (h.group.gravity or 0) >= 5.0]
    if denial:
        tally.raise_to(4.0, "denial", denial[0].text, denial[0].at)
        return Topicality(value=tally.finish(), reasons=tally.reasons, target="none", register="denial")
    if confession and not reply:
        grave = any(h.group.category is Category.SAFETY for h in matters) or any(
            "召回" in h.text or "recall" in h.text.lower() for h in confession
        )
        tally.raise_to(9.0 if grave else 8.0, "own apology or recall", confession[0].text, confession[0].at)
        return Topicality(value=tally.finish(), reasons=tally.reasons, target="brand", register="complaint")
    if reply:
        tally.raise_to(3.0, "reply to a customer", reply[0].text, reply[0].at)
    return Topicality(value=tally.finish(), reasons=tally.reasons, target="none", register="official")


def _add_complaint(tally: Tally, reading: Reading, feeling: float) -> str:
    """Raise by what is complained of, then by what makes it shared, pressing or proven."""
    matters = reading.matters
    if reading.newsroom:
        matters = [h for h in matters if (h.group.gravity or 0) >= 6.5]
    best = matters[0] if matters else None
    if best is not None:
        tally.raise_to(best.group.gravity or 5.0, f"matter: {best.group.key}", best.text, best.at)
    voices = (
        []
        if reading.newsroom
        else [h for h in reading.of("demand", "irritation", "anger", "insult", "irony", "threat") if h.group.gravity]
    )
    if voices:
        loudest = max(voices, key=lambda h: (h.group.gravity or 0, -h.start))
        tally.raise_to(loudest.group.gravity or 4.5, f"voice: {loudest.group.key}", loudest.text, loudest.at)
    _add_stars(tally, reading)
    if tally.value < LEAST_COMPLAINT and not reading.newsroom:
        _add_hints(tally, reading)
    if tally.value < LEAST_COMPLAINT and feeling >= 5.0 and not reading.newsroom:
        tally.raise_to(4.6, "strong feeling beside the brand", f"{feeling:g}")
    if tally.value >= LEAST_COMPLAINT:
        _add_weight(tally, reading, best)
        if best is not None and best.group.category is Category.SAFETY:
            _add_harm(tally, reading)
    return "complaint"


def _add_hints(tally: Tally, reading: Reading) -> None:
    """Complaints that name no known matter: authorities called, or several signs of discontent at once."""
    called = reading.of("authority")
    if called:
        tally.raise_to(5.0, f"authority: {called[0].group.key}", called[0].text, called[0].at)
        return
    signs = _negations(reading) + discontent(
        reading.of("hint", "refusal", "persistence", "emoticon_irony", "emoticon_sad", "emoticon_anger", "sadness")
    )
    calm = len({h.word for h in reading.of("praise", "resolved", "advert", "emoticon_happy")})
    if signs - calm >= 1.5:
        hint = next((h for h in reading.of("hint") if len(h.word) > 1), None) or next(
            iter(reading.of("hint", "refusal", "persistence", "sadness")), None
        )
        if hint is not None:
            tally.raise_to(min(4.6 + 0.2 * (signs - calm - 1.5), 5.4), f"signs: {hint.group.key}", hint.text, hint.at)


def _negations(reading: Reading) -> float:
    """Many denials in few words ("没…不…没人") are the shape of a complaint: 0, 0.5 or 1."""
    count = len(_NEGATION.findall(reading.words.text))
    return 1.0 if count >= 4 else 0.5 if count >= 2 else 0.0


def discontent(hits: Sequence[Hit]) -> float:
    """Weight of signs of discontent: 1 for each different word, half for single characters."""
    return sum(0.5 if len(word) == 1 else 1.0 for word in {h.word for h in hits})


def _add_stars(tally: Tally, reading: Reading) -> None:
    stars, at = reading.facts.stars, reading.place(reading.facts.stars_at)
    if stars is None:
        return
    shown = reading.quote(reading.facts.stars_at)
    if stars == 1:
        tally.raise_to(5.0, "rating", shown, at)
    elif stars <= 4:
        tally.raise_to(4.0, "rating", shown, at)
    if 3 <= stars <= 4 and tally.value < 6.0:
        tally.cap_at(4.2, "rating", shown, at)


def _add_weight(tally: Tally, reading: Reading, best: Hit | None) -> None:
    """What lifts a plain complaint towards 7 and 8: calls on others, authorities, refusal, persistence, many victims."""
    groups = {h.group.key for h in reading.of("matter") if (h.group.gravity or 0) >= 4.5}
    if len(groups) >= 2 and tally.value < 7.0:
        tally.add("several matters", ", ".join(sorted(groups)[:4]), min(0.4, 0.2 * (len(groups) - 1)))
    for hit in _first_of_each(reading.of("call", "authority", "threat")):
        serious = hit.group.kind != "call" or best is not None or reading.has(*_STRONG_FEELING)
        if serious or (hit.group.gravity or 0) >= 6:
            tally.raise_to(hit.group.gravity or 6.0, f"{hit.group.kind}: {hit.group.key}", hit.text, hit.at)
    refusal = reading.of("refusal")
    if refusal and 5.0 <= tally.value < 7.0:
        tally.add("refuses to act", refusal[0].text, 0.5, refusal[0].at)
    lasting = reading.facts.times_at or reading.facts.duration_at
    if 5.0 <= tally.value < 7.0 and lasting and (refusal or reading.has("demand", "persistence")):
        tally.add("again and again", reading.quote(lasting), 0.4, reading.place(lasting))
    victims = reading.of("victims")
    many = (reading.facts.people or 0) >= 10
    if (victims or many) and 5.0 <= tally.value < 8.0:
        shown = victims[0].text if victims else reading.quote(reading.facts.people_at)
        tally.add(
            "several people affected", shown, 0.5, victims[0].at if victims else reading.place(reading.facts.people_at)
        )
    aggravators = reading.of("aggravator")
    if aggravators and (reading.has("matter", "demand", "refusal", "anger", "threat")):
        tally.raise_to(
            aggravators[0].group.gravity or 8.0,
            f"concerns: {aggravators[0].group.key}",
            aggravators[0].text,
            aggravators[0].at,
        )


def _first_of_each(hits: Sequence[Hit]) -> list[Hit]:
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(hit.group.key, hit)
    return list(seen.values())


def _add_harm(tally: Tally, reading: Reading) -> None:
    """Health and safety: a child counts more; hospital, death, police, regulator or proof in the text make it 10 (rubric)."""
    severity, vulnerable, proof = reading.of("severity"), reading.of("vulnerable"), reading.of("evidence")
    hearsay = reading.of("hearsay")
    claimed = tally.value >= 8.5
    if vulnerable and tally.value < 9.5:
        tally.add("child or weak person concerned", vulnerable[0].text, 0.3, vulnerable[0].at)
    if claimed and severity:
        tally.raise_to(10.0, f"severity: {severity[0].group.key}", severity[0].text, severity[0].at)
    elif claimed and proof:
        tally.raise_to(9.7, "proof in the text", proof[0].text, proof[0].at)
    if hearsay and not severity and not proof:
        tally.cap_at(8.0, "hearsay", hearsay[0].text, hearsay[0].at)


def _lower(tally: Tally, reading: Reading, register: str) -> str:
    """What makes complaint words no complaint: advertisement, praise, a question, a solved case, a denial."""
    strong = reading.has(*_STRONG_FEELING, "emoticon_anger")
    grave = tally.value >= 6.5
    adverts = {h.word: h for h in reading.of("advert")}
    if (len(adverts) >= 2 or reading.presence.brands_named >= 4) and not strong and not grave:
        hit = next(iter(adverts.values()), None)
        tally.cap_at(2.0, "advertisement", hit.text if hit else "list of brands", hit.at if hit else None)
        return "advert"
    denial = reading.of("denial")
    if denial and not strong and (reading.newsroom or not reading.has("call", "demand", "authority")):
        tally.cap_at(4.0, "rumour denied", denial[0].text, denial[0].at)
        return "denial"
    resolved = reading.of("resolved")
    if resolved and not strong and not grave and not reading.has("call", "refusal", "threat"):
        tally.cap_at(2.6, "resolved", resolved[0].text, resolved[0].at)
        return "resolved"
    praise = {h.word: h for h in reading.of("praise")}
    mild = reading.of("matter", "irony", "demand")
    if (
        praise
        and not strong
        and tally.value < 5.3
        and len(praise) > len({h.word for h in mild})
        and not reading.has("irony", "emoticon_irony")
    ):
        hit = next(iter(praise.values()))
        tally.cap_at(2.4, "praise", hit.text, hit.at)
        return "praise"
    question = reading.of("question")
    if (
        question
        and not strong
        and tally.value < 5.5
        and not reading.has("call", "irony", "refusal", "demand", "emoticon_irony")
    ):
        tally.cap_at(3.0, "question", question[0].text, question[0].at)
        return "question"
    return register


def _score_calm(tally: Tally, reading: Reading, register: str) -> Topicality:
    """No complaint: a digest is 4, the rest 1–3 (rubric)."""
    target, adverts = "none", {h.word: h for h in reading.of("advert")}
    if reading.presence.brands_named >= 4 or (len(adverts) >= 3 and not reading.newsroom):
        hit = next(iter(adverts.values()), None)
        tally.cap_at(1.6, "advertisement", hit.text if hit else "list of brands", hit.at if hit else None)
        return Topicality(value=tally.finish(), reasons=tally.reasons, target=target, register="advert")
    if reading.foreign:
        hit = reading.foreign[0]
        tally.raise_to(2.5, "blame on others", hit.text, hit.at)
        return Topicality(value=tally.finish(), reasons=tally.reasons, target="other", register="foreign")
    digest = reading.of("digest")
    if register == "complaint" and reading.newsroom and digest:
        tally.raise_to(4.0, "news without blame", digest[0].text, digest[0].at)
        return Topicality(value=tally.finish(), reasons=tally.reasons, target=target, register="digest")
    question = reading.of("question")
    if question and tally.value < 2.6:
        tally.raise_to(2.6, "question", question[0].text, question[0].at)
    calm = reading.of("praise", "advert", "resolved", "emoticon_happy")
    if calm:
        tally.cap_at(2.4, "praise", calm[0].text, calm[0].at)
    elif register == "complaint" and not reading.newsroom:
        # Nothing speaks for a calm mention either: the upper end of what is no complaint.
        tally.raise_to(3.0, "neither praise nor a known complaint", "")
    shown = "none" if register == "complaint" else register
    return Topicality(value=tally.finish(), reasons=tally.reasons, target=target, register=shown)
