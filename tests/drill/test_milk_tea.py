"""The shipped scenario keeps what a drill promises: own words, a real crisis (D2, S12), and a place for every role (P6)."""

from itertools import combinations

from drill.scenario import Post, Scenario
from playbooks.roles import ROLES
from records.mention import Platform, Verified


def grams(text: str) -> set[str]:
    squeezed = "".join(text.split())
    return {squeezed[i : i + 3] for i in range(len(squeezed) - 2)}


def test_every_post_has_words_of_its_own(shipped: Scenario) -> None:
    texts = [p.full_text for p in shipped.posts]
    assert len(texts) >= 90 and len(set(texts)) == len(texts)
    pieces = [grams(t) for t in texts]
    near = sum(len(a & b) / len(a | b) > 0.3 for a, b in combinations(pieces, 2))
    assert near < 0.02 * len(texts)


def test_about_half_is_ordinary_life(shipped: Scenario) -> None:
    ordinary = [p for p in shipped.posts if not p.crisis]
    assert 0.4 <= len(ordinary) / len(shipped.posts) <= 0.6
    assert any("札幌" in p.text for p in ordinary), "another meaning of the name"
    assert any(r in p.full_text for p in ordinary for r in shipped.rivals)


def complaints(scenario: Scenario) -> list[Post]:
    return [p for p in scenario.posts if p.complaint]


def test_complaints_can_be_found_by_the_brands_name_and_blame_it(shipped: Scenario) -> None:
    assert all(shipped.about_brand(p) for p in complaints(shipped))


def test_more_than_ten_distinct_voices_complain_within_the_first_twelve_minutes(shipped: Scenario) -> None:
    first = min(p.at for p in shipped.posts if p.crisis)
    assert 150 <= first <= 210
    voices = {p.author.name for p in complaints(shipped) if p.crisis and p.at <= 12 * 60}
    assert len(voices) > 10
    assert len({p.author.name for p in complaints(shipped) if p.crisis}) >= 25


def test_the_story_rises_from_mild_to_grave(shipped: Scenario) -> None:
    crisis = [p for p in complaints(shipped) if p.crisis]
    assert not any(w in p.full_text for p in crisis[:2] for w in ("医院", "住院", "急诊"))
    assert any("胃镜" in p.text and "孩子" in p.text for p in crisis)
    local = [p for p in crisis if p.author.verified is Verified.MEDIA]
    assert local and local[0].author.followers >= 400_000


def test_it_fits_its_time(shipped: Scenario) -> None:
    last = max(p.at for p in shipped.posts)
    assert last <= 28 * 60
    close = shipped.group.close
    assert close is not None and last + 240 <= close.not_before <= 31 * 60, (
        "closed after the last post, within the time"
    )
    assert shipped.duration == 35 * 60
    assert {p.platform for p in complaints(shipped)} == {Platform.WEIBO, Platform.XIAOHONGSHU}


def test_every_role_has_an_a_and_a_b_person_and_every_script_line_a_holder(shipped: Scenario) -> None:
    held: dict[str, set[str]] = {}
    for person in shipped.people:
        for role, place in person.roles.items():
            held.setdefault(role, set()).add(place)
    assert set(held) <= set(ROLES)
    for role in (
        "customer_service",
        "pr",
        "legal",
        "tech",
        "lead",
        "senior",
        "duty",
        "analyst",
        "spokesperson",
        "operator",
    ):
        assert held[role] == {"A", "B"}, role


def test_the_brands_and_people_are_marked_as_invented_nowhere_real(shipped: Scenario) -> None:
    assert "星河" not in "".join(p.full_text for p in shipped.posts) + "".join(shipped.names)
