"""The alert, the card and the notices say what a reader needs, in both languages."""

from __future__ import annotations

import pytest

from notifier.messages import (
    Earlier,
    evidence_view,
    render_alert,
    render_card,
    render_closed,
    render_delivery_failed,
    render_detail,
    render_notice,
    say_alert,
    say_pressed,
    say_question,
)
from notifier.wording import short_number, source_name, span_words
from playbooks.state import Notice, StepStatus
from records.chat import Style
from records.mention import Author, Mention, Platform, Verified
from scoring.alert import Alert, Count, Dimension, Level
from scoring.assessment import Assessment, Category, Reason, Risk
from tests.notifier.builders import (
    NOW,
    change_step,
    labels_of,
    make_alert,
    make_evidence,
    make_state,
    make_view,
    minutes,
    texts_of,
)

SMASH = (Reason(rule="S12", what="injury", evidence="孩子嘴划破"),)


@pytest.mark.parametrize(
    ("alert", "zh", "en"),
    [
        (
            make_alert(),
            "1 小时内 14 个独立声音投诉，阈值 10（规则 D2）",
            "14 independent voices complained within 1 h, threshold 10 (rule D2)",
        ),
        (
            make_alert(rule="D1", dimension=Dimension.PROBLEM, value="异物", since=NOW - minutes(184), count=Count(raw=80, voices=52), threshold=50),
            "3 小时内 52 个独立声音投诉「异物」，阈值 50（规则 D1）",
            "52 independent voices complained about “异物” within 3 h, threshold 50 (rule D1)",
        ),
        (
            make_alert(rule="D3", dimension=Dimension.PRODUCT, value="轻享拿铁", threshold=7.8),
            "「轻享拿铁」投诉量突增：1 小时内 14 个独立声音，高于自身同时段基线的警戒值 7.8（规则 D3）",
            "complaints about “轻享拿铁” surge: 14 independent voices within 1 h, above 7.8, the warning value of their own baseline (rule D3)",
        ),
        (
            make_alert(rule="D4", dimension=Dimension.REGION, value="浙江", threshold=None),
            "1 小时内 14 个独立声音投诉，集中在浙江（规则 D4）",
            "14 independent voices complained in 浙江 within 1 h (rule D4)",
        ),
        (
            make_alert(rule="D1", dimension=Dimension.CATEGORY, value="refund"),
            "1 小时内 14 个独立声音投诉「退款售后」，阈值 10（规则 D1）",
            "14 independent voices complained about “refund” within 1 h, threshold 10 (rule D1)",
        ),
        (
            make_alert(rule="S12", count=None, reasons=SMASH),
            "出现高风险提及：孩子嘴划破（规则 S12）",
            "a mention of high risk: 孩子嘴划破 (rule S12)",
        ),
        (make_alert(rule="L", count=None, level=Level.YELLOW), "单条敏感提及（规则 L）", "a single sensitive mention (rule L)"),
        (
            make_alert(rule="S11", count=None),
            "同一人就同一问题第三次投诉（规则 S11）",
            "third complaint of the same person about the same problem (rule S11)",
        ),
        (make_alert(rule="X9", count=None, risk=Risk.LOW), "出现低风险提及（规则 X9）", "a mention of low risk (rule X9)"),
    ],
)  # fmt: skip
def test_say_alert_names_figures_threshold_and_rule(alert: Alert, zh: str, en: str) -> None:
    assert say_alert(alert, "zh") == zh
    assert say_alert(alert, "en") == en


def test_alert_tells_a_tired_person_everything() -> None:
    message = render_alert(make_view())
    assert message.blocks[0].text == "🔴 红色预警 · 星河咖啡 · 轻享拿铁 · 异物"
    assert message.blocks[1].text == "1 小时内 14 个独立声音投诉，阈值 10（规则 D2）"
    shown = texts_of(message)
    for part in (
        "风险高 · 独立声音 14 个 / 提及 23 条 · 首帖 01:12 · 最新 01:59",
        "喝到一半吃到玻璃碎片",
        "微博 · 01:33 · 城市早班车 媒体认证 · 粉丝 12.4万 · 转 3402 评 880 赞 1.5万 · 浙江",
        "话题 9.1 · 情绪 9.6 · 影响 8.2 → 传播指数 9.0 · 风险高",
        "小红书：01:20 起看不见（要求登录）。请运维：运行 fengsheng login xiaohongshu 重新登录",
        "没有声音不等于平静",
        "⬜ 1. 紧急小组\n应急组长 陈（B：林） · 02:05 前接手 · 03:00 前完成",
        "11-22 02:00 前完成",
        "FS-20261121-01",
        "日志链 9f3ac2d1",
    ):
        assert part in shown
    assert labels_of(message) == [
        "接手 1 紧急小组",
        "接手 2 止损措施",
        "接手 3 发布声明",
        "接手 4 技术修复",
        "接手 5 外部专家",
        "🔍 看依据",
    ]
    assert [b.link for b in message.blocks if b.link] == [
        "https://m.weibo.cn/detail/501",
        "https://www.xiaohongshu.com/explore/9",
    ]


def test_every_message_exists_in_english() -> None:
    view = make_view(lang="en")
    notice = Notice(incident="x", step="repair", kind="remind_take", role="tech", holder="A", due_at=NOW + minutes(4))
    said = [render_alert(view), render_card(view), render_detail(view), render_notice(notice, view)]
    chinese_words = "预警规则独立声音提及证据看不见接手完成风险更新"
    for message in said:
        own = "".join(b.text for b in message.blocks if b.style is not Style.QUOTE)
        assert not [c for c in chinese_words if c in own]
    assert render_alert(view).blocks[0].text == "🔴 RED ALERT · 星河咖啡 · 轻享拿铁 · 异物"
    assert labels_of(render_alert(view))[0] == "Take 1 Emergency group"


def test_card_shows_each_step_state_and_its_next_button() -> None:
    state = make_state()
    state = change_step(state, "assemble", status=StepStatus.DONE, done_by="p_chen", done_at=NOW, evidence="t1")
    state = change_step(state, "stopgap", status=StepStatus.TAKEN, taken_by="p_zhao", taken_at=NOW)
    state = change_step(state, "statement", status=StepStatus.AWAITING_CONFIRMATION, done_by="p_lin", done_at=NOW)
    state = change_step(state, "repair", holder="B", turn_at=NOW, take_overdue=True, rounds=2)
    state = change_step(state, "experts", status=StepStatus.SKIPPED, done_by="p_chen", done_at=NOW, reason="gone")
    message = render_card(make_view(state=state, texts={"t1": "群已建，<b>批次问题</b>"}))
    shown = texts_of(message)
    for part in (
        "预案：高风险事件预案 · 2/5 步已了结",
        "✅ 1. 紧急小组\n陈 02:03 完成：群已建，<b>批次问题</b>",
        "🔵 2. 止损措施\n赵 02:03 接手 · 04:00 前完成",
        "🟣 3. 发布声明\n林 02:03 完成 · 等第二人确认",
        "⏰ 4. 技术修复（第 3 轮）\n技术 钱 · 02:18 前接手",
        "➖ 5. 外部专家（可选）\n陈 02:03 跳过：（文字已删除）",
    ):
        assert part in shown
    assert [[b.label for b in row] for row in message.buttons] == [
        ["完成 2 止损措施", "跳过 2"],
        ["确认 3 发布声明"],
        ["接手 4 技术修复", "跳过 4"],
        ["🔍 看依据", "🏁 结案"],
    ]
    asks = {b.label: b.asks for row in message.buttons for b in row}
    assert asks == {
        "完成 2 止损措施": "evidence",
        "跳过 2": "reason",
        "确认 3 发布声明": "",
        "接手 4 技术修复": "",
        "跳过 4": "reason",
        "🔍 看依据": "",
        "🏁 结案": "reason",
    }


def test_a_step_past_its_limit_is_marked_late_but_an_optional_one_waits() -> None:
    view = make_view(now=NOW + minutes(3000))
    shown = texts_of(render_card(view))
    assert "⏰ 1. 紧急小组" in shown
    assert "⬜ 5. 外部专家（可选）\n应急组长 陈（B：林）\n" in shown + "\n"


def test_a_role_without_a_person_says_so() -> None:
    assert "客服（未指定人）" in texts_of(render_alert(make_view(people=())))


def test_card_tells_what_changed() -> None:
    earlier = Earlier(at=NOW - minutes(3), raw=11, voices=9, level=Level.ORANGE)
    shown = texts_of(render_card(make_view(earlier=earlier)))
    assert "📈 比 02:00：提及 +12，独立声音 +5；橙色预警 → 红色预警" in shown
    same = Earlier(at=NOW, raw=23, voices=14, level=Level.RED)
    assert "📈" not in texts_of(render_card(make_view(earlier=same)))


def test_card_keeps_both_values_of_an_overridden_level() -> None:
    state = make_state(level=Level.ORANGE, computed_level=Level.RED, overridden_by="p_chen", override_reason="t9")
    shown = texts_of(render_card(make_view(state=state, texts={"t9": "已核实为旧图"})))
    assert "🟠 橙色预警" in shown
    assert "✍️ 陈 人工定级；系统判定为红色预警：已核实为旧图" in shown


def test_a_closed_incident_says_so_and_cannot_be_pressed() -> None:
    state = make_state(closed_at=NOW, closed_by="p_chen", close_reason="t5")
    view = make_view(state=state, texts={"t5": "已解决"})
    card = render_card(view)
    assert card.blocks[0].text.startswith("⚫ 已结案 · 红色预警")
    assert "陈 02:03 结案，历时 3 分钟：已解决" in texts_of(card)
    assert "小红书：01:20–02:03 没看到（要求登录）" in texts_of(card)
    assert "请运维" not in texts_of(card) and "已恢复" not in texts_of(card), "what is over needs nobody"
    assert labels_of(card) == ["🔍 看依据"]
    assert "0 步完成 · 0 步跳过 · 5 步未做 · 0 步曾超时" in texts_of(render_closed(view))


def test_drill_and_historic_are_marked() -> None:
    view = make_view(state=make_state(drill=True, historic=True))
    for message in (render_alert(view), render_card(view), render_closed(view), render_detail(view)):
        assert message.drill
    assert "历史 · 红色预警" in render_alert(view).blocks[0].text


def test_detail_lists_the_reasons_of_the_scores() -> None:
    assert "· S1 injury：嘴都划破了 +3.5" in texts_of(render_detail(make_view()))


@pytest.mark.parametrize(
    ("kind", "role", "holder", "said"),
    [
        ("remind_take", "tech", "A", "🔔 第 4 步「技术修复」还没人接手，请 技术 @赵 在 02:07 前接手（还剩 4 分钟）"),
        ("hand_over", "tech", "B", "🔁 第 4 步「技术修复」超时未接手，转给 技术 @钱，请在 02:07 前接手"),
        ("escalate_take", "lead", "lead", "🆘 第 4 步「技术修复」 A、B 都没有接手，上报 应急组长 @陈，请马上指定人"),
        ("remind_done", "tech", "A", "🔔 第 4 步「技术修复」请 技术 @赵 在 02:07 前完成（还剩 4 分钟）"),
        (
            "overdue",
            "lead",
            "lead",
            "⏰ 第 4 步「技术修复」已超过 02:07 的时限，仍然没有人接手，应急组长 @陈 请马上处理",
        ),
        ("reopened", "tech", "A", "🔄 第 4 步「技术修复」到了下一轮，请 技术 @赵 在 02:07 前接手"),
    ],
)
def test_notices_name_step_person_and_clock(kind: str, role: str, holder: str, said: str) -> None:
    notice = Notice(incident="x", step="repair", kind=kind, role=role, holder=holder, due_at=NOW + minutes(4))
    message = render_notice(notice, make_view())
    assert message.blocks[0].text == said
    assert "FS-20261121-01" in message.blocks[1].text
    assert labels_of(message) == ["接手 4 技术修复", "跳过 4"]


def test_overdue_after_taking_asks_the_taker_and_the_lead() -> None:
    state = change_step(make_state(), "repair", status=StepStatus.TAKEN, taken_by="p_zhao", taken_at=NOW)
    notice = Notice(incident="x", step="repair", kind="overdue", role="lead", holder="lead", due_at=NOW)
    shown = render_notice(notice, make_view(state=state)).blocks[0].text
    assert shown == "⏰ 第 4 步「技术修复」已超过 02:03 的时限，@赵 请说明，应急组长 @陈 请跟进"


def test_an_unknown_notice_is_a_bug_of_the_caller() -> None:
    notice = Notice(incident="x", step="repair", kind="sing", role="tech", holder="A", due_at=NOW)
    with pytest.raises(ValueError, match="accepted are remind_take"):
        render_notice(notice, make_view())


def test_a_message_that_was_not_delivered_names_its_chat() -> None:
    assert "crisis" in texts_of(render_delivery_failed("alert", "crisis", "telegram", "403", lang="en"))


def test_short_answers() -> None:
    assert say_pressed("take", "紧急小组", "zh") == "「紧急小组」已由你接手"
    assert say_question("evidence", "紧急小组", "zh").startswith("完成「紧急小组」：做了什么？")
    assert "reason" in say_question("reason", "x", "en")


def test_numbers_and_spans_are_short() -> None:
    assert [short_number(n, "zh") for n in (999, 10_000, 124_000, 200_000_000)] == ["999", "1万", "12.4万", "2亿"]
    assert [short_number(n, "en") for n in (999, 1_000, 2_500_000)] == ["999", "1k", "2.5M"]
    assert [span_words(m, "zh") for m in (0, 59, 60, 150, 2880)] == ["0 分钟", "59 分钟", "1 小时", "2.5 小时", "2 天"]


def test_feed_addresses_lose_credentials_and_queries() -> None:
    assert source_name("rss:https://bob:pw@feeds.example/a.xml?key=1", "zh") == "RSS feeds.example/a.xml"


def test_evidence_names_verified_authors_only() -> None:
    mention = Mention(
        platform=Platform.WEIBO, id="1", text="x", collected_at=NOW, author=Author(name="某人", followers=3)
    )
    scores = dict.fromkeys("topicality emotion reach completeness scope already_spread spread".split(), 5.0)
    judged = Assessment(
        id="1", brand="b", mood="negative", level=Risk.LOW, nature="none", impact="low", category=Category.OTHER,
        rules_version="1", **scores,
    )  # fmt: skip
    assert evidence_view(mention, judged).author is None
    known = Mention(
        platform=Platform.WEIBO, id="1", text="x", collected_at=NOW, author=Author(name="日报", verified=Verified.MEDIA)
    )
    assert evidence_view(known, judged).author == "日报"


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "**bold** [x](http://e)", "\u202eevil", "长" * 10_000, "\ud83d"]
)
def test_hostile_words_stay_words_in_every_message(hostile: str) -> None:
    view = make_view(evidence=(make_evidence(text=hostile, author=hostile, region=hostile),))
    for message in (render_alert(view), render_card(view), render_detail(view)):
        shown = texts_of(message)
        assert len(shown) < 4000
        assert "\u202e" not in shown and "\ud83d" not in shown
