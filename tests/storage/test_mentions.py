from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from records.mention import Author, Engagement, Kind, Media, Mention, Platform, TimePrecision, Verified, replace
from scoring.assessment import Risk
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, assessment, at, fresh, judged, mention, raw_bytes

FULL = mention(
    "5127468350000001",
    platform=Platform.XIAOHONGSHU,
    kind=Kind.COMMENT,
    url="https://www.xiaohongshu.com/explore/65f0",
    author=Author(id="m1", name="星闻周刊", followers=2_000_000, verified=Verified.MEDIA),
    title="轻享拿铁翻车了",
    time_precision=TimePrecision.HOUR,
    edited_at=at(2),
    metrics=Engagement(reads=12000, likes=0, comments=None, reposts=4, saves=1, approximate=frozenset({"reads"})),
    region="浙江",
    media=frozenset({Media.VIDEO, Media.IMAGE}),
    topics=("维权", "星河 咖啡"),
    parent_id="p",
    root_id="r",
)


def test_everything_a_platform_showed_comes_back(store: Store) -> None:
    given = assessment(FULL.key)
    saved = store.save_mentions([(FULL, given)], now=at(6))
    assert [(s.key, s.brand, s.state) for s in saved] == [(FULL.key, BRAND, "new")]
    stored = store.load_mention(FULL.key)
    assert stored is not None
    assert stored.mention == FULL
    assert stored.assessments == {BRAND: given}
    assert stored.stored_at == at(6)
    assert stored.history == ((at(5), FULL.metrics),)
    assert store.load_mention("weibo:post:none") is None


def test_unknown_stays_unknown_and_zero_stays_zero(store: Store) -> None:
    bare = Mention(platform=Platform.RSS, id="1", collected_at=T0, metrics=Engagement(likes=0))
    store.save_mentions([judged(bare)], now=T0)
    stored = store.load_mention(bare.key)
    assert stored is not None
    assert stored.mention == bare
    assert stored.author_hash is None


def test_saving_again_changes_nothing(store: Store) -> None:
    items = [judged(mention("1")), judged(FULL)]
    store.save_mentions(items, now=at(6))
    before = list(store._conn.iterdump())
    again = store.save_mentions(items * 2, now=at(60))
    assert {s.state for s in again} == {"known"}
    assert list(store._conn.iterdump()) == before


def test_same_mention_twice_in_one_batch_is_one(store: Store) -> None:
    saved = store.save_mentions([judged(mention("1"))] * 2, now=T0)
    assert [s.state for s in saved] == ["new", "known"]
    assert store.count_mentions() == 1


def test_new_is_per_brand(store: Store) -> None:
    store.save_mentions([judged(mention("1"))], now=T0)
    saved = store.save_mentions([judged(mention("1"), brand="月光茶饮")], now=T0)
    assert saved[0].state == "new"
    assert store.known_keys(["weibo:post:1", "weibo:post:2"], "月光茶饮") == {"weibo:post:1"}
    assert store.known_keys(["weibo:post:1"], "别家") == set()
    stored = store.load_mention("weibo:post:1")
    assert stored is not None
    assert set(stored.assessments) == {BRAND, "月光茶饮"}


def test_figures_make_a_time_series_only_when_they_change(store: Store) -> None:
    first = mention("1", metrics=Engagement(likes=3, reads=100))
    store.save_mentions([judged(first)], now=at(5))
    same = replace(first, collected_at=at(10))
    grown = replace(first, collected_at=at(15), metrics=Engagement(likes=900))
    assert store.save_mentions([judged(same)], now=at(10))[0].state == "known"
    assert store.save_mentions([judged(grown)], now=at(15))[0].state == "updated"
    stored = store.load_mention(first.key)
    assert stored is not None
    merged = Engagement(likes=900, reads=100)  # reads were not told this time: what is known stays
    assert stored.mention.metrics == merged
    assert stored.history == ((at(5), first.metrics), (at(15), merged))


def test_a_late_sight_fills_the_series_but_not_the_present(store: Store) -> None:
    first = mention("1", collected_at=at(30), metrics=Engagement(likes=50))
    late = replace(first, collected_at=at(10), metrics=Engagement(likes=7))
    store.save_mentions([judged(first)], now=at(30))
    store.save_mentions([judged(late)], now=at(31))
    store.save_mentions([judged(late)], now=at(32))
    stored = store.load_mention(first.key)
    assert stored is not None
    assert stored.mention.metrics.likes == 50
    assert [(t, e.likes) for t, e in stored.history] == [(at(10), 7), (at(30), 50)]


def test_edited_text_is_kept_as_evidence_with_hash_and_time(store: Store) -> None:
    first = mention("1", "喝出异物，店员骂人")
    edited = replace(first, text="已经和店家和解", collected_at=at(60))
    store.save_mentions([judged(first)], now=at(5))
    assert store.save_mentions([judged(edited)], now=at(61))[0].state == "updated"
    stored = store.load_mention(first.key)
    assert stored is not None
    assert stored.mention.text == "已经和店家和解"
    (earlier,) = stored.earlier_texts
    assert (earlier.text, earlier.seen_at, earlier.replaced_at) == ("喝出异物，店员骂人", at(5), at(61))
    assert earlier.sha256 == hashlib.sha256("喝出异物，店员骂人".encode()).hexdigest()
    assert [m.key for m in store.search("和解")] == [first.key]
    assert store.search("骂人") == []


def test_an_older_wording_that_arrives_late_is_evidence_too(store: Store) -> None:
    now = mention("1", "已经和解", collected_at=at(60))
    store.save_mentions([judged(now)], now=at(60))
    late = judged(replace(now, text="店员骂人", collected_at=at(5)))
    assert store.save_mentions([late], now=at(61))[0].state == "updated"
    assert store.save_mentions([late], now=at(62))[0].state == "known"
    stored = store.load_mention(now.key)
    assert stored is not None
    assert stored.mention.text == "已经和解"
    assert [t.text for t in stored.earlier_texts] == ["店员骂人"]


@pytest.mark.parametrize("cut", ["喝出异物，店员…", "喝出异物，店员...全文", "喝出异物，店员 ...", ""])
def test_a_cut_text_on_a_list_page_is_no_edit_and_keeps_the_assessment(store: Store, cut: str) -> None:
    whole = mention("1", "喝出异物，店员骂人，拒绝退款")
    store.save_mentions([judged(whole)], now=at(5))
    seen = replace(whole, text=cut, collected_at=at(9), metrics=Engagement(likes=99, comments=1))
    assert store.fill_known([seen])[0].text == whole.text
    assert store.save_mentions([judged(seen, level=Risk.NONE)], now=at(9))[0].state == "updated"
    stored = store.load_mention(whole.key)
    assert stored is not None
    assert (stored.mention.text, stored.mention.metrics.likes) == (whole.text, 99)
    assert stored.assessments[BRAND].level is Risk.MEDIUM
    assert stored.earlier_texts == ()


def test_the_whole_text_after_a_cut_one_is_no_edit_either(store: Store) -> None:
    whole = mention("1", "喝出异物，店员骂人，拒绝退款", collected_at=at(9))
    store.save_mentions([judged(replace(whole, text="喝出异物，店员…", collected_at=at(5)))], now=at(5))
    store.save_mentions([judged(whole, level=Risk.HIGH)], now=at(9))
    stored = store.load_mention(whole.key)
    assert stored is not None
    assert stored.mention.text == whole.text
    assert stored.assessments[BRAND].level is Risk.HIGH
    assert stored.earlier_texts == ()


def test_the_more_precise_publication_time_stays(store: Store) -> None:
    rough = mention("1", published_at=at(-60), time_precision=TimePrecision.HOUR)
    store.save_mentions([judged(rough)], now=at(5))
    store.save_mentions([judged(replace(rough, published_at=at(-55), collected_at=at(10)))], now=at(10))
    stored = store.load_mention(rough.key)
    assert stored is not None
    assert stored.mention.published_at == at(-60)
    exact = replace(rough, published_at=at(-58), time_precision=TimePrecision.EXACT, collected_at=at(15))
    store.save_mentions([judged(exact)], now=at(15))
    stored = store.load_mention(rough.key)
    assert stored is not None
    assert (stored.mention.published_at, stored.mention.time_precision) == (at(-58), TimePrecision.EXACT)


def test_a_new_assessment_replaces_the_old(store: Store) -> None:
    store.save_mentions([judged(mention("1"))], now=T0)
    assert store.save_mentions([judged(mention("1"), level=Risk.HIGH)], now=T0)[0].state == "updated"
    stored = store.load_mention("weibo:post:1")
    assert stored is not None
    assert stored.assessments[BRAND].level is Risk.HIGH


@pytest.mark.parametrize("verified", [Verified.NONE, Verified.UNKNOWN])
def test_ordinary_authors_leave_no_id_name_or_handle_in_the_database(tmp_path: Path, verified: Verified) -> None:
    author = Author(id="7340021987", name="小鱼爱喝咖啡", followers=77, verified=verified)
    with fresh(tmp_path) as store:
        posts = [
            mention("1", author=author, url="https://weibo.com/7340021987/Nabc"),
            mention(
                "2", author=author, url="https://example.org/%E5%B0%8F%E9%B1%BC%E7%88%B1%E5%96%9D%E5%92%96%E5%95%A1/2"
            ),
            mention("3", author=author, platform=Platform.MASTODON, url="https://m.example/@littlefish/3"),
            mention(
                "at://did:plc:fishfishfish/app.bsky.feed.post/3k",
                author=Author(id="did:plc:fishfishfish", name="小鱼爱喝咖啡", verified=verified),
                platform=Platform.BLUESKY,
                url="https://bsky.app/profile/littlefish.bsky.social/post/3k",
                parent_id="at://did:plc:otherfish/app.bsky.feed.post/3a",
            ),
        ]
        store.save_mentions([judged(m) for m in store.fill_known(posts)], now=T0)
        store.save_mentions([judged(replace(m, collected_at=at(50), text="改了")) for m in posts], now=at(50))
        found = [m.mention for m in store.search("", limit=9)]
        assert sorted(m.url or "" for m in found) == sorted(
            m.url or "" for m in posts
        )  # whoever holds the key reads them
        assert {m.author for m in found if m.platform is Platform.WEIBO} == {Author(followers=77, verified=verified)}
        hashes = {m.author_hash for m in store.search("", platform="weibo")}
        assert hashes == {store.author_hash("weibo", author)}
        assert store.author_hash("bluesky", author) not in hashes
        raw = raw_bytes(tmp_path)
        for trace in ("7340021987", "小鱼爱喝咖啡", "littlefish", "fishfishfish", "otherfish", "%E5%B0%8F"):
            assert trace.encode() not in raw, trace
    assert b"7340021987" not in raw_bytes(tmp_path)


def test_bluesky_posts_keep_one_key_however_often_they_are_masked(store: Store) -> None:
    post = mention("at://did:plc:fishfishfish/app.bsky.feed.post/3k", platform=Platform.BLUESKY)
    (once,) = store.fill_known([post])
    assert store.fill_known([once])[0].key == once.key
    assert store.save_mentions([judged(post)], now=T0)[0].key == once.key
    assert store.known_keys([once.key], BRAND) == {once.key}


def test_public_accounts_keep_their_name_until_the_badge_is_gone(store: Store) -> None:
    store.save_mentions([judged(FULL)], now=T0)
    unsaid = replace(FULL, author=Author(id="m1", name="星闻周刊"), collected_at=at(7))
    store.save_mentions([judged(unsaid)], now=T0)
    stored = store.load_mention(FULL.key)
    assert stored is not None
    assert stored.mention.author.name == "星闻周刊"
    gone = replace(unsaid, author=Author(id="m1", name="星闻周刊", verified=Verified.NONE), collected_at=at(8))
    store.save_mentions([judged(gone)], now=T0)
    stored = store.load_mention(FULL.key)
    assert stored is not None
    assert stored.mention.author == Author(followers=2_000_000, verified=Verified.NONE)


def test_broken_characters_do_not_stop_a_batch(store: Store) -> None:
    bad = mention("1", "半个表情\ud83d 退款\0尾巴")
    store.save_mentions([judged(bad), judged(mention("2"))], now=T0)
    stored = store.load_mention(bad.key)
    assert stored is not None
    assert stored.mention.text == "半个表情? 退款\0尾巴"
    assert {m.mention.id for m in store.search("退款")} == {"1", "2"}
    assert [m.mention.id for m in store.search("尾巴")] == ["1"]


def test_analyst_views_have_plain_columns(store: Store) -> None:
    store.save_mentions([judged(mention("1")), judged(FULL)], now=T0)
    row = store._row("SELECT * FROM mentions_view WHERE mention = 'weibo:post:1'")
    assert row is not None
    assert (row["brand"], row["level"], row["spread"], row["likes"]) == (BRAND, "medium", 4.4, 3)
    (rule, words) = store._row("SELECT rule, evidence FROM reasons_view ORDER BY rule LIMIT 1")  # type: ignore[misc]
    assert (rule, words) == ("S1", "要求退款")
    names = [r["name"] for r in store._rows("SELECT name FROM sqlite_master WHERE type = 'view'")]
    assert {"mentions_view", "incidents_view", "events_view", "handling_view"} <= set(names)
    for name in names:
        store._rows(f"SELECT * FROM {name}")


def test_the_last_figures_of_several_posts_at_once(store: Store) -> None:
    first, second = mention("1", metrics=Engagement(likes=1)), mention("2", metrics=Engagement(likes=7, reads=90))
    store.save_mentions([judged(first), judged(second)], now=at(1))
    for minute in range(6, 11):
        seen = replace(first, metrics=Engagement(likes=minute), collected_at=at(minute))
        store.save_mentions([judged(seen)], now=at(minute))
    found = store.load_histories([first.key, second.key, "weibo:post:none"], last=3)
    assert [figures.likes for _, figures in found[first.key]] == [8, 9, 10]
    assert [(figures.likes, figures.reads) for _, figures in found[second.key]] == [(7, 90)]
    assert set(found) == {first.key, second.key}
    assert [moment for moment, _ in found[first.key]] == [at(8), at(9), at(10)]
    assert store.load_histories([]) == {}
