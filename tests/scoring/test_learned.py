"""Model files and what is read from logits: round trip, refusal of damaged and foreign files, scores from cumulative logits."""

from __future__ import annotations

import io
import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from scoring.feelings import FIGURES
from scoring.learned import (
    FEELING_HEADS,
    FORMAT,
    JUDGEMENT_HEADS,
    THRESHOLDS,
    Learned,
    LinearModel,
    dump_learned,
    gram_rows,
    middle_score,
    parse_learned,
    sigmoid,
)  # fmt: skip
from scoring.ngrams import BUCKETS, hash_grams

FEATURES = ("platform:weibo", "shouts:1", "media")


def model(heads: tuple[str, ...], features: tuple[str, ...], seed: int) -> LinearModel:
    random = np.random.default_rng(seed)
    weights = np.zeros((BUCKETS, len(heads)), dtype=np.float32)
    weights[::97] = random.normal(0, 0.5, weights[::97].shape)
    return LinearModel(
        heads=heads,
        weights=weights,
        dense=random.normal(0, 0.5, (len(features), len(heads))).astype(np.float32),
        bias=random.normal(0, 1, len(heads)).astype(np.float32),
        features=features,
        index={f: i for i, f in enumerate(features)},
    )


@cache
def learned() -> Learned:
    return Learned(
        feeling=model(FEELING_HEADS, FIGURES, 1), judgement=model(JUDGEMENT_HEADS, FEATURES, 2), version="v1",
        card={"trained on": "测试"},
    )  # fmt: skip


@cache
def dumped() -> bytes:
    return dump_learned(learned())


def test_a_model_file_comes_back_as_it_was_but_for_rounding() -> None:
    back = parse_learned(dumped(), "m.npz")
    assert (back.version, back.card) == ("v1", {"trained on": "测试"})
    for one, other in ((back.feeling, learned().feeling), (back.judgement, learned().judgement)):
        assert (one.heads, one.features, dict(one.index)) == (other.heads, other.features, dict(other.index))
        step = np.abs(other.weights).max(axis=0) / 127
        assert (np.abs(one.weights - other.weights) <= step / 2 + 1e-6).all(), (
            "weights are 8-bit integers with a scale a head"
        )
        assert np.abs(one.dense - other.dense).max() < 2e-3
        assert np.array_equal(one.bias, other.bias)


def test_rounding_moves_no_score_noticeably() -> None:
    back = parse_learned(dumped(), "m.npz")
    rows = gram_rows(hash_grams(["退款拖了三周客服不理人", "今天真开心", "", "虫子" * 60]))
    extra = np.zeros((4, len(FEATURES)), dtype=np.float32)
    one, other = learned().judgement.logits(rows, extra), back.judgement.logits(rows, extra)
    assert np.abs(middle_score(one[:, :9]) - middle_score(other[:, :9])).max() < 0.1


@pytest.mark.parametrize(
    "data",
    [b"", b"no model", b"PK\x03\x04 cut", dumped()[:5000], dumped()[:-200], dumped()[:3000] + b"\0" * 500 + dumped()[3500:]],
    ids=["empty", "text", "zip only in name", "cut short", "tail missing", "hole"],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_one_sentence_with_its_name(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^models/m\.npz: ") as refused:
        parse_learned(data, "models/m.npz")
    assert "\n" not in str(refused.value)


def rewritten(**changes: object) -> bytes:
    """The file with another header."""
    with np.load(io.BytesIO(dumped())) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    header = json.loads(parts["header"].tobytes()) | changes
    parts["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    out = io.BytesIO()
    np.savez(out, **parts)
    return out.getvalue()


def test_a_file_of_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match=rf"m\.npz: .*layout is {FORMAT + 1}, {FORMAT} is read"):
        parse_learned(rewritten(format=FORMAT + 1), "m.npz")


def test_a_file_with_other_heads_says_train_anew() -> None:
    heads = {"heads": ["mood"], "features": list(FIGURES)}
    other = {"feeling": heads, "judgement": {"heads": list(JUDGEMENT_HEADS), "features": list(FEATURES)}}
    with pytest.raises(ValueError, match=r"m\.npz: model of another version of fengsheng: train it anew"):
        parse_learned(rewritten(models=other), "m.npz")


def test_a_file_with_pickled_code_is_never_run() -> None:
    out = io.BytesIO()
    np.savez(out, header=np.array([{"format": FORMAT}], dtype=object))
    with pytest.raises(ValueError, match=r"m\.npz: "):
        parse_learned(out.getvalue(), "m.npz")


def test_features_that_the_model_never_saw_count_nothing() -> None:
    rows = learned().judgement.feature_rows([[("media", 0.5), ("platform:new", 1.0)], [("platform:new", 1.0)], []])
    assert rows.toarray().tolist() == [[0.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_texts_logits_are_the_same_alone_and_in_a_batch() -> None:
    texts = [f"第{n}杯星河咖啡等了{'很' * (n % 7)}久" for n in range(150)]
    extra = np.random.default_rng(3).normal(0, 1, (150, len(FEATURES))).astype(np.float32)
    together = learned().judgement.logits(gram_rows(hash_grams(texts)), extra)
    for n in (0, 1, 77, 149):
        alone = learned().judgement.logits(gram_rows(hash_grams([texts[n]])), extra[n : n + 1])
        assert np.array_equal(alone[0], together[n])


def test_each_gram_counts_less_the_longer_the_text() -> None:
    rows = gram_rows(hash_grams(["退", "退" * 40]))
    norms = np.sqrt(np.asarray(sparse.csr_matrix.multiply(rows, rows).sum(axis=1))).ravel()
    assert rows.shape == (2, BUCKETS) and norms[0] == pytest.approx(1.0, abs=0.01)
    assert rows[0].max() > rows[1, hash_grams(["退"]).bucket[0]]


LOGITS = st.lists(st.floats(-40, 40, width=32), min_size=9, max_size=9)


@given(LOGITS)
def test_a_score_stays_on_the_scale_whatever_the_logits(logits: list[float]) -> None:
    value = float(middle_score(np.array([logits], dtype=np.float32))[0])
    assert 1.0 <= value <= 10.0


@given(LOGITS, st.integers(0, 8), st.floats(0, 20, width=32))
def test_a_higher_logit_never_lowers_the_score(logits: list[float], place: int, more: float) -> None:
    raised = list(logits)
    raised[place] += more
    low, high = middle_score(np.array([logits, raised], dtype=np.float32))
    assert high >= low - 1e-5


@pytest.mark.parametrize(
    ("chances", "score"),
    [([0.0] * 9, 1.0), ([1.0] * 9, 10.0), ([1.0] * 3 + [0.0] * 6, 4.0), ([1.0] * 3 + [0.5] + [0.0] * 5, 4.5)],
)
def test_a_score_is_the_step_that_is_likelier_than_not(chances: list[float], score: float) -> None:
    odds = np.clip(np.array([chances]), 1e-9, 1 - 1e-9)
    assert middle_score(np.log(odds / (1 - odds)).astype(np.float32))[0] == pytest.approx(score, abs=0.01)
    assert len(chances) == len(THRESHOLDS)


def test_no_logit_overflows() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9], dtype=np.float32)).tolist() == pytest.approx([0.0, 0.5, 1.0], abs=1e-6)
