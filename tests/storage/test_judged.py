"""The quick way over the whole history: mentions with what they were judged to be."""

from __future__ import annotations

from scoring.assessment import Risk
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, assessment, at, judged, mention


def test_verdicts_are_those_of_the_stored_assessments_oldest_first(store: Store) -> None:
    late = judged(mention("b", published_at=at(9)), level=Risk.NONE, target="none")
    store.save_mentions([late, judged(mention("a"), rules_version="r2")], now=T0)
    store.save_mentions(
        [(mention("a", brand="云朵咖啡"), assessment("weibo:post:a", brand="云朵咖啡", level=Risk.HIGH))], now=T0
    )
    first, second = store.iter_judged()
    assert (first.mention.id, second.mention.id) == ("a", "b")
    assert first.verdicts == {BRAND: (True, Risk.MEDIUM, "r2"), "云朵咖啡": (True, Risk.HIGH, "default@1")}
    assert second.verdicts == {BRAND: (False, Risk.NONE, "default@1")}
    whole = {stored.key: stored for stored in store.iter_mentions()}
    for one in (first, second):
        stored = whole[one.mention.key]
        assert (one.mention, one.author_hash) == (stored.mention, stored.author_hash)
        assert all(verdict.complaint is stored.assessments[b].complaint for b, verdict in one.verdicts.items())


def test_brand_and_span_narrow_it_and_long_histories_come_whole(store: Store) -> None:
    store.save_mentions([judged(mention(str(n), published_at=at(n))) for n in range(450)], now=T0)
    assert [j.mention.id for j in store.iter_judged()] == [str(n) for n in range(450)]
    assert [j.mention.id for j in store.iter_judged(since=at(3), until=at(5))] == ["3", "4"]
    assert list(store.iter_judged(brand="云朵咖啡")) == []
