"""Every platform × every way its site can misbehave: the outcome has its name, and nothing wrong is ever shown (W6).

One small world and one child process for all: the first poll of a platform meets an empty list while nothing of it is
proven yet. Browser platforms cost most of a second a poll: they go through the kinds that only a poll can show, as what
damages an answer alike is shown of every parser in ``test_damage.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from crawlers.catalogue import CATALOGUE
from crawlers.options import accepted_options
from drill.sites import load_sites
from drill.sites.base import KINDS, PAGINGS
from drill.world import OutPost
from records.mention import COUNT_NAMES, Platform
from tests.crawlers.standing import PollWorker, Standing, needs_browser, post, standing

FIGURES = {"reads": 1_234_567, "likes": 12_345, "comments": 23_456, "reposts": 34_567, "saves": 45_678}
KEYS = {
    "FENGSHENG_YOUTUBE_KEY": "AIzaInvented",
    "FENGSHENG_REDDIT_CLIENT_ID": "invented",
    "FENGSHENG_REDDIT_CLIENT_SECRET": "invented-too",
}
NOTHING = ""
"""In place of a kind: nothing is wrong."""
PAGES = 3
"""Result pages read where paging misbehaves; the world has a little more than one page of every platform."""
MANY, SOME = 105, 22
"""Posts of a platform over plain HTTP (a page holds up to 100) and in a browser (up to 20)."""

NAMES: Mapping[str, frozenset[str]] = {
    "login": frozenset({"blocked:login"}),
    "captcha": frozenset({"blocked:captcha"}),
    "rate": frozenset({"blocked:rate"}),
    "redirect": frozenset({"blocked:login"}),
    "empty": frozenset({"suspect"}),
    "blank": frozenset({"network"}),
    "truncated": frozenset({"network"}),
    "changed": frozenset({"changed"}),
    "down": frozenset({"network"}),
}
"""Outcomes of a kind; where none is named the posts are there."""
OWN: Mapping[tuple[Platform, str], frozenset[str]] = {
    (Platform.REDDIT, "captcha"): frozenset({"blocked:bot"}),  # its network security offers no check to pass
    (Platform.RSS, "captcha"): frozenset({"blocked:bot"}),  # a guard before somebody's site
    (Platform.ZHIHU, "rate"): frozenset({"blocked:bot"}),  # who asks often is called a robot
    (Platform.YOUTUBE, "rate"): frozenset({"blocked:quota"}),
    (Platform.YOUTUBE, "empty"): frozenset({"empty"}),  # says that it counts none; a second search would cost too much
    (Platform.DOUYIN, "blank"): frozenset({"blocked:bot"}),  # how programs are turned away
    (Platform.DOUYIN, "truncated"): frozenset({"items"}),  # comes in chunks, whole ones are kept
}
WITHOUT_WALL = {
    "login": {Platform.APPSTORE, Platform.NEWS, Platform.HACKERNEWS},
    "captcha": {Platform.APPSTORE, Platform.HACKERNEWS, Platform.MASTODON, Platform.BLUESKY, Platform.YOUTUBE},
}
"""Platforms that know no such wall: their posts are there."""
IN_BROWSER = ("empty", "login", "captcha", "rate", "changed", "charset")

PLATFORMS = tuple(load_sites())
PLAIN = tuple(p for p in PLATFORMS if not CATALOGUE[p].needs_browser)
BROWSED = tuple(p for p in PLATFORMS if CATALOGUE[p].needs_browser)


def story(platform: Platform) -> Iterator[Any]:
    for place in range(SOME if platform in BROWSED else MANY):
        words = f"云杉茶饮 喝出虫子 第{place}天，“店长”说<没事> 🐛"
        title = words if platform is Platform.XIAOHONGSHU else None  # all that its search shows
        who = {"name": f"路人{place}", "followers": 23_456}
        yield post(words, platform=platform, at=place, title=title, metrics=FIGURES, **who)


@pytest.fixture(scope="module")
def world() -> Iterator[Standing]:
    with standing(*(p for platform in PLATFORMS for p in story(platform)), hours=1) as running:
        yield running


@pytest.fixture(scope="module")
def polls() -> Iterator[PollWorker]:
    worker = PollWorker(KEYS, module="tests.crawlers.whole_results")
    yield worker
    worker.close()


def look(polls: PollWorker, world: Standing, platform: Platform, kind: str, **more: Any) -> dict[str, Any]:
    world.misbehave(platform, kind or None)
    accepted = accepted_options(platform)
    given: dict[str, Any] = {"pages": PAGES if kind in PAGINGS else 1, "details": 0, "profiles": 0, **more}
    given["wait"] = 1 if kind in ("login", "captcha") else 5  # a page that is a wall asks for nothing
    if accepted["pages"].highest < PAGES:
        given["pages"] = 1
    options = {name: value for name, value in given.items() if name in accepted}
    query = "cn/900100200" if platform is Platform.APPSTORE else "云杉茶饮"
    path = "/feed.xml" if platform is Platform.RSS else ""
    return polls.look(world, platform, query, path=path, limit=200, **options)


def expected(platform: Platform, kind: str) -> frozenset[str]:
    if platform in WITHOUT_WALL.get(kind, ()):
        return frozenset({"items"})
    return OWN.get((platform, kind)) or NAMES.get(kind, frozenset({"items"}))


def words(mention: Mapping[str, Any]) -> str:
    return f"{mention['title'] or ''}\n{mention['text']}".strip()


def cut(count: int) -> int:
    """As the platforms round: the digits of "1.2万"."""
    return count if count < 10_000 else count // 1000 * 1000


class Truth:
    """What a platform shows where nothing is wrong, held against what the story says."""

    def __init__(self, platform: Platform, clean: Mapping[str, Any] | None, out: list[OutPost]) -> None:
        self.platform = platform
        self.shown = {m["id"]: m for m in clean["mentions"]} if clean else {}
        self.out = {p.id: p for p in out}

    def faults(self, kind: str, result: Mapping[str, Any]) -> Iterator[str]:
        accepted = expected(self.platform, kind)
        if result["outcome"] not in accepted:
            yield f"{result['outcome']} in place of {' or '.join(accepted)}: {result['detail']}"
        if result["outcome"] == "items" and not result["mentions"]:
            yield "items without items"
        if result["outcome"] != "items" and not result["detail"]:
            yield "no word of why"
        if kind == "changed" and not result["payload"]:
            yield "the payload of a changed layout is not kept"
        for mention in result["mentions"]:
            yield from (f"{mention['id']}: {fault}" for fault in self._wrong(kind, mention))
        if kind in PAGINGS and result["requests"] > 4 * PAGES:
            yield f"{result['requests']} requests for {PAGES} pages"
        unseen = len(self.out) - len(result["mentions"])
        if kind in PAGINGS and unseen and result["caught_up"] and accepted_options(self.platform)["pages"].highest > 1:
            yield f"{unseen} posts were not reached, and it is said that all were"

    def _wrong(self, kind: str, mention: Mapping[str, Any]) -> Iterator[str]:
        truth = self.out.get(mention["id"])
        if truth is None:
            yield "there is no such post"
            return
        if truth.post.text not in words(mention):
            yield f"other words: {words(mention)!r}"
        clean = self.shown.get(mention["id"])
        if clean is not None and words(clean) != words(mention):
            yield f"other words than without misbehaviour: {words(mention)!r}"
        for name in COUNT_NAMES:
            yield from self._wrong_count(kind, name, truth.metrics.get(name), clean, mention)
        if kind == "userless" and load_sites()[self.platform].users and mention["author"]["name"] is not None:
            yield f"an author from nowhere: {mention['author']}"

    def _wrong_count(
        self, kind: str, name: str, true: int | None, clean: Mapping[str, Any] | None, mention: Mapping[str, Any]
    ) -> Iterator[str]:
        count, shown = mention["metrics"][name], clean["metrics"][name] if clean is not None else None
        if count is None:
            return
        if true is None or not cut(true) <= count <= true:
            yield f"{name} {count} in place of {true}"
        elif count != true and name not in mention["approximate"]:
            yield f"{name} {count} is rounded from {true} and does not say so"
        elif kind != "counts" and shown is not None and count != shown:
            yield f"{name} {count} in place of {shown}"


def assert_named(polls: PollWorker, world: Standing, platform: Platform, kinds: tuple[str, ...]) -> None:
    """Every kind in order, beginning with the empty list; all faults at once."""
    control = CATALOGUE[platform].options["control"].default if "control" in CATALOGUE[platform].options else ""
    results = {"empty": look(polls, world, platform, "empty", control=control)}
    results |= {kind: look(polls, world, platform, kind) for kind in kinds if kind != "empty"}
    world.misbehave(platform, None)
    truth = Truth(platform, results.get(NOTHING), world.out(platform))
    faults = {kind: list(truth.faults(kind, result)) for kind, result in results.items()}
    if control and results["empty"]["control"] != "failed":
        faults["empty"].append(f"the control query says {results['empty']['control']!r}")
    assert {kind: found[:3] for kind, found in faults.items() if found} == {}


@pytest.mark.parametrize("platform", PLAIN)
def test_plain_sources(polls: PollWorker, world: Standing, platform: Platform) -> None:
    assert_named(polls, world, platform, (NOTHING, *KINDS))


@needs_browser
@pytest.mark.parametrize("platform", BROWSED)
def test_browser_sources(polls: PollWorker, world: Standing, platform: Platform) -> None:
    assert_named(polls, world, platform, IN_BROWSER)
