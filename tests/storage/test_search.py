from __future__ import annotations

import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.mention import Author, Platform, Verified, replace
from scoring.assessment import Category, Risk
from storage import grams
from storage.grams import fold, parse_query
from storage.sqlite import Store
from tests.storage.samples import BRAND, T0, assessment, at, fresh, judged, mention


def found(store: Store, query: str, **filters: object) -> list[str]:
    return [m.mention.id for m in store.search(query, **filters)]  # type: ignore[arg-type]


def keep(store: Store, **texts: str) -> None:
    store.save_mentions([judged(mention(id, text)) for id, text in texts.items()], now=T0)


def test_one_and_two_character_words_pieces_and_mixed_words(store: Store) -> None:
    keep(store, a="要求退款，客服不理", b="Galaxy轻享拿铁Latte2号", c="今天天气好")
    assert found(store, "退款") == ["a"]
    assert found(store, "客服") == ["a"]
    assert found(store, "款") == ["a"]
    assert found(store, "享拿铁Lat") == ["b"]
    assert found(store, "galaxy轻") == ["b"]
    assert found(store, "atte2号") == ["b"]
    assert found(store, "理") == ["a"]  # the last character of a text
    assert found(store, "款退") == []
    assert found(store, "好今") == []


def test_case_and_width_make_no_difference(store: Store) -> None:
    keep(store, a="ＡＰＰ登录不了！", b="app登录不了!", c="Ｉphone１５ ㈱ ﬁx", d="e\u0301clair", e="退\u200b款")
    assert sorted(found(store, "App登录不了!")) == ["a", "b"]
    assert found(store, "iPhone15") == ["c"]
    assert found(store, "fix") == ["c"]
    assert found(store, "(株)") == ["c"]
    assert found(store, "éclair") == ["d"]
    assert found(store, "退款") == ["e"]  # an invisible character does not hide a word


def test_all_words_must_occur_and_phrases_stay_together(store: Store) -> None:
    keep(
        store,
        a="退款 太慢了",
        b="太慢了，但是退款了",
        c="退款了",
        d="bad coffee",
        e="coffee is bad",
        f="a bad\n coffee",
    )
    assert sorted(found(store, "退款 太慢")) == ["a", "b"]
    assert sorted(found(store, "退款\u3000太慢")) == ["a", "b"]
    assert sorted(found(store, '"bad coffee"')) == ["d", "f"]
    assert sorted(found(store, "“bad coffee”")) == ["d", "f"]
    assert sorted(found(store, "bad coffee")) == ["d", "e", "f"]


def test_titles_are_searched_but_do_not_run_into_the_text(store: Store) -> None:
    store.save_mentions([judged(mention("1", "款项", title="要求退"))], now=T0)
    assert found(store, "求退") == ["1"]
    assert found(store, "求退 款项") == ["1"]
    assert found(store, "退款") == []


HOSTILE = [
    '"',
    '""',
    '"unclosed',
    "AND",
    "a OR b",
    "NOT x",
    "NEAR(a b)",
    "words:退款",
    "退*",
    "^退",
    "(",
    ")",
    "-退款",
    "'; DROP TABLE mentions; --",
    "%' OR 1=1 --",
    "\\",
    "{退}",
    "a+b",
    "\0",
    "😀",
    "\ud83d",
    "“",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_search_syntax_and_sql_are_ordinary_characters(store: Store, query: str) -> None:
    keep(store, hit=f"前文{query.encode('utf-8', 'replace').decode()}后文", miss="无关")
    ids = found(store, query)
    if query.strip('"'):
        expected = {"hit"} if query != "\ud83d" else set()
        assert set(ids) == expected
    assert store.count_mentions() == 2
    assert store.verify_chain().ok


def test_a_star_is_no_wildcard(store: Store) -> None:
    keep(store, a="退款", b="退*款")
    assert found(store, "退*") == ["b"]


def test_filters_and_newest_first(store: Store) -> None:
    items = [judged(mention(str(n), "退款", published_at=at(n)), level=Risk.LOW) for n in range(6)]
    other = mention("x", "退款", platform=Platform.ZHIHU, published_at=at(9))
    high = assessment(other.key, brand="月光茶饮", level=Risk.HIGH, category=Category.SAFETY)
    store.save_mentions([*items, (other, high), (other, assessment(other.key, level=Risk.LOW))], now=T0)
    assert found(store, "退款") == ["x", "5", "4", "3", "2", "1", "0"]
    assert found(store, "退款", limit=2, offset=1) == ["5", "4"]
    assert found(store, "", limit=2, offset=1) == ["5", "4"]
    assert found(store, "退款", since=at(1), until=at(3)) == ["2", "1"]
    assert found(store, "退款", platform="zhihu") == ["x"]
    assert found(store, "退款", level="high") == ["x"]
    assert found(store, "退款", level="high", brand=BRAND) == []
    assert found(store, "退款", level="high", brand="月光茶饮", category="safety") == ["x"]
    assert found(store, "", brand="月光茶饮") == ["x"]
    assert [m.mention.id for m in store.iter_mentions(query="退款", since=at(3))] == ["3", "4", "5", "x"]


def test_streaming_goes_oldest_first_through_everything_while_writing(store: Store) -> None:
    store.save_mentions([judged(mention(str(n), published_at=at(n))) for n in range(450)], now=T0)
    seen = []
    for stored in store.iter_mentions():
        seen.append(int(stored.mention.id))
        if len(seen) == 10:
            store.save_mentions([judged(mention("late", published_at=at(999)))], now=T0)
    assert seen == list(range(450))


TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("退款客服aAbB１ａＡ！!\"'*%_-()😀é\u0301ﬁ㍿ßſıİ ¨゛ \n\t　\u200b\u00ad가か゛"),
        st.characters(exclude_categories=("Cs",)),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
def test_every_text_is_found_by_every_short_piece_of_it(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, fresh(Path(folder)) as store:
        store._conn.execute("PRAGMA synchronous = OFF")  # hundreds of databases: speed, no power cut here
        store.save_mentions([judged(mention(str(n), text)) for n, text in enumerate(texts)], now=T0)
        for n, text in enumerate(texts):
            pieces = {text[i : i + size] for size in range(1, 5) for i in range(len(text) - size + 1)}
            for piece in pieces:
                if not any(c.isspace() for c in piece):
                    assert str(n) in found(store, piece), (piece, text)


@settings(max_examples=300)
@given(TEXTS, TEXTS)
def test_a_piece_of_a_text_folds_to_a_piece_of_its_fold(one: str, two: str) -> None:
    word = "".join(one.split())
    assert fold(word) in fold(two + word + two)


def test_plain_characters_fold_alike_alone_and_together() -> None:
    plain = [chr(n) for n in range(0x10000) if grams._PLAIN.fullmatch(chr(n))]
    assert len(plain) > 21000
    text = "".join(plain + plain[::-1] + sorted(plain, key=hash))
    assert fold(unicodedata.normalize("NFKC", text)) == fold(text)
    assert all(unicodedata.category(c) != "Cf" and not unicodedata.combining(c) for c in plain)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_any_query_can_be_parsed_and_finds_the_text_it_was_taken_from(query: str) -> None:
    assert parse_query(query).occurs_in(f"前{query}后")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["退款", "天气", "退 款", ""]), st.booleans()), min_size=1, max_size=8))
def test_the_index_follows_edits(steps: list[tuple[str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder, fresh(Path(folder)) as store:
        base = mention("1", "开头", author=Author(verified=Verified.NONE))
        for n, (text, titled) in enumerate(steps):
            edit = replace(base, text=text, title="标题退款" if titled else None, collected_at=at(n), edited_at=at(n))
            store.save_mentions([judged(edit)], now=at(n))
        stored = store.load_mention(base.key)
        assert stored is not None
        for word in ("退款", "天气", "开头", "标题"):
            shown = word in stored.mention.text or word in (stored.mention.title or "")
            assert found(store, word) == (["1"] if shown else [])
            indexed = store._rows(
                "SELECT rowid FROM mention_index WHERE mention_index MATCH ?", (parse_query(word).match,)
            )
            assert bool(indexed) == shown
