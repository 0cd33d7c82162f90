import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.health import BACK_OFF, judge_health, wait_after
from records.mention import Mention, Platform
from records.outcome import Outcome, PollRequest, PollResult
from tests.crawlers.conftest import NOW

REQUEST = PollRequest(platform=Platform.WEIBO, brand="云杉茶饮", query="云杉茶饮")
UNSEEN = [o for o in Outcome if not o.saw]


def result(outcome, **changes):
    return PollResult(request=REQUEST, outcome=outcome, started_at=NOW, ended_at=NOW, detail="d", **changes)


def after(*outcomes, minutes=1):
    """Health and changes after polls that ended so, one a minute."""
    health, changes = None, []
    for place, outcome in enumerate(outcomes):
        now = NOW + timedelta(minutes=place * minutes)
        health, change = judge_health(health, result(outcome), brand="云杉茶饮", now=now)
        changes.append(change)
    return health, changes


def test_a_source_that_is_seen():
    mention = Mention(platform=Platform.WEIBO, id="1", collected_at=NOW)
    health, change = judge_health(None, result(Outcome.ITEMS, mentions=(mention,)), brand="b", now=NOW)
    assert change is None and (health.source, health.brand, health.streak, health.mentions_total) == (
        "weibo",
        "b",
        1,
        1,
    )
    assert health.last_good_at == NOW and health.blind_since is None and health.next_try_at is None


@pytest.mark.parametrize("outcome", [o for o in UNSEEN if o not in (Outcome.SUSPECT, Outcome.NETWORK)])
def test_one_block_or_changed_page_is_blind_since_it_was_last_seen(outcome):
    health, changes = after(Outcome.ITEMS, outcome)
    assert changes == [None, "went_blind"] and health.blind_since == NOW and health.last_good_at == NOW
    assert judge_health(None, result(outcome), brand="b", now=NOW)[1] == "went_blind"


@pytest.mark.parametrize("doubt", [Outcome.SUSPECT, Outcome.NETWORK])
def test_three_unproven_looks_in_a_row_are_blind(doubt):
    assert after(Outcome.ITEMS, doubt, doubt)[1] == [None, None, None]
    health, changes = after(Outcome.ITEMS, doubt, doubt, doubt)
    assert changes[-1] == "went_blind" and health.streak == 3
    assert after(doubt, doubt, Outcome.EMPTY, doubt, doubt)[1] == [None] * 5


def test_an_outage_is_told_once_and_a_recovery_ends_it():
    health, changes = after(Outcome.EMPTY, Outcome.BLOCKED_LOGIN, Outcome.BLOCKED_LOGIN, Outcome.SUSPECT, Outcome.EMPTY)
    assert changes == [None, "went_blind", None, None, "recovered"]
    assert health.blind_since is None and health.told_at is None and health.streak == 1


def test_told_at_lasts_as_long_as_the_outage():
    health, _ = after(Outcome.BLOCKED_LOGIN)
    told = replace(health, told_at=NOW)
    still, _ = judge_health(told, result(Outcome.NETWORK), brand="b", now=NOW)
    seen, _ = judge_health(still, result(Outcome.ITEMS), brand="b", now=NOW)
    assert still.told_at == NOW and seen.told_at is None


@given(st.sampled_from(UNSEEN), st.integers(1, 40))
def test_waits_grow_to_a_bound(outcome, streak):
    wait = wait_after(result(outcome), streak).total_seconds()
    assert BACK_OFF[outcome][0] <= wait <= BACK_OFF[outcome][2]
    assert wait <= wait_after(result(outcome), streak + 1).total_seconds()
    assert wait_after(result(outcome), streak, speed=60).total_seconds() == pytest.approx(wait / 60)


def test_waits_by_kind_and_by_what_the_site_asked_for():
    assert after(Outcome.NETWORK)[0].next_try_at == NOW + timedelta(seconds=15)
    assert after(Outcome.NETWORK, Outcome.NETWORK, minutes=0)[0].next_try_at == NOW + timedelta(seconds=30)
    assert wait_after(result(Outcome.BLOCKED_RATE), 2) == timedelta(hours=1)
    asked = result(Outcome.BLOCKED_RATE, retry_after=7200.0)
    assert wait_after(asked, 1, speed=100) == timedelta(hours=2)


@given(st.lists(st.sampled_from(list(Outcome)), max_size=12))
def test_blind_and_well_alternate_and_silence_is_never_calm(outcomes):
    health, changes = after(*outcomes)
    told = [c for c in changes if c]
    assert all(a != b for a, b in itertools.pairwise(told)) and told[:1] in ([], ["went_blind"])
    if health is not None:
        assert (health.blind_since is None) or not health.outcome.saw
        assert (health.next_try_at is None) == health.outcome.saw
