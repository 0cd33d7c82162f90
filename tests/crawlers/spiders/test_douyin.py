"""Douyin against its stand-in in a real browser."""

from __future__ import annotations

from drill.parts import Account
from records.mention import Media, Platform, Verified
from tests.crawlers.standing import Comment, PollWorker, needs_browser, post, standing

P = Platform.DOUYIN


def comment(number: int, text: str, **more: object) -> Comment:
    return Comment(at=60 + number, author=Account(name=f"评论人{number}", followers=3), text=text, **more)


COMMENTS = (
    *(comment(n, f"第{n}条", likes=n, region="浙江") for n in range(24)),
    *(comment(100 + n, f"@评论人23 回复{n}") for n in range(4)),
)
LOUD = post(
    "云杉茶饮 喝出虫子 #避雷",
    platform=P,
    at=40,
    comments=COMMENTS,
    followers=120_000,
    metrics={"likes": 9000, "comments": 28},
)
PICTURES = post(
    "云杉茶饮 图文",
    platform=P,
    at=41,
    name="城南频道",
    media=frozenset({Media.IMAGE}),
    verified=Verified.MEDIA,
    followers=99,
    metrics={"likes": 10, "comments": 0},
)
DELETED = post("云杉茶饮 会删掉", platform=P, at=42, name="后悔的人", deleted=3700)
QUIET = tuple(post(f"云杉茶饮 日常{n}", platform=P, at=n, name=f"路人{n}", metrics={"likes": 1}) for n in range(12))


@needs_browser
def test_screens_by_scrolling_without_foreign_cards_and_followers_from_the_posts_pages(make_polls) -> None:
    polls: PollWorker = make_polls()
    with standing(LOUD, PICTURES, DELETED, *QUIET) as world:
        truth = {o.id: o.post for o in world.out(P)}
        seen = polls.look(world, P, details=1, pages=3)
        assert (seen["outcome"], seen["requests"], seen["caught_up"]) == ("items", 2, True), seen["detail"]
        assert {m["id"]: m["text"] for m in seen["mentions"]} == {i: p.text for i, p in truth.items()}
        told = {m["text"]: m["author"]["followers"] for m in seen["mentions"] if m["author"]["followers"] is not None}
        assert told == {LOUD.text: 120_000}, "the author of the most liked post, and of no other"
        first = polls.look(world, P, details=0, pages=1)
        assert len(first["mentions"]) == 10 and not first["caught_up"] and first["requests"] == 1
        again = next(m for m in first["mentions"] if m["text"] == LOUD.text)
        assert again["author"]["followers"] == 120_000, "an author is remembered"
        tab = polls.look(world, P, details=0, pages=3, tab="video")
        assert len(tab["mentions"]) == len(truth) - 1 and {m["author"]["followers"] for m in tab["mentions"]} == {
            120,
            120_000,
        }
        world.misbehave(P, "repeat")
        repeated = polls.look(world, P, details=0, pages=5)
        assert (len(repeated["mentions"]), repeated["caught_up"]) == (10, False)


@needs_browser
def test_posts_looked_at_again_and_comments_with_their_replies(polls: PollWorker) -> None:
    with standing(LOUD, PICTURES, DELETED) as world:
        targets = {o.post.text: o for o in world.out(P)}
        world.move(seconds=300)
        note = {"kind": "video", "id": targets[PICTURES.text].id, "url": "https://www.douyin.com/note/1"}
        three = [targets[DELETED.text], targets[LOUD.text], note]
        figures = polls.look(world, P, task="figures", targets=three)
        assert (figures["outcome"], figures["requests"]) == ("items", 3), figures["detail"]
        assert figures["gone"] == [f"douyin:video:{targets[DELETED.text].id}"]
        loud, pictures = figures["mentions"]
        assert loud["metrics"]["likes"] == world.out(P)[1].metrics["likes"] > 0
        assert (pictures["author"]["verified"], pictures["media"]) == ("media", ["image"])
        lost = polls.look(world, P, task="figures", targets=three[:1])
        assert (lost["outcome"], len(lost["gone"])) == ("empty", 1) and "deleted" in lost["detail"]
        comments = polls.look(world, P, task="comments", targets=[targets[LOUD.text], note], limit=100)
        assert comments["outcome"] == "items", comments["detail"]
        found = {m["text"]: m for m in comments["mentions"]}
        assert set(found) == {c.text for c in COMMENTS}
        head = found["第23条"]
        assert (head["kind"], head["region"], head["metrics"]["likes"]) == ("comment", "浙江", 23)
        assert head["parent_id"] == head["root_id"] == targets[LOUD.text].id
        reply = found["@评论人23 回复3"]
        assert (reply["kind"], reply["parent_id"], reply["root_id"]) == ("reply", head["id"], targets[LOUD.text].id)
        none = polls.look(world, P, task="comments", targets=[note])
        assert none["outcome"] == "empty"


@needs_browser
def test_four_empty_lists_that_look_alike(make_polls) -> None:
    polls: PollWorker = make_polls()
    with standing(LOUD) as world:
        calm = polls.look(world, P, "没人说过的话")
        assert (calm["outcome"], calm["requests"]) == ("empty", 1) and "nothing was found" in calm["detail"]
        declined = polls.look(world, P, "自残")
        assert declined["outcome"] == "empty" and "policy" in declined["detail"]
        world.misbehave(P, "empty")
        silent = polls.look(world, P, control="天气")
        assert (silent["outcome"], silent["control"], silent["requests"]) == ("suspect", "failed", 4)
        world.misbehave(P, "captcha")
        assert polls.look(world, P)["outcome"] == "blocked:captcha"


SEARCHED = {"redirect": "blocked:login", "blank": "blocked:bot"}
"""What stands before the site → how a search ends; other kinds: ``test_misbehaviour.py``."""


@needs_browser
def test_walls_and_damage_by_their_names(polls: PollWorker) -> None:
    with standing(LOUD, PICTURES) as world:
        loud = world.out(P)[1]
        for kind, outcome in SEARCHED.items():
            world.misbehave(P, kind)
            seen = polls.look(world, P, wait=1.5, details=0, pages=1)
            assert seen["outcome"] == outcome, (kind, seen["detail"])
        for kind, outcome, requests in (("rate", "blocked:rate", 1), ("empty", "suspect", 2), ("userless", "items", 2)):
            world.misbehave(P, kind)
            comments = polls.look(world, P, task="comments", targets=[loud, loud], wait=1.5, replies=0)
            assert (comments["outcome"], comments["requests"]) == (outcome, requests), "a block ends the poll"
            assert comments["gone"] == [] and {m["author"]["name"] for m in comments["mentions"]} <= {None}
