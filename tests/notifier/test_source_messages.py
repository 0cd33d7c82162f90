"""What is said of sources that cannot be seen: since when, which, what it means and what to do, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notifier.advice import KEYS, LOGINS, say_to_do
from notifier.messages import render_card, render_source_back, render_source_blind
from notifier.wording import PLATFORMS, Lang
from records.outcome import Outcome
from records.source import Outage
from tests.notifier.builders import BLIND, NOW, make_state, make_view, minutes, texts_of

UNSEEN = [o for o in Outcome if not o.saw]
SILENT = replace(
    BLIND, outcome=Outcome.SUSPECT, expected=12.3, detail="usually about 12 posts in these hours, none came"
)


def blind(outage: Outage = BLIND, lang: Lang = "zh", **changes: object) -> str:
    return texts_of(render_source_blind(outage, now=NOW, lang=lang, **changes))  # type: ignore[arg-type]


def test_operators_are_told_which_since_when_what_it_means_and_what_to_do() -> None:
    assert blind() == (
        "🛠 看不见：小红书（星河咖啡）——要求登录\n"
        "01:20 起看不见：计入的提及可能偏少，没有声音不等于没有投诉。\n"
        "处理：运行 fengsheng login xiaohongshu 重新登录\n"
        "02:11 自动再试；恢复时会说一次，期间不再重复提醒。"
    )
    assert blind(lang="en").startswith("🛠 Cannot see Xiaohongshu (星河咖啡): asks for a login\nBlind since 01:20")


def test_many_brands_are_one_message() -> None:
    assert "微博（甲、乙）" in blind(replace(BLIND, source="weibo", brands=("甲", "乙")))
    assert "微博（甲等 3 个品牌）" in blind(replace(BLIND, source="weibo", brands=("甲", "乙", "丙")))
    assert "小红书·评论（星河咖啡）" in blind(replace(BLIND, task="comments"))


def test_a_silence_is_said_in_plain_words() -> None:
    said = blind(SILENT)
    assert said.startswith("🛠 安静得可疑：小红书（星河咖啡）\n01:20 起没有新提及，平时这段时间约有 12 条。")
    assert "usually" not in said and "自动再试" not in said
    assert "about 12 posts usually come" in blind(SILENT, "en")


def test_a_used_up_quota_is_no_alarm() -> None:
    said = blind(replace(BLIND, source="youtube", outcome=Outcome.BLOCKED_QUOTA))
    assert said.startswith("🛠 计划内暂停：YouTube（星河咖啡）——配额用完\n01:20 起暂停查看")
    assert "看不见" not in said


def test_a_missing_browser_is_named_as_such_and_not_as_a_network_that_is_silent() -> None:
    said = blind(replace(BLIND, outcome=Outcome.NETWORK, detail="no browser on this machine: none found"))
    assert "没有可用的浏览器" in said and "FENGSHENG_BROWSER" in said and "网络" not in said


def test_an_empty_feed_is_opened_and_not_searched() -> None:
    for outage in (replace(BLIND, outcome=Outcome.SUSPECT), SILENT):
        said = say_to_do(replace(outage, source="rss:https://a.example/f"), "zh")
        assert "订阅地址" in said and "搜一次" not in said


def test_the_refused_public_search_of_reddit_asks_for_a_key() -> None:
    public = replace(BLIND, source="reddit", outcome=Outcome.BLOCKED_RATE, detail="public search: HTTP 429")
    assert "FENGSHENG_REDDIT_CLIENT_ID" in say_to_do(public, "zh")
    assert "budgets.reddit" in say_to_do(replace(public, detail="HTTP 429"), "zh")
    assert "FENGSHENG" not in say_to_do(replace(public, outcome=Outcome.NETWORK), "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("platform", [*PLATFORMS, "rss:https://a.example/f"])
@pytest.mark.parametrize("outcome", UNSEEN)
def test_every_outcome_of_every_platform_has_one_practical_sentence(
    outcome: Outcome, platform: str, lang: Lang
) -> None:
    said = say_to_do(replace(BLIND, source=platform, outcome=outcome), lang)
    assert 8 <= len(said) <= 140 and "\n" not in said and "{" not in said
    assert any("\u4e00" <= c <= "\u9fff" for c in said) == (lang == "zh")
    if outcome is Outcome.BLOCKED_LOGIN and platform in LOGINS:
        assert f"fengsheng login {platform}" in said
    if outcome is Outcome.BLOCKED_LOGIN and platform in KEYS:
        assert all(name in said for name in KEYS[platform])


def test_a_sample_is_offered_where_one_was_kept() -> None:
    changed = replace(BLIND, outcome=Outcome.CHANGED)
    assert "fengsheng sources --payload 7" in blind(changed, payload=7)
    assert "--payload" not in blind(changed)


def test_a_site_that_forbids_robots_is_a_decision_for_people() -> None:
    forbidden = replace(BLIND, outcome=Outcome.BLOCKED_BOT, detail="robots.txt of the site forbids this address")
    assert "robots: ignore" in blind(forbidden) and "budgets" not in blind(forbidden)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_way_back_names_the_hours_that_are_unseen(lang: Lang) -> None:
    first = replace(BLIND, ended=NOW - minutes(30))
    second = replace(BLIND, began=NOW - minutes(25), ended=NOW, outcome=Outcome.BLOCKED_RATE)
    said = texts_of(render_source_back([first, second], now=NOW, lang=lang))
    wanted = (
        ("恢复可见：小红书（星河咖啡）", "01:20–01:33，共 13 分钟（要求登录）", "01:38–02:03，共 25 分钟", "可能不全")
        if lang == "zh"
        else ("Seen again: Xiaohongshu", "01:20–01:33, 13 min", "01:38–02:03, 25 min", "undercounted")
    )
    assert all(part in said for part in wanted)
    many = [replace(first, began=NOW - minutes(90 + n)) for n in range(9)]
    assert texts_of(render_source_back(many, now=NOW, lang=lang)).count("01:33") == 5


# -- the card ----------------------------------------------------------------------------------------------------------


def card(*outages: Outage, lang: Lang = "zh") -> str:
    return texts_of(render_card(make_view(not_visible=outages, lang=lang)))


def test_the_card_says_what_is_not_visible_and_who_does_what() -> None:
    shown = card(BLIND)
    assert "看不见的来源（没有声音不等于平静，计入的提及可能偏少）" in shown
    assert "⚠️ 小红书：01:20 起看不见（要求登录）。请运维：运行 fengsheng login xiaohongshu 重新登录" in shown
    assert "⚠️ 小红书：01:20 起没有新提及，平时这段时间约 12 条" in card(SILENT)
    assert "⏸ YouTube：01:20 起暂停（配额用完）" in card(
        replace(BLIND, source="youtube", outcome=Outcome.BLOCKED_QUOTA)
    )
    limited = card(replace(BLIND, outcome=Outcome.BLOCKED_RATE))
    assert "（被限速），自动重试中" in limited and "请运维" not in limited


def test_the_card_keeps_what_came_back_and_joins_the_times_of_one_source() -> None:
    spans = [
        replace(BLIND, began=NOW - minutes(200), ended=NOW - minutes(130)),
        replace(BLIND, began=NOW - minutes(60), ended=NOW - minutes(50), outcome=Outcome.NETWORK),
    ]
    shown = card(*spans)
    assert "小红书：11-20 22:43–23:53、01:03–01:13 没看到（要求登录、网络无应答），已恢复" in shown
    assert "期间没看到的来源" in shown and "看不见的来源" not in shown
    both = card(*spans, replace(BLIND, source="weibo"))
    assert "看不见的来源（" in both and both.index("微博：01:20") < both.index("小红书：11-20")
    many = [replace(BLIND, began=NOW - minutes(90 - n * 10), ended=NOW - minutes(89 - n * 10)) for n in range(7)]
    assert "等 7 段" in card(*many) and "and 4 earlier times" in card(*many, lang="en")


def test_nothing_is_said_where_all_is_seen() -> None:
    assert "来源" not in card()


def test_a_closed_incident_names_what_was_not_seen_while_it_lived() -> None:
    state = make_state(closed_at=NOW - minutes(10), closed_by="p_chen")
    shown = texts_of(render_card(make_view(state=state, not_visible=(BLIND,))))
    assert "小红书：01:20–01:53 没看到（要求登录）" in shown and "请运维" not in shown
