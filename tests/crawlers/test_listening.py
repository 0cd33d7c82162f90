"""What is heard of a page's own requests."""

import pytest

from crawlers.listening import Heard, original_bytes

WORDS = "云杉茶饮 喝出虫子 [怒]"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_text_without_a_charset_is_given_back_as_the_site_sent_it(charset):
    sent = WORDS.encode(charset) + bytes(range(0x80, 0x100))
    western = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in sent)
    assert original_bytes(western.encode(), "text/plain") == sent


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "application/json", ""])
def test_other_bodies_stay_as_they_are(content_type):
    body = "café".encode()
    assert original_bytes(body, content_type) == body


def test_a_body_that_was_read_rightly_stays_as_it_is():
    assert original_bytes(WORDS.encode(), "text/plain") == WORDS.encode()
    assert original_bytes(b"\xff\xfe", "text/plain") == b"\xff\xfe"


def test_a_heard_answer_is_labelled_by_what_was_asked():
    def heard(url, asked):
        return Heard(url=url, status=200, content_type="", body=b"", asked=asked)

    assert heard("https://x.example/a?keyword=%E8%8C%B6", "").argument("keyword") == "茶"
    assert heard("https://x.example/a?keyword=b", '{"keyword": "a"}').argument("keyword") == "a"
    assert heard("https://x.example/a", "[1]").argument("keyword") is None
