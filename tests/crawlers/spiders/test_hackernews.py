"""Hacker News against the stand-in of Algolia's index of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from drill.parts import Account
from records.mention import Platform
from tests.crawlers.standing import Comment, PollWorker, post, standing

HN = Platform.HACKERNEWS
STORY = post(
    "They don't refund / ever",
    platform=HN,
    title="Spruce Tea & its app",
    metrics={"likes": 36000, "comments": 4},
    comments=(
        Comment(at=60, author=Account(name="ann"), text="Spruce Tea took 7 days"),
        Comment(at=90, author=Account(name="bob"), text="@ann same <here>"),
    ),
)


def test_stories_and_comments_are_found(polls: PollWorker) -> None:
    with standing(STORY) as world:
        result = polls.look(world, HN, "spruce tea")
        (truth,) = world.out(HN)
    by_id = {m["id"]: m for m in result["mentions"]}
    story = by_id[truth.id]
    assert (story["title"], story["text"]) == ("Spruce Tea & its app", "They don't refund / ever")
    assert (
        story["metrics"]["likes"] == truth.metrics["likes"] > 0
        and story["published_at"] == truth.published_at.isoformat()
    )
    (comment,) = [m for m in result["mentions"] if m["kind"] == "comment"]
    assert (comment["text"], comment["root_id"]) == ("Spruce Tea took 7 days", truth.id)


def test_pages_and_their_limit(polls: PollWorker) -> None:
    posts = [post(f"Spruce Tea {n}", platform=HN, at=n, name=f"u{n}") for n in range(25)]
    with standing(*posts) as world:
        polls.look(world, HN, "spruce tea")  # reads robots.txt
        whole = polls.look(world, HN, "spruce tea", limit=10, pages=2)
        assert (len(whole["mentions"]), whole["caught_up"], whole["requests"]) == (10, False, 1)
        world.misbehave(HN, "endless")
        endless = polls.look(world, HN, "spruce tea", limit=100, pages=10)
        assert len(endless["mentions"]) == 25 and endless["requests"] == 2


def test_what_is_older_than_the_days_is_not_asked_for(polls: PollWorker) -> None:
    with standing(STORY) as world:
        assert polls.look(world, HN, "spruce tea", days=1)["outcome"] == "items"
        world.server._stage.world = replace(world.server._stage.world, started_at=world.now - timedelta(days=3))
        assert polls.look(world, HN, "spruce tea", days=1)["outcome"] == "empty"
        assert polls.look(world, HN, "spruce tea", days=5)["outcome"] == "items"


def test_figures_in_one_request_and_the_deleted_by_a_second(polls: PollWorker) -> None:
    doomed = post("Spruce Tea gone soon", platform=HN, at=5, deleted=3700)
    with standing(STORY, doomed) as world:
        targets = world.out(HN)
        polls.look(world, HN, "spruce tea")  # reads robots.txt
        before = polls.look(world, HN, task="figures", targets=targets)
        world.move(hours=2)
        after = polls.look(world, HN, task="figures", targets=targets)
        alone = polls.look(world, HN, task="figures", targets=[t for t in targets if t.post.deleted])
    assert (before["outcome"], len(before["mentions"]), before["requests"], before["gone"]) == ("items", 2, 1, [])
    assert [m["title"] for m in after["mentions"]] == ["Spruce Tea & its app"] and after["requests"] == 2, (
        "and the missing one by itself"
    )
    likes = {m["title"]: m["metrics"]["likes"] for m in before["mentions"]}
    assert after["mentions"][0]["metrics"]["likes"] > likes["Spruce Tea & its app"]
    (gone,) = [t for t in targets if t.post.deleted]
    assert after["gone"] == [f"hackernews:post:{gone.id}"] == alone["gone"]
    assert (alone["outcome"], alone["mentions"]) == ("empty", []) and "deleted" in alone["detail"]


def test_figures_of_more_posts_than_the_limit_are_all_held(polls: PollWorker) -> None:
    with standing(*(post(f"Spruce Tea {n}", platform=HN, at=n) for n in range(12))) as world:
        polls.look(world, HN, "spruce tea")  # reads robots.txt
        result = polls.look(world, HN, task="figures", targets=world.out(HN), limit=5)
    assert len(result["mentions"]) == 12 and result["requests"] == 1


def test_comments_newest_first_with_whom_they_answer(polls: PollWorker) -> None:
    with standing(STORY, post("nobody answers", platform=HN)) as world:
        silent, story = sorted(world.out(HN), key=lambda o: bool(o.comments))
        result = polls.look(world, HN, task="comments", targets=[story, silent])
        none = polls.look(world, HN, task="comments", targets=[silent])
        few = polls.look(world, HN, task="comments", targets=[story], limit=1)
    assert [(m["kind"], m["text"]) for m in result["mentions"]] == [
        ("reply", "@ann same <here>"),
        ("comment", "Spruce Tea took 7 days"),
    ]
    reply, comment = result["mentions"]
    assert (reply["parent_id"], comment["parent_id"], reply["root_id"]) == (comment["id"], story.id, story.id)
    assert none["outcome"] == "empty" and len(few["mentions"]) == 1 and few["caught_up"] is False


def test_misbehaviour_has_its_name_whatever_was_asked(polls: PollWorker) -> None:
    expected = {
        "rate": "blocked:rate",
        "blank": "network",
        "redirect": "blocked:login",
        "truncated": "network",
        "changed": "changed",
    }
    with standing(STORY) as world:
        targets = world.out(HN)
        for kind, outcome in expected.items():
            world.misbehave(HN, kind)
            for task in ("search", "figures", "comments"):
                result = polls.look(world, HN, "spruce tea", task=task, targets=targets if task != "search" else ())
                assert (result["outcome"], result["mentions"], result["gone"]) == (outcome, [], []), (kind, task)
                assert result["detail"]
