"""Xiaohongshu against its stand-in in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawlers.parsers.xiaohongshu import NotePage
from crawlers.parsers.xiaohongshu_walls import Doubt
from crawlers.poll import Memory, Poll
from crawlers.spiders.xiaohongshu import XiaohongshuSpider
from drill.parts import Account
from records.mention import Kind, Media, Platform
from records.outcome import Outcome, Page, PollRequest, Target, Task
from tests.crawlers.standing import Comment, Edit, PollWorker, needs_browser, post, standing

P = Platform.XIAOHONGSHU
NOW = datetime(2026, 11, 13, 12, tzinfo=UTC)


def comment(number: int, text: str, **more: object) -> Comment:
    return Comment(at=60 + number, author=Account(name=f"评论人{number}", followers=3), text=text, **more)


COMMENTS = (
    *(comment(n, f"第{n}条", likes=n, region="广东") for n in range(12)),
    *(comment(100 + n, f"@评论人11 回复{n}") for n in range(5)),
)
LOUD = post(
    "喝出虫子 #避雷#",
    platform=P,
    title="云杉茶饮 有虫",
    at=40,
    comments=COMMENTS,
    region="广西",
    edit=Edit(at=3650, text="喝出虫子，店长来电话了 #避雷#"),
    metrics={"likes": 9000, "comments": 17},
)
FILM = post(
    "看视频",
    title="云杉茶饮 视频",
    platform=P,
    at=41,
    name="拍片的人",
    media=frozenset({Media.VIDEO}),
    region="上海",
    metrics={"likes": 3, "comments": 0},
)
DELETED = post("云杉茶饮 会删掉", platform=P, at=42, name="后悔的人", deleted=3700)
QUIET = tuple(post(f"云杉茶饮 日常{n}", platform=P, at=n, name=f"路人{n}") for n in range(19))


@needs_browser
def test_notes_opened_looked_at_again_and_their_comments(make_polls) -> None:
    polls: PollWorker = make_polls()
    with standing(LOUD, FILM, DELETED, *QUIET) as world:
        targets = {o.post.title or o.post.text: o for o in world.out(P)}
        loud, film, deleted = targets[LOUD.title], targets[FILM.title], targets[DELETED.text]
        unknown = polls.look(world, P, task="figures", targets=[loud])
        assert (unknown["outcome"], unknown["requests"], unknown["gone"]) == ("empty", 0, [])
        assert "left out" in unknown["detail"], "without a search there is no link to the note"
        seen = polls.look(world, P, details=3, profiles=0, pages=3)
        assert (seen["outcome"], len(seen["mentions"]), seen["caught_up"]) == ("items", 22, True), seen["detail"]
        by_id = {m["id"]: m for m in seen["mentions"]}
        assert by_id[film.id]["text"] == FILM.text and by_id[film.id]["region"] == "上海", "read out of the page"
        assert (by_id[loud.id]["author"]["followers"], by_id[film.id]["author"]["followers"]) == (120, None)
        world.move(seconds=300)
        figures = polls.look(world, P, task="figures", targets=[deleted, loud, film])
        assert (figures["outcome"], figures["requests"]) == ("items", 3), figures["detail"]
        assert figures["gone"] == [f"xiaohongshu:post:{deleted.id}"]
        again = next(m for m in figures["mentions"] if m["id"] == loud.id)
        assert "店长来电话了" in again["text"] and again["edited_at"] is not None
        assert again["metrics"]["likes"] > by_id[loud.id]["metrics"]["likes"] > 0
        assert again["author"]["followers"] == 120, "an author is remembered"
        comments = polls.look(world, P, task="comments", targets=[loud, film, deleted], limit=100, comment_pages=3)
        assert comments["outcome"] == "items" and comments["gone"] == figures["gone"], comments["detail"]
        found = {m["text"]: m for m in comments["mentions"]}
        assert set(found) == {c.text for c in COMMENTS}
        head, reply = found["第11条"], found["@评论人11 回复4"]
        assert (head["kind"], head["region"], head["parent_id"], head["root_id"]) == (
            "comment",
            "广东",
            loud.id,
            loud.id,
        )
        assert (reply["kind"], reply["parent_id"], reply["root_id"]) == ("reply", head["id"], loud.id)
        assert polls.look(world, P, task="comments", targets=[film])["outcome"] == "empty"


SEARCHED = {"redirect": "blocked:login", "blank": "network"}
"""What stands before the site → how a search ends; other kinds: ``test_misbehaviour.py``."""


@needs_browser
def test_walls_and_damage_by_their_names(polls: PollWorker) -> None:
    with standing(LOUD, FILM) as world:
        loud, film = sorted(world.out(P), key=lambda o: o.post.at)
        polls.look(world, P, details=0)  # notes open only with the links that a search gave
        for kind, outcome in SEARCHED.items():
            world.misbehave(P, kind)
            seen = polls.look(world, P, wait=1, details=0, pages=1)
            assert seen["outcome"] == outcome, (kind, seen["detail"])
        for kind, outcome, requests in (("captcha", "blocked:captcha", 1), ("changed", "changed", 2)):
            world.misbehave(P, kind)
            figures = polls.look(world, P, task="figures", targets=[loud, loud], wait=1)
            assert (figures["outcome"], figures["requests"], figures["gone"]) == (outcome, requests, []), kind
        world.misbehave(P, "rate")
        comments = polls.look(world, P, task="comments", targets=[film, loud], wait=1)
        assert (comments["outcome"], comments["requests"]) == ("blocked:rate", 1), "a block ends the poll"


class Unseeing(XiaohongshuSpider):
    """Opens nothing: gives the page that it is told."""

    shown: Page

    async def open(self, address, *suffixes):
        self.opened = address

    async def close_page(self, opened):
        pass

    async def _note(self, opened, note):
        return self.shown


def gone(doubt: Doubt) -> NotePage:
    return NotePage(outcome=Outcome.GONE, detail="not to be seen", doubt=doubt)


async def looked(memory: Memory, shown: Page, at: timedelta = timedelta(0)) -> Poll:
    target = Target(kind=Kind.POST, id="6af6ae100000000000000001", platform=P)
    request = PollRequest(platform=P, brand="云杉茶饮", query="", task=Task.FIGURES, targets=(target,))
    poll = Poll(request, memory=memory, clock=lambda: NOW + at)
    spider = Unseeing(poll=poll)
    spider.shown = shown
    await spider.look_figures()
    return poll


async def test_a_note_that_may_be_gone_is_gone_when_it_stays_away() -> None:
    memory = Memory()
    memory.put("token", "6af6ae100000000000000001", value="AB")
    first = await looked(memory, gone(Doubt.AGAIN))
    assert (first.outcome, first.gone) == (Outcome.EMPTY, []) and "not certain" in first.detail
    soon = await looked(memory, gone(Doubt.AGAIN), timedelta(minutes=40))
    assert soon.gone == []
    late = await looked(memory, gone(Doubt.AGAIN), timedelta(minutes=61))
    assert (late.outcome, len(late.gone)) == (Outcome.EMPTY, 1)


async def test_a_note_that_is_said_to_be_gone_is_gone_at_once_and_one_behind_an_old_link_never() -> None:
    memory = Memory()
    memory.put("token", "6af6ae100000000000000001", value="AB")
    sure = await looked(memory, gone(Doubt.NONE))
    assert len(sure.gone) == 1
    old = await looked(memory, gone(Doubt.LINK))
    assert old.gone == [] and "left out" in old.detail
    later = await looked(memory, gone(Doubt.LINK), timedelta(hours=9))
    assert later.gone == [] and later.outcome is Outcome.EMPTY, "its token is forgotten until a search shows the note"
    assert memory.get("token", "6af6ae100000000000000001") is None
