"""``fengsheng customers``: import, list, show, remove; and what ``explain``, ``incident`` and ``check`` say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from records.mention import Author, Verified
from tests.fengsheng.builders import BRAND, LATTE, World, mention
from tests.fengsheng.conftest import Shell

REGISTER = "客户编号,姓名,客户类型,微博,手机号,血型\nC-1001,林黛玉,VIP,1234567890,13812345678,A\nC-2,星辰科技有限公司,企业,,,\n"
TICKETS = "客户编号,工单号,时间,渠道,主题,处理结果\nC-1001,T-1,2026-11-10,热线,漏水,已换新\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "t.csv").write_text(TICKETS, encoding="utf-8")
    return "r.csv", "t.csv"


def test_import_says_what_became_of_the_rows(shell: Shell, world: World, files: tuple[str, str]) -> None:
    ran = shell("customers", "import", *files)
    assert (ran.code, ran.err) == (0, "columns that were not read: 血型\n")
    assert "3 row(s): customers 2 new, 0 updated, 0 known; tickets and orders 1 new" in ran.out
    again = shell("customers", "import", *files, "--json")
    (record,) = again.records
    assert (record["customers"]["known"], record["tickets"]["known"], record["bad"]) == (2, 1, 0)


def test_bad_rows_go_to_standard_error_and_only_bad_ones_fail(shell: Shell, world: World, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("编号,类型\nC-1,金卡\n", encoding="utf-8")
    ran = shell("customers", "import", "bad.csv")
    assert ran.code == 1
    assert ran.err.startswith('bad.csv:2: kind is "金卡"') and "no row could be read" in ran.err
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    assert "nothing to import" in shell("customers", "import", "empty.csv").err
    assert shell("customers", "import", "gone.csv").code == 2


def test_the_list_masks_names_and_show_tells_all_that_is_stored(
    shell: Shell, world: World, files: tuple[str, str]
) -> None:
    shell("customers", "import", *files)
    listed = shell("customers")
    assert listed.code == 0 and "林**" in listed.out and "林黛玉" not in listed.out and "星辰科技有限公司" in listed.out
    lin, firm = shell("customers", "--json").records
    assert (lin["id"], lin["kinds"], lin["name"], lin["accounts"], lin["contacts"]) == (
        "C-1001",
        ["vip"],
        "林**",
        ["weibo"],
        1,
    )
    assert (lin["tickets"], firm["kinds"]) == (1, ["enterprise"])
    shown = shell("customers", "show", "C-1001")
    assert "林黛玉" in shown.out and "漏水" in shown.out and "13812345678" not in shown.out
    (record,) = shell("customers", "show", "C-1001", "--json").records
    assert (record["name"], record["tickets"][0]["outcome"], record["complaints"]) == ("林黛玉", "已换新", [])


def test_remove_erases_and_says_so_in_the_log_by_a_hash_alone(
    shell: Shell, world: World, files: tuple[str, str]
) -> None:
    shell("customers", "import", *files)
    assert shell("customers", "remove", "C-1001").code == 0
    gone = shell("customers", "show", "C-1001")
    assert (gone.code, gone.err) == (
        1,
        'fengsheng: nobody in the register has the id "C-1001": fengsheng customers lists them\n',
    )
    assert shell("customers", "remove", "C-1001").code == 1
    event = world.store.load_events(None)[-1]
    assert (event.kind, dict(event.data)) == ("customer_removed", {"customer": world.store.customer_mark("C-1001")})
    again = shell("customers", "import", *files)
    assert "2 row(s) of customers who were removed earlier are left out: --restore takes them back" in again.err
    assert "customers 1 new" in shell("customers", "import", *files, "--restore").out


def test_explain_and_incident_tell_whose_complaint_it_is(shell: Shell, world: World, files: tuple[str, str]) -> None:
    shell("customers", "import", *files)
    author = Author(id="1234567890", name="林妹妹", verified=Verified.NONE)
    world.take([mention("1", f"{BRAND}的{LATTE}太淡了，味道很差", author=author)])
    said = shell("explain", "weibo:post:1").out
    assert "客户: VIP客户 林**（C-1001） · 首次投诉 · 1 次历史工单" in said and "按账号认出" in said
    (record,) = shell("explain", "weibo:post:1", "--json").records
    (known,) = record["customers"]
    assert (known["id"], known["kinds"], known["name"], known["found_by"]) == ("C-1001", ["vip"], "林**", "account")
    incident = world.only().id
    assert "VIP客户 林**（C-1001）" in shell("incident", incident).out
    (record,) = shell("incident", incident, "--json").records
    assert record["customers"][0]["id"] == "C-1001" and record["customer_counts"] == {"vip": 1}


def test_check_warns_of_a_file_of_the_config_that_cannot_be_read(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "watch.yaml").write_text(f"brands: [{{name: {BRAND}}}]\ncustomers: {{file: r.csv}}\n", encoding="utf-8")
    assert "warning: r.csv: no such file" in shell("check").out
    (tmp_path / "r.csv").write_text("编号,类型\nC-1,金卡\nC-2,vip\n", encoding="utf-8")
    assert 'warning: r.csv:2: kind is "金卡"' in shell("check").out
    (tmp_path / "r.csv").write_text(REGISTER, encoding="utf-8")
    assert "r.csv" not in shell("check").out


@pytest.mark.parametrize("command", ["customers", "customers show C-1", "customers remove C-1"])
def test_without_a_database_one_sentence_names_it_and_nothing_is_made(
    shell: Shell, tmp_path: Path, command: str
) -> None:
    ran = shell(*command.split())
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("fengsheng: no database at fengsheng.sqlite") and list(tmp_path.iterdir()) == []
