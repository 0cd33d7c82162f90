"""Short ways to make a house, posts and presses for the tests of this folder.

The database, rules, word lists and playbooks are the real ones; only SnowNLP is left out (its load takes seconds), which
the shipped words stand in for. Time is always handed in.
"""

from __future__ import annotations

import dataclasses
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fengsheng.detection import Detection
from fengsheng.incidents import Answer, Incidents
from fengsheng.ingest import Ingest, Ingested
from fengsheng.opinion_queue import OpinionQueue
from fengsheng.wiring import House, load_house
from playbooks.state import IncidentState
from records.chat import Press, QueuedItem
from records.event import Event, Person
from records.mention import Author, Engagement, Mention, Platform, Verified
from scoring.alert import Alert, Dimension, Level, Matter
from scoring.assessment import Risk
from scoring.emotion import CueEngine
from storage.results import IncidentRow
from storage.sqlite import Store

BRAND = "星河咖啡"
LATTE, TEA = "轻享拿铁", "抹茶乌龙"
T0 = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""

CONFIG = f"""
brands:
  - name: {BRAND}
    aliases: [星河coffee]
    products: [{LATTE}, {TEA}]
people:
  - {{name: 林组长, roles: {{lead: A, analyst: A}}, telegram: 1001}}
  - {{name: 周副组, roles: {{lead: B, senior: B, analyst: B}}, telegram: 1002}}
  - {{name: 陈客服, roles: {{customer_service: A, duty: A}}, telegram: 1003}}
  - {{name: 吴客服, roles: {{customer_service: B, duty: B}}, telegram: 1004}}
  - {{name: 苏公关, roles: {{pr: A, spokesperson: A}}, telegram: 1005}}
  - {{name: 何公关, roles: {{pr: B, spokesperson: B}}, telegram: 1006}}
  - {{name: 郑工程, roles: {{tech: A}}, telegram: 1007}}
  - {{name: 高总监, roles: {{senior: A}}, telegram: 1008}}
chats:
  crisis: [{{channel: telegram, id: -1001}}, {{channel: web}}]
  managers: [{{channel: telegram, id: -1002}}]
  duty: [{{channel: telegram, id: -1003}}]
  operators: [{{channel: console}}]
"""
"""Three chats by level and a group in which every role but tech has an A and a B person."""
LEAD, DEPUTY, SERVICE, SERVICE_B, PR, PR_B, TECH, SENIOR = "1001 1002 1003 1004 1005 1006 1007 1008".split()
"""Telegram accounts of the group."""

HURT = f"{BRAND}{LATTE}里喝出玻璃碎片，嘴巴割伤流血，已经送医院缝针，要求赔偿，有照片为证"
"""S12: high risk alone."""
ORDINARY = (
    f"{BRAND}的{LATTE}太淡了，味道很差",
    f"{BRAND}的{LATTE}太贵不值，失望",
    f"{BRAND}的{LATTE}端来是凉的，不好喝，失望",
    f"{BRAND}的{LATTE}像白开水，差评",
)
"""Low-risk complaints about one product without a word that alone alerts anybody."""
REFUND = f"{BRAND}充值卡退款等了一周"
"""Yellow (a sensitive word); names no product."""
ATTITUDE = f"{BRAND}前台服务员骂人，态度极差"
"""Yellow; names no product."""
ANGRY = f"{BRAND}垃圾公司骗子，气死我了，再也不来了！！！"
"""Yellow: an angry customer."""
CALM = f"周末去{BRAND}坐了一下午，环境挺好"
"""No complaint."""


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def mention(ident: str | int, text: str, minutes: float = 0, **more: Any) -> Mention:
    """A Weibo post of an author of its own, published ``minutes`` after T0 and collected a minute later."""
    fields: dict[str, Any] = {
        "platform": Platform.WEIBO,
        "id": str(ident),
        "url": f"https://weibo.example/{ident}",
        "author": Author(id=f"acct-{ident}", name=f"网友{ident}", followers=80, verified=Verified.NONE),
        "text": text,
        "published_at": at(minutes),
        "collected_at": at(minutes + 1),
        "metrics": Engagement(likes=1, comments=0, reposts=0),
        "brand": BRAND,
        "query": BRAND,
    }
    return Mention(**(fields | more))


def complaints(count: int, *, start: float = 0, step: float = 1, first: int = 1, words: str = "") -> list[Mention]:
    """Ordinary complaints of independent voices, ``step`` minutes apart; their words all differ."""
    return [
        mention(first + n, f"{ORDINARY[n % len(ORDINARY)]}，{_tail(first + n)}{words}", start + n * step)
        for n in range(count)
    ]


def _tail(number: int) -> str:
    """Words that differ from post to post, so that no post is a copy of another."""
    return "门店" + "".join("甲乙丙丁戊己庚辛壬癸"[int(d)] for d in str(number))


@cache
def _read_house(config: str, drill: bool) -> House:
    """The files are read once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "watch.yaml"
        path.write_text(config, encoding="utf-8")
        return load_house(path, environment={}, drill=drill)


def make_house(folder: Path, config: str = CONFIG, *, drill: bool = False) -> House:
    """A house with this config and its database in ``folder``; no environment, no SnowNLP."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "watch.yaml").write_text(config, encoding="utf-8")
    database = folder / "watch.db"
    house = dataclasses.replace(
        _read_house(config, drill), database=database, key_file=folder / "watch.db.key", configured=True
    )
    house.__dict__["engine"] = CueEngine(house.words)  # what the cached property would hold
    return house


@dataclass(kw_only=True)
class World:
    """One process's view of a house: a store and the use cases on it."""

    house: House
    store: Store
    incidents: Incidents
    ingest: Ingest

    def take(self, mentions: Iterable[Mention], *, minutes: float | None = None, **more: Any) -> Ingested:
        """Ingest posts as a poll would, a minute after the last of them unless said otherwise."""
        posts = list(mentions)
        now = at(minutes) if minutes is not None else max(m.collected_at for m in posts)
        return self.ingest.ingest(posts, now=now, **more)

    def rows(self, **more: Any) -> list[IncidentRow]:
        """Incidents, oldest first."""
        return sorted(self.store.load_incidents(**more), key=lambda r: (r.opened_at, r.id))

    def only(self) -> IncidentState:
        """The state of the one incident there is."""
        (row,) = self.rows()
        return self.state(row.id)

    def state(self, incident: str) -> IncidentState:
        state = self.incidents.state(incident)
        assert state is not None
        return state

    def kinds(self, incident: str) -> list[str]:
        return [e.kind for e in self.store.load_events(incident)]

    def last_event(self, incident: str) -> Event:
        return self.store.load_events(incident)[-1]

    def sent(self, kind: str = "alert", incident: str | None = None) -> list[QueuedItem]:
        """Outbox items of a kind, oldest first, without the collapsed ones."""
        items = [q for q in self.store.ledger(incident, limit=10_000) if q.state != "collapsed"]
        return sorted((q for q in items if q.item.kind == kind), key=lambda q: q.id)

    def person(self, account: str) -> Person:
        return next(p for p in self.store.load_people() if p.accounts.get("telegram") == account)

    def token(self, incident: str, action: str, step: str | None, *, minutes: float = 5) -> str:
        """The token of a button on the incident's card as it stands; drawing the card is what saves it."""
        view = self.incidents.views.view(self.state(incident), now=at(minutes))
        return view.tokens[(action, step)]

    def press(
        self,
        account: str,
        incident: str,
        action: str,
        step: str | None = None,
        *,
        minutes: float = 5,
        typed: str | None = None,
    ) -> Answer:
        """Somebody presses a button of the present card on Telegram."""
        return self.press_token(self.token(incident, action, step), account, minutes=minutes, typed=typed)

    def press_token(
        self, token: str, account: str, *, minutes: float = 5, typed: str | None = None, channel: str = "telegram"
    ) -> Answer:
        press = Press(channel=channel, account=account, target="-1001", token=token, typed=typed, at=at(minutes))
        return self.incidents.press(press)


def make_world(house: House, store: Store) -> World:
    store.save_people(house.people(store))
    incidents = Incidents(store=store, house=house)
    ingest = Ingest(
        store=store,
        scorer=house.scorer(),
        detection=Detection(store=store, house=house),
        incidents=incidents,
        opinions=OpinionQueue(store=store, house=house),
    )
    return World(house=house, store=store, incidents=incidents, ingest=ingest)


@contextmanager
def open_world(folder: Path, config: str = CONFIG, *, drill: bool = False) -> Iterator[World]:
    house = make_house(folder, config, drill=drill)
    with house.open_store() as store:
        yield make_world(house, store)


def alert_on(rule: str, level: Level, minutes: float = 0, **matter: object) -> Alert:
    return Alert(
        rule=rule,
        matter=Matter(brand=BRAND, **matter),  # type: ignore[arg-type]
        dimension=Dimension.PRODUCT,
        value=LATTE,
        level=level,
        risk=Risk.HIGH,
        since=at(minutes - 60),
        at=at(minutes),
    )


def chats(items: Iterable[QueuedItem]) -> set[str]:
    """The logical chats that messages go to."""
    return {q.item.chat for q in items}


class Crash(Exception):
    """What the tests raise where a process might be killed."""


@contextmanager
def crashing(store: Store, method: str, call: int = 1) -> Iterator[None]:
    """The ``call``-th use of this method of the store raises ``Crash`` instead of doing anything."""
    real = getattr(store, method)
    calls = 0

    def break_off(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Crash(method)
        return real(*args, **kwargs)

    store.__dict__[method] = break_off
    try:
        yield
    finally:
        del store.__dict__[method]


def whole_database(store: Store) -> str:
    """Every row of every table, as another connection sees it."""
    with closing(sqlite3.connect(store.path)) as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        rows = [
            (t, conn.execute(f'SELECT * FROM "{t}"').fetchall()) for t in tables if not t.startswith("mention_index")
        ]
    return repr(rows)


def texts_of(items: Sequence[QueuedItem]) -> str:
    """Every word of queued messages."""
    return "\n".join(b.text for q in items if q.item.message for b in q.item.message.blocks)
