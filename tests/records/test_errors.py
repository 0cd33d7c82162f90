"""Problems: their order, their one line, and BadInput as all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from records.errors import BadInput, Problem

problems = st.builds(
    Problem, file=st.sampled_from("ab"), line=st.none() | st.integers(1, 3), what=st.sampled_from("xy")
)


def test_a_problem_is_one_line_with_its_place() -> None:
    assert str(Problem(file="w.yaml", line=3, what="is wrong")) == "w.yaml:3: is wrong"
    assert str(Problem(file="w.yaml", what="is wrong")) == "w.yaml: is wrong"


def test_bad_input_tells_every_problem_once_in_the_order_of_the_file() -> None:
    given_ = [("b", 1, "x"), ("a", 10, "x"), ("a", None, "x"), ("a", 2, "z"), ("a", 2, "y"), ("a", 2, "y")]
    error = BadInput(Problem(file=f, line=n, what=w) for f, n, w in given_)
    assert str(error) == "a: x\na:2: y\na:2: z\na:10: x\nb:1: x"


@given(st.lists(problems))
def test_the_order_does_not_depend_on_how_problems_came(found: list[Problem]) -> None:
    assert BadInput(found).problems == BadInput(reversed(found)).problems
    assert set(BadInput(found).problems) == set(found)
