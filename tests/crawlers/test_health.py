"""The breaker: one outage is one outage however it shows itself, and it never begins in silence."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.health import (
    BACK_OFF,
    JITTER,
    PROBE_GRACE,
    RELAPSE,
    is_resting,
    judge_breaker,
    make_probe,
    note_look,
    task_of_eye,
    wait_after,
)
from records.mention import Platform
from records.outcome import Outcome, PollRequest, PollResult, Task
from records.source import Breaker
from tests.crawlers.conftest import NOW

BRANDS = ("云杉茶饮", "月光茶饮")
REQUEST = PollRequest(platform=Platform.WEIBO, brand=BRANDS[0], query="云杉茶饮")
FEED = PollRequest(platform=Platform.RSS, brand=BRANDS[0], query="", base_url="https://a.example/f", limit=9)
UNSEEN = [o for o in Outcome if not o.saw]
CERTAIN = [o for o in UNSEEN if o not in (Outcome.SUSPECT, Outcome.NETWORK)]


def result(outcome, *, brand=BRANDS[0], task=Task.SEARCH, request=REQUEST, **changes):
    asked = replace(request, brand=brand, task=task)
    return PollResult(request=asked, outcome=outcome, started_at=NOW, ended_at=NOW, detail="d", **changes)


def after(*outcomes, minutes=24 * 60, **changes):
    """Breaker and changes after polls that ended so, a day (longer than any wait) between two."""
    breaker, changes_seen = None, []
    for place, outcome in enumerate(outcomes):
        ended = outcome if isinstance(outcome, PollResult) else result(outcome, **changes)
        breaker, change = judge_breaker(breaker, ended, now=NOW + timedelta(minutes=place * minutes * 1.2))
        changes_seen.append(change)
    return breaker, changes_seen


@pytest.mark.parametrize("outcome", CERTAIN)
def test_one_block_or_changed_page_is_blind_since_it_was_last_seen(outcome):
    breaker, changes = after(Outcome.ITEMS, outcome)
    assert changes == [None, "went_blind"]
    assert (breaker.is_open, breaker.unseen_since, breaker.outcome) == (True, NOW, outcome)
    first, change = judge_breaker(None, result(outcome), now=NOW)
    assert change == "went_blind" and first.unseen_since == NOW


@pytest.mark.parametrize("doubt", [Outcome.SUSPECT, Outcome.NETWORK])
def test_three_unproven_looks_in_a_row_are_blind(doubt):
    assert after(Outcome.ITEMS, doubt, doubt)[1] == [None, None, None]
    breaker, changes = after(Outcome.ITEMS, doubt, doubt, doubt)
    assert changes[-1] == "went_blind" and breaker.unseen_since == NOW
    assert after(doubt, doubt, Outcome.EMPTY, doubt, doubt)[1] == [None] * 5


def test_looks_that_were_under_way_together_are_one_doubt():
    breaker = None
    for second in range(5):
        at = NOW + timedelta(seconds=second)
        breaker, change = judge_breaker(breaker, result(Outcome.NETWORK), now=at)
        assert change is None and breaker.doubts == 1


def test_a_poll_whose_share_of_the_budget_is_used_up_says_nothing_of_the_source():
    spent = result(Outcome.SUSPECT, caught_up=False)
    assert after(spent, spent, spent, spent)[1] == [None] * 4
    opened, _ = after(Outcome.CHANGED)
    assert judge_breaker(opened, spent, now=opened.next_try_at) == (opened, None)


def test_a_failed_control_query_is_blind_at_once_and_a_failed_connection_is_not():
    assert judge_breaker(None, result(Outcome.SUSPECT, control="failed"), now=NOW)[1] == "went_blind"
    assert judge_breaker(None, result(Outcome.EMPTY, task=Task.CONTROL), now=NOW)[1] == "went_blind"
    assert judge_breaker(None, result(Outcome.EMPTY, control="passed"), now=NOW)[1] is None
    assert judge_breaker(None, result(Outcome.NETWORK, control="failed"), now=NOW)[1] is None


def test_a_probe_closes_the_breaker_or_lengthens_the_wait():
    opened, _ = after(Outcome.BLOCKED_LOGIN)
    again, change = judge_breaker(opened, result(Outcome.BLOCKED_LOGIN, task=Task.CONTROL), now=opened.next_try_at)
    assert change is None and again.tries == 2
    wait = (again.next_try_at - opened.next_try_at).total_seconds()
    assert 1200 <= wait <= 1200 * (1 + JITTER)
    at = again.next_try_at
    well, change = judge_breaker(again, result(Outcome.ITEMS, task=Task.CONTROL), now=at)
    assert change == "recovered"
    assert (well.is_open, well.unseen_since, well.next_try_at, well.closed_at) == (False, None, None, at)


def test_while_it_rests_polls_that_were_under_way_change_nothing_but_the_kind_and_a_longer_wait():
    opened, _ = after(Outcome.BLOCKED_LOGIN)
    soon = NOW + timedelta(seconds=5)
    assert judge_breaker(opened, result(Outcome.ITEMS, brand=BRANDS[1]), now=soon) == (opened, None)
    other, change = judge_breaker(opened, result(Outcome.BLOCKED_RATE, retry_after=7200.0), now=soon)
    assert change is None and (other.outcome, other.tries) == (Outcome.BLOCKED_RATE, 1)
    assert other.next_try_at == soon + timedelta(hours=2)
    shorter, _ = judge_breaker(opened, result(Outcome.BLOCKED_RATE, retry_after=1.0), now=soon)
    assert shorter.next_try_at == opened.next_try_at


def test_a_quick_relapse_waits_longer_than_the_first_failure():
    opened, _ = after(Outcome.CHANGED)
    well, _ = judge_breaker(opened, result(Outcome.ITEMS), now=opened.next_try_at)
    again, change = judge_breaker(well, result(Outcome.CHANGED), now=well.closed_at + timedelta(minutes=5))
    assert change == "went_blind" and again.tries == 2
    late = well.closed_at + RELAPSE + timedelta(minutes=1)
    assert judge_breaker(well, result(Outcome.CHANGED), now=late)[0].tries == 1
    held, _ = judge_breaker(well, result(Outcome.ITEMS), now=well.closed_at + timedelta(minutes=1))
    assert judge_breaker(held, result(Outcome.CHANGED), now=held.closed_at + timedelta(minutes=5))[0].tries == 2


@pytest.mark.parametrize(
    ("task", "outcome", "eye"),
    [
        (Task.SEARCH, Outcome.CHANGED, ""),
        (Task.CONTROL, Outcome.EMPTY, ""),
        (Task.COMMENTS, Outcome.BLOCKED_LOGIN, "comments"),
        (Task.FIGURES, Outcome.CHANGED, "figures"),
        (Task.COMMENTS, Outcome.BLOCKED_RATE, ""),
        (Task.STREAM, Outcome.NETWORK, "stream"),
    ],
)
def test_what_fails_for_one_task_alone_does_not_shut_the_search(task, outcome, eye):
    assert task_of_eye(result(outcome, task=task)) == eye


# -- waits ------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(UNSEEN), st.integers(1, 40), st.text(max_size=5))
def test_waits_grow_to_a_bound_and_the_jitter_is_small_and_repeatable(outcome, streak, seed):
    wait = wait_after(result(outcome), streak).total_seconds()
    assert BACK_OFF[outcome][0] <= wait <= BACK_OFF[outcome][2]
    assert wait <= wait_after(result(outcome), streak + 1).total_seconds()
    assert wait_after(result(outcome), streak, speed=60).total_seconds() == pytest.approx(wait / 60)
    drawn = wait_after(result(outcome), streak, seed=seed)
    assert wait <= drawn.total_seconds() <= wait * (1 + JITTER) + 1e-6
    assert drawn == wait_after(result(outcome), streak, seed=seed)


def test_waits_by_kind_and_by_what_the_site_asked_for():
    assert wait_after(result(Outcome.BLOCKED_RATE), 2) == timedelta(hours=1)
    asked = result(Outcome.BLOCKED_RATE, retry_after=7200.0)
    assert wait_after(asked, 1, speed=100, seed="x") == timedelta(hours=2)
    two = {judge_breaker(None, result(Outcome.CHANGED, request=r), now=NOW)[0].next_try_at for r in (REQUEST, FEED)}
    assert len(two) == 2, "sources that fail in one moment are not tried in one moment"


# -- resting and probing ----------------------------------------------------------------------------------------------


def test_while_open_no_brand_is_polled_and_only_the_probe_passes_when_it_is_due():
    opened, _ = after(Outcome.BLOCKED_LOGIN)
    due = opened.next_try_at
    probe = make_probe(REQUEST)
    polls = [replace(REQUEST, brand=brand, task=task) for brand in BRANDS for task in (Task.SEARCH, Task.COMMENTS)]
    before, late = due - timedelta(seconds=1), due + PROBE_GRACE
    assert all(is_resting(r, [opened], before) for r in (*polls, probe))
    assert not is_resting(probe, [opened], due) and all(is_resting(r, [opened], due) for r in polls)
    assert not any(is_resting(r, [opened], late) for r in polls), "a lost probe does not blind for ever"
    assert not any(is_resting(r, [replace(opened, source="zhihu")], before) for r in polls)
    well, _ = judge_breaker(opened, result(Outcome.ITEMS), now=due)
    assert not any(is_resting(r, [well], due) for r in polls)


def test_an_eye_of_one_task_rests_that_task_alone():
    breaker, _ = after(Outcome.BLOCKED_LOGIN, task=Task.COMMENTS)
    comments = replace(REQUEST, task=Task.COMMENTS)
    assert is_resting(comments, [breaker], NOW) and not is_resting(comments, [breaker], breaker.next_try_at)
    assert not is_resting(REQUEST, [breaker], NOW)


def test_a_doubted_source_rests_a_moment():
    doubted, _ = after(Outcome.NETWORK)
    assert not doubted.is_open and is_resting(REQUEST, [doubted], NOW + timedelta(seconds=14))
    assert not is_resting(REQUEST, [doubted], doubted.next_try_at)


def test_the_probe_is_one_page_of_the_control_query_or_of_the_search():
    probe = make_probe(replace(REQUEST, options=(("pages", "7"), ("way", "html"))))
    assert (probe.task, probe.query, probe.brand) == (Task.CONTROL, "天气", BRANDS[0])
    assert dict(probe.options) == {"pages": "1", "way": "html"}
    plain = make_probe(replace(FEED, cursor="c", deep=True))
    assert (plain.task, plain.base_url, plain.cursor, plain.deep) == (Task.SEARCH, FEED.base_url, None, False)
    assert not is_resting(plain, [after(result(Outcome.GONE, request=FEED))[0]], NOW + timedelta(hours=2))


# -- laws -------------------------------------------------------------------------------------------------------------

looks = st.tuples(
    st.sampled_from(list(Outcome)),
    st.sampled_from(BRANDS),
    st.sampled_from([Task.SEARCH, Task.CONTROL]),
    st.sampled_from(["", "passed", "failed"]),
    st.floats(0, 100_000),
    st.none() | st.floats(0, 90_000),
)


@given(st.lists(looks, max_size=30))
def test_blind_and_well_alternate_over_brands_kinds_and_times(looks):
    breaker, now, told = None, NOW, []
    for outcome, brand, task, control, seconds, asked in looks:
        now += timedelta(seconds=seconds)
        ended = result(outcome, brand=brand, task=task, control=control, retry_after=asked)
        was_open = breaker is not None and breaker.is_open
        breaker, change = judge_breaker(breaker, ended, now=now)
        told += [change] if change else []
        assert (change is not None) == (breaker.is_open != was_open), "an outage neither begins nor ends in silence"
        assert breaker.is_open == (breaker.unseen_since is not None)
        if breaker.is_open:
            assert breaker.next_try_at is not None and breaker.unseen_since <= now
            assert not breaker.outcome.saw
    assert all(a != b for a, b in itertools.pairwise(told)) and told[:1] in ([], ["went_blind"])


@given(st.lists(st.sampled_from(CERTAIN), min_size=1, max_size=10), st.lists(st.sampled_from(BRANDS), max_size=10))
def test_any_certain_failure_begins_an_outage_however_well_it_was_before(kinds, brands):
    for kind, brand in itertools.zip_longest(kinds, brands, fillvalue=BRANDS[0]):
        if isinstance(kind, Outcome):
            assert judge_breaker(Breaker(source="weibo"), result(kind, brand=brand), now=NOW)[1] == "went_blind"


# -- the record of one brand ------------------------------------------------------------------------------------------


def test_what_is_known_of_one_brand():
    health = note_look(None, result(Outcome.ITEMS), new=3, now=NOW)
    assert (health.source, health.brand, health.streak, health.mentions_total) == ("weibo", BRANDS[0], 1, 3)
    assert (health.last_good_at, health.last_new_at, health.control) == (NOW, NOW, "")
    later = NOW + timedelta(minutes=1)
    empty = note_look(health, result(Outcome.EMPTY, control="passed"), new=0, now=later)
    assert (empty.streak, empty.last_good_at, empty.last_new_at) == (2, later, NOW)
    assert (empty.control, empty.control_at) == ("passed", later)
    blocked = note_look(empty, result(Outcome.BLOCKED_RATE), new=0, now=later)
    assert (blocked.streak, blocked.outcome, blocked.last_good_at, blocked.control) == (
        1,
        Outcome.BLOCKED_RATE,
        later,
        "passed",
    )
