"""知乎 in a browser against its stand-in."""

from __future__ import annotations

from drill.scenario import Account
from records.mention import Platform
from tests.crawlers.standing import Comment, Edit, PollWorker, needs_browser, post, standing

HERE = Platform.ZHIHU


@needs_browser
def test_a_search_reads_page_after_page_the_newest_first(polls: PollWorker) -> None:
    posts = [post(f"云杉茶饮 第{n}次踩雷", platform=HERE, at=n, metrics={"likes": 30}) for n in range(23)]
    with standing(*posts) as world:
        found = polls.look(world, HERE)
        truth = world.out(HERE)
        assert (found["outcome"], found["caught_up"], found["skipped"]) == ("items", True, 0), found
        assert [m["id"] for m in found["mentions"]] == [p.id for p in truth]
        first = found["mentions"][0]
        assert (first["kind"], first["author"]["id"]) == ("post", truth[0].author_id)
        assert (
            first["url"].endswith(f"/answer/{truth[0].id}") and first["metrics"]["likes"] == truth[0].metrics["likes"]
        )
        assert polls.look(world, HERE, pages=1)["caught_up"] is False
        assert polls.look(world, HERE, "没有人说过的话")["outcome"] == "empty"
        world.misbehave(HERE, "repeat")
        again = polls.look(world, HERE, pages=9)
        assert (again["outcome"], len(again["mentions"]), again["caught_up"]) == ("items", 20, False)


@needs_browser
def test_an_answer_is_looked_at_again_and_a_deleted_one_is_lost(polls: PollWorker) -> None:
    posts = [
        post("云杉茶饮 删掉的", platform=HERE, deleted=3000),
        post("云杉茶饮 原话", platform=HERE, at=5, region="浙江", edit=Edit(at=1800, text="云杉茶饮 改过的话")),
    ]
    with standing(*posts) as world:
        world.move(minutes=-30)
        both = world.out(HERE)
        world.move(minutes=30)
        result = polls.look(world, HERE, task="figures", targets=both)
        assert (result["outcome"], result["gone"]) == ("items", [f"zhihu:post:{both[1].id}"]), result
        (shown,) = result["mentions"]
        assert (shown["text"], shown["region"], shown["author"]["followers"]) == ("云杉茶饮 改过的话", "浙江", 120)
        assert shown["edited_at"] is not None
        article = polls.look(world, HERE, task="figures", targets=[{"kind": "article", "id": both[0].id}])
        assert [m["kind"] for m in article["mentions"]] == ["article"], article
        assert polls.look(world, HERE, task="figures", targets=[both[1]])["outcome"] == "empty"
        world.misbehave(HERE, "captcha")
        walled = polls.look(world, HERE, task="figures", targets=both)
        assert (walled["outcome"], walled["gone"]) == ("blocked:captcha", [])


@needs_browser
def test_comments_come_newest_first_once_the_button_is_pressed(polls: PollWorker) -> None:
    who = Account(name="评论人", followers=3)
    told = [Comment(at=100 + n, author=who, text=f"第{n}条", likes=n % 7, region="广东") for n in range(25)]
    posts = [post("云杉茶饮 虫子", platform=HERE, comments=tuple(told), metrics={"comments": 25})]
    with standing(*posts, post("云杉茶饮 无人理", platform=HERE, at=9, metrics={"comments": 0})) as world:
        quiet, loud = world.out(HERE)
        found = polls.look(world, HERE, task="comments", targets=[loud])
        assert (found["outcome"], len(found["mentions"]), found["caught_up"]) == ("items", 25, True), found
        newest = found["mentions"][0]
        assert (newest["text"], newest["kind"], newest["region"]) == ("第24条", "comment", "广东")
        assert newest["root_id"] == newest["parent_id"] == loud.id and newest["url"].endswith(f"/answer/{loud.id}")
        cut = polls.look(world, HERE, task="comments", targets=[loud], comment_pages=1)
        assert (len(cut["mentions"]), cut["caught_up"]) == (20, False)
        assert polls.look(world, HERE, task="comments", targets=[quiet])["outcome"] == "empty"
