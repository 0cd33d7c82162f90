"""黑猫投诉 in a browser against its stand-in."""

from __future__ import annotations

from drill.scenario import Account
from records.mention import Platform, Verified
from tests.crawlers.standing import Comment, PollWorker, needs_browser, post, standing

HERE = Platform.HEIMAO
SHOP = Account(name="云杉茶饮", verified=Verified.ENTERPRISE)
LONG = "云杉茶饮 会员储值三百二十元，门店关门之后联系不到任何人，客服热线一直占线，线上申请被驳回三次，要求全额退款并说明原因，请平台帮助处理这件事"


@needs_browser
def test_a_search_reads_page_after_page_and_a_complaint_follows_its_own_progress(polls: PollWorker) -> None:
    told = [Comment(at=1800, author=SHOP, text="非常抱歉，已为您登记退款")]
    posts = [post(f"云杉茶饮 第{n}次投诉", platform=HERE, at=n) for n in range(12)]
    with standing(*posts, post(LONG, platform=HERE, at=60, comments=tuple(told))) as world:
        found = polls.look(world, HERE)
        assert (found["outcome"], len(found["mentions"]), found["caught_up"]) == ("items", 13, True), found
        assert {m["id"] for m in found["mentions"]} == {p.id for p in world.out(HERE)}
        listed = found["mentions"][0]
        assert listed["kind"] == "complaint" and listed["text"].endswith("…") and listed["author"]["id"] is None
        assert listed["topics"] == ["已回复", "服务问题"]
        cut = polls.look(world, HERE, pages=1)
        assert (len(cut["mentions"]), cut["caught_up"]) == (10, False)
        again = polls.look(world, HERE, task="figures", targets=[world.out(HERE)[0]])
        assert again["outcome"] == "items", again
        shown = again["mentions"][0]["text"]
        assert LONG in shown and shown.endswith(" 云杉茶饮 商家回复】非常抱歉，已为您登记退款")
        assert shown.startswith(listed["text"].rstrip("….")), "a later sight of the list is no edit"
        whole = polls.look(world, HERE, pages=1, details=1)
        assert whole["mentions"][0]["text"] == shown and whole["mentions"][1]["text"].endswith("…")


@needs_browser
def test_a_withdrawn_complaint_is_gone_and_an_unknown_one_too(polls: PollWorker) -> None:
    posts = [post("云杉茶饮 漏单", platform=HERE, deleted=3000), post("云杉茶饮 过期", platform=HERE, at=5)]
    with standing(*posts) as world:
        world.move(minutes=-30)
        both = world.out(HERE)
        world.move(minutes=30)
        result = polls.look(world, HERE, task="figures", targets=both)
        assert result["outcome"] == "items" and len(result["mentions"]) == 1
        assert result["gone"] == [f"heimao:complaint:{both[1].id}"]
        all_gone = polls.look(world, HERE, task="figures", targets=[both[1]])
        assert (all_gone["outcome"], all_gone["mentions"]) == ("empty", [])


@needs_browser
def test_a_human_check_before_a_complaint_is_no_deletion(polls: PollWorker) -> None:
    with standing(post("云杉茶饮 漏单", platform=HERE)) as world:
        world.misbehave(HERE, "captcha")
        figures = polls.look(world, HERE, task="figures", targets=world.out(HERE))
        assert (figures["outcome"], figures["gone"]) == ("blocked:captcha", [])


@needs_browser
def test_behind_a_login_the_public_feed_still_brings_the_newest_complaints_and_the_block_stands(
    polls: PollWorker,
) -> None:
    with standing(post("云杉茶饮 漏单", platform=HERE)) as world:
        assert polls.look(world, HERE, "没有人说过的话")["outcome"] == "empty"
        feed = polls.look(world, HERE, way="feed")
        assert feed["outcome"] == "items" and [m["title"] for m in feed["mentions"]] == ["云杉茶饮 漏单"]
        assert polls.look(world, HERE, "没有人说过的话", way="feed")["outcome"] == "empty"
        world.misbehave(HERE, "login")
        blocked = polls.look(world, HERE, way="search")
        assert (blocked["outcome"], blocked["mentions"]) == ("blocked:login", [])
        both = polls.look(world, HERE)
        assert (both["outcome"], [m["title"] for m in both["mentions"]]) == ("blocked:login", ["云杉茶饮 漏单"])
