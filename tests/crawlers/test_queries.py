"""Which queries a brand is watched with: names first, every word group, as few requests as the platform allows."""

from hypothesis import given
from hypothesis import strategies as st

from crawlers.queries import plan_queries

GROUPS = {"退款": ["退款", "不退钱"], "服务": ["服务差"]}


def texts(*args, **more):
    return [q.text for q in plan_queries(*args, **more)]


def test_queries_start_with_names_and_take_the_groups_in_turn():
    assert texts("云杉茶饮", ["云杉"], GROUPS) == [
        *["云杉茶饮", "云杉"],
        *["云杉茶饮 退款", "云杉茶饮 服务差", "云杉茶饮 不退钱"],
        *["云杉 退款", "云杉 服务差", "云杉 不退钱"],
    ]
    assert texts(" 云杉  茶饮 ", ["云杉 茶饮", ""], [["退款"], ["退款", "茶饮"]]) == ["云杉 茶饮", "云杉 茶饮 退款"]


def test_a_query_with_a_word_says_which_bare_name_finds_the_same():
    covered = {q.text: q.covered_by for q in plan_queries("云杉茶饮", ["云杉"], GROUPS)}
    assert covered["云杉茶饮"] == covered["云杉"] == ""
    assert covered["云杉茶饮 退款"] == "云杉茶饮" and covered["云杉 退款"] == "云杉"


def test_where_the_platform_knows_alternatives_few_queries_hold_all():
    planned = plan_queries("云杉茶饮", ["Yunshan Tea"], GROUPS, joins=" OR ", longest=200)
    assert [q.text for q in planned] == [
        '云杉茶饮 OR "Yunshan Tea"',
        "云杉茶饮 (退款 OR 服务差 OR 不退钱)",
        '"Yunshan Tea" (退款 OR 服务差 OR 不退钱)',
    ]
    assert {q.covered_by for q in planned[1:]} == {planned[0].text}
    assert texts("云杉茶饮", (), GROUPS, joins="|", longest=200) == ["云杉茶饮", "云杉茶饮 退款|服务差|不退钱"]


def test_joined_queries_are_split_where_they_grow_too_long():
    planned = texts("云杉茶饮", (), [[f"词语{n}" for n in range(9)]], joins=" OR ", longest=40)
    assert len(planned) > 2 and all(len(t) <= 40 for t in planned)
    for n in range(9):
        assert sum(f"词语{n}" in t for t in planned) == 1
    assert texts("云" * 30, ["杉" * 30], (), joins=" OR ", longest=40) == ["云" * 30, "杉" * 30]


def test_a_query_that_is_too_long_for_the_platform_is_left_to_the_bare_name():
    assert texts("云" * 58, (), [["退款", "差"]], longest=60) == ["云" * 58, "云" * 58 + " 差"]


@given(
    st.text(max_size=5),
    st.lists(st.text(max_size=5)),
    st.lists(st.lists(st.text(max_size=4), max_size=4), max_size=4),
    st.sampled_from(["", " OR ", "|"]),
)
def test_queries_are_never_empty_and_never_repeat(brand, aliases, groups, joins):
    planned = texts(brand, aliases, groups, joins=joins)
    assert len(planned) == len(set(planned)) and all(q.strip() for q in planned)
