"""YouTube against its stand-in: search with figures, quota and key, known videos again, comments."""

from __future__ import annotations

import pytest

from drill.sites.youtube import SILENT
from records.mention import Platform
from tests.crawlers.standing import Comment, PollWorker, post, standing

Y = Platform.YOUTUBE
SECRET = "AIzaDrillKeyThatNobodyMaySee"


@pytest.fixture(scope="module")
def keyed():
    worker = PollWorker({"FENGSHENG_YOUTUBE_KEY": SECRET})
    yield worker
    worker.close()


def test_search_with_figures_whole_descriptions_and_subscribers(keyed: PollWorker) -> None:
    words = "云杉茶饮 的虫\n" + "说来话长。" * 30 + "#退款"
    story = post(
        words,
        platform=Y,
        title="云杉茶饮's <虫>",
        metrics={"reads": 10231, "comments": 88},
        followers=12345,
        name="某频道",
    )
    with standing(story, post("云杉茶饮 无关频道", platform=Y, followers=0), hours=1) as world:
        result = keyed.look(world, Y)
        truth = next(p for p in world.out(Y) if p.post.title)
    mention = next(m for m in result["mentions"] if m["title"] == "云杉茶饮's <虫>")
    assert (mention["id"], mention["kind"], mention["text"]) == (truth.id, "video", words)
    assert mention["metrics"] == {"reads": 10231, "likes": None, "comments": 88, "reposts": None, "saves": None}
    assert mention["author"]["followers"] == 12300 and mention["topics"] == ["退款"] and mention["media"] == ["video"]
    assert [m["author"]["followers"] for m in result["mentions"] if m is not mention] == [None], "hidden is not zero"
    assert result["requests"] == 3 and len(result["mentions"]) == 2, (
        "search, videos, channels; the channel is none of them"
    )
    assert SECRET not in str(result)


def test_the_next_poll_searches_from_the_newest_video_on(keyed: PollWorker) -> None:
    with standing(post("云杉茶饮 旧", platform=Y, at=-80 * 3600), post("云杉茶饮 新", platform=Y, at=0)) as world:
        first = keyed.look(world, Y)
        second = keyed.look(world, Y, cursor=first["cursor"])
        far = keyed.look(world, Y, days=1)
        newest = world.out(Y)[0].published_at
    assert len(first["mentions"]) == 2 and first["cursor"] == newest.isoformat()
    assert [m["text"] for m in second["mentions"]] == ["云杉茶饮 新"], "two days are searched again, not more"
    assert second["cursor"] == first["cursor"]
    assert [m["text"] for m in far["mentions"]] == ["云杉茶饮 新"], "the first look reaches back as told"


def test_pages_and_alternatives(keyed: PollWorker) -> None:
    story = [post(f"云杉茶饮 {n}", platform=Y, at=n) for n in range(60)] + [post("澄川 投诉", platform=Y, at=70)]
    with standing(*story) as world:
        result = keyed.look(world, Y, "云杉茶饮|澄川", pages=2, limit=100)
        short = keyed.look(world, Y, "云杉茶饮|澄川", pages=1, limit=100)
    assert (len(result["mentions"]), result["caught_up"]) == (61, True)
    assert (len(short["mentions"]), short["caught_up"], short["cursor"]) == (50, False, None), (
        "the cursor waits for the rest"
    )


def test_without_a_key_the_variable_is_named(polls: PollWorker) -> None:
    with standing(post("云杉茶饮", platform=Y)) as world:
        without = polls.look(world, Y)
    assert (without["outcome"], without["requests"]) == ("blocked:login", 0)
    assert "FENGSHENG_YOUTUBE_KEY" in without["detail"]


def test_a_used_up_quota_says_when_it_is_renewed(keyed: PollWorker) -> None:
    with standing(post("云杉茶饮", platform=Y)) as world:
        world.misbehave(Y, "rate")
        result = keyed.look(world, Y)
    assert result["outcome"] == "blocked:quota" and 0 < result["retry_after"] <= 25 * 3600


def test_known_videos_again_and_which_are_gone(keyed: PollWorker) -> None:
    story = [post(f"云杉茶饮 {n}", platform=Y, at=n, metrics={"reads": 1000 + n}) for n in range(60)]
    with standing(*story, post("云杉茶饮 会删", platform=Y, at=99, deleted=3601), hours=1) as world:
        known = world.out(Y)
        world.move(seconds=5)
        result = keyed.look(world, Y, task="figures", targets=known, limit=10)
    assert result["outcome"] == "items" and len(result["mentions"]) == 60
    assert {m["metrics"]["reads"] for m in result["mentions"]} == {1000 + n for n in range(60)}
    assert result["gone"] == [f"youtube:video:{known[0].id}"]
    assert result["requests"] == 3 and all(m["author"]["followers"] == 120 for m in result["mentions"])


def test_comments_of_a_video_with_many_none_and_no_comments(keyed: PollWorker) -> None:
    author = post("", platform=Y, name="丙").author
    many = tuple(Comment(at=n, author=author, text=f"我也是{n}", likes=n) for n in range(150))
    story = [
        post("云杉茶饮 热闹", platform=Y, at=0, comments=many),
        post(f"云杉茶饮 {SILENT}", platform=Y, at=1),
        post("云杉茶饮 会删", platform=Y, at=2, deleted=3601),
    ]
    with standing(*story) as world:
        gone, silent, busy = world.out(Y)
        world.move(seconds=5)
        result = keyed.look(world, Y, task="comments", targets=[busy], limit=500)
        assert (len(result["mentions"]), result["caught_up"]) == (150, True)
        first = result["mentions"][0]
        assert (first["text"], first["kind"], first["root_id"], first["parent_id"]) == (
            "我也是149",
            "comment",
            busy.id,
            busy.id,
        )
        assert first["metrics"]["likes"] == 149 and first["url"].endswith(f"watch?v={busy.id}&lc={first['id']}")
        one = keyed.look(world, Y, task="comments", targets=[busy], limit=500, comment_pages=1)
        assert (len(one["mentions"]), one["caught_up"]) == (100, False)
        off = keyed.look(world, Y, task="comments", targets=[silent])
        assert (off["outcome"], off["mentions"]) == ("empty", [])
        lost = keyed.look(world, Y, task="comments", targets=[gone])
        assert (lost["outcome"], lost["gone"]) == ("empty", [f"youtube:video:{gone.id}"])
