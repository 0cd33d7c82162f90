"""The stand-in's answers are what the product's own parsers read: nothing skipped, nothing lost, nothing added."""

from __future__ import annotations

import json
from typing import Any

from crawlers.parsers import weibo, xiaohongshu
from drill import weibo_pages, xiaohongshu_pages
from drill.scenario import Scenario
from drill.sites import load_sites
from drill.sites.base import REFUSALS
from drill.world import World
from records.mention import Platform, Verified
from records.outcome import Outcome
from tests.drill.conftest import START, Clock

NOW = Clock()
NOW.move(seconds=40)


def read(body: Any) -> dict[str, Any]:
    return {"payload": json.dumps(body), "status": 200, "url": "http://127.0.0.1/x", "collected_at": NOW()}


def test_weibo_search_is_read_whole(shipped: Scenario) -> None:
    world = World(scenario=shipped, speed=60, started_at=START)
    posts = world.out(NOW(), Platform.WEIBO)
    found = {}
    for page in range(1, 99):
        answer = weibo.parse_search(**read(weibo_pages.render_search(posts, "澄川茶饮", page, NOW())))
        if answer.outcome is not Outcome.ITEMS:
            assert answer.outcome is Outcome.EMPTY
            break
        assert answer.skipped == 0
        for mention in answer.mentions:
            assert found.setdefault(mention.id, mention).text == mention.text
    truth = {p.id: p for p in posts if shipped.about_brand(p.post)}
    assert set(found) == set(truth)
    for ident, mention in found.items():
        post = truth[ident].post
        assert mention.key == f"weibo:post:{ident}"
        assert mention.published_at == truth[ident].published_at
        assert mention.author.name == post.author.name and mention.author.verified is post.author.verified
        assert abs((mention.author.followers or 0) - post.author.followers) <= post.author.followers * 0.1
        assert mention.region == post.region and mention.media == post.media
        if not post.long:
            assert mention.text == post.full_text


def test_weibo_long_text_is_read_whole(shipped: Scenario) -> None:
    posts = World(scenario=shipped, speed=60, started_at=START).out(NOW(), Platform.WEIBO)
    long = [p for p in posts if p.post.long]
    assert long
    for post in long:
        answer = weibo.parse_longtext(**read(weibo_pages.render_extend(posts, post.id)))
        assert (answer.outcome, answer.text) == (Outcome.ITEMS, post.post.text)


def test_xiaohongshu_is_read_whole(shipped: Scenario) -> None:
    posts = World(scenario=shipped, speed=60, started_at=START).out(NOW(), Platform.XIAOHONGSHU)
    truth = {p.id: p for p in posts if shipped.about_brand(p.post)}
    found: set[str] = set()
    page = 1
    while True:
        answer = xiaohongshu.parse_search(**read(xiaohongshu_pages.render_search(posts, "澄川茶饮", page, 20, NOW())))
        found |= {m.id for m in answer.mentions}
        page += 1
        if answer.next is None:
            break
    assert found == set(truth)
    for ident, out in truth.items():
        detail = xiaohongshu.parse_detail(**read(xiaohongshu_pages.render_feed(posts, ident, NOW())))
        [mention] = detail.mentions
        assert mention.published_at == out.published_at and mention.title == out.post.title
        assert mention.region == out.post.region
        assert out.post.text.split("\n")[0].split("#")[0].strip() in mention.text
        profile = xiaohongshu.parse_author(**read(xiaohongshu_pages.render_user(posts, out.author_id)))
        assert profile.outcome is Outcome.ITEMS and profile.verified is not Verified.UNKNOWN


def test_every_wall_is_a_named_block_or_suspect_and_never_an_empty_success() -> None:
    for platform, parse in ((Platform.WEIBO, weibo.parse_search), (Platform.XIAOHONGSHU, xiaohongshu.parse_search)):
        for kind in REFUSALS:
            answer = load_sites()[platform].refuse(kind, "api")
            if answer is None:
                continue
            outcome = parse(bytes(answer.body), status=answer.status_code, url="http://x/", collected_at=NOW()).outcome
            assert not outcome.saw, (platform, kind, outcome)
            wanted = {"login": Outcome.BLOCKED_LOGIN, "captcha": Outcome.BLOCKED_CAPTCHA, "rate": Outcome.BLOCKED_RATE}
            assert outcome is wanted.get(kind, outcome), (platform, kind)
