"""Customers as told: kinds, what a chat may see of names and ids, contacts as they are compared."""

from __future__ import annotations

import pytest

from records.complaint import normal_contact
from records.customer import CustomerKind, masked_id, masked_name, sort_kinds

VIP, PARTNER, ENTERPRISE, ORDINARY = CustomerKind


@pytest.mark.parametrize(
    ("name", "kinds", "shown"),
    [
        ("林黛玉", (VIP,), "林**"),
        ("王伟", (ORDINARY,), "王**"),
        (" 欧阳 娜娜 ", (VIP,), "欧**"),
        ("Daiyu Lin", (PARTNER,), "D**"),
        ("🌸小林", (VIP,), "小**"),
        ("杭州星辰科技有限公司", (ENTERPRISE,), "杭州星辰科技有限公司"),
        ("Starlight Coffee Ltd", (VIP, ENTERPRISE), "Starlight Coffee Ltd"),
        ("林记商贸公司", (VIP,), "林**"),
        ("林黛玉", (ENTERPRISE,), "林**"),
        ("Coretta", (ENTERPRISE,), "C**"),
        (None, (VIP,), ""),
        ("  ", (VIP,), ""),
    ],
)
def test_a_chat_sees_the_first_character_of_a_person_and_the_whole_name_of_a_company(
    name: str | None, kinds: tuple[CustomerKind, ...], shown: str
) -> None:
    assert masked_name(name, kinds) == shown


@pytest.mark.parametrize(
    ("id", "shown"),
    [
        ("C-1001", "C-1001"),
        ("C-20231123001", "C-20231123001"),
        ("13812345678", "138****5678"),
        ("VIP-13812345678", "VIP****5678"),
        ("330102199001011234", "330****1234"),
        ("lin.daiyu@example.com", "li***@example.com"),
    ],
)
def test_an_id_that_is_a_phone_or_identity_number_is_shown_in_part(id: str, shown: str) -> None:
    assert masked_id(id) == shown


def test_kinds_stand_in_order_once_and_ordinary_only_alone() -> None:
    assert sort_kinds((ENTERPRISE, ORDINARY, VIP, VIP)) == (VIP, ENTERPRISE)
    assert sort_kinds(()) == sort_kinds((ORDINARY,)) == (ORDINARY,)


PHONE, MAIL, LANDLINE = "13812345678", "lin.daiyu@example.com", "1012345678"


@pytest.mark.parametrize(
    ("written", "same"),
    [
        *((w, PHONE) for w in ("138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "+8613812345678")),
        *((w, PHONE) for w in ("0086-138-1234-5678", "8613812345678", "（+86）13812345678", "１３８１２３４５６７８")),
        *((w, PHONE) for w in ("手机：13812345678", "联系电话 13812345678", "Tel: 138 1234 5678", "013812345678")),
        *((w, LANDLINE) for w in ("010-12345678", "(010) 1234 5678", "+86 10 12345678")),
        *(
            (w, MAIL)
            for w in (" Lin.Daiyu@Example.COM", "mailto:lin.daiyu@example.com", "邮箱：lin.daiyu＠example.com")
        ),
        ("+1 415 555 0100", "+14155550100"),
        ("001 415 555 0100", "+14155550100"),
        ("Wx_A1234567", "wx_a1234567"),
        ("12345", "12345"),
        ("电话", "电话"),
        ("", ""),
    ],
)
def test_a_contact_is_the_same_however_it_is_written(written: str, same: str) -> None:
    assert normal_contact(written) == same


def test_chat_names_with_the_same_digits_are_different_contacts() -> None:
    assert len({normal_contact(c) for c in ("wxid_a1234567", "wxid_b1234567", "1234567")}) == 3
