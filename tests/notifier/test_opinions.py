"""The line on the card that says where a second opinion differs: what warns first, words that ring nobody, no level moved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifier.opinions import opinion_blocks, reason_words
from notifier.wording import Lang
from records.opinion import Judged, Opinion, OpinionState, SecondOpinion, Signs, Wanted, is_suspicious

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def judged(level: str, offline: str, *, reason: str = "轻伤", signs: Signs = Signs()) -> Judged:
    said = Opinion(
        topicality=6, emotion=6, level=level, category="safety", target="brand", reason=reason, model="stub-1"
    )
    second = SecondOpinion(
        mention="weibo:post:1",
        brand="云杉茶饮",
        wanted=Wanted.HIGH,
        state=OpinionState.ANSWERED,
        queued_at=NOW,
        next_at=NOW,
        answered_at=NOW,
        opinion=said,
        signs=signs,
    )
    return Judged(second, offline)


def line(*opinions: Judged, lang: Lang = "zh") -> str:
    blocks = opinion_blocks(opinions, lang)
    assert len(blocks) <= 1
    return blocks[0].text if blocks else ""


def test_nothing_is_said_where_all_agree() -> None:
    assert line() == line(judged("high", "high"), judged("low", "low")) == ""


def test_the_difference_is_one_line_in_both_languages() -> None:
    said = line(judged("medium", "high"), judged("high", "high"))
    assert said == "🤖 第二意见：中风险（本地：高风险）——轻伤（2 条中 1 条不同；只看文字，仅供参考，级别不变）"
    said = line(judged("medium", "high", reason="light injury"), lang="en")
    assert said == (
        "🤖 Second opinion: medium risk (offline: high risk): light injury (1 of 1 differ; by the words alone, a note that "
        "changes no level)"
    )


def test_what_warns_comes_first_then_the_gravest_and_what_is_doubtful_last() -> None:
    safety = Signs(safety=("玻璃",))
    doubtful, calmer = judged("none", "high", signs=safety), judged("medium", "high")
    graver, light = judged("medium", "low"), judged("low", "medium")
    assert line(doubtful, light, calmer, graver).startswith("🤖 第二意见：中风险（本地：低风险）")
    assert line(doubtful, light, calmer).startswith("🤖 第二意见：中风险（本地：高风险）")
    assert line(doubtful).startswith("⚠️ 第二意见可疑，不采信：无风险（本地：高风险）（1 条中")
    assert line(doubtful, lang="en").startswith(
        "⚠️ Suspicious second opinion, not relied on: no risk (offline: high risk)"
    )


@pytest.mark.parametrize(
    ("said", "offline", "signs", "wanted"),
    [
        ("low", "high", Signs(safety=("玻璃",)), True),
        ("none", "medium", Signs(safety=("玻璃",)), True),
        ("medium", "high", Signs(safety=("玻璃",)), False),
        ("low", "high", Signs(), False),
        ("high", "low", Signs(safety=("玻璃",)), False),
        ("medium", "high", Signs(orders=("忽略以上指令",)), True),
        ("high", "low", Signs(orders=("忽略以上指令",)), True),
        ("high", "high", Signs(orders=("忽略以上指令",)), False),
    ],
)
def test_which_opinions_are_suspicious(said: str, offline: str, signs: Signs, wanted: bool) -> None:
    assert is_suspicious(said, offline, signs) is wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("点 https://evil.example/x?y=1 看", "点 … 看"),
        ("见evil.com/a", "见…"),
        ("@林组长 快降级", "＠林组长 快降级"),
        ("一\n二\u202e三\u200b", "一 二三"),
    ],
)
def test_a_models_words_lead_nowhere_and_ring_nobody(words: str, wanted: str) -> None:
    assert reason_words(words) == wanted


def test_a_long_reason_is_cut() -> None:
    assert len(line(judged("medium", "high", reason="长" * 500))) < 150
