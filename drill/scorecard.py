"""The score card of a drill (P11): what was out, what was seen, when the alarm came, how the steps went. Pure.

Times are real; limits of steps are minutes of story time, so elapsed real time is multiplied by the drill's speed.
Figures: first press within 5 minutes of the alert (P7); a role passes with 80 of 100 points (P11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drill.world import PublishedPost
from playbooks.roles import role_title
from records.mention import Platform
from scoring.alert import Level

PLATFORM_ZH = {Platform.WEIBO: "微博", Platform.XIAOHONGSHU: "小红书"}
PASS_POINTS = 80
FIRST_PRESS_MINUTES = 5.0
MISSED_PERCENT = 10
"""At most so many of a hundred complaints of a platform may be missed."""
GRACE = timedelta(seconds=6)
"""Real time a post must have been out before the end to count as missed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


@dataclass(frozen=True, kw_only=True, slots=True)
class SentAlert:
    level: Level
    rule: str
    sent_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTiming:
    """One step of the incident's playbook as it went."""

    number: int
    title: Mapping[str, str]
    """Language → title."""
    role: str
    """Responsible role."""
    started_at: datetime
    take_within: float
    """Minutes of story time."""
    done_within: float
    taken_at: datetime | None = None
    done_at: datetime | None = None
    skipped: bool = False
    optional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillFacts:
    """What happened, collected from the drill's server and the drill's database."""

    began_at: datetime
    ended_at: datetime
    speed: float
    published: Sequence[PublishedPost]
    seen: Mapping[str, datetime]
    """Mention key → first seen (stored) at."""
    alerts: Sequence[SentAlert]
    card_edits: int
    steps: Sequence[StepTiming]
    first_press_at: datetime | None
    refusals: int
    """Refused presses in the log."""
    refusals_expected: int
    """Presses outside one's role that the script made."""
    incidents: int
    closed: int
    chain_ok: bool
    blind: Sequence[str] = ()
    """Sources that were blind at the end, named for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleScore:
    role: str
    points: int
    """0–100: share of the role's clocks (take, done) that were kept."""

    @property
    def passed(self) -> bool:
        return self.points >= PASS_POINTS


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreLine:
    label: Sentence
    value: Sentence
    good: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreCard:
    passed: bool
    lines: tuple[ScoreLine, ...]
    roles: tuple[RoleScore, ...]
    failures: tuple[Sentence, ...]
    seconds_to_red: float | None
    """Real seconds from the first crisis post to the red alert in the chat; None where there was none."""


@dataclass(slots=True)
class _Card:
    lines: list[ScoreLine] = field(default_factory=list)
    failures: list[Sentence] = field(default_factory=list)

    def line(self, zh: str, en: str, value_zh: str, value_en: str, *, good: bool = True) -> None:
        label, value = Sentence(zh=zh, en=en), Sentence(zh=value_zh, en=value_en)
        self.lines.append(ScoreLine(label=label, value=value, good=good))

    def fail(self, zh: str, en: str) -> None:
        self.failures.append(Sentence(zh=zh, en=en))


def score_drill(facts: DrillFacts) -> ScoreCard:
    """Judge a drill. It passes when nothing failed; every failure is a sentence of its own."""
    card = _Card()
    to_red = _alarm(facts, card)
    _posts(facts, card)
    _chat(facts, card)
    roles = _steps(facts, card)
    _ending(facts, card)
    return ScoreCard(
        passed=not card.failures,
        lines=tuple(card.lines),
        roles=roles,
        failures=tuple(card.failures),
        seconds_to_red=to_red,
    )


def _alarm(facts: DrillFacts, card: _Card) -> float | None:
    crisis = [p.published_at for p in facts.published if p.crisis]
    red = [a.sent_at for a in facts.alerts if a.level is Level.RED]
    if not crisis:
        card.fail("没有任何危机帖子发布，演练没有测到告警。", "No crisis post came out, so no alarm was tested.")
        return None
    label = ("首条危机帖 → 红色预警", "First crisis post → red alert")
    if not red:
        card.line(*label, "未发出", "not sent", good=False)
        card.fail("危机帖已发布，红色预警始终没有发出。", "Crisis posts were out, but no red alert was sent.")
        return None
    seconds = (min(red) - min(crisis)).total_seconds()
    story = seconds * facts.speed / 60
    early = seconds < 0
    card.line(
        *label,
        f"{seconds:.1f} 秒（剧情 {story:.1f} 分钟）",
        f"{seconds:.1f} s ({story:.1f} story minutes)",
        good=not early,
    )
    if early:
        card.fail(
            "红色预警早于首条危机帖，属于误报。", "The red alert came before the first crisis post: a false alarm."
        )
    return seconds


def _posts(facts: DrillFacts, card: _Card) -> None:
    seen = {_identity(key) for key in facts.seen}
    for platform in dict.fromkeys(p.platform for p in facts.published):
        brand = [p for p in facts.published if p.platform is platform and p.about_brand]
        found = [p for p in brand if _identity(p.key) in seen]
        due = [p for p in brand if p.complaint and p.published_at <= facts.ended_at - GRACE]
        missed = [p for p in due if _identity(p.key) not in seen]
        short = len(missed) * 100 > MISSED_PERCENT * len(due)
        card.line(
            f"{PLATFORM_ZH.get(platform, platform)}品牌帖",
            f"{platform} brand posts",
            f"看到 {len(found)} / {len(brand)}，漏掉投诉 {len(missed)} / {len(due)}",
            f"seen {len(found)} of {len(brand)}, complaints missed {len(missed)} of {len(due)}",
            good=not short,
        )
        if short:
            card.fail(
                f"{PLATFORM_ZH.get(platform, platform)}上 {len(due)} 条投诉漏看了 {len(missed)} 条，允许最多一成。",
                f"{len(missed)} of {len(due)} complaints on {platform} were missed; a tenth is allowed.",
            )
    lags = sorted(_lags(facts))
    if lags:
        middle = lags[len(lags) // 2]
        card.line("发布 → 看到（中位数）", "Published → seen (median)", f"{middle:.1f} 秒", f"{middle:.1f} s")


def _lags(facts: DrillFacts) -> list[float]:
    first = {_identity(key): at for key, at in facts.seen.items()}
    return [
        (first[_identity(p.key)] - p.published_at).total_seconds() for p in facts.published if _identity(p.key) in first
    ]


def _identity(key: str) -> tuple[str, str]:
    """Platform and id of a mention key; the kind does not matter here (a note may be read as a post or a video)."""
    platform, _, rest = key.partition(":")
    return platform, rest.rpartition(":")[2]


def _chat(facts: DrillFacts, card: _Card) -> None:
    alerts, edits = len(facts.alerts), facts.card_edits
    card.line(
        "预警与卡片",
        "Alerts and card",
        f"预警 {alerts} 条，卡片更新 {edits} 次",
        f"{alerts} alerts, {edits} card edits",
    )
    if facts.alerts and not edits:
        card.fail("事件卡片发出后一次也没有更新。", "The incident's card was never updated after it was sent.")
    sent = min((a.sent_at for a in facts.alerts), default=None)
    if sent is None:
        return
    label = ("预警 → 首次接手", "Alert → first press")
    if facts.first_press_at is None:
        card.line(*label, "无人接手", "nobody", good=False)
        card.fail("预警发出后没有人按下任何按钮。", "Nobody pressed a button after the alert.")
        return
    minutes = max(0.0, (facts.first_press_at - sent).total_seconds() * facts.speed / 60)
    good = minutes <= FIRST_PRESS_MINUTES
    card.line(*label, f"剧情 {minutes:.1f} 分钟", f"{minutes:.1f} story minutes", good=good)
    if not good:
        card.fail(
            f"预警发出后 {minutes:.1f} 分钟才有人接手，要求 {FIRST_PRESS_MINUTES:g} 分钟内。",
            f"The first press came {minutes:.1f} minutes after the alert; {FIRST_PRESS_MINUTES:g} are allowed.",
        )


def _steps(facts: DrillFacts, card: _Card) -> tuple[RoleScore, ...]:
    kept: dict[str, list[bool]] = {}
    late: dict[str, list[Sentence]] = {}
    required = [s for s in facts.steps if not (s.optional and s.taken_at is None)]
    for step in required:
        if step.skipped:
            continue
        for clock in (_clock(facts, step, "take"), _clock(facts, step, "done")):
            kept.setdefault(step.role, []).append(clock is None)
            if clock is not None:
                late.setdefault(step.role, []).append(clock)
    taken = sum(s.taken_at is not None for s in required)
    done = sum(s.done_at is not None or s.skipped for s in required)
    all_late = [sentence for sentences in late.values() for sentence in sentences]
    card.line(
        "步骤",
        "Steps",
        f"共 {len(required)}，接手 {taken}，完成 {done}，超时 {len(all_late)} 次",
        f"{len(required)} in all, {taken} taken, {done} settled, {len(all_late)} times late",
        good=done == len(required) and not all_late,
    )
    for step in required:
        if step.done_at is None and not step.skipped:
            card.fail(
                f"步骤 {step.number}“{step.title.get('zh', '')}”到演练结束仍未完成。",
                f'Step {step.number} "{step.title.get("en", "")}" was not finished by the end of the drill.',
            )
    roles = tuple(RoleScore(role=r, points=round(100 * sum(k) / len(k))) for r, k in kept.items())
    for role in roles:
        details = late.get(role.role, [])
        zh, en = "；".join(s.zh for s in details), "; ".join(s.en for s in details)
        card.line(
            f"角色 {role_title(role.role)}", f"Role {role_title(role.role, 'en')}", f"{role.points} 分{'：' + zh if zh else ''}",
            f"{role.points} points{': ' + en if en else ''}", good=role.passed,
        )  # fmt: skip
        if not role.passed:
            card.fail(
                f"角色 {role_title(role.role)} 得 {role.points} 分，{PASS_POINTS} 分及格：{zh}。",
                f"Role {role_title(role.role, 'en')} scored {role.points}, {PASS_POINTS} passes: {en}.",
            )
    return roles


def _clock(facts: DrillFacts, step: StepTiming, which: str) -> Sentence | None:
    """The sentence that says how one clock of a step was missed; None where it was kept."""
    at, limit = (step.taken_at, step.take_within) if which == "take" else (step.done_at, step.done_within)
    zh, en = ("接手", "taken") if which == "take" else ("完成", "done")
    if at is None:
        return Sentence(zh=f"步骤 {step.number} 未{zh}", en=f"step {step.number} was not {en}")
    minutes = (at - step.started_at).total_seconds() * facts.speed / 60
    if minutes <= limit:
        return None
    return Sentence(
        zh=f"步骤 {step.number} {minutes:.1f} 分钟才{zh}，限 {limit:g} 分钟",
        en=f"step {step.number} was {en} after {minutes:.1f} minutes, {limit:g} are allowed",
    )


def _ending(facts: DrillFacts, card: _Card) -> None:
    wanted, got = facts.refusals_expected, facts.refusals
    card.line(
        "越权按键",
        "Presses outside the role",
        f"拒绝并记录 {got} 次",
        f"{got} refused and recorded",
        good=got >= wanted,
    )
    if got < wanted:
        card.fail(
            f"有人越权按键 {wanted} 次，日志里只记下 {got} 次拒绝。",
            f"{wanted} presses were outside the presser's role, but the log holds {got} refusals.",
        )
    open_ones = facts.incidents - facts.closed
    good = facts.incidents > 0 and not open_ones
    card.line(
        "事件",
        "Incidents",
        f"{facts.incidents} 起，结案 {facts.closed} 起",
        f"{facts.incidents}, closed {facts.closed}",
        good=good,
    )
    if not facts.incidents:
        card.fail("没有建立任何事件。", "No incident was opened.")
    elif open_ones:
        card.fail(f"{open_ones} 起事件到演练结束仍未结案。", f"{open_ones} incident(s) were still open at the end.")
    card.line(
        "日志校验",
        "Log",
        "完整" if facts.chain_ok else "被改动",
        "intact" if facts.chain_ok else "altered",
        good=facts.chain_ok,
    )
    if not facts.chain_ok:
        card.fail("事件日志的哈希链校验不通过。", "The hash chain of the event log does not verify.")
    names = "、".join(facts.blind)
    card.line("看不见的来源", "Blind sources", names or "无", ", ".join(facts.blind) or "none", good=not facts.blind)
    for source in facts.blind:
        card.fail(f"演练结束时来源 {source} 看不见。", f"Source {source} could not be seen at the end.")
    seconds = (facts.ended_at - facts.began_at).total_seconds()
    card.line("剧情开始 → 结束", "Story begun → over", f"{seconds:.0f} 秒", f"{seconds:.0f} s")


def render_score_card(card: ScoreCard, lang: str = "zh") -> list[str]:
    """The card as lines of plain text: marks, values, then every failure."""
    english = lang == "en"
    title = "Drill score card" if english else "演练评分卡"
    verdict = ("PASSED" if english else "通过") if card.passed else ("FAILED" if english else "未通过")
    colon = ": " if english else "："
    lines = [f"{title}{colon}{verdict}"]
    for line in card.lines:
        lines.append(f"{'✓' if line.good else '✗'} {line.label.in_language(lang)}{colon}{line.value.in_language(lang)}")
    if card.failures:
        lines.append("What failed:" if english else "未达标：")
        lines += [f"- {failure.in_language(lang)}" for failure in card.failures]
    return lines
