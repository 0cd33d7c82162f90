from __future__ import annotations

import pytest

from scoring.alert import Level
from scoring.assessment import Category
from scoring.keywords import WordLibrary, join_words, parse_words
from scoring.shipped import shipped_words
from scoring.text import fold_text, own_words

W3 = "严重故障 无法使用 产品故障 要求退款 公开曝光 服务差评 服务差 太慢了 等待时间太长 操作界面复杂 问题未解决 我要投诉".split()


def library(words: str, kind: str = "matter") -> WordLibrary:
    found, problems = parse_words(
        f"groups:\n  - key: g\n    name: {{zh: 组}}\n    kind: {kind}\n    words: [{words}]\n", "w.yaml"
    )
    assert found, problems
    return found


def hits(words: str, text: str) -> list[tuple[str, tuple[int, int], bool]]:
    return [(h.text, h.at, h.negated) for h in library(words).find(fold_text(text))]


@pytest.mark.parametrize("word", W3)
def test_the_missions_sensitive_words_are_shipped_and_alert(word: str) -> None:
    found = shipped_words().find(fold_text(f"这家{word}。"))
    assert any(h.group.single for h in found), [h.group.key for h in found]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("退款", "我要退款", [("退款", (2, 4), False)]),
        ("退款", "退 款！退*款", [("退 款", (0, 3), False), ("退*款", (4, 7), False)]),
        ("投诉", "我要投訴", [("投訴", (2, 4), False)]),
        ("退款, 要求退款", "要求退款", [("要求退款", (0, 4), False)]),
        ("等了…分钟", "等了整整五十分钟", [("等了整整五十分钟", (0, 8), False)]),
        ("等了…分钟", "等了。五十分钟", []),
        ("(手|脚)…(肿|烫伤)", "左脚全都肿了", [("脚全都肿", (1, 5), False)]),
        ("(手|脚)…(肿|烫伤)", "手机好用", []),
        ("(手|脚)…(肿|烫伤)", "手倒没有烫伤", []),
        ("tm", "ATM机", []),
        ("tm", "你TM说", [("TM", (1, 3), False)]),
        ("过敏", "没有过敏", [("过敏", (2, 4), True)]),
        ("过敏", "有没有过敏的", [("过敏", (3, 5), False)]),
        ("骗人", "这不是骗人吗", [("骗人", (3, 5), False)]),
        ("垃圾", "垃\u200b圾", [("垃\u200b圾", (0, 3), False)]),
    ],
)
def test_words_are_found_where_they_stand(words: str, text: str, expected: list[object]) -> None:
    assert hits(words, text) == expected


def test_a_harmless_phrase_hides_the_word_inside_it() -> None:
    text = """
groups:
  - {key: fire, name: {zh: 火}, words: [爆炸]}
  - {key: fine, name: {zh: 无害}, kind: harmless, words: [信息爆炸]}
"""
    words, _ = parse_words(text, "w.yaml")
    assert words is not None
    assert [h.at for h in words.find(fold_text("信息爆炸时代手机爆炸"))] == [(8, 10)]


def test_a_users_group_replaces_the_shipped_one_and_carries_its_threshold() -> None:
    own, problems = parse_words(
        "groups:\n  - key: refund\n    name: {zh: 退款}\n    words: [退我钱]\n    alert: {count: 2, hours: 6, level: red}\n",
        "own.yaml",
    )
    assert own is not None and not problems
    joined = join_words([shipped_words(), own])
    group = joined.groups["refund"]
    assert (group.words, group.alert_count, group.alert_hours, group.alert_level) == (("退我钱",), 2, 6.0, Level.RED)
    assert joined.version != shipped_words().version


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("groups: 3", 1, 'list "groups"'),
        ("groups:\n  - key: Ä\n    name: {zh: a}\n    words: [a]", 2, "lower-case letters"),
        ("groups:\n  - key: a\n    name: {zh: a}\n    word: [a]", 4, 'did you mean "words"'),
        ("groups:\n  - key: a\n    name: {zh: a}\n    words: [a]\n    kind: rage", 5, "accepted are matter"),
        ("groups:\n  - key: a\n    name: {zh: a}\n    words: [a]\n    gravity: 11", 5, "from 1 to 10"),
        ("groups:\n  - key: a\n    name: {zh: a}\n    words: [a]\n    alert: {count: 0}", 5, "1 or more"),
        (
            "groups:\n  - key: a\n    name: {zh: a}\n    words: [a]\n  - key: a\n    name: {zh: b}\n    words: [b]",
            5,
            "stands twice",
        ),
        ("groups:\n  - key: a\n    name: {zh: a}\n    words: ['…a']", 4, "text is needed on both sides of"),
        ("groups: [", 1, "not valid YAML"),
    ],
)
def test_wrong_word_files_name_line_and_what_is_accepted(text: str, line: int, said: str) -> None:
    found, problems = parse_words(text, "w.yaml")
    assert found is None
    assert any(p.line == line and said in p.what for p in problems), problems


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("太差了//@甲:骗子公司", "太差了"),
        ("转发微博//@甲:骗子公司", ""),
        ("//@甲:骗子公司", ""),
        ("没有转发", "没有转发"),
        ("看 http://t.cn/abc 吧", "看 http://t.cn/abc 吧"),
    ],
)
def test_only_the_words_before_the_chain_are_the_writers_own(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("三岁半的娃能喝吗？怕芋圆噎着", False),
        ("孩子喝的时候噎着了，送去医院", True),
        ("小心烫伤哦", False),
        ("万一食物中毒怎么办", False),
        ("怕不是食物中毒吧，全家都吐了", True),
        ("哪怕食物中毒他们也不管", True),
    ],
)
def test_a_fear_is_no_claim_of_fact(text: str, claims: bool) -> None:
    found = shipped_words()
    said = [h for h in found.find(fold_text(text)) if h.group.kind == "matter" and h.group.category is Category.SAFETY]
    assert any(not h.negated for h in said) is claims
