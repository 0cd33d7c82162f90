"""Whose turn it is: the square-root rule between floor and ceiling, and a budget that holds in every hour."""

import dataclasses
import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import pace
from crawlers.pace import Budget, Query, choose, due_at, floor_need, room_for_extra, spread

WIDE = Budget(hourly=1_000_000)


def query(key="a", **more):
    return Query(**({"key": key, "rate": 1 / 3600, "fastest": 60.0, "slowest": 1800.0, "last": 0.0} | more))


def turn(queries, budget, now, **more):
    return choose(queries, budget, now, spread(queries, budget), **more)


def test_a_query_with_four_times_the_posts_is_polled_twice_as_often_and_a_dear_one_less():
    queries = [
        query("a", rate=1e-3, fastest=1, slowest=1e9),
        query("b", rate=4e-3, fastest=1, slowest=1e9),
        query("c", rate=4e-3, cost=4.0, fastest=1, slowest=1e9),
    ]
    a, b, c = spread(queries, Budget(hourly=20))
    assert a / b == pytest.approx(2, rel=0.02) and c / b == pytest.approx(2, rel=0.02)
    used = sum(q.cost * 3600 / t for q, t in zip(queries, (a, b, c), strict=True))
    assert used == pytest.approx(20 * (1 - pace.RESERVE), rel=0.03), "all but the reserve is used"


def test_floor_and_ceiling_hold_and_what_they_leave_goes_to_the_others():
    queries = [query("hot", rate=1.0), query("cold", rate=1e-9), query("warm", rate=1e-3)]
    hot, cold, warm = spread(queries, Budget(hourly=100))
    assert (hot, cold) == (60, 1800)
    assert 60 <= warm < 1800 and 3600 / hot + 3600 / cold + 3600 / warm <= 100


def test_a_quiet_query_slows_down_though_the_budget_is_wide():
    busy, quiet = spread([query(rate=10 / 3600), query("b", rate=1 / 86400)], WIDE)
    assert busy == 60 and 200 < quiet < 600


def test_floors_that_do_not_fit_are_stretched_alike():
    queries = [query(str(n)) for n in range(100)]
    assert floor_need(queries) == 200
    every = spread(queries, Budget(hourly=60))
    assert set(every) == {every[0]} and every[0] == pytest.approx(1800 * 200 / 60, rel=0.12)


rates = st.floats(1e-9, 1.0)


@given(st.lists(rates, min_size=1, max_size=8), st.integers(0, 7), st.floats(1, 50), st.integers(5, 2000))
def test_more_arrivals_never_lengthen_the_interval(found, place, factor, hourly):
    place %= len(found)
    before = spread([query(str(n), rate=r) for n, r in enumerate(found)], Budget(hourly=hourly))[place]
    found[place] *= factor
    after = spread([query(str(n), rate=r) for n, r in enumerate(found)], Budget(hourly=hourly))[place]
    assert after <= before * 1.011, "but for the search's own tolerance of one in a hundred"


def test_what_did_not_catch_up_is_followed_at_once_and_growth_soon():
    assert due_at(query(behind=1), 900) == pace.SOON
    assert due_at(query(behind=1, delay=30), 900) == 30, "the site's own delay counts too"
    assert due_at(query(behind=1), 2) == 2, "never later than without"
    assert due_at(query(behind=pace.DEEPER + 1), 900) > 300, "what cannot be reached is given up"
    calm, grew = due_at(query(), 900), due_at(query(new=pace.GREW), 900)
    assert grew == pytest.approx(calm / 2) and grew >= 60
    assert due_at(query(new=500), 60) == 60, "never oftener than the ceiling"


def test_jitter_comes_from_the_seed_and_is_only_early():
    times = {due_at(query(last=1000.0 * n), 900, seed=s) - 1000.0 * n for n in range(20) for s in range(5)}
    assert len(times) > 90 and all(900 * (1 - pace.JITTER) <= t <= 900 for t in times)
    assert due_at(query(), 900, seed=3) == due_at(query(), 900, seed=3)


def test_the_most_overdue_comes_first_and_a_floor_before_all():
    late, later = query("late", last=0.0), query("later", last=-3000.0)
    assert turn([late, later], Budget(hourly=60), 2000).key == "later"
    hot, floored = query("hot", rate=1.0, last=500.0), query("floored", rate=1e-9, last=150.0)
    assert turn([hot, floored], Budget(hourly=60), 2000).key == "floored"
    assert turn([query("a", waits=True)], WIDE, 9999) is None
    assert turn([query("a", last=None, first=500.0)], WIDE, 499) is None
    assert turn([query("a", last=None, first=500.0)], WIDE, 500).key == "a"


def spent(requests, at=1900.0):
    return [(at, requests)]


def test_nobody_takes_the_room_that_the_floors_of_others_need():
    quiet = [query(str(n), rate=1e-9, last=1900.0) for n in range(10)]
    hot = query("hot", rate=1.0, last=1000.0, behind=1)
    assert turn([hot, *quiet], Budget(hourly=60, history=spent(47)), 2000).allowance == 2, "ten polls in half an hour"
    assert turn([hot, *quiet], Budget(hourly=60, history=spent(50)), 2000) is None
    assert turn([hot, *quiet], Budget(hourly=60, history=spent(39), reserved=9), 2000).allowance == 1
    assert turn([hot, *quiet], Budget(hourly=60, history=spent(49, at=-1599.0)), 2000).allowance == 11
    assert turn([hot, *quiet], Budget(hourly=60, history=spent(60, at=-1601.0)), 2000).allowance == 38


def test_after_a_long_sleep_all_floors_are_reached_and_still_all_get_their_turn():
    slept = [query(str(n), last=-90_000.0 * (n + 1)) for n in range(40)]
    first = turn(slept, Budget(hourly=20), 0)
    assert first.key == "39" and first.allowance == 1


def test_polls_of_known_posts_are_sure_of_their_share_while_some_wait():
    hot = query("hot", rate=1.0, last=1500.0)
    waiting = Budget(hourly=60, history=spent(45), extra_waits=True)
    assert turn([hot], waiting, 2000) is None, "the rest is theirs"
    assert room_for_extra([hot], waiting, 2000) == 60 - 45 - 2
    had = Budget(hourly=60, history=spent(45), extra_spent=18, extra_waits=True)
    assert turn([hot], had, 2000).allowance == 14, "they had their share"
    assert turn([hot], Budget(hourly=60, history=spent(45)), 2000).allowance == 14, "nobody waits"


def play(chance, hours, *, hourly, count):
    """Random queries under a random load: what was polled when and for how many requests, polls taking their time."""
    queries = {
        str(n): query(str(n), rate=10 ** chance.uniform(-6, -2), cost=chance.uniform(1, 3), last=None)
        for n in range(count)
    }
    done, running = [], []
    for now in range(0, int(hours * 3600), 15):
        for poll in [r for r in running if r[0] <= now]:
            running.remove(poll)
            end, key, made, _ = poll
            done.append((end, key, made))
            rate = queries[key].rate * chance.choice((0.5, 1, 2, 30 if chance.random() < 0.1 else 1))
            queries[key] = dataclasses.replace(
                queries[key], rate=min(1.0, max(1e-7, rate)), last=float(end), behind=chance.choice((0, 0, 0, 1, 2)),
                new=chance.choice((0, 1, 9)),
            )  # fmt: skip
        recent = sorted((float(end), made) for end, _, made in done if end > now - 3600)
        while True:
            keys = [key for _, key, _, _ in running]
            seen = [dataclasses.replace(q, waits=k in keys) for k, q in queries.items()]
            budget = Budget(hourly=hourly, history=recent, reserved=sum(kept for *_, kept in running))
            chosen = turn(seen, budget, float(now))
            if chosen is None:
                break
            kept = min(chosen.allowance, 9)
            cost = queries[chosen.key].cost * (
                chance.uniform(1, 3) if chance.random() < 0.05 else chance.uniform(0.3, 1)
            )
            running.append((now + chance.randint(1, 120), chosen.key, max(1, min(kept, math.ceil(cost))), kept))
    return queries, done


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 120), st.integers(1, 14))
def test_the_budget_is_never_exceeded_in_any_sliding_hour(seed, hourly, count):
    _, done = play(random.Random(seed), 3, hourly=hourly, count=count)
    # requests are made somewhere between beginning and end of a poll: the end is the latest
    for end, _, _ in done:
        assert sum(made for at, _, made in done if end - 3600 < at <= end) <= hourly


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12))
def test_every_query_is_polled_within_its_floor_where_the_budget_allows_it(seed, count):
    queries, done = play(random.Random(seed), 4, hourly=count * 12, count=count)
    assert floor_need(list(queries.values())) <= count * 12 * pace.ENTITLED
    for key in queries:
        ends = [0, *sorted(at for at, k, _ in done if k == key), 4 * 3600]
        assert max(b - a for a, b in itertools.pairwise(ends)) <= 1800 + 120 + 120, "and its own duration"
