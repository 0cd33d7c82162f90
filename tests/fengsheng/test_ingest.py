"""The way of a mention: scored, stored, counted, detected and attached in one transaction (design 2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fengsheng.ingest import copy_mark, dimensions_of, score_input
from records.mention import Author, Engagement, Mention, Platform, TimePrecision, Verified, replace
from scoring.alert import Level
from storage.results import StoredMention
from tests.fengsheng.builders import (
    BRAND,
    CALM,
    CONFIG,
    HURT,
    LATTE,
    ORDINARY,
    REFUND,
    Crash,
    World,
    at,
    complaints,
    crashing,
    mention,
    open_world,
    whole_database,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made


def counted(world: World, dimension: str = "all", value: str = "", minutes: float = 120) -> tuple[int, int]:
    count = world.store.count(BRAND, dimension, value, at(-24 * 60), at(minutes))
    return count.raw, count.voices


def stored(world: World, key: str) -> StoredMention:
    found = world.store.load_mention(key)
    assert found is not None
    return found


def test_a_complaint_is_stored_with_its_assessment_and_counted_by_every_dimension(world: World) -> None:
    post = mention(1, ORDINARY[0], region="浙江")
    result = world.take([post])
    assert (result.new, result.updated, result.known, result.complaints) == (1, 0, 0, 1)
    judged = stored(world, post.key).assessments[BRAND]
    assert judged.complaint and judged.product == LATTE and judged.rules_version.startswith("default")
    assert dict(dimensions_of(post, judged)) | {"word_group": ""} == {
        "all": "",
        "product": LATTE,
        "category": str(judged.category),
        "problem": judged.problem,
        "region": "浙江",
        "word_group": "",
    }
    for dimension, value in dimensions_of(post, judged):
        assert counted(world, dimension, value) == (1, 1)


def test_praise_is_stored_and_not_counted(world: World) -> None:
    result = world.take([mention(1, CALM)])
    assert (result.new, result.complaints) == (1, 0)
    assert counted(world) == (0, 0) and not world.rows()


def test_the_same_poll_twice_changes_nothing(world: World) -> None:
    posts = [mention(1, HURT), *complaints(3, first=2)]
    world.take(posts, minutes=10)
    before = whole_database(world.store)
    again = world.take([replace(p, collected_at=at(20)) for p in posts], minutes=20)
    assert (again.new, again.updated, again.known) == (0, 0, 4)
    assert not again.alerts and whole_database(world.store) == before


def test_a_mention_of_two_brands_is_judged_and_counted_for_each(tmp_path: Path) -> None:
    rival = "云朵咖啡"
    config = CONFIG.replace("people:", f"  - {{name: {rival}}}\npeople:")
    with open_world(tmp_path, config) as world:
        post = mention(1, f"{BRAND}和{rival}的客服都不理人，退款都不给，太失望了")
        world.take([post, replace(post, brand=rival)])
        assert set(stored(world, post.key).assessments) == {BRAND, rival}
        assert counted(world) == (1, 1)
        assert world.store.count(rival, "all", "", at(-60), at(60)).raw == 1


def test_more_posts_than_a_batch_holds_are_all_taken(world: World) -> None:
    result = world.take([mention(n, CALM + str(n)) for n in range(201)])
    assert result.new == 201


def test_what_the_scorer_reads_of_a_mention() -> None:
    post = mention(
        1,
        "太难喝",
        title="避雷",
        author=Author(id="7", name="大V", followers=10, verified=Verified.PERSONAL),
        metrics=Engagement(reads=5, likes=4, comments=3, reposts=2, saves=1),
        region="上海",
    )
    item = score_input(post)
    assert (item.text, item.author_name, item.verified, item.followers) == ("避雷\n太难喝", "大V", "personal", 10)
    assert (item.reads, item.likes, item.comments, item.reposts, item.saves) == (5, 4, 3, 2, 1)
    assert (item.id, item.brand, item.platform, item.region) == (post.key, BRAND, "weibo", "上海")


# -- voices (D5) -------------------------------------------------------------------------------------------------------


def test_copies_of_the_same_words_by_different_accounts_are_one_voice(world: World) -> None:
    text = f"{ORDINARY[0]}，大家都来看看这家店"
    dressed = [text, f"  {text}！！", text.replace("，", " ，\n"), f"@官方客服 {text}", f"{text} https://t.example/x"]
    world.take([mention(n, words, n) for n, words in enumerate(dressed)])
    assert counted(world) == (5, 1)


def test_one_author_repeating_is_one_voice_also_over_polls(world: World) -> None:
    same = Author(id="9", name="老王", followers=3, verified=Verified.NONE)
    for n, words in enumerate(ORDINARY):
        world.take([mention(n, words, n, author=same)])
    assert counted(world) == (len(ORDINARY), 1)


def test_the_same_account_name_on_two_platforms_is_two_voices(world: World) -> None:
    same = Author(id="9", name="老王")
    world.take(
        [
            mention(1, ORDINARY[0], author=same),
            mention(2, ORDINARY[1], author=same, platform=Platform.XIAOHONGSHU),
        ]
    )
    assert counted(world) == (2, 2)


def test_authors_that_were_not_shown_are_voices_of_their_own(world: World) -> None:
    world.take([mention(n, words, author=Author()) for n, words in enumerate(ORDINARY)])
    assert counted(world) == (len(ORDINARY), len(ORDINARY))


def test_short_words_are_nobodys_copy(world: World) -> None:
    assert copy_mark("太差了！") is None
    assert copy_mark("星河咖啡真的太差了太差了") == copy_mark("【星河咖啡】真的，太差了太差了@路人")
    world.take([mention(n, "星河咖啡太差了") for n in range(3)])
    assert counted(world) == (3, 3)


# -- seen again --------------------------------------------------------------------------------------------------------


def test_a_post_that_grows_may_alert_later(world: World) -> None:
    quiet = mention(1, ORDINARY[0])
    assert not world.take([quiet]).alerts
    grown = replace(quiet, metrics=Engagement(likes=90_000, comments=50_000, reposts=40_000), collected_at=at(30))
    result = world.take([grown])
    assert result.updated == 1 and result.complaints == 0
    assert "D6" in {a.rule for a in result.alerts}
    assert world.only().level >= Level.ORANGE and counted(world) == (1, 1)


def test_a_long_text_that_makes_a_complaint_of_a_mention_is_counted_once(world: World) -> None:
    cut = mention(1, f"{CALM}……")
    assert world.take([cut]).complaints == 0
    whole = replace(cut, text=f"{CALM}，结果喝{LATTE}喝出玻璃，嘴巴割伤流血送医院缝针，要求赔偿", collected_at=at(3))
    result = world.take([whole])
    assert (result.updated, result.complaints) == (1, 1)
    assert counted(world) == (1, 1)
    assert world.only().level is Level.RED and world.store.incident_keys(world.only().id) == [cut.key]
    assert world.take([replace(whole, collected_at=at(9), metrics=Engagement(likes=9))]).complaints == 0
    assert counted(world) == (1, 1)


def test_a_cut_text_on_a_later_list_page_lowers_nothing(world: World) -> None:
    whole = mention(1, HURT)
    world.take([whole])
    before = stored(world, whole.key)
    world.take([replace(whole, text=HURT[:9] + "…", collected_at=at(5))])
    after = stored(world, whole.key)
    assert (after.mention.text, after.assessments) == (before.mention.text, before.assessments)


# -- history (D) -------------------------------------------------------------------------------------------------------


def test_undated_imports_are_history_and_in_no_window(world: World) -> None:
    posts = [replace(p, published_at=None) for p in complaints(15)]
    result = world.take([*posts, mention(99, HURT, published_at=None)], undated_is_history=True)
    assert result.complaints == 16 and counted(world) == (0, 0)
    assert {a.rule for a in result.alerts} <= {"S12", "L", "D6"} and world.rows()
    assert all(row.historic for row in world.rows()) and not world.store.ledger()


def test_undated_posts_of_a_poll_count_by_the_time_they_were_collected(world: World) -> None:
    result = world.take([replace(p, published_at=None) for p in complaints(11)])
    assert [a.rule for a in result.alerts] == ["D2"] and not world.only().historic


# -- one transaction ---------------------------------------------------------------------------------------------------

STEPS = [
    ("save_mentions", 1),
    ("add_complaints", 1),
    ("next_incident_id", 1),
    ("save_playbook", 1),
    ("append_events", 1),
    ("append_events", 2),
    ("save_incident", 1),
    ("save_incident", 2),
    ("save_deadlines", 1),
    ("save_alert", 1),
    ("attach_mentions", 1),
    ("save_button", 1),
    ("queue", 1),
    ("queue", 2),
    ("queue", 3),
]


@pytest.mark.parametrize(("method", "call"), STEPS)
def test_a_crash_at_any_step_leaves_nothing_half(world: World, method: str, call: int) -> None:
    world.take([mention(500, CALM)])
    posts = [mention(1, HURT), *complaints(11, first=2)]
    before = whole_database(world.store)
    with pytest.raises(Crash), crashing(world.store, method, call):
        world.take(posts, minutes=15)
    assert whole_database(world.store) == before
    result = world.take(posts, minutes=16)  # the next poll brings it all again
    assert result.new == 12 and {a.rule for a in result.alerts} >= {"D2", "S12"}
    state = world.only()
    assert (state.raw, state.level) == (12, Level.RED) and len(world.sent()) == 2
    assert world.store.verify_chain().ok


def test_a_batch_that_is_done_stays_done_when_the_next_one_crashes(world: World) -> None:
    posts = [mention(n, f"{CALM}{n}") for n in range(250)]
    with pytest.raises(Crash), crashing(world.store, "save_mentions", 2):
        world.take(posts)
    again = world.take(posts)
    assert (again.known, again.new) == (200, 50)


def test_one_alert_that_cannot_be_written_takes_its_mention_with_it(world: World) -> None:
    with pytest.raises(Crash), crashing(world.store, "append_events"):
        world.take([mention(1, REFUND)])
    assert world.store.load_mention("weibo:post:1") is None and counted(world) == (0, 0)


def test_mentions_without_text_harm_nobody(world: World) -> None:
    strange: list[Mention] = [
        mention(1, ""),
        mention(2, "\u200b"),
        mention(3, "星" * 30_000),
        mention(4, "<b>%s{}'\";--"),
    ]
    assert world.take(strange).new == 4


def test_a_post_that_spreads_fast_scores_higher_when_it_is_seen_again(world: World) -> None:
    """S5: the speed comes from the figures kept of earlier sights."""
    post = mention(1, ORDINARY[0], metrics=Engagement(likes=2, comments=0, reposts=0))
    world.take([post], minutes=10)
    calm = stored(world, post.key).assessments[BRAND]
    grown = replace(post, metrics=Engagement(likes=900, comments=100, reposts=200), collected_at=at(600))
    world.take([grown], minutes=600)
    faster = replace(post, metrics=Engagement(likes=4900, comments=600, reposts=700), collected_at=at(630))
    world.take([faster], minutes=630)
    found = stored(world, post.key)
    assert len(found.history) == 3
    seen = found.assessments[BRAND]
    speed = next(r for r in seen.reasons if r.what == "reactions per hour")
    assert speed.rule == "S5" and speed.evidence.startswith("10000 ")
    assert seen.already_spread > 7.9 > calm.already_spread


def test_a_time_known_to_the_day_says_nothing_of_speed() -> None:
    post = mention(1, ORDINARY[0], time_precision=TimePrecision.DAY)
    assert score_input(post).seen_at is None and score_input(mention(1, ORDINARY[0])).seen_at == at(1)
