import time

from hypothesis import given
from hypothesis import strategies as st

from crawlers.parsers.text import own_words, parse_markup, parse_topics, plain_topics


def test_markup_keeps_words_breaks_and_emoji_and_drops_the_rest():
    markup = (
        "<p>坏了<span class='url-icon'><img alt=[怒] src=\"x.png\"></span></p><p>第二段<br/>换行</p>"
        "<script>alert('x')</script><style>p{}</style><i class=\"wbicon\">2</i>"
        '<a href="/status/1">全文</a> <a href="x">某台的微博视频</a> <a href="y"><span>#话题#</span></a>'
        "<!-- 注释 --> 1 &lt; 2 &amp;amp; \u200b"
    )
    assert parse_markup(markup) == "坏了[怒]\n\n第二段\n换行\n#话题# 1 < 2 &amp;"


def test_images_that_are_no_emoji_leave_no_words():
    assert parse_markup('看<img src="a.jpg" alt="一张很长的图片说明文字">') == "看"


def test_invisible_parts_of_a_mastodon_link_go_and_nested_spans_are_balanced():
    link = '<a><span class="invisible">https://<span>www.</span></span><span class="ellipsis">x.example/a</span></a>!'
    assert parse_markup(link) == "x.example/a!"


def test_broken_markup_still_gives_the_words():
    assert parse_markup("a <b>bold <i>x</b> </p> < 3 <unclosed") == "a bold x\n< 3 <unclosed"
    assert parse_markup(None) == parse_markup(3) == ""


def test_repost_chains_leave_only_what_this_author_wrote():
    assert own_words("真的会谢//@丙:虫子//@丁:转发微博") == "真的会谢"
    assert own_words("//@丙:虫子") == ""
    assert own_words("见 https://x.example//@path 那里") == "见 https://x.example//@path 那里"


def test_topics():
    assert parse_topics("#云杉# 和 #茶饮# 又 #云杉#") == ("云杉", "茶饮")
    assert plain_topics("坏#云杉[话题]# [哭惹R]") == "坏#云杉# [哭惹R]"


@given(st.text(alphabet="<>/ab\"'=!-&#;[] \n\x00\ud800云", max_size=300))
def test_no_markup_makes_it_fail_and_no_control_characters_remain(markup):
    text = parse_markup(markup)
    assert "\x00" not in text and "\ud800" not in text
    text.encode()


def test_hostile_markup_is_read_in_linear_time():
    started = time.perf_counter()
    for hostile in (
        "<!--" * 50_000,
        "<a '" * 50_000,
        '<a "' * 50_000,
        "<![" * 60_000,
        "<p>" * 60_000,
        "//@a" * 50_000,
        "#" * 200_000,
    ):
        own_words(parse_markup(hostile))
        parse_topics(hostile)
    assert time.perf_counter() - started < 5
