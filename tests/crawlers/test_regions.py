import pytest

from crawlers.parsers.regions import PROVINCES, parse_region


@pytest.mark.parametrize(
    ("shown", "region"),
    [
        ("发布于 浙江", "浙江"),
        ("来自广东", "广东"),
        ("IP属地：上海", "上海"),
        ("IP 属地: 四川", "四川"),
        ("浙江", "浙江"),
        ("浙江省", "浙江"),
        ("北京市", "北京"),
        ("内蒙古自治区", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("宁夏回族自治区", "宁夏"),
        ("中国香港", "香港"),
        ("中国台湾", "台湾"),
        ("香港特别行政区", "香港"),
        ("浙江 杭州", "浙江"),
        ("发布于 美国", "美国"),
        ("日本", "日本"),
        ("New Zealand", "New Zealand"),
    ],
)
def test_labels_name_a_province_or_a_country(shown, region):
    assert parse_region(shown) == region


@pytest.mark.parametrize(
    "shown", ["", None, "IP未知", "其他", "未知", 5, [], "发布于 ", "http://x.example/a", "x" * 100, "12345"]
)
def test_labels_that_name_nothing(shown):
    assert parse_region(shown) is None


def test_all_34_provinces_are_known():
    assert len(PROVINCES) == len(set(PROVINCES)) == 34
    assert all(parse_region(f"发布于 {p}") == p for p in PROVINCES)
