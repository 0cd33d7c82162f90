"""The default emotion engine on texts alone: range, marks, reasons, and that no text changes another's result."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.emotion_model import ModelEngine
from scoring.learned import FEELS
from scoring.shipped import shipped_learned

TEXTS = st.lists(
    st.one_of(st.sampled_from(["气死我了", "开心", "退款", "骗子", "不", "！", "?", "😡", "//@甲:", "虫子", "谢谢"]), st.text(max_size=5)),
    max_size=10,
).map("".join)  # fmt: skip


@cache
def engine() -> ModelEngine:
    return ModelEngine(shipped_learned())


@pytest.mark.parametrize(
    ("worse", "calmer"),
    [
        ("骗子公司，气死我了，滚", "味道一般，有点失望"),
        ("等了两个小时没人理，太过分了", "今天去坐了一会儿"),
        ("孩子吃完拉肚子住院了", "孩子吃完很开心"),
        ("垃圾，再也不来了！！！", "很好吃，下次还来"),
    ],
)
def test_worse_feelings_score_higher(worse: str, calmer: str) -> None:
    values = engine().score([worse, calmer])
    assert values[0] >= values[1] + 1.5


@pytest.mark.parametrize(("text", "mood"), [("气死我了，垃圾骗子", "negative"), ("今天好开心，太好吃了", "positive")])
def test_clear_moods_are_told(text: str, mood: str) -> None:
    assert engine().explain([text])[0].mood == mood


def test_a_negative_mood_of_which_the_strength_knows_nothing_is_heard_too() -> None:
    learned = shipped_learned()
    deaf = learned.feeling.weights.copy()
    deaf[:, : len(FEELS)] = 0.0
    without = ModelEngine(replace(learned, feeling=replace(learned.feeling, weights=deaf)))
    sad, glad = "他走了以后家里再也没有声音", "终于等到你，阳光正好"
    gap = engine().score([sad, glad])
    less = without.score([sad, glad])
    assert gap[0] - gap[1] > less[0] - less[1] + 0.5


@given(st.lists(TEXTS, max_size=5))
@settings(max_examples=60, deadline=None)
def test_scores_are_in_range_and_reasons_add_up_to_them(texts: list[str]) -> None:
    values, found = engine().score(texts), engine().explain(texts)
    assert values.shape == (len(texts),) and values.dtype == np.float32 and ((values >= 1) & (values <= 10)).all()
    for text, value, one in zip(texts, values, found, strict=True):
        assert one.value == round(float(value), 1)
        assert sum(r.weight for r in one.reasons) == pytest.approx(one.value, abs=1e-6)
        for reason in one.reasons:
            if reason.at is not None:
                assert text[slice(*reason.at)] == reason.evidence


@given(TEXTS, st.sampled_from(["!", "!!!", "！！！", "！！！！！！"]))
@settings(max_examples=100, deadline=None)
def test_marks_never_lower_the_score(text: str, marks: str) -> None:
    if "//@" not in text and "http" not in text:
        before, after = engine().score([text, text + marks])
        assert after >= before


def test_marks_raise_what_is_not_calm_and_leave_calm_alone() -> None:
    angry, shouted, calm, cheered = engine().score(
        ["太过分了", "太过分了！！！！！！", "生日快乐", "生日快乐！！！！！！"]
    )
    assert shouted > angry and cheered == calm


def test_batches_and_their_order_change_nothing() -> None:
    texts = [f"第{n}次去，{'服务很差' if n % 3 else '挺好'}{'！' * (n % 4)}" for n in range(300)]
    values = engine().score(texts)
    assert engine().score(texts[::-1]).tolist() == values[::-1].tolist()
    assert [float(engine().score([t])[0]) for t in texts[:40]] == values[:40].tolist()


def test_only_the_writers_own_words_count() -> None:
    nothing, bare, calm, own = engine().score(
        ["", "转发微博//@甲:骗子，气死我了，去死", "挺好喝//@甲:骗子，气死我了，去死", "挺好喝"]
    )
    assert bare == nothing and calm == own


@pytest.mark.parametrize("text", ["", " ", "\ud800", "😡😡😡", "a" * 30_000, "!" * 500])
def test_no_text_is_refused(text: str) -> None:
    assert 1.0 <= engine().explain([text])[0].value <= 10.0


def test_nothing_scores_nothing() -> None:
    assert engine().score([]).shape == (0,) and engine().explain([]) == []
