"""The Xiaohongshu stand-in: JSON shapes over HTTP, and the page itself in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from drill.parts import Account
from drill.platforms import DrillServer
from drill.scenario import Comment, Scenario
from drill.xiaohongshu_pages import token_of
from records.mention import Media, Platform
from tests.crawlers.standing import post, standing
from tests.drill.conftest import Clock


def ticket(server: DrillServer) -> str:
    page = httpx.get(server.xiaohongshu_url + "/search_result", params={"keyword": "雾隐豆花"}).text
    found = re.search(r'name="page-ticket" content="([^"]+)"', page)
    assert found
    return found[1]


def search(server: DrillServer, keyword: str, page: int = 1, **headers: str) -> httpx.Response:
    body = {"keyword": keyword, "page": page, "page_size": 20, "sort": "general", "note_type": 0}
    return httpx.post(server.xiaohongshu_url + "/api/sns/web/v1/search/notes", json=body, headers=headers)


def test_the_page_carries_no_results_and_its_requests_need_the_page(server: DrillServer) -> None:
    page = httpx.get(server.xiaohongshu_url + "/search_result", params={"keyword": "雾隐豆花"}).text
    assert "吃到铁丝" not in page and '"feeds": []' in page
    refused = search(server, "雾隐豆花")
    assert refused.status_code == 406 and refused.json()["code"] == 300015


def test_search_notes_shape(server: DrillServer) -> None:
    answer = search(server, "雾隐豆花", **{"X-Page-Ticket": ticket(server)}).json()
    assert (answer["code"], answer["success"], answer["data"]["has_more"]) == (0, True, False)
    item = answer["data"]["items"][0]
    assert item["model_type"] == "note" and item["xsec_token"]
    card = item["note_card"]
    assert card["display_title"].startswith("雾隐豆花吃到铁丝")
    assert card["interact_info"]["liked_count"] == "1.5万" and card["interact_info"]["shared_count"] == "1"
    assert card["corner_tag_info"] == [{"type": "publish_time", "text": "刚刚"}]


def test_nothing_found_has_no_items_at_all(server: DrillServer) -> None:
    data = search(server, "雾隐豆花 蓝鲸", **{"X-Page-Ticket": ticket(server)}).json()["data"]
    assert "items" not in data and data["has_more"] is False


def test_feed_and_author_shapes(server: DrillServer) -> None:
    headers = {"X-Page-Ticket": ticket(server)}
    item = search(server, "雾隐豆花", **headers).json()["data"]["items"][0]
    url = server.xiaohongshu_url + "/api/sns/web/v1/feed"
    card = httpx.post(url, json={"source_note_id": item["id"]}, headers=headers).json()["data"]["items"][0]["note_card"]
    assert card["desc"] == "真的吃到铁丝 #雾隐豆花[话题]# #避雷[话题]#"
    assert card["time"] == int(item["id"][:8], 16) * 1000
    assert card["ip_location"] == "上海" and [t["name"] for t in card["tag_list"]] == ["雾隐豆花", "避雷"]
    assert card["interact_info"]["share_count"] == "1"
    user = card["user"]["user_id"]
    url_of_user = server.xiaohongshu_url + "/api/sns/web/v1/user/otherinfo"
    profile = httpx.get(url_of_user, params={"target_user_id": user}, headers=headers).json()["data"]
    fans = {i["type"]: i["count"] for i in profile["interactions"]}["fans"]
    assert fans == "1.2万" and profile["verify_info"]["red_official_verify_type"] == 1
    assert httpx.post(url, json={"source_note_id": "nope"}, headers=headers).json()["code"] == -510000
    assert httpx.post(url, content=b"{", headers=headers).json()["code"] == -510000


def test_a_note_opens_with_its_token_only(server: DrillServer) -> None:
    item = search(server, "雾隐豆花", **{"X-Page-Ticket": ticket(server)}).json()["data"]["items"][0]
    url = f"{server.xiaohongshu_url}/explore/{item['id']}"
    assert httpx.get(url, params={"xsec_token": item["xsec_token"]}).status_code == 200
    gone = httpx.get(url, follow_redirects=True)
    assert gone.url.path == "/404" and "当前笔记暂时无法浏览" in gone.text


def test_twenty_a_page(shipped: Scenario) -> None:
    clock = Clock()
    with DrillServer(shipped, clock=clock) as server:
        clock.move(seconds=40)
        headers = {"X-Page-Ticket": ticket(server)}
        pages = [search(server, "澄川茶饮", n, **headers).json()["data"] for n in (1, 2, 3)]
        truth = {p.id for p in server.published(clock()) if p.platform == "xiaohongshu" and p.about_brand}
    notes = [i["id"] for page in pages for i in page.get("items", []) if i["model_type"] == "note"]
    assert set(notes) == truth
    assert any(i["model_type"] == "hot_query" for i in pages[0]["items"])
    assert len(notes) > len(set(notes)), "a note comes twice"
    assert not pages[-1]["has_more"]


def test_walls(server: DrillServer) -> None:
    headers = {"X-Page-Ticket": ticket(server)}
    page = server.xiaohongshu_url + "/search_result?keyword=x"
    server.misbehave("xiaohongshu", "login")
    assert "登录后查看搜索结果" in httpx.get(page).text
    assert search(server, "x", **headers).json()["code"] == -100
    server.misbehave("xiaohongshu", "captcha")
    assert httpx.get(page, follow_redirects=True).url.path == "/website-login/captcha"
    blocked = search(server, "x", **headers)
    assert blocked.status_code == 461 and "verifytype" in blocked.headers
    server.misbehave("xiaohongshu", "rate")
    assert search(server, "x", **headers).json()["code"] == 300013
    server.misbehave("xiaohongshu", "blank")
    assert search(server, "x", **headers).content == b""
    server.misbehave("xiaohongshu", None)
    assert search(server, "雾隐豆花", **headers).json()["success"]


def test_a_hostile_keyword_stays_text(server: DrillServer) -> None:
    keyword = "</script><script>alert(1)</script>%%STATE%%"
    page = httpx.get(server.xiaohongshu_url + "/search_result", params={"keyword": keyword}).text
    assert "<script>alert" not in page and page.count("window.__INITIAL_STATE__") == 1


COMMENTED = (
    *(Comment(at=60 + n, author=Account(name=f"甲{n}"), text=f"第{n}条", likes=n, region="浙江") for n in range(12)),
    *(Comment(at=80 + n, author=Account(name="乙"), text=f"@甲0 回复{n}") for n in range(3)),
)


def test_comments_replies_and_notes_written_into_their_page() -> None:
    loud = post("喝出虫子", title="有虫", platform=Platform.XIAOHONGSHU, at=30, comments=COMMENTED)
    film = post("看视频", title="视频", platform=Platform.XIAOHONGSHU, at=31, media=frozenset({Media.VIDEO}))
    with standing(loud, film) as world:
        shown, commented = world.out(Platform.XIAOHONGSHU)
        headers = {"X-Page-Ticket": ticket(world.server)}
        base = world.url(Platform.XIAOHONGSHU)

        def ask(path: str, **given: str) -> dict[str, Any]:
            answer: dict[str, Any] = httpx.get(base + path, params=given, headers=headers).json()
            return answer

        assert httpx.get(base + "/api/sns/web/v2/comment/page?note_id=x").status_code == 406
        first = ask("/api/sns/web/v2/comment/page", note_id=commented.id, cursor="")["data"]
        assert len(first["comments"]) == 10 and first["has_more"]
        second = ask("/api/sns/web/v2/comment/page", note_id=commented.id, cursor=first["cursor"])["data"]
        assert [c["content"] for c in second["comments"]] == ["第1条", "第0条"] and not second["has_more"]
        head = second["comments"][-1]
        assert (head["sub_comment_count"], head["sub_comment_has_more"]) == ("3", True)
        assert [(c["content"], c["target_comment"]["id"]) for c in head["sub_comments"]] == [("@甲0 回复0", head["id"])]
        more = {"note_id": commented.id, "root_comment_id": head["id"], "cursor": head["sub_comment_cursor"]}
        rest = ask("/api/sns/web/v2/comment/sub/page", **more)["data"]
        assert [c["content"] for c in rest["comments"]] == ["@甲0 回复1", "@甲0 回复2"] and not rest["has_more"]
        assert ask("/api/sns/web/v2/comment/page", note_id="nope")["code"] == -510000
        link = {"xsec_token": token_of(shown.id)}
        assert '"desc": "看视频"' in httpx.get(f"{base}/explore/{shown.id}", params=link).text
        link = {"xsec_token": token_of(commented.id)}
        assert "喝出虫子" not in httpx.get(f"{base}/explore/{commented.id}", params=link).text


CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")


@pytest.fixture
def page() -> Iterator[Page]:
    if not (CHROMIUM and Path(CHROMIUM).exists()):
        pytest.skip("no Chromium on this machine: install chromium to run the browser tests")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
def test_the_pages_own_script_brings_the_results_in_a_real_browser(shipped: Scenario, page: Page) -> None:
    clock = Clock()
    asked: list[tuple[str, Any]] = []
    page.on("response", lambda r: asked.append((r.request.method + " " + r.url.split("?")[0].rpartition("/api")[2], r)))
    alerts: list[str] = []
    page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    with DrillServer(shipped, clock=clock) as server:
        clock.move(seconds=40)
        with page.expect_response(lambda r: r.url.endswith("/search/notes")) as first:
            page.goto(server.xiaohongshu_url + "/search_result?keyword=澄川茶饮&source=web_explore_feed")
        assert first.value.json()["data"]["items"]
        truth = [p for p in server.published(clock()) if p.platform == "xiaohongshu" and p.about_brand]
        page.wait_for_selector("section.note-item")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function(
            "want => new Set([...document.querySelectorAll('section.note-item')].map(e => e.dataset.noteId)).size === want",
            arg=len(truth),
        )
        with page.expect_response(lambda r: "/user/otherinfo" in r.url) as author:
            page.click("section.note-item a.cover >> nth=0")
        assert author.value.json()["data"]["interactions"][1]["type"] == "fans"
        page.wait_for_selector("#noteContainer .desc")
        link = page.get_attribute("section.note-item a.cover >> nth=1", "href")
        page.keyboard.press("Escape")
        assert page.locator("#noteContainer").count() == 0
        page.goto(server.xiaohongshu_url + str(link))
        page.wait_for_selector("#noteContainer .title")
    assert any(path == "POST /sns/web/v1/feed" for path, _ in asked)
    assert alerts == []


@pytest.mark.browser
def test_markup_in_a_title_is_shown_as_text_and_a_wall_shows_as_a_wall(server: DrillServer, page: Page) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda d: (alerts.append(d.message), d.dismiss()))
    page.goto(server.xiaohongshu_url + "/search_result?keyword=雾隐豆花")
    page.wait_for_selector("section.note-item")
    assert "<img src=x" in page.inner_text("section.note-item .title")
    server.misbehave("xiaohongshu", "login")
    page.goto(server.xiaohongshu_url + "/search_result?keyword=雾隐豆花")
    assert "登录后查看搜索结果" in page.inner_text(".login-container")
    assert alerts == []
