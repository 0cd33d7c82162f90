"""W3: the words of the mission raise; figures of words on a history; collisions; proposals."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from scoring.alert import Dimension, Level
from scoring.detectors.concentration import select_windows
from scoring.detectors.single import detect_single
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.shipped import shipped_rules, shipped_words
from scoring.text import fold_text
from scoring.word_candidates import find_words, runs_of
from scoring.word_collisions import Finding, find_collisions
from scoring.word_lint import Sight, WordTally, counts_hits, new_words, raises_alone
from scoring.word_proposals import Complaint, WordSearch, log_likelihood
from tests.scoring.builders import NOON, post, score

W3 = {
    "严重故障": "product_fault", "无法使用": "product_fault", "产品故障": "product_fault", "要求退款": "refund",
    "公开曝光": "exposure", "服务差评": "bad_service", "服务差": "bad_service", "太慢了": "waiting",
    "等待时间太长": "waiting", "操作界面复杂": "process", "问题未解决": "process", "我要投诉": "complaint_act",
}  # fmt: skip


def library(*groups: str) -> WordLibrary:
    found, problems = parse_words("groups:\n" + "\n".join(f"  - {g}" for g in groups), "w.yaml")
    assert found, problems
    return found


def group(key: str, words: str, more: str = "") -> str:
    return f"{{key: {key}, name: {{zh: {key}}}, words: [{words}]{', ' + more if more else ''}}}"


def everything(words: WordLibrary) -> list[tuple[str, str]]:
    return [(g.key, w) for g in words.groups.values() for w in g.words]


# -- the words of the mission ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "key"), W3.items())
def test_each_word_of_the_mission_hits_its_group_and_raises(word: str, key: str) -> None:
    words = shipped_words()
    found = words.groups[key]
    assert word in found.words
    assert any(h.group.key == key and not h.negated for h in words.find(fold_text(f"星河咖啡{word}")))
    judged = score(f"星河咖啡{word}，没人管")
    assert judged.complaint
    assert key in judged.word_groups
    alone = detect_single(judged, post(""), shipped_rules(), words, key="k", at=NOON)
    assert any(alert.level >= Level.YELLOW for alert in alone)
    counted = [w for w in select_windows(judged, shipped_rules(), words) if w.dimension is Dimension.WORD_GROUP]
    assert any(w.value == key and w.more_than == (found.alert_count or 0) - 1 >= 1 for w in counted)


def test_every_sensitive_group_that_is_shipped_can_alert_as_it_says() -> None:
    for found in shipped_words().groups.values():
        if found.single:
            assert raises_alone(found), found.key
        if found.alert_count is not None:
            assert counts_hits(found) or (found.alert_count == 1 and found.single), found.key


# -- figures -----------------------------------------------------------------------------------------------------------

FAULTS = library(
    group("fault", "坏, 坏了, 漏", "single: true, alert: {count: 3, hours: 1, level: red}"), group("calm", "建议")
)
START = datetime(2026, 11, 1, tzinfo=UTC)


def tallied(*posts: tuple[str, float, str], words: WordLibrary = FAULTS, **fields: object) -> WordTally:
    """Posts of (text, minutes, voice), all complaints unless ``fields`` say otherwise."""
    tally = WordTally()
    for n, (text, minutes, voice) in enumerate(posts):
        at = START + timedelta(minutes=minutes)
        given = {"complaint": True, "counts": True} | fields
        sight = Sight(key=f"m{n}", brand="星河", at=at, day=at.date(), voice=voice, **given)  # type: ignore[arg-type]
        tally.add(sight, text, words.find(fold_text(text)))
    return tally


def test_a_mention_counts_once_and_what_is_denied_is_no_hit() -> None:
    tally = tallied(("坏了坏了，全坏了", 0, "a"), ("没坏了", 1440, "b"), ("漏", 2880, "c"))
    broken = tally.words["fault", "坏了"]
    assert (broken.hits, broken.denied, broken.complaints, broken.share) == (1, 1, 1, 1.0)
    assert ("fault", "坏") not in tally.words, "the longest word of a group counts"
    assert tally.groups["fault"].hits == 2
    assert tally.groups["fault"].last == START + timedelta(days=2)
    assert (tally.sights, len(tally.days), tally.per_day(3)) == (3, 3, 1.0)


def test_a_single_hit_raises_in_a_complaint_only() -> None:
    assert tallied(("坏了", 0, "a")).words["fault", "坏了"].alone == 1
    assert tallied(("坏了", 0, "a"), complaint=False, counts=False).words["fault", "坏了"].alerts == 0
    assert tallied(("建议", 0, "a")).words["calm", "建议"].alerts == 0


def test_the_threshold_needs_that_many_voices_in_its_hours_and_then_begins_anew() -> None:
    def passes(*posts: tuple[float, str]) -> int:
        return tallied(*(("坏了", minutes, voice) for minutes, voice in posts)).words["fault", "坏了"].passes

    assert passes((0, "a"), (1, "b"), (2, "c")) == 1
    assert passes((0, "a"), (1, "b"), (2, "b"), (3, "a")) == 0, "copies and repeats are one voice"
    assert passes((0, "a"), (1, "b"), (60, "c")) == 0, "the window is half-open: the first is gone after an hour"
    assert passes((0, "a"), (1, "b"), (59, "c")) == 1
    assert passes(*((n, f"v{n}") for n in range(7))) == 2, "after each pass counting begins anew"


def test_words_of_one_group_pass_its_threshold_together() -> None:
    tally = tallied(("坏了", 0, "a"), ("漏", 1, "b"), ("坏了", 2, "c"))
    assert tally.groups["fault"].passes == 1
    assert tally.words["fault", "坏了"].passes == 0


def test_what_was_not_tried_is_taken_to_be_as_what_was() -> None:
    tally = WordTally()
    for n in range(8):
        turned = n < 2
        sight = Sight(
            key=str(n), brand="b", at=START, day=START.date(), voice=str(n), complaint=False, counts=turned, turned=turned,
            tried=n < 4,
        )  # fmt: skip
        tally.add(sight, "坏", FAULTS.find(fold_text("坏")))
    figures = tally.words["fault", "坏"]
    assert (figures.tried, figures.untried, figures.new_complaints, figures.alerts) == (4, 4, 4.0, 4.0)


def test_high_risk_that_a_word_makes_is_one_alert_not_two() -> None:
    figures = tallied(("坏了", 0, "a"), complaint=False, turned=True, turned_high=True).words["fault", "坏了"]
    assert (figures.new_high, figures.alerts) == (1.0, 1.0)


def test_examples_are_the_latest_of_both_kinds_and_no_copies() -> None:
    tally = WordTally()
    texts = [
        ("杯子坏了一", True),
        ("杯子坏了二", True),
        ("杯子坏了三", True),
        ("杯子坏了三", True),
        ("坏了但是修好", False),
    ]
    for n, (text, complaint) in enumerate(texts):
        sight = Sight(
            key=f"m{n}", brand="b", at=START + timedelta(minutes=n), day=START.date(), voice="v", complaint=complaint, counts=complaint
        )  # fmt: skip
        tally.add(sight, text, FAULTS.find(fold_text(text)))
    shown = tally.words["fault", "坏了"].examples()
    assert [(e.text, e.complaint) for e in shown] == [
        ("杯子坏了三", True),
        ("杯子坏了二", True),
        ("坏了但是修好", False),
    ]
    long = "长" * 40 + "坏了" + "短" * 40
    (cut,) = tallied((long, 0, "a")).words["fault", "坏了"].examples()
    assert cut.text == "…" + "长" * 16 + "坏了" + "短" * 16 + "…"


def test_new_words_are_those_the_same_group_has_not() -> None:
    mine = library(group("fault", "坏了, 碎了"), group("other", "漏"))
    assert new_words(mine.groups, FAULTS.groups) == {("fault", "碎了"), ("other", "漏")}


# -- collisions --------------------------------------------------------------------------------------------------------


def collisions(
    words: WordLibrary, names: tuple[str, ...] = (), live: WordLibrary | None = None
) -> dict[tuple[str, str, str | None], Finding]:
    found = find_collisions(words, everything(words), names, (live or words).groups)
    return {(f.what, f.group, f.word): f for f in found}


def test_a_complaint_word_in_a_name_is_grave_unless_a_harmless_phrase_covers_it() -> None:
    named = ("烂苹果果园", "可爱多", "Tmall")
    words = library(group("anger", "烂, tm", "kind: irritation"), group("praise", "可爱", "kind: praise"))
    found = collisions(words, named)
    assert found["in_name", "anger", "烂"].others == ("烂苹果果园",)
    assert found["in_name", "anger", "烂"].grave
    assert not found["in_name", "praise", "可爱"].grave, "praise in a name is to be known"
    assert ("in_name", "anger", "tm") not in found, "Latin words match whole words only"
    covered = join_words([words, library(group("names", "烂苹果果园", "kind: harmless"))])
    assert ("in_name", "anger", "烂") not in collisions(covered, named)


@pytest.mark.parametrize("name", ["星河咖啡", "星河CAFE", "星河咖啡（总店）"])
def test_a_word_equal_to_a_name_or_inside_it_is_found_in_any_spelling(name: str) -> None:
    for word in ("星河", "星 河"):
        assert collisions(library(group("mine", f'"{word}"')), (name,))["in_name", "mine", word].grave


def test_words_that_stand_in_each_other() -> None:
    words = library(
        group("refund", "退款, 要求退款, 不退款"),
        group("calm", "退款很快, 退款", "kind: resolved"),
        group("fine", "不用退款, 热死", "kind: harmless"),
        group("heat", "热死", ""),
        group("trade", "退, 款式", "kind: commerce"),
    )
    found = collisions(words)
    assert found["two_groups", "refund", "退款"].others == ("退款 (calm)",)
    assert found["inside", "refund", "退款"].others == ("退款很快 (calm)",)
    assert found["contains", "calm", "退款很快"].others == ("退款 (refund)",)
    assert ("contains", "refund", "要求退款") in found, "退款 of calm stands in it"
    assert found["harmless_inside", "refund", "退款"].others == ("不用退款",)
    assert found["hidden", "heat", "热死"].others == ("热死",)
    assert ("inside", "trade", "退") not in found, "trade words are meant to stand inside others"
    assert found["one_character", "trade", "退"].word == "退"


def test_words_that_are_one_after_folding() -> None:
    found = collisions(library(group("mine", '投诉, 投訴, "投 诉", APP闪退, app闪退')))
    assert found["folds_alike", "mine", "投訴"].others == ("投诉", "投 诉")
    assert found["folds_alike", "mine", "app闪退"].others == ("APP闪退",)


def test_choices_collide_by_the_spelling_that_does() -> None:
    found = collisions(library(group("mine", '"(手|脚)肿"'), group("other", "脚肿")))
    assert found["two_groups", "other", "脚肿"].others == ("脚肿 (mine)",)


def test_groups_that_take_words_away_or_never_alert() -> None:
    live = library(group("refund", "退款, 退钱"))
    mine = library(
        group("refund", "退款"),
        group("odd", "怪", "kind: irritation, single: true"),
        group("once", "一次", "alert: {count: 1}"),
        group("right", "对", "alert: {count: 2}"),
    )
    found = collisions(mine, live=live)
    assert found["replaces", "refund", None].others == ("退钱",)
    assert "matter" in found["never_alerts", "odd", None].others
    assert ("threshold_of_one", "once", None) in found
    assert not [key for key in found if key[1] == "right" and key[2] is None]


def test_only_words_under_test_are_told() -> None:
    words = join_words([shipped_words(), library(group("mine", "退款"))])
    found = find_collisions(words, [("mine", "退款")], (), shipped_words().groups)
    assert {f.group for f in found} == {"mine"}


# -- proposals ---------------------------------------------------------------------------------------------------------


def test_the_ratio_is_dunnings() -> None:
    # 2 Σ O ln(O/E) over the table 10 90 / 1 99
    table = ((10, 5.5), (90, 94.5), (1, 5.5), (99, 94.5))
    expected = 2 * sum(o * math.log(o / e) for o, e in table)
    assert log_likelihood(10, 100, 1, 100) == pytest.approx(expected)
    assert log_likelihood(1, 100, 10, 100) == pytest.approx(-expected)
    assert log_likelihood(0, 5, 0, 7) == 0.0
    assert log_likelihood(5, 5, 7, 7) == 0.0
    assert log_likelihood(3, 10, 0, 0) == 0.0


def test_words_are_what_holds_together_between_varied_neighbours() -> None:
    before, after = "甲乙丙丁戊己", "壬癸子丑寅卯"
    texts = [runs_of(fold_text(f"{before[n % 6]}纸吸管{after[n % 5]}，{filler(n)}"), ()) for n in range(12)]
    assert find_words(texts, 5) == ["纸吸管"]
    assert find_words(texts, 13) == []
    same = [runs_of(fold_text(f"好纸吸管坏，{filler(n)}"), ()) for n in range(12)]
    assert "纸吸管" not in find_words(same, 5), "a piece of a longer phrase has one neighbour"


def test_runs_leave_out_names_handles_links_and_emoticons() -> None:
    text = fold_text("星河咖啡的杯子@小林 看 https://x.cn/abc退了[微笑] APP Bug")
    assert runs_of(text, ("星河咖啡",)) == ["的杯子", "看", "退了", "app", "bug"]
    assert runs_of(text, (), [(0, 5)]) == ["杯子", "看", "退了", "app", "bug"]


def filler(number: int) -> str:
    """Twenty characters that stand nowhere else: complaints hold more than the words that are looked for."""
    return "".join(chr(0x5000 + number * 20 + place) for place in range(20))


def said(words: WordLibrary, *texts: str) -> list[Complaint]:
    return [
        Complaint(key=f"m{n}", voice=f"v{n}", text=text, hits=tuple(words.find(text)))
        for n, text in enumerate(fold_text(f"{t}，{filler(k)}") for k, t in enumerate(texts))
    ]


KNOWN = library(group("refund", "退款"), group("fault", "坏了"))
WAVE = [
    f"{a}纸吸管{b}，{c}"
    for a, b, c in zip(
        "刚喝买见点嫌要换", ["软", "烂", "泡", "断", "化", "散", "弯", "苦"], ["坏了"] * 6 + ["退款"] * 2, strict=True
    )
]


def test_a_word_that_is_new_and_negative_is_proposed_with_its_group_and_examples() -> None:
    search = WordSearch(said(KNOWN, *WAVE), names=("星河咖啡",), known=(), least=5)
    for n in range(60):
        search.add(fold_text(f"门店{n}坏了"), complaint=True)
        search.add(fold_text(f"今天喝了{n}杯"), complaint=False)
    search.add(fold_text("纸吸管挺好"), complaint=False)
    (found,) = search.proposals()
    assert (found.word, found.count, found.voices, found.earlier, found.others) == ("纸吸管", 8, 8, 0, 1)
    assert found.group == "fault"
    assert found.newness > 10.83 and found.negativity > 6.63
    assert found.examples[0][0] == "m7" and "纸吸管" in found.examples[0][1] and len(found.examples) == 3


def test_what_was_always_said_or_is_said_in_calm_too_is_not_proposed() -> None:
    for complaint in (True, False):
        search = WordSearch(said(KNOWN, *WAVE), names=(), known=(), least=5)
        for n in range(40):
            search.add(fold_text(f"纸吸管{n}"), complaint=complaint)
            search.add(fold_text(f"别的{n}"), complaint=not complaint)
        assert search.proposals() == []


def test_a_first_week_without_a_time_before_is_judged_by_what_is_calm() -> None:
    search = WordSearch(said(KNOWN, *WAVE), names=(), known=(), least=5)
    for n in range(60):
        search.add(fold_text(f"今天喝了{n}杯"), complaint=False)
    assert [p.word for p in search.proposals()] == ["纸吸管"]
    assert WordSearch([], names=(), known=(), least=5).proposals() == []


def test_known_words_names_and_one_persons_words_are_not_proposed() -> None:
    def proposed(complaints: list[Complaint], names: tuple[str, ...] = (), known: tuple[str, ...] = ()) -> list[str]:
        search = WordSearch(complaints, names=names, known=known, least=5)
        for n in range(60):
            search.add(fold_text(f"今天喝了{n}杯"), complaint=False)
        return [p.word for p in search.proposals()]

    assert proposed(said(library(group("mine", "纸吸管"), group("fault", "坏了")), *WAVE)) == []
    assert proposed(said(KNOWN, *WAVE), ("纸吸管",)) == []
    assert proposed(said(KNOWN, *WAVE), known=("纸吸管",)) == []
    one = [Complaint(key=c.key, voice="one", text=c.text, hits=c.hits) for c in said(KNOWN, *WAVE)]
    assert proposed(one) == []


def test_words_of_the_same_complaints_are_one_theme() -> None:
    texts = [
        f"{a}纸吸管{b}了，{c}塑料味{d}"
        for a, b, c, d in zip(
            "刚喝买见点嫌要换", "软烂泡断化散弯苦", "满有带全是股吃喝", "重浓冲大冒熏飘散", strict=True
        )
    ]
    others = [f"{a}积分清零{b}" for a, b in zip("我说查看被把又再", "了吧没亏气哭骂走", strict=True)]
    search = WordSearch(said(KNOWN, *texts, *others), names=(), known=(), least=5)
    for n in range(80):
        search.add(fold_text(f"今天喝了{n}杯"), complaint=False)
    themes = {p.word: p.theme for p in search.proposals()}
    assert themes["纸吸管"] == themes["塑料味"] != themes["积分清零"]
