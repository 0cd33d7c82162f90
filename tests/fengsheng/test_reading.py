"""Files that come in: a bad line is named and the rest is kept, whatever program wrote the file."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengsheng.import_columns import CHINESE, parse_columns, parse_local_time
from fengsheng.reading import (
    BadLine,
    parse_imported,
    parse_json_lines,
    parse_rows,
    parse_score_input,
    parse_series,
)
from records.errors import BadInput, BadRecord
from records.mention import Mention, Platform, TimePrecision, Verified

NOW = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def rows_of(path: Path) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    good: list[dict[str, Any]] = []
    bad: list[tuple[int, str]] = []
    for number, row in parse_rows(path):
        if isinstance(row, BadLine):
            assert row.line == number
            bad.append((number, row.why))
        else:
            good.append(row)
    return good, bad


def imported(record: dict[str, Any], brand: str | None = "澄川", zone: ZoneInfo | None = SHANGHAI) -> Mention:
    return parse_imported(record, brand=brand, now=NOW, zone=zone)


# -- JSON lines ------------------------------------------------------------------------------------------------------


def test_bad_json_lines_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = ['\ufeff{"text": "一"}', "", "{broken", "[1]", "null", '"x"', "[" * 100_000, '{"text": "二"}']
    file.write_bytes("\n".join(lines).encode() + b'\n{"text": "\xff"}\n')
    good, bad = rows_of(file)
    assert good == [{"text": "一"}, {"text": "二"}]
    assert [n for n, _ in bad] == [3, 4, 5, 6, 7, 9]
    assert bad[1][1] == "a list instead of a JSON object"
    assert bad[2][1] == "null instead of a JSON object"
    assert "not UTF-8 text" in bad[5][1]


def test_json_lines_are_read_one_by_one() -> None:
    def endless() -> Any:
        while True:
            yield b'{"text": "a"}\n'

    lines = parse_json_lines(endless())
    assert [next(lines)[0] for _ in range(3)] == [1, 2, 3]


# -- score input -----------------------------------------------------------------------------------------------------


def test_only_text_and_brand_are_needed() -> None:
    item = parse_score_input({"text": "难喝", "brand": "澄川"}, 7)
    assert (item.id, item.text, item.brand, item.platform, item.kind) == ("line-7", "难喝", "澄川", "import", "post")
    assert (item.followers, item.likes, item.published_at, item.media) == (None, None, None, frozenset())


@pytest.mark.parametrize("text", ["", "   ", "\n", "\x00", "\u3000"])
def test_an_empty_text_is_accepted(text: str) -> None:
    assert not parse_score_input({"text": text, "brand": "b"}, 1).text.strip()
    titled = parse_score_input({"text": text, "brand": "b", "title": "标题"}, 1)
    assert titled.text.strip() == "标题"


def test_a_whole_line_of_the_labelled_form_is_read() -> None:
    item = parse_score_input(
        {"id": 12, "brand": " 澄川 ", "brand_aliases": ["Cc", " ", "d"], "platform": "weibo", "text": " a\n",
         "author": {"name": "n", "followers": 0, "verified": "media"}, "has_media": True, "region": "浙江",
         "metrics": {"likes": 0, "comments": 2, "reposts": None}, "published_at": "2026-11-20T12:00:00+08:00",
         "history": [{"at": "2026-11-20T12:00:00+08:00", "likes": 1}], "label": {"x": 1}}, 1
    )  # fmt: skip
    assert (item.id, item.brand, item.brand_aliases, item.text) == ("12", "澄川", ("Cc", "d"), " a\n")
    assert (item.followers, item.likes, item.comments, item.reposts, item.reads) == (0, 0, 2, None, None)
    assert (item.verified, item.media, item.published_at) == ("media", frozenset({"image"}), NOON)


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({}, "text is missing: a string is needed"),
        ({"text": 5, "brand": "b"}, "text is a number: a string is needed"),
        ({"text": "t"}, "brand is missing: a non-empty string is needed"),
        ({"text": "t", "brand": "  "}, "brand is missing"),
        ({"text": "t", "brand": ["b"]}, "brand is a list"),
        ({"text": "t", "brand": "b", "brand_aliases": "c"}, "brand_aliases is not accepted: a list of strings"),
        ({"text": "t", "brand": "b", "brand_aliases": [1]}, "brand_aliases is not accepted"),
        ({"text": "t", "brand": "b", "id": []}, "id is list"),
        ({"text": "t", "brand": "b", "metrics": {"likes": -1}}, "metrics.likes is -1"),
        ({"text": "t", "brand": "b", "published_at": "soon"}, "published_at is 'soon'"),
    ],
)
def test_a_bad_score_line_is_one_sentence(record: dict[str, Any], what: str) -> None:
    with pytest.raises(BadRecord) as caught:
        parse_score_input(record, 1)
    assert what in str(caught.value)


@given(st.text(), st.text().filter(lambda t: bool(t.strip())))
def test_whatever_text_is_scored_can_be_printed(text: str, brand: str) -> None:
    try:
        item = parse_score_input({"text": text, "brand": brand, "brand_aliases": [text]}, 1)
    except BadRecord as error:
        assert "brand" in str(error)
        return
    f"{item.text}{item.brand}{item.brand_aliases}".encode()


# -- CSV -------------------------------------------------------------------------------------------------------------

TABLE = "正文,作者,点赞数\n难喝,林,3\n好喝,周,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_any_program(tmp_path: Path, encoding: str, end: str, delimiter: str) -> None:
    file = tmp_path / "a.CSV"
    file.write_bytes(TABLE.replace("\n", end).replace(",", delimiter).encode(encoding))
    good, bad = rows_of(file)
    assert bad == []
    assert good == [{"正文": "难喝", "作者": "林", "点赞数": "3"}, {"正文": "好喝", "作者": "周", "点赞数": ""}]


def test_quotes_line_ends_and_commas_in_cells(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('Text,Brand\n"a\nb, ""c""",x\n\n,\n5" screen,y\n', encoding="utf-8")
    assert rows_of(file) == ([{"text": 'a\nb, "c"', "brand": "x"}, {"text": '5" screen', "brand": "y"}], [])


def test_broken_rows_are_named_by_line_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        'text,brand\ngood 1,b\na,b,c\n"never closed,b\n"good\n2",b\n"closed"wrong,b\nshort\nextra,b,,\n"end,b\ngood 3,b\n',
        encoding="utf-8",
    )
    good, bad = rows_of(file)
    assert [g["text"] for g in good] == ["good 1", "good\n2", "short", "extra", "good 3"]
    assert [n for n, _ in bad] == [3, 4, 7, 10]
    assert bad[0][1] == "3 cells where the header has 2"
    assert "not CSV: a quote that is never closed" in bad[3][1]
    assert all("inside a cell" in why and "written twice" in why for _, why in bad[1:])


def test_one_broken_byte_costs_one_line_and_not_the_encoding_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = [b"text,brand", *(f"第{n}次太难喝了,澄川".encode() for n in range(5))]
    lines[3] = lines[3][:5] + b"\xff" + lines[3][5:]
    file.write_bytes(b"\n".join(lines))
    good, bad = rows_of(file)
    assert [g["text"][1] for g in good] == ["0", "1", "3", "4"]
    assert [n for n, _ in bad] == [4]
    gb = [b"text,brand", *(f"第{n}次太难喝了,澄川".encode("gb18030") for n in range(5))]
    gb[2] += b"\xff"
    file.write_bytes(b"\n".join(gb))
    good, bad = rows_of(file)
    assert [g["text"][1] for g in good] == ["0", "2", "3", "4"]
    assert [n for n, _ in bad] == [3]


def test_a_column_that_stands_twice_gives_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,text,,brand\n,second,x,b\nfirst,second,x,b\n", encoding="utf-8")
    assert [g["text"] for g in rows_of(file)[0]] == ["second", "first"]


def test_a_cell_beyond_all_measure_is_one_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("text,brand\n" + "x" * 8_000_001 + ",b\nok,b\n", encoding="utf-8")
    good, bad = rows_of(file)
    assert [g["text"] for g in good] == ["ok"]
    assert bad == [(2, "not CSV: a cell of more than 8,000,000 characters")]


cell = st.text(alphabet='ab中,;"\n\r\t =', max_size=6)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=6))
def test_what_the_csv_module_writes_is_read_again(tmp_path_factory: pytest.TempPathFactory, table: list[Any]) -> None:
    import csv

    file = tmp_path_factory.mktemp("csv") / "a.csv"
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("text", "brand"), *table])
    file.write_bytes(out.getvalue().encode())
    good, bad = rows_of(file)
    assert bad == []
    assert [(g["text"], g["brand"]) for g in good] == [r for r in table if r[0].strip() or r[1].strip()]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", None, "no such file"),
        ("a.txt", b"x", '".txt" is not read: .csv, .jsonl, .xlsx, .eml and .mbox are accepted'),
        ("noending", b"x", '"noending" is not read'),
        ("a.xlsx", b"no workbook", "is not readable as XLSX"),
    ],
)
def test_files_that_cannot_be_read_at_all(tmp_path: Path, name: str, content: bytes | None, what: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        list(parse_rows(file))
    assert what in str(caught.value)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        list(parse_rows(folder))


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl"):
        (tmp_path / name).write_bytes(b"")
        assert rows_of(tmp_path / name) == ([], [])


# -- XLSX ------------------------------------------------------------------------------------------------------------


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_with_dates_numbers_and_gaps(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "a.xlsx",
        (), ("正文", "发布时间", "点赞数", "编号"),
        ("难喝", datetime(2026, 11, 20, 12, 0), 3.0, 12),  # noqa: DTZ001
        (), ("好喝", date(2026, 11, 20), 0, None), ("多", None, None, None, "beyond"), ("完", "2026/11/20 12:00", None, "A1"),
    )  # fmt: skip
    good, bad = rows_of(file)
    assert bad == [(6, "5 cells where the header has 4")]
    mentions = [imported(g) for g in good]
    assert [m.published_at for m in mentions] == [NOON, datetime(2026, 11, 19, 16, tzinfo=UTC), NOON]
    assert [m.metrics.likes for m in mentions] == [3, 0, None]
    assert [m.id for m in mentions][::2] == ["12", "A1"]


@pytest.mark.parametrize("ident", [5236123456789012345, 5.236123456789012e18, "5.23612E+18"])
def test_an_id_that_a_spreadsheet_rounded_is_refused(tmp_path: Path, ident: Any) -> None:
    (row,), _ = rows_of(workbook(tmp_path / "a.xlsx", ("id", "text"), (ident, "难喝")))
    with pytest.raises(BadRecord, match="rounded by a spreadsheet: format that column as text"):
        imported(row)


def test_a_long_id_as_text_is_kept_to_the_last_digit(tmp_path: Path) -> None:
    (row,), _ = rows_of(workbook(tmp_path / "a.xlsx", ("id", "text"), ("5236123456789012345", "难喝")))
    assert imported(row).id == "5236123456789012345"
    assert imported({"id": 5236123456789012345, "text": "JSON keeps them"}).id == "5236123456789012345"


def test_a_damaged_sheet_is_one_sentence(tmp_path: Path) -> None:
    import zipfile

    good = workbook(tmp_path / "a.xlsx", ("text",), ("x",))
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    with pytest.raises(BadInput, match=r"damaged|not readable"):
        list(parse_rows(tmp_path / "b.xlsx"))


# -- columns ---------------------------------------------------------------------------------------------------------


def test_chinese_columns_become_a_whole_mention() -> None:
    mention = imported(
        {"编号": "a1", "平台": "微博", "品牌": "澄川", "标题": "避雷", "内容": "喝出异物", "作者": "林小姐", "粉丝数": "1.2万",
         "认证": "企业", "发布时间": "2026年11月20日 12:00", "点赞数": "1,024", "评论数": "0", "转发数": "", "阅读数": "10万+",
         "地区": "浙江省杭州市文三路1号", "链接": "https://weibo.com/1", "话题": "#奶茶#、异物", "媒体": "图片，视频", "备注": "x"},
        brand=None,
    )  # fmt: skip
    assert (mention.key, mention.platform, mention.brand) == ("weibo:post:a1", Platform.WEIBO, "澄川")
    assert (mention.title, mention.text, mention.url) == ("避雷", "喝出异物", "https://weibo.com/1")
    assert (mention.author.name, mention.author.followers) == ("林小姐", 12000)
    assert mention.author.verified is Verified.ENTERPRISE
    assert (mention.published_at, mention.time_precision) == (NOON, TimePrecision.MINUTE)
    figures = mention.metrics
    assert (figures.likes, figures.comments, figures.reposts, figures.reads) == (1024, 0, None, 100_000)
    assert (mention.region, mention.topics) == ("浙江", ("奶茶", "异物"))
    assert {str(m) for m in mention.media} == {"image", "video"}


@pytest.mark.parametrize(
    "record",
    [
        {"author": {"name": "林"}, "metrics": {"likes": 3}},
        {"author.name": "林", "metrics.likes": "3"},
        {"author_name": "林", "likes": 3},
        {"作者": "林", "点赞": "3"},
        {"author": "林", "点赞数": 3},
        {"author": {"name": "林"}, "作者": "另一个", "likes": 3, "点赞数": 9},
    ],
)
def test_all_forms_of_columns_are_one(record: dict[str, Any]) -> None:
    before = json.dumps(record, sort_keys=True)
    mention = imported({"id": "1", "text": "t", **record})
    assert (mention.author.name, mention.metrics.likes) == ("林", 3)
    assert json.dumps(record, sort_keys=True) == before


def test_every_chinese_name_the_brief_of_imports_promises_is_known() -> None:
    promised = "正文 内容 标题 作者 粉丝数 发布时间 点赞数 评论数 转发数 阅读数 平台 品牌 链接 地区 编号".split()
    assert set(promised) <= set(CHINESE)


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"text": "t", "平台": "火星"}, "platform is '火星': accepted are weibo"),
        ({"text": "t", "粉丝数": "很多"}, "author.followers is '很多'"),
        ({"text": "t", "点赞数": "1.5"}, "metrics.likes is '1.5'"),
        ({"text": "t", "发布时间": "昨天"}, "published_at is '昨天'"),
        ({"text": "t", "发布时间": "2026-13-45"}, "published_at is '2026-13-45'"),
        ({"标题": "", "正文": " "}, "text is missing"),
        ({"text": "t", "metrics": 5}, "metrics is int"),
    ],
)
def test_cells_that_cannot_be_read_are_one_sentence(record: dict[str, Any], what: str) -> None:
    with pytest.raises(BadRecord) as caught:
        imported(record)
    assert what in str(caught.value)


def test_a_brand_is_needed_and_the_option_wins_over_the_column() -> None:
    with pytest.raises(BadRecord, match="brand is missing: a brand column or --brand is needed"):
        imported({"text": "t", "品牌": "  "}, brand=None)
    assert imported({"text": "t", "brand": "乙"}, brand=None).brand == "乙"
    assert imported({"text": "t", "brand": "乙"}, brand="甲").brand == "甲"


# -- times -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "wanted", "precision"),
    [
        ("2026-11-20 12:00:00", NOON, TimePrecision.EXACT),
        ("2026-11-20T12:00:00.250", NOON.replace(microsecond=250_000), TimePrecision.EXACT),
        ("2026/11/20 12:00", NOON, TimePrecision.MINUTE),
        ("2026.1.5 8:05", datetime(2026, 1, 5, 0, 5, tzinfo=UTC), TimePrecision.MINUTE),
        ("2026年1月5日 8时05分", datetime(2026, 1, 5, 0, 5, tzinfo=UTC), TimePrecision.MINUTE),
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC), TimePrecision.DAY),
        ("2026-11-20T12:00:00+08:00", NOON, TimePrecision.EXACT),
        ("2026-11-20T04:00:00Z", NOON, TimePrecision.EXACT),
        (1795147200, NOON, TimePrecision.EXACT),
    ],
)
def test_a_time_without_an_offset_is_read_in_the_zone_of_the_house(
    shown: Any, wanted: datetime, precision: TimePrecision
) -> None:
    mention = imported({"text": "t", "发布时间": shown})
    assert (mention.published_at, mention.time_precision) == (wanted, precision)


@pytest.mark.parametrize("shown", ["2026-11-20 12:00:00", "2026-11-20", datetime(2026, 11, 20, 12)])  # noqa: DTZ001
def test_without_a_zone_a_time_without_an_offset_is_refused(shown: Any) -> None:
    with pytest.raises(BadRecord, match="without a time zone"):
        imported({"text": "t", "published_at": shown}, zone=None)
    assert imported({"text": "t", "published_at": "2026-11-20T12:00+08:00"}, zone=None).published_at == NOON


def test_a_precision_that_is_told_wins() -> None:
    mention = imported({"text": "t", "published_at": "2026-11-20 12:00:00", "time_precision": "hour"})
    assert mention.time_precision is TimePrecision.HOUR


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)), st.sampled_from(["-", "/", "."]))  # noqa: DTZ001
def test_every_local_time_is_the_same_moment_again(at: datetime, dash: str) -> None:
    shown = at.isoformat(sep=" ").replace("-", dash)
    placed, _ = parse_local_time(shown, ZoneInfo("UTC"))
    assert placed == at.replace(tzinfo=ZoneInfo("UTC"))


# -- ids -------------------------------------------------------------------------------------------------------------


def test_a_row_without_id_gets_the_same_one_from_every_file(tmp_path: Path) -> None:
    csv_file = tmp_path / "a.csv"
    csv_file.write_text("正文,作者,发布时间,点赞数,粉丝数\n 难喝 ,林,2026/11/20 12:00:00,3,9\n", encoding="gb18030")
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        '{"text": "难喝", "author": {"name": "林"}, "published_at": "2026-11-20T12:00:00+08:00", "likes": 90}'
    )
    book = workbook(tmp_path / "a.xlsx", ("text", "author_name", "published_at"), ("难喝", "林", datetime(2026, 11, 20, 12)))  # noqa: DTZ001  # fmt: skip
    found = {imported(row).key for file in (csv_file, lines, book) for row in rows_of(file)[0]}
    assert len(found) == 1
    assert found.pop().startswith("import:post:h")


@pytest.mark.parametrize("change", [{"text": "好喝"}, {"作者": "周"}, {"发布时间": "2026-11-21 12:00"}, {"平台": "抖音"},
                                    {"title": "x"}, {"url": "https://h/2"}])  # fmt: skip
def test_another_post_gets_another_id(change: dict[str, Any]) -> None:
    record = {"text": "难喝", "作者": "林", "发布时间": "2026-11-20 12:00", "平台": "微博"}
    assert imported(record).id == imported(dict(record)).id
    assert imported(record | change).id != imported(record).id


def test_parse_columns_leaves_unknown_columns_as_they_are() -> None:
    assert parse_columns({"备注": "x", "": "y", "note": None}, None) == {"备注": "x"}


# -- series ----------------------------------------------------------------------------------------------------------


def test_a_series_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("Timestamp, Value\n2026-11-20 12:00:00,5\n2026-11-20T10:00:00+08:00,0\n\n2026-11-20,1e3\n")
    assert parse_series(file) == [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), 5.0),
        (datetime(2026, 11, 20, 2, tzinfo=UTC), 0.0),
        (datetime(2026, 11, 20, tzinfo=UTC), 1000.0),
    ]


def test_every_bad_line_of_a_series_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text(
        "timestamp,value\nsoon,1\n2026-11-20,\n2026-11-20,-1\n2026-11-20,nan\n2026-11-20,1\n2026-11-20,1,2\n2026-11-20,x\n"
    )
    with pytest.raises(BadInput) as caught:
        parse_series(file)
    assert [p.line for p in caught.value.problems] == [2, 3, 4, 5, 7, 8]
    assert 'timestamp is "soon": ISO 8601' in str(caught.value)
    assert 'value is "": a number is accepted' in str(caught.value) or 'value is "": a number of 0' in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "no data"), ("timestamp,value\n", "no data"), ("time,count\n1,2\n3,4\n", "no column timestamp and value")],
)
def test_a_series_without_points_is_one_sentence(tmp_path: Path, text: str, what: str) -> None:
    file = tmp_path / "s.csv"
    file.write_text(text)
    with pytest.raises(BadInput, match=what) as caught:
        parse_series(file)
    assert len(caught.value.problems) == 1


# -- figures over time (S5) ----------------------------------------------------------------------------------------------


def test_earlier_figures_of_a_post_are_read() -> None:
    looks = [{"at": "2026-11-20T12:00:00+08:00", "likes": 3, "reads": None}, {"at": 1763611200, "reposts": "40"}]
    item = parse_score_input(
        {"text": "慢", "brand": "甲", "collected_at": "2026-11-20T13:00:00+08:00", "history": looks}, 1
    )
    (first, figures), (second, later) = item.history
    assert first == datetime(2026, 11, 20, 4, tzinfo=UTC) and item.seen_at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert (figures.likes, figures.reads, figures.reposts) == (3, None, None)
    assert second == datetime.fromtimestamp(1763611200, UTC) and later.reposts == 40
    for nothing in (None, []):
        plain = parse_score_input({"text": "慢", "brand": "甲", "history": nothing}, 1)
        assert plain.history == () and plain.seen_at is None


@pytest.mark.parametrize(
    ("history", "what"),
    [
        (3, "history is a number: a list of objects with at"),
        ([3], "history entry 1 has no time"),
        ([{"likes": 3}], "history entry 1 has no time"),
        ([{"at": "2026-11-20T12:00:00+08:00"}, {"at": "noon"}], "history entry 2: at is 'noon'"),
        ([{"at": "2026-11-20T12:00:00"}], "history entry 1: at is '2026-11-20T12:00:00' without a time zone"),
        ([{"at": "2026-11-20T12:00:00+08:00", "likes": "many"}], "history entry 1: likes is 'many'"),
    ],
)
def test_bad_earlier_figures_are_one_sentence(history: Any, what: str) -> None:
    with pytest.raises(BadRecord) as told:
        parse_score_input({"text": "慢", "brand": "甲", "history": history}, 1)
    assert what in str(told.value) and "\n" not in str(told.value)
