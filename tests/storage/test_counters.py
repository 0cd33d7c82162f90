from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.alert import Count, Dimension
from storage.results import Fact
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, at, fresh, judged, mention

DIMS = [("all", ""), ("product", "拿铁"), ("product", "美式"), ("region", "浙江"), ("problem", "异物")]

facts_strategy = st.lists(
    st.builds(
        lambda key, brand, seconds, voice, dims: Fact(
            key=f"weibo:post:{key}",
            brand=brand,
            minute=T0 + timedelta(seconds=seconds),
            voice=f"v{voice}",
            dims=(("all", ""), *dims),
        ),
        st.integers(0, 30),
        st.sampled_from([BRAND, "月光茶饮"]),
        st.integers(-4000, 12000),
        st.integers(0, 5),
        st.lists(st.sampled_from(DIMS[1:]), max_size=3).map(tuple),
    ),
    max_size=40,
)


def floor(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def brute(facts: list[Fact], brand: str, dim: tuple[str, str], since: datetime, until: datetime) -> list[Fact]:
    first: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        first.setdefault((fact.key, fact.brand), fact)
    return [f for f in first.values() if f.brand == brand and dim in f.dims and since < floor(f.minute) <= until]


@settings(max_examples=50, deadline=None)
@given(facts_strategy, st.integers(-5000, 13000), st.integers(0, 9000), st.randoms(use_true_random=False))
def test_counters_equal_brute_force_in_any_batches(
    facts: list[Fact], start: int, length: int, chance: random.Random
) -> None:
    since, until = T0 + timedelta(seconds=start), T0 + timedelta(seconds=start + length)
    with tempfile.TemporaryDirectory() as folder, fresh(Path(folder)) as store:
        rest = list(facts)
        while rest:
            size = chance.randint(1, len(rest))
            store.add_complaints(rest[:size])
            rest = rest[size:]
        for brand in (BRAND, "月光茶饮"):
            for dim in DIMS:
                meant = brute(facts, brand, dim, since, until)
                exact = store.count(brand, *dim, since, until)
                assert exact == Count(raw=len(meant), voices=len({f.voice for f in meant}))
                upper = store.count_upper(brand, *dim, since, until)
                assert upper.raw == exact.raw
                assert upper.voices == len({(floor(f.minute), f.voice) for f in meant}) >= exact.voices
                assert sorted(store.evidence(brand, *dim, since, until, 99)) == sorted(f.key for f in meant)
                assert store.hourly(brand, *dim, at(-120), at(300)) == hours(
                    brute(facts, brand, dim, at(-121), at(299))
                )


def hours(facts: list[Fact]) -> list[tuple[datetime, int, int]]:
    by_hour: dict[datetime, list[str]] = defaultdict(list)
    for fact in facts:
        by_hour[fact.minute.replace(minute=0, second=0)].append(fact.voice)
    return [(hour, len(voices), len(set(voices))) for hour, voices in sorted(by_hour.items())]


@settings(max_examples=25, deadline=None)
@given(facts_strategy, st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(facts: list[Fact], chance: random.Random) -> None:
    unique = list({(f.key, f.brand): f for f in facts}.values())
    shuffled = chance.sample(unique, len(unique))
    tables = []
    for order in (unique, shuffled):
        with tempfile.TemporaryDirectory() as folder, fresh(Path(folder)) as store:
            store.add_complaints(order)
            views = ("SELECT * FROM counts_view ORDER BY 1, 2, 3, 4", "SELECT * FROM hours_view ORDER BY 1, 2, 3, 4")
            tables.append([[tuple(r) for r in store._rows(view)] for view in views])
    assert tables[0] == tables[1]


def fact(key: str, minute: float = 0, voice: str = "v1", brand: str = BRAND) -> Fact:
    return Fact(key=key, brand=brand, minute=at(minute), voice=voice, dims=(("all", ""), ("product", "拿铁")))


def test_a_complaint_counts_once_per_brand(store: Store) -> None:
    assert store.add_complaints([fact("a"), fact("a"), fact("b")]) == ["a", "b"]
    assert store.add_complaints([fact("a", 30, "v9"), fact("a", brand="月光茶饮")]) == ["a"]
    assert store.count(BRAND, "all", "", at(-60), at(60)) == Count(raw=2, voices=1)
    assert store.count("月光茶饮", Dimension.ALL, "", at(-60), at(60)) == Count(raw=1, voices=1)


def test_windows_leave_out_their_beginning_and_hold_their_end(store: Store) -> None:
    store.add_complaints([fact(f"k{n}", n, f"v{n}") for n in range(61)])
    assert store.count(BRAND, "all", "", at(0), at(60)).raw == 60
    assert store.count(BRAND, "all", "", at(0.7), at(60.7)).raw == 60
    assert store.count(BRAND, "all", "", at(-1), at(0)).raw == 1
    assert store.count("nobody", "all", "", at(0), at(60)) == Count(raw=0, voices=0)


def test_a_failed_batch_counts_nothing(store: Store) -> None:
    try:
        with store.transaction():
            store.add_complaints([fact("a")])
            raise RuntimeError
    except RuntimeError:
        pass
    assert store.count_upper(BRAND, "all", "", at(-60), at(60)) == Count(raw=0, voices=0)
    assert store.add_complaints([fact("a")]) == ["a"]


def test_evidence_is_the_highest_spread_first(store: Store) -> None:
    mentions = [mention(str(n)) for n in range(4)]
    store.save_mentions([judged(m, spread=s) for m, s in zip(mentions, (2.0, 9.0, 5.0, 7.0), strict=True)], now=T0)
    store.add_complaints([fact(m.key) for m in mentions])
    keys = store.evidence(BRAND, "product", "拿铁", at(-60), at(60), 3)
    assert keys == ["weibo:post:1", "weibo:post:3", "weibo:post:2"]


def test_values_of_a_dimension(store: Store) -> None:
    dims = [("浙江", "v1"), ("浙江", "v1"), ("江苏", "v2")]
    store.add_complaints(
        [Fact(key=str(n), brand=BRAND, minute=T0, voice=v, dims=(("region", r),)) for n, (r, v) in enumerate(dims)]
    )
    counts = store.values(BRAND, "region", at(-60), at(60))
    assert counts == [("浙江", Count(raw=2, voices=1)), ("江苏", Count(raw=1, voices=1))]


def test_voices_among_mentions(store: Store) -> None:
    store.add_complaints([fact("a"), fact("b"), fact("c", voice="v2")])
    assert store.voices_among(["a", "b", "c", "x", "a"], BRAND) == Count(raw=4, voices=3)
