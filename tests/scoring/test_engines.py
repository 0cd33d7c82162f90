"""Emotion engines by the names that the config accepts."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from scoring.emotion import CueEngine
from scoring.emotion_model import ModelEngine
from scoring.engines import ENGINES, select_engine
from scoring.shipped import shipped_learned, shipped_words

ONLY_WHEN_USED = """
import sys
from scoring.engines import ENGINES, select_engine
from scoring.shipped import shipped_learned, shipped_words
engines = {name: select_engine(name, shipped_words(), shipped_learned()) for name in ENGINES}
engines["model"].score(["退款"]), engines["words"].score(["退款"])
assert "snownlp" not in sys.modules, "loaded before it was asked for"
engines["words+snownlp"].explain(["服务太差了"])
assert "snownlp" in sys.modules
"""


@pytest.mark.parametrize("name", ENGINES)
def test_every_name_gives_an_engine_that_says_its_name_and_version(name: str) -> None:
    engine = select_engine(name, shipped_words(), shipped_learned())
    assert engine.name == name and engine.version


def test_the_learned_model_is_the_default_and_words_stand_in_without_one() -> None:
    assert ENGINES[0] == "model"
    assert isinstance(select_engine("model", shipped_words(), shipped_learned()), ModelEngine)
    without = select_engine("model", shipped_words(), None)
    assert isinstance(without, CueEngine) and without.name == "words" and not without.statistical


def test_snownlp_is_loaded_at_its_first_score_only() -> None:
    subprocess.run([sys.executable, "-c", ONLY_WHEN_USED], check=True, timeout=100)


@pytest.mark.parametrize("name", ENGINES)
def test_all_engines_answer_alike_in_form(name: str) -> None:
    engine = select_engine(name, shipped_words(), shipped_learned())
    texts = ["骗子，气死我了！！！", "今天真开心", "", "😡", "星河咖啡等了五十分钟"]
    values, found = engine.score(texts), engine.explain(texts)
    assert values.dtype == np.float32 and values.shape == (5,) and ((values >= 1) & (values <= 10)).all()
    for value, one in zip(values, found, strict=True):
        assert one.value == pytest.approx(float(value), abs=0.051)
        assert one.mood in ("positive", "neutral", "negative")
        assert sum(r.weight for r in one.reasons) == pytest.approx(one.value, abs=1e-6)
    assert engine.score([]).shape == (0,) and engine.explain([]) == []


def test_snownlp_alone_misses_what_is_no_mood() -> None:
    bare, ours = (
        select_engine(name, shipped_words(), shipped_learned()).score(["孩子吃完拉肚子住院了"])[0]
        for name in ("snownlp", "model")
    )
    assert bare < 4 < ours
