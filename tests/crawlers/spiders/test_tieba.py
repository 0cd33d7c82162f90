"""百度贴吧 in a browser against its stand-in: newer pages by their scripts' answers, older ones as the server wrote them."""

from __future__ import annotations

import pytest

from drill.scenario import Account
from records.mention import Platform
from tests.crawlers.standing import Comment, PollWorker, needs_browser, post, standing

HERE = Platform.TIEBA
NEW, OLD = "", "/old"
WHO = Account(name="楼下", followers=3)


@needs_browser
@pytest.mark.parametrize("pages", [NEW, OLD])
def test_a_search_reads_page_after_page(polls: PollWorker, pages: str) -> None:
    posts = [post(f"云杉茶饮 第{n}次踩雷", platform=HERE, at=n * 60, metrics={"comments": 8}) for n in range(23)]
    with standing(*posts) as world:
        found = polls.look(world, HERE, path=pages)
        truth = world.out(HERE)
        assert (found["outcome"], found["caught_up"], found["skipped"]) == ("items", True, 0), found
        assert [m["id"] for m in found["mentions"]] == [p.id for p in truth]
        first = found["mentions"][0]
        assert (first["kind"], first["url"], first["topics"]) == (
            "post",
            f"https://tieba.baidu.com/p/{truth[0].id}",
            ["本地生活"],
        )
        assert polls.look(world, HERE, path=pages, pages=1)["caught_up"] is False
        assert polls.look(world, HERE, "没有人说过的话", path=pages)["outcome"] == "empty"


@needs_browser
@pytest.mark.parametrize("pages", [NEW, OLD])
def test_floors_come_from_the_first_page_and_the_newest_and_a_thread_is_looked_at_again(
    polls: PollWorker, pages: str
) -> None:
    told = [Comment(at=100 + n, author=WHO, text=f"第{n}条", region="广东") for n in range(65)]
    told.append(Comment(at=300, author=WHO, text="回复 楼上：同问"))
    posts = [
        post("云杉茶饮 虫子", platform=HERE, at=30, comments=tuple(told), region="浙江"),
        post("云杉茶饮 无人理", platform=HERE, at=20),
        post("云杉茶饮 删掉的", platform=HERE, at=10, deleted=3000),
    ]
    with standing(*posts) as world:
        world.move(minutes=-30)
        loud, quiet, deleted = world.out(HERE)
        world.move(minutes=30)
        found = polls.look(world, HERE, task="comments", targets=[loud], path=pages, limit=100)
        assert (found["outcome"], found["caught_up"], found["requests"]) == ("items", False, 2), found
        texts = [m["text"] for m in found["mentions"]]
        assert texts[:29] == [f"第{n}条" for n in range(29)] and texts[-1] == "回复 楼上：同问" and "第64条" in texts
        floor, under = found["mentions"][-2], found["mentions"][-1]
        assert (floor["kind"], floor["parent_id"], floor["region"]) == ("comment", loud.id, "广东")
        assert (under["kind"], under["parent_id"], under["root_id"]) == ("reply", floor["id"], loud.id)
        again = [{"kind": m["kind"], "id": m["id"], "url": m["url"]} for m in (floor, under)]
        result = polls.look(world, HERE, task="figures", targets=[loud, deleted, *again], path=pages)
        assert (result["outcome"], result["gone"]) == ("items", [f"tieba:post:{deleted.id}"]), result
        shown = result["mentions"]
        assert [m["id"] for m in shown] == [loud.id, floor["id"], under["id"]]
        assert (shown[0]["metrics"]["comments"], shown[0]["region"]) == (66, "浙江")
        assert polls.look(world, HERE, task="comments", targets=[quiet], path=pages)["outcome"] == "empty"


@needs_browser
def test_a_human_check_before_a_thread_is_no_deletion(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 漏单", platform=HERE)) as world:
        world.misbehave(HERE, "captcha")
        walled = polls.look(world, HERE, task="figures", targets=world.out(HERE), path=OLD)
        assert (walled["outcome"], walled["gone"]) == ("blocked:captcha", [])
