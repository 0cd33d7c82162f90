from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from drill.scenario import Growth, Scenario
from drill.world import World, grown, select_matching, short_count
from records.mention import Platform
from tests.drill.conftest import START


def world(scenario: Scenario, speed: float = 60.0) -> World:
    return World(scenario=scenario, speed=speed, started_at=START)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_posts_appear_at_their_story_time_divided_by_the_speed(small: Scenario) -> None:
    at = world(small)
    assert [len(at.out(START + after(s))) for s in (-1, 0, 0.99, 1, 2, 3, 4, 99)] == [0, 1, 1, 2, 3, 4, 5, 5]
    assert len(world(small, speed=1).out(START + after(59))) == 1
    assert at.all_out_at == START + after(4)
    assert at.ends_at == START + after(10)


def test_the_newest_post_comes_first(small: Scenario) -> None:
    out = world(small).out(START + after(9))
    assert [p.post.at for p in out] == [240, 180, 120, 60, 0]
    assert all(p.post.platform is Platform.WEIBO for p in world(small).out(START + after(9), Platform.WEIBO))


def test_published_times_are_real_times_that_the_ids_agree_with(small: Scenario) -> None:
    truth = world(small).published(START + after(9))
    assert [p.published_at for p in truth] == [START + after(s) for s in range(5)]
    note = truth[3]
    assert note.platform is Platform.XIAOHONGSHU and len(note.id) == 24
    assert int(note.id[:8], 16) == int(note.published_at.timestamp())
    assert note.key == f"xiaohongshu:post:{note.id}"
    assert (note.about_brand, note.complaint, note.crisis) == (True, True, True)
    assert not truth[4].about_brand
    assert truth[0].id.isdigit() and len(truth[0].id) == 16


def test_ids_are_distinct_and_stay_the_same_over_time(shipped: Scenario) -> None:
    at = world(shipped)
    truth = at.published(START + after(60))
    assert len({p.id for p in truth}) == len(shipped.posts)
    early = {p.id for p in at.published(START + after(5))}
    assert early <= {p.id for p in truth}


@given(
    st.integers(0, 10**8),
    st.sampled_from(list(Growth)),
    st.floats(0, 2000),
    st.floats(0, 3000),
    st.floats(0, 3000),
)
def test_figures_never_fall_and_end_at_their_end(end: int, growth: Growth, at: float, one: float, two: float) -> None:
    early, late = sorted((one, two))
    assert 0 <= grown(end, growth, at, early, 2100) <= grown(end, growth, at, late, 2100) <= end
    assert grown(end, growth, at, 2100, 2100) == end
    assert grown(end, growth, at, at, 2100) == 0


def test_growth_kinds_differ_on_the_way() -> None:
    burst, steady, late = (grown(1000, g, 0, 500, 1000) for g in (Growth.BURST, Growth.STEADY, Growth.LATE))
    assert burst > steady > late


def test_search_needs_every_word_in_any_case_and_width(small: Scenario) -> None:
    out = world(small).out(START + after(9))
    assert len(select_matching(out, "雾隐豆花")) == 4
    assert [p.post.author.name for p in select_matching(out, "雾隐豆花 投诉")] == ["城里媒体"]
    assert len(select_matching(out, "雾隐豆花\u3000避雷")) == 1
    assert select_matching(out, "雾隐豆花 星星") == []
    assert select_matching(out, "  ") == []


def test_counts_are_shortened_as_the_platforms_do() -> None:
    assert [short_count(n) for n in (0, 9999, 10_000, 12_399, 4_338_000, 120_000_000)] == [
        0, 9999, "1万", "1.2万", "433.8万", "1.2亿",
    ]  # fmt: skip
