import pytest

from drill.library import load_scenario, shipped_scenarios
from drill.scenario import Scenario, parse_scenario
from records.mention import Media, Platform, Verified
from tests.drill.conftest import SMALL


def problems_of(text: str) -> list[str]:
    scenario, problems = parse_scenario(text, "t.yaml")
    assert scenario is None
    return [str(p) for p in sorted(problems)]


def test_everything_in_the_file_is_read(small: Scenario) -> None:
    assert (small.brand, small.aliases, small.products, small.rivals) == (
        "雾隐豆花",
        ("雾隐",),
        ("咸豆花",),
        ("青檐豆坊",),
    )
    assert small.queries == ("雾隐豆花",)
    assert small.duration == 600
    post = small.posts[1]
    assert (post.at, post.platform, post.region) == (60, Platform.WEIBO, "浙江")
    assert (post.author.followers, post.author.verified) == (1234567, Verified.MEDIA)
    assert post.media == {Media.VIDEO}
    assert post.complaint and post.crisis and not small.posts[0].complaint
    assert small.posts[2].long
    assert small.posts[3].title and small.posts[3].title.startswith("雾隐豆花吃到铁丝")
    assert [p.telegram for p in small.people] == [11, 12, 13]
    take = small.group.press("take", 1)
    assert take and (take.by, take.after) == ("甲", 60)
    done = small.group.press("done", 2)
    assert done and done.text == "声明已定稿"
    assert small.group.press("confirm", 1) is None
    assert small.group.wrong[0][0] == 1 and small.group.wrong[0][1].by == "丙"
    assert small.group.close and small.group.close.text == "演练结束"


def test_posts_are_put_in_order_of_time() -> None:
    text = SMALL + "  - {at: 30s, platform: weibo, author: {name: 晚写的, followers: 1}, text: 雾隐豆花中间那条}\n"
    scenario, _ = parse_scenario(text, "t.yaml")
    assert scenario is not None
    assert [p.at for p in scenario.posts] == sorted(p.at for p in scenario.posts)


@pytest.mark.parametrize(
    ("old", "new", "near", "said"),
    [
        ("duration: 10m", "duration: ten", "duration: ten", "duration of the scenario is 'ten'"),
        ("duration: 10m", "duraton: 10m", "duraton: 10m", 'did you mean "duration"?'),
        ("duration: 10m", "duration: 3m", "at: 4m", "at most 180s is accepted"),
        ("platform: weibo, author: {name: 早起的人", "platform: weico, author: {name: 早起的人", "platform: weico, author: {name: 早起的人", "accepted are weibo, xiaohongshu"),
        ("followers: 120}", "followers: -3}", "followers: -3}", "a whole number of 0 or more is accepted"),
        ("followers: 120}", "followers: true}", "followers: true}", "a whole number of 0 or more is accepted"),
        ("verified: media", "verified: press", "verified: press", "accepted are none, personal"),
        ("media: [video]", "media: [movie]", "media: [movie]", "accepted are image, video"),
        ("long: true", "long: 3", "long: 3", "true or false is accepted"),
        ("{reads: 890000,", "{views: 890000,", "{views: 890000,", 'unknown key "views"'),
        ("telegram: 12}", "telegram: 11}", "name: 乙", "another person has this id already"),
        ("{lead: A}", "{lead: C}", "{lead: C}", "accepted are A, B"),
        ("name: 乙, roles", "name: 甲, roles", "telegram: 12", 'person "甲" stands twice'),
        ("close: {by: 甲", "close: {by: 丁", "close: {by: 丁", "accepted are the people of the scenario"),
        ("evidence: 小组已到齐}", "evidense: 小组已到齐}", "evidense: 小组已到齐}", 'did you mean "evidence"?'),
        (", evidence: 小组已到齐}", "}", "done: {by: 甲", "has no evidence"),
        ("- step: 2\n      take: {by: 乙", "- step: 1\n      take: {by: 乙", "- step: 1\n      take: {by: 乙", "step 1 is scripted twice"),
        ("    - step: 3\n", "    - step: 3\n      take: {by: 甲, after: 1s}\n", "skip: {", "both skipped and taken"),
        ("name: 写长文的人, followers: 10000, verified: personal", "name: 早起的人, followers: 7", "followers: 7", "the same figures"),
        ("text: 雾隐豆花的咸豆花真好吃}", "text: 好吃}\n  - {at: 5s, platform: weibo, author: {name: 某人}, text: 雾隐}", "name: 某人", "author of post 2 has no followers"),
        ('text: "真的吃到铁丝 #雾隐豆花# #避雷#"', "text: 真的吃到铁丝 #雾隐豆花# #避雷#", "text: 真的吃到铁丝", 'ends at " #", which begins a comment'),
        ("text: 雾隐豆花的咸豆花真好吃", "text: 河边的风", "at: 4m", "stands already at line"),
    ],
)  # fmt: skip
def test_problems_name_their_line_and_what_is_accepted(old: str, new: str, near: str, said: str) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    if "already" in said:
        text = text.replace("title: 周末散步, ", "")
    line = text[: text.index(near)].count("\n") + 1
    found = [p for p in problems_of(text) if said in p]
    assert found, problems_of(text)
    assert any(p.startswith(f"t.yaml:{line}:") for p in found), (line, found)


def test_all_problems_are_found_at_once() -> None:
    text = (
        SMALL.replace("duration: 10m", "duration: x")
        .replace("followers: 120}", "followers: x}")
        .replace("[video]", "[x]")
    )
    assert len(problems_of(text)) == 3


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: [", "posts: 3", "brand: []\nposts: [1, null]", "\t"])
def test_a_broken_file_is_a_list_of_problems_and_never_a_crash(text: str) -> None:
    assert problems_of(text)


def test_long_is_for_weibo_only() -> None:
    text = SMALL.replace("    title: 雾隐豆花吃到铁丝", "    long: true\n    title: 雾隐豆花吃到铁丝")
    assert "only weibo hides the end" in "\n".join(problems_of(text))


def test_a_missing_file_says_what_is_accepted() -> None:
    scenario, problems = load_scenario("nowhere.yaml")
    assert scenario is None
    assert "milk_tea" in problems[0].what and "nowhere.yaml" in str(problems[0])


def test_shipped_scenarios_all_load() -> None:
    assert "milk_tea" in shipped_scenarios()
    for name in shipped_scenarios():
        assert load_scenario(name)[1] == []
