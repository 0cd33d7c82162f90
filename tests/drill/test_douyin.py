"""The Douyin stand-in: JSON shapes over HTTP, pages that carry no results, and its walls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest

from crawlers.parsers import douyin
from drill.parts import Account
from drill.scenario import Comment
from records.mention import Media, Platform, Verified
from records.outcome import Outcome
from tests.crawlers.standing import Standing, post, standing

P = Platform.DOUYIN
API = "/aweme/v1/web"
COMMENTS = (
    Comment(at=60, author=Account(name="甲"), text="也喝到了", likes=2, region="浙江"),
    Comment(at=61, author=Account(name="乙"), text="@甲 退了吗"),
    Comment(at=62, author=Account(name="丙"), text="排队中"),
)
POSTS = (
    post("云杉茶饮 喝出虫子 #避雷", platform=P, at=30, comments=COMMENTS, metrics={"likes": 90_000, "comments": 3}),
    post("云杉茶饮 图文", platform=P, at=31, media=frozenset({Media.IMAGE}), verified=Verified.MEDIA, followers=0),
    post("云杉茶饮 会删", platform=P, at=32, deleted=3700),
    *(post(f"云杉茶饮 日常{n}", platform=P, at=n) for n in range(10)),
)


@pytest.fixture(scope="module")
def world() -> Iterator[Standing]:
    with standing(*POSTS) as standing_world:
        yield standing_world


def page(world: Standing, path: str = "/search/云杉茶饮?type=general") -> httpx.Response:
    return httpx.get(world.url(P) + path, follow_redirects=True)


def ask(world: Standing, path: str, **given: object) -> httpx.Response:
    found = re.search(r'name="page-ticket" content="([^"]+)"', page(world).text)
    assert found
    headers = {"X-Page-Ticket": found[1]}
    return httpx.get(world.url(P) + API + path, params={k: str(v) for k, v in given.items()}, headers=headers)


def test_pages_carry_no_results_and_their_requests_need_the_page(world: Standing) -> None:
    assert "喝出虫子" not in page(world).text
    bare = httpx.get(world.url(P) + API + "/general/search/stream/", params={"keyword": "云杉茶饮"})
    assert bare.text == "blocked"


def test_the_first_screen_comes_in_chunks_with_foreign_cards_ads_and_a_mix(world: Standing) -> None:
    body = ask(world, "/general/search/stream/", keyword="云杉茶饮", offset=0).content
    first = int(body.split(b"\r\n")[0], 16)
    place = body.index(b"\r\n") + 2
    document = json.loads(body[place : place + first])
    assert (document["status_code"], document["has_more"]) == (0, 1)
    assert body.endswith(b"\r\n0\r\n\r\n")
    cards = [c for line in body.split(b"\r\n") if line.startswith(b"{") for c in json.loads(line)["data"]]
    assert {c["card_unique_name"] for c in cards} == {"video", "related_word", "toutiao_article", "aweme_mix"}
    assert sum(c.get("aweme_info", {}).get("is_ads") is True for c in cards) == 1
    posts = [c["aweme_info"] for c in cards if "aweme_info" in c and not c["aweme_info"]["is_ads"]]
    assert len(posts) == 10 and all(isinstance(p["aweme_id"], str) for p in posts)
    assert {p["author"]["follower_count"] for p in posts} == {0}, "the mixed search tells no followers"
    assert {p["statistics"]["play_count"] for p in posts} == {0}
    read = douyin.parse_search(body, status=200, url=world.url(P), collected_at=world.now)
    assert (read.outcome, read.skipped) == (Outcome.ITEMS, 0)
    assert [m.id for m in read.mentions] == [o.id for o in world.out(P)][:10], "read whole by the product's own parser"
    rest = ask(world, "/general/search/single/", keyword="云杉茶饮", offset=10).json()
    assert len(rest["data"]) == 3 and rest["has_more"] == 0


def test_one_post_picture_posts_and_what_is_gone(world: Standing) -> None:
    _deleted, pictures, loud = (o for o in world.out(P) if o.post.at >= 30)
    detail = ask(world, "/aweme/detail/", aweme_id=loud.id).json()["aweme_detail"]
    assert detail["author"]["follower_count"] == 120 and detail["text_extra"][0]["hashtag_name"] == "避雷"
    written = page(world, f"/note/{pictures.id}").text
    state = re.search(r'id="RENDER_DATA"[^>]*>([^<]+)', written)
    assert state and json.loads(unquote(state[1]))["app"]["videoDetail"]["awemeId"] == pictures.id
    assert "videoDetail" not in unquote(page(world, f"/video/{loud.id}").text)
    gone = ask(world, "/aweme/detail/", aweme_id="1").json()
    assert gone["aweme_detail"] is None and gone["filter_detail"]["aweme_id"] == "1"


def test_comments_and_the_replies_behind_a_press(world: Standing) -> None:
    loud = next(o for o in world.out(P) if o.post.comments)
    shown = ask(world, "/comment/list/", aweme_id=loud.id, cursor=0, count=20).json()
    assert [(c["text"], c["reply_comment_total"], c["ip_label"]) for c in shown["comments"]] == [
        ("排队中", 0, "IP未知"),
        ("也喝到了", 1, "浙江"),
    ]
    head = shown["comments"][1]["cid"]
    replies = ask(world, "/comment/list/reply/", item_id=loud.id, comment_id=head, cursor=0, count=3).json()
    assert [(c["text"], c["reply_id"]) for c in replies["comments"]] == [("@甲 退了吗", head)]
    assert ask(world, "/comment/list/", aweme_id="1").json()["comments"] is None


def test_a_hostile_keyword_stays_text(world: Standing) -> None:
    shown = page(world, "/search/%3C%2Ftitle%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%25%25STATE%25%25").text
    assert "<script>alert" not in shown and "%%STATE%%" in shown


def test_walls() -> None:
    with standing(*POSTS) as world:
        headers = {"X-Page-Ticket": "none is looked at"}
        url = world.url(P) + API + "/general/search/stream/?keyword=x"
        told = {}
        for kind in ("login", "captcha", "empty"):
            world.misbehave(P, kind)
            told[kind] = httpx.get(url, headers=headers).json()
        assert told["login"]["status_code"] == 2483
        assert told["captcha"]["search_nil_info"]["search_nil_type"] == "verify_check"
        assert told["empty"]["data"] == [] and "search_nil_info" not in told["empty"]
        world.misbehave(P, "captcha")
        assert "验证码中间页" in page(world).text
        world.misbehave(P, "rate")
        assert httpx.get(url, headers=headers).status_code == 429
        world.misbehave(P, "redirect")
        assert page(world).url.path == "/login"


def test_deleted_posts_say_so(world: Standing) -> None:
    deleted = next(o for o in world.out(P) if o.post.deleted)
    assert ask(world, "/aweme/detail/", aweme_id=deleted.id).json()["aweme_detail"]["aweme_id"] == deleted.id
    world.move(seconds=300)
    gone = ask(world, "/aweme/detail/", aweme_id=deleted.id).json()
    world.move(seconds=-300)
    assert gone["aweme_detail"] is None and gone["filter_detail"]["filter_reason"] == "status_self_see"
