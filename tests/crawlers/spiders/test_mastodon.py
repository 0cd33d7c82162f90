"""Mastodon against its stand-in: tags forward without gaps, the way of the proof, figures, answers, the stream of a tag."""

from __future__ import annotations

import pytest

from drill.identities import MASTODON_HOME, short_id
from records.mention import Platform
from tests.crawlers.standing import Comment, Edit, PollWorker, Standing, post, standing

M = Platform.MASTODON
TOKEN = {"FENGSHENG_MASTODON_TOKEN": "drill-token"}


def texts(result: dict) -> list[str]:
    return [m["text"] for m in result["mentions"]]


def ids(result: dict) -> set[str]:
    return {m["id"] for m in result["mentions"]}


def many(count: int, *, start: float = 0) -> list:
    return [post(f"#云杉茶饮# 第{n}条", platform=M, at=start + n) for n in range(count)]


def target(world: Standing, words: str) -> dict:
    out = next(p for p in world.out(M) if words in p.post.full_text)
    return {"kind": "post", "id": out.id, "url": f"https://{MASTODON_HOME}/@{out.author_id}/{short_id(out.id)}"}


@pytest.fixture(scope="module")
def signed_in():
    worker = PollWorker(TOKEN)
    yield worker
    worker.close()


def test_a_tag_is_read_with_all_its_posts_show(polls: PollWorker) -> None:
    story = post(
        "#云杉茶饮# 有虫 & <b>退款</b>", platform=M, metrics={"likes": 90, "comments": 7, "reposts": 20}, followers=77
    )
    with standing(story, post("无关", platform=M), hours=1) as world:
        result = polls.look(world, M, "#云杉茶饮")
        (truth,) = [p for p in world.out(M) if "云杉" in p.post.text]
    (mention,) = result["mentions"]
    assert (result["outcome"], mention["id"], mention["kind"]) == ("items", truth.id, "post")
    assert mention["text"] == "#云杉茶饮 有虫 & <b>退款</b>" and mention["topics"] == ["云杉茶饮"]
    assert mention["metrics"] == {"reads": None, "likes": 90, "comments": 7, "reposts": 20, "saves": None}
    assert mention["author"]["followers"] == 77 and mention["published_at"] == truth.published_at.isoformat()


def test_polls_go_on_where_the_last_one_ended_and_miss_nothing(polls: PollWorker) -> None:
    with standing(*many(30), *many(200, start=4000)) as world:
        first = polls.look(world, M, "云杉茶饮", pages=1)
        assert (len(first["mentions"]), first["caught_up"]) == (30, False), "one page was all that was allowed"
        world.move(minutes=30)
        seen: set[str] = set()
        cursor, rounds = first["cursor"], []
        for _ in range(6):
            result = polls.look(world, M, "云杉茶饮", cursor=cursor, pages=2)
            seen |= ids(result)
            rounds.append((len(result["mentions"]), result["caught_up"]))
            cursor = result["cursor"]
            if result["caught_up"]:
                break
        assert {p.id for p in world.out(M) if p.post.at >= 4000} <= seen
        assert rounds[0] == (50, False) and rounds[-1][1] is True, rounds
        quiet = polls.look(world, M, "云杉茶饮", cursor=cursor)
        assert (quiet["outcome"], quiet["cursor"], quiet["caught_up"]) == ("empty", cursor, True)
        deep = polls.look(world, M, "云杉茶饮", cursor=cursor, limit=500, pages=20)
        assert deep["outcome"] == "empty", "not a deep pass: it goes on from the cursor"


def test_the_last_minutes_are_read_again_because_posts_arrive_late(polls: PollWorker) -> None:
    late = post("#云杉茶饮# 迟到", platform=M, at=3590, surfaces=3605)
    with standing(
        late, post("#云杉茶饮# 早", platform=M, at=10), post("#云杉茶饮# 准时", platform=M, at=3595)
    ) as world:
        first = polls.look(world, M, "云杉茶饮")
        assert len(first["mentions"]) == 2
        world.move(seconds=10)
        again = polls.look(world, M, "云杉茶饮", cursor=first["cursor"])
    assert sorted(texts(again)) == ["#云杉茶饮 准时", "#云杉茶饮 迟到"]


def test_further_words_narrow_a_tag_on_every_page(polls: PollWorker) -> None:
    with standing(post("#云杉茶饮# 要赔偿", platform=M, at=0), *many(60, start=100)) as world:
        assert texts(polls.look(world, M, "#云杉茶饮 赔偿")) == ["#云杉茶饮 要赔偿"], "it stands on the second page"
        short = polls.look(world, M, "#云杉茶饮 赔偿", pages=1)
        assert (short["outcome"], short["caught_up"]) == ("empty", False)


@pytest.mark.parametrize("kind", ["endless", "repeat"])
def test_pages_that_never_end_are_left(polls: PollWorker, kind: str) -> None:
    with standing(*many(60)) as world:
        world.misbehave(M, kind)
        result = polls.look(world, M, "云杉茶饮", limit=500, pages=20)
    assert result["outcome"] == "items" and result["requests"] <= 5


def test_how_long_to_wait_is_told(polls: PollWorker) -> None:
    with standing(*many(3)) as world:
        world.misbehave(M, "rate")
        result = polls.look(world, M, "云杉茶饮")
    assert (result["outcome"], result["retry_after"]) == ("blocked:rate", 77)


def test_the_control_query_goes_the_way_of_its_poll(make_polls) -> None:
    polls = make_polls()
    with standing(post("#云杉茶饮# 上新", platform=M)) as world:
        world.misbehave(M, "empty")
        blind = polls.look(world, M, "云杉茶饮", control="mastodon")
        assert (blind["outcome"], blind["control"]) == ("suspect", "failed")
        world.misbehave(M, None)
        without = polls.look(world, M, "没人说过", control="mastodon", mode="search")
        assert (without["outcome"], without["control"]) == ("suspect", ""), "search finds nothing without a login"
        by_tag = polls.look(world, M, "没人说过", control="mastodon", tags="没人用的")
        assert (by_tag["outcome"], by_tag["control"]) == ("empty", "passed"), "the control word is a tag, too"
        with_token = make_polls(**TOKEN)
        by_search = with_token.look(world, M, "没人说过", control="mastodon")
        assert (by_search["outcome"], by_search["control"]) == ("empty", "passed")
        assert len(with_token.look(world, M, "上新", control="mastodon")["mentions"]) == 1
        again = with_token.look(world, M, "没人说过", control="mastodon")
        assert (again["outcome"], again["control"]) == ("empty", ""), (
            "a search that found something vouches for a while"
        )


def test_search_pages_back_to_the_end(signed_in: PollWorker) -> None:
    with standing(*many(90)) as world:
        result = signed_in.look(world, M, "云杉茶饮", limit=200)
    assert (len(result["mentions"]), result["caught_up"]) == (90, True)


def test_figures_edits_and_deletions_of_known_posts(polls: PollWorker) -> None:
    story = [
        post("#云杉茶饮# 会改", platform=M, metrics={"likes": 500}, edit=Edit(at=3601, text="#云杉茶饮# 改过")),
        post("#云杉茶饮# 会删", platform=M, at=5, deleted=3601),
    ]
    with standing(*story) as world:
        known = [target(world, "会改"), target(world, "会删")]
        world.move(hours=2)
        result = polls.look(world, M, task="figures", targets=known)
        (mention,) = result["mentions"]
        assert (mention["id"], mention["text"]) == (known[0]["id"], "#云杉茶饮 改过") and mention["edited_at"]
        assert mention["metrics"]["likes"] == world.out(M)[0].metrics["likes"] > 0
        assert result["gone"] == [f"mastodon:post:{known[1]['id']}"]
        alone = polls.look(world, M, task="figures", targets=known[1:])
        assert (alone["outcome"], len(alone["gone"])) == ("empty", 1)
        hidden = {**known[0], "id": "https~stored-as-a-hash"}
        assert [m["id"] for m in polls.look(world, M, task="figures", targets=[hidden])["mentions"]] == [hidden["id"]]
        world.misbehave(M, "down")
        blind = polls.look(world, M, task="figures", targets=known)
        assert (blind["outcome"], blind["gone"]) == ("network", []), "a server that is down deletes nothing"


def test_posts_of_other_instances_are_asked_for_by_what_is_known_of_them(
    polls: PollWorker, signed_in: PollWorker
) -> None:
    far = {"kind": "post", "id": "https://other.invalid/objects/7", "url": "https://other.invalid/notes/7"}
    with standing(post("#云杉茶饮# 甲", platform=M)) as world:
        nowhere = polls.look(world, M, task="figures", targets=[far])
        assert (nowhere["outcome"], nowhere["gone"]) == ("suspect", []), "an unknown kind of server is not guessed at"
        local = short_id(world.out(M)[0].id)
        foreign = {**far, "url": f"https://other.invalid/notes/{local}"}
        found = signed_in.look(world, M, task="figures", targets=[foreign])
    assert found["outcome"] == "items", "with a login the instance resolves the address"


def test_answers_under_a_post(polls: PollWorker) -> None:
    comments = tuple(
        Comment(at=60 * n, author=post("", platform=M, name=f"丙{n}").author, text=f"我也是{n}", likes=n)
        for n in (1, 2)
    )
    with standing(post("#云杉茶饮# 有虫", platform=M, comments=comments), post("#云杉茶饮# 冷清", platform=M)) as world:
        result = polls.look(world, M, task="comments", targets=[target(world, "有虫")])
        root = target(world, "有虫")["id"]
        assert texts(result) == ["我也是2", "我也是1"], "the newest first"
        assert {(m["kind"], m["root_id"], m["parent_id"]) for m in result["mentions"]} == {("comment", root, root)}
        by_address = {**target(world, "有虫"), "id": "named-in-the-config"}
        own = polls.look(world, M, task="comments", targets=[by_address])
        assert {m["root_id"] for m in own["mentions"]} == {root}
        assert polls.look(world, M, task="comments", targets=[target(world, "冷清")])["outcome"] == "empty"


def test_the_stream_tells_new_edited_and_deleted_posts(signed_in: PollWorker) -> None:
    story = [
        post("#云杉茶饮# 会改", platform=M, at=1, edit=Edit(at=3650, text="#云杉茶饮# 改过")),
        post("#云杉茶饮# 会删", platform=M, at=2, deleted=3650),
        post("#云杉茶饮# 新的", platform=M, at=3660),
        post("别的话", platform=M, at=3670),
    ]
    with standing(*story) as world:
        known = signed_in.look(world, M, "云杉茶饮", mode="tag")
        first = signed_in.look(world, M, "云杉茶饮", task="stream", listen=1)
        assert (first["outcome"], first["mentions"]) == ("empty", []), first["detail"]
        world.move(minutes=2)
        result = signed_in.look(world, M, "#云杉茶饮", task="stream", listen=1)
        assert (result["outcome"], sorted(texts(result))) == ("items", ["#云杉茶饮 改过", "#云杉茶饮 新的"]), result[
            "detail"
        ]
        deleted = next(m["id"] for m in known["mentions"] if "会删" in m["text"])
        assert result["gone"] == [f"mastodon:post:{deleted}"]
        short = signed_in.look(world, M, "云杉茶饮", task="stream", listen=60, timeout=2)
        assert (short["outcome"], short["detail"]) == ("empty", "the stream is alive, nobody wrote under the tag")
        world.move(hours=1)
        caught_up = signed_in.look(world, M, "云杉茶饮 新的|没人用的", task="stream", listen=1, cursor=known["cursor"])
    assert texts(caught_up) == ["#云杉茶饮 新的"], "with a cursor, what was missed is read from the timeline first"


def test_a_stream_without_a_token_or_behind_a_wall_is_no_silence(polls: PollWorker, signed_in: PollWorker) -> None:
    with standing(*many(1)) as world:
        refused = polls.look(world, M, task="stream", listen=1)
        assert refused["outcome"] == "blocked:login" and "FENGSHENG_MASTODON_TOKEN" in refused["detail"]
        for kind, outcome in {"login": "blocked:login", "rate": "blocked:rate", "down": "network"}.items():
            world.misbehave(M, kind)
            assert signed_in.look(world, M, task="stream", listen=1)["outcome"] == outcome
