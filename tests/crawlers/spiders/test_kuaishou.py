"""Kuaishou's spider against its stand-in, in a real browser."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from datetime import UTC, datetime
from types import SimpleNamespace

from crawlers.listening import Heard
from crawlers.parsers import kuaishou
from crawlers.poll import Poll
from crawlers.spiders.kuaishou import COMMENTS, SEARCH, KuaishouSpider, asked_value, is_for
from drill.parts import Account
from records.mention import Kind, Mention, Platform, Verified
from records.outcome import Outcome, Page, PollRequest, Target, Task
from tests.crawlers.conftest import fixture_bytes
from tests.crawlers.standing import Comment, PollWorker, needs_browser, post, standing

HERE = Platform.KUAISHOU


def person(name: str) -> Account:
    return Account(name=name, followers=3, verified=Verified.NONE)


@needs_browser
def test_search_reads_screen_after_screen_and_drops_answers_for_other_words(polls: PollWorker) -> None:
    posts = [post(f"云杉茶饮 第{i}天", platform=HERE, at=i) for i in range(24)]
    posts.append(post("云杉茶饮 喝出虫子 #避雷", platform=HERE, at=30, metrics={"reads": 900_000, "likes": 456_780}))
    with standing(*posts, post("大家都在看 别的", platform=HERE)) as world:
        result = polls.look(world, HERE)
        truth = [p for p in world.out(HERE) if "大家都在看" not in p.post.text]
        short = polls.look(world, HERE, pages=1)
        asked = urllib.request.Request(f"{world.url(HERE)}/rest/v/search/feed", data=b'{"keyword":"x"}')
        bare = json.loads(urllib.request.urlopen(asked).read())
    assert (result["outcome"], result["requests"], result["caught_up"]) == ("items", 1, True)
    assert [m["id"] for m in result["mentions"]] == [p.id for p in truth] and len(truth) == 25
    newest = result["mentions"][0]
    assert (newest["text"], newest["topics"], newest["author"]["name"]) == (
        "云杉茶饮 喝出虫子 #避雷",
        ["避雷"],
        "路人甲",
    )
    assert newest["published_at"] == truth[0].published_at.isoformat()
    assert newest["metrics"]["likes"] == truth[0].metrics["likes"] > 10_000
    assert (len(short["mentions"]), short["caught_up"]) == (20, False)
    assert bare["result"] == 50


@needs_browser
def test_figures_of_a_video_that_grew_and_of_one_that_is_gone(polls: PollWorker) -> None:
    talk = tuple(Comment(at=i, author=person(f"人{i}"), text=f"第{i}条") for i in range(4))
    with standing(
        post("云杉茶饮 喝出虫子", platform=HERE, metrics={"likes": 400_000, "reads": 90_000}, comments=talk),
        post("云杉茶饮 删了", platform=HERE, at=1, deleted=3700),
    ) as world:
        targets = world.out(HERE)
        world.move(hours=2)
        (now,) = world.out(HERE)
        result = polls.look(world, HERE, task="figures", targets=targets)
        gone = polls.look(world, HERE, task="figures", targets=targets[:1])
        unknown = polls.look(world, HERE, task="comments", targets=targets[:1])
    (mention,) = result["mentions"]
    assert (result["outcome"], mention["id"], mention["metrics"]["likes"]) == ("items", now.id, now.metrics["likes"])
    assert mention["metrics"]["comments"] == 4
    assert result["gone"] == gone["gone"] == unknown["gone"] == [f"kuaishou:video:{targets[0].id}"]
    assert gone["outcome"] == "empty"


@needs_browser
def test_comments_come_screen_after_screen_and_replies_are_unfolded(polls: PollWorker) -> None:
    listed = [Comment(at=10 + i, author=person(f"人{i}"), text=f"第{i}条", likes=i) for i in range(25)]
    answer = Comment(at=100, author=person("小林"), text="回复 @人24 :同问")
    with standing(
        post("云杉茶饮 喝出虫子", platform=HERE, comments=(*listed, answer)),
        post("云杉茶饮 安静", platform=HERE, at=1),
    ) as world:
        silent, loud = world.out(HERE)
        result = polls.look(world, HERE, task="comments", targets=[loud], limit=100)
        short = polls.look(world, HERE, task="comments", targets=[loud], limit=100, comment_pages=1, replies=0)
        none = polls.look(world, HERE, task="comments", targets=[silent])
    found = {m["text"]: m for m in result["mentions"]}
    assert (result["outcome"], result["caught_up"], len(found)) == ("items", True, 26)
    reply = found["回复 @人24 :同问"]
    assert (reply["kind"], reply["parent_id"], reply["root_id"]) == ("reply", found["第24条"]["id"], loud.id)
    assert (found["第3条"]["kind"], found["第3条"]["parent_id"]) == ("comment", loud.id)
    assert (len(short["mentions"]), short["caught_up"]) == (20, False)
    assert (none["outcome"], none["mentions"]) == ("empty", [])


def heard(path: str, **asked: object) -> Heard:
    address = f"https://www.kuaishou.com{path}"
    return Heard(url=address, status=200, content_type="", body=b"", asked=json.dumps(asked) if asked else "")


def test_answers_are_told_apart_by_what_was_asked() -> None:
    newer = heard("/rest/v/search/feed", keyword="云杉茶饮", pcursor="")
    older = heard("/graphql", operationName="visionSearchPhoto", variables={"keyword": "云杉茶饮"})
    assert is_for(newer, SEARCH) and is_for(older, SEARCH)
    assert not is_for(newer, COMMENTS) and not is_for(older, COMMENTS)
    assert asked_value(newer, "keyword") == asked_value(older, "keyword") == "云杉茶饮"
    assert asked_value(heard("/graphql"), "keyword") is None and not is_for(heard("/graphql"), SEARCH)


def test_known_videos_never_end_the_search_which_has_no_order_of_time(monkeypatch) -> None:
    now, screens = datetime(2026, 11, 13, tzinfo=UTC), iter("abc")

    async def opened(self, address, *suffixes):
        return SimpleNamespace(answer=SimpleNamespace(status=200))

    async def closed(self, page):
        return None

    async def told(self, page, suffix, **more):
        return heard("/rest/v/search/feed")

    def results(payload, **given):
        video = Mention(platform=HERE, kind=Kind.VIDEO, id=next(screens), collected_at=now, published_at=now)
        return Page(outcome=Outcome.ITEMS, mentions=(video,), next="1")

    for name, fake in (("open", opened), ("close_page", closed), ("hear", told), ("of_heard", lambda *_: {})):
        monkeypatch.setattr(KuaishouSpider, name, fake)
    monkeypatch.setattr(kuaishou, "parse_search", results)
    request = PollRequest(platform=HERE, brand="云杉茶饮", query="云杉茶饮", options=(("pages", "3"),))
    poll = Poll(request, known=lambda mentions: frozenset(m.key for m in mentions))
    asyncio.run(KuaishouSpider(poll=poll).look_search())
    assert [m.id for m in poll.mentions] == ["a", "b", "c"] and not poll.caught_up


def test_a_block_beside_a_video_is_said_and_the_video_kept(monkeypatch) -> None:
    async def opened(self, address, *suffixes):
        return SimpleNamespace(answer=SimpleNamespace(status=200), page=SimpleNamespace(url=address))

    async def html(self, page):
        return fixture_bytes("kuaishou/video.html").decode()

    async def told(self, page, suffix, **more):
        refusal = fixture_bytes("kuaishou/captcha.json")
        return Heard(
            url="https://x.invalid/rest/v/photo/comment/list", status=200, content_type="", body=refusal, asked=""
        )

    async def closed(self, page):
        return None

    for name, fake in (("open", opened), ("html_of", html), ("hear", told), ("close_page", closed)):
        monkeypatch.setattr(KuaishouSpider, name, fake)
    target = Target(kind=Kind.VIDEO, id="3xspruce000001", platform=HERE)
    request = PollRequest(platform=HERE, brand="云杉茶饮", query="", task=Task.FIGURES, targets=(target,))
    poll = Poll(request)
    asyncio.run(KuaishouSpider(poll=poll).look_figures())
    assert poll.outcome is Outcome.BLOCKED_CAPTCHA and [m.metrics.likes for m in poll.mentions] == [13_010]
