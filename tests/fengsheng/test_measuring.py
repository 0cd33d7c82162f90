"""Figures of agreement, and whether the difference of two models is more than chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.comparing import Case, coded_f1, compare_texts, mean_error, rank_correlation
from fengsheng.comparing import _compared as compared
from fengsheng.labels import Felt
from fengsheng.measuring import auc, macro_f1, measure_scores, spearman
from scoring.shipped import shipped_learned


def test_figures() -> None:
    assert auc([True, False], [2.0, 1.0]) == 1.0 and auc([True, False], [1.0, 1.0]) == 0.5 and auc([True], [1.0]) == 0.5
    assert spearman([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0) and spearman([1, 2], [5, 5]) == 0.0
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert measure_scores([], []) == {}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_macro_f1_of_numbers_is_that_of_names(pairs: list[tuple[int, int]]) -> None:
    truth, found = (np.array(side) for side in zip(*pairs, strict=True))
    assert coded_f1(truth, found) == pytest.approx(macro_f1([str(t) for t in truth], [str(f) for f in found]))


def case(old: np.ndarray, new: np.ndarray, truth: np.ndarray, brands: int = 20) -> Case:
    groups = np.array([f"牌{i % brands}" for i in range(truth.size)])
    return Case(name="topicality error", measure=mean_error, truth=truth, old=old, new=new, groups=groups)


def test_what_is_surely_worse_is_worse_and_chance_is_not() -> None:
    random = np.random.default_rng(1)
    truth, errors = random.uniform(1, 10, 200), random.normal(0, 0.5, 200)
    near, far, other = truth + errors, truth + random.normal(0, 2.0, 200), truth + 1.06 * np.roll(errors, 1)
    assert compared(case(near, far, truth), "", False, 1.0).verdict == "worse"
    assert compared(case(far, near, truth), "", False, 1.0).verdict == "better"
    assert compared(case(near, other, truth), "", False, 1.0).verdict == "same"
    assert compared(case(near, far, truth), "corpus", False, 1000.0).verdict == "same"


def test_one_brand_that_went_wrong_is_not_all_of_them() -> None:
    """Posts of one brand tell one another's story: drawn as a whole, a single brand's fall is no certainty."""
    truth = np.full(200, 5.0)
    old, new = truth + 0.5, truth + 0.45
    new[::20] += 3.0  # the first of 20 brands
    assert compared(case(old, new, truth, brands=20), "", False, 1.0).verdict == "same"
    assert compared(case(old, new, truth, brands=1), "", False, 1.0).verdict == "worse"


def test_too_few_are_said_to_be_too_few_and_what_was_learned_is_not_compared() -> None:
    random = np.random.default_rng(1)
    truth = random.uniform(1, 10, 29)
    few = compared(case(truth, truth + 3, truth, brands=3), "", False, 1.0)
    assert (few.verdict, few.old, few.new, few.items, few.groups) == ("few", None, None, 29, 3)
    truth = random.uniform(1, 10, 60)
    assert compared(case(truth, truth + 3, truth), "", True, 1.0).verdict == "seen"
    first = Case(
        name="topicality Spearman", measure=rank_correlation, truth=truth, old=None, new=truth, groups=np.full(60, "甲")
    )
    assert compared(first, "", False, 1.0).verdict == "first"


def test_texts_are_measured_by_mood_and_by_emotion() -> None:
    felt = [Felt(text=f"今天真开心，第{n}次", negative=0.0, emotion="happy", source="x") for n in range(20)]
    felt += [Felt(text=f"气死我了，第{n}次", negative=1.0, emotion="angry", source="x") for n in range(20)]
    model = shipped_learned()
    mood, six = compare_texts(felt, model, model, "x")
    assert (mood.name, mood.items, mood.groups, mood.verdict) == ("negative mood AUC", 40, 0, "same")
    assert mood.new == 1.0 and six.name == "six emotions F1" and (six.new or 0) > 0.9
    assert compare_texts([], model, model, "x") == []
