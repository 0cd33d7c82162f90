"""Known posts are looked at again: growth sets the pace, gone and edited ones leave evidence, comments join their incident."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawlers.growth import FASTEST, FIRST
from fengsheng.watching import FOLLOWED, PLANNED_FOR, SECOND_SIGHT, TOGETHER, Watching, own_target, templates_of
from records.mention import Author, Engagement, Kind, Mention, Platform
from records.outcome import Outcome, PollRequest, PollResult, Target, Task
from tests.fengsheng.builders import BRAND, CALM, CONFIG, HURT, ORDINARY, World, at, complaints, mention, open_world

SEARCH = PollRequest(
    platform=Platform.WEIBO, brand=BRAND, query=BRAND, base_url="http://127.0.0.1:9", options=(("delay", "0"),)
)
WATCHED = CONFIG.replace("products:", "sources: {weibo: {}}\n    products:")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path, WATCHED) as opened:
        yield opened


def watching(world: World) -> Watching:
    return Watching(store=world.store, config=world.house.config, templates=templates_of([SEARCH]))


def brought(*mentions: Mention, request: PollRequest = SEARCH, minutes: float, **more: object) -> PollResult:
    outcome = Outcome.ITEMS if mentions else Outcome.EMPTY
    fields = {"outcome": outcome, "started_at": at(minutes), "ended_at": at(minutes)} | more
    return PollResult(request=request, mentions=mentions, **fields)  # type: ignore[arg-type]


def poll(
    world: World, watch: Watching, *mentions: Mention, minutes: float, request: PollRequest = SEARCH, **more: object
) -> None:
    """A poll as the worker takes it in."""
    result = brought(*mentions, request=request, minutes=minutes, **more)
    implied = request.task is Task.COMMENTS
    ingested = world.ingest.ingest(mentions, now=at(minutes), implied=implied)
    watch.note(result, ingested.new, at(minutes))


def liked(post: Mention, likes: int, minutes: float, **more: object) -> Mention:
    return dataclasses.replace(post, metrics=Engagement(likes=likes), collected_at=at(minutes), **more)  # type: ignore[arg-type]


def test_a_complaint_is_looked_at_again_and_calm_talk_is_not(world: World) -> None:
    watch = watching(world)
    poll(world, watch, mention(1, ORDINARY[0]), mention(2, CALM), minutes=1)
    assert watch.plan(at(10)) == []
    [request] = watch.plan(at(1 + FIRST / 60))
    assert (request.task, [t.id for t in request.targets]) == (Task.FIGURES, ["1"])
    assert (request.base_url, request.options, request.brand) == (SEARCH.base_url, SEARCH.options, BRAND)
    assert request.targets[0].url == "https://weibo.example/1"


def test_queries_that_find_the_same_post_do_not_put_its_look_off(world: World) -> None:
    watch = watching(world)
    post = mention(1, ORDINARY[0])
    for second in range(6):
        poll(world, watch, liked(post, 40 + second, 1 + second / 10), minutes=1 + second / 10)
    [request] = watch.plan(at(2 + FIRST / 60))
    assert request.task is Task.FIGURES


def test_what_was_planned_is_not_planned_twice_but_again_when_it_never_came_back(world: World) -> None:
    watch = watching(world)
    poll(world, watch, mention(1, ORDINARY[0]), minutes=1)
    assert len(watch.plan(at(30))) == 1
    assert watch.plan(at(31)) == []
    assert len(watch.plan(at(30) + PLANNED_FOR)) == 1
    assert len(watching(world).plan(at(30) + 2 * PLANNED_FOR)) == 1, "a restart forgets nothing"


def test_a_rising_post_comes_sooner_and_before_calm_ones(world: World) -> None:
    watch = watching(world)
    posts = complaints(3)
    poll(world, watch, *posts, minutes=5)
    rising = liked(posts[2], 400, 35)
    poll(
        world, watch, liked(posts[0], 1, 35), rising, minutes=35, request=dataclasses.replace(SEARCH, task=Task.FIGURES)
    )
    soon = watch.plan(at(35) + timedelta(seconds=FASTEST))
    assert next(t.id for r in soon for t in r.targets) == "3", "the fastest growing first"
    held = world.store.load_watched([p.key for p in posts], BRAND, Task.FIGURES)
    assert held[posts[2].key].growth == pytest.approx(399 / 10 * 2, rel=0.1)
    assert held[posts[0].key].every > held[posts[2].key].every


def test_several_posts_share_a_poll_and_only_so_many(world: World) -> None:
    watch = watching(world)
    poll(world, watch, *complaints(TOGETHER + 2), minutes=9)
    first = watch.plan(at(60))
    assert [len(r.targets) for r in first] == [TOGETHER]
    assert [len(r.targets) for r in watch.plan(at(61))] == [2]


def test_a_gone_post_leaves_its_text_as_evidence_and_is_looked_at_once_more(world: World) -> None:
    watch = watching(world)
    post = mention(1, ORDINARY[0])
    poll(world, watch, post, minutes=1)
    [look] = watch.plan(at(20))
    poll(world, watch, request=look, minutes=20, gone=look.targets)
    stored = world.store.load_mention(post.key)
    assert stored is not None and stored.gone_at == at(20)
    [evidence] = stored.earlier_texts
    assert (evidence.text, evidence.seen_at) == (post.text, post.collected_at)
    assert evidence.sha256 == hashlib.sha256(post.text.encode()).hexdigest()
    assert [e.kind for e in world.store.load_events(None)][-1] == "mention_gone"
    assert watch.plan(at(70)) == []
    [again] = watch.plan(at(20) + SECOND_SIGHT)
    poll(world, watch, request=again, minutes=90, gone=again.targets)
    assert watch.plan(at(5000)) == [], "twice gone is gone"
    assert [e.kind for e in world.store.load_events(None)].count("mention_gone") == 1


def test_a_post_that_comes_back_is_there_again(world: World) -> None:
    watch = watching(world)
    post = mention(1, ORDINARY[0])
    poll(world, watch, post, minutes=1)
    [look] = watch.plan(at(20))
    poll(world, watch, request=look, minutes=20, gone=look.targets)
    poll(world, watch, liked(post, 2, 30), minutes=30)
    stored = world.store.load_mention(post.key)
    assert stored is not None and stored.gone_at is not None, "a search's old index is no proof"
    [again] = watch.plan(at(20) + SECOND_SIGHT)
    poll(world, watch, liked(post, 3, 82), request=again, minutes=82)
    stored = world.store.load_mention(post.key)
    assert stored is not None and stored.gone_at is None


def test_an_edit_seen_by_a_look_keeps_the_earlier_words(world: World) -> None:
    watch = watching(world)
    post = mention(1, ORDINARY[0])
    poll(world, watch, post, minutes=1)
    [look] = watch.plan(at(20))
    poll(world, watch, liked(post, 9, 20, text=HURT, edited_at=at(15)), request=look, minutes=20)
    stored = world.store.load_mention(post.key)
    assert stored is not None and stored.mention.text == HURT
    assert [t.text for t in stored.earlier_texts] == [post.text]
    incident = world.rows()[0].id
    assert world.store.changed_posts(incident) == (0, 1)


def test_a_look_that_was_blocked_is_put_off_and_nothing_is_called_gone(world: World) -> None:
    watch = watching(world)
    post = mention(1, ORDINARY[0])
    poll(world, watch, post, minutes=1)
    [look] = watch.plan(at(20))
    poll(world, watch, request=look, minutes=20, outcome=Outcome.BLOCKED_RATE)
    stored = world.store.load_mention(post.key)
    assert stored is not None and stored.gone_at is None
    assert [r.task for r in watch.plan(at(20 + FIRST / 60))] == [Task.FIGURES]


def comment(ident: int, text: str, root: str, minutes: float) -> Mention:
    return mention(
        f"c{ident}", text, minutes, kind=Kind.COMMENT, root_id=root, parent_id=root,
        author=Author(id=f"voice-{ident}", name=f"路人{ident}"), metrics=Engagement(likes=0),
    )  # fmt: skip


def test_comments_under_an_incidents_posts_are_followed_and_join_it_without_naming_the_brand(world: World) -> None:
    watch = watching(world)
    poll(world, watch, mention(1, HURT), minutes=1)
    incident = world.only().id
    follow = [r for r in watch.plan(at(2)) if r.task is Task.COMMENTS]
    assert [[t.id for t in r.targets] for r in follow] == [["1"]]
    said = comment(1, "我也喝到玻璃了，嘴里全是血，客服根本不理人，要求退款", "1", 3)
    poll(world, watch, said, request=follow[0], minutes=4)
    stored = world.store.load_mention(said.key)
    assert stored is not None and stored.assessments[BRAND].complaint
    assert stored.incidents == (incident,)
    alone = comment(2, "我也喝到玻璃了，嘴里全是血，客服根本不理人，要求退款吧", "77", 3)
    poll(world, watch, alone, minutes=4)
    other = world.store.load_mention(alone.key)
    assert other is not None and not other.assessments[BRAND].complaint, "found by a search it has to name the brand"


def test_only_the_most_discussed_posts_are_followed_and_none_of_a_closed_incident(world: World) -> None:
    watch = watching(world)
    posts = [
        dataclasses.replace(p, metrics=Engagement(likes=1, comments=n)) for n, p in enumerate(complaints(FOLLOWED + 3))
    ]
    poll(world, watch, *posts, minutes=14)
    incident = world.only().id
    followed = world.store.load_watched([p.key for p in posts], BRAND, Task.COMMENTS)
    assert followed == {}
    watch.plan(at(15))
    followed = world.store.load_watched([p.key for p in posts], BRAND, Task.COMMENTS)
    assert set(followed) == {p.key for p in posts[-FOLLOWED:]}
    with world.store.transaction():
        world.store._conn.execute("UPDATE incidents SET status = 'closed' WHERE id = ?", (incident,))
    watch.plan(at(17))
    assert world.store.load_watched([p.key for p in posts], BRAND, Task.COMMENTS) == {}


def test_a_source_that_is_watched_no_longer_is_let_go(world: World) -> None:
    poll(world, watching(world), mention(1, ORDINARY[0]), minutes=1)
    silent = Watching(store=world.store, config=world.house.config, templates={})
    assert silent.plan(at(60)) == []
    assert world.store.due_watched(at(9999)) == []


def test_own_posts_are_named_by_address_or_id() -> None:
    assert own_target(Platform.WEIBO, "5127468350000001") == Target(
        platform=Platform.WEIBO, kind=Kind.POST, id="5127468350000001"
    )
    video = own_target(Platform.BILIBILI, "https://www.bilibili.com/video/BV1xx411c7mD/?p=2")
    assert (video.id, video.kind) == ("BV1xx411c7mD", Kind.VIDEO)
