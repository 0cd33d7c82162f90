"""What leaves the house for a second opinion: no handle, number, address or name, and quotes that are found again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.opinion_masking import CLOSE, OPEN, fold_blanks, mask_words

BRAND = "星河咖啡"


def masked(text: str, longest: int = 500, **more: object) -> str:
    return mask_words(text, longest=longest, kept=[BRAND], **more).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("@小王同学 你看", "〔账号1〕 你看"),
        ("＠小王同学 你看", "〔账号1〕 你看"),
        ("问了u/some_one 也没用", "问了u/〔账号1〕 也没用"),
        ("加微信：zhang_wei88 聊", "加微信：〔账号1〕 聊"),
        ("加v\u200bx: ab\u200bcde123", "加vx: 〔账号1〕"),
        ("QQ号是 123456", "QQ号是 〔账号1〕"),
        ("打13812345678没人接", "打〔电话1〕没人接"),
        ("打 138-1234-5678 没人接", "打 〔电话1〕 没人接"),
        ("打+86 138 1234 5678没人接", "打〔电话1〕没人接"),
        ("打１３８１２３４５６７８没人接", "打〔电话1〕没人接"),
        ("打1\u200b3812345678没人接", "打〔电话1〕没人接"),
        ("一三八一二三四五六七八", "〔电话1〕"),
        ("座机021-61234567", "座机〔电话1〕"),
        ("call +44 20 7946 0958 now", "call 〔电话1〕 now"),
        ("邮箱lin.zhou@example.com.cn，", "邮箱〔邮箱1〕，"),
        ("看 https://t.cn/A6x?uid=42 和 weibo.com/u/42", "看 〔链接1〕 和 〔链接2〕"),
        ("订单号：DD20261120-77不发货", "订单号：〔单号1〕不发货"),
        ("Order no. A-778899 never came", "Order no. 〔单号1〕 never came"),
        ("身份证11010519900101123X泄露", "身份证〔号码1〕泄露"),
        ("卡6222 0212 3456 7890 123被盗刷", "卡〔号码1〕被盗刷"),
        ("单子A1B2C3D4E5F6", "单子〔号码1〕"),
        ("车牌沪A12345停在门口", "车牌〔车牌1〕停在门口"),
        ("我叫张伟，投诉", "我叫〔姓名1〕，投诉"),
        ("联系人：李小四 电话见上", "联系人：〔姓名1〕 电话见上"),
        ("收货地址：上海市浦东新区张江路88弄1号", "收货地址：〔地址1〕"),
    ],
)
def test_what_reaches_a_person_is_masked(text: str, wanted: str) -> None:
    assert masked(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "我是真的服了，气死我了[怒][怒]",
        "2026-11-20 14:02 买了3杯，18.8元",
        "亏了12345678元，影响100000000人",
        f"@{BRAND}官方 你们什么态度",
        "等了2小时，第3次投诉，4.5星变1星",
        "电话打不通，订单号都不给，姓名都记错",
        "iPhone15ProMax 256G 用了7天",
    ],
)
def test_what_reaches_nobody_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


def test_the_same_value_has_the_same_sign_and_another_one_another() -> None:
    said = masked("打13812345678，再打13912345678，还是13812345678")
    assert said == "打〔电话1〕，再打〔电话2〕，还是〔电话1〕"
    assert mask_words("打13812345678", longest=99).values == {"〔电话1〕": "13812345678"}


def test_names_and_numbers_known_from_elsewhere_are_masked_but_not_the_brand() -> None:
    known = ["林晓", "K-99", BRAND, "x"]
    assert masked(f"我林晓在{BRAND}投诉，单子k-99，x", known=known) == f"我〔姓名1〕在{BRAND}投诉，单子〔姓名2〕，x"


def test_a_known_name_is_masked_whole_inside_and_across_what_is_masked_anyway() -> None:
    assert masked("看 https://t.cn/x?u=7788990011 吧", known=["7788990011"]) == "看 〔链接1〕 吧"
    assert masked("我叫张伟明白", known=["张伟明白"]) == "我叫〔姓名1〕"
    assert masked("我叫张伟，是张伟，本人", known=["伟，是"]) == "我叫〔姓名1〕张伟，本人"


def test_signs_speak_the_language_of_the_question() -> None:
    assert masked("call 13812345678", lang="en") == "call 〔phone1〕"


def test_what_nobody_sees_is_not_sent() -> None:
    hidden = "差\u200b评\u2060\ufeff\U000e0049\U000e0067\ufe0f\u202e！\x00"
    assert masked(hidden) == "差评！"


def test_white_space_is_one_blank_and_the_ends_are_bare() -> None:
    assert masked("  一\n\n二\u3000\t三\u2028四  ") == "一 二 三 四"
    assert masked("") == masked(" \n ") == ""


def test_a_long_text_is_cut_and_says_so_and_no_sign_is_cut_in_two() -> None:
    words = mask_words("好好好好好 13812345678 六", longest=8)
    assert (words.text, words.cut) == ("好好好好好", True)
    assert not mask_words("一二三", longest=3).cut
    assert mask_words("好" * 30_000, longest=2000).cut
    assert len(mask_words("好" * 30_000, longest=2000).text) == 2000


def test_a_quote_leads_back_to_the_words_it_stands_for() -> None:
    text = "星河\n咖\u200b啡，打138 1234 5678 没人接"
    words = mask_words(text, longest=99)
    for quote, wanted in (
        ("咖啡，打", "咖\u200b啡，打"),
        ("〔电话1〕", "138 1234 5678"),
        ("星河  咖啡", "星河\n咖\u200b啡"),
    ):
        at = words.place(quote)
        assert at is not None and text[at[0] : at[1]] == wanted
    assert words.place("138 1234 5678") is None, "it was not sent"
    assert words.place("星河咖啡") is None, "a blank stands between"
    assert words.place(" \u200b") is None


@given(st.text(st.characters() | st.sampled_from("1389@〔〕 \n零一.京Aa:："), max_size=80), st.integers(0, 60))
def test_whatever_is_written_every_character_sent_has_its_place(text: str, longest: int) -> None:
    words = mask_words(text, longest=longest)
    assert len(words.text) == len(words.origins) <= longest
    assert words.text == fold_blanks(words.text)
    for char, (start, end) in zip(words.text, words.origins, strict=True):
        assert 0 <= start < end <= len(text)
        if end == start + 1 and OPEN not in words.text and CLOSE not in words.text:
            assert char == text[start] or (char == " " and text[start].isspace())


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(st.sampled_from("打我吧，。 \n"), max_size=5))
def test_no_phone_number_leaves_whatever_stands_around_it(number: str, around: str) -> None:
    assert number not in masked(around + number + around)
