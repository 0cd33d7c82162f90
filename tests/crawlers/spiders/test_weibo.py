"""Weibo's spider against its stand-in: every task, both ways of searching, every wall."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from crawlers.poll import Poll
from crawlers.spiders.base import Answer
from crawlers.spiders.weibo import WeiboSpider
from drill import weibo_html, weibo_pages
from drill.parts import Account
from drill.scenario import Comment, Edit, Post
from drill.sites.weibo import SITE
from drill.weibo_posts import GONE_ORIGINAL
from drill.weibo_topics import topic_figures
from records.mention import Kind, Media, Platform, Verified
from records.outcome import Outcome, PollRequest, Target, Task
from tests.crawlers.standing import PollWorker, Standing, post, standing

WEIBO = Platform.WEIBO
HOUR = 3600.0
SEARCH_PATH = "/api/container/getIndex"


def say(text: str, **more: Any) -> Post:
    return post(text, platform=WEIBO, **more)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an app on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


@contextmanager
def walled(world: Standing, paths: set[str], wall: Response | None = None) -> Iterator[tuple[str, list[str]]]:
    """The stand-in with a wall before some paths only: (address, paths asked for); ``paths`` may change."""
    asked: list[str] = []
    whole = Starlette(routes=[*SITE.routes(world.server._stage)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        refusal = wall or JSONResponse(weibo_pages.LOGIN)
        await (refusal if scope["path"] in paths else whole)(scope, receive, send)

    with served(app) as address:
        yield address, asked


@pytest.fixture(scope="module")
def wary() -> Iterator[PollWorker]:
    """A child that remembers walls, for nobody else: another test's stand-in may get the same port."""
    worker = PollWorker()
    yield worker
    worker.close()


def ask(
    polls: PollWorker, address: str, query: str = "云杉茶饮", task: str = "search", **options: object
) -> dict[str, Any]:
    given = {"delay": "0", "control": "", **{k: str(v) for k, v in options.items()}}
    return polls.ask({"platform": "weibo", "query": query, "base_url": address, "task": task, "options": given})


def texts(result: dict[str, Any]) -> list[str]:
    return [m["text"] for m in result["mentions"]]


LONG = (
    "云杉茶饮这件事我从头说，先是排队，再是喝到虫子，"
    + "然后店长说不可能，我把每一步的时间都记在这里，" * 6
    + "尾句在此"
)


def test_search_reads_what_there_is_once_and_whole(polls: PollWorker) -> None:
    many = [say(f"云杉茶饮 第{n}位", at=n, metrics={"likes": n}) for n in range(23)]
    repost = say("真的会谢//@丙_测试:虫子加量不加价 云杉茶饮", at=60)
    long = say(LONG, at=61, long=True, media=frozenset({Media.LIVE}), region="浙江")
    edited = say("云杉茶饮 旧话", at=62, edit=Edit(at=70, text="云杉茶饮 新话"))
    with standing(*many, repost, long, edited) as world:
        result = polls.look(world, WEIBO, pages=5)
        out = {p.id: p for p in world.out(WEIBO)}
    found = {m["id"]: m for m in result["mentions"]}
    assert (result["outcome"], result["skipped"], result["caught_up"]) == ("items", 0, True)
    assert set(found) == set(out) and len(found) == len(result["mentions"]) == 26
    by_text = {m["text"]: m for m in result["mentions"]}
    assert by_text["真的会谢"]["parent_id"] == GONE_ORIGINAL
    assert by_text[LONG]["media"] == ["live"] and by_text[LONG]["region"] == "浙江"
    assert by_text["云杉茶饮 新话"]["edited_at"]
    for ident, mention in found.items():
        shown = out[ident].metrics
        assert mention["metrics"]["likes"] == shown.get("likes"), "a figure that is not shown is unknown"
        assert mention["published_at"] == out[ident].published_at.isoformat()


def test_search_says_where_it_stopped(polls: PollWorker) -> None:
    with standing(*(say(f"云杉茶饮 第{n}位", at=n) for n in range(23))) as world:
        two = polls.look(world, WEIBO, pages=2)
        assert (len(two["mentions"]), two["caught_up"]) == (20, False)
        assert polls.look(world, WEIBO, pages=4)["caught_up"], "the platform said that nothing follows"
        assert polls.look(world, WEIBO, "蓝鲸")["outcome"] == "empty"


@pytest.mark.parametrize("way", ["mobile", "html"])
def test_pages_that_never_end_or_repeat_end_the_poll(polls: PollWorker, way: str) -> None:
    with standing(*(say(f"云杉茶饮 第{n}位", at=n) for n in range(13))) as world:
        for kind, found in (("endless", 13), ("repeat", 10)):
            world.misbehave(WEIBO, kind)
            result = polls.look(world, WEIBO, pages=20, way=way)
            assert (result["outcome"], len(result["mentions"]), result["caught_up"]) == ("items", found, False)
            assert result["requests"] <= 5 and "again" in result["detail"]


def test_the_desktop_search_shows_posts_without_followers_and_regions(polls: PollWorker) -> None:
    many = [say(f"云杉茶饮 第{n}位", at=n, metrics={"likes": 20_000, "comments": 0}, region="浙江") for n in range(11)]
    expert = say(LONG, at=20, long=True, name="测评人", verified=Verified.PERSONAL, media=frozenset({Media.VIDEO}))
    repost = say("真的会谢//@丙_测试:虫子加量不加价 云杉茶饮", at=30)
    with standing(*many, expert, repost) as world:
        html = polls.look(world, WEIBO, way="html")
        mobile = polls.look(world, WEIBO)
        nothing = polls.look(world, WEIBO, "蓝鲸", way="html")
    assert (html["outcome"], html["detail"], html["skipped"]) == ("items", "", 0)
    assert nothing["outcome"] == "empty"
    keys = ("id", "url", "text", "media", "topics", "parent_id")
    assert [{k: m[k] for k in keys} for m in html["mentions"]] == [{k: m[k] for k in keys} for m in mobile["mentions"]]
    assert {m["author"]["followers"] for m in html["mentions"]} == {m["region"] for m in html["mentions"]} == {None}
    assert all(m["author"]["id"] and m["author"]["name"] for m in html["mentions"])
    assert html["mentions"][1]["author"]["verified"] == "personal"
    assert html["mentions"][-1]["metrics"] == mobile["mentions"][-1]["metrics"]


@pytest.mark.parametrize(
    "wall",
    [
        JSONResponse(weibo_pages.LOGIN),
        HTMLResponse(weibo_html.VISITOR_SHELL),
        HTMLResponse(weibo_html.BOT_SHELL),
        Response(status_code=302, headers={"location": "https://visitor.passport.weibo.cn/visitor/visitor"}),
    ],
    ids=["login", "visitor", "bot", "redirect"],
)
def test_a_walled_mobile_search_is_told_and_the_desktop_search_read(wary: PollWorker, wall: Response) -> None:
    with standing(say("云杉茶饮 喝出虫子")) as world, walled(world, {SEARCH_PATH}, wall) as site:
        address, asked = site
        first = ask(wary, address)
        assert (first["outcome"], texts(first)) == ("items", ["云杉茶饮 喝出虫子"])
        assert "mobile search:" in first["detail"] and "desktop search" in first["detail"]
        empty = ask(wary, address, "没人说过的话")
        assert empty["outcome"] == "empty" and "mobile search:" in empty["detail"]
        assert asked.count(SEARCH_PATH) == 1, "a known wall is left alone for a while"
        alone = ask(wary, address, way="mobile")
        assert (alone["outcome"], alone["mentions"]) == (
            "blocked:bot" if "bot" in alone["detail"] else "blocked:login",
            [],
        )


def test_both_ways_walled_is_the_block_and_names_both(polls: PollWorker) -> None:
    with standing(say("云杉茶饮 上新")) as world, walled(world, {SEARCH_PATH, "/weibo"}) as (address, _):
        result = ask(polls, address)
    assert (result["outcome"], result["mentions"]) == ("blocked:login", [])
    assert "fengsheng login weibo" in result["detail"] and "desktop search:" in result["detail"]


def test_a_mobile_search_that_answers_again_is_read_again(wary: PollWorker) -> None:
    paths = {SEARCH_PATH}
    with standing(say("云杉茶饮 上新")) as world, walled(world, paths) as (address, _):
        assert "mobile search:" in ask(wary, address)["detail"]
        paths ^= {SEARCH_PATH, "/weibo"}
        again = ask(wary, address)
    assert (again["outcome"], again["detail"], len(again["mentions"])) == ("items", "", 1)
    assert again["mentions"][0]["author"]["followers"] == 120


def test_a_captcha_and_too_often_are_left_alone(polls: PollWorker) -> None:
    captcha, often = JSONResponse(weibo_pages.CAPTCHA), HTMLResponse(weibo_pages.TOO_OFTEN_PAGE, 432)
    with standing(say("云杉茶饮 上新")) as world:
        for wall, outcome in ((captcha, "blocked:captcha"), (often, "blocked:rate")):
            with walled(world, {SEARCH_PATH}, wall) as (address, asked):
                assert ask(polls, address)["outcome"] == outcome
                assert "/weibo" not in asked


@pytest.mark.parametrize("task", ["search", "account", "figures", "comments", "topics"])
def test_every_wall_has_its_name_whatever_is_looked_for(polls: PollWorker, task: str) -> None:
    wanted = {
        "login": "blocked:login",
        "captcha": "blocked:captcha",
        "rate": "blocked:rate",
        "redirect": "blocked:login",
        "blank": "network",
        "truncated": "network",
        "down": "network",
        "changed": "changed",
    }
    with standing(
        say("云杉茶饮 #云杉上新#", comments=(Comment(at=1, author=Account(name="乙"), text="好喝"),))
    ) as world:
        [out] = world.out(WEIBO)
        query = out.author_id if task == "account" else "云杉"
        outcomes = {}
        for kind in wanted:
            world.misbehave(WEIBO, kind)
            result = polls.look(world, WEIBO, query, task=task, targets=[out], way="mobile")
            outcomes[kind] = result["outcome"]
            assert result["gone"] == [], kind
            assert result["detail"], kind
    assert outcomes == wanted


def test_an_empty_list_that_proves_nothing_is_suspect(polls: PollWorker) -> None:
    with standing(say("云杉茶饮 上新")) as world:
        world.misbehave(WEIBO, "empty")
        for task, query in (("search", "云杉茶饮"), ("account", "9123456789"), ("comments", ""), ("topics", "云杉")):
            result = polls.look(world, WEIBO, query, task=task, targets=world.out(WEIBO))
            assert result["outcome"] == "suspect", task
        assert polls.look(world, WEIBO, way="html")["outcome"] == "suspect"


def test_an_account_is_read_page_by_page(polls: PollWorker) -> None:
    own = [say(f"第{n}条公告", at=n, name="云杉茶饮官微", verified=Verified.ENTERPRISE) for n in range(13)]
    with standing(*own, say("云杉茶饮 路过", at=20)) as world:
        uid = next(p.author_id for p in world.out(WEIBO) if p.post.author.name == "云杉茶饮官微")
        result = polls.look(world, WEIBO, uid, task="account", pages=5)
        one = polls.look(world, WEIBO, uid, task="account", pages=1)
        nobody = polls.look(world, WEIBO, "9000000001", task="account")
        nonsense = polls.look(world, WEIBO, "云杉茶饮官微", task="account")
    assert (result["outcome"], result["caught_up"]) == ("items", True)
    assert sorted(texts(result)) == sorted(p.text for p in own)
    assert {m["author"]["verified"] for m in result["mentions"]} == {"enterprise"}
    assert one["caught_up"] is False and len(one["mentions"]) == 11, "ten and the pinned one"
    assert nobody["outcome"] == "empty" and "closed" in nobody["detail"]
    assert nonsense["outcome"] == "changed" and "number" in nonsense["detail"]


def test_figures_grow_and_deleted_posts_are_gone(polls: PollWorker) -> None:
    growing = say("云杉茶饮 喝出虫子", metrics={"likes": 900, "comments": 90, "reposts": 9})
    long = say(LONG, at=5, long=True, metrics={"likes": 3})
    leaving = say("云杉茶饮 要删的", at=10, deleted=1.5 * HOUR)
    with standing(growing, long, leaving) as world:
        targets = world.out(WEIBO)
        before = polls.look(world, WEIBO, "", task="figures", targets=targets)
        world.move(hours=2)
        after = polls.look(world, WEIBO, "", task="figures", targets=targets)
        now = {p.id: p.metrics for p in world.out(WEIBO)}
        alone = polls.look(world, WEIBO, "", task="figures", targets=targets[:1])
    assert (before["outcome"], len(before["mentions"]), before["gone"]) == ("items", 3, [])
    assert (after["outcome"], after["gone"]) == ("items", [f"weibo:post:{targets[0].id}"])
    assert {m["id"]: m["metrics"]["likes"] for m in after["mentions"]} == {i: m["likes"] for i, m in now.items()}
    assert LONG in texts(after), "a cut text is not taken for an edit"
    grown = {m["id"]: m["metrics"]["likes"] for m in before["mentions"]}
    assert grown[targets[2].id] < now[targets[2].id]["likes"]
    assert (alone["outcome"], alone["mentions"], len(alone["gone"])) == ("empty", [], 1) and alone["detail"]


def test_what_is_no_post_is_not_asked_for(polls: PollWorker) -> None:
    with standing(say("云杉茶饮 上新")) as world:
        odd = [
            {"kind": "topic", "id": "云杉上新"},
            {"kind": "post", "id": "../../etc"},
            {"kind": "comment", "id": "12345"},
        ]
        result = polls.look(world, WEIBO, "", task="figures", targets=odd)
    assert (result["outcome"], result["mentions"], result["gone"]) == ("empty", [], [])
    assert result["requests"] <= 1 and "no post" in result["detail"]


def test_a_doubtful_post_is_neither_shown_nor_gone(polls: PollWorker) -> None:
    hidden = JSONResponse({"ok": 0, "error_code": 20132, "msg": "抱歉，该内容暂时无法查看"})
    with standing(say("云杉茶饮 上新")) as world, walled(world, {"/statuses/show"}, hidden) as (address, _):
        [out] = world.out(WEIBO)
        request = {"platform": "weibo", "base_url": address, "task": "figures", "options": {"delay": "0"}}
        result = polls.ask({**request, "targets": [{"kind": "post", "id": out.id}]})
    assert (result["outcome"], result["gone"], result["mentions"]) == ("suspect", [], [])


def comment(text: str, name: str = "乙", **more: object) -> Comment:
    return Comment(author=Account(name=name), text=text, **{"at": 1.0, **more})  # type: ignore[arg-type]


def test_comments_with_answers_over_pages(polls: PollWorker) -> None:
    said = [comment(f"第{n}条评论", f"路人{n}", at=n, likes=n) for n in range(45)]
    said += [comment("回复@路人44:我也是", "丙", at=50, region="广东"), comment("图片评论", "丁", at=51, likes=99)]
    with standing(say("云杉茶饮 喝出虫子", comments=tuple(said)), say("云杉茶饮 没人理", at=9)) as world:
        [quiet, loud] = world.out(WEIBO)
        whole = polls.look(world, WEIBO, "", task="comments", targets=[loud], comment_pages=5)
        part = polls.look(world, WEIBO, "", task="comments", targets=[loud, quiet], comment_pages=1)
        none = polls.look(world, WEIBO, "", task="comments", targets=[quiet])
        few = polls.look(world, WEIBO, "", task="comments", targets=[loud], comment_pages=5, limit=7)
        world.misbehave(WEIBO, "repeat")
        same = polls.look(world, WEIBO, "", task="comments", targets=[loud], comment_pages=20)
    found = {m["text"]: m for m in whole["mentions"]}
    assert (whole["outcome"], len(whole["mentions"]), whole["caught_up"]) == ("items", 47, True)
    assert {m["root_id"] for m in whole["mentions"]} == {loud.id}
    assert found["我也是"]["kind"] == "reply" and found["我也是"]["parent_id"] == found["第44条评论"]["id"]
    assert (found["我也是"]["region"], found["第3条评论"]["region"]) == ("广东", None)
    assert found["第3条评论"]["kind"] == "comment" and found["第3条评论"]["parent_id"] == loud.id
    assert found["第3条评论"]["metrics"]["likes"] == 3 and found[""]["media"] == ["image"]
    assert (part["outcome"], part["caught_up"], len(part["mentions"])) == ("items", False, 21)
    assert none["outcome"] == "empty" and none["detail"]
    assert (len(few["mentions"]), few["caught_up"]) == (7, False)
    assert len(same["mentions"]) == 21 and same["requests"] == 2


def test_comments_of_a_deleted_post_say_that_it_is_gone(polls: PollWorker) -> None:
    with standing(say("云杉茶饮 要删的", deleted=1.5 * HOUR, comments=(comment("好喝"),))) as world:
        targets = world.out(WEIBO)
        world.move(hours=2)
        result = polls.look(world, WEIBO, "", task="comments", targets=targets)
    assert (result["outcome"], result["gone"]) == ("empty", [f"weibo:post:{targets[0].id}"])


def test_topics_with_their_reads_and_never_their_heat(polls: PollWorker) -> None:
    figures = {"reads": 90_000, "comments": 120, "likes": 7}
    with standing(
        say("#云杉茶饮喝出虫子# 第一杯", metrics=figures),
        say("#云杉茶饮喝出虫子# 第二杯", at=3, metrics=figures),
        say("#路边的猫# 真可爱", at=5),
    ) as world:
        world.move(hours=5)
        result = polls.look(world, WEIBO, "蓝鲸|云杉", task="topics")
        none = polls.look(world, WEIBO, "蓝鲸", task="topics")
        reads, talks = topic_figures(world.out(WEIBO), "云杉茶饮喝出虫子")
    [topic] = result["mentions"]
    assert result["outcome"] == "items" and reads > 0 and talks > 2
    assert (topic["kind"], topic["id"], topic["topics"]) == ("topic", "云杉茶饮喝出虫子", ["云杉茶饮喝出虫子"])
    assert topic["metrics"] == {"reads": reads, "likes": None, "comments": talks, "reposts": None, "saves": None}
    assert none["outcome"] == "empty" and none["detail"]


def test_topics_whose_detail_is_walled_are_told_without_reads(polls: PollWorker) -> None:
    shell = HTMLResponse(weibo_html.VISITOR_SHELL)
    with standing(say("#云杉上新# 好喝")) as world, walled(world, {"/ajax_topic/detail"}, shell) as (address, _):
        result = ask(polls, address, "云杉", task="topics")
    assert result["outcome"] == "items" and result["mentions"][0]["metrics"]["reads"] is None
    assert "reads of topics" in result["detail"]


def test_counts_in_words_and_missing_authors_invent_nothing(polls: PollWorker) -> None:
    with standing(say("云杉茶饮 上新", metrics={"likes": 400_000, "comments": 5}, followers=1_234_567)) as world:
        world.move(hours=9)
        world.misbehave(WEIBO, "counts")
        [m] = polls.look(world, WEIBO)["mentions"]
        assert (m["metrics"]["likes"], m["metrics"]["comments"]) == (400_000, 5)
        assert (m["author"]["followers"], m["metrics"]["reposts"]) == (1_234_000, None)
        world.misbehave(WEIBO, "userless")
        [m] = polls.look(world, WEIBO)["mentions"]
        assert m["author"] == {"id": None, "name": None, "followers": None, "verified": "unknown"}
        assert m["url"] == f"https://m.weibo.cn/detail/{m['id']}"


NOW = datetime.now(UTC)


class Canned(WeiboSpider):
    """The spider over answers from a table in place of the network."""

    def __init__(self, poll: Poll, answers: dict[str, Any]) -> None:
        super().__init__(poll=poll)
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def fetch(self, url: str, *, headers: Any = None, **_: Any) -> Answer:
        self.asked.append((url, dict(headers or {})))
        found = self.answers[urlsplit(url).path]
        body = found if isinstance(found, str) else json.dumps(found(url) if callable(found) else found)
        kind = "text/html" if body.startswith("<") else "application/json"
        return Answer(body=body.encode(), status=200, url=url, content_type=kind, collected_at=NOW, headers={})


async def run(spider: Canned) -> Poll:
    async for _ in spider.start():
        pass
    return spider.poll


def card(number: int) -> dict[str, Any]:
    blog = {"mid": f"51880000000{number:05d}", "text": "云杉茶饮", "created_at": "刚刚"}
    return {"card_type": 9, "mblog": blog}


def endless(url: str) -> dict[str, Any]:
    page = int(url.rpartition("page=")[2])
    cards = [card(page * 100 + n) for n in range(10)]
    return {"ok": 1, "data": {"cardlistInfo": {"page": page + 1}, "cards": cards}}


async def test_reading_ends_at_a_page_that_is_known_only_where_the_newest_come_first() -> None:
    for sort, deep, read in (("latest", False, 2), ("latest", True, 4), ("hot", False, 4)):
        options = (("pages", "4"), ("sort", sort))
        request = PollRequest(platform=WEIBO, brand="", query="云杉", options=options, deep=deep)
        spider = Canned(
            Poll(request, known=lambda ms: frozenset(m.key for m in ms if m.id >= "5188000000000200")),
            {SEARCH_PATH: endless},
        )
        poll = await run(spider)
        assert len(spider.asked) == read and poll.outcome is Outcome.ITEMS
        assert poll.caught_up is (read == 2)


async def test_every_host_is_asked_with_its_own_session(monkeypatch, tmp_path) -> None:
    cookies = [{"name": "SUB", "value": d, "domain": f".{d}", "path": "/"} for d in ("weibo.cn", "weibo.com")]
    (tmp_path / "state.json").write_text(json.dumps({"cookies": cookies}), encoding="utf-8")
    monkeypatch.setenv("FENGSHENG_WEIBO_STATE", str(tmp_path / "state.json"))
    monkeypatch.delenv("FENGSHENG_WEIBO_COOKIE", raising=False)
    login = {"ok": -100, "msg": ""}
    answers = {
        SEARCH_PATH: login,
        "/weibo": weibo_html.empty_page(),
        "/statuses/show": login,
        "/comments/hotflow": login,
        "/ajax/side/hotSearch": {"ok": 1, "data": {"realtime": [{"word": "云杉", "onboard_time": NOW.timestamp()}]}},
        "/ajax_topic/detail": {"code": 100000, "data": {"baseInfo": {"count": {"read": 5, "mention": 2}}}},
    }
    target = Target(platform=WEIBO, kind=Kind.POST, id="5188000000000011")
    asked: dict[str, str] = {}
    for task in (Task.SEARCH, Task.FIGURES, Task.COMMENTS, Task.TOPICS):
        request = PollRequest(platform=WEIBO, brand="", query="云杉", task=task, targets=(target,))
        spider = Canned(Poll(request), answers)
        await run(spider)
        asked |= {url.partition("?")[0]: headers.get("Cookie", "") for url, headers in spider.asked}
        assert all(
            headers["Referer"].startswith("{0.scheme}://{0.netloc}".format(urlsplit(url)))
            for url, headers in spider.asked
        )
        elsewhere = Canned(
            Poll(PollRequest(platform=WEIBO, brand="", query="云杉", task=task, base_url="https://m.weibo.cn/x")),
            {f"/x{path}": answer for path, answer in answers.items()},
        )
        await run(elsewhere)
        assert all("Cookie" not in headers for _, headers in elsewhere.asked)
    assert asked == {
        "https://m.weibo.cn/api/container/getIndex": "SUB=weibo.cn",
        "https://s.weibo.com/weibo": "SUB=weibo.com",
        "https://m.weibo.cn/statuses/show": "SUB=weibo.cn",
        "https://m.weibo.cn/comments/hotflow": "SUB=weibo.cn",
        "https://weibo.com/ajax/side/hotSearch": "SUB=weibo.com",
        "https://m.s.weibo.com/ajax_topic/detail": "SUB=weibo.com",
    }
