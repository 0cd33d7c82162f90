"""Mentions to JSON and back; whatever stands in a record is a mention or one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import BadRecord
from records.mention import (
    Author,
    Engagement,
    Kind,
    Media,
    Mention,
    Platform,
    TimePrecision,
    Verified,
    clean_unicode,
    mention_from_json,
    mention_to_json,
)

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

counts = st.none() | st.integers(0, 10**12)
line = st.text(alphabet="ab中文 1,", max_size=12).map(str.strip)
some = line.filter(bool)
maybe = st.none() | some
times = st.datetimes(datetime(2009, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
mentions = st.builds(
    Mention,
    platform=st.sampled_from(Platform),
    kind=st.sampled_from(Kind),
    id=some,
    url=maybe,
    author=st.builds(Author, id=maybe, name=maybe, followers=counts, verified=st.sampled_from(Verified)),
    title=maybe,
    text=some,
    published_at=times,
    time_precision=st.sampled_from(TimePrecision),
    edited_at=st.none() | times,
    collected_at=times,
    metrics=st.builds(Engagement, reads=counts, likes=counts, comments=counts, reposts=counts, saves=counts),
    region=maybe,
    media=st.frozensets(st.sampled_from(Media)),
    topics=st.lists(st.sampled_from(["茶", "b c"]), max_size=2).map(tuple),
    parent_id=maybe,
    root_id=maybe,
    brand=maybe,
    query=maybe,
)


@given(mentions)
def test_to_json_and_back_is_the_same_mention(mention: Mention) -> None:
    assert mention_from_json(mention_to_json(mention), collected_at=NOW) == mention


def read(**record: Any) -> Mention:
    return mention_from_json({"id": "1", "text": "t", **record}, collected_at=NOW)


def test_unknown_is_none_and_zero_is_zero() -> None:
    mention = read(metrics={"likes": 0, "reads": None, "comments": ""}, author={"followers": 0})
    assert (mention.metrics.likes, mention.metrics.reads, mention.metrics.comments) == (0, None, None)
    assert (mention.author.followers, mention.published_at, mention.collected_at) == (0, None, NOW)
    assert mention.time_precision is TimePrecision.UNKNOWN
    assert mention.happened_at == NOW


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ("2026-11-20T12:00:00+08:00", NOW),
        ("2026/11/20 12:00:00+08:00", NOW),
        ("2026-11-20T04:00:00Z", NOW),
        (1795147200, NOW),
        (1795147200.0, NOW),
        ("1795147200000", NOW),
        (1795147200000.0, NOW),
        (datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=8))), NOW),
    ],
)
def test_times(shown: Any, wanted: datetime) -> None:
    assert read(published_at=shown).published_at == wanted


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"text": ""}, "text is missing"),
        ({"text": None}, "text is missing"),
        ({"text": ["a"]}, "text is list: text is accepted"),
        ({"text": True}, "text is bool"),
        ({"id": ""}, "id is missing"),
        ({"id": {"a": 1}}, "id is dict"),
        ({"author": "林"}, "author is str: an object is accepted"),
        ({"metrics": [1]}, "metrics is list: an object is accepted"),
        ({"metrics": {"likes": -1}}, "metrics.likes is -1: a whole number of 0 or more, or null, is accepted"),
        ({"metrics": {"likes": 1.5}}, "metrics.likes is 1.5"),
        ({"metrics": {"likes": float("nan")}}, "metrics.likes is nan"),
        ({"metrics": {"likes": float("inf")}}, "metrics.likes is inf"),
        ({"metrics": {"likes": True}}, "metrics.likes is True"),
        ({"metrics": {"likes": "many"}}, "metrics.likes is 'many'"),
        ({"author": {"followers": [1]}}, "author.followers is"),
        ({"author": {"verified": "gold"}}, "author.verified is 'gold': accepted are none, personal"),
        ({"platform": "myspace"}, "platform is 'myspace': accepted are weibo"),
        ({"kind": "note"}, "kind is 'note': accepted are post"),
        ({"published_at": "yesterday"}, "published_at is 'yesterday': ISO 8601"),
        ({"published_at": "2026-11-20 12:00"}, "without a time zone: add an offset such as +08:00"),
        ({"published_at": "0001-01-01T00:00:00+08:00"}, "a year from 2 to 9998 is accepted"),
        ({"published_at": "9999-12-31T23:59:59-08:00"}, "a year from 2 to 9998 is accepted"),
        ({"published_at": True}, "published_at is True"),
        ({"media": ["hologram"]}, "media is 'hologram': accepted are image"),
        ({"media": 5}, "media is 5: a list of image, video"),
        ({"media": {"image": 1}}, "media is"),
        ({"topics": 7}, "topics is int: a list of hashtags"),
        ({"topics": [{}]}, "topics is list"),
        ({"time_precision": "nano", "published_at": 1795147200}, "time_precision is 'nano'"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(record: dict[str, Any], what: str) -> None:
    with pytest.raises(BadRecord) as caught:
        read(**record)
    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("record", "media"),
    [({"has_media": True}, {"image"}), ({"has_media": 1}, {"image"}), ({"has_media": "true"}, {"image"}),
     ({"has_media": False}, set()), ({"has_media": 0}, set()), ({"has_media": "no"}, set()), ({"has_media": ""}, set()),
     ({"media": "image, video|live"}, {"image", "video", "live"}), ({"media": ["Video"]}, {"video"}), ({"media": []}, set())],
)  # fmt: skip
def test_media(record: dict[str, Any], media: set[str]) -> None:
    assert {str(m) for m in read(**record).media} == media


def test_topics_of_one_text_are_no_letters() -> None:
    assert read(topics="奶茶, #喝出异物#；澄川").topics == ("奶茶", "喝出异物", "澄川")
    assert read(topics=["#a#", "", 5]).topics == ("a", "5")
    assert read(topics=None).topics == ()


def test_a_record_without_words_is_read_where_none_are_needed() -> None:
    mention = mention_from_json({"id": 7, "text": ""}, collected_at=NOW, needs_text=False)
    assert (mention.id, mention.text, mention.full_text) == ("7", "", "")


def test_title_and_text_together() -> None:
    assert read(title="标题").full_text == "标题\nt"
    assert read(title="t").full_text == "t"
    assert read(title="标题", text="").full_text == "标题"


@given(st.text())
def test_clean_text_can_be_stored_and_cleaning_twice_changes_nothing(text: str) -> None:
    clean = clean_unicode(text)
    clean.encode("utf-8")
    assert "\x00" not in clean
    assert clean_unicode(clean) == clean


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "likes", "followers"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
NAMES = "id text title author metrics platform kind published_at collected_at media has_media topics region".split()


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_any_record_is_a_mention_or_one_sentence(record: dict[str, Any]) -> None:
    try:
        mention = mention_from_json(record, collected_at=NOW)
    except BadRecord:
        return
    assert mention.id and (mention.text or mention.title)
    assert mention.published_at is None or mention.published_at.tzinfo is not None
