"""What polls teach of a query: how fast posts come, what a poll costs, whether it keeps up."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.arrival import PRIOR, Rates, first_rates, learn_cost, learn_rates, note_poll, rates_of
from records.mention import Mention, Platform, TimePrecision
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.query import QueryState
from tests.crawlers.conftest import NOW

REQUEST = PollRequest(platform=Platform.WEIBO, brand="云杉茶饮", query="云杉茶饮")
BEGUN = QueryState(source="weibo", brand="云杉茶饮", task=Task.SEARCH, query="云杉茶饮", planned_at=NOW)


def posts(*minutes):
    return tuple(
        Mention(
            platform=Platform.WEIBO,
            id=str(m),
            text="x",
            collected_at=NOW,
            published_at=NOW + timedelta(minutes=m),
            time_precision=TimePrecision.EXACT,
        )
        for m in minutes
    )


def polled(state, mentions=(), *, at=0, known=(), outcome=None, deep=False, **more):
    request = PollRequest(platform=Platform.WEIBO, brand="云杉茶饮", query="云杉茶饮", deep=deep)
    when = NOW + timedelta(minutes=at)
    result = PollResult(
        request=request,
        outcome=outcome or (Outcome.ITEMS if mentions else Outcome.EMPTY),
        mentions=tuple(mentions),
        started_at=when,
        ended_at=when,
        **({"requests": 1} | more),
    )
    return note_poll(state, result, frozenset(f"weibo:post:{m}" for m in known), when)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(1, 90_000), st.floats(0, 1), st.floats(0, 1))
def test_more_posts_never_lower_the_rate(one, more, seconds, fast, slow):
    before = Rates(fast=fast, slow=slow)
    low, high = learn_rates(before, one, seconds), learn_rates(before, one + more, seconds)
    assert high.fast >= low.fast and high.slow >= low.slow and low.slow >= 0


def test_a_burst_is_felt_at_once_and_fades_within_the_hour_while_the_habit_stays():
    calm = Rates(fast=1 / 3600, slow=1 / 3600)
    burst = learn_rates(calm, 30, 300)
    assert burst.expected > 20 * calm.expected
    after = burst
    for _ in range(12):
        after = learn_rates(after, 0, 300)
    assert after.fast < burst.fast / 20 and after.slow > calm.slow


def test_the_same_posts_in_one_poll_or_in_ten_teach_much_the_same():
    rates = PRIOR
    for _ in range(10):
        rates = learn_rates(rates, 2, 360)
    assert rates.slow == pytest.approx(learn_rates(PRIOR, 20, 3600).slow, rel=0.05)


def test_the_first_look_reads_the_rate_from_the_times_of_its_posts():
    busy = first_rates([60.0 * n for n in range(20)], whole=False)
    assert 20 / 3600 < busy.slow < 20 / 1140
    quiet = first_rates([40_000.0, 200_000.0], whole=True)
    assert quiet.slow < 2 / 86400
    assert first_rates([], whole=True).slow < PRIOR.slow


def test_history_of_a_first_poll_is_no_burst_and_no_gap():
    state = polled(BEGUN, posts(*range(-900, 0, 60)), caught_up=False)
    assert (state.behind, state.new, state.found, state.polls) == (0, 15, 15, 1)
    assert state.last_deep_at == state.last_at == state.last_seen_at == NOW
    assert rates_of(state).expected == pytest.approx(15 / 54_000, rel=0.1)


def test_posts_that_surface_late_are_new_but_say_nothing_about_the_rate():
    state = polled(BEGUN)
    late, fresh = polled(state, posts(-300, -200), at=5), polled(state, posts(1, 4), at=5)
    assert late.new == fresh.new == 2
    assert late.rate_fast < state.rate_fast < fresh.rate_fast


def test_a_poll_is_behind_until_it_reaches_what_is_known():
    state = polled(BEGUN, posts(-1))
    state = polled(state, posts(9, 8, 7), at=10, caught_up=False)
    assert state.behind == 1
    ended = polled(state, posts(11, 9, 8, 7), at=12, known=(9, 8, 7), caught_up=False)
    assert ended.behind == 0, "it ended among known posts"
    assert polled(state, posts(11, 10, 9), at=12, known=(9,), caught_up=False).behind == 2, (
        "one may stand there by chance"
    )
    deeper = polled(state, posts(11, 9, 8, 7, 6, 5, 4, 3, 2), at=12, known=(9, 8, 7), caught_up=False, deep=True)
    assert deeper.behind == 2, "known posts above the gap prove nothing"
    assert polled(deeper, posts(12, 2, 1, -1), at=14, known=(2, 1, -1), caught_up=False, deep=True).behind == 0
    assert polled(deeper, (), at=15).behind == 0


def test_a_flood_that_cuts_a_poll_off_is_measured_over_what_was_read():
    state = polled(BEGUN, posts(-1))
    whole = polled(state, posts(*range(1, 21)), at=60)
    cut = polled(state, posts(*range(41, 61)), at=60, caught_up=False)
    assert cut.rate_fast > 1.5 * whole.rate_fast


def test_a_poll_that_saw_nothing_teaches_nothing_and_keeps_the_place():
    state = polled(BEGUN, posts(-1), cursor="c1")
    blocked = polled(state, at=30, outcome=Outcome.BLOCKED_RATE, cursor=None, requests=3)
    assert (blocked.rate_fast, blocked.rate_slow, blocked.last_seen_at) == (state.rate_fast, state.rate_slow, NOW)
    assert blocked.cursor == "c1" and blocked.last_at == NOW + timedelta(minutes=30)
    assert blocked.cost == learn_cost(1.0, 3, 1) == pytest.approx(1.4)
