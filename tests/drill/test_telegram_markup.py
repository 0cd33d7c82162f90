import pytest
from hypothesis import given
from hypothesis import strategies as st

from drill.telegram_markup import Rejected, check_keyboard, check_text, parse_html


def test_text_and_entities_come_out_of_html() -> None:
    text, entities = parse_html('<b>红色</b> 😀<a href="https://e.com/?a=1&amp;b=2">原帖</a> 1 &lt; 2 &amp; &copy;')
    assert text == "红色 😀原帖 1 < 2 & &copy;"
    assert entities == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "text_link", "offset": 5, "length": 2, "url": "https://e.com/?a=1&b=2"},
    ]
    _, [mention] = parse_html('<a href="tg://user?id=42">某人</a>')
    assert mention["type"] == "text_mention" and mention["user"]["id"] == 42


@pytest.mark.parametrize("bad", ["<b>open", "1 < 2", "</b>", "<b><i>x</b></i>", "<img src=x>", "a<", "<b", "<p>x</p>"])
def test_what_telegram_cannot_parse_is_rejected(bad: str) -> None:
    with pytest.raises(Rejected, match="can't parse entities"):
        check_text(bad, "HTML")
    assert check_text(bad, "")[0] == bad, "plain text needs no parsing"


def test_the_limit_counts_utf16_after_parsing() -> None:
    assert check_text("<b>" + "字" * 4096 + "</b>", "HTML")
    assert check_text("😀" * 2048, "HTML")
    with pytest.raises(Rejected, match="too long"):
        check_text("😀" * 2049, "HTML")
    for empty in ("", " \n", "<b></b>", None):
        with pytest.raises(Rejected, match="empty"):
            check_text(empty, "HTML")


@given(st.text(max_size=200))
def test_any_escaped_text_passes_and_comes_back(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


def button(text: str = "接手 1", **more: object) -> dict[str, object]:
    return {"text": text, "callback_data": "t", **more}


def test_keyboards_are_checked() -> None:
    assert check_keyboard(None) == [] and check_keyboard({"force_reply": True}) == []
    assert check_keyboard({"inline_keyboard": [[button()], []]}) == [[button()]]
    assert check_keyboard({"inline_keyboard": [[button(callback_data="字" * 21)]]})
    for bad in (
        [[button(callback_data="字" * 22)]],
        [[button(callback_data="")]],
        [[{"text": "x"}]],
        [[button(text=" ")]],
        [[button()] * 9],
        [[button()]] * 101,
        [button()],
        "x",
    ):
        with pytest.raises(Rejected):
            check_keyboard({"inline_keyboard": bad})
