import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from drill.scorecard import DrillFacts, SentAlert, StepTiming, render_score_card, score_drill
from drill.world import PublishedPost
from records.mention import Platform
from scoring.alert import Level
from tests.drill.conftest import START


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def post(number: int, seconds: float, *, platform: Platform = Platform.WEIBO, **truth: bool) -> PublishedPost:
    facts = {"about_brand": True, "complaint": True, "crisis": True} | truth
    ident = f"{number}"
    return PublishedPost(id=ident, platform=platform, key=f"{platform}:post:{ident}", published_at=at(seconds), **facts)


def step(number: int = 1, **changes: Any) -> StepTiming:
    whole = StepTiming(
        number=number,
        title={"zh": "成立小组", "en": "Assemble"},
        role="lead",
        started_at=at(10),
        take_within=5,
        done_within=60,
        taken_at=at(12),
        done_at=at(20),
    )
    return dataclasses.replace(whole, **changes)


POSTS = [
    post(0, 1, complaint=False, crisis=False),
    *(post(n, 2 + n / 2) for n in range(1, 21)),
    post(99, 3, about_brand=False),
]


def facts(**changes: Any) -> DrillFacts:
    whole = DrillFacts(
        began_at=at(0),
        ended_at=at(40),
        speed=60.0,
        published=POSTS,
        seen={p.key: p.published_at + timedelta(seconds=2) for p in POSTS if p.about_brand},
        alerts=[SentAlert(level=Level.RED, rule="D2", sent_at=at(10))],
        card_edits=4,
        steps=[step(1), step(2, role="pr")],
        first_press_at=at(12),
        refusals=1,
        refusals_expected=1,
        incidents=1,
        closed=1,
        chain_ok=True,
    )
    return dataclasses.replace(whole, **changes)


def failures(**changes: Any) -> list[str]:
    card = score_drill(facts(**changes))
    assert card.passed == (not card.failures)
    assert all(f.zh and f.en for f in card.failures)
    return [f.en for f in card.failures]


def test_a_good_drill_passes_and_says_how_long_the_alarm_took() -> None:
    card = score_drill(facts())
    assert card.passed and card.failures == ()
    assert card.seconds_to_red == pytest.approx(7.5)
    assert [(r.role, r.points, r.passed) for r in card.roles] == [("lead", 100, True), ("pr", 100, True)]
    text = "\n".join(render_score_card(card))
    assert "演练评分卡：通过" in text and "7.5 秒（剧情 7.5 分钟）" in text and "看到 21 / 21，漏掉投诉 0 / 20" in text
    assert "Drill score card: PASSED" in render_score_card(card, "en")[0]
    assert all(line.good for line in card.lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alerts": []}, "no red alert was sent"),
        ({"alerts": [SentAlert(level=Level.ORANGE, rule="D1", sent_at=at(10))]}, "no red alert was sent"),
        ({"alerts": [SentAlert(level=Level.RED, rule="D2", sent_at=at(1))], "first_press_at": at(2)}, "false alarm"),
        ({"published": [post(0, 1, crisis=False)]}, "No crisis post came out"),
        ({"seen": {}}, "20 of 20 complaints on weibo were missed"),
        ({"card_edits": 0}, "never updated"),
        ({"first_press_at": None}, "Nobody pressed"),
        ({"first_press_at": at(15.1)}, "5.1 minutes after the alert"),
        ({"steps": [step(3, done_at=None)]}, 'Step 3 "Assemble" was not finished'),
        (
            {"steps": [step(3, taken_at=at(17))]},
            "Role group lead scored 50, 80 passes: step 3 was taken after 7.0 minutes",
        ),
        ({"steps": [step(3, taken_at=None)]}, "step 3 was not taken"),
        ({"refusals": 0}, "the log holds 0 refusals"),
        ({"incidents": 0, "closed": 0}, "No incident was opened"),
        ({"incidents": 2}, "1 incident(s) were still open"),
        ({"chain_ok": False}, "does not verify"),
        ({"blind": ["weibo"]}, "Source weibo could not be seen"),
    ],
)
def test_every_failure_is_named_in_a_sentence(changes: dict[str, Any], said: str) -> None:
    assert any(said in f for f in failures(**changes)), failures(**changes)
    card = score_drill(facts(**changes))
    shown = "\n".join(render_score_card(card, "en"))
    assert "FAILED" in shown and "What failed:" in shown
    assert "未通过" in render_score_card(card)[0]


def test_each_failure_stands_alone() -> None:
    for changes in ({"card_edits": 0}, {"chain_ok": False}, {"refusals": 0}, {"blind": ["weibo"]}):
        assert len(failures(**changes)) == 1


def test_a_tenth_may_be_missed_and_the_last_posts_do_not_count() -> None:
    keys = [p.key for p in POSTS if p.complaint and p.about_brand]
    seen = facts().seen
    assert failures(seen={k: v for k, v in seen.items() if k not in keys[:2]}) == []
    assert failures(seen={k: v for k, v in seen.items() if k not in keys[:3]})
    late = [*POSTS, *(post(200 + n, 36) for n in range(9))]
    assert failures(published=late) == []


def test_only_brand_posts_are_expected_and_kinds_do_not_matter() -> None:
    other = post(300, 2, about_brand=False)
    assert failures(published=[*POSTS, other]) == []
    as_video = {k.replace(":post:", ":video:"): v for k, v in facts().seen.items()}
    assert failures(seen=as_video) == []


def test_platforms_are_counted_apart() -> None:
    notes = [post(400 + n, 5, platform=Platform.XIAOHONGSHU) for n in range(4)]
    assert failures(published=[*POSTS, *notes]) == ["4 of 4 complaints on xiaohongshu were missed; a tenth is allowed."]


def test_optional_and_skipped_steps_are_no_failure() -> None:
    steps = [
        step(1),
        step(6, optional=True, taken_at=None, done_at=None),
        step(7, skipped=True, taken_at=None, done_at=None),
    ]
    assert failures(steps=steps) == []


def test_one_late_clock_of_many_still_passes_and_is_shown() -> None:
    steps = [step(n) for n in range(1, 4)] + [step(4, taken_at=at(16))]
    card = score_drill(facts(steps=steps))
    assert card.passed and card.roles[0].points == 88
    assert "step 4 was taken after 6.0 minutes" in "\n".join(render_score_card(card, "en"))
