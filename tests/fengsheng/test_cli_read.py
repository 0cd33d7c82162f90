"""score, explain, surge, search and export: what comes out is parseable, whole, and never steers what reads it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from tests.fengsheng.builders import BRAND, HURT, World, complaints, mention
from tests.fengsheng.conftest import Shell

FIELDS = (
    "id brand topicality emotion mood reach completeness scope already_spread spread level nature impact category "
    "subcategory split target product crisis_type checklist reasons uncertain rules_version"
).split()


def line(**record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


# -- score -----------------------------------------------------------------------------------------------------------


def test_score_answers_every_line_in_order_and_a_bad_one_with_its_reason(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_bytes(
        line(id="a", brand=BRAND, text=HURT)
        + line(id="b", text="没有品牌")
        + b'{"id": "c", \n'
        + b'{"id": "d", "brand": "x", "text": "\xff\xfe"}\n'
        + b"\n"
        + line(id="e", brand=BRAND, text="")
        + line(id="f", brand=BRAND, text=f"{BRAND}上新了", metrics={"likes": "many"})
        + line(id="g", brand=BRAND, text=f"{BRAND}上新了", author=None, metrics=None, published_at=None)
    )
    ran = shell("score", file)
    assert (ran.code, ran.err) == (0, "")
    said = ran.records
    assert [r.get("id") for r in said] == ["a", None, None, None, "e", None, "g"]
    assert [r.get("line") for r in said] == [None, 2, 3, 4, None, 7, None]
    assert all(set(FIELDS) <= set(said[n]) for n in (0, 4, 6))
    assert [bool(r.get("error")) for r in said] == [False, True, True, True, False, True, False]
    assert "brand is missing" in said[1]["error"] and "not JSON" in said[2]["error"]
    assert "not UTF-8" in said[3]["error"] and "likes" in said[5]["error"]
    assert (said[0]["level"], said[4]["level"], said[6]["level"]) == ("high", "none", "none")
    assert all(1 <= said[0][score] <= 10 for score in ("topicality", "emotion", "reach", "spread"))
    assert all(set(reason) == {"rule", "what", "evidence", "weight", "at"} for reason in said[0]["reasons"])


def test_score_reads_standard_input_and_many_lines_keep_their_order(shell: Shell) -> None:
    asked = b"".join(line(id=str(n), brand=f"牌{n % 3}", text="退款") if n % 7 else b"broken\n" for n in range(1100))
    ran = shell("score", stdin=asked)
    assert ran.code == 0
    assert [r.get("id") or r["line"] for r in ran.records] == [str(n) if n % 7 else n + 1 for n in range(1100)]


def test_score_answers_with_the_shipped_model(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fengsheng", "score"],
        input=line(id="a", brand=BRAND, text=HURT) + b"[]\n",
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=True,
    )
    first, second = (json.loads(answer) for answer in done.stdout.splitlines())
    assert "+model+" in first["rules_version"]
    assert second == {"line": 2, "error": "a list instead of a JSON object"}
    assert list(tmp_path.iterdir()) == [], "scoring stores nothing"


# -- explain ---------------------------------------------------------------------------------------------------------


def test_explain_shows_rules_values_and_words(shell: Shell, world: World) -> None:
    world.take([mention("1", HURT)])
    ran = shell("explain", "weibo:post:1")
    assert ran.code == 0
    assert HURT in ran.out and BRAND in ran.out
    for shown in ("S1", "S12", "玻璃", "风险: 高", "规则版本: "):
        assert shown in ran.out
    (row,) = world.rows()
    assert row.id in ran.out
    (record,) = shell("explain", "weibo:post:1", "--json").records
    assert (record["mention"], record["brand"], record["incidents"]) == ("weibo:post:1", BRAND, [row.id])
    assert {reason["rule"].partition(":")[0] for reason in record["reasons"]} >= {"S1", "S2", "S6", "S12"}


def test_explain_of_an_unknown_mention_says_where_ids_are(shell: Shell, world: World) -> None:
    ran = shell("explain", "weibo:post:404")
    assert (ran.code, ran.out) == (1, "")
    assert 'no mention "weibo:post:404" is stored: search shows the ids' in ran.err


# -- surge -----------------------------------------------------------------------------------------------------------


def series(path: Path, values: list[float]) -> Path:
    rows = [f"2026-11-{1 + n // 24:02} {n % 24:02}:00:00,{value}" for n, value in enumerate(values)]
    path.write_text("timestamp,value\n" + "\n".join(rows) + "\n")
    return path


def test_surge_keeps_order_and_timestamps_and_finds_the_jump(shell: Shell, tmp_path: Path) -> None:
    values = [5.0 + n % 3 for n in range(200)]
    values[150] = 90
    file = series(tmp_path / "s.csv", values)
    ran = shell("surge", file)
    assert ran.code == 0
    rows = list(csv.DictReader(ran.out.splitlines()))
    assert list(rows[0]) == ["timestamp", "value", "score", "alarm"]
    assert [r["timestamp"] for r in rows] == [text.partition(",")[0] for text in file.read_text().splitlines()[1:]]
    assert [float(r["value"]) for r in rows] == values
    assert all(0 <= float(r["score"]) <= 1 for r in rows)
    assert max(rows, key=lambda r: float(r["score"])) is rows[150]
    assert [n for n, r in enumerate(rows) if r["alarm"] == "1"] == [150]
    records = shell("surge", file, "--json").records
    assert [(r["timestamp"], r["alarm"]) for r in records] == [(r["timestamp"], r["alarm"] == "1") for r in rows]


def test_surge_lists_every_bad_line(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("timestamp,value\n2026-11-01,1\nyesterday,2\n2026-11-02,-3\n2026-11-03,many\n")
    ran = shell("surge", "s.csv")
    assert (ran.code, ran.out) == (2, "")
    assert [text.partition(" is ")[0] for text in ran.err.splitlines()] == [
        "s.csv:3: timestamp",
        "s.csv:4: value",
        "s.csv:5: value",
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "timestamp,value\n"])
def test_surge_needs_its_two_columns_and_data(shell: Shell, tmp_path: Path, text: str) -> None:
    (tmp_path / "s.csv").write_text(text)
    ran = shell("surge", "s.csv")
    assert ran.code == 2
    assert "timestamp,value" in ran.err


# -- search ----------------------------------------------------------------------------------------------------------

POSTS = {
    "1": f"{BRAND}客服不回，申请退款三天没动静",
    "2": f"在{BRAND}退款很顺利，点赞",
    "3": f"{BRAND}的拿铁真好喝",
    "4": f"{BRAND} Refund 拒绝了我",
    "5": f"[bold red]{BRAND}[/] \x1b[31m退款\x1b[0m =1+1",
}


@pytest.fixture
def stored(world: World) -> World:
    world.take([mention(ident, text, int(ident)) for ident, text in POSTS.items()])
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("退款", ["5", "2", "1"]),
        ("客服", ["1"]),
        ("款", ["5", "2", "1"]),
        ("退款 客服", ["1"]),
        ('"退款三天"', ["1"]),
        ("refund", ["4"]),
        ("星河 拿铁", ["3"]),
        ("款退", []),
        ("", ["5", "4", "3", "2", "1"]),
    ],
)
def test_search_finds_every_text_with_the_words_newest_first(
    shell: Shell, stored: World, query: str, found: list[str]
) -> None:
    assert [r["id"] for r in shell("search", query, "--json").records] == found
    shown = shell("search", query)
    assert shown.code == 0
    assert f"{len(found)} mention(s)" in shown.out
    assert all(f"weibo:post:{ident}" in shown.out for ident in found)


def test_search_narrows_by_level_brand_time_and_number(shell: Shell, stored: World) -> None:
    def ids(*options: str) -> list[str]:
        return [r["id"] for r in shell("search", "", *options, "--json").records]

    assert ids("--limit", "2") == ["5", "4"]
    assert "--limit 2 reached" in shell("search", "", "--limit", "2").out
    assert ids("--since", "2026-11-20T12:03", "--until", "2026-11-20T12:05") == ["4", "3"]
    assert ids("--brand", "别家") == []
    assert ids("--platform", "xiaohongshu") == []
    assert "3" not in ids("--level", "low")
    assert set(ids("--category", "refund")) >= {"1"}


def test_search_prints_the_whole_record_as_json(shell: Shell, stored: World) -> None:
    (record,) = shell("search", "客服", "--json").records
    assert record["mention"] == "weibo:post:1"
    assert record["text"] == POSTS["1"]
    assert record["assessments"][BRAND]["category"] == "refund"
    assert record["author"]["name"] is None, "ordinary authors are kept as hashes only"
    assert "网友" not in json.dumps(record, ensure_ascii=False)


def test_a_post_cannot_steer_the_terminal(shell: Shell, stored: World) -> None:
    ran = shell("search", "退款")
    assert "\x1b" not in ran.out
    assert "[bold red]" in ran.out
    assert "\x1b" not in shell("explain", "weibo:post:5").out
    assert "\x1b" not in shell("search", "退款", "--json").out


# -- export ----------------------------------------------------------------------------------------------------------


def exported(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".jsonl":
        return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    head, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx", "parquet"])
def test_export_writes_every_format_and_the_log_says_so(shell: Shell, stored: World, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"out.{kind}"
    ran = shell("export", file, "--query", "退款")
    assert (ran.code, ran.err) == (0, "")
    assert "3 row(s)" in ran.out
    rows = exported(file)
    assert sorted(str(row["mention"]) for row in rows) == ["weibo:post:1", "weibo:post:2", "weibo:post:5"]
    assert rows[0]["brand"] == BRAND
    assert {str(row["level"]) for row in rows} <= {"high", "medium", "low", "none"}
    (event,) = stored.store.load_events(None)
    assert (event.kind, event.data) == ("export", {"rows": 3, "format": kind, "filtered": True})
    assert stored.store.verify_chain().ok


def test_export_refuses_what_it_cannot_write_and_logs_nothing(shell: Shell, stored: World, tmp_path: Path) -> None:
    for file in ("out.pdf", "no/such/folder/out.csv", "."):
        ran = shell("export", file)
        assert (ran.code, ran.out) == (2, ""), file
    assert stored.store.load_events(None) == []


def test_export_neutralises_formulas_of_posts(shell: Shell, world: World, tmp_path: Path) -> None:
    world.take([mention("1", f"=HYPERLINK(1) {BRAND}退款"), *complaints(3, first=2)])
    assert shell("export", "out.csv").code == 0
    texts = [str(row["text"]) for row in exported(tmp_path / "out.csv")]
    assert len(texts) == 4
    assert not any(text.startswith("=") for text in texts)


def test_explain_shows_what_has_to_be_checked_with_clause_question_and_role(shell: Shell, world: World) -> None:
    post = mention(1, f"{BRAND}未经同意自动续费，擅自扣费，太坑了")
    world.take([post])
    said = shell("explain", post.key).out
    assert "□ 服务协议 · 核查人: 法务" in said and "条款: 《消费者权益保护法》" in said and "核查问题: " in said
    assert "合规核查：服务协议" in said
    (record,) = shell("explain", post.key, "--json").records
    checks = {c["key"]: c for c in record["checks"]}
    assert set(checks) == set(record["checklist"]) and {"service_agreement"} <= set(checks)
    assert checks["service_agreement"]["role"] == "legal" and checks["service_agreement"]["question"]["en"].endswith(
        "?"
    )


def test_explain_in_english(shell: Shell, world: World, tmp_path: Path) -> None:
    post = mention(1, f"{BRAND}未经同意自动续费，擅自扣费")
    world.take([post])
    config = tmp_path / "watch.yaml"
    config.write_text(config.read_text(encoding="utf-8") + "\nlanguage: en\n", encoding="utf-8")
    said = shell("explain", post.key).out
    assert "□ service agreement · who checks: legal" in said and "clause: Consumer Protection Law" in said


@pytest.mark.parametrize("method", ["single_factor", "matrix", "impact_probability"])
def test_score_takes_the_way_to_the_level_that_the_config_names(shell: Shell, tmp_path: Path, method: str) -> None:
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRAND}}}]\nrules: {method}\n", encoding="utf-8")
    (found,) = shell("score", stdin=line(brand=BRAND, text=HURT, history=None)).records
    assert found["rules_version"].startswith(f"{method}-") and found["level"] == "high"
    assert {r["rule"] for r in found["reasons"]} >= {"S8", "S12"}
