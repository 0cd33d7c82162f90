"""The sums of the lexicon of feelings that the model of feeling reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.feelings import FIGURES, feeling_rows, find_feelings, sum_feelings
from scoring.text import fold_text


def figures(text: str) -> dict[str, float]:
    return dict(zip(FIGURES, sum_feelings(text, find_feelings(text)), strict=True))


def test_good_and_bad_words_point_their_way() -> None:
    good, bad, none = figures("开心"), figures("垃圾"), figures("今天")
    assert good["good sum"] > 0 == good["bad sum"] and good["class happy"] > 0
    assert bad["bad sum"] > 0 == bad["good sum"] and bad["class disgust"] > 0
    assert good["balance"] < 0 < bad["balance"] and good["tendency"] < 0 < bad["tendency"]
    assert set(none.values()) == {0.0}


@pytest.mark.parametrize("text", ["没有开心", "没开心", "别高兴", "沒有開心"])
def test_a_denied_word_counts_half_for_the_other_side_and_feels_nothing(text: str) -> None:
    denied = figures(fold_text(text).text)
    assert denied["good sum"] == 0 < denied["bad sum"] < figures("垃圾")["bad sum"]
    assert denied["class happy"] == 0


def test_the_last_word_decides_its_own_figure() -> None:
    assert figures("开心，后来垃圾")["last word"] > 0 > figures("垃圾，后来开心")["last word"]


def test_more_words_count_more_up_to_a_limit() -> None:
    one, two, many = (figures("垃圾，" * n)["bad sum"] for n in (1, 2, 50))
    assert one < two < many == 3.0
    assert figures("垃圾，" * 50)["bad words"] == 2.0


@given(st.lists(st.sampled_from(["开心", "垃圾", "没有", "难过", "，", "退款", "吓人", "a"]), max_size=30).map("".join))
def test_figures_stay_within_what_they_say(text: str) -> None:
    row = figures(text)
    for name in ("balance", "tendency", "last word", "more bad than good"):
        assert -1 <= row[name] <= 1, name
    assert all(0 <= value <= 3 for name, value in row.items() if name in FIGURES[:6] or name.startswith("class"))


def test_rows_are_one_a_text() -> None:
    rows = feeling_rows(["开心", "", "垃圾"])
    assert rows.shape == (3, len(FIGURES)) and rows.dtype == np.float32
    assert rows[2].tolist() == pytest.approx(list(figures("垃圾").values()))
    assert feeling_rows([]).shape == (0, len(FIGURES))
