"""Feeds of a forum, RSSHub routes and Google News against their stand-ins."""

from __future__ import annotations

from records.mention import Platform
from tests.crawlers.standing import PollWorker, post, standing

POST = post("云杉茶饮退款三天没到账", platform=Platform.RSS, title="退款", name="楼主")
ARTICLE = post("正文", platform=Platform.NEWS, title="云杉茶饮道歉", name="都市晚报")


def test_all_three_forms_hold_the_same_entries(polls: PollWorker) -> None:
    with standing(POST) as world:
        results = [polls.look(world, Platform.RSS, path=p) for p in ("", "/feed.xml", "/atom.xml", "/feed.json")]
        (truth,) = world.out(Platform.RSS)
        everything = polls.look(world, Platform.RSS, "", path="/feed.xml")
    for result in results:
        (mention,) = result["mentions"]
        assert (mention["id"], mention["kind"], mention["title"]) == (truth.id, "article", "退款")
        assert (mention["text"], mention["author"]["name"]) == ("云杉茶饮退款三天没到账", "楼主")
        assert mention["published_at"] == truth.published_at.isoformat()
    assert len(everything["mentions"]) == 4, "the everyday entries of the forum, too"


def test_a_feed_is_sent_again_only_where_it_changed(polls: PollWorker) -> None:
    second = post("云杉茶饮又来", platform=Platform.RSS, at=3700)
    with standing(POST, second) as world:
        assert len(polls.look(world, Platform.RSS, path="/feed.xml")["mentions"]) == 1
        unchanged = polls.look(world, Platform.RSS, path="/feed.xml")
        assert (unchanged["outcome"], unchanged["mentions"]) == ("empty", []) and "not changed" in unchanged["detail"]
        world.move(minutes=5)
        assert len(polls.look(world, Platform.RSS, path="/feed.xml")["mentions"]) == 2


def test_what_the_limit_cuts_is_the_oldest_and_counts_as_unread(polls: PollWorker) -> None:
    posts = [post(f"云杉茶饮第{n}杯", platform=Platform.RSS, at=n) for n in range(8)]
    with standing(*posts) as world:
        cut = polls.look(world, Platform.RSS, path="/feed.xml", limit=3)
        newest = [o.id for o in world.out(Platform.RSS)[:3]]
        whole = polls.look(world, Platform.RSS, path="/feed.xml", limit=50)
    assert [m["id"] for m in cut["mentions"]] == newest and cut["caught_up"] is False
    assert len(whole["mentions"]) == 8 and whole["caught_up"] is True, "a cut poll does not hold the feed for known"


def test_rsshubs_search_of_weibo_finds_weibos_own_posts(polls: PollWorker) -> None:
    with standing(post("云杉茶饮里有虫", platform=Platform.WEIBO)) as world:
        found = polls.look(world, Platform.RSS, path="/weibo/keyword/{query}")
        (truth,) = world.out(Platform.WEIBO)
        none = polls.look(world, Platform.RSS, "没人说过", path="/weibo/keyword/{query}")
        lost = polls.look(world, Platform.RSS, path="/weibo/nowhere")
    (mention,) = found["mentions"]
    assert (mention["platform"], mention["kind"], mention["id"]) == ("weibo", "post", truth.id)
    assert mention["author"]["id"] == truth.author_id and mention["text"] == "云杉茶饮里有虫"
    assert none["outcome"] == "suspect" and lost["outcome"] == "changed"


def test_a_feed_that_is_no_longer_there_is_gone(polls: PollWorker) -> None:
    with standing() as world:
        for path in ("/old.xml", "/never.xml"):
            assert polls.look(world, Platform.RSS, path=path)["outcome"] == "gone"


def test_news_with_alternatives_in_one_query(polls: PollWorker) -> None:
    other = post("另一篇", platform=Platform.NEWS, title="茶饮退款难", name="云边财经")
    with standing(ARTICLE, other) as world:
        polls.look(world, Platform.NEWS)  # reads robots.txt
        result = polls.look(world, Platform.NEWS, "云杉茶饮 OR 退款难")
        truth = {o.id for o in world.out(Platform.NEWS)}
        none = polls.look(world, Platform.NEWS, "没人说过")
    assert {m["id"] for m in result["mentions"]} == truth and result["requests"] == 1
    assert {(m["title"], m["author"]["name"], m["author"]["verified"]) for m in result["mentions"]} == {
        ("云杉茶饮道歉", "都市晚报", "media"),
        ("茶饮退款难", "云边财经", "media"),
    }
    assert all(m["url"] == f"https://news.google.com/rss/articles/{m['id']}" for m in result["mentions"])
    assert none["outcome"] == "empty"
