"""How one poll over many posts ends, without a browser."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crawlers.poll import Poll, Spent, Unseen
from crawlers.spiders.revisiting import RevisitingSpider
from records.mention import Kind, Mention, Platform
from records.outcome import Outcome, Page, PollRequest, Target, Task

NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)


def target(ident: str) -> Target:
    return Target(kind=Kind.VIDEO, id=ident, platform=Platform.BILIBILI)


def mention(ident: str) -> Mention:
    return Mention(platform=Platform.BILIBILI, kind=Kind.VIDEO, id=ident, collected_at=NOW, published_at=NOW)


class Scripted(RevisitingSpider):
    name = "scripted"
    platform = Platform.BILIBILI
    shown: dict[str, list[Page | Exception]]

    async def figures_of(self, target):
        self.poll.last_body = target.id.encode()
        for page in self.shown[target.id]:
            if isinstance(page, Exception):
                raise page
            yield self.of_target(page, target)


def look(limit: int = 50, **shown: list[Page | Exception]) -> Poll:
    request = PollRequest(
        platform=Platform.BILIBILI,
        brand="云杉茶饮",
        query="",
        task=Task.FIGURES,
        targets=tuple(target(i) for i in shown),
        limit=limit,
    )
    spider = Scripted(poll=Poll(request))
    spider.shown = shown
    asyncio.run(spider.look_figures())
    return spider.poll


def seen(ident: str) -> Page:
    return Page(outcome=Outcome.ITEMS, mentions=(mention(ident),))


GONE = Page(outcome=Outcome.GONE, detail="the video is hidden")
ODD = Page(outcome=Outcome.CHANGED, detail="the layout is new")


def test_gone_posts_are_lost_and_the_others_seen():
    poll = look(a=[GONE], b=[seen("b")])
    assert (poll.outcome, poll.gone) == (Outcome.ITEMS, [target("a")]) and [m.id for m in poll.mentions] == ["b"]


def test_all_gone_is_an_answer():
    poll = look(a=[GONE], b=[GONE])
    assert poll.outcome is Outcome.EMPTY and len(poll.gone) == 2 and "2 posts are deleted" in poll.detail


@pytest.mark.parametrize("trouble", [ODD, Unseen(Outcome.NETWORK, "no answer")])
def test_trouble_with_one_post_leaves_the_others_alone_in_any_order(trouble):
    for shown in ({"a": [trouble], "b": [seen("b")]}, {"b": [seen("b")], "a": [trouble]}):
        poll = look(**shown)
        assert poll.outcome is Outcome.ITEMS and "not to be seen" in poll.detail and poll.gone == []


def test_trouble_with_every_post_is_the_outcome_and_keeps_its_payload():
    poll = look(a=[GONE], b=[ODD], c=[GONE])
    assert (poll.outcome, poll.payload, poll.detail) == (Outcome.CHANGED, b"b", "the layout is new")


def test_a_block_ends_the_poll():
    poll = look(a=[seen("a")], b=[Page(outcome=Outcome.BLOCKED_RATE, detail="too frequent")], c=[seen("c")])
    assert poll.outcome is Outcome.BLOCKED_RATE and [m.id for m in poll.mentions] == ["a"]


def test_another_post_than_the_one_that_was_asked_for_is_no_figure():
    poll = look(a=[seen("b")])
    assert poll.outcome is Outcome.CHANGED and poll.mentions == () and "another post" in poll.detail


def test_limits_are_said():
    poll = look(limit=1, a=[seen("a")], b=[seen("b")])
    assert not poll.caught_up and len(poll.mentions) == 1
    with pytest.raises(Spent):
        look(a=[Spent()])
