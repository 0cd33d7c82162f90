"""Reddit against its stand-in: with a client of its API, with a wrong one, and without."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from scrapy import Request
from scrapy.http import Response

from crawlers.poll import Memory, Poll, Unseen
from crawlers.spiders.reddit import RedditSpider
from drill.parts import Account
from records.mention import Platform
from records.outcome import Outcome, PollRequest
from tests.crawlers.conftest import NOW, fixture_bytes
from tests.crawlers.standing import Comment, PollWorker, post, standing

REDDIT = Platform.REDDIT
SECRET = "s3cret-of-the-client"
POST = post(
    "milk was off & sour <3",
    platform=REDDIT,
    title="Spruce Tea & me",
    name="tea_lover",
    metrics={"likes": 36000, "comments": 2, "reposts": 1},
    comments=(
        Comment(at=60, author=Account(name="ann"), text="same & worse", likes=4),
        Comment(at=90, author=Account(name="bob"), text="@ann me too"),
    ),
)


def client(secret: str = SECRET, ident: str = "client-1") -> dict[str, str]:
    return {"FENGSHENG_REDDIT_CLIENT_ID": ident, "FENGSHENG_REDDIT_CLIENT_SECRET": secret}


@pytest.fixture(scope="module")
def known() -> Iterator[PollWorker]:
    """A child with a client of the API."""
    worker = PollWorker(client())
    yield worker
    worker.close()


def test_a_search_with_one_token_for_many_polls(known: PollWorker) -> None:
    with standing(POST) as world:
        first = known.look(world, REDDIT, "spruce tea")
        second = known.look(world, REDDIT, "spruce tea")
        (truth,) = world.out(REDDIT)
    (mention,) = first["mentions"]
    assert (mention["id"], mention["kind"]) == (truth.id, "post") and truth.id.startswith("t3_")
    assert (mention["title"], mention["text"]) == ("Spruce Tea & me", "milk was off & sour <3")
    assert mention["metrics"]["likes"] == truth.metrics["likes"] and mention["metrics"]["comments"] == 2
    assert (first["requests"], second["requests"]) == (2, 1), "no robots.txt: the API has terms of its own"
    assert SECRET not in json.dumps([first, second])


def test_pages_are_followed_and_end(known: PollWorker) -> None:
    posts = [post(f"Spruce Tea {n}", platform=REDDIT, at=n, name=f"u{n}") for n in range(230)]
    with standing(*posts) as world:
        whole = known.look(world, REDDIT, "spruce tea", pages=5, limit=500)
        assert len(whole["mentions"]) == 230 and whole["caught_up"] is True
        assert known.look(world, REDDIT, "spruce tea", pages=2, limit=500)["caught_up"] is False
        for kind in ("repeat", "endless"):
            world.misbehave(REDDIT, kind)
            result = known.look(world, REDDIT, "spruce tea", pages=20, limit=500)
            assert result["outcome"] == "items" and result["requests"] <= 5


def test_only_in_the_subreddits_that_are_named_and_alternatives(known: PollWorker) -> None:
    with standing(POST, post("pine tea", platform=REDDIT, name="x")) as world:
        result = known.look(world, REDDIT, "spruce tea OR pine tea", subreddits="r/expats, hangzhou")
        calm = known.look(world, REDDIT, "nobody said this", subreddits="expats", control="weather")
    assert len(result["mentions"]) == 2 and calm["outcome"] == "empty"


def test_a_wrong_key_is_said_once_and_clearly(make_polls) -> None:
    polls: PollWorker = make_polls(**client("wrong-" + SECRET))
    with standing(POST) as world:
        for task in ("search", "figures", "comments"):
            result = polls.look(world, REDDIT, task=task, targets=world.out(REDDIT) if task != "search" else ())
            assert result["outcome"] == "blocked:login" and result["requests"] == 1
            assert "FENGSHENG_REDDIT_CLIENT_ID" in result["detail"] and SECRET not in json.dumps(result)


def test_a_token_that_is_refused_is_renewed_once(known: PollWorker) -> None:
    with standing(POST) as world:
        assert known.look(world, REDDIT, "spruce tea")["requests"] == 2
        world.server._stage.tickets.clear()
        renewed = known.look(world, REDDIT, "spruce tea")
        assert (renewed["outcome"], renewed["requests"]) == ("items", 3)
        world.misbehave(REDDIT, "login")
        refused = known.look(world, REDDIT, "spruce tea")
    assert (refused["outcome"], refused["requests"]) == ("blocked:login", 3), "and not for ever"


class Heard(RedditSpider):
    """The spider with canned answers in place of the world."""

    def __init__(self, memory: Memory, *answers: Response) -> None:
        given = PollRequest(platform=REDDIT, brand="b", query="spruce tea", options=(("pages", "5"),))
        super().__init__(poll=Poll(given, memory=memory, clock=lambda: NOW))
        self.answers, self.asked = list(answers), list[Request]()

    async def download(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.pop(0)


def answer(name: str, **headers: str) -> Response:
    return Response("https://oauth.reddit.com/x", body=fixture_bytes(f"reddit/{name}.json"), headers=headers)


def test_a_budget_that_is_used_up_is_left_alone_until_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in client().items():
        monkeypatch.setenv(name, value)
    memory = Memory()
    last = answer("search", **{"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "300"})
    first, second = Heard(memory, answer("token"), last), Heard(memory)
    asyncio.run(first.look())
    assert first.poll.outcome is Outcome.ITEMS and len(first.asked) == 2 and not first.poll.caught_up
    with pytest.raises(Unseen) as refused:
        asyncio.run(second.look())
    assert refused.value.outcome is Outcome.BLOCKED_RATE and second.poll.retry_after == 300 and not second.asked
    second.poll.clock = lambda: NOW + timedelta(seconds=301)
    second.answers = [answer("nothing")]
    asyncio.run(second.look())
    assert second.poll.outcome is Outcome.EMPTY


def test_half_a_client_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGSHENG_REDDIT_CLIENT_ID", "client-1")
    monkeypatch.delenv("FENGSHENG_REDDIT_CLIENT_SECRET", raising=False)
    with pytest.raises(Unseen) as refused:
        asyncio.run(Heard(Memory()).look())
    assert refused.value.outcome is Outcome.BLOCKED_LOGIN
    assert "FENGSHENG_REDDIT_CLIENT_SECRET is not set" in refused.value.detail


def test_the_secrets_go_to_the_token_endpoint_alone_and_lie_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in client().items():
        monkeypatch.setenv(name, value)
    memory = Memory()
    spider = Heard(memory, answer("token"), answer("nothing"))
    asyncio.run(spider.look())
    token, search = spider.asked
    assert (token.url, token.method) == ("https://www.reddit.com/api/v1/access_token", "POST")
    assert base64.b64decode(token.headers["Authorization"].split()[1]) == f"client-1:{SECRET}".encode()
    assert (
        search.url.startswith("https://oauth.reddit.com/search?") and search.headers["Authorization"] == b"Bearer tok-1"
    )
    everything = repr((search.url, search.headers, search.body, search.meta, spider.poll.detail, memory._held))
    assert SECRET not in everything and base64.b64encode(SECRET.encode()).decode()[:10] not in everything


def test_without_a_client_the_public_search_is_tried(polls: PollWorker) -> None:
    with standing(POST) as world:
        result = polls.look(world, REDDIT, "spruce tea")
        (truth,) = world.out(REDDIT)
        (mention,) = result["mentions"]
        assert (mention["id"], mention["title"], mention["text"]) == (
            truth.id,
            "Spruce Tea & me",
            "milk was off & sour <3",
        )
        assert mention["metrics"]["likes"] is None and mention["author"]["name"] == "tea_lover"
        for kind, outcome in (("captcha", "blocked:bot"), ("rate", "blocked:rate"), ("truncated", "network")):
            world.misbehave(REDDIT, kind)
            refused = polls.look(world, REDDIT, "spruce tea")
            assert refused["outcome"] == outcome and "FENGSHENG_REDDIT_CLIENT_ID" in refused["detail"]
        world.misbehave(REDDIT, None)
        for task in ("figures", "comments"):
            result = polls.look(world, REDDIT, task=task, targets=[truth])
            assert (result["outcome"], result["requests"]) == ("blocked:login", 0) and "set FENGSHENG" in result[
                "detail"
            ]


def test_figures_of_a_hundred_at_a_time_and_what_was_taken_away(known: PollWorker) -> None:
    doomed = post("Spruce Tea gone soon", platform=REDDIT, at=1, name="y", deleted=3700)
    others = [post(f"Spruce Tea {n}", platform=REDDIT, at=10 + n, name=f"u{n}") for n in range(120)]
    with standing(POST, doomed, *others) as world:
        targets = world.out(REDDIT)
        (gone,) = [t for t in targets if t.post.deleted]
        world.move(hours=2)
        result = known.look(world, REDDIT, task="figures", targets=targets)
        alone = known.look(world, REDDIT, task="figures", targets=[gone])
        stranger = known.look(world, REDDIT, task="figures", targets=[{"kind": "post", "id": "t3_zzzzz"}])
    assert (result["outcome"], len(result["mentions"]), result["gone"]) == ("items", 121, [f"reddit:post:{gone.id}"])
    assert result["requests"] <= 3
    assert (alone["outcome"], alone["gone"]) == ("empty", [f"reddit:post:{gone.id}"])
    assert (stranger["outcome"], stranger["gone"]) == ("suspect", []), "not listed is not deleted"


def test_comments_and_replies_and_the_rest_of_a_long_thread(known: PollWorker) -> None:
    crowd = tuple(Comment(at=n, author=Account(name=f"n{n}"), text=f"number {n}") for n in range(150))
    with standing(POST, post("busy", platform=REDDIT, name="z", comments=crowd)) as world:
        busy, quiet = sorted(world.out(REDDIT), key=lambda o: -len(o.comments))
        result = known.look(world, REDDIT, task="comments", targets=[quiet])
        whole = known.look(world, REDDIT, task="comments", targets=[busy], limit=300)
        short = known.look(world, REDDIT, task="comments", targets=[busy], limit=300, comment_pages=1)
    reply, comment = result["mentions"]
    assert (comment["kind"], comment["text"], comment["parent_id"]) == ("comment", "same & worse", quiet.id)
    assert (reply["kind"], reply["parent_id"], reply["root_id"]) == ("reply", comment["id"], quiet.id)
    assert len(whole["mentions"]) == 150 and whole["caught_up"] is True
    assert len(short["mentions"]) == 100 and short["caught_up"] is False


def test_comments_of_a_post_that_was_taken_away(known: PollWorker) -> None:
    with standing(post("Spruce Tea gone soon", platform=REDDIT, deleted=3700)) as world:
        (target,) = world.out(REDDIT)
        none = known.look(world, REDDIT, task="comments", targets=[target])
        world.move(hours=1)
        result = known.look(world, REDDIT, task="comments", targets=[target])
    assert (none["outcome"], none["gone"]) == ("empty", [])
    assert (result["outcome"], result["gone"]) == ("empty", [f"reddit:post:{target.id}"])


def test_misbehaviour_has_its_name_whatever_was_asked(known: PollWorker) -> None:
    expected = {
        "login": "blocked:login",
        "captcha": "blocked:bot",
        "rate": "blocked:rate",
        "blank": "network",
        "redirect": "blocked:login",
        "truncated": "network",
        "changed": "changed",
    }
    with standing(POST) as world:
        targets = world.out(REDDIT)
        for kind, outcome in expected.items():
            world.misbehave(REDDIT, kind)
            for task in ("search", "figures", "comments"):
                result = known.look(world, REDDIT, "spruce tea", task=task, targets=targets if task != "search" else ())
                assert (result["outcome"], result["mentions"], result["gone"]) == (outcome, [], []), (kind, task)
                assert result["detail"] and (kind != "rate" or result["retry_after"] == 212)
