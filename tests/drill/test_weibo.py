"""The Weibo stand-in over HTTP: the nested shape, paging, and every wall."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from drill.platforms import DrillServer
from drill.scenario import Account, Comment, Scenario
from drill.weibo_posts import render_bid, render_text
from records.errors import Failed
from tests.drill.conftest import Clock


def ask(server: DrillServer, query: str, page: int = 1) -> httpx.Response:
    params = {"containerid": f"100103type=61&q={query}", "page_type": "searchall", "page": str(page)}
    return httpx.get(server.weibo_url + "/api/container/getIndex", params=params)


def mblogs(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Every post of an answer, cards walked recursively."""
    found: list[dict[str, Any]] = []

    def walk(cards: list[dict[str, Any]]) -> None:
        for card in cards:
            if "mblog" in card:
                found.append(card["mblog"])
            walk(card.get("card_group", []))

    walk(answer["data"]["cards"])
    return found


def own(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [m for m in mblogs(answer) if not m.get("ad_marked")]


def test_robots_allow(server: DrillServer) -> None:
    for url in (server.weibo_url, server.xiaohongshu_url):
        assert "Allow: /" in httpx.get(url + "/robots.txt").text


def test_search_has_the_platforms_nesting_and_newest_first(server: DrillServer) -> None:
    answer = ask(server, "雾隐豆花").json()
    assert answer["ok"] == 1
    assert answer["data"]["cardlistInfo"]["total"] == 3
    assert answer["data"]["cards"][0]["card_type"] == 11, "the first post stands in a group"
    posts = own(answer)
    assert [p["user"]["screen_name"] for p in posts] == ["写长文的人", "城里媒体", "早起的人"]
    media = posts[1]
    assert media["created_at"] == "Sat Nov 21 12:00:01 +0800 2026"
    assert media["user"]["followers_count"] == "123.4万" and media["user"]["verified_type"] == 3
    assert posts[2]["user"]["followers_count"] == 120 and posts[2]["user"]["verified_type"] == -1
    assert media["attitudes_count"] == "2.3万" and media["comments_count"] == 12
    assert media["reposts_count"] == "100万+"
    assert media["page_info"]["play_count"] == "89万次播放"
    assert media["region_name"] == "发布于 浙江" and "region_name" not in posts[2]
    assert "attitudes_count" not in posts[2], "figures that the scenario does not give are not shown"
    assert media["bid"] == render_bid(media["mid"])


def test_text_is_marked_up_and_hostile_text_is_escaped(server: DrillServer) -> None:
    text = own(ask(server, "雾隐豆花").json())[1]["text"]
    assert '<span class="surl-text">#雾隐豆花#</span>' in text
    assert "&lt;b&gt;吃出&lt;/b&gt;" in text and "<b>" not in text
    assert "<img alt=[怒]" in text and "<br />" in text and ">@雾隐豆花官方</a>" in text
    assert '<em class="highlight">x&lt;</em>' in render_text("ax<b", "x< em")


def test_a_long_text_is_cut_and_comes_whole_on_demand(server: DrillServer) -> None:
    post = own(ask(server, "雾隐豆花").json())[0]
    assert post["isLongText"] is True
    assert post["text"].endswith(f'...<a href="/status/{post["mid"]}">全文</a>') and "尾句在此" not in post["text"]
    whole = httpx.get(server.weibo_url + "/statuses/extend", params={"id": post["mid"]}).json()
    assert whole["ok"] == 1 and "尾句在此" in whole["data"]["longTextContent"]
    short = own(ask(server, "咸豆花").json())[0]["mid"]
    assert httpx.get(server.weibo_url + "/statuses/extend", params={"id": short}).json() == {"ok": 1, "data": {}}


def test_one_post_is_shown_or_does_not_exist(server: DrillServer) -> None:
    mid = own(ask(server, "雾隐豆花").json())[0]["mid"]
    shown = httpx.get(server.weibo_url + "/statuses/show", params={"id": mid}).json()
    assert shown["data"]["mid"] == mid
    assert httpx.get(server.weibo_url + "/statuses/show", params={"id": "1"}).json()["error_code"] == 20101


def test_search_wants_brand_and_word_and_says_a_positive_nothing(server: DrillServer) -> None:
    assert len(own(ask(server, "雾隐豆花 投诉").json())) == 1
    for query, page in (("雾隐豆花 蓝鲸", 1), ("雾隐豆花", 2), ("", 1)):
        assert ask(server, query, page).json() == {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
    assert (
        httpx.get(server.weibo_url + "/api/container/getIndex", params={"containerid": "107603123"}).json()["ok"] == 0
    )


def test_posts_come_out_and_figures_grow_with_time(small: Scenario) -> None:
    clock = Clock()
    with DrillServer(small, clock=clock) as server:
        assert len(own(ask(server, "雾隐豆花").json())) == 1
        clock.move(seconds=1.5)
        first = own(ask(server, "雾隐豆花").json())
        clock.move(seconds=4)
        later = own(ask(server, "雾隐豆花 投诉").json())
    assert [p["user"]["screen_name"] for p in first] == ["城里媒体", "早起的人"]
    assert first[0]["comments_count"] < later[0]["comments_count"] <= 12
    assert first[0]["mid"] == later[0]["mid"]


def test_ten_a_page_with_an_ad_and_a_repeated_post(shipped: Scenario) -> None:
    clock = Clock()
    with DrillServer(shipped, clock=clock) as server:
        clock.move(seconds=40)
        seen: list[str] = []
        for page in range(1, 50):
            answer = ask(server, "澄川茶饮", page).json()
            if not answer["ok"]:
                break
            posts = [m["mid"] for m in own(answer)]
            assert len(set(posts)) <= 10
            if len(set(posts)) >= 5:
                assert len(posts) == len(set(posts)) + 1, "one post comes twice"
                assert any(m.get("ad_marked") for m in mblogs(answer))
            seen += list(dict.fromkeys(posts))
        truth = [p for p in server.published(clock()) if p.platform == "weibo" and p.about_brand]
    assert len(seen) == len(set(seen))
    assert set(seen) == {p.id for p in truth}


def test_nothing_is_out_before_the_story_begins(small: Scenario) -> None:
    server = DrillServer(small, clock=Clock())
    server.start(begin=False)
    try:
        assert ask(server, "雾隐豆花").json()["ok"] == 0
        assert server.published(Clock()()) == []
        world = server.begin()
        assert server.begin() is world
        assert ask(server, "雾隐豆花").json()["ok"] == 1
    finally:
        server.stop()
        server.stop()


def test_walls_on_command_and_gone_again(server: DrillServer) -> None:
    server.misbehave("weibo", "login")
    assert ask(server, "雾隐豆花").json()["url"].startswith("https://passport.weibo.com/sso/signin")
    server.misbehave("weibo", "captcha")
    assert "captcha" in ask(server, "雾隐豆花").json()["url"]
    server.misbehave("weibo", "rate")
    answer = ask(server, "雾隐豆花")
    assert answer.status_code == 432 and "<title>432</title>" in answer.text
    server.misbehave("weibo", "blank")
    assert (ask(server, "雾隐豆花").status_code, ask(server, "雾隐豆花").content) == (200, b"")
    server.misbehave("weibo", "truncated")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        ask(server, "雾隐豆花").json()
    server.misbehave("weibo", None)
    assert ask(server, "雾隐豆花").json()["ok"] == 1


def test_slow_waits_and_then_answers(small: Scenario) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    with DrillServer(small, clock=Clock(), pause=pause) as server:
        server.misbehave("weibo", "slow")
        assert ask(server, "雾隐豆花").json()["ok"] == 1
    assert waited and waited[0] > 30


@pytest.mark.parametrize(("platform", "kind"), [("weibo", "sleepy"), ("friendster", "login"), ("telegram", "login")])
def test_an_unknown_wall_is_refused_with_what_is_accepted(small: Scenario, platform: str, kind: str) -> None:
    with pytest.raises(Failed, match="accepted"):
        DrillServer(small).misbehave(platform, kind)


def test_a_speed_of_nothing_is_refused(small: Scenario) -> None:
    with pytest.raises(Failed, match="above 0"):
        DrillServer(small, speed=0)


def test_an_account_shows_its_posts_with_the_oldest_pinned(small: Scenario) -> None:
    posts = tuple(replace(small.posts[0], at=float(n), text=f"第{n}条") for n in range(12))
    clock = Clock()
    with DrillServer(replace(small, posts=posts), clock=clock) as server:
        clock.move(seconds=10)
        assert server.world is not None
        uid = server.world.out(clock())[0].author_id

        def page(since: str = "") -> dict[str, Any]:
            params = {"containerid": f"107603{uid}", "since_id": since}
            answer = httpx.get(server.weibo_url + "/api/container/getIndex", params=params)
            body: dict[str, Any] = answer.json()
            return body

        first = page()
        second = page(str(first["data"]["cardlistInfo"]["since_id"]))
    texts = [m["text"].strip(" \u200b") for m in mblogs(first)]
    assert texts == ["第0条", *(f"第{n}条" for n in range(11, 1, -1))] and mblogs(first)[0]["mblogtype"] == 2
    assert [m["text"].strip(" \u200b") for m in mblogs(second)] == ["第1条", "第0条"]
    assert "since_id" not in second["data"]["cardlistInfo"]


def test_comments_nest_answers_and_say_false_for_none(small: Scenario) -> None:
    said = (
        Comment(at=61, author=Account(name="乙"), text="我也吃到了", likes=5, region="广东"),
        Comment(at=62, author=Account(name="丙"), text="回复@乙:哪家店"),
        Comment(at=63, author=Account(name="丁"), text="图片评论", likes=9),
    )
    clock = Clock()
    with DrillServer(replace(small, posts=(replace(small.posts[1], comments=said),)), clock=clock) as server:
        clock.move(seconds=10)
        assert server.world is not None
        mid = server.world.out(clock())[0].id
        ask_for = server.weibo_url + "/comments/hotflow"
        data = httpx.get(ask_for, params={"id": mid, "mid": mid, "max_id_type": "0"}).json()["data"]
        gone = httpx.get(ask_for, params={"id": "1"}).json()
    picture, first = data["data"]
    assert (data["total_number"], data["max_id"], data["max_id_type"]) == (3, 0, 0)
    assert picture["comments"] is False and picture["pic"]["pid"]
    assert first["source"] == "来自广东" and [c["rootid"] for c in first["comments"]] == [first["id"]]
    assert first["like_count"] == 5 and gone["error_code"] == 20101


def test_the_hot_list_holds_topics_an_ad_and_the_fixed_row(server: DrillServer) -> None:
    data = httpx.get(server.weibo_url + "/ajax/side/hotSearch").json()["data"]
    assert [r["word"] for r in data["realtime"] if "realpos" in r] == ["雾隐豆花", "今天降温了"]
    assert [r["icon_desc"] for r in data["realtime"] if r.get("is_ad")] == ["荐"] and data["hotgov"]["is_gov"] == 1
    topic = httpx.get(server.weibo_url + "/ajax_topic/detail", params={"q": "#雾隐豆花#"}).json()
    assert topic["code"] == 100000
    assert topic["data"]["baseInfo"]["count"]["read"] == 890_000
    assert topic["data"]["baseInfo"]["count"]["mention"] == 13, "the post and its twelve comments"
    assert data["realtime"][0]["num"] != 890_000, "heat is another figure"


def test_the_desktop_search_shows_cards_and_says_nothing_found(server: DrillServer) -> None:
    page = httpx.get(server.weibo_url + "/weibo", params={"q": "雾隐豆花"})
    assert page.headers["content-type"].startswith("text/html")
    assert page.text.count('action-type="feed_list_item"') == 3 and "123.4万" not in page.text
    assert 'node-type="feed_list_content_full"' in page.text and "尾句在此" in page.text
    assert "&lt;b&gt;吃出" in page.text and "<b>吃出" not in page.text
    assert "card-no-result" in httpx.get(server.weibo_url + "/weibo", params={"q": "蓝鲸"}).text
    shown = {}
    for kind in ("login", "captcha", "rate", "empty", "blank", "redirect"):
        server.misbehave("weibo", kind)
        shown[kind] = httpx.get(server.weibo_url + "/weibo", params={"q": "雾隐豆花"})
    assert "Sina Visitor System" in shown["login"].text and "wbBotDetector" in shown["blank"].text
    assert shown["rate"].status_code == 432 and "验证" in shown["captcha"].text
    assert shown["redirect"].headers["location"].startswith("https://passport.weibo.com/sso/signin")
    assert "pl_feedlist_index" in shown["empty"].text and "card-no-result" not in shown["empty"].text
    answer = httpx.get(server.weibo_url + "/statuses/show", params={"id": "1"})
    assert answer.headers["location"].startswith("https://visitor.passport.weibo.cn/")
