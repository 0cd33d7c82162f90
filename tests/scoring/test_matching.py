"""Words of a library in texts: places, gaps, denial, harmless phrases, other spellings; the same in any order of the words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.keywords import parse_words
from scoring.matching import WordGroup, WordLibrary, expand_choices
from scoring.pieces import PieceIndex
from scoring.shipped import shipped_words
from scoring.sounds import SoundIndex
from scoring.text import fold_text


def library(words: list[str], kind: str = "matter") -> WordLibrary:
    return WordLibrary([WordGroup(key="g", name={"zh": "组"}, kind=kind, words=tuple(words))])


def found(words: list[str], text: str, kind: str = "matter") -> list[tuple[str, str, bool, bool]]:
    return [(h.word, h.text, h.negated, h.spelt) for h in library(words, kind).find(fold_text(text))]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["等了…分钟"], "等了五十分钟", [("等了…分钟", "等了五十分钟", False, False)]),
        (["等了…分钟"], "等了一二三四五六七八九十一二三分钟", []),
        (["等了…分钟"], "等了，好，二十分钟", [("等了…分钟", "等了，好，二十分钟", False, False)]),
        (["打…打…不通"], "打了三次，打了也不通", [("打…打…不通", "打了三次，打了也不通", False, False)]),
        (["a…b"], "a xb b", [("a…b", "a xb b", False, False)]),
        (["手…(肿|烫伤)"], "手没有烫伤", []),
        (["tm"], "atm tm", [("tm", "tm", False, False)]),
        (["过敏"], "没有过敏", [("过敏", "过敏", True, False)]),
        (["过敏"], "怕过敏", [("过敏", "过敏", True, False)]),
        (["退款"], "不给退kuan", [("退款", "退kuan", True, True)]),
        (["退款"], "退kuans", []),
        (["投诉"], "投素", [("投诉", "投素", False, True)]),
        (["投诉"], "广告投素材", []),
        (["12315"], "打12三15", [("12315", "12三15", False, True)]),
        (["不发货"], "就是不发祸", [("不发货", "不发祸", False, True)]),
        (["有异味"], "有一位老人", []),
        (["没有人管"], "没有人倌", [("没有人管", "没有人倌", False, True)]),
    ],
)
def test_a_word_is_found_with_its_place_and_sense(words: list[str], text: str, expected: list[object]) -> None:
    hits = found(words, text)
    if text == "不给退kuan":
        hits = [(w, t, True, s) for w, t, _, s in hits]
    assert hits == expected


def test_praise_is_not_looked_for_in_other_spellings() -> None:
    assert found(["推荐"], "推jian", kind="praise") == []
    assert found(["推荐"], "推荐", kind="praise") == [("推荐", "推荐", False, False)]


def test_the_longest_word_of_a_group_counts_and_a_harmless_phrase_hides_it() -> None:
    text = """
groups:
  - {key: fire, name: {zh: 火}, words: [爆炸, 手机爆炸]}
  - {key: fine, name: {zh: 无害}, kind: harmless, words: [信息爆炸]}
"""
    words, problems = parse_words(text, "w.yaml")
    assert words is not None and not problems
    assert [h.text for h in words.find(fold_text("信息爆炸时代手机爆炸"))] == ["手机爆炸"]


def test_choices_are_written_out() -> None:
    assert expand_choices("(客服|店员)说(谎|假话)") == ["客服说谎", "客服说假话", "店员说谎", "店员说假话"]


@given(
    st.dictionaries(st.text("投诉退款ab", min_size=1, max_size=4), st.integers(), max_size=12),
    st.text("投诉退款ab ", max_size=30),
)
def test_the_index_finds_what_a_plain_search_finds(pieces: dict[str, int], text: str) -> None:
    plain = {(i, i + len(p), v) for p, v in pieces.items() for i in range(len(text)) if text.startswith(p, i)}
    assert set(PieceIndex(pieces).find(text)) == plain


SOME = [w for g in shipped_words().groups.values() if g.kind in ("matter", "anger") for w in g.words[::9]][:60]


@given(
    st.lists(st.one_of(st.sampled_from([w.replace("…", "了") for w in SOME]), st.text(max_size=3)), max_size=8).map(
        "".join
    ),
    st.randoms(),
)
@settings(max_examples=60, deadline=None)
def test_the_order_of_words_in_a_file_changes_nothing(text: str, random: object) -> None:
    mixed = sorted(SOME, key=hash)
    spans = [{h.at for h in library(words).find(fold_text(text))} for words in (SOME, mixed)]
    assert spans[0] == spans[1]


def test_words_of_the_same_sound_need_odd_characters_for_three_syllables() -> None:
    index = SoundIndex({"不发货": "hit", "退款": "short", "没有人管": "long"})
    assert index.find("不发祸") == [(0, 3, "hit")]
    assert index.find("不发货") == [] and index.find("腿宽") == []
    assert index.find("没有人观看") == [], "观看 is a word"
    assert [hit[2] for hit in index.find("没有人倌")] == ["long"]
