"""A batch is scored without searches for garbage in between, and leaves the search as it was."""

from __future__ import annotations

import gc

import pytest

from tests.scoring.builders import post, shipped_scorer


@pytest.fixture(autouse=True)
def searched() -> object:
    before = gc.isenabled()
    yield
    (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("on", [True, False])
def test_the_search_for_garbage_is_after_a_batch_as_it_was_before(on: bool) -> None:
    (gc.enable if on else gc.disable)()
    shipped_scorer().score([post("星河咖啡太慢了")])
    assert gc.isenabled() is on


def test_it_is_on_again_where_a_batch_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = shipped_scorer()
    seen = []

    def fail(*given: object) -> object:
        seen.append(gc.isenabled())
        raise RuntimeError

    monkeypatch.setattr(scorer, "_assess", fail)
    gc.enable()
    with pytest.raises(RuntimeError):
        scorer.score([post("星河咖啡太慢了")])
    assert seen == [False] and gc.isenabled()
