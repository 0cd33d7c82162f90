"""import: files of posts go the way of every mention; bad rows are listed, good ones kept, old ones alert nobody."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fengsheng.printing import json_line
from fengsheng.wiring import load_house, system_clock
from storage.sqlite import Store
from tests.fengsheng.builders import BRAND, HURT, ORDINARY
from tests.fengsheng.conftest import Ran, Shell

CONFIG = f"brands: [{{name: {BRAND}, products: [轻享拿铁]}}]\nchats: {{crisis: [{{channel: web}}]}}\n"
KINDS = ("csv", "jsonl", "xlsx")


@pytest.fixture(autouse=True)
def configured(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "watch.yaml").write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("FENGSHENG_DATABASE", "imported.db")


def post(number: int, at: datetime | None, text: str = "") -> dict[str, Any]:
    return {
        "platform": "weibo",
        "id": f"post-{number}",
        "brand": BRAND,
        "text": text or f"{ORDINARY[number % len(ORDINARY)]}，第{number}次了",
        "author.name": f"网友{number}",
        "author.followers": 100 + number,
        "metrics.likes": number,
        "published_at": at.isoformat() if at else None,
    }


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json_line(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        book = openpyxl.Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(path)
    return path


def total(ran: Ran) -> dict[str, Any]:
    (record,) = ran.records
    return dict(record)


def opened() -> Store:
    return load_house().open_store(read_only=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_scored_stored_and_found_and_twice_is_once(shell: Shell, tmp_path: Path, kind: str) -> None:
    now = system_clock()
    file = written(tmp_path / f"posts.{kind}", [post(n, now - timedelta(hours=n)) for n in range(1, 31)])
    ran = shell("import", file, "--json")
    assert (ran.code, ran.err) == (0, "")
    first = total(ran)
    assert (first["rows"], first["new"], first["bad"]) == (30, 30, 0)
    assert first["complaints"] == 30
    (record,) = shell("search", "第17次", "--json").records
    assert record["author"]["followers"] == 117
    assert record["metrics"] == {"reads": None, "likes": 17, "comments": None, "reposts": None, "saves": None}
    assert record["assessments"][BRAND]["level"] != "none"
    again = total(shell("import", file, "--json"))
    assert (again["rows"], again["new"], again["known"], again["incidents"]) == (30, 0, 30, [])
    with opened() as store:
        assert store.count_mentions() == 30
        assert [e.kind for e in store.load_events(None)] == ["import", "import"]
        assert store.verify_chain().ok


def test_people_read_a_sentence(shell: Shell, tmp_path: Path) -> None:
    file = written(tmp_path / "posts.csv", [post(1, system_clock() - timedelta(hours=1))])
    ran = shell("import", file)
    assert ran.out.startswith("1 row(s): 1 new (1 complaints), 0 updated, 0 known, 0 bad; incidents: ")


def test_corrupt_json_lines_are_listed_and_the_rest_is_kept(shell: Shell, tmp_path: Path) -> None:
    at = system_clock().isoformat()
    good = json.dumps({"brand": BRAND, "text": "退款太慢", "published_at": at}, ensure_ascii=False).encode()
    lines = [
        good.replace("慢".encode(), "慢1".encode()),
        b'{"brand": "x", "text": ',
        b'{"brand": "x", "text": "\xff"}',
        b"[1, 2]",
        b'{"brand": "x"}',
        b'{"brand": "x", "text": "a", "platform": "mars"}',
        b'{"brand": "x", "text": "a", "metrics": {"likes": "lots"}}',
        b'{"brand": "x", "text": "a", "published_at": "yesterday"}',
        good.replace("慢".encode(), "慢2".encode()),
    ]
    (tmp_path / "posts.jsonl").write_bytes(b"\n".join(lines))
    ran = shell("import", "posts.jsonl", "--json")
    assert ran.code == 0
    assert (total(ran)["rows"], total(ran)["new"], total(ran)["bad"]) == (9, 2, 7)
    assert [text.split(": ")[0] for text in ran.err.splitlines()] == [f"posts.jsonl:{n}" for n in range(2, 9)]


def test_a_broken_row_of_a_table_does_not_swallow_the_next(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(
        "品牌,正文,发布时间,点赞数\n"
        f"{BRAND},退款太慢了,2026-11-20 08:00,1.2万\n"
        f"{BRAND},too,many,cells,here\n"
        f"{BRAND},客服不理人,2026年11月20日 9:30,-3\n"
        f"{BRAND},等了一小时,2026/11/20,\n",
        encoding="gb18030",
    )
    ran = shell("import", "posts.csv", "--json")
    assert ran.code == 0
    assert (total(ran)["rows"], total(ran)["new"], total(ran)["bad"]) == (4, 2, 2)
    assert [text.split(": ")[0] for text in ran.err.splitlines()] == ["posts.csv:3", "posts.csv:4"]
    (record,) = shell("search", "退款", "--json").records
    assert record["metrics"]["likes"] == 12_000
    assert record["published_at"].startswith("2026-11-20T00:00"), "read in the zone of the config, kept in UTC"


def test_nothing_readable_at_all_is_a_failure(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_bytes(b"broken\n" * 300)
    ran = shell("import", "posts.jsonl")
    assert ran.code == 1
    assert "no row could be read" in ran.err
    assert "… and 100 more bad rows" in ran.err


def test_old_posts_make_history_and_alert_nobody(shell: Shell, tmp_path: Path) -> None:
    then = system_clock() - timedelta(days=90)
    rows = [post(n, then + timedelta(minutes=n)) for n in range(1, 26)] + [post(99, then, HURT)]
    ran = total(shell("import", written(tmp_path / "old.csv", rows), "--json"))
    assert ran["incidents"]
    incidents = shell("incidents", "--json").records
    assert incidents and all(i["historic"] for i in incidents)
    assert {i["level"] for i in incidents} >= {"red"}
    assert shell("ledger", "--json").records == []
    assert "历史" in shell("incidents").out


def test_posts_without_a_time_are_history_too(shell: Shell, tmp_path: Path) -> None:
    rows = [post(n, None) for n in range(1, 26)] + [post(99, None, HURT)]
    shell("import", written(tmp_path / "undated.csv", rows))
    incidents = shell("incidents", "--json").records
    assert all(i["historic"] for i in incidents)
    assert shell("ledger", "--json").records == []


def test_fresh_posts_alert_as_polled_ones_do(shell: Shell, tmp_path: Path) -> None:
    now = system_clock()
    rows = [post(n, now - timedelta(minutes=n)) for n in range(1, 26)]
    incidents = total(shell("import", written(tmp_path / "fresh.csv", rows), "--json"))["incidents"]
    assert len(incidents) == 1
    (record,) = shell("incidents", "--json").records
    assert (record["historic"], record["level"]) == (False, "red")
    assert [r["kind"] for r in shell("ledger", "--json").records].count("alert") >= 1


def test_brand_of_the_option_counts_for_all_rows_and_a_missing_file_stops_nothing_before(
    shell: Shell, tmp_path: Path
) -> None:
    rows = [{**post(n, system_clock()), "brand": ""} for n in range(3)]
    file = written(tmp_path / "posts.csv", rows)
    assert total(shell("import", file, "--brand", "别家", "--json"))["new"] == 3
    assert {b for r in shell("search", "", "--json").records for b in r["assessments"]} == {"别家"}


def test_ten_thousand_rows_show_progress_and_are_all_found(shell: Shell, tmp_path: Path) -> None:
    then = system_clock() - timedelta(days=400)
    count = 10_000
    rows = [
        post(n, then + timedelta(minutes=7 * n), "" if n % 4 == 0 else f"{BRAND}的新品好喝，第{n:05}杯")
        for n in range(count)
    ]
    rows[5000]["text"] = HURT
    ran = shell("import", written(tmp_path / "many.csv", rows), "--json")
    assert ran.code == 0
    assert "2000 row(s)…" in ran.err
    assert (total(ran)["new"], total(ran)["complaints"]) == (count, count // 4)
    assert len(total(ran)["incidents"]) == 1
    assert len(shell("search", "退款", "--limit", "100000", "--json").records) == sum(
        "退款" in row["text"] for row in rows
    )
    assert shell("ledger", "--json").records == []
    assert shell("audit", "verify").code == 0


def test_an_empty_file_is_said_and_not_taken_for_done(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("")
    ran = shell("import", tmp_path / "e.csv", "--brand", "星河咖啡")
    assert ran.code == 1
    assert "nothing to import" in ran.err


def test_rows_without_a_brand_are_about_the_only_brand_of_the_config(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text("编号,投诉内容,渠道\nT-1,退款太慢了,热线\n", encoding="utf-8")
    (tmp_path / "one.yaml").write_text(CONFIG, encoding="utf-8")
    assert total(shell("import", "tickets.csv", "-c", "one.yaml", "--json"))["new"] == 1
    two = CONFIG.replace("]}]", "]}, {name: 另一家}]", 1)
    (tmp_path / "two.yaml").write_text(two, encoding="utf-8")
    ran = shell("import", "tickets.csv", "-c", "two.yaml")
    assert ran.code == 1 and "brand is missing" in ran.err


def test_a_mail_is_imported_for_the_only_brand_and_explained_without_showing_the_contact(
    shell: Shell, tmp_path: Path
) -> None:
    mail = (
        f"From: =?utf-8?b?5byg5LiJ?= <zhang.san@example.com>\nSubject: complaint\nMessage-ID: <m1@x>\n"
        f"Date: {system_clock():%a, %d %b %Y %H:%M:%S} +0000\nContent-Type: text/plain; charset=utf-8\n\n"
        "轻享拿铁喝出玻璃，要求赔偿\n> 您好\n"
    )
    (tmp_path / "one.eml").write_text(mail, encoding="utf-8")
    ran = shell("import", "one.eml", "--brand", BRAND, "--json")
    assert (total(ran)["new"], total(ran)["bad"]) == (1, 0), ran.err
    assert total(shell("import", "one.eml", "--brand", BRAND, "--json"))["new"] == 0, "the same mail is stored once"
    shown = shell("explain", "import:complaint:mail:m1@x").out
    assert "email" in shown and "zh***@example.com" in shown and "张**" in shown
    assert "zhang.san" not in shown and "张三" not in shown


def test_complaint_columns_of_a_table_in_chinese(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "hotline.csv").write_text(
        "编号,品牌,通话记录,客户姓名,联系电话,投诉渠道,受理时间,核心诉求,订单号,附件\n"
        f"H-1,{BRAND},客服态度差，退款三个月不给,李四,13900001111,热线,2026-11-20 08:00,退款,20261120001,录音.mp3;截图.png\n"
        f"H-2,{BRAND},退款太慢,匿名,,工单,2026-11-20 09:00,,1.2E+18,\n",
        encoding="utf-8",
    )
    ran = shell("import", "hotline.csv", "--json")
    assert (total(ran)["new"], total(ran)["bad"]) == (1, 1), ran.err
    assert "hotline.csv:3" in ran.err and "order_number" in ran.err and "format that column as text" in ran.err
    shown = shell("explain", "import:complaint:H-1").out
    assert "hotline" in shown and "139****1111" in shown and "录音.mp3, 截图.png" in shown and "退款" in shown
