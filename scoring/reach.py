"""Influencer reach (影响力, S3): followers on a log scale, verification, the post's reactions (rubric, last table)."""

from __future__ import annotations

import re

from scoring.assessment import Reason, ScoreInput
from scoring.often import made_often
from scoring.rules import Names, ReachRules
from scoring.speed import Speed
from scoring.tally import Tally
from scoring.text import fold_text, own_words

_RAISED_FROM = 300
"""Followers below which a badge says nothing about influence."""
_ON_THE_LIST = re.compile(
    r"(?:登上|冲上|登顶|霸榜|挂上|挂在|爆上|杀上|[已就都又都]上了?|上了)[^，。！？,.!?\s]{0,5}热搜|热搜(?:榜首|第[一二三四五六七八九十\d]|榜?第[一二三四五六七八九十\d]|爆了)"
)
_NOT_ON_IT = re.compile(
    r"(?:曾|想|求|别|不|没|未|要|能|帮|送|等|买|撤|让|又|去年|以前|之前|上次)[^，。！？,.!?\s]{0,5}$"
)


@made_often()
class Reach:
    value: float
    reasons: tuple[Reason, ...]
    uncertain: bool
    """Followers are not known."""


def count_reactions(item: ScoreInput) -> int | None:
    """Likes, comments, reposts and saves together; None where the platform told none of them."""
    if item.likes is None and item.comments is None and item.reposts is None and item.saves is None:
        return None
    shown = (item.likes, item.comments, item.reposts, item.saves)
    return sum(n for n in shown if n is not None and n > 0)


def score_reach(item: ScoreInput, rules: ReachRules, speed: Speed | None = None) -> Reach:
    """Reach of the account and its post. More known followers never lower it; nothing known at all is 2 and uncertain.

    Args:
        speed: how fast the post grows; a young post is expected to go on like that for some hours.
    """
    tally = Tally("S3")
    reactions = count_reactions(item)
    followers = item.followers
    if followers is not None:
        points = rules.followers.score(max(0, followers))
        if reactions == 0 and followers < rules.quiet_followers:
            points = min(points, rules.quiet)
        tally.raise_to(points, "followers", str(followers))
    elif reactions is None and item.reads is None:
        tally.raise_to(rules.unknown, "nothing known", "followers, reactions and reads are not told")
    if item.verified != "none":
        _add_verification(tally, item, rules)
    if item.author_name or item.platform == "news":
        _add_name(tally, item, rules)
    if reactions is not None:
        tally.raise_to(rules.reactions.score(reactions), "reactions", str(reactions))
    if item.reads is not None:
        tally.raise_to(rules.reads.score(max(0, item.reads)), "reads", str(item.reads))
    if speed is not None:
        _add_pace(tally, speed, rules)
    if "热搜" in item.text or "熱搜" in item.text:
        _add_hot_search(tally, item.text, rules)
    return Reach(value=tally.finish(), reasons=tally.reasons, uncertain=followers is None)


def _add_verification(tally: Tally, item: ScoreInput, rules: ReachRules) -> None:
    """A badge raises by its points, less where little room is left to 10; media and government have a least reach."""
    raised = rules.raises.get(item.verified, 0.0)
    if raised and (item.followers is None or item.followers >= _RAISED_FROM):
        tally.add("verification", item.verified, raised * min(1.0, (10 - tally.value) / rules.room))
    if item.verified in rules.at_least:
        tally.raise_to(rules.at_least[item.verified], "verification", item.verified)


def _add_name(tally: Tally, item: ScoreInput, rules: ReachRules) -> None:
    """Regulators, police and national media are known by name; whoever has no badge may only be called so."""
    if item.platform == "news" and item.followers is None and item.verified in ("unknown", "media"):
        tally.raise_to(rules.press, "article of the press", item.author_name or item.platform)
    if item.verified not in ("government", "media", "unknown"):
        return
    for names, what in ((rules.authorities, "regulator or police"), (rules.national_media, "national media")):
        if item.verified != ("media" if names is rules.authorities else "government") and _is_called(item, names):
            tally.raise_to(names.value, what, item.author_name or "")


def _is_called(item: ScoreInput, names: Names) -> bool:
    name = (item.author_name or "").casefold()
    return any(word in name for word in names.words)


def _add_pace(tally: Tally, speed: Speed, rules: ReachRules) -> None:
    if speed.reactions is None or speed.age is None or speed.age >= rules.first_hours:
        return
    expected = speed.reactions * rules.first_hours
    tally.raise_to(
        rules.reactions.score(expected), "reactions expected", f"{speed.reactions:.0f}/h × {rules.first_hours:g} h"
    )


def _add_hot_search(tally: Tally, text: str, rules: ReachRules) -> None:
    """The text says that the matter stands on the hot-search list now; "求上热搜" and "又上过热搜" do not."""
    words = fold_text(own_words(text[:5000]))
    for found in _ON_THE_LIST.finditer(words.text):
        if not _NOT_ON_IT.search(words.text[max(0, found.start() - 7) : found.start()]):
            at = words.span(*found.span())
            tally.raise_to(rules.hot_search, "on the hot-search list", words.original[at[0] : at[1]], at)
            return
