"""Bilibili's spider against its stand-in, in a real browser."""

from __future__ import annotations

import asyncio
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.poll import Poll
from crawlers.spiders.bilibili import BilibiliSpider
from drill.parts import Account
from records.mention import Kind, Mention, Platform, Verified
from records.outcome import Outcome, Page, PollRequest
from tests.crawlers.standing import Comment, PollWorker, needs_browser, post, standing

HERE = Platform.BILIBILI


def person(name: str) -> Account:
    return Account(name=name, followers=3, verified=Verified.NONE)


def comments() -> tuple[Comment, ...]:
    listed = [
        Comment(at=10 + i, author=person(f"人{i}"), text=f"第{i}条", likes=100 - i, region="四川") for i in range(45)
    ]
    answer = Comment(at=100, author=person("小林"), text="回复 @人44 :同问")
    return (*listed, answer, Comment(at=120, author=person("路人甲"), text="统一回复"))


@needs_browser
def test_search_reads_page_after_page_and_drops_answers_for_other_words(polls: PollWorker) -> None:
    told = {"reads": 400_000, "likes": 90, "comments": 8, "saves": 4}
    posts = [post(f"云杉茶饮 第{i}天", platform=HERE, at=i) for i in range(24)]
    posts.append(post("喝出<虫子>", title="云杉茶饮 & 客服", platform=HERE, at=30, metrics=told))
    with standing(*posts, post("大家都在搜 别的", platform=HERE)) as world:
        result = polls.look(world, HERE)
        truth = [p for p in world.out(HERE) if "大家都在搜" not in p.post.text]
        short = polls.look(world, HERE, pages=1)
        bare = urllib.request.urlopen(f"{world.url(HERE)}/x/web-interface/wbi/search/type?keyword=x").read()
    assert (result["outcome"], result["requests"], result["caught_up"]) == ("items", 2, True)
    assert [m["id"] for m in result["mentions"]] == [p.id for p in truth] and len(truth) == 25
    newest = result["mentions"][0]
    assert (newest["title"], newest["text"], newest["author"]["name"]) == ("云杉茶饮 & 客服", "喝出<虫子>", "路人甲")
    assert newest["published_at"] == truth[0].published_at.isoformat()
    assert newest["metrics"] == {"reposts": None, **truth[0].metrics}
    assert (len(short["mentions"]), short["caught_up"]) == (20, False)
    assert b"-352" in bare


@needs_browser
def test_figures_of_a_video_that_grew_and_of_one_that_is_gone(polls: PollWorker) -> None:
    metrics = {"reads": 90_000, "likes": 4000, "comments": 300, "reposts": 70, "saves": 20}
    grows = post("云杉茶饮 喝出虫子", platform=HERE, metrics=metrics, followers=0, verified=Verified.MEDIA)
    with standing(grows, post("云杉茶饮 删了", platform=HERE, at=1, deleted=3700)) as world:
        targets = world.out(HERE)
        world.move(hours=2)
        (now,) = world.out(HERE)
        result = polls.look(world, HERE, task="figures", targets=targets)
        gone = polls.look(world, HERE, task="figures", targets=targets[:1])
        unknown = polls.look(world, HERE, task="figures", targets=[{"kind": "video", "id": "BV1nevernever"}])
    assert (result["outcome"], result["requests"]) == ("items", 2)
    (mention,) = result["mentions"]
    assert mention["metrics"] == dict(now.metrics) and mention["id"] == now.id
    assert (mention["author"]["followers"], mention["author"]["verified"]) == (0, "media")
    assert result["gone"] == gone["gone"] == [f"bilibili:video:{targets[0].id}"]
    assert gone["outcome"] == "empty" and unknown["gone"] == ["bilibili:video:BV1nevernever"]


@needs_browser
def test_comments_are_read_from_the_newest_on_with_pinned_ones_and_replies(polls: PollWorker) -> None:
    with standing(
        post("云杉茶饮 喝出虫子", platform=HERE, comments=comments()), post("云杉茶饮 安静", platform=HERE, at=1)
    ) as world:
        silent, loud = world.out(HERE)
        result = polls.look(world, HERE, task="comments", targets=[loud], limit=200, comment_pages=2)
        none = polls.look(world, HERE, task="comments", targets=[silent])
    found = {m["text"]: m for m in result["mentions"]}
    assert result["outcome"] == "items" and not result["caught_up"]
    assert next(iter(found)) == "统一回复" and {m["root_id"] for m in result["mentions"]} == {loud.id}
    # the page starts with the liked ones (0 to 19); two pages of the newest (44 to 5) follow
    assert {f"第{i}条" for i in range(45)} <= set(found)
    reply = found["回复 @人44 :同问"]
    assert (reply["kind"], reply["parent_id"]) == ("reply", found["第44条"]["id"])
    assert (found["第44条"]["kind"], found["第44条"]["parent_id"], found["第44条"]["region"]) == (
        "comment",
        loud.id,
        "四川",
    )
    assert (none["outcome"], none["mentions"]) == ("empty", [])


@needs_browser
def test_pages_that_repeat_end_the_search_and_are_said(polls: PollWorker) -> None:
    with standing(*(post(f"云杉茶饮 第{i}天", platform=HERE, at=i) for i in range(22))) as world:
        world.misbehave(HERE, "repeat")
        result = polls.look(world, HERE, pages=5)
    assert (result["outcome"], len(result["mentions"]), result["requests"]) == ("items", 20, 2)
    assert not result["caught_up"] and "again" in result["detail"]


@pytest.mark.parametrize(("sort", "read"), [("pubdate", 1), ("totalrank", 3)])
def test_known_videos_end_the_search_only_in_the_order_of_time(monkeypatch, sort: str, read: int) -> None:
    now, asked = datetime(2026, 11, 13, tzinfo=UTC), []

    async def results(self, number, order):
        asked.append((number, order))
        video = Mention(
            platform=HERE, kind=Kind.VIDEO, id=f"BV{number}", collected_at=now, published_at=now - timedelta(1)
        )
        return Page(outcome=Outcome.ITEMS, mentions=(video,), next=str(number + 1))

    monkeypatch.setattr(BilibiliSpider, "_results", results)
    request = PollRequest(platform=HERE, brand="云杉茶饮", query="云杉茶饮", options=(("pages", "3"), ("sort", sort)))
    poll = Poll(request, known=lambda mentions: frozenset(m.key for m in mentions))
    asyncio.run(BilibiliSpider(poll=poll).look_search())
    assert asked == [(n, sort) for n in range(1, read + 1)] and poll.caught_up is (read == 1)
