"""Invented incidents and stand-in stores for the notifier's tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.callbacks import make_token, plan_buttons
from notifier.delivery import Pace, Receipt
from notifier.view import EvidenceView, IncidentView
from playbooks.playbook import Playbook, Step
from playbooks.state import IncidentState, StepState
from records.chat import Block, InboxItem, Message, OutboxItem, Press, Priority, QueuedItem, Style
from records.event import Person
from records.outcome import Outcome
from records.source import Outage
from scoring.alert import Alert, Count, Dimension, Level, Matter
from scoring.assessment import Category, Reason, Risk

NOW = datetime(2026, 11, 20, 18, 3, tzinfo=UTC)
"""02:03 on 21 November in Shanghai."""

PEOPLE = (
    Person(id="p_lin", name="林", roles={"pr": "A", "lead": "B"}, accounts={"telegram": "1001"}),
    Person(id="p_wang", name="王", roles={"pr": "B"}, accounts={"telegram": "1002"}),
    Person(id="p_chen", name="陈", roles={"lead": "A"}, accounts={"telegram": "1003"}),
    Person(id="p_zhao", name="赵", roles={"tech": "A", "customer_service": "A"}, accounts={"telegram": "1004"}),
    Person(id="p_qian", name="钱", roles={"tech": "B", "legal": "A", "customer_service": "B"}, accounts={}),
)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def make_playbook() -> Playbook:
    return Playbook(
        name="p1_high_risk",
        version="0123456789ab",
        title={"zh": "高风险事件预案", "en": "High-risk playbook"},
        goal={"zh": "一小时内完成首次研判", "en": "First assessment within an hour"},
        scope={"zh": "高风险", "en": "high risk"},
        risks=("high",),
        steps=(
            Step(key="assemble", title={"zh": "紧急小组", "en": "Emergency group"}, norm={"zh": "召集"}, roles=("lead", "pr"), take_within=5, done_within=60),
            Step(key="stopgap", title={"zh": "止损措施", "en": "Stopgap"}, norm={"zh": "暂停"}, roles=("customer_service",), take_within=15, done_within=120),
            Step(key="statement", title={"zh": "发布声明", "en": "Statement"}, norm={"zh": "口径"}, roles=("pr", "legal"), take_within=15, done_within=180, outward=True),
            Step(key="repair", title={"zh": "技术修复", "en": "Repair"}, norm={"zh": "修复"}, roles=("tech",), take_within=15, done_within=1440, recurs=1440),
            Step(key="experts", title={"zh": "外部专家", "en": "Experts"}, norm={"zh": "协会"}, roles=("lead",), take_within=60, done_within=1440, optional=True, needs_evidence=False),
        ),
    )  # fmt: skip


def make_state(**changes: Any) -> IncidentState:
    playbook = make_playbook()
    opened = NOW - minutes(3)
    state = IncidentState(
        id="FS-20261121-01",
        matter=Matter(brand="星河咖啡", product="轻享拿铁", category=Category.SAFETY, problem="异物"),
        opened_at=opened,
        level=Level.RED,
        risk=Risk.HIGH,
        playbook=playbook.name,
        playbook_version=playbook.version,
        steps={s.key: StepState(key=s.key, started_at=opened) for s in playbook.steps},
        rules=("D2",),
        raw=23,
        voices=14,
        first_post_at=NOW - minutes(51),
        last_post_at=NOW - minutes(4),
        updated_at=NOW,
    )
    return dataclasses.replace(state, **changes)


def change_step(state: IncidentState, key: str, **changes: Any) -> IncidentState:
    steps = dict(state.steps)
    steps[key] = dataclasses.replace(steps[key], **changes)
    return dataclasses.replace(state, steps=steps)


def make_alert(**changes: Any) -> Alert:
    alert = Alert(
        rule="D2",
        matter=Matter(brand="星河咖啡"),
        dimension=Dimension.ALL,
        value="",
        level=Level.RED,
        risk=Risk.HIGH,
        since=NOW - minutes(64),
        at=NOW - minutes(4),
        count=Count(raw=23, voices=14),
        threshold=10.0,
    )
    return dataclasses.replace(alert, **changes)


def make_evidence(**changes: Any) -> EvidenceView:
    item = EvidenceView(
        key="weibo:post:501",
        platform="weibo",
        text="喝到一半吃到玻璃碎片，孩子嘴都划破了，客服让我自己去医院，太离谱了！",
        url="https://m.weibo.cn/detail/501",
        published_at=NOW - minutes(30),
        author="城市早班车",
        followers=124_000,
        verified="media",
        region="浙江",
        reposts=3402,
        comments=880,
        likes=15_200,
        topicality=9.1,
        emotion=9.6,
        reach=8.2,
        spread=9.0,
        level=Risk.HIGH,
        category=Category.SAFETY,
        reasons=(Reason(rule="S1", what="injury", evidence="嘴都划破了", weight=3.5),),
    )
    return dataclasses.replace(item, **changes)


BLIND = Outage(
    source="xiaohongshu",
    brands=("星河咖啡",),
    outcome=Outcome.BLOCKED_LOGIN,
    began=NOW - minutes(43),
    next_try_at=NOW + minutes(8),
)


def make_view(**changes: Any) -> IncidentView:
    state = changes.pop("state", make_state())
    lang = changes.get("lang", "zh")
    playbook = changes.pop("playbook", make_playbook())
    plans = plan_buttons(state, playbook, lang)
    view = IncidentView(
        state=state,
        playbook=playbook,
        now=NOW,
        alerts=(make_alert(),),
        evidence=(
            make_evidence(),
            make_evidence(
                key="xiaohongshu:post:9",
                platform="xiaohongshu",
                text="#避雷 同款也有碎渣，已经打 12315，有没有一起维权的姐妹",
                url="https://www.xiaohongshu.com/explore/9",
                author=None,
                followers=812,
                verified="none",
                reposts=None,
                comments=96,
                likes=431,
                emotion=8.4,
                topicality=8.0,
                reach=3.1,
                spread=7.2,
            ),
        ),
        people=PEOPLE,
        not_visible=(BLIND,),
        chain_head="9f3ac2d1e0b4",
        tokens={(p.action, p.step): make_token(f"{state.id}|{p.action}|{p.step}") for p in plans},
    )
    return dataclasses.replace(view, **changes)


def make_item(**changes: Any) -> OutboxItem:
    item = OutboxItem(
        chat="crisis",
        channel="fake",
        target="-100",
        kind="alert",
        priority=Priority.ALERT,
        created_at=NOW,
        message=make_message("红色预警"),
        incident="FS-20261121-01",
    )
    return dataclasses.replace(item, **changes)


def make_message(*texts: str, **changes: Any) -> Message:
    first, *rest = texts
    blocks = (Block(style=Style.TITLE, text=first), *(Block(style=Style.TEXT, text=t) for t in rest))
    return dataclasses.replace(Message(blocks=blocks), **changes)


class FakeStore:
    """The store's outbox, inbox and settings in memory, with the store's rules; ``calls`` keeps the order of writes."""

    def __init__(self) -> None:
        self.rows: dict[int, QueuedItem] = {}
        self.inbox: list[InboxItem] = []
        self.cards: dict[tuple[str, str, str], str] = {}
        self.settings: dict[str, str] = {}
        self.calls: list[str] = []
        self.moved: dict[tuple[str, str], str] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def queue(self, *items: OutboxItem, error: str | None = None, at: datetime = NOW) -> list[int]:
        ids = []
        for item in items:
            item = dataclasses.replace(item, target=self.moved.get((item.channel, item.target), item.target))
            for row in list(self.rows.values()):
                same = (row.item.chat, row.item.channel, row.item.target, row.item.collapse)
                if (
                    row.state == "queued"
                    and item.collapse
                    and same == (item.chat, item.channel, item.target, item.collapse)
                ):
                    self._set(row.id, state="collapsed")
            ids.append(len(self.rows) + 1)
            self.rows[ids[-1]] = QueuedItem(id=ids[-1], item=item, state="queued", next_at=at, error=error)
        return ids

    def due_items(self, now: datetime, limit: int, /) -> list[QueuedItem]:
        due = [r for r in self.rows.values() if r.state == "queued" and r.next_at <= now]
        return sorted(due, key=lambda r: (r.item.priority, r.id))[:limit]

    def mark_sending(self, id: int, now: datetime, /) -> bool:
        if self.rows[id].state != "queued":
            return False
        self._set(id, state="sending", attempts=self.rows[id].attempts + 1)
        return True

    def mark_sent(self, id: int, external_id: str | None, now: datetime, /) -> None:
        self._set(id, state="sent", external_id=external_id, sent_at=now)

    def mark_failed(self, id: int, error: str, now: datetime, retry_at: datetime | None, /) -> None:
        self._set(id, state="failed" if retry_at is None else "queued", error=error, next_at=retry_at or now)

    def mark_ambiguous(self, id: int, error: str, now: datetime, repeat_at: datetime | None = None, /) -> None:
        self._set(id, state="ambiguous", error=error)
        if repeat_at is not None:
            self.queue(self.rows[id].item, error=f"repeats #{id}, which may have arrived", at=repeat_at)

    def recover_sending(self, now: datetime, /) -> list[int]:
        lost = [r.id for r in self.rows.values() if r.state == "sending"]
        for id in lost:
            self.mark_ambiguous(id, "the process ended while sending", now, now)
        return lost

    def ledger(self, incident: str | None = None, limit: int = 100, /) -> list[QueuedItem]:
        return sorted(self.rows.values(), key=lambda r: -r.id)[:limit]

    def save_card(self, incident: str, channel: str, target: str, external_id: str, /) -> None:
        self.cards[(incident, channel, target)] = external_id

    def load_card(self, incident: str, channel: str, target: str, /) -> str | None:
        return self.cards.get((incident, channel, target))

    def rewrite_target(self, channel: str, old: str, new: str, /) -> None:
        self.moved[(channel, old)] = new
        for row in list(self.rows.values()):
            if row.item.channel == channel and row.item.target == old and row.state in ("queued", "sending"):
                self._set(row.id, item=dataclasses.replace(row.item, target=new))
        for incident, name, target in list(self.cards):
            if (name, target) == (channel, old):
                self.cards[(incident, name, new)] = self.cards.pop((incident, name, target))

    def save_inbox(self, channel: str, external_id: str, raw: str, received_at: datetime, /) -> bool:
        self.calls.append(f"save {external_id.split(':')[0]}")
        if any(i.external_id == external_id for i in self.inbox):
            return False
        ident = len(self.inbox) + 1
        self.inbox.append(
            InboxItem(id=ident, channel=channel, external_id=external_id, raw=raw, received_at=received_at)
        )
        return True

    def unhandled_inbox(self, channel: str | None = None, /) -> list[InboxItem]:
        return [i for i in self.inbox if i.handled_at is None]

    def mark_handled(self, id: int, result: str, now: datetime, /) -> None:
        self.inbox[id - 1] = dataclasses.replace(self.inbox[id - 1], handled_at=now, result=result)

    def save_button(
        self, token: str, /, *, incident: str, action: str, step: str | None = None, roles: Iterable[str] = ()
    ) -> bool:
        return True

    def load_button(self, token: str, /) -> None:
        return None

    def setting(self, name: str, /) -> str | None:
        return self.settings.get(name)

    def save_setting(self, name: str, value: str, /) -> None:
        self.settings[name] = value

    def _set(self, id: int, **changes: Any) -> None:
        self.rows[id] = dataclasses.replace(self.rows[id], **changes)


class FakeChannel:
    """Takes what it is given, or does what its script says: a callable per call, in order."""

    interactive = True

    def __init__(self, *script: Callable[[], Any], name: str = "fake", pace: Pace | None = None) -> None:
        self.name = name
        self.sent: list[tuple[str, str, Message]] = []
        self.options: list[dict[str, Any]] = []
        self._script = list(script)
        self._pace = pace or Pace()

    def pace(self, target: str) -> Pace:
        return self._pace

    async def _act(self) -> None:
        if self._script:
            outcome = self._script.pop(0)()
            if hasattr(outcome, "__await__"):
                await outcome

    async def send(
        self, target: str, message: Message, *, silent: bool = False, reply_to: str | None = None
    ) -> Receipt:
        await self._act()
        self.sent.append(("send", target, message))
        self.options.append({"silent": silent, "reply_to": reply_to})
        return Receipt(external_id=str(len(self.sent)))

    async def edit(self, target: str, external_id: str, message: Message) -> Receipt:
        await self._act()
        self.sent.append(("edit", target, message))
        return Receipt(external_id=external_id)

    async def answer(self, press: Press, text: str, *, alert: bool = False) -> None: ...

    async def close(self) -> None: ...


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> None:
        raise error

    return act


def texts_of(message: Message) -> str:
    return "\n".join(b.text for b in message.blocks)


def labels_of(message: Message) -> list[str]:
    return [b.label for row in message.buttons for b in row]


def kinds_of(sent: Sequence[tuple[str, str, Message]]) -> list[str]:
    return [kind for kind, _, _ in sent]
