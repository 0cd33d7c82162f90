"""Reviews of an app against Apple's stand-in."""

from __future__ import annotations

from records.mention import Platform
from tests.crawlers.standing import PollWorker, post, standing

APP = "cn/900100200"
REVIEW = post("一支付就闪退", platform=Platform.APPSTORE, title="点单", complaint=True, metrics={"likes": 40})


def many(count: int):
    return [post(f"闪退第{n}次", platform=Platform.APPSTORE, at=n, name=f"顾客{n}") for n in range(count)]


def test_reviews_come_with_stars_under_the_ids_of_the_story(polls: PollWorker) -> None:
    with standing(REVIEW, *many(1)) as world:
        result = polls.look(world, Platform.APPSTORE, APP)
        truth = world.out(Platform.APPSTORE)
    assert result["outcome"] == "items" and [m["id"] for m in result["mentions"]] == [o.id for o in truth]
    assert {m["title"] for m in result["mentions"]} == {"★☆☆☆☆ 点单", "★★★★★"}
    (review,) = [m for m in result["mentions"] if m["text"] == "一支付就闪退"]
    assert (review["kind"], review["url"]) == ("review", "https://apps.apple.com/cn/app/id900100200?see-all=reviews")


def test_all_ten_pages_and_not_one_more(polls: PollWorker) -> None:
    with standing(*many(530)) as world:
        few = polls.look(world, Platform.APPSTORE, APP, pages=2, limit=1000)
        result = polls.look(world, Platform.APPSTORE, APP, pages=10, limit=1000)
        world.misbehave(Platform.APPSTORE, "repeat")
        repeated = polls.look(world, Platform.APPSTORE, APP, pages=10, limit=1000)
        world.misbehave(Platform.APPSTORE, "endless")
        endless = polls.look(world, Platform.APPSTORE, APP, pages=10, limit=1000)
    assert (len(few["mentions"]), few["caught_up"]) == (100, False)
    assert (len(result["mentions"]), result["requests"]) == (500, 10)
    assert (len(repeated["mentions"]), repeated["requests"]) == (50, 2), "a page that brings nothing new is the last"
    assert endless["requests"] == 10


def test_reviews_that_do_not_fit_into_the_limit_count_as_unread(polls: PollWorker) -> None:
    with standing(*many(30)) as world:
        assert polls.look(world, Platform.APPSTORE, APP, limit=30)["caught_up"] is True
        cut = polls.look(world, Platform.APPSTORE, APP, limit=10)
    assert (len(cut["mentions"]), cut["caught_up"]) == (10, False)


def test_an_app_without_reviews_and_a_feed_that_fails_are_told_apart(make_polls) -> None:
    polls = make_polls()
    with standing() as world:
        world.misbehave(Platform.APPSTORE, "empty")
        blind = polls.look(world, Platform.APPSTORE, APP, control="cn/414478124")
        world.misbehave(Platform.APPSTORE, None)
        calm = polls.look(world, Platform.APPSTORE, APP, control="cn/414478124")
    assert (blind["outcome"], blind["control"]) == ("suspect", "failed")
    assert (calm["outcome"], calm["control"]) == ("empty", "passed")


def test_an_app_that_had_reviews_is_not_without_any(polls: PollWorker) -> None:
    with standing(REVIEW) as world:
        assert polls.look(world, Platform.APPSTORE, APP)["outcome"] == "items"
        world.misbehave(Platform.APPSTORE, "empty")
        result = polls.look(world, Platform.APPSTORE, APP)
    assert result["outcome"] == "suspect" and "had reviews before" in result["detail"]


def test_a_query_that_names_no_app_is_said_so(polls: PollWorker) -> None:
    with standing() as world:
        results = [
            polls.look(world, Platform.APPSTORE, query)
            for query in ("云杉茶饮", "cn", "china/900100200", "cn/12", "cn/x900100200")
        ]
    for result in results:
        assert result["outcome"] == "changed" and "cn/414478124" in result["detail"] and result["requests"] == 0
