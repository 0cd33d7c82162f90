"""Bluesky against its stand-in: search, figures, answers, and the stream from a cursor to the present."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime

import pytest

from crawlers.parsers import jetstream
from crawlers.poll import Poll
from crawlers.spiders.bluesky import BlueskySpider
from drill.bluesky_pages import microseconds, render_handle
from drill.identities import short_id
from records.mention import Kind, Media, Platform, Verified
from records.outcome import Outcome, PollRequest, Target, Task
from tests.crawlers.standing import Comment, Edit, PollWorker, Standing, post, standing

B = Platform.BLUESKY


def texts(result: dict) -> list[str]:
    return [m["text"] for m in result["mentions"]]


def target(world: Standing, words: str, *, by: str = "did") -> dict:
    """A post as it is stored: its id hides the account, its address names it."""
    out = next(p for p in world.out(B) if words in p.post.full_text)
    who = out.author_id if by == "did" else render_handle(out.author_id)
    ident = f"at://did~0123456789abcdef01234567/app.bsky.feed.post/{short_id(out.id)}"
    return {"kind": "post", "id": ident, "url": f"https://bsky.app/profile/{who}/post/{short_id(out.id)}"}


def test_search_shows_posts_with_figures_and_followers(polls: PollWorker) -> None:
    story = post(
        "云杉茶饮 里有虫",
        platform=B,
        metrics={"likes": 41, "comments": 4, "reposts": 30},
        followers=812,
        verified=Verified.MEDIA,
        media=frozenset({Media.IMAGE}),
    )
    with standing(story, post("别的", platform=B), hours=1) as world:
        result = polls.look(world, B)
        truth = next(p for p in world.out(B) if "云杉" in p.post.text)
    (mention,) = result["mentions"]
    assert (mention["id"], mention["kind"], mention["text"]) == (truth.id, "post", "云杉茶饮 里有虫")
    assert mention["url"] == f"https://bsky.app/profile/{truth.author_id}/post/{short_id(truth.id)}"
    assert mention["metrics"] == {"reads": None, "likes": 41, "comments": 4, "reposts": 30, "saves": 0}
    assert mention["author"]["followers"] == 812 and mention["media"] == ["image"]


@pytest.mark.parametrize("kind", [None, "endless", "repeat"])
def test_pages_are_read_to_their_end_and_not_for_ever(polls: PollWorker, kind: str | None) -> None:
    with standing(*(post(f"云杉茶饮 {n}", platform=B, at=n) for n in range(130))) as world:
        world.misbehave(B, kind)
        result = polls.look(world, B, limit=500, pages=20)
        assert result["outcome"] == "items" and result["requests"] <= 16
        assert kind == "repeat" or len(result["mentions"]) == 130
        short = polls.look(world, B, limit=500, pages=1)
    assert (len(short["mentions"]), short["caught_up"]) == (100, False)


def test_an_empty_list_is_proven_without_what_narrows_the_search(make_polls) -> None:
    polls = make_polls()
    with standing(post("云杉茶饮 里有虫", platform=B)) as world:
        world.misbehave(B, "empty")
        assert polls.look(world, B, control="weather", lang="zh")["control"] == "failed"
        world.misbehave(B, None)
        calm = polls.look(world, B, "没人说过", control="weather")
    assert (calm["outcome"], calm["control"]) == ("empty", "passed")


def test_figures_of_many_posts_in_few_requests_and_which_are_gone(polls: PollWorker) -> None:
    story = [post(f"云杉茶饮 第{n}条。", platform=B, at=n, metrics={"likes": 100 + n}) for n in range(30)]
    story.append(post("云杉茶饮 会删", platform=B, at=50, deleted=3601))
    story.append(post("云杉茶饮 会改", platform=B, at=60, edit=Edit(at=3601, text="云杉茶饮 改过")))
    with standing(*story, hours=1) as world:
        known = [target(world, f"第{n}条。") for n in range(30)] + [
            target(world, "会删"),
            target(world, "会改", by="handle"),
        ]
        world.move(seconds=5)
        result = polls.look(world, B, task="figures", targets=known, limit=5)
        assert result["outcome"] == "items" and len(result["mentions"]) == 31, "the limit is for what is found"
        assert {m["id"] for m in result["mentions"]} == {t["id"] for t in known if t is not known[30]}
        assert {m["metrics"]["likes"] for m in result["mentions"]} >= {100, 129} and "云杉茶饮 改过" in texts(result)
        assert all(m["author"]["followers"] == 120 for m in result["mentions"])
        assert result["gone"] == [f"bluesky:post:{known[30]['id']}"]
        assert result["requests"] <= 6, "two of posts, one to find a handle, some for followers"
        alone = polls.look(world, B, task="figures", targets=[known[30]])
        assert (alone["outcome"], len(alone["gone"])) == ("empty", 1), "asked for by itself it is not found"
        world.misbehave(B, "empty")
        blind = polls.look(world, B, task="figures", targets=known[:3])
        assert (blind["outcome"], blind["gone"]) == ("suspect", []), "an empty list alone deletes nothing"


def test_answers_under_a_post(polls: PollWorker) -> None:
    comments = tuple(
        Comment(at=60 * n, author=post("", platform=B, name=f"丙{n}").author, text=f"我也是{n}") for n in (1, 2)
    )
    with standing(
        post("云杉茶饮 有虫", platform=B, comments=comments), post("云杉茶饮 会删", platform=B, deleted=3601)
    ) as world:
        gone = target(world, "会删")
        world.move(seconds=5)
        result = polls.look(world, B, task="comments", targets=[target(world, "有虫"), gone])
        root = world.out(B)[0].id
    assert texts(result) == ["我也是2", "我也是1"]
    assert {(m["kind"], m["root_id"], m["parent_id"]) for m in result["mentions"]} == {("comment", root, root)}
    assert result["gone"] == [f"bluesky:post:{gone['id']}"]


def test_the_stream_brings_what_happened_since_the_cursor_and_goes_on_there(polls: PollWorker) -> None:
    story = [
        post("云杉茶饮 早就有", platform=B, at=60),
        post("云杉茶饮 要退款", platform=B, at=2400, metrics={"likes": 9}, followers=55, name="甲"),
        post("云杉 投诉 了", platform=B, at=2500),
        post("云杉 很好", platform=B, at=2600),
        post("云杉茶饮 会改 退款", platform=B, at=2700, edit=Edit(at=2800, text="云杉茶饮 改过 退款")),
        post("云杉茶饮 会删 退款", platform=B, at=2900, deleted=3601),
    ]
    words = "云杉茶饮 退款|云杉 投诉"
    with standing(*story) as world:
        now = polls.look(world, B, words, task="stream", listen=5)
        assert (now["outcome"], now["caught_up"], now["mentions"]) == ("empty", True, []), "from now on"
        assert now["requests"] == 1, "the connection counts"
        start = str(microseconds(world.now) - 1800 * 1_000_000)
        result = polls.look(world, B, words, task="stream", listen=5, cursor=start)
        assert result["outcome"] == "items" and result["caught_up"], result["detail"]
        assert sorted(texts(result)) == ["云杉 投诉 了", "云杉茶饮 会删 退款", "云杉茶饮 改过 退款", "云杉茶饮 要退款"]
        refund = next(m for m in result["mentions"] if "要退款" in m["text"])
        truth = next(p for p in world.out(B) if "要退款" in p.post.text)
        assert (refund["id"], refund["published_at"]) == (truth.id, truth.published_at.isoformat())
        assert set(refund["metrics"].values()) == {None} and refund["author"]["followers"] == 55
        assert int(result["cursor"]) > int(now["cursor"]) and result["requests"] <= 3
        world.move(seconds=2)
        later = polls.look(world, B, words, task="stream", listen=5, cursor=start)
        assert "云杉茶饮 会删 退款" not in texts(later), "what is written and deleted in one look is not kept"
        quiet = polls.look(world, B, words, task="stream", listen=5, cursor=result["cursor"])
    assert quiet["outcome"] == "empty" and "none matches" in quiet["detail"]


def test_a_cursor_beyond_the_stream_s_reach_is_a_gap_that_is_told(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 有虫", platform=B)) as world:
        old = str(microseconds(world.now) - 48 * 3600 * 1_000_000)
        result = polls.look(world, B, task="stream", listen=5, cursor=old)
    assert (result["outcome"], result["caught_up"], len(result["mentions"])) == ("items", False, 1)
    assert "was not seen" in result["detail"] and "36 h" in result["detail"]


def test_a_stream_that_is_refused_or_not_there_is_no_silence(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 有虫", platform=B)) as world:
        nowhere = polls.look(
            world, B, task="stream", listen=2, stream_url="ws://127.0.0.1:9", cursor="1795143720329308"
        )
        assert (nowhere["outcome"], nowhere["cursor"]) == ("network", "1795143720329308"), "the next look goes on there"
        wrong = polls.look(world, B, task="stream", listen=2, stream_url="nonsense")
        assert wrong["outcome"] == "changed" and "stream_url" in wrong["detail"]
        world.misbehave(B, "down")
        refused = polls.look(world, B, task="stream", listen=2)
        assert refused["outcome"].startswith(("blocked", "network"))


def test_a_host_that_never_answers_is_cut_off_and_the_next_poll_works(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 有虫", platform=B)) as world, socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"ws://127.0.0.1:{deaf.getsockname()[1]}"
        began = time.monotonic()
        result = polls.look(world, B, task="stream", listen=60, timeout=1, stream_url=address)
        assert result["outcome"] == "network" and time.monotonic() - began < 10, result["detail"]
        assert polls.look(world, B)["outcome"] == "items"


def test_deletions_in_the_stream_are_told_of_stored_posts_only() -> None:
    known, other = (f"at://did:plc:{who}/app.bsky.feed.post/3k" for who in ("known", "other"))
    request = PollRequest(platform=B, brand="", query="云杉茶饮", task=Task.STREAM)
    poll = Poll(request, known=lambda mentions: frozenset(m.key for m in mentions if m.key == f"bluesky:reply:{known}"))
    now = datetime.now(UTC)
    heard = jetstream.Hearing(wanted=(("云杉茶饮",),), langs=frozenset(), start=None, began=now)
    for who in ("known", "other"):
        commit = {"operation": "delete", "collection": jetstream.COLLECTION, "rkey": "3k"}
        frame = {"did": f"did:plc:{who}", "time_us": microseconds(now), "kind": "commit", "commit": commit}
        heard.take(json.dumps(frame), now)
    assert heard.deleted == (known, other)
    BlueskySpider(poll=poll)._conclude(heard, None, 20)
    url = "https://bsky.app/profile/did:plc:known/post/3k"
    assert poll.gone == [Target(platform=B, kind=Kind.REPLY, id=known, url=url)]
    assert (poll.outcome, poll.cursor) == (Outcome.EMPTY, str(microseconds(now)))
