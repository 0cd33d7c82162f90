"""Folding of post text with its places, and whose words they are."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from scoring.characters import crosses_words, everyday_words, spellings, syllables
from scoring.text import fold_text, own_words, printable, reposted_words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("投訴無門", "投诉无门"), ("投 诉", "投诉"), ("退*款", "退款"), ("退.款", "退款"), ("垃·圾", "垃圾"), ("垃\u200b圾", "垃圾"), ("ＡＢＣ１２３", "abc123"), ("①②③", "123"),
        ("石榴1⃣2⃣", "石榴12"), ("ChéngZǐ", "chengzi"), ("café", "cafe"), ("e\u0301", "e"), ("аррӏе", "appӏe"), ("🅰🅱", "ab"), ("ᴀᴘᴘ", "app"), ("𝕏𝔟𝔞𝔡", "xbad"), ("🈚良心", "无良心"),
        ("氵工南", "江南"), ("彳艮 女子", "很女子"), ("投讠斥", "投诉"), ("碰🤬头🤬打🤬卡", "碰头打卡"), ("福/田/店", "福田店"), ("振 聯 家 寬", "振联家宽"), ("囍鵲", "喜鹊"), ("橡菓", "橡果"),
        ("慢...客服", "慢...客服"), ("周一/周二/周三", "周一/周二/周三"), ("9/10/11", "9/10/11"), ("很差😡态度差😡", "很差😡态度差😡"), ("退款 tui", "退款 tui"), ("好。坏。差", "好。坏。差"),
        ("\ud800退款\udfff", " 退款 "), ("\x00退\x07款", " 退款"), ("", ""), (" ", " "),
    ],
)  # fmt: skip
def test_folding_makes_spellings_alike_and_leaves_the_rest(text: str, folded: str) -> None:
    assert fold_text(text).text == folded


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("我要 投 诉 他", "投诉", "投 诉"), ("氵工南店", "江南", "氵工南"), ("去江氵工", "江江", "江氵工"), ("碰🤬头🤬打🤬卡！", "碰头打卡", "碰🤬头🤬打🤬卡"), ("ａｂ", "ab", "ａｂ"), ("1⃣2⃣", "12", "1⃣2"),
    ],
)  # fmt: skip
def test_a_place_in_folded_text_is_a_place_in_the_post(text: str, word: str, written: str) -> None:
    folded = fold_text(text)
    start = folded.text.index(word)
    low, high = folded.span(start, start + len(word))
    assert text[low:high] == written


@given(st.text())
@settings(max_examples=300, deadline=None)
@example("氵氵工" * 3)
@example("彳艮阝\u0301🤬")
def test_every_folded_character_has_its_place(text: str) -> None:
    folded = fold_text(text)
    assert len(folded.text) <= len(text)
    last = 0
    for at in range(len(folded.text)):
        low, high = folded.span(at, at + 1)
        assert last <= low < high <= len(text)
        last = low
    assert fold_text(folded.text).text == folded.text or folded.places is not None


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=12)


@given(HAN, st.sampled_from(["t2s", "tw2s", "hk2s"]))
@settings(max_examples=300, deadline=None)
@example("項鍊與鍛鍊", "t2s")
@example("乾隆在計畫裏沈默", "t2s")
@example("後來著急覆信，鐘聲與鍾情", "tw2s")
def test_a_traditional_text_and_its_simplified_conversion_fold_alike(text: str, conversion: str) -> None:
    assert fold_text(text).text == fold_text(OpenCC(conversion).convert(text)).text


@pytest.mark.parametrize(
    ("text", "own", "reposted"),
    [
        ("太差了//@甲:骗子公司", "太差了", "//@甲:骗子公司"), ("转发微博//@甲:骗子", "", "//@甲:骗子"), ("轉發微博//@甲:騙子", "", "//@甲:騙子"), ("//@甲:骗子", "", "//@甲:骗子"), ("Repost //@甲:骗子", "", "//@甲:骗子"),
        ("[怒]//@甲:骗子", "[怒]", "//@甲:骗子"), ("回复@乙:真的吗//@甲:骗子", "回复@乙:真的吗", "//@甲:骗子"), ("转：我也是//＠甲：骗子", "转：我也是", "//＠甲：骗子"), ("没有转发", "没有转发", ""),
        ("看 http://t.cn/abc 吧", "看 http://t.cn/abc 吧", ""), ("so true RT @abc: they lied", "so true", " RT @abc: they lied"), ("RT @abc: they lied", "", "RT @abc: they lied"), ("PORT @abc: x", "PORT @abc: x", ""),
    ],
)  # fmt: skip
def test_only_the_words_before_the_chain_are_the_writers_own(text: str, own: str, reposted: str) -> None:
    assert (own_words(text), reposted_words(text)) == (own, reposted)


def test_what_is_quoted_in_front_becomes_blank_and_places_stay() -> None:
    chat = "「阿蘅：云梭拒载我」\n- - - - - - - - -\n我也遇到过"
    assert own_words(chat).strip() == "我也遇到过" and own_words(chat).index("我") == chat.index("我也")
    mail = "> 你们的会员怎么退\n请问第二步点哪里\n> 还有\n谢谢"
    assert own_words(mail).split() == ["请问第二步点哪里", "谢谢"]
    assert len(own_words(mail)) == len(mail)
    assert own_words("价格 3 > 2 元") == "价格 3 > 2 元" and own_words("「不好喝」她说") == "「不好喝」她说"


@given(
    st.lists(
        st.sampled_from(["//@甲:", "RT @a: ", "\n> ", "「甲：", "」\n- - - -\n", "退款", "转发微博", "\n", "\ud800"]),
        max_size=8,
    ).map("".join)
)
def test_own_words_never_grow_and_keep_their_places(text: str) -> None:
    own = own_words(text)
    assert len(own) <= len(text)
    assert all(a == b or a == " " for a, b in zip(own, text, strict=False))


def test_a_quotation_is_one_line_that_any_output_carries() -> None:
    assert printable("退\n款 \ud800") == "退 款 ?"
    assert printable("退款") == "退款"


def test_the_tables_of_characters_hold_what_they_say() -> None:
    words = everyday_words()
    assert (
        {"橙子", "路口", "起火"} <= words.keys() and set(words.values()) == {0, 1, 2} and words["手机"] > words["驼铃"]
    )
    assert all(fold_text(word).text == word for word in list(words)[::97]), "the list is folded as texts are"
    known = syllables()
    assert (
        known.first["橙"] == "cheng" and known.first["绿"] == "lv" and "chang" in (known.first["长"], *known.more["长"])
    )
    assert known.readings("银行")[0] == ("yin", "hang") or ("yin", "hang") in known.readings("银行")
    assert known.readings("a") == []
    assert "工" not in spellings().halves and "氵工" in spellings().halves["江"] and spellings().whole["氵工"] == "江"
    assert "🍊" in spellings().emoji["橙"] and "未" in spellings().shapes["末"]
    assert crosses_words("往南飞寻找温暖", 2, 4) and not crosses_words("在剪约剪头", 1, 3)
