"""E-mail as complaints: the writer's own words, the rest kept; damage is a bad line and never the end."""

from __future__ import annotations

import hashlib
import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.mail import load_mail, parse_mail, without_quotes
from fengsheng.tables import BadLine

BODY = """你好，
我11月18日在你们门店买的轻享拿铁喝出玻璃，嘴巴割伤，要求赔偿。

在 2026年11月19日，客服 <care@example.com> 写道：
> 您好，很抱歉
> 请提供订单号
"""


def message(body: str = BODY, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    told = {
        "From": "张三 <zhang.san@example.com>",
        "Subject": "投诉：咖啡里有玻璃",
        "Date": "Fri, 20 Nov 2026 12:03:00 +0800",
        "Message-ID": "<abc-1@mail.example.com>",
    } | {k.replace("_", "-"): v for k, v in headers.items()}
    for name, value in told.items():
        if value:
            mail[name] = value
    mail.set_content(body)
    return mail


def test_a_mail_becomes_a_complaint_with_who_when_and_how() -> None:
    mail = message()
    mail.add_attachment(b"\x89PNG photo", maintype="image", subtype="png", filename="照片.png")
    record = parse_mail(bytes(mail))
    assert isinstance(record, dict)
    assert record["id"] == "mail:abc-1@mail.example.com"
    assert (record["customer"], record["contact"], record["channel"]) == ("张三", "zhang.san@example.com", "email")
    assert record["published_at"] == datetime(2026, 11, 20, 4, 3, tzinfo=UTC)
    assert record["title"] == "投诉：咖啡里有玻璃"
    assert record["text"].endswith("要求赔偿。") and "请提供订单号" in record["transcript"]
    [photo] = record["attachments"]
    assert (photo.name, photo.media_type, photo.size) == ("照片.png", "image/png", 10)
    assert photo.sha256 == hashlib.sha256(photo.content).hexdigest() and record["media"] == ["image"]


def test_html_alone_is_read_as_text_and_a_wrong_charset_is_found_out() -> None:
    mail = message()
    mail.set_content("<p>客服<b>态度差</b></p><script>alert(1)</script><p>要求退款</p>", subtype="html")
    record = parse_mail(bytes(mail))
    assert isinstance(record, dict) and record["text"].split() == ["客服态度差", "要求退款"]
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + "退款三个月不给".encode("gb18030")
    found = parse_mail(raw)
    assert isinstance(found, dict) and found["text"] == "退款三个月不给"


def test_what_is_missing_is_unknown_and_the_same_mail_keeps_its_id() -> None:
    bare = message("东西坏了", From="", Date="", Message_ID="")
    one, two = parse_mail(bytes(bare)), parse_mail(bytes(bare))
    assert isinstance(one, dict) and isinstance(two, dict)
    assert (one["customer"], one["contact"], one["published_at"]) == (None, None, None)
    assert one["id"] == two["id"] and one["id"].startswith("mail:")
    late = parse_mail(bytes(message(Date="yesterday")))
    assert isinstance(late, dict) and late["published_at"] is None


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("坏了\n\n-----原始邮件-----\n发件人: 客服", "坏了"),
        ("坏了\n> 您好", "坏了"),
        ("On Fri, Nov 20, 2026 at 9:00 Care wrote:\n> hi", "On Fri, Nov 20, 2026 at 9:00 Care wrote:"),
        ("坏了\n发件人：客服 <a@b.c>\n内容", "坏了"),
        ("没有引用", "没有引用"),
    ],
)
def test_quoted_words_are_somebody_elses(body: str, own: str) -> None:
    assert without_quotes(body) == own


def test_an_archive_goes_on_behind_a_bad_mail(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    box = mailbox.mbox(path)
    box.add(message(Message_ID="<1@x>"))
    box.add(b"no header at all\n\njust words\n")
    box.add(message(Message_ID="<3@x>"))
    box.flush()
    rows = list(load_mail(path))
    assert [n for n, _ in rows] == [1, 2, 3]
    assert isinstance(rows[1][1], BadLine) and "not a mail" in rows[1][1].why
    assert [r["id"] for _, r in rows if isinstance(r, dict)] == ["mail:1@x", "mail:3@x"]
    (tmp_path / "no.mbox").write_text("hello")
    [(_, bad)] = load_mail(tmp_path / "no.mbox")
    assert isinstance(bad, BadLine) and "mbox" in bad.why


@given(st.binary(max_size=400), st.integers(0, 2000), st.binary(max_size=8))
def test_any_bytes_are_a_record_or_a_bad_line(raw: bytes, place: int, damage: bytes) -> None:
    whole = bytes(message())
    for data in (raw, b"Subject: " + raw, whole[:place] + damage + whole[place:]):
        found = parse_mail(data)
        assert isinstance(found, BadLine | dict)
        if isinstance(found, dict):
            assert isinstance(found["text"], str) and found["id"]
