"""``fengsheng words``: list, show, lint against the stored history, proposals, and their weekly message."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fengsheng.service import Service
from fengsheng.wiring import House
from fengsheng.word_proposing import proposals_yaml, propose_words
from fengsheng.word_weekly import WeeklyWords, due_week
from fengsheng.words import load_tested, tally_history
from records.errors import BadInput
from records.mention import Author
from scoring.assessment import Risk
from scoring.keywords import parse_words
from scoring.shipped import shipped_words
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, CONFIG, T0, at, make_house, mention
from tests.fengsheng.conftest import Shell
from tests.scoring.builders import assessment

ALONE = "\nmodel: none\nemotion: words\n"
"""The word libraries alone judge: what a word does is theirs to say."""
NO_TELEGRAM = CONFIG.partition("chats:")[0] + "chats:\n  crisis: [{channel: console}]\n  digest: [{channel: console}]\n"
DAY = 24 * 60
FILE = """name: mine
groups:
  - key: straw
    name: {zh: 吸管, en: straw}
    single: true
    alert: {count: 3, hours: 1}
    words:
      - 纸吸管
      - 星河
      - 从没有过
"""
WAVE = [
    f"{BRAND}{a}纸吸管{b}，{c}门店坏了"
    for a, b, c in zip("刚喝买见点嫌要换", "软烂泡断化散弯苦", "东西南北中左右前", strict=True)
]


class History:
    """A house with a database that is filled without scoring."""

    def __init__(self, folder: Path, config: str = CONFIG + ALONE) -> None:
        self.house: House = make_house(folder, config)
        self._count = 0

    def open(self) -> Store:
        return self.house.open_store()

    def keep(
        self, *texts: str, minutes: float = 0, complaint: bool = True, voice: str | None = None, **more: Any
    ) -> None:
        """Store posts a minute apart, each of a voice of its own."""
        pairs = []
        for n, text in enumerate(texts):
            self._count += 1
            fields = {"author": Author(id=voice)} if voice else {}
            post = mention(f"p{self._count}", text, minutes + n, **fields)
            given = {"target": "brand", "level": Risk.LOW} if complaint else {"target": "none", "level": Risk.NONE}
            given |= {"rules_version": self.house.scorer().version}
            pairs.append((post, assessment(id=post.key, brand=BRAND, **(given | more))))
        with self.open() as store:
            store.save_mentions(pairs, now=at(0))


@pytest.fixture
def history(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    """What the commands of ``shell`` find, at noon of the tests."""
    monkeypatch.setenv("FENGSHENG_DATABASE", str(tmp_path / "watch.db"))
    monkeypatch.setattr("fengsheng.cli_words.system_clock", lambda: at(60))
    yield History(tmp_path)


def finding(records: list[Any], what: str, word: str | None = None) -> Any:
    return next(r for r in records if r.get("finding") == what and r["word"] == word)


# -- list and show -----------------------------------------------------------------------------------------------------


def test_groups_are_listed_with_what_they_hit(shell: Shell, history: History) -> None:
    history.keep("要求退款", "又说要求退款", minutes=-DAY)
    history.keep("退款很快", complaint=False)
    records = {r["key"]: r for r in shell("words", "--json").records}
    refund = records["refund"]
    assert (refund["hits"], refund["hits_per_day"], refund["complaints"], refund["share"]) == (3, 1.5, 2, 0.667)
    assert (refund["name"]["en"], refund["kind"], refund["alert"]["count"]) == ("refund", "matter", 5)
    assert refund["last_hit"] == at(0).isoformat()
    assert (records["fire"]["hits"], records["fire"]["last_hit"]) == (0, None)
    assert len(records) == len(shipped_words().groups)
    told = shell("words")
    assert told.code == 0
    line = next(row for row in told.out.splitlines() if row.split()[:1] == ["refund"])
    assert all(
        part in line for part in ("要求退款", "3 小时 5 条橙色预警；单条黄色预警", "1.5", "67%", "2026-11-20 12:00")
    )
    assert "依据 3 条提及，其中投诉 2 条" in told.out
    (recent,) = [r for r in shell("words", "--json", "--days", "1").records if r["key"] == "refund"]
    assert recent["hits"] == 1


def test_without_a_database_groups_are_listed_without_figures(shell: Shell, tmp_path: Path) -> None:
    told = shell("words")
    assert (told.code, told.err) == (0, "")
    assert "还没有存下任何提及" in told.out
    assert "hits" not in shell("words", "--json").records[0]
    assert list(tmp_path.iterdir()) == []


def test_english_where_the_config_says_so(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGSHENG_LANGUAGE", "en")
    History(tmp_path)
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    told = shell("words")
    assert "product fault" in told.out and "5 in 3 h: orange alert; one: yellow alert" in told.out
    assert "Nothing is stored yet" in told.out
    linted = shell("words", "lint", "mine.yaml")
    assert 'mine.yaml:9: "星河" (straw) stands in the name' in linted.out
    assert linted.err == "fengsheng: 1 to be set right first (marked ✗)\n"


def test_show_tells_all_of_one_group(shell: Shell, history: History) -> None:
    told = shell("words", "show", "refund")
    assert told.code == 0
    assert all(part in told.out for part in ("要求退款 · refund", "category: refund", "3 小时 5 条", "申请退款"))
    (record,) = shell("words", "show", "refund", "--json").records
    assert record["words"] == list(shipped_words().groups["refund"].words)
    gone = shell("words", "show", "nosuch")
    assert (gone.code, gone.err) == (1, 'fengsheng: no word group "nosuch": fengsheng words lists them\n')


# -- lint --------------------------------------------------------------------------------------------------------------


def test_a_new_word_is_told_with_hits_complaints_alerts_examples_and_collisions(
    shell: Shell, history: History, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    history.keep(*WAVE[:4])
    history.keep(f"{BRAND}换了纸吸管，挺好看，推荐", minutes=-DAY, complaint=False)
    ran = shell("words", "lint", "mine.yaml", "--json", "--most", "100")
    straw = next(r for r in ran.records if r.get("word") == "纸吸管")
    assert (straw["new"], straw["group"], straw["file"], straw["line"]) == (True, "straw", "mine.yaml", 8)
    assert (straw["hits"], straw["hits_per_day"], straw["share"]) == (5, 2.5, 0.8)
    assert straw["alerts_per_day"] == (4 + 1 + straw["new_complaints_per_day"] * 2) / 2, "four alone, one pass of three"
    assert [e["complaint"] for e in straw["examples"]] == [True, True, False]
    assert finding(ran.records, "in_name", "星河")["grave"] is True
    assert finding(ran.records, "never_hit", "从没有过")["line"] == 10
    assert ran.code == 1
    told = shell("words", "lint", "mine.yaml", "--most", "100")
    assert "＋纸吸管" in told.out and "检查了 3 个词，其中 3 个是新词" in told.out
    assert "✗ mine.yaml:9: “星河”（straw）就在名称" in told.out
    assert told.err == "fengsheng: 1 处须先改（标 ✗）\n"


def test_what_a_new_word_would_make_a_complaint_is_counted_as_one(
    shell: Shell, history: History, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(FILE.replace("      - 星河\n", ""), encoding="utf-8")
    history.keep(*(f"{BRAND}今天用纸吸管喝了{n}杯" for n in "一二三四五六七八"), complaint=False)
    ran = shell("words", "lint", "mine.yaml", "--json", "--most", "5")
    straw = next(r for r in ran.records if r.get("word") == "纸吸管")
    assert (straw["share"], straw["new_complaints_per_day"]) == (0.0, 8.0)
    flood = finding(ran.records, "flood", "纸吸管")
    assert flood["number"] == straw["alerts_per_day"] == 8 + 2, (
        "eight alone, and two times three voices within the hour"
    )
    assert ran.code == 1
    assert shell("words", "lint", "mine.yaml", "--most", "10").code == 0, "notes alone end with 0"


def test_beyond_enough_tries_a_word_is_taken_to_go_on_as_it_did(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(FILE.replace("      - 星河\n", ""), encoding="utf-8")
    history.keep(*(f"{BRAND}今天用纸吸管喝了{n}杯" for n in "一二三四五六七八"), complaint=False)
    monkeypatch.setattr("fengsheng.words.TRIED", 2)
    tested = load_tested(history.house, [str(tmp_path / "mine.yaml")])
    with history.open() as store:
        figures = tally_history(history.house, store, tested).words["straw", "纸吸管"]
    assert (figures.tried, figures.turned, figures.new_complaints) == (2, 2, 8.0)


def test_a_high_risk_that_a_word_makes_is_told(shell: Shell, history: History, tmp_path: Path) -> None:
    grave = FILE.replace("    single: true\n", "    category: safety\n    gravity: 9.5\n").replace("      - 星河\n", "")
    (tmp_path / "mine.yaml").write_text(grave, encoding="utf-8")
    history.keep(f"{BRAND}的纸吸管不好用")
    straw = next(r for r in shell("words", "lint", "mine.yaml", "--json").records if r.get("word") == "纸吸管")
    assert (straw["new_high_per_day"], straw["alerts_per_day"], straw["new_complaints_per_day"]) == (1.0, 1.0, 0.0)


def test_only_the_brand_and_days_asked_for_count(shell: Shell, history: History, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    history.keep("纸吸管", minutes=-3 * DAY)
    history.keep("纸吸管")
    for options, hits in ((("--days", "1"), 1), ((), 2), (("--brand", BRAND), 2)):
        records = shell("words", "lint", "mine.yaml", "--json", *options).records
        assert next(r for r in records if r.get("word") == "纸吸管")["hits"] == hits
    wrong = shell("words", "lint", "--brand", "云朵")
    assert (wrong.code, wrong.err) == (2, f'--brand: no brand "云朵": accepted are {BRAND}\n')


def test_the_configured_libraries_are_linted_where_no_file_is_named(shell: Shell, history: History) -> None:
    history.keep("要求退款")
    ran = shell("words", "lint", "--json")
    words = [r for r in ran.records if "word" in r and "finding" not in r]
    assert len(words) == sum(len(g.words) for g in shipped_words().groups.values())
    assert not any(r["new"] for r in words)
    assert ran.code == 0
    told = shell("words", "lint", "--limit", "2").out
    assert told.count("在历史上从未命中") + told.count("在历史中从未命中") == 2
    assert "--limit 0 全部列出" in told


def test_copies_and_repeats_are_one_voice(history: History, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(FILE, encoding="utf-8")
    history.keep(*["同一段话里说纸吸管不好用，真的很不好用"] * 3)
    history.keep("纸吸管一", "纸吸管二", "纸吸管三", minutes=10, voice="acct-same")
    tested = load_tested(history.house, [str(tmp_path / "mine.yaml")])
    with history.open() as store:
        figures = tally_history(history.house, store, tested).words["straw", "纸吸管"]
    assert (figures.hits, figures.passes) == (6, 0)


def test_all_problems_of_all_files_are_told_with_their_lines(shell: Shell, history: History, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("groups:\n  - key: a\n    name: {zh: a}\n    word: [a]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("groups: [", encoding="utf-8")
    ran = shell("words", "lint", "a.yaml", "b.yaml", "gone.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert 'a.yaml:4: unknown key "word" in the group: did you mean "words"?' in ran.err
    assert "b.yaml:1: not valid YAML" in ran.err
    assert "gone.yaml: no such file" in ran.err


# -- proposals ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wave(history: History) -> History:
    """Two calm weeks of other complaints, then a wave about straws."""
    for day in range(3, 17):
        places = [f"第{n}家" + chr(0x5000 + day * 9 + n) * 2 for n in range(6)]
        history.keep(*(f"{BRAND}{p}退款太慢了" for p in places), minutes=-day * DAY)
        history.keep(*(f"周末去{BRAND}{p}坐了坐" for p in places), minutes=-day * DAY + 30, complaint=False)
    history.keep(*WAVE, minutes=-DAY)
    return history


def test_new_words_of_the_last_days_are_proposed(shell: Shell, wave: History) -> None:
    (record,) = shell("words", "propose", "--days", "2", "--json").records
    assert (record["word"], record["count"], record["voices"], record["earlier"], record["others"]) == (
        "纸吸管",
        8,
        8,
        0,
        0,
    )
    assert (record["group"], record["complaints"], record["earlier_complaints"]) == ("product_fault", 8, 84)
    assert record["examples"][0]["mention"].startswith("weibo:post:") and "纸吸管" in record["examples"][0]["text"]
    assert shell("words", "propose", "--days", "2", "--least", "9", "--json").records == []


def test_the_proposals_are_a_word_file_that_replaces_nothing_and_passes_the_lint(
    shell: Shell, wave: History, tmp_path: Path
) -> None:
    told = shell("words", "propose", "--days", "2").out
    library, problems = parse_words(told, "proposed.yaml")
    assert library is not None, problems
    (key,) = library.groups
    found, beside = library.groups[key], shipped_words().groups["product_fault"]
    assert key == "product_fault_20261120" and key not in shipped_words().groups
    assert found.words == ("纸吸管",)
    assert (found.category, found.subcategory, found.alert_count) == (beside.category, beside.subcategory, 5)
    assert found.gravity == 5.0 and not found.single
    assert "8 条投诉，8 个声音；此前 0，非投诉 0" in told
    (tmp_path / "proposed.yaml").write_text(told, encoding="utf-8")
    assert shell("words", "lint", "proposed.yaml").code == 0


def test_a_week_without_new_words_is_a_file_without_groups(shell: Shell, history: History) -> None:
    assert shell("words", "propose").err.startswith("fengsheng: no database at")
    history.keep(f"周末去{BRAND}坐了坐", complaint=False)
    told = shell("words", "propose").out
    assert parse_words(told, "p.yaml")[0] is not None
    assert "0 条投诉" in told and "groups: []" in told


def test_hostile_post_text_stays_a_comment(history: History) -> None:
    nasty = [text.replace("，", "\n- ab: x\r\u2028\x1b[31m\x07，") for text in WAVE]
    history.keep(*nasty, minutes=-DAY)
    history.keep(*(f"周末去{BRAND}第{n}家坐了坐" for n in range(40)), minutes=-3 * DAY, complaint=False)
    with history.open() as store:
        found = propose_words(history.house, store, now=at(0), days=2, before=30, least=5, most=9)
    text = proposals_yaml(found, history.house)
    library, problems = parse_words(text, "p.yaml")
    assert library is not None, problems
    assert [g.words for g in library.groups.values()] == [("纸吸管",)]
    assert not any(c in text for c in "\r\u2028\x1b\x07")


def test_copies_of_one_text_propose_nothing(history: History) -> None:
    history.keep(*[f"{BRAND}的纸吸管软得没法用，门店坏了"] * 9, minutes=-DAY)
    history.keep(*(f"周末去{BRAND}第{n}家坐了坐" for n in range(40)), minutes=-3 * DAY, complaint=False)
    with history.open() as store:
        found = propose_words(history.house, store, now=at(0), days=2, before=30, least=5, most=9)
    assert (found.complaints, found.proposals) == (1, ())


# -- every week --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hour", "week"),
    [(16, 9, "2026-W47"), (16, 8, "2026-W46"), (22, 23, "2026-W47"), (23, 8, "2026-W47"), (23, 9, "2026-W48")],
)
def test_a_week_is_due_from_monday_nine_oclock_on(day: int, hour: int, week: str) -> None:
    assert due_week(datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))) == week


def test_the_digest_chat_gets_the_words_of_each_week_once(tmp_path: Path) -> None:
    history = History(tmp_path, NO_TELEGRAM + ALONE)
    history.keep(*(f"周末去{BRAND}第{n}家坐了坐" for n in range(40)), complaint=False)
    history.keep(*WAVE, minutes=5 * DAY)
    now = [T0]
    weekly = WeeklyWords(history.house, lambda: now[0])

    def told() -> list[str]:
        asyncio.run(weekly.send_due())
        with history.open() as store:
            return ["\n".join(b.text for b in q.item.message.blocks) for q in store.ledger() if q.item.message]

    assert told() == [], "a new database waits for its first Monday"
    now[0] = T0 + timedelta(days=6)
    (said,) = told()
    assert "近 7 天 8 条投诉" in said and "纸吸管 8 条（此前 0） → 产品故障" in said
    assert "软" not in said, "no words of posts"
    assert len(told()) == 1
    now[0] += timedelta(days=14)
    assert len(told()) == 1, "a week without new words is silent"
    with history.open() as store:
        assert store.setting("words_proposed") == "2026-W50"


async def test_the_running_service_asks_every_week(tmp_path: Path) -> None:
    history = History(tmp_path, NO_TELEGRAM + ALONE)
    stop = asyncio.Event()
    service = Service(history.house, config_path=None, say=lambda text: None, environment={}, clock=lambda: T0)
    running = asyncio.create_task(service.run(stop))
    with history.open() as store:
        while store.setting("words_proposed") is None and not running.done():
            await asyncio.sleep(0.02)
        assert store.setting("words_proposed") == "2026-W47"
    stop.set()
    await running


def test_drills_and_houses_without_a_digest_chat_send_nothing(tmp_path: Path) -> None:
    history = History(tmp_path)
    asyncio.run(WeeklyWords(history.house, lambda: T0).send_due())
    assert not history.house.database.exists()
    drill = dataclasses.replace(history.house, drill=True)
    asyncio.run(WeeklyWords(drill, lambda: T0).send_due())
    assert not history.house.database.exists()


def test_files_that_are_wrong_raise_before_anything_is_read(history: History, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("groups: 3", encoding="utf-8")
    with pytest.raises(BadInput, match=r'b\.yaml:1: a word file is a mapping with "name" and a list "groups"'):
        load_tested(history.house, [str(tmp_path / "b.yaml")])
